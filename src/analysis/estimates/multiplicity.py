"""Many comparisons at once: p-values adjusted so that, of the differences called real, few are false."""

from __future__ import annotations

import math

import pandas as pd
from statsmodels.stats.multitest import multipletests

from ..errors import StudyError

METHODS = {"fdr_bh": "Benjamini–Hochberg", "fdr_by": "Benjamini–Yekutieli"}


def adjust_for_many(contrasts: pd.DataFrame, method: str = "fdr_bh") -> pd.DataFrame:
    """The same contrasts with p-values adjusted for their number.

    Parameters
    ----------
    contrasts : one row a comparison, with `p_value` and, where known, `too_few`: of `contrast_by`.
    method : ``fdr_bh`` (Benjamini and Hochberg) or ``fdr_by`` (Benjamini and Yekutieli, valid however the
        comparisons depend on each other, and the more cautious for it).

    Returns
    -------
    DataFrame : the same rows and columns, then `q_value` (the false discovery rate at which the row would
        just be called a difference; NaN where it is no comparison) and `comparisons` (int, how many were
        made). A comparison is a row with a p-value and enough cases: a difference too small in number to be
        shown is not one of those looked at. ``attrs["comparisons"]``, ``attrs["adjustment"]`` (the method's
        name); the others are kept.

    Raises
    ------
    StudyError : an unknown method, or a frame without p-values.

    Notes
    -----
    Benjamini and Hochberg's procedure holds its rate where the tests are independent, and also where they
    depend on each other positively, as rows do that share cases in which several standards were breached.
    Benjamini and Yekutieli's holds without that condition.

    References
    ----------
    Benjamini Y, Hochberg Y (1995). Controlling the false discovery rate. *JRSS B* 57, 289–300. Benjamini Y,
    Yekutieli D (2001). The control of the false discovery rate in multiple testing under dependency. *Annals
    of Statistics* 29, 1165–1188.
    """
    if method not in METHODS:
        raise StudyError(f"method: {method!r} is not one of {', '.join(METHODS)}.")
    if "p_value" not in contrasts:
        raise StudyError("The frame has no column 'p_value': adjust the contrasts of contrast_by().")
    made = contrasts["p_value"].notna()
    if "too_few" in contrasts:
        made &= ~contrasts["too_few"].astype(bool)
    q_value = pd.Series(math.nan, index=contrasts.index)
    if made.any():
        q_value[made] = multipletests(contrasts.loc[made, "p_value"].astype(float), method=method)[1]
    result = contrasts.assign(q_value=q_value, comparisons=int(made.sum()))
    result.attrs = dict(contrasts.attrs) | {
        "comparisons": int(made.sum()),
        "adjustment": METHODS[method],
    }
    return result
