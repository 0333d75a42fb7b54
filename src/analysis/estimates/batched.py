"""Risk differences of one sample under many labellings of its roles at once, as a permutation test needs them.

Every function takes `roles`, an array of shape (cases, labellings) that is 1 where a case has the comparison role,
and gives one estimate a labelling. The observed roles are one labelling among the others, so an observed estimate
and its null distribution come from the same lines of code.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from .intervals import proportion_interval
from .tidy import divide

_MOST_STEPS = 40
_LONGEST_STEP = 4.0
_SEPARATED = 12.0  # a linear predictor beyond this says that a probability of 0 or 1 is being fitted


@dataclass(frozen=True)
class Estimates:
    """A risk difference for each labelling.

    Attributes
    ----------
    estimate, low, high : float arrays, one entry a labelling; NaN where not defined.
    """

    estimate: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def z(self) -> np.ndarray:
        """The estimate in units of its own interval: beyond ±1 the interval leaves out 0."""
        limit = np.where(self.estimate >= 0, self.low, self.high)
        distance = np.abs(self.estimate - limit)
        return divide(self.estimate, distance)


def crude(roles: np.ndarray, outcome: np.ndarray, level: float) -> Estimates:
    """Difference of two proportions with Newcombe's hybrid score interval (1998, method 10)."""
    n1 = roles.sum(axis=0)
    n0 = len(outcome) - n1
    x1 = outcome @ roles
    x0 = outcome.sum() - x1
    p1, p0 = divide(x1, n1), divide(x0, n0)
    (low1, high1), (low0, high0) = (
        proportion_interval(np.rint(x), np.rint(n), "wilson", level) for x, n in ((x1, n1), (x0, n0))
    )
    difference = p1 - p0
    return Estimates(
        difference,
        difference - np.hypot(p1 - low1, high0 - p0),
        difference + np.hypot(high1 - p1, p0 - low0),
    )


def mantel_haenszel(roles: np.ndarray, outcome: np.ndarray, strata: np.ndarray, level: float) -> Estimates:
    """Mantel–Haenszel risk difference with Sato's variance (1989).

    `strata` : int array, the stratum of each case, from 0.
    """
    member = np.eye(strata.max() + 1)[strata].T
    n1 = member @ roles
    n0 = member.sum(axis=1)[:, None] - n1
    a = (member * outcome) @ roles
    c = (member @ outcome)[:, None] - a
    n = n1 + n0
    weight = (n1 * n0 / n).sum(axis=0)
    estimate = divide(((a * n0 - c * n1) / n).sum(axis=0), weight)
    p = ((n1**2 * c - n0**2 * a + n1 * n0 * (n0 - n1) / 2) / n**2).sum(axis=0)
    q = ((a * (n0 - c) + c * (n1 - a)) / (2 * n)).sum(axis=0)
    half = stats.norm.isf((1 - level) / 2) * divide(np.sqrt(np.maximum(estimate * p + q, 0)), weight)
    return Estimates(estimate, estimate - half, estimate + half)


def linear(
    roles: np.ndarray, outcome: np.ndarray, design: np.ndarray, clusters: np.ndarray, level: float
) -> Estimates:
    """Coefficient of role in a linear probability model, with cluster-robust intervals.

    The covariates are the same under every labelling, so they are projected out once (Frisch and Waugh 1933,
    Lovell 1963) and what remains is a regression on one column.

    `design` : covariates, with the column of ones; may be short of full rank. `clusters` : where each cluster starts,
    the cases being in the order of their clusters.
    """
    u, size, _ = np.linalg.svd(design, full_matrices=False)
    basis = u[:, size > size[0] * 1e-9]
    own = roles - basis @ (basis.T @ roles)
    left = outcome - basis @ (basis.T @ outcome)
    square = (own**2).sum(axis=0)
    # a labelling whose roles the covariates foretell leaves nothing to estimate
    square = np.where(square > 1e-8 * len(outcome), square, np.nan)
    estimate = (left @ own) / square
    influence = own * (left[:, None] - own * estimate) / square
    spent = basis.shape[1] + 1
    factor = (len(outcome) - 1) / (len(outcome) - spent) if len(outcome) > spent else np.nan
    return _robust(estimate, influence, clusters, level, factor)


def standardised(
    roles: np.ndarray,
    outcome: np.ndarray,
    patterns: np.ndarray,
    pattern: np.ndarray,
    clusters: np.ndarray,
    level: float,
    firth: bool,
) -> Estimates:
    """Risk difference standardised over the sample's covariates, from a logistic regression.

    Cases of the same covariates and role are one cell, which keeps the fits small.

    `patterns` : the distinct rows of the covariates, with the column of ones, of full column rank; `pattern` : which of
    them each case has; `clusters` : as for `linear`; `firth` : Firth's penalised likelihood (1993) in place of maximum
    likelihood. A labelling under which maximum likelihood does not exist is NaN.
    """
    member = np.eye(len(patterns))[pattern].T
    n1 = member @ roles
    n = member.sum(axis=1)[:, None]
    y1 = (member * outcome) @ roles
    trials = np.concatenate([n - n1, n1])
    successes = np.concatenate([(member @ outcome)[:, None] - y1, y1])
    cells = np.vstack([np.c_[patterns, np.zeros(len(patterns))], np.c_[patterns, np.ones(len(patterns))]])
    coefficients, inverse = _logistic(cells, trials, successes, firth)
    k = len(patterns)
    chance = _expit(cells @ coefficients)
    p0, p1 = chance[:k], chance[k:]
    share = n / n.sum()
    estimate = (share * (p1 - p0)).sum(axis=0)
    v0, v1 = share * p0 * (1 - p0), share * p1 * (1 - p1)
    gradient = cells[k:].T @ v1 - cells[:k].T @ v0
    direction = np.einsum("bij,jb->ib", inverse, gradient)
    weight = cells @ direction
    if not firth:
        fitted = np.abs(np.where(trials > 0, cells @ coefficients, 0)).max(axis=0)
        estimate = np.where(fitted > _SEPARATED, np.nan, estimate)
    chosen = roles > 0.5
    influence = np.where(chosen, weight[k:][pattern], weight[:k][pattern]) * (
        outcome[:, None] - np.where(chosen, p1[pattern], p0[pattern])
    )
    return _robust(estimate, influence, clusters, level)


def overlap_weighted(
    roles: np.ndarray,
    outcome: np.ndarray,
    patterns: np.ndarray,
    pattern: np.ndarray,
    clusters: np.ndarray,
    level: float,
) -> Estimates:
    """Risk difference between groups weighted to the same mean covariates (overlap weights of Li and others, 2018).

    Arguments as for `standardised`. The weights, a case's probability of the other role, are taken as known in the
    interval.
    """
    member = np.eye(len(patterns))[pattern].T
    n = np.broadcast_to(member.sum(axis=1)[:, None], (len(patterns), roles.shape[1]))
    coefficients, _ = _logistic(patterns, n, member @ roles, firth=False)
    propensity = _expit(patterns @ coefficients)[pattern]
    own = roles * (1 - propensity)
    other = (1 - roles) * propensity
    total1, total0 = own.sum(axis=0), other.sum(axis=0)
    some = (total1 > 1e-6) & (total0 > 1e-6)
    total1, total0 = np.where(some, total1, np.nan), np.where(some, total0, np.nan)
    m1, m0 = (outcome @ own) / total1, (outcome @ other) / total0
    influence = own * (outcome[:, None] - m1) / total1 - other * (outcome[:, None] - m0) / total0
    return _robust(m1 - m0, influence, clusters, level)


def normal_quantile(level: float) -> float:
    """Standard normal quantile of a two-sided level: 1.96 for 0.95."""
    return float(stats.norm.isf((1 - level) / 2))


def two_sided(z: np.ndarray) -> np.ndarray:
    """Two-sided p-value of a normal score."""
    return 2 * stats.norm.sf(np.abs(z))


def _robust(
    estimate: np.ndarray, influence: np.ndarray, clusters: np.ndarray, level: float, factor: float = 1.0
) -> Estimates:
    """Interval from influences summed within clusters, with G/(G − 1) and Student's t of G − 1."""
    number = len(clusters)
    if number < 2:
        nothing = np.full(estimate.shape, np.nan)
        return Estimates(estimate, nothing, nothing)
    sums = np.add.reduceat(influence, clusters, axis=0)
    variance = (sums**2).sum(axis=0) * number / (number - 1) * factor
    half = stats.t.isf((1 - level) / 2, number - 1) * np.sqrt(variance)
    return Estimates(estimate, estimate - half, estimate + half)


def _logistic(cells: np.ndarray, trials: np.ndarray, successes: np.ndarray, firth: bool):
    """Logistic regressions on the same cells with other counts, by Newton's steps on all that have not settled.

    `cells` : (cells, terms); `trials`, `successes` : (cells, labellings). Returns the coefficients (terms, labellings)
    and the inverse of the information (labellings, terms, terms).
    """
    terms, labellings = cells.shape[1], trials.shape[1]
    rows, columns = np.triu_indices(terms)
    products = cells[:, rows] * cells[:, columns]
    twice = np.where(rows == columns, 1.0, 2.0)
    start = np.zeros((terms, labellings))
    total = trials.sum(axis=0)
    share = (successes.sum(axis=0) + 0.5) / (total + 1)
    start[0] = np.log(share / (1 - share))
    coefficients = start
    inverse = np.zeros((labellings, terms, terms))
    active = np.arange(labellings)
    for _ in range(_MOST_STEPS):
        beta, of, won = coefficients[:, active], trials[:, active], successes[:, active]
        chance = _expit(cells @ beta)
        weight = of * chance * (1 - chance)
        upper = weight.T @ products
        information = np.empty((len(active), terms, terms))
        information[:, rows, columns] = upper
        information[:, columns, rows] = upper
        # a hair on the diagonal, so that a cell fitted as 0 or 1 does not stop the others
        information[:, np.arange(terms), np.arange(terms)] += 1e-9
        cover = np.linalg.inv(information)
        residual = won - of * chance
        if firth:
            leverage = weight * (products @ (cover[:, rows, columns] * twice).T)
            residual = residual + leverage * (0.5 - chance)
        step = np.einsum("bij,jb->ib", cover, cells.T @ residual)
        longest = np.abs(step).max(axis=0)
        coefficients[:, active] = np.clip(
            beta + step * np.minimum(1, _LONGEST_STEP / np.maximum(longest, 1e-300)), -40, 40
        )
        inverse[active] = cover
        moved = np.abs(_expit(cells @ coefficients[:, active]) - chance).max(axis=0)
        active = active[moved > 1e-7]
        if not len(active):
            break
    return coefficients, inverse


def _expit(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(x, -40, 40)))
