"""Experiments, runs and what is logged to them, as users see them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Self

from ...wire import messages as m
from .base import Entity, KeyValue, texts


class ExperimentTag(KeyValue):
    """One tag of an experiment."""


class RunTag(KeyValue):
    """One tag of a run."""


class Param(KeyValue):
    """One param of a run."""


class InputTag(KeyValue):
    """One tag of a dataset as a run used it; `mlflow.data.context` says what for."""


class Experiment(Entity):
    """A named set of runs; `tags` is a dictionary."""

    DEFAULT_EXPERIMENT_NAME: ClassVar[str] = "Default"
    _fields = ("experiment_id", "name", "artifact_location", "lifecycle_stage", "tags")
    _quiet = ("creation_time", "last_update_time")

    def __init__(
        self,
        experiment_id: str,
        name: str,
        artifact_location: str,
        lifecycle_stage: str,
        tags: Iterable[Any] | None = None,
        creation_time: int | None = None,
        last_update_time: int | None = None,
    ) -> None:
        self.experiment_id, self.name, self.artifact_location = experiment_id, name, artifact_location
        self.lifecycle_stage, self.tags = lifecycle_stage, texts(tags or ())
        self.creation_time, self.last_update_time = creation_time, last_update_time

    @classmethod
    def from_wire(cls, e: m.Experiment) -> Self:
        return cls(
            e.experiment_id,
            e.name,
            e.artifact_location,
            e.lifecycle_stage,
            e.tags,
            e.creation_time,
            e.last_update_time,
        )


class Metric(Entity):
    """One point of a metric: `timestamp` in milliseconds since 1970, `step` any integer."""

    _fields = ("key", "value", "timestamp", "step")
    _quiet = ("model_id", "dataset_name", "dataset_digest", "run_id")
    __slots__ = (*_fields, *_quiet)

    def __init__(
        self,
        key: str,
        value: float,
        timestamp: int,
        step: int,
        model_id: str | None = None,
        dataset_name: str | None = None,
        dataset_digest: str | None = None,
        run_id: str | None = None,
    ) -> None:
        self.key, self.value, self.timestamp, self.step = key, value, timestamp, step
        self.model_id, self.run_id = model_id, run_id
        self.dataset_name, self.dataset_digest = dataset_name, dataset_digest

    @classmethod
    def from_wire(cls, p: m.Metric) -> Self:
        return cls(p.key, p.value, p.timestamp, p.step, p.model_id, p.dataset_name, p.dataset_digest, p.run_id)


class Dataset(Entity):
    """What is recorded of a dataset: `source`, `schema` and `profile` are JSON texts."""

    _fields = ("name", "digest", "source_type", "source", "schema", "profile")

    def __init__(
        self,
        name: str,
        digest: str,
        source_type: str,
        source: str,
        schema: str | None = None,
        profile: str | None = None,
    ) -> None:
        self.name, self.digest, self.source_type, self.source = name, digest, source_type, source
        self.schema, self.profile = schema, profile

    @classmethod
    def from_wire(cls, d: m.Dataset) -> Self:
        return cls(d.name, d.digest, d.source_type, d.source, d.schema, d.profile)


class DatasetInput(Entity):
    """A dataset as a run used it, with the tags of that use."""

    _fields = ("dataset", "tags")

    def __init__(self, dataset: Dataset, tags: list[InputTag] | None = None) -> None:
        self.dataset, self.tags = dataset, list(tags or ())

    @classmethod
    def from_wire(cls, used: m.DatasetInput) -> Self:
        return cls(Dataset.from_wire(used.dataset), [InputTag.from_wire(tag) for tag in used.tags])


class LoggedModelInput(Entity):
    """A logged model that a run used."""

    _fields = ("model_id",)

    def __init__(self, model_id: str) -> None:
        self.model_id = model_id


class LoggedModelOutput(Entity):
    """A logged model that a run made, and at which step."""

    _fields = ("model_id", "step")

    def __init__(self, model_id: str, step: int = 0) -> None:
        self.model_id, self.step = model_id, step


class RunInfo(Entity):
    """Who, when, where and how a run went; times in milliseconds since 1970, `status` a word such as "FINISHED"."""

    _fields = (
        "run_id", "run_uuid", "run_name", "experiment_id", "user_id", "status",
        "start_time", "end_time", "artifact_uri", "lifecycle_stage",
    )  # fmt: skip

    def __init__(
        self,
        run_uuid: str | None,
        experiment_id: str,
        user_id: str,
        status: str,
        start_time: int | None,
        end_time: int | None,
        lifecycle_stage: str,
        artifact_uri: str | None = None,
        run_id: str | None = None,
        run_name: str | None = None,
    ) -> None:
        self.run_id: str = run_id or run_uuid or ""
        self.run_uuid, self.run_name, self.experiment_id = self.run_id, run_name, experiment_id
        self.user_id, self.status, self.start_time, self.end_time = user_id, status, start_time, end_time
        self.artifact_uri, self.lifecycle_stage = artifact_uri, lifecycle_stage

    @classmethod
    def from_wire(cls, i: m.RunInfo) -> Self:
        return cls(
            i.run_id,
            i.experiment_id,
            i.user_id,
            i.status,
            i.start_time,
            i.end_time,
            i.lifecycle_stage,
            i.artifact_uri,
            i.run_id,
            i.run_name,
        )

    @classmethod
    def get_searchable_attributes(cls) -> list[str]:
        return ["artifact_uri", "end_time", "run_id", "run_name", "start_time", "status", "user_id"]

    @classmethod
    def get_orderable_attributes(cls) -> list[str]:
        return ["artifact_uri", "end_time", "run_id", "run_name", "start_time", "status", "user_id"]


class RunData(Entity):
    """What was logged: `metrics` (the latest value of each), `params` and `tags`, all dictionaries."""

    _fields = ("metrics", "params", "tags")

    def __init__(
        self,
        metrics: Iterable[Any] | None = None,
        params: Iterable[Any] | None = None,
        tags: Iterable[Any] | None = None,
    ) -> None:
        points = list(metrics or ())
        self.metrics: dict[str, float] = texts(points)
        self.params: dict[str, str] = texts(params or ())
        self.tags: dict[str, str] = texts(tags or ())
        self._metric_objs = points  # MLflow's name: callbacks of other libraries read the steps from it


class RunInputs(Entity):
    """The datasets and logged models that a run used."""

    _fields = ("dataset_inputs", "model_inputs")

    def __init__(
        self, dataset_inputs: list[DatasetInput] | None = None, model_inputs: list[LoggedModelInput] | None = None
    ) -> None:
        self.dataset_inputs, self.model_inputs = list(dataset_inputs or ()), list(model_inputs or ())

    @classmethod
    def from_wire(cls, used: m.RunInputs) -> Self:
        models = [LoggedModelInput(model.model_id) for model in used.model_inputs]
        return cls([DatasetInput.from_wire(dataset) for dataset in used.dataset_inputs], models)


class RunOutputs(Entity):
    """The logged models that a run made."""

    _fields = ("model_outputs",)

    def __init__(self, model_outputs: list[LoggedModelOutput] | None = None) -> None:
        self.model_outputs = list(model_outputs or ())


class Run(Entity):
    """One run: `info`, `data`, `inputs` and `outputs`."""

    _fields = ("info", "data", "inputs", "outputs")

    def __init__(
        self,
        run_info: RunInfo,
        run_data: RunData,
        run_inputs: RunInputs | None = None,
        run_outputs: RunOutputs | None = None,
    ) -> None:
        self.info, self.data = run_info, run_data
        self.inputs, self.outputs = run_inputs or RunInputs(), run_outputs or RunOutputs()

    @classmethod
    def from_wire(cls, run: m.Run) -> Self:
        data = run.data
        points: list[Any] = [Metric.from_wire(point) for point in data.metrics]
        models = [LoggedModelOutput(model.model_id, model.step) for model in run.outputs.model_outputs]
        return cls(
            RunInfo.from_wire(run.info),
            RunData(points, data.params, data.tags),
            RunInputs.from_wire(run.inputs),
            RunOutputs(models),
        )


class FileInfo(Entity):
    """A file or directory among the artifacts; `path` counts from the root, `file_size` is in bytes."""

    _fields = ("path", "is_dir", "file_size")

    def __init__(self, path: str, is_dir: bool, file_size: int | None) -> None:
        self.path, self.is_dir, self.file_size = path, is_dir, file_size
