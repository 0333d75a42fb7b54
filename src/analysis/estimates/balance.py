"""How alike the two roles' cases are before anything is adjusted, and where one role has no case to compare with."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd

from ..cohort import Cohort
from .design import LISTS, design
from .grouping import NOT_STATED
from .intervals import difference_interval, percent_level
from .tidy import tidy


def covariate_balance(
    cohort: Cohort, adjust: str | Iterable[str] = "full", *, level: float | None = None
) -> pd.DataFrame:
    """Share of each role's cases at every level of every covariate.

    Parameters
    ----------
    cohort : from `analysis.cohort.select`.
    adjust : see `design`; of the terms, the year is left out.
    level : in place of the question's.

    Returns
    -------
    DataFrame, one row a level, none folded: `term`, `level` (code, or ``not_stated``), `comparison`, `reference`,
        `TIDY_COLUMNS` (the estimate is the difference of the shares, comparison less reference; numerator and
        denominator are the comparison's), `numerator_reference`, `denominator_reference`,
        `standardised_difference` (difference over the pooled standard deviation; above a quarter is usually called
        large), `one_role_only` (no case of one role is at this level) and `too_few`. A case with several standards,
        or kinds of conduct, is at several levels. ``attrs["without_counterpart"]`` is the number of the reference's
        cases that are at some level where the comparison has none, for which a model must extrapolate.

    Raises
    ------
    StudyError : as for `design`.

    Notes
    -----
    Of the cases with a known outcome, which is what the models are fitted to. No test: whether these cases differ
    is a fact about them and not a hypothesis.

    References
    ----------
    Austin PC (2009). Balance diagnostics for comparing the distribution of baseline covariates between treatment
    groups in propensity-score matched samples. *Statistics in Medicine* 28, 3083–3107. Newcombe (1998), method 10.
    """
    level = level or cohort.question.level
    matrix = design(cohort, adjust)
    cases = matrix.cases
    comparison = cases["role"].eq(cohort.question.comparison).to_numpy()
    n1, n0 = int(comparison.sum()), int((~comparison).sum())
    rows, alone = [], np.zeros(len(cases), dtype=bool)
    for term in matrix.terms:
        if term == "year":
            continue
        for code, at in _levels(cases, term):
            x1, x0 = int((at & comparison).sum()), int((at & ~comparison).sum())
            if x1 == 0:
                alone |= at
            low, high = difference_interval(x1, n1, x0, n0, level)
            rows.append(
                {
                    "term": term,
                    "level": code,
                    "comparison": cohort.question.comparison,
                    "reference": cohort.question.reference,
                    "estimate": x1 / n1 - x0 / n0 if n1 and n0 else math.nan,
                    "conf_low": low,
                    "conf_high": high,
                    "numerator": x1,
                    "denominator": n1,
                    "method": f"Newcombe {percent_level(level)} interval",
                    "numerator_reference": x0,
                    "denominator_reference": n0,
                    "standardised_difference": _standardised(x1, n1, x0, n0),
                    "one_role_only": min(x1, x0) == 0,
                    "too_few": min(n1, n0) < cohort.question.min_count,
                }
            )
    groups = ("term", "level", "comparison", "reference")
    extras = (
        "numerator_reference",
        "denominator_reference",
        "standardised_difference",
        "one_role_only",
        "too_few",
    )
    columns = [*groups, "estimate", "conf_low", "conf_high", "numerator", "denominator", "method", *extras]
    result = tidy(pd.DataFrame(rows, columns=columns), groups, extras)
    result.attrs = {
        "min_count": cohort.question.min_count,
        "overlapping": bool(set(matrix.terms) & set(LISTS)),
        "without_counterpart": int((alone & ~comparison).sum()),
    }
    return result


def _levels(cases: pd.DataFrame, term: str):
    """Every level that occurs and the cases at it, the commonest first and not stated last."""
    if term in LISTS:
        lists = cases[LISTS[term]]
        codes = sorted({code for case in lists for code in case})
        found = [
            (code, lists.map(lambda case, code=code: code in case).to_numpy(dtype=bool)) for code in codes
        ]
        unstated = lists.map(len).to_numpy(dtype=int) == 0
    else:
        values = cases[term].astype(object)
        unstated = values.isna().to_numpy()
        found = [(str(v), values.eq(v).to_numpy(dtype=bool)) for v in sorted(set(values[~unstated]), key=str)]
    found.sort(key=lambda one: (-one[1].sum(), one[0]))
    return [*found, (NOT_STATED, unstated)] if unstated.any() else found


def _standardised(x1: int, n1: int, x0: int, n0: int) -> float:
    if not n1 or not n0:
        return math.nan
    p1, p0 = x1 / n1, x0 / n0
    spread = math.sqrt((p1 * (1 - p1) + p0 * (1 - p0)) / 2)
    return (p1 - p0) / spread if spread > 0 else 0.0 if p1 == p0 else math.copysign(math.inf, p1 - p0)
