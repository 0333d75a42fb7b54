"""The process that makes the pages: it imports everything once, then forks a fresh process for every report.

`python -m analysis.rendering.press` reads its work as JSON from standard input and answers with one line of JSON an
event. It lives and dies with whoever started it, and with it everything below it.

    run ── press (imports once) ─┬─ report (papermill, nbconvert) ── kernel
                                 └─ report (papermill, nbconvert) ── kernel
"""

from __future__ import annotations

import gc
import importlib
import json
import multiprocessing
import os
import shutil
import signal
import sys
import time
import traceback
from collections import deque
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from .processes import LINUX, die_with

# What a kernel imports besides the notebook's own modules, on the way to its first cell.
_KERNEL_MODULES = ("ipykernel.kernelapp", "ipykernel.debugger", "IPython.core.completerlib")
# Seconds for a report's process to end by itself once its page is made.
_TO_END = 10


def main() -> None:
    """Make every report of the work read from standard input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for whoever started this, who then ends it
    die_with(int(sys.argv[1]))
    work = json.loads(sys.stdin.readline())
    events = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints is no event
    warm = LINUX and work["warm"]
    for name in (*_KERNEL_MODULES, *work["preload"]) if warm else ():
        try:
            importlib.import_module(name)
        except ImportError:
            if name in work["preload"]:
                traceback.print_exc()
    # Forks share this memory until they write to it: without this, the first garbage collection would.
    gc.collect()
    gc.freeze()
    context = multiprocessing.get_context("fork" if warm else "spawn")
    _run(work, context, warm, events)


def _run(work: dict[str, Any], context: Any, warm: bool, events: Any) -> None:
    def tell(event: str, index: int, **more: Any) -> None:
        print(json.dumps({"event": event, "index": index} | more), file=events)

    limit = work["report_timeout"]
    waiting = deque(range(len(work["jobs"])))
    running: dict[Connection, tuple[int, Any, float]] = {}
    while waiting or running:
        while waiting and len(running) < work["workers"]:
            index = waiting.popleft()
            receiver, sender = context.Pipe(duplex=False)
            scratch = Path(work["scratch"]) / str(index)
            arguments = (
                work["jobs"][index],
                work["site"],
                str(scratch),
                work["cell_timeout"],
                warm,
                sender,
                os.getpid(),
            )
            process = context.Process(target=_make, args=arguments)
            process.start()
            sender.close()
            running[receiver] = (index, process, time.monotonic())
            tell("started", index)
        soonest = min(since for _, _, since in running.values()) + limit
        ready = wait(list(running), timeout=max(0, soonest - time.monotonic()))
        late = [r for r, (_, _, since) in running.items() if time.monotonic() - since >= limit]
        for receiver in {*ready, *late}:
            index, process, since = running.pop(receiver)
            if receiver in ready:
                result = _result(receiver, process)
            else:
                process.kill()  # its kernel goes with it
                result = {"error": f"the report took longer than {limit} seconds", "details": ""}
            _end(process)
            receiver.close()
            shutil.rmtree(Path(work["scratch"]) / str(index), ignore_errors=True)
            tell("finished", index, seconds=time.monotonic() - since, **result)


def _result(receiver: Connection, process: Any) -> dict[str, Any]:
    try:
        return receiver.recv()
    except (EOFError, OSError):
        _end(process)
        status = process.exitcode
        return {"error": f"its process ended unexpectedly (exit status {status})", "details": ""}


def _end(process: Any) -> None:
    """Wait for a process that is done; one that has hung since is killed, so that the run goes on."""
    process.join(_TO_END)
    if process.is_alive():
        process.kill()
        process.join()


def _make(
    job: dict[str, Any],
    site: dict[str, Any],
    scratch: str,
    timeout: int,
    warm: bool,
    sender: Connection,
    parent: int,
) -> None:
    """Make one report, in a process of its own, and send what came of it."""
    die_with(parent)
    from .execute import ReportFailed, execute, streams
    from .page import make_page

    folder = Path(scratch)
    folder.mkdir(parents=True)
    os.environ["IPYTHONDIR"] = str(folder / "ipython")
    try:
        notebook = execute(
            Path(job["notebook"]), job["parameters"], folder=folder, cell_timeout=timeout, warm=warm
        )
        page = make_page(notebook, job=job, site=site)
        output = Path(job["file"])
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(page.html, encoding="utf-8", newline="\n")
        result = {"title": page.title, "summary": page.summary, "notes": list(streams(notebook))}
    except ReportFailed as failure:
        result = {"error": str(failure), "details": failure.details}
    except Exception as error:  # one report must not stop the others, whatever it does
        result = {"error": f"{type(error).__name__}: {error}", "details": traceback.format_exc()}
    with suppress(BrokenPipeError):
        sender.send(result)
    sender.close()


if __name__ == "__main__":
    # Import what the forks need before they are forked.
    from . import execute, page  # noqa: F401

    main()
