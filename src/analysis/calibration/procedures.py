"""The intervals and tests that the reports use, each applied to a sample whose truth is known."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from ..estimates import (
    between_force_variation,
    coding_agreement,
    difference_interval,
    odds_ratio_interval,
    ordinal_contrast,
    poisson_interval,
    pooled_force_rates,
    probability_of_direction,
    proportion_interval,
    rate_ratio_interval,
    ratio_interval,
    specification_curve,
)
from ..estimates.adjusted import contrast_estimates, fit_of
from ..estimates.design import design
from ..estimates.intervals import ratio_score
from ..estimates.specification import Choices
from ..estimates.stratified import _mantel_haenszel
from ..estimates.trends import _interrupted
from .scenarios import Sample

NAN = math.nan


@dataclass(frozen=True)
class Finding:
    """One interval or test of one sample.

    Attributes
    ----------
    method, measure : what was used, and for what.
    truth : the quantity's true value; NaN for a test alone.
    estimate, low, high : NaN where not defined, or for a test alone.
    p_value : NaN for an interval alone.
    null : the hypothesis that the p-value tests is true.
    """

    method: str
    measure: str
    truth: float
    estimate: float = NAN
    low: float = NAN
    high: float = NAN
    p_value: float = NAN
    null: bool = False


def crude(sample: Sample) -> Iterator[Finding]:
    """Rates, and the contrasts of `risk_contrast` with their tests."""
    truth = sample.scenario.truth
    counts = tuple(
        int(number)
        for role in (1, 0)
        for number in (
            (sample.people["rung"][sample.people["role"] == role] == 3).sum(),
            (sample.people["role"] == role).sum(),
        )
    )
    yield from _crude(counts, truth.special, truth.regular, sample.scenario.alike)


_RATES = {"wilson": "Wilson", "jeffreys": "Jeffreys", "clopper_pearson": "Clopper–Pearson"}


@lru_cache(maxsize=20_000)
def _crude(
    counts: tuple[int, int, int, int], rate: float, reference: float, null: bool
) -> tuple[Finding, ...]:
    """All that depends on the four counts alone, which many samples share."""
    x1, n1, x0, n0 = counts
    odds = rate / (1 - rate) / (reference / (1 - reference))
    score = abs(ratio_score(*counts, 1.0)) if x1 + x0 else NAN
    difference = ("Newcombe; Boschloo’s test", "risk difference", rate - reference, x1 / n1 - x0 / n0)
    ratio = x1 / n1 / (x0 / n0) if x0 else NAN if x1 == 0 else math.inf
    fisher, boschloo = (
        exact_p_value(test, counts) if 0 < x1 + x0 < n1 + n0 else 1.0 for test in ("fisher", "boschloo")
    )
    rates = [
        Finding(label, measure, truth, x / n, *proportion_interval(x, n, method))
        for measure, truth, x, n in (
            ("rate, special constables", rate, x1, n1),
            ("rate, regular officers", reference, x0, n0),
        )
        for method, label in _RATES.items()
    ]
    return (
        *rates,
        Finding(*difference, *difference_interval(*counts), boschloo, null),
        Finding(
            "Koopman; score test",
            "risk ratio",
            rate / reference,
            ratio,
            *ratio_interval(*counts),
            math.erfc(score / math.sqrt(2)),
            null,
        ),
        Finding(
            "exact conditional; Fisher’s test",
            "odds ratio",
            odds,
            *odds_ratio_interval(*counts),
            fisher,
            null,
        ),
    )


def exact_p_value(test: str, counts: tuple[int, int, int, int]) -> float:
    """Two-sided p-value of Fisher's or Boschloo's exact test.

    Of all tables of two groups of these sizes at once, since a simulation meets hundreds of them; Boschloo's nuisance
    parameter on a grid. The tests hold it to the function that the reports use.
    """
    x1, n1, x0, n0 = counts
    return float(_p_values(n1, n0)[test][x1, x0])


@lru_cache(maxsize=32)
def _p_values(n1: int, n0: int) -> dict[str, np.ndarray]:
    """p-values of every table, of shape (n1 + 1, n0 + 1)."""
    logs = np.r_[0.0, np.cumsum(np.log(np.arange(1, n1 + n0 + 1)))]
    ways1, ways0 = (logs[n] - logs[: n + 1] - logs[n::-1] for n in (n1, n0))
    joint = ways1[:, None] + ways0[None, :]
    total = np.add.outer(np.arange(n1 + 1), np.arange(n0 + 1))
    least, most, two = (np.empty_like(joint) for _ in range(3))
    for successes in range(n1 + n0 + 1):
        x1 = np.arange(max(0, successes - n0), min(n1, successes) + 1)
        x0 = successes - x1
        weight = np.exp(joint[x1, x0] - joint[x1, x0].max())
        weight /= weight.sum()
        least[x1, x0] = np.cumsum(weight)
        most[x1, x0] = np.cumsum(weight[::-1])[::-1]
        order = np.argsort(weight, kind="stable")
        upto = np.cumsum(weight[order])
        two[x1, x0] = upto[np.searchsorted(weight[order], weight * (1 + 1e-7), side="right") - 1]
    # the rates at which a table of these margins is most likely, and a fine grid between
    grid = np.unique(np.r_[np.linspace(0.001, 0.999, 333), np.linspace(0.9, 0.999, 100)])
    boschloo = np.ones_like(joint)
    sides = []
    for statistic in (least, most):
        order = np.argsort(statistic, axis=None, kind="stable")
        ordered = statistic.ravel()[order]
        last = np.searchsorted(ordered, ordered * (1 + 1e-9), side="right") - 1
        worst = np.zeros(joint.size)
        for rate in grid:
            chance = np.exp(joint + total * np.log(rate) + (n1 + n0 - total) * np.log1p(-rate))
            np.maximum(worst, np.cumsum(chance.ravel()[order])[last], out=worst)
        side = np.empty(joint.size)
        side[order] = worst
        sides.append(side.reshape(joint.shape))
    boschloo = np.minimum(1.0, 2 * np.minimum(*sides))
    return {"fisher": np.minimum(two, 1.0), "boschloo": boschloo}


def stratified(sample: Sample) -> Iterator[Finding]:
    """The Mantel–Haenszel risk difference within kinds of conduct, as `stratified_contrast` pools it.

    Its numbers only: the exact tests that it makes within each stratum take ten times as long as all the rest.
    """
    tables, chances = _strata(sample)
    pooled = _mantel_haenszel(tables, 0.95)[0]
    yield Finding(
        "Mantel–Haenszel by conduct, Sato",
        "adjusted risk difference",
        _within_strata(tables, chances),
        pooled["estimate"],
        pooled["conf_low"],
        pooled["conf_high"],
        pooled["p_value"],
        sample.scenario.null,
    )


def _strata(sample: Sample) -> tuple[np.ndarray, np.ndarray]:
    """Counts (sanctioned and cases of either role, special constables first) of the strata with both roles, and the two
    roles' mean true chances there. A stratum is a case's one kind of conduct, several, or none stated.
    """
    kinds = sample.cohort.cases["conduct"].to_list()
    names = [k[0] if len(k) == 1 else str(len(k)) for k in kinds]
    stratum = np.unique(names, return_inverse=True)[1]
    role = sample.people["role"]
    chance = sample.scenario.chances(sample.people)
    sums = {
        (name, code): np.bincount(stratum, weights=value * (role == code), minlength=stratum.max() + 1)
        for name, value in (
            ("sanctioned", (sample.people["rung"] == 3).astype(float)),
            ("cases", np.ones(len(role))),
            ("chance", chance),
        )
        for code in (1, 0)
    }
    both = (sums["cases", 1] > 0) & (sums["cases", 0] > 0)
    order = [("sanctioned", 1), ("cases", 1), ("sanctioned", 0), ("cases", 0)]
    tables = np.column_stack([sums[key][both] for key in order])
    return tables, np.column_stack(
        [(sums["chance", c] / np.maximum(sums["cases", c], 1))[both] for c in (1, 0)]
    )


def _within_strata(tables: np.ndarray, chances: np.ndarray) -> float:
    """The true Mantel–Haenszel mean of the differences within strata."""
    if not len(tables):
        return NAN
    weight = tables[:, 1] * tables[:, 3] / (tables[:, 1] + tables[:, 3])
    return float((weight * (chances[:, 0] - chances[:, 1])).sum() / weight.sum())


# What is shown: the words, the design, the method, the standard errors, the measures.
_SMALL = ("conduct", "status")
_ADJUSTED = (
    ("full set, as reported", "full", "auto", "larger", ("risk difference", "risk ratio", "odds ratio")),
    (
        "conduct and status, maximum likelihood, larger of two errors",
        _SMALL,
        "maximum_likelihood",
        "larger",
        ("risk difference", "odds ratio"),
    ),
    (
        "conduct and status, maximum likelihood, CR2 alone",
        _SMALL,
        "maximum_likelihood",
        "robust",
        ("risk difference",),
    ),
    ("conduct and status, Firth", _SMALL, "firth", "larger", ("risk difference", "odds ratio")),
)


def adjusted(sample: Sample) -> Iterator[Finding]:
    """The numbers of `adjusted_contrast`, as reported and in its variants."""
    truth = sample.scenario.truth
    values = {
        "risk difference": truth.standardised - truth.standardised_reference,
        "risk ratio": truth.standardised / truth.standardised_reference,
        "odds ratio": truth.odds_ratio,
    }
    designs = {name: design(sample.cohort, name) for name in ("full", _SMALL)}
    fits: dict[tuple, object] = {}
    for words, name, method, errors, measures in _ADJUSTED:
        matrix = designs[name]
        if (name, method) not in fits:
            fits[name, method] = fit_of(matrix, method)[0]
        fit = fits[name, method]
        found = contrast_estimates(fit, matrix.X, 0.95, errors, measures) if fit else {}
        for measure in measures:
            estimate, low, high, p_value, _ = found.get(measure, (NAN,) * 5)
            yield Finding(
                f"Logistic regression, {words}",
                f"adjusted {measure}",
                values[measure],
                estimate,
                low,
                high,
                p_value,
                sample.scenario.null,
            )


def severity(sample: Sample) -> Iterator[Finding]:
    """The probability of direction and, where its true value is known, the ordinal odds ratio."""
    truth = sample.scenario.truth
    row = probability_of_direction(sample.cohort).set_index("measure").loc["probability of direction"]
    yield Finding(
        "Brunner–Munzel, logit, clustered",
        "probability of direction",
        truth.direction,
        row["estimate"],
        row["conf_low"],
        row["conf_high"],
        row["p_value"],
        sample.scenario.alike,
    )
    # with role alone the model is exact only where role does nothing
    row = ordinal_contrast(sample.cohort, ("conduct", "status")).iloc[0]
    null = sample.scenario.null
    yield Finding(
        "Proportional odds, conduct and status",
        "ordinal odds ratio",
        1.0 if null else NAN,
        row.estimate if null else NAN,
        row.conf_low if null else NAN,
        row.conf_high if null else NAN,
        row.p_value,
        null,
    )


def forces(sample: Sample) -> Iterator[Finding]:
    """Pooled rates of forces, and the variation between them."""
    scenario = sample.scenario
    everyone = {name: values for name, values in sample.people.items() if name in ("predictor", "role")}
    rates = scenario.force_rates(everyone, sample.effects)
    for row in pooled_force_rates(sample.cohort).itertuples():
        value = rates[int(str(row.force).removeprefix("Force "))]
        yield Finding(
            "Beta-binomial, partially pooled",
            "rate of a force",
            value,
            row.estimate,
            row.conf_low,
            row.conf_high,
        )
        yield Finding("Wilson", "rate of a force", value, row.raw, row.raw_low, row.raw_high)
    row = between_force_variation(sample.cohort, draws=499).measures.iloc[0]
    yield Finding(
        "Beta-binomial profile; Tarone’s test",
        "intra-class correlation",
        scenario.truth.correlation,
        row.estimate,
        row.conf_low,
        row.conf_high,
        row.p_value,
        scenario.spread == 0,
    )


_CHANGE = 2020.09


def changes(sample: Sample) -> Iterator[Finding]:
    """The level change of the segmented model at a date at which nothing changed."""
    cases = sample.cohort.cases
    years = cases["year"].to_numpy(dtype=float) + 0.46 - _CHANGE
    outcome = cases["sanctioned"].to_numpy(dtype=float)
    found = _interrupted(years, years >= 0, outcome, cases["force"].to_numpy(dtype=str), 0.95)
    yield Finding(
        "Segmented logistic regression, CR2",
        "level change at a change of rules",
        0.0,
        found["estimate"],
        found["conf_low"],
        found["conf_high"],
        found["p_value"],
        True,
    )


FEW_CHOICES = Choices(
    denominators=("gross_misconduct",),
    who=("all",),
    periods=(("all", "in"), ("from_2020", "out")),
    sources=("all", "news"),
    methods=(
        ("crude", "none"),
        ("mantel_haenszel", "conduct"),
        ("linear", "conduct"),
        ("firth", "conduct"),
        ("overlap", "conduct"),
    ),
)
SHUFFLES = 99


def curve(sample: Sample) -> Iterator[Finding]:
    """The joint test of a small specification curve."""
    joint = specification_curve(sample.cohort.cases, choices=FEW_CHOICES, permutations=SHUFFLES).joint
    for row in joint.itertuples():
        yield Finding(
            "Specification curve, roles shuffled within strata",
            f"joint test: {row.statistic}",
            NAN,
            p_value=row.p_value,
            null=sample.scenario.null,
        )


PAGES = 55
_AGREEMENTS = {"coders err in 3 of 100": 0.03, "coders err in 15 of 100": 0.15}
_SHARES = (0.62, 0.2, 0.12, 0.06)
_VALUES = ("dismissed", "would_have_been_dismissed", "final_written_warning", "written_warning")


def coding(rng: np.random.Generator) -> Iterator[tuple[str, Finding]]:
    """Agreement of two coders who err at a known rate; the scenario's name with each finding."""
    shares = np.array(_SHARES)
    for name, rate in _AGREEMENTS.items():
        # an error writes one of the other values, each as likely
        wrong = (1 - np.eye(4)) / 3
        reading = (1 - rate) * np.eye(4) + rate * wrong
        table = reading.T @ (shares[:, None] * reading)
        agreement, margin = np.trace(table), table.sum(axis=0)
        by_chance = {
            "Cohen's kappa": (margin**2).sum(),
            "Gwet's AC1": (margin * (1 - margin)).sum() / (len(margin) - 1),
        }
        truths = {"raw agreement": agreement} | {
            measure: (agreement - chance) / (1 - chance) for measure, chance in by_chance.items()
        }
        true = rng.choice(4, PAGES, p=shares)
        rows = []
        for coder in ("A", "B"):
            errs = rng.random(PAGES) < rate
            coded = np.where(errs, (true + rng.integers(1, 4, PAGES)) % 4, true)
            rows.append(
                pd.DataFrame(
                    {
                        "dc_id": [f"D{n:03d}" for n in range(PAGES)],
                        "coder": coder,
                        "outcome": np.array(_VALUES, dtype=object)[coded],
                    }
                )
            )
        frame = coding_agreement(pd.concat(rows, ignore_index=True), fields=["outcome"])
        for row in frame[frame["basis"].eq("all values") & frame["value"].eq("")].itertuples():
            method = "Wilson" if row.measure == "raw agreement" else "BCa bootstrap or Wilson carried over"
            yield (
                name,
                Finding(method, row.measure, truths[row.measure], row.estimate, row.conf_low, row.conf_high),
            )


_BARRED = "barred list, one rate"
WORDS = {_BARRED: "both roles are barred at one rate"}
"""What the scenarios of this module are, in words that follow "where"; the names of the others say it."""
HEADCOUNTS = (6_330, 149_164)
BARRED_PER_THOUSAND = 4.0


def barring(rng: np.random.Generator) -> Iterator[tuple[str, Finding]]:
    """Entries on the barred list per head, of both roles at one rate."""
    rate = BARRED_PER_THOUSAND / 1000
    count, count_reference = (int(rng.poisson(rate * number)) for number in HEADCOUNTS)
    low, high = poisson_interval(count, HEADCOUNTS[0])
    yield _BARRED, Finding("Garwood", "entries per head", rate, count / HEADCOUNTS[0], low, high)
    low, high, p_value = rate_ratio_interval(count, HEADCOUNTS[0], count_reference, HEADCOUNTS[1])
    estimate = count / HEADCOUNTS[0] / (count_reference / HEADCOUNTS[1]) if count_reference else NAN
    yield _BARRED, Finding("exact conditional", "rate ratio", 1.0, estimate, low, high, p_value, True)
