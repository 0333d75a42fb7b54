"""Invented worlds with a known truth, shaped like the study's data, and samples drawn from them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from ..cohort import Cohort
from ..question import Question

FORCES = 43
# Of the cases of a role, the share of each force: a few large forces and a long tail, as in the data.
_SIZES = 1 / (np.arange(FORCES) + 5.0)
# Kinds of conduct: how often regular officers' cases have them, and what they add to the log odds of the sanction.
_CONDUCT = {
    "sexual": (0.24, 0.9),
    "dishonesty": (0.22, 0.6),
    "discriminatory": (0.14, 0.1),
    "drink_or_drugs": (0.14, 0.2),
    "violence": (0.12, -0.6),
    "neglect_of_duty": (0.14, -1.1),
}
# Special constables' conduct where role and conduct go together.
_CONFOUNDED = (0.46, 0.26, 0.10, 0.12, 0.04, 0.02)
_BREACH_OF = {
    "sexual": "discreditable_conduct",
    "dishonesty": "honesty_and_integrity",
    "discriminatory": "equality_and_diversity",
    "drink_or_drugs": "discreditable_conduct",
    "violence": "use_of_force",
    "neglect_of_duty": "duties_and_responsibilities",
}
_SECOND_KIND = 0.25
_FORMER, _FORMER_EFFECT = 0.28, 0.5
# The ladder below dismissal: distances of its cuts on the latent scale, severities, outcomes.
_CUTS = np.array([-1.6, -0.8, 0.0])
_LADDER = (
    (1, "management_advice"),
    (2, "written_warning"),
    (3, "final_written_warning"),
    (5, "dismissed"),
)
# How often the source does not say.
_UNSTATED = {"conduct": 0.12, "breaches": 0.65, "status": 0.09, "proceeding": 0.24, "conviction": 0.85}
_TRUTH_CASES = 100_000
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(31)


@dataclass(frozen=True)
class Scenario:
    """A world from which samples are drawn.

    Attributes
    ----------
    name, words : short name, and what it is, in words that follow "where".
    special, regular : cases of the two roles in a sample.
    rate : the sanction's rate among regular officers, about.
    effect : log odds ratio of role, conduct, status and force held alike.
    spread : standard deviation between forces on the log odds scale.
    concentrated : special constables come from few forces.
    confounded : special constables have more of the graver conduct.
    published : the chance that a case without the sanction is published (with it: always).
    """

    name: str
    words: str
    special: int = 41
    regular: int = 310
    rate: float = 0.87
    effect: float = 0.0
    spread: float = 0.0
    concentrated: bool = False
    confounded: bool = False
    published: float = 1.0

    @property
    def null(self) -> bool:
        """Whether role makes no difference to anyone."""
        return self.effect == 0

    @property
    def alike(self) -> bool:
        """Whether the two roles' rates are the same as they stand, nothing held equal."""
        return self.null and not self.confounded

    @cached_property
    def intercept(self) -> float:
        """Log odds such that regular officers have the wanted rate."""
        rng = np.random.default_rng(1)
        people = self._people(rng, np.zeros(20_000, int))
        low, high = -8.0, 8.0
        for _ in range(50):
            middle = (low + high) / 2
            if self._chance(people["predictor"] + middle).mean() < self.rate:
                low = middle
            else:
                high = middle
        return (low + high) / 2

    def _people(self, rng: np.random.Generator, role: np.ndarray) -> dict[str, np.ndarray]:
        """Role, conduct and status of so many people, and what these add to the log odds."""
        kinds = np.array([share for share, _ in _CONDUCT.values()])
        special = np.array(_CONFOUNDED) if self.confounded else kinds
        effects = np.array([effect for _, effect in _CONDUCT.values()])
        cumulative = np.where(role[:, None] == 1, np.cumsum(special), np.cumsum(kinds))
        first = (rng.random(len(role))[:, None] > cumulative[:, :-1]).sum(axis=1)
        second = rng.integers(0, len(kinds), len(role))
        has_second = (rng.random(len(role)) < _SECOND_KIND) & (second != first)
        former = rng.random(len(role)) < _FORMER
        predictor = effects[first] + np.where(has_second, effects[second], 0) + _FORMER_EFFECT * former
        return {
            "role": role,
            "first": first,
            "second": np.where(has_second, second, -1),
            "former": former,
            "predictor": predictor,
        }

    def _chance(self, predictor: np.ndarray) -> np.ndarray:
        """Chance of the sanction, averaged over forces."""
        nodes = predictor[:, None] + self.spread * _NODES
        return _expit(nodes) @ _WEIGHTS / _WEIGHTS.sum()

    def chances(self, people: dict[str, np.ndarray], role: np.ndarray | None = None) -> np.ndarray:
        """Each person's chance of the sanction, as they are or with another role."""
        role = people["role"] if role is None else role
        return self._chance(self.intercept + people["predictor"] + self.effect * role)

    def draw(self, rng: np.random.Generator) -> Sample:
        """One sample of the wanted size."""
        parts = []
        effects = rng.normal(0, self.spread, FORCES)
        for code, number in ((1, self.special), (0, self.regular)):
            kept: list[dict] = []
            missing = number
            while missing > 0:
                drawn = missing if self.published == 1 else 3 * missing
                people = self._people(rng, np.full(drawn, code))
                people["force"] = rng.choice(FORCES, drawn, p=self._shares(code))
                latent = (
                    self.intercept
                    + people["predictor"]
                    + self.effect * code
                    + effects[people["force"]]
                    + rng.logistic(size=drawn)
                )
                people["rung"] = (latent[:, None] > _CUTS).sum(axis=1)
                seen = (people["rung"] == 3) | (rng.random(drawn) < self.published)
                place = np.flatnonzero(seen)[:missing]
                kept.append({name: values[place] for name, values in people.items()})
                missing -= len(place)
            parts += kept
        people = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        return Sample(self, people, effects, _cohort(rng, people))

    def _shares(self, role: int) -> np.ndarray:
        """Of a role's cases, the share of each force."""
        sizes = np.roll(_SIZES, 6) if role else _SIZES
        if role and self.concentrated:
            sizes = sizes**2.5
        return sizes / sizes.sum()

    @cached_property
    def truth(self) -> Truth:
        """What the samples are drawn to find."""
        rng = np.random.default_rng(2)
        shares = {1: self.special, 0: self.regular}
        groups = {
            code: self._people(rng, np.full(_TRUTH_CASES * size // (self.special + self.regular), code))
            for code, size in shares.items()
        }
        rates = {code: self.chances(people) for code, people in groups.items()}
        ones = {code: np.ones(len(people["role"])) for code, people in groups.items()}
        with_role = np.concatenate([self.chances(groups[c], ones[c]) for c in groups])
        without = np.concatenate([self.chances(groups[c], 0 * ones[c]) for c in groups])
        both = {name: np.concatenate([groups[1][name], groups[0][name]]) for name in groups[1]}
        kinds = np.arange(len(_CONDUCT))
        design = np.column_stack(
            [
                np.ones(len(both["role"])),
                both["role"],
                both["former"],
                (both["first"][:, None] == kinds) | (both["second"][:, None] == kinds),
            ]
        ).astype(float)
        adjusted = _fractional_logit(design, self.chances(both))
        return Truth(
            special=float(rates[1].mean()),
            regular=float(rates[0].mean()),
            standardised=float(with_role.mean()),
            standardised_reference=float(without.mean()),
            odds_ratio=float(np.exp(adjusted[1])),
            direction=self._direction(groups),
            correlation=self._correlation(both),
        )

    def _direction(self, groups: dict[int, dict]) -> float:
        """Probability that a special constable's outcome is graver than a regular officer's, ties half."""
        rungs = {}
        for code, people in groups.items():
            eta = self.intercept + people["predictor"] + self.effect * code
            above = np.array([self._chance(eta - cut).mean() for cut in _CUTS])
            rungs[code] = -np.diff(np.r_[1.0, above, 0.0])
        below = np.r_[0.0, np.cumsum(rungs[0])[:-1]]
        return float((rungs[1] * (below + rungs[0] / 2)).sum())

    def _correlation(self, people: dict[str, np.ndarray]) -> float:
        """Intra-class correlation between forces of a case's outcome, conduct and role as they fall."""
        rates = self.force_rates(people, self.spread * _NODES)
        weights = _WEIGHTS / _WEIGHTS.sum()
        mean = weights @ rates
        return float(weights @ (rates - mean) ** 2 / (mean * (1 - mean)))

    def force_rates(self, people: dict[str, np.ndarray], effects: np.ndarray) -> np.ndarray:
        """The sanction's rate in a force of each effect, for people like these."""
        eta = self.intercept + people["predictor"] + self.effect * people["role"]
        some = eta[:: max(1, len(eta) // 2000)]
        return _expit(some[None, :] + np.asarray(effects)[:, None]).mean(axis=1)


@dataclass(frozen=True)
class Truth:
    """The quantities that the methods estimate, in the whole world of a scenario.

    Attributes
    ----------
    special, regular : rates of the two roles as they are.
    standardised, standardised_reference : rates if everyone had either role, all else as it is.
    odds_ratio : of role in a logistic model with conduct and status (forces averaged over).
    direction : see `probability_of_direction`.
    correlation : intra-class correlation between forces.
    """

    special: float
    regular: float
    standardised: float
    standardised_reference: float
    odds_ratio: float
    direction: float
    correlation: float


@dataclass(frozen=True)
class Sample:
    """One sample: the people behind it, the forces' effects, and the cohort that an analyst would see."""

    scenario: Scenario
    people: dict[str, np.ndarray]
    effects: np.ndarray
    cohort: Cohort


def _cohort(rng: np.random.Generator, people: dict[str, np.ndarray]) -> Cohort:
    """The people as a cohort, with values missing as often as in the data."""
    number = len(people["role"])
    names = list(_CONDUCT)
    unstated = {field: rng.random(number) < share for field, share in _UNSTATED.items()}
    conduct, breaches = [], []
    for first, second, no_conduct, no_breach in zip(
        people["first"], people["second"], unstated["conduct"], unstated["breaches"], strict=True
    ):
        kinds = [names[first]] + ([names[second]] if second >= 0 else [])
        conduct.append(() if no_conduct else tuple(kinds))
        breaches.append(() if no_breach else tuple(dict.fromkeys(_BREACH_OF[k] for k in kinds)))
    rung = people["rung"]
    severity = np.array([s for s, _ in _LADDER])[rung]
    outcome = np.array([o for _, o in _LADDER], dtype=object)[rung]
    status = np.where(people["former"], "former", "serving").astype(object)
    proceeding = rng.choice(["misconduct_hearing", "accelerated_hearing"], number, p=[0.8, 0.2])
    year = rng.integers(2015, 2026, number)
    special = people["role"] == 1
    cases = pd.DataFrame(
        {
            "case_id": np.char.add("c", np.char.zfill(np.arange(number).astype(str), 5)).astype(object),
            "force": np.array([f"Force {n:02d}" for n in range(FORCES)], dtype=object)[people["force"]],
            "role": pd.Categorical(
                np.where(special, "special_constable", "police_officer"),
                categories=["police_officer", "special_constable"],
                ordered=True,
            ),
            "rank": np.where(special, "special_constable", "constable").astype(object),
            "hearing_date": pd.array([f"{y}-06-15" for y in year], dtype="string"),
            "year": pd.array(year, dtype="Int64"),
            "regime": np.where(year < 2020, "former_officers", "regs_2020").astype(object),
            "conduct": pd.Series(conduct, dtype=object),
            "breaches": pd.Series(breaches, dtype=object),
            "n_breaches": pd.array([len(b) for b in breaches], dtype="Int64"),
            "status": np.where(unstated["status"], None, status),
            "proceeding": np.where(unstated["proceeding"], None, proceeding.astype(object)),
            "admitted": np.full(number, None, dtype=object),
            "conviction": np.where(
                unstated["conviction"], None, np.where(rng.random(number) < 0.6, "yes", "no").astype(object)
            ),
            "finding": np.full(number, "gross_misconduct", dtype=object),
            "outcome": outcome,
            "severity": pd.array(severity, dtype="Int64"),
            "source_type": np.where(rng.random(number) < 0.7, "news_report", "force_notice").astype(object),
            "selected_on_outcome": np.zeros(number, bool),
            "sanctioned": pd.array(rung == 3, dtype="boolean"),
        }
    )
    return Cohort(cases, pd.DataFrame(columns=["step", "left_out", "cases"]), Question.of())


def _fractional_logit(design: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Coefficients of the logistic model closest to known chances."""
    beta = np.zeros(design.shape[1])
    for _ in range(30):
        fitted = _expit(design @ beta)
        weight = fitted * (1 - fitted)
        step = np.linalg.lstsq(
            design.T @ (weight[:, None] * design), design.T @ (chance - fitted), rcond=None
        )[0]
        beta = beta + step
        if np.abs(step).max() < 1e-10:
            break
    return beta


def _expit(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(x, -40, 40)))


SELECTION = "selected on outcome"
"""Name of the scenario in which publication depends on the outcome: no interval can repair that."""
_BASE = Scenario("no difference", "role makes no difference")
SCENARIOS = (
    _BASE,
    replace(_BASE, name="real difference", words="role makes a difference", effect=1.2),
    replace(
        _BASE,
        name="clustered",
        words="forces differ strongly and special constables come from few of them",
        spread=1.0,
        concentrated=True,
    ),
    replace(_BASE, name="few special constables", words="there are only 8 special constables", special=8),
    replace(
        _BASE, name="no exception", words="hardly any special constable escapes the sanction", effect=3.5
    ),
    replace(_BASE, name="confounded", words="special constables’ conduct is graver", confounded=True),
    replace(_BASE, name="rare sanction", words="the sanction is rare", rate=0.06),
    replace(
        _BASE,
        name="small sample",
        words="there are only 12 special constables and 60 regular officers",
        special=12,
        regular=60,
    ),
    replace(
        _BASE,
        name=SELECTION,
        words="milder outcomes are published a third as often",
        published=0.33,
        effect=1.2,
    ),
)
"""The scenarios that `make calibrate` runs."""
