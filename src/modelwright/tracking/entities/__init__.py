"""The records that the public API returns: runs, experiments, models, and the words they use."""

from __future__ import annotations

from .base import Entity, PagedList
from .models import (
    LoggedModel,
    LoggedModelParameter,
    LoggedModelTag,
    ModelVersion,
    ModelVersionTag,
    RegisteredModel,
    RegisteredModelAlias,
    RegisteredModelTag,
)
from .runs import (
    Dataset,
    DatasetInput,
    Experiment,
    ExperimentTag,
    FileInfo,
    InputTag,
    LoggedModelInput,
    LoggedModelOutput,
    Metric,
    Param,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunOutputs,
    RunTag,
)
from .words import LifecycleStage, LoggedModelStatus, RunStatus, SourceType, ViewType

__all__ = [
    "Dataset", "DatasetInput", "Entity", "Experiment", "ExperimentTag", "FileInfo", "InputTag", "LifecycleStage",
    "LoggedModel", "LoggedModelInput", "LoggedModelOutput", "LoggedModelParameter", "LoggedModelStatus",
    "LoggedModelTag", "Metric", "ModelVersion", "ModelVersionTag", "PagedList", "Param", "RegisteredModel",
    "RegisteredModelAlias", "RegisteredModelTag", "Run", "RunData", "RunInfo", "RunInputs", "RunOutputs", "RunStatus",
    "RunTag", "SourceType", "ViewType",
]  # fmt: skip
