"""Score limits for a risk difference pooled over strata (Miettinen and Nurminen 1985)."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats
from scipy.optimize import elementwise

_EDGE = 1e-9


def restricted_rates(count, total, count_reference, total_reference, difference):
    """Both rates as they are most likely where their difference is given.

    Parameters
    ----------
    count, total, count_reference, total_reference : float arrays of one shape, or shapes that broadcast; totals above 0.
    difference : between −1 and 1, in a shape that broadcasts with the counts.

    Returns
    -------
    (rate, rate_reference) : arrays.

    Notes
    -----
    The likelihood equation is a cubic in the reference's rate, solved in closed form (Miettinen and Nurminen 1985,
    appendix I).
    """
    both = total + total_reference
    successes = count + count_reference
    b2 = ((total + 2 * total_reference) * difference - both - successes) / (3 * both)
    b1 = ((total_reference * difference - both - 2 * count_reference) * difference + successes) / (3 * both)
    b0 = count_reference * difference * (1 - difference) / both
    q = b2**3 - 1.5 * b1 * b2 + b0 / 2
    p = np.where(q < 0, -1.0, 1.0) * np.sqrt(np.maximum(b2**2 - b1, 0))
    cube = np.where(p == 0, 1.0, p**3)
    angle = (math.pi + np.arccos(np.clip(np.where(p == 0, 0.0, q) / cube, -1, 1))) / 3
    reference = np.clip(2 * p * np.cos(angle) - b2, np.maximum(0, -difference), np.minimum(1, 1 - difference))
    return reference + difference, reference


def stratified_difference_interval(count, total, count_reference, total_reference, level: float = 0.95):
    """Mantel–Haenszel risk difference over strata with the score interval of Miettinen and Nurminen.

    Parameters
    ----------
    count, total, count_reference, total_reference : of shape (strata,) for one table, or (strata, tables) for many at
        once: successes and sizes of the comparison group and of the reference group. A stratum without one of the
        groups counts nothing.
    level : confidence level.

    Returns
    -------
    (estimate, low, high) : floats, or arrays of shape (tables,); NaN where no stratum has both groups.

    Notes
    -----
    The interval holds every difference that the score test does not reject: the Mantel–Haenszel estimate less that
    difference, over its standard error where every stratum has it, each stratum's rates being the most likely ones.
    The test of no difference among them is the Cochran–Mantel–Haenszel test without continuity correction, which
    holds the interval and the p-value together. Sato's interval (1989) has its variance at the estimate: nearly
    none where all of a group are sanctioned in most strata.

    References
    ----------
    Miettinen O, Nurminen M (1985). Comparative analysis of two rates. *Statistics in Medicine* 4, 213–226. Weights:
    Mantel N, Haenszel W (1959), *JNCI* 22, 719–748; Greenland S, Robins JM (1985), *Biometrics* 41, 55–68.
    """
    if not 0 < level < 1:
        raise ValueError(f"a confidence level lies between 0 and 1, not {level}")
    cells = np.broadcast_arrays(
        *(np.asarray(n, dtype=float) for n in (count, total, count_reference, total_reference))
    )
    one = cells[0].ndim == 1
    a, n1, c, n0 = (n[:, None] if one else n for n in cells)
    some = (n1 > 0) & (n0 > 0)
    # groups of one stand in where a stratum counts nothing, to divide by
    n1, n0 = np.where(some, n1, 1.0), np.where(some, n0, 1.0)
    a, c = np.where(some, a, 0.0), np.where(some, c, 0.0)
    n = n1 + n0
    weight = np.where(some, n1 * n0 / n, 0.0)
    whole = weight.sum(axis=0)
    defined = np.flatnonzero(whole > 0)
    estimate = np.full(whole.shape, math.nan)
    low, high = estimate.copy(), estimate.copy()
    if len(defined):
        weight = weight / np.where(whole > 0, whole, 1.0)
        estimate[defined] = (weight * (a / n1 - c / n0)).sum(axis=0)[defined]
        z = stats.norm.isf((1 - level) / 2)

        def beyond(difference, table, side):
            """How far the estimate is from a difference, less what the test allows: a root at either limit."""
            at = table.astype(int)
            m1, m0, w = n1[:, at], n0[:, at], weight[:, at]
            p1, p0 = restricted_rates(a[:, at], m1, c[:, at], m0, difference)
            factor = (m1 + m0) / (m1 + m0 - 1)
            variance = (w**2 * factor * (p1 * (1 - p1) / m1 + p0 * (1 - p0) / m0)).sum(axis=0)
            return side * (difference - estimate[at]) - z * np.sqrt(np.maximum(variance, 0))

        for side, limit in ((-1, low), (1, high)):
            limit[defined] = side
            room = defined[side * (side - estimate[defined]) > 2 * _EDGE]
            if len(room):
                # just off the estimate: the variance can be 0 there, which would count as a root
                ends = estimate[room] + side * _EDGE, np.full(len(room), float(side))
                found = elementwise.find_root(
                    beyond,
                    ends if side > 0 else ends[::-1],
                    args=(room.astype(float), np.full(len(room), float(side))),
                )
                limit[room] = np.where(found.success, found.x, side)
    return (float(estimate[0]), float(low[0]), float(high[0])) if one else (estimate, low, high)
