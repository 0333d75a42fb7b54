"""Two roles compared: risk difference, risk ratio and odds ratio, and the exact tests beside them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd
from scipy import stats

from ..cohort import Cohort
from .grouping import check_breaches, grouped, groupings, rows_overlap
from .intervals import difference_interval, odds_ratio_interval, percent_level, ratio_interval, ratio_score
from .tidy import tidy

CONTRAST_EXTRAS = (
    "numerator_reference",
    "denominator_reference",
    "p_value",
    "unknown",
    "unknown_reference",
    "bound_low",
    "bound_high",
    "too_few",
    "note",
)
# Boschloo's and Barnard's tests enumerate every pair of counts; beyond this many they take many seconds.
_MOST_PAIRS = 300_000


@dataclass(frozen=True)
class TwoByTwo:
    """Two groups and how many of each were sanctioned; the comparison group first."""

    count: int
    total: int
    count_reference: int
    total_reference: int
    unknown: int = 0
    unknown_reference: int = 0

    @classmethod
    def of(cls, cases: pd.DataFrame) -> TwoByTwo:
        """Count a cohort's cases (columns `role`, its reference category first, and `sanctioned`)."""
        reference, comparison = cases["role"].cat.categories

        def counts(role: str) -> tuple[int, int, int]:
            sanctioned = cases.loc[cases["role"].eq(role), "sanctioned"]
            return (
                int(sanctioned.fillna(False).sum()),
                int(sanctioned.notna().sum()),
                int(sanctioned.isna().sum()),
            )

        (x1, n1, u1), (x0, n0, u0) = counts(comparison), counts(reference)
        return cls(x1, n1, x0, n0, u1, u0)

    @property
    def counts(self) -> tuple[int, int, int, int]:
        return self.count, self.total, self.count_reference, self.total_reference

    @property
    def note(self) -> str:
        """Why a contrast is not defined, or empty where it is."""
        if self.total == 0 and self.total_reference == 0:
            return "no case of either role has a known outcome"
        if self.total == 0:
            return "no case of the comparison role has a known outcome"
        if self.total_reference == 0:
            return "no case of the reference role has a known outcome"
        return ""

    def difference_bounds(self) -> tuple[float, float]:
        """The risk difference if the unknown outcomes were as unfavourable, or favourable, as can be to
        each side.
        """
        n1, n0 = self.total + self.unknown, self.total_reference + self.unknown_reference
        if n1 == 0 or n0 == 0:
            return math.nan, math.nan
        low = self.count / n1 - (self.count_reference + self.unknown_reference) / n0
        high = (self.count + self.unknown) / n1 - self.count_reference / n0
        return low, high


def risk_contrast(
    cohort: Cohort, *, level: float | None = None, min_count: int | None = None
) -> pd.DataFrame:
    """Risk difference, risk ratio and odds ratio of the comparison role against the reference role.

    Parameters
    ----------
    cohort : from `analysis.cohort.select`.
    level, min_count : in place of the question's.

    Returns
    -------
    DataFrame, three rows: `measure` (risk difference, risk ratio, odds ratio), `comparison`, `reference`
        (role codes), `TIDY_COLUMNS` (numerator and denominator are the comparison's), then
        `numerator_reference`, `denominator_reference`, `p_value` (of the test that `method` names),
        `unknown`, `unknown_reference` (cases with unknown outcome), `bound_low`, `bound_high` (of the risk
        difference, whatever the unknown outcomes were; NaN for the ratios), `too_few` (either denominator
        is below the minimum count) and `note` (why an estimate is missing or has no upper limit, otherwise
        empty). A limit can be infinite.

    References
    ----------
    Risk difference: Newcombe (1998), method 10, with Boschloo's exact test (1970). Risk ratio: Koopman's
    score interval and the score test (1984). Odds ratio: conditional maximum likelihood, exact interval,
    Fisher's exact test. Choice of methods: Fagerland MW, Lydersen S, Laake P (2015). Recommended
    confidence intervals for two independent binomial proportions. *Statistical Methods in Medical
    Research* 24, 224–254. Bounds: Horowitz and Manski (2000).
    """
    rows = [
        _contrast(measure, TwoByTwo.of(cohort.cases), level or cohort.question.level)
        for measure in ("risk difference", "risk ratio", "odds ratio")
    ]
    return _finish(pd.DataFrame(rows), (), cohort, min_count)


def contrast_by(
    cohort: Cohort,
    by: str | Iterable[str] = "breach",
    breaches: str = "any_mention",
    *,
    level: float | None = None,
    min_count: int | None = None,
) -> pd.DataFrame:
    """The risk difference between the two roles within each level of a grouping.

    Parameters
    ----------
    cohort : from `analysis.cohort.select`.
    by, breaches : as in `sanction_rates`, without ``role``.
    level, min_count : in place of the question's.

    Returns
    -------
    DataFrame : the grouping columns, then the columns of `risk_contrast`; one row a level, in order, those
        of too few cases included and flagged. ``attrs["overlapping"]`` says whether a case can stand in
        several rows. The p-values are not adjusted for the number of rows.

    Raises
    ------
    StudyError : an unknown grouping, naming those there are.

    References
    ----------
    As `risk_contrast`.
    """
    names = tuple(name for name in groupings(by, cohort.cases) if name != "role")
    check_breaches(breaches)
    cases = cohort.cases
    if breaches == "single_breach":
        cases = cases[cases["n_breaches"].eq(1).fillna(False).astype(bool)]
    frame = grouped(cases, (*names, "role"))
    rows = []
    if names:
        for key, group in frame.groupby(list(names), observed=True, sort=True):
            row = _contrast("risk difference", TwoByTwo.of(group), level or cohort.question.level)
            rows.append(dict(zip(names, key, strict=True)) | row)
    else:
        rows.append(_contrast("risk difference", TwoByTwo.of(frame), level or cohort.question.level))
    result = pd.DataFrame(rows, columns=[*names, *_contrast("risk difference", TwoByTwo(0, 0, 0, 0), 0.95)])
    for name in names:
        result[name] = pd.Categorical(result[name], categories=frame[name].cat.categories, ordered=True)
    result.attrs = {
        "overlapping": rows_overlap(names, breaches),
        "left_out": len(cohort.cases) - len(cases),
    }
    return _finish(result, names, cohort, min_count)


def _finish(
    rows: pd.DataFrame, names: tuple[str, ...], cohort: Cohort, min_count: int | None
) -> pd.DataFrame:
    question = cohort.question
    least = rows[["denominator", "denominator_reference"]].min(axis=1)
    result = rows.assign(
        comparison=question.comparison,
        reference=question.reference,
        too_few=least < (question.min_count if min_count is None else min_count),
    )
    result.attrs = rows.attrs | {"min_count": question.min_count if min_count is None else min_count}
    return tidy(result, (*names, "measure", "comparison", "reference"), CONTRAST_EXTRAS)


def _contrast(measure: str, table: TwoByTwo, level: float) -> dict:
    """One measure of one table, as a row."""
    estimate, low, high, p_value, method, note = _MEASURES[measure](table, level)
    bounds = table.difference_bounds() if measure == "risk difference" else (math.nan, math.nan)
    return {
        "measure": measure,
        "estimate": estimate,
        "conf_low": low,
        "conf_high": high,
        "numerator": table.count,
        "denominator": table.total,
        "method": method,
        "numerator_reference": table.count_reference,
        "denominator_reference": table.total_reference,
        "p_value": p_value,
        "unknown": table.unknown,
        "unknown_reference": table.unknown_reference,
        "bound_low": bounds[0],
        "bound_high": bounds[1],
        "note": table.note or note,
    }


def _difference(table: TwoByTwo, level: float) -> tuple:
    method = f"Newcombe {percent_level(level)} interval; p-value of Boschloo's exact test"
    low, high = difference_interval(*table.counts, level)
    defined = table.total and table.total_reference
    estimate = (
        table.count / table.total - table.count_reference / table.total_reference if defined else math.nan
    )
    p_value = _exact_test("boschloo", *table.counts)[1]
    return estimate, low, high, p_value, method, ""


def _ratio(table: TwoByTwo, level: float) -> tuple:
    method = f"Koopman score {percent_level(level)} interval; p-value of the score test"
    low, high = ratio_interval(*table.counts, level)
    x1, n1, x0, n0 = table.counts
    if math.isnan(low):
        return (
            math.nan,
            math.nan,
            math.nan,
            math.nan,
            method,
            "no one in either group was sanctioned: no ratio",
        )
    estimate = math.inf if x0 == 0 else (x1 / n1) / (x0 / n0)
    p_value = float(2 * stats.norm.sf(abs(ratio_score(*table.counts, 1.0))))
    note = "no one in the reference group was sanctioned: the ratio has no upper limit" if x0 == 0 else ""
    return estimate, low, high, p_value, method, note


def _odds_ratio(table: TwoByTwo, level: float) -> tuple:
    method = (
        f"Conditional maximum likelihood, exact {percent_level(level)} interval; "
        "p-value of Fisher's exact test"
    )
    estimate, low, high = odds_ratio_interval(*table.counts, level)
    note = ""
    if math.isnan(estimate):
        note = "all or none of both groups were sanctioned: every odds ratio fits alike"
    elif math.isinf(high):
        note = "a group without exception: the odds ratio has no upper limit"
    return estimate, low, high, _exact_test("fisher", *table.counts)[1], method, note


_MEASURES = {"risk difference": _difference, "risk ratio": _ratio, "odds ratio": _odds_ratio}


def exact_tests(cohort: Cohort) -> pd.DataFrame:
    """Exact tests of no difference between the two roles, conditional and unconditional.

    Parameters
    ----------
    cohort : from `analysis.cohort.select`.

    Returns
    -------
    DataFrame, three rows: `test` (Fisher's, Boschloo's and Barnard's exact test), `statistic` (Fisher:
        sample odds ratio; Boschloo: the smallest one-sided Fisher p-value that it starts from; Barnard:
        Wald statistic with pooled variance), `p_value` (two-sided; NaN where the test is not defined) and
        `note` (why, otherwise what the test holds fixed). A test is not an estimate: there are no tidy
        columns.

    References
    ----------
    Fisher RA (1935). *JRSS* 98, 39–82. Boschloo RD (1970). Raised conditional level of significance for
    the 2 × 2 table when testing the equality of two probabilities. *Statistica Neerlandica* 24, 1–35.
    Barnard GA (1947). Significance tests for 2 × 2 tables. *Biometrika* 34, 123–138. Why unconditional:
    Lydersen S, Fagerland MW, Laake P (2009). Recommended tests for association in 2 × 2 tables.
    *Statistics in Medicine* 28, 1159–1175.
    """
    table = TwoByTwo.of(cohort.cases)
    rows = []
    for test, name, fixed in (
        (
            "fisher",
            "Fisher's exact test",
            "conditional on the number sanctioned; conservative in small samples",
        ),
        (
            "boschloo",
            "Boschloo's exact test",
            "unconditional; usually, though two-sided not always, more powerful than Fisher's",
        ),
        ("barnard", "Barnard's exact test", "unconditional, ordered by the pooled Wald statistic"),
    ):
        statistic, p_value, note = _exact_test(test, *table.counts)
        rows.append(
            {"test": name, "statistic": statistic, "p_value": p_value, "note": table.note or note or fixed}
        )
    return pd.DataFrame(rows)


@lru_cache(maxsize=512)
def _exact_test(test: str, x1: int, n1: int, x0: int, n0: int) -> tuple[float, float, str]:
    """Statistic, two-sided p-value and, where there is none, the reason."""
    if n1 == 0 or n0 == 0:
        return math.nan, math.nan, "a group is empty"
    if x1 + x0 in (0, n1 + n0):
        # All or none sanctioned: the two groups cannot differ less than they do.
        return (
            math.nan,
            1.0,
            "all or none of both groups were sanctioned: the data hold no difference to test",
        )
    # scipy takes the two binomial samples as the columns.
    table = [[x1, x0], [n1 - x1, n0 - x0]]
    if test == "fisher":
        result = stats.fisher_exact(table)
    elif n1 * n0 > _MOST_PAIRS:
        return (
            math.nan,
            math.nan,
            "the groups are too large to enumerate; read Fisher's test, which is then close to it",
        )
    else:
        result = (stats.boschloo_exact if test == "boschloo" else stats.barnard_exact)(table)
    return float(result.statistic), min(1.0, float(result.pvalue)), ""
