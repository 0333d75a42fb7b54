"""The reliability of the coding in words."""

from __future__ import annotations

import pandas as pd

from ..formatting import (
    count,
    decimal,
    header,
    is_missing,
    join_words,
    lower_first,
    of_total,
    percent,
    points,
    points_interval,
    rate,
)
from ..question import Question
from .words import level, plural

_HEADLINE = ("role", "finding", "outcome")
_LOW = 0.8


def coding_agreement(agreement: pd.DataFrame) -> list[str]:
    """How far the coders agree on what the headline rests on, and on which fields they do not.

    `agreement` is of `coding_agreement`.
    """
    whole = agreement[agreement["value"].eq("")]
    pages = int(whole["denominator"].max()) if len(whole) else 0
    if pages == 0:
        return ["No page was coded twice, so nothing can be said of the reliability of the coding."]
    cells = whole.set_index(["field", "measure", "basis"])
    fields = list(dict.fromkeys(whole["field"]))
    if bool(whole[whole["basis"].eq("all values")]["too_few"].any()):
        pages_said = "1 page was" if pages == 1 else f"{count(pages)} pages were"
        return [f"Only {pages_said} coded twice: too few to say how reliable the coding is."]
    said = []
    for field in [f for f in _HEADLINE if f in fields]:
        raw, kappa, ac1 = (
            cells.loc[(field, measure, "all values")]
            for measure in ("raw agreement", "Cohen's kappa", "Gwet's AC1")
        )
        beyond = [
            f"{name} {decimal(row.estimate, 2)}"
            for name, row in (("kappa", kappa), ("AC1", ac1))
            if not is_missing(row.estimate)
        ]
        counts = of_total(raw.numerator, raw.denominator) if not said else count(raw.numerator)
        said.append(
            f"the {_name(field)} in {counts} ({'; '.join([rate(raw.estimate, raw.conf_low, raw.conf_high), *beyond])})"
        )
    texts = (
        [
            f"{count(pages)} pages were coded a second time by a reader who did not see the first coding. Counting an empty "
            f"field as an answer, the two wrote the same for {join_words(said)}."
        ]
        if said
        else [f"{count(pages)} pages were coded a second time by a reader who did not see the first coding."]
    )
    raw = whole[whole["measure"].eq("raw agreement")].set_index(["field", "basis"])
    low = [f for f in fields if raw.loc[(f, "all values"), "estimate"] < _LOW]
    if low:
        low.sort(key=lambda f: (raw.loc[(f, "all values"), "estimate"], f))
        named = [f"the {_name(f)} ({percent(raw.loc[(f, 'all values'), 'estimate'])})" for f in low]
        fields_are = "The field" if len(low) == 1 else "The fields"
        texts.append(
            f"{fields_are} on which fewer than {percent(_LOW)} of pages were coded alike: {join_words(named)}. "
            "What rests on them is less certain than its interval says."
        )
    filled = raw.xs("both filled", level="basis") if len(raw) else raw
    some = [f for f in _HEADLINE if f in filled.index and filled.loc[f, "denominator"]]
    if some:
        named = [
            f"the {_name(f)} in {of_total(filled.loc[f, 'numerator'], filled.loc[f, 'denominator'])}"
            for f in some
        ]
        texts.append(
            f"Where both filled the field they wrote the same for {join_words(named)}: most of what they disagree on is "
            "whether the page says it at all."
            if _mostly_empty(raw, some)
            else f"Where both filled the field they wrote the same for {join_words(named)}."
        )
    return texts


def coding_error(sensitivity: pd.DataFrame, question: Question) -> list[str]:
    """What coding errors could do to the difference between the two roles.

    `sensitivity` is of `coding_error_sensitivity`.
    """
    rows = sensitivity[sensitivity["measure"].eq("risk difference")].set_index(
        sensitivity.loc[sensitivity["measure"].eq("risk difference"), "scenario"].astype(str)
    )
    plain, alone, both = (rows.loc[s] for s in ("as_recorded", "coding_error", "coding_error_and_chance"))
    if bool(plain.too_few) or is_missing(plain.estimate) or is_missing(alone.estimate):
        return [
            "There are too few cases, or too few pages coded twice, to say what coding errors could do to the difference."
        ]
    wider = (both.conf_high - both.conf_low) / (plain.conf_high - plain.conf_low)
    texts = [
        f"As recorded, the difference is {points(plain.estimate)} ({level(question)} interval for chance "
        f"{points_interval(plain.conf_low, plain.conf_high)}). If role, finding and outcome are miscoded as often as the pages "
        f"coded twice suggest, coding errors alone leave it between {_between(alone)} in {level(question)} of "
        f"{count(alone.draws)} simulated codings; coding errors and chance together between {_between(both)}.",
        "Coding errors add little to what chance already leaves open."
        if wider < 1.25
        else "Coding errors widen the interval noticeably: read the plain one as too narrow.",
    ]
    ends = [
        f"{_between(rows.loc[scenario])} ({plural(role)})"
        for scenario, role in (
            ("errors_in_comparison", question.comparison),
            ("errors_in_reference", question.reference),
        )
        if not is_missing(rows.loc[scenario, "estimate"])
    ]
    if ends:
        either = join_words(ends, "or between")
        texts.append(
            "This assumes that an outcome is miscoded as often for one role as for the other. If all errors in the outcome "
            f"fell on one of them, coding errors alone would leave the difference between {either}."
        )
    return texts


def _name(field: str) -> str:
    names = {
        "hearing_date": "hearing date",
        "breaches": "standards breached",
        "proceeding": "kind of proceedings",
    }
    if field == "private":
        return "note of a private hearing"
    return names.get(field, lower_first(header(field)))


def _mostly_empty(raw: pd.DataFrame, fields: list[str]) -> bool:
    """Whether more than half of the disagreements on these fields are over an empty field."""
    every = sum(int(raw.loc[(f, "all values"), "disagreements"]) for f in fields)
    filled = sum(int(raw.loc[(f, "both filled"), "disagreements"]) for f in fields)
    return filled < every / 2


def _between(row: pd.Series) -> str:
    return f"{points(row.conf_low, unit=False)} and {points(row.conf_high)}"
