"""Which kind of proceedings it was."""

from __future__ import annotations

from ..lexicon import Hit
from ..reading import Reading
from ..result import Coded

_BARRED_SECTIONS = ("options", "notes", "related")


def proceeding_hits(reading: Reading) -> list[Hit]:
    """Words that name proceedings, outside general remarks."""
    hits = [
        h
        for h in reading.hits("proceedings")
        if reading.notice.sentence(h.start).section not in _BARRED_SECTIONS
    ]
    kept = []
    for hit in hits:
        tags = reading.context.of(hit)
        if "general" in tags or ("negated" in tags and hit.rule.code != "misconduct_hearing"):
            continue
        kept.append(hit)
    return kept


def choose_proceeding(reading: Reading, hits: list[Hit], bare: bool = True) -> Coded | None:
    """An accelerated hearing where one is named, else the kind that is named.

    Parameters
    ----------
    hits : those about the person.
    bare : whether "hearing" or "panel" alone is enough.
    """
    for code in ("accelerated_hearing", "misconduct_meeting", "misconduct_hearing"):
        support = [hit for hit in hits if hit.rule.code == code]
        hearings = sum(1 for h in hits if h.rule.code == "misconduct_hearing" and _explicit(reading, h))
        if code == "misconduct_meeting" and hearings >= len(support):
            continue
        if support:
            return reading.coded(code, max(h.rule.confidence for h in support), *support)
    if not bare:
        return None
    words = [i for i, w in enumerate(reading.notice.lower) if w in ("hearing", "panel", "tribunal")]
    hearing = [
        i
        for i in words
        if not set(reading.notice.lower[max(0, i - 2) : i])
        & {"court", "appeal", "appeals", "employment", "sentencing", "preliminary"}
        and "appeals" not in reading.notice.lower[max(0, i - 2) : i]
    ]
    if hearing:
        return Coded("misconduct_hearing", 0.75, reading.spans((hearing[0],)))
    return None


def _explicit(reading: Reading, hit: Hit) -> bool:
    return any(reading.notice.lower[i] in ("hearing", "hearings") for i in hit.words)
