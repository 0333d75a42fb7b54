"""The day on which the proceedings ended, as far as the text tells; relative dates from the day of publication."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import cache

from ..lexicon import listed, table
from ..reading import Reading
from ..result import Coded, Span
from ..text import Sentence

_MONTHS = {
    m: n
    for n, m in enumerate(
        [
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
        ],
        1,
    )
}
_MONTHS |= {m[:3]: n for m, n in list(_MONTHS.items())} | {"sept": 9}
_DAYS = {
    d: n for n, d in enumerate(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"])
}
_DAYS |= {
    "mon": 0,
    "tue": 1,
    "tues": 1,
    "wed": 2,
    "thu": 3,
    "thur": 3,
    "thurs": 3,
    "fri": 4,
    "sat": 5,
    "sun": 6,
}
_M = r"(?P<m>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_M2 = _M.replace("?P<m>", "?:")
_W = r"(?:(?P<w>" + "|".join(sorted(_DAYS, key=len, reverse=True)) + r")\b\.?,?\s+)?\(?(?:the\s+)?"
_D = r"(?P<d>\d{1,2})(?:st|nd|rd|th)?"
_Y = r"(?:,?\s+(?P<y>(?:19|20)\d\d)\b)?"
_TO = r"\s*(?:-|–|—|to|and|&|until|through|,)\s*"
_WX = _W.replace("?P<w>", "?:")
_DX = r"(?:\d{1,2})(?:st|nd|rd|th)?"
#: One whole day, as the head of a page states its publication.
_WHOLE = [
    rf"{_W}{_D}\s+(?:of\s+)?{_M}{_Y}",
    rf"{_W}{_M}\s+{_D}\b(?!\s*(?:am|pm|[:.]\d)){_Y}",
    r"(?P<d>\d{1,2})[/.](?P<n>\d{1,2})[/.](?P<y>\d{2}(?:\d\d)?)\b",
    r"(?P<y>(?:19|20)\d\d)-(?P<n>\d\d)-(?P<d>\d\d)\b",
]
_FORMS = [
    # the last day of a range is the day that counts
    rf"{_WX}{_DX}(?:{_TO}{_WX}{_DX}){{0,6}}{_TO}{_W}{_D}\s+(?:of\s+)?{_M}{_Y}",
    rf"{_WX}{_DX}\s+{_M2}(?:,?\s+(?:19|20)\d\d)?{_TO}{_W}{_D}\s+(?:of\s+)?{_M}{_Y}",
    rf"{_WX}{_M2}\s+{_DX}{_TO}{_W}{_M}\s+{_D}\b{_Y}",
    rf"{_M}\s+{_DX}(?:st|nd|rd|th)?{_TO}{_D}\b(?!\s*(?:am|pm|[:.]\d)){_Y}",
    *_WHOLE,
    rf"{_M},?\s+(?:of\s+)?(?P<y>(?:19|20)\d\d)\b",
    r"\((?P<d>\d{1,2})/(?P<n>\d{1,2})\)",
    # "Friday last week", "on Monday and Tuesday of this week": the last day named
    r"\b(?:(?:"
    + "|".join(_DAYS)
    + r")(?:,| and| to) )*(?P<w>"
    + "|".join(_DAYS)
    + r"),? (?:of )?(?P<k>last|this) week\b",
    r"\b(?P<w>monday|tuesday|wednesday|thursday|friday)['’]s\b(?= (?:\w+ ){0,2}(?:hearing|meeting|proceedings|panel))",
    r"\b(?P<r>today|yesterday|this (?:morning|afternoon|evening|week|month)|last (?:week|month|year)|"
    r"earlier (?:today|this week|this month)|tonight|last night|(?:\w+) days ago)\b",
    r"\b(?:on|last|this|for most of|until|yesterday|of) (?P<w>monday|tuesday|wednesday|thursday|friday)\b(?!\s*,?\s*\(?(?:the\s+)?(?:\d|"
    + "|".join(m for m in _MONTHS)
    + r"))",
    rf"\b(?:in|during|at the end of|by|early|late|last) {_M}\b(?!\s+\d)",
    r"\b(?:in|during|since|for|year) (?P<y>(?:19|20)\d\d)\b",
]
_PATTERNS = [re.compile(form, re.IGNORECASE) for form in _FORMS]
_WHOLE_PATTERNS = [re.compile(form, re.IGNORECASE) for form in _WHOLE]
_HEAD = re.compile(
    r"(?:published|posted|updated|date published|publication date|first published|news\s*[•·|-])\s*:?\s*(?:on\s+)?(?:at\s+)?"
    r"(?:\d{1,2}[:.]\d\d\s*(?:am|pm|gmt|bst)?,?\s*)?(?=\S)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Dated:
    """A date in the text: its value (YYYY, YYYY-MM or YYYY-MM-DD), where it stands, and whether its year was worked out."""

    value: str
    start: int
    end: int
    inferred: bool
    relative: bool = False


def published_in(text: str) -> dt.date | None:
    """The day of publication that a page states at its head or foot, where it does."""
    found = _published(text)
    return found[0] if found else None


def _published(text: str) -> tuple[dt.date, int, int] | None:
    """The day of publication and the characters that state it."""
    stamp = re.match(r"\s*date (?=\d{4}-\d\d-\d\d)", text)
    if stamp and (found := _day_at(text, stamp.end())):
        return found
    for match in _HEAD.finditer(text):
        if found := _day_at(text, match.end()):
            return found
    # a line at the head of a page that is nothing but a date and perhaps a time
    for line in re.finditer(r"^[^\n]+$", text[:600], re.MULTILINE):
        found = _day_at(text, line.start() + len(line[0]) - len(line[0].lstrip()))
        if found and re.match(r",?\s+\d{1,2}[:.]\d\d\b", text[found[2] : line.end()]):
            return found
        if found and not _WORDS.search(text[found[2] : line.end()][:24]):
            return found
    return None


_WORDS = re.compile(r"\b(?!gmt|bst|am|pm|minute|min|read|updated|by\b)[a-z]{3,}", re.IGNORECASE)


def _day_at(text: str, place: int) -> tuple[dt.date, int, int] | None:
    for pattern in _WHOLE_PATTERNS:
        match = pattern.match(text, place)
        if match and match.groupdict().get("y"):
            day = _explicit(match)
            if day and len(day) == 10:
                return dt.date.fromisoformat(day), match.start(), match.end()
    return None


def dates_in(text: str, published: dt.date | None) -> list[Dated]:
    """Every date of a text, the longest reading of each place."""
    found: list[Dated] = []
    head = _published(text)
    taken: list[tuple[int, int]] = [head[1:]] if head else []
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if any(match.start() < e and s < match.end() for s, e in taken):
                continue
            resolved = _resolve(match, published, text)
            if resolved is None:
                if match.groupdict().get("d") or match.groupdict().get("w"):
                    taken.append(match.span())
                continue
            value, inferred, relative = resolved
            taken.append(match.span())
            lead = len(match.group()) - len(match.group().lstrip())
            found.append(Dated(value, match.start() + lead, match.end(), inferred, relative))
    return sorted(found, key=lambda d: d.start)


def _explicit(match: re.Match[str]) -> str | None:
    parts = match.groupdict()
    year = parts.get("y")
    if year is None:
        return None
    number = int(year) if len(year) == 4 else 2000 + int(year)
    month = int(parts["n"]) if parts.get("n") else _MONTHS.get((parts.get("m") or "").casefold(), 0)
    day = parts.get("d")
    if not month:
        return f"{number:04d}"
    if not 1 <= month <= 12 or not 1990 <= number <= 2099:
        return None
    if day is None:
        return f"{number:04d}-{month:02d}"
    try:
        return dt.date(number, month, int(day)).isoformat()
    except ValueError:
        return f"{number:04d}-{month:02d}" if 1 <= month <= 12 and int(day) <= 31 else None


def _resolve(match: re.Match[str], published: dt.date | None, text: str) -> tuple[str, bool, bool] | None:
    parts = {k: v for k, v in match.groupdict().items() if v}
    if "y" in parts:
        value = _explicit(match)
        return (value, False, False) if value else None
    if "r" in parts:
        return _relative(parts["r"].casefold(), published)
    if "m" in parts or "n" in parts:
        month = _MONTHS[parts["m"].casefold()] if "m" in parts else int(parts["n"])
        if not 1 <= month <= 12:
            return None
        if published is None:
            return _by_weekday(parts, month, text)
        for year in (published.year, published.year - 1):
            if "d" not in parts:
                if (year, month) <= (published.year, published.month):
                    return f"{year:04d}-{month:02d}", False, False
                continue
            try:
                day = dt.date(year, month, int(parts["d"]))
            except ValueError:
                continue
            if day <= published:
                return day.isoformat(), False, False
        return None
    if "w" in parts and published is not None:
        if "k" in parts:
            monday = published - dt.timedelta(
                days=published.weekday() + (7 if parts["k"].casefold() == "last" else 0)
            )
            day = monday + dt.timedelta(days=_DAYS[parts["w"].casefold()])
            return (day.isoformat(), False, True) if day <= published else None
        back = (published.weekday() - _DAYS[parts["w"].casefold()]) % 7
        if back == 0 and match.group().casefold().startswith("last"):
            back = 7
        return (published - dt.timedelta(days=back)).isoformat(), False, True
    return None


def _by_weekday(parts: dict[str, str], month: int, text: str) -> tuple[str, bool, bool] | None:
    """A day without a year, where the weekday agrees with only the latest year that the text names or the next."""
    if "w" not in parts or "d" not in parts:
        return None
    years = [int(y) for y in re.findall(r"\b(20[012]\d)\b", text)]
    if not years:
        return None
    fits = []
    for year in (max(years), max(years) + 1):
        try:
            day = dt.date(year, month, int(parts["d"]))
        except ValueError:
            continue
        if day.weekday() == _DAYS[parts["w"].casefold()]:
            fits.append(day)
    return (fits[0].isoformat(), True, False) if len(fits) == 1 else None


def _relative(words: str, published: dt.date | None) -> tuple[str, bool, bool] | None:
    if published is None:
        return None
    if words in ("today", "this morning", "this afternoon", "this evening", "earlier today", "tonight"):
        return published.isoformat(), False, True
    if words in ("yesterday", "last night"):
        return (published - dt.timedelta(days=1)).isoformat(), False, True
    if words.endswith("days ago"):
        number = {"two": 2, "three": 3, "four": 4, "five": 5, "ten": 10}.get(words.split()[0])
        return ((published - dt.timedelta(days=number)).isoformat(), False, True) if number else None
    if "week" in words:
        monday = published - dt.timedelta(days=published.weekday() + (7 if "last" in words else 0))
        friday = min(monday + dt.timedelta(days=4), published)
        if monday.month == friday.month:
            return f"{monday:%Y-%m}", False, True
        return (f"{monday:%Y}", False, True) if monday.year == friday.year else None
    if "month" in words:
        first = published.replace(day=1)
        if "last" in words:
            first = (first - dt.timedelta(days=1)).replace(day=1)
        return f"{first:%Y-%m}", False, True
    if "year" in words:
        return f"{published.year - 1}", False, True
    return None


@cache
def _words() -> dict[str, frozenset[str]]:
    return {name: frozenset(words) for name, words in table("dates").items()}


def day_of_clause(reading: Reading, token: int) -> str | None:
    """The date (YYYY, YYYY-MM or YYYY-MM-DD) that stands in the clause of a token; None where there is none."""
    clause = reading.notice.clauses[token]
    for date in reading.dates:
        place = reading.notice.token_at(date.start)
        if reading.notice.clauses[place] == clause and not date.relative:
            return date.value
    return None


def choose_date(reading: Reading, sentences: list[Sentence] | None = None) -> tuple[Coded | None, bool]:
    """The date of the hearing's end, and whether its year was worked out.

    Parameters
    ----------
    sentences : those about the person; all of them where None.
    """
    limit = None if sentences is None else {s.number for s in sentences}
    best: tuple[float, Dated] | None = None
    others: list[Dated] = []
    for date in reading.dates:
        sentence = reading.notice.sentence(reading.notice.token_at(date.start))
        if reading.published is not None and date.value > reading.published.isoformat()[: len(date.value)]:
            continue
        score = _score(reading, date, sentence)
        if score <= 0:
            continue
        score += _FINE * (len(date.value) // 3)
        if limit is not None and sentence.number not in limit:
            others += [date] if score >= _SURE else []
            continue
        if (
            best is None
            or score > best[0] + 0.01
            or (abs(score - best[0]) <= 0.01 and date.value > best[1].value)
        ):
            best = (score, date)
    if best is None:
        # heard together: the one day that the text gives for proceedings, where it says it of somebody else
        if len({date.value for date in others}) != 1 or len(others[0].value) < len("2024-01-01"):
            return None, False
        best = (0.0, others[0])
    score, date = best[0], _last_of_several(reading, best[1])
    words = Span(date.start, date.end)
    return Coded(date.value, 0.95 if score >= 2 else 0.85, (words,)), date.inferred


#: What a day scores that stands by words of proceedings.
_SURE = 2.0
_JOINING = frozenset(
    (
        ",",
        "again",
        "also",
        "and",
        "finally",
        "from",
        "on",
        "then",
        "resumed",
        "reconvened",
        "later",
        "to",
        "between",
    )
)


def _last_of_several(reading: Reading, date: Dated) -> Dated:
    """The last of days told in a row: "between 6 and 10 November and again on 16 November"."""
    later = [d for d in reading.dates if d.start > date.start and d.value > date.value and not d.relative]
    for other in later[:1]:
        between = reading.notice.lower[
            reading.notice.token_at(date.end - 1) + 1 : reading.notice.token_at(other.start)
        ]
        if between and len(between) <= 6 and set(between) <= _JOINING and len(other.value) == len(date.value):
            return other
    return date


_SAID = frozenset(("told", "heard", "found", "ruled", "case", "decided", "appeared"))


def _by_a_court(before: list[str]) -> bool:
    """Whether it is a court that was told or found, the last body named before the date."""
    bodies = [
        w
        for w in before
        if w in _COURTS or w in ("panel", "hearing", "meeting", "misconduct", "tribunal", "disciplinary")
    ]
    return bool(bodies) and bodies[-1] in _COURTS


def _another_ended(before: list[str]) -> bool:
    """Whether what ended is a trial or an inquiry: the last of such things named before."""
    named = [w for w in before if w in _SITTINGS or w in _OTHERS_END]
    return bool(named) and named[-1] in _OTHERS_END


def _is_of_the_hearing(reading: Reading, i: int) -> bool:
    """Whether a word is part of how a hearing is told of: "a hearing conducted by", "was called to a misconduct meeting"."""
    lower = reading.notice.lower
    if lower[i] == "conducted":
        return bool(_SITTINGS & set(lower[max(0, i - 3) : i]))
    if lower[i] == "panel":
        return lower[max(0, i - 1) : i] == ["crime"]
    return lower[i] == "called" and bool(_SITTINGS & set(lower[i + 1 : i + 6]))


#: No entry of a list has more sentences.
_ENTRY = 8
_HEADS = frozenset(("outcomes", "outcome", "results", "hearings"))
_COURTS = frozenset(("court", "crown", "magistrates", "judge", "jury"))
#: What a day is worth over a month, and a month over a year.
_FINE = 0.4
_ENDS = frozenset(("ended", "concluded", "finished", "conclusion", "end"))
#: Bodies and sittings: the last one named before "ended" is what ended.
_SITTINGS = frozenset(("hearing", "hearings", "meeting", "panel", "proceedings", "tribunal"))
#: Words of a page's head that are about another kind of meeting.
_PAPERS = frozenset(
    (
        "accountability",
        "agenda",
        "board",
        "bulletin",
        "committee",
        "council",
        "item",
        "newsletter",
        "report",
        "crime",
    )
)
_OURS = frozenset(("accelerated", "disciplinary", "misconduct", "panel", "police"))
_ATTENDED = frozenset(("appeared", "attended", "came", "went", "held", "heard"))
_OTHERS_END = listed("dates_others_end")


def _score(reading: Reading, date: Dated, sentence: Sentence) -> float:
    if sentence.section in ("date",):
        return 5.0
    lower, words = reading.notice.lower, _words()
    first = reading.notice.token_at(date.start)
    last = reading.notice.token_at(max(date.start, date.end - 1))
    came = "came" in lower[max(sentence.start, first - 2) : first]  # "The decision came on Wednesday."
    if sentence.number > 1 and reading.context.opens(sentence.number, "elsewhere") and not came:
        return 0.0
    if sentence.section in ("published", "notes", "related", "options", "panel"):
        return 0.0
    near_by = set(lower[max(sentence.start, first - 8) : first])
    if sentence.section == "allegation" and not (near_by & _SITTINGS and near_by & _ATTENDED):
        return 0.0
    if lower[max(sentence.start, first - 1) : first] == ["by"] or lower[
        sentence.start : sentence.start + 2
    ] == ["that", "in"]:
        return 0.0  # "had not ended by 31 March"; "That in May he ..."
    before = [
        (first - i, lower[i])
        for i in range(sentence.start, first)
        if lower[i] in words["hearing"] | words["other"] and not _is_of_the_hearing(reading, i)
    ]
    after = [
        (i - last, lower[i])
        for i in range(last + 1, sentence.end)
        if lower[i] in words["hearing"] | words["other"] and not _is_of_the_hearing(reading, i)
    ]
    commas = {i for i in range(sentence.start, sentence.end) if lower[i] in (",", ";")}

    def toll(distance: int, forward: bool) -> float:
        crossed = sum(
            1 for c in commas if (last < c < last + distance if forward else first - distance < c < first)
        )
        return distance + 3 * crossed

    if {"court", "magistrates", "crown"} & set(lower[last + 1 : min(last + 9, sentence.end)]):
        return 0.0
    before = [
        (d, w)
        for d, w in before
        if not (
            w == "between"
            and (
                {"held", "hearing", "place"} & set(lower[max(sentence.start, first - d - 8) : first - d])
                or (d <= 2 and _SITTINGS & set(lower[last + 1 : min(last + 5, sentence.end)]))
            )
        )
    ]
    near = [(toll(d, False), w) for d, w in before if d <= 16] + [
        (toll(d, True) + 3, w) for d, w in after if d <= 22
    ]
    if not near:
        if sentence.section == "outcome" or date.relative:
            return 0.3 if sentence.section == "outcome" else 0.0
        short = sentence.end - sentence.start <= 14 and not sentence.quoted
        stamp = reading.published is not None and date.value == reading.published.isoformat()
        if short and sentence.number <= 6 and (stamp or _PAPERS & set(lower[sentence.start : sentence.end])):
            return 0.0
        opens = first - sentence.start <= 2 and len(date.value) == 7 and not sentence.quoted
        if sentence.number == 0 and opens and len(reading.notice.sentences) <= _ENTRY:
            return 0.15  # an entry of a list: "July 2025 – Police constable. ..."
        if (
            sentence.number <= 1
            and len(date.value) == 7
            and _HEADS & set(lower[sentence.start : sentence.end])
        ):
            return 0.1
        return 0.2 if short and sentence.number <= 6 and len(date.value) == 10 else 0.0
    if (
        first - sentence.start <= 3
        and not before
        and {"dismissed", "sacked", "warning", "hearing", "panel"} & {w for _, w in after}
    ):
        near = [(d, w) for d, w in near if w in words["hearing"]] or near
    distance, word = min(near)
    if word in _SAID and _by_a_court(lower[sentence.start : first]):
        return 0.0
    if word not in words["hearing"] or (word in _ENDS and _another_ended(lower[sentence.start : first])):
        return 0.0
    if (
        word == "hearing"
        and _COURTS & set(lower[sentence.start : first])
        and not _OURS & set(lower[sentence.start : sentence.end])
    ):
        return 0.0  # "magistrates disqualified him at a hearing on ..."
    if (
        (
            reading.notice.quoted(first)
            and not (word in words["closing"] and distance <= 4)
            and not (word in _SITTINGS and distance <= 2 and "misconduct" in near_by)
        )
        or (
            "general" in reading.context.flags(first, last + 1)
            and not (word in words["closing"] and distance <= 4)
        )
        or (
            reading.context.has(sentence.number, "appeal")
            and "original" not in reading.context.flags(first, last + 1)
        )
    ):
        return 0.0
    if word == "place" and (words["other"] - {"between"}) & set(
        lower[max(sentence.start, first - 9) : first]
    ):
        return 0.0  # "the incident took place on ..."
    if "unrelated" in lower[sentence.start : sentence.end]:
        return 0.0
    if {"will", "due", "scheduled", "expected"} & set(lower[max(sentence.start, first - 8) : first]):
        return 0.0
    score = (1.0 + 1.0 / (1 + distance / 4)) * (0.4 if len(date.value) == 4 else 1.0)
    if word in words["closing"]:
        score += 0.3
    if {"concluded", "ended", "conclusion"} & {w for _, w in before[-3:]}:
        score += 0.3
    return score
