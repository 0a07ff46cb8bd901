"""What an endpoint's server is told to do, and what it answers: one line of JSON each way, on this machine only."""

from __future__ import annotations

import socket
from typing import Literal

import msgspec

from ..core.errors import BrokenModel, Error, InvalidArgument, Unavailable
from .record import Process, State

LIMIT = 2**24  # bytes of a line
_CONNECT = 10.0  # seconds


class Command(msgspec.Struct, frozen=True):
    """Become `state`, or stop."""

    token: str
    do: Literal["change", "stop"]
    state: State = State()
    history: list[State] = []


class Outcome(msgspec.Struct, frozen=True):
    """Whether it was done, and if not, why."""

    code: str = ""
    message: str = ""

    def check(self) -> None:
        """Raise what went wrong there."""
        if self.message:
            kinds = {kind.code: kind for kind in (BrokenModel, InvalidArgument, Unavailable)}
            raise kinds.get(self.code, Error)(self.message, self.code)


def tell(process: Process, command: Command) -> Outcome:
    """What a server answers to a command; it may take as long as models take to load.

    Raises Unavailable when it goes away meanwhile.
    """
    try:
        with socket.create_connection(("127.0.0.1", process.control), timeout=_CONNECT) as connection:
            connection.sendall(msgspec.json.encode(command) + b"\n")
            connection.settimeout(None)
            with connection.makefile("rb") as answer:
                line = answer.readline(LIMIT)
    except OSError as error:
        raise Unavailable(f"The endpoint's server (process {process.pid}) does not answer: {error}") from error
    if not line:
        raise Unavailable(f"The endpoint's server (process {process.pid}) ended before it answered")
    return msgspec.json.decode(line, type=Outcome)
