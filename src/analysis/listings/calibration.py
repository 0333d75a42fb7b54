"""Tables of the calibration: a row a method, and a row a method in each scenario."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from .. import formatting as fmt
from ..calibration import KEPT, OFTEN, REJECTS, SELDOM
from ..tables import Column, Table, build

_VERDICTS = {KEPT: "as stated", SELDOM: "too seldom", OFTEN: "more often than stated", "": fmt.NOT_STATED}


def calibration_table(results: pd.DataFrame, caption: str, *, notes: Iterable[str] = ()) -> Table:
    """One row a measure and method: in how many scenarios it keeps what it states, and where it does worst.

    Parameters
    ----------
    results : of `calibration_results`.
    caption : what the table shows.
    notes : small print.
    """
    rows = []
    by_measure = results.sort_values("measure", key=lambda m: pd.factorize(m)[0], kind="stable")
    for (measure, method), part in by_measure.groupby(["measure", "method"], sort=False):
        intervals, tests = part[part["coverage"].notna()], part[part["test_verdict"].ne("")]
        lowest = intervals.sort_values("coverage", kind="stable").head(1)
        highest = tests.sort_values("rejected", ascending=False, kind="stable").head(1)
        rows.append(
            {
                "measure": measure,
                "method": method,
                "scenarios": len(intervals),
                "covering": int(intervals["verdict"].isin([KEPT, OFTEN]).sum()),
                "lowest": lowest["coverage"].squeeze() if len(lowest) else None,
                "lowest_scenario": lowest["scenario"].squeeze() if len(lowest) else None,
                "tests": len(tests),
                "holding": int(tests["test_verdict"].ne(REJECTS).sum()),
                "highest": highest["rejected"].squeeze() if len(highest) else None,
                "highest_scenario": highest["scenario"].squeeze() if len(highest) else None,
            }
        )
    columns = [
        Column("Measure", lambda r: fmt.upper_first(r["measure"]), heading=True),
        Column("Method", lambda r: fmt.upper_first(r["method"]), heading=True),
        Column("Covers in", lambda r: _of(r["covering"], r["scenarios"]), numeric=True, unbroken=True),
        Column("Lowest coverage", lambda r: _worst(r["lowest"], r["lowest_scenario"])),
        Column("Test holds in", lambda r: _of(r["holding"], r["tests"]), numeric=True, unbroken=True),
        Column("Most false positives", lambda r: _worst(r["highest"], r["highest_scenario"])),
    ]
    small = (
        "“Covers”: the 95 % interval holds the truth in at least 93 % of the samples, Monte Carlo error allowed for. “Holds”: "
        "where there is no difference, the test’s p-value lies below 0.05 in 5 % of the samples at most, likewise. Numbers "
        "are of scenarios."
    )
    return build(pd.DataFrame(rows), caption, columns, [small, *notes])


def calibration_detail_table(results: pd.DataFrame, caption: str, *, notes: Iterable[str] = ()) -> Table:
    """One row a scenario, measure and method, with coverage, bias, width and false positives.

    Parameters
    ----------
    results : of `calibration_results`.
    caption, notes : as for `calibration_table`.
    """
    columns = [
        Column("Scenario", lambda r: fmt.upper_first(r["words"]), heading=True),
        Column("Measure", lambda r: fmt.upper_first(r["measure"]), heading=True),
        Column("Method", lambda r: fmt.upper_first(r["method"]), heading=True),
        Column("Samples", lambda r: fmt.count(r["replicates"]), numeric=True),
        Column("Truth", lambda r: _scaled(r, "truth"), numeric=True),
        Column("Coverage (± error)", lambda r: _share(r, "coverage"), numeric=True),
        Column("Truth below, above", _sides, numeric=True),
        Column("Bias (± error)", _bias, numeric=True),
        Column("Mean width", lambda r: _scaled(r, "mean_width"), numeric=True),
        Column(
            "p below 0.05 (± error)",
            lambda r: _share(r, "rejected") + ("" if r["null"] else "*"),
            numeric=True,
        ),
        Column("Interval covers", lambda r: _VERDICTS[r["verdict"]]),
    ]
    small = [
        "Error: Monte Carlo standard error. Truth, bias and width of ratios are on the log scale; of rates and differences in "
        "percentage points. Samples without an estimate are left out of bias, those without an interval out of coverage.",
        "* there is a difference, so this share is power, not false positives.",
    ]
    return build(results, caption, columns, [*small, *notes])


def _of(part: int, whole: int) -> str:
    return fmt.of_total(part, whole) if whole else fmt.NOT_STATED


def _worst(value, scenario) -> str:
    return fmt.NOT_STATED if fmt.is_missing(value) else f"{fmt.percent(value, 1)} ({scenario})"


def _share(row: dict, name: str) -> str:
    if fmt.is_missing(row[name]):
        return fmt.NOT_STATED
    return f"{fmt.percent(row[name], 1)} (± {100 * row[f'{name}_error']:.1f})"


def _sides(row: dict) -> str:
    if fmt.is_missing(row["coverage"]):
        return fmt.NOT_STATED
    return f"{fmt.percent(row['truth_below'], 1)}, {fmt.percent(row['truth_above'], 1)}"


def _scaled(row: dict, name: str) -> str:
    value = row[name]
    if fmt.is_missing(value):
        return fmt.NOT_STATED
    return fmt.decimal(value, 2) if row["scale"] == "log" else fmt.decimal(100 * value, 1)


def _bias(row: dict) -> str:
    if fmt.is_missing(row["bias"]):
        return fmt.NOT_STATED
    error = row["bias_error"] if row["scale"] == "log" else 100 * row["bias_error"]
    return f"{_scaled(row, 'bias')} (± {error:.2f})"
