"""Adjusted and ordinal estimates against R (tests/reference/adjusted.R), statsmodels, and a published example."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.discrete.discrete_model import Logit
from statsmodels.miscmodels.ordinal_model import OrderedModel

from analysis.cohort import Cohort
from analysis.estimates import ordinal, ordinal_contrast, probability_of_direction, proportional_odds_check
from analysis.estimates.adjusted import contrast_estimates, standardised_risks
from analysis.estimates.logistic import fit_logistic
from analysis.question import Question

REFERENCE = Path(__file__).parent / "reference"
SIX_DIGITS = 1e-6
COLUMNS = ["(Intercept)", "role", "x1", "x2", "x3"]


@pytest.fixture(scope="module")
def cases() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "adjusted_cases.csv")


@pytest.fixture(scope="module")
def r() -> pd.Series:
    frame = pd.read_csv(REFERENCE / "adjusted.csv")
    return frame.set_index(["what", "name"])["value"]


def matrix(cases: pd.DataFrame) -> pd.DataFrame:
    return cases[["role", "x1", "x2", "x3"]].astype(float).assign(const=1.0)[["const", *COLUMNS[1:]]]


def fitted(cases, outcome="y", **kwargs):
    return fit_logistic(matrix(cases), cases[outcome].to_numpy(), cases["force"].to_numpy(), **kwargs)


def cohort(cases: pd.DataFrame, rung: str = "rung") -> Cohort:
    """The invented cases on the ladder's rungs."""
    codes = np.array(["no_action", "written_warning", "final_written_warning", "dismissed"])
    severity = np.array([0, 2, 3, 5])
    role = np.where(cases["role"] == 1, "special_constable", "police_officer")
    frame = pd.DataFrame(
        {
            "case_id": [f"c{i:04d}" for i in range(len(cases))],
            "force": cases["force"],
            "role": pd.Categorical(role, categories=["police_officer", "special_constable"], ordered=True),
            "severity": pd.array(severity[cases[rung]], dtype="Int64"),
            "outcome": codes[cases[rung]],
            "sanctioned": pd.array(cases[rung] == 3, dtype="boolean"),
        }
    )
    return Cohort(frame, pd.DataFrame(), Question.of())


def close(found, expected, rel=SIX_DIGITS):
    np.testing.assert_allclose(np.asarray(found, float), np.asarray(expected, float), rtol=rel, atol=1e-9)


# ---------------------------------------------------------------------------------------- logistic regression


def test_maximum_likelihood_agrees_with_glm(cases, r):
    fit = fitted(cases, method="maximum_likelihood")
    close(fit.params, r["ml coefficient"][COLUMNS])
    close(np.diag(fit.cov_model), r["ml model variance"][COLUMNS])


@pytest.mark.parametrize("kind", ["CR1", "CR2", "CR3"])
def test_cluster_robust_covariances_agree_with_sandwich_and_clubsandwich(cases, r, kind):
    fit = fitted(cases, method="maximum_likelihood", covariance=kind)
    close(np.diag(fit.cov), r[f"ml {kind} variance"][COLUMNS])


def test_degrees_of_freedom_are_those_of_clubsandwich(cases, r):
    fit = fitted(cases, method="maximum_likelihood")
    close([fit.contrast_df(row) for row in np.eye(5)], r["ml CR2 df"][COLUMNS])


def test_firths_fit_agrees_with_brglm2(cases, r):
    fit = fitted(cases, "ysep", method="auto")
    assert fit.method == "firth"
    assert fit.separated
    close(fit.params, r["firth coefficient"][COLUMNS], 2e-6)
    close(fit.risk_params["const"], r["firth risk intercept", "(Intercept)"], 2e-6)


def test_profile_and_test_agree_with_the_penalised_likelihood_written_out(cases, r):
    fit = fitted(cases, "ysep")
    close(fit.profile("role"), r["firth profile"][["low", "high"]], 1e-5)
    close(fit.likelihood_ratio("role"), r["firth likelihood ratio p", "role"], 1e-5)


@pytest.mark.parametrize(
    ("outcome", "method", "name"), [("y", "maximum_likelihood", "ml"), ("ysep", "firth", "firth")]
)
def test_standardised_risks_and_their_errors_agree_with_a_numerical_delta_method(
    cases, r, outcome, method, name
):
    fit = fitted(cases, outcome, method=method)
    risk, reference, gradient, gradient_reference = standardised_risks(fit.risk_params, matrix(cases))
    tolerance = 2e-6 if name == "firth" else SIX_DIGITS
    expected = r[f"{name} standardised"]
    close([risk - reference, math.log(risk / reference)], expected[["difference", "logratio"]], tolerance)
    directions = (gradient - gradient_reference, gradient / risk - gradient_reference / reference)
    for kind, covariance in (("CR2", fit.cov), ("model", fit.cov_model)):
        errors = r[f"{name} standardised error {kind}"][["difference", "logratio"]]
        close([fit.standard_error(d, covariance) for d in directions], errors, 1e-5)


def test_the_risk_difference_is_statsmodels_average_marginal_effect(cases):
    fit = fitted(cases, method="maximum_likelihood")
    effect = Logit(cases["y"], matrix(cases)).fit(disp=0, tol=1e-12).get_margeff(dummy=True)
    estimate, low, high, _, _ = contrast_estimates(fit, matrix(cases), errors="model")["risk difference"]
    close(estimate, effect.margeff[0])
    close((high - low) / 2 / stats.norm.isf(0.025), effect.margeff_se[0])


def test_interval_takes_the_larger_error_on_clusters_less_one(cases, r):
    fit = fitted(cases, method="maximum_likelihood")
    estimate, low, high, p_value, df = contrast_estimates(fit, matrix(cases))["risk difference"]
    errors = [r[f"ml standardised error {kind}", "difference"] for kind in ("CR2", "model")]
    assert df == cases["force"].nunique() - 1
    close((high - low) / 2, stats.t.isf(0.025, df) * max(errors), 1e-5)
    close(p_value, 2 * stats.t.sf(estimate / max(errors), df), 1e-4)


# ---------------------------------------------------------------------------------------- the ladder


def test_the_ordinal_model_agrees_with_clm_and_polr(cases, r):
    X = matrix(cases).drop(columns="const").to_numpy()
    fit = ordinal._fit(X, cases["rung"].to_numpy())
    assert fit.converged
    close(fit.params[:4], r["ordinal coefficient"][COLUMNS[1:]])
    close(fit.params[4:], r["ordinal threshold"])
    bread = np.linalg.inv(fit.information)
    close(np.diag(bread)[:4], r["ordinal model variance"][COLUMNS[1:]])
    sums = pd.DataFrame(fit.scores).groupby(cases["force"].to_numpy()).sum().to_numpy()
    variance = np.diag(bread @ sums.T @ sums @ bread)[:4] * len(sums) / (len(sums) - 1)
    close(variance, r["ordinal clustered variance"][COLUMNS[1:]])


def test_the_ordinal_model_agrees_with_statsmodels(cases):
    X = matrix(cases).drop(columns="const").to_numpy()
    fit = ordinal._fit(X, cases["rung"].to_numpy())
    theirs = OrderedModel(cases["rung"], X, distr="logit").fit(method="bfgs", disp=0, gtol=1e-8)
    close(fit.params[:4], theirs.params.iloc[:4], 1e-4)
    close(fit.loglik, theirs.llf)


def test_the_common_odds_ratio_and_the_test_of_proportional_odds(cases, r):
    row = ordinal_contrast(cohort(cases)).iloc[0]
    theirs = OrderedModel(cases["rung"], cases[["role"]], distr="logit").fit(method="bfgs", disp=0, gtol=1e-8)
    close(row.estimate, math.exp(theirs.params["role"]), 1e-5)
    check = proportional_odds_check(cohort(cases))
    close(check.test["statistic"].iloc[0], r["proportional odds test", "statistic"])
    close(check.test["p_value"].iloc[0], r["proportional odds test", "p"])


def test_the_probability_of_direction_agrees_with_wilcox_test_and_ranks(cases, r):
    row = probability_of_direction(cohort(cases)).set_index("measure").loc["probability of direction"]
    close(row.estimate, r["direction", "estimate"])
    assert row.numerator / row.denominator == pytest.approx(row.estimate)
    df = min(r["direction", "df"], cases["force"].nunique() - 1)
    error = math.sqrt(max(r["direction", "variance"], r["direction clustered", "variance"]))
    scale = row.estimate * (1 - row.estimate)
    half = stats.t.isf(0.025, df) * error / scale
    centre = math.log(row.estimate / (1 - row.estimate))
    close([row.conf_low, row.conf_high], [1 / (1 + math.exp(-(centre + d))) for d in (-half, half)])


def test_the_published_example_of_brunner_and_munzel():
    """Pain scores after surgery under two treatments: estimate 0.788961, standard error from W = 3.1375."""
    treated = np.array([1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 1, 1])
    control = np.array([3, 3, 4, 3, 1, 2, 3, 1, 1, 5, 4])
    kernel = (np.sign(control[:, None] - treated[None, :]) + 1) / 2
    same = np.array(["one"] * 14)
    estimate, low, high, _ = ordinal._pairs(kernel, same[:11], same, 0.95)
    assert estimate == pytest.approx(0.788961, abs=1e-6)
    # its interval on the scale of the probability is 0.5952169 to 0.9827052, on 17.683 degrees of freedom
    error = (0.9827052 - 0.5952169) / 2 / stats.t.isf(0.025, 17.683)
    half = (math.log(high / (1 - high)) - math.log(low / (1 - low))) / 2
    assert half * estimate * (1 - estimate) / stats.t.isf(0.025, 17.683) == pytest.approx(error, rel=1e-4)
    assert (estimate - 0.5) / error == pytest.approx(3.1375, abs=1e-3)
