"""`mlflow.utils.mlflow_tags` and `mlflow.utils.validation`: tag names and limits that user code and callbacks read."""

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
}
globals().update({name: f"mlflow.{tail}" for name, tail in _TAGS.items()})

MAX_PARAMS_TAGS_PER_BATCH = 100
MAX_METRICS_PER_BATCH = 1000
MAX_ENTITIES_PER_BATCH = 1000
MAX_PARAM_VAL_LENGTH = 6000
MAX_TAG_VAL_LENGTH = 5000
MAX_EXPERIMENT_NAME_LENGTH = 500
MAX_ENTITY_KEY_LENGTH = 250
