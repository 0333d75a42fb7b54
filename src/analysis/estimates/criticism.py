"""Criticism of the adjusted model: is what it predicts what happened, and did every model settle?"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import logit
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM

from ..cohort import Cohort
from .adjusted import fit_of, standard_error
from .design import ADJUSTMENTS, Design, design
from .influence import again_by, without_rows
from .intervals import percent_level
from .logistic import EVENTS_PER_PARAMETER, LogisticFit, fit_logistic, t_quantile
from .ordinal import _pairs, ordinal_contrast
from .tidy import add_proportions, tidy

PREDICTIONS = ("in sample", "force left out")
"""`in sample`: each case predicted by the model that was fitted to it. `force left out`: by the model fitted to all
other forces."""
CURVE_EXTRAS = ("predicted", "too_few")
MEASURE_EXTRAS = ("ideal", "too_few", "note")
CONVERGENCE = (
    "adjustment",
    "estimator",
    "converged",
    "iterations",
    "largest_score",
    "separated",
    "cases",
    "rarer",
    "parameters",
    "forces",
    "reason",
    "note",
)
# Probabilities nearer to 0 or 1 than this have no useful log odds.
_EDGE = 1e-9


@dataclass(frozen=True)
class Calibration:
    """What `model_calibration` returns.

    Attributes
    ----------
    curve : DataFrame, one row a group of cases with like predictions: `prediction` (see `PREDICTIONS`), `group` (1
        the lowest), `TIDY_COLUMNS` (the observed share sanctioned), `predicted` (mean predicted risk), `too_few`.
    measures : DataFrame, one row a measure: `prediction`, `measure`, `TIDY_COLUMNS` (numerator: cases sanctioned),
        `ideal` (what a model of true risks would have; for Brier score and c-statistic what a model without
        covariates has), `too_few` and `note`.
    predictions : DataFrame, one row a case in the order of the case id: `case_id` (where known), `force`, `sanctioned`
        (bool), and a column for each of `PREDICTIONS`.
    """

    curve: pd.DataFrame
    measures: pd.DataFrame
    predictions: pd.DataFrame


def model_calibration(
    cohort: Cohort,
    adjust: str | Iterable[str] = "full",
    *,
    groups: int = 5,
    level: float | None = None,
) -> Calibration:
    """Whether cases to which the adjusted model gives a risk of so much ended in the sanction that often.

    Parameters
    ----------
    cohort : from `analysis.cohort.select`.
    adjust : see `design`.
    groups : how many groups of equal size the cases are put in, by their predicted risk.
    level : in place of the question's.

    Returns
    -------
    Calibration. Its measures are calibration in the large (mean log odds off; ideal 0), calibration slope (ideal
        1; below it, predictions are too extreme), Brier score (mean squared error) and c-statistic (how often a
        sanctioned case has the higher predicted risk of a pair). Frames are empty where no model can be fitted, and
        ``measures.attrs["note"]`` says why.

    Raises
    ------
    StudyError : as for `design`.

    Notes
    -----
    In the sample the calibration of a logistic model is good by construction: maximum likelihood has a slope of
    exactly 1 and Firth's method, which shrinks, one above. The honest figure is that of forces left out: the model
    is fitted without a force, by the same method and with the same columns, and predicts its cases as those of a
    force without an indicator of its own. That also asks whether the model travels from force to force.

    Intervals: of the two calibration coefficients and the Brier score Wald with Student's t on forces − 1 degrees
    of freedom and the larger of the standard errors clustered by force and not; of the c-statistic on the logit
    scale, clustered likewise; of observed shares Wilson. The predictions are taken as given.

    References
    ----------
    Cox DR (1958). Two further applications of a model for binary regression. *Biometrika* 45, 562–565. Van
    Calster B, McLernon DJ, van Smeden M, Wynants L, Steyerberg EW (2019). Calibration: the Achilles heel of
    predictive analytics. *BMC Medicine* 17, 230. Steyerberg EW, Harrell FE (2016). Prediction models need
    appropriate internal, internal–external, and external validation. *Journal of Clinical Epidemiology* 69,
    245–247. DeLong ER, DeLong DM, Clarke-Pearson DL (1988). *Biometrics* 44, 837–845; clustered: Obuchowski NA
    (1997). *Biometrics* 53, 567–578.
    """
    level = level or cohort.question.level
    matrix = design(cohort, adjust)
    fit, note = fit_of(matrix)
    columns = ["force", "sanctioned", *PREDICTIONS]
    if fit is None:
        measures = pd.DataFrame(columns=["prediction", "measure", *_TIDY, *MEASURE_EXTRAS])
        measures.attrs = {"note": note}
        curve = pd.DataFrame(columns=["prediction", "group", *_TIDY, *CURVE_EXTRAS])
        return Calibration(curve, measures, pd.DataFrame(columns=columns))
    predicted = {PREDICTIONS[0]: fit.probabilities(), PREDICTIONS[1]: _force_left_out(matrix, fit)}
    few = cohort.question.min_count
    curves, rows = [], []
    for name, p in predicted.items():
        some = ~np.isnan(p)
        curves.append(_curve(p[some], matrix.y[some], groups, level).assign(prediction=name))
        rows += [
            {"prediction": name} | row
            for row in measures_of(p[some], matrix.y[some], matrix.clusters[some], level)
        ]
    curve, measures = pd.concat(curves, ignore_index=True), pd.DataFrame(rows)
    for frame in (curve, measures):
        frame["prediction"] = pd.Categorical(frame["prediction"], categories=PREDICTIONS, ordered=True)
        frame["too_few"] = frame["denominator"] < few
    curve.attrs = {"min_count": few, "sanction": cohort.question.sanction.value}
    measures.attrs = {"note": "", "min_count": few, "forces": fit.clusters, "method": fit.method}
    who = matrix.cases[[c for c in ("case_id",) if c in matrix.cases]].reset_index(drop=True)
    return Calibration(
        tidy(curve, ("prediction", "group"), CURVE_EXTRAS),
        tidy(measures, ("prediction", "measure"), MEASURE_EXTRAS),
        who.assign(force=matrix.clusters, sanctioned=matrix.y > 0, **predicted),
    )


_TIDY = ("estimate", "conf_low", "conf_high", "numerator", "denominator", "method")


def measures_of(p: np.ndarray, y: np.ndarray, clusters: np.ndarray, level: float = 0.95) -> list[dict]:
    """Calibration in the large, calibration slope, Brier score and c-statistic of predicted risks.

    Parameters
    ----------
    p : predicted risks, n.
    y : array of 0 and 1, n.
    clusters : array of str, n: the force.
    level : confidence level.

    Returns
    -------
    list of dict, one a measure, with `TIDY_COLUMNS`, `measure`, `ideal` and `note`.
    """
    share = float(y.mean()) if len(y) else math.nan
    counts = {"numerator": int(y.sum()), "denominator": len(y)}
    wald = f"Wald {percent_level(level)} interval, clustered by force; the larger of the standard errors clustered and not"
    pairs = f"Logit {percent_level(level)} interval, clustered by force"
    both = len(y) > 0 and 0 < y.sum() < len(y)
    odds = logit(np.clip(p, _EDGE, 1 - _EDGE))
    large = _in_the_large(odds, y, clusters, level) if both else _NOTHING
    slope = _slope(odds, y, clusters, level) if both else _NOTHING
    brier = _mean((p - y) ** 2, clusters, level) if len(y) else _NOTHING
    area = _NOTHING
    if both:
        one, other = p[y > 0], p[y == 0]
        kernel = (np.sign(one[:, None] - other[None, :]) + 1) / 2
        area = _pairs(kernel, clusters[y > 0], clusters[y == 0], level)[:3]
    rows = []
    for measure, (estimate, low, high), method, ideal in (
        ("calibration in the large", large, wald, 0.0),
        ("calibration slope", slope, wald, 1.0),
        ("Brier score", brier, wald, share * (1 - share)),
        ("c-statistic", area, pairs, 0.5),
    ):
        note = ""
        if math.isnan(estimate):
            note = "only one outcome occurs" if not both else "the fit did not converge"
        elif math.isnan(low):
            note = "too little variation for an interval"
        rows.append(
            {"measure": measure, "estimate": estimate, "conf_low": low, "conf_high": high}
            | counts
            | {"method": method, "ideal": ideal, "note": note}
        )
    return rows


_NOTHING = (math.nan, math.nan, math.nan)


def _force_left_out(matrix: Design, fit: LogisticFit) -> np.ndarray:
    """Each case's risk by the model fitted to the other forces; NaN where those cannot be fitted."""
    own = np.array([name.startswith("force: ") for name in matrix.X.columns])
    predicted = np.full(len(matrix.y), math.nan)
    for force in np.unique(matrix.clusters):
        there = matrix.clusters == force
        rest = without_rows(matrix, there)
        if rest.rarer == 0 or len(rest.y) <= rest.X.shape[1]:
            continue
        again = fit_logistic(rest.X, rest.y, method=again_by(fit), covariance="model")
        if not again.converged:
            continue
        # no other force's level is this one's: it is predicted as one of those without an indicator
        here = matrix.X[there].copy()
        here.loc[:, own] = 0.0
        predicted[there] = again.probabilities(here[rest.X.columns].to_numpy())
    return predicted


def _curve(p: np.ndarray, y: np.ndarray, groups: int, level: float) -> pd.DataFrame:
    """Groups of equal size by predicted risk: mean predicted and observed share."""
    order = np.argsort(p, kind="stable")
    parts = [part for part in np.array_split(order, max(1, min(groups, len(p)))) if len(part)]
    counts = pd.DataFrame(
        {
            "group": range(1, len(parts) + 1),
            "numerator": [int(y[part].sum()) for part in parts],
            "denominator": [len(part) for part in parts],
            "predicted": [float(p[part].mean()) for part in parts],
        }
    )
    return add_proportions(counts, "wilson", level)


def _in_the_large(odds, y, clusters, level) -> tuple[float, float, float]:
    """The intercept that the predicted log odds lack."""
    codes = np.unique(clusters, return_inverse=True)[1]
    model = GLM(y, np.ones((len(y), 1)), family=Binomial(), offset=odds)
    plain = model.fit()
    error, df = float(plain.bse[0]), math.inf
    if codes.max() > 0:
        clustered = model.fit(cov_type="cluster", cov_kwds={"groups": codes})
        error, df = max(error, float(clustered.bse[0])), codes.max()
    half = t_quantile(level, df) * error
    estimate = float(plain.params[0])
    return estimate, estimate - half, estimate + half


def _slope(odds, y, clusters, level) -> tuple[float, float, float]:
    """The coefficient of the predicted log odds."""
    if np.ptp(odds) < 1e-9:
        return _NOTHING
    X = pd.DataFrame({"const": 1.0, "log odds": odds})
    fit = fit_logistic(X, y, clusters, method="maximum_likelihood")
    if not fit.converged:
        return _NOTHING
    error, df = standard_error(fit, np.array([0.0, 1.0]), "larger")
    half = t_quantile(level, df) * error
    estimate = float(fit.params.iloc[1])
    return estimate, estimate - half, estimate + half


def _mean(values: np.ndarray, clusters: np.ndarray, level: float) -> tuple[float, float, float]:
    """A mean with the larger of its standard errors clustered and not."""
    n, estimate = len(values), float(values.mean())
    if n < 2:
        return estimate, math.nan, math.nan
    error, df = float(stats.sem(values)), n - 1
    sums = pd.Series(values - estimate).groupby(clusters, sort=True).sum().to_numpy()
    if len(sums) > 1:
        clustered = math.sqrt(float(sums @ sums) * len(sums) / (len(sums) - 1)) / n
        error, df = max(error, clustered), len(sums) - 1
    half = t_quantile(level, df) * error
    return estimate, max(0.0, estimate - half), min(1.0, estimate + half)


def model_convergence(cohort: Cohort, adjustments: Iterable[str] = tuple(ADJUSTMENTS)) -> pd.DataFrame:
    """For each model of the adjusted analysis: how it was fitted, why so, and whether it settled.

    Parameters
    ----------
    cohort : from `analysis.cohort.select`.
    adjustments : names of `ADJUSTMENTS`.

    Returns
    -------
    DataFrame, one row a model: `model` (``sanction``: logistic regression; ``ladder``: proportional odds),
        `adjustment`, `estimator` (in words), `converged` (bool), `iterations` (missing where the library does not
        tell), `largest_score` (largest absolute derivative of the maximised log-likelihood, each column scaled to
        a standard deviation of 1: 0 at a maximum; computed here, not taken from the library), `separated` (bool,
        missing where that was not looked at), `cases`, `rarer` (cases of the rarer outcome), `parameters`, `forces`
        (clusters), `reason` (of the method) and `note` (why there is no fit, otherwise empty). A fit is no
        estimate: there are no tidy columns. ``attrs["events_per_parameter"]`` is the rule's threshold.

    Raises
    ------
    StudyError : no such adjustment.

    References
    ----------
    Firth (1993), Heinze and Schemper (2002), as `fit_logistic`.
    """
    rows = []
    for name in adjustments:
        matrix = design(cohort, name)
        fit, note = fit_of(matrix)
        row = {
            "model": "sanction",
            "adjustment": name,
            "estimator": "none" if fit is None else _ESTIMATOR[fit.method],
            "converged": fit is not None,
            "iterations": pd.NA,
            "largest_score": math.nan,
            "separated": pd.NA,
            "cases": len(matrix.y),
            "rarer": matrix.rarer,
            "parameters": matrix.parameters,
            "forces": len(np.unique(matrix.clusters)),
            "reason": note if fit is None else fit.reason,
            "note": note,
        }
        if fit is not None:
            row |= {"largest_score": largest_score(fit, matrix.X), "separated": fit.separated}
            row["iterations"] = getattr(fit._model, "n_iter_", pd.NA)
        rows.append(row)
    for name in ("none", "conduct_and_breach") if len(cohort.known) else ():
        frame = ordinal_contrast(cohort, name)
        one = frame.iloc[0]
        rows.append(
            {
                "model": "ladder",
                "adjustment": name,
                "estimator": one["estimator"],
                "converged": bool(one["converged"]),
                "iterations": pd.NA,
                "largest_score": math.nan,
                "separated": pd.NA,
                "cases": one["cases_used"],
                "rarer": pd.NA,
                "parameters": one["parameters"],
                "forces": cohort.known["force"].nunique(),
                "reason": one["reason"] if one["converged"] or not one["note"] else one["note"],
                "note": one["note"],
            }
        )
    result = pd.DataFrame(rows, columns=["model", *CONVERGENCE])
    for column in ("iterations", "cases", "rarer", "parameters", "forces"):
        result[column] = result[column].astype("Int64")
    result["separated"] = result["separated"].astype("boolean")
    result.attrs = {"events_per_parameter": EVENTS_PER_PARAMETER}
    return result


_ESTIMATOR = {
    "maximum_likelihood": "logistic regression by maximum likelihood",
    "firth": "logistic regression by Firth's penalised likelihood",
}


def largest_score(fit: LogisticFit, X: pd.DataFrame) -> float:
    """Largest absolute derivative of the (penalised) log-likelihood at the coefficients of a fit, columns scaled.

    Parameters
    ----------
    fit : of `fit_logistic`.
    X : what was fitted.
    """
    values = X.to_numpy()
    p = 1 / (1 + np.exp(-(values @ fit.params.to_numpy())))
    residual = fit.outcomes - p
    if fit.method == "firth":
        root = values * np.sqrt(p * (1 - p))[:, None]
        q, _ = np.linalg.qr(root)
        residual = residual + (q**2).sum(axis=1) * (0.5 - p)
    spread = values.std(axis=0)
    return float(np.abs(values.T @ residual / np.where(spread > 0, spread, 1.0)).max())
