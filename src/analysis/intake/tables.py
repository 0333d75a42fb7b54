"""Published tables as rows of text: CSV, workbooks, web pages and text copied from a page, with the header found and
what is no case (titles, notes, totals, repeated headers) set aside and counted."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import hashlib
import io
import re
import warnings
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import pandas as pd

from ..errors import StudyError
from .words import clean, plain, says_nothing

#: Rows in which a header is looked for.
_TOP = 40
_LARGEST = 200_000_000
_BLANK = " \t\r\n\f\v\u00a0\u200b\u202f\ufeff"


@dataclass(frozen=True)
class Sheet:
    """One grid of text cells as it stands in the file: a sheet, or a table of a web page."""

    name: str
    rows: list[list[str]]
    first: int = 1  # number of its first row


@dataclass(frozen=True)
class Document:
    """A file as read: its sheets, or its text where it holds no table, and why one could not be read."""

    path: Path
    sha256: str
    sheets: tuple[Sheet, ...] = ()
    text: str = ""
    problem: str = ""

    def require_table(self, otherwise: str) -> None:
        """Raise a StudyError where there is no table: what is wrong with it or, if nothing is, what to do instead."""
        if not self.sheets:
            raise StudyError(self.problem or f"{self.path}: {otherwise}")


@dataclass(frozen=True)
class Table:
    """The rows that may hold a case.

    Attributes
    ----------
    cells : DataFrame of text, one column a heading, indexed by the row's number in the file (from 1).
    sheet : name of the sheet.
    title : text above the header.
    set_aside : what was passed over as no case, with its row's number: (number, why).
    """

    cells: pd.DataFrame
    sheet: str = ""
    title: str = ""
    set_aside: tuple[tuple[int, str], ...] = ()


# ------------------------------------------------------------------------------------------------ reading files


def read_document(path: Path) -> Document:
    """A file's tables as they stand, whatever its format.

    Raises
    ------
    StudyError : no such file, empty, damaged, or of a format that holds no table that can be read.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise StudyError(f"{path}: there is no such file. Check the path.") from None
    except IsADirectoryError:
        raise StudyError(f"{path}: is a folder; name a file in it.") from None
    except (OSError, ValueError) as error:
        raise StudyError(f"{path}: cannot be read ({error}).") from None
    if len(content) > _LARGEST:
        raise StudyError(f"{path}: is larger than {_LARGEST // 1_000_000} MB; import it in parts.")
    sha256 = hashlib.sha256(content).hexdigest()
    if not content.strip(b"\x00\xef\xbb\xbf\xff\xfe \t\r\n"):
        raise StudyError(f"{path}: is empty.")
    if content.startswith(b"%PDF"):
        raise StudyError(
            f"{path}: is a PDF document, whose tables are lines and letters. Copy the table's text into a spreadsheet "
            "or a .txt file, look it over, and import that."
        )
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return Document(path, sha256, _workbook(path, content))
    if content.startswith(b"\x1f\x8b"):
        raise StudyError(f"{path}: is compressed (gzip); unpack it first.")
    text = decode(content)
    if re.search(r"<(?:!doctype html|html|table|tbody|tr)\b", text[:200_000], re.I):
        return Document(path, sha256, _web_page(path, text), "")
    try:
        sheet = _delimited(path, text)
    except StudyError as error:  # it may be no table at all, but text copied from a page
        return Document(path, sha256, (), text, str(error))
    return Document(path, sha256, (sheet,) if sheet else (), text)


def decode(content: bytes) -> str:
    """A file's text: UTF-8, UTF-16, else Windows-1252 or, where it cannot be that, what charset-normalizer finds.

    Notes
    -----
    Windows-1252 comes before charset-normalizer, which takes a short table of it with a dash and an apostrophe for
    Mac Roman; spreadsheets in this country write the former.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    if content[1:200:2].count(0) > 40:
        return content.decode("utf-16-le", errors="replace")
    try:
        return content.decode("utf-8-sig").replace("\x00", "")
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252").replace("\x00", "")
    except UnicodeDecodeError:
        import charset_normalizer

        best = charset_normalizer.from_bytes(content, cp_isolation=["cp850", "mac_roman"]).best()
        encoding = best.encoding if best is not None else "cp1252"
        return content.decode(encoding, errors="replace").replace("\x00", "")


def _workbook(path: Path, content: bytes) -> tuple[Sheet, ...]:
    import python_calamine

    try:
        if content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                if "word/document.xml" in archive.namelist():
                    raise StudyError(
                        f"{path}: is a Word document. Copy its table into a spreadsheet, or save it as a web page "
                        "(.html), and import that."
                    )
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = []
        for name in book.sheet_names:
            if (grid := book.get_sheet_by_name(name)) is None:
                continue
            rows = [[_cell(value) for value in row] for row in grid.to_python(skip_empty_area=False)]
            for (top, left), (bottom, right) in getattr(grid, "merged_cell_ranges", None) or ():
                _spread(rows, top, left, bottom, right)
            sheets.append(Sheet(name, rows))
    except StudyError:
        raise
    except (
        Exception
    ) as error:  # calamine and zipfile raise many kinds for damaged files; all mean the same here
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise StudyError(
            f"{path}: is no workbook that can be read ({reason}). Save it anew, or as CSV."
        ) from None
    return tuple(sheets)


def _spread(rows: list[list[str]], top: int, left: int, bottom: int, right: int) -> None:
    """Give a cell merged over several rows its text in each: a year that stands for its group. Across columns
    it stays once, so that a title does not look like a header."""
    if top >= len(rows) or left >= len(rows[top]):
        return
    for row in range(top + 1, min(bottom + 1, len(rows))):
        if left < len(rows[row]) and not rows[row][left]:
            rows[row][left] = rows[top][left]


def _cell(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    return "" if value is None else str(value)


def _web_page(path: Path, text: str) -> tuple[Sheet, ...]:
    import lxml.etree
    import lxml.html

    try:
        # Bytes, as a page that declares its own encoding may not be given as text.
        tree = lxml.html.document_fromstring(text.encode(), parser=lxml.html.HTMLParser(encoding="utf-8"))
    except (lxml.etree.LxmlError, ValueError):
        raise StudyError(f"{path}: is no web page that can be read. Save it anew.") from None
    for mark in tree.xpath("//sup | //script | //style"):
        mark.drop_tree()
    for end in tree.xpath(
        "//br | //p | //li | //div"
    ):  # what stands on lines of its own does not run together
        end.tail = f" ; {end.tail or ''}"
    found = tree.xpath("//table[not(.//table)]")  # the others lay out the page
    sheets = []
    for number, table in enumerate(found, start=1):
        caption = " ".join(table.xpath("string(caption)").split())
        rows = [[caption]] if caption else []
        sheets.append(Sheet(f"table {number}", rows + _grid(lxml.html.tostring(table, encoding="unicode"))))
    if not any(sheet.rows for sheet in sheets):
        raise StudyError(
            f"{path}: is a web page without a table. Copy its text into a .txt file and import that."
        )
    return tuple(sheets)


def _grid(table: str) -> list[list[str]]:
    """Cells of one table; pandas sees to what spans rows and columns."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            read = partial(pd.read_html, flavor="lxml", keep_default_na=False, thousands=None)
            # Once to learn how many columns there are, once to have them all as text.
            width = read(io.StringIO(table))[0].shape[1]
            frame = read(io.StringIO(table), converters=dict.fromkeys(range(width), str))[0]
    except (ValueError, IndexError):
        return []
    rows = []
    if not isinstance(frame.columns, pd.RangeIndex) and not all(isinstance(c, int) for c in frame.columns):
        levels = (
            [frame.columns]
            if frame.columns.nlevels == 1
            else [frame.columns.get_level_values(n) for n in range(frame.columns.nlevels)]
        )
        rows = [
            ["" if str(c).startswith("Unnamed:") else re.sub(r"\.\d+$", "", str(c)) for c in level]
            for level in levels
        ]
    rows += [
        ["" if pd.isna(cell) else str(cell) for cell in row]
        for row in frame.itertuples(index=False, name=None)
    ]
    return [[re.sub(r"(?:\s*;\s*)+", "; ", cell).strip(" ;") for cell in row] for row in rows]


def _delimited(path: Path, text: str) -> Sheet | None:
    """A grid, by the delimiter that gives the most rows of one width; None where no line holds any.

    Raises
    ------
    StudyError : a quotation mark is not closed, so that rows would be lost in one cell.
    """
    csv.field_size_limit(10_000_000)
    lines = text.split("\n", 1)
    skipped = 0
    if re.fullmatch(r"sep=.\r?", lines[0]):
        text, skipped = lines[1] if len(lines) > 1 else "", 1
    sample = "\n".join(text.splitlines()[:400])
    best, most = "", 0.0
    for delimiter in ",\t;|":
        widths = [len(row) for row in _split(sample, delimiter) if any(cell.strip() for cell in row)]
        wide = [w for w in widths if w > 1]
        if not wide:
            continue
        usual = max(set(wide), key=lambda w: (wide.count(w), w))
        # Prose holds commas too: a table is where most lines have the same number of them.
        score = wide.count(usual) / max(len(widths), 1) + (0.001 * usual)
        if score > most:
            best, most = delimiter, score
    if most < 0.3:
        return None
    rows: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=best, strict=True)
    try:
        rows.extend(reader)
    except csv.Error as error:
        raise _bad_quotes(path, len(rows) + 1 + skipped, str(error)) from None
    widths = [len(row) for row in rows[:_TOP] if len(row) > 1]
    width = max(set(widths), key=widths.count, default=2)
    for number, row in enumerate(rows, start=1 + skipped):
        if any("\n" in cell and _holds_rows(cell, best, width) for cell in row):
            raise _bad_quotes(path, number, "it swallows the rows after it")
    return Sheet("", rows, 1 + skipped)


def _bad_quotes(path: Path, row: int, why: str) -> StudyError:
    return StudyError(
        f"{path}, row {row}: a quotation mark stands where it may not, or is not closed ({why}). Close it or remove it, and try again."
    )


def _holds_rows(cell: str, delimiter: str, width: int) -> bool:
    """Whether a cell of several lines holds what are rows of the table: lines with as many delimiters."""
    return any(line.count(delimiter) >= max(2, width - 1) for line in cell.split("\n"))


def _split(text: str, delimiter: str) -> list[list[str]]:
    """Rows for the choice of the delimiter, whatever the quotation marks are like."""
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        return [line.split(delimiter) for line in text.splitlines()]


# ------------------------------------------------------------------------------------------------ finding the table


@lru_cache(maxsize=100_000)
def heading(text: str) -> str:
    """A heading as it is compared: without case, footnote marks, punctuation and numbers of questions ("(Q4)")."""
    text = re.sub(r"\((?:q ?\d+|\d+|[a-z])\)", " ", plain(text))
    return " ".join(re.findall(r"[a-z0-9]+", text.replace("&", " and ")))


def find_table(
    document: Document,
    is_heading: Callable[[str], bool],
    wanted: Sequence[str] = (),
    sheet: str | None = None,
) -> Table:
    """The table of a document: the sheet and the header row that hold the most known headings.

    Parameters
    ----------
    document : as read.
    is_heading : whether a text is a heading that is understood.
    wanted : headings of the mapping, where there is one; all of them must be found together.
    sheet : name of the sheet, where there are several.

    Raises
    ------
    StudyError : no such sheet, or no header.
    """
    document.require_table("holds no table with columns.")
    sheets = list(document.sheets)
    if sheet is not None:
        sheets = [s for s in sheets if s.name.casefold() == sheet.casefold()]
        if not sheets:
            names = ", ".join(repr(s.name) for s in document.sheets) or "none"
            raise StudyError(f"{document.path}: there is no sheet {sheet!r}; there are {names}.")
    wanted_set = {heading(w) for w in wanted}
    best: tuple[float, Sheet, int] | None = None
    for candidate in sheets:
        for place, row in enumerate(candidate.rows[:_TOP]):
            names = [heading(cell) for cell in row if cell.strip()]
            known = len(wanted_set & set(names)) if wanted_set else sum(map(is_heading, set(names)))
            # A header of few words more: headings are short, and no two are alike.
            short = sum(len(name) <= 60 for name in names) / len(names) if names else 0
            score = known + 0.5 * short - (0.5 if len(set(names)) < len(names) else 0) if known else 0
            size = min(len(candidate.rows) - place, 1000) / 1e6  # of two tables alike the longer one
            if known >= min(2, len(wanted_set) or 2) and (best is None or score + size > best[0]):
                best = (score + size, candidate, place)
    if best is None:
        what = (
            f"the headings {', '.join(map(repr, wanted))}"
            if wanted
            else "headings that are understood (date, rank, breach, outcome ...)"
        )
        raise StudyError(
            f"{document.path}: no row with {what} was found in the first {_TOP} rows. "
            "Check the file, name the --sheet, or write a mapping (misconduct mappings shows those there are)."
        )
    _, found, place = best
    if wanted_set:
        missing = [w for w in wanted if heading(w) not in {heading(cell) for cell in found.rows[place]}]
        if missing:
            raise StudyError(
                f"{document.path}: the table lacks the column{'s' * (len(missing) > 1)} {', '.join(map(repr, missing))} "
                "that the mapping names. Check that it is the right mapping, or copy it and change it."
            )
    return _cut(found, place)


def _cut(sheet: Sheet, place: int) -> Table:
    header = _header(sheet.rows, place)
    title = " ".join(clean(cell) for row in sheet.rows[:place] for cell in row if cell.strip())
    width = len(header)
    keep = [n for n, name in enumerate(header) if name]
    names = _distinct([header[n] for n in keep])
    compared = [heading(name) for name in header]
    rows, numbers, aside = [], [], []
    last = len(sheet.rows)
    for number, row in enumerate(sheet.rows[place + 1 :], start=sheet.first + place + 1):
        cells = [cell.strip(_BLANK) for cell in row]
        cells += [""] * (width - len(cells))
        if not any(cells):
            continue
        if why := _no_case(cells, compared, number == last):
            aside.append((number, why))
            continue
        rows.append([cells[n] for n in keep])
        numbers.append(number)
    cells = pd.DataFrame(rows, columns=names, index=pd.Index(numbers, dtype="int64"), dtype="str")
    return Table(cells, sheet.name, title, tuple(aside))


def _header(rows: list[list[str]], place: int) -> list[str]:
    """Headings, where a cell merged with the one above has its text there."""
    header = [clean(cell) for cell in rows[place]]
    if place and len([c for c in rows[place - 1] if c.strip()]) > 1:
        above = [clean(cell) for cell in rows[place - 1]]
        header = [name or (above[n] if n < len(above) else "") for n, name in enumerate(header)]
    return header


def _distinct(names: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    result = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return result


_NOTE = re.compile(
    r"^(?:\*+|†|‡|§|note\b|notes\b|nb\b|n\.b|source\b|sources\b|footnote|please note|caveat|key\b|\[?\(?\d{1,2}[\])]|"
    r"data (?:extracted|correct|as at)|this (?:data|table|information)|extracted|produced by|\u00b9|\u00b2|\u00b3|"
    r"for further|under the freedom|the (?:above|data|table|figures))",
    re.I,
)


_TOTALS = re.compile(r"\W*(?:(?:grand|sub)?[ -]?totals?|overall|sum)\b", re.I)


def _no_case(cells: list[str], header: list[str], is_last: bool) -> str:
    """Why a row holds no case, or nothing."""
    filled = [(n, cell) for n, cell in enumerate(cells) if cell]
    place, first = filled[0]
    if len(first) < 20 and all(len(cell) < 20 and says_nothing(cell) for _, cell in filled):
        return "nothing but dashes"
    # Most rows are told from a header and from totals by their first cell.
    if (
        place < len(header)
        and len(filled) >= 2
        and len(first) < 200
        and heading(first) == header[place] != ""
    ):
        same = sum(n < len(header) and heading(cell) == header[n] and header[n] != "" for n, cell in filled)
        if same == len(filled):
            return "header repeated"
    if _TOTALS.match(first) and all(re.fullmatch(r"[\d,.% ]+", clean(cell)) for _, cell in filled[1:]):
        return "totals"
    if len({cell for _, cell in filled}) == 1 and len(header) > 1:
        text = filled[0][1]
        if _NOTE.match(text.strip()) or len(text) > 120:
            return "note"
    return ""


# ------------------------------------------------------------------------------------------------ text from a page


def lines_as_table(document: Document, headings: Sequence[str]) -> Table:
    """A table whose cells were copied one to a line: the headings, then a line for each cell, row after row.

    Raises
    ------
    StudyError : the headings do not stand one after the other, or the last row is not whole.
    """
    lines = [(n, clean(line)) for n, line in enumerate(document.text.splitlines(), start=1)]
    lines = [(n, line) for n, line in lines if line]
    compared = [heading(name) for name in headings]
    width = len(compared)
    start = next(
        (p for p in range(len(lines)) if [heading(t) for _, t in lines[p : p + width]] == compared), None
    )
    if start is None:
        raise StudyError(
            f"{document.path}: the headings {', '.join(map(repr, headings))} do not stand there one to a line, as this "
            "mapping expects."
        )
    title = " ".join(text for _, text in lines[:start])
    rows, numbers, aside = [], [], []
    place = start + width
    while place < len(lines):
        chunk = lines[place : place + width]
        texts = [text for _, text in chunk]
        if _NOTE.match(texts[0]):
            aside.append((chunk[0][0], "note"))
            place += 1
            continue
        if [heading(text) for text in texts] == compared:
            aside.append((chunk[0][0], "header repeated"))
        elif len(chunk) < width:
            raise StudyError(
                f"{document.path}, line {chunk[0][0]}: the last row has {len(chunk)} cells of {width}. A cell that is empty on "
                "the page is lost when it is copied: write '-' on its line."
            )
        else:
            rows.append(texts)
            numbers.append(chunk[0][0])
        place += width
    cells = pd.DataFrame(rows, columns=list(headings), index=pd.Index(numbers, dtype="int64"), dtype="str")
    return Table(cells, "", title, tuple(aside))


_BULLET = re.compile(r"^\s*(?:[•·▪◦‣○●*-]|\d{1,2}[.)])\s+")


def labels_as_table(document: Document, labels: Sequence[str]) -> Table:
    """Notices of labelled lines ("Outcome: ..."), one row each; a notice begins where its first label comes again.

    A label stands alone on its line or before a colon; what follows, up to the next label, is its cell.
    """
    known = {heading(label): label for label in labels}
    notices: list[dict[str, list[str]]] = []
    numbers: list[int] = []
    current: str | None = None
    begins: str | None = None
    before: list[str] = []
    for number, line in enumerate(document.text.splitlines(), start=1):
        text = _BULLET.sub("", line).strip()
        if not text:
            continue
        label, _, rest = text.partition(":")
        found = known.get(heading(label))
        if found is None and (whole := known.get(heading(text))):
            found, rest = whole, ""
        if found is None:
            if current is not None:
                notices[-1][current].append(clean(text))
            else:
                before.append(clean(text))
            continue
        begins = begins or found
        if not notices or found == begins:
            notices.append({})
            numbers.append(number)
        notices[-1].setdefault(found, [])
        current = found
        if rest.strip():
            notices[-1][found].append(clean(rest))
    if not notices:
        raise StudyError(
            f"{document.path}: none of the labels {', '.join(map(repr, labels))} stands at the start of a line."
        )
    rows = [["; ".join(notice.get(label, ())) for label in labels] for notice in notices]
    cells = pd.DataFrame(rows, columns=list(labels), index=pd.Index(numbers, dtype="int64"), dtype="str")
    return Table(cells, "", " ".join(before))


def set_aside(aside: Iterable[tuple[int, str]]) -> str:
    """What was set aside, in a few words: ``2 notes (rows 40, 41), 1 totals (row 39)``."""
    by_reason: dict[str, list[int]] = {}
    for number, why in aside:
        by_reason.setdefault(why, []).append(number)
    return "; ".join(
        f"{why}: row{'s' * (len(rows) > 1)} {', '.join(map(str, rows[:8]))}{' ...' if len(rows) > 8 else ''}"
        for why, rows in by_reason.items()
    )
