"""The table of the two roles' rates with an allowance for cases of one force to resemble each other."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from .. import formatting as fmt
from ..tables import Column, Table, build, comparison_first


def clustered_rates_table(rates: pd.DataFrame, caption: str, *, notes: Iterable[str] = ()) -> Table:
    """Either role's rate, with the interval of independent cases and with that which allows for forces.

    Parameters
    ----------
    rates : of `clustered_rates`.
    caption : what the table shows.
    notes : more small print.

    Returns
    -------
    Table : a row a role, the comparison first.
    """
    columns = [
        Column("Role", lambda r: fmt.label("role", r["role"]), heading=True),
        Column("Sanctioned", lambda r: fmt.of_total(r["numerator"], r["denominator"]), numeric=True),
        Column("Rate", lambda r: _unless_few(r, fmt.percent(r["estimate"])), numeric=True),
        Column(
            "If cases are independent",
            lambda r: _unless_few(r, fmt.interval(r["plain_low"], r["plain_high"])),
            numeric=True,
        ),
        Column(
            "Allowing for forces",
            lambda r: _unless_few(r, fmt.interval(r["conf_low"], r["conf_high"])),
            numeric=True,
        ),
        Column("Forces", lambda r: fmt.count(r["clusters"]), numeric=True),
        Column("Design effect", lambda r: fmt.decimal(r["design_effect"], 2), numeric=True),
        Column("Effective cases", lambda r: fmt.decimal(r["effective"], 1), numeric=True),
    ]
    small = [
        "Design effect: how many times forces multiply the variance of the rate, at least 1. Effective cases: the number of "
        "independent cases that would say as much, allowing also for how few forces the design effect is told from.",
        *(f"{method}." for method in dict.fromkeys(rates["method"])),
        *(
            f"{fmt.label('role', row.role)}: {row.note}."
            for row in comparison_first(rates).itertuples()
            if row.note
        ),
    ]
    if rates["too_few"].any():
        small.append(fmt.too_few_note(rates))
    return build(comparison_first(rates), caption, columns, [*small, *notes])


def _unless_few(record: dict, text: str) -> str:
    return fmt.TOO_FEW if record["too_few"] else text
