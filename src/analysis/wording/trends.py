"""Rates over time, and what changes of the rules did to them, in words."""

from __future__ import annotations

import pandas as pd

from ..codelists import lower_first
from ..formatting import (
    cases,
    count,
    day,
    interval,
    is_missing,
    join_words,
    label,
    percent,
    points,
    points_interval,
    sentence,
    upper_first,
)
from ..question import Question
from .words import level


def trend(smoothed: pd.DataFrame, question: Question) -> str:
    """The smoothed rate of one line in its first, its best known and its last year of enough cases, and what it rests on.

    Parameters
    ----------
    smoothed : of `smoothed_rates`, of one line: without `role`, or of one role.
    question : its level is that of the band.
    """
    undated = int(smoothed["undated"].iloc[0]) if len(smoothed) else 0
    without = ""
    if undated:
        without = (
            f" {upper_first(cases(undated))} without a date {'is' if undated == 1 else 'are'} in no year."
        )
    fitted = smoothed[smoothed["estimate"].notna()]
    if fitted.empty:
        note = next((n for n in smoothed["note"] if n), "there are no dated cases")
        return sentence(f"no line can be drawn through the years: {note}") + without
    if len(fitted) == 1:
        row = fitted.iloc[0]
        return (
            f"All dated cases are of {row.year}: {percent(row.estimate)} ({level(question)} interval "
            f"{interval(row.conf_low, row.conf_high)}).{without}"
        )
    # the ends are told where there are cases to speak of
    enough = fitted[~fitted["too_few"].astype(bool)]
    years = enough if len(enough) else fitted
    width = years["conf_high"] - years["conf_low"]
    places = dict.fromkeys([0, int(width.to_numpy().argmin()), len(years) - 1])
    told = [
        f"{percent(r.estimate)} in {r.year} ({interval(r.conf_low, r.conf_high)})"
        for r in (years.iloc[place] for place in sorted(places))
    ]
    of_year = fitted["denominator"]
    return (
        f"The smoothed rate is {join_words(told)}; the bands are {level(question)} ones, year by year, and the years hold "
        f"{count(of_year.min())} to {cases(int(of_year.max()))} each.{without}"
    )


def regime_changes(changes: pd.DataFrame, question: Question) -> str:
    """What can, and what cannot, be said of the rate before and after each change of the rules.

    Parameters
    ----------
    changes : of `regime_changes`.
    question : its level is that of the intervals.
    """
    if changes.empty:
        return "No change of the rules was looked at."
    parts = []
    for verdict, of_verdict in changes.groupby("verdict", sort=False):
        rows = list(of_verdict.itertuples())
        if verdict == "too few to say":
            parts.append(
                f"there are too few cases, or too few of the rarer outcome, around {_named(rows)} to say anything"
            )
        elif verdict == "cannot tell":
            parts.append(
                f"the data cannot tell whether the rate changed with {_named(rows)}{_would_have(rows)}"
            )
        elif verdict == "no change seen":
            parts.append(f"no change of the rate is seen with {_named(rows)}{_would_have(rows)}")
        else:
            direction = verdict.split()[0]
            parts += [
                f"the rate was {direction} after {_named([row])} {_difference(row, question)}" for row in rows
            ]
    window = f"{changes.attrs['window']:g}"
    text = "; ".join(parts)
    return f"Looking {window} {'year' if window == '1' else 'years'} either way, {text}."


def _named(rows: list) -> str:
    """Changes by date and name: ``the change of 1 February 2020 (Police (Conduct) Regulations 2020)``."""
    told = [f"{day(row.start)} ({_lower(label('regime', row.regime))})" for row in rows]
    return f"the change{'' if len(rows) == 1 else 's'} of {join_words(told)}"


def _lower(text: str) -> str:
    """Inside a sentence, the name of regulations keeps its capital."""
    return text if text.startswith("Police (Conduct)") else lower_first(text)


def _difference(row, question: Question) -> str:
    return (
        f"({points(row.estimate)}, {level(question)} interval {points_interval(row.conf_low, row.conf_high)}; "
        f"{count(row.denominator_before)} cases before, {count(row.denominator)} after)"
    )


def _would_have(rows: list) -> str:
    """The smallest change that would have shown, of one or several; empty where none is known."""
    sizes = [row.detectable for row in rows if not is_missing(row.detectable)]
    if not sizes:
        return ""
    low, high = points(min(sizes), unit=False), points(max(sizes))
    most = high if points(max(sizes), unit=False) == low else f"{low} to {high}"
    return f": only a change of {most} or more would have shown"


def overlapping_changes(changes: pd.DataFrame) -> str:
    """Which changes lie so close together that what each did cannot be told apart; empty where none do."""
    close = changes[changes["overlapping"].map(len) > 0]
    if close.empty:
        return ""
    names = _named(list(close.itertuples()))
    window = f"{changes.attrs['window']:g}"
    return (
        f"Within {window} {'year' if window == '1' else 'years'} of {names} the rules changed again, or had just changed: the "
        "same cases lie before one change and after another, and what each did cannot be told apart."
    )


SAVING_PROVISIONS = (
    "The date of a hearing does not say which rules decided it: a case begun under earlier rules goes on under them, so that a "
    "change shows late, and only in part. Nor does it say what changed besides: from 2015 hearings were held, and their outcomes "
    "published, in public, so that the cases that can be found are others than before."
)
