"""The penalised likelihood climbed slowly and surely, for data so sparse that the fast way does not arrive.

`firthmodels` finds estimates and profile limits in a few milliseconds, by Newton's method. Where hardly anyone escaped
(or met) the sanction it stalls: over the study's own questions, in one of a hundred fits and one in ten profile limits.
What is here takes longer, but each step of it goes uphill, and each limit is found between two sides of it.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import optimize, stats
from scipy.special import expit

_ITERATIONS = 500
_FARTHEST = 40.0
"""A limit farther than this from the estimate, in log odds, is none."""


def maximise(
    X: np.ndarray,
    y: np.ndarray,
    penalty: float,
    start: np.ndarray | None = None,
    fixed: tuple[int, float] | None = None,
    tolerance: float = 1e-8,
) -> tuple[np.ndarray, float, bool]:
    """Coefficients at which the penalised log-likelihood is highest.

    Parameters
    ----------
    X : n × k, of full column rank.
    y : n, 0 and 1.
    penalty : weight of the log determinant of the information: 0.5 is Firth's, 0 none.
    start : k coefficients to start from; zeros where None.
    fixed : index and value of a coefficient held where it is. The penalty stays that of all coefficients.
    tolerance : the longest step that counts as arrived.

    Returns
    -------
    (coefficients, penalised log-likelihood, whether the steps became small).

    References
    ----------
    Heinze and Schemper (2002), with the step halved until the likelihood rises.
    """
    beta = np.zeros(X.shape[1]) if start is None else np.array(start, dtype=float)
    free = np.ones(X.shape[1], dtype=bool)
    if fixed is not None:
        beta[fixed[0]], free[fixed[0]] = fixed[1], False
    value, score, information = _derivatives(X, y, beta, penalty)
    for _ in range(_ITERATIONS):
        step = np.zeros_like(beta)
        step[free] = _solve(information[np.ix_(free, free)], score[free])
        step /= max(1.0, np.abs(step).max() / 5)
        for _ in range(30):
            found = _derivatives(X, y, beta + step, penalty)
            if found[0] >= value:
                break
            step /= 2
        else:
            # No step uphill is left but rounding error: the top, if the slope is level.
            return beta, value, bool(np.abs(score[free]).max() < 1e-4)
        beta, (value, score, information) = beta + step, found
        if np.abs(step).max() < tolerance:
            return beta, value, True
    return beta, value, False


def profile_limits(
    X: np.ndarray, y: np.ndarray, penalty: float, place: int, level: float, start: np.ndarray
) -> tuple[float, float]:
    """Where the profile of one coefficient falls by the quantile of chi-squared that `level` asks for.

    Parameters
    ----------
    X, y, penalty : see `maximise`.
    place : index of the coefficient.
    level : confidence level.
    start : k coefficients, at or near the maximum.

    Returns
    -------
    (low, high) : infinite where the profile does not fall so far.
    """
    top, highest, _ = maximise(X, y, penalty, start)
    target = highest - stats.chi2.ppf(level, 1) / 2
    limits = []
    for side in (-1.0, 1.0):
        nearby = top

        def drop(value: float) -> float:
            nonlocal nearby
            # near a maximum the likelihood is off by the square of what the coefficients are
            nearby, at, _ = maximise(X, y, penalty, nearby, (place, value), 1e-5)
            return at - target

        inner, reach = top[place], 1.0
        while drop(top[place] + side * reach) > 0:
            inner, reach = top[place] + side * reach, reach * 1.6
            if reach > _FARTHEST:
                break
        outer = top[place] + side * reach
        found = optimize.brentq(drop, inner, outer, xtol=1e-7) if reach <= _FARTHEST else side * math.inf
        limits.append(float(found))
    return limits[0], limits[1]


def likelihood_ratio_p(X: np.ndarray, y: np.ndarray, penalty: float, place: int, start: np.ndarray) -> float:
    """p-value of the (penalised) likelihood ratio test that one coefficient is 0."""
    top, highest, _ = maximise(X, y, penalty, start)
    _, without, _ = maximise(X, y, penalty, top, (place, 0.0))
    return float(stats.chi2.sf(max(2 * (highest - without), 0.0), 1))


def _solve(information: np.ndarray, score: np.ndarray) -> np.ndarray:
    try:
        return np.linalg.solve(information, score)
    except np.linalg.LinAlgError:
        return np.linalg.lstsq(information, score, rcond=None)[0]


def _derivatives(
    X: np.ndarray, y: np.ndarray, beta: np.ndarray, penalty: float
) -> tuple[float, np.ndarray, np.ndarray]:
    """Penalised log-likelihood, its gradient, and the information."""
    eta = X @ beta
    p = expit(eta)
    weights = p * expit(-eta)
    value = -float(np.logaddexp(0.0, np.where(y == 1, -eta, eta)).sum())
    rooted = X * np.sqrt(weights)[:, None]
    information = rooted.T @ rooted
    residual = y - p
    if penalty:
        try:
            lower = np.linalg.cholesky(information)
        except np.linalg.LinAlgError:
            return -math.inf, np.zeros_like(beta), information
        value += penalty * 2 * float(np.log(np.diag(lower)).sum())
        leverage = (np.linalg.solve(lower, rooted.T) ** 2).sum(axis=0)
        residual = residual + 2 * penalty * leverage * (0.5 - p)
    return value, X.T @ residual, information
