"""Tell whoever started a run how it is going: a bar on a terminal, one plain line a report everywhere else."""

from __future__ import annotations

from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress


class Progress(Protocol):
    """What a run tells."""

    def begin(self, total: int) -> None:
        """The number of reports to come."""

    def started(self, name: str) -> None:
        """A report was begun."""

    def finished(self, name: str, seconds: float, error: str | None) -> None:
        """A report was made, or failed."""

    def end(self) -> None:
        """Nothing more will come."""


class Lines:
    """One line a report, for logs."""

    def __init__(self, console: Console):
        self._console = console
        self._total = self._done = 0

    def begin(self, total: int) -> None:
        self._total = total
        self._say(f"Rendering {total} report{'s' if total != 1 else ''} ...")

    def started(self, name: str) -> None:
        pass

    def finished(self, name: str, seconds: float, error: str | None) -> None:
        self._done += 1
        state = "failed" if error else "done"
        self._say(f"[{self._done}/{self._total}] {name}: {state} in {seconds:.1f} s")

    def end(self) -> None:
        pass

    def _say(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


class Bar:
    """A bar with what is under way beside it."""

    def __init__(self, console: Console):
        self._bar = RichProgress(
            TextColumn("Rendering"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[names]}", markup=False),
            console=console,
            transient=True,
        )
        self._running: list[str] = []
        self._task = None

    def begin(self, total: int) -> None:
        self._task = self._bar.add_task("render", total=total, names="")
        self._bar.start()

    def started(self, name: str) -> None:
        self._running.append(name)
        self._bar.update(self._task, names=", ".join(self._running))

    def finished(self, name: str, seconds: float, error: str | None) -> None:
        self._running.remove(name)
        if error:
            self._bar.console.print(f"{name}: failed", markup=False, highlight=False)
        self._bar.update(self._task, advance=1, names=", ".join(self._running))

    def end(self) -> None:
        self._bar.stop()


def for_console(console: Console) -> Progress:
    """A bar where someone is watching, lines where nobody is."""
    return Bar(console) if console.is_terminal else Lines(console)
