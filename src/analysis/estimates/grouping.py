"""How cases are put into groups: which groupings there are, in which order, and what becomes of a missing
value.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from ..codelists import load_codelist, nearest_word
from ..errors import StudyError

NOT_STATED = "not_stated"
"""The level of every case whose source does not say."""

# Grouping name -> column of the cases.
_COLUMN = {
    "role": "role",
    "breach": "breaches",
    "conduct": "conduct",
    "force": "force",
    "year": "year",
    "financial_year": "financial_year",
    "regime": "regime",
    "proceeding": "proceeding",
    "finding": "finding",
    "status": "status",
    "rank": "rank",
    "source_type": "source_type",
    "selected_on_outcome": "selected_on_outcome",
    "n_breaches": "n_breaches",
    "scope": "scope",
}
GROUPINGS = tuple(_COLUMN)
OVERLAPPING = ("breach", "conduct")
"""Groupings in which one case may stand in several rows, so that rows do not sum to the total."""
BREACHES = ("any_mention", "single_breach")


def groupings(by: str | Iterable[str], cases: pd.DataFrame) -> tuple[str, ...]:
    """The names in `by`, once each, after checking them.

    Raises
    ------
    StudyError : no such grouping, or the cases lack its column.
    """
    names = tuple(dict.fromkeys([by] if isinstance(by, str) else by))
    for name in names:
        if name not in _COLUMN:
            near = nearest_word(str(name), GROUPINGS)
            hint = f" Did you mean {near!r}?" if near else ""
            raise StudyError(f"There is no grouping {name!r}; there are {', '.join(GROUPINGS)}.{hint}")
        if _COLUMN[name] not in cases:
            raise StudyError(
                f"The cases have no column {_COLUMN[name]!r}, so they cannot be grouped by {name}."
            )
    return names


def check_breaches(breaches: str) -> None:
    """Raise StudyError for a way of treating several breaches that there is not."""
    if breaches not in BREACHES:
        raise StudyError(f"breaches: {breaches!r} is not one of {', '.join(BREACHES)}.")


def rows_overlap(names: Iterable[str], breaches: str = "any_mention") -> bool:
    """Whether one case can stand in several rows: it does where it is grouped by a list, and names several."""
    lists = set(names) & set(OVERLAPPING)
    return bool(lists - {"breach"} if breaches == "single_breach" else lists)


def grouped(cases: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """The cases with one ordered categorical column a grouping.

    A case with several breaches (or kinds of conduct) becomes several rows when grouped by them. Levels
    are text, in the order of their code list, or ascending; `not_stated` comes last.

    Parameters
    ----------
    cases : as in a cohort.
    names : from `groupings`.

    Returns
    -------
    DataFrame with the columns `names` and `sanctioned`, indexed as `cases` (repeated where exploded).
    """
    # Severity profiles group frames that have no `sanctioned`.
    columns = {"sanctioned": cases["sanctioned"]} if "sanctioned" in cases else {}
    frame = pd.DataFrame(columns, index=cases.index)
    for name in names:
        frame[name] = _levels(cases[_COLUMN[name]], name)
    for name in set(names) & set(OVERLAPPING):
        frame = frame.explode(name)
    for name in names:
        frame[name] = pd.Categorical(frame[name], categories=_order(frame[name], name, cases), ordered=True)
    return frame


def _levels(column: pd.Series, name: str) -> pd.Series:
    if name in OVERLAPPING:
        return column.map(lambda codes: list(dict.fromkeys(codes)) or [NOT_STATED]).astype(object)
    if name == "selected_on_outcome":
        return column.astype("boolean").map({True: "True", False: "False"}).astype(object).fillna(NOT_STATED)
    if name in ("year", "n_breaches"):
        numbers = column.astype("Int64")
        if name == "n_breaches":
            numbers = numbers.mask(numbers == 0)
        return numbers.astype("string").astype(object).fillna(NOT_STATED)
    return column.astype("string").astype(object).fillna(NOT_STATED)


def _order(values: pd.Series, name: str, cases: pd.DataFrame) -> list[str]:
    """The levels that occur, in their meaningful order; both roles even where one does not occur."""
    if name == "role" and isinstance(cases["role"].dtype, pd.CategoricalDtype):
        known, keep_all = [str(c) for c in cases["role"].cat.categories], "sanctioned" in cases
    else:
        known, keep_all = _known_order(name), False
    present = set(values)
    rest = sorted(present - set(known) - {NOT_STATED}, key=lambda v: (int(v) if v.isdigit() else 0, v))
    ordered = [v for v in known if keep_all or v in present] + rest
    return ordered + ([NOT_STATED] if NOT_STATED in present else [])


def _known_order(name: str) -> list[str]:
    codelist = {
        "role": "roles",
        "breach": "standards",
        "conduct": "conduct",
        "regime": "regimes",
        "proceeding": "proceedings",
        "finding": "findings",
        "rank": "ranks",
        "source_type": "source_types",
        "scope": "scopes",
    }
    if name in codelist:
        return list(load_codelist(codelist[name]).index)
    if name == "force":
        return list(load_codelist("forces")["label"])
    return {"status": ["serving", "former"], "selected_on_outcome": ["False", "True"]}.get(name, [])
