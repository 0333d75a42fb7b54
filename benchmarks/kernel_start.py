"""What forking kernels from a warm process saves: the same notebook, executed both ways, in alternation.

    python benchmarks/kernel_start.py [REPEATS]

The notebook only imports what a report imports. Printed are the median times and their ratio; the ratio is what to
compare between machines. On the machine that this was decided on it was about 3.
"""

from __future__ import annotations

import gc
import importlib
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import nbformat

from analysis.rendering.execute import execute
from analysis.rendering.processes import repeatable_environment

MODULES = (
    "ipykernel.kernelapp",
    "ipykernel.debugger",
    "analysis.estimates",
    "analysis.figures",
    "analysis.loading",
)
NOTEBOOK = "from analysis import estimates, figures, load_hearings\n\nhearings = load_hearings()"


def seconds(notebook: Path, scratch: Path, warm: bool) -> float:
    """Seconds to execute the notebook once in a new kernel."""
    folder = Path(tempfile.mkdtemp(dir=scratch))
    start = time.perf_counter()
    execute(notebook, {}, folder=folder, cell_timeout=120, warm=warm)
    return time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        os.environ.update(repeatable_environment(os.environ, scratch))
        notebook = scratch / "imports.ipynb"
        node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(NOTEBOOK)])
        nbformat.write(node, notebook)
        start = time.perf_counter()
        for module in MODULES:
            importlib.import_module(module)
        once = time.perf_counter() - start
        gc.freeze()
        seconds(notebook, scratch, warm=False)  # caches of the file system and of matplotlib
        times = {warm: [] for warm in (False, True)}
        for _ in range(repeats):
            for warm in times:
                times[warm].append(seconds(notebook, scratch, warm))
    cold, warm = (statistics.median(times[key]) for key in (False, True))
    print(
        f"new interpreter {cold:.2f} s, fork {warm:.2f} s, ratio {cold / warm:.1f}; imports, once a run, {once:.1f} s"
    )


if __name__ == "__main__":
    main()
