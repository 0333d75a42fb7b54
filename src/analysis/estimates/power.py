"""What difference this many cases could have seen: the power of the report's own test, by enumeration."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from scipy import optimize, special, stats

from ..cohort import Cohort
from ..errors import StudyError
from .grouping import check_breaches, groupings, rows_overlap
from .intervals import percent_level
from .rates import sanction_rates
from .tidy import tidy

HIGHER, LOWER = "higher", "lower"
INFORMATIVE, UNINFORMATIVE, IMPOSSIBLE = "informative", "uninformative", "no room"
LARGE = 0.2
"""A comparison that needs a true difference larger than this to be seen is uninformative."""
TESTS = {"boschloo": "Boschloo's exact test", "fisher": "Fisher's exact test"}

_MOST_TABLES = 4_000_000  # tables enumerated at most; larger samples are computed by approximation
_DETECTABLE_EXTRAS = (
    "numerator_reference",
    "denominator_reference",
    "reference_rate",
    "power",
    "most_possible",
    "power_at_most",
    "verdict",
    "too_few",
    "note",
)
_POWER_EXTRAS = (
    "numerator_reference",
    "denominator_reference",
    "reference_rate",
    "true_rate",
    "too_few",
    "note",
)


def minimum_detectable(
    cohort: Cohort,
    by: str | Iterable[str] = (),
    *,
    power: float = 0.8,
    breaches: str = "any_mention",
    test: str = "boschloo",
    reference_rate: float | None = None,
    design_effect: float = 1.0,
    level: float | None = None,
    min_count: int | None = None,
) -> pd.DataFrame:
    """The smallest true difference that this many cases would detect with the power asked for.

    Parameters
    ----------
    cohort : from `analysis.cohort.select`.
    by, breaches : as in `contrast_by`; none for the comparison of all.
    power : probability that the test finds the difference, between 0.5 and 1.
    test : ``boschloo``, which the reports use, or ``fisher``; two-sided, at 1 minus the level.
    reference_rate : true rate of the reference role. Where not given, its observed rate in the row; where the
        row holds too few cases of it, its observed rate over all rows.
    design_effect : both numbers of cases are divided by it, for cases that resemble others of their force: see
        `clustering_design_effect`. Where it is below 1, or NaN, they stay as they are.
    level, min_count : in place of the question's.

    Returns
    -------
    DataFrame : two rows for each level of `by`: the grouping columns, `direction` ("higher" or "lower": the
        comparison's true rate), `comparison`, `reference` (role codes), `TIDY_COLUMNS` (`estimate`: the
        smallest risk difference detected, with its sign, NaN where none is; no interval; numerator and
        denominator are the comparison's), `numerator_reference`, `denominator_reference`, then

        - `reference_rate`, `power`: as supposed;
        - `most_possible`: the largest difference there is room for in this direction, and `power_at_most`: the
          power to detect even that;
        - `verdict`: "informative"; "uninformative": only a difference of more than 20 percentage points, or
          none at all, would be seen; "no room": the reference's rate is already at the end of the scale;
        - `too_few`, `note` (why, in words).

        ``attrs["overlapping"]`` says whether a case can stand in several rows.

    Raises
    ------
    StudyError : an unknown grouping or test, or a power, rate or design effect that cannot be.

    Notes
    -----
    Power is the probability of a result that the test finds significant *in the right direction*, summed over
    every pair of counts. It rises with the difference, so the smallest one is found by bisection. It is a
    property of the numbers of cases, not of the outcomes observed: "observed power" is not computed. Beyond
    four million pairs of counts the normal approximation of `power_to_detect` stands in.

    References
    ----------
    Boschloo RD (1970). Raised conditional level of significance for the 2 × 2 table when testing the equality of
    two probabilities. *Statistica Neerlandica* 24, 1–35. Suissa S, Shuster JJ (1985). Exact unconditional sample
    sizes for the 2 × 2 binomial trial. *JRSS A* 148, 317–327. Hoenig JM, Heisey DM (2001). The abuse of power.
    *The American Statistician* 55, 19–24.
    """
    if not 0.5 <= power < 1:
        raise StudyError(f"power: {power!r} is not between 0.5 and 1.")
    asked = _asked(cohort, by, breaches, test, reference_rate, design_effect, level, min_count)
    found = [
        row | _detectable(row, direction, power, asked.alpha, test)
        for row in asked.rows
        for direction in (HIGHER, LOWER)
    ]
    method = f"{_named(test, asked.alpha)}, power {percent_level(power)}"
    groups = (*asked.names, "direction")
    return _finish(found, groups, _DETECTABLE_EXTRAS, cohort, method, design_effect, min_count, asked)


def power_to_detect(
    cohort: Cohort,
    differences: Sequence[float] = (-0.2, -0.1, -0.05, 0.05, 0.1, 0.2),
    by: str | Iterable[str] = (),
    *,
    breaches: str = "any_mention",
    test: str = "boschloo",
    reference_rate: float | None = None,
    design_effect: float = 1.0,
    level: float | None = None,
    min_count: int | None = None,
) -> pd.DataFrame:
    """The probability that the test would have found true differences of given sizes.

    Parameters
    ----------
    cohort, by, breaches, test, reference_rate, design_effect, level, min_count : as for `minimum_detectable`.
    differences : true risk differences, comparison minus reference, between −1 and 1 and not 0.

    Returns
    -------
    DataFrame : one row for each level of `by` and difference: the grouping columns, `difference`, `comparison`,
        `reference`, `TIDY_COLUMNS` (`estimate`: the power; NaN where there is no room for such a difference),
        `numerator_reference`, `denominator_reference`, `reference_rate`, `true_rate` (of the comparison, under
        the difference), `too_few`, `note`.

    Raises
    ------
    StudyError : as `minimum_detectable`; a difference that cannot be.

    Notes
    -----
    Beyond four million pairs of counts the test's power is that of the two-sample z test with pooled variance,
    which differs from the enumerated one by at most 0.03 at 400 and 4,000 cases.

    References
    ----------
    As `minimum_detectable`.
    """
    for difference in differences:
        if not -1 <= difference <= 1 or difference == 0:
            raise StudyError(f"differences: {difference!r} is not between −1 and 1, or is 0.")
    asked = _asked(cohort, by, breaches, test, reference_rate, design_effect, level, min_count)
    found = []
    for row in asked.rows:
        for difference in differences:
            rate, note = row["reference_rate"], row["note"]
            true_rate, estimate = rate + difference, math.nan
            if not note and not -1e-12 <= true_rate <= 1 + 1e-12:
                note = "no room for such a difference"
            elif not note:
                true_rate = min(max(true_rate, 0.0), 1.0)
                estimate = _power(row["sizes"], true_rate, rate, asked.alpha, test, difference > 0)
            values = {"difference": difference, "estimate": estimate, "true_rate": true_rate, "note": note}
            found.append(row | values)
    groups, method = (*asked.names, "difference"), _named(test, asked.alpha)
    return _finish(found, groups, _POWER_EXTRAS, cohort, method, design_effect, min_count, asked)


def clustering_design_effect(cohort: Cohort, cluster: str = "force") -> float:
    """How many times larger the variance of the risk difference is for cases that resemble others of their force.

    Parameters
    ----------
    cohort : from `analysis.cohort.select`.
    cluster : column of the cases that names the clusters; a case without one is a cluster of its own.

    Returns
    -------
    float : the variance by linearisation with clusters, times G / (G − 1) for G clusters, over the variance as
        if all cases were independent; NaN where a role is missing, all cases are of one cluster, or no outcome
        varies. It is below 1 where clusters that hold both roles make the difference more certain, and is
        itself very uncertain with few clusters.

    References
    ----------
    Kish L (1965). *Survey Sampling*. Wiley, chapter 5. Linearisation: Binder DA (1983). On the variances of
    asymptotically normal estimators from complex surveys. *International Statistical Review* 51, 279–292.
    """
    known = cohort.known
    outcome = known["sanctioned"].astype(float)
    of_comparison = known["role"].astype(str).eq(cohort.question.comparison)
    sizes = of_comparison.sum(), (~of_comparison).sum()
    if not all(sizes):
        return math.nan
    means = outcome[of_comparison].mean(), outcome[~of_comparison].mean()
    influence = np.where(of_comparison, (outcome - means[0]) / sizes[0], (means[1] - outcome) / sizes[1])
    alone = "case " + pd.Series(np.arange(len(known)), index=known.index).astype(str)
    clusters = known[cluster].astype(object).where(known[cluster].notna(), alone)
    number = clusters.nunique()
    independent = float((influence**2).sum())
    if number < 2 or independent == 0:
        return math.nan
    # summed in one order whatever the rows' order
    sums = pd.Series(influence, index=known.index).groupby(clusters.astype(str)).sum().sort_index()
    return float((sums**2).sum() * number / (number - 1) / independent)


@dataclass(frozen=True)
class _Asked:
    """The rows that a question about power has: both roles' counts, the supposed rate and the sizes that count."""

    names: tuple[str, ...]
    levels: dict[str, pd.Index]
    breaches: str
    rows: list[dict]
    alpha: float


def _asked(
    cohort: Cohort,
    by: str | Iterable[str],
    breaches: str,
    test: str,
    reference_rate: float | None,
    design_effect: float,
    level: float | None,
    min_count: int | None,
) -> _Asked:
    if test not in TESTS:
        raise StudyError(f"There is no test {test!r}; there are {', '.join(TESTS)}.")
    if reference_rate is not None and not 0 <= reference_rate <= 1:
        raise StudyError(f"reference_rate: {reference_rate!r} is not between 0 and 1.")
    if not math.isnan(design_effect) and not 0 < design_effect < math.inf:
        raise StudyError(f"design_effect: {design_effect!r} is not a number above 0.")
    shrink = max(1.0, design_effect) if not math.isnan(design_effect) else 1.0
    names = tuple(name for name in groupings(by, cohort.cases) if name != "role")
    check_breaches(breaches)
    question = cohort.question
    least = question.min_count if min_count is None else min_count
    rates = sanction_rates(cohort, by=[*names, "role"], breaches=breaches, min_count=least)
    overall = sanction_rates(cohort, by="role").set_index("role").loc[question.reference]
    rows = []
    frame = rates.groupby(list(names), observed=True, sort=True) if names else [((), rates)]
    for key, group in frame:
        by_role = group.set_index(group["role"].astype(str))
        ours, theirs = by_role.loc[question.comparison], by_role.loc[question.reference]
        sizes = tuple(int(side["denominator"]) for side in (ours, theirs))
        rate = reference_rate if reference_rate is not None else theirs["estimate"]
        if reference_rate is None and theirs["denominator"] < least:
            rate = overall["estimate"]
        row = dict(zip(names, key, strict=True)) | {
            "numerator": int(ours["numerator"]),
            "denominator": sizes[0],
            "numerator_reference": int(theirs["numerator"]),
            "denominator_reference": sizes[1],
            "reference_rate": float(rate),
            "sizes": tuple(round(size / shrink) for size in sizes),
            "too_few": min(sizes) < least,
            "note": "",
        }
        for size, role in zip(row["sizes"], ("comparison", "reference"), strict=True):
            if not size:
                row["note"] = f"no case of the {role} role has a known outcome"
        rows.append(row)
    levels = {name: rates[name].cat.categories for name in names}
    # 1 − 0.95 is a hair above 0.05
    return _Asked(names, levels, breaches, rows, round(1 - (level or question.level), 12))


def _finish(
    rows: list[dict],
    groups: tuple[str, ...],
    extras: tuple[str, ...],
    cohort: Cohort,
    method: str,
    design_effect: float,
    min_count: int | None,
    asked: _Asked,
) -> pd.DataFrame:
    question = cohort.question
    if design_effect > 1:
        method += f"; numbers of cases divided by a design effect of {design_effect:.2f}"
    fixed = {
        "comparison": question.comparison,
        "reference": question.reference,
        "conf_low": math.nan,
        "conf_high": math.nan,
        "method": method,
    }
    columns = [*groups, *fixed, "estimate", "numerator", "denominator", *extras]
    frame = pd.DataFrame([row | fixed for row in rows], columns=columns)
    for name, levels in asked.levels.items():
        frame[name] = pd.Categorical(frame[name], categories=levels, ordered=True)
    frame.attrs = {
        "overlapping": rows_overlap(asked.names, asked.breaches),
        "min_count": question.min_count if min_count is None else min_count,
    }
    return tidy(frame, (*groups, "comparison", "reference"), extras)


def _named(test: str, alpha: float) -> str:
    return f"{TESTS[test]}, two-sided, at {percent_level(alpha)}"


def _detectable(row: dict, direction: str, power: float, alpha: float, test: str) -> dict:
    """The smallest difference seen in one direction, and how much room there is."""
    rate, sign = row["reference_rate"], 1 if direction == HIGHER else -1
    room = (1 - rate if sign > 0 else rate) if not math.isnan(rate) else math.nan
    result = {
        "direction": direction,
        "estimate": math.nan,
        "power": power,
        "most_possible": sign * room,
        "power_at_most": math.nan,
        "verdict": UNINFORMATIVE,
        "note": row["note"],
    }
    if row["note"]:
        return result
    if room == 0:
        end = "100 %" if sign > 0 else "0 %"
        return result | {"verdict": IMPOSSIBLE, "note": f"the reference's rate is {end}: none is {direction}"}

    def seen(size: float) -> float:
        true_rate = min(max(rate + sign * size, 0.0), 1.0)
        return _power(row["sizes"], true_rate, rate, alpha, test, sign > 0)

    result["power_at_most"] = seen(room)
    if result["power_at_most"] < power:
        return result | {"note": f"not even the largest {direction} rate possible would be seen"}
    size = float(optimize.brentq(lambda d: seen(d) - power, 0, room, xtol=1e-10))
    note = "only a large difference would be seen" if size > LARGE else ""
    verdict = UNINFORMATIVE if size > LARGE else INFORMATIVE
    return result | {"estimate": sign * size, "verdict": verdict, "note": note}


def _power(sizes: tuple[int, int], p1: float, p0: float, alpha: float, test: str, higher: bool) -> float:
    """Probability that the comparison, of true rate p1, is found to be higher (or lower) than the reference."""
    n1, n0 = sizes
    if not higher:
        # the same with sanctioned and not sanctioned changed over
        p1, p0 = 1 - p1, 1 - p0
    if (n1 + 1) * (n0 + 1) > _MOST_TABLES:
        pooled = (n1 * p1 + n0 * p0) / (n1 + n0)
        error = math.sqrt(p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0)
        bar = stats.norm.isf(alpha / 2) * math.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n0))
        return float(stats.norm.sf((bar - (p1 - p0)) / error)) if error else float(p1 - p0 > bar)
    ours, theirs = (stats.binom.pmf(np.arange(n + 1), n, p) for n, p in ((n1, p1), (n0, p0)))
    return min(1.0, float(ours @ critical_region(n1, n0, alpha, test) @ theirs))


@lru_cache(maxsize=128)
def critical_region(n1: int, n0: int, alpha: float, test: str = "boschloo") -> np.ndarray:
    """The pairs of counts at which the comparison group is found to be higher than the reference group.

    Parameters
    ----------
    n1, n0 : sizes of the two groups, at least 1.
    alpha : two-sided significance level.
    test : ``boschloo`` or ``fisher``.

    Returns
    -------
    Array of bool, n1 + 1 rows (sanctioned in the comparison group) and n0 + 1 columns (in the reference group).
    Exchange sanctioned and not sanctioned for the other direction. Found higher: the sample's rate is higher and
    the two-sided p-value below alpha, where Boschloo's is twice the smaller one-sided one (as scipy has it) and
    Fisher's sums the tables that are no likelier (as R and scipy have it).

    References
    ----------
    As `minimum_detectable`.
    """
    tail, likely = _fisher(n1, n0)
    if test == "fisher":
        above = np.arange(n1 + 1)[:, None] * n0 > np.arange(n0 + 1)[None, :] * n1
        return (_two_sided(likely) < alpha) & above
    # Boschloo: reject where Fisher's one-sided p is so small that no nuisance rate makes it happen too often.
    grid = np.sin(np.linspace(0, math.pi / 2, 513)[1:-1]) ** 2
    first = stats.binom.pmf(np.arange(n1 + 1)[:, None], n1, grid)
    second = np.vstack(
        [np.zeros_like(grid), np.cumsum(stats.binom.pmf(np.arange(n0 + 1)[:, None], n0, grid), axis=0)]
    )

    def size(threshold: float) -> float:
        # P(X1 ≥ x1 | sum) rises with x0: in each row the rejected counts are the smallest ones
        rejected = (tail <= threshold * (1 + 1e-9)).sum(axis=1)
        return float((first * second[rejected]).sum(axis=0).max())

    # Any region is at least as large as its threshold's own probability: those above half need not be tried.
    thresholds = np.unique(tail[tail < 0.5])
    low, high = -1, len(thresholds)  # low is known to be small enough, high too large
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if size(thresholds[middle]) < alpha / 2 else (low, middle)
    return tail <= (thresholds[low] * (1 + 1e-9) if low >= 0 else -1)


def _fisher(n1: int, n0: int) -> tuple[np.ndarray, np.ndarray]:
    """P(X1 ≥ x1) and P(X1 = x1) given the sum, for every pair of counts (rows x1, columns x0)."""
    x1, x0 = np.arange(n1 + 1)[:, None], np.arange(n0 + 1)[None, :]
    sums = np.arange(n1 + n0 + 1)[None, :]
    rest = sums - x1
    possible = (rest >= 0) & (rest <= n0)
    safe = np.clip(rest, 0, n0)
    log = _log_choose(n1, x1) + _log_choose(n0, safe) - _log_choose(n1 + n0, sums)
    by_sum = np.where(possible, np.exp(log), 0.0)
    upper = np.cumsum(by_sum[::-1], axis=0)[::-1]
    return upper[x1, x1 + x0], by_sum[x1, x1 + x0]


def _two_sided(likely: np.ndarray) -> np.ndarray:
    """Fisher's two-sided p-value of every pair of counts: the probability of all that are no likelier."""
    n1, n0 = (length - 1 for length in likely.shape)
    result = np.empty_like(likely)
    for total in range(n1 + n0 + 1):
        x1 = np.arange(max(0, total - n0), min(n1, total) + 1)
        given = likely[x1, total - x1]
        ordered = np.sort(given)
        reached = np.searchsorted(ordered, given * (1 + 1e-7), side="right")
        result[x1, total - x1] = np.concatenate([[0.0], np.cumsum(ordered)])[reached]
    return result


def _log_choose(n, k):
    return special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
