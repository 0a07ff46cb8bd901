"""Models of any flavor as Python functions, and models of your own (`mlflow.pyfunc`)."""
# Made by tools/stubs.py.

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from modelwright.api.pyfunc import CODE as CODE
from modelwright.api.pyfunc import DATA as DATA
from modelwright.api.pyfunc import ENV as ENV
from modelwright.api.pyfunc import FLAVOR_NAME as FLAVOR_NAME
from modelwright.api.pyfunc import MAIN as MAIN
from modelwright.api.pyfunc import MODEL_CONFIG as MODEL_CONFIG
from modelwright.api.pyfunc import PY_VERSION as PY_VERSION
from modelwright.api.pyfunc import EnvType as EnvType
from modelwright.api.python_models import add_to_model as add_to_model
from modelwright.api.python_models import get_default_conda_env as get_default_conda_env
from modelwright.api.python_models import get_default_pip_requirements as get_default_pip_requirements
from modelwright.api.python_models import get_model_dependencies as get_model_dependencies
from modelwright.api.python_models import load_model as load_model
from modelwright.api.python_models import load_pyfunc as load_pyfunc
from modelwright.api.spark_udf import spark_udf as spark_udf
from modelwright.models import python_model as _model
from modelwright.models.mlmodel import Model, ModelInfo
from modelwright.models.pyfunc import PyFuncModel as PyFuncModel
from modelwright.models.python_model import PythonModel as PythonModel
from modelwright.models.python_model import PythonModelContext as PythonModelContext
from modelwright.models.signature import ModelSignature

def log_model(
    artifact_path: str | None = None,
    loader_module: str | None = None,
    data_path: str | os.PathLike[str] | None = None,
    code_path: Sequence[str | os.PathLike[str]] | None = None,
    code_paths: Sequence[str | os.PathLike[str]] | None = None,
    infer_code_paths: bool = False,
    conda_env: str | os.PathLike[str] | Mapping[str, Any] | None = None,
    python_model: Any = None,
    artifacts: Mapping[str, str] | None = None,
    registered_model_name: str | None = None,
    signature: ModelSignature | bool | None = None,
    input_example: Any = None,
    await_registration_for: int | None = 300,
    pip_requirements: str | Iterable[str] | None = None,
    extra_pip_requirements: str | Iterable[str] | None = None,
    metadata: Mapping[str, Any] | None = None,
    model_config: str | os.PathLike[str] | Mapping[str, Any] | None = None,
    example_no_conversion: bool | None = None,
    streamable: bool | None = None,
    resources: Any = None,
    *,
    verify: bool | None = None,
    extra_files: Sequence[str | os.PathLike[str]] | None = None,
    name: str | None = None,
    run_id: str | None = None,
    params: dict[str, Any] | None = None,
    tags: dict[str, Any] | None = None,
    model_type: str | None = None,
    step: int = 0,
    model_id: str | None = None,
) -> ModelInfo: ...
def save_model(
    path: str | os.PathLike[str],
    loader_module: str | None = None,
    data_path: str | os.PathLike[str] | None = None,
    code_path: Sequence[str | os.PathLike[str]] | None = None,
    code_paths: Sequence[str | os.PathLike[str]] | None = None,
    infer_code_paths: bool = False,
    conda_env: str | os.PathLike[str] | Mapping[str, Any] | None = None,
    mlflow_model: Model | None = None,
    python_model: Any = None,
    artifacts: Mapping[str, str] | None = None,
    signature: ModelSignature | bool | None = None,
    input_example: Any = None,
    pip_requirements: str | Iterable[str] | None = None,
    extra_pip_requirements: str | Iterable[str] | None = None,
    metadata: Mapping[str, Any] | None = None,
    model_config: str | os.PathLike[str] | Mapping[str, Any] | None = None,
    example_no_conversion: bool | None = None,
    streamable: bool | None = None,
    resources: Any = None,
    *,
    verify: bool | None = None,
    extra_files: Sequence[str | os.PathLike[str]] | None = None,
) -> Model: ...

model = _model
