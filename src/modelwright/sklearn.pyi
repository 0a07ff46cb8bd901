"""scikit-learn models. Save, log and load them, and log training automatically."""
# Made by tools/stubs.py.

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from modelwright.flavors.sklearn import Format, PredictFn
from modelwright.models.mlmodel import Model, ModelInfo
from modelwright.models.signature import ModelSignature

FLAVOR_NAME: str
SERIALIZATION_FORMAT_PICKLE: str
SERIALIZATION_FORMAT_CLOUDPICKLE: str
SUPPORTED_SERIALIZATION_FORMATS: list[str]

def save_model(
    sk_model: Any,
    path: str | os.PathLike[str],
    conda_env: str | os.PathLike[str] | Mapping[str, Any] | None = None,
    code_paths: Sequence[str | os.PathLike[str]] | None = None,
    mlflow_model: Model | None = None,
    serialization_format: Format = "cloudpickle",
    signature: ModelSignature | bool | None = None,
    input_example: Any = None,
    pip_requirements: str | Iterable[str] | None = None,
    extra_pip_requirements: str | Iterable[str] | None = None,
    pyfunc_predict_fn: PredictFn = "predict",
    metadata: Mapping[str, Any] | None = None,
    *,
    verify: bool | None = None,
    infer_code_paths: bool = False,
    extra_files: Sequence[str | os.PathLike[str]] | None = None,
    skops_trusted_types: Sequence[str] | None = None,
    safe_copy: bool | None = None,
) -> Model: ...
def log_model(
    sk_model: Any,
    artifact_path: str | None = None,
    conda_env: str | os.PathLike[str] | Mapping[str, Any] | None = None,
    code_paths: Sequence[str | os.PathLike[str]] | None = None,
    serialization_format: Format = "cloudpickle",
    registered_model_name: str | None = None,
    signature: ModelSignature | bool | None = None,
    input_example: Any = None,
    await_registration_for: int | None = 300,
    pip_requirements: str | Iterable[str] | None = None,
    extra_pip_requirements: str | Iterable[str] | None = None,
    pyfunc_predict_fn: PredictFn = "predict",
    metadata: Mapping[str, Any] | None = None,
    *,
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
    skops_trusted_types: Sequence[str] | None = None,
    safe_copy: bool | None = None,
) -> ModelInfo: ...
def load_model(
    model_uri: str,
    dst_path: str | None = None,
    *,
    trust: bool | None = None,
    skops_trusted_types: Sequence[str] | None = None,
) -> Any: ...
def get_default_pip_requirements(include_cloudpickle: bool = False) -> list[str]: ...
def get_default_conda_env(include_cloudpickle: bool = False) -> dict[str, Any]: ...
def autolog(
    log_input_examples: bool = False,
    log_model_signatures: bool = True,
    log_models: bool = True,
    log_datasets: bool = True,
    disable: bool = False,
    exclusive: bool = False,
    disable_for_unsupported_versions: bool = False,
    silent: bool = False,
    max_tuning_runs: int | None = 5,
    log_post_training_metrics: bool = True,
    serialization_format: str = "cloudpickle",
    registered_model_name: str | None = None,
    pos_label: Any = None,
    extra_tags: Mapping[str, str] | None = None,
) -> None: ...
