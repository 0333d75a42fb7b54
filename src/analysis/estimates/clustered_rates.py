"""Sanction rates by role with intervals that allow for cases of one force to resemble one another."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy import stats

from ..cohort import Cohort
from .intervals import percent_level
from .rates import RATE_EXTRAS, sanction_rates
from .tidy import tidy

CLUSTERED_EXTRAS = (*RATE_EXTRAS, "plain_low", "plain_high", "clusters", "design_effect", "effective", "note")


def clustered_rates(
    cohort: Cohort, *, level: float | None = None, min_count: int | None = None
) -> pd.DataFrame:
    """Sanction rate of either role, its interval allowing for what cases of one force have in common.

    Parameters
    ----------
    cohort : from `analysis.cohort.select`.
    level, min_count : in place of the question's.

    Returns
    -------
    DataFrame, two rows: `role`, `TIDY_COLUMNS` and the extras of `sanction_rates`, then `plain_low`, `plain_high`
        (Wilson's interval of independent cases), `clusters` (forces with a case of the role whose outcome is known),
        `design_effect` (how many times the forces multiply the variance of the rate; at least 1), `effective` (the
        number of independent cases that would say as much) and `note` (why the design effect cannot be told, or
        empty).

    Notes
    -----
    The design effect is the variance between forces of the summed residuals, times G/(G − 1) of G forces, over the
    binomial variance. The effective number is that of cases over the design effect, times the squared ratio of
    Student's t quantiles on cases − 1 and on G − 1 degrees of freedom; Wilson's interval takes it for the number of
    cases. Where all or none of a role were sanctioned, or all its cases are of one force, the data say nothing of
    resemblance: the design effect is 1 and the note says so; with one force there is no interval that allows for it
    and the one given supposes independence.

    References
    ----------
    Korn EL, Graubard BI (1998). Confidence intervals for proportions with small expected number of positive counts
    estimated from survey data. *Survey Methodology* 24, 193–201. With Wilson's interval: Franco C, Little RJA, Louis
    TA, Slud EV (2019). Comparative study of confidence intervals for proportions in complex sample surveys. *Journal
    of Survey Statistics and Methodology* 7, 334–364.
    """
    level = level or cohort.question.level
    rates = sanction_rates(cohort, "role", interval="wilson", level=level, min_count=min_count)
    known = cohort.cases[cohort.cases["sanctioned"].notna()]
    rows = []
    for record in rates.to_dict("records"):
        own = known[known["role"].eq(record["role"])]
        found = _effective(
            own["sanctioned"].to_numpy(dtype=float), own["force"].astype(str).to_numpy(), level
        )
        low, high = wilson_of(record["estimate"], found["effective"], level)
        rows.append(
            record
            | {"plain_low": record["conf_low"], "plain_high": record["conf_high"]}
            | found
            | {"conf_low": low, "conf_high": high}
        )
    result = pd.DataFrame(rows).assign(
        method=f"Wilson {percent_level(level)} interval of the effective number of cases, for the design effect of forces"
    )
    result["role"] = pd.Categorical(result["role"], categories=rates["role"].cat.categories, ordered=True)
    result.attrs = dict(rates.attrs)
    return tidy(result, ("role",), CLUSTERED_EXTRAS)


def wilson_of(rate: float, effective: float, level: float) -> tuple[float, float]:
    """Wilson's interval of a rate in a number of cases that need not be whole; NaN where there is none."""
    if math.isnan(rate) or not effective > 0:
        return math.nan, math.nan
    square = stats.norm.isf((1 - level) / 2) ** 2
    centre = (rate + square / (2 * effective)) / (1 + square / effective)
    half = math.sqrt(square) / (1 + square / effective)
    half *= math.sqrt(rate * (1 - rate) / effective + square / (4 * effective**2))
    # exact at the ends, where rounding would leave a limit a hair inside
    return (0.0 if rate == 0 else max(0.0, centre - half)), (1.0 if rate == 1 else min(1.0, centre + half))


def _effective(sanctioned: np.ndarray, force: np.ndarray, level: float) -> dict:
    """Clusters, design effect and effective number of a role's cases."""
    number, clusters = len(sanctioned), len(np.unique(force))
    row = {"clusters": clusters, "design_effect": math.nan, "effective": math.nan}
    if not number:
        return row | {"note": "no case of this role has a known outcome"}
    rate = float(sanctioned.mean())
    if clusters < 2:
        note = "all cases are of one force: they are taken as independent"
        return row | {"design_effect": 1.0, "effective": float(number), "note": note}
    note = ""
    if 0 < rate < 1:
        # summed in the order of the forces, so that the order of the cases does not change the last digit
        code = np.unique(force, return_inverse=True)[1]
        sums = np.bincount(code, weights=sanctioned) - rate * np.bincount(code)
        between = float(sums @ sums) * clusters / (clusters - 1)
        design_effect = max(1.0, between / (number * rate * (1 - rate)))
    else:
        design_effect = 1.0
        note = f"{'all' if rate else 'none'} were sanctioned: whether cases of one force are alike cannot be told"
    tail = (1 - level) / 2
    quantiles = stats.t.isf(tail, number - 1) / stats.t.isf(tail, clusters - 1)
    effective = min(float(number), number / design_effect * float(quantiles) ** 2)
    return row | {"design_effect": design_effect, "effective": effective, "note": note}
