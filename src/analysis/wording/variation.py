"""How much forces differ, more than chance would make them, in words."""

from __future__ import annotations

import pandas as pd

from ..estimates import ForceVariation
from ..formatting import (
    count,
    decimal,
    interval,
    is_missing,
    join_words,
    of_total,
    percent,
    points,
    points_interval,
    sentence,
)
from ..question import Question
from .words import letter, level


def between_forces(variation: ForceVariation, question: Question) -> str:
    """How much of the variation between forces is more than chance, with its interval and the test of none.

    Parameters
    ----------
    variation : of `between_force_variation`.
    question : its level is that of the interval.
    """
    rows = variation.measures.set_index("measure")
    share, spread = rows.loc["share beyond chance"], rows.loc["standard deviation between forces"]
    if is_missing(share.estimate):
        return sentence(f"how much forces differ cannot be told: {share.note}")
    typical = decimal(variation.measures.attrs["typical_cases"], 0)
    text = (
        f"Of the variance between the rates of {count(share.forces)} forces, {percent(share.estimate)} "
        f"({level(question)} interval {interval(share.conf_low, share.conf_high)}) is more than chance would make, for a "
        f"force of the typical {typical} {'case' if typical == '1' else 'cases'}: underlying rates that differ by a standard "
        f"deviation of {points(spread.estimate)} ({points_interval(spread.conf_low, spread.conf_high)})."
    )
    test = variation.homogeneity.iloc[0]
    tested = f"({test.test}, {letter('p', test.p_value)})"
    if test.p_value < 1 - question.level:
        return (
            f"{text} That forces share one rate is not compatible with the counts {tested}: they differ in how cases end, in the "
            "cases they bring or in the cases they publish, and none of that can be told apart here."
        )
    return (
        f"{text} The counts are compatible with one rate in all forces {tested}; with so few cases a force, they are also "
        f"compatible with a standard deviation of {points(spread.conf_high)}."
    )


def pooled_range(pooled: pd.DataFrame, question: Question) -> str:
    """What partial pooling does to the range of forces' rates.

    Parameters
    ----------
    pooled : of `pooled_force_rates`.
    question : its minimum count says which raw rates are told.
    """
    known = pooled[pooled["estimate"].notna()]
    if known.empty:
        note = next((n for n in pooled["note"] if n), "no force has a case with a known outcome")
        return sentence(f"rates of forces cannot be pooled: {note}")
    ordered = known.assign(_name=known["force"].astype(str)).sort_values(["estimate", "_name"])
    lowest, highest = ordered.iloc[0], ordered.iloc[-1]
    judged = known[~known["too_few"]]
    raw = ""
    if len(judged) > 1:
        raw = (
            f"Raw rates of the {count(len(judged))} forces with at least {question.min_count} cases run from "
            f"{percent(judged['raw'].min())} to {percent(judged['raw'].max())}. "
        )
    if len(known) == 1 or percent(lowest.estimate) == percent(highest.estimate):
        return f"{raw}Pooled, all lie at {percent(lowest.estimate)}."
    ends = [
        f"{percent(r.estimate)} ({r['_name']}, {of_total(r.numerator, r.denominator)}; {level(question)} interval "
        f"{interval(r.conf_low, r.conf_high)})"
        for r in (lowest, highest)
    ]
    return f"{raw}Pooled, they run from {ends[0]} to {ends[1]}, around a mean of {percent(pooled.attrs['mean'])}."


def pooled_rate(pooled: pd.DataFrame, force: str, question: Question) -> str:
    """One force's pooled rate beside its own, or why there is none.

    Parameters
    ----------
    pooled : of `pooled_force_rates`, of all forces.
    force : its label.
    question : its level is that of the interval.
    """
    row = pooled[pooled["force"].astype(str) == force]
    if row.empty:
        return f"{force} has no case in the rate, so there is nothing to pool."
    row = row.iloc[0]
    if is_missing(row.estimate):
        return sentence(f"the rate of {force} cannot be pooled with others: {row.note}")
    own = of_total(row.numerator, row.denominator)
    shown = own if row.too_few else f"{own}, {percent(row.raw)}"
    return (
        f"Drawn towards the mean of all forces, {percent(pooled.attrs['mean'])}, as far as its number of cases demands, the rate "
        f"of {force} ({shown}) becomes {percent(row.estimate)} ({level(question)} interval "
        f"{interval(row.conf_low, row.conf_high)})."
    )


def overdispersion(funnel: pd.DataFrame, question: Question) -> str:
    """Whether the funnel's limits need widening, and who lies outside them then.

    Parameters
    ----------
    funnel : of `force_funnel_adjusted`.
    question : its minimum count says which forces are judged.
    """
    phi, expected = funnel.attrs["phi"], funnel.attrs["phi_by_chance"]
    if is_missing(phi) or is_missing(expected):
        return "Whether forces differ by more than the funnel's limits allow cannot be told: there is no variation to judge."
    told = (
        f"The mean square of forces' z-scores, the most extreme tenth at each end drawn in, is {decimal(phi, 2)}, where chance "
        f"alone would make it about {decimal(expected, 2)}"
    )
    if not funnel.attrs["widened"]:
        return f"{told}: it does not exceed 1, so the limits are not widened for over-dispersion."
    judged = funnel[~funnel["too_few"]]
    before = judged.loc[judged["position_binomial"] != "within limits", "force"]
    after = judged.loc[judged["position"] != "within limits", "force"]
    how = (
        "a variance between forces is added to that of chance"
        if funnel.attrs["model"] == "additive"
        else "standard errors are multiplied by its square root"
    )
    text = f"{told}; the limits are widened for over-dispersion: {how}."
    if before.empty:
        return f"{text} No force lay outside the 95 % limits of chance alone."
    number = "One force lies" if len(before) == 1 else f"{count(len(before))} forces lie"
    outside = f"{text} {number} outside the 95 % limits of chance alone"
    if after.empty:
        return f"{outside}, none outside the widened ones."
    names = join_words([str(name) for name in after])
    return f"{outside}, and {count(len(after))} outside the widened ones: {names}."


POOLING_CAVEAT = (
    "A pooled rate is the better guess at a force's underlying rate, above all of a small force; it is not a record of what the "
    "force did, which is the count. It takes forces to be alike but for chance and one spread: a force known to differ in what "
    "it brings to hearings should be judged by that."
)
