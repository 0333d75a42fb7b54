"""Partial dates: a day, a month or a year stays what it is."""

import calendar
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.partial_dates import PartialDate

days = st.dates(dt.date(1000, 1, 1), dt.date(9998, 12, 31))
texts = st.builds(lambda day, length: day.isoformat()[:length], days, st.sampled_from([4, 7, 10]))


@given(texts)
def test_reading_and_writing_is_a_round_trip(text):
    assert str(PartialDate.parse(text)) == text
    assert str(PartialDate.parse(f" {text}\n")) == text


@given(texts)
def test_the_span_is_what_the_text_leaves_open(text):
    date = PartialDate.parse(text)
    assert date.first.isoformat().startswith(text) and date.last.isoformat().startswith(text)
    before, after = date.first - dt.timedelta(days=1), date.last + dt.timedelta(days=1)
    assert not before.isoformat().startswith(text) and not after.isoformat().startswith(text)
    assert date.year == int(text[:4])


@given(texts, st.none() | days, st.none() | days)
def test_within_agrees_with_every_day_of_the_span(text, start, end):
    date = PartialDate.parse(text)
    inside = {
        (start is None or start <= day) and (end is None or day <= end)
        for day in (date.first + dt.timedelta(days=n) for n in range((date.last - date.first).days + 1))
    }
    assert date.within(start, end) == (inside.pop() if len(inside) == 1 else None)


@given(texts)
def test_financial_year_is_told_only_where_both_ends_agree(text):
    date = PartialDate.parse(text)
    start = date.first.year - (date.first.month < 4)
    expected = f"{start}/{(start + 1) % 100:02d}"
    assert date.financial_year == (None if len(text) == 4 else expected)


@pytest.mark.parametrize(
    ("text", "year"),
    [("2020-03-31", "2019/20"), ("2020-04-01", "2020/21"), ("1999-12", "1999/00"), ("2020", None)],
)
def test_financial_years(text, year):
    assert PartialDate.parse(text).financial_year == year


@given(st.text(max_size=12))
def test_anything_else_is_a_value_error(text):
    try:
        date = PartialDate.parse(text)
    except ValueError as error:
        assert repr(text) in str(error)
    else:
        assert str(date) == text.strip()


@pytest.mark.parametrize(
    "text", ["", "21", "2021-1", "2021-13", "2021-00", "2021-02-29", "0000", "٢٠٢١", "2021/03"]
)
def test_what_is_no_date(text):
    with pytest.raises(ValueError, match="is not a da"):
        PartialDate.parse(text)


@given(st.integers(1600, 2400))
def test_february_knows_leap_years(year):
    assert PartialDate.parse(f"{year}-02").last.day == 28 + calendar.isleap(year)


@given(texts, texts)
def test_order_is_by_first_day(one, other):
    a, b = PartialDate.parse(one), PartialDate.parse(other)
    if a.first < b.first:
        assert a < b
