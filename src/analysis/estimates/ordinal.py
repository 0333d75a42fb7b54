"""How severe, not only whether: the two roles compared over the whole ladder of outcomes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from firthmodels import detect_separation
from scipy import stats
from scipy.special import expit, logit

from ..codelists import load_codelist
from ..cohort import Cohort
from ..formatting import in_sentence, join_words
from .adjusted import ADJUSTED_EXTRAS, contrast_estimates, fit_of, limit_exp
from .contrasts import CONTRAST_EXTRAS
from .design import Design, design
from .intervals import percent_level
from .logistic import t_p_value, t_quantile
from .tidy import tidy

MIN_RUNG = 3
"""Cases that a rung of the ladder needs to stay a rung of its own."""


@dataclass(frozen=True)
class ProportionalOdds:
    """What `proportional_odds_check` returns.

    Attributes
    ----------
    thresholds : DataFrame, one row a threshold of the ladder and one for all in common: `threshold` (in words),
        `measure` (odds ratio), then the columns of `risk_contrast`, then `log_odds_ratio` and `estimator`.
        Numerators are the cases at or above the threshold.
    test : DataFrame, one row: `test`, `statistic`, `df`, `p_value`, `note`.
    """

    thresholds: pd.DataFrame
    test: pd.DataFrame


@dataclass(frozen=True)
class _Ladder:
    """Cases with a rung each: `rung` counts from 0, the mildest; `names` say which outcomes a rung holds."""

    cohort: Cohort
    rung: np.ndarray
    names: tuple[str, ...]
    notes: tuple[str, ...]
    unknown: tuple[int, int]

    @property
    def cases(self) -> pd.DataFrame:
        return self.cohort.cases

    @property
    def comparison(self) -> np.ndarray:
        return self.cases["role"].eq(self.cohort.question.comparison).to_numpy()


def _ladder(cohort: Cohort, min_rung: int) -> _Ladder:
    """The cases whose outcome is on the ladder, sparse rungs folded into their smaller neighbour."""
    cases = cohort.cases
    known = cases["severity"].notna().to_numpy()
    comparison = cases["role"].eq(cohort.question.comparison).to_numpy()
    unknown = (int((~known & comparison).sum()), int((~known & ~comparison).sum()))
    used = cases[known]
    if "case_id" in used:
        used = used.sort_values("case_id", kind="stable")
    severity = used["severity"].to_numpy(dtype=int)
    groups = [[int(s)] for s in np.unique(severity)]
    sizes = [int((severity == g[0]).sum()) for g in groups]
    notes = []
    while len(groups) > 2 and min(sizes) < min_rung:
        place = int(np.argmin(sizes))
        beside = [n for n in (place - 1, place + 1) if 0 <= n < len(groups)]
        into = min(beside, key=lambda n: (sizes[n], n))
        notes.append(
            f"{_rung_name(groups[place], severity, used)} folded into {_rung_name(groups[into], severity, used)}: "
            f"fewer than {min_rung} cases"
        )
        first = min(place, into)
        groups[first : first + 2] = [groups[first] + groups[first + 1]]
        sizes[first : first + 2] = [sizes[first] + sizes[first + 1]]
    names = tuple(_rung_name(group, severity, used) for group in groups)
    place_of = {value: number for number, group in enumerate(groups) for value in group}
    rung = np.array([place_of[s] for s in severity], dtype=int)
    # The design needs an outcome that is known; which one the ladder decides.
    ordered = used.assign(sanctioned=pd.array(rung > 0, dtype="boolean"))
    return _Ladder(Cohort(ordered, cohort.flow, cohort.question), rung, names, tuple(notes), unknown)


def _rung_name(group: list[int], severity: np.ndarray, cases: pd.DataFrame) -> str:
    """The outcomes of a rung that occur, in words."""
    outcomes = cases["outcome"].astype(str).to_numpy()[np.isin(severity, group)]
    known = [code for code in load_codelist("outcomes").index if code in set(outcomes)]
    return join_words([in_sentence("outcome", code) for code in known], "or")


def ordinal_contrast(
    cohort: Cohort,
    adjust: str | Iterable[str] = "none",
    *,
    min_rung: int = MIN_RUNG,
    level: float | None = None,
) -> pd.DataFrame:
    """The odds of a more severe outcome, in common for every rung: a proportional odds model of role.

    Parameters
    ----------
    cohort : from `analysis.cohort.select`.
    adjust : see `design`.
    min_rung : rungs of fewer cases are folded into the smaller of their neighbours.
    level : in place of the question's.

    Returns
    -------
    DataFrame, one row: `measure` (common odds ratio) and the columns of `adjusted_contrast`, then `rungs` (from the
        mildest, in words). The numerator is the comparison's cases on the highest rung, of all its cases on the
        ladder. An odds ratio above 1: the comparison's outcomes are more severe. ``attrs["notes"]`` says which rungs
        were folded and which covariates left out.

    Raises
    ------
    StudyError : as for `design`.

    Notes
    -----
    Maximum likelihood: no penalised ordinal model is at hand, so a covariate that settles the outcome of its cases
    would have an infinite coefficient. Those, found by linear programming at the threshold that splits the cases
    most evenly, are left out and named; where role is one, there is no estimate. With two rungs left the model is a
    logistic regression. Standard errors are the larger of those clustered by force, scaled by G/(G−1), and the
    model's; Student's t on clusters − 1 degrees of freedom. One odds ratio for every threshold is an assumption:
    see `proportional_odds_check`.

    References
    ----------
    McCullagh P (1980). Regression models for ordinal data. *JRSS B* 42, 109–142. The odds ratio without its
    assumption: Whitehead J (1993), *Statistics in Medicine* 12, 2257–2271, and Harrell F (2020), on what the model
    says where proportionality fails.
    """
    level = level or cohort.question.level
    ladder = _ladder(cohort, min_rung)
    matrix = design(ladder.cohort, adjust)
    X, left_out, note = _estimable(matrix, ladder)
    values, converged = (math.nan,) * 4, False
    groups = len(np.unique(matrix.clusters))
    if not note:
        values, converged = _common(X, ladder.rung, matrix.clusters, level)
        note = "" if converged else "the fit did not converge"
    estimate, low, high, p_value = values
    question = cohort.question
    row = _counts(ladder, len(ladder.names) - 1) | {
        "measure": "common odds ratio",
        "comparison": question.comparison,
        "reference": question.reference,
        "estimate": estimate,
        "conf_low": low,
        "conf_high": high,
        "method": f"Wald {percent_level(level)} interval, clustered by force; proportional odds model by maximum "
        "likelihood; the larger of the standard errors clustered and not; p-value of the t test",
        "p_value": p_value,
        "note": note,
        "adjustment": adjust if isinstance(adjust, str) else " + ".join(adjust) or "none",
        "estimator": "proportional odds model",
        "cases_used": len(ladder.rung),
        "parameters": X.shape[1],
        "df": float(groups - 1) if groups > 1 else math.inf,
        "converged": converged,
        "reason": "maximum likelihood: there is no penalised ordinal model at hand",
        "rungs": "; ".join(ladder.names),
    }
    result = tidy(
        pd.DataFrame([row]),
        ("measure", "comparison", "reference"),
        (*CONTRAST_EXTRAS, *ADJUSTED_EXTRAS, "rungs"),
    )
    result.attrs = {
        "min_count": question.min_count,
        "notes": (*ladder.notes, *matrix.notes, *(f"left out, settles the outcome: {c}" for c in left_out)),
    }
    return result


def _estimable(matrix: Design, ladder: _Ladder) -> tuple[pd.DataFrame, list[str], str]:
    """The columns without the constant whose coefficients are finite, those left out, and why there is no fit."""
    X = matrix.X.drop(columns="const")
    if len(ladder.names) < 2:
        return (
            X,
            [],
            "fewer than two rungs of the ladder occur" if len(ladder.rung) else "no case is left to model",
        )
    if "role" not in X:
        return X, [], "only one of the two roles occurs"
    shares = [(ladder.rung >= t).mean() for t in range(1, len(ladder.names))]
    threshold = 1 + int(np.argmin([abs(share - 0.5) for share in shares]))
    y = (ladder.rung >= threshold).astype(float)
    left_out: list[str] = []
    while True:
        with_constant = np.column_stack([np.ones(len(X)), X.to_numpy()])
        finite = detect_separation(with_constant, y, fit_intercept=False).is_finite[1:]
        if finite.all():
            break
        if not finite[X.columns.get_loc("role")] and X.shape[1] == 1:
            return X, left_out, "all or none of one role are above a rung: the odds ratio has no limit"
        infinite = [c for c, ok in zip(X.columns, finite, strict=True) if not ok and c != "role"]
        if not infinite:
            return X, left_out, "all or none of one role are above a rung: the odds ratio has no limit"
        left_out += infinite
        X = X.drop(columns=infinite)
    if X.shape[1] + len(ladder.names) > len(X):
        return X, left_out, "as many parameters as cases"
    return X, left_out, ""


def _common(
    X: pd.DataFrame, rung: np.ndarray, clusters: np.ndarray, level: float
) -> tuple[tuple[float, float, float, float], bool]:
    """Odds ratio, interval and p-value of role, and whether the fit converged."""
    fit = _fit(X.to_numpy(), rung)
    if not fit.converged:
        return (math.nan,) * 4, False
    bread = np.linalg.inv(fit.information)
    by_cluster = pd.DataFrame(fit.scores).groupby(clusters, sort=True).sum().to_numpy()
    groups = len(by_cluster)
    variance, df = bread[0, 0], math.inf
    if groups > 1:
        meat = by_cluster.T @ by_cluster * groups / (groups - 1)
        variance, df = max(variance, (bread @ meat @ bread)[0, 0]), groups - 1
    error = math.sqrt(variance)
    half = t_quantile(level, df) * error
    beta = float(fit.params[0])
    return (math.exp(beta), limit_exp(beta - half), limit_exp(beta + half), t_p_value(beta / error, df)), True


@dataclass(frozen=True)
class _Fit:
    """A proportional odds model: coefficients, then thresholds; what each case adds to the score."""

    params: np.ndarray
    loglik: float
    scores: np.ndarray
    information: np.ndarray
    converged: bool


def _fit(X: np.ndarray, rung: np.ndarray) -> _Fit:
    """Newton's method from no association; the log-likelihood is concave, so halving the step is enough.

    statsmodels' `OrderedModel` differentiates numerically, and takes 18 seconds for forty covariates and some 350
    cases, where this takes a few hundredths of one; the tests hold the two to the same numbers.
    """
    k, above = X.shape[1], [(rung >= t).mean() for t in range(1, int(rung.max()) + 1)]
    params = np.concatenate([np.zeros(k), [-logit(share) for share in above]])
    loglik, scores, information = _derivatives(X, rung, params)
    for _ in range(60):
        gradient = scores.sum(axis=0)
        if np.abs(gradient).max() < 1e-9 * len(X):
            break
        step = np.linalg.lstsq(information, gradient, rcond=None)[0]
        for _ in range(40):
            found = _derivatives(X, rung, params + step)
            if found[0] >= loglik - 1e-12 * abs(loglik):
                break
            step = step / 2
        params, (loglik, scores, information) = params + step, found
    converged = bool(np.isfinite(params).all() and np.abs(scores.sum(axis=0)).max() < 1e-6 * len(X))
    return _Fit(params, loglik, scores, information, converged)


def _derivatives(X: np.ndarray, rung: np.ndarray, params: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Log-likelihood, each case's score (coefficients, then thresholds), and the observed information."""
    k = X.shape[1]
    cuts, eta = params[k:], X @ params[:k]
    if (np.diff(cuts) <= 0).any():
        return -math.inf, np.zeros((len(X), len(params))), np.eye(len(params))
    # The rung's probability lies between two limits; F(b) − F(a) loses nothing where both are near 1 if written
    # for the side on which both are small.
    above = np.concatenate([cuts, [np.inf]])[rung] - eta
    below = np.concatenate([[-np.inf], cuts])[rung] - eta
    flipped = below > 0
    low, high = np.where(flipped, -above, below), np.where(flipped, -below, above)
    p = np.maximum(expit(high) - expit(low), 1e-300)
    upper, lower = expit(above), expit(below)
    f_upper, f_lower = upper * expit(-above), lower * expit(-below)
    d_upper, d_lower = f_upper / p, -f_lower / p
    A, B = np.zeros((len(X), len(params))), np.zeros((len(X), len(params)))
    A[:, :k] = B[:, :k] = -X
    rows, top, bottom = np.arange(len(X)), rung < len(cuts), rung > 0
    A[rows[top], k + rung[top]] = 1.0
    B[rows[bottom], k + rung[bottom] - 1] = 1.0
    scores = A * d_upper[:, None] + B * d_lower[:, None]
    uu = f_upper * (1 - 2 * upper) / p - d_upper**2
    ll = -f_lower * (1 - 2 * lower) / p - d_lower**2
    cross = (A * (-d_upper * d_lower)[:, None]).T @ B
    hessian = (A * uu[:, None]).T @ A + (B * ll[:, None]).T @ B + cross + cross.T
    return float(np.log(p).sum()), scores, -hessian


def proportional_odds_check(
    cohort: Cohort, *, min_rung: int = MIN_RUNG, level: float | None = None
) -> ProportionalOdds:
    """Whether one odds ratio does for every threshold of the ladder: each threshold's own, and a test.

    Parameters
    ----------
    cohort, min_rung, level : as for `ordinal_contrast`; role alone, nothing else held alike.

    Returns
    -------
    ProportionalOdds. The test compares the proportional odds model with one free odds ratio a threshold (which, with
        role alone, fits the counts exactly) by their likelihoods, on thresholds − 1 degrees of freedom. Where an
        expected count is below 5 the note says that its p-value is rough.

    References
    ----------
    Brant R (1990). Assessing proportionality in the proportional odds model for ordinal logistic regression.
    *Biometrics* 46, 1171–1178. Likelihood ratio test against the unconstrained model: Agresti A (2010). *Analysis of
    Ordinal Categorical Data*, 2nd ed., section 3.3.
    """
    level = level or cohort.question.level
    ladder = _ladder(cohort, min_rung)
    common = ordinal_contrast(cohort, "none", min_rung=min_rung, level=level).iloc[0]
    rows = [
        {
            name: common[name]
            for name in ("estimate", "conf_low", "conf_high", "p_value", "method", "note", "estimator")
        }
        | _counts(ladder, max(len(ladder.names) - 1, 0))
        | {"threshold": "all thresholds in common"}
    ]
    for threshold in range(1, len(ladder.names)):
        split = ladder.cases.assign(sanctioned=pd.array(ladder.rung >= threshold, dtype="boolean"))
        matrix = design(Cohort(split, cohort.flow, cohort.question), "none")
        fit, note = fit_of(matrix)
        nothing = (math.nan,) * 5
        values = contrast_estimates(fit, matrix.X, level)["odds ratio"] if fit else nothing
        method = "Profile" if fit is not None and fit.method == "firth" else "Wald"
        clustered = "" if method == "Profile" else ", clustered by force"
        rows.append(
            dict(zip(("estimate", "conf_low", "conf_high", "p_value"), values[:4], strict=True))
            | _counts(ladder, threshold)
            | {
                "threshold": f"{ladder.names[threshold]}{' or worse' * (threshold < len(ladder.names) - 1)}",
                "method": f"{method} {percent_level(level)} interval{clustered}; logistic regression",
                "note": note,
                "estimator": fit.method.replace("_", " ") if fit else "none",
            }
        )
    frame = pd.DataFrame(rows).assign(
        measure="odds ratio", comparison=cohort.question.comparison, reference=cohort.question.reference
    )
    frame["log_odds_ratio"] = np.log(frame["estimate"].astype(float))
    order = list(dict.fromkeys(frame["threshold"]))
    frame["threshold"] = pd.Categorical(frame["threshold"], categories=order, ordered=True)
    thresholds = tidy(
        frame,
        ("threshold", "measure", "comparison", "reference"),
        (*CONTRAST_EXTRAS, "log_odds_ratio", "estimator"),
    )
    thresholds.attrs = {"min_count": cohort.question.min_count, "notes": ladder.notes}
    return ProportionalOdds(thresholds, _likelihood_ratio(ladder, common))


def _likelihood_ratio(ladder: _Ladder, common: pd.Series) -> pd.DataFrame:
    """The proportional odds model against the counts themselves."""
    row = {
        "test": "Likelihood ratio test of proportional odds",
        "statistic": math.nan,
        "df": len(ladder.names) - 2,
        "p_value": math.nan,
    }
    if common["note"] or len(ladder.names) < 3:
        why = common["note"] or "two rungs have one threshold, which is always proportional"
        return pd.DataFrame([row | {"df": max(row["df"], 0), "note": why}])
    table = np.array(
        [np.bincount(ladder.rung[ladder.comparison == side], minlength=len(ladder.names)) for side in (1, 0)]
    )
    totals = table.sum(axis=1, keepdims=True)
    some = table > 0
    saturated = float((table[some] * np.log((table / totals)[some])).sum())
    fit = _fit(ladder.comparison[:, None].astype(float), ladder.rung)
    statistic = max(2 * (saturated - fit.loglik), 0.0)
    expected = totals * table.sum(axis=0) / table.sum()
    note = f"the smallest expected count is {expected.min():.1f}"
    note += ": below 5, so the p-value is rough" if expected.min() < 5 else ""
    return pd.DataFrame(
        [row | {"statistic": statistic, "p_value": float(stats.chi2.sf(statistic, row["df"])), "note": note}]
    )


def _counts(ladder: _Ladder, threshold: int) -> dict:
    """Counts of both roles at or above a threshold, as columns of a contrast."""
    at_or_above = ladder.rung >= threshold if len(ladder.rung) else np.zeros(0, dtype=bool)
    comparison = ladder.comparison
    return {
        "numerator": int((at_or_above & comparison).sum()),
        "denominator": int(comparison.sum()),
        "numerator_reference": int((at_or_above & ~comparison).sum()),
        "denominator_reference": int((~comparison).sum()),
        "unknown": ladder.unknown[0],
        "unknown_reference": ladder.unknown[1],
        "bound_low": math.nan,
        "bound_high": math.nan,
        "too_few": min(comparison.sum(), (~comparison).sum()) < ladder.cohort.question.min_count,
    }


def probability_of_direction(cohort: Cohort, *, level: float | None = None) -> pd.DataFrame:
    """How often a case of the comparison role ended more severely than one of the reference role, both at random.

    Parameters
    ----------
    cohort : from `analysis.cohort.select`.
    level : in place of the question's.

    Returns
    -------
    DataFrame, four rows: `measure` ("more severe", "as severe", "less severe": shares of all pairs of one case of
        either role, which sum to 1; "probability of direction": more severe, plus half of as severe, so 0.5 is no
        difference), `comparison`, `reference`, `TIDY_COLUMNS`, `p_value` (of a probability of 0.5; NaN for the shares),
        `cases`, `cases_reference` (on the ladder), `unknown`, `unknown_reference` (off it or not stated), `too_few`
        and `note`. Numerator and denominator are whole numbers of pairs; for the probability of direction each pair
        counts twice, so that a tie is one.

    Notes
    -----
    All rungs of the ladder, none folded. A pair's two cases are independent, but one case is in many pairs: the
    variance is that of the mean placements of either role (Brunner and Munzel 2000), which allows for ties, or that
    of their sums over forces (Obuchowski 1997), whichever is larger; the interval is on the logit scale with
    Student's t, on Satterthwaite's degrees of freedom or one fewer than there are forces, whichever is smaller.
    Where most cases end on one rung the probability lies near 0.5 whatever the roles do: read the shares with it.

    References
    ----------
    Brunner E, Munzel U (2000). The nonparametric Behrens–Fisher problem: asymptotic theory and a small-sample
    approximation. *Biometrical Journal* 42, 17–25. Obuchowski NA (1997). Nonparametric analysis of clustered ROC
    curve data. *Biometrics* 53, 567–578. Logit scale: Newcombe RG (2006). Confidence intervals for an effect size
    measure based on the Mann–Whitney statistic. Part 2. *Statistics in Medicine* 25, 559–573.
    """
    level = level or cohort.question.level
    question = cohort.question
    ladder = _ladder(cohort, 1)
    comparison = ladder.comparison
    severity = ladder.cases["severity"].to_numpy(dtype=int)
    one, other = severity[comparison], severity[~comparison]
    forces = ladder.cases["force"].astype(str).to_numpy()
    difference = np.sign(one[:, None] - other[None, :])
    pairs = difference.size
    kernels = {
        "more severe": (difference > 0, 1),
        "as severe": (difference == 0, 1),
        "less severe": (difference < 0, 1),
        "probability of direction": ((difference + 1) / 2, 2),
    }
    rows = []
    for measure, (kernel, times) in kernels.items():
        values = (math.nan,) * 4
        note = "" if pairs else "only one of the two roles has a case on the ladder"
        if pairs:
            values = _pairs(kernel.astype(float), forces[comparison], forces[~comparison], level)
            if math.isnan(values[1]):
                note = "every pair is alike, or too few cases: no interval"
        estimate, low, high, p_value = values
        rows.append(
            {
                "measure": measure,
                "comparison": question.comparison,
                "reference": question.reference,
                "estimate": estimate,
                "conf_low": low,
                "conf_high": high,
                "numerator": round(float(kernel.sum()) * times),
                "denominator": pairs * times,
                "method": f"Logit {percent_level(level)} interval; the larger of the Brunner–Munzel variance and that "
                "clustered by force; p-value of the t test",
                "p_value": p_value if measure == "probability of direction" else math.nan,
                "cases": len(one),
                "cases_reference": len(other),
                "unknown": ladder.unknown[0],
                "unknown_reference": ladder.unknown[1],
                "too_few": min(len(one), len(other)) < question.min_count,
                "note": note,
            }
        )
    extras = ("p_value", "cases", "cases_reference", "unknown", "unknown_reference", "too_few", "note")
    result = tidy(pd.DataFrame(rows), ("measure", "comparison", "reference"), extras)
    result.attrs = {"min_count": question.min_count}
    return result


def _pairs(
    kernel: np.ndarray, forces: np.ndarray, forces_reference: np.ndarray, level: float
) -> tuple[float, float, float, float]:
    """Mean of a kernel over all pairs, its interval on the logit scale, and the p-value of a mean of 0.5."""
    n1, n0 = kernel.shape
    estimate = float(kernel.mean())
    # Exactly all or none of the pairs: there is no spread to build an interval on.
    if min(n1, n0) < 2 or not 0 < estimate < 1:
        return estimate, math.nan, math.nan, math.nan
    rows, columns = kernel.mean(axis=1) - estimate, kernel.mean(axis=0) - estimate
    parts = rows @ rows / (n1 - 1) / n1, columns @ columns / (n0 - 1) / n0
    variance = sum(parts)
    if not variance > 0:
        return estimate, math.nan, math.nan, math.nan
    df = variance**2 / (parts[0] ** 2 / (n1 - 1) + parts[1] ** 2 / (n0 - 1))
    influence = pd.Series(np.concatenate([rows / n1, columns / n0]))
    sums = influence.groupby(np.concatenate([forces, forces_reference]), sort=True).sum().to_numpy()
    if len(sums) > 1:
        variance = max(variance, float(sums @ sums) * len(sums) / (len(sums) - 1))
        df = min(df, len(sums) - 1)
    error = math.sqrt(variance)
    half = t_quantile(level, df) * error / (estimate * (1 - estimate))
    centre = float(logit(estimate))
    p_value = t_p_value(centre / (error / (estimate * (1 - estimate))), df)
    return estimate, float(expit(centre - half)), float(expit(centre + half)), p_value
