"""Kernels that start fast and leave nothing behind: this interpreter's, on private sockets, forked where possible.

A kernel needs seconds to import the scientific stack and milliseconds to run a cell. The process that renders a
report has the stack imported already (see `press`), so its kernel is a fork of it: as isolated as any other process,
but born warm. `jupyter_client` calls whoever launches a kernel its provisioner, and that is the seam used here.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sys
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner
from traitlets import Bool, Unicode, default

from .processes import die_with

# A Unix socket's path must be shorter than about 104 bytes; some room is left for its number.
LONGEST_SOCKET_PATH = 90
_OPTIONS = [
    "--HistoryManager.enabled=False",
    "--InteractiveShell.colors=nocolor",
    "--InteractiveShellApp.exec_PYTHONSTARTUP=False",
    "--log-level=ERROR",
]


class ThisInterpreter(KernelSpecManager):
    """Knows one kernel, the interpreter that runs now, whichever kernels the user has registered."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", *_OPTIONS],
            display_name="Python",
            language="python",
        )


class ForkedProvisioner(LocalProvisioner):
    """Launches the kernel as a fork of this process, with everything imported here already imported there."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        arguments = (cmd[cmd.index("-f") + 1 :], kwargs.get("cwd"), dict(kwargs["env"]), os.getpid())
        process = multiprocessing.get_context("fork").Process(target=_be_a_kernel, args=arguments)
        process.start()
        self.process, self.pid, self.pgid = _Forked(process), process.pid, process.pid
        self.cwd = kwargs.get("cwd") or Path.cwd()
        return self.connection_info


class _Forked:
    """The little of `subprocess.Popen` that LocalProvisioner asks of a process."""

    stdin = stdout = stderr = None

    def __init__(self, process: multiprocessing.Process):
        self._process = process

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self) -> int | None:
        self._process.join()
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        if self._process.exitcode is None:
            os.kill(self._process.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


def _be_a_kernel(arguments: list[str], cwd: str | None, env: dict[str, str], parent: int) -> None:
    """Turn this fresh fork into an IPython kernel; returns when the kernel has ended."""
    os.setsid()  # a Ctrl-C at the terminal is for whoever started the run
    die_with(parent)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(env)
    if cwd:
        os.chdir(cwd)
    # The loop that came along belongs to the parent: they would share its file descriptors.
    asyncio.set_event_loop(asyncio.new_event_loop())
    from ipykernel.kernelapp import IPKernelApp

    # ipykernel looks for its parent as well, and keeps its advice for people at a terminal to itself.
    sys.argv = ["ipykernel_launcher", "-f", *arguments, f"--IPKernelApp.parent_handle={parent}"]
    IPKernelApp.launch_instance(sys.argv[1:])


class IsolatedKernelManager(AsyncKernelManager):
    """A kernel on Unix sockets in a folder of its own, or on local ports where a path would be too long.

    Papermill makes the manager itself, so `folder` and `warm` come to it as configuration.
    """

    folder = Unicode(help="private folder for the connection file and the sockets").tag(config=True)
    warm = Bool(False, help="fork the kernel from this process").tag(config=True)

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        folder = Path(self.folder)
        self.connection_file = str(folder / "kernel.json")
        if sys.platform != "win32" and len(os.fsencode(folder)) < LONGEST_SOCKET_PATH:
            self.transport, self.ip = "ipc", str(folder / "kernel")
        if self.warm:
            self.provisioner = ForkedProvisioner(
                kernel_id="kernel", kernel_spec=self.kernel_spec, parent=self
            )

    @default("kernel_spec_manager")
    def _this_interpreter(self) -> KernelSpecManager:
        return ThisInterpreter()
