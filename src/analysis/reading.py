"""Reading a table as text, from CSV, Parquet or a frame, and finding everything wrong with it; what the text
means is the business of `loading`."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import io
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pyarrow.parquet as pq

from . import codelists, schema
from .errors import DataError, Problem, StudyError
from .writing import settle

PathLike = str | os.PathLike

# Words that ask who someone is, wherever they stand in a heading …
_NAME_WORDS = {
    "name", "names", "surname", "surnames", "forename", "forenames", "firstname", "lastname", "fullname",
    "initial", "initials", "collar", "warrant", "shoulder", "badge", "epaulette", "dob", "birth", "birthdate",
    "birthday", "email", "phone", "address", "postcode",
}  # fmt: skip
# … and words that do so where nothing else stands beside them ("Officer", but not "Officer rank").
_PERSON_WORDS = {"officer", "officers", "person", "people", "individual", "who", "id", "no", "number", "ref"}
_MAX_CELL = 1_000_000


@dataclass
class Raw:
    """A table as text, its index the rows as a spreadsheet counts them, with what is wrong so far."""

    label: str
    cells: pd.DataFrame = field(default_factory=pd.DataFrame)
    problems: list[Problem] = field(default_factory=list)

    def fault(self, message: str, suggestion: str | None = None, **where: object) -> None:
        self.problems.append(Problem(self.label, message, suggestion=suggestion, **where))


def read(given: PathLike | pd.DataFrame | None, default: Path) -> Raw:
    """A table as text from wherever it stands.

    Raises
    ------
    DataError : the file has nothing in it that could be checked further.
    """
    if isinstance(given, pd.DataFrame):
        raw = Raw("the frame", _as_text(given))
    else:
        path = _expanded(given) if given is not None else default
        content = _bytes(path)
        if content[:4] == b"PAR1" or path.suffix.casefold() in (".parquet", ".pq"):
            raw = _read_parquet(path, content)
        else:
            raw = _read_csv(str(path), content)
    if raw.cells.empty and not raw.problems:
        raw.fault("has a header but no rows", "Write one row a case under the header.")
    if raw.cells.empty and not len(raw.cells.columns):
        raise DataError(raw.problems)
    return raw


def _expanded(given: PathLike) -> Path:
    path = Path(given)
    try:
        return path.expanduser()
    except RuntimeError:  # no such user: the message that there is no such file says enough
        return path


def _bytes(path: Path) -> bytes:
    settle(path.parent)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        near = codelists.nearest_word(path.name, [p.name for p in path.parent.glob("*") if p.is_file()])
        hint = f" Did you mean {str(path.parent / near)!r}?" if near else " Check the path."
        raise StudyError(f"{path}: there is no such file.{hint}") from None
    except IsADirectoryError:
        raise StudyError(f"{path}: is a folder; expected a CSV or Parquet file. Name a file in it.") from None
    except PermissionError:
        raise StudyError(
            f"{path}: may not be read; ask its owner for permission, or copy the file."
        ) from None
    except (OSError, ValueError) as error:
        raise StudyError(f"{path}: cannot be read ({error}); check the path and the disk.") from None


_OTHER_FORMATS = {
    b"PK\x03\x04": ("an Excel or OpenDocument workbook (or another zip file)", True),
    b"\xd0\xcf\x11\xe0": ("an old Excel workbook", True),
    b"%PDF": ("a PDF document", False),
    b"\x1f\x8b": ("a compressed (gzip) file", False),
}


_WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")


def _read_csv(label: str, content: bytes) -> Raw:
    raw = Raw(label)
    if label.casefold().endswith(_WORKBOOKS):
        # Not told by its first bytes alone: a broken workbook would be taken for a CSV file of odd columns.
        raw.fault(
            "is a workbook, not a CSV file",
            "Open it in the spreadsheet and save the sheet as 'CSV UTF-8 (comma delimited)'.",
        )
        return raw
    for start, (what, workbook) in _OTHER_FORMATS.items():
        if content.startswith(start):
            advice = (
                "Open it in the spreadsheet and save the sheet as 'CSV UTF-8 (comma delimited)'."
                if workbook
                else "Give a CSV (UTF-8) or Parquet file."
            )
            raw.fault(f"is {what}, not a CSV file", advice)
            return raw
    if not content.strip(b"\x00\xef\xbb\xbf\xff\xfe \t\r\n"):
        raw.fault("is empty", "Expected a header and one row a case.")
        return raw
    text = _decode(raw, content)
    if text.lstrip()[:9].casefold().startswith(("<!doctype", "<html")):
        raw.fault("is a web page, not a CSV file", "Download the data file itself.")
        return raw
    records = _records(raw, text)
    if records is None:
        return raw
    header, rows, numbers = records
    raw.cells = pd.DataFrame(rows, columns=header, index=pd.Index(numbers, dtype="int64"), dtype="str")
    return raw


def _decode(raw: Raw, content: bytes) -> str:
    """Text of the file; another encoding than UTF-8 is a problem, but the cells are still looked at."""
    save = "Save it as UTF-8 (in Excel: 'CSV UTF-8 (comma delimited)')."
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raw.fault("is encoded in UTF-16, not UTF-8", save)
        return content.decode("utf-16", errors="replace")
    if content[1:200:2].count(0) > 40:
        raw.fault("is encoded in UTF-16 without a byte order mark, not UTF-8", save)
        return content.decode("utf-16-le", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        bad = [n for n, line in enumerate(content.split(b"\n"), start=1) if not _is_utf8(line)]
        for n in bad:
            # The cell is not repeated: what is not plain ASCII is often somebody's name.
            raw.fault(
                f"is not UTF-8 (byte 0x{content[error.start]:02x}); it looks like Windows-1252"
                if n == bad[0]
                else "is not UTF-8",
                save,
                row=n,
            )
        return content.decode("cp1252", errors="replace")


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _records(raw: Raw, text: str) -> tuple[list[str], list[list[str]], list[int]] | None:
    """Header, rows of full length, and the spreadsheet row of each; what does not fit is a problem."""
    for n, line in enumerate(text.split("\n") if "\x00" in text else (), start=1):
        if "\x00" in line:
            raw.fault("has a NUL byte: the file is damaged", "Export it anew.", row=n)
    text = text.replace("\x00", "")
    delimiter = _delimiter(raw, text)
    csv.field_size_limit(_MAX_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    rows, numbers = [], []
    number = 0
    try:
        for number, record in enumerate(reader, start=1):
            if not any(cell.strip() for cell in record):
                continue  # a blank line, or the empty rows that spreadsheets leave at the end
            if header is None:
                header = record
            elif len(record) != len(header):
                raw.fault(
                    f"has {len(record)} cells, but the header has {len(header)}",
                    "Put a cell that holds a comma in double quotes."
                    if len(record) > len(header)
                    else "Add the missing commas.",
                    row=number,
                )
            else:
                rows.append(record)
                numbers.append(number)
    except csv.Error as error:
        raw.fault(
            f"cannot be read as CSV from here on ({error})",
            "Look for a double quote that is not closed, or that stands inside a cell without being doubled.",
            row=number + 1,
        )
    if header is None:
        if not raw.problems:
            raw.fault("is empty", "Expected a header and one row a case.")
        return None
    return header, rows, numbers


def _delimiter(raw: Raw, text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    if first.startswith("sep=") and len(first) == 5:
        raw.fault(
            "starts with the line 'sep=', which only Excel understands", "Remove the first line.", row=1
        )
    for other, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")):
        if first.count(other) > first.count(","):
            raw.fault(
                f"has its columns separated by {name}, not commas",
                "In the spreadsheet, save it as 'CSV UTF-8 (comma delimited)'; some regional settings write "
                "semicolons, and then breaches and conduct, which use them, fall apart.",
                row=1,
            )
            return other
    return ","


def _read_parquet(path: Path, content: bytes) -> Raw:
    try:
        # What pandas noted down for itself is passed over: by it a column may have become the index.
        frame = pq.read_table(io.BytesIO(content)).to_pandas(ignore_metadata=True)
    except Exception as error:  # pyarrow raises many kinds for a damaged file, and all mean the same here
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise StudyError(f"{path}: is not a readable Parquet file ({reason}); export it anew.") from None
    unnamed = [name for name in frame.columns if re.fullmatch(r"__index_level_\d+__", str(name))]
    return Raw(str(path), _as_text(frame.drop(columns=unnamed)))


def _as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """A typed frame as the CSV file would hold it; the rows are counted as in a spreadsheet."""
    named = [name for name in frame.index.names if name is not None and name not in frame.columns]
    frame = frame.reset_index(level=named) if named else frame
    cells = [_column_as_text(frame.iloc[:, position]) for position in range(frame.shape[1])]
    index = pd.RangeIndex(2, len(frame) + 2)
    result = pd.DataFrame(dict(enumerate(cells)), index=index, dtype="str")
    result.columns = [str(name) for name in frame.columns]
    return result


def _column_as_text(column: pd.Series) -> np.ndarray:
    if pd.api.types.is_bool_dtype(column.dtype):
        return column.map({True: "yes", False: "no"}).fillna("").to_numpy(dtype=object)
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return column.dt.strftime("%Y-%m-%d").fillna("").to_numpy(dtype=object)
    return np.array([_cell_as_text(value) for value in column.astype(object)], dtype=object)


def _cell_as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple, np.ndarray)):
        return ";".join(_cell_as_text(part) for part in value if not _is_missing(part))
    if isinstance(value, (set, frozenset)):
        return ";".join(sorted(_cell_as_text(part) for part in value if not _is_missing(part)))
    if _is_missing(value):
        return ""
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (dt.datetime, dt.date)):
        return value.strftime("%Y-%m-%d")
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value)


def _is_missing(value: object) -> bool:
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


_LIST = re.compile(r"[(\[](?:'[^';]*'(?:, ?)?)*[)\]]")
_BOOL = {"true": "yes", "false": "no"}


def undo_to_csv(raw: Raw, table: str, derived: Iterable[str] = ()) -> None:
    """Turn what `DataFrame.to_csv` makes of a loaded frame back into the file's own words.

    True and False become yes and no, the text of a tuple or list becomes codes with semicolons, and the
    unnamed first column of row numbers goes, where a column in `derived` shows that the frame was loaded.
    """
    header = list(raw.cells.columns)
    if header and header[0] == "" and set(derived) & set(header):
        numbers = raw.cells.iloc[:, 0]
        if numbers.str.fullmatch(r"[0-9]+").all() and numbers.is_unique:
            raw.cells = raw.cells.iloc[:, 1:]
    by_name = {column.name: column for column in (*schema.columns(table), *schema.columns("sources"))}
    for position, name in enumerate(raw.cells.columns):
        column = by_name.get(name)
        if column is None or not (column.kind == "codes" or column.values == schema.YES_NO):
            continue
        cells = raw.cells.iloc[:, position]
        filed = {cell: _filed(cell, column.kind) for cell in cells.unique()}
        if any(cell != text for cell, text in filed.items()):
            raw.cells = raw.cells.copy()
            raw.cells.isetitem(position, cells.map(filed).astype("str"))


def _filed(cell: str, kind: str) -> str:
    if kind == "codes":
        return ";".join(re.findall(r"'([^']*)'", cell)) if _LIST.fullmatch(cell) else cell
    return _BOOL.get(cell.casefold(), cell)


def check_header(raw: Raw, table: str, optional: Iterable[str] = ()) -> None:
    """Missing, doubled, unnamed, name-like and unknown columns; keeps the first of each known one."""
    wanted = [column.name for column in schema.columns(table)]
    known = [*wanted, *optional]
    header = list(raw.cells.columns)
    missing = [name for name in wanted if name not in header]
    for name in dict.fromkeys(n for n in header if header.count(n) > 1 and n.strip()):
        raw.fault(f"stands {header.count(name)} times in the header", "Keep one.", row=1, column=name)
    for position, name in enumerate(header, start=1):
        if name in known:
            continue
        if not name.strip():
            raw.fault(f"column {position} has no heading", "Name it or remove it.", row=1)
        elif names_people(name):
            raw.fault(
                "looks like it identifies people: no names, initials, collar numbers or birth dates are kept",
                "Remove the column from the file.",
                row=1,
                column=name,
            )
        elif _holds_names(raw.cells.iloc[:, position - 1]):
            raw.fault(
                "is not a column of this table, and its cells read like people's names",
                "Remove the column from the file.",
                row=1,
                column=name,
            )
        else:
            near = codelists.nearest_word(name, missing) or codelists.nearest_word(name, known)
            raw.fault(
                "is not a column of this table",
                f"Did you mean {near!r}?" if near else "Remove it; data/datapackage.json lists the columns.",
                row=1,
                column=name,
            )
    for name in missing:
        near = codelists.nearest_word(name, [n for n in header if n not in known])
        raw.fault(
            "is missing",
            f"Is it the column {near!r}? Then rename it."
            if near
            else "Add the column; leave its cells empty where a source does not say, if it may be empty.",
            row=1,
            column=name,
        )
    keep = [i for i, name in enumerate(header) if name in known and name not in header[:i]]
    raw.cells = raw.cells.iloc[:, keep]


def names_people(heading: str) -> bool:
    """Whether a heading asks for who someone is ("Officer name", "Surname", "Collar No.")."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading)
    words = set(re.findall(r"[a-z]+", spaced.casefold()))
    return bool(words & _NAME_WORDS or words and words <= _PERSON_WORDS)


def _holds_names(cells: pd.Series) -> bool:
    filled = cells[cells.str.strip().ne("")].unique()[:200]
    with codelists.held():
        return len(filled) > 0 and sum(map(schema.looks_like_a_name, filled)) > len(filled) / 2


def check_cells(
    raw: Raw, table: str, only: Iterable[str] | None = None, optional: Iterable[str] = ()
) -> None:
    """Everything wrong with the cells of the columns that are there, found by the pandera schema.

    Parameters
    ----------
    raw : gets a problem for each fault.
    table : hearings, sources, official, double_coded, possible_duplicates or changes.
    only : check these columns alone, and no rules between columns.
    optional : required columns that may be empty all the same.
    """
    with codelists.held():
        _check_cells(raw, table, only, optional)


def _check_cells(raw: Raw, table: str, only: Iterable[str] | None, optional: Iterable[str]) -> None:
    present = [
        replace(c, required=c.required and c.name not in set(optional))
        for c in schema.columns(table)
        if c.name in raw.cells and (only is None or c.name in only)
    ]
    if not present or raw.cells.empty:
        return
    by_name = {column.name: column for column in present}
    try:
        expected = schema.schema_for(table, list(by_name), rules=False, optional=optional)
        expected.validate(raw.cells[list(by_name)], lazy=True)
    except pa.errors.SchemaErrors as error:
        failures = error.failure_cases
        cells = failures[failures["check"].str.startswith("not allowed")]
        faults: dict[tuple[str, str], tuple[schema.Fault, ...]] = {}
        for name, row, cell in zip(cells["column"], cells["index"], cells["failure_case"], strict=True):
            if (name, cell) not in faults:
                faults[name, cell] = by_name[name].faults(cell)
            for fault in faults[name, cell]:
                raw.fault(fault.message, fault.suggestion, row=int(row), column=name, value=fault.value)
    for column in present:
        if column.unique:
            _check_unique(raw, column.name)
    if table == "hearings" and only is None:
        # A row that breaks a rule only because one of its cells is wrong has been reported already.
        wrong = {name: {p.row for p in raw.problems if p.column == name} for name in by_name}
        for rule in schema.RULES:
            if set(rule.columns) <= set(by_name):
                reported = set().union(*(wrong[name] for name in rule.columns))
                broken = rule.broken(raw.cells) & ~raw.cells.index.isin(reported)
                for row, value in raw.cells.loc[broken, rule.column].items():
                    raw.fault(rule.message, rule.suggestion, row=int(row), column=rule.column, value=value)


def _check_unique(raw: Raw, name: str) -> None:
    cells = raw.cells[name]
    again = cells.duplicated() & cells.ne("")
    if not again.any():
        return
    first = cells.drop_duplicates()
    first = pd.Series(first.index, index=first.to_numpy())
    for row, value in cells[again].items():
        raw.fault(
            f"stands in row {first[value]} too, and must be unique",
            "Give each row its own, or remove the doubled row.",
            row=int(row),
            column=name,
            value=value,
        )


def in_order(problems: list[Problem]) -> list[Problem]:
    """The whole file's problems first, then row by row."""
    return sorted(problems, key=lambda p: (p.row is not None, p.row or 0))
