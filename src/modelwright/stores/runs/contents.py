"""What is written on runs in SQL: metrics, params, tags, datasets, models."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import DecodeError, json

from ...core import settings
from ...core.errors import InvalidArgument, NotFound
from ...wire import messages as m
from .. import rules
from ..database.search import marks, page_size
from ..database.session import Session
from .hydrate import NAN
from .lives import RUN_NAME, SET_TAG
from .logged_models import LoggedModels
from .points import MetricLog
from .tables import Place

HISTORY = "mlflow.log-model.history"
CONFLICTS = ("error", "overwrite", "keep")


class Contents(LoggedModels):
    points: MetricLog

    def log_metric(self, request: m.LogMetric) -> m.Empty:
        point = m.Metric(
            request.key,
            request.value,
            request.timestamp,
            request.step,
            request.dataset_name,
            request.dataset_digest,
            request.model_id,
        )
        run_id = request.run_id or request.run_uuid
        if request.model_id is None:
            self.points.append(run_id, (point,))
            return m.Empty()
        return self.log_batch(m.LogBatch(run_id, metrics=[point]))

    def log_batch(self, request: m.LogBatch) -> m.Empty:
        with self.database.write() as session:
            place = self.place(session, request.run_id)
            if request.params:
                self._params(session, place, request)
            if request.tags:
                self._tags(session, place, request.tags)
            if request.metrics:
                self.points.insert(session, place, request.metrics)
                measured = [point for point in request.metrics if point.model_id]
                if measured:
                    self.measure(session, request.run_id, measured)
        return m.Empty()

    def _params(self, session: Session, place: Place, request: m.LogBatch) -> None:
        run, exp = place
        rule = rules.one_of("on_conflict", request.on_conflict or settings.ON_CONFLICT.get(), CONFLICTS)
        for param in request.params:
            rules.value("Param", param.key, param.value)
        keys = self.keys(session, [param.key for param in request.params], "Param")
        sql = f"SELECT key, value FROM param WHERE run = ? AND key IN ({marks(keys)})"
        held = dict(session.all(sql, (run, *keys.values()))) if len(keys) < 1000 else self._held(session, run)
        new: dict[int, str] = {}
        clashes: list[str] = []
        for param in request.params:
            key = keys[param.key]
            old = new.get(key, held.get(key))
            if old is None or (old != param.value and rule == "overwrite"):
                new[key] = param.value
            elif old != param.value and rule == "error":
                clashes.append(f"{param.key!r} is {_short(old)}, {_short(param.value)} was given")
        if clashes:
            raise InvalidArgument(
                f"Params of run {request.run_id!r} have other values already: {'; '.join(clashes)}. "
                "Log under other keys, or set on_conflict to 'overwrite' or 'keep'"
            )
        session.many(
            "INSERT INTO param (run, key, exp, value, number) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (run, key) DO UPDATE SET value = excluded.value, number = excluded.number",
            [(run, key, exp, value, rules.number(value)) for key, value in new.items()],
        )

    def _held(self, session: Session, run: int) -> dict[int, str]:
        return dict(session.all("SELECT key, value FROM param WHERE run = ?", (run,)))

    def _tags(self, session: Session, place: Place, tags: Sequence[m.RunTag]) -> None:
        run, exp = place
        keys = self.keys(session, [tag.key for tag in tags], "Tag")
        rows = [(run, keys[tag.key], exp, rules.value("Tag", tag.key, tag.value)) for tag in tags]
        session.many(SET_TAG, rows)
        for tag in tags:
            if tag.key == RUN_NAME:
                session.run("UPDATE run SET name = ? WHERE id = ?", (tag.value, run))

    def delete_tag(self, request: m.DeleteTag) -> m.Empty:
        with self.database.write() as session:
            run, _ = self.place(session, request.run_id)
            key = self.known(session, request.key)
            if not session.run("DELETE FROM tag WHERE run = ? AND key = ?", (run, key)):
                raise NotFound(f"Run {request.run_id!r} has no tag {request.key!r}")
        return m.Empty()

    def log_model(self, request: m.LogModel) -> m.Empty:
        try:
            model = json.decode(request.model_json, type=dict[str, object])
        except DecodeError as error:
            raise InvalidArgument(f"model_json is no JSON object with an MLmodel's keys: {error}") from error
        with self.database.write() as session:
            run, exp = self.place(session, request.run_id)
            key = self.keys(session, [HISTORY], "Tag")[HISTORY]
            row = session.one("SELECT value FROM tag WHERE run = ? AND key = ?", (run, key))
            history = json.decode(row[0], type=list[dict[str, object]]) if row else []
            session.run(SET_TAG, (run, key, exp, json.encode([*history, model]).decode()))
        return m.Empty()

    def log_inputs(self, request: m.LogInputs) -> m.Empty:
        """The same dataset may be used in several contexts (train, eval); each is kept."""
        with self.database.write() as session:
            run, exp = self.place(session, request.run_id)
            for given in request.datasets:
                dataset = self._dataset(session, exp, given.dataset)
                context = next((tag.value for tag in given.tags if tag.key == "mlflow.data.context"), "")
                session.run(
                    "INSERT INTO input (run, dataset, context, tags) VALUES (?, ?, ?, ?) "
                    "ON CONFLICT (run, dataset, context) DO UPDATE SET tags = excluded.tags",
                    (run, dataset, context, json.encode(given.tags).decode()),
                )
            rows = [(run, model.model_id, 0, 0) for model in request.models]
            session.many("INSERT INTO run_model VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", rows)
        return m.Empty()

    def _dataset(self, session: Session, exp: int, given: m.Dataset) -> int:
        for field, text, most in (("name", given.name, 500), ("digest", given.digest, 36)):
            if not text or len(text) > most:
                raise InvalidArgument(f"Dataset {field} {text[:60]!r} cannot be used; expected 1 to {most} characters")
        sql = "SELECT id FROM dataset WHERE exp = ? AND name = ? AND digest = ?"
        row = session.one(sql, (exp, given.name, given.digest)) or session.one(
            "INSERT INTO dataset (exp, name, digest, source_type, source, schema, profile) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
            (exp, given.name, given.digest, given.source_type, given.source, given.schema, given.profile),
        )
        assert row is not None
        return int(row[0])

    def log_outputs(self, request: m.LogOutputs) -> m.Empty:
        with self.database.write() as session:
            run, _ = self.place(session, request.run_id)
            session.many(
                "INSERT INTO run_model VALUES (?, ?, ?, ?) "
                "ON CONFLICT (run, model, output) DO UPDATE SET step = excluded.step",
                [(run, model.model_id, 1, model.step) for model in request.models],
            )
        return m.Empty()

    def get_metric_history(self, request: m.GetMetricHistory) -> m.MetricPage:
        run_id = request.run_id or request.run_uuid
        size = -2 if request.max_results is None else page_size(request.max_results, 1 << 31)
        after = request.page_token or "0"
        if not (after.isascii() and after.isdigit()):
            raise InvalidArgument(f"page_token {after!r} is not one that get_metric_history returned")
        self.points.drain(run_id)
        with self.database.read() as session:
            run, _ = self.place(session, run_id, active=False)
            rows = session.all(
                "SELECT seq, value, ts, step FROM point WHERE run = ? AND key = ? AND seq > ? ORDER BY seq LIMIT ?",
                (run, self.known(session, request.metric_key), int(after), size + 1),
            )
        more = request.max_results is not None and len(rows) > size
        rows = rows[:size] if more else rows
        key = request.metric_key
        points = [m.Metric(key, NAN if value is None else float(value), ts, step) for _, value, ts, step in rows]
        return m.MetricPage(points, str(rows[-1][0]) if more else "")

    def get_metric_history_bulk_interval(self, request: m.GetMetricHistoryBulkInterval) -> m.MetricPage:
        """Points of several runs at the same steps, thinned to `max_results` steps with the first and the last."""
        low = -(1 << 63) if request.start_step is None else request.start_step
        high = (1 << 63) - 1 if request.end_step is None else request.end_step
        rows: list[tuple[str, int, int, float]] = []
        for run_id in request.run_ids:
            self.points.drain(run_id)
        with self.database.read() as session:
            key = self.known(session, request.metric_key)
            for run_id in dict.fromkeys(request.run_ids):
                run, _ = self.place(session, run_id, active=False)
                sql = "SELECT step, ts, value FROM point WHERE run = ? AND key = ? AND step BETWEEN ? AND ?"
                found = session.all(f"{sql} ORDER BY step, ts, seq", (run, key, low, high))
                rows += [(run_id, step, ts, NAN if value is None else float(value)) for step, ts, value in found]
        steps = _thinned(sorted({row[1] for row in rows}), request.max_results)
        points = [
            m.Metric(request.metric_key, value, ts, step, run_id=run_id)
            for run_id, step, ts, value in rows
            if step in steps
        ]
        return m.MetricPage(points)


def _thinned(steps: Sequence[int], most: int | None) -> set[int]:
    if most is None or len(steps) <= most:
        return set(steps)
    last = max(page_size(most, 1 << 31) - 1, 1)
    return {steps[round(at * (len(steps) - 1) / last)] for at in range(most)}


def _short(text: str) -> str:
    return repr(text) if len(text) <= 60 else f"{text[:60]!r}…"
