"""The specification curve in words: how far the answer depends on choices, and whether chance could draw the curve."""

from __future__ import annotations

import pandas as pd

from ..estimates.specification import SpecificationCurve, choice_label, option_label
from ..formatting import (
    cases,
    count,
    join_words,
    lower_first,
    p_value,
    percent,
    points,
    points_interval,
    upper_first,
)
from .words import chance, level, plural


def specification_measured(curve: SpecificationCurve) -> str:
    """What the curve shows, for the line below its figure's title."""
    question, facts = curve.question, curve.summary.iloc[0]
    one, other = plural(question.comparison), plural(question.reference)
    return f"Sanction rate of {one} less that of {other}, sorted; {count(facts['defined'])} specifications with an estimate"


def specification_curve_summary(curve: SpecificationCurve) -> str:
    """How many specifications give which sign, the middle and the range, and how many intervals leave out 0."""
    question, facts = curve.question, curve.summary.iloc[0]
    defined = int(facts["defined"])
    if not defined:
        return "No specification has enough cases of both roles, so there is no curve."
    who = plural(question.comparison)
    if defined == 1:
        return (
            f"The one specification with enough cases gives {who} a rate {points(facts['median'])} "
            f"{'higher' if facts['median'] >= 0 else 'lower'}."
        ).replace("−", "")
    positive = int(facts["positive"])
    beyond = [
        f"wholly {side} 0 in {_some(int(facts[f'significant_{sign}']), defined)}"
        for side, sign in (("above", "positive"), ("below", "negative"))
    ]
    return (
        f"Of {count(defined)} defensible specifications, {_some(positive, defined)} give {who} the higher rate. The median "
        f"difference is {points(facts['median'])}; half of the specifications lie between "
        f"{_between(facts['lower_quartile'], facts['upper_quartile'])}, all between {_between(facts['low'], facts['high'])}. "
        f"The {level(question)} interval lies {join_words(beyond)}."
    )


def specification_joint_test(curve: SpecificationCurve) -> str:
    """Whether curves of shuffled roles look like ours. Nothing where no test was made."""
    if curve.joint.empty:
        return ""
    question = curve.question
    tests = curve.joint.set_index("statistic")
    median = tests.loc["median difference"]
    share = tests.loc["share with an interval that leaves out 0"]
    shuffles = int(median["permutations"])
    alpha = 1 - question.level
    beyond = median["p_value"] < alpha
    text = (
        f"The specifications share their cases, so their number proves nothing; {count(shuffles)} curves with the roles "
        f"shuffled{_among(curve.exchangeable)} show what chance can do. In {level(question)} of them the median lies between "
        f"{_between(median['null_low'], median['null_high'])} percentage points: p = {p_value(median['p_value'])} for ours, and "
        f"p = {p_value(share['p_value'])} for as many intervals that leave out 0. As a whole, the curve is {chance(beyond)}"
    )
    if not beyond and share["p_value"] < alpha:
        text += " in its middle, though not in its number of intervals that leave out 0"
    return f"{text}.{_immovable(curve.exchangeable, question)}".replace(
        "p = less than", "p less than"
    ).replace("p = more than", "p more than")


def specification_own(curve: SpecificationCurve) -> str:
    """The specifications with the question's own denominator and sanction; nothing where there are none, or no others."""
    facts, everything = curve.own_summary.iloc[0], curve.summary.iloc[0]
    defined = int(facts["defined"])
    if defined < 2 or defined == int(everything["defined"]):
        return ""
    question = curve.question
    text = (
        f"Other denominators and sanctions ask other questions. Of the {count(defined)} specifications that take "
        f"{question.denominator.label} and {question.sanction.noun}, {_some(int(facts['positive']), defined)} give "
        f"{plural(question.comparison)} the higher rate; the median difference is {points(facts['median'])}, the range "
        f"{points_interval(facts['low'], facts['high'])}"
    )
    if curve.own_joint.empty:
        return f"{text}."
    median = curve.own_joint.set_index("statistic").loc["median difference"]
    beyond = median["p_value"] < 1 - question.level
    return f"{text} (p = {p_value(median['p_value'])}, {chance(beyond)}).".replace(
        "p = less than", "p less than"
    ).replace("p = more than", "p more than")


def specification_choices(curve: SpecificationCurve, most: int = 2) -> str:
    """The choices that move the median most, with the median of each of their options."""
    taken = curve.by_choice[curve.by_choice["specifications"] > 0]
    taken = taken[~taken["choice"].isin(["adjustment"])]
    several = taken[taken.groupby("choice")["option"].transform("size") > 1]
    if several.empty:
        return ""
    spread = several.groupby("choice", sort=False)["median"].agg(lambda m: m.max() - m.min())
    leading = spread.sort_values(ascending=False, kind="stable").index[:most]
    said = [_medians(several[several["choice"].eq(choice)]) for choice in leading]
    names = join_words([f"“{lower_first(choice_label(choice))}”" for choice in leading])
    return (
        f"The choice{'s' if len(leading) > 1 else ''} that move{'' if len(leading) > 1 else 's'} the median most "
        f"{'are' if len(leading) > 1 else 'is'} {names}: {'; '.join(said)} (medians in percentage points)."
    )


def specification_left_out(curve: SpecificationCurve) -> str:
    """How many combinations have no estimate, and why; how many repeat another."""
    facts, frame = curve.summary.iloc[0], curve.specifications
    reasons = frame.loc[frame["status"].eq("undefined"), "note"].value_counts()
    text = f"{count(facts['tried'])} combinations were tried."
    if len(reasons):
        parts = [f"{count(number)} ({reason})" for reason, number in reasons.items()]
        text += f" Without an estimate: {join_words(parts)}."
    if facts["duplicates"]:
        number = int(facts["duplicates"])
        text += (
            f" {count(number)} more {'repeats' if number == 1 else 'repeat'} the cases and method of another and "
            f"{'counts' if number == 1 else 'count'} once."
        )
    return text


def _medians(rows: pd.DataFrame) -> str:
    return ", ".join(
        f"{option_label(row.choice, row.option)} {points(row.median, unit=False)}"
        for row in rows.itertuples()
    )


def _some(number: int, of: int) -> str:
    if number == 0:
        return "none"
    if number == of:
        return "all"
    return f"{count(number)} ({percent(number / of)})"


def _between(low: float, high: float) -> str:
    return points_interval(low, high).replace(" to ", " and ")


def _among(exchangeable: pd.DataFrame) -> str:
    if exchangeable["null"].iloc[0] == "free":
        return " among all cases"
    return " among cases of the same family of conduct, period, rank and kind of source"


def _immovable(exchangeable: pd.DataFrame, question) -> str:
    """Cases of the comparison role whose stratum holds no other role."""
    row = exchangeable.iloc[0]
    fixed = int(row["comparison"] - row["comparison_exchangeable"])
    if not fixed:
        return ""
    return (
        f" ({upper_first(cases(fixed))} of {plural(question.comparison)} {'has' if fixed == 1 else 'have'} no counterpart to be "
        "shuffled with.)"
    )
