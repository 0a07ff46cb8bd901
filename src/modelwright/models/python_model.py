"""Models that are plain Python: the class users derive from, functions, and files that are the model."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from ..core.errors import CorruptModel, InvalidArgument


class PythonModelContext:
    """What a Python model may use: its artifacts and its configuration.

    Args:
        artifacts: Name → path of the artifact's file or directory on this machine.
        model_config: The configuration the model was saved with, with the caller's changes.

    >>> PythonModelContext({"encoder": "/models/encoder.pkl"}, {"top": 3}).model_config
    {'top': 3}
    """

    def __init__(self, artifacts: Mapping[str, str] | None, model_config: Mapping[str, Any] | None) -> None:
        self._artifacts, self._model_config = artifacts, model_config

    @property
    def artifacts(self) -> Any:
        """Name → absolute path of each artifact."""
        return self._artifacts

    @property
    def model_config(self) -> Any:
        """The model's configuration."""
        return self._model_config


class PythonModel:
    """A model of your own: derive from it, implement `predict`, and hand an instance to `pyfunc.log_model`.

    >>> class Doubles(PythonModel):
    ...     def predict(self, context, model_input, params=None):
    ...         return [2 * x for x in model_input]
    >>> Doubles().predict(None, [1, 2])
    [2, 4]
    """

    def load_context(self, context: PythonModelContext) -> None:
        """Read the artifacts that `predict` needs; called once, when the model is loaded."""

    def predict(self, context: PythonModelContext | None, model_input: Any, params: Any = None) -> Any:
        """The predictions for `model_input`.

        Args:
            context: The artifacts and configuration. A method without this argument is called without it.
            model_input: The data, as the signature describes it.
            params: Parameters of this call, completed with the signature's defaults. May be left out, too.
        """
        raise NotImplementedError(f"{type(self).__name__} does not implement predict")

    def predict_stream(self, context: PythonModelContext | None, model_input: Any, params: Any = None) -> Iterator[Any]:
        """Predictions one piece after another; override it to make the model streamable."""
        raise NotImplementedError(f"{type(self).__name__} does not implement predict_stream")


class FunctionModel(PythonModel):
    """A plain function as a model; pickled under the name stock MLflow has for it.

    >>> FunctionModel(len).predict(None, "abc")
    3
    """

    hints: Any = None  # stock MLflow's fields, present in its pickles
    signature: Any = None

    def __init__(self, func: Callable[..., Any], hints: Any = None, signature: Any = None) -> None:
        self.func, self.hints, self.signature = func, hints, signature

    def predict(self, context: PythonModelContext | None, model_input: Any, params: Any = None) -> Any:
        if takes(self.func, "params"):
            return self.func(model_input, params=params)
        return self.func(model_input)


_FunctionPythonModel = FunctionModel  # its name in pickles


class TypeHints:
    """Where pickles of MLflow keep the type hints of `predict`; the function's own annotations say the same."""

    def __init__(self, input_: Any = None, output: Any = None) -> None:
        self.input, self.output = input_, output


class FuncInfo(NamedTuple):
    """What MLflow 3 knows of a `predict` with type hints; in its pickles, as is the function below."""

    input_type_hint: Any = None
    input_param_name: str | None = None


def passed_on(args: Any, kwargs: Any, *_: Any) -> tuple[Any, Any]:
    """MLflow 3 pickles `predict` in a wrapper that checks the data first; here PyFuncModel has done so already."""
    return args, kwargs


def takes(function: Callable[..., Any], name: str) -> bool:
    """Whether `function` has a parameter of this name (and does not merely accept any keyword).

    >>> takes(lambda data, params=None: data, "params"), takes(lambda data, **others: data, "params")
    (True, False)
    """
    try:
        found = inspect.signature(function).parameters.get(name)
    except (TypeError, ValueError):  # a built-in without a signature
        return False
    return found is not None and found.kind is not inspect.Parameter.VAR_KEYWORD


def is_python_model(model: object) -> bool:
    """Whether `model` derives from PythonModel, ours or stock MLflow's."""
    names = {(base.__module__, base.__name__) for base in type(model).__mro__}
    return isinstance(model, PythonModel) or ("mlflow.pyfunc.model", "PythonModel") in names


_chosen: ContextVar[list[Any] | None] = ContextVar("modelwright_chosen_model", default=None)
_config: ContextVar[Any] = ContextVar("modelwright_model_config", default=None)


def set_model(model: Any) -> None:
    """Say which object is the model; called in a file that is saved as a model.

    Args:
        model: A PythonModel, or a function of the data.

    Raises:
        InvalidArgument: It is neither.

    >>> set_model(lambda model_input: model_input)
    """
    if not is_python_model(model) and not callable(model):
        raise InvalidArgument(f"set_model takes a PythonModel or a function, got {type(model).__name__}")
    chosen = _chosen.get()
    if chosen is not None:
        chosen.append(model)


class ModelConfig:
    """The configuration, as a file that is a model sees it.

    Args:
        development_config: What to use while the file is run on its own: a dictionary, or the path of a YAML file. Once
            the model is saved with `model_config=` that one is used instead.

    Raises:
        FileNotFoundError: There is neither a configuration nor such a file.

    >>> ModelConfig(development_config={"top": 3}).get("top")
    3
    """

    def __init__(self, *, development_config: str | Path | Mapping[str, Any] | None = None) -> None:
        given = _config.get()
        self.config = development_config if given is None else given
        if not self.config:
            raise FileNotFoundError("The model needs a configuration: pass model_config= or development_config=")
        if not isinstance(self.config, Mapping) and not Path(self.config).is_file():
            raise FileNotFoundError(f"There is no configuration file '{self.config}'")

    def get(self, key: str) -> Any:
        """The value of a top-level key; KeyError if there is none."""
        values = read_config(self.config) or {}
        if key not in values:
            raise KeyError(f"The model's configuration has no key {key!r}; it has: {', '.join(map(str, values))}")
        return values[key]


def read_config(given: Any) -> dict[str, Any] | None:
    """A model configuration given as a dictionary or as the path of a YAML file.

    Raises InvalidArgument when the file is missing or holds something else.
    """
    if given is None or isinstance(given, Mapping):
        return None if given is None else dict(given)
    try:
        values = yaml.safe_load(Path(given).read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, TypeError) as error:
        raise InvalidArgument(f"model_config {given!r} is neither a dictionary nor a YAML file: {error}") from error
    if not isinstance(values, dict):
        raise InvalidArgument(f"model_config '{given}' must hold a mapping of keys, got {type(values).__name__}")
    return values


@contextmanager
def choosing(config: Any) -> Iterator[list[Any]]:
    """While a file that is a model runs: its configuration, and a list of what it passes to `set_model`."""
    chosen: list[Any] = []
    tokens = _chosen.set(chosen), _config.set(config)
    try:
        yield chosen
    finally:
        _chosen.reset(tokens[0])
        _config.reset(tokens[1])


def the_one(chosen: list[Any], path: Path) -> Any:
    """The model a file chose."""
    if not chosen:
        raise CorruptModel(
            f"'{path.name}' does not call modelwright.models.set_model(…), so nothing says what the model is"
        )
    return chosen[-1]
