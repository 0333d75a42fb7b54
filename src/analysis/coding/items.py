"""Texts that list several cases one after another: where each begins."""

from __future__ import annotations

import re

from .fields.outcome import outcome_events
from .reading import Reading
from .text import Sentence

_MARK = re.compile(
    r"\s*(?:[•·▪■●◦*]\s*|[-–—]\s+)?(?:\(?\d{1,3}[.)]\s+|case \w+\s*[:.–-]|officer \d+\s*[:.–-]"
    r"|(?:\d{1,2}(?:st|nd|rd|th)?\s+)?(?:january|february|march|april|may|june|july|august|september|october|november|december)(?:\s+\d{4})?\s*(?:[:–—-])"
    r"|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|in (?:\w+ )?(?:19|20)\d\d,? (?:one|a|an)\b|one |another )",
    re.IGNORECASE,
)
_BULLETED = re.compile(r"\s*(?:[•·▪■●◦*]\s*|[-–—]\s+)")


def items(reading: Reading) -> list[tuple[int, int]]:
    """Characters of each case of a list; empty where the text is about one set of proceedings.

    A list has at least two entries that open with a number, a date, a bullet or "one ...", each with a person and an
    outcome of its own.
    """
    starts = [s for s in reading.notice.sentences if _opens(reading, s)]
    if len(starts) < 2:
        return []
    events = [e.sentence.number for e in outcome_events(reading)]
    found: list[tuple[int, int]] = []
    with_outcome = 0
    for at, sentence in enumerate(starts):
        until = starts[at + 1].number if at + 1 < len(starts) else len(reading.notice.sentences)
        begin = reading.notice.span(sentence.start, sentence.start + 1)[0]
        last = reading.notice.sentences[until - 1]
        found.append((begin, reading.notice.span(last.start, last.end)[1]))
        with_outcome += any(sentence.number <= n < until for n in events)
    if with_outcome < 2 or with_outcome * 2 < len(starts):
        return []
    before = [n for n in events if n < starts[0].number]
    return [] if len(before) > 1 else found


def _opens(reading: Reading, sentence: Sentence) -> bool:
    notice = reading.notice
    first = notice.doc[sentence.start].idx
    text = notice.text[first : notice.span(sentence.start, sentence.end)[1]]
    if sentence.quoted or sentence.section in ("related", "notes", "options", "panel", "standards"):
        return False
    mark = _MARK.match(text) or _BULLETED.match(text)
    if not mark:
        return False
    mentions = [
        m
        for m in reading.people.in_sentence(sentence)
        if m.kind in ("generic", "named") and m.title and not m.senior
    ]
    if not mentions:
        return False
    lead = mentions[0]
    if lead.kind == "named":
        return (
            notice.lower[lead.title[0] - 1 : lead.title[0]] != ["the"]
            and lead.start - sentence.start <= 8
            and bool(re.match(r"\s*(?:[•·▪■●*]|\d{1,2}[/. ]|[-–])", text))
        )
    text_of = {notice.lower[i] for i in range(max(sentence.start, lead.start - 1), lead.title[0])}
    dated = bool(re.match(r"\s*(?:[•·*-]\s*)?\d{1,2}[/. ]\w+[/. ]\d{2,4}\s*[:–—,-]?", text))
    bare = not text_of & {"the", "his", "her"}
    return lead.start - sentence.start <= 14 and (
        lead.indefinite
        or "one" in text_of
        or "a" in text_of
        or "another" in text_of
        or (bare and dated)
        or (bare and lead.start - sentence.start <= 4)
    )
