"""Titles, captions and what a figure measures."""

from __future__ import annotations

import pandas as pd

from ..codelists import load_codelist, lower_first
from ..formatting import (
    count,
    join_words,
    upper_first,
)
from ..question import Question
from .words import level, plural


def comparison_title(question: Question) -> str:
    """``Special constables and regular officers compared``."""
    return upper_first(f"{plural(question.comparison)} and {plural(question.reference)} compared")


def figure_title(template: str, question: Question) -> str:
    """A figure's title with the sanction written out where the template has ``{sanction}``."""
    return template.format(sanction=question.sanction.noun)


def caption(what: str, question: Question) -> str:
    """A table's caption: what it shows, of which cases and which sanction."""
    return f"{what}: {question.sanction.noun}, of {question.denominator.label}"


def measured(question: Question, frame: pd.DataFrame) -> str:
    """A figure's subtitle: what is measured, for whom and when."""
    return f"Share of {question.denominator.label}, {period(frame)}; {level(question)} intervals"


def measured_cases(question: Question, frame: pd.DataFrame) -> str:
    """A figure's subtitle where it counts cases and not rates."""
    return f"{upper_first(question.denominator.label)}, {period(frame)}"


def all_cases(frame: pd.DataFrame) -> str:
    """A subtitle for all cases of a frame."""
    return f"All concluded cases in the data, {period(frame)}"


def period(frame: pd.DataFrame) -> str:
    """The years that dated cases span, and how many are undated: ``2005 to 2026, 217 undated``."""
    years = frame["year"].dropna()
    undated = len(frame) - len(years)
    if years.empty:
        return "no case dated" if len(frame) else "no case"
    first, last = int(years.min()), int(years.max())
    span = str(first) if first == last else f"{first} to {last}"
    return f"{span}, {count(undated)} undated" if undated else span


def where_from(frame: pd.DataFrame) -> str:
    """The kinds of source that the cases of a frame rest on, the commonest first, and how many select on the outcome."""
    if frame.empty:
        return ""
    kinds = frame["source_type"].astype(str).value_counts()
    names = load_codelist("source_types")["label"]
    parts = [f"{lower_first(names[kind])} ({count(number)})" for kind, number in kinds.items() if number]
    selected = int(frame["selected_on_outcome"].sum())
    return (
        f"Cases by kind of source: {join_words(parts)}. Of the {count(len(frame))}, {count(selected)} "
        f"{'is' if selected == 1 else 'are'} from a source that lists people because of their outcome."
    )
