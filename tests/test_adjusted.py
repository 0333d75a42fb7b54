"""Adjusted and ordinal comparisons on made-up cohorts: what they must not depend on, and what they do at the edges."""

import itertools
import math
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import analysis
from analysis import estimates, figures, listings, tables, wording
from analysis.cohort import Cohort, select
from analysis.errors import StudyError
from analysis.estimates import TIDY_COLUMNS, ordinal, penalised
from analysis.estimates.adjusted import FULL, contrast_estimates, fit_of, standardised_risks
from analysis.estimates.contrasts import CONTRAST_EXTRAS
from analysis.estimates.design import ADJUSTMENTS, TERMS, design
from analysis.estimates.logistic import fit_logistic
from analysis.loading import load_hearings
from analysis.question import Question
from invented import BASE
from test_figures import faults

pytestmark = pytest.mark.filterwarnings("error")

STANDARDS = ["honesty_and_integrity", "use_of_force", "discreditable_conduct", "confidentiality"]
KINDS = ["sexual", "violence", "dishonesty"]
FORCES = ["Essex", "Kent", "Metropolitan", "Surrey", "Gwent", "Norfolk", "Dorset", "Cheshire"]
LADDER = ["no_action", "written_warning", "final_written_warning", "dismissed"]


def hearings(rows: list[dict]) -> pd.DataFrame:
    frame = pd.DataFrame([BASE | row for row in rows], columns=list(BASE))
    frame.insert(0, "case_id", [f"essex-{i:04d}" for i in range(len(frame))])
    return (
        load_hearings(frame)
        if len(frame)
        else load_hearings(pd.DataFrame([{"case_id": "essex-0001"} | BASE]))[:0]
    )


def invented(number: int = 160, seed: int = 1, special: float = 0.25, rate: float = 0.7) -> pd.DataFrame:
    """Cases whose outcome, role and covariates depend on each other a little."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(number):
        role = rng.random() < special
        conduct = [kind for kind in KINDS if rng.random() < (0.45 if role else 0.3)]
        severe = rng.random() < min(rate + 0.1 * ("sexual" in conduct) + 0.05 * role, 0.98)
        rows.append(
            {
                "force": FORCES[int(8 * rng.random() ** 2)],
                "hearing_date": ["", "2018-03", "2021-05-04", "2023-01-31"][rng.integers(4)],
                "proceeding": ["", "misconduct_hearing", "misconduct_hearing", "accelerated_hearing"][
                    rng.integers(4)
                ],
                "role": "special_constable" if role else "police_officer",
                "status": ["", "serving", "serving"][rng.integers(3)],
                "breaches": ";".join(s for s in STANDARDS if rng.random() < 0.3),
                "conduct": ";".join(conduct),
                "admitted": ["", "full", "denied"][rng.integers(3)],
                "conviction": ["", "", "yes"][rng.integers(3)],
                "outcome": "dismissed" if severe else LADDER[rng.integers(3)],
            }
        )
    return hearings(rows)


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    return select(invented())


def two_by_two(x1, n1, x0, n0, u1=0, u0=0, forces=FORCES) -> Cohort:
    rows = []
    for role, x, n, u in (("special_constable", x1, n1, u1), ("police_officer", x0, n0, u0)):
        outcomes = ["dismissed"] * x + ["final_written_warning"] * (n - x) + [""] * u
        rows += [
            {"role": role, "outcome": outcome, "force": forces[i % len(forces)]}
            for i, outcome in enumerate(outcomes)
        ]
    return select(hearings(rows))


def difference(frame: pd.DataFrame) -> pd.Series:
    return frame.set_index("measure").loc["risk difference"]


NUMBERS = ["estimate", "conf_low", "conf_high", "p_value"]

# ---------------------------------------------------------------------------------------- the design


def test_every_named_set_is_built_of_terms_and_the_promised_sets_exist():
    assert set(ADJUSTMENTS) >= {
        "none", "breach", "conduct", "conduct_and_breach", "case", "procedure", "all_but_force", "full"
    }  # fmt: skip
    assert all(set(terms) <= set(TERMS) for terms in ADJUSTMENTS.values())
    assert set(ADJUSTMENTS["full"]) == set(TERMS) - {"year"}
    assert set(ADJUSTMENTS["all_but_force"]) == set(ADJUSTMENTS["full"]) - {"force"}


def test_a_case_with_two_standards_has_both_indicators_and_one_without_has_that(cohort):
    matrix = design(cohort, "breach")
    lists = matrix.cases["breaches"]
    for code in STANDARDS:
        named = lists.map(lambda codes, code=code: code in codes)
        assert (matrix.X[f"breach: {code}"] == named).all()
    assert (matrix.X["breach: not_stated"] == lists.map(lambda codes: len(codes) == 0)).all()


@pytest.mark.parametrize("adjust", [*ADJUSTMENTS, ("year", "force")])
@pytest.mark.parametrize("unknown", ["category", "complete_case"])
def test_every_design_has_full_rank_and_starts_with_constant_and_role(cohort, adjust, unknown):
    matrix = design(cohort, adjust, unknown=unknown)
    assert list(matrix.X.columns[:2]) == ["const", "role"]
    assert np.linalg.matrix_rank(matrix.X.to_numpy()) == matrix.X.shape[1]
    assert len(matrix.X) == len(matrix.y) == len(matrix.clusters) == len(matrix.cases)
    assert (matrix.X["role"] == (matrix.cases["role"] == "special_constable")).all()
    assert (matrix.y == matrix.cases["sanctioned"].astype(float)).all()


def test_complete_cases_are_those_that_state_every_term(cohort):
    matrix = design(cohort, ("status", "conduct"), unknown="complete_case")
    known = cohort.known
    stated = known["status"].notna() & (known["conduct"].map(len) > 0)
    assert set(matrix.cases["case_id"]) == set(known.loc[stated, "case_id"])
    assert 0 < stated.sum() < len(known)
    assert any(f"{(~stated).sum()} cases left out" in note for note in matrix.notes)
    assert not any("not_stated" in column for column in matrix.X)


def test_levels_below_the_limit_are_folded_and_said_to_be():
    rows = [{"force": "Essex"}] * 20 + [{"force": "Kent"}] * 14 + [{"force": "Gwent"}] * 3
    rows += [{"force": "Surrey"}] * 15
    rows = [row | {"role": ["police_officer", "special_constable"][i % 2]} for i, row in enumerate(rows)]
    matrix = design(select(hearings(rows)), "force")
    # Kent and Gwent together are 17, fewer than Essex, which is the reference
    assert list(matrix.X.columns[2:]) == ["force: Surrey", "force: other forces"]
    assert matrix.X["force: other forces"].sum() == 17
    assert any("2 forces" in note for note in matrix.notes)


def test_a_rare_level_joins_a_stated_one_rather_than_the_unstated():
    rows = [{"status": ""}] * 30 + [{"status": "serving"}] * 12
    rows += [{"status": "former", "outcome": "would_have_been_dismissed"}] * 3
    rows = [row | {"role": ["police_officer", "special_constable"][i % 2]} for i, row in enumerate(rows)]
    matrix = design(select(hearings(rows)), "status")
    assert list(matrix.X.columns[2:]) == ["status: serving"]
    assert matrix.X["status: serving"].sum() == 15


def test_columns_that_say_the_same_are_dropped_by_name(cohort):
    again = cohort.cases.assign(conviction=cohort.cases["admitted"].map({"full": "yes", "denied": "no"}))
    matrix = design(Cohort(again, cohort.flow, cohort.question), ("admitted", "conviction"))
    assert any(
        note.startswith("dropped, determined by the columns before it: conviction") for note in matrix.notes
    )
    assert not any(column.startswith("conviction") for column in matrix.X)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"adjust": "ful"}, "Did you mean 'full'"),
        ({"adjust": ("breech",)}, "Did you mean 'breach'"),
        ({"unknown": "drop"}, "category, complete_case"),
    ],
)
def test_what_cannot_be_adjusted_for_is_named(cohort, arguments, message):
    with pytest.raises(StudyError, match=message):
        design(cohort, **arguments)


def test_an_unknown_method_or_error_is_named(cohort):
    with pytest.raises(StudyError, match="auto, maximum_likelihood, firth"):
        estimates.adjusted_contrast(cohort, "none", method="ridge")
    with pytest.raises(StudyError, match="larger, robust, model"):
        estimates.adjusted_contrast(cohort, "none", errors="huge")


# ---------------------------------------------------------------------------------------- the fit


def test_the_rule_between_the_methods():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"const": 1.0, "role": rng.integers(2, size=200)}).astype(float)
    y = (rng.random(200) < 0.3).astype(float)
    assert fit_logistic(X, y).method == "maximum_likelihood"
    few = fit_logistic(X, (np.arange(200) % 23 == 0).astype(float))
    assert (few.method, few.separated) == ("firth", False)
    assert "fewer than 10 each" in few.reason and "9 cases" in few.reason
    separated = fit_logistic(X, np.maximum(y, X["role"].to_numpy()))
    assert (separated.method, separated.separated) == ("firth", True)
    assert "separation" in separated.reason
    assert "as asked for" in fit_logistic(X, y, method="firth").reason


def test_maximum_likelihood_of_separated_data_is_not_said_to_converge():
    X = pd.DataFrame({"const": 1.0, "role": np.arange(60) % 2}).astype(float)
    y = np.maximum(X["role"], np.arange(60) % 3 == 0).astype(float).to_numpy()
    assert not fit_logistic(X, y, method="maximum_likelihood").converged
    asked = estimates.adjusted_contrast(two_by_two(10, 10, 20, 30), "none", method="maximum_likelihood")
    assert asked["estimate"].isna().all() and asked["note"].str.contains("did not converge").all()
    assert not asked["converged"].any()


def test_fitted_probabilities_sum_to_the_cases_observed(cohort):
    matrix = design(cohort, "full")
    fit = fit_logistic(matrix.X, matrix.y, matrix.clusters, method="firth")
    assert fit.probabilities().sum() == pytest.approx(matrix.y.sum())
    # the penalty alone would pull them towards one half
    assert fit.params["const"] != pytest.approx(fit.risk_params["const"], abs=1e-3)


def test_without_clusters_the_covariance_is_the_models_own(cohort):
    matrix = design(cohort, "conduct")
    for clusters in (None, np.repeat("one", len(matrix.y))):
        fit = fit_logistic(matrix.X, matrix.y, clusters)
        assert fit.covariance == "model" and math.isinf(fit.df)
        pd.testing.assert_frame_equal(fit.cov, fit.cov_model)


@pytest.mark.parametrize("method", ["maximum_likelihood", "firth"])
def test_a_coefficient_fixed_at_its_estimate_moves_nothing(cohort, method):
    matrix = design(cohort, "conduct")
    fit = fit_logistic(matrix.X, matrix.y, matrix.clusters, method=method)
    again = fit.fixed("role", float(fit.params["role"]))
    np.testing.assert_allclose(again, fit.risk_params, atol=1e-5)


def test_the_slow_way_up_arrives_where_the_fast_one_does(cohort):
    matrix = design(cohort, "full")
    fit = fit_logistic(matrix.X, matrix.y, method="firth")
    X = matrix.X.to_numpy()
    params, value, arrived = penalised.maximise(X, matrix.y, 0.5)
    assert arrived and value == pytest.approx(fit.loglik)
    np.testing.assert_allclose(params, fit.params, atol=1e-5)
    limits = penalised.profile_limits(X, matrix.y, 0.5, 1, 0.95, params)
    assert limits == pytest.approx(fit.profile("role"), abs=1e-5)
    p_value = penalised.likelihood_ratio_p(X, matrix.y, 0.5, 1, params)
    assert p_value == pytest.approx(fit.likelihood_ratio("role"), abs=1e-6)


def test_where_the_fast_way_stalls_there_are_still_limits():
    question = Question.of(denominator="any_misconduct", sanction="written_warning_or_worse")
    matrix = design(select(analysis.load_hearings(), question), "conduct_and_breach")
    assert matrix.rarer <= 15
    fit = fit_logistic(matrix.X, matrix.y, matrix.clusters)
    low, high = fit.profile("role")
    assert low < fit.params["role"] < high
    # the limits are where the profile has fallen by the quantile of chi-squared
    X = matrix.X.to_numpy()
    for limit in (low, high):
        _, value, _ = penalised.maximise(X, matrix.y, 0.5, fit.params, (1, limit))
        assert 2 * (fit.loglik - value) == pytest.approx(3.841459, abs=1e-3)


# ---------------------------------------------------------------------------------------- the contrast


def test_with_nothing_held_alike_the_estimates_are_the_crude_ones(cohort):
    frame = estimates.adjusted_contrast(cohort, "none").set_index("measure")
    crude = estimates.risk_contrast(cohort).set_index("measure")
    for measure in ("risk difference", "risk ratio"):
        assert frame.loc[measure, "estimate"] == pytest.approx(crude.loc[measure, "estimate"], abs=1e-9)
    row = crude.loc["risk difference"]
    odds = (row.numerator / (row.denominator - row.numerator)) / (
        row.numerator_reference / (row.denominator_reference - row.numerator_reference)
    )
    assert frame.loc["odds ratio", "estimate"] == pytest.approx(odds)


def test_a_stratum_that_explains_everything_leaves_no_difference():
    rows = []
    for kind, of, sanctioned in (("sexual", 40, 36), ("violence", 40, 20)):
        for role, share in (("special_constable", 0.75), ("police_officer", 0.25)):
            share = share if kind == "sexual" else 1 - share
            number = round(of * share)
            for i in range(number):
                outcome = "dismissed" if i < number * sanctioned / of else "final_written_warning"
                rows.append({"role": role, "conduct": kind, "outcome": outcome, "force": FORCES[i % 8]})
    made = select(hearings(rows))
    assert difference(estimates.adjusted_contrast(made, "none"))["estimate"] > 0.15
    adjusted = difference(estimates.adjusted_contrast(made, "conduct", method="maximum_likelihood"))
    assert adjusted["estimate"] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("outcome", [lambda m: m.y, lambda m: np.maximum(m.y, m.X["role"].to_numpy())])
def test_a_measure_on_its_own_is_the_one_of_all_three(cohort, outcome):
    matrix = design(cohort, "conduct")
    fit = fit_logistic(matrix.X, outcome(matrix), matrix.clusters)
    every = contrast_estimates(fit, matrix.X)
    for measure, values in every.items():
        assert contrast_estimates(fit, matrix.X, measures=[measure]) == {
            measure: pytest.approx(values, nan_ok=True)
        }


@pytest.mark.parametrize("adjust", ["none", "conduct", "full"])
@pytest.mark.parametrize("method", ["auto", "firth"])
def test_the_order_of_the_rows_does_not_matter(cohort, adjust, method):
    shuffled = Cohort(cohort.cases.sample(frac=1, random_state=3), cohort.flow, cohort.question)
    one, two = (estimates.adjusted_contrast(c, adjust, method=method) for c in (cohort, shuffled))
    pd.testing.assert_frame_equal(one, two, check_exact=True)
    pd.testing.assert_frame_equal(
        estimates.ordinal_contrast(cohort, adjust),
        estimates.ordinal_contrast(shuffled, adjust),
        check_exact=True,
    )
    pd.testing.assert_frame_equal(
        estimates.probability_of_direction(cohort),
        estimates.probability_of_direction(shuffled),
        check_exact=True,
    )


@pytest.mark.parametrize("adjust", ["none", "conduct", "full"])
def test_signs_turn_round_when_the_roles_do(cohort, adjust):
    other = select(invented(), Question.of(roles=("police_officer", "special_constable")))
    one, two = (estimates.adjusted_contrast(c, adjust).set_index("measure") for c in (cohort, other))
    a, b = one.loc["risk difference"], two.loc["risk difference"]
    assert [a.estimate, a.conf_low, a.conf_high] == pytest.approx(
        [-b.estimate, -b.conf_high, -b.conf_low], abs=1e-5
    )
    for measure in ("risk ratio", "odds ratio"):
        a, b = one.loc[measure], two.loc[measure]
        assert [a.estimate, a.conf_low] == pytest.approx([1 / b.estimate, 1 / b.conf_high], rel=1e-4)
    a, b = (estimates.ordinal_contrast(c, adjust).iloc[0] for c in (cohort, other))
    assert [a.estimate, a.conf_low] == pytest.approx([1 / b.estimate, 1 / b.conf_high], rel=1e-5)
    a, b = (estimates.probability_of_direction(c).set_index("measure") for c in (cohort, other))
    assert a.loc["more severe", "numerator"] == b.loc["less severe", "numerator"]
    whole = a.loc["probability of direction"]
    assert whole.conf_low == pytest.approx(1 - b.loc["probability of direction", "conf_high"])


def test_a_role_without_exception_gets_limits_at_least_as_wide_as_the_profiles():
    made = two_by_two(24, 24, 120, 144)
    matrix = design(made, "none")
    fit, _ = fit_of(matrix)
    assert fit.separated
    values = contrast_estimates(fit, matrix.X)
    estimate, low, high, p_value, _ = values["risk difference"]
    odds = values["odds ratio"]
    at_low = standardised_risks(fit.fixed("role", math.log(odds[1])), matrix.X)
    assert low <= at_low[0] - at_low[1] + 1e-12 < estimate < high <= 1
    assert p_value >= odds[3]
    assert (low > 0) == (odds[1] > 1) or low <= 0


def test_errors_that_allow_for_clusters_are_wider_where_forces_differ():
    rows = []
    for number, force in enumerate(FORCES):
        for i in range(24):
            outcome = "dismissed" if number % 2 or i % 6 == 0 else "final_written_warning"
            role = "special_constable" if number < 3 else "police_officer"
            rows.append({"role": role, "force": force, "outcome": outcome})
    made = select(hearings(rows))
    wide, narrow = (
        difference(estimates.adjusted_contrast(made, "none", errors=errors)) for errors in ("robust", "model")
    )
    assert wide.conf_high - wide.conf_low > 2 * (narrow.conf_high - narrow.conf_low)
    larger = difference(estimates.adjusted_contrast(made, "none"))
    assert larger.conf_high - larger.conf_low > narrow.conf_high - narrow.conf_low
    assert larger.df == 7


EDGES = {
    "no cases": (0, 0, 0, 0),
    "no reference": (3, 5, 0, 0),
    "no comparison": (0, 0, 3, 5),
    "all sanctioned": (5, 5, 9, 9),
    "none sanctioned": (0, 5, 0, 9),
    "opposite": (5, 5, 0, 9),
    "one each": (1, 1, 0, 1),
    "unknown only": (0, 0, 0, 0, 2, 3),
    "few": (2, 3, 30, 40, 1, 1),
}


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("adjust", ["none", "full"])
def test_the_edges_give_rows_with_a_note_and_not_a_crash(edge, adjust):
    made = two_by_two(*EDGES[edge])
    frames = {
        "contrast": estimates.adjusted_contrast(made, adjust),
        "ladder": estimates.adjusted_contrasts(made),
        "ordinal": estimates.ordinal_contrast(made, adjust),
        "thresholds": estimates.proportional_odds_check(made).thresholds,
        "direction": estimates.probability_of_direction(made),
    }
    for name, frame in frames.items():
        assert set(TIDY_COLUMNS) <= set(frame.columns), name
        assert len(frame), name
        missing = frame["estimate"].isna() | frame["conf_low"].isna()
        assert (frame.loc[missing, "note"] != "").all(), (name, frame.loc[missing])
        shown = frame[~missing]
        assert (shown["conf_low"] <= shown["estimate"] + 1e-9).all(), name
        assert (shown["estimate"] <= shown["conf_high"] + 1e-9).all(), name
    if edge not in ("few", "opposite"):
        assert frames["contrast"]["estimate"].isna().all()
    if edge == "few":
        assert frames["contrast"]["too_few"].all() and frames["direction"]["too_few"].all()


CASE = st.fixed_dictionaries(
    {
        "force": st.sampled_from(FORCES[:3]),
        "hearing_date": st.sampled_from(["", "2019", "2021-05-04"]),
        "role": st.sampled_from(["police_officer", "special_constable"]),
        "breaches": st.lists(st.sampled_from(STANDARDS[:2]), unique=True).map(";".join),
        "conduct": st.lists(st.sampled_from(KINDS[:2]), unique=True).map(";".join),
        "outcome": st.sampled_from(
            ["", "dismissed", "dismissed", "final_written_warning", "no_action", "other"]
        ),
    }
)
MODEST = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=set(Phase) - {Phase.explain, Phase.shrink},
)


@MODEST
@given(st.lists(CASE, max_size=60), st.sampled_from(["none", "conduct_and_breach", "full", "often_stated"]))
def test_whatever_the_cases_the_numbers_are_possible(rows, adjust):
    made = select(hearings(rows), Question.of(denominator="all_concluded"))
    frame = estimates.adjusted_contrast(made, adjust)
    assert list(frame.columns[3:9]) == list(TIDY_COLUMNS)
    assert list(frame.columns[9:18]) == list(CONTRAST_EXTRAS)
    found = frame[frame["estimate"].notna()]
    assert (found["conf_low"].isna() | (found["conf_low"] <= found["estimate"])).all()
    assert (found["conf_high"].isna() | (found["estimate"] <= found["conf_high"])).all()
    assert found["p_value"].dropna().between(0, 1).all()
    rows_ = found.set_index("measure")
    if len(found):
        assert -1 <= rows_.loc["risk difference", "estimate"] <= 1
        signs = {
            np.sign(round(rows_.loc["risk difference", "estimate"], 9)),
            np.sign(round(math.log(rows_.loc["risk ratio", "estimate"]), 9)),
        }
        assert len(signs) == 1
    shares = estimates.probability_of_direction(made).set_index("measure")
    if shares["denominator"].iloc[0]:
        assert shares["numerator"].iloc[:3].sum() == shares["denominator"].iloc[0]
        whole = shares.loc["probability of direction"]
        assert whole.estimate == pytest.approx(whole.numerator / whole.denominator)
        assert whole.numerator == 2 * shares["numerator"].iloc[0] + shares["numerator"].iloc[1]


# ---------------------------------------------------------------------------------------- the ladder of adjustments


def test_the_ladder_goes_from_crude_to_full_and_bounds_hold_the_full_one():
    cases = invented()
    cases.loc[cases.index[:9], ["outcome", "severity"]] = pd.NA
    made = select(cases)
    ladder = estimates.adjusted_contrasts(made)
    assert ladder["adjustment"].cat.ordered
    rows = ladder[ladder["measure"] == "risk difference"].set_index("adjustment")
    assert rows.index.is_unique and list(rows.index) == list(ladder["adjustment"].cat.categories)
    crude = difference(estimates.risk_contrast(made))
    assert rows.iloc[0][NUMBERS].tolist() == crude[NUMBERS].tolist()
    low, high = (rows[rows.index.str.contains(f"to {word}")].iloc[0] for word in ("lower", "raise"))
    assert low.estimate < rows.loc[FULL, "estimate"] < high.estimate
    assert low.cases_used == high.cases_used == len(made) > rows.loc[FULL, "cases_used"]
    complete = rows[rows["unknown_covariates"] == "complete_case"]
    assert (complete["cases_used"] < len(made.known)).all()


def test_without_unknown_outcomes_there_are_no_bounds(cohort):
    assert not estimates.adjusted_contrasts(cohort)["adjustment"].astype(str).str.contains("unknown").any()


def test_averaging_over_one_role_averages_over_its_cases(cohort):
    matrix = design(cohort, "conduct")
    fit, _ = fit_of(matrix)
    for over, value in (("comparison", 1.0), ("reference", 0.0)):
        mine = matrix.X[matrix.X["role"] == value].to_numpy(copy=True)
        risks = []
        for role in (1.0, 0.0):
            mine[:, 1] = role
            risks.append((1 / (1 + np.exp(-mine @ fit.risk_params.to_numpy()))).mean())
        row = difference(estimates.adjusted_contrast(cohort, "conduct", over=over))
        assert row.estimate == pytest.approx(risks[0] - risks[1])
    with pytest.raises(StudyError, match="all, comparison, reference"):
        estimates.adjusted_contrast(cohort, over="everyone")


def test_balance_counts_cases_at_each_level_and_those_without_counterpart():
    rows = [
        {"role": "special_constable", "status": s, "breaches": "confidentiality"} for s in ("serving", "")
    ]
    rows += [{"status": "serving", "breaches": "confidentiality;use_of_force"}] + [{"status": "serving"}] * 3
    rows += [{"outcome": "", "status": "serving"}]
    frame = estimates.covariate_balance(select(hearings(rows)), ("status", "breach"))
    found = {(r.term, r.level): (r.numerator, r.numerator_reference) for r in frame.itertuples()}
    assert found == {
        ("status", "serving"): (1, 4),
        ("status", "not_stated"): (1, 0),
        ("breach", "confidentiality"): (2, 1),
        ("breach", "use_of_force"): (0, 1),
        ("breach", "not_stated"): (0, 3),
    }
    assert frame.attrs["without_counterpart"] == 4
    row = frame[frame["level"] == "serving"].iloc[0]
    assert row.estimate == -0.5 and row.standardised_difference == pytest.approx(-0.5 / math.sqrt(0.125))


# ---------------------------------------------------------------------------------------- severity


def test_sparse_rungs_fold_into_the_smaller_neighbour():
    outcomes = (
        ["no_action"] * 9 + ["written_warning"] * 2 + ["final_written_warning"] * 5 + ["dismissed"] * 30
    )
    rows = [
        {"outcome": o, "role": ["police_officer", "special_constable"][i % 2]} for i, o in enumerate(outcomes)
    ]
    frame = estimates.ordinal_contrast(select(hearings(rows)))
    assert frame["rungs"].iloc[0].split("; ") == [
        "no action", "written warning or final written warning", "dismissed"
    ]  # fmt: skip
    assert any("written warning folded into final written warning" in note for note in frame.attrs["notes"])


def test_with_two_rungs_the_ordinal_model_is_the_logistic_one():
    made = two_by_two(30, 40, 50, 90)
    one = estimates.ordinal_contrast(made).iloc[0]
    two = estimates.adjusted_contrast(made, "none").set_index("measure").loc["odds ratio"]
    assert one.estimate == pytest.approx(two.estimate)
    check = estimates.proportional_odds_check(made)
    assert math.isnan(check.test["p_value"].iloc[0]) and "two rungs" in check.test["note"].iloc[0]


def test_a_covariate_that_settles_the_outcome_is_left_out_by_name():
    rows = []
    for i in range(120):
        kind = KINDS[i % 3]
        outcome = "dismissed" if kind == "sexual" or i % 7 else LADDER[i % 3]
        rows.append({"conduct": kind, "outcome": outcome, "force": FORCES[i % 8],
                     "role": ["police_officer", "special_constable"][(i // 3) % 2]})  # fmt: skip
    frame = estimates.ordinal_contrast(select(hearings(rows)), "conduct")
    assert any("settles the outcome: conduct: sexual" in note for note in frame.attrs["notes"])
    assert frame["converged"].all() and frame["estimate"].notna().all()


def test_a_role_that_never_escapes_has_no_ordinal_odds_ratio():
    row = estimates.ordinal_contrast(two_by_two(20, 20, 40, 60)).iloc[0]
    assert math.isnan(row.estimate) and "no limit" in row.note


def test_derivatives_of_the_ordinal_model_are_those_of_its_likelihood():
    rng = np.random.default_rng(5)
    X, rung = rng.normal(size=(40, 2)), rng.integers(4, size=40)
    params = np.array([0.3, -0.6, -1.2, 0.1, 3.9])
    loglik, scores, information = ordinal._derivatives(X, rung, params)
    steps = np.eye(5) * 1e-5
    up, down = ([ordinal._derivatives(X, rung, params + s * e) for e in steps] for s in (1, -1))
    np.testing.assert_allclose(
        scores.sum(axis=0), [(a[0] - b[0]) / 2e-5 for a, b in zip(up, down, strict=True)], rtol=1e-6
    )
    slopes = [(a[1].sum(axis=0) - b[1].sum(axis=0)) / 2e-5 for a, b in zip(up, down, strict=True)]
    np.testing.assert_allclose(information, -np.array(slopes), rtol=1e-5, atol=1e-7)


def test_pairs_are_counted_as_one_would_by_hand():
    rows = [{"role": "special_constable", "outcome": o} for o in ("dismissed", "final_written_warning")]
    rows += [
        {"role": "police_officer", "outcome": o}
        for o in ("dismissed", "written_warning", "no_action", "other")
    ]
    frame = estimates.probability_of_direction(select(hearings(rows))).set_index("measure")
    # dismissed beats two and ties one; a final warning beats two and loses one
    assert frame["numerator"].tolist() == [4, 1, 1, 9]
    assert frame["denominator"].tolist() == [6, 6, 6, 12]
    assert frame["unknown_reference"].tolist() == [1] * 4


def test_without_clusters_or_ties_the_direction_is_the_share_of_greater_pairs():
    one, other = np.array([1.0, 3.0, 5.0]), np.array([0.0, 2.0, 4.0])
    kernel = (one[:, None] > other[None, :]).astype(float)
    estimate, low, high, p_value = ordinal._pairs(kernel, np.array(["a"] * 3), np.array(["a"] * 3), 0.95)
    assert estimate == pytest.approx(6 / 9)
    assert 0 < low < estimate < high < 1 and 0 < p_value < 1


# ---------------------------------------------------------------------------------------- figures, tables, sentences

QUESTIONS = [
    {},
    {"denominator": "all_concluded", "sanction": "final_written_warning_or_worse"},
    {"denominator": "any_misconduct", "sanction": "dismissed", "level": 0.9},
    {"roles": ("pcso", "police_staff"), "denominator": "all_concluded"},
    {"forces": ("surrey",)},
    {"forces": ("ministry-of-defence",)},
]


@pytest.fixture(scope="module", params=range(len(QUESTIONS)))
def asked(request):
    """What the role report would ask of the study's own data."""
    question = Question.of(**QUESTIONS[request.param])
    made = select(analysis.load_hearings(), question)
    return (
        question,
        estimates.adjusted_contrasts(made),
        estimates.ordinal_contrast(made, "case"),
        estimates.proportional_odds_check(made),
        estimates.probability_of_direction(made),
        estimates.covariate_balance(made),
    )


def test_every_question_gets_whole_sentences_and_no_causal_word(asked):
    question, ladder, ordered, check, pairs, shares = asked
    said = [
        wording.adjusted_difference(ladder, question),
        wording.why_this_model(ladder, question),
        wording.adjustments(ladder, question),
        wording.unknown_values(ladder, question),
        wording.severity(ordered, check.test, question),
        wording.direction(pairs, question),
        wording.balance(shares, question),
    ]
    for text in said:
        assert text.endswith(".") and text[0].isupper(), text
        assert not re.search(r"nan|None|NA\b|<|\{|  |\.\.|_|\beffect\b|\bcause", text), text


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_every_question_can_be_drawn_without_a_fault(asked, width):
    _, ladder, _, check, *_ = asked
    drawings = [
        figures.contrast_plot(
            ladder, row="adjustment", order="given", width=width, title="What is held alike"
        ),
        figures.odds_plot(check.thresholds, width=width, title="Odds at or above each rung"),
        figures.odds_plot(ladder, row="adjustment", width=width, title="Odds ratios by what is held alike"),
    ]
    for drawing in drawings:
        assert faults(drawing.figure) == []
        assert drawing.alt.endswith(".")


def test_every_question_can_be_tabled(asked):
    _, ladder, ordered, check, pairs, shares = asked
    table = listings.ladder_table(ladder, "Adjusted differences")
    assert len(table.cells) == ladder["adjustment"].nunique()
    assert len(listings.direction_table(pairs, "Pairs").cells) == 4
    assert len(listings.balance_table(shares, "Balance").cells) == len(shares)
    assert len(tables.contrast_table(check.thresholds, "Thresholds").cells) == len(check.thresholds)
    assert len(tables.contrast_table(ordered, "Severity").cells) == 1
    for cell in itertools.chain.from_iterable(table.cells.to_numpy()):
        assert cell and "nan" not in cell and "inf" not in cell.lower()


def test_odds_ratios_stand_at_their_logarithms_and_long_intervals_end_in_arrows():
    frame = pd.DataFrame(
        {
            "threshold": ["one", "two"],
            "measure": "odds ratio",
            "comparison": "special_constable",
            "reference": "police_officer",
            "estimate": [2.0, 9.0],
            "conf_low": [0.5, 1.1],
            "conf_high": [8.0, math.inf],
            "numerator": 3,
            "denominator": 9,
            "method": "Wald 95 % interval",
            "numerator_reference": 4,
            "denominator_reference": 30,
        }
    )
    drawing = figures.odds_plot(frame)
    lines = [line for axes in drawing.figure.axes for line in axes.lines]
    dots = [line.get_xdata()[0] for line in lines if line.get_marker() not in ("None", ">", "<")]
    assert dots == pytest.approx([math.log(2), math.log(9)])
    assert [line.get_marker() for line in lines].count(">") == 1
    assert "no upper limit" in drawing.alt


def test_the_headline_sentence_reads_as_the_study_would_sign_it():
    question = Question.of()
    ladder = estimates.adjusted_contrasts(select(analysis.load_hearings(), question))
    text = re.sub(r"\s", " ", wording.adjusted_difference(ladder, question))
    pattern = (
        r"Holding breach, conduct, status \(serving or former\), admission, conviction, kind of proceedings, rules in force and "
        r"force alike, the difference is −?\d+ percentage points? \(95 % interval −?\d+ to \d+\), against 6 before: still within "
        r"what chance would produce\."
    )
    assert re.fullmatch(pattern, text), text
    assert re.fullmatch(
        r"Because some covariates settle the outcome of their cases without exception, the model is fitted with Firth's penalised "
        r"likelihood: 45 cases without dismissal or equivalent for \d+ parameters\.",
        wording.why_this_model(ladder, question),
    )
