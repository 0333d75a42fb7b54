"""Several files of a folder replaced together: whoever looks sees all of the old or all of the new, whenever
the writer was killed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from .errors import StudyError

_LOCK, _PREPARED, _DECIDED = ".change.lock", ".change.prepared", ".change.decided"
#: Exit status of a command that found the folder in use (EX_TEMPFAIL), as for a second render.
BUSY = 75


class Busy(StudyError):
    """Another process is changing the folder."""

    exit_status = BUSY


@contextmanager
def changing(folder: Path, wait: float = 30) -> Iterator[None]:
    """Hold the folder for a change: nobody else changes it meanwhile, and what a killed change left is settled.

    Parameters
    ----------
    folder : where the files are.
    wait : seconds to wait for another change to end.

    Raises
    ------
    Busy : the other change did not end.
    StudyError : the folder cannot be written to.

    Notes
    -----
    The lock is the operating system's (`filelock`) and goes with its process, so that a killed one leaves none.
    """
    try:
        with FileLock(folder / _LOCK, timeout=wait):
            _settle(folder)
            yield
    except Timeout:
        raise Busy(f"{folder}: another change is being written. Wait for it to end, and try again.") from None
    except PermissionError as error:
        raise StudyError(f"{folder}: cannot be written to ({error.strerror}). Ask its owner.") from None


def replace_together(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Replace (or make) several files of a folder; call it within `changing`.

    Parameters
    ----------
    folder : where they are.
    contents : name to bytes; replaced in this order, so name first what the others refer to.

    Notes
    -----
    The new files are written and flushed to the disk in a folder beside the old ones, which is then renamed:
    that one step decides. Before it, nothing has changed; after it, the change stands, and is carried out by this
    process or, if this one is killed, by the next that reads or changes the folder (`settle`).
    """
    prepared = folder / _PREPARED
    prepared.mkdir()
    for place, (name, content) in enumerate(contents.items()):
        with (prepared / f"{place:03d} {name}").open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    _flush(prepared)
    prepared.rename(folder / _DECIDED)
    _flush(folder)
    _settle(folder)


def settle(folder: Path) -> None:
    """Carry out a change that was decided on but not finished, as where its process was killed.

    Raises
    ------
    StudyError : there is one, and the folder may not be written to.
    """
    if (folder / _DECIDED).is_dir():
        with changing(folder):
            pass


def _settle(folder: Path) -> None:
    if (prepared := folder / _PREPARED).is_dir():
        shutil.rmtree(prepared)
    if not (decided := folder / _DECIDED).is_dir():
        return
    for new in sorted(decided.iterdir()):
        new.replace(folder / new.name[4:])
    _flush(folder)
    decided.rmdir()
    _flush(folder)


def _flush(folder: Path) -> None:
    """Make the names in a folder last through a loss of power, where the system can."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
