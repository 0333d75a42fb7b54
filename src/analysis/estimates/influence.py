"""What the answer rests on: the contrast without one force, one source or one case at a time."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.special import expit

from ..cohort import Cohort
from ..errors import StudyError
from .adjusted import contrast_estimates, fit_of, standard_error, standardised_risks, without_exception
from .contrasts import TwoByTwo, risk_contrast
from .design import Design, _independent, design
from .grouping import NOT_STATED
from .intervals import percent_level
from .logistic import LogisticFit, t_p_value, t_quantile
from .tidy import tidy

LEFT_OUT = {"force": "force", "source": "source_id"}
"""What can be left out, and the column that names it."""
INFLUENCE_EXTRAS = (
    "numerator_reference",
    "denominator_reference",
    "p_value",
    "cases_left_out",
    "move",
    "beyond_chance",
    "changes_verdict",
    "changes_sign",
    "too_few",
    "note",
)


_LOOKED_AT = 60
"""Cases that are really left out, of those that one step says move the difference most."""


def leave_one_out(
    cohort: Cohort,
    by: str = "force",
    adjust: str | Iterable[str] = "full",
    *,
    least: int = 1,
    level: float | None = None,
) -> pd.DataFrame:
    """The risk difference, crude and adjusted, without one force (or one source) at a time.

    Parameters
    ----------
    cohort : from `analysis.cohort.select`.
    by : ``force`` or ``source``.
    adjust : adjustment set of the adjusted contrast, see `design`; ``none`` for the crude one alone.
    least : only those with at least so many cases with a known outcome are left out. Most sources tell of one
        case: `influential_cases` looks at those.
    level : in place of the question's.

    Returns
    -------
    DataFrame : `by`; `left_out` (label of the force, or source id; empty for the whole cohort, which comes first);
        `adjustment` (``none`` for the crude contrast, else the set's name or terms), `measure` (risk
        difference), `comparison`, `reference`, `TIDY_COLUMNS`, then `numerator_reference`,
        `denominator_reference`, `p_value`, `cases_left_out` (with a known outcome), `move` (estimate less that of
        the whole), `beyond_chance` (p below 1 − level), `changes_verdict` (beyond chance without it and not with it,
        or the other way round), `changes_sign`, `too_few` and `note`. Crude rows first, each kind in the order
        of the size of their move. Where nothing can be estimated, estimate and move are NaN and no verdict changes.

    Raises
    ------
    StudyError : another `by`, or as for `design`.

    Notes
    -----
    The whole analysis is repeated on the cases that remain, folding of rare levels included, with the methods of
    `risk_contrast` and `adjusted_contrast`. Rows overlap in nearly all of their cases: how far they differ says
    what the answer rests on, and their number is no reason to expect one beyond chance.

    References
    ----------
    Viechtbauer W, Cheung MW-L (2010). Outlier and influence diagnostics for meta-analysis. *Research Synthesis
    Methods* 1, 112–125. Cook RD, Weisberg S (1982). *Residuals and Influence in Regression*.
    """
    if by not in LEFT_OUT:
        raise StudyError(f"by: {by!r} is not one of {', '.join(LEFT_OUT)}.")
    column = LEFT_OUT[by]
    if column not in cohort.cases:
        raise StudyError(f"The cases have no column {column!r}, so no {by} can be left out.")
    level = level or cohort.question.level
    names = cohort.cases[column].astype(object).where(cohort.cases[column].notna(), NOT_STATED).astype(str)
    known = cohort.cases["sanctioned"].notna()
    sizes = names[known].value_counts()
    sizes = sizes[sizes >= least]
    kinds = ["none"] if _named(adjust) == "none" else ["none", adjust]
    crude: dict[TwoByTwo, dict] = {}
    rows = []
    for kind in kinds:
        repeated = [("", 0, cohort)] + [
            (name, int(sizes[name]), cohort.restrict(names.ne(name))) for name in sorted(sizes.index)
        ]
        some = pd.DataFrame(
            [
                {"by": by, "left_out": name, "cases_left_out": number} | _difference(part, kind, level, crude)
                for name, number, part in repeated
            ]
        )
        rows.append(_moves(some, level))
    result = pd.concat(rows, ignore_index=True)
    result = result.assign(
        measure="risk difference", comparison=cohort.question.comparison, reference=cohort.question.reference
    )
    result["too_few"] = (
        result[["denominator", "denominator_reference"]].min(axis=1) < cohort.question.min_count
    )
    result.attrs = {"min_count": cohort.question.min_count, "level": level, "least": least}
    return tidy(
        result, ("by", "left_out", "adjustment", "measure", "comparison", "reference"), INFLUENCE_EXTRAS
    )


def influential_cases(
    cohort: Cohort,
    adjust: str | Iterable[str] = "full",
    *,
    top: int = 10,
    level: float | None = None,
) -> pd.DataFrame:
    """The cases whose absence would move the adjusted risk difference most.

    Parameters
    ----------
    cohort : from `analysis.cohort.select`.
    adjust : see `design`.
    top : how many cases.
    level : in place of the question's.

    Returns
    -------
    DataFrame, the largest move first: `case_id`, `role`, `force`, `source_id` (where known), `outcome` (where
        known), `sanctioned` (bool), `fitted` (risk that the model gives the case), then `TIDY_COLUMNS` (the adjusted
        risk difference without the case), then `numerator_reference`, `denominator_reference`, `p_value`,
        `cases_left_out` (1), `move`, `beyond_chance`, `changes_verdict`, `changes_sign`, `too_few` and `note`.
        Empty where no model can be fitted; ``attrs["note"]`` says why. ``attrs["estimate"]`` is the difference of all
        cases, ``attrs["cases"]`` their number, and ``attrs["not_estimated"]`` how many of those left out left cases
        that no model could be fitted to.

    Raises
    ------
    StudyError : as for `design`.

    Notes
    -----
    Exact deletion: the model is fitted again without the case, with the same columns and by the same method (by
    Firth's where the others are separated without it). Which cases are worth that, 60 or three times `top`,
    is told by one Newton step from the fit to all (Pregibon 1981), whose error is largest where the move is. Cases
    without which no model can be fitted come last. Ties are in the order of the case id.

    References
    ----------
    Pregibon D (1981). Logistic regression diagnostics. *Annals of Statistics* 9, 705–724. Belsley DA, Kuh E,
    Welsch RE (1980). *Regression Diagnostics* (dfbeta).
    """
    level = level or cohort.question.level
    matrix = design(cohort, adjust)
    fit, note = fit_of(matrix)
    cases = matrix.cases
    shown = ["case_id", "role", "force", *(c for c in ("source_id", "outcome") if c in cases)]
    columns = [*shown, "sanctioned", "fitted"]
    if fit is None:
        result = pd.DataFrame(columns=[*columns, *_TIDY, *INFLUENCE_EXTRAS])
        result.attrs = {"note": note, "estimate": math.nan, "cases": len(cases), "adjustment": _named(adjust)}
        return result
    whole = risk_difference(fit, matrix.X, level)
    # Sure to hold those wanted, at a fraction of the time of leaving out every case.
    looked_at = _one_step(matrix, fit)[: max(_LOOKED_AT, 3 * top)]
    found = {place: _without(matrix, fit, int(place)) for place in sorted(looked_at)}
    moves = {
        place: abs(risk_difference(again, rest.X, level)[0] - whole[0]) if again else -1.0
        for place, (rest, again, _) in found.items()
    }
    order = sorted(found, key=lambda place: (-round(moves[place], 12), place))[:top]
    rows = []
    for place in order:
        rest, again, why = found[place]
        row = _row(rest, again, why, level)
        rows.append({"cases_left_out": 1, "adjustment": _named(adjust)} | row)
    start = {"cases_left_out": 0, "adjustment": _named(adjust)} | _row(matrix, fit, "", level)
    moved = _moves(pd.DataFrame([start, *rows]).assign(left_out=""), level, order=False).iloc[1:]
    about = cases.iloc[order][shown].assign(sanctioned=matrix.y[order] > 0, fitted=fit.probabilities()[order])
    result = pd.concat([about.reset_index(drop=True), moved.reset_index(drop=True)], axis=1)
    result["role"] = result["role"].astype(str)
    result["too_few"] = (
        result[["denominator", "denominator_reference"]].min(axis=1) < cohort.question.min_count
    )
    result.attrs = {
        "note": "",
        "estimate": whole[0],
        "cases": len(cases),
        "not_estimated": sum(again is None for _, again, _ in found.values()),
        "adjustment": _named(adjust),
        "min_count": cohort.question.min_count,
    }
    return tidy(result, columns, INFLUENCE_EXTRAS)


_TIDY = ("estimate", "conf_low", "conf_high", "numerator", "denominator", "method")


def risk_difference(fit: LogisticFit, X: pd.DataFrame, level: float) -> tuple[float, float, float, float]:
    """The adjusted risk difference, its interval and p-value, as `adjusted_contrast` gives them.

    The odds ratio, whose profile takes most of the time, is found only where the difference needs it.
    """
    if without_exception(fit, X):
        return contrast_estimates(fit, X, level)["risk difference"][:4]
    risk, reference, gradient, gradient_reference = standardised_risks(fit.risk_params, X)
    estimate = risk - reference
    error, df = standard_error(fit, gradient - gradient_reference, "larger")
    if not error > 0 or math.isnan(df):
        return estimate, math.nan, math.nan, math.nan
    half = t_quantile(level, df) * error
    low, high = (float(np.clip(limit, -1, 1)) for limit in (estimate - half, estimate + half))
    return estimate, low, high, t_p_value(estimate / error, df)


def again_by(fit: LogisticFit) -> str:
    """The method of a fit to fewer of the same cases: without one of them the others may be separated."""
    return "firth" if fit.method == "firth" else "auto"


def _named(adjust: str | Iterable[str]) -> str:
    return adjust if isinstance(adjust, str) else " + ".join(adjust) or "none"


def _difference(
    cohort: Cohort, adjust: str | Iterable[str], level: float, crude: dict[TwoByTwo, dict]
) -> dict:
    """One row of either kind of contrast; `crude` keeps those found, as many sources leave the same counts."""
    if _named(adjust) == "none":
        table = TwoByTwo.of(cohort.cases)
        if table not in crude:
            row = risk_contrast(cohort, level=level).query("measure == 'risk difference'").iloc[0]
            kept = (*_TIDY, "numerator_reference", "denominator_reference", "p_value", "note")
            crude[table] = {"adjustment": "none"} | {name: row[name] for name in kept}
        return crude[table]
    matrix = design(cohort, adjust)
    fit, note = fit_of(matrix)
    return {"adjustment": _named(adjust)} | _row(matrix, fit, note, level)


def _row(matrix: Design, fit: LogisticFit | None, note: str, level: float) -> dict:
    estimate, low, high, p_value = (math.nan,) * 4 if fit is None else risk_difference(fit, matrix.X, level)
    table = TwoByTwo.of(matrix.cases)
    return {
        "estimate": estimate,
        "conf_low": low,
        "conf_high": high,
        "numerator": table.count,
        "denominator": table.total,
        "method": f"Standardised, delta-method {percent_level(level)} interval, clustered by force; logistic regression"
        + (" by Firth's penalised likelihood" if fit is not None and fit.method == "firth" else "")
        + "; p-value of the t test",
        "numerator_reference": table.count_reference,
        "denominator_reference": table.total_reference,
        "p_value": p_value,
        "note": note,
    }


def _moves(rows: pd.DataFrame, level: float, order: bool = True) -> pd.DataFrame:
    """Add how far each row is from the first, and whether that changes the verdict; largest move first."""
    whole = rows.iloc[0]
    beyond = rows["p_value"].astype(float) < 1 - level
    known = rows["p_value"].notna() & pd.notna(whole["p_value"])
    result = rows.assign(
        move=rows["estimate"].astype(float) - whole["estimate"],
        beyond_chance=beyond,
        changes_verdict=known & (beyond != beyond.iloc[0]),
        changes_sign=rows["estimate"].astype(float) * whole["estimate"] < 0,
    )
    if not order:
        return result
    size = result["move"].abs().round(12).fillna(-1.0)
    size.iloc[0] = math.inf
    return result.assign(size=size).sort_values("size", ascending=False, kind="stable").drop(columns="size")


def without_rows(matrix: Design, leave: np.ndarray) -> Design:
    """The same design without some of its rows, and without columns that the others no longer tell apart.

    Parameters
    ----------
    matrix : of `design`.
    leave : array of bool, n: the rows to leave out.
    """
    X, dropped = _independent(matrix.X[~leave])
    return Design(
        X,
        matrix.y[~leave],
        matrix.clusters[~leave],
        matrix.cases[~leave],
        (*matrix.notes, *dropped),
        matrix.terms,
    )


def _without(matrix: Design, fit: LogisticFit, place: int) -> tuple[Design, LogisticFit | None, str]:
    """The design without one case, the fit to it, and why there is none."""
    rest = without_rows(matrix, np.arange(len(matrix.y)) == place)
    return rest, *fit_of(rest, again_by(fit))


def _one_step(matrix: Design, fit: LogisticFit) -> np.ndarray:
    """Places of the cases, the largest move of the risk difference first, by one Newton step without each case.

    Pregibon (1981); under Firth's method with the residuals of the penalised likelihood.
    """
    X, p = matrix.X.to_numpy(), fit.probabilities()
    weights = np.maximum(p * (1 - p), 1e-12)
    bread = fit.cov_model.to_numpy()
    leverage = np.clip(weights * np.einsum("ij,jk,ik->i", X, bread, X), 0, 1)
    residual = matrix.y - p + (leverage * (0.5 - p) if fit.method == "firth" else 0.0)
    steps = (X @ bread) * (residual / np.maximum(1 - leverage, 1e-8))[:, None]
    risk, reference, gradient, gradient_reference = standardised_risks(fit.risk_params, matrix.X)
    change = -steps @ (gradient - gradient_reference)
    # The case itself is no longer averaged over.
    place = matrix.X.columns.get_loc("role")
    base = X @ fit.risk_params.to_numpy() - X[:, place] * fit.risk_params.iloc[place]
    own = expit(base + fit.risk_params.iloc[place]) - expit(base)
    change += (risk - reference - own) / (len(matrix.y) - 1)
    return np.argsort(-np.abs(np.round(change, 12)), kind="stable")
