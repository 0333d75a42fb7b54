"""The design matrix of the adjusted models: which covariates, how what is not stated enters, and what is folded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..codelists import lower_first, nearest_word
from ..cohort import Cohort
from ..errors import StudyError
from ..formatting import cases as _cases
from ..formatting import label
from .grouping import NOT_STATED

TERMS = (
    "breach",
    "conduct",
    "status",
    "admitted",
    "conviction",
    "proceeding",
    "regime",
    "force",
    "year",
)
"""What can be adjusted for."""

_CASE = ("breach", "conduct", "status", "admitted", "conviction")
_PROCEDURE = ("proceeding", "regime")
ADJUSTMENTS: dict[str, tuple[str, ...]] = {
    "none": (),
    "breach": ("breach",),
    "conduct": ("conduct",),
    "conduct_and_breach": ("conduct", "breach"),
    "case": _CASE,
    "procedure": _PROCEDURE,
    "all_but_force": (*_CASE, *_PROCEDURE),
    "full": (*_CASE, *_PROCEDURE, "force"),
    "force": ("force",),
    "full_and_year": (*_CASE, *_PROCEDURE, "force", "year"),
    "often_stated": ("conduct", "status", "proceeding", "force"),
}
"""Named adjustment sets, each a tuple of `TERMS`. `often_stated` holds those that most sources state, so that
an analysis of complete cases has cases left.
"""

UNKNOWN = ("category", "complete_case")
MIN_LEVEL = 10
"""Cases that a level needs to have an indicator of its own."""
MIN_FORCE = 15
"""Cases that a force needs to have an indicator of its own."""

LISTS = {"breach": "breaches", "conduct": "conduct"}
"""Terms of which a case can have several, and the columns that hold them."""
_OTHERS = {"breach": "another standard", "conduct": "other conduct", "force": "other forces"}


@dataclass(frozen=True)
class Design:
    """What a regression of the sanction on role is fitted to.

    Attributes
    ----------
    X : DataFrame of float, n × k: `const` (1), `role` (1 for the comparison role), then one column for each
        covariate, named ``term: level``. `role` is missing where only one role occurs.
    y : array of 0 and 1, n: the case ended in the sanction.
    clusters : array of str, n: the force.
    cases : the rows used, of which `X` has one each, in the same order.
    notes : what was folded or dropped, in words.
    terms : the terms adjusted for.
    """

    X: pd.DataFrame
    y: np.ndarray
    clusters: np.ndarray
    cases: pd.DataFrame
    notes: tuple[str, ...]
    terms: tuple[str, ...]

    @property
    def parameters(self) -> int:
        """Columns besides the constant."""
        return self.X.shape[1] - 1

    @property
    def rarer(self) -> int:
        """Cases of the rarer outcome."""
        return int(min(self.y.sum(), len(self.y) - self.y.sum()))


def terms_of(adjust: str | Iterable[str]) -> tuple[str, ...]:
    """The terms of a named adjustment set, or the term or terms given, checked and once each.

    Raises
    ------
    StudyError : no such set, or no such term.
    """
    if isinstance(adjust, str):
        if adjust in ADJUSTMENTS:
            return ADJUSTMENTS[adjust]
        if adjust in TERMS:
            return (adjust,)
        near = nearest_word(adjust, ADJUSTMENTS)
        hint = f" Did you mean {near!r}?" if near else ""
        raise StudyError(f"There is no adjustment {adjust!r}; there are {', '.join(ADJUSTMENTS)}.{hint}")
    terms = tuple(dict.fromkeys(adjust))
    for term in terms:
        if term not in TERMS:
            near = nearest_word(str(term), TERMS)
            hint = f" Did you mean {near!r}?" if near else ""
            raise StudyError(f"There is no covariate {term!r}; there are {', '.join(TERMS)}.{hint}")
    return terms


def design(
    cohort: Cohort,
    adjust: str | Iterable[str] = "full",
    *,
    unknown: str = "category",
    min_level: int = MIN_LEVEL,
    min_force: int = MIN_FORCE,
) -> Design:
    """The design matrix of the cases with a known outcome.

    Parameters
    ----------
    cohort : from `analysis.cohort.select`.
    adjust : a name of `ADJUSTMENTS`, or one or several of `TERMS`.
    unknown : ``category``: what a source does not state is a level of its own, so every case counts;
        ``complete_case``: only cases for which every term is stated.
    min_level, min_force : cases that a level (a force) needs to have a column of its own.

    Returns
    -------
    Design. Cases stand in the order of their case id, whatever the order of the rows given.

    Raises
    ------
    StudyError : an unknown adjustment, covariate or way with unknown values, or a column that the cases lack.

    Notes
    -----
    *Coding.* Each standard and each kind of conduct is an indicator of any mention, since a case can name
    several; "not stated" is one more. Every other term is a factor whose commonest level is the reference.
    The year enters as a straight line, zero at the median year, with an indicator where it is not stated.

    *Unknown values.* A missing category lets every case count, but it adjusts only as far as sources
    speak: it is not free of bias unless what is unstated says nothing more about role and outcome (Groenwold
    et al. 2012). That is why complete cases stand beside it.

    *Folding* looks at the number of cases only, never at their outcomes: a rule that read the outcomes
    would choose the model by its result. Levels of fewer than `min_level` cases are folded into one; where
    even those together are fewer, they join the reference. A level in which all or none were sanctioned
    stays in, since Firth's fit estimates it.

    *Force* enters twice, on purpose. Forces differ both in how severe they are and in how many special
    constables they bring to hearings, so force confounds, and a fixed indicator removes that without
    assuming, as a random intercept would, that the two are unrelated. But most forces have a handful of cases
    with no exception to dismissal among them; an indicator each would spend some forty parameters on some
    forty cases without the sanction. So only forces of at least `min_force` cases have an indicator, the rest
    are one group, and every model's covariance is clustered by force, which allows for what the indicators do
    not take out. The sets without ``force`` show what that choice does.

    *What comes after.* Whether a person has left, what they admit and which kind of proceedings they face are
    settled after the conduct, and may themselves go with role. Holding them alike takes out whatever part of the
    difference runs through them, so the full set answers a narrower question than `conduct_and_breach` does.

    *Dropped* are constant columns, and columns that the ones before them already determine, taken in order
    with role first. Both are named in `notes`.

    References
    ----------
    Groenwold RHH, White IR, Donders ART, Carpenter JR, Altman DG, Moons KGM (2012). Missing covariate data
    in clinical research: when and when not to use the missing-indicator method for analysis. *CMAJ* 184,
    1265–1269. van Smeden M, et al. (2016). No rationale for 1 variable per 10 events criterion for binary
    logistic regression analysis. *BMC Medical Research Methodology* 16, 163.
    """
    terms = terms_of(adjust)
    if unknown not in UNKNOWN:
        raise StudyError(f"unknown: {unknown!r} is not one of {', '.join(UNKNOWN)}.")
    known = cohort.known
    if lacking := [c for c in dict.fromkeys(LISTS.get(t, t) for t in (*terms, "force")) if c not in known]:
        raise StudyError(f"The cases have no column {', '.join(lacking)}, so they cannot be adjusted for it.")
    if "case_id" in known:
        known = known.sort_values("case_id", kind="stable")
    notes: list[str] = []
    if unknown == "complete_case":
        stated = np.ones(len(known), dtype=bool)
        for term in terms:
            stated &= _stated(known, term)
        if left_out := int((~stated).sum()):
            notes.append(f"{_cases(left_out)} left out because a covariate is not stated")
        known = known[stated]

    y = known["sanctioned"].astype(float).to_numpy()
    columns: dict[str, np.ndarray] = {
        "const": np.ones(len(known)),
        "role": known["role"].eq(cohort.question.comparison).to_numpy(dtype=float),
    }
    for term in terms:
        least = min_force if term == "force" else min_level
        found, folded = _term(known, term, least)
        columns |= found
        notes += folded
    X = pd.DataFrame(columns, index=known.index, dtype=float)
    X, dropped = _independent(X)
    forces = known["force"].astype(object).where(known["force"].notna(), NOT_STATED)
    return Design(X, y, forces.to_numpy(dtype=str), known, (*notes, *dropped), terms)


def _stated(cases: pd.DataFrame, term: str) -> np.ndarray:
    if term in LISTS:
        return cases[LISTS[term]].map(len).to_numpy(dtype=int) > 0
    return cases[term].notna().to_numpy()


def _term(cases: pd.DataFrame, term: str, least: int) -> tuple[dict[str, np.ndarray], list[str]]:
    """The columns of one term, and what was folded."""
    if term in LISTS:
        return _mentions(cases[LISTS[term]], term, least)
    if term == "year":
        return _year(cases["year"])
    return _factor(cases[term], term, least)


def _mentions(lists: pd.Series, term: str, least: int) -> tuple[dict[str, np.ndarray], list[str]]:
    """One indicator for each code that enough cases name; a case can have several."""
    codes = sorted({code for case in lists for code in case})
    place = {code: number for number, code in enumerate(codes)}
    named = np.zeros((len(lists), len(codes)))
    for row, case in enumerate(lists):
        for code in case:
            named[row, place[code]] = 1.0
    enough = named.sum(axis=0) >= least
    columns = {f"{term}: {code}": named[:, place[code]] for code in codes if enough[place[code]]}
    notes = []
    if rare := [code for code in codes if not enough[place[code]]]:
        together = named[:, ~enough].max(axis=1)
        words = ", ".join(_words(term, code) for code in rare)
        if together.sum() >= least:
            columns[f"{term}: {_OTHERS[term]}"] = together
            notes.append(f"folded into {_OTHERS[term]}, fewer than {least} cases each: {words}")
        else:
            notes.append(f"without an indicator, fewer than {least} cases together: {words}")
    unstated = (named.sum(axis=1) == 0).astype(float)
    if unstated.sum() >= least:
        columns[f"{term}: {NOT_STATED}"] = unstated
    elif unstated.any():
        notes.append(f"without an indicator, fewer than {least} cases: {term} not stated")
    return columns, notes


def _factor(values: pd.Series, term: str, least: int) -> tuple[dict[str, np.ndarray], list[str]]:
    """One indicator for each level but the commonest, after folding."""
    levels = values.astype(object).where(values.notna(), NOT_STATED).astype(str).to_numpy()
    names, numbers = np.unique(levels, return_counts=True)
    notes = []
    if len(names) > 1 and len(rare := names[numbers < least]):
        other = _OTHERS.get(term, f"other {term}")
        words = f"{len(rare)} forces" if term == "force" else ", ".join(_words(term, n) for n in rare)
        together = np.isin(levels, rare)
        # a stated level joins a stated one, as long as there is one
        stays = [(-number, name) for name, number in zip(names, numbers, strict=True) if number >= least]
        stated = [s for s in stays if s[1] != NOT_STATED]
        commonest = str(min(stated or stays)[1]) if stays else other
        if together.sum() >= least or not stays:
            notes.append(f"folded into {other}, fewer than {least} cases each: {words}")
        else:
            other = commonest
            notes.append(f"folded into {_words(term, other)}, fewer than {least} cases together: {words}")
        levels = np.where(together, other, levels.astype(object)).astype(str)
        names, numbers = np.unique(levels, return_counts=True)
    if len(names) < 2:
        return {}, notes
    reference = names[np.argmax(numbers)]
    return {f"{term}: {name}": (levels == name).astype(float) for name in names if name != reference}, notes


def _year(years: pd.Series) -> tuple[dict[str, np.ndarray], list[str]]:
    number = years.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    unstated = np.isnan(number)
    if unstated.all():
        return {}, ["no case has a known year"]
    columns = {"year: per year": np.where(unstated, 0.0, number - np.nanmedian(number))}
    if unstated.any():
        columns[f"year: {NOT_STATED}"] = unstated.astype(float)
    return columns, []


def _words(term: str, code: str) -> str:
    if code == NOT_STATED:
        return f"{term} not stated"
    if term == "force":
        return code
    return lower_first(label(term, code))


def _independent(X: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Without constant columns, and those that the columns before them determine."""
    if X.empty:
        return X[["const"]], []
    constant = [c for c in X.columns[1:] if X[c].nunique() < 2]
    notes = [f"dropped, the same in every case: {column}" for column in constant]
    kept = X.drop(columns=constant)
    values = kept.to_numpy()
    basis = np.empty((len(values), 0))
    keep = []
    for number in range(values.shape[1]):
        column = values[:, number]
        # twice, as one pass of Gram–Schmidt leaves rounding behind
        rest = column - basis @ (basis.T @ column)
        rest -= basis @ (basis.T @ rest)
        size = np.linalg.norm(rest)
        if size <= 1e-8 * max(np.linalg.norm(column), 1.0):
            notes.append(f"dropped, determined by the columns before it: {kept.columns[number]}")
            continue
        keep.append(number)
        basis = np.column_stack([basis, rest / size])
    return kept.iloc[:, keep], notes
