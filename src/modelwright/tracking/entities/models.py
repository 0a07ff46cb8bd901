"""Registered models, their versions and logged models, as users see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

from ...wire import messages as m
from .base import Entity, KeyValue, texts
from .runs import Metric
from .words import LoggedModelStatus


class RegisteredModelTag(KeyValue):
    """One tag of a registered model."""


class ModelVersionTag(KeyValue):
    """One tag of a model version."""


class LoggedModelTag(KeyValue):
    """One tag of a logged model."""


class LoggedModelParameter(KeyValue):
    """One param of a logged model."""


class RegisteredModelAlias(Entity):
    """A name for one version of a registered model."""

    _fields = ("alias", "version")

    def __init__(self, alias: str, version: int) -> None:
        self.alias, self.version = alias, version


class ModelVersion(Entity):
    """One version of a registered model; `tags` is a dictionary, `aliases` a list of names."""

    _fields = (
        "name", "version", "creation_timestamp", "last_updated_timestamp", "description", "user_id", "current_stage",
        "source", "run_id", "run_link", "status", "status_message", "tags", "aliases",
    )  # fmt: skip
    _quiet = ("model_id",)

    def __init__(
        self,
        name: str,
        version: int,
        creation_timestamp: int,
        last_updated_timestamp: int | None = None,
        description: str | None = None,
        user_id: str | None = None,
        current_stage: str | None = None,
        source: str | None = None,
        run_id: str | None = None,
        status: str = "READY",
        status_message: str | None = None,
        tags: Iterable[Any] | None = None,
        run_link: str | None = None,
        aliases: Iterable[str] | None = None,
        model_id: str | None = None,
    ) -> None:
        self.name, self.version, self.creation_timestamp = name, version, creation_timestamp
        self.last_updated_timestamp, self.description, self.user_id = last_updated_timestamp, description, user_id
        self.current_stage, self.source, self.run_id, self.run_link = current_stage, source, run_id, run_link
        self.status, self.status_message, self.model_id = status, status_message, model_id
        self.tags: dict[str, str] = texts(tags or ())
        self.aliases: list[str] = list(aliases or ())

    @classmethod
    def from_wire(cls, v: m.ModelVersion) -> Self:
        return cls(
            v.name,
            int(v.version),  # a number, as MLflow's local stores give: version 10 sorts after 9
            v.creation_timestamp,
            v.last_updated_timestamp,
            v.description,
            v.user_id,
            v.current_stage,
            v.source,
            v.run_id,
            v.status,
            v.status_message,
            v.tags,
            v.run_link,
            v.aliases,
            v.model_id,
        )


class RegisteredModel(Entity):
    """A named model; `latest_versions` has one version per stage, `aliases` maps an alias to its version."""

    _fields = (
        "name", "creation_timestamp", "last_updated_timestamp", "description", "latest_versions", "tags", "aliases",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        creation_timestamp: int | None = None,
        last_updated_timestamp: int | None = None,
        description: str | None = None,
        latest_versions: Iterable[ModelVersion] | None = None,
        tags: Iterable[Any] | None = None,
        aliases: Iterable[Any] | None = None,
    ) -> None:
        self.name, self.creation_timestamp, self.description = name, creation_timestamp, description
        self.last_updated_timestamp = last_updated_timestamp
        self.latest_versions = list(latest_versions or ())
        self.tags: dict[str, str] = texts(tags or ())
        self.aliases: dict[str, int] = {a.alias: int(a.version) for a in aliases or ()}

    @classmethod
    def from_wire(cls, r: m.RegisteredModel) -> Self:
        latest = [ModelVersion.from_wire(version) for version in r.latest_versions]
        return cls(r.name, r.creation_timestamp, r.last_updated_timestamp, r.description, latest, r.tags, r.aliases)


class LoggedModel(Entity):
    """A model as it was logged: who made it, from which params, with which metrics."""

    _fields = (
        "experiment_id", "model_id", "name", "artifact_location", "creation_timestamp", "last_updated_timestamp",
        "model_type", "source_run_id", "status", "status_message", "tags", "params", "metrics",
    )  # fmt: skip

    def __init__(
        self,
        experiment_id: str,
        model_id: str,
        name: str,
        artifact_location: str,
        creation_timestamp: int,
        last_updated_timestamp: int,
        model_type: str | None = None,
        source_run_id: str | None = None,
        status: LoggedModelStatus | str = LoggedModelStatus.READY,
        status_message: str | None = None,
        tags: Iterable[Any] | Mapping[str, str] | None = None,
        params: Iterable[Any] | Mapping[str, str] | None = None,
        metrics: Iterable[Metric] | None = None,
    ) -> None:
        self.experiment_id, self.model_id, self.name = experiment_id, model_id, name
        self.artifact_location, self.model_type, self.source_run_id = artifact_location, model_type, source_run_id
        self.creation_timestamp, self.last_updated_timestamp = creation_timestamp, last_updated_timestamp
        self.status, self.status_message = LoggedModelStatus(status), status_message
        self.tags: dict[str, str] = dict(tags) if isinstance(tags, Mapping) else texts(tags or ())
        self.params: dict[str, str] = dict(params) if isinstance(params, Mapping) else texts(params or ())
        self.metrics: list[Metric] = list(metrics or ())

    @property
    def model_uri(self) -> str:
        return f"models:/{self.model_id}"

    def to_dictionary(self) -> dict[str, Any]:
        return {**super().to_dictionary(), "model_uri": self.model_uri}

    @classmethod
    def from_wire(cls, model: m.LoggedModel) -> Self:
        i, data = model.info, model.data
        return cls(
            i.experiment_id,
            i.model_id,
            i.name,
            i.artifact_uri,
            i.creation_timestamp_ms,
            i.last_updated_timestamp_ms,
            i.model_type,
            i.source_run_id,
            LoggedModelStatus.from_wire(i.status),
            i.status_message,
            i.tags,
            data.params,
            [Metric.from_wire(point) for point in data.metrics],
        )
