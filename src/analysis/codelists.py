"""The code lists: every word the data may use, with its label, definition and aliases, as versioned CSV."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd
from rapidfuzz import fuzz, process

from .errors import StudyError
from .paths import data_folder

NAMES = (
    "forces",
    "roles",
    "ranks",
    "standards",
    "conduct",
    "findings",
    "outcomes",
    "proceedings",
    "regimes",
    "source_types",
    "scopes",
    "official_series",
    "official_populations",
    "official_stages",
    "official_measures",
)
_COMMON = ("code", "label", "definition", "aliases")
# What the study reads of one list only.
_OWN = {
    "forces": ("long_label", "kind"),
    "outcomes": ("severity",),
    "regimes": ("start",),
    "roles": ("plural", "under_conduct_regulations"),
}


def required_columns(name: str) -> tuple[str, ...]:
    """The columns that one code list must have; it may have others."""
    return (*_COMMON, *_OWN.get(name, ()))


def wrong_cells(name: str, table: pd.DataFrame) -> Iterator[tuple[object, str, str]]:
    """Index, column and what is wrong, for each cell of a code list (as text) that the study cannot use."""
    if name == "outcomes":
        for row, severity in table["severity"].items():
            if severity and not (severity.isascii() and severity.isdigit()):
                yield (
                    row,
                    "severity",
                    f"{severity!r} is not a whole number; leave it empty outside the ladder",
                )
    if name == "regimes":
        before = ""
        for row, start in table["start"].items():
            try:
                day = dt.date.fromisoformat(start).isoformat()
            except ValueError:
                day = None
            if day != start:
                yield row, "start", f"{start!r} is not a day written YYYY-MM-DD"
            elif start <= before:
                yield row, "start", f"{start!r} does not come after the start of the rules before it"
            else:
                before = start


def load_codelist(name: str) -> pd.DataFrame:
    """One code list, indexed by `code`, in the order of its file.

    Parameters
    ----------
    name : one of `NAMES`: forces, roles, ranks, standards, conduct, findings, outcomes, proceedings,
        regimes; source_types and scopes of the sources; official_series, official_populations,
        official_stages and official_measures of the official figures.

    Returns
    -------
    DataFrame indexed by `code` with `label`, `definition` and `aliases` (tuple of str: other ways in which
    sources write it), and what only some lists have: outcomes `severity` (0 to 5 as text, empty outside the
    ladder), `dismissal_equivalent` (yes, no) and `note`; ranks `order`; roles `under_conduct_regulations`;
    forces `region` and `kind`; regimes `start` (first day, YYYY-MM-DD) and `source`. Each list's meaning and
    sources are in `data/datapackage.json`.

    Raises
    ------
    StudyError : no list of that name, or its file cannot be read, lacks a column, or holds a severity or a
        start that is none; the message names the file and the column.
    """
    return _list(name).table.copy()


@dataclass(frozen=True)
class _List:
    """One code list as read, and what is looked up in it again and again."""

    table: pd.DataFrame
    labels: dict[str, str]
    words: dict[str, str]
    plain: dict[str, str]


_held: ContextVar[dict[str, tuple[Path, int]] | None] = ContextVar("files looked at once", default=None)


@contextmanager
def held() -> Iterator[None]:
    """Within this block every list's file is looked at once: one table is judged by one state of the lists,
    and fifty thousand cells do not ask the disk fifty thousand times."""
    if _held.get() is not None:
        yield
        return
    token = _held.set({})
    try:
        yield
    finally:
        _held.reset(token)


def state(name: str) -> tuple[Path, int]:
    """File of one code list and when it was last changed: a key under which to keep what follows from it.

    Raises
    ------
    StudyError : no list of that name, or no such file.
    """
    seen = _held.get()
    if seen is not None and name in seen:
        return seen[name]
    if name not in NAMES:
        raise StudyError(f"There is no code list {name!r}; there are {', '.join(NAMES)}.")
    path = data_folder() / "codelists" / f"{name}.csv"
    try:
        found = path, path.stat().st_mtime_ns
    except OSError as error:
        raise _unreadable(path, name, error) from None
    if seen is not None:
        seen[name] = found
    return found


def _list(name: str) -> _List:
    path, modified = state(name)
    try:
        return _read(name, path, modified)
    except (OSError, ValueError) as error:
        raise _unreadable(path, name, error) from None


def _unreadable(path: Path, name: str, error: Exception) -> StudyError:
    return StudyError(
        f"{path}: the code list {name!r} cannot be read ({error}); expected a UTF-8 CSV file with the "
        f"columns {', '.join(required_columns(name))}. Restore it from the data package."
    )


@cache
def _read(name: str, path: Path, modified: int) -> _List:
    """`modified` is in the key so that an edited list is read anew by a running kernel."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    if missing := [column for column in required_columns(name) if column not in table]:
        raise StudyError(
            f"{path}: the code list {name!r} lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}; "
            "add what is missing, or restore the file from the data package."
        )
    if table["code"].duplicated().any():
        code = table.loc[table["code"].duplicated(), "code"].iloc[0]
        raise StudyError(f"{path}, column code: {code!r} stands twice. Keep one.")
    for row, column, message in wrong_cells(name, table):
        raise StudyError(f"{path}, row {row + 2}, column {column}: {message}.")
    table = table.set_index("code")
    table["aliases"] = [tuple(a for a in cell.split(";") if a) for cell in table["aliases"]]
    found = {alias.casefold(): code for code, aliases in table["aliases"].items() for alias in aliases}
    found |= {label.casefold(): code for code, label in table["label"].items()}
    found |= {code.casefold(): code for code in table.index}
    plain = {_plain(word): code for word, code in found.items()}
    return _List(table, table["label"].to_dict(), found, plain)


def labels(name: str) -> dict[str, str]:
    """Code to label, for one code list, in its order."""
    return dict(_list(name).labels)


def words(name: str) -> dict[str, str]:
    """Every way to write a thing of one code list (code, label, aliases), case-folded, to its code.

    Examples
    --------
    >>> words("outcomes")["fww"]
    'final_written_warning'
    """
    return dict(_list(name).words)


def nearest(name: str, text: str) -> str | None:
    """The code that a misspelt or differently worded value most likely means, or None where nothing is near.

    Parameters
    ----------
    name : a code list.
    text : what stands in the file.

    Notes
    -----
    Nearness is the normalised edit similarity of the whole value (RapidFuzz `ratio`), after case folding and
    with `_` read as a blank; codes, labels and aliases are all candidates. Below 70 of 100 nothing is
    offered: a wrong guess is worse than none.
    """
    return _best(text, _list(name).plain)


def nearest_word(text: str, allowed: Iterable[str]) -> str | None:
    """The allowed word most like `text`, or None where nothing is near (see `nearest`)."""
    return _best(text, {_plain(word): word for word in allowed})


def _best(text: str, known: dict[str, str]) -> str | None:
    wanted = _plain(text)
    best = process.extractOne(wanted, known.keys(), scorer=fuzz.ratio, score_cutoff=70) if wanted else None
    return known[best[0]] if best else None


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("_", " ").split())


def lower_first(label: str) -> str:
    """A label as it stands inside a sentence: its first letter small, unless it is an abbreviation (PCSO)."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]
