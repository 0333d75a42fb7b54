"""Where the data package is: the repository's `data/`, or the folder that MISCONDUCT_DATA names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from .errors import StudyError

VARIABLE = "MISCONDUCT_DATA"
_instead: ContextVar[Path | None] = ContextVar("data folder in use instead", default=None)


def data_folder() -> Path:
    """Folder of the data package.

    Raises
    ------
    StudyError : there is no such folder, as where the package was installed without the repository's data.
    """
    if (folder := _instead.get()) is not None:
        return folder
    named = os.environ.get(VARIABLE)
    folder = Path(named) if named else Path(__file__).parents[2] / "data"
    if folder.is_dir():
        return folder
    what = f"{VARIABLE} names {named!r}, and there is no such folder" if named else "There is no data package"
    raise StudyError(
        f"{what}: set the environment variable {VARIABLE} to the folder of a data package, that is, one with "
        "datapackage.json, hearings.csv, sources.csv and codelists/ (data/ in the project's repository)."
    )


@contextmanager
def data_in(folder: Path) -> Iterator[None]:
    """Within this block, `data_folder` is this folder: a package is judged by its own code lists."""
    token = _instead.set(folder)
    try:
        yield
    finally:
        _instead.reset(token)
