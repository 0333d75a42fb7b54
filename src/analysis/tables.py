"""Tables for readers: a tidy frame in, captioned HTML with units, counts and notes out. Nothing is computed here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from . import formatting as fmt
from .errors import StudyError

_MANY_COLUMNS = 6
"""A table of more columns is set in smaller type."""
_DASH = f"{fmt.NOT_STATED} : not stated or not known."


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    header : heading, with the unit.
    show : a row (as a dict) to the cell's text; "–" stands for what is not known.
    numeric : right-aligned, figures of equal width.
    heading : the cells name their row.
    unbroken : the cells stay on one line.
    """

    header: str
    show: Callable[[dict[str, Any]], str]
    numeric: bool = False
    heading: bool = False
    unbroken: bool = False


@dataclass(frozen=True)
class Table:
    """A table ready to be read.

    Attributes
    ----------
    caption : what it shows.
    frame : the data behind it, unrounded.
    cells : the texts shown, headings as column names.
    notes : small print below it; every symbol used is explained here.
    html : the whole as HTML.
    """

    caption: str
    frame: pd.DataFrame
    cells: pd.DataFrame
    notes: tuple[str, ...]
    html: str = field(repr=False)

    def _repr_html_(self) -> str:
        return self.html


@dataclass(frozen=True)
class _Cell:
    text: str
    kind: str = ""
    span: int = 0
    scope: str = "row"


def build(frame: pd.DataFrame, caption: str, columns: Sequence[Column], notes: Iterable[str] = ()) -> Table:
    """A table from columns that say how each cell is written.

    Parameters
    ----------
    frame : one row of it is one row of the table.
    caption : what the table shows.
    columns : from left to right. Heading columns come first; equal neighbours in the first of
        several are merged.
    notes : small print; the meaning of "–" and of "too few to say" is added where they occur.

    Returns
    -------
    Table.
    """
    records = frame.to_dict("records")
    texts = [[_text(column.show(record)) for column in columns] for record in records]
    notes = [str(note) for note in notes if note]
    if any(text == fmt.NOT_STATED for row in texts for text in row) and not any(
        note.startswith(fmt.NOT_STATED) for note in notes
    ):
        notes.append(_DASH)
    if not records:
        notes.append("There are no rows to show.")
    headings = sum(column.heading for column in columns)
    html = (
        _environment()
        .get_template("table.html.j2")
        .render(
            caption=caption,
            columns=columns,
            bodies=_bodies(texts, columns, headings),
            notes=notes,
            dense=len(columns) > _MANY_COLUMNS,
        )
    )
    cells = pd.DataFrame([[str(t) for t in row] for row in texts])
    cells = cells.reindex(columns=range(len(columns)))
    cells.columns = [column.header for column in columns]
    return Table(caption, frame.reset_index(drop=True), cells, tuple(notes), html)


def table(
    frame: pd.DataFrame,
    caption: str,
    columns: Mapping[str, str | Column] | None = None,
    notes: Iterable[str] = (),
    row_header: str | None = None,
) -> Table:
    """Any frame as a table.

    Parameters
    ----------
    frame : the data; codes are written out as the column's code list says, whole numbers get their thousands
        marked, other numbers two decimals.
    caption : what the table shows.
    columns : column name to heading (or to a `Column`), in the order shown; all columns where None.
    notes : small print.
    row_header : column whose cells name the rows; the first where None.

    Returns
    -------
    Table.

    Raises
    ------
    StudyError : a column that the frame does not have.
    """
    columns = columns or {name: fmt.header(name) for name in frame.columns}
    missing = [n for n, c in columns.items() if n not in frame.columns and not isinstance(c, Column)]
    if missing:
        raise StudyError(
            f"The frame has no column {', '.join(missing)}; it has {', '.join(map(str, frame.columns))}."
        )
    first = row_header or next(iter(columns))
    built = []
    for name, wanted in columns.items():
        if isinstance(wanted, Column):
            built.append(wanted)
            continue
        numeric = pd.api.types.is_numeric_dtype(frame[name]) and not pd.api.types.is_bool_dtype(frame[name])
        built.append(Column(wanted, _plain(name, frame[name]), numeric, heading=name == first))
    built.sort(key=lambda column: not column.heading)
    return build(frame, caption, built, notes)


def rates_table(
    tidy: pd.DataFrame,
    caption: str,
    *,
    min_count: int | None = None,
    count_header: str = "Cases",
    notes: Iterable[str] = (),
) -> Table:
    """Rates with counts and intervals: ``38 of 41``, ``93 % (81 to 97)``.

    Parameters
    ----------
    tidy : grouping columns, then estimate, conf_low, conf_high (shares), numerator, denominator, method, and, where
        known, unknown (cases without a known outcome) and too_few.
    caption : what the table shows.
    min_count : the number of cases below which a rate is too few to say, for the note.
    count_header : heading of the counts.
    notes : more small print.

    Returns
    -------
    Table.
    """
    tidy = comparison_first(tidy)
    groups = _groups(tidy)
    columns = [_group_column(name) for name in groups]
    columns += [
        Column(count_header, lambda r: fmt.of_total(r["numerator"], r["denominator"]), numeric=True),
        Column("Rate (interval)", _rate, numeric=True),
    ]
    if "unknown" in tidy and (tidy["unknown"] > 0).any():
        columns.append(Column("Outcome unknown", lambda r: fmt.count(r["unknown"]), numeric=True))
    small = _rate_notes(tidy, min_count)
    small += _overlap_note(tidy)
    if not groups:
        columns.insert(0, Column("Group", lambda r: "All cases", heading=True))
    return build(tidy, caption, columns, [*small, *notes])


def contrast_table(
    contrasts: pd.DataFrame, caption: str, *, min_count: int | None = None, notes: Iterable[str] = ()
) -> Table:
    """Differences and ratios of two roles' rates, each with interval, counts, p value and method.

    Parameters
    ----------
    contrasts : grouping columns, measure ("risk difference", "risk ratio", "odds ratio"), comparison, reference
        (role codes), estimate, conf_low, conf_high, numerator, denominator, numerator_reference, denominator_reference,
        method, p_value, and, where known, q_value and comparisons (of `adjust_for_many`), too_few and note. Columns
        that are absent are left out.
    caption, min_count, notes : as for `rates_table`.

    Returns
    -------
    Table.
    """
    columns = [
        _group_column(n) for n in _groups(contrasts) if n not in ("measure", "comparison", "reference")
    ]
    measures = list(dict.fromkeys(contrasts["measure"])) if "measure" in contrasts else ["risk difference"]
    if len(measures) > 1:
        columns.append(Column("Measure", lambda r: _measure(r["measure"]), heading=True))
    only = _measure(measures[0]) if len(measures) == 1 else "Estimate"
    columns.append(Column(f"{only} (interval)", _contrast, numeric=True))
    for side, suffix in (("comparison", ""), ("reference", "_reference")):
        if f"numerator{suffix}" in contrasts:
            who = fmt.plural("role", contrasts[side].iloc[0]) if len(contrasts) else fmt.header(side)
            columns.append(Column(who, _counts_of(suffix), numeric=True))
    columns += [
        Column(heading, _p_value(name), numeric=True)
        for name, heading in (("p_value", "p"), ("q_value", "q"))
        if name in contrasts
    ]
    small = [*_method_notes(contrasts), *_few_note(contrasts, min_count)]
    if any("difference" in measure for measure in measures):
        small.insert(0, "Risk differences are in percentage points.")
    small += _comparisons_note(contrasts)
    if "too_few" in contrasts and contrasts["too_few"].any():
        small.append(f"{fmt.NOT_STATED} : not tested, or not known.")
    if "note" in contrasts:
        small += [f"{fmt.sentence(note)}" for note in dict.fromkeys(contrasts["note"].dropna()) if note]
    return build(contrasts, caption, columns, [*small, *notes])


def tests_table(tests: pd.DataFrame, caption: str, *, notes: Iterable[str] = ()) -> Table:
    """Tests with their p values.

    Parameters
    ----------
    tests : columns test, p_value, and, where known, statistic and note.
    caption, notes : as for `rates_table`.

    Returns
    -------
    Table.
    """
    columns = [Column("Test", lambda r: str(r["test"]), heading=True)]
    columns.append(Column("p", lambda r: fmt.p_value(r["p_value"]), numeric=True))
    if "note" in tests:
        columns.append(Column("How it works", lambda r: fmt.sentence(r["note"])))
    return build(tests, caption, columns, notes)


def funnel_table(
    forces: pd.DataFrame, caption: str, *, min_count: int | None = None, notes: Iterable[str] = ()
) -> Table:
    """Every force's rate and where it lies in the funnel, forces outside the limits named as such.

    Parameters
    ----------
    forces : columns force, numerator, denominator, estimate, conf_low, conf_high, low95, high95, low998, high998,
        overall, position, and, where known, too_few.
    caption, min_count, notes : as for `rates_table`.

    Returns
    -------
    Table, in the order of the frame.
    """
    columns = [
        Column("Force", lambda r: str(r["force"]), heading=True),
        Column("Cases", lambda r: fmt.of_total(r["numerator"], r["denominator"]), numeric=True),
        Column("Rate (interval)", _rate, numeric=True),
        Column(f"95{fmt.NARROW_SPACE}% limits", lambda r: _limits(r, "95"), numeric=True),
        Column(f"99.8{fmt.NARROW_SPACE}% limits", lambda r: _limits(r, "998"), numeric=True),
        Column("Position", lambda r: fmt.TOO_FEW if _few(r) else fmt.sentence(r["position"], stop=False)),
    ]
    small = _rate_notes(forces, min_count)
    if len(forces) and not fmt.is_missing(forces["overall"].iloc[0]):
        small.append(f"The limits surround the rate of all forces, {fmt.percent(forces['overall'].iloc[0])}.")
    expected = forces.attrs.get("expected_outside")
    if expected is not None:
        small.append(
            f"By chance alone, about {fmt.decimal(expected)} forces would lie outside the 95 % limits."
        )
    return build(forces, caption, columns, [*small, *notes])


def flow_table(flow: pd.DataFrame, caption: str, *, notes: Iterable[str] = ()) -> Table:
    """How the cohort came about, step by step.

    Parameters
    ----------
    flow : columns step (a sentence), left_out and cases (remaining).
    caption, notes : as for `rates_table`.

    Returns
    -------
    Table.
    """
    columns = [
        Column("Step", lambda r: str(r["step"]), heading=True),
        Column("Left out", lambda r: fmt.count(r["left_out"]), numeric=True),
        Column("Cases remaining", lambda r: fmt.count(r["cases"]), numeric=True),
    ]
    return build(flow, caption, columns, notes)


def barring_table(rates: pd.DataFrame, caption: str, *, notes: Iterable[str] = ()) -> Table:
    """Entries on the barred list per 1,000 headcount, with the date and kind of each headcount.

    Parameters
    ----------
    rates : columns financial_year, role, estimate, conf_low, conf_high (per 1,000), numerator, denominator, method,
        and, where known, headcount_date, headcount_kind and note.
    caption, notes : as for `rates_table`.

    Returns
    -------
    Table. What is special about a year's figures stands in the last column.
    """
    columns = [
        Column("Year to 31 March", lambda r: _year_end(r["financial_year"]), heading=True),
        Column("Role", lambda r: fmt.plural("role", r["role"]), heading=True),
        Column("Entries", lambda r: fmt.count(r["numerator"]), numeric=True),
        Column("Headcount", lambda r: fmt.count(r["denominator"]), numeric=True),
    ]
    if "headcount_date" in rates:
        columns.append(Column("Headcount of", lambda r: fmt.day(r["headcount_date"])))
    columns.append(Column("Entries per 1,000 (interval)", _per_thousand, numeric=True))
    if "publisher" in rates:
        columns.append(Column("Entries published by", _publisher))
    if "note" in rates:
        columns.append(Column("Remarks", lambda r: fmt.sentence(r["note"]) or "none"))
    small = [f"Interval: {m}." for m in dict.fromkeys(rates["method"].dropna())]
    return build(rates, caption, columns, [*small, *notes])


def cases_table(
    cases: pd.DataFrame, caption: str, *, sources: pd.DataFrame | None = None, notes: Iterable[str] = ()
) -> Table:
    """The cases themselves, one a row, the newest first, with a link to what each was coded from.

    Parameters
    ----------
    cases : columns case_id, hearing_date, role, breaches (tuple of codes), outcome, and, where known, conduct,
        finding, admitted and source_id.
    sources : columns source_id, publisher and url (empty where the address would name a person); without it
        the publisher stands there without a link.
    caption, notes : as for `rates_table`.

    Returns
    -------
    Table.
    """
    columns = [
        Column("Case", lambda r: str(r["case_id"]), heading=True),
        Column(
            "Date",
            lambda r: fmt.NOT_STATED if fmt.is_missing(r["hearing_date"]) else str(r["hearing_date"]),
            unbroken=True,
        ),
        Column("Role", lambda r: fmt.label("role", r["role"])),
        Column("Outcome", lambda r: _code("outcome", r["outcome"])),
    ]
    if "finding" in cases:
        columns.append(Column("Finding", lambda r: _code("finding", r["finding"])))
    columns.append(Column("Standards breached", lambda r: _codes("breach", r["breaches"])))
    if "conduct" in cases:
        columns.append(Column("Conduct", lambda r: _codes("conduct", r["conduct"])))
    if "admitted" in cases:
        columns.append(Column("Admitted", lambda r: _code("admitted", r["admitted"])))
    if sources is not None and "source_id" in cases:
        known = sources.drop_duplicates("source_id").set_index("source_id").to_dict("index")
        columns.append(Column("Source", lambda r: _source(known.get(r["source_id"]))))
    elif "publisher" in cases:
        columns.append(Column("Source", lambda r: _text(r["publisher"])))
    newest_first = cases.sort_values("hearing_date", ascending=False, kind="stable", na_position="last")
    return build(newest_first, caption, columns, notes)


@cache
def _environment() -> Environment:
    loader = PackageLoader("analysis", "templates")
    return Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)


def _text(value: Any) -> str:
    """A cell is never empty: what is missing has its symbol."""
    if isinstance(value, Markup):
        return value
    text = str(value).strip() if not fmt.is_missing(value) else ""
    return text or fmt.NOT_STATED


def _bodies(texts: list[list[str]], columns: Sequence[Column], headings: int) -> list[list[list[_Cell]]]:
    """Rows as cells, in groups of the same first heading where there is more than one heading."""
    bodies: list[list[list[_Cell]]] = []
    merged = headings > 1
    for number, row in enumerate(texts):
        starts = not merged or number == 0 or texts[number - 1][0] != row[0]
        if starts and (merged or not bodies):
            bodies.append([])
        cells = []
        for place, (text, column) in enumerate(zip(row, columns, strict=True)):
            if merged and place == 0:
                if not starts:
                    continue
                span = 1
                while number + span < len(texts) and texts[number + span][0] == row[0]:
                    span += 1
                cells.append(_Cell(text, span=span, scope="rowgroup" if span > 1 else "row"))
            elif column.heading:
                cells.append(_Cell(text, _kind(column), span=1))
            else:
                cells.append(_Cell(text, _kind(column)))
        bodies[-1].append(cells)
    return bodies


def _kind(column: Column) -> str:
    """The HTML class of a column's cells."""
    return " ".join(name for name, on in (("num", column.numeric), ("unbroken", column.unbroken)) if on)


def _groups(tidy: pd.DataFrame) -> list[str]:
    """The columns before the estimate."""
    names = list(tidy.columns)
    return names[: names.index("estimate")] if "estimate" in names else []


def comparison_first(tidy: pd.DataFrame) -> pd.DataFrame:
    """The rows with the comparison role above the reference role, as in figures and prose, else in their order."""
    role = tidy.get("role")
    if role is None or not getattr(role.dtype, "ordered", False) or len(role.cat.categories) != 2:
        return tidy
    places = pd.DataFrame({name: pd.factorize(tidy[name].astype(str))[0] for name in _groups(tidy)})
    places["role"] = -role.cat.codes.to_numpy()
    result = tidy.iloc[places.sort_values(list(places.columns), kind="stable").index]
    result.attrs = tidy.attrs
    return result


def _group_column(name: str) -> Column:
    return Column(fmt.header(name), lambda r: fmt.plural(name, r[name]), heading=True)


def _few(record: dict[str, Any]) -> bool:
    few = record.get("too_few", False)
    return bool(few) if not fmt.is_missing(few) else False


def _rate(record: dict[str, Any]) -> str:
    if not record["denominator"]:
        return fmt.NOT_STATED
    if _few(record):
        return fmt.TOO_FEW
    return fmt.rate(record["estimate"], record["conf_low"], record["conf_high"])


def _limits(record: dict[str, Any], suffix: str) -> str:
    low, high = record[f"low{suffix}"], record[f"high{suffix}"]
    return (
        fmt.interval(low, high).removesuffix(f"{fmt.NARROW_SPACE}%")
        if record["denominator"]
        else fmt.NOT_STATED
    )


def _measure(code: str) -> str:
    return fmt.sentence(code, stop=False)


def _contrast(record: dict[str, Any]) -> str:
    if _few(record):
        return fmt.TOO_FEW
    values = record["estimate"], record["conf_low"], record["conf_high"]
    if fmt.is_missing(values[0]):
        return fmt.NOT_STATED
    if "difference" in str(record.get("measure", "risk difference")):
        shown = [fmt.points(v, unit=False) for v in values]
    else:
        shown = [fmt.ratio(v) for v in values]
    if fmt.NOT_STATED in shown[1:]:
        return shown[0]
    return f"{shown[0]} ({shown[1]} to {shown[2]})"


def _per_thousand(record: dict[str, Any]) -> str:
    values = [fmt.per_thousand(record[c]) for c in ("estimate", "conf_low", "conf_high")]
    return values[0] if fmt.NOT_STATED in values else f"{values[0]} ({values[1]} to {values[2]})"


def _publisher(record: dict[str, Any]) -> str:
    """Who published the entries; "quoting" where it was not the body that counted them."""
    if fmt.is_missing(record["publisher"]):
        return fmt.NOT_STATED
    return str(record["publisher"]) + ("" if record.get("first_hand") is True else " (quoting)")


def _counts_of(suffix: str) -> Callable[[dict[str, Any]], str]:
    return lambda r: fmt.of_total(r[f"numerator{suffix}"], r[f"denominator{suffix}"])


def _few_note(tidy: pd.DataFrame, min_count: int | None) -> list[str]:
    if "too_few" not in tidy or not tidy["too_few"].any():
        return []
    return [fmt.too_few_note(tidy, min_count)]


def _rate_notes(tidy: pd.DataFrame, min_count: int | None) -> list[str]:
    methods = [m for m in dict.fromkeys(tidy["method"].dropna()) if m] if "method" in tidy else []
    return [*(f"Interval: {method}." for method in methods), *_few_note(tidy, min_count)]


def _method_notes(contrasts: pd.DataFrame) -> list[str]:
    """How each measure's interval and p value were found; which rows are meant, where not all."""
    if "method" not in contrasts:
        return []
    if contrasts["method"].nunique() <= 1:
        return _rate_notes(contrasts.drop(columns="too_few", errors="ignore"), None)
    told: dict[str, list[str]] = {}
    for record in contrasts.to_dict("records"):
        parts = [str(record[name]) for name in ("adjustment", "measure") if name in record]
        told.setdefault(str(record["method"]), []).append(fmt.sentence(", ".join(parts), stop=False))
    return [f"{fmt.join_words(list(dict.fromkeys(rows)))}: {method}." for method, rows in told.items()]


def _p_value(name: str) -> Callable[[dict[str, Any]], str]:
    return lambda r: fmt.NOT_STATED if _few(r) else fmt.p_value(r[name])


def _comparisons_note(contrasts: pd.DataFrame) -> list[str]:
    """How many comparisons the q values answer for."""
    if "q_value" not in contrasts:
        return []
    number = int(contrasts["comparisons"].iloc[0]) if len(contrasts) else 0
    if number == 0:
        return ["No comparison could be made, so there is nothing to adjust."]
    made = "Of one comparison" if number == 1 else f"Of {fmt.count(number)} comparisons"
    name = contrasts.attrs.get("adjustment", "Benjamini–Hochberg")
    return [f"{made}: q is p adjusted for that number ({name} false discovery rate)."]


def _overlap_note(tidy: pd.DataFrame) -> list[str]:
    if not tidy.attrs.get("overlapping"):
        return []
    return ["A case can stand in several rows, so the rows do not add up to the total."]


def _year_end(financial_year: Any) -> str:
    """``2023/24`` is the year to 31 March ``2024``; anything else is said as it is."""
    text = str(financial_year)
    return str(int(text[:4]) + 1) if text[:4].isdigit() else fmt.sentence(text, stop=False)


def _code(column: str, code: Any) -> str:
    return fmt.NOT_STATED if fmt.is_missing(code) else fmt.label(column, code)


def _codes(column: str, codes: Any) -> str:
    if fmt.is_missing(codes):
        return fmt.NOT_STATED
    return "; ".join(fmt.label(column, code) for code in codes)


def _source(source: dict[str, Any] | None) -> str:
    if source is None:
        return fmt.NOT_STATED
    publisher = "Source" if fmt.is_missing(source.get("publisher")) else str(source["publisher"])
    url = "" if fmt.is_missing(source.get("url")) else str(source["url"])
    # only what a browser may safely follow becomes a link
    if not url.startswith(("https://", "http://")):
        return f"{publisher} (address not shown)"
    return Markup('<a href="{}" rel="nofollow noopener">{}</a>').format(url, publisher)


def _plain(name: str, values: pd.Series) -> Callable[[dict[str, Any]], str]:
    """How a generic table writes a column's cells."""
    if pd.api.types.is_bool_dtype(values):
        return lambda r: fmt.NOT_STATED if fmt.is_missing(r[name]) else ("yes" if r[name] else "no")
    if pd.api.types.is_datetime64_any_dtype(values):
        return lambda r: fmt.day(r[name])
    if name in ("estimate", "share", "conf_low", "conf_high", "coverage") and pd.api.types.is_float_dtype(
        values
    ):
        return lambda r: fmt.percent(r[name])
    if name == "p_value":
        return lambda r: fmt.p_value(r[name])
    if name in ("year",):
        return lambda r: fmt.NOT_STATED if fmt.is_missing(r[name]) else str(r[name])
    if pd.api.types.is_integer_dtype(values):
        return lambda r: fmt.count(r[name])
    if pd.api.types.is_float_dtype(values):
        return lambda r: fmt.decimal(r[name], 2)
    if values.map(lambda v: isinstance(v, (tuple, list))).any():
        return lambda r: _codes(name, r[name])
    return lambda r: _code(name, r[name])
