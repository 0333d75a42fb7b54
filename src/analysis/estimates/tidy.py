"""The columns that every estimate has, and the one place that puts them in order."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from .intervals import interval_label, proportion_interval

TIDY_COLUMNS = ("estimate", "conf_low", "conf_high", "numerator", "denominator", "method")
"""What every frame of estimates holds, after its grouping columns and before anything else.

`estimate`, `conf_low`, `conf_high` : float. A proportion lies between 0 and 1; a quantity that is not
    defined is NaN.
`numerator`, `denominator` : the whole numbers behind it, of the first group where two are compared.
`method` : str, how the interval (and the p-value, where there is one) was found, as a reader should see it.
"""


def tidy(frame: pd.DataFrame, groups: Iterable[str] = (), extras: Iterable[str] = ()) -> pd.DataFrame:
    """Put an estimate's columns in order: groups, `TIDY_COLUMNS`, extras; with a fresh index and the same
    attrs.
    """
    result = frame[[*groups, *TIDY_COLUMNS, *extras]].reset_index(drop=True)
    result.attrs = dict(frame.attrs)
    return result


def add_proportions(counts: pd.DataFrame, method: str, level: float) -> pd.DataFrame:
    """Add `estimate`, `conf_low`, `conf_high` and `method` to whole numbers `numerator` and `denominator`.

    Parameters
    ----------
    counts : with int columns `numerator` and `denominator`; a denominator may be 0.
    method, level : see `proportion_interval`.
    """
    numerator, denominator = (counts[c].to_numpy(dtype=float) for c in ("numerator", "denominator"))
    low, high = proportion_interval(numerator, denominator, method, level)
    return counts.assign(
        estimate=divide(numerator, denominator),
        conf_low=low,
        conf_high=high,
        method=interval_label(method, level),
    )


def divide(numerator, denominator) -> np.ndarray:
    """Quotient, NaN where the denominator is 0."""
    numerator, denominator = np.broadcast_arrays(np.asarray(numerator, float), np.asarray(denominator, float))
    return np.divide(numerator, denominator, out=np.full(numerator.shape, np.nan), where=denominator > 0)
