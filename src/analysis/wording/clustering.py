"""What becomes of the rates where cases of one force resemble each other, in words."""

from __future__ import annotations

import pandas as pd

from ..codelists import lower_first
from ..formatting import count, decimal, interval, is_missing, join_words, upper_first
from ..question import Question
from .words import by_role_index, level, plural


def clustered_rates(rates: pd.DataFrame, question: Question) -> str:
    """Both roles' intervals with an allowance for forces, and what it cannot allow for.

    `rates` is of `estimates.clustered_rates`.
    """
    rows = by_role_index(rates)
    shown = [rows.loc[role] for role in (question.comparison, question.reference)]
    shown = [row for row in shown if not row.too_few and not is_missing(row.conf_low)]
    if not shown:
        return "There are too few cases of either role for an interval that allows for cases of one force to resemble each other."
    several = len(shown) > 1
    text = (
        f"Allowing for cases of one force to resemble each other, the {level(question)} interval{'s are' if several else ' is'} "
        f"{join_words([interval(row.conf_low, row.conf_high) + ' for ' + plural(str(row.name)) for row in shown])}"
    )
    text += "."
    told = [row for row in shown if not row.note]
    untold = [row for row in shown if row.note]
    if told:
        worth = [
            f"the {count(row.denominator)} {plural(str(row.name))}, of {count(row.clusters)} forces, say as much of their rate as "
            f"{_cases(row.effective)} independent cases would"
            for row in told
        ]
        text += f" {upper_first('; '.join(worth))}."
    for row in untold:
        text += f" Of {plural(str(row.name))}, {lower_first(row.note)}."
    return text


def _cases(effective: float) -> str:
    """An effective number of cases: whole, or with one decimal where it is a handful."""
    return count(round(effective)) if effective >= 9.5 else decimal(effective, 1)
