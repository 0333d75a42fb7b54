"""Sanction rates over time: a smooth line that admits its uncertainty, and what changed when the rules did."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy import interpolate, stats
from scipy.special import expit, xlogy

from ..codelists import load_codelist, nearest
from ..cohort import Cohort
from ..errors import StudyError
from ..partial_dates import PartialDate
from .intervals import difference_interval, percent_level
from .logistic import LogisticFit, fit_logistic, t_p_value, t_quantile
from .tidy import add_proportions, divide, tidy

MOST_KNOTS = 4
"""The most flexible of the curves averaged has so many knots: it can turn twice."""
CHANGES = (
    "public_hearings",
    "legally_qualified_chairs",
    "former_officers",
    "regs_2020",
    "chief_officer_chairs",
    "presumption_of_dismissal",
)
"""Codes of the changes of the rules that are looked at, in order."""
UNINFORMATIVE = 0.20
"""Where only a larger change than this (a difference of shares) could have been seen, the data cannot tell."""
LEAST_A_SIDE = 20
"""Fewer cases than this before or after a change cannot carry a step and a trend: ten for each of the two."""
POWER = 0.80
VERDICTS = ("too few to say", "cannot tell", "higher after", "lower after", "no change seen")
SMOOTH_EXTRAS = ("raw", "raw_low", "raw_high", "raw_method", "unknown", "undated", "too_few", "note")
CHANGE_EXTRAS = (
    "start",
    "numerator_before",
    "denominator_before",
    "crude",
    "crude_low",
    "crude_high",
    "trend",
    "p_value",
    "detectable",
    "too_few",
    "overlapping",
    "left_out",
    "verdict",
    "reason",
    "note",
)


def smoothed_rates(
    cohort: Cohort, by: str | None = None, *, level: float | None = None, min_count: int | None = None
) -> pd.DataFrame:
    """Sanction rates by year of the hearing, smoothed, with a pointwise band.

    Parameters
    ----------
    cohort : from `analysis.cohort.select`.
    by : None for one line of all cases, ``role`` for a line a role.
    level, min_count : in place of the question's.

    Returns
    -------
    DataFrame : `year` (ordered categorical of text), `role` where asked for, `TIDY_COLUMNS` (`estimate` and its
        interval are the smooth line's, numerator and denominator the year's own cases), `raw`, `raw_low`,
        `raw_high`, `raw_method` (the year's own rate), `unknown` (the year's cases without a known outcome),
        `undated` (cases with a known outcome but no date, of the whole line: they are in no year), `too_few`
        (of the year) and `note`. Every year between a line's first and last has a row. Where no line can be
        fitted, its columns are NaN and `note` says why.
        ``attrs["knots"]`` has, for each line, the weight that each number of knots got.

    Raises
    ------
    StudyError : `by` is something else.

    Notes
    -----
    Logistic regressions on natural cubic splines of the year with one to four knots (a constant, a straight
    line, curves), at quantiles of the cases' years, are averaged by their Akaike weights, small-sample
    corrected. The band adds to each curve's variance, clustered by force, its distance from the average: what is not known
    about the shape of the line widens it, and so do years with few cases. It is pointwise: about one year in
    twenty lies outside a 95 % band even if the model is right.

    References
    ----------
    Buckland ST, Burnham KP, Augustin NH (1997). Model selection: an integral part of inference. *Biometrics*
    53, 603–618 (the averaged curve and its variance). Harrell FE (2015). *Regression Modeling Strategies*,
    2nd ed., section 2.4 (natural splines, knots at quantiles). Hurvich CM, Tsai CL (1989). Regression and
    time series model selection in small samples. *Biometrika* 76, 297–307. Clustering: see `fit_logistic`.
    """
    if by not in (None, "role"):
        raise StudyError(f"by: {by!r} is not role; leave it out for one line of all cases.")
    question = cohort.question
    level = level or question.level
    least = question.min_count if min_count is None else min_count
    lines, knots = [], {}
    roles = [None] if by is None else list(cohort.cases["role"].cat.categories)
    for role in roles:
        cases = cohort.cases if role is None else cohort.cases[cohort.cases["role"].eq(role)]
        line, weights = _line(cases, level)
        if role is not None:
            line["role"] = role
        knots[role or "all"] = weights
        lines.append(line)
    result = pd.concat(lines, ignore_index=True)
    names = ("year",) if by is None else ("year", "role")
    if by is not None:
        result["role"] = pd.Categorical(result["role"], categories=roles, ordered=True)
    counts = result[["numerator", "denominator"]].astype(int)
    raw = add_proportions(counts, str(question.interval), level)
    result = result.assign(
        raw=raw["estimate"],
        raw_low=raw["conf_low"],
        raw_high=raw["conf_high"],
        raw_method=raw["method"],
        too_few=result["denominator"] < least,
    )
    years = [str(y) for y in sorted(set(result["year"]))]
    result["year"] = pd.Categorical(result["year"].astype(str), categories=years, ordered=True)
    result = result.sort_values(list(names)).reset_index(drop=True)
    result.attrs = {
        "knots": knots,
        "sanction": question.sanction.value,
        "denominator": question.denominator.value,
        "min_count": least,
        "level": level,
    }
    return tidy(result, names, SMOOTH_EXTRAS)


def _line(cases: pd.DataFrame, level: float) -> tuple[pd.DataFrame, dict[int, float]]:
    """One smooth line: a row a year, and the weight of each number of knots."""
    dated = cases[cases["year"].notna()]
    known = dated[dated["sanctioned"].notna()]
    undated = int((cases["year"].isna() & cases["sanctioned"].notna()).sum())
    years = np.arange(int(dated["year"].min()), int(dated["year"].max()) + 1) if len(dated) else np.arange(0)
    of_year = known["year"].astype(int)
    frame = pd.DataFrame({"year": years})
    frame["numerator"] = frame["year"].map(known["sanctioned"].astype(int).groupby(of_year).sum())
    frame["denominator"] = frame["year"].map(of_year.value_counts())
    unknown = dated.loc[dated["sanctioned"].isna(), "year"].astype(int).value_counts()
    frame["unknown"] = frame["year"].map(unknown)
    frame = frame.fillna(0).astype(int)
    frame["undated"] = undated
    frame["method"] = (
        f"Logistic regression on natural splines of the year, averaged by Akaike weight; {percent_level(level)} "
        "pointwise band, clustered by force"
    )
    # the order of the rows must not reach the last digit of a fit
    order = np.lexsort(
        (known["sanctioned"].astype(bool), known["force"].astype(str), known["year"].astype(int))
    )
    known, of_year = known.iloc[order], of_year.iloc[order]
    sanctioned = known["sanctioned"].astype(bool).to_numpy()
    note = _why_no_line(sanctioned)
    if note:
        return frame.assign(estimate=math.nan, conf_low=math.nan, conf_high=math.nan, note=note), {}
    found = _average(
        of_year.to_numpy(dtype=float),
        sanctioned.astype(float),
        known["force"].astype(str).to_numpy(),
        years,
        level,
    )
    if found is None:
        note = "the models did not converge"
        return frame.assign(estimate=math.nan, conf_low=math.nan, conf_high=math.nan, note=note), {}
    low, middle, high, weights = found
    # no line where it would only be drawn on beyond the cases
    outside = (frame["year"] < of_year.min()) | (frame["year"] > of_year.max())
    frame = frame.assign(estimate=middle, conf_low=low, conf_high=high, note="")
    frame.loc[outside, ["estimate", "conf_low", "conf_high"]] = math.nan
    return frame, weights


def _why_no_line(sanctioned: np.ndarray) -> str:
    if not len(sanctioned):
        return "no case has both a date and a known outcome"
    if sanctioned.all():
        return "all of the dated cases ended with the sanction: no line can be fitted"
    if not sanctioned.any():
        return "none of the dated cases ended with the sanction: no line can be fitted"
    return ""


def _average(when, outcome, force, years, level: float):
    """The averaged curve at the years, with its band, and the weight of each number of knots; None without one."""
    designs = {}
    for number in range(1, MOST_KNOTS + 1):
        knots = _knots(when, number)
        # fewer different years than knots: a simpler curve says all there is to say
        if len(knots) == number <= len(np.unique(when)):
            designs[number] = (_spline(when, knots), _spline(years.astype(float), knots))
    designs = {k: v for k, v in designs.items() if len(when) > k + 2}
    if not designs:
        designs = {1: (_spline(when, _knots(when, 1)), _spline(years.astype(float), _knots(when, 1)))}
    # one method for all, chosen for the most demanding: likelihoods of two methods do not compare
    widest = fit_logistic(designs[max(designs)][0], outcome, force)
    found = {}
    for number, (X, at) in designs.items():
        fit = widest if number == max(designs) else fit_logistic(X, outcome, force, method=widest.method)
        if not np.isfinite(fit.params).all() or not fit.converged:
            continue
        rows = at.to_numpy()
        errors = np.array([fit.standard_error(row) * _stretch(fit, row, level) for row in rows])
        found[number] = (_corrected_aic(fit, X, outcome), rows @ fit.risk_params.to_numpy(), errors)
    if not found:
        return None
    best = min(aic for aic, _, _ in found.values())
    weights = {number: math.exp(-(aic - best) / 2) for number, (aic, _, _) in found.items()}
    total = sum(weights.values())
    weights = {number: weight / total for number, weight in weights.items()}
    middle = sum(weights[k] * found[k][1] for k in found)
    error = sum(weights[k] * np.sqrt(found[k][2] ** 2 + (found[k][1] - middle) ** 2) for k in found)
    z = t_quantile(level, math.inf)
    return expit(middle - z * error), expit(middle), expit(middle + z * error), weights


def _stretch(fit: LogisticFit, row: np.ndarray, level: float) -> float:
    """How much wider Student's t makes an interval than the normal, for the few clusters a year rests on."""
    df = fit.contrast_df(row)
    return t_quantile(level, max(df, 1.0)) / t_quantile(level, math.inf) if df > 0 else 1.0


def _corrected_aic(fit: LogisticFit, X: pd.DataFrame, outcome: np.ndarray) -> float:
    # of the likelihood without a penalty, at the parameters that probabilities are computed with
    p = fit.probabilities(X)
    log_likelihood = float((xlogy(outcome, p) + xlogy(1 - outcome, 1 - p)).sum())
    n, k = X.shape
    return -2 * log_likelihood + 2 * k + 2 * k * (k + 1) / max(n - k - 1, 1)


def _knots(when: np.ndarray, number: int) -> np.ndarray:
    """Different knots, at evenly spaced quantiles from the first case to the last."""
    return np.unique(np.quantile(when, np.linspace(0, 1, number))) if number > 1 else np.array([0.0])


def _spline(when: np.ndarray, knots: np.ndarray) -> pd.DataFrame:
    """A natural cubic spline's columns: a constant, and one column a further knot."""
    columns = {"const": np.ones(len(when))}
    if len(knots) == 2:
        columns["year1"] = (when - knots[0]) / (knots[1] - knots[0])
    elif len(knots) > 2:
        basis = interpolate.CubicSpline(knots, np.eye(len(knots)), bc_type="natural")(when)
        # the columns sum to one: the first is in the constant
        columns |= {f"year{k}": basis[:, k] for k in range(1, len(knots))}
    return pd.DataFrame(columns)


def regime_changes(
    cohort: Cohort,
    regimes: Iterable[str] = CHANGES,
    *,
    window: float = 2.0,
    level: float | None = None,
    min_count: int | None = None,
) -> pd.DataFrame:
    """What happened to the sanction rate when the rules changed: an interrupted series around each change.

    Parameters
    ----------
    cohort : from `analysis.cohort.select`; both of its roles count together.
    regimes : codes of the code list of regimes.
    window : years before and after a change of which the cases count, to the month.
    level, min_count : in place of the question's.

    Returns
    -------
    DataFrame : one row a change, in order of its date: `regime` (code), `TIDY_COLUMNS` (`estimate` is the
        change of the rate at that date, after minus before, with the trend of the window held; numerator and
        denominator are of the cases after), then `start` (date), `numerator_before`, `denominator_before`,
        `crude`, `crude_low`, `crude_high` (rate after minus rate before, no trend held; Newcombe), `trend`
        (change of the rate a year, at the date), `p_value`, `detectable` (the smallest change that would have
        been found with 80 % power, as a share), `too_few` (see below), `overlapping` (codes of other
        changes within the window), `left_out` (cases with a known outcome whose date is missing or too vague
        to place), `verdict` (one of `VERDICTS`), `reason` (why this method) and `note` (why there is no
        estimate). ``attrs["window"]``.

    Raises
    ------
    StudyError : an unknown code, or a window of less than a month.

    Notes
    -----
    Logistic regression of the sanction on time (one slope: two, before and after, would be fitted to a handful
    of milder outcomes each) and on being heard after the change, on the cases within the window, errors
    clustered by force. A case known to the month or the year alone counts where all of that lies on one side
    and within the window, at its middle.

    The date of a hearing does not say which rules decided it: each set of rules has saving provisions under
    which cases begun earlier go on under the old rules, so a change can show only in part, and late. Changes
    close together, as those of 2014 to 2017, share their cases, and what each did cannot be told apart. What
    is published changed over the same years (hearings in public from 2015), which is a change of the sample,
    not of outcomes.

    A verdict: "too few to say" with fewer than 20 cases (or than the minimum count) on either side, where a
    step is read off a trend drawn through a handful of cases, or with fewer cases than the minimum count of
    the rarer outcome, where the error of it cannot be trusted; "cannot tell" where no model can be fitted, or
    the interval holds 0 and only a change of more than 20 percentage points would have been seen; "no change
    seen" where it holds 0 and a smaller one would; else "higher after" or "lower after".

    References
    ----------
    Wagner AK, Soumerai SB, Zhang F, Ross-Degnan D (2002). Segmented regression analysis of interrupted time
    series studies in medication use research. *Journal of Clinical Pharmacy and Therapeutics* 27, 299–309.
    Bernal JL, Cummins S, Gasparrini A (2017). Interrupted time series regression for the evaluation of public
    health interventions: a tutorial. *International Journal of Epidemiology* 46, 348–355. Smallest
    detectable change: Bloom HS (1995). Minimum detectable effects. *Evaluation Review* 19, 547–556.
    """
    known_regimes = load_codelist("regimes")
    codes = tuple(dict.fromkeys([regimes] if isinstance(regimes, str) else regimes))
    for code in codes:
        if code not in known_regimes.index:
            near = nearest("regimes", str(code))
            hint = f" Did you mean {near!r}?" if near else ""
            raise StudyError(f"regimes: {code!r} is not one of {', '.join(known_regimes.index)}.{hint}")
    if not 1 / 12 <= window <= 50:
        raise StudyError(f"window: {window!r} is not a number of years between one month and fifty years.")
    question = cohort.question
    level = level or question.level
    least = question.min_count if min_count is None else min_count
    starts = {
        code: dt.date.fromisoformat(str(known_regimes.loc[code, "start"])[:10])
        for code in known_regimes.index
    }
    known = cohort.known
    texts = known["hearing_date"].astype("string")
    dates = {text: PartialDate.parse(text) for text in texts.dropna().unique()}
    spans = [dates.get(text) for text in texts.astype(object)]
    rows = [
        _change(code, starts, known, spans, window, level, least)
        for code in sorted(codes, key=lambda code: (starts[code], code))
    ]
    result = pd.DataFrame(rows, columns=[*_change_columns()])
    result.attrs = {
        "window": window,
        "sanction": question.sanction.value,
        "denominator": question.denominator.value,
        "min_count": least,
        "least_a_side": max(least, LEAST_A_SIDE),
        "level": level,
    }
    return tidy(result, ("regime",), CHANGE_EXTRAS)


def _change_columns() -> tuple[str, ...]:
    return (
        "regime",
        "estimate",
        "conf_low",
        "conf_high",
        "numerator",
        "denominator",
        "method",
        *CHANGE_EXTRAS,
    )


def _change(code, starts, known, spans, window: float, level: float, least: int) -> dict:
    """One change of the rules, as a row."""
    start = starts[code]
    day, months = dt.timedelta(days=1), round(12 * window)
    first, last = _months_on(start, -months), _months_on(start, months) - day
    before = np.array(
        [span is not None and bool(span.within(first, start - day)) for span in spans], dtype=bool
    )
    after = np.array([span is not None and bool(span.within(start, last)) for span in spans], dtype=bool)
    # neither placed nor known to lie outside the window
    vague = [
        span is None or (span.within(first, last) is not False and not (b or a))
        for span, b, a in zip(spans, before, after, strict=True)
    ]
    outcome = known["sanctioned"].astype(bool).to_numpy()
    x1, n1 = int(outcome[after].sum()), int(after.sum())
    x0, n0 = int(outcome[before].sum()), int(before.sum())
    crude_low, crude_high = difference_interval(x1, n1, x0, n0, level)
    used = before | after
    # whole days from the change, in years, so that the step is at 0
    years = np.array([_middle(span, start) for span, use in zip(spans, used, strict=True) if use])
    model = _interrupted(
        years, after[used], outcome[used], known["force"].astype(str).to_numpy()[used], level
    )
    row = {
        "regime": code,
        "numerator": x1,
        "denominator": n1,
        "start": start.isoformat(),
        "numerator_before": x0,
        "denominator_before": n0,
        "crude": float(divide(x1, n1) - divide(x0, n0)),
        "crude_low": crude_low,
        "crude_high": crude_high,
        "too_few": min(n0, n1) < max(least, LEAST_A_SIDE) or min(x0 + x1, n0 + n1 - x0 - x1) < least,
        "overlapping": tuple(other for other in starts if other != code and first <= starts[other] <= last),
        "left_out": int(sum(vague)),
        **model,
    }
    return row | {"verdict": _verdict(row)}


def _months_on(day: dt.date, months: int) -> dt.date:
    """The same day so many months on, or the month's last where it has no such day."""
    return (pd.Timestamp(day) + pd.DateOffset(months=months)).date()


def _middle(span: PartialDate, start: dt.date) -> float:
    return ((span.first - start).days + (span.last - start).days + 1) / 2 / 365.25


def _interrupted(years, after, outcome, force, level: float) -> dict:
    """The segmented model's level change at the date of the change, as a difference of shares."""
    nothing = {
        "estimate": math.nan,
        "conf_low": math.nan,
        "conf_high": math.nan,
        "trend": math.nan,
        "p_value": math.nan,
        "detectable": math.nan,
        "method": "Segmented logistic regression",
        "reason": "",
    }
    if not after.any() or after.all():
        where = "after" if not after.any() else "before"
        return nothing | {
            "note": f"no case {where} the change" if len(after) else "no case within the window"
        }
    if outcome.all() or not outcome.any():
        which = "all" if outcome.all() else "none"
        return nothing | {"note": f"{which} of the cases within the window ended with the sanction"}
    # the order of the rows must not reach the last digit of a fit
    order = np.lexsort((outcome, force, years))
    years, after, outcome, force = years[order], after[order], outcome[order], force[order]
    X = pd.DataFrame({"const": 1.0, "years": years, "after": after.astype(float)})
    if len(X) < 5 or np.linalg.matrix_rank(X.to_numpy()) < 3:
        return nothing | {"note": "too few dates within the window to tell a step from a trend"}
    fit = fit_logistic(X, outcome.astype(float), force)
    params = fit.risk_params.to_numpy()
    if not np.isfinite(params).all() or not fit.converged:
        return nothing | {"note": "the model did not converge", "reason": fit.reason}
    p1, p0 = expit(params[0] + params[2]), expit(params[0])
    s1, s0 = p1 * (1 - p1), p0 * (1 - p0)
    gradient = np.array([s1 - s0, 0.0, s1])
    error, df = fit.standard_error(gradient), fit.contrast_df(gradient)
    estimate = float(p1 - p0)
    name = "Firth's penalised likelihood" if fit.method == "firth" else "maximum likelihood"
    result = nothing | {
        "estimate": estimate,
        "trend": float((s0 + s1) / 2 * params[1]),
        "method": (
            f"Segmented logistic regression, {name}; delta-method {percent_level(level)} interval clustered by "
            "force"
        ),
        "reason": fit.reason,
        "note": "",
    }
    if not error > 0 or math.isnan(df):
        return result | {"note": "the standard error cannot be estimated"}
    df = max(df, 1.0)
    quantile = t_quantile(level, df)
    power = stats.norm.ppf(POWER) if math.isinf(df) else stats.t.ppf(POWER, df)
    return result | {
        "conf_low": max(-1.0, estimate - quantile * error),
        "conf_high": min(1.0, estimate + quantile * error),
        "p_value": t_p_value(estimate / error, df),
        "detectable": min(1.0, float((quantile + power) * error)),
    }


def _verdict(row: dict) -> str:
    too_few, cannot_tell, higher, lower, none_seen = VERDICTS
    if row["too_few"]:
        return too_few
    if math.isnan(row["conf_low"]):
        return cannot_tell
    if row["conf_low"] > 0:
        return higher
    if row["conf_high"] < 0:
        return lower
    return cannot_tell if row["detectable"] > UNINFORMATIVE else none_seen
