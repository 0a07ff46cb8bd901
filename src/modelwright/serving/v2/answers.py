"""Predictions as the tensors of an answer of the Open Inference Protocol."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ...models.predictions import plain
from ...models.schema import Schema
from .tensors import Output, name_of

UNNAMED = "output-0"


def outputs(predictions: Any, schema: Schema | None) -> list[Output]:
    """The tensors of an answer: one for each column or named array, else one.

    Args:
        predictions: What the model answered.
        schema: Its outputs; the name of the only one is the tensor's.

    >>> import numpy as np
    >>> outputs(np.array([1.5]), None)[0].described(None)
    {'name': 'output-0', 'datatype': 'FP64', 'shape': [1], 'data': [1.5]}
    """
    if hasattr(predictions, "to_pandas"):  # polars and pyarrow
        predictions = predictions.to_pandas()
    elif hasattr(predictions, "toPandas"):
        predictions = predictions.toPandas()
    if hasattr(predictions, "iloc") and hasattr(predictions, "columns"):
        return [_output(str(label), predictions.iloc[:, i]) for i, label in enumerate(predictions.columns)]
    if isinstance(predictions, Mapping):
        return [_output(str(name), values) for name, values in predictions.items()]
    named = schema is not None and len(schema) == 1 and schema.has_input_names()
    return [_output(str(schema.input_names()[0]) if schema is not None and named else UNNAMED, predictions)]


def _output(name: str, values: Any) -> Output:
    if hasattr(values, "toarray"):  # a sparse matrix
        values = values.toarray()
    if hasattr(values, "iloc") or hasattr(values, "isna"):  # a Series, or the array in one
        values = _column(values)
    elif hasattr(values, "numpy"):  # a framework's tensor
        values = values.numpy()
    array = _array(values)
    if array.dtype.kind in "biuf":
        return _numbers(name, array)
    found = _listed(array)
    return _objects(name, [value if isinstance(value, bytes) else plain(value) for value in found], list(array.shape))


def _listed(array: Any) -> list[Any]:
    if array.dtype.kind in "Mm":  # of whose finer units numpy would make integers
        import pandas as pd

        return list(pd.Series(array.ravel()))
    return list(array.ravel().tolist())


def _column(series: Any) -> Any:
    """A column as an array: of numbers where it holds nothing else."""
    import numpy as np

    if isinstance(series.dtype, np.dtype):
        return series.to_numpy()
    plain_dtype = getattr(series.dtype, "numpy_dtype", None)
    numbers = plain_dtype is not None and plain_dtype.kind in "biuf"
    if numbers and not bool(series.isna().any()):
        return series.to_numpy(dtype=plain_dtype)
    if numbers and plain_dtype is not None and plain_dtype.kind == "f":
        return series.to_numpy(dtype=plain_dtype, na_value=np.nan)
    return _filled(series.tolist())


def _array(values: Any) -> Any:
    """Whatever was answered as an array; of objects where it is no rectangle of numbers or texts."""
    import numpy as np

    if isinstance(values, np.ndarray):
        return _filled(values.tolist()) if values.dtype.kind == "O" and values.ndim == 1 else values
    if isinstance(values, list | tuple):
        return _filled(list(values))
    return np.asarray(values).reshape(1) if isinstance(values, int | float | np.generic) else _filled([values])


def _filled(values: list[Any]) -> Any:
    """A list as an array of numbers, if that is what it holds, else of objects, each as it is."""
    import numpy as np

    kinds = {type(value) for value in values}
    if not kinds & {str, bytes, dict, type(None)}:
        try:
            found = np.array(values)
        except (ValueError, OverflowError):  # lists of different lengths
            found = None
        if found is not None and found.dtype.kind in "biuf" and (len(kinds) == 1 or found.dtype.kind != "f"):
            return found
    if kinds == {list}:  # of texts, perhaps
        try:
            nested = np.array(values, dtype=object)
        except ValueError:
            nested = np.empty(0, object)
        if nested.size and {type(value) for value in nested.flat} <= {str, type(None)}:
            return nested
    boxed: Any = np.empty(len(values), object)
    boxed[:] = values
    return boxed


def _numbers(name: str, array: Any) -> Output:
    if array.ndim == 0:
        array = array.reshape(1)
    datatype = name_of(array.dtype)
    if datatype is None:  # a float of more than 64 bits
        array, datatype = array.astype("float64"), "FP64"
    return Output(name, datatype, list(array.shape), array)


def _objects(name: str, values: list[Any], shape: list[int]) -> Output:
    """Texts and bytes as they are; whole numbers with gaps as numbers and null; all else as texts of JSON."""
    kinds = {type(value) for value in values} - {type(None)}
    if kinds == {bytes}:
        return Output(name, "BYTES", shape, values, "base64")
    if kinds <= {str}:
        return Output(name, "BYTES", shape, values)
    if kinds == {bool}:
        return Output(name, "BOOL", shape, values)
    if kinds == {int} and all(value is None or -(2**63) <= value < 2**63 for value in values):
        return Output(name, "INT64", shape, values)
    if kinds == {float}:
        return _numbers(name, _gapped(values).reshape(shape))
    return Output(name, "BYTES", shape, [json.dumps(plain(value)) for value in values], "application/json")


def _gapped(values: list[Any]) -> Any:
    import numpy as np

    return np.array([np.nan if value is None else value for value in values])
