"""One force, and the forces beside each other, in words."""

from __future__ import annotations

import pandas as pd

from ..codelists import labels, load_codelist
from ..formatting import (
    cases,
    count,
    decimal,
    join_words,
    of_total,
    percent,
)
from ..question import Question
from .headline import rate
from .titles import period
from .words import WERE, by_role_index, plural, singular, whose, whose_short


def force_name(force: str) -> str:
    """A force's name, from its name or its code.

    Raises
    ------
    StudyError : no such force; the nearest name is given.
    """
    return labels("forces")[Question.of(forces=[force]).forces[0]]


def forces_outside(funnel: pd.DataFrame, question: Question) -> str:
    """Which forces lie outside the funnel's limits, by name, and how many would by chance."""
    judged = funnel[~funnel["too_few"]]
    if judged.empty:
        return "No force has enough cases for its rate to be judged."
    forces = f"{count(len(judged))} forces" if len(judged) > 1 else "one force"
    parts = []
    for limit in ("99.8 %", "95 %"):
        for side in ("above", "below"):
            names = judged.loc[judged["position"] == f"{side} {limit}", "force"].astype(str).tolist()
            if names:
                parts.append(
                    f"{join_words(names)} {'lies' if len(names) == 1 else 'lie'} {side} the {limit} limits"
                )
    expected = funnel.attrs.get("expected_outside", 0.05 * len(judged))
    chance = f"of so many, chance alone would put about {decimal(expected)} outside the 95 % limits"
    if not parts:
        return (
            f"{'All ' if len(judged) > 1 else 'The '}{forces} with at least {question.min_count} cases "
            f"{'lie' if len(judged) > 1 else 'lies'} within the 95 % limits around the overall rate: chance is enough to explain "
            f"how {'they differ' if len(judged) > 1 else 'it differs'}. With {count(judged['denominator'].min())} to "
            f"{count(judged['denominator'].max())} cases a force, only very large differences would show."
        )
    return f"Of {forces} with at least {question.min_count} cases, {join_words(parts)}; {chance}."


def force_cases(here: pd.DataFrame, force: str) -> str:
    """How many cases the data hold of a force, by role, and when they were heard."""
    forces = load_codelist("forces").set_index("label")["long_label"]
    if here.empty:
        return f"The data hold no case from {forces[force]}."
    by_role = here["role"].astype(str).value_counts()
    order = [role for role in load_codelist("roles").index if role in by_role]
    roles = [
        f"{count(by_role[role])} of {plural(role) if by_role[role] != 1 else singular(role)}"
        for role in order
    ]
    of_roles = f": {join_words(roles)}" if len(order) > 1 else f", all {roles[0].split(' ', 1)[1]}"
    return f"The data hold {cases(len(here))} from {forces[force]} ({period(here)}){of_roles}."


def force_rate(overall: pd.DataFrame, funnel: pd.DataFrame, question: Question) -> str:
    """The force's rate with the overall rate beside it, or a plain statement that there are too few cases."""
    row = overall.iloc[0]
    if row.denominator == 0:
        return f"Of none of them is it known both that {whose_short(question)} and how it ended, so there is no rate to state."
    if row.too_few:
        was, were = WERE[question.sanction]
        if row.denominator == 1:
            outcome = was if row.numerator else _not(was)
            return f"The one person {whose(question)} {outcome}: too few to state a rate."
        number = (
            "none"
            if not row.numerator
            else "all"
            if row.numerator == row.denominator
            else count(row.numerator)
        )
        return (
            f"Of {count(row.denominator)} people {whose(question)}, {number} "
            f"{was if row.numerator == 1 else were}: too few to state a rate."
        )
    text = rate(row, question, of_whom=f"people {whose(question)}")
    total = funnel[["numerator", "denominator"]].sum()
    share = total.numerator / total.denominator
    return (
        f"{text}; in all forces together, {of_total(total.numerator, total.denominator)} ({percent(share)})."
    )


def _not(was: str) -> str:
    """``was dismissed`` denied: ``was not dismissed``; ``received a warning``: ``did not receive a warning``."""
    if was.endswith(" or would have been"):
        return "was not, and would not have been, dismissed"
    return was.replace("was ", "was not ", 1).replace("received ", "did not receive ", 1)


def force_roles(rates: pd.DataFrame, question: Question) -> str:
    """The counts by role in a force: counts only, for they are almost always too few for a rate."""
    by_role = by_role_index(rates)
    present = [
        role for role in question.roles if role in by_role.index and by_role.loc[role, "denominator"] > 0
    ]
    if len(present) < 2:
        return ""
    parts = [
        f"{of_total(by_role.loc[role, 'numerator'], by_role.loc[role, 'denominator'])} "
        f"{plural(role) if by_role.loc[role, 'denominator'] != 1 else singular(role).removeprefix('a ')}"
        for role in present
    ]
    return f"By role: {join_words(parts)}."


FORCE_CAVEAT = (
    "These are the cases that were published and could still be found, not every hearing of the force; how many there are says "
    "nothing about how much misconduct there was."
)


def force_position(funnel: pd.DataFrame, force: str) -> str:
    """Where the force lies in the funnel."""
    row = funnel[funnel["force"].astype(str) == force]
    if row.empty or row.iloc[0].denominator == 0:
        return f"{force} has no case in the rate."
    row = row.iloc[0]
    if row.too_few:
        return f"{force} has {cases(row.denominator)} in the rate: too few to say."
    where = {
        "within limits": "within the 95 % limits: chance is enough to explain its distance from the overall rate"
    }
    position = str(row.position)
    return f"{force}, with {cases(row.denominator)}, lies {where.get(position, f'{position} limits')}."
