"""`python -m modelwright.deployments.daemon FOLDER`: the server of an endpoint, which goes on when its starter ends."""

from __future__ import annotations

import asyncio
import hmac
import logging
import os
import secrets
import signal
import sys
from pathlib import Path
from typing import BinaryIO

import msgspec

from ..core.errors import Error
from ..serving import server
from ..serving.metrics import Metrics
from ..serving.options import Source
from . import config
from .control import LIMIT, Command, Outcome
from .gate import Gate, Wanted
from .record import Deployment, Folder, Process, Record, State

log = logging.getLogger(__name__)


def main() -> None:
    """Become a process of its own; what standard output is told is whether it answers."""
    folder = Folder(Path(sys.argv[1]))
    if os.fork():
        os._exit(0)  # the starter waits for this process, and is not to wait for the server
    os.setsid()
    starter = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what models print goes where the log goes
    server.prepare()
    with folder.living(), starter:
        try:
            server.run_loop(Daemon(folder, starter).run())
        except Error as error:
            _tell(starter, Outcome(error.error_code, error.message))
        except Exception as error:
            log.exception("the server ends")
            _tell(starter, Outcome("INTERNAL_ERROR", f"{type(error).__name__}: {error}"))


def _tell(starter: BinaryIO, outcome: Outcome) -> None:
    """Say how it went, once."""
    if not starter.closed:
        starter.write(msgspec.json.encode(outcome) + b"\n")
        starter.close()


class Daemon:
    """Serves what the endpoint's record says, and changes it when told.

    Args:
        folder: The endpoint's.
        starter: Who waits to hear that it answers.
    """

    def __init__(self, folder: Folder, starter: BinaryIO) -> None:
        found = folder.read()
        assert found is not None, "the starter writes it first"
        self._folder, self._record, self._starter = folder, found, starter
        self._token = secrets.token_urlsafe(32)
        self._gate: Gate

    async def run(self) -> None:
        """Answer until told to stop."""
        record = self._record
        bound = server.bind(record.host, record.port)
        options = config.options((), record.state.config)
        self._gate = Gate(options, Metrics())
        try:
            await self._become(record.state)
            control = await asyncio.start_server(self._asked, "127.0.0.1", 0, limit=LIMIT)
            process = Process(os.getpid(), control.sockets[0].getsockname()[1], self._token)
            self._keep(msgspec.structs.replace(record, port=bound.getsockname()[1], process=process))
            _tell(self._starter, Outcome())
            await server.answer(self._gate, options, bound)
            control.close()
        finally:
            await self._gate.stop()

    async def _become(self, state: State) -> None:
        wanted = {name: _wanted(state, one) for name, one in state.deployments.items()}
        await self._gate.change(config.options((), state.config), wanted, state.traffic)

    def _keep(self, record: Record) -> None:
        self._record = record
        self._folder.write(record)

    async def _asked(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            outcome = await self._done(await reader.readline())
        except Error as error:
            outcome = Outcome(error.error_code, error.message)
        except Exception as error:
            log.exception("a command failed")
            outcome = Outcome("INTERNAL_ERROR", f"{type(error).__name__}: {error}")
        writer.write(msgspec.json.encode(outcome) + b"\n")
        writer.close()

    async def _done(self, line: bytes) -> Outcome:
        command = msgspec.json.decode(line, type=Command)
        if not hmac.compare_digest(command.token.encode(), self._token.encode()):
            return Outcome("PERMISSION_DENIED", "the token is another")
        if command.do == "stop":
            os.kill(os.getpid(), signal.SIGTERM)
            return Outcome()
        await self._become(command.state)
        self._keep(msgspec.structs.replace(self._record, state=command.state, history=command.history))
        return Outcome()


def _wanted(state: State, one: Deployment) -> Wanted:
    source = Source(one.name, Path(one.path), one.origin, one.version)
    own = {name: value for name, value in one.config.items() if name in config.DEPLOYMENT}
    return Wanted(config.options((source,), {**state.config, **own}), one.python)


if __name__ == "__main__":
    main()
