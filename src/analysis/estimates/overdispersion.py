"""Funnel limits that allow for over-dispersion: forces that differ by more than chance, for reasons of no interest
here, as Spiegelhalter (2005) widens them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from ..cohort import Cohort
from ..errors import StudyError
from .forces import LIMITS, force_funnel, funnel_limits, lower_binomial_limit, position_in_limits
from .rates import RATE_EXTRAS
from .tidy import tidy

MODELS = ("additive", "multiplicative")
SCALES = ("exact", "arcsine", "identity")
WINSORISED = 0.1
"""Share of the z-scores at each end that is drawn in before dispersion is judged."""
_FARTHEST = 8.0
_DRAWS = 999
_SEED = 20_050_430
ADJUSTED_EXTRAS = (
    *RATE_EXTRAS,
    "overall",
    *(f"{side}{suffix}" for suffix in LIMITS for side in ("low", "high")),
    "z_score",
    "z_winsorised",
    "z_adjusted",
    "position",
    "position_binomial",
)


@dataclass(frozen=True)
class Dispersion:
    """How much z-scores vary, and by how much limits are to be widened.

    Attributes
    ----------
    z_score : each group's distance from the target in standard errors of chance.
    winsorised : the same with the most extreme drawn in.
    error : the standard error of each, by chance alone, on the scale of the z-scores.
    phi : mean square of the winsorised z-scores: about 1 (less, for having been drawn in) by chance alone.
    tau2 : variance between groups on the same scale, 0 where none is seen.
    """

    z_score: np.ndarray
    winsorised: np.ndarray
    error: np.ndarray
    phi: float
    tau2: float


def winsorise(z_score: Sequence[float], share: float = WINSORISED) -> np.ndarray:
    """Z-scores beyond a quantile at either end, set to that quantile.

    Parameters
    ----------
    z_score : one a group.
    share : the quantile, 0 (none) to below 0.5, at each end.

    Notes
    -----
    Quantiles interpolate linearly (Hyndman and Fan's type 7), as in R and numpy.
    """
    if not 0 <= share < 0.5:
        raise ValueError(f"a share to winsorise lies between 0 and 0.5, not {share}")
    z_score = np.asarray(z_score, dtype=float)
    return np.clip(z_score, *np.quantile(z_score, [share, 1 - share])) if len(z_score) else z_score


def phi_and_tau2(z_score: Sequence[float], error: Sequence[float]) -> tuple[float, float]:
    """The mean square of z-scores, φ, and the variance between groups, τ².

    Parameters
    ----------
    z_score : one a group, the most extreme drawn in or left out.
    error : the standard error of each by chance alone, on the scale that τ² is wanted on.

    Returns
    -------
    (phi, tau2) : φ = Σz²/I of I groups; τ² = (Iφ − (I − 1)) / (Σw − Σw²/Σw) with w = 1/error², where this is
    positive, else 0; NaN where there is no group.
    """
    z_score, weight = np.asarray(z_score, dtype=float), np.asarray(error, dtype=float) ** -2
    groups = len(z_score)
    if groups == 0:
        return math.nan, math.nan
    phi = float((z_score**2).sum() / groups)
    if groups == 1:
        return phi, 0.0
    spare = weight.sum() - (weight**2).sum() / weight.sum()
    return phi, max(0.0, float((groups * phi - (groups - 1)) / spare))


def dispersion(
    count: Sequence[int],
    total: Sequence[int],
    *,
    target: float | None = None,
    scale: str = "exact",
    share: float = WINSORISED,
) -> Dispersion:
    """Over-dispersion of proportions around a target: φ and τ².

    Parameters
    ----------
    count, total : successes and size of each group, of at least one case.
    target : the rate compared with; that of all groups together where None.
    scale : what a z-score is: ``exact``, the normal score of the binomial mid-p-value; ``arcsine``, of arcsin
        √p, with standard error 1 / (2 √n); ``identity``, of p itself, with standard error √(θ(1 − θ)/n) from
        the target. τ² of ``exact`` is on the arcsine scale.
    share : see `winsorise`.

    Returns
    -------
    Dispersion. φ and τ² are NaN where there is no group or nothing varies at the target.

    Notes
    -----
    φ and τ² are those of `phi_and_tau2`, of the winsorised z-scores: DerSimonian and Laird's moment estimate
    around a fixed target.

    The arcsine is what Spiegelhalter et al. and R's FunnelPlotR use, and it is not fit for groups of a few
    cases at a rate near 1: with a target of 87 %, 12 of 12 (which a fifth of such groups would have) scores z =
    2.5, and groups between which only chance decides look over-dispersed. Exact scores keep a variance of 1,
    or less, there.

    References
    ----------
    Spiegelhalter DJ (2005). Funnel plots for comparing institutional performance. *Statistics in Medicine*
    24, 1185–1202. Spiegelhalter DJ (2005). Handling over-dispersion of performance indicators. *Quality and
    Safety in Health Care* 14, 347–351. Spiegelhalter D et al. (2012). Statistical methods for healthcare
    regulation: rating, screening and surveillance. *JRSS A* 175, 1–47 (the arcsine scale). DerSimonian R,
    Laird N (1986). Meta-analysis in clinical trials. *Controlled Clinical Trials* 7, 177–188.
    """
    _check("scale", scale, SCALES)
    count, total = np.asarray(count, dtype=float), np.asarray(total, dtype=float)
    if (total < 1).any():
        raise ValueError("a z-score needs at least one case")
    if target is None:
        target = float(count.sum() / total.sum()) if len(total) else math.nan
    groups = len(total)
    if groups == 0 or math.isnan(target) or (scale != "arcsine" and target in (0.0, 1.0)):
        nothing = np.full(groups, math.nan)
        return Dispersion(nothing, nothing, nothing, math.nan, math.nan)
    error = _error(target, total, scale)
    if scale == "exact":
        below = stats.binom.cdf(count - 1, total, target)
        z_score = stats.norm.ppf(below + stats.binom.pmf(count, total, target) / 2)
        # a probability that rounds to 0 or 1 still has a finite score
        z_score = np.clip(z_score, -_FARTHEST, _FARTHEST)
    else:
        z_score = (_onto(count / total, scale) - _onto(target, scale)) / error
    winsorised = winsorise(z_score, share)
    phi, tau2 = phi_and_tau2(winsorised, error)
    return Dispersion(z_score, winsorised, error, phi, tau2)


def overdispersed_limits(
    overall: float,
    sizes: Sequence[int],
    *,
    phi: float = 1.0,
    tau2: float = 0.0,
    model: str = "additive",
    scale: str = "exact",
) -> pd.DataFrame:
    """Control limits widened for over-dispersion.

    Parameters
    ----------
    overall : the rate that the limits surround, 0 to 1.
    sizes : numbers of cases, each at least 1.
    phi, tau2 : from `dispersion`.
    model : ``multiplicative``: the standard error of chance times √φ; ``additive``: its square plus τ².
    scale : as in `dispersion`. ``exact``: the binomial limits of the probability that lies beyond as many of
        the wider standard errors, so that at no over-dispersion they are those of `funnel_limits`, and never
        inside them.

    Returns
    -------
    DataFrame : as `funnel_limits`: `size`, `low95`, `high95`, `low998`, `high998`, one row a size. Where the
        data show no over-dispersion (φ at most 1, or τ² of 0) these are the exact binomial limits themselves:
        limits are never narrowed. All are NaN where `overall` is.

    References
    ----------
    Spiegelhalter (2005), see `dispersion`.
    """
    _check("model", model, MODELS)
    _check("scale", scale, SCALES)
    size = np.asarray(sizes, dtype=int)
    if not _widens(phi, tau2, model) or math.isnan(overall):
        return funnel_limits(overall, size)
    if (size < 1).any():
        raise ValueError("a control limit needs at least one case")
    error = _widened(_error(overall, size.astype(float), scale), phi, tau2, model)
    columns: dict[str, np.ndarray] = {"size": size}
    if scale == "exact":
        factor = error / _error(overall, size.astype(float), scale)
        for suffix, p in LIMITS.items():
            tail = stats.norm.sf(stats.norm.isf(p) * factor)
            columns[f"low{suffix}"] = lower_binomial_limit(overall, size, tail)
            columns[f"high{suffix}"] = 1 - lower_binomial_limit(1 - overall, size, tail)
        return pd.DataFrame(columns)
    centre = _onto(overall, scale)
    for suffix, p in LIMITS.items():
        reach = stats.norm.isf(p) * error
        columns[f"low{suffix}"] = _back(centre - reach, scale)
        columns[f"high{suffix}"] = _back(centre + reach, scale)
    return pd.DataFrame(columns)


def force_funnel_adjusted(
    cohort: Cohort,
    model: str = "additive",
    *,
    scale: str = "exact",
    share: float = WINSORISED,
    interval: str | None = None,
    min_count: int | None = None,
) -> pd.DataFrame:
    """Each force's sanction rate, and where it lies in a funnel widened for over-dispersion.

    Parameters
    ----------
    cohort : from `analysis.cohort.select`; both of its roles count together.
    model, scale : see `overdispersed_limits`.
    share : see `winsorise`.
    interval, min_count : in place of the question's.

    Returns
    -------
    DataFrame : as `force_funnel`, its limits widened and `position` judged by them, with `z_score` (by chance
        alone), `z_winsorised`, `z_adjusted` (allowing for over-dispersion) and `position_binomial` (by the
        exact binomial limits). ``attrs``: `phi`, `tau2`, `model`, `scale`, `winsorised` (the share), `forces`
        (that φ is of: all with a case, however few), `widened` (whether the limits differ from the binomial
        ones). ``attrs["expected_outside"]`` is 5 % of the forces at least, under the wider limits.

    Notes
    -----
    Forces' own deviations widen the limits that they are then judged by, all but the most extreme tenth at
    each end: a force within such limits is not shown to be like the others, it is shown to be no odder than
    they are. With ``scale="arcsine"``, z-scores, φ, τ² and limits are by the formulas of the R package
    FunnelPlotR for proportions.

    References
    ----------
    Spiegelhalter (2005), see `dispersion`.
    """
    _check("model", model, MODELS)
    binomial = force_funnel(cohort, interval=interval, min_count=min_count)
    some = binomial["denominator"] > 0
    known = binomial[some]
    overall = float(binomial["overall"].iloc[0]) if len(binomial) else math.nan
    found = dispersion(known["numerator"], known["denominator"], target=overall, scale=scale, share=share)
    result = binomial.rename(columns={"position": "position_binomial"})
    limits = overdispersed_limits(
        overall, known["denominator"], phi=found.phi, tau2=found.tau2, model=model, scale=scale
    )
    for column in limits.columns.drop("size"):
        result[column] = pd.Series(limits[column].to_numpy(), index=known.index).reindex(result.index)
    widened = _widens(found.phi, found.tau2, model)
    error = _widened(found.error, found.phi, found.tau2, model) if widened else found.error
    scores = {
        "z_score": found.z_score,
        "z_winsorised": found.winsorised,
        "z_adjusted": found.z_score * found.error / error,
    }
    for column, values in scores.items():
        result[column] = pd.Series(values, index=known.index).reindex(result.index)
    result["position"] = position_in_limits(result).where(some, result["position_binomial"])
    result.attrs = binomial.attrs | {
        "phi": found.phi,
        "tau2": found.tau2,
        "model": model,
        "scale": scale,
        "winsorised": share,
        "forces": len(known),
        "phi_by_chance": _phi_by_chance(known, overall, scale, share),
        "widened": widened,
    }
    if widened:
        result.attrs["expected_outside"] = 2 * LIMITS["95"] * len(known)
    return tidy(result, ("force",), ADJUSTED_EXTRAS)


def adjusted_curves(funnel: pd.DataFrame) -> pd.DataFrame:
    """The widened control limits at every size up to the largest force's, for drawing.

    Parameters
    ----------
    funnel : of `force_funnel_adjusted`.

    Returns
    -------
    DataFrame : as `overdispersed_limits`; no row where there is no case.
    """
    largest = int(funnel["denominator"].max()) if len(funnel) else 0
    overall = float(funnel["overall"].iloc[0]) if len(funnel) else math.nan
    told = {name: funnel.attrs[name] for name in ("phi", "tau2", "model", "scale")}
    return overdispersed_limits(overall, range(1, largest + 1), **told)


def _phi_by_chance(known: pd.DataFrame, overall: float, scale: str, share: float) -> float:
    """Mean φ over tables with the same totals in which only chance separates the forces."""
    if len(known) < 2 or math.isnan(overall) or overall in (0.0, 1.0):
        return math.nan
    total = np.sort(known["denominator"].to_numpy())
    drawn = np.random.default_rng(_SEED).multivariate_hypergeometric(
        total, int(known["numerator"].sum()), size=_DRAWS, method="marginals"
    )
    # every count that a force of each size can have is scored once
    scored = {
        size: dispersion(np.arange(size + 1), np.full(size + 1, size), target=overall, scale=scale).z_score
        for size in np.unique(total)
    }
    scores = np.column_stack([scored[size][drawn[:, place]] for place, size in enumerate(total)])
    ends = np.quantile(scores, [share, 1 - share], axis=1)[..., None]
    return float((np.clip(scores, *ends) ** 2).mean())


def _widens(phi: float, tau2: float, model: str) -> bool:
    return bool(phi > 1 if model == "multiplicative" else tau2 > 0)


def _widened(error: np.ndarray, phi: float, tau2: float, model: str) -> np.ndarray:
    return error * math.sqrt(phi) if model == "multiplicative" else np.sqrt(error**2 + tau2)


def _error(target: float, total: np.ndarray, scale: str) -> np.ndarray:
    if scale == "identity":
        return np.sqrt(target * (1 - target) / total)
    return 1 / (2 * np.sqrt(total))


def _onto(share, scale: str):
    return np.arcsin(np.sqrt(share)) if scale == "arcsine" else share


def _back(value: np.ndarray, scale: str) -> np.ndarray:
    """From the scale to a share, stopping at 0 and 1: the sine alone would turn back there."""
    if scale == "arcsine":
        return np.sin(np.clip(value, 0, math.pi / 2)) ** 2
    return np.clip(value, 0, 1)


def _check(name: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise StudyError(f"{name}: {value!r} is not one of {', '.join(allowed)}.")
