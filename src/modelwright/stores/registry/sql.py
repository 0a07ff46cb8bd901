"""The registry in SQL: names, versions, stages, aliases, tags."""

from __future__ import annotations

from ...core import uris
from ...core.errors import AlreadyExists, InvalidArgument, NotFound
from ...wire import messages as m
from ...wire import scopes
from ...wire.filters import Compare, Field, Test, parse, parse_order
from .. import rules
from ..database import search
from ..database.session import Session, Sql
from .base import RegistryStore
from .versions import MODEL, VERSION, VERSIONS, Tables

ACTIVE_STAGES = ("Staging", "Production")
_PROMPT = "mlflow.prompt.is_prompt"
_MODEL_FIELDS = {
    "name": "g.name",
    "description": "g.description",
    "creation_timestamp": "g.created",
    "last_updated_timestamp": "g.updated",
}
_VERSION_FIELDS = {
    "name": "g.name",
    "run_id": "v.run",
    "source_path": "v.source",
    "current_stage": "v.stage",
    "status": "v.status",
    "user_id": "v.user_id",
    "description": "v.description",
    "model_id": "v.logged",
    "version_number": "v.version",
    "creation_timestamp": "v.created",
    "last_updated_timestamp": "v.updated",
}


class _Models(Tables):
    """Registered models."""

    def create_registered_model(self, request: m.CreateRegisteredModel) -> m.RegisteredModelReply:
        rules.model_name(request.name)
        with self.database.write() as session:
            self._free(session, request.name)
            now = rules.now()
            row = session.one(
                "INSERT INTO registered_model (name, description, created, updated) VALUES (?, ?, ?, ?) RETURNING id",
                (request.name, request.description, now, now),
            )
            assert row is not None
            for tag in request.tags:
                self._tag(session, "registered_model_tag", "model", row[0], tag.key, tag.value)
            return m.RegisteredModelReply(self.model(session, row[0]))

    def _free(self, session: Session, name: str) -> None:
        if session.one("SELECT 1 FROM registered_model WHERE name = ?", (name,)) is not None:
            raise AlreadyExists(
                f"Registered model {name!r} exists already; create a version of it, or use another name"
            )

    def get_registered_model(self, request: m.GetRegisteredModel) -> m.RegisteredModelReply:
        with self.database.read() as session:
            return m.RegisteredModelReply(self.model(session, self.model_row(session, request.name)))

    def rename_registered_model(self, request: m.RenameRegisteredModel) -> m.RegisteredModelReply:
        rules.model_name(request.new_name)
        with self.database.write() as session:
            model = self.model_row(session, request.name)
            if request.new_name != request.name:
                self._free(session, request.new_name)
            self._touch(session, model, "name", request.new_name)
            return m.RegisteredModelReply(self.model(session, model))

    def update_registered_model(self, request: m.UpdateRegisteredModel) -> m.RegisteredModelReply:
        with self.database.write() as session:
            model = self.model_row(session, request.name)
            self._touch(session, model, "description", request.description)
            return m.RegisteredModelReply(self.model(session, model))

    def _touch(self, session: Session, model: int, column: str = "", value: str = "") -> None:
        if column:
            session.run(f"UPDATE registered_model SET {column} = ? WHERE id = ?", (value, model))
        session.run("UPDATE registered_model SET updated = ? WHERE id = ?", (rules.now(), model))

    def delete_registered_model(self, request: m.DeleteRegisteredModel) -> m.Empty:
        with self.database.write() as session:
            model = self.model_row(session, request.name)
            of_model = "SELECT id FROM version WHERE model = ?"
            session.run(f"DELETE FROM version_tag WHERE version IN ({of_model})", (model,))
            for table in ("version", "alias", "registered_model_tag"):
                session.run(f"DELETE FROM {table} WHERE model = ?", (model,))
            session.run("DELETE FROM registered_model WHERE id = ?", (model,))
        return m.Empty()

    def search_registered_models(self, request: m.SearchRegisteredModels) -> m.RegisteredModelPage:
        size = search.page_size(request.max_results, 1000)
        tree = parse(request.filter, scopes.MODELS)
        orders = parse_order(request.order_by, scopes.MODELS)
        sorts = [s for o in orders for s in search.by(_MODEL_FIELDS.get(o.field.key, "g.name"), o.descending, False)]
        sorts += [search.Sort("g.name"), search.Sort("g.id")]
        with self.database.read() as session:

            def leaf(field: Field, test: Test, denied: bool) -> Sql:
                if field.kind == "attribute":
                    return search.condition(session, _MODEL_FIELDS[field.key], test, denied)
                return _tagged(session, "g.id", "model", "registered_model_tag", field, test, denied)

            query = search.Query(MODEL, Sql("registered_model g"), search.where(tree, leaf), sorts)
            rows, token = search.page(session, query, size, request.page_token, [request.filter, *request.order_by])
            return m.RegisteredModelPage(self.models(session, rows), token)

    def get_latest_versions(self, request: m.GetLatestVersions) -> m.ModelVersionList:
        stages = {_stage(stage) for stage in request.stages}
        with self.database.read() as session:
            newest = self.model(session, self.model_row(session, request.name)).latest_versions
        return m.ModelVersionList([one for one in newest if not stages or one.current_stage in stages])

    def set_registered_model_tag(self, request: m.SetRegisteredModelTag) -> m.Empty:
        with self.database.write() as session:
            model = self.model_row(session, request.name)
            self._tag(session, "registered_model_tag", "model", model, request.key, request.value)
            self._touch(session, model)
        return m.Empty()

    def delete_registered_model_tag(self, request: m.DeleteRegisteredModelTag) -> m.Empty:
        with self.database.write() as session:
            model = self.model_row(session, request.name)
            session.run("DELETE FROM registered_model_tag WHERE model = ? AND key = ?", (model, request.key))
            self._touch(session, model)
        return m.Empty()

    def _tag(self, session: Session, table: str, column: str, at: int, key: str, value: str) -> None:
        session.run(
            f"INSERT INTO {table} ({column}, key, value) VALUES (?, ?, ?) "
            f"ON CONFLICT ({column}, key) DO UPDATE SET value = excluded.value",
            (at, rules.key("Tag", key), rules.value("Tag", key, value)),
        )

    def set_registered_model_alias(self, request: m.SetRegisteredModelAlias) -> m.Empty:
        alias = rules.alias(request.alias)
        with self.database.write() as session:
            _, model = self.version_row(session, request.name, request.version)
            session.run(
                "INSERT INTO alias (model, name, version) VALUES (?, ?, ?) "
                "ON CONFLICT (model, name) DO UPDATE SET version = excluded.version",
                (model, alias, self.number(request.version)),
            )
            self._touch(session, model)
        return m.Empty()

    def delete_registered_model_alias(self, request: m.DeleteRegisteredModelAlias) -> m.Empty:
        with self.database.write() as session:
            model = self.model_row(session, request.name)
            session.run("DELETE FROM alias WHERE model = ? AND name = ?", (model, request.alias))
            self._touch(session, model)
        return m.Empty()

    def get_model_version_by_alias(self, request: m.GetModelVersionByAlias) -> m.ModelVersionReply:
        with self.database.read() as session:
            model = self.model_row(session, request.name)
            sql = "SELECT v.id FROM alias a JOIN version v ON v.model = a.model AND v.version = a.version"
            row = session.one(f"{sql} WHERE a.model = ? AND a.name = ?", (model, request.alias))
            if row is None:
                names = session.all("SELECT name FROM alias WHERE model = ? ORDER BY name", (model,))
                known = ", ".join(repr(name) for (name,) in names) or "none"
                raise NotFound(f"Registered model {request.name!r} has no alias {request.alias!r}; it has {known}")
            return m.ModelVersionReply(self.version(session, row[0]))


class SqlRegistry(_Models, RegistryStore):
    """Registered models and their versions."""

    def create_model_version(self, request: m.CreateModelVersion) -> m.ModelVersionReply:
        """The next number; a number is not used again when its version is deleted."""
        if not request.source:
            raise InvalidArgument(f"A version of {request.name!r} needs a source: the URI of the model's directory")
        source = request.source
        if uris.scheme(source) in ("", "file"):
            path = uris.local_path(source)
            if path is not None and ".." in path.parts:
                raise InvalidArgument(f"Model source {source!r} holds '..'; give the path it leads to")
            source = self.root.kept(source)
        with self.database.write() as session:
            model = self.model_row(session, request.name)
            now = rules.now()
            row = session.one(
                "UPDATE registered_model SET last_version = last_version + 1, updated = ? WHERE id = ? "
                "RETURNING last_version",
                (now, model),
            )
            assert row is not None
            made = session.one(
                "INSERT INTO version (model, version, source, run, run_link, logged, stage, status, description, "
                "created, updated) VALUES (?, ?, ?, ?, ?, ?, 'None', 'READY', ?, ?, ?) RETURNING id",
                (
                    model,
                    row[0],
                    source,
                    request.run_id,
                    request.run_link,
                    request.model_id,
                    request.description,
                    now,
                    now,
                ),
            )
            assert made is not None
            for tag in request.tags:
                self._tag(session, "version_tag", "version", made[0], tag.key, tag.value)
            return m.ModelVersionReply(self.version(session, made[0]))

    def get_model_version(self, request: m.GetModelVersion) -> m.ModelVersionReply:
        with self.database.read() as session:
            at, _ = self.version_row(session, request.name, request.version)
            return m.ModelVersionReply(self.version(session, at))

    def get_model_version_download_uri(self, request: m.GetModelVersionDownloadUri) -> m.ArtifactUri:
        reply = self.get_model_version(m.GetModelVersion(request.name, request.version))
        return m.ArtifactUri(reply.model_version.source)

    def update_model_version(self, request: m.UpdateModelVersion) -> m.ModelVersionReply:
        with self.database.write() as session:
            at, _ = self.version_row(session, request.name, request.version)
            sql = "UPDATE version SET description = ?, updated = ? WHERE id = ?"
            session.run(sql, (request.description, rules.now(), at))
            return m.ModelVersionReply(self.version(session, at))

    def delete_model_version(self, request: m.DeleteModelVersion) -> m.Empty:
        with self.database.write() as session:
            at, model = self.version_row(session, request.name, request.version)
            number = self.number(request.version)
            session.run("DELETE FROM alias WHERE model = ? AND version = ?", (model, number))
            session.run("DELETE FROM version_tag WHERE version = ?", (at,))
            session.run("DELETE FROM version WHERE id = ?", (at,))
            self._touch(session, model)
        return m.Empty()

    def transition_model_version_stage(self, request: m.TransitionModelVersionStage) -> m.ModelVersionReply:
        stage = _stage(request.stage)
        if request.archive_existing_versions and stage not in ACTIVE_STAGES:
            raise InvalidArgument(
                f"archive_existing_versions is for {' and '.join(ACTIVE_STAGES)}; a version moved to {stage!r} "
                "takes nobody's place"
            )
        with self.database.write() as session:
            at, model = self.version_row(session, request.name, request.version)
            now = rules.now()
            if request.archive_existing_versions:
                sql = "UPDATE version SET stage = 'Archived', updated = ? WHERE model = ? AND stage = ? AND id <> ?"
                session.run(sql, (now, model, stage, at))
            session.run("UPDATE version SET stage = ?, updated = ? WHERE id = ?", (stage, now, at))
            self._touch(session, model)
            return m.ModelVersionReply(self.version(session, at))

    def search_model_versions(self, request: m.SearchModelVersions) -> m.ModelVersionPage:
        size = search.page_size(request.max_results, 200_000)
        tree = parse(request.filter, scopes.VERSIONS)
        orders = parse_order(request.order_by, scopes.VERSIONS)
        sorts = [
            s
            for o in orders
            for s in search.by(
                _VERSION_FIELDS.get(o.field.key, "v.id"), o.descending, o.field.key in ("user_id", "model_id")
            )
        ]
        sorts += [search.Sort("v.updated", True), search.Sort("g.name"), search.Sort("v.version", True)]
        with self.database.read() as session:

            def leaf(field: Field, test: Test, denied: bool) -> Sql:
                if field.key == "source_path" and field.kind == "attribute":
                    shown = "CASE WHEN v.source LIKE 'root:/%' THEN ? || substr(v.source, 6) ELSE v.source END"
                    found = search.condition(session, f"({shown})", test, denied)
                    return Sql(found.text, (self.root.uri, *found.params))
                if field.kind == "attribute":
                    return search.condition(session, _VERSION_FIELDS[field.key], test, denied)
                return _tagged(session, "v.id", "version", "version_tag", field, test, denied)

            query = search.Query(VERSION, Sql(VERSIONS), search.where(tree, leaf), sorts)
            rows, token = search.page(session, query, size, request.page_token, [request.filter, *request.order_by])
            return m.ModelVersionPage(self.versions(session, rows), token)

    def set_model_version_tag(self, request: m.SetModelVersionTag) -> m.Empty:
        with self.database.write() as session:
            at, _ = self.version_row(session, request.name, request.version)
            self._tag(session, "version_tag", "version", at, request.key, request.value)
        return m.Empty()

    def delete_model_version_tag(self, request: m.DeleteModelVersionTag) -> m.Empty:
        with self.database.write() as session:
            at, _ = self.version_row(session, request.name, request.version)
            session.run("DELETE FROM version_tag WHERE version = ? AND key = ?", (at, request.key))
        return m.Empty()


def _stage(given: str) -> str:
    return rules.one_of("Stage", given, uris.STAGES)


def _tagged(session: Session, owner: str, column: str, table: str, field: Field, test: Test, denied: bool) -> Sql:
    found = search.tagged(session, owner, column, table, field.key, test, denied)
    if field.key == _PROMPT and isinstance(test, Compare) and test.op == "!=":
        # MLflow's clients send this to leave prompts out: what has no such tag is no prompt.
        absent = f"{owner} NOT IN (SELECT {column} FROM {table} WHERE key = ?)"
        return Sql(f"({found.text} OR {absent})", (*found.params, field.key))
    return found
