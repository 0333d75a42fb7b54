"""The beta-binomial model of several groups' (forces') counts: its likelihood, its maximum and its profile."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import optimize, stats

_HALVINGS = 60
# A correlation of one would make every group all or none; the search stops short of it.
_MOST = 1 - 1e-9


@dataclass(frozen=True)
class BetaBinomialFit:
    """Maximum-likelihood estimates of a beta-binomial model.

    Attributes
    ----------
    mean : the mean rate, 0 to 1; NaN without a case.
    correlation : the intra-class correlation ρ = 1/(α + β + 1), 0 (groups alike) to 1; NaN where the counts
        cannot tell, as `note` says.
    low, high : its profile-likelihood interval; `low` is 0 where no variation at all is compatible.
    log_likelihood : at the maximum, the binomial coefficients left out.
    note : why the correlation is not defined, otherwise empty.
    """

    mean: float
    correlation: float
    low: float
    high: float
    log_likelihood: float
    note: str = ""


class GroupCounts:
    """Counts of several groups, with the likelihood of a beta-binomial model for them.

    Parameters
    ----------
    count, total : successes and size of each group, whole numbers, 0 ≤ count ≤ total; empty groups are left
        out.

    Notes
    -----
    A group's probability is a product over the cases already seen, P ∝ Π(m + r ρ) Π(m' + r ρ) / Π(1 − ρ + r
    ρ) with m = μ(1 − ρ) and m' = (1 − μ)(1 − ρ) (Skellam 1948): exact at ρ = 0, where the gamma functions of
    the usual form overflow, and summed once over r for all groups together.

    References
    ----------
    Skellam JG (1948). A probability distribution derived from the binomial distribution by regarding the
    probability of success as variable between the sets of trials. *JRSS B* 10, 257–261. Griffiths DA (1973).
    Maximum likelihood estimation for the beta-binomial distribution. *Biometrics* 29, 637–648.
    """

    def __init__(self, count: Sequence[int], total: Sequence[int]):
        count, total = np.asarray(count, dtype=int), np.asarray(total, dtype=int)
        if ((count < 0) | (count > total)).any():
            raise ValueError("a count must lie between 0 and its total")
        some = total > 0
        self.count, self.total = count[some], total[some]
        steps = np.arange(self.total.max(initial=0))
        self._steps = steps
        # how many groups have more than r successes, more than r failures, more than r cases
        self._tails = [_more_than(numbers, len(steps)) for numbers in (self.count, self.total - self.count)]
        self._cases = _more_than(self.total, len(steps))

    @cached_property
    def overall(self) -> float:
        """The rate of all groups together; NaN without a case."""
        cases = self.total.sum()
        return float(self.count.sum() / cases) if cases else math.nan

    @property
    def why_not(self) -> str:
        """Why the variation between the groups cannot be told, or empty where it can."""
        if len(self.total) < 2:
            return "fewer than two forces have a case"
        if self.overall in (0.0, 1.0):
            return "all or none of the cases were sanctioned: nothing varies"
        if self.total.max() < 2:
            return "no force has two cases"
        return ""

    def log_likelihood(self, mean, correlation) -> np.ndarray:
        """Log-likelihood for arrays of means and correlations of one shape (or to be broadcast)."""
        mean, correlation = np.broadcast_arrays(np.asarray(mean, float), np.asarray(correlation, float))
        failed, passed = (1 - mean) * (1 - correlation), mean * (1 - correlation)
        step = self._steps * correlation[..., None]
        with np.errstate(divide="ignore", invalid="ignore"):
            parts = [
                np.where(tail > 0, tail * np.log(start[..., None] + step), 0.0)
                for start, tail in zip((passed, failed), self._tails, strict=True)
            ]
            parts.append(-self._cases * np.log((1 - correlation)[..., None] + step))
        return sum(part.sum(axis=-1) for part in parts)

    def best_mean(self, correlation) -> np.ndarray:
        """The mean that maximises the likelihood at each correlation: the likelihood is concave in it."""
        correlation = np.atleast_1d(np.asarray(correlation, dtype=float))
        low, high = np.zeros_like(correlation), np.ones_like(correlation)
        step = self._steps * correlation[:, None]
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            passed, failed = middle * (1 - correlation), (1 - middle) * (1 - correlation)
            slope = (self._tails[0] / (passed[:, None] + step)).sum(axis=1)
            slope -= (self._tails[1] / (failed[:, None] + step)).sum(axis=1)
            low, high = np.where(slope > 0, middle, low), np.where(slope > 0, high, middle)
        return (low + high) / 2

    def profile(self, correlation) -> np.ndarray:
        """Log-likelihood at each correlation, the mean chosen best."""
        correlation = np.atleast_1d(np.asarray(correlation, dtype=float))
        return self.log_likelihood(self.best_mean(correlation), correlation)

    def fit(self, level: float = 0.95) -> BetaBinomialFit:
        """Maximum likelihood, and the profile-likelihood interval of the correlation.

        Parameters
        ----------
        level : confidence level of the interval.
        """
        if self.why_not:
            return BetaBinomialFit(self.overall, math.nan, math.nan, math.nan, math.nan, self.why_not)

        def lost(correlation: float) -> float:
            return -float(self.profile(correlation)[0])

        # a grid first: the profile can have a second, lower hill
        grid = np.linspace(0, math.sqrt(_MOST), 41) ** 2
        heights = self.profile(grid)
        best = int(np.argmax(heights))
        around = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
        found = optimize.minimize_scalar(lost, bounds=around, method="bounded", options={"xatol": 1e-10})
        estimate, top = float(found.x), -float(found.fun)
        if heights[0] >= top:
            estimate, top = 0.0, float(heights[0])
        drop = stats.chi2.ppf(level, 1) / 2

        def beyond(correlation: float) -> float:
            return top - float(self.profile(correlation)[0]) - drop

        low = 0.0 if beyond(0.0) <= 0 else optimize.brentq(beyond, 0.0, estimate, xtol=1e-9)
        high = 1.0 if beyond(_MOST) <= 0 else optimize.brentq(beyond, estimate, _MOST, xtol=1e-9)
        return BetaBinomialFit(float(self.best_mean(estimate)[0]), estimate, float(low), float(high), top)


def _more_than(numbers: np.ndarray, length: int) -> np.ndarray:
    """For each r below `length`, how many of the numbers are above r."""
    counted = np.bincount(numbers, minlength=length + 1)
    return counted.sum() - np.cumsum(counted)[:length]
