"""Estimators on made-up cohorts: nothing vanishes, nothing breaks at the edges, and the parts agree with each other."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis import estimates
from analysis.codelists import load_codelist
from analysis.cohort import Cohort, select
from analysis.errors import StudyError
from analysis.estimates import TIDY_COLUMNS
from analysis.estimates.grouping import GROUPINGS, OVERLAPPING
from analysis.estimates.intervals import (
    difference_interval,
    odds_ratio_interval,
    poisson_interval,
    proportion_interval,
    rate_ratio_interval,
    ratio_interval,
    ratio_score,
)
from analysis.loading import load_hearings
from analysis.question import Question
from invented import BASE

pytestmark = pytest.mark.filterwarnings("error")

EXCLUSIVE = [name for name in GROUPINGS if name not in OVERLAPPING]
STANDARDS = ["honesty_and_integrity", "use_of_force", "discreditable_conduct"]


def hearings(rows: list[dict]) -> pd.DataFrame:
    """Cases as `load_hearings` gives them, of rows that say only what differs from `BASE`."""
    frame = pd.DataFrame([BASE | row for row in rows], columns=list(BASE))
    frame.insert(0, "case_id", [f"essex-{i:04d}" for i in range(len(frame))])
    return load_hearings(frame) if len(frame) else load_hearings(frame_of_one())[:0]


def frame_of_one() -> pd.DataFrame:
    return pd.DataFrame([{"case_id": "essex-0001"} | BASE])


def two_by_two(x1: int, n1: int, x0: int, n0: int, u1: int = 0, u0: int = 0) -> Cohort:
    """A cohort of the two roles with so many sanctioned (x), known (n) and unknown (u)."""
    rows = []
    for role, x, n, u in (("special_constable", x1, n1, u1), ("police_officer", x0, n0, u0)):
        outcomes = ["dismissed"] * x + ["final_written_warning"] * (n - x) + [""] * u
        rows += [{"role": role, "outcome": outcome} for outcome in outcomes]
    return select(hearings(rows))


def pick(*values):
    return st.sampled_from(values)


CASE = st.fixed_dictionaries(
    {
        "force": pick("Essex", "Kent", "Metropolitan"),
        "hearing_date": pick("", "2019", "2020-06", "2021-05-04", "2023-01-31"),
        "proceeding": pick("", "misconduct_hearing", "accelerated_hearing"),
        "role": pick("police_officer", "special_constable"),
        "rank": pick("", "constable", "sergeant"),
        "status": pick("", "serving", "former"),
        "breaches": st.lists(st.sampled_from(STANDARDS), unique=True).map(";".join),
        "conduct": st.lists(st.sampled_from(["sexual", "violence"]), unique=True).map(";".join),
        "finding": pick("gross_misconduct", "misconduct", "not_proven", ""),
        "outcome": pick(
            "", "dismissed", "would_have_been_dismissed", "final_written_warning", "no_action", "other"
        ),
        "source_type": pick("news_report", "force_notice", "watchdog"),
        "selected_on_outcome": pick("yes", "no"),
        "scope": pick("complete_list", "outcome_list", "single_hearing"),
    }
)


def lawful(case: dict) -> dict:
    """The case with what the data would be refused for put right."""
    if case["finding"] == "not_proven" and case["outcome"]:
        case = case | {"outcome": "no_action"}
    if case["outcome"] in ("dismissed", "would_have_been_dismissed"):
        case = case | {"status": "serving" if case["outcome"] == "dismissed" else "former"}
    return case if case["role"] == "police_officer" else case | {"rank": ""}


CASES = st.lists(CASE.map(lawful), max_size=40)
COHORTS = CASES.map(lambda rows: select(hearings(rows), Question.of(denominator="all_concluded")))
MODEST = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=set(Phase) - {Phase.explain, Phase.shrink},
)


# ---------------------------------------------------------------------------------------- tidy frames

ESTIMATORS = {
    "sanction_rates": lambda c: estimates.sanction_rates(c, by=["role", "breach"]),
    "sanction_rates single": lambda c: estimates.sanction_rates(c, by="breach", breaches="single_breach"),
    "sanction_rates of all": estimates.sanction_rates,
    "risk_contrast": estimates.risk_contrast,
    "contrast_by": estimates.contrast_by,
    "stratified pooled": lambda c: estimates.stratified_contrast(c).pooled,
    "stratified strata": lambda c: estimates.stratified_contrast(c, "force").strata,
    "force_funnel": estimates.force_funnel,
    "severity_profile": estimates.severity_profile,
    "severity_profile of cases": lambda c: estimates.severity_profile(c.cases, by=["breach"]),
    "severity_profile of all": lambda c: estimates.severity_profile(c, by=()),
    "breach_cooccurrence": estimates.breach_cooccurrence,
    "cases_over_time": estimates.cases_over_time,
    "cases_over_time financial": lambda c: estimates.cases_over_time(c, by="financial_year"),
    "headline_by_sources": estimates.headline_by_sources,
    "adjust_for_many": lambda c: estimates.adjust_for_many(estimates.contrast_by(c)),
    "pooled_force_rates": estimates.pooled_force_rates,
    "between_force_variation": lambda c: estimates.between_force_variation(c, draws=99).measures,
    "force_funnel_adjusted": estimates.force_funnel_adjusted,
    "force_funnel_adjusted multiplicative": lambda c: estimates.force_funnel_adjusted(c, "multiplicative"),
    "smoothed_rates": estimates.smoothed_rates,
    "smoothed_rates by role": lambda c: estimates.smoothed_rates(c, "role"),
    "regime_changes": estimates.regime_changes,
    "selection_surface": lambda c: estimates.selection_surface(c, [0.5, 1, 8]),
    "tipping_point": estimates.tipping_point,
    "selection_bounds": estimates.selection_bounds,
    "unpublished_cases": estimates.unpublished_cases,
    "e_values": estimates.e_values,
    "minimum_detectable": estimates.minimum_detectable,
    "minimum_detectable by breach": lambda c: estimates.minimum_detectable(c, "breach"),
    "power_to_detect": estimates.power_to_detect,
}
EDGES = {
    "no cases": (0, 0, 0, 0),
    "no reference": (3, 5, 0, 0),
    "no comparison": (0, 0, 3, 5),
    "all sanctioned": (5, 5, 9, 9),
    "none sanctioned": (0, 5, 0, 9),
    "opposite": (5, 5, 0, 9),
    "one each": (1, 1, 0, 1),
    "unknown only": (0, 0, 0, 0, 2, 3),
}


def check_tidy(frame: pd.DataFrame) -> None:
    at = list(frame.columns).index("estimate")
    assert tuple(frame.columns[at : at + len(TIDY_COLUMNS)]) == TIDY_COLUMNS
    assert frame.columns.is_unique
    assert list(frame.index) == list(range(len(frame)))
    assert (frame["numerator"] <= frame["denominator"]).all()
    assert frame["method"].map(lambda text: isinstance(text, str) and len(text) > 5).all()
    known = frame.dropna(subset=["estimate", "conf_low", "conf_high"])
    assert (known["conf_low"] <= known["estimate"] + 1e-12).all()
    assert (known["estimate"] <= known["conf_high"] + 1e-12).all()


@pytest.mark.parametrize("edge", EDGES.values(), ids=EDGES.keys())
@pytest.mark.parametrize("estimator", ESTIMATORS.values(), ids=ESTIMATORS.keys())
def test_every_estimator_is_tidy_and_survives_the_edges(estimator, edge):
    check_tidy(estimator(two_by_two(*edge)))


@MODEST
@given(COHORTS)
def test_every_estimator_is_tidy_on_any_cohort(cohort):
    for estimator in ESTIMATORS.values():
        check_tidy(estimator(cohort))
    assert estimates.exact_tests(cohort)["p_value"].dropna().between(0, 1).all()


def test_the_tests_of_every_public_estimator_are_all_here():
    tested = {name.split()[0] for name in ESTIMATORS}
    intervals = {name for name in estimates.__all__ if name.endswith("_interval") or name.isupper()}
    elsewhere = {
        "exact_tests",  # a test has no estimate
        "funnel_limits",  # limits have no estimate
        "stratified_contrast",  # three frames, two of them above
        "StratifiedContrast",
        "funnel_curves",  # limits again
        "overdispersed_limits",
        "adjusted_curves",
        "winsorise",  # of z-scores, in test_variation.py
        "phi_and_tau2",
        "dispersion",
        "Dispersion",
        "ForceVariation",  # its measures above
        "case_counts",  # counts have no estimate either
        "missing_values",
        "official_counts",
        "headline_by_denominator",  # takes no cohort; test_wording.py and below
        # of official figures, in test_estimates_official.py
        "barring_rates",
        "barring_contrast",
        "official_comparison",
        "composition_comparison",
        # in test_selection.py and test_power.py
        "e_value",  # takes a frame of contrasts
        "implied_selection",
        "reweighted_rates",
        "clustering_design_effect",
        "critical_region",
    }
    assert set(estimates.__all__) - intervals - elsewhere == tested - {"stratified"}


# ------------------------------------------------------------------------------------------- rates


@MODEST
@given(COHORTS, st.lists(st.sampled_from(EXCLUSIVE), min_size=1, max_size=2, unique=True))
def test_groups_that_exclude_one_another_sum_to_the_cohort(cohort, by):
    rates = estimates.sanction_rates(cohort, by=by)
    known = cohort.known
    assert rates["numerator"].sum() == known["sanctioned"].sum()
    assert rates["denominator"].sum() == len(known)
    assert rates["unknown"].sum() == len(cohort) - len(known)
    assert rates.attrs["overlapping"] is False
    assert not rates.duplicated(by).any()


@MODEST
@given(COHORTS, st.sampled_from(OVERLAPPING))
def test_overlapping_groups_say_so_and_hold_every_case(cohort, by):
    rates = estimates.sanction_rates(cohort, by=by)
    assert rates.attrs["overlapping"] is True
    column = {"breach": "breaches", "conduct": "conduct"}[by]
    for row in rates.itertuples():
        code = getattr(row, by)
        mask = cohort.cases[column].map(
            lambda codes, code=code: code in codes or (not codes and code == "not_stated")
        )
        assert row.denominator + row.unknown == mask.sum()
    assert (rates["denominator"] + rates["unknown"]).sum() >= len(cohort)


@MODEST
@given(COHORTS)
def test_bounds_hold_whatever_the_unknown_outcomes_were(cohort):
    bounds = estimates.sanction_rates(cohort, by="role")
    contrast = estimates.risk_contrast(cohort).iloc[0]
    for value_1, value_0 in itertools.product([True, False], repeat=2):
        cases = cohort.cases.copy()
        filled = pd.Series(
            np.where(cases["role"].eq("special_constable"), value_1, value_0), index=cases.index
        )
        cases["sanctioned"] = cases["sanctioned"].fillna(filled)
        full = Cohort(cases, cohort.flow, cohort.question)
        rates = estimates.sanction_rates(full, by="role")
        for bound, row in zip(bounds.itertuples(), rates.itertuples(), strict=True):
            if row.denominator:
                assert bound.bound_low - 1e-12 <= row.estimate <= bound.bound_high + 1e-12
        difference = estimates.risk_contrast(full).iloc[0]["estimate"]
        if not math.isnan(difference):
            assert contrast["bound_low"] - 1e-12 <= difference <= contrast["bound_high"] + 1e-12


def test_rates_count_and_order():
    rows = [
        {
            "role": "special_constable",
            "breaches": "discreditable_conduct;honesty_and_integrity",
            "hearing_date": "2023",
        },
        {"role": "special_constable", "breaches": "", "outcome": "", "hearing_date": ""},
        {"breaches": "use_of_force", "outcome": "written_warning", "hearing_date": "2019-02"},
        {"breaches": "use_of_force", "hearing_date": "2021"},
    ]
    cohort = select(hearings(rows))
    breach = estimates.sanction_rates(cohort, by=["role", "breach"], min_count=2)
    order = ["honesty_and_integrity", "use_of_force", "discreditable_conduct", "not_stated"]
    assert list(breach["breach"]) == order * 2  # the order of the code list; both roles in every row
    assert list(breach["role"].unique()) == ["police_officer", "special_constable"]
    found = {(r.role, r.breach): (r.numerator, r.denominator, r.unknown) for r in breach.itertuples()}
    assert found[("police_officer", "use_of_force")] == (1, 2, 0)
    assert found[("special_constable", "honesty_and_integrity")] == (1, 1, 0)
    assert found[("special_constable", "not_stated")] == (0, 0, 1)
    assert found[("special_constable", "use_of_force")] == (0, 0, 0)
    assert list(breach["too_few"]) == [d < 2 for d in breach["denominator"]]
    assert list(estimates.sanction_rates(cohort, by="year")["year"]) == ["2019", "2021", "2023", "not_stated"]
    assert list(estimates.sanction_rates(cohort, by="n_breaches")["n_breaches"]) == ["1", "2", "not_stated"]
    assert list(estimates.sanction_rates(cohort, by="selected_on_outcome")["selected_on_outcome"]) == [
        "False"
    ]


def test_a_single_breach_only_leaves_out_the_rest_and_says_how_many():
    rows = [
        {"breaches": "use_of_force"},
        {"breaches": "use_of_force;discreditable_conduct"},
        {"breaches": ""},
    ]
    rates = estimates.sanction_rates(select(hearings(rows)), by="breach", breaches="single_breach")
    assert list(rates["breach"]) == ["use_of_force"]
    assert list(rates["denominator"]) == [1]
    assert rates.attrs["left_out"] == 2


def test_the_question_gives_interval_level_and_minimum_count_and_a_keyword_overrides_them():
    cohort = select(two_by_two(3, 4, 6, 9).cases, Question.of(interval="jeffreys", level=0.9, min_count=5))
    of_question = estimates.sanction_rates(cohort, by="role")
    assert list(of_question["method"].unique()) == ["Jeffreys 90 % interval"]
    assert list(of_question["too_few"]) == [False, True]
    assert of_question.loc[0, "conf_low"] == proportion_interval(6, 9, "jeffreys", 0.9)[0]
    changed = estimates.sanction_rates(cohort, by="role", interval="clopper_pearson", level=0.99, min_count=3)
    assert list(changed["method"].unique()) == ["Clopper–Pearson 99 % interval"]
    assert not changed["too_few"].any()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda c: estimates.sanction_rates(c, by="breech"), "Did you mean 'breach'"),
        (lambda c: estimates.sanction_rates(c, by=["role", "shoe_size"]), "financial_year"),
        (lambda c: estimates.sanction_rates(c, breaches="all"), "any_mention, single_breach"),
        (lambda c: estimates.sanction_rates(c, interval="wald"), "wilson, jeffreys, clopper_pearson"),
        (lambda c: estimates.contrast_by(c, by="colour"), "breach"),
        (lambda c: estimates.stratified_contrast(c, "colour"), "breach"),
        (lambda c: estimates.severity_profile(c, by="colour"), "breach"),
        (lambda c: estimates.cases_over_time(c, by="month"), "financial_year"),
    ],
)
def test_a_wrong_word_is_refused_with_the_allowed_ones(call, said):
    with pytest.raises(StudyError, match=said):
        call(two_by_two(1, 2, 3, 4))


def test_a_grouping_that_the_cases_lack_is_refused():
    cohort = two_by_two(1, 2, 3, 4)
    without = Cohort(cohort.cases.drop(columns="scope"), cohort.flow, cohort.question)
    with pytest.raises(StudyError, match="no column 'scope'"):
        estimates.sanction_rates(without, by="scope")
    assert "complete_list" not in set(estimates.headline_by_sources(without)["sources"])


# ---------------------------------------------------------------------------------------- intervals

COUNTS = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(COUNTS, st.sampled_from(["wilson", "jeffreys", "clopper_pearson"]))
def test_an_interval_holds_its_estimate_mirrors_and_widens_with_its_level(counts, method):
    x, n = counts
    low, high = proportion_interval(x, n, method)
    assert 0 <= low <= x / n <= high <= 1
    mirrored = proportion_interval(n - x, n, method)
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=1e-9)
    wide_low, wide_high = proportion_interval(x, n, method, 0.99)
    assert wide_low <= low + 1e-12
    assert high <= wide_high + 1e-12


def test_an_interval_of_nothing_is_nan_and_impossible_counts_are_refused():
    assert all(math.isnan(v) for v in proportion_interval(0, 0))
    low, high = proportion_interval([0, 5], [0, 5])
    assert math.isnan(low[0])
    assert high[1] == 1
    for call in (
        lambda: proportion_interval(6, 5),
        lambda: proportion_interval(-1, 5),
        lambda: proportion_interval(1, 5, level=1.0),
        lambda: poisson_interval(-1),
        lambda: estimates.funnel_limits(0.5, [0]),
    ):
        with pytest.raises(ValueError, match="must|lies|cannot|least"):
            call()
    for empty in (difference_interval, ratio_interval, odds_ratio_interval):
        assert all(math.isnan(v) for v in empty(0, 0, 3, 5))
    assert math.isnan(poisson_interval(3, 0)[0])
    assert all(math.isnan(v) for v in rate_ratio_interval(0, 10, 0, 10))


@settings(deadline=None)
@given(COUNTS, COUNTS)
def test_the_ratio_interval_is_the_ratios_that_the_score_test_accepts(first, second):
    (x1, n1), (x0, n0) = first, second
    low, high = ratio_interval(x1, n1, x0, n0)
    if x1 + x0 == 0:
        assert math.isnan(low)
        return
    for ratio in (0.3, 0.9, 1.0, 1.1, 4.0):
        p_value = 2 * stats.norm.sf(abs(ratio_score(x1, n1, x0, n0, ratio)))
        if abs(p_value - 0.05) > 1e-6:
            assert (p_value > 0.05) == (low < ratio < high)
    back = ratio_interval(x0, n0, x1, n1)
    assert 1 / back[1] == pytest.approx(low, rel=1e-6) or x1 == 0
    assert back[0] == pytest.approx(1 / high, rel=1e-6) or x0 == 0


# ---------------------------------------------------------------------------------------- contrasts


def test_the_headline_shape_of_a_contrast():
    frame = estimates.risk_contrast(two_by_two(38, 41, 268, 310, u0=21)).set_index("measure")
    difference = frame.loc["risk difference"]
    assert difference["estimate"] == pytest.approx(38 / 41 - 268 / 310)
    assert (difference["numerator"], difference["denominator"]) == (38, 41)
    assert (difference["numerator_reference"], difference["denominator_reference"]) == (268, 310)
    assert (difference["unknown"], difference["unknown_reference"]) == (0, 21)
    assert (difference["comparison"], difference["reference"]) == ("special_constable", "police_officer")
    assert difference["bound_low"] == pytest.approx(38 / 41 - 289 / 331)
    assert frame.loc["risk ratio", "estimate"] == pytest.approx(38 / 41 / (268 / 310))
    tests = estimates.exact_tests(two_by_two(38, 41, 268, 310)).set_index("test")["p_value"]
    assert difference["p_value"] == tests["Boschloo's exact test"]
    assert frame.loc["odds ratio", "p_value"] == tests["Fisher's exact test"]
    for measure, test in (("risk difference", "Boschloo"), ("risk ratio", "score"), ("odds ratio", "Fisher")):
        assert test in frame.loc[measure, "method"].split(";")[1]


@MODEST
@given(COUNTS.filter(lambda c: c[1] < 30), COUNTS.filter(lambda c: c[1] < 30))
def test_swapping_the_roles_mirrors_the_contrast(first, second):
    there = estimates.risk_contrast(two_by_two(*first, *second)).set_index("measure")
    back = estimates.risk_contrast(two_by_two(*second, *first)).set_index("measure")
    difference = [-back.loc["risk difference", c] for c in ("estimate", "conf_high", "conf_low")]
    assert list(there.loc["risk difference", ["estimate", "conf_low", "conf_high"]]) == pytest.approx(
        difference
    )
    odds, mirrored = there.loc["odds ratio", "estimate"], back.loc["odds ratio", "estimate"]
    if odds > 0 and mirrored > 0 and math.isfinite(odds):
        assert odds == pytest.approx(1 / mirrored, rel=1e-6)
    assert there["p_value"].tolist() == pytest.approx(back["p_value"].tolist(), rel=1e-6, nan_ok=True)


@pytest.mark.parametrize(
    ("table", "measure", "note"),
    [
        ((0, 0, 3, 5), "risk difference", "no case of the comparison role"),
        ((3, 5, 0, 0), "odds ratio", "no case of the reference role"),
        ((0, 0, 0, 0), "risk ratio", "no case of either role"),
        ((0, 5, 0, 9), "risk ratio", "no ratio"),
        ((5, 5, 9, 9), "odds ratio", "fits alike"),
        ((5, 5, 3, 9), "odds ratio", "no upper limit"),
        ((2, 5, 0, 9), "risk ratio", "no upper limit"),
    ],
)
def test_what_cannot_be_estimated_has_a_reason(table, measure, note):
    row = estimates.risk_contrast(two_by_two(*table)).set_index("measure").loc[measure]
    assert note in row["note"]
    assert math.isnan(row["estimate"]) or math.isinf(row["conf_high"])


def test_where_everyone_is_sanctioned_the_ratio_still_has_its_interval_around_one():
    row = estimates.risk_contrast(two_by_two(41, 41, 310, 310)).set_index("measure").loc["risk ratio"]
    assert row["conf_low"] < 1 < row["conf_high"]
    tests = estimates.exact_tests(two_by_two(41, 41, 310, 310))
    assert list(tests["p_value"]) == [1, 1, 1]
    assert tests["note"].str.contains("no difference to test").all()


def test_groups_too_large_to_enumerate_get_fishers_test_only():
    cohort = two_by_two(1, 2, 1, 2)
    cases = pd.concat([cohort.cases] * 300, ignore_index=True)
    tests = estimates.exact_tests(Cohort(cases, cohort.flow, cohort.question)).set_index("test")
    assert tests.loc["Fisher's exact test", "p_value"] == pytest.approx(1)
    assert tests.loc["Boschloo's exact test", "note"].startswith("the groups are too large")
    assert math.isnan(tests.loc["Boschloo's exact test", "p_value"])


def test_a_contrast_by_level_is_the_contrast_of_that_level():
    rows = [
        {"role": role, "force": force, "outcome": outcome}
        for force, times in (("Essex", 2), ("Kent", 3))
        for role in ("police_officer", "special_constable")
        for outcome in ["dismissed"] * times + ["written_warning"]
    ] + [{"force": "Metropolitan"}]
    cohort = select(hearings(rows))
    by_force = estimates.contrast_by(cohort, by="force").set_index("force")
    order = list(load_codelist("forces")["label"])
    assert list(by_force.index) == sorted(by_force.index, key=order.index)
    kent = estimates.risk_contrast(cohort.restrict(cohort.cases["force"].eq("Kent"))).iloc[0]
    assert by_force.loc["Kent", "conf_low"] == kent["conf_low"]
    assert "comparison role" in by_force.loc["Metropolitan", "note"]
    assert by_force["too_few"].all()


# ------------------------------------------------------------------------------------------- strata


@MODEST
@given(COHORTS, st.sampled_from(["breach", "conduct", "force", "year"]))
def test_strata_exclude_one_another_and_hold_every_case(cohort, name):
    found = estimates.stratified_contrast(cohort, name)
    strata = found.strata
    known = strata[["denominator", "denominator_reference"]].to_numpy().sum()
    assert known == len(cohort.known)
    assert strata[["unknown", "unknown_reference"]].to_numpy().sum() == len(cohort) - len(cohort.known)
    used = strata[strata["informative"]]
    pooled = found.pooled.query("adjustment != 'crude'")
    assert (pooled["denominator"] == used["denominator"].sum()).all()
    assert (pooled["strata_used"] == len(used)).all()


def test_a_case_of_several_standards_is_one_stratum():
    rows = [
        {"role": role, "breaches": breaches, "outcome": outcome}
        for role in ("police_officer", "special_constable")
        for breaches in ("", "use_of_force", "use_of_force;discreditable_conduct")
        for outcome in ("dismissed", "written_warning")
    ]
    strata = estimates.stratified_contrast(select(hearings(rows))).strata
    assert list(strata["breach"]) == ["use_of_force", "several", "not_stated"]
    assert list(strata["denominator"]) == [2, 2, 2]
    assert strata.attrs["overlapping"] is False


def test_repeating_a_stratum_leaves_the_pooled_estimates_and_narrows_them():
    rows = [
        {"role": role, "force": force, "outcome": outcome}
        for force in ("Essex", "Kent")
        for role, x, n in (("special_constable", 6, 8), ("police_officer", 9, 20))
        for outcome in ["dismissed"] * x + ["written_warning"] * (n - x)
    ]
    both = select(hearings(rows))
    one = both.restrict(both.cases["force"].eq("Kent"))
    wide, narrow = (estimates.stratified_contrast(c, "force") for c in (one, both))
    wide_rows, narrow_rows = (f.pooled.query("adjustment != 'crude'") for f in (wide, narrow))
    np.testing.assert_allclose(wide_rows["estimate"], narrow_rows["estimate"])
    width = [(f["conf_high"] - f["conf_low"]).to_numpy() for f in (wide_rows, narrow_rows)]
    assert (width[1] < width[0]).all()
    assert wide.homogeneity["note"].str.contains("fewer than two strata").all()
    assert narrow.homogeneity["statistic"].to_numpy() == pytest.approx([0, 0], abs=1e-9)


# ------------------------------------------------------------------------------------------- forces


@MODEST
@given(st.integers(1, 80).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.02, 0.98))
def test_a_force_is_outside_exactly_where_so_extreme_a_count_is_improbable(counts, overall):
    x, n = counts
    limits = estimates.funnel_limits(overall, [n]).iloc[0]
    for suffix, p in (("95", 0.025), ("998", 0.001)):
        low_tail, high_tail = stats.binom.cdf(x, n, overall), stats.binom.sf(x - 1, n, overall)
        if min(abs(low_tail - p), abs(high_tail - p)) > 1e-9:
            assert (x / n < limits[f"low{suffix}"] - 1e-12) == (low_tail < p)
            assert (x / n > limits[f"high{suffix}"] + 1e-12) == (high_tail < p)
    assert limits["low998"] <= limits["low95"] <= limits["high95"] <= limits["high998"]


def test_the_funnel_names_the_forces_outside():
    rows = [{"force": "Essex", "outcome": "written_warning"}] * 12
    rows += [{"force": "Kent"}] * 60 + [{"force": "Metropolitan"}] * 5 + [{"force": "Dorset", "outcome": ""}]
    rows += [{"force": "Surrey", "outcome": o} for o in ["dismissed"] * 30 + ["written_warning"] * 12]
    funnel = estimates.force_funnel(select(hearings(rows)))
    position = dict(zip(funnel["force"], funnel["position"], strict=True))
    assert position["Essex"] == "below 99.8 %"
    assert position["Kent"] == "above 99.8 %"
    # All five of five were dismissed, and nothing is unusual in that: 0.8 to the power of 5 is a third.
    assert position["Metropolitan"] == "within limits"
    assert position["Dorset"] == "no case with a known outcome"
    assert funnel["overall"].nunique() == 1
    assert funnel.loc[0, "overall"] == pytest.approx(95 / 119)
    assert dict(zip(funnel["force"], funnel["too_few"], strict=True))["Dorset"]
    order = list(load_codelist("forces")["label"])
    assert list(funnel["force"]) == sorted(funnel["force"], key=order.index)
    assert 0 < funnel.attrs["expected_outside"] < 0.05 * 4


def test_without_variation_the_funnel_has_no_width():
    funnel = estimates.force_funnel(select(hearings([{"force": "Essex"}] * 3 + [{"force": "Kent"}])))
    assert (funnel["position"] == "within limits").all()
    assert (funnel[["low95", "high998"]] == 1).all(axis=None)


# ------------------------------------------------------------------------ severity, overlap, time, sources


@MODEST
@given(COHORTS, st.sampled_from(["role", "breach", "force", "status"]))
def test_the_shares_of_a_profile_sum_to_one(cohort, by):
    profile = estimates.severity_profile(cohort, by=by)
    for _, rows in profile.groupby(by, observed=True):
        assert rows["numerator"].sum() == rows["denominator"].iloc[0]
        if rows["denominator"].iloc[0]:
            assert rows["share"].sum() == pytest.approx(1)
    order = list(load_codelist("outcomes").index)
    assert list(profile["outcome"].cat.categories) == sorted(
        profile["outcome"].cat.categories, key=order.index
    )
    if by != "breach" and len(profile):
        sizes = profile.drop_duplicates(by)[["denominator", "unknown"]].to_numpy().sum()
        assert sizes == len(cohort)


def test_which_standards_are_named_together():
    rows = [
        {"breaches": "honesty_and_integrity;use_of_force"},
        {"breaches": "use_of_force"},
        {"breaches": ""},
    ]
    frame = estimates.breach_cooccurrence(select(hearings(rows)))
    found = {(r.breach_a, r.breach_b): (r.cases, r.denominator) for r in frame.itertuples()}
    assert found == {
        ("honesty_and_integrity", "honesty_and_integrity"): (1, 1),
        ("honesty_and_integrity", "use_of_force"): (1, 1),
        ("use_of_force", "honesty_and_integrity"): (1, 2),
        ("use_of_force", "use_of_force"): (2, 2),
    }
    assert frame.attrs == {"cases_stated": 2, "cases_not_stated": 1, "cases_several": 1}


@MODEST
@given(COHORTS, st.sampled_from(["year", "financial_year"]))
def test_no_year_is_jumped_and_undated_cases_are_counted(cohort, by):
    frame = estimates.cases_over_time(cohort, by=by)
    assert frame["cases"].sum() == len(cohort)
    years = [y for y in frame[by].drop_duplicates() if y != "not_stated"]
    starts = [int(y[:4]) for y in years]
    assert starts == list(range(starts[0], starts[-1] + 1)) if starts else True
    undated = cohort.cases[by].isna().sum()
    assert frame.loc[frame[by] == "not_stated", "cases"].sum() == undated
    assert (frame.groupby(by, observed=True)["role"].count() == 2).all()


def test_the_headline_is_repeated_on_each_kind_of_source():
    rows = [
        {"role": "special_constable", "selected_on_outcome": "yes", "scope": "outcome_list"},
        {"role": "special_constable", "outcome": "written_warning"},
        {"source_type": "force_notice", "scope": "complete_list"},
        {"source_type": "force_notice", "scope": "complete_list", "outcome": ""},
    ]
    frame = estimates.headline_by_sources(select(hearings(rows)))
    assert list(frame["sources"].cat.categories) == [
        "all",
        "not_selected",
        "complete_list",
        "force_notice",
        "news_report",
    ]
    keys = zip(frame["sources"], frame["role"].fillna("difference"), strict=True)
    counts = dict(
        zip(keys, zip(frame["numerator"], frame["denominator"], frame["cases"], strict=True), strict=True)
    )
    assert counts[("all", "special_constable")] == (1, 2, 2)
    assert counts[("all", "difference")] == (1, 2, 4)
    assert counts[("not_selected", "special_constable")] == (0, 1, 1)
    assert counts[("complete_list", "police_officer")] == (1, 1, 2)
    assert counts[("force_notice", "special_constable")] == (0, 0, 0)
    assert len(frame) == 15


@MODEST
@given(COHORTS)
def test_rows_of_single_breaches_do_not_overlap_and_say_so(cohort):
    rates = estimates.sanction_rates(cohort, by=["breach", "role"], breaches="single_breach")
    assert rates.attrs["overlapping"] is False
    assert (rates["denominator"] + rates["unknown"]).sum() == cohort.cases["n_breaches"].eq(1).sum()
    by_conduct = estimates.sanction_rates(cohort, by="conduct", breaches="single_breach")
    assert by_conduct.attrs["overlapping"] is True


def test_denominators_are_nested_and_each_is_what_its_own_cohort_gives():
    hearings = load_hearings()
    question = Question.of()
    again = estimates.headline_by_denominator(hearings, question)
    rates = again[again["measure"] == "sanction rate"]
    for name, rows in rates.groupby("of", observed=True):
        own = estimates.sanction_rates(select(hearings, question.but(denominator=name)), by="role")
        own = own.set_index(own["role"].astype(str))
        for row in rows.itertuples():
            assert (row.numerator, row.denominator) == tuple(own.loc[row.role, ["numerator", "denominator"]])
    sizes = rates.groupby("of", observed=True)["denominator"].sum()
    assert sizes.is_monotonic_increasing
