"""Intervals for one proportion, for two compared, and for Poisson rates; and how they are named to a
reader.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import optimize, stats
from scipy.stats.contingency import odds_ratio as _scipy_odds_ratio
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint
from statsmodels.stats.rates import confint_poisson

from ..errors import StudyError

_STATSMODELS_NAME = {"wilson": "wilson", "jeffreys": "jeffreys", "clopper_pearson": "beta"}
_LABEL = {"wilson": "Wilson", "jeffreys": "Jeffreys", "clopper_pearson": "Clopper–Pearson"}


def percent_level(level: float) -> str:
    """A confidence level as text: ``95 %``."""
    return f"{100 * level:g} %"


def interval_label(method: str, level: float) -> str:
    """The name of an interval for a proportion, as a reader should see it: ``Wilson 95 % interval``."""
    return f"{_LABEL[str(method)]} {percent_level(level)} interval"


def proportion_interval(numerator, denominator, method: str = "wilson", level: float = 0.95):
    """Interval for a binomial proportion.

    Parameters
    ----------
    numerator, denominator : int or array of int, of the same shape; 0 ≤ numerator ≤ denominator.
    method : ``wilson`` (Wilson 1927), ``jeffreys`` (equal-tailed, with limit 0 at no and 1 at all
        successes as Brown, Cai and DasGupta 2001, section 4.1.2, modify it) or ``clopper_pearson`` (exact,
        1934).
    level : confidence level, between 0 and 1.

    Returns
    -------
    (low, high) : floats, or arrays of the input's shape; NaN where the denominator is 0.

    Raises
    ------
    StudyError : an unknown method.
    ValueError : counts that cannot be, or a level outside (0, 1).

    References
    ----------
    Brown LD, Cai TT, DasGupta A (2001). Interval estimation for a binomial proportion. *Statistical
    Science* 16, 101–133. Newcombe RG (1998). Two-sided confidence intervals for the single proportion:
    comparison of seven methods. *Statistics in Medicine* 17, 857–872.
    """
    if str(method) not in _STATSMODELS_NAME:
        raise StudyError(f"There is no interval {method!r}; there are {', '.join(_STATSMODELS_NAME)}.")
    _check_level(level)
    count, total = np.broadcast_arrays(
        np.asarray(numerator, dtype=float), np.asarray(denominator, dtype=float)
    )
    if ((count < 0) | (count > total)).any():
        raise ValueError("a numerator must lie between 0 and its denominator")
    low, high = np.full(count.shape, np.nan), np.full(count.shape, np.nan)
    some = total > 0
    if some.any():
        bounds = proportion_confint(
            count[some], total[some], alpha=1 - level, method=_STATSMODELS_NAME[str(method)]
        )
        # Exact at the ends: rounding would otherwise leave a limit a hair inside (Wilson), and Jeffreys'
        # unmodified interval would leave out its own estimate.
        low[some] = np.where(count[some] == 0, 0.0, np.clip(bounds[0], 0, 1))
        high[some] = np.where(count[some] == total[some], 1.0, np.clip(bounds[1], 0, 1))
    return (float(low), float(high)) if low.ndim == 0 else (low, high)


def difference_interval(
    count, total, count_reference, total_reference, level: float = 0.95
) -> tuple[float, float]:
    """Newcombe's hybrid score interval for a difference between two independent proportions.

    Parameters
    ----------
    count, total : int, the comparison group's successes and size.
    count_reference, total_reference : int, the reference group's.
    level : confidence level.

    Returns
    -------
    (low, high) : of the comparison's proportion minus the reference's; NaN where a group is empty.

    References
    ----------
    Newcombe RG (1998). Interval estimation for the difference between independent proportions: comparison of
    eleven methods. *Statistics in Medicine* 17, 873–890, method 10.
    """
    _check_level(level)
    if total == 0 or total_reference == 0:
        return math.nan, math.nan
    low, high = confint_proportions_2indep(
        count, total, count_reference, total_reference, method="newcomb", compare="diff", alpha=1 - level
    )
    return max(-1.0, float(low)), min(1.0, float(high))


def ratio_score(count, total, count_reference, total_reference, ratio: float) -> float:
    """Score statistic (standard normal) for the hypothesis that the ratio of two proportions is `ratio`.

    Positive where the data lie above the hypothesis. Koopman (1984), in the form of Miettinen and Nurminen
    (1985) without their small-sample factor. At a ratio of 1 its square is Pearson's chi-squared.
    """
    successes = count + count_reference
    # Maximum likelihood under p = ratio × p_reference: the smaller root of a quadratic, written so that
    # nothing cancels when the ratio is very small or very large.
    b = ratio * (total + count_reference) + count + total_reference
    discriminant = max(b * b - 4 * ratio * (total + total_reference) * successes, 0.0)
    p_reference = min(2 * successes / (b + math.sqrt(discriminant)), 1.0)
    p = min(ratio * p_reference, 1.0)
    difference = count / total - ratio * count_reference / total_reference
    variance = p * (1 - p) / total + ratio**2 * p_reference * (1 - p_reference) / total_reference
    if variance <= 0 or math.isclose(difference, 0, abs_tol=1e-15):
        return 0.0 if math.isclose(difference, 0, abs_tol=1e-12) else math.copysign(math.inf, difference)
    return difference / math.sqrt(variance)


def ratio_interval(
    count, total, count_reference, total_reference, level: float = 0.95
) -> tuple[float, float]:
    """Koopman's score interval for a ratio of two independent proportions, by inversion of the score test.

    Parameters and level as in `difference_interval`.

    Returns
    -------
    (low, high) : `low` is 0 where the comparison group has no success, `high` infinite where the reference
        group has none; NaN where neither has one or a group is empty.

    Notes
    -----
    The closed form in statsmodels picks the wrong root when every member of a group is a success (it gives
    an interval that leaves out 1 for 41 of 41 against 310 of 310), so the test is inverted numerically.

    References
    ----------
    Koopman PAR (1984). Confidence intervals for the ratio of two binomial proportions. *Biometrics* 40,
    513–517.
    """
    _check_level(level)
    if total == 0 or total_reference == 0 or count + count_reference == 0:
        return math.nan, math.nan
    z = stats.norm.isf((1 - level) / 2)

    def limit(target: float) -> float:
        def excess(log_ratio: float) -> float:
            score = ratio_score(count, total, count_reference, total_reference, math.exp(log_ratio))
            return max(-1e6, min(1e6, score)) - target

        return math.exp(optimize.brentq(excess, -60, 60, xtol=1e-13, rtol=1e-14))

    low = 0.0 if count == 0 else limit(z)
    high = math.inf if count_reference == 0 else limit(-z)
    return low, high


def odds_ratio_interval(count, total, count_reference, total_reference, level: float = 0.95):
    """Conditional maximum-likelihood odds ratio and its exact interval (as R's ``fisher.test``).

    Parameters and level as in `difference_interval`.

    Returns
    -------
    (estimate, low, high) : the estimate is 0 or infinite where a cell that decides it is 0; all three are
    NaN where
        a group is empty, or where all or none of both groups are successes (then every odds ratio fits
        alike).

    References
    ----------
    Fisher RA (1935). The logic of inductive inference. *JRSS* 98, 39–82. Cornfield J (1956). A statistical
    problem arising from retrospective studies. *Proc. 3rd Berkeley Symposium* 4, 135–148.
    """
    _check_level(level)
    successes = count + count_reference
    if total == 0 or total_reference == 0 or successes in (0, total + total_reference):
        return math.nan, math.nan, math.nan
    table = [[count, total - count], [count_reference, total_reference - count_reference]]
    result = _scipy_odds_ratio(np.array(table, dtype=int), kind="conditional")
    bounds = result.confidence_interval(confidence_level=level)
    return float(result.statistic), float(bounds.low), float(bounds.high)


def poisson_interval(count, exposure=1.0, level: float = 0.95) -> tuple[float, float]:
    """Garwood's exact interval for a Poisson rate.

    Parameters
    ----------
    count : int, events seen.
    exposure : float, what they are counted over, in any unit; the limits are per one of it.
    level : confidence level.

    Returns
    -------
    (low, high) : NaN where the exposure is 0.

    References
    ----------
    Garwood F (1936). Fiducial limits for the Poisson distribution. *Biometrika* 28, 437–442.
    """
    _check_level(level)
    if count < 0:
        raise ValueError("a count cannot be negative")
    if exposure <= 0:
        return math.nan, math.nan
    if count == 0:
        return 0.0, float(confint_poisson(0, exposure, method="exact-c", alpha=1 - level)[1])
    low, high = confint_poisson(count, exposure, method="exact-c", alpha=1 - level)
    return float(low), float(high)


def rate_ratio_interval(count, exposure, count_reference, exposure_reference, level: float = 0.95):
    """Exact conditional interval and test for the ratio of two Poisson rates.

    Given the sum of both counts, the comparison's count is binomial; Clopper–Pearson limits of that share
    become limits of the ratio.

    Parameters
    ----------
    count, count_reference : int, events seen.
    exposure, exposure_reference : float, what each is counted over, in the same unit.
    level : confidence level.

    Returns
    -------
    (low, high, p_value) : NaN where an exposure is 0 or no event was seen at all.

    References
    ----------
    Przyborowski J, Wilenski H (1940). Homogeneity of results in testing samples from Poisson series.
    *Biometrika* 31, 313–323. As R's ``poisson.test``.
    """
    _check_level(level)
    if exposure <= 0 or exposure_reference <= 0 or count + count_reference == 0:
        return math.nan, math.nan, math.nan
    share_low, share_high = proportion_interval(count, count + count_reference, "clopper_pearson", level)
    scale = exposure_reference / exposure
    low = scale * share_low / (1 - share_low)
    high = math.inf if share_high == 1 else scale * share_high / (1 - share_high)
    share = exposure / (exposure + exposure_reference)
    return low, high, float(stats.binomtest(count, count + count_reference, share).pvalue)


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"a confidence level lies between 0 and 1, not {level}")
