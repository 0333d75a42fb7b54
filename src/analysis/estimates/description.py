"""Plain counts of what the data hold and of what they lack."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from .grouping import grouped, groupings

# Columns of hearings.csv in which a value can be missing, in the file's order; the others are never empty.
_CAN_BE_MISSING = (
    "hearing_date",
    "proceeding",
    "rank",
    "status",
    "breaches",
    "conduct",
    "finding",
    "outcome",
    "admitted",
    "conviction",
    "private",
)


def case_counts(hearings: pd.DataFrame, by: str | Iterable[str]) -> pd.DataFrame:
    """How many cases there are in each group.

    Parameters
    ----------
    hearings : as `load_hearings` returns them.
    by : one grouping or several (`GROUPINGS`).

    Returns
    -------
    DataFrame with the grouping columns, `cases` and `share` (of all cases, 0 to 1); cases whose source
        does not say stand in a row "not_stated".
    """
    names = groupings(by, hearings)
    counts = (
        grouped(hearings, names)
        .groupby(list(names), observed=True, sort=True)
        .size()
        .rename("cases")
        .reset_index()
    )
    return counts.assign(share=counts["cases"] / max(len(hearings), 1))


def missing_values(hearings: pd.DataFrame) -> pd.DataFrame:
    """For each field, how many cases there are whose source does not say.

    Returns
    -------
    DataFrame with `field`, `missing`, `cases` and `share` (missing of cases, 0 to 1), most missing first.
    """
    rows = []
    for field in _CAN_BE_MISSING:
        column = hearings[field]
        missing = column.map(len).eq(0) if field in ("breaches", "conduct") else column.isna()
        rows.append({"field": field, "missing": int(missing.sum()), "cases": len(hearings)})
    frame = pd.DataFrame(rows)
    frame["share"] = frame["missing"] / frame["cases"].clip(lower=1)
    return frame.sort_values(["missing", "field"], ascending=[False, True], ignore_index=True)


def official_counts(official: pd.DataFrame) -> pd.DataFrame:
    """How many published figures the study holds, by series and publisher.

    Returns
    -------
    DataFrame with `series`, `publisher` and `figures`, most figures first within a series.
    """
    counts = official.groupby(["series", "publisher"], observed=True).size().rename("figures").reset_index()
    return counts.sort_values(
        ["series", "figures", "publisher"], ascending=[True, False, True], ignore_index=True
    )
