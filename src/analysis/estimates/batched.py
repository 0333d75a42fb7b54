"""Risk differences of one sample under many labellings of its roles at once, as a permutation test needs them.

Every function takes `roles`, an array of shape (cases, labellings) that is 1 where a case has the comparison role,
and gives one estimate a labelling. The observed roles are one labelling among the others, so an observed estimate
and its null distribution come from the same lines of code.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

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
    them each case has; `clusters` : as for `linear`; `firth` : Firth's penalised likelihood (1993) with added
    covariate (FLAC, Puhr and others 2017: on its own it pulls every rate towards one half) in place of maximum
    likelihood. A labelling under which maximum likelihood does not exist is NaN.
    """
    member = np.eye(len(patterns))[pattern].T
    n1 = member @ roles
    n = member.sum(axis=1)[:, None]
    y1 = (member * outcome) @ roles
    trials = np.concatenate([n - n1, n1])
    successes = np.concatenate([(member @ outcome)[:, None] - y1, y1])
    cells = np.vstack([np.c_[patterns, np.zeros(len(patterns))], np.c_[patterns, np.ones(len(patterns))]])
    fit = partial(_logistic, firth=firth, settled=math.inf if firth else _SEPARATED)
    # the covariates' coefficients hardly depend on who is labelled how, so the first labelling's are where to begin
    first = fit(cells, trials[:, :1], successes[:, :1])
    start = np.clip(first, -5, 5)
    start[-1] = 0
    coefficients = np.c_[first, fit(cells, trials[:, 1:], successes[:, 1:], start=start)]
    if firth:
        coefficients, cells, trials = _added_covariate(cells, trials, successes, coefficients)
    k = len(patterns)
    predictor = cells @ coefficients
    chance = _expit(predictor)
    p0, p1 = chance[:k], chance[k : 2 * k]
    share = n / n.sum()
    estimate = (share * (p1 - p0)).sum(axis=0)
    if not firth:
        estimate = np.where(
            np.abs(predictor).max(axis=0, where=trials > 0, initial=0) < _SEPARATED, estimate, np.nan
        )
    gradient = cells[k : 2 * k].T @ (share * p1 * (1 - p1)) - cells[:k].T @ (share * p0 * (1 - p0))
    products, rows, columns = _products(cells)
    information = _symmetric((trials * chance * (1 - chance)).T @ products, rows, columns)
    direction = np.linalg.solve(information, gradient.T[:, :, None])[:, :, 0].T
    weight = cells[: 2 * k] @ direction
    chosen = roles > 0.5
    influence = np.where(chosen, weight[k:][pattern], weight[:k][pattern]) * (
        outcome[:, None] - np.where(chosen, p1[pattern], p0[pattern])
    )
    return _robust(estimate, influence, clusters, level)


def _added_covariate(cells: np.ndarray, trials: np.ndarray, successes: np.ndarray, coefficients: np.ndarray):
    """Firth's fit made to predict the observed rate: his penalty as pseudo-cases with an intercept of their own.

    Returns the coefficients, and the cells and trials with those of the pseudo-cases below them.
    """
    products, rows, columns = _products(cells)
    chance = _expit(cells @ coefficients)
    weight = trials * chance * (1 - chance)
    cover = np.linalg.inv(_symmetric(weight.T @ products, rows, columns))
    leverage = weight * (products @ (cover[:, rows, columns] * np.where(rows == columns, 1.0, 2.0)).T)
    pseudo = np.kron([[0.0], [1.0]], np.ones((len(cells), 1)))
    both = np.c_[np.vstack([cells, cells]), pseudo]
    trials, successes = np.vstack([trials, leverage]), np.vstack([successes, leverage / 2])
    start = np.vstack([coefficients, np.zeros((1, coefficients.shape[1]))])
    return _logistic(both, trials, successes, firth=False, start=start), both, trials


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
    coefficients = _logistic(patterns, n, member @ roles, firth=False)
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


def _logistic(
    cells: np.ndarray,
    trials: np.ndarray,
    successes: np.ndarray,
    firth: bool,
    settled: float = math.inf,
    start: np.ndarray | None = None,
) -> np.ndarray:
    """Logistic regressions on the same cells with other counts, by Newton's steps on all that have not settled.

    `cells` : (cells, terms); `trials`, `successes` : (cells, labellings). A labelling with a linear predictor beyond
    `settled` is left as it is. `start` : where to begin, else at the overall rate. Returns the coefficients (terms,
    labellings).
    """
    products, rows, columns = _products(cells)
    twice = np.where(rows == columns, 1.0, 2.0)
    coefficients = np.zeros((cells.shape[1], trials.shape[1]))
    share = (successes.sum(axis=0) + 0.5) / (trials.sum(axis=0) + 1)
    coefficients[0] = np.log(share / (1 - share))
    if start is not None:
        coefficients[:] = start
    active = np.arange(trials.shape[1])
    for _ in range(_MOST_STEPS):
        beta, of, won = coefficients[:, active], trials[:, active], successes[:, active]
        chance = _expit(cells @ beta)
        weight = of * chance * (1 - chance)
        information = _symmetric(weight.T @ products, rows, columns)
        residual = won - of * chance
        if firth:
            cover = np.linalg.inv(information)
            leverage = weight * (products @ (cover[:, rows, columns] * twice).T)
            score = cells.T @ (residual + leverage * (0.5 - chance))
            step = np.einsum("bij,jb->ib", cover, score)
        else:
            step = np.linalg.solve(information, (cells.T @ residual).T[:, :, None])[:, :, 0].T
        longest = np.abs(step).max(axis=0)
        beta = np.clip(beta + step * np.minimum(1, _LONGEST_STEP / np.maximum(longest, 1e-300)), -40, 40)
        coefficients[:, active] = beta
        predictor = cells @ beta
        moved = np.abs(_expit(predictor) - chance).max(axis=0)
        furthest = np.abs(predictor).max(axis=0, where=of > 0, initial=0)
        active = active[(moved > 1e-7) & (furthest < settled)]
        if not len(active):
            break
    return coefficients


def _products(cells: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Products of every pair of columns, and which pair each is."""
    rows, columns = np.triu_indices(cells.shape[1])
    return cells[:, rows] * cells[:, columns], rows, columns


def _symmetric(upper: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Matrices from their upper halves, with a hair on the diagonal, so that a cell fitted as 0 or 1 stops no other."""
    terms = int(rows.max()) + 1
    full = np.empty((len(upper), terms, terms))
    full[:, rows, columns] = upper
    full[:, columns, rows] = upper
    full[:, np.arange(terms), np.arange(terms)] += 1e-9
    return full


def _expit(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(x, -40, 40)))
