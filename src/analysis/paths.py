"""Where the data package is: the repository's `data/`, or the folder that MISCONDUCT_DATA names."""

from __future__ import annotations

import os
from pathlib import Path


def data_folder() -> Path:
    """Folder of the data package."""
    return Path(os.environ.get("MISCONDUCT_DATA") or Path(__file__).parents[2] / "data")
