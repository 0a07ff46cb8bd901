"""A SQLite database: a pool of connections, writers in single file, safe across threads, forks and moved files."""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from weakref import WeakSet

import apsw

from ...core.errors import Unavailable
from . import migrations
from .disk import is_network
from .gate import Gate
from .transaction import Transaction, translated

_OPEN: WeakSet[Database] = WeakSet()
_PATIENCE = 2.0
"""Seconds that a fork waits for other threads' transactions."""


class Database:
    """`read()` sees one state of the database; `write()` commits at its end, or not at all.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as root, Database(Path(root, "store.db")).read() as session:
    ...     session.one("SELECT name FROM experiment")
    ('Default',)
    """

    def __init__(self, path: Path, steps: tuple[str, ...] = migrations.STEPS) -> None:
        self.path = Path(os.path.abspath(path))
        self._name = str(self.path)
        self._steps = steps
        self.gate = Gate(self.path.with_suffix(".lock"))
        self._idle: list[apsw.Connection] = []
        self.inode: tuple[int, int] | None = None
        self._shared = False
        self._inside: list[int] = []
        self._resumed = threading.Event()
        self._resumed.set()
        self.keys: dict[str, int] = {}
        """Interned names; cleared when the file turns out to be another one."""
        self.places: dict[str, tuple[int, int]] = {}
        """Rows of runs and of their experiments, which never change; cleared likewise."""
        _OPEN.add(self)

    def read(self) -> Transaction:
        return Transaction(self, "BEGIN", self.gate if self._shared else None)

    def write(self) -> Transaction:
        return Transaction(self, "BEGIN IMMEDIATE", self.gate)

    def enter(self) -> int:
        """Makes known that this thread is about to use the file; waits while another forks."""
        thread = threading.get_ident()
        while True:
            self._inside.append(thread)
            if self._resumed.is_set():
                return thread
            self._inside.remove(thread)
            self._resumed.wait()

    def leave(self, thread: int) -> None:
        self._inside.remove(thread)

    def take(self) -> apsw.Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return self._connect()

    def put(self, connection: apsw.Connection, inode: tuple[int, int] | None) -> None:
        if inode == self.inode:
            self._idle.append(connection)
        else:
            connection.close()

    def stale(self) -> bool:
        """Whether the file is not the one that was opened: never opened, removed, moved or replaced."""
        try:
            now = os.stat(self._name)
        except OSError:
            return True
        return self.inode != (now.st_dev, now.st_ino)

    def refresh(self) -> None:
        """Inside the gate: opens the file at the path, made or brought up to date first, unless it is open."""
        if not self.stale():
            return
        self.gate.renew()
        self._forget()
        try:
            self._shared = is_network(self.path.parent)
            if not self.path.exists() or self.path.stat().st_size == 0:
                migrations.create(self.path, self._steps, self._mode)
            connection = self._connect()
            try:
                migrations.upgrade(connection, self.path, self._steps)
                self._pragmas(connection)
                self._begin_log(connection)
            except BaseException:
                connection.close()
                raise
        except apsw.Error as error:
            raise translated(error, self.path) from error
        except OSError as error:
            raise Unavailable(f"The store {str(self.path)!r} cannot be opened: {error}") from error
        now = os.stat(self.path)
        self._idle.append(connection)
        self.inode = (now.st_dev, now.st_ino)

    def _connect(self) -> apsw.Connection:
        connection = apsw.Connection(str(self.path))
        connection.set_busy_timeout(30_000)
        connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)  # or a statement is compiled anew for each new value
        if self.inode is not None:
            self._pragmas(connection)
        return connection

    @property
    def _mode(self) -> str:
        return "DELETE" if self._shared else "WAL"

    def _pragmas(self, connection: apsw.Connection) -> None:
        connection.execute(f"PRAGMA journal_mode={self._mode}").fetchall()
        connection.execute("PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=4096").fetchall()

    def _begin_log(self, connection: apsw.Connection) -> None:
        """Inside the gate: writes the head of a new log without waiting for the disk, as the first commit would.

        That wait keeps what an older log left in the file from coming back to life; in a new file there is nothing.
        """
        log = Path(f"{self._name}-wal")
        if self._shared or (log.exists() and log.stat().st_size):
            return
        connection.execute(f"PRAGMA synchronous=OFF; PRAGMA user_version={len(self._steps)}").fetchall()
        connection.execute("PRAGMA synchronous=NORMAL").fetchall()

    def _forget(self) -> None:
        """Drops what belongs to another file."""
        for connection in self._idle:
            connection.close()
        self._idle = []
        self.inode = None
        self.keys.clear()
        self.places.clear()

    def close(self) -> None:
        """Closes idle connections inside the gate, so that the last one's checkpoint meets no writer."""
        if self.inode is None:
            return
        with suppress(OSError, apsw.Error), self.gate:
            self._forget()

    def before_fork(self) -> None:
        """Closes every connection: SQLite keeps their locks in memory, and a child would believe them its own."""
        self._resumed.clear()
        deadline = time.monotonic() + _PATIENCE
        while any(thread != threading.get_ident() for thread in self._inside) and time.monotonic() < deadline:
            time.sleep(0.0005)
        while self._idle:
            connection = self._idle.pop()
            connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            connection.close()
        self.inode = None

    def after_fork_in_parent(self) -> None:
        self._resumed.set()

    def after_fork_in_child(self) -> None:
        self.gate.after_fork()
        self._inside = [thread for thread in self._inside if thread == threading.get_ident()]
        self._resumed = threading.Event()
        self._resumed.set()


def _all(method: str) -> Callable[[], None]:
    def call() -> None:
        for database in list(_OPEN):
            getattr(database, method)()

    return call


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_all("before_fork"),
        after_in_parent=_all("after_fork_in_parent"),
        after_in_child=_all("after_fork_in_child"),
    )
atexit.register(_all("close"))
