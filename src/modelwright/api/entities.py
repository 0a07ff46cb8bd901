"""The records that runs and the registry return (`mlflow.entities`, `mlflow.entities.model_registry`)."""

from __future__ import annotations

from ..core import lazy

_ENTITIES = (
    "Dataset", "DatasetInput", "Experiment", "ExperimentTag", "FileInfo", "InputTag", "LifecycleStage",
    "LoggedModel", "LoggedModelInput", "LoggedModelOutput", "LoggedModelParameter", "LoggedModelStatus",
    "LoggedModelTag", "Metric", "ModelVersion", "ModelVersionTag", "Param", "RegisteredModel", "RegisteredModelAlias",
    "RegisteredModelTag", "Run", "RunData", "RunInfo", "RunInputs", "RunOutputs", "RunStatus", "RunTag", "SourceType",
    "ViewType",
)  # fmt: skip
NAMES = {
    **{name: f"modelwright.tracking.entities:{name}" for name in _ENTITIES},
    "model_registry": "modelwright.api.entities",
}
__getattr__, __dir__ = lazy.attach(__name__, NAMES)
