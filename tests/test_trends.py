"""Rates over time and around changes of the rules, on made-up cases: nothing is read into too few, nothing is lost."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis import estimates, figures, listings, wording
from analysis.codelists import load_codelist
from analysis.cohort import Cohort
from analysis.errors import StudyError
from analysis.estimates import TIDY_COLUMNS
from analysis.estimates.trends import CHANGES, LEAST_A_SIDE, VERDICTS
from analysis.question import Question
from test_figures import faults

pytestmark = pytest.mark.filterwarnings("error")
QUICK = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
REGIMES = load_codelist("regimes").reset_index()
ROLES = ("special_constable", "police_officer")
FORCES = ["Essex", "Kent", "Sussex", "Metropolitan", "Cumbria", "Dorset", "Gwent"]


def cohort(rows) -> Cohort:
    """Of rows (date, sanctioned or None, force number, role number)."""
    dates = [r[0] for r in rows]
    cases = pd.DataFrame(
        {
            "hearing_date": pd.array([d or None for d in dates], dtype="string"),
            "year": pd.array([int(d[:4]) if d else None for d in dates], dtype="Int64"),
            "sanctioned": pd.array([r[1] for r in rows], dtype="boolean"),
            "force": [FORCES[r[2] % len(FORCES)] for r in rows],
        }
    )
    roles = pd.Categorical([ROLES[r[3]] for r in rows], categories=list(ROLES[::-1]), ordered=True)
    return Cohort(cases.assign(role=roles), pd.DataFrame(), Question.of())


def series(rate, first="2015-01-15", months=132, a_month=3, seed=1) -> Cohort:
    """Cases month by month, sanctioned at a rate that is a function of the month."""
    rng = np.random.default_rng(seed)
    days = pd.date_range(first, periods=months, freq="MS") + pd.Timedelta(days=14)
    return cohort(
        [
            (day.date().isoformat(), bool(rng.random() < rate(day)), int(rng.integers(7)), 1)
            for day in days
            for _ in range(a_month)
        ]
    )


CASE = st.tuples(
    st.sampled_from(
        ["", "2014", "2015-05", "2015-06-30", "2016-02-01", "2019-12-31", "2020-02-01", "2020", "2021-03"]
    ),
    st.sampled_from([True, True, True, False, None]),
    st.integers(0, 6),
    st.integers(0, 1),
)


# ------------------------------------------------------------------------------------------- smoothed


@QUICK
@given(st.lists(CASE, max_size=25), st.sampled_from([None, "role"]))
def test_no_case_is_lost_and_every_line_lies_in_its_band(rows, by):
    of = cohort(rows)
    smoothed = estimates.smoothed_rates(of, by)
    names = ["year"] if by is None else ["year", "role"]
    assert list(smoothed.columns[: len(names) + 6]) == [*names, *TIDY_COLUMNS]
    known = of.known
    assert smoothed["denominator"].sum() == known["year"].notna().sum()
    assert smoothed["numerator"].sum() == known.loc[known["year"].notna(), "sanctioned"].sum()
    undated = (
        smoothed["undated"].iloc[:1].sum()
        if by is None
        else smoothed.drop_duplicates("role")["undated"].sum()
    )
    in_lines = known if by is None else known[known["role"].isin(smoothed["role"])]
    assert undated == (in_lines["year"].isna().sum() if len(smoothed) else 0)
    fitted = smoothed.dropna(subset=["estimate"])
    assert ((fitted["conf_low"] <= fitted["estimate"]) & (fitted["estimate"] <= fitted["conf_high"])).all()
    assert fitted[["conf_low", "conf_high"]].stack().between(0, 1).all()
    assert (smoothed["estimate"].isna() <= ((smoothed["note"] != "") | (smoothed["denominator"] == 0))).all()
    drawing = figures.trend_plot(smoothed, REGIMES)
    assert "nan" not in drawing.alt.lower()
    listings.trend_table(smoothed, "Rates over time")
    if by is None:
        assert "nan" not in wording.trend(smoothed, of.question).lower()


def test_every_year_between_has_a_row_and_years_of_few_cases_a_wide_band():
    rows = [("2012-05-01", k % 4 > 0, k, 1) for k in range(8)]
    rows += [(f"{y}-05-01", k % 4 > 0, k, 1) for y in range(2018, 2023) for k in range(60)]
    smoothed = estimates.smoothed_rates(cohort(rows)).set_index("year")
    assert list(smoothed.index) == [str(y) for y in range(2012, 2023)]
    width = smoothed["conf_high"] - smoothed["conf_low"]
    assert width["2012"] > 2 * width["2020"]
    assert smoothed.loc["2015", "denominator"] == 0 and smoothed.loc["2015", "too_few"]
    assert math.isnan(smoothed.loc["2015", "raw"]) and not math.isnan(smoothed.loc["2015", "estimate"])


def test_a_steady_rate_is_a_nearly_straight_line_and_a_bend_is_followed():
    steady = estimates.smoothed_rates(series(lambda day: 0.8, a_month=6))
    assert steady["estimate"].max() - steady["estimate"].min() < 0.12
    assert ((steady["conf_low"] < 0.8) & (steady["conf_high"] > 0.8)).mean() > 0.8
    bent = estimates.smoothed_rates(series(lambda day: 0.9 - 0.02 * (day.year - 2020) ** 2, a_month=12))
    middle, ends = bent.set_index("year")["estimate"]["2020"], bent["estimate"].iloc[[0, -1]]
    assert (middle - ends > 0.25).all()
    weights = bent.attrs["knots"]["all"]
    assert sum(weights.values()) == pytest.approx(1) and weights[1] < 0.01 and weights[2] < 0.01


def test_lines_are_the_same_whatever_the_order_of_the_rows():
    of = series(lambda day: 0.7)
    other = Cohort(of.cases.sample(frac=1, random_state=4), of.flow, of.question)
    pd.testing.assert_frame_equal(
        estimates.smoothed_rates(of), estimates.smoothed_rates(other), check_exact=True
    )
    pd.testing.assert_frame_equal(
        estimates.regime_changes(of), estimates.regime_changes(other), check_exact=True
    )


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "no case"),
        ([("", True, 1, 1)] * 3, "no case has both"),
        ([("2020", True, k, 1) for k in range(9)], "all of the dated"),
        ([("2020", False, k, 1) for k in range(9)], "none of the dated"),
    ],
)
def test_where_no_line_can_be_drawn_that_is_said(rows, words):
    of = cohort(rows)
    smoothed = estimates.smoothed_rates(of)
    assert smoothed["estimate"].isna().all()
    assert (smoothed["note"].str.contains(words)).all()
    text = wording.trend(smoothed, of.question)
    assert text.startswith("No line can be drawn through the years")
    assert figures.trend_plot(smoothed, REGIMES).alt.endswith(".")


def test_only_roles_make_lines():
    with pytest.raises(StudyError, match="role"):
        estimates.smoothed_rates(cohort([]), "breach")


def test_the_best_known_year_and_the_undated_are_told():
    of = cohort(
        [(f"{y}-05-01", k % 5 > 0, k, 1) for y in range(2018, 2023) for k in range(20)] + [("", True, 1, 1)]
    )
    text = wording.trend(estimates.smoothed_rates(of), of.question)
    assert "in 2018" in text and "in 2022" in text and "1 case without a date is in no year" in text
    single = cohort([("2020-05-01", k % 5 > 0, k, 1) for k in range(20)])
    assert wording.trend(estimates.smoothed_rates(single), single.question).startswith(
        "All dated cases are of 2020"
    )


# -------------------------------------------------------------------------------------- regime changes


@QUICK
@given(st.lists(CASE, max_size=40))
def test_every_change_has_a_row_and_a_verdict_that_follows_from_its_numbers(rows):
    of = cohort(rows)
    changes = estimates.regime_changes(of)
    assert list(changes["regime"]) == list(CHANGES)
    assert list(changes.columns[:7]) == ["regime", *TIDY_COLUMNS]
    known = of.known
    for row in changes.itertuples():
        assert row.verdict in VERDICTS
        assert row.numerator <= row.denominator and row.numerator_before <= row.denominator_before
        assert row.denominator + row.denominator_before + row.left_out <= len(known)
        assert (row.verdict == "too few to say") == (
            min(row.denominator, row.denominator_before) < LEAST_A_SIDE
        )
        assert bool(row.note) == math.isnan(row.conf_low)
        if not math.isnan(row.conf_low):
            assert -1 <= row.conf_low <= row.estimate <= row.conf_high <= 1
    text = wording.regime_changes(changes, of.question)
    assert "nan" not in text.lower()
    listings.changes_table(changes, "Changes")


def test_a_step_is_found_with_its_sign_and_a_trend_is_not_taken_for_one():
    day = pd.Timestamp("2020-02-01")
    up = estimates.regime_changes(series(lambda d: 0.35 if d < day else 0.9, a_month=15), "regs_2020").iloc[0]
    assert up["verdict"] == "higher after" and up["estimate"] == pytest.approx(0.55, abs=0.15)
    down = estimates.regime_changes(series(lambda d: 0.9 if d < day else 0.35, a_month=15), "regs_2020").iloc[
        0
    ]
    assert down["verdict"] == "lower after"
    trend = estimates.regime_changes(
        series(lambda d: 0.55 + 0.15 * (d - day).days / 365.25, a_month=15), "regs_2020"
    ).iloc[0]
    assert trend["crude"] > 0.2 and trend["crude_low"] > 0
    assert trend["conf_low"] < 0 < trend["conf_high"] and trend["trend"] > 0.05
    flat = estimates.regime_changes(series(lambda d: 0.85, a_month=30), "regs_2020").iloc[0]
    assert flat["verdict"] == "no change seen" and flat["detectable"] < 0.2
    text = wording.regime_changes(pd.DataFrame([up]).pipe(_like, window=2.0), Question.of())
    assert (
        "the rate was higher after the change of 1 February 2020 (Police (Conduct) Regulations 2020)" in text
    )


def _like(frame: pd.DataFrame, **attrs) -> pd.DataFrame:
    frame.attrs = attrs
    return frame


def test_few_cases_a_side_are_never_read_as_a_change():
    rows = [("2019-06-01", False, k, 1) for k in range(LEAST_A_SIDE - 1)]
    rows += [("2020-06-01", True, k, 1) for k in range(60)]
    row = estimates.regime_changes(cohort(rows), "regs_2020").iloc[0]
    assert row["too_few"] and row["verdict"] == "too few to say"
    assert (row["numerator_before"], row["denominator_before"]) == (0, LEAST_A_SIDE - 1)
    table = listings.changes_table(estimates.regime_changes(cohort(rows), "regs_2020"), "Changes")
    assert table.cells["Change (interval)"].tolist() == ["too few to say"]


def test_few_of_the_rarer_outcome_are_never_read_as_no_change():
    rows = [("2019-06-01", k > 0, k, 1) for k in range(90)] + [("2020-06-01", k > 0, k, 1) for k in range(90)]
    assert estimates.regime_changes(cohort(rows), "regs_2020").iloc[0]["verdict"] == "too few to say"


def test_a_vague_date_counts_where_all_of_it_lies_on_one_side_and_is_counted_where_not():
    rows = [
        ("2020", True, 1, 1),
        ("2020-02", True, 2, 1),
        ("2019", True, 3, 1),
        ("2018", True, 4, 1),
        ("", True, 5, 1),
    ]
    rows += [
        ("2020-01-31", False, 1, 1),
        ("2020-02-01", False, 2, 1),
        ("2022-01-31", True, 1, 1),
        ("2022-02-01", True, 1, 1),
    ]
    row = estimates.regime_changes(cohort(rows), "regs_2020").iloc[0]
    # after: February 2020, 1 February 2020, 31 January 2022; before: 2019, 31 January 2020
    assert (row["numerator"], row["denominator"]) == (2, 3)
    assert (row["numerator_before"], row["denominator_before"]) == (1, 2)
    # the year 2020 straddles the change, 2018 the edge of the window, and one has no date
    assert row["left_out"] == 3


def test_changes_close_together_name_each_other():
    changes = estimates.regime_changes(cohort([])).set_index("regime")
    assert "legally_qualified_chairs" in changes.loc["public_hearings", "overlapping"]
    assert "public_hearings" in changes.loc["legally_qualified_chairs", "overlapping"]
    assert changes.loc["regs_2020", "overlapping"] == ()
    narrow = estimates.regime_changes(cohort([]), window=0.25)
    assert wording.overlapping_changes(narrow) == ""
    said = wording.overlapping_changes(estimates.regime_changes(cohort([])))
    assert "cannot be told apart" in said and "1 May 2015" in said and "1 February 2020" not in said


def test_wrong_changes_and_windows_are_refused():
    with pytest.raises(StudyError, match="Did you mean 'former_officers'"):
        estimates.regime_changes(cohort([]), "former_officer")
    with pytest.raises(StudyError, match="one month"):
        estimates.regime_changes(cohort([]), window=0)
    assert estimates.regime_changes(cohort([]), []).empty
    assert (
        wording.regime_changes(estimates.regime_changes(cohort([]), []), Question.of())
        == "No change of the rules was looked at."
    )


# --------------------------------------------------------------------------------------------- figures


@pytest.mark.parametrize("width", ["wide", "narrow"])
@pytest.mark.parametrize("by", [None, "role"])
@pytest.mark.parametrize("span", [(2005, 2026), (2019, 2021), (2020, 2020)])
def test_the_figure_clips_and_covers_nothing(width, by, span):
    rows = [
        (f"{y}-05-01", (k + y) % 4 > 0, k, k % 2)
        for y in range(span[0], span[1] + 1)
        for k in range(3 + y % 90)
    ]
    of = cohort([*rows, ("", True, 1, 0), ("", True, 1, 1)])
    drawing = figures.trend_plot(estimates.smoothed_rates(of, by), REGIMES, width=width, notes=["A note."])
    assert faults(drawing.figure) == []
    assert len(drawing.alt.split()) <= 150
    assert "2 cases without a date are not drawn" in drawing.alt


def test_the_figure_draws_the_years_rates_and_hollow_where_there_are_few():
    rows = [("2019-05-01", k > 3, k, 1) for k in range(20)] + [("2020-05-01", k > 0, k, 1) for k in range(3)]
    smoothed = estimates.smoothed_rates(cohort(rows))
    dots = [line for line in figures.trend_plot(smoothed).figure.axes[0].lines if len(line.get_xdata()) == 1]
    assert [line.get_ydata()[0] for line in dots] == smoothed["raw"].tolist()
    assert (
        [line.get_markerfacecolor() == "#FFFFFF" for line in dots]
        == smoothed["too_few"].tolist()
        == [False, True]
    )
