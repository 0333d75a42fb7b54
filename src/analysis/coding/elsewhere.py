"""Other people's cases that a story mentions in passing: "It comes after another officer was dismissed"."""

from __future__ import annotations

from .reading import Event, Reading


def is_elsewhere(reading: Reading, event: Event) -> bool:
    """Whether a sentence opens as an aside on other cases, and the event in it is about somebody who is new there.

    Parameters
    ----------
    event : an outcome or a finding.
    """
    sentence = event.sentence
    if sentence.number < 1 or not reading.context.opens(sentence.number, "elsewhere"):
        return False
    return all(
        m.kind == "group" or m.indefinite or m.fresh or (m.kind == "pronoun" and m.start > sentence.start)
        for m in event.bearers
    )
