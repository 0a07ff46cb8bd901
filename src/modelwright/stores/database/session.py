"""What a transaction offers, whatever the database: the seam for another dialect of SQL.

Statements are written in the subset that SQLite and PostgreSQL share (`?` placeholders, ON CONFLICT, row values,
IS NOT TRUE); what differs is a method of the session.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

Row = tuple[Any, ...]  # what each column holds, only the statement says
Params = Sequence[str | int | float | None]


class Sql(NamedTuple):
    """A piece of a statement with the values of its placeholders."""

    text: str
    params: tuple[str | int | float | None, ...] = ()


class Session(Protocol):
    def all(self, sql: str, params: Params = ()) -> list[Row]: ...
    def one(self, sql: str, params: Params = ()) -> Row | None: ...
    def run(self, sql: str, params: Params = ()) -> int:
        """Returns how many rows changed."""

    def many(self, sql: str, rows: Iterable[Params]) -> None: ...
    def committed(self, then: Callable[[], None]) -> None:
        """Calls `then` once the transaction is in the database."""

    def like(self, column: str, pattern: str, fold: bool) -> Sql:
        """`%` and `_` match as in LIKE; with `fold` in any case."""
