"""Servers in processes of their own, and what they say."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx


class Server:
    """A running server."""

    def __init__(self, process: subprocess.Popen[str], url: str, log: Path) -> None:
        self.process, self.url, self._log = process, url, log
        self.port = urlsplit(url).port
        self.client = httpx.Client(base_url=url, timeout=30)

    @property
    def log(self) -> str:
        return self._log.read_text()

    def connect(self) -> socket.socket:
        """A connection to write on by hand."""
        return socket.create_connection(("127.0.0.1", self.port or 0), timeout=30)

    def say(self, data: bytes) -> bytes:
        """All that is answered to some bytes, until the server hangs up."""
        with self.connect() as line:
            line.sendall(data)
            return heard(line)

    def memory(self) -> int:
        """The largest amount of memory that the process has had, in bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) * 1024

    def stop(self) -> int:
        """Tell it to stop, and wait until it has."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


def heard(line: socket.socket) -> bytes:
    pieces = []
    try:
        while piece := line.recv(65536):
            pieces.append(piece)
    except ConnectionResetError:
        pass
    return b"".join(pieces)


@contextmanager
def running(*models: str | Path, log: Path, **flags: Any) -> Iterator[Server]:
    """A server of these models on a port that was free."""
    given = [f"--{name.replace('_', '-')}" + ("" if value is True else f"={value}") for name, value in flags.items()]
    command = [sys.executable, "-m", "modelwright.serving", *map(str, models), "-p", "0", "--trust", *given]
    with log.open("w") as out, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=out, text=True) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            assert "http://" in said, f"{said}{log.read_text()}"
            server = Server(process, re.findall(r"http://[^\s/]+", said)[0], log)
            with server.client:
                yield server
        finally:
            process.kill()
