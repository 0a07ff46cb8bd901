"""Models of your own, and loading a model of any flavor to predict: the functions of `mlflow.pyfunc`."""

from __future__ import annotations

import inspect
import platform
import warnings
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from ..models import env, load, save
from ..models.mlmodel import PYFUNC, Model
from ..models.pyfunc import PyFuncModel
from ..tracking import log_model as logging
from ..tracking import resolve
from . import functions, modules

_FLAVOR = load.flavor("pyfunc")


def _said() -> None:
    """What differs from other flavors.

    Args:
        python_model: An instance of a class derived from PythonModel, a function of the data, or the path of a file
            that calls `set_model`.
        path: The directory to make; it may exist, empty.
    """


def _save(options: dict[str, Any]) -> Model:
    path = options.pop("path")
    return save.save_model(_FLAVOR, options.pop("python_model", None), path, **options)


def _log(options: dict[str, Any]) -> Any:
    path = options.pop("artifact_path", None)
    return logging.log_model(_FLAVOR, options.pop("python_model", None), path, **options)


_MODEL = inspect.Parameter("python_model", inspect.Parameter.KEYWORD_ONLY, default=None, annotation="Any")
_SAVED = {**modules.keywords(save.save_model, every=True), **modules.keywords(_FLAVOR.save), "python_model": _MODEL}
_LOGGED = {**_SAVED, **modules.keywords(logging.log_model)}
_LOGGED.pop("mlflow_model")
_SOURCES = (save.save_model, _FLAVOR.save, _said)

_save_signature = functions.ordered([functions.first("path", annotation="str | os.PathLike[str]")], _FLAVOR.save_order,
                                  _SAVED, returns="Model")  # fmt: skip
save_model = functions.public(
    "save_model",
    _save_signature,
    _save,
    modules.describe(
        "Save a model of your own to a new directory: a PythonModel, a function, a file, or a loader module.",
        _save_signature,
        None,
        *_SOURCES,
    ),
)
_log_signature = functions.ordered([functions.first("artifact_path", default=None, annotation="str | None")],
                                 _FLAVOR.log_order, _LOGGED, returns="ModelInfo")  # fmt: skip
log_model = functions.public(
    "log_model",
    _log_signature,
    _log,
    modules.describe(
        "Log a model of your own to the active run: a PythonModel, a function, a file, or a loader module.",
        _log_signature,
        None,
        *_SOURCES,
        logging.log_model,
    ),
)


def load_model(
    model_uri: str,
    suppress_warnings: bool = False,
    dst_path: str | None = None,
    model_config: str | Path | dict[str, Any] | None = None,
    *,
    trust: bool | None = None,
) -> PyFuncModel:
    """A model of any flavor, ready to predict.

    Args:
        model_uri: `runs:/run/path`, `models:/name/version`, `models:/name@alias`, `models:/m-…`, or a path.
        suppress_warnings: Keep warnings about the model quiet while it loads.
        dst_path: A directory to copy the model into; without one, what lies on this machine is used where it is.
        model_config: New values for keys of the configuration it was saved with; a dictionary or a YAML file.
        trust: True to allow code from the model to run, False to refuse it; None leaves it to MODELWRIGHT_TRUST.

    Raises:
        NotFound: No such model, or one that cannot be scored.
        CorruptModel: A file is missing, changed or leads out of the directory.
        UntrustedModel: Loading would run code that nobody allowed.

    >>> import modelwright, tempfile
    >>> path = tempfile.mkdtemp() + "/double"
    >>> _ = modelwright.pyfunc.save_model(path, python_model=lambda model_input: [2 * x for x in model_input],
    ...                                   pip_requirements=[])
    >>> modelwright.pyfunc.load_model(path).predict([1, 2])
    [2, 4]
    """
    found = resolve.local_path(model_uri, dst_path=dst_path)
    with warnings.catch_warnings(action="ignore") if suppress_warnings else nullcontext():
        return load.load_pyfunc(found.path, origin=found.origin, trust=trust, model_config=model_config)


def load_pyfunc(model_uri: str, suppress_warnings: bool = False) -> PyFuncModel:
    """The older spelling of `load_model`.

    Args:
        model_uri: As in `load_model`.
        suppress_warnings: As in `load_model`.
    """
    warnings.warn("load_pyfunc is deprecated; use load_model", FutureWarning, stacklevel=2)
    return load_model(model_uri, suppress_warnings)


def add_to_model(
    model: Model,
    loader_module: str,
    data: str | None = None,
    code: str | None = None,
    conda_env: str | None = None,
    python_env: str | None = None,
    model_config: dict[str, Any] | None = None,
    model_code_path: str | None = None,
    **kwargs: Any,
) -> Model:
    """Record in an MLmodel how a model of a flavor of your own is loaded as a Python function.

    Args:
        model: The MLmodel content to add to.
        loader_module: The module whose `_load_pyfunc(data_path)` returns the model.
        data: What that function is given, relative to the model directory.
        code: The folder of the modules the model carries.
        conda_env: The name of the conda environment file.
        python_env: The name of the Python environment file.
        model_config: The model's configuration.
        model_code_path: The file that is the model.
        **kwargs: Further keys.

    >>> add_to_model(Model(), "my_loader", data="data").flavors["python_function"]["loader_module"]
    'my_loader'
    """
    files = {key: value for key, value in (("conda", conda_env), ("virtualenv", python_env)) if value}
    optional = {"data": data, "code": code, "env": files, "config": model_config, "model_code_path": model_code_path}
    given = {key: value for key, value in optional.items() if value}
    return model.add_flavor(
        PYFUNC, **kwargs, loader_module=loader_module, python_version=platform.python_version(), **given
    )


def get_model_dependencies(model_uri: str, format: str = "pip") -> str:
    """The path of the file that lists what a model needs, for `pip install -r` or `conda env create -f`.

    Args:
        model_uri: As in `load_model`.
        format: "pip" or "conda".

    Raises:
        InvalidArgument: Another format.
        NotFound: The model has no such file.
    """
    return str(env.dependencies(resolve.local_path(model_uri).path, format))


get_default_pip_requirements, get_default_conda_env = modules.defaults(_FLAVOR)
