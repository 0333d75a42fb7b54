"""Which standards are breached together."""

from __future__ import annotations

import pandas as pd

from ..cohort import Cohort
from .grouping import NOT_STATED, grouped
from .tidy import add_proportions, tidy


def breach_cooccurrence(
    cohort: Cohort, *, interval: str | None = None, level: float | None = None
) -> pd.DataFrame:
    """How often two standards are named in the same case.

    Parameters
    ----------
    cohort : from `analysis.cohort.select`. All of its cases count, whether or not their outcome is known.
    interval, level : in place of the question's.

    Returns
    -------
    DataFrame : one row an ordered pair of standards that occur: `breach_a`, `breach_b` (ordered
        categoricals of codes), `TIDY_COLUMNS` (estimate: share of a's cases that name b too), then `cases`
        (that name both; where a is b, all that name it), `of_a` (the estimate again) and `too_few`.
        ``attrs``: `cases_stated` and `cases_not_stated` (cases that name some standard, and none),
        `cases_several` (more than one).

    References
    ----------
    Wilson (1927), as `sanction_rates`.
    """
    question = cohort.question
    named = grouped(cohort.cases, ("breach",))["breach"]
    codes = [c for c in named.cat.categories if c != NOT_STATED]
    present = pd.DataFrame(
        {c: named.eq(c).groupby(level=0).any() for c in codes}, index=cohort.cases.index.unique()
    )
    matrix = present.to_numpy(dtype=int).reshape(len(present), len(codes))
    together = pd.DataFrame(matrix.T @ matrix, index=codes, columns=codes)
    rows = pd.DataFrame(
        [
            {
                "breach_a": a,
                "breach_b": b,
                "numerator": int(together.loc[a, b]),
                "denominator": int(together.loc[a, a]),
            }
            for a in codes
            for b in codes
        ],
        columns=["breach_a", "breach_b", "numerator", "denominator"],
    )
    rows = add_proportions(rows, str(interval or question.interval), level or question.level)
    for side in ("breach_a", "breach_b"):
        rows[side] = pd.Categorical(rows[side], categories=codes, ordered=True)
    rows = rows.assign(
        cases=rows["numerator"], of_a=rows["estimate"], too_few=rows["denominator"] < question.min_count
    )
    several, stated = (int((matrix.sum(axis=1) > least).sum()) for least in (1, 0))
    rows.attrs = {
        "cases_stated": stated,
        "cases_not_stated": len(cohort.cases) - stated,
        "cases_several": several,
    }
    return tidy(rows, ("breach_a", "breach_b"), ("cases", "of_a", "too_few"))
