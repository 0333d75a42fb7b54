"""What every table of the data package may hold: one declaration, built on the code lists, from which the
pandera schemas, the loader's messages and the tests of `datapackage.json` all follow."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from . import codelists
from .errors import StudyError
from .partial_dates import PartialDate, parse_period
from .paths import data_folder

EARLIEST = dt.date(1990, 1, 1)
YES_NO = ("yes", "no")
#: How a row id may be written: no blanks, so that a person's name cannot stand in it.
ID_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._/-]{0,79}"
#: How a role, a handle or a mapping may be written.
HANDLE_PATTERN = r"[a-z][a-z0-9-]{0,59}"


@dataclass(frozen=True)
class Fault:
    """What is wrong with one cell: the offending part, why, and what to write instead."""

    value: str | None
    message: str
    suggestion: str | None = None


@dataclass(frozen=True)
class Column:
    """One column of a table, as text.

    Attributes
    ----------
    name : heading.
    kind : text, id, code, codes (`;`-separated), date (partial), period, number, integer
        or pattern.
    required : may not be empty.
    codelist : name of the code list whose codes (for `force`: labels) are allowed.
    values : the allowed values, where they are not a code list's, or are more than the code list's.
    pattern : regular expression that the whole cell must match (kind pattern or id).
    unique : no value may stand twice.
    """

    name: str
    kind: str = "text"
    required: bool = False
    codelist: str | None = None
    values: tuple[str, ...] = ()
    pattern: str | None = None
    unique: bool = False

    @property
    def allowed(self) -> tuple[str, ...]:
        """Allowed values, in the order of their code list as it is now; empty where anything goes."""
        if self.codelist is None:
            return self.values
        known = codelists.labels(self.codelist)
        return (*(known.values() if self.codelist == "forces" else known), *self.values)

    def faults(self, cell: str) -> tuple[Fault, ...]:
        """Everything wrong with one cell; empty where it is right."""
        if cell == "":
            if not self.required:
                return ()
            hint = f"Write one of {_listing(self.allowed)}." if self.allowed else None
            return (Fault(None, "is empty, but every row needs it", hint),)
        return tuple(_CHECKS[self.kind](self, cell))

    def nearest(self, value: str) -> str | None:
        """The allowed value that `value` most likely means."""
        code = codelists.nearest(self.codelist, value) if self.codelist else None
        if code is None:
            return codelists.nearest_word(value, self.values)
        return codelists.labels("forces")[code] if self.codelist == "forces" else code


def _listing(values: tuple[str, ...], most: int = 12) -> str:
    shown = ", ".join(values[:most])
    return shown if len(values) <= most else f"{shown} … ({len(values)} in all)"


# Words that mean "not stated" in spreadsheets: here the cell is left empty instead.
_MISSING = {
    "na",
    "n/a",
    "nan",
    "none",
    "null",
    "-",
    "--",
    "–",
    "—",
    "?",
    "unknown",
    "not stated",
    "not known",
    "tbc",
}
_LOOKS_LIKE_A_NAME = re.compile(
    r"(?:(?:Mr|Mrs|Ms|Miss|Dr|PC|PS|DC|DS|SC|DI|Sgt|Insp)\.? )?"
    r"[A-ZÀ-Þ][a-zß-ÿ]+(?:['’-][A-ZÀ-Þ]?[a-zß-ÿ]+)?(?: [A-Z]\.?)?"
    r"(?: (?:Mc|Mac|O['’]|van |de )?[A-ZÀ-Þ][a-zß-ÿ]+(?:['’-][A-ZÀ-Þ]?[a-zß-ÿ]+)?){1,2}"
)
_INITIAL_AND_NAME = re.compile(
    r"[A-Z]\.? [A-ZÀ-Þ][a-zß-ÿ]{2,}|(?:[A-Z]\. ?){1,3}[A-ZÀ-Þ][a-zß-ÿ]{2,}"
    r"|[A-ZÀ-Þ][a-zß-ÿ]+, [A-ZÀ-Þ][a-zß-ÿ]+"
)


def looks_like_a_name(text: str) -> bool:
    """Whether a cell reads like a person's name ("Forename Surname", "F. Surname", "Surname, Forename").

    A suspicion, not proof: used only in columns that hold no prose, where nothing of this form belongs.
    """
    text = text.strip()
    if not (_LOOKS_LIKE_A_NAME.fullmatch(text) or _INITIAL_AND_NAME.fullmatch(text)):
        return False
    return not _vocabulary() & set(re.findall(r"[a-z]{4,}", text.casefold()))


def _vocabulary() -> set[str]:
    """Words of the field: "Serious Misconduct" has the form of a name, but is none. Forces are left out, as
    Kent and Durham are surnames too."""
    lists = [name for name in codelists.NAMES if name != "forces"]
    return _words_of(*((name, *codelists.state(name)) for name in lists))


@lru_cache(maxsize=8)
def _words_of(*lists: tuple[str, Path, int]) -> set[str]:
    """Kept for each state of the lists, as every suspicious cell asks for it."""
    known = (codelists.words(name) for name, _, _ in lists)
    return {word for words in known for text in words for word in re.findall(r"[a-z]{4,}", text)}


_NAME_FAULT = Fault(
    None,
    "reads like a person's name (not repeated here); names are never kept in this data set",
    "Remove it from the file, wherever else it stands too.",
)


def _word(column: Column, value: str) -> Fault | None:
    if value in column.allowed:
        return None
    near = column.nearest(value)
    if near is not None:
        return Fault(value, "is not an allowed value", f"Did you mean {near!r}?")
    if value.strip().casefold() in _MISSING or not value.strip():
        if column.required:
            return Fault(value, "is not an allowed value", f"Write one of {_listing(column.allowed)}.")
        return Fault(value, "is not an allowed value", "Leave the cell empty where the source does not say.")
    if column.codelist != "forces" and looks_like_a_name(value):
        return _NAME_FAULT
    return Fault(value, "is not an allowed value", f"Allowed: {_listing(column.allowed)}.")


def _check_code(column: Column, cell: str):
    fault = _word(column, cell)
    if fault:
        yield fault


def _check_codes(column: Column, cell: str):
    parts = cell.split(";")
    for part in dict.fromkeys(parts):
        if part == "":
            yield Fault(
                cell, "has an empty part", "Separate codes by one semicolon, with none before or after."
            )
            continue
        if fault := _word(column, part):
            yield fault
        elif parts.count(part) > 1:
            yield Fault(part, "stands twice in one cell", "Name each code once.")


def latest() -> dt.date:
    """The last day a hearing can have been: today or, if the clock is behind, the day the data was made."""
    return max(dt.date.today(), _created(data_folder() / "datapackage.json"))


@cache
def _created(descriptor: Path) -> dt.date:
    try:
        return dt.date.fromisoformat(json.loads(descriptor.read_text(encoding="utf-8"))["created"][:10])
    except (OSError, ValueError, KeyError, TypeError):
        return dt.date.min


def _check_date(column: Column, cell: str):
    try:
        date = PartialDate.parse(cell)
    except ValueError as error:
        message = str(error).removeprefix(f"{cell!r} ")
        message, _, form = message.partition(": ")
        hint = (
            f"{form[:1].upper()}{form[1:]}." if form else "Write a day that exists, or only YYYY-MM or YYYY."
        )
        near = rewrite_date(cell)
        yield Fault(cell, message, f"Did you mean {near!r}?" if near else hint)
        return
    if date.first > latest():
        yield Fault(cell, "lies in the future", "Only concluded proceedings belong in the data.")
    if date.last < EARLIEST:
        yield Fault(cell, f"lies before {EARLIEST.year}", "Check the year.")


def _check_period(column: Column, cell: str):
    try:
        period = parse_period(cell)
    except ValueError as error:
        message, _, form = str(error).removeprefix(f"{cell!r} ").partition(": ")
        hint = f"{form[:1].upper()}{form[1:]}." if form else "Write days that exist, the earlier one first."
        yield Fault(cell, message, hint)
        return
    if period.start > latest():
        yield Fault(cell, "lies in the future", "Only published figures belong in the data.")


def rewrite_date(cell: str) -> str | None:
    """The ISO form of a date written in another unambiguous way (`31/12/2021`, `3 May 2021`), or None."""
    text = cell.strip()
    parts = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", text)
    if parts:
        first, second, year = map(int, parts.groups())
        # Either order may have been meant unless one of the two cannot be a month.
        orders = {(second, first), (first, second)}
        days = {dt.date(year, month, day) for month, day in orders if _is_day(year, month, day)}
        return days.pop().isoformat() if len(days) == 1 else None
    if re.fullmatch(r"\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?([T ]00:00(:00)?)?", text):
        numbers = [int(n) for n in re.findall(r"\d+", text)[: 3 if text.count(text[4]) > 1 else 2]]
        padded = "-".join([f"{numbers[0]:04d}", *(f"{n:02d}" for n in numbers[1:])])
        try:
            return str(PartialDate.parse(padded))
        except ValueError:
            return None
    for form in ("%d %B %Y", "%d %b %Y", "%A %d %B %Y", "%d-%b-%Y", "%B %Y", "%b %Y"):
        try:
            day = dt.datetime.strptime(re.sub(r"(\d)(st|nd|rd|th)\b", r"\1", text), form).date()
        except ValueError:
            continue
        return day.isoformat() if "%d" in form else f"{day:%Y-%m}"
    return None


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        dt.date(year, month, day)
    except ValueError:
        return False
    return True


def _check_pattern(column: Column, cell: str):
    if not re.fullmatch(column.pattern or "", cell):
        yield Fault(cell, "is not of the expected form", f"Expected the pattern {column.pattern}.")


def _check_id(column: Column, cell: str):
    if re.fullmatch(column.pattern or ID_PATTERN, cell):
        return
    if looks_like_a_name(cell):
        yield _NAME_FAULT
    else:
        yield Fault(
            cell, "is not an id", "Use letters, digits, '-', '_', '.' and '/' only, at most 80, no blanks."
        )


def _check_number(column: Column, cell: str):
    whole = column.kind == "integer"
    if not re.fullmatch(r"-?\d+" if whole else r"-?\d+(\.\d+)?", cell):
        without = cell.replace(",", "").replace(" ", "")
        fixes = re.fullmatch(r"-?\d+(\.\d+)?", without)
        kind = "a whole number" if whole else "a number"
        yield Fault(cell, f"is not {kind}", f"Did you mean {without!r}?" if fixes else "Write digits only.")


def _check_text(column: Column, cell: str):
    return iter(())


_CHECKS: dict[str, Callable] = {
    "code": _check_code,
    "codes": _check_codes,
    "date": _check_date,
    "period": _check_period,
    "pattern": _check_pattern,
    "id": _check_id,
    "number": _check_number,
    "integer": _check_number,
    "text": _check_text,
}


@dataclass(frozen=True)
class Rule:
    """A rule that ties several columns of one row together.

    `broken` gives True for each row that breaks it; the fault is reported at `column`.
    """

    name: str
    columns: tuple[str, ...]
    column: str
    broken: Callable[[pd.DataFrame], pd.Series]
    message: str
    suggestion: str


def _special_rank_of_another_role(rows: pd.DataFrame) -> pd.Series:
    return rows["rank"].str.startswith("special_") & rows["role"].ne("special_constable")


def _regular_rank_of_another_role(rows: pd.DataFrame) -> pd.Series:
    return rows["rank"].ne("") & ~rows["rank"].str.startswith("special_") & rows["role"].ne("police_officer")


def _formal_outcomes() -> list[str]:
    severity = pd.to_numeric(codelists.load_codelist("outcomes")["severity"])
    return severity.index[severity.ge(severity.get("written_warning", float("inf")))].tolist()


RULES: tuple[Rule, ...] = (
    Rule(
        "special_rank",
        ("rank", "role"),
        "rank",
        _special_rank_of_another_role,
        "is a rank of the Special Constabulary, but the role is not special_constable",
        "Mend the rank or the role.",
    ),
    Rule(
        "regular_rank",
        ("rank", "role"),
        "rank",
        _regular_rank_of_another_role,
        "is a rank of regular officers, but the role is not police_officer",
        "Mend the role, use a special_ rank for a special constable, or leave the rank of staff empty.",
    ),
    Rule(
        "dismissed_serving",
        ("outcome", "status"),
        "outcome",
        lambda rows: rows["outcome"].eq("dismissed") & rows["status"].eq("former"),
        "cannot be the outcome of a former member",
        "Did you mean 'would_have_been_dismissed'?",
    ),
    Rule(
        "would_have_been_dismissed_former",
        ("outcome", "status"),
        "outcome",
        lambda rows: rows["outcome"].eq("would_have_been_dismissed") & rows["status"].eq("serving"),
        "cannot be the outcome of a serving member",
        "Did you mean 'dismissed'?",
    ),
    Rule(
        "not_proven_without_sanction",
        ("outcome", "finding"),
        "outcome",
        lambda rows: rows["finding"].eq("not_proven") & rows["outcome"].isin(_formal_outcomes()),
        "cannot follow the finding not_proven",
        "Mend the finding or the outcome.",
    ),
)

_CODED = (
    Column("proceeding", "code", codelist="proceedings"),
    Column("role", "code", required=True, codelist="roles"),
    Column("rank", "code", codelist="ranks"),
    Column("status", "code", values=("serving", "former")),
    Column("breaches", "codes", codelist="standards"),
    Column("conduct", "codes", codelist="conduct"),
    Column("finding", "code", codelist="findings"),
    Column("outcome", "code", codelist="outcomes"),
    Column("admitted", "code", values=("full", "partial", "denied")),
    Column("conviction", "code", values=YES_NO),
    Column("private", "code", values=YES_NO),
)
_FORCE = Column("force", "code", required=True, codelist="forces")

#: Every table of the package: its columns in the order of the file.
TABLES: dict[str, tuple[Column, ...]] = {
    "hearings": (
        Column("case_id", "id", required=True, unique=True, pattern=ID_PATTERN),
        _FORCE,
        Column("hearing_date", "date"),
        Column("date_inferred", "code", required=True, values=YES_NO),
        *_CODED,
        Column("as_alleged", "code", required=True, values=YES_NO),
        Column("source_id", "id", required=True, pattern=ID_PATTERN),
    ),
    "sources": (
        Column("source_id", "id", required=True, unique=True, pattern=ID_PATTERN),
        Column("cases", "integer", required=True),
        Column("source_type", "code", required=True, codelist="source_types"),
        Column("selected_on_outcome", "code", required=True, values=YES_NO),
        Column("scope", "code", required=True, codelist="scopes"),
        Column("scope_basis", "text", required=True),
        Column("publisher", "text"),
        Column("published", "date"),
        Column("host", "pattern", required=True, pattern=r"[A-Za-z0-9.-]+"),
        Column("url", "pattern", pattern=r"https?://\S+"),
        Column("url_sha256", "pattern", required=True, unique=True, pattern=r"[0-9a-f]{64}"),
    ),
    "official": (
        Column("series", "code", required=True, codelist="official_series"),
        Column("period", "period", required=True),
        Column("area", "code", required=True, codelist="forces", values=("England and Wales",)),
        Column("population", "code", required=True, codelist="official_populations"),
        Column("stage", "code", required=True, codelist="official_stages"),
        Column("measure", "code", required=True, codelist="official_measures"),
        Column("breach", "code", codelist="standards"),
        Column("value", "number", required=True),
        Column("unit", "code", required=True, values=("count", "percent")),
        Column("publisher", "text", required=True),
        Column("first_hand", "code", required=True, values=YES_NO),
        Column("published", "date"),
        Column("url", "pattern", pattern=r"https?://\S+"),
        Column("note", "text"),
    ),
    "double_coded": (
        Column("dc_id", "id", required=True, pattern=ID_PATTERN),
        Column("coder", "code", required=True, values=("A", "B")),
        _FORCE,
        Column("hearing_date", "date"),
        *_CODED,
    ),
    "possible_duplicates": (
        Column("case_id_a", "id", required=True, pattern=ID_PATTERN),
        Column("case_id_b", "id", required=True, pattern=ID_PATTERN),
        Column("strength", "code", required=True, values=("likely", "possible", "different")),
        Column("reason", "text", required=True),
        Column("decision", "text", required=True),
    ),
    "changes": (
        Column("change_id", "id", required=True, unique=True, pattern=ID_PATTERN),
        Column("when", "pattern", required=True, pattern=r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z"),
        Column("made_by", "pattern", required=True, pattern=HANDLE_PATTERN),
        Column("how", "code", required=True, values=("collection", "import", "coding")),
        Column("file_sha256", "pattern", pattern=r"[0-9a-f]{64}"),
        Column("mapping", "pattern", pattern=HANDLE_PATTERN),
        Column("source_id", "id", pattern=ID_PATTERN),
        Column("rows_in", "integer"),
        Column("accepted", "integer", required=True),
        Column("duplicates", "integer"),
        Column("rejected", "integer"),
        Column("cases", "pattern", pattern=r"\S+"),
    ),
}

_FILES = {"changes": "CHANGES.csv"}


def file_of(table: str) -> str:
    """Name of the file, in the data package, that holds a table."""
    return _FILES.get(table, f"{table}.csv")


def columns(table: str) -> tuple[Column, ...]:
    """The columns of one table of the package.

    Raises
    ------
    StudyError : no table of that name.
    """
    if table not in TABLES:
        raise StudyError(f"There is no table {table!r}; there are {', '.join(TABLES)}.")
    return TABLES[table]


def schema_for(
    table: str, present: list[str] | None = None, rules: bool = True, optional: Iterable[str] = ()
) -> pa.DataFrameSchema:
    """The pandera schema of a table of the package, read as text (empty cells are empty strings).

    Parameters
    ----------
    table : hearings, sources, official, double_coded, possible_duplicates or changes.
    present : check only these columns (the loader reports missing ones itself); None checks that all of them,
        and no others, are there.
    rules : whether the rules that tie columns together (`RULES`) are part of it; for hearings only.
    optional : required columns that may be empty all the same.

    Returns
    -------
    pandera.DataFrameSchema, to be validated with ``lazy=True`` to collect every failure.

    Examples
    --------
    >>> schema_for("official").columns["unit"].dtype.type.name
    'str'
    """
    chosen = [
        replace(c, required=c.required and c.name not in set(optional))
        for c in columns(table)
        if present is None or c.name in present
    ]
    checks = []
    if rules and table == "hearings":
        checks = [
            pa.Check(lambda rows, rule=rule: ~rule.broken(rows), name=rule.name, error=rule.message)
            for rule in RULES
            if present is None or set(rule.columns) <= set(present)
        ]
    return pa.DataFrameSchema(
        {
            column.name: pa.Column(
                str,
                pa.Check(_keeps_to(column), name="allowed", error=f"not allowed in {column.name}"),
                unique=column.unique,
                nullable=False,
            )
            for column in chosen
        },
        checks=checks,
        strict=present is None,
        name=table,
    )


def _keeps_to(column: Column) -> Callable[[pd.Series], pd.Series]:
    """Each distinct value is looked at once: files have many rows and few words."""

    def check(cells: pd.Series) -> pd.Series:
        with codelists.held():
            right = {value: not column.faults(value) for value in cells.unique()}
        return cells.map(right).astype(bool)

    return check
