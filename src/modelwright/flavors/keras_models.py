"""Keras models as files and as predictors: what the flavors `keras` and `tensorflow` share."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..core.callers import stacklevel
from ..core.errors import Error, InvalidArgument
from ..core.frameworks import FRAMEWORKS
from ..models import installed
from ..models.calls import accepted, keywords
from ..models.flavor import class_name
from ..models.schema import TensorSpec
from ..models.signature import ModelSignature
from . import keras_archive

FILE = "model"  # without the ending
_STRANGE = re.compile(r"(Could not locate|Unknown) [a-z ]+:? ?'[^']+'")  # Keras's words


def checked(model: Any, keras: Any) -> None:
    """Refuse what is no Keras model, or one that has no weights yet."""
    if not isinstance(model, keras.Model):
        raise InvalidArgument(f"Expected a keras.Model, got a {class_name(model)}; the sklearn flavor saves estimators")
    if not model.built:
        raise InvalidArgument(
            f"The {type(model).__name__} {model.name!r} is not built, so it has no weights to save; train it, call it "
            f"on data, or begin it with keras.Input"
        )


def checked_signature(signature: ModelSignature) -> None:
    """Refuse a signature of columns: Keras takes tensors whose first dimension counts the rows."""
    inputs = signature.inputs
    if inputs is None or not len(inputs.inputs):
        raise InvalidArgument("The signature names no inputs; a Keras or TensorFlow model takes at least one tensor")
    for spec in inputs.inputs:
        if not isinstance(spec, TensorSpec):
            raise InvalidArgument(
                f"The signature's inputs have columns ({spec}); a Keras or TensorFlow model takes tensors, so infer it "
                f"from an array: frame.to_numpy()"
            )
        if not spec.shape or spec.shape[0] != -1:
            raise InvalidArgument(
                f"The signature's input {spec} has a fixed number of rows; its first dimension must be -1"
            )


def write(model: Any, path: Path, options: Mapping[str, Any]) -> None:
    """Save the model to a file whose ending names the format."""
    options = {name: value for name, value in options.items() if name != "save_format"}  # the ending says it
    try:
        with warnings.catch_warnings():  # how Keras 3.15 asks NumPy 2 for the values of its variables
            warnings.filterwarnings("ignore", message="__array__ implementation doesn't accept a copy keyword")
            model.save(path, **options)
    except TypeError as error:
        if "unexpected keyword" not in str(error):
            raise _unwritable(model, error) from error
        raise
    except Error:
        raise
    except (NotImplementedError, ValueError, AttributeError) as error:
        raise _unwritable(model, error) from error


def _unwritable(model: Any, error: Exception) -> InvalidArgument:
    said = " ".join(str(error).split())
    return InvalidArgument(f"Keras cannot save the {class_name(model)}: {type(error).__name__}: {said}")


def found(folder: Path, save_format: str) -> Path:
    """The file or folder that holds the model: MLflow names its ending by its format and by TensorFlow's version."""
    if folder.is_dir():
        folder = folder / FILE
    candidates = [folder.with_name(folder.name + ending) for ending in (".h5", ".keras", "")]
    if save_format != "h5":
        candidates = [*candidates[1:], candidates[0]]
    return next((path for path in candidates if path.exists()), candidates[0])


def hazard(path: Path) -> str | None:
    """Why reading the model in `path` may run code from it."""
    if (path / "saved_model.pb").exists():
        return saved_model_hazard(path)
    try:
        return keras_archive.hazard(path)
    except ImportError:  # HDF5 without its reader: nobody can look into it, and Keras could not load it
        return f"its file '{path.name}' is HDF5, which cannot be looked into without h5py"


def saved_model_hazard(path: Path) -> str:
    """A SavedModel is never harmless.

    Its graph may hold any of TensorFlow's operations, and reading and writing files is among them; some of them run
    while it is restored. https://github.com/tensorflow/tensorflow/blob/master/SECURITY.md calls models programs.
    """
    return f"its folder '{path.name}' is a SavedModel, a program that may read and write files"


def read(path: Path, models: Any, trusted: bool, options: Mapping[str, Any], *, tell: bool = True) -> Any:
    """The Keras model in a file.

    Args:
        path: The file.
        models: The module whose `load_model` reads it.
        trusted: Whether the file may run code; otherwise Keras looks after that as well (`safe_mode`).
        options: The caller's options of `load_model`.
        tell: Whether to warn of a loss or an optimizer that did not come back; scoring needs neither.
    """
    options = {"safe_mode": not trusted, **options}
    try:
        return models.load_model(path, **options)
    except (TypeError, ValueError) as error:
        said = " ".join(str(error).split())
        if "compile" not in options and (model := _uncompiled(path, models, options)) is not None:
            if tell:
                warnings.warn(
                    f"The model in '{path}' came back without its loss and optimizer, which Keras cannot restore: "
                    f"{said}. Pass custom_objects, or compile() it to go on training",
                    UserWarning,
                    stacklevel=stacklevel(),
                )
            return model
        if (strange := _STRANGE.search(said)) is not None:
            raise InvalidArgument(
                f"'{path}' names what Keras does not know here: {strange[0]}. Pass custom_objects, a dictionary of "
                f"names to classes and functions"
            ) from error
        raise


def _uncompiled(path: Path, models: Any, options: Mapping[str, Any]) -> Any:
    """The model without what only training needs; None where that is not what Keras stumbled over."""
    try:
        return models.load_model(path, **{**options, "compile": False})
    except (TypeError, ValueError):
        return None


def backend_distributions(backend: str) -> list[str]:
    """The distributions that the backend is installed by: tensorflow, or tensorflow-cpu, or torch."""
    module = {"tensorflow": "tensorflow", "torch": "torch", "jax": "jax"}.get(backend)
    return [] if module is None else distributions(module)


def distributions(module: str) -> list[str]:
    """What installs a framework: its usual distribution, or whichever holds its package here."""
    usual = next((one.distribution for one in FRAMEWORKS.values() if one.imports == module), module)
    if installed.find(usual):
        return [usual]
    return [one.name for one in installed.providing(module)] or [usual]


class KerasPredictor:
    """A Keras model that takes frames, arrays, lists, tuples and dicts of arrays."""

    def __init__(self, model: Any, call: str = "predict") -> None:
        self.native = self.keras_model = self.model = model
        self._function = getattr(model, call)
        self._quiet = {"verbose": 0} if call == "predict" else {}
        self._known = keywords(self._function) if call == "predict" else frozenset()

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        import numpy
        import pandas

        options = {**self._quiet, **(accepted(params, self._known) if params else {})}
        if isinstance(data, pandas.DataFrame):
            return pandas.DataFrame(self._arrays(self._function(data.to_numpy(), **options)), index=data.index)
        if not isinstance(data, numpy.ndarray | list | tuple | dict):
            raise InvalidArgument(
                f"Expected a DataFrame, an array, a list, a tuple or a dict of arrays; got a {class_name(data)}"
            )
        return self._arrays(self._function(data, **options))

    def _arrays(self, result: Any) -> Any:
        """An exported model answers tensors; predictions are arrays."""
        if self._quiet:
            return result
        if isinstance(result, dict):
            return {name: self._arrays(value) for name, value in result.items()}
        if isinstance(result, list | tuple):
            return type(result)(self._arrays(value) for value in result)
        return result.numpy() if hasattr(result, "numpy") else result
