"""What can be asked of a store of runs or a registry, as one table: MLflow's REST calls, each a method of the stores.

`operation` is the store's method; method and path are those of MLflow's server, which nothing here serves yet.
To add a call: two structs in messages.py, one row here, one method in the store's base class; the tests then name every
store that lacks it.
"""

from __future__ import annotations

from typing import NamedTuple

from . import messages as m

PREFIX = "/api/2.0/mlflow"


class Endpoint(NamedTuple):
    """One call. `path` is relative to PREFIX; `{name}` in it is a field of the request."""

    operation: str
    method: str
    path: str
    request: type[m.Request]
    reply: type[m.Reply]


# fmt: off
RUNS = (
    Endpoint("create_experiment", "POST", "experiments/create", m.CreateExperiment, m.ExperimentId),
    Endpoint("get_experiment", "GET", "experiments/get", m.GetExperiment, m.ExperimentReply),
    Endpoint("get_experiment_by_name", "GET", "experiments/get-by-name", m.GetExperimentByName, m.ExperimentReply),
    Endpoint("search_experiments", "POST", "experiments/search", m.SearchExperiments, m.ExperimentPage),
    Endpoint("update_experiment", "POST", "experiments/update", m.UpdateExperiment, m.Empty),
    Endpoint("delete_experiment", "POST", "experiments/delete", m.DeleteExperiment, m.Empty),
    Endpoint("restore_experiment", "POST", "experiments/restore", m.RestoreExperiment, m.Empty),
    Endpoint("set_experiment_tag", "POST", "experiments/set-experiment-tag", m.SetExperimentTag, m.Empty),
    Endpoint("delete_experiment_tag", "POST", "experiments/delete-experiment-tag", m.DeleteExperimentTag, m.Empty),
    Endpoint("search_datasets", "POST", "experiments/search-datasets", m.SearchDatasets, m.DatasetSummaries),
    Endpoint("create_run", "POST", "runs/create", m.CreateRun, m.RunReply),
    Endpoint("get_run", "GET", "runs/get", m.GetRun, m.RunReply),
    Endpoint("update_run", "POST", "runs/update", m.UpdateRun, m.RunInfoReply),
    Endpoint("delete_run", "POST", "runs/delete", m.DeleteRun, m.Empty),
    Endpoint("restore_run", "POST", "runs/restore", m.RestoreRun, m.Empty),
    Endpoint("search_runs", "POST", "runs/search", m.SearchRuns, m.RunPage),
    Endpoint("log_batch", "POST", "runs/log-batch", m.LogBatch, m.Empty),
    Endpoint("log_metric", "POST", "runs/log-metric", m.LogMetric, m.Empty),
    Endpoint("log_param", "POST", "runs/log-parameter", m.LogParam, m.Empty),
    Endpoint("set_tag", "POST", "runs/set-tag", m.SetTag, m.Empty),
    Endpoint("delete_tag", "POST", "runs/delete-tag", m.DeleteTag, m.Empty),
    Endpoint("log_model", "POST", "runs/log-model", m.LogModel, m.Empty),
    Endpoint("log_inputs", "POST", "runs/log-inputs", m.LogInputs, m.Empty),
    Endpoint("log_outputs", "POST", "runs/outputs", m.LogOutputs, m.Empty),
    Endpoint("get_metric_history", "GET", "metrics/get-history", m.GetMetricHistory, m.MetricPage),
    Endpoint("get_metric_history_bulk_interval", "GET", "metrics/get-history-bulk-interval", m.GetMetricHistoryBulkInterval, m.MetricPage),  # noqa: E501
    Endpoint("create_logged_model", "POST", "logged-models", m.CreateLoggedModel, m.LoggedModelReply),
    Endpoint("get_logged_model", "GET", "logged-models/{model_id}", m.GetLoggedModel, m.LoggedModelReply),
    Endpoint("finalize_logged_model", "PATCH", "logged-models/{model_id}", m.FinalizeLoggedModel, m.LoggedModelReply),
    Endpoint("delete_logged_model", "DELETE", "logged-models/{model_id}", m.DeleteLoggedModel, m.Empty),
    Endpoint("search_logged_models", "POST", "logged-models/search", m.SearchLoggedModels, m.LoggedModelPage),
    Endpoint("set_logged_model_tags", "PATCH", "logged-models/{model_id}/tags", m.SetLoggedModelTags, m.LoggedModelReply),  # noqa: E501
    Endpoint("delete_logged_model_tag", "DELETE", "logged-models/{model_id}/tags/{tag_key}", m.DeleteLoggedModelTag, m.Empty),  # noqa: E501
    Endpoint("log_logged_model_params", "POST", "logged-models/{model_id}/params", m.LogLoggedModelParams, m.Empty),
)

REGISTRY = (
    Endpoint("create_registered_model", "POST", "registered-models/create", m.CreateRegisteredModel, m.RegisteredModelReply),  # noqa: E501
    Endpoint("get_registered_model", "GET", "registered-models/get", m.GetRegisteredModel, m.RegisteredModelReply),
    Endpoint("rename_registered_model", "POST", "registered-models/rename", m.RenameRegisteredModel, m.RegisteredModelReply),  # noqa: E501
    Endpoint("update_registered_model", "PATCH", "registered-models/update", m.UpdateRegisteredModel, m.RegisteredModelReply),  # noqa: E501
    Endpoint("delete_registered_model", "DELETE", "registered-models/delete", m.DeleteRegisteredModel, m.Empty),
    Endpoint("search_registered_models", "GET", "registered-models/search", m.SearchRegisteredModels, m.RegisteredModelPage),  # noqa: E501
    Endpoint("get_latest_versions", "POST", "registered-models/get-latest-versions", m.GetLatestVersions, m.ModelVersionList),  # noqa: E501
    Endpoint("set_registered_model_tag", "POST", "registered-models/set-tag", m.SetRegisteredModelTag, m.Empty),
    Endpoint("delete_registered_model_tag", "DELETE", "registered-models/delete-tag", m.DeleteRegisteredModelTag, m.Empty),  # noqa: E501
    Endpoint("set_registered_model_alias", "POST", "registered-models/alias", m.SetRegisteredModelAlias, m.Empty),
    Endpoint("delete_registered_model_alias", "DELETE", "registered-models/alias", m.DeleteRegisteredModelAlias, m.Empty),  # noqa: E501
    Endpoint("get_model_version_by_alias", "GET", "registered-models/alias", m.GetModelVersionByAlias, m.ModelVersionReply),  # noqa: E501
    Endpoint("create_model_version", "POST", "model-versions/create", m.CreateModelVersion, m.ModelVersionReply),
    Endpoint("get_model_version", "GET", "model-versions/get", m.GetModelVersion, m.ModelVersionReply),
    Endpoint("update_model_version", "PATCH", "model-versions/update", m.UpdateModelVersion, m.ModelVersionReply),
    Endpoint("delete_model_version", "DELETE", "model-versions/delete", m.DeleteModelVersion, m.Empty),
    Endpoint("transition_model_version_stage", "POST", "model-versions/transition-stage", m.TransitionModelVersionStage, m.ModelVersionReply),  # noqa: E501
    Endpoint("search_model_versions", "GET", "model-versions/search", m.SearchModelVersions, m.ModelVersionPage),
    Endpoint("get_model_version_download_uri", "GET", "model-versions/get-download-uri", m.GetModelVersionDownloadUri, m.ArtifactUri),  # noqa: E501
    Endpoint("set_model_version_tag", "POST", "model-versions/set-tag", m.SetModelVersionTag, m.Empty),
    Endpoint("delete_model_version_tag", "DELETE", "model-versions/delete-tag", m.DeleteModelVersionTag, m.Empty),
)

ARTIFACTS = (
    Endpoint("list_artifacts", "GET", "artifacts/list", m.ListArtifacts, m.ArtifactPage),
    Endpoint("list_logged_model_artifacts", "GET", "logged-models/{model_id}/artifacts/directories", m.ListLoggedModelArtifacts, m.ArtifactPage),  # noqa: E501
)

ALSO = {("POST", "registered-models/get-latest-versions"): "GET", ("POST", "experiments/search"): "GET"}
"""Second methods under which MLflow's clients send the same call."""
# fmt: on
