"""The published national figures in words."""

from __future__ import annotations

import pandas as pd

from ..codelists import lower_first
from ..formatting import (
    count,
    day,
    join_words,
    per_thousand,
    percent,
    ratio,
)
from ..question import Question
from .words import by_role_index, level, plural


def barring(rates: pd.DataFrame, ratios: pd.DataFrame, question: Question) -> list[str]:
    """Barred-list entries per 1,000 headcount in the latest year that has both roles' rates, and the newest counts.

    `rates` and `ratios` are of `barring_rates` and `barring_contrast`.
    """
    said = []
    both = ratios[ratios["estimate"].notna() & ratios["in_year"]]
    if both.empty:
        said.append("In no year are both roles' entries and a headcount close enough in time known.")
    else:
        last = both.sort_values("period_end").iloc[-1]
        year = rates[rates["financial_year"] == last.financial_year]
        by_role = by_role_index(year)
        special, regular = by_role.loc["special_constable"], by_role.loc["police_officer"]
        judged = (
            "which chance could produce"
            if last.conf_low <= 1 <= last.conf_high
            else "more than chance would often produce"
        )
        said.append(
            f"In {year_to(last.period_end)}, {count(special.entries)} special constables were put on the barred list, "
            f"{per_thousand(special.estimate)} for every 1,000 ({per_thousand(special.conf_low)} to {per_thousand(special.conf_high)}; "
            f"headcount {count(special.headcount)} at {day(special.headcount_date)}), and {count(regular.entries)} regular officers, "
            f"{per_thousand(regular.estimate)} for every 1,000 ({per_thousand(regular.conf_low)} to "
            f"{per_thousand(regular.conf_high)}; headcount {count(regular.headcount)} at {day(regular.headcount_date)}): a ratio of "
            f"{ratio(last.estimate)} ({level(question)} interval {ratio(last.conf_low)} to {ratio(last.conf_high)}), {judged}."
        )
        before = both.sort_values("period_end").iloc[:-1]
        if len(before):
            earlier = [
                f"{ratio(row.estimate)} in {year_to(row.period_end)} ({ratio(row.conf_low)} to {ratio(row.conf_high)}; "
                f"{count(row.numerator)} special constables and {count(row.numerator_reference)} regular officers)"
                for row in before.itertuples()
            ]
            said.append(
                f"The ratio was {join_words(earlier)}: one year does not settle it. The years not named here lack the entries or a "
                "headcount of the year itself."
            )
    newest = rates[rates["period_end"] == rates["period_end"].max()]
    counts = by_role_index(newest)["entries"]
    if not both.empty and newest["period_end"].iloc[0] != last.period_end and counts.notna().all():
        said.append(
            f"In {year_to(newest['period_end'].iloc[0])}, {count(counts['police_officer'])} regular officers and "
            f"{count(counts['special_constable'])} special constables were put on the list. No headcount of special constables of "
            "that year is in the data: the rate marked * in the figure rests on one of another year."
        )
    return said


def coverage(counts: pd.DataFrame) -> list[str]:
    """How much of the official counts the sample holds over all years, by role. `counts` is of `official_comparison`."""
    total = counts[(counts["quantity"] == "barred_list") & (counts["financial_year"] == "all years listed")]
    said = []
    for row in total.itertuples():
        said.append(
            f"{count(row.denominator)} {plural(row.population)} were entered on the barred list in the years listed; the sample has "
            f"{count(row.numerator)} dismissals or equivalent of {plural(row.population)} dated in those years, {percent(row.estimate)} "
            f"as many, and at most {count(row.sample_possible)}."
        )
    return said


def leaning(composition: pd.DataFrame) -> list[str]:
    """Which way the sample leans, one sentence for each clear lean. `composition` is of `composition_comparison`."""
    sentences = list(dict.fromkeys(composition["leaning"]))
    clear = [s for s in sentences if "does not clearly" not in s and s]
    if not clear:
        return [
            f"In none of {count(len(sentences))} shares that can be compared does the sample clearly differ from the official "
            "figures; with so few sampled cases a year, that is weak reassurance."
        ]
    years = composition.drop_duplicates("leaning").set_index("leaning")["financial_year"]
    return [
        f"Of {count(len(sentences))} shares that can be compared with official ones, the sample clearly differs in "
        f"{count(len(clear))}.",
        *(f"In {years[s]}: {lower_first(s)}" for s in clear),
    ]


def year_to(end: pd.Timestamp) -> str:
    """``the year to 31 March 2025``."""
    return f"the year to {day(end)}"
