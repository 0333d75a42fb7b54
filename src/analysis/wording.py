"""Sentences computed from tidy frames: every number in a report's prose comes through here."""

from __future__ import annotations

import pandas as pd

from .codelists import labels, load_codelist, lower_first
from .formatting import (
    cases,
    count,
    day,
    decimal,
    group_in_sentence,
    interval,
    join_words,
    of_total,
    p_value,
    per_thousand,
    percent,
    points,
    points_interval,
    ratio,
    upper_first,
)
from .question import Denominator, Question, Sanction

# What stands after "special constables" and before "whose outcome is known".
_WHOSE = {
    Denominator.GROSS_MISCONDUCT: "found to have committed gross misconduct",
    Denominator.ANY_MISCONDUCT: "found to have committed misconduct or gross misconduct",
}
_WERE = {
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
    were = _WERE[question.sanction][int(row.numerator != 1)]
    if row.too_few:
        return f"{opening} {were}, too few to state a rate"
    bounds = interval(row.conf_low, row.conf_high)
    if again:
        return f"{opening} ({percent(row.estimate)}; {bounds})"
    return f"{opening} ({percent(row.estimate)}; {level(question)} interval {bounds}) {were}"


def role_rates(rates: pd.DataFrame, question: Question) -> str:
    """The headline's first sentence: the rate of each role, the comparison first. `rates` are by role."""
    by_role = _by_role(rates)
    first, second = (by_role.loc[role] for role in question.roles)
    stated = first.denominator > 0 and not first.too_few
    one = rate(first, question, of_whom=f"{plural(question.comparison)} {_whose(question)}")
    other = rate(second, question, of_whom=plural(question.reference), again=stated)
    return f"{one}; {lower_first(other)}."


def overall(rates: pd.DataFrame, question: Question) -> str:
    """The rate of the two roles together. `rates` has one row."""
    who = join_words([plural(role) for role in (question.reference, question.comparison)])
    return f"{rate(rates.iloc[0], question, of_whom=f'{who} {_whose(question)}')}."


def _whose(question: Question) -> str:
    if question.denominator is Denominator.ALL_CONCLUDED:
        return "whose proceedings concluded with a known outcome"
    return f"{_WHOSE[question.denominator]} whose outcome is known"


def _by_role(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its roles, as text, for an index."""
    return frame.set_index(frame["role"].astype(str))


def _chance(beyond: bool) -> str:
    """How a difference is judged, after "is" or a comma."""
    return "larger than chance alone would often produce" if beyond else "within what chance would produce"


def _estimable(row: pd.Series, question: Question) -> bool:
    """Whether both groups of a contrast are large enough for their difference to be stated."""
    return min(row.denominator, row.denominator_reference) >= question.min_count and not pd.isna(row.conf_low)


def verdict(contrast: pd.DataFrame, tests: pd.DataFrame, question: Question) -> str:
    """Whether chance alone would produce the difference: interval and exact test in one sentence.

    `contrast` is of `risk_contrast`, `tests` of `exact_tests`; the unconditional test of Boschloo is quoted.
    """
    row = contrast.set_index("measure").loc["risk difference"]
    if not _estimable(row, question):
        return "One of the two groups is too small for the difference to be estimated."
    exact = tests[tests["test"].str.contains("Boschloo")].iloc[0]
    judged = _chance(exact.p_value < 1 - question.level)
    return (
        f"The difference, {points(row.estimate)} ({level(question)} interval {points_interval(row.conf_low, row.conf_high)}), "
        f"is {judged} ({exact.test}, p = {p_value(exact.p_value)})."
    ).replace("p = less than", "p less than")


def difference(contrast: pd.DataFrame, tests: pd.DataFrame, question: Question) -> str:
    """The verdict and, where the interval holds both signs, how large the difference could be either way."""
    row = contrast.set_index("measure").loc["risk difference"]
    text = verdict(contrast, tests, question)
    if not _estimable(row, question) or not row.conf_low < 0 < row.conf_high:
        return text
    return (
        f"{text} The data are compatible with {plural(question.comparison)} having a rate {points(abs(row.conf_low))} lower, "
        f"and with one {points(row.conf_high)} higher."
    )


def denominators(again: pd.DataFrame, question: Question) -> str:
    """How the answer moves with the denominator. `again` is of `headline_by_denominator`."""
    said = []
    for code, rows in again[again["of"] != question.denominator].groupby("of", observed=True, sort=True):
        by_role = _by_role(rows)
        change = rows[rows["measure"] == "risk difference"].iloc[0]
        if change.too_few or pd.isna(change.p_value):
            continue
        counts = [
            f"{of_total(row.numerator, row.denominator)} {plural(role)} ({percent(row.estimate)})"
            for role, row in ((role, by_role.loc[role]) for role in question.roles)
        ]
        said.append(
            f"Of {Denominator(code).label}, {join_words(counts)} {_WERE[question.sanction][1]}, a difference "
            f"{_chance(change.p_value < 1 - question.level)}."
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
    by_role = _by_role(rates)
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
    by_role = _by_role(complete)
    held = [_held(by_role.loc[role], role, question) for role in question.roles]
    few = complete.loc[complete["measure"] == "risk difference", "too_few"].iloc[0]
    return (
        f"{text} The few sources that list every hearing of their force and period hold {join_words(held)}"
        + (": too few to compare." if few else ".")
    )


def _held(row: pd.Series, role: str, question: Question) -> str:
    if not row.denominator:
        return f"no {plural(role)}"
    were = _WERE[question.sanction][int(row.numerator != 1)]
    return f"{count(row.denominator)} {plural(role)} ({count(row.numerator)} {were})"


def _counts_by_role(sources: pd.DataFrame, which: str, question: Question) -> str:
    chosen = sources[(sources["sources"] == which) & (sources["measure"] == "sanction rate")]
    by_role = _by_role(chosen)
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


# --- titles and captions -------------------------------------------------------------------------------------------


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


# --- forces --------------------------------------------------------------------------------------------------------


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


def singular(role: str) -> str:
    """``a special constable``, for a count of one."""
    label = lower_first(labels("roles")[role])
    word = "regular officer" if role == "police_officer" else label
    return f"a {word}" if role != "police_staff" else "a member of police staff"


def force_rate(overall: pd.DataFrame, funnel: pd.DataFrame, question: Question) -> str:
    """The force's rate with the overall rate beside it, or a plain statement that there are too few cases."""
    row = overall.iloc[0]
    if row.denominator == 0:
        return f"Of none of them is it known both that {_whose_short(question)} and how it ended, so there is no rate to state."
    if row.too_few:
        was, were = _WERE[question.sanction]
        if row.denominator == 1:
            outcome = was if row.numerator else _not(was)
            return f"The one person {_whose(question)} {outcome}: too few to state a rate."
        number = (
            "none"
            if not row.numerator
            else "all"
            if row.numerator == row.denominator
            else count(row.numerator)
        )
        return (
            f"Of {count(row.denominator)} people {_whose(question)}, {number} "
            f"{was if row.numerator == 1 else were}: too few to state a rate."
        )
    text = rate(row, question, of_whom=f"people {_whose(question)}")
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


def _whose_short(question: Question) -> str:
    return {
        Denominator.GROSS_MISCONDUCT: "gross misconduct was found",
        Denominator.ANY_MISCONDUCT: "misconduct was found",
        Denominator.ALL_CONCLUDED: "the proceedings concluded",
    }[question.denominator]


def force_roles(rates: pd.DataFrame, question: Question) -> str:
    """The counts by role in a force: counts only, for they are almost always too few for a rate."""
    by_role = _by_role(rates)
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


# --- official figures -----------------------------------------------------------------------------------------------


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
        by_role = _by_role(year)
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
    counts = _by_role(newest)["entries"]
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


# --- the data themselves --------------------------------------------------------------------------------------------


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
    by_role = _by_role(rates)
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
