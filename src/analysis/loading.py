"""Reading the data: any CSV file, Parquet file or frame with the right columns becomes a typed frame, or one
error that lists everything wrong with it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

import pandas as pd

from . import codelists, schema
from .errors import DataError, StudyError
from .package import validate_package
from .partial_dates import PartialDate, parse_period
from .paths import data_folder
from .reading import PathLike, Raw, check_cells, check_header, in_order, read, undo_to_csv

__all__ = [
    "explode",
    "load_changes",
    "load_double_coded",
    "load_hearings",
    "load_official",
    "load_possible_duplicates",
    "load_sources",
    "regime_of",
    "validate_package",
]

#: Columns that `load_hearings` works out; a file may carry them, they are worked out anew.
DERIVED = ("n_breaches", "year", "financial_year", "regime", "severity")
#: Columns that `load_hearings` takes from the sources table, or from the file where it carries `source_type`.
FROM_SOURCES = ("source_type", "selected_on_outcome", "scope", "publisher")

# ------------------------------------------------------------------------------------------------ public


def load_hearings(
    path: PathLike | pd.DataFrame | None = None, sources: PathLike | pd.DataFrame | None = None
) -> pd.DataFrame:
    """The cases: one row is one person at one set of concluded misconduct proceedings.

    Parameters
    ----------
    path : a CSV (UTF-8) or Parquet file, or a frame, with the columns of `data/hearings.csv`; by default that
        file. In Parquet files and frames `breaches` and `conduct` may be lists, dates may be dates, and
        yes/no columns may be booleans. Columns that this function adds may be there too, and the text that
        `DataFrame.to_csv` makes of lists and booleans is understood, so that what this function returned can
        be saved with `to_csv` or `to_parquet` and loaded again.
    sources : the table of sources that `source_id` points to, as a CSV or Parquet file or a frame with the
        columns of `data/sources.csv`; by default that file. Not needed where the cases themselves carry
        `source_type` (and, as far as known, `selected_on_outcome`, `scope` and `publisher`; these may lack or
        be empty). Where both are there, the table given here is used, and these columns of the cases are not.

    Returns
    -------
    DataFrame, one row a case, in the order of the file. Missing means that the source does not say.

    - `case_id`, `source_id`, `publisher` : str
    - `force` : str, the force's name
    - `hearing_date` : str, ``YYYY-MM-DD``, ``YYYY-MM`` or ``YYYY``, as precise as known
    - `date_inferred`, `as_alleged`, `selected_on_outcome` : bool
    - `proceeding`, `role`, `status`, `admitted`, `conviction`, `private` : categorical
      (`selected_on_outcome` is True where the page is known to list people because of their outcome. False
      means "no" for a table of sources; for cases that carry their own `source_type` and leave it empty, it
      means that this is not known, and such cases are kept when selected ones are left out)
    - `source_type`, `scope` : categorical, of the page that the case was coded from
    - `rank` : ordered categorical (constable < … < special_constable < …, in the order of the code list)
    - `finding` : ordered categorical, not_proven < misconduct < gross_misconduct
    - `outcome` : ordered categorical by severity, then `other`, which stands outside the ladder
    - `breaches`, `conduct` : tuple of codes; empty where none is stated (see `explode`)
    - `n_breaches` : Int64, standards named; 0 where none is stated
    - `year` : Int64; `financial_year` : str such as ``2019/20``; `regime` : ordered categorical, the rules in
      force on the hearing date. Missing where undated or where the date is too vague to tell.
    - `severity` : Int64, 0 (no action) to 5 (dismissal or its equivalent); missing where unknown or `other`

    Raises
    ------
    DataError : lists every problem with its row, column, value and the nearest allowed value.
    StudyError : the file cannot be read at all.

    Examples
    --------
    >>> hearings = load_hearings()
    >>> hearings.loc[hearings["role"].eq("special_constable"), "outcome"].value_counts()  # doctest: +SKIP
    """
    raw = read(path, data_folder() / "hearings.csv")
    undo_to_csv(raw, "hearings", derived=DERIVED)
    check_header(raw, "hearings", optional=(*DERIVED, *FROM_SOURCES))
    check_cells(raw, "hearings")
    if sources is None and "source_type" in raw.cells:
        check_cells(raw, "sources", only=FROM_SOURCES, optional=("selected_on_outcome", "scope"))
        joined = None
    else:
        joined = load_sources(sources)
        _check_source_ids(raw, joined, given=sources is not None)
    if raw.problems:
        raise DataError(in_order(raw.problems))
    return _typed_hearings(raw.cells, joined)


def load_sources(path: PathLike | pd.DataFrame | None = None) -> pd.DataFrame:
    """The pages that the cases were coded from, one row a page.

    Parameters
    ----------
    path : a CSV or Parquet file, or a frame, with the columns of `data/sources.csv`; by default that file.

    Returns
    -------
    DataFrame with `source_id` (str), `cases` (Int64, cases coded from the page), `source_type` (categorical),
    `selected_on_outcome` (bool: the page lists people because of their outcome), `scope` (categorical:
    complete_list, outcome_list, round_up, single_hearing) and `scope_basis` (str, how that was judged),
    `publisher`, `published` (partial date), `host`, `url` (missing where the address holds a person's name)
    and `url_sha256` (str).

    Raises
    ------
    DataError, StudyError : as for `load_hearings`.
    """
    cells = _load(path, "sources").astype("str")
    return pd.DataFrame(
        {
            "source_id": cells["source_id"],
            "cases": cells["cases"].astype("Int64"),
            "source_type": _category(cells["source_type"], _allowed("sources", "source_type")),
            "selected_on_outcome": cells["selected_on_outcome"].eq("yes"),
            "scope": _category(cells["scope"], _allowed("sources", "scope")),
            "scope_basis": cells["scope_basis"],
            **{name: _blank_to_na(cells[name]) for name in ("publisher", "published", "host", "url")},
            "url_sha256": cells["url_sha256"],
        }
    )


def load_official(path: PathLike | pd.DataFrame | None = None) -> pd.DataFrame:
    """Published aggregate figures: barred list, Home Office misconduct statistics, workforce, IOPC outcomes.

    Parameters
    ----------
    path : a CSV or Parquet file, or a frame, with the columns of `data/official.csv`; by default that file.

    Returns
    -------
    DataFrame with the columns of the file (`series`, `population`, `stage`, `measure` and `unit` categorical,
    `value` float, `first_hand` bool, the others str; empty cells missing) and

    - `period_kind` : categorical year (a full year that ends on the date named), as_at (one day), span
    - `period_start`, `period_end` : datetime64, first and last day; the same day for as_at
    - `financial_year` : ``2023/24`` where the period is that year or the day lies in it; else missing

    In the barred list, police_officers excludes special constables; in the Home Office's misconduct
    statistics it includes them. What each series, population, stage and measure means is in
    the code lists official_series, official_populations, official_stages and official_measures.

    Raises
    ------
    DataError, StudyError : as for `load_hearings`.
    """
    cells = _load(path, "official").astype("str")
    result = cells.apply(_blank_to_na)
    for name in ("series", "population", "stage", "measure", "unit"):
        result[name] = _category(cells[name], _allowed("official", name))
    result["value"] = cells["value"].astype(float)
    result["first_hand"] = cells["first_hand"].eq("yes")
    periods = cells["period"].map({text: parse_period(text) for text in cells["period"].unique()})
    result["period_kind"] = pd.Categorical([p.kind for p in periods], categories=["year", "as_at", "span"])
    result["period_start"] = pd.to_datetime([p.start for p in periods])
    result["period_end"] = pd.to_datetime([p.end for p in periods])
    result["financial_year"] = pd.Series([p.financial_year for p in periods], dtype="str")
    return result


def load_double_coded(path: PathLike | pd.DataFrame | None = None) -> pd.DataFrame:
    """The reliability sample: pages coded twice, independently and blind.

    Returns
    -------
    DataFrame, two rows a page (`dc_id`), one for each `coder` (A, B): `force`, `hearing_date` and the coded
    fields of the hearings, all str; an empty string where the coder left the field empty, which is an
    answer too.

    Raises
    ------
    DataError, StudyError : as for `load_hearings`.
    """
    return _load(path, "double_coded").astype("str")


def load_possible_duplicates(path: PathLike | pd.DataFrame | None = None) -> pd.DataFrame:
    """Pairs of cases from different sources that may be one case told twice; no row was deleted for it.

    Returns
    -------
    DataFrame with `case_id_a`, `case_id_b`, `strength` (categorical: likely where the addresses of the two
    pages tell one story or it was decided so, possible where nothing coded speaks against it), `reason` and
    `decision` (str). Pairs decided to be two cases stand in the file, so that they are not asked again, and
    are left out here.

    Raises
    ------
    DataError, StudyError : as for `load_hearings`.

    Examples
    --------
    What changes if every likely second telling is left out:

    >>> pairs = load_possible_duplicates()
    >>> again = pairs.loc[pairs["strength"].eq("likely"), "case_id_b"]
    >>> hearings = load_hearings()
    >>> once = hearings[~hearings["case_id"].isin(again)]
    """
    cells = _load(path, "possible_duplicates").astype("str")
    cells = cells[cells["strength"].ne("different")].reset_index(drop=True)
    return cells.assign(strength=_category(cells["strength"], ("likely", "possible")))


def load_changes(path: PathLike | pd.DataFrame | None = None) -> pd.DataFrame:
    """Every change to the cases: when, by whom, from what, and how many.

    Returns
    -------
    DataFrame, one row a change, the first that of collection: `change_id`, `when` (UTC), `made_by` (a role or
    handle, never a name), `how`, `file_sha256`, `mapping`, `source_id`, `cases` (ids of the cases added,
    ``first:last`` a run) as str, empty cells missing; `rows_in`, `accepted`, `duplicates` and `rejected`
    (Int64; missing where not recorded). Where recorded, rows in = accepted + duplicates + rejected.

    Raises
    ------
    DataError, StudyError : as for `load_hearings`.
    """
    cells = _load(path, "changes").astype("str")
    result = cells.apply(_blank_to_na)
    for name in ("rows_in", "accepted", "duplicates", "rejected"):
        result[name] = pd.to_numeric(result[name]).astype("Int64")
    return result


def explode(hearings: pd.DataFrame, column: str = "breaches") -> pd.DataFrame:
    """One row for each standard or kind of conduct that a case names.

    Parameters
    ----------
    hearings : as `load_hearings` returns them, or any selection of them.
    column : ``breaches`` or ``conduct``.

    Returns
    -------
    DataFrame with the columns given and one more, `breach` (for conduct: `conduct`, in place of the tuple),
    a categorical: a code, or ``not_stated`` where the source names none, so that no case disappears. A case
    with several stands in several rows: counts over the rows overlap and do not sum to the cases.

    Raises
    ------
    StudyError : another column, or one that the frame lacks.
    """
    names = {"breaches": "breach", "conduct": "conduct"}
    if column not in names or column not in hearings.columns:
        raise StudyError(
            f"explode() splits the column breaches or conduct of load_hearings(); got {column!r}"
            + ("." if column not in names else ", which these cases lack.")
        )
    lists = hearings[column].map(lambda codes: list(codes) or ["not_stated"])
    codes = [c.name for c in schema.columns("hearings")]
    listed = schema.columns("hearings")[codes.index(column)].allowed
    long = hearings.assign(**{names[column]: lists}).explode(names[column], ignore_index=True)
    long[names[column]] = _category(long[names[column]], (*listed, "not_stated"), ordered=True)
    return long


# ------------------------------------------------------------------------------------------------ checking


def _load(path: PathLike | pd.DataFrame | None, table: str) -> pd.DataFrame:
    """The checked cells of one of the smaller tables, as text."""
    raw = read(path, data_folder() / schema.file_of(table))
    undo_to_csv(raw, table)
    check_header(raw, table)
    check_cells(raw, table)
    if raw.problems:
        raise DataError(in_order(raw.problems))
    return raw.cells.reset_index(drop=True)


def _check_source_ids(raw: Raw, sources: pd.DataFrame, given: bool) -> None:
    if "source_id" not in raw.cells:
        return
    cells = raw.cells["source_id"]
    known = set(sources["source_id"])
    unknown = cells[~cells.isin(known) & cells.ne("")]
    near = {value: codelists.nearest_word(value, known) for value in list(unknown.unique())[:50]}
    what = "the sources given" if given else "data/sources.csv"
    for row, value in unknown.items():
        hint = (
            "Add its row to the sources."
            if given
            else "For cases of your own, give their sources too: load_hearings(file, sources=file), or add a "
            "column source_type to the cases."
        )
        if near.get(value):
            hint = f"Did you mean {near[value]!r}? {hint}"
        raw.fault(f"is not a source in {what}", hint, row=int(row), column="source_id", value=value)


# ------------------------------------------------------------------------------------------------ typing


def _allowed(table: str, column: str) -> tuple[str, ...]:
    return next(c.allowed for c in schema.columns(table) if c.name == column)


def _category(cells: pd.Series, values: Iterable[str], ordered: bool = False) -> pd.Series:
    """Codes as categories; an empty cell is missing."""
    dtype = pd.CategoricalDtype(list(values), ordered=ordered)
    return cells.astype(object).where(cells.isin(dtype.categories)).astype(dtype)


def _blank_to_na(cells: pd.Series) -> pd.Series:
    return cells.mask(cells.eq(""))


def _codes(cells: pd.Series) -> pd.Series:
    split = {cell: tuple(cell.split(";")) if cell else () for cell in cells.unique()}
    return cells.map(split).astype(object)


def _typed_hearings(cells: pd.DataFrame, sources: pd.DataFrame | None) -> pd.DataFrame:
    cells = cells.reset_index(drop=True)
    ladder = pd.to_numeric(codelists.load_codelist("outcomes")["severity"])
    by_severity = ladder.sort_values(kind="stable", na_position="last").index
    ordered = {
        "rank": _allowed("hearings", "rank"),
        "finding": tuple(reversed(_allowed("hearings", "finding"))),
        "outcome": tuple(by_severity),
    }
    data: dict[str, pd.Series] = {}
    for column in schema.columns("hearings"):
        text = cells[column.name].astype("str")
        if column.name in ("date_inferred", "as_alleged"):
            data[column.name] = text.eq("yes")
        elif column.kind == "codes":
            data[column.name] = _codes(text)
        elif column.name in ordered:
            data[column.name] = _category(text, ordered[column.name], ordered=True)
        elif column.kind == "code" and column.name != "force":
            data[column.name] = _category(text, column.allowed)
        else:
            data[column.name] = _blank_to_na(text)
    dates = {text: str(PartialDate.parse(text)) for text in cells["hearing_date"].unique() if text}
    data["hearing_date"] = cells["hearing_date"].map(dates).astype("str")
    data["n_breaches"] = data["breaches"].map(len).astype("Int64")
    data |= _dated(cells["hearing_date"])
    data["severity"] = data["outcome"].astype(object).map(ladder).astype("Int64")
    data |= _of_sources(cells, sources)
    return pd.DataFrame(data)


def _dated(texts: pd.Series) -> dict[str, pd.Series]:
    """Year, financial year and regime of partial dates; each distinct date is read once."""
    dates = {text: PartialDate.parse(text) for text in texts.unique() if text}
    starts = codelists.load_codelist("regimes")["start"]
    return {
        "year": texts.map({t: d.year for t, d in dates.items()}).astype("Int64"),
        "financial_year": texts.map({t: d.financial_year for t, d in dates.items()}).astype("str"),
        "regime": texts.map({t: _regime(d, starts) for t, d in dates.items()}).astype(
            pd.CategoricalDtype(list(starts.index), ordered=True)
        ),
    }


def regime_of(date: PartialDate | str) -> str | None:
    """Code of the rules in force on a date; None where the date is too vague to tell, or before the first.

    Parameters
    ----------
    date : a `PartialDate`, or text that one can be read from.

    Notes
    -----
    By the date of the hearing. Transitional provisions let a case begun under earlier rules finish under
    them, so the regime says which rules were in force, not always which were applied.
    """
    if isinstance(date, str):
        date = PartialDate.parse(date)
    return _regime(date, codelists.load_codelist("regimes")["start"])


def _regime(date: PartialDate, starts: pd.Series) -> str | None:
    first, last = (bisect_right(starts.tolist(), day.isoformat()) for day in (date.first, date.last))
    return starts.index[first - 1] if first and first == last else None


def _of_sources(cells: pd.DataFrame, sources: pd.DataFrame | None) -> dict[str, pd.Series]:
    if sources is not None:
        by_id = sources.set_index("source_id")
        rows = by_id.reindex(cells["source_id"]).reset_index(drop=True)
        return {name: rows[name] for name in FROM_SOURCES}
    blank = pd.Series("", index=cells.index, dtype="str")
    text = {name: cells[name].astype("str") if name in cells else blank for name in FROM_SOURCES}
    return {
        "source_type": _category(text["source_type"], _allowed("sources", "source_type")),
        "selected_on_outcome": text["selected_on_outcome"].eq("yes"),
        "scope": _category(text["scope"], _allowed("sources", "scope")),
        "publisher": _blank_to_na(text["publisher"]),
    }
