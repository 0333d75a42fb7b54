"""The calibration in words: whether the intervals and tests keep what they state, and where they do not."""

from __future__ import annotations

import pandas as pd

from ..calibration import KEPT, OFTEN, REJECTS, SELDOM, SELECTION
from ..formatting import count, join_words, percent, points, upper_first


def calibration_summary(results: pd.DataFrame) -> str:
    """How many scenarios and samples, and how many intervals keep their level. `results` is of `calibration_results`."""
    intervals = results[results["coverage"].notna()]
    if intervals.empty:
        return "No interval was tried on simulated samples."
    number = {verdict: int(intervals["verdict"].eq(verdict).sum()) for verdict in (KEPT, OFTEN, SELDOM)}
    selected = int((intervals["verdict"].eq(SELDOM) & intervals["scenario"].eq(SELECTION)).sum())
    fewest, most = int(intervals["replicates"].min()), int(intervals["replicates"].max())
    samples = count(most) if fewest == most else f"{count(fewest)} to {count(most)}"
    tests = results[results["test_verdict"].ne("")]
    rejecting = int(tests["test_verdict"].eq(REJECTS).sum())
    text = (
        f"The study’s intervals and tests were tried on {samples} simulated samples of each of "
        f"{count(results['scenario'].nunique())} scenarios with a known truth. Of {count(len(intervals))} pairs of an interval "
        f"and a scenario, {_none(number[KEPT])} hold the truth in 93 to 97 % of the samples, Monte Carlo error allowed for, "
        f"{_none(number[OFTEN])} more often, and {_none(number[SELDOM])} too seldom"
    )
    text += f", {count(selected)} of them where publication depends on the outcome." if selected else "."
    if len(tests):
        text += (
            f" Where there is no difference, {_none(rejecting)} of {count(len(tests))} tests "
            f"{'finds' if rejecting == 1 else 'find'} one in more than 5 % of the samples."
        )
    return text


def calibration_selection(results: pd.DataFrame) -> str:
    """What selection on the outcome does to the crude measures, which no interval repairs; nothing if it was not tried."""
    rows = results[results["scenario"].eq(SELECTION) & results["coverage"].notna()].set_index("measure")
    if not {"risk difference", "odds ratio"} <= set(rows.index):
        return ""
    difference, odds = rows.loc["risk difference"], rows.loc["odds ratio"]
    return (
        f"Where {difference['words']}, no interval helps: that of the risk difference holds the truth in "
        f"{percent(difference['coverage'])} of the samples, because the difference itself is off by "
        f"{points(difference['bias'])}. That of the odds ratio, which selection on the outcome alone leaves as it is, holds "
        f"it in {percent(odds['coverage'])}."
    )


def calibration_misses(results: pd.DataFrame) -> list[str]:
    """A sentence for each measure and method that covers too seldom somewhere: where, how often, what to read instead.

    The scenario of selection on the outcome is left to `calibration_selection`.
    """
    said = []
    missed = results[results["verdict"].eq(SELDOM) & results["scenario"].ne(SELECTION)]
    for (measure, method), rows in missed.groupby(["measure", "method"], sort=False):
        where = [f"{percent(r.coverage)} of the samples where {r.words}" for r in rows.itertuples()]
        text = f"{upper_first(measure)}, {method}: the 95 % interval holds the truth in {join_words(where)}."
        instead = [i for i in dict.fromkeys(rows["instead"]) if i]
        if instead:
            text += f" There, {join_words(instead, 'or')} covers."
        else:
            text += " No other interval tried covers there."
        said.append(text)
    return said


def calibration_tests(results: pd.DataFrame) -> list[str]:
    """A sentence for each test that finds a difference too often where there is none."""
    said = []
    wrong = results[results["test_verdict"].eq(REJECTS)]
    for (measure, method), rows in wrong.groupby(["measure", "method"], sort=False):
        where = [f"{percent(r.rejected)} of the samples where {r.words}" for r in rows.itertuples()]
        said.append(
            f"{upper_first(measure)}, {method}: where there is no difference, p lies below 0.05 in {join_words(where)}."
        )
    return said


def _none(number: int) -> str:
    return count(number) if number else "none"
