"""Variation between forces, over time and many comparisons, against R (tests/reference/variation.R) and a publication.

R's package FunnelPlotR, which draws over-dispersed limits, could not be installed here. What it prints for its own example,
lengths of stay in 54 hospitals, is reproduced below. For proportions it has published no numbers: its documented formulas, which
are Spiegelhalter's (2005, 2012), were written out in R on their own, and τ² is held to metafor's (DerSimonian and Laird) as well.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis import estimates
from analysis.cohort import Cohort
from analysis.estimates.betabinomial import GroupCounts
from analysis.question import Question
from counts import by_force

REFERENCE = Path(__file__).parent / "reference"
SIX_DIGITS = 1e-6
pytestmark = pytest.mark.filterwarnings("error")


def reference(name: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE / f"{name}.csv")


COUNTS = {
    name: (rows["x"].to_numpy(), rows["n"].to_numpy())
    for name, rows in reference("variation_counts").groupby("set")
}


@pytest.mark.parametrize("name", ["rats", "forces"])
def test_beta_binomial_likelihood_agrees_with_vgam(name):
    expected = reference("beta_binomial").set_index("set").loc[name]
    found = GroupCounts(*COUNTS[name]).fit()
    assert found.mean == pytest.approx(expected["mean"], rel=SIX_DIGITS)
    assert found.correlation == pytest.approx(expected["correlation"], rel=SIX_DIGITS)
    assert (found.low, found.high) == pytest.approx((expected["low"], expected["high"]), rel=SIX_DIGITS)


def test_the_likelihood_is_that_of_scipy_up_to_a_constant():
    count, total = COUNTS["forces"]
    counts = GroupCounts(count, total)
    gaps = []
    for mean, rho in ((0.3, 0.2), (0.7, 0.05), (0.9, 0.6)):
        a, b = mean * (1 - rho) / rho, (1 - mean) * (1 - rho) / rho
        gaps.append(stats.betabinom.logpmf(count, total, a, b).sum() - counts.log_likelihood(mean, rho))
    np.testing.assert_allclose(gaps, gaps[0], rtol=1e-9)
    binomial = stats.binom.logpmf(count, total, 0.7).sum() - counts.log_likelihood(0.7, 0.0)
    assert binomial == pytest.approx(gaps[0], rel=1e-9)


def test_rats_agree_with_the_published_estimates():
    """Gelman et al., Bayesian Data Analysis (3rd ed.), section 5.3: mode of the posterior near (α, β) = (2.4, 14.3)."""
    fit = GroupCounts(*COUNTS["rats"]).fit()
    size = 1 / fit.correlation - 1
    assert fit.mean * size == pytest.approx(2.4, abs=0.1)
    assert (1 - fit.mean) * size == pytest.approx(14.3, abs=0.3)


@pytest.mark.parametrize("name", ["rats", "forces", "even"])
def test_homogeneity_agrees_with_r(name):
    expected = reference("homogeneity").set_index("set").loc[name]
    tests = estimates.between_force_variation(by_force(*COUNTS[name])).homogeneity.set_index("test")
    for test, column in (("Tarone's test", "tarone"), ("Pearson's chi-squared test", "pearson")):
        assert tests.loc[test, "statistic"] == pytest.approx(expected[column], rel=SIX_DIGITS)
        # both p-values are simulated: R's from 100,000 tables, ours from 9,999
        p = expected[f"{column}_p"]
        assert tests.loc[test, "p_value"] == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / 9_999) + 2e-4)


@pytest.mark.parametrize(
    "row", list(reference("dispersion").itertuples()), ids=lambda r: f"{r.set}-{r.scale}-{r.share}"
)
def test_dispersion_agrees_with_r(row):
    found = estimates.dispersion(*COUNTS[row.set], scale=row.scale, share=row.share)
    assert found.phi == pytest.approx(row.phi, rel=SIX_DIGITS)
    assert found.tau2 == pytest.approx(row.tau2, rel=SIX_DIGITS, abs=1e-15)
    assert found.z_score[0] == pytest.approx(row.z_first, rel=SIX_DIGITS)
    assert (found.winsorised.min(), found.winsorised.max()) == pytest.approx(
        (row.w_min, row.w_max), rel=SIX_DIGITS
    )


@pytest.mark.parametrize("name", ["rats", "forces", "even"])
def test_tau_squared_is_metafors_where_nothing_is_winsorised(name):
    expected = reference("dersimonian_laird").set_index("set").loc[name]
    # metafor's Q is around the weighted mean of the arcsines
    target = float(np.sin(expected["weighted"]) ** 2)
    found = estimates.dispersion(*COUNTS[name], target=target, scale="arcsine", share=0)
    assert found.tau2 == pytest.approx(expected["tau2"], rel=SIX_DIGITS, abs=1e-12)


@pytest.mark.parametrize(
    "key", reference("overdispersed_limits").groupby(["set", "scale", "model"]).groups, ids="-".join
)
def test_overdispersed_limits_agree_with_r(key):
    name, scale, model = key
    rows = reference("overdispersed_limits").query("set == @name and scale == @scale and model == @model")
    count, total = COUNTS[name]
    found = estimates.dispersion(count, total, scale=scale)
    limits = estimates.overdispersed_limits(
        count.sum() / total.sum(), rows["size"], phi=found.phi, tau2=found.tau2, model=model, scale=scale
    )
    for column in ("low95", "high95", "low998", "high998"):
        np.testing.assert_allclose(limits[column], rows[column], rtol=SIX_DIGITS, atol=1e-10)


def test_phi_and_tau_squared_give_the_outliers_that_funnelplotr_prints():
    """FunnelPlotR 0.6.0, README: "54 points of which 25 are outliers", not adjusted; 9 adjusted ("SHMI", 99.8 % limits).

    The numbers are its own: `medpar` of the R package COUNT (Hilbe 2014), days of stay observed and expected by hospital, the
    latter from glm(los ~ hmo + died + age80 + factor(type), poisson), whose coefficients, standard errors and deviances agree
    with the README's to every digit printed. The method for ratios: z = √E log(O/E), E to two decimals, the highest and lowest
    tenth left out.
    """
    hospitals = reference("medpar")
    observed, expected = hospitals["observed"].to_numpy(), hospitals["expected"].round(2).to_numpy()
    ratio = observed / expected
    z_score, error = np.sqrt(expected) * np.log(ratio), 1 / np.sqrt(expected)
    tenth = np.floor(stats.rankdata(z_score) * 10 / (len(z_score) + 1))
    kept = (tenth > 0) & (tenth < 9)
    phi, tau2 = estimates.phi_and_tau2(z_score[kept], error[kept])
    reach = stats.norm.isf(0.001) * np.sqrt(error**2 + tau2)
    low, high = stats.chi2.ppf(0.001, 2 * expected) / 2, stats.chi2.isf(0.001, 2 * (expected + 1)) / 2
    assert len(hospitals) == 54
    assert ((observed < low) | (observed > high)).sum() == 25
    assert (np.abs(np.log(ratio)) > reach).sum() == 9
    # it is not any widening that leaves nine outside: winsorised instead of cut off, six would be
    ends = estimates.phi_and_tau2(estimates.winsorise(z_score), error)[1]
    assert (np.abs(np.log(ratio)) > stats.norm.isf(0.001) * np.sqrt(error**2 + ends)).sum() == 6


@pytest.mark.parametrize("method", ["fdr_bh", "fdr_by"])
def test_false_discovery_rates_agree_with_r(method):
    expected = reference("false_discovery")
    found = estimates.adjust_for_many(expected[["p_value"]], method)
    np.testing.assert_allclose(found["q_value"], expected[method], rtol=SIX_DIGITS)


def test_the_interrupted_series_agrees_with_r():
    """glm and clubSandwich (CR2, Satterthwaite): the difference on the day of the change."""
    series, expected = reference("series_cases"), reference("interrupted_series").iloc[0]
    start = pd.Timestamp("2020-02-01")
    cases = pd.DataFrame(
        {
            "force": series["force"],
            "hearing_date": [(start + pd.Timedelta(days=d)).date().isoformat() for d in series["day"]],
            "sanctioned": series["sanctioned"].astype("boolean"),
        }
    )
    cohort = Cohort(cases, pd.DataFrame(), Question.of())
    row = estimates.regime_changes(cohort, "regs_2020").iloc[0]
    for found, name in (
        ("estimate", "estimate"),
        ("conf_low", "low"),
        ("conf_high", "high"),
        ("trend", "trend"),
    ):
        assert row[found] == pytest.approx(expected[name], rel=1e-5)
    assert row["detectable"] == pytest.approx(expected["detectable"], rel=1e-5)
    assert "maximum likelihood" in row["method"]
