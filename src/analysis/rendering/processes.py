"""What every process of a run shares: an environment that gives the same bytes twice, and dying with its parent."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

LINUX = sys.platform.startswith("linux")
_PR_SET_PDEATHSIG = 1
_SINGLE_THREADED = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
# The user's own wishes for an interpreter at a terminal; a kernel would run the first before a notebook's cells.
_LEFT_OUT = ("PYTHONSTARTUP", "PYTHONIOENCODING")


def repeatable_environment(base: Mapping[str, str], scratch: Path) -> dict[str, str]:
    """An environment in which the same code on the same data gives the same bytes, and the home is left alone.

    Parameters
    ----------
    base : the environment to start from.
    scratch : folder of this run; whatever Jupyter, IPython and matplotlib want to write goes there. It also
        keeps the user's own settings for them (start-up scripts, styles) out of the reports.
    """
    return {
        **{name: value for name, value in base.items() if name not in _LEFT_OUT},
        **dict.fromkeys(_SINGLE_THREADED, "1"),  # a sum over several threads depends on their number
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "MPLBACKEND": "agg",
        "SOURCE_DATE_EPOCH": base.get(
            "SOURCE_DATE_EPOCH", "315532800"
        ),  # what tools write for "now": 1980-01-01
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "IPYTHONDIR": str(scratch / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(scratch / "runtime"),
        "JUPYTER_CONFIG_DIR": str(scratch / "config"),
        "JUPYTER_DATA_DIR": str(scratch / "data"),
        "JUPYTER_NO_CONFIG": "1",
        "MPLCONFIGDIR": str(scratch / "matplotlib"),
        "XDG_CACHE_HOME": str(scratch / "cache"),
    }


def die_with(parent: int) -> None:
    """Kill this process as soon as its parent is gone, however the parent ended.

    Linux does it itself, whatever this process is busy with; elsewhere a thread looks twice a second.

    Parameters
    ----------
    parent : process id of the parent, as the parent knows it.
    """
    if LINUX:
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if os.getppid() != parent:  # it went before we could ask
        os._exit(1)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
