"""The two roles compared with the covariates held alike: a logistic model, and the risks it implies for everyone."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.special import expit

from ..cohort import Cohort
from ..errors import StudyError
from ..formatting import group_in_sentence
from .contrasts import CONTRAST_EXTRAS, TwoByTwo, risk_contrast
from .design import Design, design
from .intervals import percent_level
from .logistic import LogisticFit, fit_logistic, t_p_value, t_quantile
from .tidy import tidy

ADJUSTED_EXTRAS = (
    "adjustment",
    "estimator",
    "cases_used",
    "parameters",
    "df",
    "converged",
    "reason",
)
OVER = ("all", "comparison", "reference")
ERRORS = ("larger", "robust", "model")
MEASURES = ("risk difference", "risk ratio", "odds ratio")
_ESTIMATOR = {
    "maximum_likelihood": "logistic regression",
    "firth": "logistic regression, Firth's penalised likelihood",
}
_NOTHING = (math.nan,) * 5


def adjusted_contrast(
    cohort: Cohort,
    adjust: str | Iterable[str] = "full",
    *,
    unknown: str = "category",
    method: str = "auto",
    errors: str = "larger",
    over: str = "all",
    level: float | None = None,
) -> pd.DataFrame:
    """Risk difference, risk ratio and odds ratio of the two roles with covariates held alike.

    Parameters
    ----------
    cohort : from `analysis.cohort.select`.
    adjust, unknown : see `design`.
    method : see `fit_logistic`.
    errors : standard errors: ``larger`` of the two kinds, ``robust`` (clustered by force, CR2) or ``model``
        (cases independent).
    over : whose covariates the risks are averaged over: ``all`` cases, those of the ``comparison`` role or of the
        ``reference`` role. The odds ratio does not depend on it.
    level : in place of the question's.

    Returns
    -------
    DataFrame, three rows: the columns of `risk_contrast` (numerators and denominators are of the cases used;
        `bound_low` and `bound_high` are NaN), then `adjustment` (name of the set, or its terms), `estimator`,
        `cases_used`, `parameters` (columns besides the constant), `df` (of Student's t; NaN where the interval
        is a profile), `converged` and `reason` (why this estimator). Where nothing can be estimated the
        estimate is NaN and `note` says why. ``attrs["design_notes"]`` says what was folded or dropped.

    Raises
    ------
    StudyError : as for `design` and `fit_logistic`.

    Notes
    -----
    *Standardisation.* Every case is given the comparison role, then the reference role, its covariates
    unchanged; the mean predicted risk of the one less (or over) that of the other is the risk difference (or
    ratio) in the cases of this cohort. Unlike an odds ratio it does not change by adding a covariate that is
    unrelated to role. Over all cases it asks what would be if the roles changed places, and where one role has no
    case at a level (see `covariate_balance`) the model extrapolates; over the comparison role's own cases it
    does so least.

    *Intervals.* Risk difference and, on the log scale, risk ratio: delta method with Student's t on clusters
    − 1 degrees of freedom and the larger of two standard errors, clustered (CR2) and not. Robust errors vary a
    great deal with few clusters, and fall far short when hardly anyone of a role escaped the sanction: of a
    simulated 95 % interval from CR2 alone as few as 79 % covered in small cohorts, of one from the larger
    error 93 % or more. What misses is mostly the lower limit: where nearly all were sanctioned the difference's
    distribution has its long tail below. Where all or none of one role were sanctioned the delta method sees too
    little error in that role; each limit is then the outer one of the delta method's and of the risks that the
    profile limits of the odds ratio imply, and the p-value the larger of the two tests'. The covariates are taken
    as given: the interval is for these cases, not for others with another mix. Odds ratio: profile penalised
    likelihood under Firth's method, which takes cases as independent; else Wald, with the same errors. Risks use
    the intercept of FLIC (see `fit_logistic`), so that the mean fitted risk is the one observed.

    References
    ----------
    Standardisation: Localio AR, Margolis DJ, Berlin JA (2007). Relative risks and confidence intervals were
    easily computed indirectly from multivariable logistic regression. *Journal of Clinical Epidemiology* 60,
    874–882. Muller CJ, MacLehose RF (2014). Estimating predicted probabilities from logistic regression.
    *International Journal of Epidemiology* 43, 962–970. The larger of two errors: Angrist JD, Pischke JS
    (2009). *Mostly Harmless Econometrics*, section 8.2. Profile intervals: Heinze and Schemper (2002).
    """
    check_errors(errors)
    if over not in OVER:
        raise StudyError(f"over: {over!r} is not one of {', '.join(OVER)}.")
    matrix = design(cohort, adjust, unknown=unknown)
    fit, note = fit_of(matrix, method)
    return _frame(cohort, matrix, fit, note, _name(adjust), level or cohort.question.level, errors, over)


def fit_of(matrix: Design, method: str = "auto", covariance: str = "CR2") -> tuple[LogisticFit | None, str]:
    """The fit to a design, or None and why there is none."""
    if not len(matrix.y):
        return None, "no case is left to model"
    if "role" not in matrix.X:
        return None, "only one of the two roles occurs"
    if matrix.rarer == 0:
        return None, "all or none of the cases were sanctioned: nothing to model"
    if len(matrix.y) <= matrix.X.shape[1]:
        return None, "as many parameters as cases"
    fit = fit_logistic(matrix.X, matrix.y, matrix.clusters, method=method, covariance=covariance)
    if not fit.converged or not np.isfinite(fit.params).all():
        return None, f"the fit did not converge ({fit.reason})"
    return fit, ""


def standardised_risks(params: pd.Series, X: pd.DataFrame) -> tuple[float, float, np.ndarray, np.ndarray]:
    """Mean risk with everyone in the comparison role, then in the reference role, and their gradients.

    Parameters
    ----------
    params : k coefficients, that of ``role`` among them: `risk_params` of a fit.
    X : the rows to average over, with the same columns.

    Returns
    -------
    (risk, risk_reference, gradient, gradient_reference) : gradients with respect to the coefficients, k each.
    """
    place = X.columns.get_loc("role")
    values, beta = X.to_numpy(), params.to_numpy()
    base = values @ beta - values[:, place] * beta[place]
    result: list = []
    for role in (1.0, 0.0):
        p = expit(base + role * beta[place])
        slope = p * (1 - p)
        gradient = slope @ values / len(values)
        gradient[place] = role * slope.mean()
        result.append((float(p.mean()), gradient))
    (risk, gradient), (risk_reference, gradient_reference) = result
    return risk, risk_reference, gradient, gradient_reference


def contrast_estimates(
    fit: LogisticFit,
    X: pd.DataFrame,
    level: float = 0.95,
    errors: str = "larger",
    measures: Iterable[str] = MEASURES,
    over: str = "all",
) -> dict[str, tuple[float, float, float, float, float]]:
    """Estimate, interval, p-value and degrees of freedom of each measure: the numbers of `adjusted_contrast`.

    Without a frame around them, for whoever needs thousands.

    Parameters
    ----------
    fit : of `fit_logistic`, with a column ``role``.
    X : what was fitted.
    level : confidence level.
    errors : see `adjusted_contrast`.
    measures : those of `MEASURES` wanted; without the odds ratio there is hardly ever a profile to climb, which is
        most of the time that a penalised fit takes.
    over : see `adjusted_contrast`.

    Returns
    -------
    dict of measure to (estimate, conf_low, conf_high, p_value, df).

    Raises
    ------
    StudyError : unknown errors.
    """
    check_errors(errors)
    rows = _averaged(X, over)
    risk, reference, gradient, gradient_reference = standardised_risks(fit.risk_params, rows)
    difference = _wald(fit, risk - reference, gradient - gradient_reference, level, errors)
    ratio = _wald(
        fit, math.log(risk / reference), gradient / risk - gradient_reference / reference, level, errors
    )
    found = {}
    unexcepted = without_exception(fit, X)
    if unexcepted or "odds ratio" in measures:
        log_odds = _log_odds_ratio(fit, X.columns.get_loc("role"), level, errors)
        found["odds ratio"] = (*(limit_exp(v) for v in log_odds[:3]), *log_odds[3:])
    if unexcepted:
        limits = [_risks_at(fit, rows, value) for value in log_odds[1:3]]
        difference = _outer(difference, [a - b for a, b in limits], log_odds[3])
        ratio = _outer(ratio, [math.log(a / b) for a, b in limits], log_odds[3])
    low, high, p_value, df = difference
    found["risk difference"] = (risk - reference, _clip(low), _clip(high), p_value, df)
    found["risk ratio"] = (risk / reference, *(limit_exp(v) for v in ratio[:2]), *ratio[2:])
    return {measure: found[measure] for measure in measures}


def _averaged(X: pd.DataFrame, over: str) -> pd.DataFrame:
    return X if over == "all" else X[X["role"] == float(over == "comparison")]


def without_exception(fit: LogisticFit, X: pd.DataFrame) -> bool:
    """Whether all or none of one role were sanctioned, and the fit is penalised, so that it can be told."""
    if fit.method != "firth":
        return False
    role = X["role"].to_numpy() > 0
    return any(fit.outcomes[group].min() == fit.outcomes[group].max() for group in (role, ~role))


def _risks_at(fit: LogisticFit, X: pd.DataFrame, log_odds_ratio: float) -> tuple[float, float]:
    """The standardised risks where the role's log odds ratio is a given one."""
    if math.isnan(log_odds_ratio):
        return math.nan, math.nan
    return standardised_risks(fit.fixed("role", min(max(log_odds_ratio, -30.0), 30.0)), X)[:2]


def _outer(wald: tuple, limits: list[float], p_value: float) -> tuple:
    """The outer one of two intervals at either end, and the larger p-value; NaN where either is not known."""
    low, high, p, df = wald
    return (
        float(np.minimum(low, limits[0])),
        float(np.maximum(high, limits[1])),
        float(np.maximum(p, p_value)),
        df,
    )


def _log_odds_ratio(fit: LogisticFit, place: int, level: float, errors: str) -> tuple:
    beta = float(fit.params.iloc[place])
    if fit.method == "firth":
        return beta, *fit.profile("role", level), fit.likelihood_ratio("role"), math.nan
    direction = np.zeros(len(fit.params))
    direction[place] = 1.0
    return beta, *_wald(fit, beta, direction, level, errors)


def _wald(fit: LogisticFit, estimate: float, gradient: np.ndarray, level: float, errors: str) -> tuple:
    """Interval, p-value and degrees of freedom of an estimate on a scale without limits."""
    error, df = standard_error(fit, gradient, errors)
    if not error > 0 or math.isnan(df):
        return math.nan, math.nan, math.nan, df
    half = t_quantile(level, df) * error
    return estimate - half, estimate + half, t_p_value(estimate / error, df), df


def check_errors(errors: str) -> None:
    """Raise StudyError for standard errors that there are not."""
    if errors not in ERRORS:
        raise StudyError(f"errors: {errors!r} is not one of {', '.join(ERRORS)}.")


def standard_error(fit: LogisticFit, gradient: np.ndarray, errors: str) -> tuple[float, float]:
    """Standard error and degrees of freedom of a linear combination of the coefficients."""
    model = fit.standard_error(gradient, fit.cov_model)
    if errors == "model" or fit.covariance == "model":
        return model, math.inf
    robust = fit.standard_error(gradient)
    return (robust, fit.contrast_df(gradient)) if errors == "robust" else (max(robust, model), fit.df)


def _clip(difference: float) -> float:
    return float(np.clip(difference, -1.0, 1.0))


def limit_exp(value: float) -> float:
    """Exponential of a logarithm that may lie beyond any number."""
    return math.inf if value > 700 else math.exp(value)


def _name(adjust: str | Iterable[str]) -> str:
    return adjust if isinstance(adjust, str) else " + ".join(adjust) or "none"


def _method(
    measure: str, fit: LogisticFit | None, level: float, errors: str, unexcepted: bool = False
) -> str:
    """How the interval and the p-value were found, as a reader should see it; the details after a semicolon."""
    interval = f"{percent_level(level)} interval"
    firth = fit is not None and fit.method == "firth"
    by = "Firth's penalised likelihood" if firth else "maximum likelihood"
    if measure == "odds ratio" and firth:
        return f"Profile {interval}; logistic regression by {by}; p-value of its likelihood ratio test"
    errors = "model" if fit is not None and fit.covariance == "model" else errors
    clustered = "" if errors == "model" else ", clustered by force"
    how = "Wald" if measure == "odds ratio" else "Standardised, delta-method"
    parts = [f"{how} {interval}{clustered}"]
    if fit is None:
        return f"{parts[0]}; logistic regression"
    parts.append(f"logistic regression by {by}")
    if errors == "larger":
        parts.append(f"the larger of the standard errors clustered ({fit.covariance}) and not")
    elif errors == "robust":
        parts.append(f"clustered errors are {fit.covariance}")
    if unexcepted:
        parts.append("a role without exception, so the profile's limits and test where those say less")
    parts.append(f"p-value of the {'normal' if errors == 'model' else 't'} test")
    return "; ".join(parts)


def _frame(
    cohort: Cohort,
    matrix: Design,
    fit: LogisticFit | None,
    note: str,
    name: str,
    level: float,
    errors: str,
    over: str,
) -> pd.DataFrame:
    question = cohort.question
    used, all_cases = TwoByTwo.of(matrix.cases), TwoByTwo.of(cohort.cases)
    values = (
        contrast_estimates(fit, matrix.X, level, errors, over=over)
        if fit
        else dict.fromkeys(MEASURES, _NOTHING)
    )
    unexcepted = fit is not None and without_exception(fit, matrix.X)
    rows = []
    for measure in MEASURES:
        estimate, low, high, p_value, df = values[measure]
        missing = "the interval did not converge" if math.isnan(low) or math.isnan(high) else ""
        rows.append(
            {
                "measure": measure,
                "comparison": question.comparison,
                "reference": question.reference,
                "estimate": estimate,
                "conf_low": low,
                "conf_high": high,
                "numerator": used.count,
                "denominator": used.total,
                "method": _method(measure, fit, level, errors, unexcepted),
                "numerator_reference": used.count_reference,
                "denominator_reference": used.total_reference,
                "p_value": p_value,
                "unknown": all_cases.unknown,
                "unknown_reference": all_cases.unknown_reference,
                "bound_low": math.nan,
                "bound_high": math.nan,
                "too_few": min(used.total, used.total_reference) < question.min_count,
                "note": note or missing,
                "adjustment": name,
                "estimator": _ESTIMATOR[fit.method] if fit else "none",
                "cases_used": len(matrix.y),
                "parameters": matrix.parameters,
                "df": df,
                "converged": fit is not None,
                "reason": fit.reason if fit else note,
            }
        )
    result = tidy(
        pd.DataFrame(rows), ("measure", "comparison", "reference"), (*CONTRAST_EXTRAS, *ADJUSTED_EXTRAS)
    )
    result.attrs = {"min_count": question.min_count, "design_notes": matrix.notes}
    return result


# ------------------------------------------------------------------------------------------------ the ladder

CRUDE = "Nothing: crude"
"""Row of `adjusted_contrasts` that repeats `risk_contrast`."""
FULL = "All of these and force"
"""Row of `adjusted_contrasts` with every covariate."""

# Label of the row, adjustment set, treatment of covariates not stated, and what is changed: unknown outcomes
# set low or high, or whose cases the risks are averaged over.
_LADDER = (
    ("Nothing, forces as clusters", "none", "category", ""),
    ("Breach", "breach", "category", ""),
    ("Conduct", "conduct", "category", ""),
    ("Conduct and breach", "conduct_and_breach", "category", ""),
    ("Breach, conduct, status, admission and conviction", "case", "category", ""),
    ("Proceedings and rules", "procedure", "category", ""),
    ("All of these", "all_but_force", "category", ""),
    (FULL, "full", "category", ""),
    (f"{FULL}, unknown outcomes set to lower the difference", "full", "category", "low"),
    (f"{FULL}, unknown outcomes set to raise the difference", "full", "category", "high"),
    (f"{FULL}, averaged over {{comparison}} only", "full", "category", "comparison"),
    ("Conduct, status, proceedings and force", "often_stated", "category", ""),
    ("The same, complete cases only", "often_stated", "complete_case", ""),
    ("Conduct and breach, complete cases only", "conduct_and_breach", "complete_case", ""),
    (f"{FULL}, complete cases only", "full", "complete_case", ""),
)


def adjusted_contrasts(cohort: Cohort, *, level: float | None = None) -> pd.DataFrame:
    """From the crude contrast, by one adjustment set after another, to the full one, and what unknown values do.

    Parameters
    ----------
    cohort : from `analysis.cohort.select`.
    level : in place of the question's.

    Returns
    -------
    DataFrame : `adjustment` (what is held alike, in words; ordered categorical, in the order of the argument),
        then the columns of `adjusted_contrast` with `set` (name of the adjustment set) in place of its
        `adjustment`, and `unknown_covariates` (``category`` or ``complete_case``). Three rows (measures) each. The
        first is `risk_contrast` itself. Two more repeat the full set with every unknown outcome set to the value
        that lowers, or raises, the difference most; they are there only where outcomes are unknown. One averages the
        full set's risks over the comparison role's cases. Rows with too few cases are kept and flagged.

    Notes
    -----
    The rows are one data set looked at several ways, not independent evidence. Complete cases of the full set are
    those whose source states everything, plea and conviction included, which is hardly any: hence `often_stated`.

    References
    ----------
    As `adjusted_contrast`. Bounds for unknown outcomes: Horowitz JL, Manski CF (2000). Nonparametric analysis of
    randomized experiments with missing covariate and outcome data. *JASA* 95, 77–84.
    """
    level = level or cohort.question.level
    crude = risk_contrast(cohort, level=level)
    used = (crude["denominator"] + crude["denominator_reference"]).astype(int)
    parts = [
        crude.assign(
            adjustment="none",
            estimator="2 × 2 table",
            cases_used=used,
            parameters=1,
            df=math.nan,
            converged=crude["note"].eq(""),
            reason="nothing to adjust for",
        ).assign(label=CRUDE, unknown_covariates="category")
    ]
    unknown = cohort.cases["sanctioned"].isna()
    who = group_in_sentence("role", cohort.question.comparison)
    for label, adjust, covariates, change in _LADDER:
        outcomes = change in ("low", "high")
        if outcomes and not unknown.any():
            continue
        asked = _with_outcomes(cohort, change) if outcomes else cohort
        over = "comparison" if change == "comparison" else "all"
        part = adjusted_contrast(asked, adjust, unknown=covariates, over=over, level=level)
        parts.append(part.assign(label=label.format(comparison=who), unknown_covariates=covariates))
    frame = pd.concat(parts, ignore_index=True).rename(columns={"adjustment": "set"})
    order = list(dict.fromkeys(frame["label"]))
    frame["adjustment"] = pd.Categorical(frame["label"], categories=order, ordered=True)
    extras = [*CONTRAST_EXTRAS, "set", *ADJUSTED_EXTRAS[1:], "unknown_covariates"]
    result = tidy(frame, ("adjustment", "measure", "comparison", "reference"), extras)
    result.attrs = {"min_count": cohort.question.min_count, "design_notes": design(cohort).notes}
    return result


def _with_outcomes(cohort: Cohort, outcomes: str) -> Cohort:
    """The cohort with every unknown outcome set to what lowers (or raises) the difference most."""
    comparison = cohort.cases["role"].eq(cohort.question.comparison)
    filled = comparison if outcomes == "high" else ~comparison
    known = cohort.cases["sanctioned"]
    cases = cohort.cases.assign(sanctioned=known.where(known.notna(), filled.astype("boolean")))
    return Cohort(cases, cohort.flow, cohort.question)
