"""The role report's argument in a few sentences: what the crude difference, the adjusted one, the size of the sample and
every other defensible choice say together."""

from __future__ import annotations

import math

import pandas as pd

from ..estimates.adjusted import CRUDE, FULL
from ..estimates.specification import SpecificationCurve
from ..formatting import count, is_missing, percent, points, points_interval
from ..question import Denominator, Question
from .selection import readily
from .words import beyond_chance, chance, estimable, level, plural


def held_alike(ladder: pd.DataFrame, question: Question) -> str:
    """The adjusted difference in one sentence. `ladder` is of `adjusted_contrasts`."""
    full = _difference(ladder, FULL)
    if not estimable(full, question):
        return "There are too few cases, or too few of either outcome, for the difference to be adjusted."
    return (
        "With what the sources state of the breach, the conduct, the person's status, the proceedings, the rules and the force "
        f"held alike, the difference is {points(full.estimate)} ({level(question)} interval "
        f"{points_interval(full.conf_low, full.conf_high)}), {chance(beyond_chance(full, question))}."
    )


def how_wrong(
    detectable: pd.DataFrame, tipping: pd.DataFrame, curve: SpecificationCurve, question: Question
) -> str:
    """How small a difference could be missed, what publication could do, and how far other choices lead.

    Parameters
    ----------
    detectable : of `minimum_detectable` without a grouping.
    tipping : of `tipping_point`.
    curve : of `specification_curve`.
    question : the question asked.
    """
    said = [_missed(detectable, question), _published(tipping, question), _chosen(curve, question)]
    return " ".join(sentence for sentence in said if sentence)


def conclusion(
    ladder: pd.DataFrame, curve: SpecificationCurve, denominators: pd.DataFrame, question: Question
) -> str:
    """What follows from all of it, and what does not.

    Parameters
    ----------
    ladder : of `adjusted_contrasts`.
    curve : of `specification_curve`.
    denominators : of `headline_by_denominator`.
    question : the question asked.
    """
    crude, full = _difference(ladder, CRUDE), _difference(ladder, FULL)
    known = [row for row in (crude, full) if estimable(row, question)]
    if not known:
        return "Taken together, the data cannot tell the two roles apart or alike: there are too few cases."
    who = plural(question.comparison)
    low, high = min(row.conf_low for row in known), max(row.conf_high for row in known)
    open_to = (
        f"anything from {points(abs(low))} {_side(low)} to {points(abs(high))} {_side(high)} is compatible with them"
        if low < 0 < high
        else f"the intervals together run from {points_interval(low, high)} percentage points"
    )
    beyond = [beyond_chance(row, question) for row in known]
    same_side = len({math.copysign(1, row.estimate) for row in known}) == 1
    if not any(beyond):
        verdict = (
            f"the data do not show that, of {question.denominator.label}, {who} are sanctioned at another rate than "
            f"{plural(question.reference)}. Nor do they show that the rates are the same: for {who}, {open_to}"
        )
    elif all(beyond) and same_side and _joint(curve, question) is not False:
        verdict = (
            f"{who} have the {'higher' if crude.estimate > 0 else 'lower'} rate among the published cases, by more than chance would "
            f"produce, before and after adjustment; {open_to}. What was not published could still account for it"
        )
    elif len(known) == 1:
        verdict = f"the crude difference is larger than chance would often produce, and it could not be adjusted; {open_to}"
    elif not beyond[1]:
        verdict = (
            "the crude difference is larger than chance alone would often produce, but what the sources state of the cases is enough "
            f"to account for it; {open_to}"
        )
    else:
        verdict = f"the answer depends on the analysis: not every defensible one shows a difference larger than chance; {open_to}"
    return f"Taken together, {verdict}.{_elsewhere(denominators, question)}"


def _elsewhere(denominators: pd.DataFrame, question: Question) -> str:
    """The other denominators of which the verdict is another one."""
    rows = denominators[
        (denominators["measure"] == "risk difference") & ~denominators["too_few"].astype(bool)
    ]
    rows = rows.set_index(rows["of"].astype(str))
    if question.denominator.value not in rows.index:
        return ""
    here = beyond_chance(rows.loc[question.denominator.value], question)
    others = [
        Denominator(code).label
        for code, row in rows.iterrows()
        if code != question.denominator.value and beyond_chance(row, question) != here
    ]
    if not others:
        return ""
    wide = " or ".join(others)
    return (
        f" Of {wide} the crude difference is {chance(not here)}; but the wider the denominator, the more the answer rests on milder "
        "outcomes, which are published least."
    )


def adjusted_not_cause() -> str:
    """What even the adjusted comparison is not."""
    return (
        "This is a comparison, not an effect. What sources do not state, and how cases come to be published, differs between the roles "
        "too, and no model holds that alike."
    )


def _difference(ladder: pd.DataFrame, name: str) -> pd.Series:
    rows = ladder[ladder["measure"] == "risk difference"]
    return rows[rows["adjustment"].astype(str) == name].iloc[0]


def _side(difference: float) -> str:
    return "lower" if difference < 0 else "higher"


def _missed(detectable: pd.DataFrame, question: Question) -> str:
    by_direction = detectable.set_index(detectable["direction"].astype(str))
    lower = by_direction.loc["lower"]
    if is_missing(lower.estimate):
        return "A sample of this size could not be relied on to show a difference of any size."
    higher = by_direction.loc["higher"]
    also = f", or {points(higher.estimate)} higher" if not is_missing(higher.estimate) else ""
    return (
        f"A sample of this size would show a true difference {percent(lower.power)} of the time only where the rate of "
        f"{plural(question.comparison)} is at least {points(abs(lower.estimate))} lower{also}: smaller ones it would often miss."
    )


def _published(tipping: pd.DataFrame, question: Question) -> str:
    row = tipping[tipping["path"] == "comparison"].iloc[0]
    if row.too_few or is_missing(row.estimate) or not 0 < row.estimate < math.inf:
        return ""
    return (
        f"Publication alone would make a difference as large with {readily(question.comparison, row.estimate, question)}, if those of "
        f"{plural(question.reference)} were published alike."
    )


def _chosen(curve: SpecificationCurve, question: Question) -> str:
    facts = curve.summary.iloc[0]
    if facts["defined"] < 2:
        return ""
    text = (
        f"Of {count(facts['defined'])} defensible ways to choose the cases, the sanction and the method, "
        f"{percent(facts['positive'] / facts['defined'])} give {plural(question.comparison)} the higher rate; the median difference is "
        f"{points(facts['median'])}"
    )
    joint = _joint(curve, question)
    return f"{text}{'' if joint is None else ', ' + chance(joint)}."


def _joint(curve: SpecificationCurve, question: Question) -> bool | None:
    """Whether the curve's median lies beyond what shuffled roles give; None where that was not tested."""
    if curve.joint.empty:
        return None
    return bool(curve.joint.set_index("statistic").loc["median difference", "p_value"] < 1 - question.level)
