"""Dates as forces write them: what is certain is kept, what is not is noted or left out."""

import calendar
import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.intake.dates import read_dates
from analysis.partial_dates import PartialDate


def value(cell: str, *others: str, order: str = "auto") -> str:
    return read_dates([cell, *others], order)[cell].value


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("10/4/2021", "2021-04-10"),
        ("31/02/2023", "2023-02"),
        ("31 April 2021", "2021-04"),
        ("Feb 2021", "2021-02"),
        ("Q3 2022/23", "2022"),
        ("Q4 2022/23", "2023"),
        ("2019-20", ""),
        ("2019/20", ""),
        ("FY 2019/2020", ""),
        ("44197", "2021-01-01"),
        ("10-12 May 2021", "2021-05-12"),
        ("10/05/2021 - 12/05/2021", "2021-05-12"),
        ("29 November - 3 December 2021", "2021-12-03"),
        ("30 April to 2 May 2021", "2021-05-02"),
        ("10th, 11th & 12th May 2021", "2021-05-12"),
        ("Monday 8 to Wednesday 10 January 2024", "2024-01-10"),
        ("12 May 2021 and 14 June 2021", "2021-06-14"),
        ("4th March 2021", "2021-03-04"),
        ("March 4, 2021", "2021-03-04"),
        ("4-Mar-21", "2021-03-04"),
        ("Mar-21", "2021-03"),
        ("07/12/16", "2016-12-07"),
        ("07/12/98", "1998-12-07"),
        ("2021-05-04 00:00:00", "2021-05-04"),
        ("10/05/2021 10:00", "2021-05-10"),
        ("Wed 10 May 2021 at 10am", "2021-05-10"),
        ("w/c 10/05/2021", "2021-05"),
        ("w/c 28/06/2021", "2021"),
        ("w/c 29/12/2021", ""),
        ("05/2021", "2021-05"),
        ("May-July 2021", "2021"),
        ("2021", "2021"),
        ("2021.0", "2021"),
        ("Q4 2022", ""),
        ("TBC", ""),
        ("2011-12", ""),
    ],
)
def test_one_date(written, expected):
    read = read_dates([written])[written]
    assert (read.value, read.reason) == (expected, "")


@pytest.mark.parametrize(
    "written", ["31/02/2023", "2019-20", "Q3 2022/23", "Q4 2022", "w/c 10/05/2021", "2011-12"]
)
def test_where_less_is_kept_than_stands_there_it_is_noted(written):
    assert read_dates([written])[written].note


@pytest.mark.parametrize(
    "written", ["13/13/2021", "45/03/2021", "soon", "Summer 2020", "20 May 2021 - 10 May 2021", "0/0/2020"]
)
def test_what_is_no_date_has_a_reason(written):
    read = read_dates([written])[written]
    assert read.reason and not read.value


def test_the_column_decides_which_comes_first():
    assert value("10/4/2019", "9/17/2019") == "2019-10-04"
    assert value("10/4/2019", "17/9/2019") == "2019-04-10"
    alone = read_dates(["10/4/2019"])["10/4/2019"]
    assert alone.value == "2019-04-10" and "day first" in alone.note
    assert value("10/4/2019", order="mdy") == "2019-10-04"
    assert not read_dates(["10/10/2019"])["10/10/2019"].note


def test_a_column_of_both_orders_keeps_only_the_year_of_what_could_be_either():
    assert value("03/04/2020", "13/01/2020", "01/14/2020") == "2020"
    assert value("13/01/2020", "03/04/2020", "01/14/2020") == "2020-01-13"
    nine = [f"{day}/01/2020" for day in range(13, 31)]
    assert value("03/04/2020", *nine, "01/14/2020") == "2020-04-03"  # one slip among eighteen


def test_a_year_and_two_digits_is_what_the_rest_of_the_column_is():
    assert value("2011-12", "2012-03") == "2011-12"
    assert value("2011-12", "2012-13") == ""


DAYS = st.dates(dt.date(1990, 1, 1), dt.date(2026, 1, 1))


@settings(deadline=None)
@given(DAYS)
def test_every_unambiguous_way_of_writing_a_day_gives_that_day(day):
    forms = [
        "%Y-%m-%d",
        "%d %B %Y",
        "%d %b %Y",
        "%A %d %B %Y",
        "%d-%b-%y",
        "%B %d, %Y",
        "%d.%m.%Y",
        "%d/%m/%Y",
    ]
    for form in forms:
        assert value(day.strftime(form), "31/01/2020") == day.isoformat(), form
    assert value(str((day - dt.date(1899, 12, 30)).days)) == day.isoformat()


@settings(deadline=None)
@given(DAYS, DAYS)
def test_a_range_is_its_last_day(one, other):
    first, last = sorted((one, other))
    for between in (" to ", " - ", " and "):
        assert value(f"{first:%d %B %Y}{between}{last:%d %B %Y}") == last.isoformat()


@settings(deadline=None)
@given(st.integers(2000, 2025), st.integers(1, 12), st.integers(29, 31))
def test_a_day_that_does_not_exist_is_its_month(year, month, day):
    exists = day <= calendar.monthrange(year, month)[1]
    assert value(f"{day}/{month}/{year}") == (
        f"{year}-{month:02d}-{day}" if exists else f"{year}-{month:02d}"
    )


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.text(max_size=20), st.text("0123456789/-. ", max_size=12)), max_size=5))
def test_any_text_is_a_date_or_nothing_or_has_a_reason(cells):
    for read in read_dates(cells).values():
        if read.value:
            assert str(PartialDate.parse(read.value)) == read.value
        assert not (read.reason and read.value)
