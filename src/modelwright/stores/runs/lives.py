"""The life of a run in SQL: made, read, changed, deleted, found."""

from __future__ import annotations

import os

from ...core import uris
from ...core.errors import InvalidArgument, NotFound, WrongState
from ...wire import messages as m
from .. import rules
from ..database import search
from ..database.session import Session
from . import compile, hydrate
from .names import made_up
from .points import MetricLog
from .tables import Tables, numbered

RUN_NAME = "mlflow.runName"
SET_TAG = (
    "INSERT INTO tag (run, key, exp, value) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (run, key) DO UPDATE SET value = excluded.value WHERE value <> excluded.value"
)


class Lives(Tables):
    points: MetricLog

    def create_run(self, request: m.CreateRun) -> m.RunReply:
        tags = {rules.key("Tag", tag.key): rules.value("Tag", tag.key, tag.value) for tag in request.tags}
        tagged = tags.get(RUN_NAME, "")
        if request.run_name and tagged and request.run_name != tagged:
            raise InvalidArgument(
                f"The run has two names: run_name={request.run_name!r} and the tag {RUN_NAME} {tagged!r}; give one"
            )
        tags[RUN_NAME] = name = request.run_name or tagged or made_up()
        uuid = os.urandom(16).hex()
        started = rules.now() if request.start_time is None else request.start_time
        with self.database.write() as session:
            exp = self.experiment(session, request.experiment_id, active=True)
            row = session.one(
                "INSERT INTO run (uuid, exp, name, user_id, status, started) VALUES (?, ?, ?, ?, 'RUNNING', ?) "
                "RETURNING id",
                (uuid, exp, name, request.user_id, started),
            )
            assert row is not None
            keys = self.keys(session, tags, "Tag")
            session.many(SET_TAG, [(row[0], keys[key], exp, value) for key, value in tags.items()])
            location = session.one("SELECT location FROM experiment WHERE id = ?", (exp,))
            assert location is not None
        info = m.RunInfo(
            run_id=uuid,
            experiment_id=str(exp),
            run_name=name,
            user_id=request.user_id,
            start_time=started,
            artifact_uri=uris.join(self.root.experiment(location[0], exp), f"{uuid}/artifacts"),
            run_uuid=uuid,
        )
        return m.RunReply(m.Run(info, m.RunData(tags=[m.RunTag(key, value) for key, value in sorted(tags.items())])))

    def get_run(self, request: m.GetRun) -> m.RunReply:
        run_id = request.run_id or request.run_uuid
        self.points.drain(run_id)
        with self.database.read() as session:
            return m.RunReply(hydrate.runs(session, self.root, self._rows(session, run_id))[0])

    def update_run(self, request: m.UpdateRun) -> m.RunInfoReply:
        run_id = request.run_id or request.run_uuid
        changes: dict[str, str | int] = {}
        if request.status is not None:
            changes["status"] = rules.one_of("Run status", request.status, rules.STATUSES)
        if request.end_time is not None:
            changes["ended"] = request.end_time
        if request.run_name:
            changes["name"] = request.run_name
        with self.database.write() as session:
            run, exp = self.place(session, run_id)
            if changes:
                sets = ", ".join(f"{column} = ?" for column in changes)
                session.run(f"UPDATE run SET {sets} WHERE id = ?", (*changes.values(), run))
            if request.run_name:
                value = rules.value("Tag", RUN_NAME, request.run_name)
                session.run(SET_TAG, (run, self.keys(session, [RUN_NAME], "Tag")[RUN_NAME], exp, value))
            return m.RunInfoReply(hydrate.info(self.root, self._rows(session, run_id)[0]))

    def _rows(self, session: Session, run_id: str) -> list[hydrate.Row]:
        rows = session.all(f"SELECT {hydrate.COLUMNS} FROM {hydrate.SOURCE} WHERE r.uuid = ?", (run_id,))
        if not rows:
            raise NotFound(f"There is no run {run_id!r} in {str(self.database.path)!r}")
        return rows

    def delete_run(self, request: m.DeleteRun) -> m.Empty:
        with self.database.write() as session:
            run, _ = self.place(session, request.run_id, active=False)  # deleting it again changes nothing
            session.run("UPDATE run SET stage = 1 WHERE id = ?", (run,))
        return m.Empty()

    def restore_run(self, request: m.RestoreRun) -> m.Empty:
        with self.database.write() as session:
            run, exp = self.place(session, request.run_id, active=False)
            row = session.one("SELECT stage FROM experiment WHERE id = ?", (exp,))
            if row and row[0]:
                raise WrongState(
                    f"Run {request.run_id!r} belongs to the deleted experiment '{exp}'; restore that first"
                )
            if not session.run("UPDATE run SET stage = 0 WHERE id = ? AND stage <> 0", (run,)):
                raise WrongState(f"Run {request.run_id!r} is active; only a deleted one can be restored")
        return m.Empty()

    def search_runs(self, request: m.SearchRuns) -> m.RunPage:
        size = search.page_size(request.max_results, 50_000)
        view = rules.VIEWS[rules.one_of("run_view_type", request.run_view_type, rules.VIEWS)]
        exps = sorted({exp for given in request.experiment_ids if (exp := numbered(given)) is not None})
        asked = [request.filter, view, *map(str, exps), "", *request.order_by]
        self.points.drain()
        with self.database.read() as session:
            query = compile.query(self, session, exps, view, request.filter, request.order_by)
            rows, token = search.page(session, query, size, request.page_token, asked)
            return m.RunPage(hydrate.runs(session, self.root, rows), token)
