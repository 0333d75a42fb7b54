"""The specification curve: the role contrast under every defensible combination of choices, and one test of them all."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd

from ..cohort import sanctioned, select
from ..errors import StudyError
from ..partial_dates import PartialDate
from ..question import Denominator, Question, Sanction
from . import batched
from .covariates import Covariates
from .coverage import home_office_forces
from .intervals import percent_level
from .tidy import tidy

CHOICES = ("of", "sanction", "who", "period", "undated", "sources", "estimator", "adjustment")
"""The columns that say what was chosen, in the order in which figures and tables show them."""

SPECIFICATION_EXTRAS = (
    "numerator_reference",
    "denominator_reference",
    "p_value",
    "z",
    "status",
    "note",
    "duplicate_of",
    "headline",
    "too_few",
)
_CHOICE_LABELS = {
    "of": "Rate taken of",
    "sanction": "Sanction",
    "who": "Who is compared",
    "period": "Period",
    "undated": "Cases without a date",
    "sources": "Sources",
    "estimator": "Method",
    "adjustment": "Adjusted for",
}
_OPTION_LABELS = {
    "of": {
        "gross_misconduct": "gross misconduct found",
        "any_misconduct": "any misconduct found",
        "all_concluded": "all concluded cases",
    },
    "who": {
        "all": "all ranks and forces",
        "constables": "rank of constable only",
        "home_office": "Home Office forces only",
    },
    "period": {"all": "all years", "from_2015": "from May 2015", "from_2020": "from February 2020"},
    "undated": {"in": "kept", "out": "left out"},
    "sources": {
        "all": "all",
        "not_selected": "not selected on outcome",
        "official": "forces and watchdog",
        "news": "news only",
    },
    "estimator": {
        "crude": "crude",
        "mantel_haenszel": "Mantel–Haenszel",
        "linear": "linear probability",
        "logistic": "logistic regression",
        "firth": "Firth’s logistic",
        "overlap": "overlap weights",
    },
    "adjustment": {
        "none": "nothing",
        "conduct": "conduct",
        "breach": "breach",
        "period_source": "period, source",
        "force": "force",
        "conduct_period_source": "conduct, period, source",
        "full": "all features of the case",
        "full_force": "all features and force",
    },
}


def choice_label(choice: str) -> str:
    """A choice as a heading: ``choice_label("of")`` is ``Rate taken of``."""
    return _CHOICE_LABELS[choice]


def option_label(choice: str, option: str) -> str:
    """An option in a few words that follow its choice: ``option_label("undated", "in")`` is ``kept``."""
    if choice == "sanction":
        return Sanction(option).noun
    return _OPTION_LABELS[choice][option]


DEFINED, UNDEFINED, DUPLICATE = "defined", "undefined", "duplicate"

# How a period option is told from its name; the dates are those of codelists/regimes.csv.
_PERIODS = {"all": None, "from_2015": "2015-05-01", "from_2020": "2020-02-01"}
_SOURCES = {
    "all": None,
    "not_selected": None,
    "official": ("force_notice", "foi_disclosure", "watchdog"),
    "news": ("news_report",),
}
_CONSTABLES = ("constable", "special_constable")
_METHODS = {
    ("crude", "none"): "Newcombe",
    ("mantel_haenszel", "conduct"): "Mantel–Haenszel, Sato",
    ("mantel_haenszel", "breach"): "Mantel–Haenszel, Sato",
    ("mantel_haenszel", "period_source"): "Mantel–Haenszel, Sato",
    ("mantel_haenszel", "force"): "Mantel–Haenszel, Sato",
    ("linear", "conduct"): "Linear probability model, cluster-robust",
    ("linear", "conduct_period_source"): "Linear probability model, cluster-robust",
    ("linear", "full"): "Linear probability model, cluster-robust",
    ("linear", "full_force"): "Linear probability model, cluster-robust",
    ("logistic", "conduct"): "Logistic regression, standardised, cluster-robust",
    ("logistic", "conduct_period_source"): "Logistic regression, standardised, cluster-robust",
    ("firth", "conduct"): "Firth’s logistic regression, standardised, cluster-robust",
    ("firth", "conduct_period_source"): "Firth’s logistic regression, standardised, cluster-robust",
    ("overlap", "conduct"): "Overlap weights, cluster-robust",
    ("overlap", "conduct_period_source"): "Overlap weights, cluster-robust",
}
METHODS = tuple(_METHODS)
"""Every (method, adjustment) that the curve takes by default."""


@dataclass(frozen=True)
class Choices:
    """The options of each choice; a curve crosses them all.

    Attributes
    ----------
    denominators : names of `Denominator`.
    sanctions : names of `Sanction`; the question's own is added where it is not among them. ``dismissed`` is not,
        because it counts whoever left before the hearing as spared; a rung that no case stands on gives a duplicate.
    who : ``all`` (every rank and force); ``constables`` (rank stated as constable or special constable);
        ``home_office`` (without the forces outside the Home Office's figures).
    periods : (period, undated) pairs: ``all``, ``from_2015`` (public hearings, 1 May 2015), ``from_2020`` (Conduct
        Regulations 2020, 1 February 2020), with cases that cannot be placed ``in`` or ``out``.
    sources : ``all``; ``not_selected`` (without those that list people because of their outcome); ``official`` (force
        notices, disclosures and the watchdog); ``news``.
    methods : (method, adjustment) pairs of `METHODS`.
    """

    denominators: tuple[str, ...] = tuple(d.value for d in Denominator)
    sanctions: tuple[str, ...] = (
        Sanction.DISMISSAL_EQUIVALENT.value,
        Sanction.FINAL_WRITTEN_WARNING_OR_WORSE.value,
    )
    who: tuple[str, ...] = ("all", "constables", "home_office")
    periods: tuple[tuple[str, str], ...] = (
        ("all", "in"),
        ("all", "out"),
        ("from_2015", "in"),
        ("from_2015", "out"),
        ("from_2020", "out"),
    )
    sources: tuple[str, ...] = tuple(_SOURCES)
    methods: tuple[tuple[str, str], ...] = METHODS


@dataclass(frozen=True)
class SpecificationCurve:
    """What `specification_curve` returns.

    Attributes
    ----------
    specifications : DataFrame, one row a specification: `specification` (its number), the columns of `CHOICES`,
        `TIDY_COLUMNS` (a risk difference; numerator and denominator are the comparison role's), then
        `numerator_reference`, `denominator_reference`, `p_value` (of the interval, see `z`), `z` (the estimate over the
        distance to its limit on the side of 0, times the normal quantile: a normal score where the interval is
        symmetric), `status` (defined, undefined, duplicate), `note` (why it is undefined, or what it repeats),
        `duplicate_of` (number of the first with the same cases and method), `headline` (the question's own choices,
        crude) and `too_few`.
    summary : DataFrame of one row: `tried`, `undefined`, `duplicates`, `defined`, `median`, `low`, `high` (the range),
        `lower_quartile`, `upper_quartile`, `positive`, `negative`, `significant_positive`, `significant_negative`
        (numbers of specifications, the last two with an interval that leaves out 0), `headline` (the headline's
        estimate).
    joint : DataFrame, one row a statistic of the whole curve: `statistic`, `observed`, `null_median`, `null_low`,
        `null_high` (95 % of the null distribution), `p_value`, `permutations`, `note`.
    by_choice : DataFrame, one row an option: `choice`, `option`, `specifications`, `median`, `low`, `high`, `positive`,
        `significant` (numbers).
    exchangeable : DataFrame of one row: `strata` that hold both roles, `comparison` (cases of the comparison role),
        `comparison_exchangeable` (of these, in strata with both roles) and `null`.
    own_summary, own_joint : the same as `summary` and `joint`, of the specifications with the question's own
        denominator and sanction only: other denominators and sanctions ask other questions.
    question : the question asked.
    """

    specifications: pd.DataFrame
    summary: pd.DataFrame
    joint: pd.DataFrame
    by_choice: pd.DataFrame
    exchangeable: pd.DataFrame
    own_summary: pd.DataFrame
    own_joint: pd.DataFrame
    question: Question


def specification_curve(
    hearings: pd.DataFrame,
    question: Question | None = None,
    *,
    choices: Choices | None = None,
    permutations: int = 300,
    null: str = "within",
    seed: int = 20260101,
    workers: int = 1,
    level: float | None = None,
) -> SpecificationCurve:
    """The risk difference between the two roles under every combination of defensible choices, and a joint test.

    Parameters
    ----------
    hearings : all cases, as `load_hearings` returns them.
    question : the study's where none is given. Its roles, forces, proceedings, period and kinds of source hold for all
        specifications: choices narrow them further.
    choices : the options that are crossed.
    permutations : labellings that make the null distribution; 0 for no test.
    null : ``within`` or ``free``: see Notes.
    seed : of the permutations.
    workers : threads; the result does not depend on their number.
    level : confidence level, in place of the question's.

    Returns
    -------
    SpecificationCurve. A combination with fewer cases of a role than the question's minimum, or under which a method
    is not defined, is a row with its reason. Combinations that select the same cases with the same outcomes are
    computed once; the later ones are duplicates and count in no summary.

    Raises
    ------
    StudyError : an unknown option, or a number that cannot be.

    Notes
    -----
    The specifications overlap heavily, so their number says nothing about how sure one can be: 80 % of them with one
    sign may be chance. Simonsohn, Simmons and Nelson therefore compare the whole curve with curves of the same data
    after the variable of interest has been shuffled. Role is shuffled here once for all specifications, among all
    cases, before any of them selects its own; outcome, finding, missing values and everything else stay with the case.

    Shuffling freely (``free``) also undoes what role and the other columns share: after it special constables no longer
    differ in conduct, year or kind of source, so a crude specification is compared with one that is not confounded.
    The default (``within``) shuffles only among cases of the same family of conduct, period, kind of source, rank
    (constable or above) and whether the source selects on outcome. The null hypothesis is then that role is
    exchangeable given these; the confounding by them is in the null curves as it is in ours, which need not centre on
    0. Its cost is that cases in strata with one role never move (`exchangeable` counts them). Neither null keeps the
    clustering of cases in hearings and forces.

    The share of specifications above 0 has least to say: shuffled curves often lie all on one side, so that ours cannot be
    among the extreme ones. How often each test finds a difference where there is none is in
    `analysis.calibration.calibration_results`.

    The finding is not held equal. It is a result of the proceedings, and the denominators differ in what they make of
    it.

    References
    ----------
    Simonsohn U, Simmons JP, Nelson LD (2020). Specification curve analysis. *Nature Human Behaviour* 4, 1208–1214.
    Steegen S, Tuerlinckx F, Gelman A, Vanpaemel W (2016). Increasing transparency through a multiverse analysis.
    *Perspectives on Psychological Science* 11, 702–712. Exact p-values of random permutations: Phipson B, Smyth GK
    (2010). *Statistical Applications in Genetics and Molecular Biology* 9, 39. Estimators: `risk_contrast`,
    `stratified_contrast`, `adjusted_contrast`; Li F, Morgan KL, Zaslavsky AM (2018). Balancing covariates via
    propensity score weighting. *JASA* 113, 390–400.
    """
    question = question or Question.of()
    choices = choices or Choices()
    level = level or question.level
    if null not in ("within", "free"):
        raise StudyError(f"null: {null!r} is not one of within, free.")
    if permutations < 0 or workers < 1:
        raise StudyError("permutations must be 0 or more, workers 1 or more.")
    _check(choices)
    study = _Study.of(hearings, question, choices)
    labellings, exchangeable = study.labellings(permutations, null, seed)
    rows, samples = study.plan(choices)
    tasks = list(samples.values())
    work = partial(_estimate, study, labellings, choices.methods, level)
    if workers == 1:
        done = [work(task) for task in tasks]
    else:
        with ThreadPoolExecutor(workers) as pool:
            done = list(pool.map(work, tasks))
    results = {
        (task.number, method): result
        for task, found in zip(tasks, done, strict=True)
        for method, result in found.items()
    }
    specifications = _frame(rows, results, question, level)
    keys = [(row["sample"], (row["estimator"], row["adjustment"])) for row in rows]
    defined = specifications["status"].eq(DEFINED).to_numpy()
    own = specifications["of"].eq(question.denominator.value) & specifications["sanction"].eq(
        question.sanction.value
    )

    def joint(chosen: np.ndarray) -> pd.DataFrame:
        curves = [results[key].curve for key, taken in zip(keys, chosen, strict=True) if taken]
        return _joint(np.array(curves).reshape(-1, 2, labellings.shape[1]), permutations, level)

    return SpecificationCurve(
        specifications,
        _summary(specifications),
        joint(defined),
        _by_choice(specifications),
        exchangeable,
        _summary(specifications[own]),
        joint(defined & own.to_numpy()),
        question,
    )


@dataclass(frozen=True)
class _Sample:
    """The cases of some specifications: which, and whether each was sanctioned."""

    number: int
    index: np.ndarray = field(repr=False)
    outcome: np.ndarray = field(repr=False)


@dataclass(frozen=True)
class _Result:
    """One specification's estimate, and its value and score under every labelling (the observed first)."""

    row: dict
    curve: np.ndarray = field(repr=False)


@dataclass(frozen=True)
class _Study:
    """The cases of both roles in a fixed order, force by force, with all that samples are made of."""

    question: Question
    cases: pd.DataFrame
    roles: np.ndarray
    covariates: Covariates
    masks: dict[str, dict[object, np.ndarray]]
    outcomes: dict[str, tuple[np.ndarray, np.ndarray]]

    @classmethod
    def of(cls, hearings: pd.DataFrame, question: Question, choices: Choices) -> _Study:
        cases = select(hearings, question.but(denominator=Denominator.ALL_CONCLUDED.value)).cases
        cases = cases.assign(_force=cases["force"].astype(str)).sort_values(["_force", "case_id"])
        finding = cases["finding"].astype("string").fillna("")
        rank = cases["rank"].astype("string").fillna("") if "rank" in cases else finding * 0
        kind = cases["source_type"].astype("string").fillna("")
        every = np.ones(len(cases), bool)
        masks = {
            "denominator": {
                Denominator.GROSS_MISCONDUCT.value: finding.eq("gross_misconduct"),
                Denominator.ANY_MISCONDUCT.value: finding.isin(["gross_misconduct", "misconduct"]),
                Denominator.ALL_CONCLUDED.value: every,
            },
            "who": {
                "all": every,
                "constables": rank.isin(_CONSTABLES),
                "home_office": cases.index.isin(home_office_forces(cases).index),
            },
            "period": {pair: _within(cases["hearing_date"], *pair) for pair in choices.periods},
            "sources": {
                name: every if kinds is None else kind.isin(kinds) for name, kinds in _SOURCES.items()
            }
            | {"not_selected": ~cases["selected_on_outcome"].astype("boolean").fillna(False)},
        }
        masks = {
            dimension: {name: np.asarray(mask, dtype=bool) for name, mask in options.items()}
            for dimension, options in masks.items()
        }
        outcomes = {}
        for sanction in dict.fromkeys([question.sanction.value, *choices.sanctions]):
            ended = sanctioned(cases, sanction)
            outcomes[sanction] = (
                ended.notna().to_numpy(),
                ended.fillna(False).to_numpy(dtype=float),
            )
        roles = cases["role"].astype(str).eq(question.comparison).to_numpy(dtype=float)
        return cls(question, cases, roles, Covariates.of(cases), masks, outcomes)

    def labellings(self, permutations: int, null: str, seed: int) -> tuple[np.ndarray, pd.DataFrame]:
        """Roles as observed and shuffled, one column each; and how many cases could move."""
        strata = self.covariates.strata("permutation") if null == "within" else np.zeros(len(self.roles), int)
        generator = np.random.default_rng(seed)
        labellings = np.repeat(self.roles[:, None], permutations + 1, axis=1)
        mixed = free = 0
        for stratum in np.unique(strata):
            members = np.flatnonzero(strata == stratum)
            held = self.roles[members].sum()
            if not 0 < held < len(members):
                continue
            mixed += 1
            free += int(held)
            for labelling in range(1, permutations + 1):
                labellings[members, labelling] = generator.permutation(self.roles[members])
        counts = {
            "null": null,
            "strata": mixed,
            "comparison": int(self.roles.sum()),
            "comparison_exchangeable": free,
        }
        return labellings, pd.DataFrame([counts])

    def plan(self, choices: Choices) -> tuple[list[dict], dict[bytes, _Sample]]:
        """Every combination as a row, and the distinct samples that they need."""
        rows: list[dict] = []
        samples: dict[bytes, _Sample] = {}
        masks = self.masks
        for denominator, sanction, who, pair, sources in itertools.product(
            choices.denominators, self.outcomes, choices.who, choices.periods, choices.sources
        ):
            known, outcome = self.outcomes[sanction]
            index = np.flatnonzero(
                known
                & masks["denominator"][denominator]
                & masks["who"][who]
                & masks["period"][pair]
                & masks["sources"][sources]
            )
            key = index.tobytes() + outcome[index].tobytes()
            sample = samples.setdefault(key, _Sample(len(samples), index, outcome[index]))
            for method, adjustment in choices.methods:
                rows.append(
                    {
                        "of": denominator,
                        "sanction": sanction,
                        "who": who,
                        "period": pair[0],
                        "undated": pair[1],
                        "sources": sources,
                        "estimator": method,
                        "adjustment": adjustment,
                        "sample": sample.number,
                    }
                )
        return rows, samples


def _check(choices: Choices) -> None:
    """Raise StudyError for an option that there is not."""
    allowed = {
        "denominators": {d.value for d in Denominator},
        "sanctions": {s.value for s in Sanction},
        "who": {"all", "constables", "home_office"},
        "periods": set(itertools.product(_PERIODS, ("in", "out"))),
        "sources": set(_SOURCES),
        "methods": set(_METHODS),
    }
    for name, options in allowed.items():
        given = getattr(choices, name)
        wrong = [option for option in given if option not in options]
        if wrong or not given:
            what = f"{wrong[0]!r} is not one of" if wrong else "nothing is given; there are"
            raise StudyError(f"{name}: {what} {', '.join(map(str, sorted(options)))}.")


def _within(dates: pd.Series, period: str, undated: str) -> np.ndarray:
    """Whether each case lies in a period, those that cannot be placed in it or not."""
    start = _PERIODS[period]
    first = PartialDate.parse(start).first if start else None
    placed = [
        None if pd.isna(d) else PartialDate.parse(d).within(first, None) for d in dates.astype("string")
    ]
    return np.array([undated == "in" if inside is None else inside for inside in placed], dtype=bool)


def _estimate(
    study: _Study, labellings: np.ndarray, methods: tuple[tuple[str, str], ...], level: float, sample: _Sample
) -> dict[tuple[str, str], _Result]:
    """Every method on one sample, under every labelling."""
    index, outcome = sample.index, sample.outcome
    observed = study.roles[index]
    held = int(observed.sum())
    counts = {
        "numerator": int(outcome @ observed),
        "denominator": held,
        "numerator_reference": int(outcome @ (1 - observed)),
        "denominator_reference": len(index) - held,
    }
    least = study.question.min_count
    small = min(held, len(index) - held) < max(least, 1)
    empty = counts | {"estimate": math.nan, "conf_low": math.nan, "conf_high": math.nan, "z": math.nan}
    if small:
        note = f"fewer than {least} cases of a role"
        return {m: _Result(empty | {"note": note}, np.zeros((2, 0))) for m in methods}
    roles = labellings[index]
    forces = study.covariates.levels["force"].to_numpy()[index]
    clusters = np.flatnonzero(np.r_[True, forces[1:] != forces[:-1]])
    # under a labelling that leaves a role too few cases the specification would not have been reported
    moved = roles.sum(axis=0)
    reported = np.minimum(moved, len(index) - moved) >= least
    normal = float(batched.normal_quantile(level))
    found = {}
    for method in methods:
        estimator, adjustment = method
        estimates, note = _ESTIMATORS[estimator](study, sample, roles, clusters, adjustment, level)
        if estimates is None:
            found[method] = _Result(empty | {"note": note}, np.zeros((2, 0)))
            continue
        if not np.isfinite(estimates.low[0]):
            found[method] = _Result(empty | {"note": note}, np.zeros((2, 0)))
            continue
        usable = reported & np.isfinite(estimates.low) & np.isfinite(estimates.high)
        curve = np.where(usable, np.stack([estimates.estimate, estimates.z * normal]), np.nan)
        row = counts | {
            "estimate": float(estimates.estimate[0]),
            "conf_low": max(-1.0, float(estimates.low[0])),
            "conf_high": min(1.0, float(estimates.high[0])),
            "z": float(curve[1, 0]),
            "note": "",
        }
        found[method] = _Result(row, curve)
    return found


def _crude(study, sample, roles, clusters, adjustment, level):
    return batched.crude(roles, sample.outcome, level), "not defined"


def _stratified(study, sample, roles, clusters, adjustment, level):
    strata = np.unique(study.covariates.strata(adjustment)[sample.index], return_inverse=True)[1]
    estimates = batched.mantel_haenszel(roles, sample.outcome, strata, level)
    return estimates, "no stratum has both roles"


def _linear(study, sample, roles, clusters, adjustment, level):
    if len(clusters) < _FEWEST_CLUSTERS:
        return None, _FEW_FORCES
    design = study.covariates.design(adjustment, sample.index)
    if design.shape[1] * _CASES_A_COLUMN > len(sample.index):
        return None, f"fewer than {_CASES_A_COLUMN} cases for each covariate"
    return batched.linear(roles, sample.outcome, design, clusters, level), "the covariates tell the role"


def _standardised(study, sample, roles, clusters, adjustment, level, firth):
    if len(clusters) < _FEWEST_CLUSTERS:
        return None, _FEW_FORCES
    if not 0 < sample.outcome.sum() < len(sample.outcome):
        return None, "all or none were sanctioned: a logistic regression has nothing to fit"
    patterns, pattern = study.covariates.patterns(adjustment, sample.index)
    # most samples are separated as observed: then there is nothing to compare shuffled roles with
    seen = batched.standardised(roles[:, :1], sample.outcome, patterns, pattern, clusters, level, firth)
    estimates = seen
    if np.isfinite(seen.low[0]):
        estimates = batched.standardised(roles, sample.outcome, patterns, pattern, clusters, level, firth)
    return estimates, "separated: maximum likelihood estimates do not exist (Firth’s do)"


def _overlap(study, sample, roles, clusters, adjustment, level):
    if len(clusters) < _FEWEST_CLUSTERS:
        return None, _FEW_FORCES
    patterns, pattern = study.covariates.patterns(adjustment, sample.index)
    estimates = batched.overlap_weighted(roles, sample.outcome, patterns, pattern, clusters, level)
    return estimates, "the covariates tell the role"


_FEWEST_CLUSTERS = 5
_FEW_FORCES = f"fewer than {_FEWEST_CLUSTERS} forces: no cluster-robust interval"
_CASES_A_COLUMN = 3
_ESTIMATORS: dict[str, Callable] = {
    "crude": _crude,
    "mantel_haenszel": _stratified,
    "linear": _linear,
    "logistic": partial(_standardised, firth=False),
    "firth": partial(_standardised, firth=True),
    "overlap": _overlap,
}


def _frame(rows: list[dict], results: dict, question: Question, level: float) -> pd.DataFrame:
    """The specifications as a tidy frame."""
    frame = pd.DataFrame(rows)
    first: dict[tuple, int] = {}
    records = []
    for number, row in enumerate(rows, start=1):
        key = (row["sample"], (row["estimator"], row["adjustment"]))
        record = dict(results[key].row)
        duplicate = first.setdefault(key, number)
        undefined = math.isnan(record["estimate"])
        record["status"] = UNDEFINED if undefined else DEFINED if duplicate == number else DUPLICATE
        record["duplicate_of"] = pd.NA if duplicate == number else duplicate
        if record["status"] == DUPLICATE:
            record["note"] = f"the same cases and method as specification {duplicate}"
        record["method"] = f"{_METHODS[key[1]]} {percent_level(level)} interval"
        records.append(record)
    frame = pd.concat([frame, pd.DataFrame(records)], axis=1)
    own = {
        "of": question.denominator.value,
        "sanction": question.sanction.value,
        "who": "all",
        "period": "all",
        "undated": "in",
        "sources": "all",
        "estimator": "crude",
    }
    frame["headline"] = np.logical_and.reduce([frame[c].eq(v) for c, v in own.items()])
    frame["duplicate_of"] = frame["duplicate_of"].astype("Int64")
    frame["p_value"] = batched.two_sided(frame["z"].to_numpy(dtype=float))
    frame["too_few"] = frame[["denominator", "denominator_reference"]].min(axis=1) < question.min_count
    frame["specification"] = np.arange(1, len(frame) + 1)
    return tidy(frame, ("specification", *CHOICES), SPECIFICATION_EXTRAS)


def _defined(specifications: pd.DataFrame) -> pd.DataFrame:
    return specifications[specifications["status"].eq(DEFINED)]


def _summary(specifications: pd.DataFrame) -> pd.DataFrame:
    status = specifications["status"]
    used = _defined(specifications)
    estimate = used["estimate"]
    quantile = estimate.quantile([0, 0.25, 0.5, 0.75, 1]).to_numpy() if len(used) else np.full(5, math.nan)
    own = specifications.loc[specifications["headline"], "estimate"]
    row = {
        "tried": len(specifications),
        "undefined": int(status.eq(UNDEFINED).sum()),
        "duplicates": int(status.eq(DUPLICATE).sum()),
        "defined": len(used),
        "median": quantile[2],
        "low": quantile[0],
        "high": quantile[4],
        "lower_quartile": quantile[1],
        "upper_quartile": quantile[3],
        "positive": int((estimate > 0).sum()),
        "negative": int((estimate < 0).sum()),
        "significant_positive": int((used["conf_low"] > 0).sum()),
        "significant_negative": int((used["conf_high"] < 0).sum()),
        "headline": float(own.iloc[0]) if len(own) else math.nan,
    }
    return pd.DataFrame([row])


def _joint(curves: np.ndarray, permutations: int, level: float) -> pd.DataFrame:
    """The whole curve against the curves of shuffled roles. `curves` is (specifications, 2, labellings)."""
    columns = [
        "statistic",
        "observed",
        "null_median",
        "null_low",
        "null_high",
        "p_value",
        "permutations",
        "note",
    ]
    if not len(curves) or not permutations:
        return pd.DataFrame(columns=columns)
    estimate, z = curves[:, 0], curves[:, 1]
    some = np.isfinite(estimate)
    number = some.sum(axis=0)
    usable = number > 0
    estimate, z, some, number = estimate[:, usable], z[:, usable], some[:, usable], number[usable]
    beyond = float(batched.normal_quantile(level))
    significant = np.where(some, np.abs(z) > beyond, 0)
    values = {
        "median difference": (np.nanmedian(estimate, axis=0), "two"),
        "share of specifications above 0": (np.where(some, estimate > 0, 0).sum(axis=0) / number, "two"),
        "share with an interval that leaves out 0": (significant.sum(axis=0) / number, "one"),
        "average z": (np.nanmean(np.where(some, z, np.nan), axis=0), "two"),
    }
    rows = []
    for statistic, (value, sides) in values.items():
        observed, shuffled = value[0], value[1:]
        tolerance = 1e-9
        upper = (1 + (shuffled >= observed - tolerance).sum()) / (len(shuffled) + 1)
        lower = (1 + (shuffled <= observed + tolerance).sum()) / (len(shuffled) + 1)
        low, middle, high = np.quantile(shuffled, [0.025, 0.5, 0.975]) if len(shuffled) else [math.nan] * 3
        rows.append(
            {
                "statistic": statistic,
                "observed": observed,
                "null_median": middle,
                "null_low": low,
                "null_high": high,
                "p_value": min(1.0, 2 * min(upper, lower)) if sides == "two" else upper,
                "permutations": len(shuffled),
                "note": "two-sided" if sides == "two" else "one-sided: more than shuffled roles give",
            }
        )
    return pd.DataFrame(rows, columns=columns)


def _by_choice(specifications: pd.DataFrame) -> pd.DataFrame:
    """The curve's middle for each option of each choice."""
    used = _defined(specifications)
    estimate, low, high = (used[c].to_numpy(dtype=float) for c in ("estimate", "conf_low", "conf_high"))
    beyond = (low > 0) | (high < 0)
    rows = []
    for choice in CHOICES:
        taken = used[choice].to_numpy()
        for option in dict.fromkeys(specifications[choice]):
            some = taken == option
            part = estimate[some]
            low_middle_high = np.quantile(part, [0, 0.5, 1]) if len(part) else np.full(3, math.nan)
            rows.append(
                {
                    "choice": choice,
                    "option": option,
                    "specifications": len(part),
                    "median": low_middle_high[1],
                    "low": low_middle_high[0],
                    "high": low_middle_high[2],
                    "positive": int((part > 0).sum()),
                    "significant": int(beyond[some].sum()),
                }
            )
    return pd.DataFrame(rows)
