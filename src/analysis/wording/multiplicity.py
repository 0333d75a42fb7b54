"""Many comparisons at once, in words."""

from __future__ import annotations

import pandas as pd

from ..codelists import lower_first
from ..estimates import NOT_STATED
from ..formatting import count, header, in_sentence, join_words
from ..question import Question
from .words import letter


def many_comparisons(contrasts: pd.DataFrame, question: Question) -> str:
    """How many comparisons were made, and which differ by more than chance once their number is allowed for.

    Parameters
    ----------
    contrasts : of `adjust_for_many`; its first column names the comparison.
    question : one minus its level is the false discovery rate.
    """
    number = int(contrasts.attrs.get("comparisons", 0))
    if number == 0:
        return "No comparison could be made: there are too few cases in every row."
    rate = 1 - question.level
    name = contrasts.columns[0]
    alone = contrasts[contrasts["q_value"].notna() & (contrasts["p_value"] < rate)]
    found = contrasts[contrasts["q_value"] < rate]
    made = "One comparison was made" if number == 1 else f"{_number(number)} comparisons were made"
    chance = f"the false discovery rate held to {100 * rate:.3g} % ({contrasts.attrs['adjustment']})"
    if found.empty:
        text = f"{made}; with {chance}, none shows a difference larger than chance."
        if len(alone) and number > 1:
            was = "one would have" if len(alone) == 1 else f"{count(len(alone))} would have"
            text += f" Taken one at a time, {was}: that is what looking often enough does."
        return text
    rows = found.sort_values("q_value", kind="stable").to_dict("records")
    said = join_words([f"{_group(name, r[name])} ({letter('q', r['q_value'])})" for r in rows])
    text = f"{made}; with {chance}, a difference larger than chance remains for {said}."
    if contrasts.attrs.get("overlapping"):
        text += " Rows share cases that name several standards, so these are not independent findings."
    return text


def _group(name: str, code: object) -> str:
    if str(code) == NOT_STATED:
        return f"cases whose source does not state the {lower_first(header(name))}"
    return in_sentence(name, code)


def _number(number: int) -> str:
    words = ("Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")
    return words[number - 2] if number <= 10 else count(number)
