"""The schema of any data: frames, arrays, dicts, lists and single values."""

from __future__ import annotations

from typing import Any

from ..core.errors import InvalidArgument
from .containers import container
from .datatypes import AnyType, Array, DataType
from .infer_frame import frame_columns, polars_column, polars_columns, series_kind, spark_columns
from .infer_values import as_dict, infer_keys, infer_values, is_record
from .params import ParamSchema, ParamSpec
from .schema import ColSpec, Schema, TensorSpec


def as_column(predictions: Any) -> Any:
    """A one-dimensional array that answers rows of columns is a column, too."""
    if type(predictions).__module__ == "numpy" and getattr(predictions, "ndim", 0) == 1:
        import pandas as pd

        return pd.Series(predictions)
    return predictions


def infer_schema(data: Any) -> Schema:
    """The schema of `data`.

    >>> infer_schema({"text": "hello", "scores": [1, 2.5]})
    ['text': string (required), 'scores': Array(double) (required)]
    """
    what = container(data)
    if what == "ndarray" and data.ndim == 0:
        what, data = "value", data[()]
    if what in ("ndarray", "sparse"):
        return Schema([tensor_spec(data)])
    if what == "frame":
        return Schema(frame_columns(data))
    if what == "series":
        kind, missing = series_kind(data, "The series" if data.name is None else f"Column {data.name!r}")
        return Schema([ColSpec(kind, data.name, required=data.name is None or not missing)])
    if what == "polars":
        return Schema(polars_columns(data))
    if what == "polars series":
        return Schema([polars_column(data, data.name or None)])
    if what == "spark":
        return Schema(spark_columns(data))
    if what == "dict":
        return _dict_schema(data)
    if what == "record":
        return Schema([ColSpec(k, n, required=r) for n, k, r in infer_keys([as_dict(data)], "the data")])
    return (
        _list_schema(list(data)) if what == "list" else Schema([ColSpec(infer_values([data], "the data")[0] or "any")])
    )


def _dict_schema(data: dict[Any, Any]) -> Schema:
    if not data:
        raise InvalidArgument("An empty dict has no schema; give an example with at least one key")
    inside = {container(value) for value in data.values()}
    if inside <= {"ndarray", "sparse"}:
        return Schema([tensor_spec(value, name) for name, value in data.items()])
    if inside == {"series"}:
        import pandas as pd

        return Schema(frame_columns(pd.DataFrame(data)))
    if bad := [key for key in data if not isinstance(key, str)]:
        raise InvalidArgument(f"The keys of a dict that is not all numpy arrays must be strings; got {bad[:10]}")
    columns = []
    for name, value in data.items():
        if isinstance(value, list | tuple):
            item, missing = infer_values(value, f"data[{name!r}]")
            columns.append(ColSpec(Array(item or AnyType()), name, required=not missing))
        else:
            kind, missing = infer_values([value], f"data[{name!r}]")
            columns.append(ColSpec(kind or AnyType(), name, required=not missing))
    return Schema(columns)


def _list_schema(data: list[Any]) -> Schema:
    if not data:
        return Schema([ColSpec(DataType.string)])  # MLflow's choice
    classes = set(map(type, data))
    records = len(classes) == 1 and is_record(data[0])
    if records or all(issubclass(cls, dict) for cls in classes):
        rows = [as_dict(value) for value in data] if records else data
        keys = infer_keys(rows, "the data")
        if keys:
            return Schema([ColSpec(kind, name, required=required) for name, kind, required in keys])
    return Schema([ColSpec(infer_values(data, "the data")[0] or AnyType())])


def tensor_spec(data: Any, name: str | int | None = None) -> TensorSpec:
    """The spec of an array or sparse matrix, its first dimension free."""
    if data.dtype.names:
        raise InvalidArgument("A numpy record array has no signature type; convert it to a DataFrame")
    shape = (-1, *data.shape[1:]) if data.ndim else ()
    return TensorSpec(plain_dtype(data.dtype), shape, name)


def plain_dtype(dtype: Any) -> Any:
    """`dtype` without the text length that numpy keeps in it."""
    import numpy as np

    return np.dtype({"U": "str", "S": "bytes", "T": "str"}[dtype.kind]) if dtype.kind in "UST" else dtype


def infer_params(params: dict[str, Any]) -> ParamSchema:
    """The schema of params; each value becomes the default.

    >>> infer_params({"top_k": 3, "stop": ["a", "b"]})
    ['top_k': long (default: 3), 'stop': string (default: ['a', 'b']) (shape: (-1,))]
    """
    if not isinstance(params, dict):
        raise InvalidArgument(f"params must be a dict of name to default value, got {type(params).__name__}")
    specs, problems = [], []
    for name, value in params.items():
        try:
            specs.append(_param(name, value))
        except InvalidArgument as error:
            problems.append(error.message)
    if problems:
        raise InvalidArgument("These params have no signature type: " + "; ".join(problems))
    return ParamSchema(specs)


def _param(name: str, value: Any) -> ParamSpec:
    what = container(value)
    listed = what == "list" or (what == "ndarray" and value.ndim > 0) or what == "series"
    if what == "ndarray" and value.ndim > 1:
        raise InvalidArgument(f"Param {name!r} is an array of {value.ndim} dimensions; a param is a scalar or a list")
    if what == "record":
        value = as_dict(value)
    kind, _ = infer_values(list(value) if listed else [value], f"Param {name!r}")
    if kind is None:
        raise InvalidArgument(f"Param {name!r} is {value!r}, which tells no type; give a value of the type it takes")
    return ParamSpec(name, kind, value, (-1,) if listed else None)  # type: ignore[arg-type]
