"""The headline in words: each role's rate, their difference, and what it does not say."""

from __future__ import annotations

import pandas as pd

from ..codelists import labels, load_codelist, lower_first
from ..formatting import (
    cases,
    count,
    interval,
    join_words,
    of_total,
    p_value,
    percent,
    points,
    points_interval,
    upper_first,
)
from ..question import Denominator, Question
from .words import WERE, by_role_index, chance, estimable, level, plural, whose


def scope(question: Question) -> str:
    """What the rates are of: the denominator, the sanction and every limit that the question sets, in one sentence."""
    who = join_words([plural(role) for role in (question.reference, question.comparison)])
    limits = []
    if question.forces:
        limits.append("of " + join_words([labels("forces")[code] for code in question.forces]))
    if question.start or question.end:
        limits.append(f"heard from {question.start or 'the first case'} to {question.end or 'the last case'}")
    if question.proceedings:
        words = [lower_first(labels("proceedings")[code]) for code in question.proceedings]
        limits.append(f"at a {join_words(words, 'or')}")
    if question.source_types:
        limits.append(
            "reported by " + join_words([code.replace("_", " ") for code in question.source_types], "or")
        )
    if question.leave_out_selected:
        limits.append("without sources that list people because of their outcome")
    where = ", " + ", ".join(limits) if limits else ""
    return (
        f"Each rate takes {question.denominator.label}, of {who}{where}, and gives the share that ended with "
        f"{question.sanction.noun}. "
        f"Cases whose outcome is unknown are counted beside the rate, not in it. Intervals are {question.interval.label} "
        f"intervals at {level(question)}; a group of fewer than {question.min_count} cases is too few to say."
    )


def rate(row: pd.Series, question: Question, *, of_whom: str, again: bool = False) -> str:
    """One rate in words, its counts before its percentage: ``Of 41 special constables …, 38 (93 %; …) were …``.

    Parameters
    ----------
    row : a row of `sanction_rates`.
    question : the question asked.
    of_whom : names the cases in the plural.
    again : the rate follows another in the same sentence, so level and sanction need not be said twice.
    """
    if row.denominator == 0:
        return f"No {of_whom} are in the data"
    opening = f"Of {count(row.denominator)} {of_whom}, {count(row.numerator)}"
    were = WERE[question.sanction][int(row.numerator != 1)]
    if row.too_few:
        return f"{opening} {were}, too few to state a rate"
    bounds = interval(row.conf_low, row.conf_high)
    if again:
        return f"{opening} ({percent(row.estimate)}; {bounds})"
    return f"{opening} ({percent(row.estimate)}; {level(question)} interval {bounds}) {were}"


def role_rates(rates: pd.DataFrame, question: Question) -> str:
    """The headline's first sentence: the rate of each role, the comparison first. `rates` are by role."""
    by_role = by_role_index(rates)
    first, second = (by_role.loc[role] for role in question.roles)
    stated = first.denominator > 0 and not first.too_few
    one = rate(first, question, of_whom=f"{plural(question.comparison)} {whose(question)}")
    other = rate(second, question, of_whom=plural(question.reference), again=stated)
    return f"{one}; {lower_first(other)}."


def overall(rates: pd.DataFrame, question: Question) -> str:
    """The rate of the two roles together. `rates` has one row."""
    who = join_words([plural(role) for role in (question.reference, question.comparison)])
    return f"{rate(rates.iloc[0], question, of_whom=f'{who} {whose(question)}')}."


def verdict(contrast: pd.DataFrame, tests: pd.DataFrame, question: Question) -> str:
    """Whether chance alone would produce the difference: interval and exact test in one sentence.

    `contrast` is of `risk_contrast`, `tests` of `exact_tests`; the unconditional test of Boschloo is quoted.
    """
    row = contrast.set_index("measure").loc["risk difference"]
    if not estimable(row, question):
        return "One of the two groups is too small for the difference to be estimated."
    exact = tests[tests["test"].str.contains("Boschloo")].iloc[0]
    judged = chance(exact.p_value < 1 - question.level)
    return (
        f"The difference, {points(row.estimate)} ({level(question)} interval {points_interval(row.conf_low, row.conf_high)}), "
        f"is {judged} ({exact.test}, p = {p_value(exact.p_value)})."
    ).replace("p = less than", "p less than")


def difference(contrast: pd.DataFrame, tests: pd.DataFrame, question: Question) -> str:
    """The verdict and, where the interval holds both signs, how large the difference could be either way."""
    row = contrast.set_index("measure").loc["risk difference"]
    text = verdict(contrast, tests, question)
    if not estimable(row, question) or not row.conf_low < 0 < row.conf_high:
        return text
    return (
        f"{text} The data are compatible with {plural(question.comparison)} having a rate {points(abs(row.conf_low))} lower, "
        f"and with one {points(row.conf_high)} higher."
    )


def denominators(again: pd.DataFrame, question: Question) -> str:
    """How the answer moves with the denominator. `again` is of `headline_by_denominator`."""
    said = []
    for code, rows in again[again["of"] != question.denominator].groupby("of", observed=True, sort=True):
        by_role = by_role_index(rows)
        change = rows[rows["measure"] == "risk difference"].iloc[0]
        if change.too_few or pd.isna(change.p_value):
            continue
        counts = [
            f"{of_total(row.numerator, row.denominator)} {plural(role)} ({percent(row.estimate)})"
            for role, row in ((role, by_role.loc[role]) for role in question.roles)
        ]
        said.append(
            f"Of {Denominator(code).label}, {join_words(counts)} {WERE[question.sanction][1]}, a difference "
            f"{chance(change.p_value < 1 - question.level)}."
        )
    if not said:
        return ""
    return (
        f"The answer depends on the denominator. {' '.join(said)} How few milder outcomes were published decides these figures as "
        "much as how cases end."
    )


def finding_not_stated(by_finding: pd.DataFrame, question: Question) -> str:
    """How the cases ended whose finding is not stated. `by_finding` is of `sanction_rates` of all concluded cases."""
    rows = by_finding[by_finding["finding"].astype(str) == "not_stated"]
    if question.denominator is Denominator.ALL_CONCLUDED or rows.empty:
        return ""
    row = rows.iloc[0]
    return (
        f"{upper_first(cases(int(row.denominator + row.unknown)))} whose source does not state the finding are outside these rates; "
        f"{count(row.numerator)} of them ended with {question.sanction.noun}."
    )


def unknown_outcomes(rates: pd.DataFrame, question: Question) -> str:
    """How many cases of each role the rates leave out because their outcome is unknown, and how far they could matter."""
    by_role = by_role_index(rates)
    rows = {role: by_role.loc[role] for role in question.roles}
    if not any(row.unknown for row in rows.values()):
        return "No case is left out of the rates for want of a known outcome."
    parts = [f"{count(row.unknown) if row.unknown else 'no'} {plural(role)}" for role, row in rows.items()]
    text = f"Left out of the rates because the outcome is unknown: {join_words(parts)}."
    bounds = [
        f"between {interval(row.bound_low, row.bound_high).replace(' to ', ' and ')} for {plural(role)}"
        for role, row in rows.items()
        if row.unknown and not row.too_few
    ]
    if not bounds:
        return text
    return f"{text} Whatever those outcomes were, the rate with them would lie {join_words(bounds)}."


def without_selected(sources: pd.DataFrame, question: Question) -> str:
    """What the cases are a sample of, and the headline once more on the sources less likely to mislead.

    `sources` is of `headline_by_sources`.
    """
    text = (
        "The cases are those that force notices, disclosures and the news reported, not all hearings, and dismissals are "
        "reported more readily. Without the sources that list people because of their outcome the figures are "
        f"{_counts_by_role(sources, 'not_selected', question)}."
    )
    complete = sources[sources["sources"] == "complete_list"]
    if complete.empty:
        return text
    by_role = by_role_index(complete)
    held = [_held(by_role.loc[role], role, question) for role in question.roles]
    few = complete.loc[complete["measure"] == "risk difference", "too_few"].iloc[0]
    return (
        f"{text} The few sources that list every hearing of their force and period hold {join_words(held)}"
        + (": too few to compare." if few else ".")
    )


def _held(row: pd.Series, role: str, question: Question) -> str:
    if not row.denominator:
        return f"no {plural(role)}"
    were = WERE[question.sanction][int(row.numerator != 1)]
    return f"{count(row.denominator)} {plural(role)} ({count(row.numerator)} {were})"


def _counts_by_role(sources: pd.DataFrame, which: str, question: Question) -> str:
    chosen = sources[(sources["sources"] == which) & (sources["measure"] == "sanction rate")]
    by_role = by_role_index(chosen)
    parts = []
    for role in question.roles:
        row = by_role.loc[role]
        if not row.denominator:
            parts.append(f"no {plural(role)}")
        else:
            shown = "" if row.too_few else f" ({percent(row.estimate)})"
            parts.append(f"{of_total(row.numerator, row.denominator)} {plural(role)}{shown}")
    return join_words(parts)


def not_cause(question: Question) -> str:
    """What a comparison of two roles is not, and whether the two are under the same rules."""
    text = (
        "This is a comparison, not an effect: the two roles differ in the conduct they are brought before a panel for, in "
        "force, in year and in how their cases come to be published, and none of that is held equal here."
    )
    under = load_codelist("roles")["under_conduct_regulations"]
    outside = [plural(role) for role in question.roles if under[role] != "yes"]
    if not outside:
        return text
    return (
        f"{text} {upper_first(join_words(outside))} are not under the Police (Conduct) Regulations: their cases follow "
        "another procedure."
    )


def stratified(pooled: pd.DataFrame, homogeneity: pd.DataFrame, question: Question) -> str:
    """What the pooled, stratified estimate adds to the crude one: the two tables of `stratified_contrast`."""
    differences = pooled[pooled["measure"] == "risk difference"]
    crude = differences[differences["adjustment"] == "crude"].iloc[0]
    within = differences[differences["adjustment"] != "crude"].iloc[0]
    if pd.isna(within.estimate):
        return "No stratum holds cases of both roles, so there is nothing to pool."
    text = (
        f"Within strata the difference is {points(within.estimate)} ({level(question)} interval "
        f"{points_interval(within.conf_low, within.conf_high)}), against {points(crude.estimate)} crude; "
        f"{cases(int(within.cases_used))} in {count(within.strata_used)} strata with both roles count."
    )
    known = homogeneity.dropna(subset=["p_value"])
    if known.empty:
        return (
            text + " There are too few informative strata to test whether the odds ratio is the same in all."
        )
    row = known.iloc[-1]
    return (
        f"{text} {row.test} does not see the odds ratio differ between strata (p = {p_value(row.p_value)}), but with strata as "
        "small as these it could hardly see it."
        if row.p_value >= 1 - question.level
        else f"{text} {row.test} sees the odds ratio differ between strata (p = {p_value(row.p_value)}), so one pooled figure hides "
        "something."
    )


def several_comparisons(frame: pd.DataFrame, question: Question) -> str:
    """A warning that goes with many rates at once: how many of their intervals would miss by chance."""
    shown = int((~frame["too_few"]).sum())
    missed = (1 - question.level) * shown
    return (
        f"{count(shown)} rates are shown: with so many {level(question)} intervals, about {max(1, round(missed))} "
        "can be expected to miss by chance alone. Rows overlap where a case stands in several."
    )
