"""The data themselves in words."""

from __future__ import annotations

import pandas as pd

from ..codelists import labels, load_codelist, lower_first
from ..formatting import (
    cases,
    count,
    join_words,
    of_total,
    percent,
)
from ..question import Question
from .titles import period
from .words import by_role_index, plural


def cooccurrence(pairs: pd.DataFrame) -> str:
    """Which two standards are breached together most often. `pairs` is of `breach_cooccurrence`."""
    apart = pairs[pairs["breach_a"].astype(str) < pairs["breach_b"].astype(str)]
    if apart.empty or apart["cases"].max() == 0:
        return "No case here names two standards."
    top = apart.sort_values("cases", ascending=False).iloc[0]
    names = labels("standards")
    return (
        f"The pair most often breached together is {lower_first(names[top.breach_a])} and {lower_first(names[top.breach_b])}, "
        f"in {cases(top.cases)}."
    )


def data_lead(hearings: pd.DataFrame, sources: pd.DataFrame, official: pd.DataFrame) -> list[str]:
    """What the data set holds, and what it is not."""
    by_role = hearings["role"].astype(str).value_counts()
    roles = [
        f"{count(by_role[role])} {plural(role)}" for role in load_codelist("roles").index if role in by_role
    ]
    news = hearings["source_type"].astype(str).eq("news_report").mean()
    return [
        f"The data hold {cases(len(hearings))} from {count(hearings['force'].nunique())} forces ({period(hearings)}): "
        f"{join_words(roles)}. They were coded from {count(len(sources))} published pages; {count(len(official))} published "
        "national and force figures stand beside them.",
        f"They are not a census. {percent(news)} of the cases come from news reports, and what is reported, and what survives "
        "online, depends on the outcome.",
    ]


def duplicates(pairs: pd.DataFrame, rates: pd.DataFrame, question: Question) -> str:
    """How many cases may be told twice, and the headline without the likely ones.

    `pairs` is of `load_possible_duplicates`, `rates` by role of the cohort without them.
    """
    likely = int(pairs["strength"].eq("likely").sum())
    by_role = by_role_index(rates)
    parts = [
        f"{of_total(by_role.loc[role, 'numerator'], by_role.loc[role, 'denominator'])} {plural(role)}"
        for role in question.roles
    ]
    return (
        f"{count(len(pairs))} pairs of cases may be one case told by two sources; {count(likely)} of them likely are. All are "
        f"kept, because none is certain. Without the second of each likely pair the headline counts are {join_words(parts)}."
    )


def second_hand(official: pd.DataFrame) -> str:
    """How many of the published figures come from the body that counted them."""
    quoted = int((~official["first_hand"]).sum())
    return (
        f"Of {count(len(official))} published figures, {count(quoted)} are taken from a publisher who quotes the body that made them; "
        "the column first_hand of official.csv says which."
    )


def selected_sources(hearings: pd.DataFrame, sources: pd.DataFrame) -> str:
    """How many sources, and cases, were chosen by their outcome."""
    flagged = sources["selected_on_outcome"].eq(True)
    return (
        f"{count(flagged.sum())} of {count(len(sources))} sources, with {cases(int(hearings['selected_on_outcome'].sum()))}, list people "
        "because of their outcome. The headline comparison is repeated without them. The flag was set from a page's address, publisher and "
        "question, and is likely to miss some."
    )
