"""Tables of model criticism: calibration, influence and convergence."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from .. import formatting as fmt
from ..tables import Column, Table, _source, build

_MODELS = {"sanction": "Sanction or not", "ladder": "Whole ladder of outcomes"}
_ADJUSTMENTS = {
    "none": "Nothing",
    "case": "Breach, conduct, status, admission, conviction",
    "procedure": "Proceedings and rules",
    "conduct_and_breach": "Conduct and breach",
    "all_but_force": "Case and procedure",
    "full": "Case, procedure and force",
    "full_and_year": "Case, procedure, force and year",
    "often_stated": "Conduct, status, proceedings and force",
}


def model_calibration_table(measures: pd.DataFrame, caption: str, *, notes: Iterable[str] = ()) -> Table:
    """How well the model predicts, in the sample and for forces left out.

    Parameters
    ----------
    measures : ``Calibration.measures``.
    caption : what the table shows.
    notes : more small print.
    """
    rows = [
        {"measure": measure, "cells": {str(r["prediction"]): r for r in some.to_dict("records")}}
        for measure, some in measures.groupby("measure", sort=False)
    ]
    columns = [
        Column("Measure", lambda r: fmt.sentence(r["measure"], stop=False), heading=True),
        Column("In sample (interval)", lambda r: _value(r["cells"].get("in sample")), numeric=True),
        Column("Force left out (interval)", lambda r: _value(r["cells"].get("force left out")), numeric=True),
        Column("To compare with", lambda r: _compare(r), numeric=True),
    ]
    told = [f"{method}." for method in dict.fromkeys(measures["method"].dropna())]
    told += [fmt.sentence(note) for note in dict.fromkeys(measures["note"].dropna()) if note]
    if measures.attrs.get("note"):
        told.append(fmt.sentence(measures.attrs["note"]))
    told.append(
        "To compare with: what true risks would have for the two calibration measures (0 and 1), and what a model that "
        "gives every case the same risk has for the Brier score (lower is better) and the c-statistic (higher is better)."
    )
    built = build(pd.DataFrame(rows, columns=["measure", "cells"]), caption, columns, [*told, *notes])
    return Table(built.caption, measures.reset_index(drop=True), built.cells, built.notes, built.html)


def influential_cases_table(cases: pd.DataFrame, caption: str, *, notes: Iterable[str] = ()) -> Table:
    """The cases that move the adjusted difference most, by case id.

    Parameters
    ----------
    cases : of `influential_cases`.
    caption, notes : as for `model_calibration_table`.
    """
    columns = [
        Column("Case", lambda r: str(r["case_id"]), heading=True, unbroken=True),
        Column("Role", lambda r: fmt.label("role", r["role"])),
        Column("Outcome", lambda r: _outcome(r)),
        Column("Fitted risk", lambda r: fmt.percent(r["fitted"]), numeric=True),
        Column("Difference without it, points (interval)", lambda r: _points(r, 1), numeric=True),
        Column("Moves it by, points", lambda r: fmt.points(r["move"], unit=False, digits=1), numeric=True),
    ]
    small = [f"Interval: {method}." for method in dict.fromkeys(cases["method"].dropna())]
    if cases.attrs.get("note"):
        small.append(fmt.sentence(cases.attrs["note"]))
    elif not fmt.is_missing(cases.attrs.get("estimate")):
        whole = fmt.points(cases.attrs["estimate"], digits=1)
        small.append(f"With all {fmt.cases(cases.attrs['cases'])}: {whole}.")
    return build(cases, caption, columns, [*small, *notes])


def leave_one_out_table(
    left_out: pd.DataFrame,
    caption: str,
    *,
    most: int = 10,
    sources: pd.DataFrame | None = None,
    notes: Iterable[str] = (),
) -> Table:
    """The difference without one force (or source) at a time, those that move most; the whole in the first row.

    Parameters
    ----------
    left_out : of `leave_one_out`.
    caption, notes : as for `model_calibration_table`.
    most : how many of those left out are shown; all are in the table's frame.
    sources : of `load_sources`; where sources were left out, each is shown with its publisher and a link.
    """
    by = str(left_out["by"].iloc[0]) if len(left_out) else "force"
    kinds = list(dict.fromkeys(left_out["adjustment"]))
    some = left_out[left_out["left_out"].ne("")]
    moved = some["move"].abs().groupby(some["left_out"]).max().dropna()
    order = sorted(moved.index, key=lambda name: (-round(moved[name], 12), name))[:most]
    rows = []
    for name in ["", *order]:
        cells = left_out[left_out["left_out"].eq(name)].set_index("adjustment").to_dict("index")
        rows.append({"left_out": name, "cells": cells, "cases": next(iter(cells.values()))["cases_left_out"]})
    columns = [
        Column(
            "Without this force" if by == "force" else f"Without this {by}",
            lambda r: r["left_out"] or "Nothing left out",
            heading=True,
        ),
        Column("Cases left out", lambda r: fmt.count(r["cases"]), numeric=True),
    ]
    if by == "source" and sources is not None:
        pages = sources.drop_duplicates("source_id").set_index("source_id").to_dict("index")
        columns.append(
            Column("Page", lambda r: _source(pages.get(r["left_out"])) if r["left_out"] else "All")
        )
    for kind in kinds:
        name = "Crude" if kind == "none" else "Adjusted"
        columns += [
            Column(
                f"{name}, points (interval)", lambda r, kind=kind: _points(r["cells"][kind]), numeric=True
            ),
            Column("p", lambda r, kind=kind: _p(r["cells"][kind]), numeric=True),
        ]
    small = [f"{method}." for method in dict.fromkeys(left_out["method"].dropna())]
    if len(moved) > len(order):
        small.append(f"Shown: the {len(order)} of {fmt.count(len(moved))} that move a difference most.")
    if left_out["too_few"].any():
        small.append(fmt.too_few_note(left_out))
    built = build(
        pd.DataFrame(rows, columns=["left_out", "cells", "cases"]), caption, columns, [*small, *notes]
    )
    return Table(built.caption, left_out.reset_index(drop=True), built.cells, built.notes, built.html)


def convergence_table(models: pd.DataFrame, caption: str, *, notes: Iterable[str] = ()) -> Table:
    """How each model was fitted, why so, and whether it settled.

    Parameters
    ----------
    models : of `model_convergence`.
    caption, notes : as for `model_calibration_table`.
    """
    columns = [
        Column("Model of", lambda r: _MODELS.get(r["model"], str(r["model"])), heading=True),
        Column("Adjusted for", lambda r: _adjustment(r["adjustment"]), heading=True),
        Column("Cases (rarer outcome)", _sizes, numeric=True),
        Column("Parameters", lambda r: fmt.count(r["parameters"]), numeric=True),
        Column("Converged", lambda r: "yes" if r["converged"] else "no"),
        Column("Iterations", lambda r: fmt.count(r["iterations"]), numeric=True),
        Column("Largest score", lambda r: _score(r["largest_score"]), numeric=True),
        Column("Method, and why", lambda r: fmt.sentence(r["reason"])),
    ]
    small = ["Largest score: derivative of the maximised likelihood where the fit stopped; 0 at its maximum."]
    return build(models, caption, columns, [*small, *notes])


def _value(row: dict | None) -> str:
    if row is None or fmt.is_missing(row["estimate"]):
        return fmt.NOT_STATED
    if row["too_few"]:
        return fmt.TOO_FEW
    digits = 3 if row["measure"] == "Brier score" else 2
    text = fmt.decimal(row["estimate"], digits)
    if fmt.is_missing(row["conf_low"]):
        return text
    return f"{text} ({fmt.decimal(row['conf_low'], digits)} to {fmt.decimal(row['conf_high'], digits)})"


def _compare(row: dict) -> str:
    ideal = next(iter(row["cells"].values()))["ideal"]
    return fmt.decimal(ideal, 3 if row["measure"] == "Brier score" else 1)


def _outcome(row: dict) -> str:
    if not fmt.is_missing(row.get("outcome")):
        return fmt.label("outcome", row["outcome"])
    return "Sanctioned" if row["sanctioned"] else "Not sanctioned"


def _points(row: dict, digits: int = 0) -> str:
    if row["too_few"]:
        return fmt.TOO_FEW
    if fmt.is_missing(row["estimate"]):
        return fmt.NOT_STATED
    text = fmt.points(row["estimate"], unit=False, digits=digits)
    if fmt.is_missing(row["conf_low"]):
        return text
    return f"{text} ({fmt.points_interval(row['conf_low'], row['conf_high'], digits)})"


def _p(row: dict) -> str:
    return fmt.TOO_FEW if row["too_few"] else fmt.p_value(row["p_value"])


def _adjustment(name: str) -> str:
    return _ADJUSTMENTS.get(name, fmt.sentence(str(name).replace("_", " "), stop=False))


def _sizes(row: dict) -> str:
    rarer = "" if fmt.is_missing(row["rarer"]) else f" ({fmt.count(row['rarer'])})"
    return fmt.count(row["cases"]) + rarer


def _score(score: float) -> str:
    if fmt.is_missing(score):
        return fmt.NOT_STATED
    return "less than 0.0001" if score < 1e-4 else fmt.decimal(score, 4)
