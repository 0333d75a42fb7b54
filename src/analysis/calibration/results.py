"""The committed results of the calibration, and what is to be concluded from each."""

from __future__ import annotations

from importlib.resources import files

import pandas as pd

from ..errors import StudyError
from .running import definitions_hash

FILE = "results.csv"
LEAST, MOST = 0.93, 0.97
"""Coverage of a nominal 95 % interval that counts as kept."""
KEPT, SELDOM, OFTEN = "as stated", "too seldom", "more often than stated"
HOLDS, REJECTS, CAUTIOUS = "holds its level", "rejects too often", "rejects less than its level"
_LEVEL = 0.05


def calibration_results() -> pd.DataFrame:
    """How the study's intervals and tests did in simulated samples with a known truth.

    Returns
    -------
    DataFrame, one row for each scenario, measure and method: `scenario`, `words` (what it is), `measure`, `method`,
        `scale` (of bias and width: ratios on the log scale), `truth` (mean over the samples), `null` (role makes no
        difference there), `replicates`, `undefined` (share of samples without an interval), `coverage` (share of the
        intervals that hold the truth) and its Monte Carlo standard error `coverage_error`, `truth_below`, `truth_above`
        (share that miss on either side), `bias`, `bias_error`, `mean_width` (of the finite ones), `rejected` (share of
        p-values below 0.05: the false-positive rate where `null`, else the power), `rejected_error`, `definitions`,
        then `verdict` (of the interval), `test_verdict` and `instead` (a method of the same measure whose interval
        does cover there, where this one's does not).

    Raises
    ------
    StudyError : the committed file is of other scenarios than the code's.

    References
    ----------
    Morris TP, White IR, Crowther MJ (2019). Using simulation studies to evaluate statistical methods. *Statistics in
    Medicine* 38, 2074–2102.
    """
    with files(__package__).joinpath(FILE).open(encoding="utf-8") as file:
        frame = pd.read_csv(file, keep_default_na=False, na_values=[""])
    if set(frame["definitions"]) != {definitions_hash()}:
        raise StudyError(
            "The committed calibration was made for other scenarios than those in the code: run `make calibrate`."
        )
    return with_verdicts(frame)


def with_verdicts(results: pd.DataFrame) -> pd.DataFrame:
    """Add `verdict`, `test_verdict` and `instead` to the results of a run."""
    slack = 2 * results["coverage_error"]
    verdict = pd.Series(KEPT, index=results.index, dtype=object)
    verdict[results["coverage"] + slack < LEAST] = SELDOM
    verdict[results["coverage"] - slack > MOST] = OFTEN
    verdict[results["coverage"].isna()] = ""
    slack = 2 * results["rejected_error"]
    test = pd.Series(HOLDS, index=results.index, dtype=object)
    test[results["rejected"] - slack > _LEVEL] = REJECTS
    test[results["rejected"] + slack < _LEVEL] = CAUTIOUS
    test[results["rejected"].isna() | ~results["null"].astype(bool)] = ""
    result = results.assign(verdict=verdict, test_verdict=test, instead="")
    for (_, _), group in result.groupby(["scenario", "measure"], sort=False):
        covering = group[group["verdict"].isin([KEPT, OFTEN])].sort_values("mean_width", kind="stable")
        if len(covering):
            missed = group.index[group["verdict"].eq(SELDOM)]
            result.loc[missed, "instead"] = covering["method"].iloc[0]
    return result
