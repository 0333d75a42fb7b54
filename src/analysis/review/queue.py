"""The notices of a folder, which of them are dealt with, and where one was."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ..coding.files import read_notice
from ..errors import StudyError
from ..paths import data_folder

#: Kept in the folder beside the notices; nothing of their text is in it.
STATE = ".review.json"
_KINDS = (".txt", ".md", ".html", ".htm")
ACCEPTED, SKIPPED = "accepted", "skipped"


def default_folder() -> Path:
    """`incoming/notices/` of the data package."""
    return data_folder() / "incoming" / "notices"


@dataclass(frozen=True)
class Decision:
    """What was decided on one notice: accepted or skipped, the ids of its cases, and how many cells were corrected."""

    what: str
    when: str
    cases: tuple[str, ...] = ()
    corrected: int = 0


class Queue:
    """A folder of notices in the order of their names.

    Parameters
    ----------
    folder : text files and saved pages; made where it is missing.

    Notes
    -----
    A notice is known by the hash of its bytes: one that was changed since is asked about again, one that was only renamed
    is not. The state is written whole, into a file that then takes the place of the old one.

    Raises
    ------
    StudyError : the state file is damaged, or the folder cannot be made.
    """

    def __init__(self, folder: Path | None = None):
        self.folder = Path(folder) if folder is not None else default_folder()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StudyError(
                f"{self.folder} cannot be made ({error.strerror}). Choose another folder."
            ) from None
        self._decisions = self._read()

    def notices(self) -> list[Path]:
        """Every notice in the folder."""
        files = (p for p in self.folder.iterdir() if p.is_file() and p.suffix.casefold() in _KINDS)
        return sorted((p for p in files if not p.name.startswith(".")), key=lambda p: p.name)

    def decision(self, notice: Path) -> Decision | None:
        """What was decided on a notice, if anything."""
        return self._decisions.get(_hash(notice))

    def open(self) -> list[Path]:
        """The notices not yet decided on."""
        return [notice for notice in self.notices() if self.decision(notice) is None]

    def next(self, after: Path | None = None) -> Path | None:
        """The next open notice, after one if given, round to the first; None where all are dealt with."""
        waiting = self.open()
        if not waiting:
            return None
        return next((n for n in waiting if after is not None and n.name > after.name), waiting[0])

    def decide(self, notice: Path, what: str, cases: tuple[str, ...] = (), corrected: int = 0) -> None:
        """Record a decision, at once and whole.

        Raises
        ------
        StudyError : the folder cannot be written to.
        """
        when = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        self._decisions[_hash(notice)] = Decision(what, when, tuple(cases), corrected)
        self._write()

    def undo(self, notice: Path) -> None:
        """Forget a decision; cases that were added stay in the data."""
        if self._decisions.pop(_hash(notice), None) is not None:
            self._write()

    def text(self, notice: Path) -> str:
        """The text of a notice."""
        return read_notice(notice)

    def _read(self) -> dict[str, Decision]:
        place = self.folder / STATE
        try:
            kept = json.loads(place.read_text(encoding="utf-8"))
            return {
                key: Decision(d["what"], d["when"], tuple(d["cases"]), d["corrected"])
                for key, d in kept["notices"].items()
            }
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise StudyError(
                f"{place}: the record of what was reviewed cannot be read ({error}). Move it away to start anew; "
                "cases already added are recognised as duplicates."
            ) from None

    def _write(self) -> None:
        kept = {
            key: {"what": d.what, "when": d.when, "cases": list(d.cases), "corrected": d.corrected}
            for key, d in sorted(self._decisions.items())
        }
        try:
            handle, name = tempfile.mkstemp(dir=self.folder, prefix=STATE)
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    json.dump({"notices": kept}, file, indent=1)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(self.folder / STATE)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise StudyError(f"{self.folder}: cannot be written to ({error.strerror}).") from None


def _hash(notice: Path) -> str:
    return hashlib.sha256(notice.read_bytes()).hexdigest()
