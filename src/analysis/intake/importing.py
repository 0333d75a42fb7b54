"""From a published table to cases: read, map, place every word or say why not, and hand what is whole to the store."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from .. import codelists
from ..errors import StudyError
from ..paths import data_folder, data_in
from .dates import read_dates
from .mapping import Mapping, Meaning, find_mapping, guess, is_heading, mappings, read_mapping
from .privacy import holds_a_name, shown, why_personal
from .sources import Source
from .store import FACTS, Receipt, add_cases, complete, faults_of
from .tables import Document, Table, find_table, heading, labels_as_table, lines_as_table, read_document
from .words import NOTHING, Placed, Words, plain, says_nothing, withheld

_SUFFIX = ".rejects.csv"
#: A row that says it stands for more cases than this is no list of cases.
_MOST_CASES = 500


@dataclass(frozen=True)
class Prepared:
    """A file, read and placed; nothing is written yet.

    Attributes
    ----------
    document, table, mapping : what was read, and how it was understood.
    facts : DataFrame of the rows that are whole, in the columns of hearings.csv but the ids; indexed by row number.
    rejects : DataFrame of the others: `row`, `reason`, `suggestion`, and the cells of the coded columns, as far as they
        may be shown.
    words : DataFrame: each distinct word of the coded columns (`column`, `written`), how often (`rows`), what it was
        placed as (`placed`), or why not (`reason`, `suggestion`), and what is worth knowing (`note`).
    dropped : column to why it is dropped: those that identify people.
    passed_over : columns that the mapping does not use.
    """

    document: Document
    table: Table
    mapping: Mapping
    facts: pd.DataFrame
    rejects: pd.DataFrame
    words: pd.DataFrame
    dropped: dict[str, str]
    passed_over: tuple[str, ...]

    @property
    def rows_in(self) -> int:
        """Rows that may hold a case: those of `facts` and of `rejects`."""
        return len(self.facts) + len(self.rejects)


def prepare(
    path: Path,
    mapping: Mapping | str | None = None,
    *,
    force: str | None = None,
    role: str | None = None,
    sheet: str | None = None,
    hints: str = "",
    data: Path | None = None,
) -> Prepared:
    """Read a file and place what stands in it; nothing is written.

    Parameters
    ----------
    path : CSV, TSV, XLSX, XLS, ODS, HTML, or text copied from a page.
    mapping : a mapping, its name or its file; else that whose headings the file has, else a guess.
    force, role : what holds of every row that does not say otherwise.
    sheet : of a workbook.
    hints : more words in which the force may be named, such as the source's address.
    data : folder of the data package whose code lists and mappings are used; by default ours.

    Raises
    ------
    StudyError : the file cannot be read; its layout is not understood; the force or the role is not known; or a column
        that is needed holds names that cannot be parted from it.
    """
    with data_in(Path(data) if data is not None else data_folder()), codelists.held():
        words = Words()
        document = read_document(Path(path))
        if isinstance(mapping, str):
            mapping = find_mapping(mapping)
        if mapping is None:
            table = _any_table(document, sheet)
            where = " ".join((hints, table.title, table.sheet, Path(path).stem))
            named = words.force_in(where)
            mapping = _matching(table, force or named) or guess(table, _slug(Path(path).stem), words)
            if "force" not in mapping.constants and named and "force" not in _targets(mapping):
                mapping = mapping.with_constants(force=named)
        else:
            table = _table_of(document, mapping, sheet)
        given = {"force": force, "role": role}
        mapping = mapping.with_constants(
            **{name: _code(name, text, words) for name, text in given.items() if text}
        )
        _check_complete(mapping, path)
        return _place(document, table, mapping, words)


def import_table(
    path: Path,
    mapping: Mapping | str | None = None,
    *,
    source: dict[str, object] | None = None,
    force: str | None = None,
    role: str | None = None,
    sheet: str | None = None,
    data: Path | None = None,
    who: str | None = None,
    dry_run: bool = False,
) -> tuple[Receipt, Prepared]:
    """Import a published table: `prepare`, then `import_prepared`."""
    hints = str((source or {}).get("url", ""))
    prepared = prepare(path, mapping, force=force, role=role, sheet=sheet, hints=hints, data=data)
    return import_prepared(prepared, source, data=data, who=who, dry_run=dry_run), prepared


def import_prepared(
    prepared: Prepared,
    source: dict[str, object] | None = None,
    *,
    data: Path | None = None,
    who: str | None = None,
    dry_run: bool = False,
) -> Receipt:
    """Add what was prepared to the data package, and write its rejects to `incoming/`, which git ignores.

    Parameters
    ----------
    prepared : as `prepare` gives it.
    source : what is known of the source beyond the mapping (`Source`).
    data, who, dry_run : as for `add_cases`.

    Returns
    -------
    Receipt; rows in = accepted + duplicates + rejected.
    """
    folder = Path(data) if data is not None else data_folder()
    known = prepared.mapping.source.model_dump() | {
        k: v for k, v in (source or {}).items() if v not in (None, "")
    }
    whole = Source.of(known | {"file_sha256": prepared.document.sha256})
    receipt = add_cases(
        prepared.facts,
        whole,
        how="import",
        data=folder,
        who=who,
        mapping=prepared.mapping.name,
        rejected=len(prepared.rejects),
        dry_run=dry_run,
    )
    if not dry_run:
        write_rejects(prepared, receipt, folder)
    return receipt


def all_rejects(prepared: Prepared, receipt: Receipt) -> pd.DataFrame:
    """Rows turned away when they were placed and when they were stored."""
    late = receipt.rows[receipt.rows["fate"].eq("rejected")]
    more = pd.DataFrame({"row": late.index, "reason": late["reason"].to_numpy(), "suggestion": ""})
    return pd.concat([prepared.rejects, more], ignore_index=True).fillna("")


def rejects_file(prepared: Prepared, folder: Path) -> Path:
    """Where the rows of a file that were turned away are written."""
    return folder / "incoming" / f"{prepared.document.path.stem}{_SUFFIX}"


def write_rejects(prepared: Prepared, receipt: Receipt, folder: Path) -> Path | None:
    """Write the file of rejects; None, and an old one removed, where there is none."""
    path = rejects_file(prepared, folder)
    rejects = all_rejects(prepared, receipt)
    if rejects.empty:
        path.unlink(missing_ok=True)
        return None
    path.parent.mkdir(exist_ok=True)
    rejects.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
    return path


# ------------------------------------------------------------------------------------------------ the layout


def _any_table(document: Document, sheet: str | None) -> Table:
    if not document.sheets:
        raise StudyError(
            f"{document.path}: holds no table with columns. For text copied from a page name its layout (--mapping; "
            "misconduct mappings lists them); for a notice or an article: misconduct code FILE."
        )
    return find_table(document, is_heading, sheet=sheet)


def _table_of(document: Document, mapping: Mapping, sheet: str | None) -> Table:
    if mapping.kind == "prose":
        raise StudyError(
            f"{document.path}: the layout {mapping.name!r} is prose, which has no columns. Code it and look it over: misconduct "
            f"code {document.path}"
        )
    if mapping.kind == "lines" and not _has_header(document, mapping):
        return lines_as_table(document, list(mapping.columns))
    if mapping.kind == "labels":
        return labels_as_table(document, list(mapping.columns))
    if not document.sheets:
        raise StudyError(
            f"{document.path}: holds no table with columns, as the mapping {mapping.name!r} expects. Save the table as CSV or a workbook."
        )
    return find_table(document, is_heading, wanted=mapping.needed, sheet=sheet)


def _has_header(document: Document, mapping: Mapping) -> bool:
    """Whether a layout that is also copied line by line came as a table after all."""
    wanted = {heading(name) for name in mapping.columns}
    return any(
        wanted <= {heading(cell) for cell in row} for sheet in document.sheets for row in sheet.rows[:40]
    )


def _matching(table: Table, force: str | None) -> Mapping | None:
    """The mapping all of whose headings the table has, and no heading beside them that a mapping would use; for the
    force named, where the mapping is one force's."""
    have = {heading(column) for column in table.cells.columns}
    fitting = []
    for path in mappings().values():
        mapping = read_mapping(path)
        if mapping.kind in ("labels", "prose"):
            continue
        wanted = {heading(name) for name in mapping.needed}
        if len(wanted) < 2 or not wanted <= have:
            continue
        if mapping.constants.get("force") not in (None, force):
            continue  # another force's table may have the same headings
        spare = {h for h in have - {heading(n) for n in mapping.columns} if is_heading(h)}
        if not spare:
            fitting.append((len(wanted), mapping.constants.get("force") == force, mapping))
    return max(fitting, key=lambda fit: fit[:2])[2] if fitting else None


def _slug(stem: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", stem.casefold()).strip("-")[:50]
    return slug if re.match("[a-z]", slug) else f"table-{slug}".strip("-")


def _targets(mapping: Mapping) -> set[str]:
    return {target for meaning in mapping.columns.values() for target in meaning.to}


def _code(name: str, text: str, words: Words) -> str:
    placed = words.place(name, text)
    if name not in placed.facts:
        hint = f" Did you mean {placed.suggestion!r}?" if placed.suggestion else ""
        raise StudyError(f"--{name}: {text!r} {placed.reason or 'says nothing'}.{hint}")
    return placed.facts[name]


def _check_complete(mapping: Mapping, path: Path) -> None:
    targets = _targets(mapping)
    if "force" not in targets and "force" not in mapping.constants:
        raise StudyError(f"{path}: nothing says which force the rows are of. Name it: --force 'Kent'.")
    if not {"person", "role", "rank"} & targets and "role" not in mapping.constants:
        raise StudyError(
            f"{path}: no column says whether the rows are of police officers, special constables, PCSOs or staff. If the page or the "
            "question says it of all of them, name it: --role police_officer."
        )
    if not {"finding", "outcome"} & targets and not {"finding", "outcome"} & set(mapping.constants):
        raise StudyError(
            f"{path}: no column is understood as the finding or the outcome; a case needs one. Write a mapping."
        )


# ------------------------------------------------------------------------------------------------ placing


def _place(document: Document, table: Table, mapping: Mapping, words: Words) -> Prepared:
    cells = table.cells
    used: dict[str, Meaning] = {}
    dropped, passed_over = {}, []
    for column in cells.columns:
        meaning = mapping.meaning_of(column)
        if meaning is not None and meaning.to != ("ignore",):
            used[column] = meaning
        elif why := why_personal(column, cells[column]):
            dropped[column] = why
        else:
            passed_over.append(column)
    fill = {heading(name) for name in mapping.fill_down}
    for column in used:
        if heading(column) in fill:
            cells = cells.assign(
                **{column: cells[column].mask(cells[column].map(says_nothing)).ffill().fillna("")}
            )
    cells, reasons = _counted(cells, used)
    facts = pd.DataFrame("", index=cells.index, columns=list(FACTS), dtype="str")
    suggestions = pd.Series("", index=cells.index, dtype="str")
    found: list[dict[str, object]] = []
    order = sorted(
        used, key=lambda column: "outcome" in used[column].to
    )  # what it implies yields to what is said
    for column in order:
        placed = _placed(column, cells[column], used[column], mapping, words)
        _refuse_names(document, column, cells[column], placed, used[column])
        _merge(column, cells[column], placed, facts, reasons, suggestions)
        found += _told(column, cells[column], placed, used[column])
    for name, value in mapping.constants.items():
        facts[name] = facts[name].mask(facts[name].eq(""), value)
    _withheld(cells, used, facts, reasons)
    facts = complete(facts)
    open_rows = reasons.eq("")
    _by_schema(facts, open_rows, reasons, suggestions)
    whole = reasons.eq("").to_numpy()
    return Prepared(
        document,
        table,
        mapping,
        facts[whole],
        _rejects(cells, used, reasons, suggestions),
        pd.DataFrame(found, columns=["column", "written", "rows", "placed", "reason", "suggestion", "note"]),
        dropped,
        tuple(passed_over),
    )


def _counted(cells: pd.DataFrame, used: dict[str, Meaning]) -> tuple[pd.DataFrame, pd.Series]:
    """A row that stands for several cases becomes as many rows; the reasons why some cannot."""
    column = next((c for c, meaning in used.items() if meaning.to == ("count",)), None)
    if column is None:
        return cells, pd.Series("", index=cells.index, dtype="str")
    used.pop(column)
    times, reasons = [], []
    for cell in cells[column]:
        text = plain(cell).replace(",", "")
        number = int(text) if text.isdigit() else None
        why = ""
        if number is None and not says_nothing(cell):
            why = f"{column}: {shown(cell)} is a number that the publisher keeps back"
        elif number is not None and not 1 <= number <= _MOST_CASES:
            why = f"{column}: {number} is no number of cases that a row can stand for"
        times.append(1 if why or number is None else number)
        reasons.append(why)
    places = [place for place, number in enumerate(times) for _ in range(number)]
    repeated = cells.iloc[places]
    return repeated, pd.Series([reasons[p] for p in places], index=repeated.index, dtype="str")


def _placed(
    column: str, cells: pd.Series, meaning: Meaning, mapping: Mapping, words: Words
) -> dict[str, Placed]:
    """Each distinct cell of a column: what it says."""
    distinct = list(cells.unique())
    if meaning.to == ("hearing_date",):
        return {
            cell: Placed({"hearing_date": r.value} if r.value else {}, r.reason, "", r.note)
            for cell, r in read_dates(distinct, mapping.dates).items()
        }
    own = {
        target: {plain(word): code for word, code in mapping.values.get(target, {}).items()}
        for target in ("finding", "outcome", "role", "rank", *meaning.to)
    }
    targets = meaning.to
    if set(targets) == {"breaches", "conduct"} and not meaning.find:
        targets = ("breaches+conduct",)
    return {cell: _one(cell, targets, meaning.find, own, words) for cell in distinct}


def _one(
    cell: str, targets: tuple[str, ...], find: bool, own: dict[str, dict[str, str]], words: Words
) -> Placed:
    facts: dict[str, str] = {}
    reason = suggestion = note = ""
    said = {target: known[plain(cell)] for target, known in own.items() if plain(cell) in known}
    if said:
        for target, code in said.items():
            if code.startswith("reject:"):
                return Placed(reason=code.removeprefix("reject:").strip())
            facts |= {target: code} if code else {}
        return Placed(facts)
    for target in targets:
        placed = words.find(target, cell) if find else words.place(target, cell)
        for name, code in placed.facts.items():
            facts.setdefault(name, code)
        reason, suggestion, note = (
            reason or placed.reason,
            suggestion or placed.suggestion,
            note or placed.note,
        )
    # A column may hold now one thing, now another (finding or outcome): one that is placed is enough.
    return Placed(facts, "" if facts and len(targets) > 1 else reason, suggestion, note)


def _refuse_names(
    document: Document, column: str, cells: pd.Series, placed: dict[str, Placed], meaning: Meaning
) -> None:
    """Refuse a file whose needed column holds names beside what is needed."""
    if meaning.find:
        return  # prose is looked through and kept nowhere
    named = [cell for cell, what in placed.items() if what.reason and holds_a_name(cell)]
    rows = cells.isin(named).sum()
    if len(named) >= 2 and rows > 0.1 * cells.map(lambda cell: not says_nothing(cell)).sum():
        raise StudyError(
            f"{document.path}, column {column!r}: {rows} cells seem to hold names of people together with what is needed. Names "
            "must not get in: remove them from the column (or the column from the mapping), and try again."
        )


def _merge(
    column: str,
    cells: pd.Series,
    placed: dict[str, Placed],
    facts: pd.DataFrame,
    reasons: pd.Series,
    suggestions: pd.Series,
) -> None:
    """Put what a column says into the rows; a row of which another column says otherwise is turned away."""
    names = {name for what in placed.values() for name in what.facts}
    for name in sorted(names):
        new = cells.map({cell: what.facts.get(name, "") for cell, what in placed.items()}).astype("str")
        old = facts[name]
        if name in ("breaches", "conduct"):
            both = old.ne("") & new.ne("") & old.ne(new)
            merged = new.mask(new.eq(""), old)
            if both.any():
                joined = [
                    ";".join(dict.fromkeys([*a.split(";"), *b.split(";")]))
                    for a, b in zip(old[both], new[both], strict=True)
                ]
                merged = merged.copy()
                merged[both.to_numpy()] = joined
            facts[name] = merged.to_numpy()
            continue
        against = old.ne("") & new.ne("") & old.ne(new)
        if name == "status":
            against[:] = False  # what an outcome implies yields to what another column says
        why = f"{column}: says {name} otherwise than another column"
        reasons.mask(against & reasons.eq(""), why, inplace=True)
        facts[name] = old.mask(old.eq(""), new).to_numpy()
    wrong = {cell: f"{column}: {shown(cell)} {what.reason}" for cell, what in placed.items() if what.reason}
    if wrong:
        why = cells.map(wrong).fillna("").astype("str")
        hint = cells.map({c: placed[c].suggestion for c in wrong}).fillna("").astype("str")
        first = why.ne("") & reasons.eq("")
        reasons.mask(first, why, inplace=True)
        suggestions.mask(first, hint, inplace=True)


def _withheld(cells: pd.DataFrame, used: dict[str, Meaning], facts: pd.DataFrame, reasons: pd.Series) -> None:
    """Say of a row without finding and outcome why, where it says so itself."""
    nothing = facts["finding"].eq("") & facts["outcome"].eq("") & reasons.eq("")
    if not nothing.any():
        return
    kept_back = cells[list(used)][nothing.to_numpy()].map(withheld).any(axis=1)
    rows = nothing.copy()
    rows[nothing.to_numpy()] = kept_back.to_numpy()
    reasons.mask(rows, "withheld by the publisher", inplace=True)


def _by_schema(facts: pd.DataFrame, open_rows: pd.Series, reasons: pd.Series, suggestions: pd.Series) -> None:
    """Turn away the rows that the schema and the codebook do not allow."""
    places = [place for place, is_open in enumerate(open_rows) if is_open]
    for problem in faults_of(facts.iloc[places].set_axis(places)):
        if reasons.iloc[problem.row] == "":
            said = f"{problem.value!r} " if problem.value is not None else ""
            reasons.iloc[problem.row] = f"{problem.column}: {said}{problem.message}"
            suggestions.iloc[problem.row] = problem.suggestion or ""


def _told(
    column: str, cells: pd.Series, placed: dict[str, Placed], meaning: Meaning
) -> list[dict[str, object]]:
    """How a column's words were placed; of dates and prose, which are all different, only what is amiss."""
    counts = Counter(cells)
    rows = []
    for cell, what in placed.items():
        if what == NOTHING or (meaning.find and not what.facts):
            continue
        dates = meaning.to == ("hearing_date",)
        if (dates or meaning.find) and not (what.reason or what.note):
            continue
        rows.append(
            {
                "column": column,
                "written": shown(cell),
                "rows": counts[cell],
                "placed": ", ".join(dict.fromkeys(what.facts.values())),
                "reason": what.reason,
                "suggestion": what.suggestion,
                "note": what.note,
            }
        )
    return rows


def _rejects(
    cells: pd.DataFrame, used: dict[str, Meaning], reasons: pd.Series, suggestions: pd.Series
) -> pd.DataFrame:
    """The rows turned away, with the cells of their coded columns as far as they may be shown."""
    away = reasons.ne("").to_numpy()
    columns = [c for c, meaning in used.items() if not meaning.find and cells[c].ne("").any()]
    kept = {}
    for column in columns:
        distinct = {
            cell: shown(cell).strip("'\"") if cell else "" for cell in cells.loc[away, column].unique()
        }
        kept[column] = cells.loc[away, column].map(distinct).to_numpy()
    return pd.DataFrame(
        {
            "row": cells.index[away],
            "reason": reasons[away].to_numpy(),
            "suggestion": suggestions[away].to_numpy(),
            **kept,
        }
    )
