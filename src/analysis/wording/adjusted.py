"""The adjusted comparison in words: what is held alike, what is left of the difference, and how far to trust it."""

from __future__ import annotations

import pandas as pd

from ..estimates.adjusted import CRUDE, FULL
from ..estimates.design import terms_of
from ..estimates.grouping import NOT_STATED
from ..formatting import (
    cases,
    count,
    in_sentence,
    interval,
    join_words,
    label,
    of_total,
    p_value,
    percent,
    points,
    points_interval,
    ratio,
    upper_first,
)
from ..question import Question
from .words import beyond_chance, chance, estimable, level, plural, singular

_TERMS = {
    "breach": "breach",
    "conduct": "conduct",
    "status": "status (serving or former)",
    "admitted": "admission",
    "conviction": "conviction",
    "proceeding": "kind of proceedings",
    "regime": "rules in force",
    "force": "force",
    "year": "year",
}


_LEVELS = {
    "status": {"serving": "still serving", "former": "having left"},
    "admitted": {"full": "full admission", "partial": "partial admission", "denied": "denial"},
    "conviction": {"yes": "a conviction or caution", "no": "no conviction or caution"},
}


def adjusted_difference(ladder: pd.DataFrame, question: Question) -> str:
    """What is left of the difference with everything held alike. `ladder` is of `adjusted_contrasts`."""
    rows = _differences(ladder)
    crude, full = rows.loc[CRUDE], rows.loc[FULL]
    if not estimable(full, question):
        return f"The difference cannot be adjusted: {full.note or 'one of the two groups is too small'}."
    alike = join_words([_TERMS[term] for term in terms_of(full["set"])])
    before = f", against {points(crude.estimate, unit=False)} before" if estimable(crude, question) else ""
    return (
        f"Holding {alike} alike, the difference is {_points_with_interval(full, question)}{before}: "
        f"{_still(crude, full, question)}{chance(beyond_chance(full, question))}."
    )


def why_this_model(ladder: pd.DataFrame, question: Question) -> str:
    """Which estimator the full model has, and why. `ladder` is of `adjusted_contrasts`."""
    full = _differences(ladder).loc[FULL]
    if not full.converged:
        return f"No model can be fitted: {full.note or full.reason}."
    sanctioned = int(full.numerator + full.numerator_reference)
    rest = int(full.cases_used) - sanctioned
    rarer, word = (rest, "without") if rest <= sanctioned else (sanctioned, "with")
    counts = (
        f"{cases(rarer)} {word} {question.sanction.noun} for {count(full.parameters)} "
        f"parameter{'' if full.parameters == 1 else 's'}"
    )
    if "Firth" not in full.estimator:
        return f"The model is fitted by maximum likelihood: {counts}."
    because = (
        "some covariates settle the outcome of their cases without exception"
        if "separation" in full.reason
        else "there are few cases of the rarer outcome for each parameter"
    )
    return f"Because {because}, the model is fitted with Firth's penalised likelihood: {counts}."


def adjustments(ladder: pd.DataFrame, question: Question) -> str:
    """How the difference moves from one adjustment to the next. `ladder` is of `adjusted_contrasts`."""
    rows = _differences(ladder)
    rows = rows[(rows["unknown_covariates"] == "category") & ~rows.index.str.contains("unknown outcomes")]
    rows = rows[[estimable(row, question) for row in rows.itertuples()]]
    if len(rows) < 2:
        return "Too few cases of one role to compare adjustments."
    low, high = rows["estimate"].min(), rows["estimate"].max()
    beyond = sum(beyond_chance(row, question) for row in rows.itertuples())
    judged = {
        0: "none of them is larger than chance alone would often produce",
        len(rows): "all of them are larger than chance alone would often produce",
    }.get(
        beyond,
        f"{count(beyond)} of them {'is' if beyond == 1 else 'are'} larger than chance alone would often produce",
    )
    if points(low) == points(high):
        return f"Whatever is held alike, the difference is {points(low)}; of {count(len(rows))} estimates, {judged}."
    return (
        f"Depending on what is held alike, the difference lies between {points(low, unit=False)} and {points(high)}; of "
        f"{count(len(rows))} estimates, {judged}."
    )


def unknown_values(ladder: pd.DataFrame, question: Question) -> str:
    """What unknown outcomes and covariates could do to the adjusted difference. `ladder` is of `adjusted_contrasts`."""
    rows = _differences(ladder)
    said = []
    bounds = [name for name in rows.index if "unknown outcomes" in name]
    if len(bounds) == 2 and all(estimable(rows.loc[name], question) for name in bounds):
        low, high = (rows.loc[name] for name in bounds)
        said.append(
            f"If every unknown outcome were such as to lower the adjusted difference it would be {points(low.estimate)}, if such "
            f"as to raise it {points(high.estimate)}."
        )
    else:
        said.append(
            "No outcome is unknown." if not bounds else "What the unknown outcomes could do cannot be said."
        )
    for name in rows.index[rows["unknown_covariates"] == "complete_case"]:
        row = rows.loc[name]
        stated = join_words([_TERMS[term] for term in terms_of(row["set"])])
        who = f"With only the {cases(int(row.cases_used))} whose source states {stated}"
        if row.cases_used == 0:
            said.append(f"No source states {stated}.")
        elif not estimable(row, question):
            said.append(f"{who}, there are too few to say.")
        else:
            judged = chance(beyond_chance(row, question))
            said.append(f"{who}, the difference is {_points_with_interval(row, question)}, {judged}.")
    return " ".join(said)


def direction(pairs: pd.DataFrame, question: Question) -> str:
    """Whose outcomes are the more severe, pair by pair. `pairs` is of `probability_of_direction`."""
    rows = pairs.set_index("measure")
    whole = rows.loc["probability of direction"]
    if whole.too_few or pd.isna(whole.estimate):
        return "One of the two groups is too small for its outcomes to be compared pair by pair."
    who = singular(question.comparison).split(" ", 1)[1]
    shares = {name: percent(rows.loc[name].estimate) for name in ("more severe", "as severe", "less severe")}
    text = (
        f"Of all pairs of {singular(question.comparison)} and {singular(question.reference)} whose outcome is on the ladder, the "
        f"outcome of the {who} is the more severe in {shares['more severe']}, as severe in {shares['as severe']} and less severe in "
        f"{shares['less severe']}."
    )
    if pd.isna(whole.conf_low):
        return text
    return (
        f"{text} With ties counted as half, the probability that it is the more severe is {percent(whole.estimate)} "
        f"({level(question)} interval {interval(whole.conf_low, whole.conf_high)}), where 50 % would be no difference: "
        f"{chance(beyond_chance(whole, question))}."
    )


def severity(ordinal: pd.DataFrame, test: pd.DataFrame, question: Question) -> str:
    """The common odds ratio over the ladder, and whether one is enough.

    `ordinal` is of `ordinal_contrast`, `test` the test of `proportional_odds_check`.
    """
    row = ordinal.iloc[0]
    if not estimable(row, question):
        why = "one of the two groups is too small" if row.too_few else row.note or "it is not defined"
        return f"No odds ratio over the whole ladder can be given: {why}."
    text = (
        f"{_alike(row.adjustment)} the odds of a more severe outcome are {ratio(row.estimate)} times as high for "
        f"{plural(question.comparison)} as for {plural(question.reference)} ({level(question)} interval {ratio(row.conf_low)} to "
        f"{ratio(row.conf_high)}), {chance(beyond_chance(row, question))}."
    )
    checked = test.iloc[0]
    if pd.isna(checked.p_value):
        return f"{text} Whether one ratio does for every rung cannot be tested: {checked.note}."
    p = f"p = {p_value(checked.p_value)}".replace("p = less than", "p less than").replace(
        "p = more than", "p more than"
    )
    rough = ", a rough figure, as some rungs hold hardly anyone" if "rough" in checked.note else ""
    seen = "sees" if checked.p_value < 1 - question.level else "does not see"
    return f"{text} The test {seen} the ratio differ from rung to rung ({p}{rough})."


def balance(shares: pd.DataFrame, question: Question, most: int = 3) -> str:
    """Where the two roles' cases differ most before adjustment, and where one has no counterpart.

    `shares` is of `covariate_balance`; the `most` largest standardised differences above a quarter are named, forces
    left out.
    """
    if shares.empty or shares["too_few"].any():
        return "One of the two groups is too small for its cases to be described."
    one, other = plural(question.comparison), plural(question.reference)
    size = shares["standardised_difference"].abs()
    large = shares[(size > 0.25) & (shares["term"] != "force")]
    large = large.loc[size[large.index].sort_values(ascending=False, kind="stable").index[:most]]
    named = [
        f"{_level(row)} ({of_total(row.numerator, row.denominator)} {one}, "
        f"{of_total(row.numerator_reference, row.denominator_reference)} {other})"
        for row in large.itertuples()
    ]
    text = (
        f"The two roles' cases differ most in {join_words(named)}."
        if named
        else "The two roles' cases do not differ by more than a quarter of a standard deviation in anything but force."
    )
    alone, total = shares.attrs["without_counterpart"], int(shares["denominator_reference"].iloc[0])
    if not alone:
        return f"{text} Wherever there are {other} there are {one} to compare with."
    return (
        f"{text} {upper_first(of_total(alone, total))} {other} {'is' if alone == 1 else 'are'} of a force, under rules or in "
        f"some other circumstance in which the data hold no {one}: there the model extrapolates."
    )


def _level(row) -> str:
    """A level of a covariate as a thing that cases have."""
    if row.level == NOT_STATED:
        return f"{_TERMS[row.term].split(' (')[0]} not stated"
    if row.term in _LEVELS:
        return _LEVELS[row.term].get(row.level, row.level)
    text = in_sentence(row.term, row.level)
    if row.term == "regime":
        return f"newest rules: {label(row.term, row.level)}"
    return f"breach of {text}" if row.term == "breach" else text


def _differences(ladder: pd.DataFrame) -> pd.DataFrame:
    """The risk differences, by the words for what is held alike."""
    rows = ladder[ladder["measure"] == "risk difference"]
    return rows.set_index(rows["adjustment"].astype(str))


def _alike(adjustment: str) -> str:
    """How a sentence about the ladder begins: what is held alike, where anything is."""
    terms = terms_of(adjustment.split(" + ") if " + " in adjustment else adjustment)
    alike = join_words([_TERMS[term] for term in terms])
    return f"Over the whole ladder, with {alike} held alike," if terms else "Over the whole ladder"


def _points_with_interval(row: pd.Series, question: Question) -> str:
    bounds = points_interval(row.conf_low, row.conf_high)
    return f"{points(row.estimate)} ({level(question)} interval {bounds})"


def _still(crude: pd.Series, full: pd.Series, question: Question) -> str:
    """ "still " where the adjustment does not change how the difference is judged."""
    same = estimable(crude, question) and beyond_chance(crude, question) == beyond_chance(full, question)
    return "still " if same else ""
