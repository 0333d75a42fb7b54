"""Tables of the specification curve: the median by option of each choice, and the joint test."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from .. import formatting as fmt
from ..estimates.specification import choice_label, option_label
from ..tables import Column, Table, build

_STATISTICS = {
    "median difference": "Median difference, percentage points",
    "share of specifications above 0": "Specifications above 0",
    "share with an interval that leaves out 0": "Intervals that leave out 0",
    "average z": "Average z",
}


def specification_table(by_choice: pd.DataFrame, caption: str, *, notes: Iterable[str] = ()) -> Table:
    """The curve's middle for each option of each choice.

    Parameters
    ----------
    by_choice : of `specification_curve`.
    caption : what the table shows.
    notes : small print.
    """
    columns = [
        Column("Choice", lambda r: choice_label(r["choice"]), heading=True),
        Column("Option", lambda r: fmt.upper_first(option_label(r["choice"], r["option"])), heading=True),
        Column("Specifications", lambda r: fmt.count(r["specifications"]), numeric=True),
        Column("Median difference", lambda r: fmt.points(r["median"], unit=False), numeric=True),
        Column("Range", lambda r: fmt.points_interval(r["low"], r["high"]), numeric=True),
        Column("Above 0", lambda r: _share(r, "positive"), numeric=True),
        Column("Interval leaves out 0", lambda r: _share(r, "significant"), numeric=True),
    ]
    small = "Differences are in percentage points. Every specification takes one option of each choice."
    return build(by_choice, caption, columns, [small, *notes])


def specification_joint_table(joint: pd.DataFrame, caption: str, *, notes: Iterable[str] = ()) -> Table:
    """The whole curve against curves of shuffled roles.

    Parameters
    ----------
    joint : of `specification_curve`.
    caption, notes : as for `specification_table`.
    """
    columns = [
        Column("Of the whole curve", lambda r: _STATISTICS[r["statistic"]], heading=True),
        Column("Observed", lambda r: _value(r, "observed"), numeric=True),
        Column("Middle of shuffled curves", lambda r: _value(r, "null_median"), numeric=True),
        Column(
            f"95{fmt.NARROW_SPACE}% of shuffled curves",
            lambda r: f"{_value(r, 'null_low')} to {_value(r, 'null_high')}",
            numeric=True,
        ),
        Column("p", lambda r: fmt.p_value(r["p_value"]), numeric=True),
    ]
    small = []
    if len(joint):
        small.append(
            f"{fmt.count(joint['permutations'].iloc[0])} curves with the roles shuffled. p is two-sided; of the intervals that "
            "leave out 0 it is one-sided."
        )
    return build(joint, caption, columns, [*small, *notes])


def _share(row: dict, name: str) -> str:
    if not row["specifications"]:
        return fmt.NOT_STATED
    return fmt.percent(row[name] / row["specifications"])


def _value(row: dict, name: str) -> str:
    if row["statistic"] == "average z":
        return fmt.decimal(row[name], 2)
    if row["statistic"] == "median difference":
        return fmt.points(row[name], unit=False, digits=1)
    return fmt.percent(row[name])
