"""A SQLite database: a pool of connections, writers in single file, safe across threads, forks and moved files."""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from weakref import WeakSet

import apsw

from ...core.errors import Error, InvalidArgument, Unavailable
from . import migrations
from .disk import is_network
from .gate import Gate
from .session import Params, Row, Sql

_OPEN: WeakSet[Database] = WeakSet()
_NO_GATE = nullcontext()
_PATIENCE = 2.0
"""Seconds that a fork waits for other threads' transactions."""


class SqliteSession:
    """One transaction on one connection."""

    __slots__ = ("_connection", "_execute", "_then")

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._execute = connection.execute
        self._then: list[Callable[[], None]] = []

    def all(self, sql: str, params: Params = ()) -> list[Row]:
        return self._execute(sql, params).fetchall()

    def one(self, sql: str, params: Params = ()) -> Row | None:
        return self._execute(sql, params).fetchone()

    def run(self, sql: str, params: Params = ()) -> int:
        self._execute(sql, params)
        return self._connection.changes()

    def many(self, sql: str, rows: Iterable[Params]) -> None:
        self._connection.executemany(sql, rows)

    def committed(self, then: Callable[[], None]) -> None:
        self._then.append(then)

    def finish(self) -> None:
        for then in self._then:
            then()

    def like(self, column: str, pattern: str, fold: bool) -> Sql:
        if fold:
            return Sql(f"{column} LIKE ?", (pattern,))
        glob = "".join({"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"}.get(c, c) for c in pattern)
        return Sql(f"{column} GLOB ?", (glob,))


class Database:
    """`read()` sees one state of the database; `write()` commits at its end, or not at all.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as root, Database(Path(root, "store.db")).read() as session:
    ...     session.one("SELECT name FROM experiment")
    ('Default',)
    """

    def __init__(self, path: Path, steps: tuple[str, ...] = migrations.STEPS) -> None:
        self.path = Path(os.path.abspath(path))
        self._steps = steps
        self._gate = Gate(self.path.with_suffix(".lock"))
        self._idle: list[apsw.Connection] = []
        self._inode: tuple[int, int] | None = None
        self._shared = False
        self._inside: list[int] = []
        self._resumed = threading.Event()
        self._resumed.set()
        self.keys: dict[str, int] = {}
        """Interned names; cleared when the file turns out to be another one."""
        _OPEN.add(self)

    def read(self) -> AbstractContextManager[SqliteSession]:
        if self._shared:
            return self._transaction("BEGIN", self._gate)
        return self._transaction("BEGIN", _NO_GATE)

    def write(self) -> AbstractContextManager[SqliteSession]:
        return self._transaction("BEGIN IMMEDIATE", self._gate)

    @contextmanager
    def _transaction(self, begin: str, gate: AbstractContextManager[None]) -> Iterator[SqliteSession]:
        thread = self._enter()
        connection: apsw.Connection | None = None
        inode = self._inode
        try:
            if gate is _NO_GATE and self._stale():
                with self._gate:
                    self._refresh()
            with gate:
                if gate is not _NO_GATE:
                    self._refresh()
                inode = self._inode
                connection = self._take()
                connection.execute(begin)
                session = SqliteSession(connection)
                try:
                    yield session
                    connection.execute("COMMIT")
                except BaseException:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    raise
                session.finish()
        except apsw.Error as error:
            raise translated(error, self.path) from error
        except (UnicodeEncodeError, OverflowError) as error:
            raise InvalidArgument(f"A value cannot be stored: {error}") from error
        finally:
            if connection is not None:
                if inode == self._inode:
                    self._idle.append(connection)
                else:
                    connection.close()
            self._inside.remove(thread)

    def _enter(self) -> int:
        """Makes known that this thread is about to use the file; waits while another forks."""
        thread = threading.get_ident()
        while True:
            self._inside.append(thread)
            if self._resumed.is_set():
                return thread
            self._inside.remove(thread)
            self._resumed.wait()

    def _take(self) -> apsw.Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return self._connect()

    def _stale(self) -> bool:
        """Whether the file is not the one that was opened: never opened, removed, moved or replaced."""
        try:
            now = os.stat(self.path)
        except OSError:
            return True
        return self._inode != (now.st_dev, now.st_ino)

    def _refresh(self) -> None:
        """Inside the gate: opens the file at the path, made or brought up to date first, unless it is open."""
        if not self._stale():
            return
        self._gate.renew()
        self._forget()
        try:
            self._shared = is_network(self.path.parent)
            if not self.path.exists() or self.path.stat().st_size == 0:
                migrations.create(self.path, self._steps, self._mode)
            connection = self._connect()
            try:
                migrations.upgrade(connection, self.path, self._steps)
                self._pragmas(connection)
            except BaseException:
                connection.close()
                raise
        except apsw.Error as error:
            raise translated(error, self.path) from error
        except OSError as error:
            raise Unavailable(f"The store {str(self.path)!r} cannot be opened: {error}") from error
        now = os.stat(self.path)
        self._idle.append(connection)
        self._inode = (now.st_dev, now.st_ino)

    def _connect(self) -> apsw.Connection:
        connection = apsw.Connection(str(self.path))
        connection.set_busy_timeout(30_000)
        if self._inode is not None:
            self._pragmas(connection)
        return connection

    @property
    def _mode(self) -> str:
        return "DELETE" if self._shared else "WAL"

    def _pragmas(self, connection: apsw.Connection) -> None:
        connection.execute(f"PRAGMA journal_mode={self._mode}").fetchall()
        connection.execute("PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=4096").fetchall()

    def _forget(self) -> None:
        """Drops what belongs to another file."""
        for connection in self._idle:
            connection.close()
        self._idle = []
        self._inode = None
        self.keys.clear()

    def close(self) -> None:
        """Closes idle connections inside the gate, so that the last one's checkpoint meets no writer."""
        if self._inode is None:
            return
        with suppress(OSError, apsw.Error), self._gate:
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
        self._inode = None

    def after_fork_in_parent(self) -> None:
        self._resumed.set()

    def after_fork_in_child(self) -> None:
        self._gate.after_fork()
        self._inside = [thread for thread in self._inside if thread == threading.get_ident()]
        self._resumed = threading.Event()
        self._resumed.set()


def translated(error: apsw.Error, path: Path) -> Error:
    """The error of this package that one of SQLite's means."""
    where = str(path)
    if isinstance(error, apsw.BusyError | apsw.LockedError):
        return Unavailable(f"The store {where!r} has been locked for 30 s by another program; close it and try again")
    if isinstance(error, apsw.FullError):
        return Unavailable(f"The disk of the store {where!r} is full: {error}")
    if isinstance(error, apsw.ReadOnlyError | apsw.PermissionsError | apsw.CantOpenError | apsw.AuthError):
        return Unavailable(f"The store {where!r} cannot be written: {error}; check the permissions of its directory")
    if isinstance(error, apsw.IOError | apsw.NoLFSError | apsw.ProtocolError):
        return Unavailable(f"The store {where!r} cannot be read: {error}")
    if isinstance(error, apsw.NotADBError):
        return InvalidArgument(f"{where!r} is not a SQLite database; give another path")
    if isinstance(error, apsw.CorruptError):
        return Error(f"The store {where!r} is damaged: {error}; restore a backup")
    if isinstance(error, apsw.TooBigError | apsw.RangeError):
        return InvalidArgument(f"A value is too big to store: {error}")
    return Error(f"The store {where!r} failed: {type(error).__name__}: {error}")


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
