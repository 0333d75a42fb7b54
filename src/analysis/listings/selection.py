"""Tables of what unequal publication, unmeasured causes and re-weighting would change."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from .. import formatting as fmt
from ..tables import Column, Table, build
from ..wording.selection import sanctioned_cases

_VERDICTS = {
    "above 0": "Higher, beyond chance",
    "below 0": "Lower, beyond chance",
    "includes 0": "Within chance",
}
_MEASURES = {
    "risk ratio": "Risk ratio",
    "odds ratio": "Odds ratio",
    "risk ratio of no sanction": "Risk ratio of the other outcomes",
}
_MARGINS = {
    "none": "Nothing: as published",
    "year": "Year",
    "status": "Left or serving",
    "rank": "Constable or above",
    "proceeding": "Meeting or hearing",
    "all together": "All of these together",
    "force": "Force",
    "outcome": "Outcome",
}
_QUANTITIES = {
    "selection_ratio": "Dismissals against other outcomes, both roles",
    "selection_ratio_least": "The same, official cases of unclear outcome counted as dismissed",
    "dismissals_by_role": "Dismissals of special constables against those of regular officers",
}
_RATIO_NOTE = "Selection ratio: how many times as readily {event} were published as other outcomes."


def tipping_table(tipping: pd.DataFrame, caption: str, *, notes: Iterable[str] = ()) -> Table:
    """How unlike publication must be for the rates to be equal, and for the verdict to change.

    Parameters
    ----------
    tipping : of `tipping_point`.
    caption : what the table shows.
    notes : more small print.
    """
    columns = [
        Column("Publication depends on the outcome for", _path, heading=True),
        Column("True rates equal at", lambda r: _pair(r, "selection"), numeric=True),
        Column("Both rates then", lambda r: fmt.percent(r["common_rate"]), numeric=True),
        Column("Verdict as published", lambda r: _verdict(r, "verdict")),
        Column("Changes at", lambda r: _pair(r, "turning"), numeric=True),
        Column("To", lambda r: _verdict(r, "turned")),
    ]
    small = [
        _RATIO_NOTE.format(event=sanctioned_cases(tipping.attrs.get("sanction", "dismissal_equivalent"))),
        "Where two are given: of the first role and of the second. A ratio below 1: other outcomes were published more readily.",
        *(f"{method}." for method in dict.fromkeys(tipping["method"])),
        *(fmt.sentence(note) for note in dict.fromkeys(tipping["note"]) if note),
    ]
    return build(tipping, caption, columns, [*small, *notes])


def surface_table(
    surface: pd.DataFrame,
    caption: str,
    *,
    ratios: Sequence[float] = (0.5, 1, 2, 4, 8),
    notes: Iterable[str] = (),
) -> Table:
    """The corrected difference, the comparison's selection ratio down and the reference's across.

    Parameters
    ----------
    surface : of `selection_surface`.
    caption : what the table shows.
    ratios : which of its ratios to show; those that it does not hold are left out.
    notes : more small print.
    """
    chosen = surface[
        _is_one_of(surface["selection_comparison"], ratios)
        & _is_one_of(surface["selection_reference"], ratios)
    ]
    who, whom = (
        fmt.group_in_sentence("role", surface[side].iloc[0]) if len(surface) else side
        for side in ("comparison", "reference")
    )
    rows = [
        {"ratio": ratio, "cells": {round(c["selection_reference"], 9): c for c in cells.to_dict("records")}}
        for ratio, cells in chosen.groupby("selection_comparison", sort=True)
    ]
    across = sorted(chosen["selection_reference"].unique())
    columns = [Column(f"Ratio of {who}", lambda r: _times(r["ratio"]), heading=True)]
    for ratio in across:
        columns.append(
            Column(
                f"Ratio of {whom} {_times(ratio)}",
                lambda r, ratio=ratio: _points(r["cells"][round(ratio, 9)]),
                numeric=True,
            )
        )
    small = [
        _RATIO_NOTE.format(event=sanctioned_cases(surface.attrs.get("sanction", "dismissal_equivalent"))),
        f"Rate of {who} minus rate of {whom} in percentage points, corrected (interval). *: the interval leaves out 0.",
        *(f"{method}." for method in dict.fromkeys(surface["method"])),
    ]
    built = build(pd.DataFrame(rows, columns=["ratio", "cells"]), caption, columns, [*small, *notes])
    return Table(built.caption, chosen.reset_index(drop=True), built.cells, built.notes, built.html)


def bounds_table(bounds: pd.DataFrame, caption: str, *, notes: Iterable[str] = ()) -> Table:
    """The furthest that rates and difference can lie. `bounds` is of `selection_bounds`."""
    rates = bounds[bounds["measure"] == "sanction rate"]
    roles = list(dict.fromkeys(rates["role"]))
    rows = []
    for share, some in bounds.groupby("unpublished", sort=True):
        by_role = {r["role"]: r for r in some[some["measure"] == "sanction rate"].to_dict("records")}
        [difference] = some[some["measure"] == "risk difference"].to_dict("records")
        rows.append({"unpublished": share, "roles": by_role, "difference": difference})
    columns = [Column("Unpublished for each published case", lambda r: f"{r['unpublished']:g}", heading=True)]
    for role in roles:
        who = fmt.plural("role", role)
        columns += [
            Column(
                f"{who}: unpublished",
                lambda r, role=role: fmt.count(r["roles"][role]["hidden"]),
                numeric=True,
            ),
            Column(
                f"{who}: rate", lambda r, role=role: _bounds(r["roles"][role], fmt.interval), numeric=True
            ),
        ]
    columns.append(
        Column(
            "Difference in percentage points",
            lambda r: _bounds(r["difference"], fmt.points_interval),
            numeric=True,
        )
    )
    small = [
        "From the least to the most that is possible, whatever the unpublished and the unknown outcomes; not a confidence "
        "interval: chance comes on top."
    ]
    built = build(
        pd.DataFrame(rows, columns=["unpublished", "roles", "difference"]), caption, columns, [*small, *notes]
    )
    return Table(built.caption, bounds.reset_index(drop=True), built.cells, built.notes, built.html)


def unpublished_table(cases: pd.DataFrame, caption: str, *, notes: Iterable[str] = ()) -> Table:
    """How few unpublished cases would change the answer. `cases` is of `unpublished_cases`."""
    columns = [
        Column("Unpublished cases of", lambda r: fmt.group_in_sentence("role", r["role"]), heading=True),
        Column("Ended with the sanction", lambda r: "yes" if r["sanctioned"] else "no"),
        Column("To level the rates", lambda r: _number(r, "to_equal"), numeric=True),
        Column("To change the verdict", lambda r: _number(r, "to_turn"), numeric=True),
        Column("From", lambda r: _verdict(r, "verdict")),
        Column("To", lambda r: _verdict(r, "turned")),
    ]
    small = [f"{method}." for method in dict.fromkeys(cases["method"])]
    return build(cases, caption, columns, ["“none”: no number of such cases would.", *small, *notes])


def e_value_table(e_values: pd.DataFrame, caption: str, *, notes: Iterable[str] = ()) -> Table:
    """E-values of ratios. `e_values` is of `e_value` or `e_values`; its grouping columns are shown."""
    groups = list(e_values.columns[: e_values.columns.get_loc("estimate")])
    columns = [
        Column(fmt.header(name), lambda r, name=name: fmt.label(name, r[name]), heading=True)
        for name in groups
        if name not in ("measure", "comparison", "reference")
    ]
    columns += [
        Column("Ratio", lambda r: _MEASURES.get(r["measure"], r["measure"]), heading=True),
        Column("Estimate (interval)", _ratio, numeric=True),
        Column("As a risk ratio", lambda r: fmt.ratio(r["risk_ratio"]), numeric=True),
        Column("E-value", lambda r: _least(r, "estimate"), numeric=True),
        Column("E-value of the interval", lambda r: _least(r, "conf_low"), numeric=True),
        Column("E-value for selection", lambda r: _least(r, "selection_e_value"), numeric=True),
    ]
    small = [
        "E-value: the least risk ratio that an unmeasured characteristic needs with both role and outcome to explain the ratio "
        "away; 1: nothing needs explaining. For selection: the least that each of four such ratios needs.",
        *(fmt.sentence(note) for note in dict.fromkeys(e_values["note"]) if note),
    ]
    return build(e_values, caption, columns, [*small, *notes])


def implied_table(implied: pd.DataFrame, caption: str, *, notes: Iterable[str] = ()) -> Table:
    """What official figures say of the selection ratios. `implied` is of `implied_selection`."""
    columns = [
        Column(
            "How readily published", lambda r: _QUANTITIES.get(r["quantity"], r["quantity"]), heading=True
        ),
        Column("Year", lambda r: str(r["financial_year"])),
        Column("Sample", lambda r: fmt.of_total(r["numerator"], r["denominator"]), numeric=True),
        Column(
            "Set beside",
            lambda r: fmt.of_total(r["numerator_reference"], r["denominator_reference"]),
            numeric=True,
        ),
        Column("Times as readily (interval)", _times_interval, numeric=True),
    ]
    small = [
        "Set beside: official counts; in the last row, sampled of barred regular officers.",
        *(f"{method}." for method in dict.fromkeys(implied["method"])),
        *(fmt.sentence(note) for note in dict.fromkeys(implied["note"]) if note),
    ]
    return build(implied, caption, columns, [*small, *notes])


def reweighting_table(reweighted: pd.DataFrame, caption: str, *, notes: Iterable[str] = ()) -> Table:
    """Rates and difference under official margins, and what is not possible. `reweighted` is of `reweighted_rates`."""
    roles = [role for role in dict.fromkeys(reweighted["role"]) if isinstance(role, str)]
    rows = []
    for name, some in reweighted.groupby("margins", sort=False, observed=True):
        possible = some[some["possible"].astype(bool)]
        why = "; ".join(dict.fromkeys(some.loc[~some["possible"].astype(bool), "note"]))
        if len(possible):
            rates = possible[possible["measure"] == "sanction rate"].to_dict("records")
            [difference] = possible[possible["measure"] == "risk difference"].to_dict("records")
            rows.append(
                {
                    "margins": name,
                    "rates": {r["role"]: r for r in rates},
                    "difference": difference,
                    "why": why,
                }
            )
        else:
            rows.append({"margins": name, "rates": None, "difference": None, "why": f"not possible: {why}"})
    columns = [Column("Weighted to", lambda r: _MARGINS.get(r["margins"], str(r["margins"])), heading=True)]
    for role in roles:
        columns.append(
            Column(
                fmt.plural("role", role), lambda r, role=role: _weighted_rate(r["rates"], role), numeric=True
            )
        )
    columns += [
        Column(
            "Difference in percentage points (interval)",
            lambda r: fmt.NOT_STATED if r["difference"] is None else _points(r["difference"], star=False),
            numeric=True,
        ),
        Column("Remarks", lambda r: fmt.sentence(r["why"]) or "none"),
    ]
    stated = reweighted[reweighted["possible"].astype(bool)]
    small = [
        "n: the effective number of cases under the weights.",
        *(f"{method}." for method in dict.fromkeys(stated["method"])),
        *(
            f"{_MARGINS.get(str(r.margins), str(r.margins))}, {fmt.group_in_sentence('role', r.role)}: {r.note}."
            for r in stated.itertuples()
            if r.note and isinstance(r.role, str) and r.margins not in ("all together", "none")
        ),
    ]
    built = build(
        pd.DataFrame(rows, columns=["margins", "rates", "difference", "why"]),
        caption,
        columns,
        [*small, *notes],
    )
    return Table(built.caption, reweighted.reset_index(drop=True), built.cells, built.notes, built.html)


def _path(row: dict) -> str:
    who, whom = (fmt.group_in_sentence("role", row[side]) for side in ("comparison", "reference"))
    return {
        "comparison": f"Only {who}",
        "reference": f"Only {whom}",
        "both": f"{fmt.upper_first(who)} and, as far the other way, {whom}",
    }[row["path"]]


def _pair(row: dict, which: str) -> str:
    if row["too_few"]:
        return fmt.TOO_FEW
    comparison, reference = row[f"{which}_comparison"], row[f"{which}_reference"]
    if fmt.is_missing(comparison):
        return "nowhere"
    shown = [fmt.ratio(value) for value in (comparison, reference)]
    return {"comparison": shown[0], "reference": shown[1], "both": " and ".join(shown)}[row["path"]]


def _verdict(row: dict, which: str) -> str:
    if row["too_few"]:
        return fmt.TOO_FEW
    return "nothing else" if fmt.is_missing(row[which]) else _VERDICTS[row[which]]


def _number(row: dict, which: str) -> str:
    if row["too_few"]:
        return fmt.TOO_FEW
    return "none" if fmt.is_missing(row[which]) else fmt.count(row[which])


def _is_one_of(values: pd.Series, ratios: Sequence[float]) -> pd.Series:
    return pd.Series(
        np.isclose(values.to_numpy(float)[:, None], np.asarray(ratios, float)[None, :]).any(axis=1),
        values.index,
    )


def _times(ratio: float) -> str:
    return f"{ratio:g}" if ratio >= 1 else f"1/{1 / ratio:g}"


def _points(row: dict, star: bool = True) -> str:
    if row["too_few"] or fmt.is_missing(row["estimate"]):
        return fmt.TOO_FEW
    marked = "*" if star and not row["conf_low"] <= 0 <= row["conf_high"] else ""
    interval = fmt.points_interval(row["conf_low"], row["conf_high"])
    return f"{fmt.points(row['estimate'], unit=False)}{marked} ({interval})"


def _bounds(row: dict, show) -> str:
    return fmt.TOO_FEW if row["too_few"] else show(row["bound_low"], row["bound_high"])


def _ratio(row: dict) -> str:
    if row["too_few"] or fmt.is_missing(row["observed"]):
        return fmt.TOO_FEW if row["too_few"] else fmt.NOT_STATED
    return f"{fmt.ratio(row['observed'])} ({fmt.ratio(row['observed_low'])} to {fmt.ratio(row['observed_high'])})"


def _least(row: dict, which: str) -> str:
    if row["too_few"]:
        return fmt.TOO_FEW
    return "none large enough" if row[which] == math.inf else fmt.ratio(row[which])


def _times_interval(row: dict) -> str:
    if fmt.is_missing(row["estimate"]):
        return fmt.NOT_STATED
    return f"{fmt.ratio(row['estimate'])} ({fmt.ratio(row['conf_low'])} to {fmt.ratio(row['conf_high'])})"


def _weighted_rate(rates: dict | None, role: str) -> str:
    if rates is None:
        return fmt.NOT_STATED
    row = rates[role]
    if row["too_few"] or fmt.is_missing(row["estimate"]):
        return fmt.TOO_FEW
    return f"{fmt.rate(row['estimate'], row['conf_low'], row['conf_high'])}, n = {fmt.decimal(row['effective'], 0)}"
