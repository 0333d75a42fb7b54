"""Tables of the variation between forces, over time, and around changes of the rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from .. import formatting as fmt
from ..tables import Column, Table, build, comparison_first


def variation_table(measures: pd.DataFrame, caption: str, *, notes: Iterable[str] = ()) -> Table:
    """How much of the variation between forces is more than chance.

    Parameters
    ----------
    measures : of `between_force_variation`.
    caption : what the table shows.
    notes : small print.
    """
    columns = [
        Column("Measure", lambda r: fmt.sentence(r["measure"], stop=False), heading=True),
        Column("Estimate (interval)", _measure, numeric=True),
        Column("Forces", lambda r: fmt.count(r["forces"]), numeric=True),
        Column("Cases", lambda r: fmt.of_total(r["numerator"], r["denominator"]), numeric=True),
    ]
    small = [f"{m}." for m in dict.fromkeys(measures["method"].dropna())]
    typical = measures.attrs.get("typical_cases")
    if not fmt.is_missing(typical):
        small.append(
            f"Share beyond chance: of the variance of the rates seen, for a force of {fmt.decimal(typical)} cases, the size of "
            "a typical one. Standard deviation: of the underlying rates, in percentage points."
        )
    small += [fmt.sentence(note) for note in dict.fromkeys(measures["note"]) if note]
    return build(measures, caption, columns, [*small, *notes])


def _measure(record: dict[str, Any]) -> str:
    values = [record[name] for name in ("estimate", "conf_low", "conf_high")]
    if fmt.is_missing(values[0]):
        return fmt.NOT_STATED
    if record["measure"] == "share beyond chance":
        return fmt.rate(*values)
    if record["measure"] == "standard deviation between forces":
        shown = [fmt.points(value, unit=False) for value in values]
    else:
        shown = [fmt.decimal(value, 3) for value in values]
    return f"{shown[0]} ({shown[1]} to {shown[2]})"


def pooled_table(pooled: pd.DataFrame, caption: str, *, notes: Iterable[str] = ()) -> Table:
    """Every force's raw and pooled rate, beside each other.

    Parameters
    ----------
    pooled : of `pooled_force_rates`.
    caption, notes : as for `variation_table`.
    """
    columns = [
        Column("Force", lambda r: str(r["force"]), heading=True),
        Column("Cases", lambda r: fmt.of_total(r["numerator"], r["denominator"]), numeric=True),
        Column("Raw rate (interval)", _raw, numeric=True),
        Column("Pooled rate (interval)", _smooth, numeric=True),
    ]
    raw = pooled.attrs.get("raw_method")
    small = [
        f"Raw: {raw}." if raw else "",
        *(f"Pooled: {m}." for m in dict.fromkeys(pooled["method"].dropna())),
    ]
    mean = pooled.attrs.get("mean")
    if not fmt.is_missing(mean) and pooled["estimate"].notna().any():
        small.append(
            f"Rates are drawn towards the mean of forces, {fmt.percent(mean)}: the more, the fewer cases a force has."
        )
    if pooled["too_few"].astype(bool).any():
        small.append(fmt.too_few_note(pooled))
    small += [fmt.sentence(note) for note in dict.fromkeys(pooled["note"]) if note]
    return build(pooled, caption, columns, [*small, *notes])


def _raw(record: dict[str, Any]) -> str:
    if record["too_few"]:
        return fmt.TOO_FEW
    return fmt.rate(record["raw"], record["raw_low"], record["raw_high"])


def _smooth(record: dict[str, Any]) -> str:
    return fmt.rate(record["estimate"], record["conf_low"], record["conf_high"])


def trend_table(smoothed: pd.DataFrame, caption: str, *, notes: Iterable[str] = ()) -> Table:
    """Each year's own rate and the smoothed one.

    Parameters
    ----------
    smoothed : of `smoothed_rates`.
    caption, notes : as for `variation_table`.
    """
    smoothed = comparison_first(smoothed)
    columns = [Column("Year", lambda r: str(r["year"]), heading=True)]
    if "role" in smoothed:
        columns.append(Column("Role", lambda r: fmt.plural("role", r["role"]), heading=True))
    columns += [
        Column("Cases", lambda r: fmt.of_total(r["numerator"], r["denominator"]), numeric=True),
        Column("Rate of the year (interval)", _of_year, numeric=True),
        Column("Smoothed rate (band)", _smooth, numeric=True),
    ]
    small = [f"Rate of the year: {m}." for m in dict.fromkeys(smoothed["raw_method"].dropna())]
    small += [f"Smoothed: {m}." for m in dict.fromkeys(smoothed["method"].dropna())]
    if (smoothed["too_few"].astype(bool) & (smoothed["denominator"] > 0)).any():
        small.append(fmt.too_few_note(smoothed))
    undated = smoothed.drop_duplicates("role") if "role" in smoothed else smoothed.head(1)
    if number := int(undated["undated"].sum()):
        small.append(f"{fmt.cases(number)} without a date {'is' if number == 1 else 'are'} in no year.")
    small += [fmt.sentence(note) for note in dict.fromkeys(smoothed["note"]) if note]
    return build(smoothed, caption, columns, [*small, *notes])


def _of_year(record: dict[str, Any]) -> str:
    if not record["denominator"]:
        return fmt.NOT_STATED
    return _raw(record)


def changes_table(changes: pd.DataFrame, caption: str, *, notes: Iterable[str] = ()) -> Table:
    """The sanction rate before and after each change of the rules, and what can be said of it.

    Parameters
    ----------
    changes : of `regime_changes`.
    caption, notes : as for `variation_table`.
    """
    columns = [
        Column("Change of the rules", lambda r: fmt.label("regime", r["regime"]), heading=True),
        Column("From", lambda r: fmt.day(r["start"]), unbroken=True),
        Column(
            "Before", lambda r: fmt.of_total(r["numerator_before"], r["denominator_before"]), numeric=True
        ),
        Column("After", lambda r: fmt.of_total(r["numerator"], r["denominator"]), numeric=True),
        Column("Change (interval)", _change, numeric=True),
        Column("Smallest detectable", _detectable, numeric=True),
        Column("What can be said", lambda r: fmt.sentence(r["verdict"], stop=False)),
    ]
    window = f"{changes.attrs.get('window', float('nan')):g}"
    small = [
        f"Cases within {window} {'year' if window == '1' else 'years'} of the change. Change: rate after less rate before, at "
        "that date, with the trend over the window held, in percentage points.",
        "Smallest detectable: the change that would have been found with 80 % power, in percentage points.",
    ]
    small += [
        f"{m}." for m in dict.fromkeys(changes.loc[~changes["too_few"].astype(bool), "method"].dropna())
    ]
    if changes["too_few"].astype(bool).any():
        side, least = (changes.attrs.get(name) for name in ("least_a_side", "min_count"))
        small.append(
            f"{fmt.upper_first(fmt.TOO_FEW)}: fewer than {side} cases on one side, or than {least} of the rarer outcome."
        )
    return build(changes, caption, columns, [*small, *notes])


def _change(record: dict[str, Any]) -> str:
    if record["too_few"]:
        return fmt.TOO_FEW
    if fmt.is_missing(record["estimate"]):
        return fmt.NOT_STATED
    interval = fmt.points_interval(record["conf_low"], record["conf_high"])
    return f"{fmt.points(record['estimate'], unit=False)} ({interval})"


def _detectable(record: dict[str, Any]) -> str:
    if record["too_few"]:
        return fmt.TOO_FEW
    return fmt.points(record["detectable"], unit=False)
