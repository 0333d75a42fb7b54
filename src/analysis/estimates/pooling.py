"""Forces pooled in part: each force's rate drawn towards the rate of all, by as much as chance demands; and how
much of the variation between forces is more than chance."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from ..cohort import Cohort
from .betabinomial import GroupCounts
from .intervals import percent_level
from .rates import RATE_EXTRAS, sanction_rates
from .tidy import tidy

DRAWS = 9_999
"""Tables drawn for a test by simulation: with them no p-value is below 1 in 10,000."""
_SEED = 20_160_101
POOLED_EXTRAS = ("raw", "raw_low", "raw_high", "empirical_bayes", "weight", *RATE_EXTRAS, "note")


@dataclass(frozen=True)
class ForceVariation:
    """How much the forces' rates vary, and whether chance alone could do it.

    Attributes
    ----------
    measures : tidy frame of three rows, see `between_force_variation`.
    homogeneity : tests that the forces share one rate: `test`, `statistic`, `p_value`, `note`.
    """

    measures: pd.DataFrame
    homogeneity: pd.DataFrame


def pooled_force_rates(
    cohort: Cohort, *, level: float | None = None, min_count: int | None = None
) -> pd.DataFrame:
    """Each force's sanction rate, partially pooled with the rates of the others (beta-binomial model).

    Parameters
    ----------
    cohort : from `analysis.cohort.select`; both of its roles count together.
    level, min_count : in place of the question's. A force of fewer cases is pooled like any other, and
        flagged.

    Returns
    -------
    DataFrame : one row a force with at least one case, in the order of the code list: `force`,
        `TIDY_COLUMNS` (`estimate` is the pooled rate; numerator and denominator are the force's own cases),
        `raw`, `raw_low`, `raw_high` (the unpooled rate with its interval), `empirical_bayes` (the pooled rate
        with both parameters of the model at their maximum likelihood), `weight` (share of the force's own
        rate in that; the rest is the mean of all), the extras of `sanction_rates` and `note`. ``attrs``:
        `mean`, `correlation` (maximum likelihood), `overall` (all forces' cases together), `raw_method`.
        Where the model cannot be fitted, pooled columns are NaN and `note` says why.

    Notes
    -----
    Rates of forces are taken to follow a beta distribution with mean μ and intra-class correlation ρ, and a
    force's cases to be independent given its rate. `estimate` and its interval average over what the data
    leave open about μ and ρ (their likelihood, with equal weight for equal steps of ρ, which is proportional
    to the variance between forces, and of arcsin √μ), rather than take the best-fitting pair as if it were
    known: with few cases a force, the best-fitting ρ is often 0, and forces would be declared equal to the
    last digit. The interval is of a beta distribution with the mean and variance so found.

    References
    ----------
    Deely JJ, Lindley DV (1981). Bayes empirical Bayes. *JASA* 76, 833–841. Morris CN (1983). Parametric
    empirical Bayes inference: theory and applications. *JASA* 78, 47–55 (moments that allow for estimated
    parameters). Morris CN, Lysy M (2012). Shrinkage estimation in multilevel normal models. *Statistical
    Science* 27, 115–134 (equal weight for equal steps of the variance, for its coverage).
    """
    question = cohort.question
    level = level or question.level
    rates = sanction_rates(cohort, by="force", level=level, min_count=min_count)
    rates = rates[rates["denominator"] > 0].reset_index(drop=True)
    counts = GroupCounts(rates["numerator"], rates["denominator"])
    result = rates.assign(raw=rates["estimate"], raw_low=rates["conf_low"], raw_high=rates["conf_high"])
    raw_method = rates["method"].iloc[0] if len(rates) else ""
    fit = counts.fit(level)
    result["note"] = fit.note
    result["method"] = (
        f"Beta-binomial model, empirical Bayes; {percent_level(level)} interval allowing for the estimated "
        "mean and variation"
    )
    if fit.note:
        names = ["estimate", "conf_low", "conf_high", "empirical_bayes", "weight"]
        result[names] = math.nan
    else:
        prior_cases = (1 - fit.correlation) / fit.correlation if fit.correlation > 0 else math.inf
        total = rates["denominator"].to_numpy(dtype=float)
        result["weight"] = total / (total + prior_cases)
        result["empirical_bayes"] = fit.mean + result["weight"] * (result["raw"] - fit.mean)
        mean, variance = _averaged(counts)
        size = np.maximum(mean * (1 - mean) / np.maximum(variance, 1e-12) - 1, 1e-6)
        result["estimate"] = mean
        for name, tail in (("conf_low", (1 - level) / 2), ("conf_high", (1 + level) / 2)):
            result[name] = stats.beta.ppf(tail, mean * size, (1 - mean) * size)
    result.attrs = rates.attrs | {
        "mean": fit.mean,
        "correlation": fit.correlation,
        "overall": counts.overall,
        "raw_method": raw_method,
    }
    return tidy(result, ("force",), POOLED_EXTRAS)


def _averaged(counts: GroupCounts) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of each group's rate, averaged over the likelihood of the model's two parameters."""
    # midpoints, so that neither end (where the model degenerates) carries weight of its own
    correlation = ((np.arange(60) + 0.5) / 60) ** 2
    best = counts.best_mean(correlation)
    height = counts.log_likelihood(best, correlation)
    correlation, best = correlation[height > height.max() - 18], best[height > height.max() - 18]
    # the angle's standard error, at most: as if each group were one case or all cases were independent
    groups, cases = len(counts.total), counts.total.sum()
    spread = 0.5 * np.sqrt(correlation / groups + (1 - correlation) / cases)
    offsets = np.linspace(-6, 6, 61)
    angle = np.arcsin(np.sqrt(best))[:, None] + spread[:, None] * offsets
    inside = (angle > 0) & (angle < math.pi / 2)
    mean = np.sin(np.where(inside, angle, math.pi / 4)) ** 2
    rho = np.broadcast_to(correlation[:, None], mean.shape)
    log_weight = np.where(inside, counts.log_likelihood(mean, rho), -np.inf)
    # what each point stands for: a step of the angle as wide as its grid, and a step of the correlation
    weight = np.exp(log_weight - log_weight.max()) * (spread * np.sqrt(correlation))[:, None]
    kept = weight > weight.max() * 1e-8
    weight, mean, rho = weight[kept] / weight[kept].sum(), mean[kept], rho[kept]
    prior = (1 - rho) / rho
    size = counts.total[:, None] + prior
    own = (counts.count[:, None] + mean * prior) / size
    centre = (own * weight).sum(axis=1)
    within = (own * (1 - own) / (size + 1) * weight).sum(axis=1)
    between = ((own - centre[:, None]) ** 2 * weight).sum(axis=1)
    return centre, within + between


def between_force_variation(
    cohort: Cohort, *, level: float | None = None, draws: int = DRAWS
) -> ForceVariation:
    """How much of the variation between forces is more than chance, with an interval, and a test of none.

    Parameters
    ----------
    cohort : from `analysis.cohort.select`; both of its roles count together.
    level : in place of the question's.
    draws : tables drawn for the tests.

    Returns
    -------
    ForceVariation. `measures` has three rows, `measure`:

        - "intra-class correlation": ρ, the share of the variance of a single case's outcome that lies between
          forces (0: one rate everywhere);
        - "standard deviation between forces": √(μ(1 − μ)ρ) of the forces' underlying rates, as a share;
        - "share beyond chance": of the variance of the rates seen, for a force of typical size, what chance
          does not explain: ρ / (ρ + (1 − ρ)/n₀), with n₀ the size of a typical force
          (``attrs["typical_cases"]``);

        then `TIDY_COLUMNS` (numerator and denominator are all cases), `forces` (number of forces with a case),
        `p_value` (the first test's) and `note`. All NaN where the counts cannot tell.
        `homogeneity` has Tarone's test, the most powerful against such variation, and Pearson's
        chi-squared, both with exact conditional p-values by simulation.

    Notes
    -----
    The interval is the profile likelihood's for ρ, carried over to the other two rows, which rise with it
    (μ at its estimate). It reaches 0 where no variation at all is compatible with the counts; near that end
    it is conservative. A test given only the row and column totals holds its level whatever the forces'
    sizes: the usual chi-squared distribution does not, with most expected counts below 5.

    References
    ----------
    Tarone RE (1979). Testing the goodness of fit of the binomial distribution. *Biometrika* 66, 585–590.
    Agresti A (1992). A survey of exact inference for contingency tables. *Statistical Science* 7, 131–153
    (tests given the totals). Typical size n₀: Ridout MS, Demétrio CGB,
    Firth D (1999). Estimating intraclass correlation for binary data. *Biometrics* 55, 137–148. Share beyond
    chance: Higgins JPT, Thompson SG (2002). Quantifying heterogeneity in a meta-analysis. *Statistics in
    Medicine* 21, 1539–1558.
    """
    level = level or cohort.question.level
    rates = sanction_rates(cohort, by="force")
    rates = rates[rates["denominator"] > 0]
    counts = GroupCounts(rates["numerator"], rates["denominator"])
    tests = _homogeneity(counts, draws)
    fit = counts.fit(level)
    typical = _typical_cases(counts.total)
    spread = counts.overall * (1 - counts.overall) if fit.note else fit.mean * (1 - fit.mean)
    measures = {
        "intra-class correlation": lambda rho: rho,
        "standard deviation between forces": lambda rho: math.sqrt(spread * rho),
        "share beyond chance": lambda rho: rho / (rho + (1 - rho) / typical),
    }
    rows = [
        {
            "measure": name,
            "estimate": math.nan if fit.note else of(fit.correlation),
            "conf_low": math.nan if fit.note else of(fit.low),
            "conf_high": math.nan if fit.note else of(fit.high),
        }
        for name, of in measures.items()
    ]
    frame = pd.DataFrame(rows).assign(
        numerator=int(counts.count.sum()),
        denominator=int(counts.total.sum()),
        method=f"Beta-binomial maximum likelihood; {percent_level(level)} profile-likelihood interval",
        forces=len(counts.total),
        p_value=tests["p_value"].iloc[0],
        note=fit.note,
    )
    frame.attrs = rates.attrs | {"mean": fit.mean, "typical_cases": typical, "draws": draws}
    return ForceVariation(tidy(frame, ("measure",), ("forces", "p_value", "note")), tests)


def _typical_cases(total: np.ndarray) -> float:
    """Size of a typical group: the mean, less what unequal sizes take from it."""
    if len(total) < 2:
        return math.nan
    return float((total.sum() - (total**2).sum() / total.sum()) / (len(total) - 1))


def _homogeneity(counts: GroupCounts, draws: int) -> pd.DataFrame:
    """Tarone's and Pearson's test that all groups share one rate."""
    names = ("Tarone's test", "Pearson's chi-squared test")
    if counts.why_not:
        rows = [(name, math.nan, math.nan, counts.why_not) for name in names]
        return pd.DataFrame(rows, columns=["test", "statistic", "p_value", "note"])
    # the order of the groups must not reach the random numbers
    order = np.lexsort((counts.count, counts.total))
    count, total = counts.count[order], counts.total[order]
    drawn = np.random.default_rng(_SEED).multivariate_hypergeometric(
        total, int(count.sum()), size=draws, method="marginals"
    )
    rate = counts.overall
    chance = rate * (1 - rate)

    def tarone(table):
        excess = ((table - total * rate) ** 2).sum(axis=-1) / chance - total.sum()
        return excess / math.sqrt(2 * (total * (total - 1)).sum())

    def pearson(table):
        return ((table - total * rate) ** 2 / total).sum(axis=-1) / chance

    note = f"exact given the totals, of {draws:,} tables drawn at random"
    rows = []
    for name, statistic in zip(names, (tarone, pearson), strict=True):
        seen = float(statistic(count))
        as_far = (statistic(drawn) >= seen - 1e-9 * max(1.0, abs(seen))).sum()
        rows.append((name, seen, float((1 + as_far) / (1 + draws)), note))
    return pd.DataFrame(rows, columns=["test", "statistic", "p_value", "note"])
