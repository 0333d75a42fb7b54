"""Partial dates: a day, a month or a year stays what it is."""

import calendar
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.partial_dates import PartialDate, parse_period

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


# ------------------------------------------------------------------------------------- periods


@pytest.mark.parametrize(
    ("text", "kind", "start", "end", "year"),
    [
        ("year ending 2024-03-31", "year", "2023-04-01", "2024-03-31", "2023/24"),
        ("as at 2023-09-30", "as_at", "2023-09-30", "2023-09-30", "2023/24"),
        ("as at 2024-03-31", "as_at", "2024-03-31", "2024-03-31", "2023/24"),
        ("2017", "span", "2017-01-01", "2017-12-31", None),
        ("2018-04 to 2019-03", "span", "2018-04-01", "2019-03-31", "2018/19"),
        ("2005-01 to about 2013", "span", "2005-01-01", "2013-12-31", None),
        ("2017-01 to 2017-03", "span", "2017-01-01", "2017-03-31", None),
        ("year ending 2024-02-29", "year", "2023-03-01", "2024-02-29", None),
        ("year ending 2024-02-28", "year", "2023-03-01", "2024-02-28", None),
        ("year ending 2025-02-28", "year", "2024-03-01", "2025-02-28", None),
        ("2018-04 to 2020-03", "span", "2018-04-01", "2020-03-31", None),
    ],
)
def test_periods(text, kind, start, end, year):
    period = parse_period(text)
    assert (period.kind, str(period.start), str(period.end)) == (kind, start, end)
    assert period.financial_year == year


def test_a_period_that_ends_before_it_starts_is_refused():
    with pytest.raises(ValueError, match="ends before it starts"):
        parse_period("2020 to 2019")


@pytest.mark.parametrize(
    "text", ["2025-02-30", "year ending 2025-02-30", "as at 2025-13-01", "2020 to 2020-00"]
)
def test_a_period_of_days_that_there_are_not_is_refused(text):
    with pytest.raises(ValueError, match="not a day of the calendar"):
        parse_period(text)


@pytest.mark.parametrize(
    "text",
    ["", "last year", "year ending 2024", "as at 2024-03", "year ending  2024-03-31", "2017-", "to 2017"],
)
def test_what_is_no_period(text):
    with pytest.raises(ValueError, match="is not a period: write"):
        parse_period(text)


@given(st.dates(dt.date(2, 1, 1), dt.date(9998, 12, 31)))
def test_a_year_is_a_year_long_and_the_next_one_starts_the_day_after(end):
    period = parse_period(f"year ending {end.isoformat()}")
    assert period.end == end and 365 <= (end - period.start).days + 1 <= 366
    assert (period.start.month, period.start.day) in {
        ((end + dt.timedelta(days=1)).month, (end + dt.timedelta(days=1)).day),
        (3, 1),
    }


@given(
    st.sampled_from(["", "year ending ", "as at ", "2020 to ", "2020 to about "]),
    st.one_of(st.text(max_size=12), st.from_regex(r"[0-9]{4}(-[0-9]{2}){0,2}", fullmatch=True)),
)
def test_any_text_is_a_period_or_a_value_error(start, text):
    try:
        period = parse_period(start + text)
    except ValueError as error:
        assert repr(start + text) in str(error)
    else:
        assert period.start <= period.end
