"""Keras 3 models. Save, log and load them, and log training automatically."""
# Made by tools/stubs.py.

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from modelwright.autolog.keras_callbacks import MlflowCallback as MlflowCallback
from modelwright.autolog.keras_callbacks import MlflowCallback as _MLflowCallback
from modelwright.models.mlmodel import Model, ModelInfo
from modelwright.models.signature import ModelSignature

MLflowCallback = _MLflowCallback
FLAVOR_NAME: str

def save_model(
    model: Any,
    path: str | os.PathLike[str],
    save_exported_model: bool = False,
    conda_env: str | os.PathLike[str] | Mapping[str, Any] | None = None,
    mlflow_model: Model | None = None,
    signature: ModelSignature | bool | None = None,
    input_example: Any = None,
    pip_requirements: str | Iterable[str] | None = None,
    extra_pip_requirements: str | Iterable[str] | None = None,
    save_model_kwargs: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    *,
    code_paths: Sequence[str | os.PathLike[str]] | None = None,
    verify: bool | None = None,
    infer_code_paths: bool = False,
    extra_files: Sequence[str | os.PathLike[str]] | None = None,
) -> Model: ...
def log_model(
    model: Any,
    artifact_path: str | None = None,
    save_exported_model: bool = False,
    conda_env: str | os.PathLike[str] | Mapping[str, Any] | None = None,
    signature: ModelSignature | bool | None = None,
    input_example: Any = None,
    registered_model_name: str | None = None,
    await_registration_for: int | None = 300,
    pip_requirements: str | Iterable[str] | None = None,
    extra_pip_requirements: str | Iterable[str] | None = None,
    save_model_kwargs: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    *,
    code_paths: Sequence[str | os.PathLike[str]] | None = None,
    verify: bool | None = None,
    infer_code_paths: bool = False,
    extra_files: Sequence[str | os.PathLike[str]] | None = None,
    name: str | None = None,
    run_id: str | None = None,
    params: dict[str, Any] | None = None,
    tags: dict[str, Any] | None = None,
    model_type: str | None = None,
    step: int = 0,
    model_id: str | None = None,
) -> ModelInfo: ...
def load_model(
    model_uri: str,
    dst_path: str | None = None,
    custom_objects: Mapping[str, Any] | None = None,
    load_model_kwargs: Mapping[str, Any] | None = None,
    *,
    trust: bool | None = None,
) -> Any: ...
def get_default_pip_requirements(include_cloudpickle: bool = False) -> list[str]: ...
def get_default_conda_env(include_cloudpickle: bool = False) -> dict[str, Any]: ...
def autolog(
    log_every_epoch: bool = True,
    log_every_n_steps: int | None = None,
    log_models: bool = True,
    log_model_signatures: bool = True,
    save_exported_model: bool = False,
    log_datasets: bool = True,
    log_input_examples: bool = False,
    disable: bool = False,
    exclusive: bool = False,
    disable_for_unsupported_versions: bool = False,
    silent: bool = False,
    registered_model_name: str | None = None,
    save_model_kwargs: Mapping[str, Any] | None = None,
    extra_tags: Mapping[str, str] | None = None,
) -> None: ...
