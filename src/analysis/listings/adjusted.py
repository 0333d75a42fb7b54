"""Tables of the adjusted comparison, and of whose outcomes are the more severe."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from .. import formatting as fmt
from ..tables import Column, Table, build

_DIRECTION = {
    "more severe": "More severe for the {one}",
    "as severe": "As severe",
    "less severe": "Less severe for the {one}",
    "probability of direction": "Probability of the more severe outcome, ties as half",
}


def ladder_table(ladder: pd.DataFrame, caption: str, *, notes: Iterable[str] = ()) -> Table:
    """The difference and both ratios for each set of covariates held alike, one row a set.

    Parameters
    ----------
    ladder : of `adjusted_contrasts`.
    caption : what the table shows.
    notes : more small print.

    Returns
    -------
    Table. How the estimates were found, and what was folded, stands in the small print.
    """
    rows = []
    for adjustment, measures in ladder.groupby("adjustment", observed=True, sort=True):
        one = {record["measure"]: record for record in measures.to_dict("records")}
        rows.append(one["risk difference"] | {"adjustment": adjustment, "measures": one})
    columns = [
        Column("Held alike", lambda r: str(r["adjustment"]), heading=True),
        Column("Cases", lambda r: fmt.count(r["cases_used"]), numeric=True),
        Column("Parameters", lambda r: fmt.count(r["parameters"]), numeric=True),
        Column("Difference in points (interval)", lambda r: _cell(r, "risk difference"), numeric=True),
        Column("p", lambda r: fmt.TOO_FEW if r["too_few"] else fmt.p_value(r["p_value"]), numeric=True),
        Column("Risk ratio (interval)", lambda r: _cell(r, "risk ratio"), numeric=True),
        Column("Odds ratio (interval)", lambda r: _cell(r, "odds ratio"), numeric=True),
        Column("Estimated by", _estimator),
    ]
    small = ["p is of the risk difference."]
    told: dict[str, dict[str, None]] = {}
    for record in ladder.to_dict("records"):
        if record["estimator"] != "none":
            told.setdefault(record["method"], {}).setdefault(record["measure"])
    for method, measures in told.items():
        small.append(f"{fmt.sentence(fmt.join_words(list(measures)), stop=False)}: {method}.")
    folded = ladder.attrs.get("design_notes", ())
    if folded:
        small.append("With everything held alike: " + "; ".join(folded) + ".")
    if ladder["too_few"].any():
        small.append(fmt.too_few_note(ladder))
    frame = pd.DataFrame(rows, columns=[*ladder.columns, "measures"] if not rows else None)
    built = build(frame, caption, columns, [*small, *notes])
    return Table(built.caption, ladder.reset_index(drop=True), built.cells, built.notes, built.html)


def balance_table(shares: pd.DataFrame, caption: str, *, notes: Iterable[str] = ()) -> Table:
    """Share of either role's cases at each level of what is held alike.

    Parameters
    ----------
    shares : of `covariate_balance`.
    caption, notes : as for `ladder_table`.

    Returns
    -------
    Table.
    """
    who = {
        side: fmt.plural("role", shares[side].iloc[0]) if len(shares) else fmt.header(side)
        for side in ("comparison", "reference")
    }
    columns = [
        Column("Covariate", lambda r: _COVARIATE.get(r["term"], fmt.header(r["term"])), heading=True),
        Column("Level", _level, heading=True),
        Column(who["comparison"], lambda r: _of(r, ""), numeric=True),
        Column(who["reference"], lambda r: _of(r, "_reference"), numeric=True),
        Column("Difference in points", lambda r: fmt.points(r["estimate"], unit=False), numeric=True),
        Column("Standardised", _standardised, numeric=True),
    ]
    small = [
        "Cases with a known outcome. Standardised: the difference over the pooled standard deviation; above 0.25 either way is "
        "usually called large.",
    ]
    if shares.attrs.get("overlapping"):
        small.append(
            "A case can name several standards and kinds of conduct, so those rows do not add up to the total."
        )
    return build(shares, caption, columns, [*small, *notes])


_COVARIATE = {
    "breach": "Standard breached",
    "admitted": "Admission",
    "conviction": "Conviction",
    "regime": "Newest rules",
}


def _level(record: dict) -> str:
    words = {
        "yes": "Conviction or caution",
        "no": "No conviction or caution",
        "full": "Full",
        "partial": "Partial",
        "denied": "Denied",
    }
    return words.get(record["level"]) or fmt.label(record["term"], record["level"])


def _of(record: dict, suffix: str) -> str:
    total = record[f"denominator{suffix}"]
    number = record[f"numerator{suffix}"]
    return f"{fmt.count(number)} ({fmt.percent(number / total)})" if total else fmt.NOT_STATED


def _standardised(record: dict) -> str:
    value = record["standardised_difference"]
    return "no overlap" if abs(value) == float("inf") else fmt.decimal(value, 2)


def direction_table(pairs: pd.DataFrame, caption: str, *, notes: Iterable[str] = ()) -> Table:
    """How often a case of one role ended more severely than one of the other.

    Parameters
    ----------
    pairs : of `probability_of_direction`.
    caption, notes : as for `ladder_table`.

    Returns
    -------
    Table, counts of pairs with shares and intervals.
    """
    one = fmt.in_sentence("role", pairs["comparison"].iloc[0])
    columns = [
        Column("Outcome", lambda r: _DIRECTION[r["measure"]].format(one=one), heading=True),
        Column("Pairs", lambda r: fmt.of_total(r["numerator"], r["denominator"]), numeric=True),
        Column("Share (interval)", _share, numeric=True),
        Column("p", lambda r: fmt.TOO_FEW if r["too_few"] else fmt.p_value(r["p_value"]), numeric=True),
    ]
    small = [
        "A pair is one case of either role, both with an outcome on the ladder. In the last row every pair counts twice, "
        "so that a tie counts as one half; 50 % would be no difference.",
        *(f"Interval: {method}." for method in dict.fromkeys(pairs["method"])),
    ]
    if pairs["too_few"].any():
        small.append(fmt.too_few_note(pairs))
    return build(pairs, caption, columns, [*small, *notes])


def _cell(record: dict, measure: str) -> str:
    one = record["measures"][measure]
    if one["too_few"]:
        return fmt.TOO_FEW
    if fmt.is_missing(one["estimate"]):
        return fmt.NOT_STATED
    write = (lambda v: fmt.points(v, unit=False)) if measure == "risk difference" else _ratio
    low, high = write(one["conf_low"]), write(one["conf_high"])
    return f"{write(one['estimate'])} ({low} to {high})"


def _ratio(value: float) -> str:
    """Two decimals say nothing of a ratio above a hundred."""
    return "more than 100" if not fmt.is_missing(value) and 100 < value < float("inf") else fmt.ratio(value)


def _estimator(record: dict) -> str:
    if record["estimator"] == "none":
        return fmt.sentence(record["note"], stop=False)
    return fmt.sentence(record["estimator"].removeprefix("logistic regression, "), stop=False)


def _share(record: dict) -> str:
    if record["too_few"]:
        return fmt.TOO_FEW
    return fmt.rate(record["estimate"], record["conf_low"], record["conf_high"])
