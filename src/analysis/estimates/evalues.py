"""E-values: how strong an unmeasured cause of difference would have to be to explain a ratio away."""

from __future__ import annotations

import math

import pandas as pd

from ..cohort import Cohort
from .contrasts import TwoByTwo, risk_contrast
from .intervals import percent_level, ratio_interval
from .tidy import TIDY_COLUMNS, tidy

E_VALUE_EXTRAS = (
    "risk_ratio",
    "risk_ratio_low",
    "risk_ratio_high",
    "selection_e_value",
    "selection_e_value_limit",
    "observed",
    "observed_low",
    "observed_high",
    "too_few",
    "note",
)
COMMON = 0.15
"""An outcome of more than this share is common: an odds ratio is then far from the risk ratio."""
NO_SANCTION = "risk ratio of no sanction"


def e_value(contrasts: pd.DataFrame, *, common: bool | None = None) -> pd.DataFrame:
    """E-values of the ratios in a frame of contrasts, crude or adjusted.

    Parameters
    ----------
    contrasts : grouping columns with `measure` among them ("risk ratio", "odds ratio"; rows of other measures
        are left out), `TIDY_COLUMNS`, and perhaps numerator_reference, denominator_reference, too_few: as
        `risk_contrast` gives them.
    common : whether the outcome is common, so that an odds ratio's square root stands for the risk ratio. Where
        not given: yes where more than 15 % of either group have it, or where the counts are not in the frame.

    Returns
    -------
    DataFrame : the grouping columns, `TIDY_COLUMNS` (`estimate`: the E-value of the estimate; `conf_low`: of the
        confidence limit nearest to 1, which is 1 where the interval holds 1; `conf_high`: NaN, an E-value has no
        upper limit), then `risk_ratio`, `risk_ratio_low`, `risk_ratio_high` (what it is computed from),
        `selection_e_value`, `selection_e_value_limit` (the same for selection bias), `observed`,
        `observed_low`, `observed_high` (the ratio as it came), `too_few` and `note` (how it was converted).

    Notes
    -----
    The E-value is the least risk ratio that an unmeasured characteristic would need with the role *and* with
    the outcome, given what is adjusted for, to explain the ratio away. It depends on which of the two outcomes
    the ratio is of: the ratio of a common outcome is near 1 whatever the groups, and so is its E-value. The
    square root of the odds ratio is the same for both. The E-value for selection is the least that each of four
    risk ratios would have to be: of an unmeasured characteristic with the outcome, and with being published, in
    either role.

    References
    ----------
    VanderWeele TJ, Ding P (2017). Sensitivity analysis in observational research: introducing the E-value.
    *Annals of Internal Medicine* 167, 268–274. VanderWeele TJ (2017). On a square-root transformation of the
    odds ratio for a common outcome. *Epidemiology* 28, e58–e60. Smith LH, VanderWeele TJ (2019). Bounding bias
    due to selection. *Epidemiology* 30, 509–516.
    """
    columns = list(contrasts.columns)
    groups = tuple(columns[: columns.index("estimate")])
    rows = []
    for row in contrasts[contrasts["measure"].str.contains("ratio", regex=False)].to_dict("records"):
        ratio = tuple(float(row[name]) for name in ("estimate", "conf_low", "conf_high"))
        note = "" if not math.isnan(ratio[0]) else (row.get("note") or "no ratio")
        as_risk = ratio
        if row["measure"] == "odds ratio" and not math.isnan(ratio[0]):
            frequent = _is_common(row) if common is None else common
            as_risk = tuple(math.sqrt(value) for value in ratio) if frequent else ratio
            note = (
                "the outcome is common: the square root of the odds ratio stands for the risk ratio"
                if frequent
                else "the outcome is rare: the odds ratio stands for the risk ratio"
            )
        limit = _nearest_to_one(*as_risk)
        rows.append(
            {name: row[name] for name in groups}
            | {
                "estimate": _threshold(as_risk[0]),
                "conf_low": _threshold(limit),
                "conf_high": math.nan,
                "numerator": row["numerator"],
                "denominator": row["denominator"],
                "method": "E-value of the estimate, and of the confidence limit nearest to 1",
                "risk_ratio": as_risk[0],
                "risk_ratio_low": as_risk[1],
                "risk_ratio_high": as_risk[2],
                "selection_e_value": _selection_threshold(as_risk[0]),
                "selection_e_value_limit": _selection_threshold(limit),
                "observed": ratio[0],
                "observed_low": ratio[1],
                "observed_high": ratio[2],
                "too_few": bool(row.get("too_few", False)),
                "note": note,
            }
        )
    frame = pd.DataFrame(rows, columns=[*groups, *TIDY_COLUMNS, *E_VALUE_EXTRAS])
    return tidy(frame, groups, E_VALUE_EXTRAS)


def e_values(cohort: Cohort, *, level: float | None = None, min_count: int | None = None) -> pd.DataFrame:
    """E-values of the crude contrast: of the risk ratio, of the odds ratio and of the risk ratio of no sanction.

    Parameters
    ----------
    cohort : from `analysis.cohort.select`.
    level, min_count : in place of the question's.

    Returns
    -------
    DataFrame : as `e_value`, three rows; `measure` is "risk ratio", "odds ratio" or "risk ratio of no sanction"
        (numerator and denominator are then of the cases without the sanction).

    References
    ----------
    As `e_value`.
    """
    level = level or cohort.question.level
    crude = risk_contrast(cohort, level=level, min_count=min_count)
    crude = crude[crude["measure"] != "risk difference"]
    x1, n1, x0, n0 = TwoByTwo.of(cohort.cases).counts
    spared, spared_reference = n1 - x1, n0 - x0
    low, high = ratio_interval(spared, n1, spared_reference, n0, level)
    if math.isnan(low):
        estimate = math.nan
    elif not spared_reference:
        estimate = math.inf
    else:
        estimate = (spared / n1) / (spared_reference / n0)
    last = crude.iloc[[0]].assign(
        measure=NO_SANCTION,
        estimate=estimate,
        conf_low=low,
        conf_high=high,
        numerator=spared,
        numerator_reference=spared_reference,
        method=f"Koopman score {percent_level(level)} interval",
        note="" if not math.isnan(estimate) else "everyone in both groups was sanctioned: no ratio",
    )
    return e_value(pd.concat([crude, last], ignore_index=True))


def _is_common(row: dict) -> bool:
    shares = [
        row[f"numerator{side}"] / row[f"denominator{side}"]
        for side in ("", "_reference")
        if row.get(f"denominator{side}")
    ]
    return not shares or max(shares) > COMMON


def _nearest_to_one(estimate: float, low: float, high: float) -> float:
    """The confidence limit between the estimate and 1, or 1 where the interval holds 1."""
    if math.isnan(estimate) or math.isnan(low) or math.isnan(high):
        return math.nan
    return low if low > 1 else high if high < 1 else 1.0


def _away(ratio: float) -> float:
    """The ratio, or its inverse where it is below 1."""
    if ratio == 0:
        return math.inf
    return 1 / ratio if ratio < 1 else ratio


def _threshold(ratio: float) -> float:
    away = _away(ratio)
    return away + math.sqrt(away * (away - 1)) if math.isfinite(away) else away


def _selection_threshold(ratio: float) -> float:
    root = math.sqrt(_away(ratio))
    return root + math.sqrt(root * (root - 1)) if math.isfinite(root) else root
