"""Every interval and test against values from base R (tests/reference/) and from the papers describing it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep

from analysis import estimates
from analysis.cohort import Cohort
from analysis.estimates.intervals import (
    difference_interval,
    odds_ratio_interval,
    poisson_interval,
    proportion_interval,
    rate_ratio_interval,
    ratio_interval,
    ratio_score,
)
from analysis.question import Question

REFERENCE = Path(__file__).parent / "reference"
SIX_DIGITS = 1e-7
pytestmark = pytest.mark.filterwarnings("error")


def reference(name: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE / f"{name}.csv")


def cohort(strata: pd.DataFrame) -> Cohort:
    """A cohort with so many sanctioned (x) of all (n) in each role and stratum (kept in the column `force`)."""
    parts = []
    for row in strata.itertuples():
        for role, x, n in (("special_constable", row.x1, row.n1), ("police_officer", row.x0, row.n0)):
            outcomes = np.repeat([True, False], [x, n - x])
            parts.append(pd.DataFrame({"role": role, "sanctioned": outcomes, "force": row.stratum}))
    cases = pd.concat(parts, ignore_index=True)
    cases["role"] = pd.Categorical(
        cases["role"], categories=["police_officer", "special_constable"], ordered=True
    )
    cases["sanctioned"] = cases["sanctioned"].astype("boolean")
    return Cohort(cases, pd.DataFrame(), Question.of())


def one_table(x1, n1, x0, n0) -> Cohort:
    return cohort(pd.DataFrame([{"x1": x1, "n1": n1, "x0": x0, "n0": n0, "stratum": "Essex"}]))


# ---------------------------------------------------------------------------------------- against R


@pytest.mark.parametrize("method", ["wilson", "clopper_pearson", "jeffreys"])
def test_intervals_for_a_proportion_agree_with_r(method):
    expected = reference("proportions").query("method == @method")
    for level, rows in expected.groupby("level"):
        low, high = proportion_interval(rows["x"], rows["n"], method, level)
        np.testing.assert_allclose(low, rows["low"], rtol=SIX_DIGITS, atol=1e-12)
        np.testing.assert_allclose(high, rows["high"], rtol=SIX_DIGITS, atol=1e-12)


def test_poisson_intervals_agree_with_r():
    for row in reference("poisson").itertuples():
        assert poisson_interval(row.x, row.t) == pytest.approx((row.low, row.high), rel=SIX_DIGITS)


def test_rate_ratios_agree_with_r():
    for row in reference("rate_ratios").itertuples():
        found = rate_ratio_interval(row.x1, row.t1, row.x0, row.t0)
        assert found == pytest.approx((row.low, row.high, row.p_value), rel=SIX_DIGITS)


@pytest.mark.parametrize(
    "row", list(reference("two_groups").itertuples()), ids=lambda r: f"{r.x1}/{r.n1}-{r.x0}/{r.n0}"
)
def test_two_groups_agree_with_r(row):
    table = (row.x1, row.n1, row.x0, row.n0)
    assert odds_ratio_interval(*table) == pytest.approx(
        (row.odds_ratio, row.odds_low, row.odds_high), rel=SIX_DIGITS
    )
    assert difference_interval(*table) == pytest.approx(
        (row.difference_low, row.difference_high), rel=SIX_DIGITS
    )
    assert ratio_interval(*table) == pytest.approx((row.ratio_low, row.ratio_high), rel=SIX_DIGITS)
    assert 2 * stats.norm.sf(abs(ratio_score(*table, 1.0))) == pytest.approx(row.score_p, rel=SIX_DIGITS)
    p = estimates.exact_tests(one_table(*table)).set_index("test")["p_value"]
    assert p["Fisher's exact test"] == pytest.approx(row.fisher_p, rel=SIX_DIGITS)
    assert p["Boschloo's exact test"] == pytest.approx(row.boschloo_p, rel=1e-5)


@pytest.mark.parametrize("name", ["ucb", "bcg"])
def test_mantel_haenszel_and_homogeneity_agree_with_r(name):
    expected = reference("mantel_haenszel").set_index("set").loc[name]
    found = estimates.stratified_contrast(cohort(reference("strata").query("set == @name")), "force")
    odds = found.pooled.query("measure == 'odds ratio' and adjustment != 'crude'").iloc[0]
    assert odds["estimate"] == pytest.approx(expected["odds_ratio"], rel=SIX_DIGITS)
    assert odds["conf_low"] == pytest.approx(expected["low"], rel=SIX_DIGITS)
    assert odds["conf_high"] == pytest.approx(expected["high"], rel=SIX_DIGITS)
    assert odds["p_value"] == pytest.approx(expected["p_value"], rel=SIX_DIGITS, abs=1e-15)
    tests = found.homogeneity.set_index("test")
    assert tests.loc["Breslow–Day test", "statistic"] == pytest.approx(expected["breslow_day"], rel=1e-6)
    tarone = tests.loc["Tarone's corrected Breslow–Day test"]
    assert tarone["statistic"] == pytest.approx(expected["tarone"], rel=1e-6)
    assert tarone["df"] == expected["df"]
    assert tarone["p_value"] == pytest.approx(stats.chi2.sf(expected["tarone"], expected["df"]), rel=1e-6)


def test_funnel_limits_agree_with_r():
    for overall, rows in reference("funnel").groupby("overall"):
        found = estimates.funnel_limits(overall, rows["size"])
        for column in ("low95", "high95", "low998", "high998"):
            np.testing.assert_allclose(found[column], rows[column], rtol=SIX_DIGITS, atol=1e-10)


# ------------------------------------------------------------------------------- against publications

NEWCOMBE_SINGLE = [
    # Newcombe (1998), Statistics in Medicine 17, 857–872, table I: x, n, Wilson (method 3), Clopper–Pearson
    # (method 5)
    (81, 263, (0.2553, 0.3662), (0.2527, 0.3676)),
    (15, 148, (0.0624, 0.1605), (0.0578, 0.1617)),
    (0, 20, (0.0, 0.1611), (0.0, 0.1684)),
    (1, 29, (0.0061, 0.1718), (0.0009, 0.1776)),
]


@pytest.mark.parametrize(("x", "n", "wilson", "exact"), NEWCOMBE_SINGLE)
def test_newcombes_table_for_one_proportion(x, n, wilson, exact):
    assert proportion_interval(x, n, "wilson") == pytest.approx(wilson, abs=5e-5)
    assert proportion_interval(x, n, "clopper_pearson") == pytest.approx(exact, abs=5e-5)


def test_jeffreys_limits_are_modified_at_the_ends_as_brown_cai_and_dasgupta_do():
    assert proportion_interval(0, 7, "jeffreys")[0] == 0
    assert proportion_interval(7, 7, "jeffreys")[1] == 1
    assert proportion_interval(0, 7, "jeffreys")[1] == pytest.approx(stats.beta.ppf(0.975, 0.5, 7.5))


NEWCOMBE_DIFFERENCE = [
    # Newcombe (1998), Statistics in Medicine 17, 873–890, table II, method 10
    ((56, 70, 48, 80), (0.0524, 0.3339)),
    ((9, 10, 3, 10), (0.1705, 0.8090)),
    ((6, 7, 2, 7), (0.0582, 0.8062)),
    ((5, 56, 0, 29), (-0.0381, 0.1926)),
    ((0, 10, 0, 20), (-0.1611, 0.2775)),
    ((0, 10, 0, 10), (-0.2775, 0.2775)),
    ((10, 10, 0, 20), (0.6791, 1.0)),
    ((10, 10, 0, 10), (0.6075, 1.0)),
]


@pytest.mark.parametrize(("table", "expected"), NEWCOMBE_DIFFERENCE)
def test_newcombes_table_for_a_difference(table, expected):
    assert difference_interval(*table) == pytest.approx(expected, abs=5e-5)


def test_koopmans_example():
    # Koopman (1984), Biometrics 40, 513–517: 36 of 40 against 16 of 80
    assert ratio_interval(36, 40, 16, 80) == pytest.approx((2.94, 7.15), abs=5e-3)


GARWOOD = [(0, (0, 3.689)), (1, (0.0253, 5.572)), (5, (1.6235, 11.668)), (10, (4.795, 18.39))]


@pytest.mark.parametrize(("count", "expected"), GARWOOD)
def test_garwoods_limits(count, expected):
    # Garwood (1936), Biometrika 28, 437–442; as tabulated by Ulm (1990), American Journal of Epidemiology 131,
    # 373–375
    assert poisson_interval(count) == pytest.approx(expected, rel=5e-4, abs=5e-5)


def test_barnards_test_on_the_vaccine_trial():
    # Mehta and Senchaudhuri (2003), Conditional versus unconditional exact tests for comparing two binomials:
    # 7 of 15 against 12 of 15; one-sided 0.034 (two-sided twice that), where Fisher's two-sided p-value is 0.128
    p = estimates.exact_tests(one_table(7, 15, 12, 15)).set_index("test")["p_value"]
    assert p["Barnard's exact test"] == pytest.approx(0.0682, abs=5e-5)
    assert p["Fisher's exact test"] == pytest.approx(0.1281, abs=5e-5)


def test_pooled_ratio_and_difference_on_the_bcg_trials():
    # As Stata's metan and R's metafor (rma.mh) print them for the thirteen trials of Colditz et al. (1994); metafor's
    # z statistic of the difference, −11.4708, has Sato's variance, to which the score interval's comes close in
    # samples as large as these
    found = estimates.stratified_contrast(cohort(reference("strata").query("set == 'bcg'")), "force").pooled
    pooled = found[found["adjustment"] != "crude"].set_index("measure")
    ratio = pooled.loc["risk ratio", ["estimate", "conf_low", "conf_high"]].astype(float)
    assert list(ratio) == pytest.approx([0.6353, 0.5881, 0.6862], abs=5e-5)
    odds = pooled.loc["odds ratio", ["estimate", "conf_low", "conf_high"]].astype(float)
    assert list(odds) == pytest.approx([0.6229, 0.5748, 0.6750], abs=5e-5)
    difference = pooled.loc["risk difference"]
    assert difference["estimate"] == pytest.approx(-0.0033, abs=5e-5)
    error = (difference["conf_high"] - difference["conf_low"]) / 2 / stats.norm.isf(0.025)
    assert difference["estimate"] / error == pytest.approx(-11.4708, rel=0.03)


def test_berkeley_stratified_by_department_loses_its_crude_difference():
    # Bickel, Hammel and O'Connell (1975), Science 187, 398–404
    pooled = estimates.stratified_contrast(cohort(reference("strata").query("set == 'ucb'")), "force").pooled
    crude, adjusted = pooled.query("measure == 'odds ratio'").itertuples()
    assert crude.conf_high < 1
    assert adjusted.conf_low < 1 < adjusted.conf_high


# ------------------------------------------------------------------------------------ one stratum


@pytest.mark.parametrize("table", [(38, 41, 268, 310), (5, 9, 20, 60), (1, 30, 4, 25)])
def test_one_stratum_pools_to_the_crude_estimates(table):
    x1, n1, x0, n0 = table
    pooled = estimates.stratified_contrast(one_table(*table), "force").pooled
    pooled = pooled[pooled["adjustment"] != "crude"].set_index("measure")
    assert pooled.loc["risk difference", "estimate"] == pytest.approx(x1 / n1 - x0 / n0)
    assert pooled.loc["odds ratio", "estimate"] == pytest.approx(x1 / (n1 - x1) / (x0 / (n0 - x0)))
    katz = confint_proportions_2indep(*table, method="log", compare="ratio")
    assert tuple(pooled.loc["risk ratio", ["conf_low", "conf_high"]]) == pytest.approx(katz)


def test_homogeneity_where_the_pooled_odds_ratio_is_exactly_one():
    strata = pd.DataFrame(
        {"stratum": ["Essex", "Kent"], "x1": [8, 2], "n1": [10, 10], "x0": [2, 8], "n0": [10, 10]}
    )
    found = estimates.stratified_contrast(cohort(strata), "force")
    # Under a common odds ratio of 1 the expected count is 5 in each, with variance 1 / (4 / 5).
    expected = 2 * 3**2 / 1.25
    assert found.homogeneity["statistic"].tolist() == pytest.approx([expected, expected])


# -------------------------------------------------------------------------------------- coverage


def coverage(method: str, n: int, p: np.ndarray) -> np.ndarray:
    """Exact probability that the interval holds p, for each p."""
    x = np.arange(n + 1)
    low, high = proportion_interval(x, np.full(n + 1, n), method)
    holds = (low[:, None] <= p) & (p <= high[:, None])
    return (stats.binom.pmf(x[:, None], n, p) * holds).sum(axis=0)


def test_intervals_cover_as_often_as_they_say():
    p = np.linspace(0.01, 0.99, 197)
    assert coverage("clopper_pearson", 41, p).min() >= 0.95
    for method in ("wilson", "jeffreys"):
        assert coverage(method, 41, p).mean() == pytest.approx(0.95, abs=0.01)
