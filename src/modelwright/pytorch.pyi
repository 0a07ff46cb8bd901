"""PyTorch models. Save, log and load them, and log training automatically."""
# Made by tools/stubs.py.

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from modelwright.autolog.pytorch.checkpoints import MlflowModelCheckpointCallback as MlflowModelCheckpointCallback
from modelwright.autolog.pytorch.watch import watch as watch
from modelwright.flavors.pytorch import pickle_module as pickle_module
from modelwright.flavors.pytorch.checkpoints import load_checkpoint as load_checkpoint
from modelwright.flavors.pytorch.flavor import Serialization
from modelwright.flavors.pytorch.state_dicts import load_state_dict as load_state_dict
from modelwright.flavors.pytorch.state_dicts import log_state_dict as log_state_dict
from modelwright.flavors.pytorch.state_dicts import save_state_dict as save_state_dict
from modelwright.models.mlmodel import Model, ModelInfo

FLAVOR_NAME: str
SERIALIZATION_FORMAT_PICKLE: str
SERIALIZATION_FORMAT_PT2: str

def save_model(
    pytorch_model: Any,
    path: str | os.PathLike[str],
    conda_env: str | os.PathLike[str] | Mapping[str, Any] | None = None,
    mlflow_model: Model | None = None,
    code_paths: Sequence[str | os.PathLike[str]] | None = None,
    pickle_module: Any = None,
    signature: Any = None,
    input_example: Any = None,
    requirements_file: str | None = None,
    extra_files: Sequence[str | os.PathLike[str]] | None = None,
    pip_requirements: str | Iterable[str] | None = None,
    extra_pip_requirements: str | Iterable[str] | None = None,
    metadata: Mapping[str, Any] | None = None,
    *,
    verify: bool | None = None,
    infer_code_paths: bool = False,
    serialization_format: Serialization = "pickle",
    export_model: bool = False,
    **kwargs: Any,
) -> Model: ...
def log_model(
    pytorch_model: Any,
    artifact_path: str | None = None,
    conda_env: str | os.PathLike[str] | Mapping[str, Any] | None = None,
    code_paths: Sequence[str | os.PathLike[str]] | None = None,
    pickle_module: Any = None,
    registered_model_name: str | None = None,
    signature: Any = None,
    input_example: Any = None,
    await_registration_for: int | None = 300,
    requirements_file: str | None = None,
    extra_files: Sequence[str | os.PathLike[str]] | None = None,
    pip_requirements: str | Iterable[str] | None = None,
    extra_pip_requirements: str | Iterable[str] | None = None,
    metadata: Mapping[str, Any] | None = None,
    *,
    verify: bool | None = None,
    infer_code_paths: bool = False,
    name: str | None = None,
    run_id: str | None = None,
    params: dict[str, Any] | None = None,
    tags: dict[str, Any] | None = None,
    model_type: str | None = None,
    step: int = 0,
    model_id: str | None = None,
    serialization_format: Serialization = "pickle",
    export_model: bool = False,
    **kwargs: Any,
) -> ModelInfo: ...
def load_model(
    model_uri: str,
    dst_path: str | None = None,
    *,
    trust: bool | None = None,
    map_location: Any = None,
    device: str | None = None,
    pickle_module: Any = None,
    **kwargs: Any,
) -> Any: ...
def get_default_pip_requirements(include_cloudpickle: bool = False) -> list[str]: ...
def get_default_conda_env(include_cloudpickle: bool = False) -> dict[str, Any]: ...
def autolog(
    log_every_n_epoch: int = 1,
    log_every_n_step: int | None = None,
    log_models: bool = True,
    log_datasets: bool = True,
    disable: bool = False,
    exclusive: bool = False,
    disable_for_unsupported_versions: bool = False,
    silent: bool = False,
    registered_model_name: str | None = None,
    extra_tags: Mapping[str, str] | None = None,
    checkpoint: bool = True,
    checkpoint_monitor: str = "val_loss",
    checkpoint_mode: str = "min",
    checkpoint_save_best_only: bool = True,
    checkpoint_save_weights_only: bool = False,
    checkpoint_save_freq: int | str = "epoch",
) -> None: ...
