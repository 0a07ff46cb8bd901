"""A search for runs as SQL: every test on a metric, param or tag walks an index that begins with the experiment."""

from __future__ import annotations

from collections.abc import Sequence

from ...core.errors import InvalidArgument
from ...wire.filters import Compare, Field, Missing, Test, parse, parse_order, show_field
from ..database import search
from ..database.search import Query, Sort
from ..database.session import Session, Sql
from . import hydrate
from .tables import Tables

_TABLE = {"metric": "latest", "param": "param", "tag": "tag"}
_FIELDS = {
    "run_id": "r.uuid",
    "run_name": "r.name",
    "status": "r.status",
    "user_id": "r.user_id",
    "experiment_id": "CAST(r.exp AS TEXT)",
    "start_time": "r.started",
    "end_time": "r.ended",
}
_MOST_ORDERS = 40


def query(
    tables: Tables, session: Session, exps: Sequence[int], view: str, text: str, order_by: Sequence[str]
) -> Query:
    within = ", ".join(map(str, exps)) or "NULL"

    def leaf(field: Field, test: Test, denied: bool) -> Sql:
        if field.kind == "attribute":
            return _attribute(tables, session, field, test, denied)
        if field.kind == "dataset":
            return _dataset(session, field, test, denied)
        return _keyed(tables, session, within, field, test, denied)

    matching = search.where(parse(text), leaf)
    source, sorts = _order(tables, session, order_by)
    return Query(
        hydrate.COLUMNS, source, search.both([Sql(f"r.exp IN ({within}) AND r.stage {view}"), matching]), sorts
    )


def _attribute(tables: Tables, session: Session, field: Field, test: Test, denied: bool) -> Sql:
    if field.key != "artifact_uri":
        return search.condition(session, _FIELDS[field.key], test, denied)
    root = tables.root.uri
    column = (
        f"(CASE WHEN e.location IS NULL THEN '{_text(root)}/artifacts/' || r.exp WHEN e.location LIKE 'root:/%' "
        f"THEN '{_text(root)}/' || substr(e.location, 7) ELSE e.location END || '/' || r.uuid || '/artifacts')"
    )
    return search.condition(session, column, test, denied)


def _text(value: str) -> str:
    return value.replace("'", "''")


def _keyed(tables: Tables, session: Session, within: str, field: Field, test: Test, denied: bool) -> Sql:
    key = tables.known(session, field.key)
    word = "IN"
    if isinstance(test, Missing):
        inner = Sql("1 = 1")
        word = "IN" if denied else "NOT IN"
    elif field.kind == "metric":
        inner = search.measured("value", test, denied)
    elif field.kind == "param" and isinstance(test, Compare) and not isinstance(test.value, str):
        inner = search.condition(session, "number", test, denied)
    else:
        inner = search.condition(session, "value", test, denied, "substr(value, 1, 80)")
    text = f"r.id {word} (SELECT run FROM {_TABLE[field.kind]} WHERE exp IN ({within}) AND key = ? AND {inner.text})"
    return Sql(text, (key, *inner.params))


def _dataset(session: Session, field: Field, test: Test, denied: bool) -> Sql:
    column = "i.context" if field.key == "context" else f"d.{field.key}"
    word = "IN"
    if isinstance(test, Missing):
        inner, word = Sql(f"{column} <> ''"), "IN" if denied else "NOT IN"
    else:
        inner = search.condition(session, column, test, denied)
    text = f"r.id {word} (SELECT i.run FROM input i JOIN dataset d ON d.id = i.dataset WHERE {inner.text})"
    return Sql(text, inner.params)


def _order(tables: Tables, session: Session, order_by: Sequence[str]) -> tuple[Sql, list[Sort]]:
    """The joins and sort expressions: NaN comes last but for runs that lack the key; ties newest first."""
    orders = parse_order(order_by)
    if len(orders) > _MOST_ORDERS:
        raise InvalidArgument(f"order_by has {len(orders)} clauses; at most {_MOST_ORDERS} can be used")
    joins, params, sorts = hydrate.SOURCE, [], list[Sort]()
    for at, (field, descending) in enumerate((order.field, order.descending) for order in orders):
        if field.kind == "attribute":
            if field.key not in _FIELDS:
                raise InvalidArgument(f"Runs cannot be ordered by {show_field(field)}")
            sorts += search.by(_FIELDS[field.key], descending, field.key == "end_time")
            continue
        table = f"o{at}"
        joins += f" LEFT JOIN {_TABLE[field.kind]} {table} ON {table}.run = r.id AND {table}.key = ?"
        params.append(tables.known(session, field.key))
        nan = f"WHEN {table}.value IS NULL THEN 1 " if field.kind == "metric" else ""
        sorts.append(Sort(f"CASE WHEN {table}.run IS NULL THEN 2 {nan}ELSE 0 END"))
        sorts.append(Sort(f"{table}.value", descending, nullable=True))
    if not any(order.field == Field("attribute", "start_time") for order in orders):
        sorts.append(Sort("r.started", descending=True))
    sorts.append(Sort("r.id", descending=Sort("r.started") not in sorts))  # runs of one millisecond: as they came
    return Sql(joins, tuple(params)), sorts
