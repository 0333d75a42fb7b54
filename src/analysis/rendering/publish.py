"""Build beside the published site and switch to the new one in a single step, so that no reader sees half of one.

<place>/site                    a symbolic link to the build that is published
<place>/.builds/site/           all that belongs to this site and to no other, whatever the others are called:
    lock                        held by the run under way; the system frees it when that ends, however it ends
    <build>/                    one folder a build: the published one, and the one before it, which a reader
                                who arrived just before the switch may still be reading
    run-*/                      a build under way, or what a killed run left; the next run clears it away
    failed/                     what the last run's failed reports said; the next run clears it away
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ..errors import StudyError
from .site import MANIFEST, same_site, sha256

_SCRATCH_PREFIX = "render-"
_UNDER_WAY = "run-"
_ADOPTED = "adopted"
_LOCK = "lock"
_FAILED = "failed"


class AlreadyRunning(StudyError):
    """Another run holds the lock."""

    exit_status = 75  # EX_TEMPFAIL of sysexits.h: nothing is wrong, try again later


class Workshop:
    """Where the builds of one site are made, and the one way to publish them.

    Parameters
    ----------
    site : the path that readers open.
    """

    def __init__(self, site: Path):
        self.site = site.parent.resolve() / site.name  # the link itself is meant, not where it points
        self.builds = self.site.parent / ".builds" / self.site.name
        self.lock = FileLock(self.builds / _LOCK)
        self.failures = self.builds / _FAILED

    @contextmanager
    def open(self) -> Iterator[tuple[Path, Path]]:
        """Take the lock, clear away what a killed run left, and give a folder to build in and one for scratch.

        The scratch folder lies where the system keeps temporary files: its path must be short enough for sockets.
        Both are removed at the end, published or not.

        Raises
        ------
        AlreadyRunning : another run is under way.
        StudyError : the site's place is taken by something that this did not make, or cannot be written to.
        """
        try:
            self.builds.mkdir(parents=True, exist_ok=True)
            self.lock.acquire(blocking=False)
        except Timeout:
            raise AlreadyRunning(
                f"Another run is making {self.site} at the moment; this one has changed nothing. Try again later."
            ) from None
        except OSError as error:
            raise StudyError(f"{self.builds}: cannot be written to ({error.strerror}).") from None
        try:
            self._take_in_hand()
            self._clear()
            build = Path(tempfile.mkdtemp(prefix=_UNDER_WAY, dir=self.builds))
            scratch = Path(tempfile.mkdtemp(prefix=_SCRATCH_PREFIX))
            (build / "scratch").symlink_to(scratch)
            try:
                (build / "site").mkdir()
                yield build / "site", scratch
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
                shutil.rmtree(build, ignore_errors=True)
        finally:
            self.lock.release()

    def publish(self, built: Path) -> bool:
        """Make a finished site the published one.

        Parameters
        ----------
        built : a folder given by `open`, with everything in it, the manifest included.

        Returns
        -------
        Whether anything changed: False if the published site is the same byte for byte.
        """
        if self.site.is_dir() and same_site(self.site, built):
            return False
        for path in built.rglob("*"):
            if path.is_file():
                _to_disk(path)
        before = self.site.resolve() if self.site.is_symlink() else None
        target = self.builds / sha256(built / MANIFEST)[:16]
        if target.exists():  # an earlier build of the same content, no longer published
            target = Path(tempfile.mkdtemp(prefix=target.name + "-", dir=self.builds))
        built.replace(target)
        _to_disk(self.builds)
        self._point_to(target)
        self._clear(before, built.parent)
        return True

    def _point_to(self, build: Path) -> None:
        link = self.builds / "next"
        link.unlink(missing_ok=True)
        link.symlink_to(os.path.relpath(build, self.site.parent))
        link.replace(self.site)
        _to_disk(self.site.parent)

    def _take_in_hand(self) -> None:
        """Make the site's place a link of ours, also where the site was copied there as a folder."""
        adopted = self.builds / _ADOPTED
        if self.site.is_symlink():
            target = self.site.parent / self.site.readlink()
            if target.parent.resolve() != self.builds.resolve():
                raise StudyError(
                    f"{self.site} is a link to {target}, which this command did not make. "
                    "Remove the link, or choose another place with --output."
                )
        elif self.site.exists():
            if not (self.site / MANIFEST).is_file() and not (
                self.site.is_dir() and not any(self.site.iterdir())
            ):
                raise StudyError(
                    f"{self.site} exists and was not made by this command (it has no {MANIFEST}). "
                    "Move it away, or choose another place with --output."
                )
            if adopted.exists():
                shutil.rmtree(adopted)
            self.site.rename(adopted)
            self._point_to(adopted)
        elif adopted.is_dir():  # killed between the two steps above
            self._point_to(adopted)

    def _clear(self, *keep: Path | None) -> None:
        """Remove all but the lock, the published build and those to keep, and the scratch folders of killed runs."""
        published = self.site.resolve() if self.site.is_symlink() else None
        (self.builds / "next").unlink(missing_ok=True)
        for build in self.builds.iterdir():
            if build.name == _LOCK or build.resolve() in (published, *keep):
                continue
            scratch = build / "scratch"
            if build.name.startswith(_UNDER_WAY) and scratch.is_symlink():
                left = scratch.readlink()
                if left.name.startswith(_SCRATCH_PREFIX) and left.parent == Path(tempfile.gettempdir()):
                    shutil.rmtree(left, ignore_errors=True)
            shutil.rmtree(build, ignore_errors=True)


def _to_disk(path: Path) -> None:
    """Have the system write a file, or a folder's list of names, before anything that relies on it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
