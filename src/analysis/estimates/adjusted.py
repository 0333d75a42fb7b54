"""The two roles compared with the covariates held alike: a logistic model, and the risks it implies for everyone."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.special import expit

from ..cohort import Cohort
from .contrasts import CONTRAST_EXTRAS, TwoByTwo
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
    covariance: str = "CR2",
    level: float | None = None,
) -> pd.DataFrame:
    """Risk difference, risk ratio and odds ratio of the two roles with covariates held alike.

    Parameters
    ----------
    cohort : from `analysis.cohort.select`.
    adjust, unknown : see `design`.
    method, covariance : see `fit_logistic`.
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
    unrelated to role.

    *Intervals.* Risk difference and, on the log scale, risk ratio: delta method with the cluster-robust
    covariance and Student's t. The covariates are taken as given: the interval is for these cases, not for
    others with another mix. Odds ratio: profile penalised likelihood under Firth's method, which takes cases
    as independent; else Wald, cluster-robust. Risks use the intercept of FLIC (see `fit_logistic`).

    References
    ----------
    Standardisation: Localio AR, Margolis DJ, Berlin JA (2007). Relative risks and confidence intervals were
    easily computed indirectly from multivariable logistic regression. *Journal of Clinical Epidemiology* 60,
    874–882. Muller CJ, MacLehose RF (2014). Estimating predicted probabilities from logistic regression.
    *International Journal of Epidemiology* 43, 962–970. Profile intervals: Heinze and Schemper (2002).
    """
    matrix = design(cohort, adjust, unknown=unknown)
    fit, note = fit_of(matrix, method, covariance)
    return _frame(cohort, matrix, fit, note, _name(adjust), level or cohort.question.level)


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


def standardised_risks(fit: LogisticFit, X: pd.DataFrame) -> tuple[float, float, np.ndarray, np.ndarray]:
    """Mean risk with everyone in the comparison role, then in the reference role, and their gradients.

    Parameters
    ----------
    fit : of `fit_logistic`, with a column ``role``.
    X : the rows to average over, with the columns of the fit.

    Returns
    -------
    (risk, risk_reference, gradient, gradient_reference) : gradients with respect to the coefficients, k each.
    """
    place = X.columns.get_loc("role")
    values = X.to_numpy()
    beta = fit.risk_params.to_numpy()
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
    fit: LogisticFit, X: pd.DataFrame, level: float = 0.95
) -> dict[str, tuple[float, float, float, float, float]]:
    """Estimate, interval, p-value and degrees of freedom of each measure: the numbers of `adjusted_contrast`.

    Without a frame around them, for whoever needs thousands.

    Parameters
    ----------
    fit, X : see `standardised_risks`.
    level : confidence level.

    Returns
    -------
    dict of measure to (estimate, conf_low, conf_high, p_value, df).
    """
    risk, reference, gradient, gradient_reference = standardised_risks(fit, X)
    return {
        "risk difference": _difference(fit, risk - reference, gradient - gradient_reference, level),
        "risk ratio": _ratio(
            fit, math.log(risk / reference), gradient / risk - gradient_reference / reference, level
        ),
        "odds ratio": _odds_ratio(fit, X.columns.get_loc("role"), level),
    }


def _difference(fit: LogisticFit, estimate: float, gradient: np.ndarray, level: float) -> tuple:
    low, high, p_value, df = _wald(fit, estimate, gradient, level)
    return estimate, max(low, -1.0), min(high, 1.0), p_value, df


def _ratio(fit: LogisticFit, log_estimate: float, gradient: np.ndarray, level: float) -> tuple:
    low, high, p_value, df = _wald(fit, log_estimate, gradient, level)
    return math.exp(log_estimate), math.exp(low), _exp(high), p_value, df


def _odds_ratio(fit: LogisticFit, place: int, level: float) -> tuple:
    beta = float(fit.params.iloc[place])
    if fit.method == "firth":
        low, high = fit.profile("role", level)
        return math.exp(beta), math.exp(low), _exp(high), fit.likelihood_ratio("role"), math.nan
    direction = np.zeros(len(fit.params))
    direction[place] = 1.0
    low, high, p_value, df = _wald(fit, beta, direction, level)
    return math.exp(beta), math.exp(low), _exp(high), p_value, df


def _wald(fit: LogisticFit, estimate: float, gradient: np.ndarray, level: float) -> tuple:
    """Interval, p-value and degrees of freedom of an estimate on a scale without limits."""
    error, df = fit.standard_error(gradient), fit.contrast_df(gradient)
    if not error > 0 or math.isnan(df):
        return math.nan, math.nan, math.nan, df
    half = t_quantile(level, df) * error
    return estimate - half, estimate + half, t_p_value(estimate / error, df), df


def _exp(value: float) -> float:
    """An upper limit may lie beyond any number."""
    return math.inf if value > 700 else math.exp(value)


def _name(adjust: str | Iterable[str]) -> str:
    return adjust if isinstance(adjust, str) else " + ".join(adjust) or "none"


def _method(measure: str, fit: LogisticFit, level: float) -> str:
    """How the interval and the p-value were found, as a reader should see it."""
    interval = f"{percent_level(level)} interval"
    firth = "Firth's penalised likelihood" if fit.method == "firth" else "Maximum likelihood"
    if measure == "odds ratio" and fit.method == "firth":
        return f"{firth}, profile {interval}; p-value of the penalised likelihood ratio test"
    robust = {
        "model": "",
        "CR1": " clustered by force (CR1)",
        "CR2": " clustered by force (CR2)",
        "CR3": " clustered by force (CR3)",
    }[fit.covariance]
    quantile = "normal" if math.isinf(fit.df) else "t"
    how = "Wald" if measure == "odds ratio" else "standardised, delta-method"
    return f"{firth}, {how} {interval}{robust}; p-value of the {quantile} test"


def _frame(
    cohort: Cohort, matrix: Design, fit: LogisticFit | None, note: str, name: str, level: float
) -> pd.DataFrame:
    question = cohort.question
    used, all_cases = TwoByTwo.of(matrix.cases), TwoByTwo.of(cohort.cases)
    values = contrast_estimates(fit, matrix.X, level) if fit else dict.fromkeys(MEASURES, _NOTHING)
    rows = []
    for measure in MEASURES:
        estimate, low, high, p_value, df = values[measure]
        missing = "" if math.isnan(estimate) or not math.isnan(low) else "the interval did not converge"
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
                "method": _method(measure, fit, level) if fit else "not estimated",
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
