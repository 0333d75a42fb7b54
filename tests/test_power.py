"""Power: the report's own test by enumeration, against base R, scipy and a simulation."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import analysis
from analysis import estimates, figures, listings, wording
from analysis.cohort import Cohort
from analysis.errors import StudyError
from analysis.estimates import power as module
from analysis.figures.style import to_svg
from analysis.question import Question
from test_figures import faults
from test_selection import table

REFERENCE = Path(__file__).parent / "reference"


def reference(name: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE / f"{name}.csv")


def power_of(sizes, p1, p0, alpha, test, higher):
    return module._power(sizes, p1, p0, alpha, test, higher)


# ------------------------------------------------------------------------------------------ against R


def test_power_by_enumeration_agrees_with_r():
    for row in reference("power").itertuples():
        for higher, expected in ((True, row.higher), (False, row.lower)):
            found = power_of((row.n1, row.n0), row.p1, row.p0, row.alpha, row.test, higher)
            assert found == pytest.approx(expected, rel=1e-7, abs=1e-12)


def test_power_of_fishers_test_at_the_studys_own_size_agrees_with_r():
    rows = reference("power_headline")
    found = estimates.power_to_detect(table(38, 41, 268, 310), rows["difference"], test="fisher")
    np.testing.assert_allclose(found["estimate"], rows["power"], rtol=1e-7)


def test_power_is_near_the_normal_approximation_of_r_at_equal_groups():
    for row in reference("power_normal").itertuples():
        found = power_of((row.n, row.n), row.p1, row.p0, 0.05, "boschloo", False)
        assert found == pytest.approx(row.power, abs=0.03)


@pytest.mark.parametrize("sizes", [(2, 5), (7, 3), (9, 11)])
@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.19])
def test_what_counts_as_found_is_what_scipy_finds(sizes, alpha):
    n1, n0 = sizes
    for name in ("boschloo", "fisher"):
        critical = estimates.critical_region(n1, n0, alpha, name)
        for a in range(n1 + 1):
            for c in range(n0 + 1):
                if a + c in (0, n1 + n0):
                    continue
                columns = [[a, c], [n1 - a, n0 - c]]
                test = stats.boschloo_exact if name == "boschloo" else stats.fisher_exact
                found = test(columns).pvalue < alpha and a * n0 > c * n1
                assert found == critical[a, c], (name, a, c)


def test_a_large_sample_is_approximated_within_what_the_docstring_says(monkeypatch):
    exact = [
        power_of((400, 4000), 0.85 + d, 0.85, 0.05, "boschloo", d > 0) for d in (-0.07, -0.05, 0.03, 0.05)
    ]
    monkeypatch.setattr(module, "_MOST_TABLES", 0)
    near = [
        power_of((400, 4000), 0.85 + d, 0.85, 0.05, "boschloo", d > 0) for d in (-0.07, -0.05, 0.03, 0.05)
    ]
    assert np.abs(np.subtract(exact, near)).max() < 0.03


# ---------------------------------------------------------------------------------------- properties


sizes = st.tuples(st.integers(1, 25), st.integers(1, 40))


@settings(max_examples=40, deadline=None)
@given(sizes, st.sampled_from([0.01, 0.05, 0.1]), st.floats(0.02, 0.98))
def test_the_test_keeps_its_level_whatever_the_common_rate(pair, alpha, rate):
    ways = [power_of(pair, rate, rate, alpha, "boschloo", higher) for higher in (True, False)]
    assert max(ways) <= alpha / 2 + 1e-4
    fisher = [power_of(pair, rate, rate, alpha, "fisher", higher) for higher in (True, False)]
    assert sum(fisher) <= alpha + 1e-12


@settings(max_examples=40, deadline=None)
@given(sizes, st.floats(0.05, 0.95))
def test_power_rises_with_the_difference_and_directions_mirror(pair, rate):
    steps = np.linspace(rate, 1, 6)
    powers = [power_of(pair, p, rate, 0.05, "boschloo", True) for p in steps]
    assert all(b >= a - 1e-12 for a, b in zip(powers, powers[1:], strict=False))
    mirrored = [power_of(pair, 1 - p, 1 - rate, 0.05, "boschloo", False) for p in steps]
    assert powers == pytest.approx(mirrored)


@settings(max_examples=20, deadline=None)
@given(st.integers(5, 30), st.integers(5, 60), st.floats(0.2, 0.8))
def test_the_smallest_detectable_difference_has_the_power_asked_for(n1, n0, rate):
    cohort = table(round(n1 / 2), n1, round(n0 / 2), n0)
    found = estimates.minimum_detectable(cohort, reference_rate=rate).set_index("direction")
    for direction, row in found.iterrows():
        if math.isnan(row["estimate"]):
            assert row["power_at_most"] < 0.8 and row["verdict"] == "uninformative"
            continue
        assert (row["estimate"] > 0) == (direction == "higher")
        again = estimates.power_to_detect(cohort, [row["estimate"]], reference_rate=rate)
        assert again["estimate"].iloc[0] == pytest.approx(0.8, abs=1e-6)
        assert (row["verdict"] == "informative") == (abs(row["estimate"]) <= 0.2)


def test_more_cases_see_smaller_differences():
    previous = math.inf
    for scale in (1, 2, 4, 8):
        cohort = table(15 * scale, 20 * scale, 60 * scale, 80 * scale)
        found = estimates.minimum_detectable(cohort).set_index("direction")["estimate"]
        assert abs(found["lower"]) < previous
        previous = abs(found["lower"])


def test_a_simulation_finds_the_difference_as_often_as_the_power_says():
    rng = np.random.default_rng(7)
    n1, n0, p1, p0 = 20, 60, 0.5, 0.85
    expected = power_of((n1, n0), p1, p0, 0.05, "boschloo", False)
    found = []
    for a, c in zip(rng.binomial(n1, p1, 400), rng.binomial(n0, p0, 400), strict=True):
        # the report's own route to its p-value
        p = (
            estimates.exact_tests(table(a, n1, c, n0))
            .set_index("test")
            .loc["Boschloo's exact test", "p_value"]
        )
        found.append(p < 0.05 and a / n1 < c / n0)
    assert np.mean(found) == pytest.approx(expected, abs=3.5 * math.sqrt(expected * (1 - expected) / 400))


# ------------------------------------------------------------------------------ ceilings and few cases


def test_near_the_ceiling_no_higher_rate_can_be_seen():
    found = estimates.minimum_detectable(table(5, 5, 24, 25)).set_index("direction")
    higher = found.loc["higher"]
    assert math.isnan(higher["estimate"]) and higher["most_possible"] == pytest.approx(0.04)
    assert higher["verdict"] == "uninformative" and "not even the largest" in higher["note"]
    full = estimates.minimum_detectable(table(4, 5, 25, 25)).set_index("direction").loc["higher"]
    assert full["verdict"] == "no room" and "100 %" in full["note"]


def test_a_row_of_few_reference_cases_supposes_the_overall_rate():
    rows = {
        "role": ["special_constable"] * 6 + ["police_officer"] * 12,
        "breaches": [("use_of_force",)] * 6 + [("use_of_force",)] * 2 + [("confidentiality",)] * 10,
        "sanctioned": [True] * 6 + [False] * 2 + [True] * 8 + [False] * 2,
    }
    cases = pd.DataFrame(rows)
    cases["role"] = pd.Categorical(cases["role"], ["police_officer", "special_constable"], ordered=True)
    cases["sanctioned"] = cases["sanctioned"].astype("boolean")
    found = estimates.minimum_detectable(Cohort(cases, pd.DataFrame(), Question.of()), "breach")
    assert found.attrs["overlapping"]
    rates = found.drop_duplicates("breach").set_index("breach")["reference_rate"]
    assert rates["use_of_force"] == pytest.approx(8 / 12)
    assert rates["confidentiality"] == pytest.approx(0.8)
    nobody = found[found["breach"] == "confidentiality"]
    assert nobody["note"].str.contains("no case of the comparison role").all()


def test_a_design_effect_is_fewer_cases():
    plain = estimates.minimum_detectable(table(20, 25, 120, 150))
    twice = estimates.minimum_detectable(table(40, 50, 240, 300), design_effect=2)
    np.testing.assert_allclose(plain["estimate"], twice["estimate"])
    assert twice["denominator"].eq(50).all() and twice["method"].str.contains("design effect of 2.00").all()


@pytest.mark.parametrize("effect", [0.4, math.nan])
def test_a_design_effect_below_1_or_not_known_changes_nothing(effect):
    cohort = table(20, 25, 120, 150)
    found = estimates.minimum_detectable(cohort, design_effect=effect)
    pd.testing.assert_frame_equal(found, estimates.minimum_detectable(cohort))
    said = wording.clustered(found, effect, cohort.question)
    assert (
        "cannot be told" in said
        if math.isnan(effect)
        else "does not make the difference less certain" in said
    )


def test_cases_that_resemble_each_other_are_said_to_be_worth_fewer():
    cohort = table(38, 41, 268, 310)
    said = wording.clustered(estimates.minimum_detectable(cohort, design_effect=2), 2.0, cohort.question)
    assert "2.0 times" in said and "worth about 20 and 155" in said
    assert "no higher rate would be" in said and "uninformative either way" in said
    few = wording.clustered(
        estimates.minimum_detectable(table(2, 3, 5, 6), design_effect=3), 3.0, cohort.question
    )
    assert "No difference that is possible" in few


def test_the_design_effect_of_identical_pairs_is_two_and_of_independent_cases_about_one():
    rng = np.random.default_rng(3)
    outcome = rng.random(600) < 0.7
    roles = np.repeat(["special_constable", "police_officer"], [200, 400])
    cases = pd.DataFrame({"role": roles, "sanctioned": outcome, "force": np.arange(600).astype(str)})
    pairs = pd.concat([cases, cases], ignore_index=True)
    for frame in (cases, pairs):
        frame["role"] = pd.Categorical(frame["role"], ["police_officer", "special_constable"], ordered=True)
        frame["sanctioned"] = frame["sanctioned"].astype("boolean")
    alone, doubled = (Cohort(f, pd.DataFrame(), Question.of()) for f in (cases, pairs))
    assert estimates.clustering_design_effect(alone) == pytest.approx(600 / 599)
    assert estimates.clustering_design_effect(doubled) == pytest.approx(2 * 600 / 599)
    shuffled = Cohort(pairs.sample(frac=1, random_state=1), pd.DataFrame(), Question.of())
    assert estimates.clustering_design_effect(shuffled) == pytest.approx(2 * 600 / 599)
    assert math.isnan(
        estimates.clustering_design_effect(table(0, 0, 3, 5).restrict(pd.Series(True, range(5))))
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"power": 0.2},
        {"power": 1},
        {"test": "wald"},
        {"reference_rate": 1.2},
        {"design_effect": 0},
        {"by": "colour"},
    ],
)
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(StudyError):
        estimates.minimum_detectable(table(3, 5, 6, 9), **wrong)
    with pytest.raises(StudyError, match="differences"):
        estimates.power_to_detect(table(3, 5, 6, 9), [0.0])


# ------------------------------------------------------------------------------ figures, tables, words


@pytest.mark.parametrize(
    "key",
    [
        (0, 0, 0, 0),
        (0, 0, 3, 9),
        (4, 4, 7, 7),
        (0, 8, 0, 9),
        (2, 3, 1, 2),
        (38, 41, 268, 310),
        (300, 400, 500, 900),
    ],
)
def test_any_table_can_be_shown_and_said(key):
    cohort = table(*key)
    found, powers = estimates.minimum_detectable(cohort), estimates.power_to_detect(cohort)
    for frame in (found, powers):
        assert set(estimates.TIDY_COLUMNS) <= set(frame.columns)
    text = wording.detectable(found, cohort.question)
    assert text.endswith(".") and "nan" not in text
    for width in ("wide", "narrow"):
        drawing = figures.power_plot(found.iloc[:0], found, width=width)
        assert (
            drawing.alt.endswith(".") and "nan" not in drawing.alt and len(to_svg(drawing.figure)) < 150_000
        )
    for shown in (listings.detectable_table(found, "D"), listings.power_table(powers, "P")):
        assert not shown.cells.astype(str).isin(["nan", "None", "", "<NA>"]).any().any()


@pytest.mark.parametrize("by", ["breach", "conduct", "regime", "force"])
def test_by_any_grouping_in_the_order_of_its_code_list(by):
    cohort = analysis.select(analysis.load_hearings())
    found = estimates.minimum_detectable(cohort, by)
    levels = [str(level) for level in found[by].drop_duplicates()]
    assert levels == [str(level) for level in estimates.contrast_by(cohort, by)[by]]
    text = wording.detectable_by(found, cohort.question, by)
    assert "uninformative" in text and "nan" not in text
    for width in ("wide", "narrow"):
        alt = figures.power_plot(found, estimates.minimum_detectable(cohort), row=by, width=width).alt
        assert "All cases" in alt
    assert len(listings.detectable_table(found, "D").cells) == len(levels)


def test_a_comparison_that_could_see_nothing_is_called_uninformative_and_never_none():
    few = table(4, 5, 20, 25)
    text = wording.detectable(estimates.minimum_detectable(few), few.question)
    assert "uninformative" in text and "no difference" not in text
    many = table(300, 400, 600, 800)
    assert "uninformative" not in wording.detectable(estimates.minimum_detectable(many), many.question)


def test_an_empty_grouping_gives_an_empty_frame():
    cohort = analysis.select(analysis.load_hearings())
    nobody = cohort.restrict(pd.Series(False, index=cohort.cases.index))
    found = estimates.minimum_detectable(nobody, "breach")
    assert found.empty and set(estimates.TIDY_COLUMNS) <= set(found.columns)
    assert wording.detectable_by(found, cohort.question) == "There are no rows to compare."
    assert "No row" in figures.power_plot(found).alt
    listings.detectable_table(found, "D")


@pytest.mark.parametrize("width", ["wide", "narrow"])
@pytest.mark.parametrize("by", ["breach", "force"])
def test_no_text_of_the_figure_is_clipped_or_covered_and_its_bytes_repeat(by, width):
    cohort = analysis.select(analysis.load_hearings())
    found, overall = estimates.minimum_detectable(cohort, by), estimates.minimum_detectable(cohort)
    one, two = (figures.power_plot(found, overall, row=by, width=width).figure for _ in range(2))
    assert faults(one) == []
    assert to_svg(one) == to_svg(two)
