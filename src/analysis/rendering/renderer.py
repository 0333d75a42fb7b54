"""Render a catalogue: every report in parallel, then the index and the manifest, then the switch to the new site."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import StudyError
from .catalogue import Catalogue
from .processes import repeatable_environment
from .progress import Progress
from .publish import Workshop
from .site import write_index, write_manifest


@dataclass(frozen=True)
class Outcome:
    """What came of one report.

    Attributes
    ----------
    name : of the report.
    seconds : it took.
    error : one line if it failed, else None; `log` is then the file with the details, if it could be written.
    notes : what its code printed and warned of, which the page does not show: pairs of stream and text.
    """

    name: str
    seconds: float
    error: str | None = None
    log: Path | None = None
    notes: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Rendered:
    """What came of a run.

    Attributes
    ----------
    site : the path that readers open.
    outcomes : one a report, in the order of the catalogue.
    published : whether a new site was published. False if a report failed, or if nothing changed.
    """

    site: Path
    outcomes: Sequence[Outcome]
    published: bool

    @property
    def failed(self) -> list[Outcome]:
        """The reports that could not be made; if there is one, the site stays as it was."""
        return [outcome for outcome in self.outcomes if outcome.error is not None]


@dataclass
class _Run:
    """The results of a run as they come in."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    made: dict[str, Mapping[str, Any]] = field(default_factory=dict)


def render(
    catalogue: Catalogue,
    site: Path,
    *,
    progress: Progress,
    workers: int | None = None,
    provenance: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    warm: bool = True,
) -> Rendered:
    """Render every report of a catalogue and, if all of them could be made, publish the site.

    Parameters
    ----------
    catalogue : from `read_catalogue`.
    site : path of the site; a symbolic link is put there.
    progress : is told how it goes.
    workers : reports at a time; all cores where not given.
    provenance : for the manifest.
    environment : variables to add to the notebooks' environment.
    warm : fork kernels from a process that has the catalogue's `preload` imported (on Linux only).

    Raises
    ------
    AlreadyRunning : another run is making this site.
    StudyError : the site's place cannot be used.
    """
    workshop = Workshop(site)
    with workshop.open() as (build, scratch):
        work = {
            "site": {"title": catalogue.site.title},
            "preload": catalogue.site.preload,
            "cell_timeout": catalogue.site.cell_timeout,
            "report_timeout": catalogue.site.report_timeout,
            "scratch": str(scratch),
            "warm": warm,
            "workers": max(1, min(workers or _cores(), len(catalogue.reports))),
            "jobs": [
                {
                    "name": report.name,
                    "title": report.title,
                    "notebook": str(report.notebook),
                    "source": report.notebook.name,
                    "parameters": dict(report.parameters),
                    "output": report.output,
                    "file": str(build / report.output),
                }
                for report in catalogue.reports
            ],
        }
        run = _Run()
        progress.begin(len(catalogue.reports))
        try:
            with _press(work, dict(os.environ) | dict(environment or {}), scratch) as events:
                for event in events:
                    _take(event, catalogue, run, progress, workshop.failures)
        finally:
            progress.end()
        outcomes = [run.outcomes[report.name] for report in catalogue.reports]
        if any(outcome.error is not None for outcome in outcomes):
            return Rendered(workshop.site, outcomes, published=False)
        write_index(build, catalogue, run.made)
        write_manifest(build, catalogue, provenance or {})
        return Rendered(workshop.site, outcomes, published=workshop.publish(build))


def _take(
    event: Mapping[str, Any], catalogue: Catalogue, run: _Run, progress: Progress, failures: Path
) -> None:
    name = catalogue.reports[event["index"]].name
    if event["event"] == "started":
        progress.started(name)
        return
    error, log = event.get("error"), None
    if error is not None:
        log = failures / f"{name.replace('/', '-')}.txt"
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
            log.write_text(f"{name}: {error}\n\n{event.get('details', '')}\n", encoding="utf-8")
        except OSError as problem:  # a full disk, say: the report's own error is the one to tell
            error, log = f"{error} (the details could not be kept: {problem.strerror})", None
    else:
        run.made[name] = {"title": event["title"], "summary": event["summary"]}
    notes = tuple((stream, text) for stream, text in event.get("notes", ()))
    run.outcomes[name] = Outcome(name, event["seconds"], error, log, notes)
    progress.finished(name, event["seconds"], error)


@contextmanager
def _press(
    work: Mapping[str, Any], env: Mapping[str, str], scratch: Path
) -> Iterator[Iterator[dict[str, Any]]]:
    """The process that makes the pages, as the events that it tells; it is gone when the context ends."""
    said = scratch / "press.log"
    with said.open("wb") as log:
        press = subprocess.Popen(
            [sys.executable, "-P", "-m", "analysis.rendering.press", str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=repeatable_environment(env, scratch),
            start_new_session=True,
            text=True,
            encoding="utf-8",
        )
    try:
        yield _events(press, work, said)
    finally:
        # Its whole group at once: the processes of the reports too. Kernels go with the process of their report.
        with suppress(ProcessLookupError):
            os.killpg(press.pid, signal.SIGKILL)
        press.wait()
        press.stdout.close()


def _events(press: subprocess.Popen, work: Mapping[str, Any], said: Path) -> Iterator[dict[str, Any]]:
    finished = 0
    try:
        press.stdin.write(json.dumps(work) + "\n")
        press.stdin.close()
        for line in press.stdout:
            event = json.loads(line)
            finished += event["event"] == "finished"
            yield event
    except BrokenPipeError:
        pass
    if finished < len(work["jobs"]):
        last = said.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
        reason = f": {last[0]}" if last else f" (exit status {press.wait()})"
        raise StudyError(
            f"The process that makes the pages ended unexpectedly{reason}. The site is as it was."
        )


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
