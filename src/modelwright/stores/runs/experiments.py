"""Experiments in SQL."""

from __future__ import annotations

from collections.abc import Sequence

from ...core.errors import AlreadyExists, NotFound, WrongState
from ...wire import messages as m
from ...wire import scopes
from ...wire.filters import Field, Test, parse, parse_order
from .. import rules
from ..database import search
from ..database.session import Row, Session, Sql
from .tables import STAGES, Tables, numbered

_COLUMNS = "e.id, e.name, e.location, e.stage, e.updated, e.created"
_FIELDS = {
    "experiment_id": "CAST(e.id AS TEXT)",
    "name": "e.name",
    "creation_time": "e.created",
    "last_update_time": "e.updated",
}


class Experiments(Tables):
    def create_experiment(self, request: m.CreateExperiment) -> m.ExperimentId:
        rules.name("Experiment", request.name)
        location = self.root.kept(request.artifact_location) or None
        with self.database.write() as session:
            self._free(session, request.name, "create it")
            now = rules.now()
            row = session.one(
                "INSERT INTO experiment (name, location, created, updated) VALUES (?, ?, ?, ?) RETURNING id",
                (request.name, location, now, now),
            )
            assert row is not None
            for tag in request.tags:
                self._experiment_tag(session, row[0], tag.key, tag.value)
        return m.ExperimentId(str(row[0]))

    def get_experiment(self, request: m.GetExperiment) -> m.ExperimentReply:
        with self.database.read() as session:
            exp = self.experiment(session, request.experiment_id)
            rows = session.all(f"SELECT {_COLUMNS} FROM experiment e WHERE e.id = ?", (exp,))
            return m.ExperimentReply(self._experiments(session, rows)[0])

    def get_experiment_by_name(self, request: m.GetExperimentByName) -> m.ExperimentReply:
        """The active one of that name; failing that the one that was deleted last."""
        with self.database.read() as session:
            rows = session.all(
                f"SELECT {_COLUMNS} FROM experiment e WHERE e.name = ? "
                "ORDER BY e.stage, e.updated DESC, e.id DESC LIMIT 1",
                (request.experiment_name,),
            )
            if not rows:
                raise NotFound(f"There is no experiment {request.experiment_name!r} in {str(self.database.path)!r}")
            return m.ExperimentReply(self._experiments(session, rows)[0])

    def search_experiments(self, request: m.SearchExperiments) -> m.ExperimentPage:
        size = search.page_size(request.max_results, 50_000)
        view = rules.VIEWS[rules.one_of("view_type", request.view_type, rules.VIEWS)]
        tree = parse(request.filter, scopes.EXPERIMENTS)
        orders = parse_order(request.order_by, scopes.EXPERIMENTS) or parse_order(
            ["creation_time DESC"], scopes.EXPERIMENTS
        )
        sorts = [s for o in orders for s in search.by(_FIELDS.get(o.field.key, "e.name"), o.descending, False)]
        sorts.append(search.Sort("e.id", descending=True))
        with self.database.read() as session:

            def leaf(field: Field, test: Test, denied: bool) -> Sql:
                if field.kind == "attribute":
                    return search.condition(session, _FIELDS[field.key], test, denied)
                return search.tagged(session, "e.id", "exp", "experiment_tag", field.key, test, denied)

            matching = search.both([Sql(f"e.stage {view}"), search.where(tree, leaf)])
            query = search.Query(_COLUMNS, Sql("experiment e"), matching, sorts)
            asked = [request.filter, view, *request.order_by]
            rows, token = search.page(session, query, size, request.page_token, asked)
            return m.ExperimentPage(self._experiments(session, rows), token)

    def update_experiment(self, request: m.UpdateExperiment) -> m.Empty:
        rules.name("Experiment", request.new_name)
        with self.database.write() as session:
            exp = self.experiment(session, request.experiment_id, active=True)
            self._free(session, request.new_name, "rename to it", but=exp)
            session.run(
                "UPDATE experiment SET name = ?, updated = ? WHERE id = ?", (request.new_name, rules.now(), exp)
            )
        return m.Empty()

    def delete_experiment(self, request: m.DeleteExperiment) -> m.Empty:
        """Its active runs go with it, and come back with it."""
        with self.database.write() as session:
            exp = self.experiment(session, request.experiment_id, active=True)
            session.run("UPDATE experiment SET stage = 1, updated = ? WHERE id = ?", (rules.now(), exp))
            for table in ("run", "logged_model"):
                session.run(f"UPDATE {table} SET stage = 2 WHERE exp = ? AND stage = 0", (exp,))
        return m.Empty()

    def restore_experiment(self, request: m.RestoreExperiment) -> m.Empty:
        with self.database.write() as session:
            exp = self.experiment(session, request.experiment_id)
            row = session.one("SELECT name, stage FROM experiment WHERE id = ?", (exp,))
            if row is None or not row[1]:
                raise WrongState(f"Experiment {request.experiment_id!r} is active; only a deleted one can be restored")
            self._free(session, row[0], "restore this one", but=exp)
            session.run("UPDATE experiment SET stage = 0, updated = ? WHERE id = ?", (rules.now(), exp))
            for table in ("run", "logged_model"):
                session.run(f"UPDATE {table} SET stage = 0 WHERE exp = ? AND stage = 2", (exp,))
        return m.Empty()

    def set_experiment_tag(self, request: m.SetExperimentTag) -> m.Empty:
        with self.database.write() as session:
            self._experiment_tag(
                session, self.experiment(session, request.experiment_id, True), request.key, request.value
            )
        return m.Empty()

    def delete_experiment_tag(self, request: m.DeleteExperimentTag) -> m.Empty:
        with self.database.write() as session:
            exp = self.experiment(session, request.experiment_id, active=True)
            if not session.run("DELETE FROM experiment_tag WHERE exp = ? AND key = ?", (exp, request.key)):
                raise NotFound(f"Experiment {request.experiment_id!r} has no tag {request.key!r}")
        return m.Empty()

    def search_datasets(self, request: m.SearchDatasets) -> m.DatasetSummaries:
        exps = [exp for given in request.experiment_ids if (exp := numbered(given)) is not None]
        with self.database.read() as session:
            rows = session.all(
                "SELECT DISTINCT d.exp, d.name, d.digest, i.context FROM dataset d JOIN input i ON i.dataset = d.id "
                f"WHERE d.exp IN ({search.marks(exps)}) ORDER BY d.exp, d.name, d.digest, i.context LIMIT 1000",
                exps,
            )
        return m.DatasetSummaries([m.DatasetSummary(str(e), name, digest, c or None) for e, name, digest, c in rows])

    def _free(self, session: Session, name: str, then: str, but: int = -1) -> None:
        row = session.one("SELECT id FROM experiment WHERE name = ? AND stage = 0 AND id <> ?", (name, but))
        if row is not None:
            raise AlreadyExists(
                f"Experiment {name!r} exists already (id {row[0]}); rename or delete that one first to {then}"
            )

    def _experiment_tag(self, session: Session, exp: int, key: str, value: str) -> None:
        session.run(
            "INSERT INTO experiment_tag (exp, key, value) VALUES (?, ?, ?) "
            "ON CONFLICT (exp, key) DO UPDATE SET value = excluded.value",
            (exp, rules.key("Experiment tag", key), rules.value("Experiment tag", key, value)),
        )

    def _experiments(self, session: Session, rows: Sequence[Row]) -> list[m.Experiment]:
        tags: dict[int, list[m.ExperimentTag]] = {row[0]: [] for row in rows}
        for exp, key, value in search.among(session, "SELECT exp, key, value FROM experiment_tag WHERE exp", tags):
            tags[exp].append(m.ExperimentTag(key, value))
        return [
            m.Experiment(
                experiment_id=str(exp),
                name=name,
                artifact_location=self.root.experiment(location, exp),
                lifecycle_stage=STAGES[stage],
                last_update_time=updated,
                creation_time=created,
                tags=tags[exp],
            )
            for exp, name, location, stage, updated, created, *_ in rows
        ]
