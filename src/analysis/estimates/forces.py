"""Variation between forces: a funnel plot's points and its exact binomial control limits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from ..cohort import Cohort
from .rates import RATE_EXTRAS, sanction_rates
from .tidy import tidy

LIMITS = {"95": 0.025, "998": 0.001}
"""Suffix of the limits' columns -> the probability beyond each of the two, if only chance were at work."""


def funnel_limits(overall: float, sizes: Sequence[int]) -> pd.DataFrame:
    """Exact binomial control limits around an overall rate, for drawing and for judging.

    Parameters
    ----------
    overall : the rate that the limits surround, 0 to 1.
    sizes : numbers of cases, each at least 1.

    Returns
    -------
    DataFrame : `size`, `low95`, `high95`, `low998`, `high998`, one row a size. A limit of 0 (or 1) means
        that no number of cases of this size is low (high) enough to lie outside it. All are NaN where
        `overall` is.

    Notes
    -----
    A lower limit interpolates the binomial distribution as Spiegelhalter does: with r the smallest count
    whose cumulative probability reaches p, the limit is (r − α)/n, α = (P(R ≤ r) − p) / P(R = r). The
    upper limit is the same formula for the cases *not* sanctioned. Applied to the sanctioned cases at 1 −
    p, the formula would set the upper limit up to one case too low: with an overall rate of 87 %, a force
    with 5 of 5, which half of all such forces would have, would lie outside 95 %. As it is, a rate lies
    outside a limit exactly where the probability of so low (so high) a count is below 2.5 % (0.1 %). No
    allowance is made for overdispersion.

    References
    ----------
    Spiegelhalter DJ (2005). Funnel plots for comparing institutional performance. *Statistics in Medicine*
    24, 1185–1202, appendix A.1.1.
    """
    size = np.asarray(sizes, dtype=int)
    if (size < 1).any():
        raise ValueError("a control limit needs at least one case")
    columns: dict[str, np.ndarray] = {"size": size}
    for suffix, p in LIMITS.items():
        columns[f"low{suffix}"] = lower_binomial_limit(overall, size, p)
        columns[f"high{suffix}"] = 1 - lower_binomial_limit(1 - overall, size, p)
    return pd.DataFrame(columns)


def lower_binomial_limit(rate: float, size: np.ndarray, p: float | np.ndarray) -> np.ndarray:
    """The share below which a count has a probability of less than `p`, interpolated (see `funnel_limits`)."""
    if np.isnan(rate) or rate in (0.0, 1.0):
        # Without variation expected there is nothing to interpolate: the limit is the rate itself.
        return np.full(size.shape, float(rate))
    r = stats.binom.ppf(p, size, rate)
    alpha = (stats.binom.cdf(r, size, rate) - p) / stats.binom.pmf(r, size, rate)
    return np.clip((r - alpha) / size, 0, 1)


def force_funnel(
    cohort: Cohort, *, interval: str | None = None, min_count: int | None = None
) -> pd.DataFrame:
    """Each force's sanction rate, and where it lies in a funnel around the rate of all.

    Parameters
    ----------
    cohort : from `analysis.cohort.select`; both of its roles count together.
    interval, min_count : in place of the question's.

    Returns
    -------
    DataFrame : one row a force, in the order of the code list: `force` (label), `TIDY_COLUMNS`, the extras of
        `sanction_rates`, `overall` (rate of all forces together), `low95`, `high95`, `low998`, `high998` (see
        `funnel_limits`; NaN without a case) and `position`: within limits, above 95 %, below 95 %, above
        99.8 %, below 99.8 %, or "no case with a known outcome". ``attrs["expected_outside"]`` is the
        number of forces that chance alone would put outside the 95 % limits.

    References
    ----------
    Spiegelhalter (2005), see `funnel_limits`.
    """
    rates = sanction_rates(cohort, by="force", interval=interval, min_count=min_count)
    total = rates["denominator"].sum()
    overall = float(rates["numerator"].sum() / total) if total else float("nan")
    result = rates.assign(overall=overall)
    some = result["denominator"] > 0
    limits = funnel_limits(overall, result["denominator"].where(some, 1))
    for column in limits.columns.drop("size"):
        result[column] = limits[column].where(some)
    result["position"] = position_in_limits(result).where(some, "no case with a known outcome")
    result.attrs = dict(rates.attrs) | {
        "expected_outside": _expected_outside(overall, result.loc[some, "denominator"])
    }
    return tidy(result, ("force",), (*RATE_EXTRAS, "overall", *limits.columns.drop("size"), "position"))


def funnel_curves(funnel: pd.DataFrame) -> pd.DataFrame:
    """The control limits at every size up to the largest force's, for drawing.

    Parameters
    ----------
    funnel : of `force_funnel`.

    Returns
    -------
    DataFrame : as `funnel_limits`; no row where there is no case.
    """
    largest = int(funnel["denominator"].max()) if len(funnel) else 0
    overall = float(funnel["overall"].iloc[0]) if len(funnel) else float("nan")
    return funnel_limits(overall, range(1, largest + 1))


def position_in_limits(rates: pd.DataFrame) -> pd.Series:
    """Where each rate lies: within limits, above 95 %, below 95 %, above 99.8 % or below 99.8 %.

    Parameters
    ----------
    rates : columns estimate, low95, high95, low998, high998.
    """
    position = pd.Series("within limits", index=rates.index, dtype=object)
    hair = 1e-12  # a limit that falls on a whole number of cases must not be passed by rounding
    for suffix, words in (("95", "95 %"), ("998", "99.8 %")):
        position[rates["estimate"] < rates[f"low{suffix}"] - hair] = f"below {words}"
        position[rates["estimate"] > rates[f"high{suffix}"] + hair] = f"above {words}"
    return position


def _expected_outside(overall: float, sizes: pd.Series) -> float:
    if np.isnan(overall) or overall in (0.0, 1.0) or sizes.empty:
        return 0.0
    expected = 0.0
    for size, forces in sizes.value_counts().items():
        counts = np.arange(size + 1)
        below = stats.binom.cdf(counts, size, overall) < LIMITS["95"]
        above = stats.binom.sf(counts - 1, size, overall) < LIMITS["95"]
        expected += forces * stats.binom.pmf(counts, size, overall)[below | above].sum()
    return float(expected)
