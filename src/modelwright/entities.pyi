"""The records that runs and the registry return (`mlflow.entities`, `mlflow.entities.model_registry`)."""
# Made by tools/stubs.py.

from modelwright.api import entities as _model_registry
from modelwright.tracking.entities import Dataset as Dataset
from modelwright.tracking.entities import DatasetInput as DatasetInput
from modelwright.tracking.entities import Experiment as Experiment
from modelwright.tracking.entities import ExperimentTag as ExperimentTag
from modelwright.tracking.entities import FileInfo as FileInfo
from modelwright.tracking.entities import InputTag as InputTag
from modelwright.tracking.entities import LifecycleStage as LifecycleStage
from modelwright.tracking.entities import LoggedModel as LoggedModel
from modelwright.tracking.entities import LoggedModelInput as LoggedModelInput
from modelwright.tracking.entities import LoggedModelOutput as LoggedModelOutput
from modelwright.tracking.entities import LoggedModelParameter as LoggedModelParameter
from modelwright.tracking.entities import LoggedModelStatus as LoggedModelStatus
from modelwright.tracking.entities import LoggedModelTag as LoggedModelTag
from modelwright.tracking.entities import Metric as Metric
from modelwright.tracking.entities import ModelVersion as ModelVersion
from modelwright.tracking.entities import ModelVersionTag as ModelVersionTag
from modelwright.tracking.entities import Param as Param
from modelwright.tracking.entities import RegisteredModel as RegisteredModel
from modelwright.tracking.entities import RegisteredModelAlias as RegisteredModelAlias
from modelwright.tracking.entities import RegisteredModelTag as RegisteredModelTag
from modelwright.tracking.entities import Run as Run
from modelwright.tracking.entities import RunData as RunData
from modelwright.tracking.entities import RunInfo as RunInfo
from modelwright.tracking.entities import RunInputs as RunInputs
from modelwright.tracking.entities import RunOutputs as RunOutputs
from modelwright.tracking.entities import RunStatus as RunStatus
from modelwright.tracking.entities import RunTag as RunTag
from modelwright.tracking.entities import SourceType as SourceType
from modelwright.tracking.entities import ViewType as ViewType

model_registry = _model_registry
