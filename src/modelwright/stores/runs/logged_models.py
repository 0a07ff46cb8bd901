"""Logged models in SQL: models with an identity of their own, on a run or without one."""

from __future__ import annotations

import os
from collections.abc import Sequence

from ...core import uris
from ...core.errors import NotFound
from ...wire import messages as m
from ...wire import scopes
from ...wire.filters import Compare, Field, Missing, Order, Test, parse, parse_order
from .. import rules
from ..database import search
from ..database.search import Query, Sort
from ..database.session import Row, Session, Sql
from .hydrate import NAN
from .tables import Tables, numbered

_COLUMNS = "l.id, l.uuid, l.exp, l.name, l.type, l.run, l.status, l.created, l.updated, e.location"
_SOURCE = "logged_model l JOIN experiment e ON e.id = l.exp"
_FIELDS = {
    "name": "l.name",
    "model_id": "l.uuid",
    "model_type": "l.type",
    "status": "l.status",
    "source_run_id": "l.run",
    "experiment_id": "CAST(l.exp AS TEXT)",
    "creation_timestamp": "l.created",
    "last_updated_timestamp": "l.updated",
}
_SET_TAG = (
    "INSERT INTO logged_model_tag (model, key, value) VALUES (?, ?, ?) "
    "ON CONFLICT (model, key) DO UPDATE SET value = excluded.value"
)
_SET_METRIC = (
    "INSERT INTO logged_model_metric (model, key, run, dataset_name, dataset_digest, step, ts, value) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (model, key, run, dataset_name, dataset_digest) "
    "DO UPDATE SET step = excluded.step, ts = excluded.ts, value = excluded.value "
    "WHERE (excluded.step, excluded.ts, coalesce(excluded.value, -9e999)) > (step, ts, coalesce(value, -9e999))"
)


class LoggedModels(Tables):
    def create_logged_model(self, request: m.CreateLoggedModel) -> m.LoggedModelReply:
        uuid = f"m-{os.urandom(16).hex()}"
        now = rules.now()
        status = rules.MODEL_STATUSES[0]
        with self.database.write() as session:
            exp = self.experiment(session, request.experiment_id, active=True)
            row = session.one(
                "INSERT INTO logged_model (uuid, exp, name, type, run, status, created, updated) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
                (uuid, exp, request.name or "model", request.model_type, request.source_run_id, status, now, now),
            )
            assert row is not None
            self._model_params(session, row[0], request.params)
            self._model_tags(session, row[0], request.tags)
            return m.LoggedModelReply(self._model(session, uuid))

    def get_logged_model(self, request: m.GetLoggedModel) -> m.LoggedModelReply:
        with self.database.read() as session:
            return m.LoggedModelReply(self._model(session, request.model_id))

    def finalize_logged_model(self, request: m.FinalizeLoggedModel) -> m.LoggedModelReply:
        status = rules.one_of("Logged model status", request.status, rules.MODEL_STATUSES[1:])
        with self.database.write() as session:
            model = self._model_row(session, request.model_id)
            session.run("UPDATE logged_model SET status = ?, updated = ? WHERE id = ?", (status, rules.now(), model))
            return m.LoggedModelReply(self._model(session, request.model_id))

    def delete_logged_model(self, request: m.DeleteLoggedModel) -> m.Empty:
        with self.database.write() as session:
            model = self._model_row(session, request.model_id)
            session.run("UPDATE logged_model SET stage = 1, updated = ? WHERE id = ?", (rules.now(), model))
        return m.Empty()

    def set_logged_model_tags(self, request: m.SetLoggedModelTags) -> m.LoggedModelReply:
        with self.database.write() as session:
            self._model_tags(session, self._model_row(session, request.model_id), request.tags)
            return m.LoggedModelReply(self._model(session, request.model_id))

    def delete_logged_model_tag(self, request: m.DeleteLoggedModelTag) -> m.Empty:
        with self.database.write() as session:
            model = self._model_row(session, request.model_id)
            if not session.run("DELETE FROM logged_model_tag WHERE model = ? AND key = ?", (model, request.tag_key)):
                raise NotFound(f"Logged model {request.model_id!r} has no tag {request.tag_key!r}")
        return m.Empty()

    def log_logged_model_params(self, request: m.LogLoggedModelParams) -> m.Empty:
        with self.database.write() as session:
            self._model_params(session, self._model_row(session, request.model_id), request.params)
        return m.Empty()

    def measure(self, session: Session, run_id: str, points: Sequence[m.Metric]) -> None:
        """Records points on the logged models they name."""
        rows = {point.model_id: self._model_row(session, point.model_id) for point in points if point.model_id}
        session.many(
            _SET_METRIC,
            [
                (
                    rows[p.model_id],
                    p.key,
                    run_id,
                    p.dataset_name or "",
                    p.dataset_digest or "",
                    p.step,
                    p.timestamp,
                    p.value,
                )
                for p in points
                if p.model_id
            ],
        )

    def search_logged_models(self, request: m.SearchLoggedModels) -> m.LoggedModelPage:
        size = search.page_size(request.max_results, 50_000)
        exps = sorted({exp for given in request.experiment_ids if (exp := numbered(given)) is not None})
        asked = [
            request.filter,
            *map(str, exps),
            *(f"{o}" for o in request.order_by),
            *(f"{d}" for d in request.datasets),
        ]
        with self.database.read() as session:
            query = _query(session, request, exps)
            rows, token = search.page(session, query, size, request.page_token, asked)
            return m.LoggedModelPage(self._models(session, rows), token)

    def _model_row(self, session: Session, model_id: str) -> int:
        row = session.one("SELECT id FROM logged_model WHERE uuid = ? AND stage = 0", (model_id,))
        if row is None:
            raise NotFound(f"There is no logged model {model_id!r} in {str(self.database.path)!r}")
        return int(row[0])

    def _model_params(self, session: Session, model: int, params: Sequence[m.LoggedModelParameter]) -> None:
        session.many(
            "INSERT INTO logged_model_param (model, key, value, number) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (model, key) DO UPDATE SET value = excluded.value, number = excluded.number",
            [
                (model, rules.key("Param", p.key), rules.value("Param", p.key, p.value), rules.number(p.value))
                for p in params
            ],
        )

    def _model_tags(self, session: Session, model: int, tags: Sequence[m.LoggedModelTag]) -> None:
        rows = [(model, rules.key("Tag", tag.key), rules.value("Tag", tag.key, tag.value)) for tag in tags]
        session.many(_SET_TAG, rows)

    def _model(self, session: Session, model_id: str) -> m.LoggedModel:
        model = self._model_row(session, model_id)
        return self._models(session, session.all(f"SELECT {_COLUMNS} FROM {_SOURCE} WHERE l.id = ?", (model,)))[0]

    def _models(self, session: Session, rows: Sequence[Row]) -> list[m.LoggedModel]:
        ids = [row[0] for row in rows]
        uuids = {row[1]: row[0] for row in rows}
        tags: dict[int, list[m.LoggedModelTag]] = {model: [] for model in ids}
        data = {model: m.LoggedModelData([], []) for model in ids}
        registered: dict[int, list[m.LoggedModelRegistrationInfo]] = {model: [] for model in ids}
        for model, key, value in search.among(
            session, "SELECT model, key, value FROM logged_model_tag WHERE model", ids
        ):
            tags[model].append(m.LoggedModelTag(key, value))
        sql = "SELECT model, key, value FROM logged_model_param WHERE model"
        for model, key, value in search.among(session, sql, ids):
            data[model].params.append(m.LoggedModelParameter(key, value))
        sql = (
            "SELECT l.model, l.key, l.value, l.ts, l.step, l.dataset_name, l.dataset_digest, l.run, g.uuid "
            "FROM logged_model_metric l JOIN logged_model g ON g.id = l.model WHERE l.model"
        )
        for model, key, value, ts, step, name, digest, run, uuid in search.among(session, sql, ids):
            number = NAN if value is None else float(value)
            data[model].metrics.append(m.Metric(key, number, ts, step, name or None, digest or None, uuid, run))
        sql = (
            "SELECT v.logged, r.name, v.version FROM version v JOIN registered_model r ON r.id = v.model WHERE v.logged"
        )
        for uuid, name, version in search.among(session, sql, uuids):
            registered[uuids[uuid]].append(m.LoggedModelRegistrationInfo(name, str(version)))
        return [
            m.LoggedModel(
                m.LoggedModelInfo(
                    model_id=uuid,
                    experiment_id=str(exp),
                    name=name,
                    creation_timestamp_ms=created,
                    last_updated_timestamp_ms=updated,
                    artifact_uri=uris.join(self.root.experiment(location, exp), f"models/{uuid}/artifacts"),
                    status=status,
                    model_type=kind,
                    source_run_id=run,
                    tags=tags[model],
                    registrations=registered[model],
                ),
                data[model],
            )
            for model, uuid, exp, name, kind, run, status, created, updated, location, *_ in rows
        ]


def _query(session: Session, request: m.SearchLoggedModels, exps: Sequence[int]) -> Query:
    def leaf(field: Field, test: Test, denied: bool) -> Sql:
        if field.kind == "attribute":
            return search.condition(session, _FIELDS[field.key], test, denied)
        table = f"logged_model_{field.kind}"
        if field.kind == "metric" and not isinstance(test, Missing):
            inner = search.measured("value", test, denied)
        elif field.kind == "param" and isinstance(test, Compare) and not isinstance(test.value, str):
            inner = search.condition(session, "number", test, denied)
        else:
            return search.tagged(session, "l.id", "model", table, field.key, test, denied)
        return Sql(f"l.id IN (SELECT model FROM {table} WHERE key = ? AND {inner.text})", (field.key, *inner.params))

    within = ", ".join(map(str, exps)) or "NULL"
    parts = [
        Sql(f"l.exp IN ({within}) AND l.stage = 0"),
        search.where(parse(request.filter, scopes.LOGGED_MODELS), leaf),
    ]
    for given in request.datasets:
        digest = " AND dataset_digest = ?" if given.dataset_digest else ""
        params = (given.dataset_name, given.dataset_digest) if digest else (given.dataset_name,)
        text = f"l.id IN (SELECT model FROM logged_model_metric WHERE dataset_name = ?{digest})"
        parts.append(Sql(text, params))
    source, sorts = _order(request.order_by)
    return Query(_COLUMNS, source, search.both(parts), sorts)


def _order(orders: Sequence[m.LoggedModelOrder]) -> tuple[Sql, list[Sort]]:
    """Several values of one metric (other runs, other datasets) count with the newest."""
    joins, params, sorts = _SOURCE, list[str](), list[Sort]()
    for at, given in enumerate(orders):
        order: Order = parse_order([given.field_name], scopes.LOGGED_MODELS)[0]
        if order.field.kind == "attribute":
            column = _FIELDS[order.field.key]
            sorts += search.by(column, not given.ascending, order.field.key in ("model_type", "source_run_id"))
            continue
        extra = ""
        params.append(order.field.key)
        if order.field.kind == "metric":
            for column, text in (("dataset_name", given.dataset_name), ("dataset_digest", given.dataset_digest)):
                if text:
                    extra += f" AND {column} = ?"
                    params.append(text)
        newest = ", max(ts)" if order.field.kind == "metric" else ""
        joins += (
            f" LEFT JOIN (SELECT model, value{newest} FROM logged_model_{order.field.kind} WHERE key = ?{extra} "
            f"GROUP BY model) o{at} ON o{at}.model = l.id"
        )
        sorts += search.by(f"o{at}.value", not given.ascending, True)
    sorts += [Sort("l.created", descending=True), Sort("l.id", descending=True)]
    return Sql(joins, tuple(params)), sorts
