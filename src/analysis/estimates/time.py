"""Cases and sanction rates over the years, the undated cases beside them."""

from __future__ import annotations

import pandas as pd

from ..cohort import Cohort
from ..errors import StudyError
from .grouping import NOT_STATED
from .rates import RATE_EXTRAS, sanction_rates
from .tidy import add_proportions, tidy


def cases_over_time(
    cohort: Cohort, by: str = "year", *, interval: str | None = None, level: float | None = None
) -> pd.DataFrame:
    """Cases and sanction rates by year and role.

    Parameters
    ----------
    cohort : from `analysis.cohort.select`.
    by : ``year`` or ``financial_year`` (1 April to 31 March).
    interval, level : in place of the question's.

    Returns
    -------
    DataFrame : the year (ordered categorical of text such as ``2019`` or ``2019/20``; ``not_stated`` last,
        for cases without a date or, by financial year, with one too vague), `role`, `TIDY_COLUMNS`,
        `cases` (with known and unknown outcome), then the extras of `sanction_rates`. Every year between
        the first and the last has a row for each role, so that a line drawn through them does not jump a
        year without cases.

    Raises
    ------
    StudyError : `by` is neither.

    References
    ----------
    Wilson (1927), as `sanction_rates`.
    """
    if by not in ("year", "financial_year"):
        raise StudyError(f"by: {by!r} is not one of year, financial_year.")
    rates = sanction_rates(cohort, by=(by, "role"), interval=interval, level=level)
    stated = [y for y in rates[by].cat.categories if y != NOT_STATED]
    if stated:
        first, last = int(stated[0][:4]), int(stated[-1][:4])
        years = [str(y) if by == "year" else f"{y}/{(y + 1) % 100:02d}" for y in range(first, last + 1)]
        levels = years + ([NOT_STATED] if NOT_STATED in rates[by].cat.categories else [])
        roles = rates["role"].cat.categories
        counts = rates.astype({by: str, "role": str}).set_index([by, "role"])[
            ["numerator", "denominator", "unknown"]
        ]
        grid = pd.MultiIndex.from_product([levels, roles], names=[by, "role"])
        counts = counts.reindex(grid, fill_value=0).reset_index()
        counts[by] = pd.Categorical(counts[by], categories=levels, ordered=True)
        counts["role"] = pd.Categorical(counts["role"], categories=roles, ordered=True)
        question = cohort.question
        filled = add_proportions(counts, str(interval or question.interval), level or question.level)
        bounds = rates.astype({by: str, "role": str}).set_index([by, "role"])[["bound_low", "bound_high"]]
        filled[["bound_low", "bound_high"]] = bounds.reindex(grid).to_numpy()
        filled["too_few"] = filled["denominator"] < question.min_count
        filled.attrs = dict(rates.attrs)
        rates = filled
    rates["cases"] = rates["denominator"] + rates["unknown"]
    return tidy(rates, (by, "role"), ("cases", *RATE_EXTRAS))
