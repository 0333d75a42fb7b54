"""Dates as sources give them: a day, a month or a year, kept as what they are; and periods between them."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass

_PATTERN = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_DAY, _DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}", r"[0-9]{4}(?:-[0-9]{2}){0,2}"
_PERIOD = re.compile(rf"(year ending|as at) ({_DAY})|({_DATE})(?: to (?:about )?({_DATE}))?")


@dataclass(frozen=True, order=True)
class PartialDate:
    """A span of days known only to the day, the month or the year.

    `first` and `last` are the first and last day that the date could be.
    """

    first: dt.date
    last: dt.date

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """Read ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``.

        Raises
        ------
        ValueError : not of one of these forms, or not a day of the calendar.
        """
        match = _PATTERN.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is not a date: write YYYY, YYYY-MM or YYYY-MM-DD")
        year, month, day = (int(part) if part else None for part in match.groups())
        try:
            if day is not None:
                first = last = dt.date(year, month, day)
            elif month is not None:
                first = dt.date(year, month, 1)
                last = first.replace(day=calendar.monthrange(year, month)[1])
            else:
                first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
        except ValueError:
            raise ValueError(f"{text!r} is not a day of the calendar") from None
        return cls(first, last)

    def __str__(self) -> str:
        if self.first == self.last:
            return self.first.isoformat()
        month = f"-{self.first.month:02d}" if self.first.month == self.last.month else ""
        return f"{self.first.year:04d}{month}"  # %Y does not pad every year to four digits

    @property
    def year(self) -> int:
        """Calendar year: always known."""
        return self.first.year

    @property
    def financial_year(self) -> str | None:
        """Financial year (1 April to 31 March) as ``2019/20``; None where the date is too vague to tell."""
        first, last = _financial_year(self.first), _financial_year(self.last)
        return f"{first}/{(first + 1) % 100:02d}" if first == last else None

    def within(self, start: dt.date | None, end: dt.date | None) -> bool | None:
        """Whether the date lies in the period: True, False, or None where it is too vague to tell."""
        low, high = start or dt.date.min, end or dt.date.max
        if low <= self.first and self.last <= high:
            return True
        if self.last < low or self.first > high or low > high:
            return False
        return None


def _financial_year(day: dt.date) -> int:
    return day.year if day.month >= 4 else day.year - 1


@dataclass(frozen=True)
class Period:
    """Span of an official figure: its kind (year, as_at, span), first and last day."""

    kind: str
    start: dt.date
    end: dt.date

    @property
    def financial_year(self) -> str | None:
        """The financial year that the period is (or, for one day, lies in), else None."""
        whole = (self.start.month, self.start.day, self.end.month, self.end.day) == (4, 1, 3, 31)
        return PartialDate(self.start, self.end).financial_year if whole or self.kind == "as_at" else None


def parse_period(text: str) -> Period:
    """Read an official figure's period: ``year ending D``, ``as at D``, ``A to B`` or one partial date.

    Parameters
    ----------
    text : D is a day (``YYYY-MM-DD``); A and B are partial dates, and ``about`` may stand before B.

    Raises
    ------
    ValueError : another form, a day that does not exist, or an end before its start.
    """
    match = _PERIOD.fullmatch(text)
    if match is None:
        raise ValueError(
            f"{text!r} is not a period: write 'year ending YYYY-MM-DD', 'as at YYYY-MM-DD', one date, or "
            "two dates with ' to ' between them"
        )
    kind, day, first, last = match.groups()
    try:
        if kind:
            end = PartialDate.parse(day).first
            return Period("as_at", end, end) if kind == "as at" else Period("year", _year_before(end), end)
        start, stop = PartialDate.parse(first), PartialDate.parse(last or first)
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} holds what is not a day of the calendar") from None
    if stop.last < start.first:
        raise ValueError(f"{text!r} ends before it starts")
    return Period("span", start.first, stop.last)


def _year_before(end: dt.date) -> dt.date:
    """First day of the year that ends on a day."""
    after = end + dt.timedelta(days=1)
    if (after.month, after.day) == (2, 29):  # the year before it has no such day
        return dt.date(after.year - 1, 3, 1)
    return after.replace(year=after.year - 1)
