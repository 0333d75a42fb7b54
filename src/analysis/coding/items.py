"""Texts that list several cases one after another: where each begins."""

from __future__ import annotations

import re

from .fields.finding import finding_events
from .fields.outcome import outcome_events
from .lexicon import listed
from .people import Mention
from .reading import Event, Reading
from .text import Sentence, label_of

_MONTH = "january|february|march|april|may|june|july|august|september|october|november|december"
_MARK = re.compile(
    r"\s*(?:[•·▪■●◦*]\s*|[-–—]\s+)?(?:\(?\d{1,3}[.)]\s+|\d{1,2}(?:\.\d{1,2})+\.?\s+"
    r"|(?:\d{1,2}[.)]\s+)?(?:case|line|item|entry|row|matter|ref|outcome) [\w/]{1,9}\s*(?:\([^)]{1,24}\)\s*)?[:.–—-]"
    r"|officer \d+\s*[:.–-]|\|\s*\d{1,3}\s*\|"
    rf"|(?:\d{{1,2}}(?:st|nd|rd|th)?\s+)?(?:{_MONTH})(?:\s+\d{{4}})?\s*(?:[:–—-])"
    r"|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|in (?:\w+ )?(?:19|20)\d\d,? (?:one|a|an)\b"
    rf"|(?:also )?in (?:{_MONTH})(?: \d{{4}})?,? (?:one|a|an)\b|one |another )",
    re.IGNORECASE,
)
# Marks that make an entry even where it does not say who is meant.
_ENTRY = re.compile(
    r"\s*(?:[•·▪■●◦*]\s*|[-–—]\s+)?(?:(?:case|line|entry|row|ref|item) [\w/]{1,9}\s*(?:\([^)]{1,24}\)\s*)?[:.–—-]|\|\s*\d{1,3}\s*\|)",
    re.IGNORECASE,
)
_BULLETED = re.compile(r"\s*(?:[•·▪■●◦*]\s*|[-–—]\s+)")


def items(reading: Reading) -> list[tuple[int, int]]:
    """Characters of each case of a list; empty where the text is about one set of proceedings.

    A list has at least two entries that open with a number, a date, a bullet or "one ...", or at least three paragraphs
    that each speak of somebody new, each with an outcome of its own.
    """
    table = _table(reading.notice.text)
    if table is not None:
        return table[1]
    events = [*outcome_events(reading), *finding_events(reading)[0]]
    starts = [s for s in reading.notice.sentences if _opens(reading, s)]
    return (
        _entries(reading, starts, events, 2)
        or _entries(reading, _paragraphs(reading, events), events, 3)
        or _entries(reading, _headed(reading), events, 2)
        or _entries(reading, _proceedings(reading), events, 2)
        or _entries(reading, _fragments(reading), events, 2)
    )


def columns(text: str) -> tuple[str | None, ...]:
    """What the columns of a table hold, as kinds of label; empty where the text has no table that says what came of cases.

    A table has a line of headings, cells parted by bars, with one for the outcome or the finding.
    """
    found = _table(text)
    return found[0] if found else ()


def _table(text: str) -> tuple[tuple[str | None, ...], list[tuple[int, int]]] | None:
    """The kinds of the columns of a table, and the characters of its rows; None where there are not two rows."""
    kinds: tuple[str | None, ...] = ()
    rows: list[tuple[int, int]] = []
    at = 0
    for line in text.splitlines(keepends=True):
        cells = line.split("\t" if "\t" in line.strip() else "|")
        if not kinds and len(cells) >= 3 and all(len(cell.split()) <= 6 for cell in cells):
            heads = tuple(_column(cell) for cell in cells)
            kinds = heads if {"outcome", "finding"} & set(heads) else ()
        elif kinds and len(cells) == len(kinds) and any(c.isalnum() for c in line):
            rows.append((at, at + len(line.rstrip())))
        at += len(line)
    return (kinds, rows) if len(rows) >= 2 else None


_HEADINGS = (
    ("outcome", ("outcome", "result", "sanction")),
    ("finding", ("finding", "decision", "level")),
    ("standards", ("standard", "breach")),
    ("officer", ("rank", "role", "officer")),
    ("allegation", ("summary", "circumstances", "allegation", "conduct")),
    ("date", ("date", "month", "year")),
    ("proceeding", ("type", "proceedings")),
)


def _column(heading: str) -> str | None:
    """The kind of a column, by its heading as a label or else by the words in it."""
    known = label_of(heading.strip() + ":")[0]
    words = re.findall(r"[a-z]+", heading.casefold())
    starts = ((kind, stem) for kind, stems in _HEADINGS for stem in stems)
    return known or next((kind for kind, stem in starts if any(w.startswith(stem) for w in words)), None)


def _proceedings(reading: Reading) -> list[Sentence]:
    """First sentences of the paragraphs that each open with proceedings of their own: "A misconduct hearing was held ..."."""
    notice = reading.notice
    held = [
        hit.start
        for hit in reading.hits("proceedings")
        if notice.lower[hit.start - 1] in ("a", "an", "another")
    ]
    return [
        s
        for s in notice.openings.values()
        if s.section is None and any(0 < place - s.start <= 2 for place in held) and _members(reading, s)
    ]


def _headed(reading: Reading) -> list[Sentence]:
    """Lines that head a case with its proceedings: "Misconduct Hearing - 9 and 10 February 2026 - PC 3971"."""
    notice = reading.notice
    begins = {hit.start for hit in reading.hits("proceedings")}
    return [
        s
        for s in notice.sentences
        if any(place - s.start <= 1 for place in begins if place >= s.start)
        and s.section is None
        and any(m.title and not m.senior for m in reading.people.in_sentence(s))
        and not _VERBS & set(notice.lower[s.start : s.end])
    ]


_VERBS = listed("text_verbs")


def _members(reading: Reading, sentence: Sentence) -> list[Mention]:
    """Members of a force in a sentence: by name, or as somebody new."""
    return [
        m
        for m in reading.people.in_sentence(sentence)
        if m.title
        and not m.senior
        and (m.kind == "named" or m.kind == "generic" and (m.indefinite or m.fresh))
    ]


def _entries(
    reading: Reading, starts: list[Sentence], events: list[Event], least: int
) -> list[tuple[int, int]]:
    starts = _of_new_people(reading, _alike(reading, starts))
    if len(starts) < least:
        return []
    single = all(
        reading.notice.sentences[after.number - 1].paragraph == s.paragraph
        for s, after in zip(starts, starts[1:], strict=False)
    )
    numbers = [e.sentence.number for e in events]
    found: list[tuple[int, int]] = []
    with_outcome = 0
    for at, sentence in enumerate(starts):
        until = starts[at + 1].number if at + 1 < len(starts) else len(reading.notice.sentences)
        begin = reading.notice.span(sentence.start, sentence.start + 1)[0]
        if single and at + 1 == len(starts):  # entries of one line each: what follows the last is about all
            until = next(
                (
                    s.number
                    for s in reading.notice.sentences[sentence.number :]
                    if s.paragraph != sentence.paragraph
                ),
                until,
            )
        last = reading.notice.sentences[until - 1]
        found.append((begin, reading.notice.span(last.start, last.end)[1]))
        with_outcome += any(sentence.number <= n < until for n in numbers)
    if with_outcome < least or with_outcome * 2 < len(starts):
        return []
    if _is_summary(reading, starts, events):
        return []
    before = [n for n in numbers if n < starts[0].number]
    if all(_introduces(reading, s, events) for s in starts):
        before = list(dict.fromkeys(before))
    return [] if len(before) > 1 else found


def _alike(reading: Reading, starts: list[Sentence]) -> list[Sentence]:
    """The openings but a lone heading before numbered ones: a report's title, then its paragraphs."""
    headings = [s for s in starts if _is_heading(reading, s)]
    return (
        [s for s in starts if s not in headings] if len(headings) == 1 and starts[0] in headings else starts
    )


def _of_new_people(reading: Reading, starts: list[Sentence]) -> list[Sentence]:
    """The openings but those that go on about somebody whom an earlier one named: numbered paragraphs of one decision."""
    seen: set[str] = set()
    kept = []
    for sentence in starts:
        lead = next((m for m in _first_mentions(reading, sentence) if m.kind == "named"), None)
        if lead is None or lead.key not in seen:
            kept.append(sentence)
        if lead is not None and lead.key:
            seen.add(lead.key)
    return kept


def _is_summary(reading: Reading, starts: list[Sentence], events: list[Event]) -> bool:
    """Whether bullets only sum up a story that is told after them: "At a glance", and then what happened."""
    bullets = all(s.bullet for s in starts)
    return bullets and any(
        e.sentence.paragraph > starts[-1].paragraph and not e.sentence.bullet and e.bearers for e in events
    )


def _paragraphs(reading: Reading, events: list[Event]) -> list[Sentence]:
    """First sentences of the paragraphs that each report an outcome of somebody new, in a text that names nobody."""
    if any(m.kind == "named" and not m.courtesy and not m.senior for m in reading.people.mentions):
        return []
    first = reading.notice.openings
    told = {e.sentence.paragraph for e in events}
    fresh = {
        e.sentence.paragraph
        for e in events
        if any(m.kind == "generic" and (m.indefinite or m.fresh) and m.title for m in e.bearers)
    }
    fresh |= {p for p, s in first.items() if p in told and _introduces(reading, s, events)}
    return [first[p] for p in sorted(fresh) if first[p].number > 0]


def _introduces(reading: Reading, sentence: Sentence, events: list[Event]) -> bool:
    """Whether a paragraph begins with somebody new ("A PCSO in the north of the county was asked ..."), or soon comes to
    somebody new who bears an outcome."""
    bearing = {m.start for e in events for m in e.bearers if e.sentence.paragraph == sentence.paragraph}
    return any(
        (m.kind == "generic" and (m.indefinite or m.fresh) or m.kind == "group" and m.number > 1)
        and m.title
        and not m.senior
        and m.start - sentence.start <= (10 if m.start in bearing else 3)
        for m in reading.people.in_sentence(sentence)
    )


def _fragments(reading: Reading) -> list[Sentence]:
    """First sentences of the paragraphs that say who is meant by a title alone: "Supervision. Special sergeant. ..."."""
    notice = reading.notice
    first = notice.openings
    told: set[int] = set()
    for sentence in notice.sentences:
        words = notice.words(sentence.start, sentence.end)
        mentions = [m for m in reading.people.in_sentence(sentence) if m.kind == "generic" and m.title]
        if (
            len(mentions) == 1
            and len(words) == mentions[0].end - mentions[0].start
            and sentence.section is None
        ):
            told.add(sentence.paragraph)
    return [first[p] for p in sorted(told) if first[p].number > 0]


def _opens(reading: Reading, sentence: Sentence) -> bool:
    notice = reading.notice
    begin = notice.doc[sentence.start].idx
    line = notice.text[begin : notice.span(sentence.start, sentence.end)[1]]
    if sentence.quoted or sentence.section in ("related", "notes", "options", "panel", "standards"):
        return False
    if _is_heading(reading, sentence) or _ENTRY.match(line):
        return True
    if not (_MARK.match(line) or _BULLETED.match(line)) or label_of(line)[0] not in (None, "officer"):
        return False
    mentions = _first_mentions(reading, sentence)
    if not mentions:
        return False
    lead = mentions[0]
    near = lead.start - sentence.start <= 14
    before = {notice.lower[i] for i in range(max(sentence.start, lead.start - 1), lead.title[0])}
    if re.match(r"\s*[■●▪]", line):
        return near
    if lead.kind == "named":
        marked = bool(re.match(r"\s*(?:[•·*]|\d{1,2}[/. ]|[-–])", line))
        return marked and "the" not in before and lead.start - sentence.start <= 8
    dated = bool(re.match(r"\s*(?:[•·*-]\s*)?\d{1,2}[/. ]\w+[/. ]\d{2,4}\s*[:–—,-]?", line))
    bare = not before & {"the", "his", "her"}
    new = lead.indefinite or bool(before & {"one", "a", "an", "another"})
    return near and (new or (bare and (dated or lead.start - sentence.start <= 4)))


def _is_heading(reading: Reading, sentence: Sentence) -> bool:
    """Whether a line is nothing but a person, as a heading or under the label "Officer"."""
    mentions = [m for m in reading.people.in_sentence(sentence) if m.title and not m.senior]
    alpha = len(reading.notice.words(sentence.start, sentence.end))
    if not mentions or alpha > 9:
        return False
    if sentence.section == "officer":
        begin = reading.notice.doc[sentence.start].idx
        return label_of(reading.notice.text[begin:].split("\n", 1)[0])[0] == "officer"
    last = reading.notice.sentences[sentence.number + 1 : sentence.number + 2]
    alone = not last or last[0].paragraph != sentence.paragraph
    covered = sum(m.end - m.start for m in mentions)
    return (
        alone
        and len(mentions) == 1
        and mentions[0].kind == "named"
        and covered >= alpha
        and last
        and last[0].section is not None
    )


def _first_mentions(reading: Reading, sentence: Sentence) -> list[Mention]:
    """Members of a force in a sentence, or in the one after it where the sentence is only a place or a date."""
    for number in (sentence.number, sentence.number + 1):
        if number >= len(reading.notice.sentences):
            break
        other = reading.notice.sentences[number]
        if other.paragraph != sentence.paragraph:
            break
        found = [
            m
            for m in reading.people.in_sentence(other)
            if (m.kind in ("generic", "named") or m.role == "police_staff") and m.title and not m.senior
        ]
        if found or sentence.end - sentence.start > 5:
            return found
    return []
