"""What is known of an endpoint on this machine: a file that is replaced as a whole, and two locks beside it."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from ..core.errors import InvalidArgument, NotFound

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_FILE = "endpoint.json"


class Deployment(msgspec.Struct, frozen=True):
    """A model of an endpoint, and how it is served."""

    name: str
    model_uri: str
    path: str  # of the copy that is served, so that nobody changes it meanwhile
    python: str  # the interpreter it is served with
    version: str | None = None
    origin: str = "stranger"
    config: dict[str, Any] = {}
    made: float = 0.0  # seconds since 1970


class State(msgspec.Struct, frozen=True):
    """What an endpoint does: its options, its deployments, and the share of the requests that each gets."""

    config: dict[str, Any] = {}
    deployments: dict[str, Deployment] = {}
    traffic: dict[str, float] = {}


class Process(msgspec.Struct, frozen=True):
    """The server of an endpoint: what it is asked to change by, and the word that proves who asks."""

    pid: int
    control: int
    token: str


class Record(msgspec.Struct, frozen=True):
    """All of it."""

    name: str
    host: str
    port: int
    state: State = State()
    history: list[State] = []  # what it was before, the newest last
    process: Process | None = None
    made_for: str | None = None  # the deployment that it was made for, and goes with

    @property
    def url(self) -> str:
        """The address, as this machine reaches it."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


class Folder:
    """Where an endpoint's files are.

    Args:
        path: The folder, whose name is the endpoint's.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, path.name
        self.log, self.models = path / "server.log", path / "models"

    def read(self) -> Record | None:
        """What is known of it; None where there is no such endpoint."""
        try:
            return msgspec.json.decode((self.path / _FILE).read_bytes(), type=Record)
        except FileNotFoundError:
            return None

    def write(self, record: Record) -> None:
        """Put down what is known, for this user alone to read."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = self.path / f".{_FILE}.{os.getpid()}"
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(record)))
        beside.replace(self.path / _FILE)

    def remove(self) -> None:
        """Forget it, with the copies of its models."""
        shutil.rmtree(self.path, ignore_errors=True)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """One program at a time; others wait."""
        locks = self.path.parent / ".locks"  # not in the folder, which a change may remove
        locks.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(locks / self.name, fcntl.LOCK_EX):
            yield

    @contextmanager
    def living(self) -> Iterator[None]:
        """The server's sign of life, which ends with it however it ends."""
        with _locked(self._sign, fcntl.LOCK_EX):
            yield

    def lives(self) -> bool:
        """Whether the server runs."""
        if not self._sign.exists():
            return False
        try:
            with _locked(self._sign, fcntl.LOCK_SH | fcntl.LOCK_NB):
                return False
        except BlockingIOError:
            return True

    @property
    def _sign(self) -> Path:
        return self.path / "alive"


def home() -> Path:
    """Where the endpoints of this user on this machine are."""
    state = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return Path(state, "modelwright", "deployments")


def folder(name: str) -> Folder:
    """The place of an endpoint, which may be there or not.

    >>> folder("../elsewhere")
    Traceback (most recent call last):
    ...
    modelwright.core.errors.InvalidArgument: '../elsewhere' cannot be the name of an endpoint or a deployment; ...
    """
    return Folder(home() / named(name))


def named(name: str) -> str:
    """`name`, if an endpoint or a deployment can be called so."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InvalidArgument(
            f"{name!r} cannot be the name of an endpoint or a deployment; it is made of letters, digits, '.', '_' and "
            "'-', begins with a letter or digit, and has 63 at most"
        )
    return name


def folders() -> list[Folder]:
    """The endpoints there are."""
    try:
        found = sorted(path for path in home().iterdir() if (path / _FILE).is_file())
    except FileNotFoundError:
        return []
    return [Folder(path) for path in found]


def known(name: str) -> Record:
    """What is known of an endpoint.

    Raises NotFound, which lists those there are.
    """
    if (found := folder(name).read()) is None:
        there = ", ".join(one.name for one in folders()) or "none"
        raise NotFound(f"There is no endpoint {name!r} on this machine; there are: {there}")
    return found


@contextmanager
def _locked(path: Path, how: int) -> Iterator[None]:
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(fd, how)
        yield
    finally:
        os.close(fd)
