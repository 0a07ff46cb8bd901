"""Every request, reply and entity of the REST API; the Python stores speak the same structs.

Field names are the wire names of MLflow's protobuf messages. A field equal to its default is left out of the JSON, so a
default must be what a protobuf reader assumes (None, 0, "", []); where ours is another word, `_word` keeps it written.
"""

from __future__ import annotations

from msgspec import Struct, field


def _word(text: str) -> str:
    default: str = field(default_factory=lambda: text)
    return default


class Entity(Struct, frozen=True, omit_defaults=True):
    """Something a store holds."""


class Request(Struct, omit_defaults=True):
    """What a caller asks of a store; unknown fields are ignored."""


class Reply(Struct, omit_defaults=True):
    """What a store answers."""


# --- entities of a run ------------------------------------------------------------------------------------------------


class ExperimentTag(Entity, frozen=True):
    key: str
    value: str


class Experiment(Entity, frozen=True, kw_only=True):
    experiment_id: str
    name: str
    artifact_location: str = ""
    lifecycle_stage: str = _word("active")
    last_update_time: int | None = None
    creation_time: int | None = None
    tags: list[ExperimentTag] = []


class Metric(Entity, frozen=True):
    """One point. `model_id` and the dataset fields say what it was measured on (3.x)."""

    key: str
    value: float
    timestamp: int
    step: int = 0
    dataset_name: str | None = None
    dataset_digest: str | None = None
    model_id: str | None = None
    run_id: str | None = None


class Param(Entity, frozen=True):
    key: str
    value: str


class RunTag(Entity, frozen=True):
    key: str
    value: str


class InputTag(Entity, frozen=True):
    key: str
    value: str


class Dataset(Entity, frozen=True):
    name: str
    digest: str
    source_type: str = ""
    source: str = ""
    schema: str | None = None
    profile: str | None = None


class DatasetInput(Entity, frozen=True):
    dataset: Dataset
    tags: list[InputTag] = []


class DatasetSummary(Entity, frozen=True):
    experiment_id: str
    name: str
    digest: str
    context: str | None = None


class ModelInput(Entity, frozen=True):
    model_id: str


class ModelOutput(Entity, frozen=True):
    model_id: str
    step: int = 0


class RunInfo(Entity, frozen=True, kw_only=True):
    """`run_uuid` repeats `run_id` for MLflow's clients; `lifecycle_stage` is "active" or "deleted"."""

    run_id: str
    experiment_id: str
    run_name: str = ""
    user_id: str = ""
    status: str = _word("RUNNING")
    start_time: int | None = None
    end_time: int | None = None
    artifact_uri: str = ""
    lifecycle_stage: str = _word("active")
    run_uuid: str = ""


class RunData(Entity, frozen=True):
    """Per metric the latest point: the greatest (step, timestamp, value)."""

    metrics: list[Metric] = []
    params: list[Param] = []
    tags: list[RunTag] = []


class RunInputs(Entity, frozen=True):
    dataset_inputs: list[DatasetInput] = []
    model_inputs: list[ModelInput] = []


class RunOutputs(Entity, frozen=True):
    model_outputs: list[ModelOutput] = []


class Run(Entity, frozen=True):
    info: RunInfo
    data: RunData = RunData()
    inputs: RunInputs = RunInputs()
    outputs: RunOutputs = RunOutputs()


class FileInfo(Entity, frozen=True):
    path: str
    is_dir: bool = False
    file_size: int | None = None


# --- logged models (3.x) ----------------------------------------------------------------------------------------------


class LoggedModelParameter(Entity, frozen=True):
    key: str
    value: str


class LoggedModelTag(Entity, frozen=True):
    key: str
    value: str


class LoggedModelRegistrationInfo(Entity, frozen=True):
    name: str
    version: str


class LoggedModelInfo(Entity, frozen=True, kw_only=True):
    """`status` is LOGGED_MODEL_PENDING, LOGGED_MODEL_READY or LOGGED_MODEL_UPLOAD_FAILED."""

    model_id: str
    experiment_id: str
    name: str = ""
    creation_timestamp_ms: int = 0
    last_updated_timestamp_ms: int = 0
    artifact_uri: str = ""
    status: str = _word("LOGGED_MODEL_PENDING")
    creator_id: int | None = None
    model_type: str | None = None
    source_run_id: str | None = None
    status_message: str | None = None
    tags: list[LoggedModelTag] = []
    registrations: list[LoggedModelRegistrationInfo] = []


class LoggedModelData(Entity, frozen=True):
    params: list[LoggedModelParameter] = []
    metrics: list[Metric] = []


class LoggedModel(Entity, frozen=True):
    info: LoggedModelInfo
    data: LoggedModelData = LoggedModelData()


# --- the registry -----------------------------------------------------------------------------------------------------


class RegisteredModelTag(Entity, frozen=True):
    key: str
    value: str


class RegisteredModelAlias(Entity, frozen=True):
    alias: str
    version: str


class ModelVersionTag(Entity, frozen=True):
    key: str
    value: str


class ModelVersion(Entity, frozen=True, kw_only=True):
    name: str
    version: str
    creation_timestamp: int = 0
    last_updated_timestamp: int = 0
    user_id: str | None = None
    current_stage: str = _word("None")
    description: str = ""
    source: str = ""
    run_id: str = ""
    status: str = _word("READY")
    status_message: str | None = None
    tags: list[ModelVersionTag] = []
    run_link: str = ""
    aliases: list[str] = []
    model_id: str | None = None


class RegisteredModel(Entity, frozen=True, kw_only=True):
    name: str
    creation_timestamp: int = 0
    last_updated_timestamp: int = 0
    user_id: str | None = None
    description: str = ""
    latest_versions: list[ModelVersion] = []
    tags: list[RegisteredModelTag] = []
    aliases: list[RegisteredModelAlias] = []


# --- requests: experiments --------------------------------------------------------------------------------------------


class CreateExperiment(Request):
    name: str
    artifact_location: str = ""
    tags: list[ExperimentTag] = []


class GetExperiment(Request):
    experiment_id: str


class GetExperimentByName(Request):
    experiment_name: str


class SearchExperiments(Request):
    """`view_type` is ACTIVE_ONLY, DELETED_ONLY or ALL."""

    max_results: int = 1000
    page_token: str = ""
    filter: str = ""
    order_by: list[str] = []
    view_type: str = "ACTIVE_ONLY"


class UpdateExperiment(Request):
    experiment_id: str
    new_name: str


class DeleteExperiment(Request):
    experiment_id: str


class RestoreExperiment(Request):
    experiment_id: str


class SetExperimentTag(Request):
    experiment_id: str
    key: str
    value: str


class DeleteExperimentTag(Request):
    experiment_id: str
    key: str


class SearchDatasets(Request):
    experiment_ids: list[str] = []


# --- requests: runs ---------------------------------------------------------------------------------------------------


class CreateRun(Request):
    """Without `start_time` the store's clock is used; without a name or a `mlflow.runName` tag it makes one up."""

    experiment_id: str
    user_id: str = ""
    run_name: str = ""
    start_time: int | None = None
    tags: list[RunTag] = []


class GetRun(Request):
    run_id: str = ""
    run_uuid: str = ""


class UpdateRun(Request):
    """`status` is RUNNING, SCHEDULED, FINISHED, FAILED or KILLED; what is None stays as it is."""

    run_id: str = ""
    status: str | None = None
    end_time: int | None = None
    run_name: str | None = None
    run_uuid: str = ""


class DeleteRun(Request):
    run_id: str


class RestoreRun(Request):
    run_id: str


class SearchRuns(Request):
    experiment_ids: list[str] = []
    filter: str = ""
    run_view_type: str = "ACTIVE_ONLY"
    max_results: int = 1000
    order_by: list[str] = []
    page_token: str = ""


class LogMetric(Request):
    run_id: str
    key: str
    value: float
    timestamp: int
    step: int = 0
    run_uuid: str = ""
    model_id: str | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None


class LogParam(Request):
    """`on_conflict` says what a param that already has another value does: "error", "overwrite" or "keep"."""

    run_id: str
    key: str
    value: str
    run_uuid: str = ""
    on_conflict: str | None = None


class SetTag(Request):
    run_id: str
    key: str
    value: str
    run_uuid: str = ""


class DeleteTag(Request):
    run_id: str
    key: str


class LogBatch(Request):
    """All or nothing; `on_conflict` as in LogParam."""

    run_id: str
    metrics: list[Metric] = []
    params: list[Param] = []
    tags: list[RunTag] = []
    on_conflict: str | None = None


class LogModel(Request):
    """`model_json` is the MLmodel file as JSON; it joins the list in the tag `mlflow.log-model.history`."""

    run_id: str
    model_json: str


class LogInputs(Request):
    run_id: str
    datasets: list[DatasetInput] = []
    models: list[ModelInput] = []


class LogOutputs(Request):
    run_id: str
    models: list[ModelOutput] = []


class GetMetricHistory(Request):
    """Points in the order they were logged; `max_results=None` is all of them in one page."""

    run_id: str
    metric_key: str
    page_token: str = ""
    max_results: int | None = None
    run_uuid: str = ""


class GetMetricHistoryBulkInterval(Request):
    run_ids: list[str]
    metric_key: str
    start_step: int | None = None
    end_step: int | None = None
    max_results: int | None = None


class ListArtifacts(Request):
    run_id: str = ""
    path: str = ""
    page_token: str = ""
    run_uuid: str = ""


# --- requests: logged models ------------------------------------------------------------------------------------------


class CreateLoggedModel(Request):
    experiment_id: str
    name: str = ""
    model_type: str | None = None
    source_run_id: str | None = None
    params: list[LoggedModelParameter] = []
    tags: list[LoggedModelTag] = []


class GetLoggedModel(Request):
    model_id: str


class FinalizeLoggedModel(Request):
    model_id: str
    status: str


class DeleteLoggedModel(Request):
    model_id: str


class LoggedModelDataset(Request):
    """Only models with a metric measured on this dataset."""

    dataset_name: str
    dataset_digest: str = ""


class LoggedModelOrder(Request):
    field_name: str
    ascending: bool = True
    dataset_name: str = ""
    dataset_digest: str = ""


class SearchLoggedModels(Request):
    experiment_ids: list[str] = []
    filter: str = ""
    datasets: list[LoggedModelDataset] = []
    max_results: int = 100
    order_by: list[LoggedModelOrder] = []
    page_token: str = ""


class SetLoggedModelTags(Request):
    model_id: str
    tags: list[LoggedModelTag] = []


class DeleteLoggedModelTag(Request):
    model_id: str
    tag_key: str


class LogLoggedModelParams(Request):
    model_id: str
    params: list[LoggedModelParameter] = []


class ListLoggedModelArtifacts(Request):
    model_id: str
    artifact_directory_path: str = ""
    page_token: str = ""


# --- requests: the registry -------------------------------------------------------------------------------------------


class CreateRegisteredModel(Request):
    name: str
    tags: list[RegisteredModelTag] = []
    description: str = ""


class GetRegisteredModel(Request):
    name: str


class RenameRegisteredModel(Request):
    name: str
    new_name: str


class UpdateRegisteredModel(Request):
    name: str
    description: str = ""


class DeleteRegisteredModel(Request):
    name: str


class SearchRegisteredModels(Request):
    filter: str = ""
    max_results: int = 100
    order_by: list[str] = []
    page_token: str = ""


class GetLatestVersions(Request):
    """The newest version per stage; without `stages`, of every stage that has one."""

    name: str
    stages: list[str] = []


class SetRegisteredModelTag(Request):
    name: str
    key: str
    value: str


class DeleteRegisteredModelTag(Request):
    name: str
    key: str


class SetRegisteredModelAlias(Request):
    name: str
    alias: str
    version: str


class DeleteRegisteredModelAlias(Request):
    name: str
    alias: str


class GetModelVersionByAlias(Request):
    name: str
    alias: str


class CreateModelVersion(Request):
    name: str
    source: str
    run_id: str = ""
    tags: list[ModelVersionTag] = []
    run_link: str = ""
    description: str = ""
    model_id: str | None = None


class GetModelVersion(Request):
    name: str
    version: str


class UpdateModelVersion(Request):
    name: str
    version: str
    description: str = ""


class DeleteModelVersion(Request):
    name: str
    version: str


class TransitionModelVersionStage(Request):
    """`stage` is None, Staging, Production or Archived, in any case."""

    name: str
    version: str
    stage: str
    archive_existing_versions: bool = False


class SearchModelVersions(Request):
    filter: str = ""
    max_results: int = 10_000
    order_by: list[str] = []
    page_token: str = ""


class GetModelVersionDownloadUri(Request):
    name: str
    version: str


class SetModelVersionTag(Request):
    name: str
    version: str
    key: str
    value: str


class DeleteModelVersionTag(Request):
    name: str
    version: str
    key: str


# --- replies ----------------------------------------------------------------------------------------------------------


class Empty(Reply):
    pass


class ExperimentId(Reply):
    experiment_id: str


class ExperimentReply(Reply):
    experiment: Experiment


class ExperimentPage(Reply):
    experiments: list[Experiment] = []
    next_page_token: str = ""


class DatasetSummaries(Reply):
    dataset_summaries: list[DatasetSummary] = []


class RunReply(Reply):
    run: Run


class RunInfoReply(Reply):
    run_info: RunInfo


class RunPage(Reply):
    runs: list[Run] = []
    next_page_token: str = ""


class MetricPage(Reply):
    metrics: list[Metric] = []
    next_page_token: str = ""


class ArtifactPage(Reply):
    root_uri: str = ""
    files: list[FileInfo] = []
    next_page_token: str = ""


class LoggedModelReply(Reply):
    model: LoggedModel


class LoggedModelPage(Reply):
    models: list[LoggedModel] = []
    next_page_token: str = ""


class RegisteredModelReply(Reply):
    registered_model: RegisteredModel


class RegisteredModelPage(Reply):
    registered_models: list[RegisteredModel] = []
    next_page_token: str = ""


class ModelVersionReply(Reply):
    model_version: ModelVersion


class ModelVersionPage(Reply):
    model_versions: list[ModelVersion] = []
    next_page_token: str = ""


class ModelVersionList(Reply):
    model_versions: list[ModelVersion] = []


class ArtifactUri(Reply):
    artifact_uri: str
