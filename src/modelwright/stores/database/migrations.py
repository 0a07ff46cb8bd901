"""The way from any older database to the present one, taken when it is opened, inside the gate.

To change the schema: add a constant to schema.py and its name to STEPS; never edit a released one (its checksum is kept
in every database and compared).
"""

from __future__ import annotations

import os
import time
import zlib
from pathlib import Path

import apsw

from ...core.errors import CorruptModel, Error, InvalidArgument
from . import schema

STEPS = (schema.FIRST,)
APPLICATION = int.from_bytes(b"MWRT", "big")
_LEDGER = "CREATE TABLE migration (id INTEGER PRIMARY KEY, checksum INTEGER NOT NULL, applied INTEGER NOT NULL)"


def create(path: Path, steps: tuple[str, ...], mode: str) -> None:
    """A new database at `path`: made under another name and renamed, so that nobody meets half of it.

    Its journal mode is set here, where nothing waits for the disk.
    """
    new = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    connection = apsw.Connection(str(new))
    try:
        connection.execute("PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY").fetchall()
        connection.execute(f"BEGIN; PRAGMA application_id={APPLICATION}; {_LEDGER}").fetchall()
        _apply(connection, steps, 0)
        connection.execute(f"COMMIT; PRAGMA journal_mode={mode}").fetchall()
        connection.close()
        os.replace(new, path)
    except BaseException:
        connection.close(True)
        new.unlink(missing_ok=True)
        raise


def upgrade(connection: apsw.Connection, path: Path, steps: tuple[str, ...]) -> None:
    """Brings an open database up to date, or says why it can't be used."""
    application, version = _ints(
        connection, "SELECT application_id, user_version FROM pragma_application_id, pragma_user_version"
    )[0]
    if application != APPLICATION:
        raise _foreign(connection, path)
    if version > len(steps):
        raise InvalidArgument(
            f"The store {str(path)!r} was written by a newer Modelwright (its schema is {version}, this one knows "
            f"{len(steps)}); upgrade modelwright"
        )
    for at, checksum in _ints(connection, "SELECT id, checksum FROM migration ORDER BY id"):
        if checksum != _checksum(steps[at - 1]):
            raise CorruptModel(
                f"The store {str(path)!r} has another schema {at} than this Modelwright: it was written by a version "
                "that was never released; make a new store"
            )
    if version < len(steps):
        _back_up(connection, path.with_name(f"{path.name}.schema-{version}.backup"))
        connection.execute("BEGIN IMMEDIATE")
        try:
            _apply(connection, steps, version)
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise


def _apply(connection: apsw.Connection, steps: tuple[str, ...], done: int) -> None:
    for at, step in enumerate(steps[done:], done + 1):
        connection.execute(step).fetchall()
        row = (at, _checksum(step), int(time.time() * 1000))
        connection.execute("INSERT INTO migration (id, checksum, applied) VALUES (?, ?, ?)", row)
    connection.execute(f"PRAGMA user_version={len(steps)}").fetchall()


def _ints(connection: apsw.Connection, sql: str) -> list[tuple[int, int]]:
    return [(int(str(a)), int(str(b))) for a, b in connection.execute(sql).fetchall()]


def _checksum(step: str) -> int:
    return zlib.crc32(step.encode())


def _back_up(connection: apsw.Connection, path: Path) -> None:
    with apsw.Connection(str(path)) as copy, copy.backup("main", connection, "main") as backup:
        while not backup.done:
            backup.step()
    copy.close()


def _foreign(connection: apsw.Connection, path: Path) -> Error:
    tables = {str(row[0]) for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    if "alembic_version" in tables and "experiments" in tables:
        return InvalidArgument(
            f"{str(path)!r} is MLflow's own database and stays as it is; this store has a format of its own: "
            "give another path"
        )
    return InvalidArgument(
        f"{str(path)!r} belongs to another program (it holds {', '.join(sorted(tables)[:5]) or 'no tables'}); "
        "give another path"
    )
