"""Tables of the reliability of the coding: agreement, confusion, and what coding errors do to the headline."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from .. import formatting as fmt
from ..tables import Column, Table, build

_PARTS = {"breaches": "breach", "conduct": "conduct"}
_SCENARIOS = {
    "as_recorded": "As recorded; intervals show chance alone",
    "coding_error": "Coding errors as often as the sample shows",
    "coding_error_and_chance": "Those coding errors and chance together",
    "twice_the_error": "Every coding error twice as likely",
    "errors_in_comparison": "All errors in the outcome among {}",
    "errors_in_reference": "All errors in the outcome among {}",
}


def agreement_table(agreement: pd.DataFrame, caption: str, *, notes: Iterable[str] = ()) -> Table:
    """How far two coders agree, one row a field: raw, and beyond chance.

    Parameters
    ----------
    agreement : of `coding_agreement`; the rows of whole fields are shown.
    caption : what the table shows.
    notes : more small print.
    """
    return _agreement(agreement[agreement["value"].eq("")], "field", caption, notes)


def agreement_parts_table(
    agreement: pd.DataFrame, field: str, caption: str, *, notes: Iterable[str] = ()
) -> Table:
    """How far two coders agree that one standard (or kind of conduct) is mentioned, one row each.

    Parameters
    ----------
    agreement : of `coding_agreement`.
    field : breaches or conduct.
    caption, notes : as for `agreement_table`.
    """
    parts = agreement[agreement["field"].eq(field) & agreement["value"].ne("")]
    return _agreement(parts, "value", caption, notes, _PARTS.get(field, field))


def confusion_table(confusion: pd.DataFrame, caption: str, *, notes: Iterable[str] = ()) -> Table:
    """Which value of one coder met which of the other: a row a value of coder A, a column a value of coder B.

    Parameters
    ----------
    confusion : of `confusion`.
    caption, notes : as for `agreement_table`.
    """
    field = confusion["field"].iloc[0] if len(confusion) else ""
    values = list(confusion["coder_b"].cat.categories)
    cells = confusion.pivot(index="coder_a", columns="coder_b", values="pages")
    rows = [{"coder_a": value, **cells.loc[value].to_dict()} for value in values]
    columns = [Column("Coder A", lambda r: _value(field, r["coder_a"]), heading=True)]
    columns += [
        Column(f"B: {_value(field, value)}", lambda r, value=value: fmt.count(r[value]), numeric=True)
        for value in values
    ]
    built = build(
        pd.DataFrame(rows, columns=["coder_a", *values]),
        caption,
        columns,
        ["Pages. On the diagonal both coders wrote the same.", *notes],
    )
    return Table(built.caption, confusion.reset_index(drop=True), built.cells, built.notes, built.html)


def coding_error_table(sensitivity: pd.DataFrame, caption: str, *, notes: Iterable[str] = ()) -> Table:
    """The headline under each assumption about coding errors.

    Parameters
    ----------
    sensitivity : of `coding_error_sensitivity`.
    caption, notes : as for `agreement_table`.
    """
    rows = []
    for scenario, some in sensitivity.groupby("scenario", sort=False, observed=True):
        records = some.to_dict("records")
        rates = [r for r in records if r["measure"] == "sanction rate"]
        [difference] = [r for r in records if r["measure"] == "risk difference"]
        rows.append({"scenario": str(scenario), "rates": rates, "difference": difference})
    roles = [rate["role"] for rate in rows[0]["rates"]]
    columns = [Column("Assumption", lambda r: _scenario(r["scenario"], roles), heading=True)]
    columns += [
        Column(
            f"{fmt.plural('role', role)}: rate (interval)",
            lambda r, place=place: _rate(r["rates"][place]),
            numeric=True,
        )
        for place, role in enumerate(roles)
    ]
    columns += [
        Column(
            "Difference in percentage points (interval)", lambda r: _points(r["difference"]), numeric=True
        ),
        Column("Draws above zero", lambda r: _share(r["difference"]), numeric=True),
    ]
    # the test's name after the semicolon has no p-value here
    found = dict.fromkeys(str(method).split(";")[0] for method in sensitivity["method"].dropna())
    methods = [fmt.sentence(method) for method in found]
    remarks = [fmt.sentence(note) for note in dict.fromkeys(sensitivity["note"].dropna()) if note]
    few = [fmt.too_few_note(sensitivity)] if sensitivity["too_few"].any() else []
    built = build(pd.DataFrame(rows), caption, columns, [*methods, *few, *remarks, *notes])
    return Table(built.caption, sensitivity.reset_index(drop=True), built.cells, built.notes, built.html)


def _agreement(frame: pd.DataFrame, by: str, caption: str, notes: Iterable[str], labels: str = "") -> Table:
    rows = []
    for name, some in frame.groupby(by, sort=False):
        cells = {(r["measure"], r["basis"]): r for r in some.to_dict("records")}
        rows.append({"name": name, "cells": cells})

    def cell(measure: str, basis: str = "all values"):
        return lambda r: r["cells"].get((measure, basis))

    raw, kappa, ac1 = "raw agreement", "Cohen's kappa", "Gwet's AC1"
    heading = "Field" if by == "field" else fmt.header(labels)
    columns = [
        Column(
            heading,
            lambda r: fmt.header(r["name"]) if by == "field" else fmt.label(labels, r["name"]),
            heading=True,
        ),
        Column("Pages coded alike", lambda r: _counts(cell(raw)(r)), numeric=True),
        Column("Share (interval)", lambda r: _agreed(cell(raw)(r)), numeric=True),
        Column("Cohen’s kappa (interval)", lambda r: _coefficient(cell(kappa)(r)), numeric=True),
        Column("Gwet’s AC1 (interval)", lambda r: _coefficient(cell(ac1)(r)), numeric=True),
        Column("Alike, where both filled it", lambda r: _counts(cell(raw, "both filled")(r)), numeric=True),
    ]
    told = [f"Interval: {method}." for method in dict.fromkeys(frame["method"].dropna())]
    told += [fmt.sentence(note) for note in dict.fromkeys(frame["note"].dropna()) if note]
    few = [fmt.too_few_note(frame)] if frame["too_few"].any() else []
    built = build(
        pd.DataFrame(rows, columns=["name", "cells"]),
        caption,
        columns,
        ["An empty field counts as an answer, except in the last column.", *told, *few, *notes],
    )
    return Table(built.caption, frame.reset_index(drop=True), built.cells, built.notes, built.html)


def _value(field: str, code: str) -> str:
    return fmt.label(field, code)


def _counts(row: dict | None) -> str:
    return fmt.NOT_STATED if row is None else fmt.of_total(row["numerator"], row["denominator"])


def _agreed(row: dict | None) -> str:
    if row is None or fmt.is_missing(row["estimate"]):
        return fmt.NOT_STATED
    if row["too_few"]:
        return fmt.TOO_FEW
    return fmt.rate(row["estimate"], row["conf_low"], row["conf_high"])


def _coefficient(row: dict | None) -> str:
    if row is None or fmt.is_missing(row["estimate"]):
        return fmt.NOT_STATED
    if row["too_few"]:
        return fmt.TOO_FEW
    low, high = fmt.decimal(row["conf_low"], 2), fmt.decimal(row["conf_high"], 2)
    return f"{fmt.decimal(row['estimate'], 2)} ({low} to {high})"


def _scenario(scenario: str, roles: list[str]) -> str:
    role = roles[0] if scenario == "errors_in_comparison" else roles[-1]
    return _SCENARIOS[scenario].format(fmt.group_in_sentence("role", role))


def _rate(row: dict) -> str:
    if row["too_few"]:
        return fmt.TOO_FEW
    return fmt.rate(row["estimate"], row["conf_low"], row["conf_high"])


def _points(row: dict) -> str:
    if row["too_few"]:
        return fmt.TOO_FEW
    if fmt.is_missing(row["estimate"]):
        return fmt.NOT_STATED
    bounds = fmt.points_interval(row["conf_low"], row["conf_high"])
    return f"{fmt.points(row['estimate'], unit=False)} ({bounds})"


def _share(row: dict) -> str:
    return fmt.TOO_FEW if row["too_few"] else fmt.percent(row["share_above_zero"])
