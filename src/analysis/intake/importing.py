"""From a published table to cases: read, map, place every word or say why not, and hand what is whole to the store."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping as Map
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from .. import codelists, schema
from ..errors import StudyError
from ..paths import data_folder, data_in
from .dates import read_dates
from .mapping import SHIPPED, Mapping, Meaning, find_mapping, guess, is_heading, mappings, read_mapping
from .privacy import holds_a_name, is_no_heading, shown, why_personal
from .sources import Source, likely_type
from .store import DEFAULTS, FACTS, Receipt, add_cases
from .tables import Document, Table, find_table, heading, labels_as_table, lines_as_table, read_document
from .words import NOTHING, Placed, Words, clean, plain, says_nothing, withheld

_SUFFIX = ".rejects.csv"
#: A row that says it stands for more cases than this is no list of cases.
_MOST_CASES = 500
#: Lines in which the layout of a text is looked for.
_FIRST_LINES = 400


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
    words: Map[str, str] | None = None,
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
    words : more words of the mapping, each with its code.
    hints : more words in which the force may be named, such as the source's address.
    data : folder of the data package whose code lists and mappings are used; by default ours.

    Raises
    ------
    StudyError : the file cannot be read; its layout is not understood; the force or the role is not known; or a column
        that is needed holds names that cannot be parted from it.
    """
    with data_in(Path(data) if data is not None else data_folder()), codelists.held():
        known = Words.now()
        document = read_document(Path(path))
        if mapping is None:
            mapping = _layout_of_text(document, force)
        elif isinstance(mapping, str):
            mapping = find_mapping(mapping)
        if mapping is None:
            table = _any_table(document, sheet)
            where = " ".join((hints, table.title, table.sheet, Path(path).stem))
            named = known.force_in(where)
            mapping = _matching(table, force or named) or guess(table, _slug(Path(path).stem), known)
            if "force" not in mapping.constants and named and "force" not in _targets(mapping):
                mapping = mapping.with_constants(force=named)
        else:
            table = _table_of(document, mapping, sheet)
        given = {"force": force, "role": role}
        codes = {name: _code(name, text, known) for name, text in given.items() if text}
        if codes.get("force", mapping.constants.get("force")) != mapping.constants.get("force"):
            # Another force's table of the same layout: who published it is not what the mapping says.
            facts = mapping.source.model_copy(update={"publisher": ""})
            mapping = mapping.model_copy(update={"source": facts})
        mapping = mapping.with_constants(**codes)
        if words:
            mapping = mapping.with_words(words)
        _check_complete(mapping, path)
        return _place(document, table, mapping, known)


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
    with data_in(folder):
        whole = Source.of(source_of(prepared, source) | {"file_sha256": prepared.document.sha256})
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


def source_of(prepared: Prepared, said: Map[str, object] | None = None) -> dict[str, object]:
    """What is known of the source: what is said of it, else what the mapping says, else what its address, its title
    and the force speak for."""
    stated = {name: value for name, value in (said or {}).items() if value not in (None, "")}
    known = prepared.mapping.source.model_dump() | stated
    if known["source_type"] == "other" and "source_type" not in stated:
        known["source_type"] = likely_type(str(known.get("url", "")), prepared.table.title)
    forces = set(prepared.facts["force"])
    if (
        not known["publisher"]
        and len(forces) == 1
        and known["source_type"] in ("force_notice", "foi_disclosure")
    ):
        [force] = forces
        known["publisher"] = codelists.load_codelist("forces").set_index("label")["long_label"][force]
    return known


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
    document.require_table(
        "holds no table with columns. For text copied from a page name its layout (--mapping; misconduct mappings lists "
        "them); for a notice or an article: misconduct code FILE."
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
    document.require_table(
        f"holds no table with columns, as the mapping {mapping.name!r} expects. Save the table as CSV or a workbook."
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
            own = path.parent != SHIPPED
            fitting.append((len(wanted), mapping.constants.get("force") == force, own, mapping))
    return max(fitting, key=lambda fit: fit[:3])[3] if fitting else None


def _layout_of_text(document: Document, force: str | None) -> Mapping | None:
    """The layout of text copied from a page: all its headings, or at least three of its labels, stand there."""
    if document.sheets and document.path.suffix.casefold() != ".txt":
        return None
    lines = [heading(line) for line in document.text.splitlines()[:_FIRST_LINES] if line.strip()]
    labels = {heading(line.partition(":")[0]) for line in document.text.splitlines()[:_FIRST_LINES]} | set(
        lines
    )
    for path in mappings().values():
        mapping = read_mapping(path)
        names = [heading(name) for name in mapping.columns]
        if mapping.constants.get("force") not in (None, force):
            continue
        if mapping.kind == "lines" and any(lines[n : n + len(names)] == names for n in range(len(lines))):
            return mapping
        if mapping.kind == "labels" and len(labels & set(names)) >= 3:
            return mapping
    return None


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
    if any(map(is_no_heading, cells.columns)):
        # Headings are repeated in messages and in the file of rejects: a row taken for them could bring a name there.
        raise StudyError(
            f"{document.path}: the line taken for the headings holds a date, a number or a name, as a row does. Put a line of headings "
            "above the rows (or mend it), and import again."
        )
    used: dict[str, Meaning] = {}
    dropped, passed_over = {}, []
    for column in cells.columns:
        meaning = mapping.meaning_of(column)
        if meaning is not None and meaning.to != ("ignore",):
            used[column] = meaning
        elif why := why_personal(column, cells[column].tolist()):
            dropped[column] = why
        else:
            passed_over.append(column)
    rows = _Rows.of(cells, used, {heading(name) for name in mapping.fill_down})
    found: list[dict[str, object]] = []
    for column in sorted(
        rows.cells, key=lambda c: "outcome" in used[c].to
    ):  # what it implies yields to what is said
        written = rows.cells[column]
        placed = _placed(column, written, used[column], mapping, words)
        _refuse_names(document, column, written, placed, used[column])
        rows.merge(column, placed, _shown_strictly(used[column]))
        found += _told(column, written, placed, used[column])
    for name, value in (DEFAULTS | mapping.constants).items():
        rows.facts[name] = [code or value for code in rows.facts[name]]
    rows.say_what_is_withheld()
    frame = pd.DataFrame(rows.facts, index=pd.Index(rows.numbers, dtype="int64"), dtype="str")
    _by_schema(frame, rows)
    whole = [not reason for reason in rows.reasons]
    return Prepared(
        document,
        table,
        mapping,
        frame[whole],
        rows.rejects({c: _shown_strictly(used[c]) for c in rows.cells if not used[c].find}),
        pd.DataFrame(found, columns=["column", "written", "rows", "placed", "reason", "suggestion", "note"]),
        dropped,
        tuple(passed_over),
    )


@dataclass
class _Rows:
    """The rows on their way to cases: plain lists, as most files are short and frames are slow to make."""

    numbers: list[int]
    cells: dict[str, list[str]]
    facts: dict[str, list[str]]
    reasons: list[str]
    hints: list[str]

    @classmethod
    def of(cls, cells: pd.DataFrame, used: dict[str, Meaning], fill_down: set[str]) -> _Rows:
        """A row that stands for several cases becomes as many."""
        columns = {column: cells[column].tolist() for column in used}
        for column in columns:
            if heading(column) in fill_down:
                columns[column] = _filled_down(columns[column])
        numbers = cells.index.tolist()
        reasons = [""] * len(numbers)
        counts = next((c for c, meaning in used.items() if meaning.to == ("count",)), None)
        if counts is not None:
            times, why = zip(*map(_times, columns.pop(counts)), strict=True) if numbers else ((), ())
            places = [place for place, number in enumerate(times) for _ in range(number)]
            numbers = [numbers[p] for p in places]
            reasons = [f"{counts}: {why[p]}" if why[p] else "" for p in places]
            columns = {column: [written[p] for p in places] for column, written in columns.items()}
        facts = {name: [""] * len(numbers) for name in FACTS}
        return cls(numbers, columns, facts, reasons, [""] * len(numbers))

    def turn_away(self, place: int, reason: str, hint: str = "") -> None:
        """Give a row its reason; the first one stays."""
        if not self.reasons[place]:
            self.reasons[place], self.hints[place] = reason, hint

    def merge(self, column: str, placed: dict[str, Placed], strictly: bool) -> None:
        """Put what a column says into the rows; a row of which another column says otherwise is turned away."""
        written = self.cells[column]
        wrong = {
            cell: f"{column}: {shown(cell, strictly)} {what.reason}"
            for cell, what in placed.items()
            if what.reason
        }
        for name in sorted({name for what in placed.values() for name in what.facts}):
            said = {cell: what.facts[name] for cell, what in placed.items() if name in what.facts}
            codes = self.facts[name]
            for place, cell in enumerate(written):
                if not (new := said.get(cell)):
                    continue
                old = codes[place]
                if not old:
                    codes[place] = new
                elif name in ("breaches", "conduct"):
                    codes[place] = ";".join(dict.fromkeys([*old.split(";"), *new.split(";")]))
                elif (
                    old != new and name != "status"
                ):  # the status that an outcome implies yields to one that is said
                    self.turn_away(place, f"{column}: says {name} otherwise than another column")
        if wrong:
            for place, cell in enumerate(written):
                if cell in wrong:
                    self.turn_away(place, wrong[cell], placed[cell].suggestion)

    def say_what_is_withheld(self) -> None:
        """Say of a row without finding and outcome why, where it says so itself."""
        for place, (finding, outcome) in enumerate(
            zip(self.facts["finding"], self.facts["outcome"], strict=True)
        ):
            if (
                not finding
                and not outcome
                and any(withheld(written[place]) for written in self.cells.values())
            ):
                self.turn_away(place, "withheld by the publisher")

    def rejects(self, columns: dict[str, bool]) -> pd.DataFrame:
        """The rows turned away, with the cells of these columns (to how strictly) as far as they
        may be shown."""
        away = [place for place, reason in enumerate(self.reasons) if reason]
        table: dict[str, list] = {
            "row": [self.numbers[p] for p in away],
            "reason": [self.reasons[p] for p in away],
            "suggestion": [self.hints[p] for p in away],
        }
        for column, strictly in columns.items():
            written = [self.cells[column][p] for p in away]
            if any(self.cells[column]):
                name = column if column not in table else f"{column} (as written)"
                may = {cell: shown(cell, strictly).strip("'\"") if cell else "" for cell in set(written)}
                table[name] = [may[cell] for cell in written]
        return pd.DataFrame(table)


def _shown_strictly(meaning: Meaning) -> bool:
    return bool({"person", "role", "rank", "hearing_date"} & set(meaning.to))


def _filled_down(written: list[str]) -> list[str]:
    last, result = "", []
    for cell in written:
        last = last if says_nothing(cell) else cell
        result.append(last)
    return result


def _times(cell: str) -> tuple[int, str]:
    """How many cases a row stands for, or 1 and why that cannot be told."""
    text = plain(cell).replace(",", "")
    if says_nothing(cell):
        return 1, ""
    if not (text.isascii() and text.isdigit()):
        return 1, f"{shown(cell)} is a number that the publisher keeps back"
    if not 1 <= int(text[:9]) <= _MOST_CASES:
        return 1, f"{shown(cell)} is no number of cases that a row can stand for"
    return int(text), ""


def _placed(
    column: str, written: list[str], meaning: Meaning, mapping: Mapping, words: Words
) -> dict[str, Placed]:
    """Each distinct cell of a column: what it says."""
    distinct = list(dict.fromkeys(written))
    if meaning.to == ("hearing_date",):
        return {
            cell: Placed({"hearing_date": r.value} if r.value else {}, r.reason, "", r.note)
            for cell, r in read_dates(distinct, mapping.dates).items()
        }
    own = {
        target: {plain(word): code for word, code in mapping.values.get(target, {}).items()}
        for target in ("finding", "outcome", "role", "rank", *meaning.to)
        if target in mapping.values
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
    document: Document, column: str, written: list[str], placed: dict[str, Placed], meaning: Meaning
) -> None:
    """Refuse a file whose needed column holds names beside what is needed."""
    if meaning.find:
        return  # prose is looked through and kept nowhere
    named = {cell for cell, what in placed.items() if what.reason and holds_a_name(cell)}
    if len(named) < 2:
        return
    rows = sum(cell in named for cell in written)
    if rows > 0.1 * sum(not says_nothing(cell) for cell in written):
        raise StudyError(
            f"{document.path}, column {column!r}: {rows} cells seem to hold names of people together with what is needed. Names "
            "must not get in: remove them from the column (or the column from the mapping), and try again."
        )


def _by_schema(facts: pd.DataFrame, rows: _Rows) -> None:
    """Turn away the rows that the schema and the codebook do not allow. The store looks at all of it again, with
    the whole schema; here each distinct cell is looked at once."""
    for column in schema.columns("hearings"):
        written = rows.facts.get(column.name, [])
        wrong = {}
        for cell in set(written):
            if fault := next(iter(column.faults(cell)), None):
                what = f"{shown(cell)} {fault.message}" if cell else "is not stated"
                wrong[cell] = f"{column.name}: {what}", (fault.suggestion or "") if cell else ""
        if wrong:
            for place, cell in enumerate(written):
                if cell in wrong:
                    rows.turn_away(place, *wrong[cell])
    for rule in schema.RULES:
        for place in rule.broken(facts).to_numpy().nonzero()[0]:
            value = rows.facts[rule.column][place]
            rows.turn_away(int(place), f"{rule.column}: {value!r} {rule.message}", rule.suggestion)
    for place, (finding, outcome) in enumerate(
        zip(rows.facts["finding"], rows.facts["outcome"], strict=True)
    ):
        if not finding and not outcome:
            rows.turn_away(place, "neither finding nor outcome is stated")


def _told(
    column: str, written: list[str], placed: dict[str, Placed], meaning: Meaning
) -> list[dict[str, object]]:
    """How a column's words were placed; of dates and prose, which are all different, only what is amiss."""
    counts = Counter(written)
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
                # What is placed without a word over is of the field, and may be shown.
                "written": repr(clean(cell))
                if what.facts and not what.note and not meaning.find and len(cell) < 80
                else shown(cell, _shown_strictly(meaning)),
                "rows": counts[cell],
                "placed": ", ".join(dict.fromkeys(what.facts.values())),
                "reason": what.reason,
                "suggestion": what.suggestion,
                "note": what.note,
            }
        )
    return rows
