"""Checking a whole data package: every table, the keys between them, the code lists and the descriptor."""

from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.parse import urlsplit

from . import codelists, schema
from .errors import DataError, Problem, StudyError
from .paths import data_folder, data_in
from .provenance import data_version
from .reading import PathLike, Raw, check_cells, check_header, in_order, read

#: Child table and column, parent table and column: every child's value must stand in the parent.
KEYS = (
    ("hearings", "source_id", "sources", "source_id"),
    ("possible_duplicates", "case_id_a", "hearings", "case_id"),
    ("possible_duplicates", "case_id_b", "hearings", "case_id"),
)


def validate_package(folder: PathLike | None = None) -> list[Problem]:
    """Every problem with a whole data package: each table, the keys between them, and its descriptor.

    Parameters
    ----------
    folder : the package's folder; by default ours.

    Returns
    -------
    list of `Problem`, empty where the package is sound. Checked are: every table against the schema; case
    counts and ids between hearings, sources and possible duplicates; addresses against their hashes; code
    lists for missing columns, doubled codes and ambiguous aliases; and everything that the descriptor says,
    with Frictionless. The package is judged by its own code lists; where one of them cannot be used, only
    what is wrong with the lists is told, as nothing could be said of the tables.

    Raises
    ------
    StudyError : no such folder.
    """
    folder = Path(folder) if folder is not None else data_folder()
    if not folder.is_dir():
        raise StudyError(
            f"{folder}: there is no such folder; expected a data package (datapackage.json and CSV)."
        )
    if not (folder / "datapackage.json").is_file():
        return [
            Problem(
                str(folder),
                "is not a data package: it has no datapackage.json",
                suggestion="Name a folder such as data/, or one file of hearings.",
            )
        ]
    with data_in(folder):
        return _check(folder)


def _check(folder: Path) -> list[Problem]:
    listed = _check_codelists(folder)
    try:
        for name in codelists.NAMES:
            codelists.load_codelist(name)
    except StudyError as error:
        return listed or [Problem(str(folder / "codelists"), str(error).removesuffix("."))]
    found: list[Problem] = []
    tables: dict[str, Raw] = {}
    for name in schema.TABLES:
        raw = tables[name] = _read(folder / schema.file_of(name))
        if not raw.cells.empty:
            check_header(raw, name)
            check_cells(raw, name)
        found += in_order(raw.problems)
    found += _check_keys(tables)
    found += _check_sources(tables["sources"], tables["hearings"])
    found += _check_changes(tables["changes"])
    found += listed
    if not found:  # Frictionless would say the same again, in other words
        found += _check_descriptor(folder)
    return found


def _read(path: Path) -> Raw:
    try:
        return read(path, path)
    except DataError as error:
        return Raw(str(path), problems=error.problems)
    except StudyError as error:
        return Raw(
            str(path), problems=[Problem(str(path), str(error).removeprefix(f"{path}: ").removesuffix("."))]
        )


def _check_keys(tables: dict[str, Raw]) -> list[Problem]:
    found = []
    for child, column, parent, key in KEYS:
        cells, known = tables[child].cells, tables[parent].cells
        if column not in cells or key not in known:
            continue
        for row, value in cells.loc[~cells[column].isin(known[key]) & cells[column].ne(""), column].items():
            found.append(
                Problem(tables[child].label, f"does not stand in {parent}.{key}", row, column, value)
            )
    return found


def _check_sources(sources: Raw, hearings: Raw) -> list[Problem]:
    """Addresses keep to their hash and host, and the number of cases is the number of cases."""
    cells = sources.cells
    if (
        not {"source_id", "cases", "host", "url", "url_sha256"} <= set(cells)
        or "source_id" not in hearings.cells
    ):
        return []
    found = []

    def fault(row: int, column: str, value: str, message: str, hint: str) -> None:
        found.append(Problem(sources.label, message, int(row), column, value, hint))

    counts = hearings.cells["source_id"].value_counts()
    for row, source in cells.iterrows():
        if source["cases"] != str(counts.get(source["source_id"], 0)):
            coded = counts.get(source["source_id"], 0)
            fault(
                row,
                "cases",
                source["cases"],
                "is not the number of its cases in hearings",
                f"Write '{coded}'.",
            )
        if source["url"] and hashlib.sha256(source["url"].encode()).hexdigest() != source["url_sha256"]:
            fault(
                row, "url_sha256", source["url_sha256"], "is not the SHA-256 of url", "Hash the address anew."
            )
        if source["url"] and urlsplit(source["url"]).hostname != source["host"]:
            fault(row, "host", source["host"], "is not the host of url", "Write the host that the url has.")
    return found


def _check_changes(changes: Raw) -> list[Problem]:
    """Of every change whose rows were counted, rows in = accepted + duplicates + rejected."""
    counts = ["rows_in", "accepted", "duplicates", "rejected"]
    if not set(counts) <= set(changes.cells):
        return []
    found = []
    for row, cells in changes.cells[counts].iterrows():
        if all(cell.isdigit() for cell in cells) and int(cells["rows_in"]) != sum(map(int, cells[1:])):
            message = "is not accepted + duplicates + rejected"
            found.append(Problem(changes.label, message, int(row), "rows_in", cells["rows_in"]))
    return found


def _check_codelists(folder: Path) -> list[Problem]:
    """Codes once, with label and definition, and no alias that could mean two things."""
    found = []
    for name in codelists.NAMES:
        raw = _read(folder / "codelists" / f"{name}.csv")
        found += raw.problems
        if raw.problems and raw.cells.columns.empty:
            continue
        missing = [c for c in codelists.required_columns(name) if c not in raw.cells]
        found += [Problem(raw.label, "is missing", 1, column) for column in missing]
        if missing:
            continue
        for column in ("code", "label", "definition"):
            for row in raw.cells.index[raw.cells[column].eq("")]:
                found.append(Problem(raw.label, "is empty, but every row needs it", int(row), column))
        for row, column, message in codelists.wrong_cells(name, raw.cells):
            found.append(Problem(raw.label, message, row, column))
        meant: dict[str, str] = {}
        for row, entry in raw.cells.iterrows():
            if entry["code"] in meant.values():
                found.append(Problem(raw.label, "stands twice", int(row), "code", entry["code"]))
            for word in (entry["code"], entry["label"], *filter(None, entry["aliases"].split(";"))):
                other = meant.setdefault(word.casefold(), entry["code"])
                if other != entry["code"]:
                    message = f"could mean {other!r} or {entry['code']!r}"
                    found.append(
                        Problem(raw.label, message, int(row), "aliases", word, "Keep it at one of them.")
                    )
    return found


def _check_descriptor(folder: Path) -> list[Problem]:
    import frictionless  # here, as it takes longer to import than everything else together

    path = folder / "datapackage.json"
    try:
        report = frictionless.Package(str(path)).validate()
    except frictionless.FrictionlessException as error:
        return [Problem(str(path), error.error.message)]
    found = [Problem(str(path), error.message) for error in report.errors]
    try:
        data_version()
    except StudyError as error:
        found.append(Problem(str(path), str(error).removeprefix(f"{path}: ").removesuffix(".")))
    for task in report.tasks:
        for error in task.errors:
            row = getattr(error, "row_number", None)
            column = getattr(error, "field_name", None)
            value = getattr(error, "cell", None)
            found.append(Problem(str(folder / (task.place or path.name)), error.message, row, column, value))
    return found
