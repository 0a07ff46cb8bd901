"""Search trees and sort orders as SQL, and pages that don't shift while others write."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from ...core.errors import InvalidArgument
from ...wire.filters import Among, And, Compare, Except, Field, Missing, Not, Or, Test, Tree
from .session import Row, Session, Sql

Value = str | int | float | None
Leaf = Callable[[Field, Test, bool], Sql]
"""A test on a field as SQL; the flag is set when it is to be denied (NOT IN, NOT LIKE, IS NOT NULL)."""

_OPS = {"=": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def where(tree: Tree | None, leaf: Leaf) -> Sql:
    """The condition of a tree; true for none. NULL counts as false, also below NOT."""
    match tree:
        case None:
            return Sql("1 = 1")
        case And(items):
            return both([where(item, leaf) for item in items])
        case Or(items):
            return both([where(item, leaf) for item in items], "OR")
        case Not(item):
            inner = where(item, leaf)
            return Sql(f"(({inner.text}) IS NOT TRUE)", inner.params)
        case Except(test):
            return leaf(test.field, test, True)
        case _:
            return leaf(tree.field, tree, False)


def both(parts: Sequence[Sql], word: str = "AND") -> Sql:
    """The parts joined in a balanced tree: SQLite limits how deep an expression may be."""
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    left, right = both(parts[:half], word), both(parts[half:], word)
    return Sql(f"({left.text} {word} {right.text})", left.params + right.params)


def condition(session: Session, column: str, test: Test, denied: bool, indexed: str = "") -> Sql:
    """`test` on a column. `indexed` is the expression of an index that an equality should use, as `substr(…)`.

    A missing value passes no test but IS NULL, whether denied or not.
    """
    match test:
        case Missing():
            return Sql(f"{column} IS {'NOT ' if denied else ''}NULL")
        case Among(_, values):
            return Sql(f"{column} {'NOT ' if denied else ''}IN ({marks(values)})", values)
        case Compare(_, ("LIKE" | "ILIKE") as op, value):
            like = session.like(column, str(value), op == "ILIKE")
            return Sql(f"NOT ({like.text})" if denied else like.text, like.params)
        case Compare(_, "=", str(value)) if indexed:
            return Sql(f"({indexed} = ? AND {column} = ?)", (value[:80], value))
        case Compare(_, op, value):
            return Sql(f"{column} {_OPS[op]} ?", (value,))


def measured(column: str, test: Test, denied: bool) -> Sql:
    """`test` on a metric's value, where NULL is NaN: it differs from everything and equals only itself."""
    match test:
        case Missing():
            return Sql("1 = 1" if denied else "1 = 0")
        case Among(_, values):
            text = f"{column} IN ({marks(values)})"
            return Sql(f"({text}) IS NOT TRUE" if denied else text, values)
        case Compare(_, op, value) if value != value:
            return Sql({"=": f"{column} IS NULL", "!=": f"{column} IS NOT NULL"}.get(op, "1 = 0"))
        case Compare(_, "!=", value):
            return Sql(f"({column} = ?) IS NOT TRUE", (value,))
        case Compare(_, op, value):
            return Sql(f"{column} {_OPS[op]} ?", (value,))


def marks(values: Iterable[object]) -> str:
    return ", ".join("?" for _ in values)


# --- order and pages --------------------------------------------------------------------------------------------------


class Sort(NamedTuple):
    """One expression of an ORDER BY. `nullable` ones need a rank before them that puts NULL last."""

    expression: str
    descending: bool = False
    nullable: bool = False


def by(expression: str, descending: bool, nullable: bool) -> list[Sort]:
    """A column to sort by, missing values last in both directions."""
    if not nullable:
        return [Sort(expression, descending)]
    return [Sort(f"CASE WHEN {expression} IS NULL THEN 1 ELSE 0 END"), Sort(expression, descending, True)]


def order_by(sorts: Sequence[Sort]) -> str:
    return ", ".join(f"{sort.expression}{' DESC' if sort.descending else ''}" for sort in sorts)


def after(sorts: Sequence[Sort], values: Sequence[Value]) -> Sql:
    """The condition for rows that come after the one with these sort values."""
    text = "1 = 0"
    params: tuple[Value, ...] = ()
    for sort, value in reversed(list(zip(sorts, values, strict=True))):
        if value is None:
            continue  # its rank was equal, so the others are NULL too
        sign = "<" if sort.descending else ">"
        text = f"({sort.expression} {sign} ? OR ({sort.expression} = ? AND {text}))"
        params = (value, value, *params)
    return Sql(text, params)


class Query(NamedTuple):
    """Rows of `columns` (first its integer id) from `source` where `condition`, in the order of `sorts`."""

    columns: str
    source: Sql
    condition: Sql
    sorts: Sequence[Sort]


def page(session: Session, query: Query, size: int, token: str, asked: Sequence[str]) -> tuple[list[Row], str]:
    """Up to `size` rows and the token of the next page ("" at the end).

    A token holds the sort values of the last row, so rows that come or go in between neither repeat nor hide others,
    and a mark of what was `asked`, because a page of another search would make no sense.
    """
    condition = query.condition
    mark = binascii.crc32("\0".join(asked).encode("utf-8", "surrogatepass"))
    if token:
        condition = both([condition, after(query.sorts, _read(token, mark, len(query.sorts)))])
    keys = ", ".join(sort.expression for sort in query.sorts)
    rows = session.all(
        f"SELECT {query.columns}, {keys} FROM {query.source.text} WHERE {condition.text} "
        f"ORDER BY {order_by(query.sorts)} LIMIT ?",
        (*query.source.params, *condition.params, size + 1),
    )
    if len(rows) <= size:
        return rows, ""
    rows = rows[:size]
    last = rows[-1][-len(query.sorts) :]
    return rows, base64.urlsafe_b64encode(msgspec.msgpack.encode([mark, *last])).decode()


def _read(token: str, mark: int, size: int) -> list[Value]:
    try:
        found, *values = msgspec.msgpack.decode(base64.urlsafe_b64decode(token), type=list[Value])
    except (ValueError, msgspec.DecodeError) as error:
        raise InvalidArgument(f"page_token {token!r} is not one that a search returned") from error
    if found != mark or len(values) != size:
        raise InvalidArgument(f"page_token {token!r} belongs to another search; start without one")
    return values


def page_size(given: int, limit: int) -> int:
    if not 1 <= given <= limit:
        raise InvalidArgument(f"max_results={given}; expected 1 to {limit}")
    return given


# --- side tables ------------------------------------------------------------------------------------------------------


def among(session: Session, sql: str, ids: Iterable[int], order: str = "") -> Iterator[Row]:
    """The rows of `sql … IN (ids) order`, a thousand ids at a time."""
    every = list(ids)
    for at in range(0, len(every), 1000):
        some = every[at : at + 1000]
        yield from session.all(f"{sql} IN ({marks(some)}) {order}", some)


def tagged(session: Session, owner: str, column: str, table: str, key: str, test: Test, denied: bool) -> Sql:
    """`test` on the tag `key` of `owner`, kept in rows (`column`, key, value) of `table`."""
    if isinstance(test, Missing):
        inner = Sql("1 = 1")
        word = "IN" if denied else "NOT IN"
    else:
        inner, word = condition(session, "value", test, denied), "IN"
    text = f"{owner} {word} (SELECT {column} FROM {table} WHERE key = ? AND {inner.text})"
    return Sql(text, (key, *inner.params))
