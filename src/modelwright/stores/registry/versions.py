"""Rows of the registry's tables → registered models and versions."""

from __future__ import annotations

from collections.abc import Sequence

from ...core.errors import InvalidArgument, NotFound
from ...wire import messages as m
from ..database.search import among
from ..database.session import Row, Session
from ..database.sqlite import Database
from ..root import Root

MODEL = "g.id, g.name, g.description, g.created, g.updated"
VERSION = (
    "v.id, v.version, v.source, v.run, v.run_link, v.logged, v.user_id, v.stage, v.status, v.description, "
    "v.created, v.updated, g.name"
)
VERSIONS = "version v JOIN registered_model g ON g.id = v.model"
_NEWEST = (
    f"SELECT v.model, {VERSION} FROM {VERSIONS} "
    "WHERE v.version = (SELECT max(w.version) FROM version w WHERE w.model = v.model AND w.stage = v.stage) AND v.model"
)


class Tables:
    """What both halves of the registry share: finding rows, and reading them."""

    def __init__(self, database: Database, root: Root) -> None:
        self.database, self.root = database, root

    def model_row(self, session: Session, name: str) -> int:
        row = session.one("SELECT id FROM registered_model WHERE name = ?", (name,))
        if row is None:
            from difflib import get_close_matches  # only for what is wrong

            names = [known for (known,) in session.all("SELECT name FROM registered_model ORDER BY name LIMIT 1000")]
            near = get_close_matches(name, names, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise NotFound(f"There is no registered model {name!r} in {str(self.database.path)!r}{hint}")
        return int(row[0])

    def version_row(self, session: Session, name: str, version: str) -> tuple[int, int]:
        """The ids of a version and of its model."""
        model = self.model_row(session, name)
        number = self.number(version)
        row = session.one("SELECT id FROM version WHERE model = ? AND version = ?", (model, number))
        if row is None:
            raise NotFound(f"Registered model {name!r} has no version {version}")
        return int(row[0]), model

    @staticmethod
    def number(version: str) -> int:
        text = str(version)
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise InvalidArgument(f"Model version {version!r} is no number; expected 1, 2, 3 …")
        return int(text)

    def models(self, session: Session, rows: Sequence[Row]) -> list[m.RegisteredModel]:
        ids = [row[0] for row in rows]
        tags: dict[int, list[m.RegisteredModelTag]] = {model: [] for model in ids}
        aliases: dict[int, list[m.RegisteredModelAlias]] = {model: [] for model in ids}
        newest: dict[int, list[m.ModelVersion]] = {model: [] for model in ids}
        for model, key, value in among(session, "SELECT model, key, value FROM registered_model_tag WHERE model", ids):
            tags[model].append(m.RegisteredModelTag(key, value))
        for model, name, version in among(session, "SELECT model, name, version FROM alias WHERE model", ids):
            aliases[model].append(m.RegisteredModelAlias(name, str(version)))
        found = list(among(session, _NEWEST, ids, "ORDER BY v.version"))
        for row, version in zip(found, self.versions(session, [row[1:] for row in found]), strict=True):
            newest[row[0]].append(version)
        return [
            m.RegisteredModel(
                name=name,
                creation_timestamp=created,
                last_updated_timestamp=updated,
                description=description,
                latest_versions=newest[model],
                tags=tags[model],
                aliases=aliases[model],
            )
            for model, name, description, created, updated, *_ in rows
        ]

    def versions(self, session: Session, rows: Sequence[Row]) -> list[m.ModelVersion]:
        ids = [row[0] for row in rows]
        tags: dict[int, list[m.ModelVersionTag]] = {version: [] for version in ids}
        aliases: dict[int, list[str]] = {version: [] for version in ids}
        for version, key, value in among(session, "SELECT version, key, value FROM version_tag WHERE version", ids):
            tags[version].append(m.ModelVersionTag(key, value))
        sql = (
            "SELECT v.id, a.name FROM alias a JOIN version v ON v.model = a.model AND v.version = a.version WHERE v.id"
        )
        for version, name in among(session, sql, ids, "ORDER BY a.name"):
            aliases[version].append(name)
        return [
            m.ModelVersion(
                name=name,
                version=str(number),
                creation_timestamp=created,
                last_updated_timestamp=updated,
                user_id=user,
                current_stage=stage,
                description=description,
                source=self.root.shown(source),
                run_id=run,
                status=status,
                tags=tags[at],
                run_link=link,
                aliases=aliases[at],
                model_id=logged,
            )
            for at, number, source, run, link, logged, user, stage, status, description, created, updated, name in (
                row[:13] for row in rows
            )
        ]

    def version(self, session: Session, at: int) -> m.ModelVersion:
        return self.versions(session, session.all(f"SELECT {VERSION} FROM {VERSIONS} WHERE v.id = ?", (at,)))[0]

    def model(self, session: Session, at: int) -> m.RegisteredModel:
        return self.models(session, session.all(f"SELECT {MODEL} FROM registered_model g WHERE g.id = ?", (at,)))[0]
