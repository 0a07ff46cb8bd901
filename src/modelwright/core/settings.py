"""Every environment variable this package reads, once: name, type, default, one sentence."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from .errors import InvalidArgument

T = TypeVar("T")
ALL: dict[str, Setting[Any]] = {}


class Setting(Generic[T]):
    """One variable. `names` are tried in order: ours first, then MLflow's where one exists."""

    def __init__(self, *names: str, parse: Callable[[str], T], default: T, doc: str) -> None:
        self.names, self.parse, self.default, self.doc = names, parse, default, doc
        self._encoded = [os.environ.encodekey(name) for name in names]
        ALL[names[0]] = self

    def get(self) -> T:
        if not self._present():
            return self.default
        for name in self.names:
            raw = os.environ.get(name)
            if raw is None or raw == "":
                continue
            try:
                return self.parse(raw)
            except ValueError as error:
                raise InvalidArgument(f"{name}={raw!r} cannot be used: {error}") from error
        return self.default

    def _present(self) -> bool:
        """Whether one of the names is set: asked of the dictionary behind os.environ, which raises nothing inside."""
        known = getattr(os.environ, "_data", None)
        return known is None or any(map(known.__contains__, self._encoded))

    @property
    def given(self) -> bool:
        return any(os.environ.get(name) for name in self.names)


def flag(raw: str) -> bool:
    """true/1/yes/on or false/0/no/off, in any case."""
    word = raw.strip().lower()
    if word in ("true", "1", "yes", "on"):
        return True
    if word in ("false", "0", "no", "off"):
        return False
    raise ValueError("expected true or false")


def one_of(*words: str) -> Callable[[str], str]:
    def parse(raw: str) -> str:
        if raw.lower() not in words:
            raise ValueError(f"expected one of {', '.join(words)}")
        return raw.lower()

    return parse


TRACKING_URI = Setting(
    "MODELWRIGHT_TRACKING_URI", "MLFLOW_TRACKING_URI", parse=str, default="",
    doc="Where runs live: a directory, or sqlite:///path/store.db. Default: ./mwruns.",
)  # fmt: skip
REGISTRY_URI = Setting(
    "MODELWRIGHT_REGISTRY_URI", "MLFLOW_REGISTRY_URI", parse=str, default="",
    doc="Where registered models live: a directory, or sqlite:///path/store.db. Default: the tracking URI.",
)  # fmt: skip
EXPERIMENT_NAME = Setting(
    "MODELWRIGHT_EXPERIMENT_NAME", "MLFLOW_EXPERIMENT_NAME", parse=str, default="",
    doc="The experiment that new runs join when none is set in code.",
)  # fmt: skip
EXPERIMENT_ID = Setting(
    "MODELWRIGHT_EXPERIMENT_ID", "MLFLOW_EXPERIMENT_ID", parse=str, default="",
    doc="The same, by id; the name wins when both are given.",
)  # fmt: skip
RUN_ID = Setting(
    "MODELWRIGHT_RUN_ID", "MLFLOW_RUN_ID", parse=str, default="",
    doc="The run that the first start_run() resumes.",
)  # fmt: skip
TRUST = Setting(
    "MODELWRIGHT_TRUST", parse=one_of("all", "store", "none"), default="store",
    doc="Which models may run code while loading: all, store (what the tracking store or this user wrote), or none, "
    "whatever the program says.",
)  # fmt: skip
VERIFY_BYTES = Setting(
    "MODELWRIGHT_VERIFY_BYTES", parse=int, default=64 * 2**20,
    doc="A model up to this many bytes is loaded back when it is logged, to see that it can be.",
)  # fmt: skip
ASYNC_LOGGING = Setting(
    "MODELWRIGHT_ENABLE_ASYNC_LOGGING", "MLFLOW_ENABLE_ASYNC_LOGGING", parse=flag, default=False,
    doc="Whether log_metric and its kin return before the store has written.",
)  # fmt: skip
SYSTEM_METRICS = Setting(
    "MODELWRIGHT_ENABLE_SYSTEM_METRICS_LOGGING", "MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING", parse=flag, default=False,
    doc="Whether every run samples CPU, memory, disk and network use.",
)  # fmt: skip
RUN_CONTEXT = Setting(
    "MODELWRIGHT_RUN_CONTEXT", "MLFLOW_RUN_CONTEXT", parse=str, default="",
    doc="A JSON object of tags that every new run gets.",
)  # fmt: skip
ACTIVE_MODEL_ID = Setting(
    "MODELWRIGHT_ACTIVE_MODEL_ID", "MLFLOW_ACTIVE_MODEL_ID", parse=str, default="",
    doc="The logged model that metrics are linked to when none is set in code.",
)  # fmt: skip
SYSTEM_METRICS_INTERVAL = Setting(
    "MODELWRIGHT_SYSTEM_METRICS_SAMPLING_INTERVAL", "MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL",
    parse=float, default=10.0,
    doc="Seconds between two samples of the machine.",
)  # fmt: skip
SYSTEM_METRICS_SAMPLES = Setting(
    "MODELWRIGHT_SYSTEM_METRICS_SAMPLES_BEFORE_LOGGING", "MLFLOW_SYSTEM_METRICS_SAMPLES_BEFORE_LOGGING",
    parse=int, default=1, doc="How many samples are averaged into one point.",
)  # fmt: skip
SYSTEM_METRICS_NODE = Setting(
    "MODELWRIGHT_SYSTEM_METRICS_NODE_ID", "MLFLOW_SYSTEM_METRICS_NODE_ID", parse=str, default="",
    doc="The name of this machine in the keys of its system metrics, where several write to one run.",
)  # fmt: skip
PREDICTION_DEVICE = Setting(
    "MODELWRIGHT_DEFAULT_PREDICTION_DEVICE", "MLFLOW_DEFAULT_PREDICTION_DEVICE", parse=str, default="",
    doc="Where neural networks are loaded to predict, such as cpu, cuda or the number of a GPU.",
)  # fmt: skip
TRANSFORMERS_DEVICE_MAP = Setting(
    "MODELWRIGHT_HUGGINGFACE_USE_DEVICE_MAP", "MLFLOW_HUGGINGFACE_USE_DEVICE_MAP", parse=flag, default=False,
    doc="Whether accelerate spreads the weights of a transformers model over the devices there are.",
)  # fmt: skip
TRANSFORMERS_DEVICE_STRATEGY = Setting(
    "MODELWRIGHT_HUGGINGFACE_DEVICE_MAP_STRATEGY", "MLFLOW_HUGGINGFACE_DEVICE_MAP_STRATEGY", parse=str, default="auto",
    doc="How it spreads them: auto, balanced, balanced_low_0 or sequential.",
)  # fmt: skip
TRANSFORMERS_SHARD_SIZE = Setting(
    "MODELWRIGHT_HUGGINGFACE_MODEL_MAX_SHARD_SIZE", "MLFLOW_HUGGINGFACE_MODEL_MAX_SHARD_SIZE", parse=str,
    default="500MB", doc="The size of the files that the weights of a transformers model are divided into.",
)  # fmt: skip
DFS_TMP = Setting(
    "MODELWRIGHT_DFS_TMP", "MLFLOW_DFS_TMP", parse=str, default="/tmp/mlflow",
    doc="Where a Spark cluster's driver and executors put models while they are saved and loaded.",
)  # fmt: skip
AUTOLOG_SPARK_BYTES = Setting(
    "MODELWRIGHT_AUTOLOG_SPARK_BYTES", parse=int, default=2**30,
    doc="A Spark model of more than this many bytes is not logged by autolog; the run's tag autolog.reason says so.",
)  # fmt: skip
SAFE_COPY_BYTES = Setting(
    "MODELWRIGHT_SAFE_COPY_BYTES", parse=int, default=2**20,
    doc="A pickled model of more than this many bytes gets no skops copy beside it unless safe_copy=True asks for one.",
)  # fmt: skip
ON_CONFLICT = Setting(
    "MODELWRIGHT_PARAM_CONFLICT", parse=one_of("error", "overwrite", "keep"), default="error",
    doc="What logging a param again with another value does: error, overwrite, or keep the first.",
)  # fmt: skip
ENV_ROOT = Setting(
    "MODELWRIGHT_ENV_ROOT", "MLFLOW_ENV_ROOT", parse=str, default="",
    doc="Where the environments that are built for models are kept. Default: modelwright/envs in the user's cache.",
)  # fmt: skip
CONDA_HOME = Setting(
    "MODELWRIGHT_CONDA_HOME", "MLFLOW_CONDA_HOME", parse=str, default="",
    doc="The folder of the conda to use, with bin/conda in it. Default: the one on the PATH.",
)  # fmt: skip
SERVING_TIMEOUT = Setting(
    "MODELWRIGHT_SCORING_SERVER_REQUEST_TIMEOUT", "MLFLOW_SCORING_SERVER_REQUEST_TIMEOUT", parse=float, default=60.0,
    doc="Seconds that a server lets a prediction take where --timeout does not say.",
)  # fmt: skip
DEPLOYMENTS_TARGET = Setting(
    "MODELWRIGHT_DEPLOYMENTS_TARGET", "MLFLOW_DEPLOYMENTS_TARGET", parse=str, default="",
    doc="Where get_deploy_client() deploys to when it is not told: local, or what a plug-in knows.",
)  # fmt: skip
PREDICT_TIMEOUT = Setting(
    "MODELWRIGHT_DEPLOYMENT_PREDICT_TIMEOUT", "MLFLOW_DEPLOYMENT_PREDICT_TIMEOUT", parse=float, default=120.0,
    doc="Seconds that a deployments client waits for a prediction.",
)  # fmt: skip
