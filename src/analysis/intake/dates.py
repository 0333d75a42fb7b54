"""Dates as forces write them, to what is certain of them: a day, a month, a year, or nothing, with a note where less
is kept than stands there."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

from .words import clean, says_nothing, withheld

ORDERS = ("auto", "dmy", "mdy")


@dataclass(frozen=True)
class Read:
    """One date as read: `value` (YYYY-MM-DD, YYYY-MM, YYYY or empty), `note` where something is worth knowing,
    `reason` where the cell is no date."""

    value: str = ""
    note: str = ""
    reason: str = ""


_NAMES = {
    name.casefold(): number
    for names in (calendar.month_name, calendar.month_abbr)
    for number, name in enumerate(names)
    if name
} | {"sept": 9}
_MONTH = r"(" + "|".join(sorted(_NAMES, key=len, reverse=True)) + r")\.?"
_NUMERIC = re.compile(r"(\d{1,2})\s*[/.\- ]\s*(\d{1,2})\s*[/.\- ]\s*(\d{4}|\d{2})")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_DAY_NAME = re.compile(
    r"\b(?:mon|tue|tues|wed|weds|thu|thur|thurs|fri|sat|sun)(?:day|sday|nesday|rsday|urday)?\b,?\s*", re.I
)
_TIME = re.compile(
    r"[T ,]+(?:at )?(?:\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s*[ap]m)?Z?|\d{1,2}(?:\.\d{2})?\s*[ap]m)$", re.I
)
_ORDINAL = re.compile(r"(\d)\s?(?:st|nd|rd|th)\b", re.I)
_FINANCIAL = re.compile(r"(?:(?:fy|financial year|year)\s*)?(\d{4}|\d{2})\s*[-/]\s*(\d{4}|\d{2})")
# Serial numbers of the days from 1990 to 2049, as workbooks count them.
_SERIAL = range(32874, 54789)
_PARTS = re.compile(
    r"\s*(?:\bto\b|\buntil\b|\btill\b|\band\b|&|,|;|\+|–|—|(?<=\s)-(?=\s)|(?<=\d{4})-(?=\d{1,2}[/. ]))\s*",
    re.I,
)


def read_dates(cells: Iterable[str], order: str = "auto") -> dict[str, Read]:
    """Each distinct cell of a column of dates, read in the light of the whole column.

    Parameters
    ----------
    cells : text.
    order : dmy, mdy, or auto: day first, unless a day above 12 in the column proves otherwise.

    Notes
    -----
    Where a column holds proofs of both orders, the one with at least nine in ten of them decides; without such a
    majority only the year is kept of a date that could be either. ``2019-20`` is a financial year and lies in two
    calendar years, so nothing of it is kept; ``2011-12`` could be that or a month, as the rest of the column says.
    """
    distinct = list(dict.fromkeys(cells))
    column = _Column(distinct, order)
    return {cell: column.read(cell) for cell in distinct}


class _Column:
    def __init__(self, cells: list[str], order: str):
        pairs = [match.groups() for cell in cells for match in _NUMERIC.finditer(_bare(cell))]
        first = sum(int(a) > 12 >= int(b) for a, b, _ in pairs)
        second = sum(int(b) > 12 >= int(a) for a, b, _ in pairs)
        self.note, self.only_year = "", False
        if order != "auto":
            self.day_first = order == "dmy"
        elif first and second:
            self.day_first = first >= second
            self.only_year = max(first, second) < 9 * min(first, second)
        else:
            self.day_first = not second
            self.note = "" if first or second else "read day first: no date of the column proves it"
        isolike = [m.groups() for cell in cells if (m := re.fullmatch(r"(\d{4})-(\d{2})", _bare(cell)))]
        self.years = any(int(b) > 12 or int(b) == 0 for _, b in isolike)
        self.months = any(0 < int(b) <= 12 and int(b) != (int(a) + 1) % 100 for a, b in isolike)

    def read(self, cell: str) -> Read:
        if says_nothing(cell):
            return Read()
        if withheld(cell):
            return Read(note="withheld by the publisher")
        text = _bare(cell)
        found = self._one(text)
        if found is None:
            found = self._range(text)
        return found or Read(reason="is no date that can be read")

    # -- one date

    def _one(self, text: str) -> Read | None:
        for reader in (self._iso, self._serial, self._numeric, self._worded, self._coarse):
            if (found := reader(text)) is not None:
                return found
        return None

    def _iso(self, text: str) -> Read | None:
        if match := _ISO.fullmatch(text):
            return _day(*map(int, match.groups()))
        return None

    def _serial(self, text: str) -> Read | None:
        if re.fullmatch(r"\d{5}(?:\.\d+)?", text) and int(float(text)) in _SERIAL:
            day = dt.date(1899, 12, 30) + dt.timedelta(days=int(float(text)))
            return Read(day.isoformat())
        return None

    def _numeric(self, text: str) -> Read | None:
        match = _NUMERIC.fullmatch(text)
        if match is None:
            return None
        a, b, year = int(match[1]), int(match[2]), _year(match[3])
        if a > 12 >= b:
            return _day(year, b, a)
        if b > 12 >= a:
            return _day(year, a, b)
        if a > 12:
            return Read(reason="is no day of any month")
        if a == b or not self.only_year:
            day, month = (a, b) if self.day_first else (b, a)
            read = _day(year, month, day)
            return Read(read.value, read.note or (self.note if a != b else ""), read.reason)
        return Read(
            f"{year}", "day and month could be either: the column holds both orders; only the year is kept"
        )

    def _worded(self, text: str) -> Read | None:
        for pattern, places in (
            (rf"(\d{{1,2}})[\s/.-]*(?:of )?{_MONTH}[\s,/.-]*(\d{{4}}|\d{{2}})", (3, 2, 1)),
            (rf"{_MONTH}[\s/.-]*(\d{{1,2}}),?\s+(\d{{4}})", (3, 1, 2)),
            (rf"(\d{{4}})[\s/.-]+{_MONTH}[\s/.-]+(\d{{1,2}})", (1, 2, 3)),
        ):
            if match := re.fullmatch(pattern, text, re.I):
                year, month, day = (match[place] for place in places)
                return _day(_year(year), _NAMES[month.casefold()], int(day))
        if match := re.fullmatch(rf"{_MONTH}[\s,/.'-]*(?:of )?(\d{{4}}|\d{{2}})", text, re.I):
            return Read(f"{_year(match[2]):04d}-{_NAMES[match[1].casefold()]:02d}")
        if match := re.fullmatch(rf"(\d{{4}})[\s/.-]+{_MONTH}", text, re.I):
            return Read(f"{match[1]}-{_NAMES[match[2].casefold()]:02d}")
        return None

    def _coarse(self, text: str) -> Read | None:
        """Months in figures, years, financial years, quarters, weeks."""
        if re.fullmatch(r"(?:19|20)\d{2}(?:\.0)?", text):
            return Read(text[:4])
        if match := re.fullmatch(r"(\d{1,2})[/.-](\d{4})", text):
            return Read(f"{match[2]}-{int(match[1]):02d}") if 1 <= int(match[1]) <= 12 else None
        if match := re.fullmatch(r"w(?:eek|/|\.)?\s*(?:commencing|c|beginning|b)\.?:?\s*(.+)", text, re.I):
            return _week(self._one(match[1]))
        if match := re.fullmatch(
            r"(?:q|quarter|qtr)\.?\s*([1-4])[\s,:-]*(?:of )?(.+)|(.+?)[\s,:-]*(?:q|quarter|qtr)\.?\s*([1-4])",
            text,
            re.I,
        ):
            return _quarter(int(match[1] or match[4]), match[2] or match[3])
        if (match := re.fullmatch(r"(\d{4})-(\d{2})", text)) and 1 <= int(match[2]) <= 12:
            consecutive = int(match[2]) == (int(match[1]) + 1) % 100
            if not consecutive or (self.months and not self.years):
                return Read(text)
            if not self.years:
                return Read(note=f"{text!r} may be a month or a financial year: left empty")
        if years := _financial(text):
            return Read(
                note=f"financial year {years[0]}/{years[1] % 100:02d} lies in two calendar years: left empty"
            )
        return None

    # -- ranges: the day the proceedings ended

    def _range(self, text: str) -> Read | None:
        text = re.sub(r"^(?:from|between|held on|on)\s+", "", text, flags=re.I)
        if match := re.fullmatch(
            rf"(?:\d{{1,2}}[\s,&+-]*(?:and |to )?)*?(\d{{1,2}})\s+({_MONTH}[\s,]*\d{{4}}|{_MONTH}[\s,]*\d{{2}})",
            text,
            re.I,
        ):
            return self._one(f"{match[1]} {match[2]}")
        parts = [part for part in _PARTS.split(text) if part]
        if len(parts) < 2:
            parts = re.split(
                r"(?<=\d{4})\s*-\s*(?=\S)|\s+-\s*|\s*-\s+|(?<=[a-z])-(?=[a-z])", text, flags=re.I
            )
        if len(parts) < 2:
            return None
        last = self._one(parts[-1])
        if last is None or not last.value:
            return None
        months = [self._month_of(part) for part in parts]
        if len(last.value) == 7 and None not in months:
            # "May to July 2021": the proceedings lie somewhere in between.
            return Read(last.value[:4], "a span of months: only the year is kept")
        if len(last.value) < 10:
            return None
        firsts = [self._one(part) or self._day_of(part) for part in parts[:-1]]
        if any(first is None for first in firsts):
            return None
        dated = [first.value for first in firsts if first.value]
        if any(len(first) == 10 and first > last.value for first in dated):
            return Read(reason="ends before it starts")
        return Read(last.value, last.note, last.reason)

    @staticmethod
    def _month_of(text: str) -> int | None:
        match = re.fullmatch(rf"{_MONTH}(?:\s*\d{{4}})?", text.strip(), re.I)
        return _NAMES[match[1].casefold()] if match else None

    @staticmethod
    def _day_of(text: str) -> Read | None:
        """The beginning of a range, which leaves its month or year to the end: 10, 30 April, 30/4."""
        short = rf"\d{{1,2}}(?:\s*{_MONTH}|\s*[/.]\s*\d{{1,2}})?"
        return Read() if re.fullmatch(short, text.strip(), re.I) else None


def _bare(cell: str) -> str:
    text = clean(cell).strip(" .;,:*")
    text = _TIME.sub("", text)
    text = _DAY_NAME.sub("", text)
    return _ORDINAL.sub(r"\1", text).strip()


def _year(text: str) -> int:
    """Two digits are a year of this century up to next year, and of the last beyond it."""
    number = int(text)
    if len(text) == 4:
        return number
    return number + (2000 if number <= (dt.date.today().year + 1) % 100 else 1900)


def _day(year: int, month: int, day: int) -> Read:
    if not (1 <= month <= 12 and 1 <= day <= 31 and 1900 <= year <= 2199):
        return Read(reason="is no day of the calendar")
    if day > calendar.monthrange(year, month)[1]:
        return Read(f"{year:04d}-{month:02d}", f"{day}/{month}/{year} does not exist: kept as the month")
    return Read(f"{year:04d}-{month:02d}-{day:02d}")


def _week(start: Read | None) -> Read | None:
    if start is None or len(start.value) != 10:
        return None
    first = dt.date.fromisoformat(start.value)
    last = first + dt.timedelta(days=6)
    if (first.year, first.month) == (last.year, last.month):
        return Read(f"{first:%Y-%m}", "a week: kept as its month")
    if first.year == last.year:
        return Read(f"{first.year}", "a week in two months: kept as its year")
    return Read(note="a week in two years: left empty")


def _financial(text: str) -> tuple[int, int] | None:
    match = _FINANCIAL.fullmatch(text.casefold())
    if match is None:
        return None
    first = _year(match[1])
    last = int(match[2]) if len(match[2]) == 4 else first // 100 * 100 + int(match[2])
    last += 100 if last < first else 0
    return (first, last) if last == first + 1 else None


def _quarter(number: int, year: str) -> Read | None:
    """A quarter of a financial year lies in one calendar year; one of "2022" may be of either kind of year."""
    if years := _financial(year.strip()):
        return Read(f"{years[0] if number < 4 else years[1]}", "a quarter: kept as its calendar year")
    if not re.fullmatch(r"(?:19|20)\d{2}", year.strip()):
        return None
    if number < 4:
        return Read(year.strip(), "a quarter: kept as its calendar year")
    return Read(note="the fourth quarter may be of the calendar or of the financial year: left empty")
