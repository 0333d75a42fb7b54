"""What a report rests on: the data and the code, each by a hash that anyone can recompute, and the packages' versions."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from .errors import StudyError
from .paths import data_folder
from .writing import settle

PACKAGES = ("pandas", "numpy", "scipy", "statsmodels", "matplotlib", "papermill", "nbconvert")


def hash_of_files(folder: Path, paths: Iterable[Path]) -> str:
    """SHA-256 over the names (relative to `folder`) and the bytes of files, in the order of their names."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def data_hash() -> str:
    """Hash of the data package: its tables, its code lists and its descriptor."""
    folder = data_folder()
    settle(folder)
    return hash_of_files(
        folder, [*folder.glob("*.csv"), *folder.glob("codelists/*.csv"), *folder.glob("datapackage.json")]
    )


def code_hash() -> str:
    """Hash of the package's source."""
    folder = Path(__file__).parent
    return hash_of_files(
        folder, (p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    )


def data_version() -> dict[str, str]:
    """`version` and `created` (date) of the data package, from its descriptor.

    Raises
    ------
    StudyError : the package has no readable descriptor, or the descriptor does not state both.
    """
    path = data_folder() / "datapackage.json"
    try:
        descriptor = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StudyError(
            f"{path}: there is no such file, and a data package needs its descriptor. Restore it, or name "
            "another folder."
        ) from None
    except (OSError, ValueError) as error:
        raise StudyError(f"{path}: cannot be read as JSON ({error}). Restore it.") from None
    stated = descriptor if isinstance(descriptor, dict) else {}
    version, created = str(stated.get("version", "")), str(stated.get("created", ""))[:10]
    wrong = [] if version else ["version (such as 1.0.0)"]
    try:
        dt.date.fromisoformat(created)
    except ValueError:
        wrong.append("created (a date, YYYY-MM-DD)")
    if wrong:
        raise StudyError(f"{path}: does not state {' and '.join(wrong)}. Add it to the descriptor.")
    return {"version": version, "created": created}


def environment() -> dict[str, str]:
    """Version of Python and of each package that the numbers and the pages come from."""
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def provenance() -> dict[str, object]:
    """All of the above, for a manifest."""
    from . import __version__

    return {
        "data": data_version() | {"sha256": data_hash()},
        "code": {"version": __version__, "sha256": code_hash()},
        "packages": environment(),
    }
