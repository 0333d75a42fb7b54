"""The code lists: every word the data may use, with its label, definition and aliases, as versioned CSV."""

from __future__ import annotations

from collections.abc import Iterable
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
    StudyError : no list of that name, or its file cannot be read.
    """
    if name not in NAMES:
        raise StudyError(f"There is no code list {name!r}; there are {', '.join(NAMES)}.")
    path = data_folder() / "codelists" / f"{name}.csv"
    try:
        return _read(path, path.stat().st_mtime_ns).copy()
    except (OSError, ValueError, KeyError) as error:
        raise StudyError(
            f"{path}: the code list {name!r} cannot be read ({error}); expected a UTF-8 CSV file with the "
            f"columns code, label, definition, aliases. Restore it from the data package."
        ) from None


@cache
def _read(path: Path, modified: int) -> pd.DataFrame:
    """`modified` is in the key so that an edited list is read anew by a running kernel."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig").set_index("code")
    table["aliases"] = [tuple(a for a in cell.split(";") if a) for cell in table["aliases"]]
    return table


def labels(name: str) -> dict[str, str]:
    """Code to label, for one code list."""
    return load_codelist(name)["label"].to_dict()


def words(name: str) -> dict[str, str]:
    """Every way to write a thing of one code list (code, label, aliases), case-folded, to its code.

    Examples
    --------
    >>> words("outcomes")["fww"]
    'final_written_warning'
    """
    table = load_codelist(name)
    found = {alias.casefold(): code for code, aliases in table["aliases"].items() for alias in aliases}
    found |= {label.casefold(): code for code, label in table["label"].items()}
    return found | {code.casefold(): code for code in table.index}


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
    known = words(name)
    near = nearest_word(text, known)
    return known[near] if near else None


def nearest_word(text: str, allowed: Iterable[str]) -> str | None:
    """The allowed word most like `text`, or None where nothing is near (see `nearest`)."""
    known = {_plain(word): word for word in allowed}
    wanted = _plain(text)
    best = process.extractOne(wanted, list(known), scorer=fuzz.ratio, score_cutoff=70) if wanted else None
    return known[best[0]] if best else None


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("_", " ").split())


def lower_first(label: str) -> str:
    """A label as it stands inside a sentence: its first letter small, unless it is an abbreviation (PCSO)."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]
