"""The calibration in words: whether the intervals and tests keep what they state, and where they do not."""

from __future__ import annotations

import pandas as pd

from ..calibration import KEPT, OFTEN, REJECTS, SELDOM
from ..formatting import count, join_words, percent, upper_first


def calibration_summary(results: pd.DataFrame) -> str:
    """How many scenarios and samples, and how many intervals keep their level. `results` is of `calibration_results`."""
    intervals = results[results["coverage"].notna()]
    if intervals.empty:
        return "No interval was tried on simulated samples."
    number = {verdict: int(intervals["verdict"].eq(verdict).sum()) for verdict in (KEPT, OFTEN, SELDOM)}
    fewest, most = int(intervals["replicates"].min()), int(intervals["replicates"].max())
    samples = count(most) if fewest == most else f"{count(fewest)} to {count(most)}"
    tests = results[results["test_verdict"].ne("")]
    rejecting = int(tests["test_verdict"].eq(REJECTS).sum())
    text = (
        f"The study’s intervals and tests were tried on {samples} simulated samples of each of "
        f"{count(results['scenario'].nunique())} scenarios with a known truth. Of {count(len(intervals))} pairs of an interval "
        f"and a scenario, {count(number[KEPT])} hold the truth in 93 to 97 % of the samples, Monte Carlo error allowed for, "
        f"{count(number[OFTEN])} more often, and {_none(number[SELDOM])} too seldom."
    )
    if len(tests):
        text += (
            f" Where there is no difference, {_none(rejecting)} of {count(len(tests))} tests "
            f"{'finds' if rejecting == 1 else 'find'} one in more than 5 % of the samples."
        )
    return text


def calibration_misses(results: pd.DataFrame) -> list[str]:
    """A sentence for each measure and method that covers too seldom somewhere: where, how often, what to read instead."""
    said = []
    missed = results[results["verdict"].eq(SELDOM)]
    for (measure, method), rows in missed.groupby(["measure", "method"], sort=False):
        where = [f"{percent(r.coverage)} in the scenario {_scene(r)}" for r in rows.itertuples()]
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
        where = [f"{percent(r.rejected)} in the scenario “{r.words}”" for r in rows.itertuples()]
        said.append(
            f"{upper_first(measure)}, {method}: where there is no difference, p lies below 0.05 in {join_words(where)}."
        )
    return said


def _scene(row) -> str:
    return f"“{row.words}”"


def _none(number: int) -> str:
    return count(number) if number else "none"
