"""Score limits for the probability that a case of one group ended on a higher rung than one of another."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy import optimize

_EMPTY = 1e-9  # cases given to a rung that one group leaves empty, so that a hypothesis can put some there
_FARTHEST = 1e9
_SAME = 1e-7


class Direction:
    """The probability of the higher rung, ties as half, and its standard error under any hypothesis about it.

    Parameters
    ----------
    counts, counts_reference : of shape (rungs,), from the lowest: cases of either group on each rung; at least two cases
        of each group, two rungs, and none that is empty in both groups.

    Attributes
    ----------
    estimate : of all pairs of one case of either group, the share in which that of the group is higher, plus half of
        the ties.
    variance : of the estimate, at the estimate: Brunner and Munzel's.

    Notes
    -----
    A hypothesis fixes the probability, not the two distributions over the rungs: these are estimated by maximum
    likelihood under it, as two multinomials, and give the variance there. With two rungs this is the score method of
    Mee (1984) and of Miettinen and Nurminen (1985) for a risk difference, halved (save that either group has its own
    factor n / (n − 1)); for more, the score interval of Ryu and Agresti (2008). A Wald interval, on whatever scale, has
    hardly any width where nearly all cases of a group are on one rung: in simulated samples with 8 cases in a group
    it held the truth in two of three.

    Both distributions tilt towards the hypothesis by one Lagrange multiplier, which serves as the coordinate along
    which limits are sought.

    References
    ----------
    Ryu E, Agresti A (2008). Modeling and inference for an ordinal effect size measure. *Statistics in Medicine* 27,
    1703–1717. Mee RW (1984). Confidence bounds for the difference between two probabilities. *Biometrics* 40,
    1175–1176. Miettinen O, Nurminen M (1985). Comparative analysis of two rates. *Statistics in Medicine* 4, 213–226.
    """

    def __init__(self, counts: np.ndarray, counts_reference: np.ndarray) -> None:
        self._sizes = float(np.sum(counts)), float(np.sum(counts_reference))
        self._counts = np.maximum(counts, _EMPTY), np.maximum(counts_reference, _EMPTY)
        rungs = np.arange(len(counts))
        self._kernel = (np.sign(rungs[:, None] - rungs[None, :]) + 1) / 2
        self.estimate, self.variance = self.under(0.0)

    def under(self, multiplier: float) -> tuple[float, float]:
        """The probability, and the variance of its estimate, where the likelihood is greatest for this multiplier."""
        p, q = (counts / counts.sum() for counts in self._counts)
        for _ in range(500):
            tilted = _tilted(self._counts[0], multiplier * (self._kernel @ q))
            tilted_reference = _tilted(self._counts[1], multiplier * (tilted @ self._kernel))
            moved = np.abs(tilted - p).max() + np.abs(tilted_reference - q).max()
            p, q = tilted, tilted_reference
            if moved < 1e-13:
                break
        rows, columns = self._kernel @ q, p @ self._kernel
        mean = float(p @ rows)
        n, n_reference = self._sizes
        return mean, float(p @ (rows - mean) ** 2 / (n - 1) + q @ (columns - mean) ** 2 / (n_reference - 1))

    def limit(self, quantile: float, inflation: float, side: int) -> float:
        """The probability that lies `quantile` standard errors, as they are there, below (side −1) or above (1) the estimate.

        `inflation` multiplies the variance everywhere.
        """

        def short_of(multiplier: float) -> float:
            mean, variance = self.under(multiplier)
            if abs(mean - self.estimate) < _SAME:
                return 1.0
            return quantile - abs(mean - self.estimate) / math.sqrt(max(variance * inflation, 1e-300))

        return self.under(self._where(short_of, side))[0]

    def score(self, hypothesis: float, inflation: float) -> float:
        """How many standard errors, as they are there, the estimate lies above a hypothesis."""
        if abs(hypothesis - self.estimate) < _SAME:
            return 0.0
        side = 1 if hypothesis > self.estimate else -1
        variance = self.under(self._where(lambda m: side * (hypothesis - self.under(m)[0]), side))[1]
        return (self.estimate - hypothesis) / math.sqrt(max(variance * inflation, 1e-300))

    def _where(self, short_of: Callable[[float], float], side: int) -> float:
        """The multiplier of this sign at which a function is no longer above 0; the farthest where it always is."""
        near, far = 0.0, side * min(self._sizes) / 8
        while short_of(far) > 0:
            near, far = far, 2 * far
            if abs(far) > _FARTHEST:
                return far
        return optimize.brentq(short_of, near, far, xtol=1e-12 * abs(far), rtol=1e-12)


def _tilted(counts: np.ndarray, pull: np.ndarray) -> np.ndarray:
    """The distribution over rungs that maximises Σ counts · log p + pull · p.

    Newton's method from the left end, from where it cannot overshoot: the equation is convex and falls.
    """
    level = (pull + counts).max()
    for _ in range(100):
        share = counts / (level - pull)
        excess = share.sum() - 1
        if excess < 1e-15:
            break
        level += excess / (share / (level - pull)).sum()
    return share / share.sum()
