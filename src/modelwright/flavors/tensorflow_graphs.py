"""TensorFlow's restored graphs as predictors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..core.errors import InvalidArgument
from ..core.frameworks import require
from ..models.flavor import class_name


class OneTensor:
    """A module that is called with one tensor."""

    def __init__(self, module: Any) -> None:
        self.native = self.model = module

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        import numpy

        tensorflow = require("tensorflow")
        if not isinstance(data, numpy.ndarray | list):
            raise InvalidArgument(f"A TensorFlow module takes an array or a list; got {class_name(data)}")
        tensor = tensorflow.convert_to_tensor(data)
        try:
            result = self.native(tensor)
        except (TypeError, ValueError):
            if tensor.dtype != tensorflow.float64:
                raise
            result = self.native(tensorflow.cast(tensor, tensorflow.float32))  # JSON has one sort of number, graphs two
        return result.numpy() if isinstance(result, tensorflow.Tensor) else result


class NamedTensors:
    """A function of a SavedModel that takes tensors by name and answers them by name: estimators of TensorFlow 1."""

    def __init__(self, function: Any) -> None:
        self.native = getattr(function, "loaded", function)
        self._function = function

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        import pandas

        if isinstance(data, dict):
            return {name: _flat(values) for name, values in self._answer(data).items()}
        if not isinstance(data, pandas.DataFrame):
            raise InvalidArgument(f"This TensorFlow graph takes a DataFrame or a dict; got {class_name(data)}")
        columns = {name: _column(data[name]) for name in dict.fromkeys(data.columns)}
        return pandas.DataFrame({name: _flat(values) for name, values in self._answer(columns).items()})

    def _answer(self, given: Mapping[str, Any]) -> Any:
        inputs = self._function.structured_input_signature[1]
        return self._function(**{name: _tensor(values, inputs.get(name)) for name, values in given.items()})


def _tensor(values: Any, spec: Any) -> Any:
    """The tensor that the function takes; numbers in its own type, since a graph converts none."""
    tensorflow = require("tensorflow")
    found = tensorflow.constant(values)
    numeric = spec is not None and found.dtype != tensorflow.string and spec.dtype != tensorflow.string
    return tensorflow.cast(found, spec.dtype) if numeric else found


def _column(values: Any) -> Any:
    """One column, or all those of one name side by side."""
    import numpy

    return values.to_numpy() if values.ndim == 2 else numpy.array(values.to_list())


def _flat(tensor: Any) -> Any:
    """An output as a column: numbers where each row has one, else lists."""
    array = tensor.numpy()
    if array.ndim != 1 and all(len(row) == 1 for row in array):
        return array.ravel()
    return array.tolist()


class SavedKeras:
    """A Keras 2 model in the SavedModel format, of which Keras 3 can restore no layers, only what it computes."""

    def __init__(self, loaded: Any) -> None:
        self.loaded = loaded
        self._function = loaded.signatures["serving_default"]
        self._inputs = self._function.structured_input_signature[1]

    @classmethod
    def read(cls, path: Path, options: Mapping[str, Any]) -> Any:
        """The layers themselves where the Keras of that time, `tf_keras`, is there; else an object with `predict`."""
        tensorflow = require("tensorflow")
        try:
            from tf_keras.models import load_model
        except ImportError:
            loaded = tensorflow.saved_model.load(str(path))
            if "serving_default" not in loaded.signatures:
                raise InvalidArgument(
                    f"'{path}' is a Keras 2 model without a signature 'serving_default'; pip install tf-keras reads it"
                ) from None
            return cls(loaded)
        return load_model(str(path), **options)

    def predict(self, data: Any, verbose: Any = 0) -> Any:
        """What the model computes; an array where it has one output, else a dict of arrays."""
        if not isinstance(data, dict):
            several = list(data) if isinstance(data, tuple | list) and len(self._inputs) > 1 else [data]
            data = dict(zip(sorted(self._inputs), several, strict=True))
        given = {name: _tensor(data[name], spec) for name, spec in self._inputs.items()}
        answered = {name: value.numpy() for name, value in self._function(**given).items()}
        return next(iter(answered.values())) if len(answered) == 1 else answered
