"""Tables and the writing of numbers: no share rounded to all or none, no empty cell, structure that a screen reader needs."""

import math
from html.parser import HTMLParser

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import formatting as fmt
from analysis import tables
from analysis.codelists import load_codelist
from analysis.errors import StudyError

SPACE = fmt.NARROW_SPACE


class Page(HTMLParser):
    """The parts of a table that the tests look at; fails on tags that do not close in order."""

    def __init__(self, html):
        super().__init__()
        self.open, self.rows, self.links, self.attributes = [], [], [], {}
        self.feed(html)
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        attrs = dict(attrs)
        self.attributes.setdefault(tag, []).append(attrs)
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.rows[-1].append([tag, attrs, ""])
        if tag == "a":
            self.links.append(attrs["href"])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "th" in self.open or "td" in self.open:
            self.rows[-1][-1][2] += data

    def width(self, row):
        return len(self.rows[row])

    def texts(self, row):
        return [cell[2] for cell in self.rows[row]]


def rates(**changes):
    frame = pd.DataFrame(
        {
            "breach": ["use_of_force", "use_of_force", "confidentiality", "not_stated"],
            "role": ["special_constable", "police_officer", "special_constable", "police_officer"],
            "estimate": [38 / 41, 1.0, math.nan, 0.999],
            "conf_low": [0.806, 0.4, math.nan, 0.99],
            "conf_high": [0.974, 1.0, math.nan, 0.9999],
            "numerator": [38, 3, 0, 1998],
            "denominator": [41, 3, 0, 2000],
            "method": "Wilson 95 % interval",
            "unknown": [0, 1, 0, 21],
            "too_few": [False, True, True, False],
        }
    )
    return frame.assign(**changes)


def contrast(measures=("risk difference", "risk ratio", "odds ratio"), **changes):
    frame = pd.DataFrame(
        {
            "measure": measures,
            "comparison": "special_constable",
            "reference": "police_officer",
            "estimate": [0.0623, 1.072, 1.982][: len(measures)],
            "conf_low": [-0.0634, 0.928, 0.586][: len(measures)],
            "conf_high": [0.1265, 1.155, math.inf][: len(measures)],
            "numerator": 38,
            "denominator": 41,
            "method": ["Newcombe", "Koopman", "Exact"][: len(measures)],
            "numerator_reference": 268,
            "denominator_reference": 310,
            "p_value": [0.3066, 0.2620, 0.0001][: len(measures)],
            "too_few": False,
            "note": "",
        }
    )
    return frame.assign(**changes)


def by_breach():
    frame = contrast(("risk difference",))
    frame.insert(0, "breach", "use_of_force")
    return frame


FUNNEL = rates(
    force=["Kent", "Essex", "Dorset", "Gwent"], overall=0.87, low95=0.6, high95=0.999, low998=0.5, high998=1.0
)
FUNNEL = FUNNEL.assign(
    position=["below 95 %", "within limits", "no case with a known outcome", "within limits"]
)
BARRING = pd.DataFrame(
    {
        "financial_year": ["2022/23", "2023/24", "2023/24"],
        "role": ["special_constable", "special_constable", "police_officer"],
        "estimate": [math.nan, 4.581, 3.975],
        "conf_low": [math.nan, 3.068, 3.662],
        "conf_high": [math.nan, 6.579, 4.309],
        "numerator": pd.array([pd.NA, 29, 593], dtype="Int64"),
        "denominator": pd.array([7840, 6330, 149164], dtype="Int64"),
        "method": "Garwood exact Poisson 95 % interval",
        "headcount_date": pd.to_datetime(["2022-09-30", "2023-09-30", None]),
        "note": ["no entries known", "", None],
    }
)
CASES = pd.DataFrame(
    {
        "case_id": ["kent-001", "kent-002"],
        "hearing_date": ["2021-03", None],
        "role": ["special_constable", "police_officer"],
        "breaches": [("confidentiality", "discreditable_conduct"), ()],
        "finding": ["gross_misconduct", None],
        "outcome": ["dismissed", None],
        "source_id": ["S1", "S2"],
    }
)
SOURCES = pd.DataFrame(
    {
        "source_id": ["S1", "S2", "S3"],
        "publisher": ["Kent <Police> & others", "A newspaper", "Somebody"],
        "url": ["https://example.org/a?b=1&c=2", None, "javascript:alert(1)"],
    }
)
FLOW = pd.DataFrame(
    {"step": ["Cases in the data set", "Left out: a < b"], "left_out": [0, 1234], "cases": [2000, 766]}
)
TESTS = pd.DataFrame(
    {"test": ["Fisher's exact test"], "statistic": [1.98], "p_value": [0.0004], "note": ["cautious"]}
)

BUILT = {
    "rates": lambda: tables.rates_table(rates(), "Rates", min_count=5),
    "rates of all": lambda: tables.rates_table(rates().drop(columns=["breach", "role"]).iloc[:1], "Rate"),
    "no rates": lambda: tables.rates_table(rates().iloc[:0], "Rates"),
    "contrast": lambda: tables.contrast_table(contrast(), "Contrast"),
    "contrast by": lambda: tables.contrast_table(by_breach(), "Contrast"),
    "no contrast": lambda: tables.contrast_table(contrast().iloc[:0], "Contrast"),
    "tests": lambda: tables.tests_table(TESTS, "Tests"),
    "funnel": lambda: tables.funnel_table(FUNNEL, "Forces", min_count=5),
    "no funnel": lambda: tables.funnel_table(FUNNEL.iloc[:0], "Forces"),
    "flow": lambda: tables.flow_table(FLOW, "Flow"),
    "barring": lambda: tables.barring_table(BARRING, "Barring"),
    "cases": lambda: tables.cases_table(CASES, "Cases <of> Kent & more", sources=SOURCES),
    "cases without sources": lambda: tables.cases_table(CASES, "Cases"),
    "any frame": lambda: tables.table(CASES, "Cases"),
}


@pytest.mark.parametrize("name", BUILT)
def test_structure_that_a_screen_reader_needs(name):
    built = BUILT[name]()
    page = Page(built.html)
    [wrap] = [a for a in page.attributes["div"] if a.get("class") == "table-wrap"]
    assert wrap["tabindex"] == "0" and wrap["role"] == "region" and wrap["aria-label"] == built.caption
    assert len(page.attributes["caption"]) == len(page.attributes["thead"]) == 1
    assert all(cell[0] == "th" and cell[1]["scope"] == "col" for cell in page.rows[0])
    for row in page.rows[1:]:
        assert row[0][0] == "th" or len(row) < page.width(0), "every row is named"
        assert all(cell[1]["scope"] in ("row", "rowgroup") for cell in row if cell[0] == "th")
    assert built._repr_html_() == built.html == BUILT[name]().html


@pytest.mark.parametrize("name", BUILT)
def test_rows_are_complete_and_no_cell_is_empty(name):
    built = BUILT[name]()
    page = Page(built.html)
    covered = 0
    for row in page.rows[1:]:
        spans = [int(cell[1].get("rowspan", 1)) for cell in row]
        assert len(row) + (covered > 0) == page.width(0)
        covered = max(covered - 1, 0) or max(spans) - 1
    assert all(cell[2].strip() for row in page.rows for cell in row)
    dashes = any(cell[2] == fmt.NOT_STATED for row in page.rows for cell in row)
    assert dashes == any(note.startswith(fmt.NOT_STATED) for note in built.notes)
    assert "nan" not in built.html.lower() and "None" not in built.html and "&lt;NA&gt;" not in built.html
    assert len(built.cells) == len(built.frame)


@pytest.mark.parametrize("name", BUILT)
def test_numbers_are_marked_for_alignment_in_head_and_body_alike(name):
    page = Page(BUILT[name]().html)
    numeric = [cell[1].get("class") == "num" for cell in page.rows[0]]
    for row in page.rows[1:]:
        tail = numeric[-len(row) :]
        assert [cell[1].get("class") == "num" for cell in row] == tail


def test_rates_say_counts_and_intervals_and_never_a_share_of_too_few():
    page = Page(BUILT["rates"]().html)
    assert page.texts(1)[2:] == ["38 of 41", f"93{SPACE}% (81 to 97)", "0"]
    assert page.texts(2)[1:3] == ["3 of 3", "too few to say"]
    assert page.texts(3)[2:4] == ["0 of 0", fmt.NOT_STATED]
    assert page.texts(4)[2:4] == ["1,998 of 2,000", f"more than 99{SPACE}% (99 to more than 99)"]
    notes = BUILT["rates"]().notes
    assert "Too few to say: fewer than 5 cases with a known outcome." in notes
    assert "Interval: Wilson 95 % interval." in notes


def test_the_minimum_count_is_the_frames_own_where_it_has_one():
    frame = rates()
    frame.attrs["min_count"] = 7
    assert (
        "Too few to say: fewer than 7 cases with a known outcome." in tables.rates_table(frame, "Rates").notes
    )


def test_neighbours_with_the_same_heading_are_one_group_of_rows():
    page = Page(BUILT["rates"]().html)
    first = page.rows[1][0]
    assert first[1] == {"scope": "rowgroup", "rowspan": "2"} and first[2] == "Use of force"
    assert page.texts(2)[0] == "Regular officers"
    assert len(page.attributes["tbody"]) == 3


def test_contrasts_are_in_their_own_units_with_both_counts():
    page = Page(BUILT["contrast"]().html)
    assert page.texts(0) == ["Measure", "Estimate (interval)", "Special constables", "Regular officers", "p"]
    assert page.texts(1) == ["Risk difference", f"6 ({fmt.MINUS}6 to 13)", "38 of 41", "268 of 310", "0.31"]
    assert page.texts(2)[1] == "1.07 (0.93 to 1.16)"
    assert page.texts(3)[1:] == ["1.98 (0.59 to no upper limit)", "38 of 41", "268 of 310", "less than 0.001"]
    notes = BUILT["contrast"]().notes
    assert "Risk differences are in percentage points." in notes and "Risk ratio: Koopman." in notes
    few = tables.contrast_table(contrast(too_few=True), "Contrast", min_count=5)
    assert Page(few.html).texts(1)[1] == "too few to say"


def test_forces_outside_the_limits_are_named_as_such():
    page = Page(BUILT["funnel"]().html)
    assert page.texts(1)[-1] == "Below 95 %"
    assert page.texts(2)[-1] == "too few to say"
    assert page.texts(1)[3:5] == ["60 to more than 99", "50 to 100"]


def test_barring_rates_have_dates_remarks_and_a_dash_where_unknown():
    page = Page(BUILT["barring"]().html)
    assert page.texts(1) == [
        "2023",
        "Special constables",
        "–",
        "7,840",
        "30 September 2022",
        "–",
        "No entries known.",
    ]
    assert page.texts(2)[2:] == ["29", "6,330", "30 September 2023", "4.6 (3.1 to 6.6)", "none"]
    assert page.texts(3)[-2:] == ["4.0 (3.7 to 4.3)", "none"]


def test_cases_are_written_out_and_linked_to_their_source():
    built = BUILT["cases"]()
    page = Page(built.html)
    assert page.texts(1) == [
        "kent-001", "2021-03", "Special constable", "Dismissed", "Gross misconduct",
        "Confidentiality; Discreditable conduct", "Kent <Police> & others",
    ]  # fmt: skip
    assert page.texts(2)[1:] == [
        "–",
        "Police officer (regular)",
        "–",
        "–",
        "–",
        "A newspaper (address not shown)",
    ]
    assert page.links == ["https://example.org/a?b=1&c=2"]
    assert "<Police>" not in built.html and "<of>" not in built.html


def test_cases_stand_newest_first_and_undated_last():
    cases = pd.concat(
        [
            CASES.assign(hearing_date=date, case_id=str(date))
            for date in ("2019", None, "2021-03", "2020-02-01")
        ]
    )
    shown = tables.cases_table(cases.drop_duplicates("case_id"), "Cases").cells["Case"]
    assert shown.tolist() == ["2021-03", "2020-02-01", "2019", "None"]


def test_the_comparison_role_stands_first_in_every_group():
    roles = pd.Categorical(
        ["police_officer", "special_constable"] * 2, ["police_officer", "special_constable"], ordered=True
    )
    tidy = pd.DataFrame(
        {"breach": ["use_of_force"] * 2 + ["confidentiality"] * 2, "role": roles, "estimate": 0.5}
    )
    shown = tables.comparison_first(tidy)
    assert shown["breach"].tolist() == ["use_of_force"] * 2 + ["confidentiality"] * 2
    assert shown["role"].astype(str).tolist() == ["special_constable", "police_officer"] * 2
    four = tidy.assign(role=roles.add_categories(["pcso", "police_staff"]))
    assert tables.comparison_first(four)["role"].tolist() == four["role"].tolist()


def test_an_address_that_a_browser_would_run_is_no_link():
    built = tables.cases_table(CASES.assign(source_id="S3"), "Cases", sources=SOURCES)
    assert not Page(built.html).links and "javascript" not in built.html


def test_any_frame_names_a_missing_column():
    with pytest.raises(StudyError, match="no column nonsense; it has case_id"):
        tables.table(CASES, "Cases", {"nonsense": "Nonsense"})


def test_any_frame_takes_headings_and_a_row_heading():
    built = tables.table(
        FLOW, "Flow", {"cases": "Cases", "step": "Step"}, row_header="step", notes=["A note."]
    )
    page = Page(built.html)
    assert page.texts(0) == ["Step", "Cases"] and page.texts(1) == ["Cases in the data set", "2,000"]
    assert built.notes == ("A note.",)


# ---------------------------------------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.926, "93"), (0.998, "more than 99"), (0.001, "less than 1"), (0, "0"), (1, "100"), (0.865, "87"),
        (0.005, "1"), (0.0049, "less than 1"), (0.995, "more than 99"), (0.9949, "99"), (0.125, "13"),
    ],
)  # fmt: skip
def test_percentages(share, text):
    assert fmt.percent(share) == f"{text}{SPACE}%"


def test_percentages_with_decimals():
    assert fmt.percent(0.9996, 1) == f"more than 99.9{SPACE}%"
    assert fmt.percent(0.0004, 1) == f"less than 0.1{SPACE}%"
    assert fmt.percent(0.12345, 1) == f"12.3{SPACE}%"


@given(st.floats(0, 1))
def test_only_all_is_all_and_only_none_is_none(share):
    text = fmt.percent(share)
    assert (text == f"100{SPACE}%") == (share == 1)
    assert (text == f"0{SPACE}%") == (share == 0)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_rounded_percentage_is_within_half_a_point(pair):
    numerator, denominator = pair
    text = fmt.percent(numerator / denominator).removesuffix(f"{SPACE}%")
    if text.isdigit():
        assert abs(int(text) - 100 * numerator / denominator) <= 0.5 + 1e-9


def test_intervals_counts_and_rates():
    assert fmt.interval(0.806, 0.974) == f"81 to 97{SPACE}%"
    assert fmt.interval(0.001, 0.999) == f"less than 1 to more than 99{SPACE}%"
    assert fmt.rate(0.926, 0.806, 0.974) == f"93{SPACE}% (81 to 97)"
    assert fmt.count(1234) == "1,234" and fmt.count(pd.NA) == "–"
    assert fmt.of_total(38, 41) == "38 of 41" and fmt.of_total(pd.NA, 41) == "–"
    assert (
        fmt.per_thousand(4.58) == "4.6"
        and fmt.per_thousand(0.02) == "less than 0.1"
        and fmt.per_thousand(0) == "0.0"
    )
    assert fmt.decimal(-1234.56) == f"{fmt.MINUS}1,234.6" and fmt.decimal(-0.01) == "0.0"
    assert fmt.ratio(1.072) == "1.07" and fmt.ratio(math.inf) == "no upper limit"
    assert fmt.cases(1) == "1 case" and fmt.cases(1234) == "1,234 cases"


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.2668, "0.27"), (0.0499, "0.050"), (0.0451, "0.045"), (0.0999, "0.10"), (0.004, "0.004"), (0.0004, "less than 0.001"),
        (0.9999, "more than 0.99"), (1.0, "1.00"), (0, "less than 0.001"), (math.nan, "–"),
    ],
)  # fmt: skip
def test_p_values(p, text):
    assert fmt.p_value(p) == text


def test_differences_are_in_points_with_a_true_minus():
    assert fmt.points(0.065) == "7 percentage points"
    assert fmt.points(-0.04) == f"{fmt.MINUS}4 percentage points"
    assert (
        fmt.points(0.01) == "1 percentage point" and fmt.points(-0.0149) == f"{fmt.MINUS}1 percentage point"
    )
    assert fmt.points(-0.001) == "0 percentage points"
    assert fmt.points(0.0623, unit=False) == "6"
    assert fmt.points_interval(-0.0634, 0.1265) == f"{fmt.MINUS}6 to 13"


@pytest.mark.parametrize(
    "function", [fmt.percent, fmt.count, fmt.decimal, fmt.per_thousand, fmt.ratio, fmt.points]
)
@pytest.mark.parametrize("missing", [None, math.nan, pd.NA, pd.NaT])
def test_what_is_missing_is_a_dash(function, missing):
    assert function(missing) == "–"


def test_codes_are_written_out():
    assert fmt.label("breach", "use_of_force") == "Use of force"
    assert fmt.label("breach", "not_stated") == fmt.label("year", None) == "Not stated"
    assert fmt.label("n_breaches", "1") == "1 standard" and fmt.label("n_breaches", "3") == "3 standards"
    assert fmt.label("force", "Dyfed-Powys") == "Dyfed-Powys"
    assert fmt.label("anything", "some_code") == "Some code"
    assert fmt.plural("role", "special_constable") == "Special constables"
    assert fmt.group_in_sentence("role", "pcso").startswith("PCSO")
    assert fmt.join_words([]) == "" and fmt.join_words(["a", "b", "c"], "or") == "a, b or c"


@pytest.mark.parametrize("column", sorted(fmt._CODELIST))
def test_every_code_of_every_code_list_has_its_label(column):
    codes = load_codelist(fmt._CODELIST[column])
    for code, row in codes.iterrows():
        assert fmt.label(column, code) == row["label"]
