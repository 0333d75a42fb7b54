"""The two roles compared within strata and pooled (Mantel–Haenszel), with tests that the strata agree."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.contingency_tables import StratifiedTable

from ..cohort import Cohort
from .contrasts import CONTRAST_EXTRAS, contrast_by, risk_contrast
from .difference_scores import stratified_difference_interval
from .grouping import groupings
from .intervals import percent_level
from .tidy import tidy

SEVERAL = "several"
"""Stratum of the cases that name more than one standard (kind of conduct)."""


@dataclass(frozen=True)
class StratifiedContrast:
    """What `stratified_contrast` returns.

    Attributes
    ----------
    pooled : DataFrame, six rows: the columns of `risk_contrast` after `adjustment` ("crude", or
        "stratified by …"), then `strata_used` and `cases_used` (strata with both roles, and their cases
        with a known outcome).
    strata : DataFrame, one row a stratum: its name, the risk difference with the columns of
        `risk_contrast`, then `informative` (the stratum has both roles, so it counts in the pooled
        estimates).
    homogeneity : DataFrame: `test`, `statistic`, `df`, `p_value`, `note`.
    """

    pooled: pd.DataFrame
    strata: pd.DataFrame
    homogeneity: pd.DataFrame


def stratified_contrast(
    cohort: Cohort, strata: str = "breach", *, level: float | None = None
) -> StratifiedContrast:
    """Mantel–Haenszel contrast of the two roles across strata that exclude one another.

    Parameters
    ----------
    cohort : from `analysis.cohort.select`.
    strata : a grouping of `sanction_rates` other than role. For ``breach`` and ``conduct`` a case is in
        the stratum of the one standard (kind) that it names, in ``several`` or in ``not_stated``, so that
        no case counts twice.
    level : in place of the question's.

    Returns
    -------
    StratifiedContrast : the crude and the pooled estimates, each stratum, and the homogeneity tests. The
        pooled rows' counts are of the strata that have both roles; an estimate that is not defined is NaN,
        with a note.

    Raises
    ------
    StudyError : an unknown grouping, naming those there are.

    Notes
    -----
    The intervals take the cases as independent: where those of one force resemble one another they are too
    narrow, which `adjusted_contrast` allows for.

    References
    ----------
    Mantel N, Haenszel W (1959). *JNCI* 22, 719–748. Variance of the odds ratio: Robins, Breslow and
    Greenland (1986), *Biometrics* 42, 311–323; of the risk ratio: Greenland and Robins (1985),
    *Biometrics* 41, 55–68. Interval of the risk difference: Miettinen O, Nurminen M (1985). Comparative
    analysis of two rates. *Statistics in Medicine* 4, 213–226, with Mantel–Haenszel weights; see
    `stratified_difference_interval`. Homogeneity: Breslow and Day (1980), Tarone RE (1985), *Biometrika* 72,
    91–95.
    """
    (name,) = groupings(strata, cohort.cases)
    level = level or cohort.question.level
    cases = cohort.cases.assign(
        **{_EXCLUSIVE[name]: _one_each(cohort.cases[_EXCLUSIVE[name]])} if name in _EXCLUSIVE else {}
    )
    per_stratum = contrast_by(Cohort(cases, cohort.flow, cohort.question), name, level=level)
    per_stratum.attrs["overlapping"] = False
    both = (per_stratum["denominator"] > 0) & (per_stratum["denominator_reference"] > 0)
    per_stratum["informative"] = both

    counts = per_stratum.loc[
        both, ["numerator", "denominator", "numerator_reference", "denominator_reference"]
    ]
    tables = counts.to_numpy(dtype=float)
    words = name.replace("_", " ")
    crude = risk_contrast(cohort, level=level).assign(
        adjustment="crude",
        strata_used=1,
        cases_used=lambda f: f["denominator"] + f["denominator_reference"],
    )
    rows = [crude[crude["measure"] == m].iloc[0].to_dict() for m in crude["measure"]]
    for base, estimates in zip(list(rows), _mantel_haenszel(tables, level), strict=True):
        rows.append(
            base
            | dict(zip(counts.columns, (int(n) for n in tables.sum(axis=0)), strict=True))
            | estimates
            | {
                "adjustment": f"stratified by {words}",
                "strata_used": int(both.sum()),
                "cases_used": int(tables[:, [1, 3]].sum()),
                "bound_low": math.nan,
                "bound_high": math.nan,
            }
        )
    pooled = pd.DataFrame(rows)
    least = pooled[["denominator", "denominator_reference"]].min(axis=1)
    pooled = tidy(
        pooled.assign(too_few=least < cohort.question.min_count),
        ("adjustment", "measure", "comparison", "reference"),
        (*CONTRAST_EXTRAS, "strata_used", "cases_used"),
    )
    return StratifiedContrast(pooled, per_stratum, _homogeneity(tables))


_EXCLUSIVE = {"breach": "breaches", "conduct": "conduct"}


def _one_each(codes: pd.Series) -> pd.Series:
    """One code a case: its only one, `several`, or none."""
    return codes.map(lambda c: c if len(set(c)) < 2 else (SEVERAL,)).astype(object)


def _cells(tables: np.ndarray) -> tuple[np.ndarray, ...]:
    """a, n1, c, n0 and n of each stratum."""
    a, n1, c, n0 = tables.T
    return a, n1, c, n0, n1 + n0


def _statsmodels(tables: np.ndarray) -> StratifiedTable:
    a, n1, c, n0, _ = _cells(tables)
    return StratifiedTable(np.array([[a, n1 - a], [c, n0 - c]]))


def _mantel_haenszel(tables: np.ndarray, level: float) -> list[dict]:
    """Pooled risk difference, risk ratio and odds ratio, as parts of rows."""
    named = f"{percent_level(level)} interval; p-value of the Cochran–Mantel–Haenszel test"
    methods = [
        f"Mantel–Haenszel, Miettinen–Nurminen score {named}",
        f"Mantel–Haenszel, Greenland–Robins {named}",
        f"Mantel–Haenszel, Robins–Breslow–Greenland {named}",
    ]
    a, n1, c, n0, n = _cells(tables) if len(tables) else (np.array([]),) * 5
    z = stats.norm.isf((1 - level) / 2)
    nothing = (math.nan, math.nan, math.nan)
    difference = ratio = odds = nothing
    notes = ["", "", ""]
    if not len(tables):
        notes = ["no stratum has both roles"] * 3
    else:
        difference = stratified_difference_interval(a, n1, c, n0, level)
        if (a * n0 / n).sum() > 0 and (c * n1 / n).sum() > 0:
            ratio = _pooled_ratio(a, n1, c, n0, n, z)
        else:
            notes[1] = "no one in one of the groups was sanctioned: no pooled ratio"
        if (a * (n0 - c) / n).sum() > 0 and (c * (n1 - a) / n).sum() > 0:
            table = _statsmodels(tables)
            odds = (
                float(table.oddsratio_pooled),
                *map(float, table.oddsratio_pooled_confint(alpha=1 - level)),
            )
        else:
            notes[2] = "a group without exception in every stratum: no pooled odds ratio"
    p_value = _cochran_mantel_haenszel(tables)
    return [
        dict(
            zip(("estimate", "conf_low", "conf_high"), values, strict=True),
            method=method,
            note=note,
            p_value=p_value,
        )
        for values, method, note in zip((difference, ratio, odds), methods, notes, strict=True)
    ]


def _pooled_ratio(a, n1, c, n0, n, z) -> tuple[float, float, float]:
    r, s = (a * n0 / n).sum(), (c * n1 / n).sum()
    variance = ((n1 * n0 * (a + c) - a * c * n) / n**2).sum() / (r * s)
    half = z * math.sqrt(max(variance, 0.0))
    log_estimate = math.log(r / s)
    return tuple(math.exp(log_estimate + d) for d in (0.0, -half, half))


def _deciding(tables: np.ndarray) -> np.ndarray:
    """The strata in which the counts could have differed: both roles, and neither all nor none sanctioned."""
    a, n1, c, n0, n = _cells(tables)
    return tables[(n1 > 0) & (n0 > 0) & (a + c > 0) & (a + c < n)]


def _cochran_mantel_haenszel(tables: np.ndarray) -> float:
    """p-value without continuity correction; NaN where no stratum can tell."""
    deciding = _deciding(tables) if len(tables) else tables
    return (
        float(_statsmodels(deciding).test_null_odds(correction=False).pvalue) if len(deciding) else math.nan
    )


def _homogeneity(tables: np.ndarray) -> pd.DataFrame:
    deciding = _deciding(tables) if len(tables) else tables
    rows = []
    for test, adjust in (("Breslow–Day test", False), ("Tarone's corrected Breslow–Day test", True)):
        statistic = p_value = df = math.nan
        note = f"asymptotic, of {len(deciding)} strata; says little where they are small"
        if len(deciding) < 2:
            note = "fewer than two strata can tell: homogeneity cannot be tested"
        else:
            a, n1, c, n0, n = _cells(deciding)
            if (a * (n0 - c) / n).sum() <= 0 or (c * (n1 - a) / n).sum() <= 0:
                note = "no pooled odds ratio, so nothing to test the strata against"
            else:
                statistic, df = _breslow_day(deciding, adjust), len(deciding) - 1
                p_value = float(stats.chi2.sf(statistic, df))
        rows.append({"test": test, "statistic": statistic, "df": df, "p_value": p_value, "note": note})
    return pd.DataFrame(rows)


def _breslow_day(tables: np.ndarray, adjust: bool) -> float:
    table = _statsmodels(tables)
    if not math.isclose(table.oddsratio_pooled, 1, abs_tol=1e-9):
        return float(table.test_equal_odds(adjust=adjust).statistic)
    # statsmodels solves a quadratic that loses its square term at a pooled odds ratio of exactly 1.
    a, n1, c, n0, n = _cells(tables)
    expected = n1 * (a + c) / n
    variance = 1 / (1 / expected + 1 / (a + c - expected) + 1 / (n1 - expected) + 1 / (n0 - a - c + expected))
    statistic = ((a - expected) ** 2 / variance).sum()
    return float(statistic - (a.sum() - expected.sum()) ** 2 / variance.sum() * adjust)
