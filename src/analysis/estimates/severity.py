"""The whole ladder of outcomes, not only whether a case passed one rung of it."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from ..codelists import load_codelist
from ..cohort import Cohort
from .grouping import grouped, groupings, rows_overlap
from .tidy import add_proportions, tidy


def severity_profile(
    cases: Cohort | pd.DataFrame,
    by: str | Iterable[str] = "role",
    *,
    interval: str = "wilson",
    level: float | None = None,
    min_count: int | None = None,
) -> pd.DataFrame:
    """Share of each outcome among the cases of a group whose outcome is known.

    Parameters
    ----------
    cases : a cohort, or a frame of cases as `load_hearings` returns it.
    by : groupings of `sanction_rates`; none for one profile of all.
    interval : see `proportion_interval`; each outcome against all others.
    level, min_count : in place of the question's (0.95 and 5 for a frame).

    Returns
    -------
    DataFrame : the grouping columns, `outcome` (ordered categorical of codes, from the mildest; ``other``
        last), `TIDY_COLUMNS`, then `share` (the estimate again), `unknown` (cases of the group with no
        outcome stated) and `too_few`. Every outcome that occurs anywhere has a row in every group; the
        shares of a group sum to 1. An unstated outcome is unknown here even where the case was not proven.
        ``attrs["overlapping"]`` as in `sanction_rates`.

    Raises
    ------
    StudyError : an unknown grouping, naming those there are.

    References
    ----------
    Wilson (1927), as `sanction_rates`.
    """
    question = cases.question if isinstance(cases, Cohort) else None
    frame = cases.cases if isinstance(cases, Cohort) else cases
    level = level or (question.level if question else 0.95)
    least = min_count if min_count is not None else (question.min_count if question else 5)
    names = groupings(by, frame)
    groups = grouped(frame.drop(columns="sanctioned", errors="ignore"), names)
    stated = frame["outcome"].astype("string").reindex(groups.index)
    order = [o for o in load_codelist("outcomes").index if stated.eq(o).fillna(False).any()]
    groups["outcome"] = pd.Categorical(stated.astype(object), categories=order, ordered=True)

    keys = list(names)
    levels = groups[keys].drop_duplicates().sort_values(keys) if keys else pd.DataFrame(index=[0])
    rows = levels.merge(
        pd.DataFrame({"outcome": pd.Categorical(order, categories=order, ordered=True)}), how="cross"
    )
    counts = groups.assign(numerator=1)[[*keys, "outcome", "numerator"]].dropna(subset="outcome")
    counts = counts.groupby([*keys, "outcome"], observed=True, as_index=False)["numerator"].sum()
    rows = rows.merge(counts, on=[*keys, "outcome"], how="left", sort=False)
    rows["numerator"] = rows["numerator"].fillna(0).astype(int)

    size = groups.assign(denominator=groups["outcome"].notna(), unknown=groups["outcome"].isna())
    if keys:
        sizes = size.groupby(keys, observed=True, as_index=False)[["denominator", "unknown"]].sum()
        rows = rows.merge(sizes, on=keys, how="left", sort=False)
    else:
        rows = rows.assign(denominator=int(size["denominator"].sum()), unknown=int(size["unknown"].sum()))
    rows[["denominator", "unknown"]] = rows[["denominator", "unknown"]].astype(int)
    rows = add_proportions(rows, interval, level).assign(too_few=rows["denominator"] < least)
    rows["share"] = rows["estimate"]
    rows = rows.sort_values([*keys, "outcome"])
    rows.attrs = {"overlapping": rows_overlap(names), "min_count": least}
    return tidy(rows, (*keys, "outcome"), ("share", "unknown", "too_few"))
