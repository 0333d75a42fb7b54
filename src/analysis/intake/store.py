"""Adding cases to the data package: checked first, then written all or not at all, and logged."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import re
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from .. import codelists, schema
from ..errors import DataError, Problem, StudyError
from ..paths import data_folder, data_in
from ..reading import Raw, check_cells, check_header, in_order, read
from ..writing import changing, replace_together
from .sources import Source, find

#: What one row says of its case: everything but the ids.
FACTS = tuple(c.name for c in schema.columns("hearings") if c.name not in ("case_id", "source_id"))
DEFAULTS = {"date_inferred": "no", "as_alleged": "no"}
ACCEPTED, DUPLICATE, REJECTED = "accepted", "duplicate", "rejected"
#: Who a change is by, where nobody says: a role, as a login may be a person's name.
SOMEBODY = "maintainer"


@dataclass(frozen=True)
class Receipt:
    """What became of the rows given to `add_cases`.

    Attributes
    ----------
    rows : DataFrame indexed as the rows given, with `fate` (accepted, duplicate, rejected), `case_id` (the new
        case or the one that it repeats; of a rejected row the case that it may be) and `reason` (why it was
        rejected, else empty).
    source_id : source of the cases; empty where none was made because no row was accepted.
    new_source : whether the source was made now.
    change_id : the row of CHANGES.csv; empty where nothing changed.
    rejected_before : rows turned away before `add_cases`, counted in `rows_in`.
    """

    rows: pd.DataFrame
    source_id: str
    new_source: bool
    change_id: str = ""
    rejected_before: int = 0

    def _count(self, fate: str) -> int:
        return int(self.rows["fate"].eq(fate).sum())

    @property
    def accepted(self) -> int:
        """Rows that are new cases."""
        return self._count(ACCEPTED)

    @property
    def duplicates(self) -> int:
        """Rows whose case is in the data already, from the same source."""
        return self._count(DUPLICATE)

    @property
    def rejected(self) -> int:
        """Rows turned away, here or before."""
        return self._count(REJECTED) + self.rejected_before

    @property
    def rows_in(self) -> int:
        """Rows given: accepted + duplicates + rejected, always."""
        return len(self.rows) + self.rejected_before

    @property
    def case_ids(self) -> tuple[str, ...]:
        """Ids of the new cases, in the order of their rows."""
        return tuple(self.rows.loc[self.rows["fate"].eq(ACCEPTED), "case_id"])

    @property
    def changed(self) -> bool:
        """Whether anything was written."""
        return bool(self.change_id)

    def __str__(self) -> str:
        return (
            f"{self.rows_in:,} rows in = {self.accepted:,} accepted + {self.duplicates:,} duplicates "
            f"+ {self.rejected:,} rejected"
        )


@dataclass
class _Package:
    """The tables that a change touches, as text."""

    folder: Path
    hearings: pd.DataFrame
    sources: pd.DataFrame
    changes: pd.DataFrame
    used: dict[str, int] = field(default_factory=dict)


def add_cases(
    rows: pd.DataFrame,
    source: Source | Mapping[str, object],
    *,
    how: str,
    data: Path | None = None,
    who: str | None = None,
    mapping: str = "",
    rejected: int = 0,
    dry_run: bool = False,
) -> Receipt:
    """Add cases of one source to hearings.csv, sources.csv and CHANGES.csv: all or nothing.

    Parameters
    ----------
    rows : text cells, in (some of) the columns of hearings.csv but case_id and source_id. A missing column is
        empty; `date_inferred` and `as_alleged` are no where missing or empty. Force, role and at least one of
        finding and outcome are needed. The index names the rows in errors and in the receipt.
    source : what they were coded from; made, or found again by its address, its file or its id.
    how : import (a table) or coding (a notice).
    data : folder of the data package; by default ours.
    who : a role or handle for the log, such as reviewer-2: small letters, digits and hyphens, never a name.
    mapping : name of the mapping that the rows came by.
    rejected : rows of the file turned away before, to be logged.
    dry_run : find out what would happen, and write nothing.

    Returns
    -------
    Receipt. Rows that stand in the data already *from the same source* are duplicates: the same rows twice
    change nothing. Identical rows within one call are not duplicates, as tables without names list several
    people alike; of m alike, with n in the data, m − n are new. A row that differs from a case of its source
    only by what one of them leaves open, where that case is not among the rows, is rejected: it is that case coded anew, more
    likely than another person.

    Raises
    ------
    DataError : lists everything wrong with the rows or the source (row, column, value); nothing was written.
    StudyError : no such folder, source, or way; the handle is none; another change is under way.

    Examples
    --------
    >>> add_cases(
    ...     pd.DataFrame([{"force": "Essex", "role": "special_constable", "outcome": "dismissed"}]),
    ...     Source(source_type="force_notice", url="https://www.essex.police.uk/notices/7"),
    ...     how="coding",
    ...     dry_run=True,
    ... ).accepted
    1
    """
    folder = Path(data) if data is not None else data_folder()
    if not folder.is_dir():
        raise StudyError(f"{folder}: there is no such folder; expected a data package such as data/.")
    who = _handle(who or SOMEBODY)
    with data_in(folder), codelists.held():
        facts = _facts(rows)
        source = Source.of(source)
        if dry_run:
            return _add(_read_package(folder), facts, source, how, who, mapping, rejected, write=False)
        with changing(folder):
            return _add(_read_package(folder), facts, source, how, who, mapping, rejected, write=True)


def _handle(who: str) -> str:
    if not re.fullmatch(schema.HANDLE_PATTERN, who):
        raise StudyError(
            "Who makes the change is a role or handle such as 'reviewer-2': small letters, digits and hyphens. "
            "Names of people are kept nowhere in the data."
        )
    return who


def _facts(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows as complete, checked text cells."""
    if unknown := [str(name) for name in rows.columns if name not in FACTS]:
        raise StudyError(f"Cases have no column {unknown[0]!r}; there are {', '.join(FACTS)}.")
    facts = complete(rows.reindex(columns=list(FACTS)).astype("str").fillna(""))
    if problems := faults_of(facts):
        raise DataError(problems)
    return facts


def complete(facts: pd.DataFrame) -> pd.DataFrame:
    """The rows with no where a yes or no that every case needs is empty."""
    defaults = {n: facts[n].mask(facts[n].eq(""), value) for n, value in DEFAULTS.items()}
    return facts.assign(**defaults)


def faults_of(facts: pd.DataFrame) -> list[Problem]:
    """Every `Problem` with rows of complete cells (`FACTS`), its row that of the index; ids are not looked at."""
    if facts.empty:
        return []
    numbered = facts.set_axis(pd.RangeIndex(len(facts)))
    raw = Raw("the cases", numbered.assign(case_id=[f"x-{n}" for n in range(len(facts))], source_id="S0"))
    check_cells(raw, "hearings")
    # The codebook: a row is kept where force, role and at least one of finding and outcome are known.
    nothing = numbered["finding"].eq("") & numbered["outcome"].eq("")
    for row in numbered.index[nothing]:
        raw.fault(
            "needs a finding or an outcome",
            "Leave out what has not concluded.",
            row=int(row),
            column="outcome",
        )
    names = list(facts.index)
    return [replace(p, row=names[p.row]) if p.row is not None else p for p in in_order(raw.problems)]


# ------------------------------------------------------------------------------------------------ the package


def _read_package(folder: Path) -> _Package:
    hearings = _table(folder, "hearings")
    sources = _table(folder, "sources")
    if (folder / schema.file_of("changes")).is_file():
        changes = _table(folder, "changes")
    else:
        changes = pd.DataFrame(columns=[c.name for c in schema.columns("changes")], dtype="str")
    return _Package(folder, hearings, sources, changes, _used(hearings, changes))


def _table(folder: Path, table: str) -> pd.DataFrame:
    path = folder / schema.file_of(table)
    raw = read(path, path)
    check_header(raw, table)
    if raw.problems:
        raise DataError(in_order(raw.problems))
    return raw.cells.reset_index(drop=True)


def _used(hearings: pd.DataFrame, changes: pd.DataFrame) -> dict[str, int]:
    """Highest number ever given to a case of each force's slug: a number is not given twice, even when its
    case has gone."""
    ids = set(hearings["case_id"])
    for cell in changes["cases"]:
        ids.update(re.split("[;:]", cell))
    used: dict[str, int] = defaultdict(int)
    for case in ids:
        slug, _, number = case.rpartition("-")
        if number.isdigit():
            used[slug] = max(used[slug], int(number))
    return used


def _add(
    package: _Package,
    facts: pd.DataFrame,
    source: Source,
    how: str,
    who: str,
    mapping: str,
    rejected: int,
    write: bool,
) -> Receipt:
    source_id = find(source, package.sources, package.changes)
    is_new = source_id is None
    before = package.hearings.loc[package.hearings["source_id"].eq(source_id)] if not is_new else None
    receipt = _recognise(facts, before)
    added = facts.loc[receipt["fate"].eq(ACCEPTED).to_numpy()]
    if is_new:
        source_id = _next_source(package)
    row = source.row(source_id)
    if added.empty:
        return Receipt(receipt, "" if is_new else source_id, False, rejected_before=rejected)
    ids = _new_ids(added["force"], package.used)
    receipt.loc[receipt["fate"].eq(ACCEPTED).to_numpy(), "case_id"] = ids
    added = added.assign(case_id=ids, source_id=source_id)[list(package.hearings.columns)]
    hearings = _in_order(pd.concat([package.hearings, added], ignore_index=True))
    sources = package.sources
    if is_new:
        sources = pd.concat([sources, pd.DataFrame([row | {"cases": "0"}])], ignore_index=True)
    here = sources["source_id"].eq(source_id)
    sources.loc[here, "cases"] = str(int(hearings["source_id"].eq(source_id).sum()))
    change = {
        "change_id": _next_id("C", package.changes["change_id"]),
        "when": dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "made_by": who,
        "how": how,
        "file_sha256": source.file_sha256,
        "mapping": mapping,
        "source_id": source_id,
        "rows_in": str(len(facts) + rejected),
        "accepted": str(len(added)),
        "duplicates": str(int(receipt["fate"].eq(DUPLICATE).sum())),
        "rejected": str(int(receipt["fate"].eq(REJECTED).sum()) + rejected),
        "cases": runs(ids),
    }
    changes = pd.concat([package.changes, pd.DataFrame([change])], ignore_index=True)
    _check(sources.loc[here], "sources")
    _check(changes.tail(1), "changes")
    if write:
        # Sources first: until the cases follow, nothing points to what is not there.
        written = {"sources": sources, "hearings": hearings, "changes": changes}
        replace_together(
            package.folder, {schema.file_of(name): as_csv(table) for name, table in written.items()}
        )
    return Receipt(receipt, source_id, is_new, change["change_id"] if write else "", rejected)


def _check(table: pd.DataFrame, name: str) -> None:
    raw = Raw(f"the new row of {schema.file_of(name)}", table)
    check_cells(raw, name)
    if raw.problems:
        raise DataError(raw.problems)


def as_csv(table: pd.DataFrame) -> bytes:
    """A table as its file holds it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows(zip(*(table[name].tolist() for name in table), strict=True))
    return text.getvalue().encode()


def _next_source(package: _Package) -> str:
    """The next number; those of sources that have gone are in the log."""
    return _next_id("S", pd.concat([package.sources["source_id"], package.changes["source_id"]]))


def _next_id(letter: str, ids: Iterable[str]) -> str:
    numbers = [int(text[1:]) for text in ids if re.fullmatch(rf"{letter}\d+", text)]
    return f"{letter}{max(numbers, default=0) + 1:04d}"


def _new_ids(forces: pd.Series, used: dict[str, int]) -> list[str]:
    slugs = {label: code for code, label in codelists.labels("forces").items()}
    ids = []
    for force in forces:
        slug = slugs[force]
        used[slug] = used.get(slug, 0) + 1
        ids.append(f"{slug}-{used[slug]:03d}")
    return ids


def _key(case: str) -> tuple[str, int]:
    slug, _, number = case.rpartition("-")
    return (slug, int(number)) if number.isdigit() else (case, -1)


def _in_order(hearings: pd.DataFrame) -> pd.DataFrame:
    """By force and number, as the file stands; ids of another form by themselves."""
    keys = [_key(case) for case in hearings["case_id"]]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    return hearings.iloc[order].reset_index(drop=True)


def runs(ids: Iterable[str]) -> str:
    """Case ids as runs, ``first:last``, separated by semicolons.

    Examples
    --------
    >>> runs(["kent-002", "kent-003", "kent-004", "essex-001"])
    'essex-001;kent-002:kent-004'
    """
    found: list[list[str]] = []
    for case in sorted(ids, key=_key):
        slug, number = _key(case)
        if found and _key(found[-1][-1]) == (slug, number - 1):
            found[-1] = [found[-1][0], case]
        else:
            found.append([case])
    return ";".join(":".join(run) for run in found)


# ------------------------------------------------------------------------------------------------ recognising


def _recognise(facts: pd.DataFrame, before: pd.DataFrame | None) -> pd.DataFrame:
    """Fate, case and reason of each row, against the cases of the same source."""
    result = pd.DataFrame({"fate": ACCEPTED, "case_id": "", "reason": ""}, index=facts.index, dtype="str")
    if before is None or before.empty:
        return result
    waiting: dict[tuple, deque[str]] = defaultdict(deque)
    for case, *cells in before[["case_id", *FACTS]].itertuples(index=False, name=None):
        waiting[tuple(cells)].append(case)
    fates, cases, reasons = [], [], []
    rows = list(facts.itertuples(index=False, name=None))
    for row in rows:
        queue = waiting.get(row)
        fates.append(DUPLICATE if queue else ACCEPTED)
        cases.append(queue.popleft() if queue else "")
        reasons.append("")
    # What is left of the source's cases has no row of its own: is one of the new rows that case, coded anew?
    left: dict[tuple[str, str], list[tuple[str, tuple]]] = defaultdict(list)
    force, role = FACTS.index("force"), FACTS.index("role")
    for cells, queue in waiting.items():
        for case in queue:
            left[cells[force], cells[role]].append((case, cells))
    for place, row in enumerate(rows):
        if fates[place] != ACCEPTED:
            continue
        candidates = left.get((row[force], row[role]), [])
        match = next((entry for entry in candidates if _may_be_one(row, entry[1])), None)
        if match is not None:
            candidates.remove(match)
            differing = [n for n, a, b in zip(FACTS, row, match[1], strict=True) if a != b]
            fates[place], cases[place] = REJECTED, match[0]
            reasons[place] = (
                f"may be {match[0]} of the same source, which differs only in {', '.join(differing)}: if so, "
                "correct that case instead"
            )
    result["fate"], result["case_id"], result["reason"] = fates, cases, reasons
    return result


_FLAGS = ("date_inferred", "as_alleged")


def _may_be_one(one: tuple, other: tuple) -> bool:
    """Whether two rows say nothing against each other: cells are equal, one is empty, or one holds the other
    (a month its day, a list of codes some of them)."""
    for name, a, b in zip(FACTS, one, other, strict=True):
        if a == b or not a or not b or name in _FLAGS:
            continue
        if name == "hearing_date" and (a.startswith(b) or b.startswith(a)):
            continue
        if name in ("breaches", "conduct"):
            codes_a, codes_b = set(a.split(";")), set(b.split(";"))
            if codes_a <= codes_b or codes_b <= codes_a:
                continue
        return False
    return True


def file_sha256(content: bytes) -> str:
    """SHA-256 of a file's bytes, or of a notice's text (UTF-8): what names a source without an address."""
    return hashlib.sha256(content).hexdigest()
