"""An endpoint's server, started and stopped from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from time import monotonic, sleep

import msgspec

from ..core.errors import Unavailable
from . import config, control
from .control import Command, Outcome
from .record import Folder, Record

_BEYOND = 15.0  # seconds that a server may take to end beyond those its requests may


def start(folder: Folder) -> None:
    """Start the server of an endpoint, and return when it answers.

    Raises the reason, in the server's words, when it cannot.
    """
    command = [sys.executable, "-m", "modelwright.deployments.daemon", str(folder.path)]
    environ = {**os.environ, "PYTHONSAFEPATH": "1"}
    with open(folder.log, "ab") as log:
        process = subprocess.Popen(
            command, env=environ, cwd=folder.path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log
        )
    with process:
        assert process.stdout is not None
        line = process.stdout.readline()
    if not line:
        raise Unavailable(f"The server of endpoint {folder.name!r} ended before it answered; see '{folder.log}'")
    msgspec.json.decode(line, type=Outcome).check()


def stop(folder: Folder, record: Record) -> None:
    """Let the server answer what it holds, and end it."""
    if record.process is None or not folder.lives():
        return
    with suppress(Unavailable):  # it has just ended
        control.tell(record.process, Command(record.process.token, "stop"))
    until = monotonic() + config.options((), record.state.config).grace + _BEYOND
    while folder.lives():
        if monotonic() > until:
            with suppress(ProcessLookupError):
                os.kill(record.process.pid, signal.SIGKILL)
        sleep(0.02)
