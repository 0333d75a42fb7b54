"""Logistic regression for small, clustered, sparse data: maximum likelihood where it can be trusted, Firth's
penalised likelihood where it cannot, by a rule that is stated with every fit.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from firthmodels import FirthLogisticRegression, detect_separation
from scipy import optimize, stats
from scipy.special import expit, xlogy
from statsmodels.discrete.discrete_model import Logit

from ..errors import StudyError
from .penalised import likelihood_ratio_p, maximise, profile_limits

METHODS = ("auto", "maximum_likelihood", "firth")
EVENTS_PER_PARAMETER = 10
"""Below so many cases of the rarer outcome for each parameter, `auto` fits by Firth's method."""
COVARIANCES = ("CR2", "CR1", "CR3", "model")

# firthmodels' default tolerances leave four digits; much tighter ones stall its step-halving at rounding error.
_TOLERANCE = {"gtol": 1e-6, "xtol": 1e-6, "max_iter": 200}


@dataclass(frozen=True)
class LogisticFit:
    """What `fit_logistic` returns.

    Attributes
    ----------
    params : Series of k coefficients (log odds), indexed by the columns of X.
    risk_params : the same with the intercept that probabilities are computed with: under Firth's method the
        one that makes the fitted probabilities sum to the cases observed (FLIC), else `params`.
    cov : DataFrame, k × k, covariance of the coefficients, of the kind `covariance`.
    cov_model : DataFrame, k × k, the inverse information, which takes every case as independent.
    method : ``maximum_likelihood`` or ``firth``.
    covariance : ``CR2``, ``CR1``, ``CR3`` (cluster-robust) or ``model``.
    df : degrees of freedom, clusters − 1; infinite for ``model``. `contrast_df` has those of a contrast.
    converged : the algorithm reached its tolerance.
    separated : a combination of columns predicts the outcome without exception, so that maximum likelihood
        estimates would be infinite; None where that was not looked at.
    reason : why this method, in words.
    loglik : maximised (penalised) log-likelihood.
    n, events, clusters : cases, cases with the outcome, clusters.
    """

    params: pd.Series
    risk_params: pd.Series
    cov: pd.DataFrame
    cov_model: pd.DataFrame
    method: str
    covariance: str
    df: float
    converged: bool
    separated: bool | None
    reason: str
    loglik: float
    n: int
    events: int
    clusters: int
    _X: np.ndarray = field(repr=False)
    _y: np.ndarray = field(repr=False)
    _sandwich: _Sandwich | None = field(repr=False)
    _model: object = field(repr=False, default=None)

    @property
    def outcomes(self) -> np.ndarray:
        """The 0 and 1 fitted."""
        return self._y

    @property
    def parameters(self) -> int:
        """Coefficients besides the constant."""
        return len(self.params) - 1

    def probabilities(self, X: np.ndarray | None = None) -> np.ndarray:
        """Fitted probabilities at the rows of X (those fitted where none are given)."""
        return expit((self._X if X is None else np.asarray(X)) @ self.risk_params.to_numpy())

    def contrast_df(self, contrast: np.ndarray) -> float:
        """Degrees of freedom of the variance of a linear combination of the coefficients.

        Satterthwaite's, under the working model, for CR2 and CR3 (Bell and McCaffrey 2002); clusters − 1 for
        CR1; infinite for the model's own covariance.
        """
        if self._sandwich is None or self.covariance == "CR1":
            return self.df
        return self._sandwich.satterthwaite(np.asarray(contrast, dtype=float))

    def standard_error(self, contrast: np.ndarray, covariance: pd.DataFrame | None = None) -> float:
        """Standard error of a linear combination of the coefficients."""
        c = np.asarray(contrast, dtype=float)
        matrix = (self.cov if covariance is None else covariance).to_numpy()
        return math.sqrt(max(float(c @ matrix @ c), 0.0))

    def profile(self, name: str, level: float = 0.95) -> tuple[float, float]:
        """Interval for one coefficient from the profile (penalised) likelihood; a limit can be infinite."""
        place = self.params.index.get_loc(name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            low, high = self._firthmodel.conf_int(
                alpha=1 - level, method="pl", features=[place], max_iter=100, tol=1e-6
            )[place]
        if math.isnan(low) or math.isnan(high):
            return profile_limits(self._X, self._y, self._penalty, place, level, self.params.to_numpy())
        return float(low), float(high)

    def likelihood_ratio(self, name: str) -> float:
        """p-value of the (penalised) likelihood ratio test that one coefficient is 0."""
        place = self.params.index.get_loc(name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            p_value = float(self._firthmodel.lrt([place]).lrt_pvalues_[place])
        if math.isnan(p_value):
            return likelihood_ratio_p(self._X, self._y, self._penalty, place, self.params.to_numpy())
        return p_value

    def fixed(self, name: str, value: float) -> pd.Series:
        """`risk_params` with one coefficient fixed and the others fitted again, as on the way of a profile."""
        place = self.params.index.get_loc(name)
        params, _, _ = maximise(self._X, self._y, self._penalty, self.params.to_numpy(), (place, value))
        if self.method == "firth":
            params[0] = _intercept(self._X[:, 1:] @ params[1:], self._y)
        return pd.Series(params, index=self.params.index)

    @cached_property
    def _firthmodel(self) -> FirthLogisticRegression:
        # Without the penalty the same code profiles the ordinary likelihood.
        return self._model or _firth(self._X, self._y, self._penalty)

    @property
    def _penalty(self) -> float:
        return 0.5 if self.method == "firth" else 0.0


def fit_logistic(
    X: pd.DataFrame,
    y: np.ndarray,
    clusters: np.ndarray | None = None,
    *,
    method: str = "auto",
    covariance: str = "CR2",
) -> LogisticFit:
    """Logistic regression with cluster-robust covariance, by the method that the data can bear.

    Parameters
    ----------
    X : DataFrame of float, n × k, of full column rank, `const` its first column.
    y : array of 0 and 1, n, both of them occurring.
    clusters : array, n: the cluster of each row. None, or fewer than two: the model's own covariance.
    method : ``maximum_likelihood``, ``firth``, or ``auto``: Firth's where the data are separated or have
        fewer than `EVENTS_PER_PARAMETER` cases of the rarer outcome for each parameter besides the
        constant, else maximum likelihood.
    covariance : ``CR2`` (Bell and McCaffrey's bias-reduced linearisation), ``CR1`` (scaled by
        G/(G−1) · (n−1)/(n−k)), ``CR3`` (close to the jackknife over clusters) or ``model``.

    Returns
    -------
    LogisticFit. `reason` states the choice of method; `converged` is False where the algorithm gave up.

    Raises
    ------
    StudyError : an unknown method or covariance.
    ValueError : one outcome only, or more columns than rows.

    Notes
    -----
    *Covariance.* With some forty clusters of very unequal size, most of one to ten cases, CR1 is too small:
    a cluster of much leverage pulls the fit to itself, and its residuals understate its error. CR2 undoes
    that exactly under the working model of independent cases, and Satterthwaite's degrees of freedom say how
    few clusters a contrast really rests on (Pustejovsky and Tipton 2018). It is computed on the working
    (weighted) residuals of the last step.

    *Firth's method* shrinks probabilities towards 1/2: the intercept is therefore replaced, for
    probabilities only, by the one that makes them sum to the cases observed (FLIC; Puhr et al. 2017). The
    coefficients of the covariates stay. Without it a risk of 0.87 is reported three points too low where there is
    a parameter for every case of the rarer outcome, and a risk difference is stretched, since the slope of the
    logistic curve is steeper there: FLIC takes away that bias of the risks and a tenth of the difference's error,
    and leaves it, as shrinkage does, a point or so nearer to none than it is.
    The covariance is evaluated at these parameters.

    *Profile intervals* treat the cases as independent: no cluster-robust profile likelihood is in use.

    References
    ----------
    Firth D (1993). Bias reduction of maximum likelihood estimates. *Biometrika* 80, 27–38. Heinze G,
    Schemper M (2002). A solution to the problem of separation in logistic regression. *Statistics in
    Medicine* 21, 2409–2419. Puhr R, Heinze G, Nold M, Lusa L, Geroldinger A (2017). Firth's logistic
    regression with rare events: accurate effect estimates and predictions? *Statistics in Medicine* 36,
    2302–2317. Bell RM, McCaffrey DF (2002). Bias reduction in standard errors for linear regression with
    multi-stage samples. *Survey Methodology* 28, 169–181. Pustejovsky JE, Tipton E (2018). Small-sample
    methods for cluster-robust variance estimation and hypothesis testing in fixed effects models. *Journal
    of Business & Economic Statistics* 36, 672–683. Separation: Konis K (2007), DPhil thesis, Oxford. Ten
    events per parameter: Peduzzi P et al. (1996), *Journal of Clinical Epidemiology* 49, 1373–1379; a
    convention, used here only to decide when to penalise.
    """
    if method not in METHODS:
        raise StudyError(f"method: {method!r} is not one of {', '.join(METHODS)}.")
    if covariance not in COVARIANCES:
        raise StudyError(f"covariance: {covariance!r} is not one of {', '.join(COVARIANCES)}.")
    values, y = np.ascontiguousarray(X.to_numpy(dtype=float)), np.asarray(y, dtype=float)
    n, k = values.shape
    if not 0 < y.sum() < n:
        raise ValueError("both outcomes must occur for a logistic regression")
    if k > n:
        raise ValueError(f"{k} columns cannot be fitted to {n} cases")

    chosen, separated, reason = _choose(values, y, method)
    model = None
    if chosen == "firth":
        model = _firth(values, y, 0.5)
        params, converged, loglik = np.asarray(model.coef_), bool(model.converged_), float(model.loglik_)
        if not converged:
            params, loglik, converged = maximise(values, y, 0.5)
    else:
        params, converged, loglik = _maximum_likelihood(values, y)
    risk = params
    if chosen == "firth" and np.isfinite(params).all():
        risk = params.copy()
        risk[0] = _intercept(values[:, 1:] @ params[1:], y)

    labels = np.zeros(n) if clusters is None else np.asarray(clusters)
    number = len(np.unique(labels))
    kind = covariance if number > 1 else "model"
    p = expit(values @ risk)
    weights = np.maximum(p * (1 - p), 1e-12)
    bread = _inverse((values * weights[:, None]).T @ values)
    sandwich = None
    cov = bread
    if kind != "model" and np.isfinite(bread).all():
        sandwich = _Sandwich.of(values, weights, y - p, labels, bread, kind)
        cov = sandwich.covariance
    names = X.columns

    def matrix(a: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame(a, index=names, columns=names)

    return LogisticFit(
        pd.Series(params, index=names),
        pd.Series(risk, index=names),
        matrix(cov),
        matrix(bread),
        chosen,
        kind,
        math.inf if kind == "model" else float(number - 1),
        converged,
        separated,
        reason,
        loglik,
        n,
        int(y.sum()),
        number if clusters is not None else n,
        values,
        y,
        sandwich,
        model,
    )


def _choose(X: np.ndarray, y: np.ndarray, method: str) -> tuple[str, bool | None, str]:
    """The method, whether the data are separated, and why."""
    if method != "auto":
        return method, None, f"{_NAMES[method]}, as asked for"
    rarer, parameters = int(min(y.sum(), len(y) - y.sum())), X.shape[1] - 1
    few = rarer < EVENTS_PER_PARAMETER * parameters
    counts = f"{rarer} cases of the rarer outcome for {_number(parameters)}"
    separated = bool(detect_separation(X, y, fit_intercept=False).separation)
    if separated:
        return (
            "firth",
            True,
            f"Firth's penalised likelihood, because the covariates predict the outcome of some cases without exception "
            f"(separation): {counts}",
        )
    if few:
        return (
            "firth",
            False,
            f"Firth's penalised likelihood, because there are {counts}, fewer than {EVENTS_PER_PARAMETER} each",
        )
    return (
        "maximum_likelihood",
        False,
        f"maximum likelihood, because the data are not separated and there are {counts}",
    )


_NAMES = {"maximum_likelihood": "maximum likelihood", "firth": "Firth's penalised likelihood"}


def _number(parameters: int) -> str:
    return f"{parameters} parameter{'' if parameters == 1 else 's'}"


def _firth(X: np.ndarray, y: np.ndarray, penalty: float) -> FirthLogisticRegression:
    model = FirthLogisticRegression(fit_intercept=False, penalty_weight=penalty, **_TOLERANCE)
    with warnings.catch_warnings():
        # Whether it converged is an attribute, and is reported as such.
        warnings.simplefilter("ignore")
        return model.fit(X, y)


def _maximum_likelihood(X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, bool, float]:
    with warnings.catch_warnings():
        # Separation is reported by `converged` and by the size of the coefficients, not by a warning.
        warnings.simplefilter("ignore")
        try:
            result = Logit(y, X).fit(disp=0, maxiter=50)
        except np.linalg.LinAlgError:
            return np.full(X.shape[1], np.nan), False, math.nan
    params = np.asarray(result.params)
    p = expit(X @ params)
    # Probabilities of 0 and 1 flatten the likelihood, which then looks as if it had been climbed.
    inside = (p * (1 - p) > 1e-9).all()
    converged = bool(result.mle_retvals["converged"] and inside and np.abs(X.T @ (y - p)).max() < 1e-5)
    return params, converged, float((xlogy(y, p) + xlogy(1 - y, 1 - p)).sum())


def _intercept(offset: np.ndarray, y: np.ndarray) -> float:
    """The intercept at which the probabilities sum to the cases observed."""
    wide = 40 + np.abs(offset).max()
    return float(optimize.brentq(lambda b: expit(b + offset).sum() - y.sum(), -wide, wide, xtol=1e-12))


def _inverse(information: np.ndarray) -> np.ndarray:
    try:
        return np.linalg.inv(information)
    except np.linalg.LinAlgError:
        return np.full_like(information, np.nan)


@dataclass(frozen=True)
class _Sandwich:
    """Cluster-robust covariance of a weighted fit, and what degrees of freedom need of it.

    Everything is in the metric in which the working model's errors are independent with variance 1: rows of
    Z are √w·x, residuals (y − p)/√w, and the hat matrix is Z·bread·Zᵀ.
    """

    covariance: np.ndarray
    bread: np.ndarray
    parts: tuple[tuple[np.ndarray, np.ndarray], ...]
    """For each cluster: its rows of Z, and the matrix that its residuals are multiplied by."""

    @classmethod
    def of(cls, X, weights, residuals, clusters, bread, kind) -> _Sandwich:
        root = np.sqrt(weights)
        Z, e = X * root[:, None], residuals / root
        order = np.argsort(clusters, kind="stable")
        starts = np.flatnonzero(np.r_[True, clusters[order][1:] != clusters[order][:-1]])
        parts, scores = [], []
        for rows in np.split(order, starts[1:]):
            z = Z[rows]
            adjust = None
            if kind != "CR1":
                adjust = _power(np.eye(len(rows)) - z @ bread @ z.T, -0.5 if kind == "CR2" else -1.0)
            parts.append((z, adjust))
            scores.append(z.T @ (e[rows] if adjust is None else adjust @ e[rows]))
        scores = np.asarray(scores)
        covariance = bread @ (scores.T @ scores) @ bread
        if kind == "CR1":
            groups, (n, k) = len(scores), X.shape
            covariance = covariance * groups / (groups - 1) * (n - 1) / max(n - k, 1)
        return cls(covariance, bread, tuple(parts))

    def satterthwaite(self, contrast: np.ndarray) -> float:
        direction = self.bread @ contrast
        p = [adjust @ (z @ direction) for z, adjust in self.parts]
        q = np.array([z.T @ part for (z, _), part in zip(self.parts, p, strict=True)])
        matrix = np.diag([part @ part for part in p]) - q @ self.bread @ q.T
        squares = float((matrix**2).sum())
        return float(np.trace(matrix) ** 2 / squares) if squares > 0 else math.nan


def _power(matrix: np.ndarray, power: float) -> np.ndarray:
    """Power of a symmetric positive semi-definite matrix, generalised where it is singular."""
    values, vectors = np.linalg.eigh(matrix)
    some = values > 1e-8
    powers = np.zeros_like(values)
    powers[some] = values[some] ** power
    return (vectors * powers) @ vectors.T


def t_quantile(level: float, df: float) -> float:
    """Two-sided quantile of Student's t; of the normal where `df` is infinite."""
    tail = (1 - level) / 2
    return float(stats.norm.isf(tail) if math.isinf(df) else stats.t.isf(tail, df))


def t_p_value(statistic: float, df: float) -> float:
    """Two-sided p-value of Student's t; of the normal where `df` is infinite."""
    return float(2 * (stats.norm.sf(abs(statistic)) if math.isinf(df) else stats.t.sf(abs(statistic), df)))
