"""Words that sentences share: roles, what was found, what became of people, and how chance is judged."""

from __future__ import annotations

import pandas as pd

from ..codelists import labels, lower_first
from ..formatting import (
    group_in_sentence,
    p_value,
)
from ..question import Denominator, Question, Sanction

# What stands after "special constables" and before "whose outcome is known".
_WHOSE = {
    Denominator.GROSS_MISCONDUCT: "found to have committed gross misconduct",
    Denominator.ANY_MISCONDUCT: "found to have committed misconduct or gross misconduct",
}


WERE = {
    Sanction.DISMISSAL_EQUIVALENT: ("was dismissed or would have been", "were dismissed or would have been"),
    Sanction.DISMISSED: ("was dismissed while serving", "were dismissed while serving"),
    Sanction.REDUCTION_IN_RANK_OR_WORSE: ("was reduced in rank or worse", "were reduced in rank or worse"),
    Sanction.FINAL_WRITTEN_WARNING_OR_WORSE: (
        "received a final written warning or worse",
        "received a final written warning or worse",
    ),
    Sanction.WRITTEN_WARNING_OR_WORSE: (
        "received a written warning or worse",
        "received a written warning or worse",
    ),
    Sanction.ANY_ACTION: (
        "received some outcome other than no action",
        "received some outcome other than no action",
    ),
}


def plural(role: str) -> str:
    """A role's plural, as it stands inside a sentence: ``special constables``."""
    return group_in_sentence("role", role)


def level(question: Question) -> str:
    """``95 %``."""
    return f"{100 * question.level:g} %"


def whose(question: Question) -> str:
    if question.denominator is Denominator.ALL_CONCLUDED:
        return "whose proceedings concluded with a known outcome"
    return f"{_WHOSE[question.denominator]} whose outcome is known"


def by_role_index(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its roles, as text, for an index."""
    return frame.set_index(frame["role"].astype(str))


def chance(beyond: bool) -> str:
    """How a difference is judged, after "is" or a comma."""
    return "larger than chance alone would often produce" if beyond else "within what chance would produce"


def estimable(row: pd.Series, question: Question) -> bool:
    """Whether both groups of a contrast are large enough for their difference to be stated."""
    return min(row.denominator, row.denominator_reference) >= question.min_count and not pd.isna(row.conf_low)


def letter(name: str, value: float) -> str:
    """A p or q value with its letter: ``p = 0.31``, ``p less than 0.001``."""
    said = p_value(value)
    return f"{name} {said}" if said[:1].isalpha() else f"{name} = {said}"


def singular(role: str) -> str:
    """``a special constable``, for a count of one."""
    label = lower_first(labels("roles")[role])
    word = "regular officer" if role == "police_officer" else label
    return f"a {word}" if role != "police_staff" else "a member of police staff"


def whose_short(question: Question) -> str:
    return {
        Denominator.GROSS_MISCONDUCT: "gross misconduct was found",
        Denominator.ANY_MISCONDUCT: "misconduct was found",
        Denominator.ALL_CONCLUDED: "the proceedings concluded",
    }[question.denominator]


def beyond_chance(row: pd.Series, question: Question) -> bool:
    """Whether a contrast's own test finds it larger than chance alone would often produce."""
    return bool(row.p_value < 1 - question.level)
