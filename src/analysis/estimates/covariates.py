"""What the specification curve holds equal: strata, and covariates as columns, of cases in a fixed order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..partial_dates import PartialDate
from .grouping import NOT_STATED

SEVERAL = "several"
# Kinds of conduct that panels treat alike, so that strata are not emptied by fifteen kinds.
_FAMILY = {
    "sexual": "sexual or relational",
    "abuse_of_position": "sexual or relational",
    "domestic_abuse": "sexual or relational",
    "harassment": "sexual or relational",
    "dishonesty": "dishonest",
    "theft_or_fraud": "dishonest",
    "data_misuse": "dishonest",
    "discriminatory": "words",
    "online_messages": "words",
    "drink_or_drugs": "drink, drugs, driving",
    "driving": "drink, drugs, driving",
    "violence": "force or duty",
    "neglect_of_duty": "force or duty",
    "covid_rules": "force or duty",
    "other": "force or duty",
}
_RULES_OF_2020 = "2020-02-01"
_SOURCE_CLASS = {
    "force_notice": "official",
    "foi_disclosure": "official",
    "watchdog": "official",
    "news_report": "news",
}
_ONE_OF = ("status", "admitted", "conviction", "proceeding", "source_type")
_MANY_OF = ("conduct", "breaches")


@dataclass(frozen=True)
class Covariates:
    """Levels of each covariate by case, as text; `NOT_STATED` where the source does not say.

    Attributes
    ----------
    levels : DataFrame, one row a case, one column a covariate that excludes its other levels.
    indicators : name to a 0/1 matrix, one column a level; of conduct and breaches a case can have several.
    crossings : name of a stratification to the stratum of each case.
    """

    levels: pd.DataFrame
    indicators: dict[str, np.ndarray]
    crossings: dict[str, np.ndarray]

    @classmethod
    def of(cls, cases: pd.DataFrame) -> Covariates:
        """From a cohort's cases, in their order."""
        levels = pd.DataFrame({"force": cases["force"].astype(str).to_numpy()})
        for name in _ONE_OF:
            column = cases[name] if name in cases else pd.Series(pd.NA, index=cases.index)
            levels[name] = column.astype("string").fillna(NOT_STATED).astype(str).to_numpy()
        levels["source"] = [_SOURCE_CLASS.get(kind, "other") for kind in levels["source_type"]]
        dates = cases["hearing_date"].astype("string").fillna("").to_list()
        periods = {date: _period(date) for date in set(dates)}
        levels["period"] = [periods[date] for date in dates]
        levels["family"] = [_family(codes) for codes in cases["conduct"]]
        levels["breach"] = [_one(codes) for codes in cases["breaches"]]
        rank = cases["rank"].astype("string").fillna("constable") if "rank" in cases else levels["force"] * 0
        levels["above"] = [str(r not in ("constable", "special_constable", "")) for r in rank]
        levels["selected"] = (
            cases["selected_on_outcome"].astype("boolean").fillna(False).astype(str).to_numpy()
        )
        indicators = {name: _indicators(cases[name]) for name in _MANY_OF}
        indicators |= {name: _dummies(column.to_numpy()) for name, column in levels.items()}
        crossings = {
            name: levels.groupby(list(columns), sort=True).ngroup().to_numpy(dtype=int)
            for name, columns in _STRATA.items()
        }
        return cls(levels, indicators, crossings)

    def strata(self, name: str) -> np.ndarray:
        """The stratum of each case, an int from 0: the crossing of some covariates' levels."""
        return self.crossings[name]

    def design(self, name: str, index: np.ndarray) -> np.ndarray:
        """Columns for a linear model of some of the cases: a column of ones, indicators of every level.

        A column that adds nothing within these cases may be there: whoever uses them projects.
        """
        design = np.hstack(
            [np.ones((len(index), 1)), *(self.indicators[part][index] for part in _DESIGNS[name])]
        )
        return design[:, design.any(axis=0)]

    def patterns(self, name: str, index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The distinct combinations of coarse covariates among some of the cases, and which one each case has.

        Returns
        -------
        (patterns, pattern) : columns of full rank, the first of ones, one row a combination; an int a case.
        """
        _, first, pattern = np.unique(self.strata(name)[index], return_index=True, return_inverse=True)
        columns = np.hstack(
            [np.ones((len(first), 1)), *(self.indicators[part][index[first]] for part in _STRATA[name])]
        )
        return columns[:, _independent(columns)], pattern


_STRATA = {
    "conduct": ("family",),
    "breach": ("breach",),
    "period_source": ("period", "source"),
    "force": ("force",),
    "conduct_period_source": ("family", "period", "source"),
    "permutation": ("family", "period", "source", "above", "selected"),
}
_CASE = ("conduct", "breaches", "period", *_ONE_OF)
_DESIGNS = {
    "conduct": ("conduct",),
    "conduct_period_source": ("conduct", "period", "source_type"),
    "full": _CASE,
    "full_force": (*_CASE, "force"),
}


def _family(codes) -> str:
    families = {_FAMILY.get(code, "force or duty") for code in codes}
    return SEVERAL if len(families) > 1 else families.pop() if families else NOT_STATED


def _one(codes) -> str:
    distinct = set(codes)
    return SEVERAL if len(distinct) > 1 else distinct.pop() if distinct else NOT_STATED


def _period(date: str) -> str:
    if not date:
        return NOT_STATED
    inside = PartialDate.parse(date).within(PartialDate.parse(_RULES_OF_2020).first, None)
    return {True: "since", False: "before", None: NOT_STATED}[inside]


def _indicators(lists: pd.Series) -> np.ndarray:
    """One 0/1 column a code, the last for cases that name none."""
    codes = sorted({code for some in lists for code in some})
    held = [set(some) for some in lists]
    return np.array([[code in some for code in codes] + [not some] for some in held], dtype=float).reshape(
        len(lists), len(codes) + 1
    )


def _dummies(levels: np.ndarray) -> np.ndarray:
    """One 0/1 column a level that occurs."""
    return (levels[:, None] == np.unique(levels)[None, :]).astype(float)


def _independent(columns: np.ndarray) -> list[int]:
    """Columns, from the left, that are not combinations of those before them."""
    kept: list[int] = []
    basis = np.zeros((len(columns), 0))
    for number, column in enumerate(columns.T):
        rest = column - basis @ (basis.T @ column)
        size = np.linalg.norm(rest)
        if size > 1e-8 * max(np.linalg.norm(column), 1e-300):
            kept.append(number)
            basis = np.c_[basis, rest / size]
    return kept
