"""What so many cases could have seen, in words: a comparison that could not see a difference says nothing of it."""

from __future__ import annotations

import pandas as pd

from ..formatting import count, decimal, in_sentence, is_missing, join_words, percent, points
from ..question import Question
from .words import plural

UNINFORMATIVE = "uninformative"


def detectable(frame: pd.DataFrame, question: Question) -> str:
    """What the comparison of all could have seen, each way. `frame` is of `minimum_detectable` without a grouping."""
    by_direction = frame.set_index(frame["direction"].astype(str))
    lower, higher = by_direction.loc["lower"], by_direction.loc["higher"]
    who = plural(question.comparison)
    if not lower.denominator or not lower.denominator_reference:
        return "One of the two groups is empty: there is no comparison to judge."
    opening = (
        f"With {count(lower.denominator)} {who} and {count(lower.denominator_reference)} {plural(question.reference)}, "
        f"{percent(lower.reference_rate)} of whom ended with {question.sanction.noun}, the test finds a true difference "
        f"{percent(lower.power)} of the time or more often"
    )
    seen = [
        f"{points(abs(row.estimate))} {direction}"
        for direction, row in (("lower", lower), ("higher", higher))
        if not is_missing(row.estimate)
    ]
    if not seen:
        return f"{opening.replace('finds a true difference', 'finds no true difference')}: the comparison is {UNINFORMATIVE}."
    text = f"{opening} where the rate of {who} is at least {join_words(seen, 'or')}."
    if is_missing(higher.estimate):
        text += f" {_no_room(higher, 'higher', who)}"
    elif higher.verdict == "informative" and higher.estimate > 0.5 * higher.most_possible:
        text += f" There is room for at most {points(higher.most_possible)} upwards."
    if is_missing(lower.estimate):
        text += f" {_no_room(lower, 'lower', who)}"
    sides = [name for name, row in (("lower", lower), ("higher", higher)) if row.verdict == UNINFORMATIVE]
    if len(sides) == 2:
        text += f" The comparison is {UNINFORMATIVE}: it could have missed differences of more than 20 percentage points."
    elif sides:
        text += f" About a {sides[0]} rate the comparison is {UNINFORMATIVE}."
    return text


def clustered(frame: pd.DataFrame, effect: float, question: Question) -> str:
    """What changes where cases of one force resemble each other.

    Parameters
    ----------
    frame : of `minimum_detectable` without a grouping, with `effect` as its design effect.
    effect : of `clustering_design_effect`.
    question : the question asked.
    """
    if is_missing(effect) or frame.empty:
        return "Whether cases of one force resemble each other cannot be told from these cases."
    if effect <= 1:
        return (
            f"That cases come from the same forces does not make the difference less certain here (design effect "
            f"{decimal(effect)}, itself uncertain)."
        )
    by_direction = frame.set_index(frame["direction"].astype(str))
    lower, higher = by_direction.loc["lower"], by_direction.loc["higher"]
    worth = [count(round(n / effect)) for n in (lower.denominator, lower.denominator_reference)]
    seen, unseen = [], []
    for direction, row in (("lower", lower), ("higher", higher)):
        if is_missing(row.estimate):
            unseen.append(direction)
        else:
            seen.append(f"{points(abs(row.estimate))} {direction}")
    text = (
        f"Cases of one force resemble each other: the variance of the difference is about {decimal(effect)} times that of as "
        f"many independent cases (a figure itself uncertain), so that {count(lower.denominator)} {plural(question.comparison)} and "
        f"{count(lower.denominator_reference)} {plural(question.reference)} are worth about {join_words(worth)}. "
    )
    if seen:
        text += f"A rate would then have to be {join_words(seen, 'or')} to be seen as often"
        text += f"; no {unseen[0]} rate would be." if unseen else "."
    else:
        text += "No difference that is possible would then be seen as often."
    if (frame["verdict"].isin([UNINFORMATIVE, "no room"])).all():
        text += f" Taken so, the comparison is {UNINFORMATIVE} either way."
    return text


def _no_room(row: pd.Series, direction: str, who: str) -> str:
    if row.verdict == "no room":
        return f"No {direction} rate than the reference’s is possible."
    return (
        f"A {direction} rate of {who} can differ by at most {points(abs(row.most_possible))}, and not even that would be "
        f"seen as often."
    )


def detectable_by(frame: pd.DataFrame, question: Question, by: str = "breach") -> str:
    """In how many rows a difference could have been seen at all. `frame` is of `minimum_detectable` by one grouping."""
    frame = frame[frame[by].astype(str) != "not_stated"]
    if frame.empty:
        return "There are no rows to compare."
    rows = [
        {
            "level": level,
            "n": int(both["denominator"].iloc[0]),
            "m": int(both["denominator_reference"].iloc[0]),
        }
        | {
            "seen": both.loc[both["verdict"] == "informative", "direction"].astype(str).tolist(),
            "least": both["estimate"].abs().min(),
        }
        for level, both in frame.groupby(by, observed=True, sort=True)
    ]
    comparable = [row for row in rows if row["n"] and row["m"]]
    informative = [row for row in comparable if row["seen"]]
    noun = {"breach": "standard", "conduct": "kind of conduct"}.get(by, by.replace("_", " "))
    nouns = {"kind of conduct": "kinds of conduct"}.get(noun, f"{noun}s")
    if not comparable:
        return f"No {noun} has cases of both roles: there is nothing to compare."
    total = len(comparable)
    if informative:
        named = join_words(
            [_and_which_way(in_sentence(by, row["level"]), row["seen"]) for row in informative]
        )
        text = (
            f"Of {count(total)} {nouns if total != 1 else noun} with cases of both roles, a true difference of 20 percentage points "
            f"or less would be seen {percent(frame['power'].iloc[0])} of the time only for {named}."
        )
    else:
        which = f"each of the {count(total)} {nouns}" if total != 1 else f"the one {noun}"
        text = (
            f"In {which} with cases of both roles, a true difference of 20 percentage points would be missed more often than "
            f"{_one_in(float(frame['power'].iloc[0]))}."
        )
    rest = total - len(informative)
    if not rest:
        return text
    all_of = "These comparisons are" if not informative else "The other comparisons are"
    if rest == 1:
        all_of = "This comparison is" if not informative else "The other comparison is"
    text += f" {all_of} {UNINFORMATIVE}: that no difference was found there does not say that there is none."
    smallest = [row for row in comparable if not is_missing(row["least"])]
    if smallest and not informative:
        best = min(smallest, key=lambda row: row["least"])
        text += (
            f" The most that could be seen is a difference of {points(best['least'])}, for {in_sentence(by, best['level'])} "
            f"({count(best['n'])} and {count(best['m'])} cases)."
        )
    return text


def _and_which_way(name: str, seen: list[str]) -> str:
    return name if len(seen) > 1 else f"{name} (and there only a {seen[0]} rate)"


def _one_in(power: float) -> str:
    """How often a difference is missed, as words: power 0.8 misses one in five."""
    number = 1 / (1 - power)
    return (
        f"one time in {round(number)}"
        if abs(number - round(number)) < 1e-6
        else f"{percent(1 - power)} of the time"
    )
