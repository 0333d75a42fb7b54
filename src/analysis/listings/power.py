"""Tables of what so many cases could have seen."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from .. import formatting as fmt
from ..tables import Column, Table, build

_VERDICTS = {
    "informative": "informative",
    "uninformative": "uninformative",
    "no room": "no such rate possible",
}


def detectable_table(detectable: pd.DataFrame, caption: str, *, notes: Iterable[str] = ()) -> Table:
    """The smallest differences that would be seen, each way, with both numbers of cases.

    Parameters
    ----------
    detectable : of `minimum_detectable`.
    caption : what the table shows.
    notes : more small print.
    """
    groups = _groups(detectable, "direction")
    rows = _one_row_each(detectable, groups, "direction")
    columns = _headings(groups, detectable)
    for direction in ("lower", "higher"):
        columns += [
            Column(
                f"Seen if {direction} by at least",
                lambda r, direction=direction: _size(r["cells"][direction]),
                numeric=True,
            ),
            Column(
                f"For a {direction} rate",
                lambda r, direction=direction: _VERDICTS[r["cells"][direction]["verdict"]],
            ),
        ]
    small = [
        "In percentage points. Uninformative: only a difference of more than 20 percentage points, or none that is possible, "
        "would be seen as often; that none was found does not say that there is none.",
        f"{fmt.NOT_STATED} : none that is possible would be seen as often.",
        *(f"{method}." for method in dict.fromkeys(detectable["method"])),
    ]
    return _finish(rows, detectable, caption, columns, [*small, *_overlap(detectable), *notes])


def power_table(power: pd.DataFrame, caption: str, *, notes: Iterable[str] = ()) -> Table:
    """The probability that differences of given sizes would have been seen. `power` is of `power_to_detect`."""
    groups = _groups(power, "difference")
    rows = _one_row_each(power, groups, "difference")
    columns = _headings(groups, power)
    for difference in sorted(power["difference"].unique()):
        columns.append(
            Column(
                f"{'+' if difference > 0 else ''}{fmt.points(difference, unit=False)} points",
                lambda r, difference=difference: fmt.percent(r["cells"][difference]["estimate"]),
                numeric=True,
            )
        )
    small = [
        "How often a true difference of so many percentage points would be found.",
        f"{fmt.NOT_STATED} : such a difference is not possible, or a role has no case.",
        *(f"{method}." for method in dict.fromkeys(power["method"])),
    ]
    return _finish(rows, power, caption, columns, [*small, *_overlap(power), *notes])


def _groups(frame: pd.DataFrame, last: str) -> list[str]:
    """The grouping columns before the one that becomes columns."""
    return list(frame.columns[: frame.columns.get_loc(last)])


def _one_row_each(frame: pd.DataFrame, groups: list[str], across: str) -> list[dict]:
    parts = frame.groupby(groups, observed=True, sort=True) if groups else [((), frame)]
    rows = []
    for key, some in parts:
        if some.empty:
            continue
        records = some.to_dict("records")
        cells = {(str(r[across]) if across == "direction" else r[across]): r for r in records}
        rows.append(dict(zip(groups, key, strict=True)) | {"cells": cells, "any": records[0]})
    return rows


def _headings(groups: list[str], frame: pd.DataFrame) -> list[Column]:
    columns = [
        Column(fmt.header(name), lambda r, name=name: fmt.label(name, r[name]), heading=True)
        for name in groups
    ] or [Column("Group", lambda r: "All cases", heading=True)]
    for side, count in (("comparison", "denominator"), ("reference", "denominator_reference")):
        who = fmt.plural("role", frame[side].iloc[0]) if len(frame) else fmt.header(side)
        columns.append(Column(who, lambda r, count=count: fmt.count(r["any"][count]), numeric=True))
    columns.append(
        Column("Rate supposed of the second", lambda r: fmt.percent(r["any"]["reference_rate"]), numeric=True)
    )
    return columns


def _size(row: dict) -> str:
    return fmt.NOT_STATED if fmt.is_missing(row["estimate"]) else fmt.points(abs(row["estimate"]), unit=False)


def _overlap(frame: pd.DataFrame) -> list[str]:
    return ["A case can stand in several rows."] if frame.attrs.get("overlapping") else []


def _finish(
    rows: list[dict], frame: pd.DataFrame, caption: str, columns: list[Column], notes: list[str]
) -> Table:
    built = build(pd.DataFrame(rows), caption, columns, notes)
    return Table(built.caption, frame.reset_index(drop=True), built.cells, built.notes, built.html)
