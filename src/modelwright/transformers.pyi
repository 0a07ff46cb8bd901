"""Transformers models. Save, log and load them, and log training automatically."""
# Made by tools/stubs.py.

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from modelwright.flavors.transformers.functions import generate_signature_output as generate_signature_output
from modelwright.flavors.transformers.functions import get_default_conda_env as get_default_conda_env
from modelwright.flavors.transformers.functions import get_default_pip_requirements as get_default_pip_requirements
from modelwright.flavors.transformers.functions import is_gpu_available as is_gpu_available
from modelwright.flavors.transformers.functions import persist_pretrained_model as persist_pretrained_model
from modelwright.models.mlmodel import Model, ModelInfo
from modelwright.models.signature import ModelSignature

FLAVOR_NAME: str

def save_model(
    transformers_model: Any,
    path: str | os.PathLike[str],
    processor: Any = None,
    task: str | None = None,
    torch_dtype: Any = None,
    model_card: Any = None,
    inference_config: Mapping[str, Any] | None = None,
    code_paths: Sequence[str | os.PathLike[str]] | None = None,
    mlflow_model: Model | None = None,
    signature: ModelSignature | bool | None = None,
    input_example: Any = None,
    pip_requirements: str | Iterable[str] | None = None,
    extra_pip_requirements: str | Iterable[str] | None = None,
    conda_env: str | os.PathLike[str] | Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    model_config: Mapping[str, Any] | None = None,
    example_no_conversion: bool | None = None,
    prompt_template: str | None = None,
    save_pretrained: bool = True,
    *,
    verify: bool | None = None,
    infer_code_paths: bool = False,
    extra_files: Sequence[str | os.PathLike[str]] | None = None,
) -> Model: ...
def log_model(
    transformers_model: Any,
    artifact_path: str | None = None,
    processor: Any = None,
    task: str | None = None,
    torch_dtype: Any = None,
    model_card: Any = None,
    inference_config: Mapping[str, Any] | None = None,
    code_paths: Sequence[str | os.PathLike[str]] | None = None,
    registered_model_name: str | None = None,
    signature: ModelSignature | bool | None = None,
    input_example: Any = None,
    await_registration_for: int | None = 300,
    pip_requirements: str | Iterable[str] | None = None,
    extra_pip_requirements: str | Iterable[str] | None = None,
    conda_env: str | os.PathLike[str] | Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    model_config: Mapping[str, Any] | None = None,
    example_no_conversion: bool | None = None,
    prompt_template: str | None = None,
    save_pretrained: bool = True,
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
) -> ModelInfo: ...
def load_model(
    model_uri: str,
    dst_path: str | None = None,
    return_type: Literal["pipeline", "components"] = "pipeline",
    device: Any = None,
    *,
    trust: bool | None = None,
    **kwargs: Any,
) -> Any: ...
def autolog(
    log_input_examples: bool = False,
    log_model_signatures: bool = False,
    log_models: bool = False,
    log_datasets: bool = False,
    disable: bool = False,
    exclusive: bool = False,
    disable_for_unsupported_versions: bool = False,
    silent: bool = False,
    extra_tags: Mapping[str, str] | None = None,
) -> None: ...
