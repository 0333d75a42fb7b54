"""How wrong publication could make the comparison, in words."""

from __future__ import annotations

import math

import pandas as pd

from ..formatting import (
    count,
    decimal,
    group_in_sentence,
    is_missing,
    join_words,
    of_total,
    percent,
    points,
    points_interval,
)
from ..question import Question, Sanction
from .words import level, plural

TOO_SMALL = "One of the two groups is too small for the difference to be estimated, so nothing can be said of what would change it."
_SIDES = {"above 0": "higher", "below 0": "lower"}
_MARGIN = {
    "year": "year",
    "status": "whether people had left",
    "rank": "rank",
    "proceeding": "the share of misconduct meetings",
    "force": "force",
    "outcome": "outcome",
}


def sanctioned_cases(sanction: Sanction | str) -> str:
    """The cases with the sanction, in the plural: ``dismissals``."""
    sanction = Sanction(sanction)
    if sanction is Sanction.DISMISSAL_EQUIVALENT:
        return "dismissals"
    return f"cases of {sanction.noun}"


def possessive(name: str) -> str:
    """``special constables’``, ``police staff’s``."""
    return name + ("’" if name.endswith("s") else "’s")


def readily(role: str, ratio: float, question: Question) -> str:
    """``special constables’ dismissals … 2.0 times as readily as their other outcomes``, turned round below 1."""
    event = sanctioned_cases(question.sanction)
    first, second = (event, "other outcomes") if ratio >= 1 else ("other outcomes", event)
    times = ratio if ratio >= 1 else 1 / ratio
    return f"{possessive(plural(role))} {first} published {decimal(times)} times as readily as their {second}"


def tipping(frame: pd.DataFrame, question: Question) -> str:
    """How unlike publication must be for the rates to be equal, and for the verdict to change.

    `frame` is of `tipping_point`.
    """
    row = frame[frame["path"] == "comparison"].iloc[0]
    if row.too_few or is_missing(row.verdict):
        return TOO_SMALL
    who, whom = question.comparison, question.reference
    alike = f"if every outcome of {plural(whom)} was published alike"
    if 0 < row.estimate < math.inf:
        text = (
            f"For the true rates to be equal, {_had(readily(who, row.estimate, question))}, {alike}. What counts is how the two "
            f"roles’ selection compares: any two ratios of which one is {decimal(max(row.estimate, 1 / row.estimate))} times the "
            "other would do."
        )
    elif math.isnan(row.estimate):
        return (
            "All or none of both groups ended with the sanction, so no selection makes the two rates differ."
        )
    else:
        text = "One group is without exception, so no dependence of publication on the outcome would make the true rates equal."
    if is_missing(row.turning):
        return f"{text} No such dependence would change whether the difference is larger than chance would produce."
    changed = readily(who, row.turning, question)
    if row.turned == "includes 0":
        return f"{text} Chance would be enough to explain the difference with {changed}, {alike}."
    side = _SIDES[row.turned]
    return (
        f"{text} The difference would be larger than chance would produce, {plural(who)} having the {side} rate, "
        f"with {changed}, {alike}."
    )


def _had(readily_said: str) -> str:
    """``… would have to have been published …``."""
    return readily_said.replace(" published ", " would have to have been published ", 1)


def published_alike(surface: pd.DataFrame, question: Question, ratio: float = 4.0) -> str:
    """What happens where publication depends on the outcome, but alike in both roles.

    `surface` is of `selection_surface`; the row nearest to `ratio` in both roles is quoted.
    """
    same = surface[surface["selection_comparison"] == surface["selection_reference"]]
    if same.empty or surface["too_few"].all() or same["estimate"].isna().all():
        return TOO_SMALL
    row = same.loc[(same["selection_comparison"] - ratio).abs().idxmin()]
    event = sanctioned_cases(question.sanction)
    return (
        f"If publication depended on the outcome alike in both roles, the odds ratio would be right as it is, but not the rates "
        f"nor their difference: with {event} published {decimal(row.selection_comparison)} times as readily as other outcomes, "
        f"the true rates would be {percent(row.rate_comparison)} of {plural(question.comparison)} and "
        f"{percent(row.rate_reference)} of {plural(question.reference)}, a difference of {points(row.estimate)} "
        f"({level(question)} interval {points_interval(row.conf_low, row.conf_high)})."
    )


def unpublished(frame: pd.DataFrame, question: Question) -> str:
    """How few unpublished cases would level the rates. `frame` is of `unpublished_cases`."""
    if frame["too_few"].all() or frame["verdict"].isna().all():
        return TOO_SMALL
    known = frame.dropna(subset=["to_equal"])
    known = known[known["to_equal"] > 0].sort_values("to_equal", kind="stable")
    if known.empty:
        return "The published rates are equal already, or no number of unpublished cases of one role and outcome would make them so."
    first = known.iloc[0]
    number = int(first.to_equal)
    text = f"{count(number)} unpublished {_cases_of(first, number, question)} would be enough to level the published rates"
    if not is_missing(first.to_turn):
        judged = "within" if first.turned == "includes 0" else "beyond"
        text += f", and {count(first.to_turn)} to bring the difference {judged} what chance would produce"
        if judged == "beyond":
            text += f", with {plural(question.comparison)} having the {_SIDES[first.turned]} rate"
    return text + "."


def _cases_of(row: pd.Series, number: int, question: Question) -> str:
    noun = "case" if number == 1 else "cases"
    ending = "with" if row.sanctioned else "without"
    return f"{noun} of {group_in_sentence('role', row.role)} {ending} {question.sanction.noun}"


def e_values(frame: pd.DataFrame, question: Question) -> str:
    """How strong an unmeasured cause would have to be. `frame` is of `e_value`, one adjustment; the odds ratio is quoted."""
    rows = frame[frame["measure"] == "odds ratio"]
    if rows.empty:
        rows = frame[frame["measure"] == "risk ratio"]
    if rows.empty or rows.iloc[0].too_few or is_missing(rows.iloc[0].estimate):
        return TOO_SMALL
    row = rows.iloc[0]
    if math.isinf(row.estimate):
        return "One group is without exception, so no E-value can be stated."
    text = (
        "An unmeasured characteristic could explain the contrast away if it went with both the role and the outcome by a risk "
        f"ratio of {decimal(row.estimate)} each (E-value)"
    )
    if row.conf_low == 1:
        return f"{text}; its interval is compatible with no difference as it is, for which the E-value is 1."
    return f"{text}, and could bring the interval to no difference with {decimal(row.conf_low)} each."


def implied(frame: pd.DataFrame, question: Question, tipping: pd.DataFrame | None = None) -> str:
    """What official figures say about how publication depends on outcome and role.

    Parameters
    ----------
    frame : of `implied_selection`.
    question : the question asked.
    tipping : of `tipping_point`, for what would be needed beside what is found.
    """
    said = []
    ratios = frame[(frame["quantity"] == "selection_ratio") & (frame["estimate"] < math.inf)]
    if len(ratios):
        times = join_words([f"{decimal(row.estimate)} ({row.financial_year})" for row in ratios.itertuples()])
        fewer = (
            ", or less if official cases of unclear outcome were dismissals"
            if (frame["quantity"] == "selection_ratio_least").any()
            else ""
        )
        said.append(
            "Beside the published outcomes of independent investigations, the sample’s dismissals for gross misconduct, of all roles "
            f"together, look published {times} times as readily as other outcomes{fewer}; the intervals are wide."
        )
    for row in frame[frame["quantity"] == "dismissals_by_role"].itertuples():
        said.append(
            f"The sample holds {of_total(row.numerator, row.denominator)} special constables barred in the years for which both "
            f"figures exist, and {of_total(row.numerator_reference, row.denominator_reference)} regular officers: dismissals of "
            f"special constables were published {decimal(row.estimate)} times as readily (interval {decimal(row.conf_low)} to "
            f"{decimal(row.conf_high)}). Of other outcomes nobody publishes how many there were of special constables, so this "
            f"half of the question cannot be answered.{_beside(row.estimate, tipping)}"
        )
    return " ".join(said) or "No official figure says how publication depends on outcome or role."


def _beside(factor: float, tipping: pd.DataFrame | None) -> str:
    """The bias factor if other outcomes were published alike, beside the one that makes the rates equal."""
    if tipping is None or tipping["too_few"].all() or not 0 < tipping["estimate"].iloc[0] < math.inf:
        return ""
    return (
        f" Had they been published as readily of both roles, publication would differ between the roles by a factor of "
        f"{decimal(factor)}; one of {decimal(tipping['estimate'].iloc[0])} would make the true rates equal."
    )


def reweighted(frame: pd.DataFrame, question: Question) -> str:
    """What weighting to official margins changes. `frame` is of `reweighted_rates`."""
    rows = frame[(frame["measure"] == "risk difference") & frame["possible"].astype(bool)]
    plain = rows[rows["margins"] == "none"].iloc[0]
    if plain.too_few or is_missing(plain.estimate):
        return TOO_SMALL
    others = rows[rows["margins"] != "none"]
    missing = frame[~frame["possible"].astype(bool)]
    used = set(others["margins"].astype(str))
    names = [
        _MARGIN.get(name, name) for name in dict.fromkeys(missing["margins"].astype(str)) if name not in used
    ]
    lacking = f" Not possible: weighting to {join_words(names, 'or')}." if names else ""
    if others.empty:
        return f"No official margin exists to weight these cases to.{lacking}"
    last = others.iloc[-1]
    weighted_to = [name for name in dict.fromkeys(others["margins"].astype(str)) if name != "all together"]
    words = join_words([_MARGIN.get(name, name) for name in weighted_to])
    return (
        f"Weighted to the official figures for {words}, the difference is {points(last.estimate)} ({level(question)} interval "
        f"{points_interval(last.conf_low, last.conf_high)}), against {points(plain.estimate)} unweighted; the weights leave "
        f"{plural(question.comparison)} worth "
        f"{count(round(last.effective))} cases and {plural(question.reference)} worth {count(round(last.effective_reference))}. "
        f"This holds only if publication depends on nothing else.{lacking}"
    )
