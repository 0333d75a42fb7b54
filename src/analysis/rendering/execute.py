"""Run one notebook with its parameters through papermill, and say in one line what went wrong if something did."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbconvert.filters import strip_ansi
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from .kernel import IsolatedKernelManager

KERNEL_START_TIMEOUT = 120
_LONGEST_LINE = 300
_LONGEST_STREAM = 10_000


class ReportFailed(Exception):
    """A report that could not be made: one line for whoever started the run, and the details for the log."""

    def __init__(self, message: str, details: str = ""):
        super().__init__(message)
        self.details = details or message


def execute(
    notebook: Path, parameters: Mapping[str, Any], *, folder: Path, cell_timeout: int, warm: bool
) -> NotebookNode:
    """Execute a notebook in a kernel of its own.

    Parameters
    ----------
    notebook : the file; the kernel works in its folder, as it does in JupyterLab.
    parameters : replace those of its cell tagged `parameters`.
    folder : an existing private folder for the kernel's sockets.
    cell_timeout : seconds that one cell may take.
    warm : fork the kernel from this process instead of starting a new interpreter.

    Returns
    -------
    The executed notebook, outputs and all.

    Raises
    ------
    ReportFailed : a cell raised or took too long, or the kernel died.
    """
    manager = {"folder": str(folder), "warm": warm}
    try:
        return papermill.execute_notebook(
            notebook,
            None,
            parameters=dict(parameters),
            kernel_name="python3",
            language="python",
            progress_bar=False,
            cwd=notebook.parent,
            start_timeout=KERNEL_START_TIMEOUT,
            execution_timeout=cell_timeout,
            config=Config({"IsolatedKernelManager": manager}),
            kernel_manager_class=IsolatedKernelManager,
            shutdown_kernel="immediate",
        )
    except PapermillExecutionError as error:
        traceback = strip_ansi("\n".join(error.traceback))
        first_line = (error.evalue.strip().splitlines() or [""])[0]
        what = f"{error.ename}: {first_line}" if first_line else error.ename
        where = _where(error.exec_count, error.source, traceback)
        raise ReportFailed(_clip(f"{where}: {what}"), traceback or f"{where}: {what}") from None
    except CellTimeoutError as error:
        raise ReportFailed(f"a cell took longer than {cell_timeout} seconds", str(error)) from None
    except DeadKernelError:
        raise ReportFailed("the kernel died; it may have run out of memory") from None


def streams(notebook: NotebookNode) -> Iterator[tuple[str, str]]:
    """What the code of an executed notebook printed: pairs of `stdout` or `stderr` and the text, its beginning."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and (text := strip_ansi(output.text).strip()):
                # IPython's name for a cell holds a process id: the same warning would look new every time.
                # Only where a word begins: begun anywhere, the search through a long word takes the square of its length.
                text = re.sub(r"(?<!\S)\S*ipykernel_\d+[/\\]\d+\.py", "notebook", text)
                if len(text) > _LONGEST_STREAM:
                    left_out = len(text) - _LONGEST_STREAM
                    text = f"{text[:_LONGEST_STREAM]}\n… and {left_out:,} more characters"
                yield output.name, text


def _where(count: int | None, source: str, traceback: str) -> str:
    """The code cell, by its number in order of execution, and the line in it that failed."""
    lines = source.splitlines()
    frame = re.search(r"Cell In ?\[\d+\], line (\d+)", traceback)
    number = int(frame[1]) if frame else 1
    line = lines[number - 1].strip() if 0 < number <= len(lines) else ""
    return f"code cell {count}" + (f", `{line}`" if line else "")


def _clip(text: str) -> str:
    return text if len(text) <= _LONGEST_LINE else text[: _LONGEST_LINE - 1] + "…"
