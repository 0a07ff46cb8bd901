"""Models of any flavor as Python functions, and models of your own (`mlflow.pyfunc`)."""

from __future__ import annotations

from ..core import lazy

FLAVOR_NAME = "python_function"
MAIN = "loader_module"
CODE = "code"
DATA = "data"
ENV = "env"
MODEL_CONFIG = "config"
PY_VERSION = "python_version"


class EnvType:
    """Keys of the environment entry in an MLmodel file."""

    CONDA = "conda"
    VIRTUALENV = "virtualenv"


_FUNCTIONS = (
    "add_to_model", "get_default_conda_env", "get_default_pip_requirements", "get_model_dependencies", "load_model",
    "load_pyfunc", "log_model", "save_model",
)  # fmt: skip
_HERE = ("CODE", "DATA", "ENV", "FLAVOR_NAME", "MAIN", "MODEL_CONFIG", "PY_VERSION", "EnvType")
NAMES = {
    **{name: f"modelwright.api.pyfunc:{name}" for name in _HERE},
    **{name: f"modelwright.api.python_models:{name}" for name in _FUNCTIONS},
    "PyFuncModel": "modelwright.models.pyfunc:PyFuncModel",
    "PythonModel": "modelwright.models.python_model:PythonModel",
    "PythonModelContext": "modelwright.models.python_model:PythonModelContext",
    "model": "modelwright.models.python_model",
    "spark_udf": "modelwright.api.spark_udf:spark_udf",
}
__getattr__, __dir__ = lazy.attach(__name__, NAMES, "modelwright.core.absent:reason")
