"""Tag names, limits and stages that user code and callbacks read, from `mlflow.utils`, `mlflow.store` and others."""

from __future__ import annotations

_TAGS = {
    "MLFLOW_RUN_NAME": "runName",
    "MLFLOW_RUN_NOTE": "note.content",
    "MLFLOW_PARENT_RUN_ID": "parentRunId",
    "MLFLOW_USER": "user",
    "MLFLOW_SOURCE_TYPE": "source.type",
    "MLFLOW_SOURCE_NAME": "source.name",
    "MLFLOW_GIT_COMMIT": "source.git.commit",
    "MLFLOW_GIT_BRANCH": "source.git.branch",
    "MLFLOW_GIT_REPO_URL": "source.git.repoURL",
    "MLFLOW_LOGGED_MODELS": "log-model.history",
    "MLFLOW_LOGGED_ARTIFACTS": "loggedArtifacts",
    "MLFLOW_LOGGED_IMAGES": "loggedImages",
    "MLFLOW_AUTOLOGGING": "autologging",
    "MLFLOW_DATASET_CONTEXT": "data.context",
    "MLFLOW_EXPERIMENT_SOURCE_ID": "experiment.sourceId",
    "MLFLOW_EXPERIMENT_SOURCE_TYPE": "experiment.sourceType",
    "MLFLOW_EXPERIMENT_PRIMARY_METRIC_NAME": "experiment.primaryMetric.name",
    "MLFLOW_EXPERIMENT_PRIMARY_METRIC_GREATER_IS_BETTER": "experiment.primaryMetric.greaterIsBetter",
    "MLFLOW_ARTIFACT_LOCATION": "artifactLocation",
    "MLFLOW_PROJECT_ENTRY_POINT": "project.entryPoint",
}
globals().update({name: f"mlflow.{tail}" for name, tail in _TAGS.items()})

MAX_PARAMS_TAGS_PER_BATCH = 100
MAX_METRICS_PER_BATCH = 1000
MAX_ENTITIES_PER_BATCH = 1000
MAX_PARAM_VAL_LENGTH = 6000
MAX_TAG_VAL_LENGTH = 5000
MAX_EXPERIMENT_NAME_LENGTH = 500
MAX_ENTITY_KEY_LENGTH = 250
SEARCH_MAX_RESULTS_DEFAULT = 1000
SEARCH_MAX_RESULTS_THRESHOLD = 50000
DEFAULT_EXPERIMENT_ID = "0"
STAGE_NONE, STAGE_STAGING, STAGE_PRODUCTION, STAGE_ARCHIVED = "None", "Staging", "Production", "Archived"
ALL_STAGES = [STAGE_NONE, STAGE_STAGING, STAGE_PRODUCTION, STAGE_ARCHIVED]
STAGE_DELETED_INTERNAL = "Deleted_Internal"
DEFAULT_STAGES_FOR_GET_LATEST_VERSIONS = [STAGE_STAGING, STAGE_PRODUCTION]
