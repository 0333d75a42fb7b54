"""How strongly publication would have to depend on outcome and role to explain the contrast of two roles.

A case of role r with outcome y (1: sanctioned) comes to be published with probability π(r, y). The data then
show each role's odds multiplied by its *selection ratio* s(r) = π(r, 1) / π(r, 0): how many times as readily a
sanctioned case is published as another. The observed odds ratio is the true one times the ratio of the two
roles' selection ratios, the *bias factor* s(comparison) / s(reference). Where both roles are selected alike the
odds ratio is right, whatever the selection; the rates and their difference are not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from scipy import optimize

from ..cohort import Cohort
from ..question import Question
from .composition import composition_comparison
from .contrasts import TwoByTwo
from .intervals import (
    difference_interval,
    odds_ratio_interval,
    percent_level,
    proportion_interval,
    ratio_interval,
)
from .rates import sanction_rates
from .tidy import divide, tidy

ABOVE, BELOW, INCLUDES = "above 0", "below 0", "includes 0"
"""Where the interval of a risk difference lies."""
PATHS = ("comparison", "reference", "both")
"""Ways in which publication can depart from being alike in both roles: see `tipping_point`."""

_SURFACE_EXTRAS = (
    "numerator_reference",
    "denominator_reference",
    "rate_comparison",
    "rate_reference",
    "odds_ratio",
    "verdict",
    "too_few",
    "note",
)
_TIPPING_EXTRAS = (
    "numerator_reference",
    "denominator_reference",
    "selection_comparison",
    "selection_reference",
    "common_rate",
    "verdict",
    "turning",
    "turning_comparison",
    "turning_reference",
    "turned",
    "too_few",
    "note",
)
_BOUND_EXTRAS = (
    "numerator_reference",
    "denominator_reference",
    "unknown",
    "hidden",
    "bound_low",
    "bound_high",
    "too_few",
    "note",
)
_FURTHEST = math.log(1e6)  # selection ratios beyond one in a million are no explanation of anything


def selection_surface(
    cohort: Cohort,
    ratios: Sequence[float] | None = None,
    *,
    level: float | None = None,
    min_count: int | None = None,
) -> pd.DataFrame:
    """The risk difference corrected for every pair of selection ratios.

    Parameters
    ----------
    cohort : from `analysis.cohort.select`.
    ratios : selection ratios to try in each role, all above 0: how many times as readily a sanctioned case is
        published as another. Where none are given, 33 from 1/16 to 16, each the same multiple of the last, or
        further where the observed odds ratio asks for it.
    level, min_count : in place of the question's.

    Returns
    -------
    DataFrame : one row a pair, `selection_comparison` and `selection_reference` (the two ratios), then
        `comparison`, `reference` (role codes), `TIDY_COLUMNS` (the corrected risk difference; numerator and
        denominator are the comparison's as published), `numerator_reference`, `denominator_reference`,
        `rate_comparison`, `rate_reference` (the corrected rates), `odds_ratio` (the sample's, corrected),
        `verdict` (where the interval lies: "above 0", "below 0" or "includes 0"), `too_few` and `note`.

    Raises
    ------
    ValueError : a ratio that is not above 0.

    Notes
    -----
    A rate p as published becomes p / (p + s (1 − p)), a rising function of p, so the Wilson limits of p become
    limits of the corrected rate with the same coverage; the difference's interval joins them as Newcombe's
    method 10 does. At ratios of 1 it is the interval of `risk_contrast`. The selection ratios are taken as
    known: the interval is for sampling alone.

    References
    ----------
    Greenland S (1996). Basic methods for sensitivity analysis of biases. *International Journal of
    Epidemiology* 25, 1107–1116. Newcombe (1998), method 10; Zou GY, Donner A (2008). Construction of
    confidence limits about effect measures. *Statistics in Medicine* 27, 1693–1702 (why limits of each part
    may be joined so).
    """
    table = TwoByTwo.of(cohort.cases)
    chosen = np.asarray(_usual_ratios(table) if ratios is None else list(ratios), dtype=float)
    if not (chosen > 0).all() or not np.isfinite(chosen).all():
        raise ValueError("a selection ratio is a finite number above 0")
    comparison, reference = (grid.ravel() for grid in np.meshgrid(chosen, chosen, indexing="ij"))
    level = level or cohort.question.level
    found = _corrected(_published(table, level), comparison, reference)
    shown = pd.DataFrame(found).assign(
        verdict=[_verdict(*limits) for limits in zip(found["conf_low"], found["conf_high"], strict=True)],
        selection_comparison=comparison,
        selection_reference=reference,
        odds_ratio=_sample_odds_ratio(table) * reference / comparison,
        note=table.note,
    )
    return _finish(
        shown,
        ("selection_comparison", "selection_reference"),
        _SURFACE_EXTRAS,
        table,
        cohort,
        level,
        min_count,
    )


def tipping_point(
    cohort: Cohort, *, level: float | None = None, min_count: int | None = None
) -> pd.DataFrame:
    """How unlike the two roles' publication must be for the true rates to be equal, or for the verdict to turn.

    Parameters
    ----------
    cohort : from `analysis.cohort.select`.
    level, min_count : in place of the question's.

    Returns
    -------
    DataFrame : one row a path away from publication that is alike: `path` ("comparison": only the
        comparison's selection ratio departs from 1; "reference": only the reference's; "both": each by the
        same factor, one up and one down, the shortest way on a log scale), `comparison`, `reference` (role
        codes), `TIDY_COLUMNS`, `numerator_reference`, `denominator_reference`, then

        - `estimate`: the bias factor, s(comparison) / s(reference), that makes the corrected rates equal: the
          sample's odds ratio, on every path;
        - `conf_low`, `conf_high`: the bias factors between which the interval of the corrected difference holds
          0; where 1 lies between them, so does the observed one. A limit of 0 or infinity: no bias factor on
          this path takes the interval away from 0 on that side;
        - `selection_comparison`, `selection_reference`: the two ratios at the estimate; `common_rate`: the rate
          that both roles then have;
        - `verdict`: where the observed interval lies ("above 0", "below 0", "includes 0"); `turning`: the bias
          factor nearest to 1 at which that changes (NaN: none does), with `turning_comparison` and
          `turning_reference`, and `turned`: where the interval lies beyond it;
        - `too_few`, `note`.

    References
    ----------
    As `selection_surface`; Smith LH, VanderWeele TJ (2019). Bounding bias due to selection. *Epidemiology* 30,
    509–516.
    """
    table = TwoByTwo.of(cohort.cases)
    level = level or cohort.question.level
    rows = [{"path": path} | _tipping(table, path, level) for path in PATHS]
    result = pd.DataFrame(rows).assign(
        verdict=_verdict(*difference_interval(*table.counts, level)),
    )
    method = (
        f"Bias factor at which the corrected rates are equal; range in which the {percent_level(level)} interval "
        "of their difference (Newcombe, of corrected Wilson limits) holds 0"
    )
    return _finish(result, ("path",), _TIPPING_EXTRAS, table, cohort, level, min_count).assign(method=method)


def _usual_ratios(table: TwoByTwo) -> np.ndarray:
    """From 1/16 to 16, or so far that the curve of equal rates has room."""
    odds_ratio = _sample_odds_ratio(table)
    decided = 0 < odds_ratio < math.inf
    most = max(4, math.ceil(abs(math.log2(odds_ratio))) + 2) if decided else 4
    return 2.0 ** np.linspace(-most, most, 8 * most + 1)


def _sample_odds_ratio(table: TwoByTwo) -> float:
    """The cross-product ratio; NaN where no odds ratio fits better than another."""
    x1, n1, x0, n0 = table.counts
    over, under = x1 * (n0 - x0), x0 * (n1 - x1)
    if n1 == 0 or n0 == 0 or (over == 0 and under == 0):
        return math.nan
    return over / under if under else math.inf


Side = tuple[float, float, float]


def _published(table: TwoByTwo, level: float) -> tuple[Side, Side]:
    """Each role's rate as published, with its Wilson limits."""
    one, other = (
        (float(divide(count, total)), *proportion_interval(count, total, "wilson", level))
        for count, total in ((table.count, table.total), (table.count_reference, table.total_reference))
    )
    return one, other


def _corrected(published: tuple[Side, Side], comparison, reference) -> dict:
    """Corrected rates, their difference and its interval, for selection ratios (numbers or arrays)."""
    (p1, low1, high1), (p0, low0, high0) = (
        tuple(p / (p + ratio * (1 - p)) for p in side)
        for side, ratio in zip(published, (comparison, reference), strict=True)
    )
    difference = p1 - p0
    return {
        "rate_comparison": p1,
        "rate_reference": p0,
        "estimate": difference,
        "conf_low": np.maximum(difference - np.hypot(p1 - low1, high0 - p0), -1),
        "conf_high": np.minimum(difference + np.hypot(high1 - p1, p0 - low0), 1),
    }


def _verdict(low: float, high: float) -> str | None:
    if math.isnan(low) or math.isnan(high):
        return None
    return ABOVE if low > 0 else BELOW if high < 0 else INCLUDES


def _tipping(table: TwoByTwo, path: str, level: float) -> dict:
    """Where the difference and each of its limits pass 0 along a path, in bias factors."""
    nothing = dict.fromkeys(
        ("estimate", "conf_low", "conf_high", "selection_comparison", "selection_reference", "common_rate"),
        math.nan,
    )
    nothing |= {"turning": math.nan, "turning_comparison": math.nan, "turning_reference": math.nan}
    odds_ratio = _sample_odds_ratio(table)
    if math.isnan(odds_ratio):
        note = table.note or "all or none of both groups were sanctioned: no selection makes them differ"
        return nothing | {"turned": None, "note": note}

    published = _published(table, level)

    def at(log_bias: float) -> dict:
        return _corrected(published, *_on_path(path, math.exp(log_bias)))

    # A larger bias factor leaves less of the published difference, so each passes 0 downwards, once.
    low = _crossing(lambda t: at(t)["conf_low"])
    high = _crossing(lambda t: at(t)["conf_high"])
    found = nothing | {"estimate": odds_ratio, "conf_low": low, "conf_high": high, "turned": None}
    if 0 < odds_ratio < math.inf:
        found["selection_comparison"], found["selection_reference"] = _on_path(path, odds_ratio)
        found["common_rate"] = float(at(math.log(odds_ratio))["rate_comparison"])
        found["note"] = ""
    else:
        found["note"] = "a group without exception: no selection makes the rates equal"
    reachable = [factor for factor in (low, high) if 0 < factor < math.inf]
    if reachable:
        turning = min(reachable, key=lambda factor: (abs(math.log(factor)), factor))
        found["turning"] = turning
        found["turning_comparison"], found["turning_reference"] = _on_path(path, turning)
        inside = low < 1 < high
        found["turned"] = INCLUDES if not inside else ABOVE if turning == low else BELOW
    return found


def _on_path(path: str, bias: float) -> tuple[float, float]:
    """The two selection ratios that give a bias factor."""
    return {
        "comparison": (bias, 1.0),
        "reference": (1.0, 1 / bias),
        "both": (math.sqrt(bias), 1 / math.sqrt(bias)),
    }[path]


def _crossing(falling: Callable[[float], float]) -> float:
    """exp of where a falling function passes 0; 0 or infinity where it does not within reason."""
    if falling(-_FURTHEST) <= 0:
        return 0.0
    if falling(_FURTHEST) >= 0:
        return math.inf
    return math.exp(optimize.brentq(falling, -_FURTHEST, _FURTHEST, xtol=1e-12, rtol=1e-13))


def selection_bounds(
    cohort: Cohort,
    unpublished: Sequence[float] = (0.0, 0.05, 0.1, 0.25, 0.5, 1.0),
    *,
    level: float | None = None,
    min_count: int | None = None,
) -> pd.DataFrame:
    """The furthest that rates and difference could lie, whatever the unknown and the unpublished outcomes.

    Parameters
    ----------
    cohort : from `analysis.cohort.select`.
    unpublished : for each published case of a role, so many unpublished ones of the role (0.1: one for every
        ten). Nothing is assumed of their outcomes.
    level, min_count : in place of the question's.

    Returns
    -------
    DataFrame : three rows for each of `unpublished`: `measure` ("sanction rate" or "risk difference"), `role`
        (missing for the difference), `TIDY_COLUMNS` (as published; the interval is the question's for a rate,
        Newcombe's for the difference), `numerator_reference`, `denominator_reference` (missing for rates),
        `unknown` (published cases with unknown outcome), `hidden` (unpublished cases supposed), `bound_low`,
        `bound_high`, `too_few` and `note`. With none unpublished, the bounds are those of `sanction_rates` and
        `risk_contrast`.

    References
    ----------
    Horowitz JL, Manski CF (2000). Nonparametric analysis of randomized experiments with missing covariate and
    outcome data. *JASA* 95, 77–84.
    """
    level = level or cohort.question.level
    table = TwoByTwo.of(cohort.cases)
    rates = sanction_rates(cohort, by="role", level=level, min_count=min_count)
    rates = rates.assign(role=rates["role"].astype(object)).iloc[::-1].to_dict("records")
    difference = difference_interval(*table.counts, level)
    estimate = float(divide(table.count, table.total) - divide(table.count_reference, table.total_reference))
    rows = []
    for share in unpublished:
        sides = []
        for rate in rates:
            published = rate["denominator"] + rate["unknown"]
            hidden = round(share * published)
            everyone = published + hidden
            rate = rate | {
                "unpublished": share,
                "measure": "sanction rate",
                "hidden": hidden,
                "bound_low": float(divide(rate["numerator"], everyone)),
                "bound_high": float(divide(rate["numerator"] + rate["unknown"] + hidden, everyone)),
                "note": "" if rate["denominator"] else "no case with a known outcome",
            }
            sides.append(rate)
        first, second = sides
        rows += [
            *sides,
            {
                "unpublished": share,
                "measure": "risk difference",
                "role": None,
                "estimate": estimate,
                "conf_low": difference[0],
                "conf_high": difference[1],
                "numerator": table.count,
                "denominator": table.total,
                "method": f"Newcombe {percent_level(level)} interval",
                "numerator_reference": table.count_reference,
                "denominator_reference": table.total_reference,
                "unknown": first["unknown"] + second["unknown"],
                "hidden": first["hidden"] + second["hidden"],
                "bound_low": first["bound_low"] - second["bound_high"],
                "bound_high": first["bound_high"] - second["bound_low"],
                "too_few": first["too_few"] or second["too_few"],
                "note": table.note,
            },
        ]
    columns = (
        "unpublished",
        "measure",
        "role",
        "estimate",
        "conf_low",
        "conf_high",
        "numerator",
        "denominator",
    )
    frame = pd.DataFrame(rows, columns=[*columns, "method", *_BOUND_EXTRAS])
    for column in ("numerator_reference", "denominator_reference"):
        frame[column] = frame[column].astype("Int64")
    return tidy(frame, ("unpublished", "measure", "role"), _BOUND_EXTRAS)


def unpublished_cases(
    cohort: Cohort, *, level: float | None = None, min_count: int | None = None, most: int = 10_000
) -> pd.DataFrame:
    """How few unpublished cases, all of one role and one outcome, would change the answer.

    Parameters
    ----------
    cohort : from `analysis.cohort.select`.
    level, min_count : in place of the question's.
    most : more cases than this are not tried.

    Returns
    -------
    DataFrame : one row a role and outcome: `role`, `sanctioned` (bool, the outcome of the cases supposed),
        `TIDY_COLUMNS` (the risk difference as published), `numerator_reference`, `denominator_reference`,
        `to_equal` (Int64: the fewest such cases with which the rates are equal, or the other way round; missing
        where no number does), `to_turn` (the fewest with which the interval comes to include 0, or to leave it
        out; missing where no number does), `verdict`, `turned` (where the interval lies before and after),
        `too_few`, `note`.

    References
    ----------
    Walsh M et al. (2014). The statistical significance of randomized controlled trial results is frequently
    fragile: a case for a fragility index. *Journal of Clinical Epidemiology* 67, 622–628 (here with cases added
    rather than changed).
    """
    table = TwoByTwo.of(cohort.cases)
    level = level or cohort.question.level
    question = cohort.question
    rows = []
    for role in (question.comparison, question.reference):
        for outcome in (True, False):

            def with_cases(
                extra: int, role: str = role, outcome: bool = outcome
            ) -> tuple[int, int, int, int]:
                x1, n1, x0, n0 = table.counts
                gained = extra if outcome else 0
                return (
                    (x1 + gained, n1 + extra, x0, n0)
                    if role == question.comparison
                    else (x1, n1, x0 + gained, n0 + extra)
                )

            rows.append({"role": role, "sanctioned": outcome} | _fewest(with_cases, table, level, most))
    result = pd.DataFrame(rows).assign(estimate=rows[0]["difference"])
    result["conf_low"], result["conf_high"] = difference_interval(*table.counts, level)
    extras = (
        "numerator_reference",
        "denominator_reference",
        "to_equal",
        "to_turn",
        "verdict",
        "turned",
        "too_few",
        "note",
    )
    for column in ("to_equal", "to_turn"):
        result[column] = result[column].astype("Int64")
    return _finish(result, ("role", "sanctioned"), extras, table, cohort, level, min_count, roles=False)


def _fewest(with_cases: Callable, table: TwoByTwo, level: float, most: int) -> dict:
    """The fewest added cases that level the rates, and that turn the interval's verdict."""
    x1, n1, x0, n0 = table.counts
    if n1 == 0 or n0 == 0:
        return {
            "difference": math.nan,
            "to_equal": None,
            "to_turn": None,
            "verdict": None,
            "turned": None,
        } | {"note": table.note}

    def difference(extra: int) -> int:
        a, n, c, m = with_cases(extra)
        return a * m - c * n  # exact: the sign of the difference

    def verdict(extra: int) -> str | None:
        return _verdict(*difference_interval(*with_cases(extra), level))

    sign = np.sign(difference(0))
    equal = _first(lambda extra: np.sign(difference(extra)) != sign, most) if sign else 0
    before = verdict(0)
    turn = _first(lambda extra: verdict(extra) != before, most)
    return {
        "difference": x1 / n1 - x0 / n0,
        "to_equal": equal,
        "to_turn": turn,
        "verdict": before,
        "turned": None if turn is None else verdict(turn),
        "note": "",
    }


def _first(holds: Callable[[int], bool], most: int) -> int | None:
    """The smallest number from 1 at which a condition holds that, once true, stays so up to `most`."""
    low, high = 0, 1
    while not holds(high):
        if high >= most:
            return None
        low, high = high, min(2 * high, most)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def implied_selection(
    hearings: pd.DataFrame, official: pd.DataFrame, question: Question | None = None, *, level: float = 0.95
) -> pd.DataFrame:
    """What the official figures say about the selection ratios: the only outside evidence there is.

    Parameters
    ----------
    hearings : all cases, as `load_hearings` returns them.
    official : as `load_official` returns it.
    question : whose roles to compare; the headline's where none is given.
    level : confidence level.

    Returns
    -------
    DataFrame : one row a quantity: `quantity`, `financial_year`, `TIDY_COLUMNS` (numerator and denominator are
        the sample's), `numerator_reference`, `denominator_reference` (the official ones) and `note`. The
        quantities:

        - ``selection_ratio``: the sample's odds of dismissal among findings of gross misconduct, over the
          official odds of the same year: s of both roles together. ``selection_ratio_least`` is the same if
          every official case of unclear outcome had been dismissed.
        - ``dismissals_by_role``: π(comparison, 1) / π(reference, 1), the share of the barred special constables
          that the sample holds over the share of the barred regular officers that it holds. The bias factor is
          this times π(reference, 0) / π(comparison, 0), of which there is no evidence. Only where these are the
          question's two roles.

    References
    ----------
    As `odds_ratio_interval` and `ratio_interval`. The sample is taken to be drawn from the people officially
    counted; they were not matched.
    """
    question = question or Question.of()
    both = composition_comparison(hearings, official, level=level)
    rows = []
    shares = both[both["quantity"] == "dismissed_of_gross_misconduct"]
    for year, pair in shares.groupby("financial_year", sort=True):
        ours, theirs = (pair[pair["source"] == source].iloc[0] for source in ("sample", "official"))
        most = round(theirs["bound_high"] * theirs["denominator"])
        for quantity, numerator in (
            ("selection_ratio", theirs["numerator"]),
            ("selection_ratio_least", most),
        ):
            if quantity == "selection_ratio_least" and most == theirs["numerator"]:
                continue
            counts = [
                int(n) for n in (ours["numerator"], ours["denominator"], numerator, theirs["denominator"])
            ]
            rows.append(
                {"quantity": quantity, "financial_year": str(year)}
                | _odds_ratio_row(*counts, level)
                | {"note": theirs["note"]}
            )
    if (question.comparison, question.reference) == ("special_constable", "police_officer"):
        rows += _dismissals_by_role(both[both["quantity"] == "specials_of_barred"], level)
    groups = ("quantity", "financial_year")
    extras = ("numerator_reference", "denominator_reference", "note")
    measures = ["estimate", "conf_low", "conf_high", "numerator", "denominator", "method"]
    return tidy(pd.DataFrame(rows, columns=[*groups, *measures, *extras]), groups, extras)


def _odds_ratio_row(x1: int, n1: int, x0: int, n0: int, level: float) -> dict:
    estimate, low, high = odds_ratio_interval(x1, n1, x0, n0, level)
    return {
        "estimate": estimate,
        "conf_low": low,
        "conf_high": high,
        "numerator": x1,
        "denominator": n1,
        "numerator_reference": x0,
        "denominator_reference": n0,
        "method": f"Conditional maximum likelihood, exact {percent_level(level)} interval",
    }


def _dismissals_by_role(shares: pd.DataFrame, level: float) -> list[dict]:
    """Sampled over barred special constables, against the same of regular officers, years with both together."""
    if shares.empty:
        return []
    sums = shares.groupby("source")[["numerator", "denominator"]].sum().astype(int)
    specials, barred_specials = (int(sums.loc[source, "numerator"]) for source in ("sample", "official"))
    regulars, barred_regulars = (
        int(sums.loc[source, "denominator"] - sums.loc[source, "numerator"])
        for source in ("sample", "official")
    )
    if specials > barred_specials or regulars > barred_regulars:
        return []  # more sampled than were barred: the two sides do not count the same people
    counts = (specials, barred_specials, regulars, barred_regulars)
    low, high = ratio_interval(*counts, level)
    years = sorted(shares["financial_year"].astype(str).unique())
    return [
        {
            "quantity": "dismissals_by_role",
            "financial_year": ", ".join(years),
            "estimate": float(divide(divide(specials, barred_specials), divide(regulars, barred_regulars))),
            "conf_low": low,
            "conf_high": high,
            "numerator": specials,
            "denominator": barred_specials,
            "numerator_reference": regulars,
            "denominator_reference": barred_regulars,
            "method": f"Koopman score {percent_level(level)} interval",
            "note": "sampled cases dated in the year, of the people barred in it; not matched",
        }
    ]


def _finish(
    frame: pd.DataFrame,
    groups: tuple[str, ...],
    extras: tuple[str, ...],
    table: TwoByTwo,
    cohort: Cohort,
    level: float,
    min_count: int | None,
    roles: bool = True,
) -> pd.DataFrame:
    """The columns that all frames on one pair of groups share."""
    question = cohort.question
    least = question.min_count if min_count is None else min_count
    result = frame.assign(
        comparison=question.comparison,
        reference=question.reference,
        numerator=table.count,
        denominator=table.total,
        numerator_reference=table.count_reference,
        denominator_reference=table.total_reference,
        too_few=min(table.total, table.total_reference) < least,
        method=f"Newcombe {percent_level(level)} interval, of Wilson limits corrected for selection"
        if roles
        else f"Newcombe {percent_level(level)} interval",
    )
    result.attrs = {"min_count": least, "level": level, "sanction": question.sanction.value}
    return tidy(result, (*groups, *(("comparison", "reference") if roles else ())), extras)
