"""What a report rests on: the data and the code, each by a hash that anyone can recompute, and the packages' versions."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from .paths import data_folder

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
    """`version` and `created` (date) of the data package, from its descriptor."""
    descriptor = json.loads((data_folder() / "datapackage.json").read_text(encoding="utf-8"))
    return {"version": descriptor["version"], "created": descriptor["created"][:10]}


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
