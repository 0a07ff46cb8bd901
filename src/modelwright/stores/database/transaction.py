"""A transaction on a SQLite database: what is done in it, how it begins and ends, what its errors mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import apsw

from ...core.errors import Error, InvalidArgument, Unavailable
from .gate import Gate
from .session import Params, Row, Sql

if TYPE_CHECKING:
    from .sqlite import Database


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


class Transaction:
    """A `with` block: a class, since a generator would cost as much as one of its statements."""

    __slots__ = ("_begin", "_connection", "_database", "_gate", "_inode", "_session", "_thread")
    _connection: apsw.Connection
    _inode: tuple[int, int] | None
    _session: SqliteSession

    def __init__(self, database: Database, begin: str, gate: Gate | None) -> None:
        self._database, self._begin, self._gate = database, begin, gate

    def __enter__(self) -> SqliteSession:
        database, gate = self._database, self._gate
        self._thread = database.enter()
        try:
            if gate is None:
                if database.stale():
                    with database.gate:
                        database.refresh()
                self._open()
            else:
                gate.__enter__()
                try:
                    database.refresh()
                    self._open()
                except BaseException:
                    gate.__exit__()
                    raise
        except BaseException as error:
            database.leave(self._thread)
            raise_translated(error, database.path)
            raise
        return self._session

    def _open(self) -> None:
        database = self._database
        self._inode = database.inode
        connection = database.take()
        try:
            connection.execute(self._begin)
        except BaseException:
            database.put(connection, self._inode)
            raise
        self._connection, self._session = connection, SqliteSession(connection)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        database, connection = self._database, self._connection
        try:
            try:
                if error is None:
                    connection.execute("COMMIT")
                    self._session.finish()
                elif connection.in_transaction:
                    connection.execute("ROLLBACK")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            finally:
                self._leave()
        except apsw.Error as failure:
            raise translated(failure, database.path) from failure
        if error is not None:
            raise_translated(error, database.path)

    def _leave(self) -> None:
        try:
            if self._gate is not None:
                self._gate.__exit__()
        finally:
            self._database.put(self._connection, self._inode)
            self._database.leave(self._thread)


def raise_translated(error: BaseException, path: Path) -> None:
    """Raise the error of this package that a database's error means; nothing for any other."""
    if isinstance(error, apsw.Error):
        raise translated(error, path) from error
    if isinstance(error, UnicodeEncodeError | OverflowError):
        raise InvalidArgument(f"A value cannot be stored: {error}") from error


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
