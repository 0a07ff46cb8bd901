"""Dicts, lists, arrays and other frames as the pandas frame that a schema of columns describes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .containers import container
from .datatypes import DataType, Kind
from .enforce_nested import check_values
from .infer_values import as_dict, is_record
from .schema import Schema

_LISTS = ("list", "ndarray", "series", "polars series")


class Misshapen(Exception):
    """Data that cannot be read as a frame with the schema's columns."""


def to_frame(data: Any, schema: Schema) -> Any:
    """`data` as a pandas frame; exact, so integers beside missing values stay integers."""
    import pandas as pd

    what = container(data)
    if what == "polars":
        return (data.collect() if type(data).__name__ == "LazyFrame" else data).to_pandas()
    if what == "polars series":
        data, what = data.to_pandas().rename(data.name or None), "series"
    if what == "series":
        return _from_series(data, schema)
    if what == "record":
        data, what = as_dict(data), "dict"
    if what == "dict":
        return _from_dict(data, schema)
    if what == "list":
        return _from_list(list(data), schema)
    if what == "ndarray" and data.ndim == 0:
        data, what = data[()], "value"
    names = schema.input_names()
    if what == "ndarray":
        if schema.has_input_names() and (len(names) != 1 or data.ndim > 2 or (data.ndim == 2 and data.shape[1] != 1)):
            raise Misshapen(f"an array has no column names; give a DataFrame or a dict with the columns {names}")
        if data.ndim > 2:
            return pd.DataFrame({names[0]: pd.Series(list(data))})
        return pd.DataFrame(data, columns=names if schema.has_input_names() else None)
    if what == "value" and data is not None and not isinstance(data, type) and len(names) == 1:
        return pd.DataFrame({names[0]: column([data])})
    raise Misshapen(f"{type(data).__name__} cannot be read as the columns {names[:20]}; give a DataFrame or a dict")


def _from_series(series: Any, schema: Schema) -> Any:
    names = schema.input_names()
    if len(names) == 1 and (series.name is None or not schema.has_input_names()):
        return series.to_frame(names[0])
    return series.to_frame()


def _from_dict(data: dict[Any, Any], schema: Schema) -> Any:
    """One row when the values are single, several when a scalar column is given a list."""
    import pandas as pd

    if not schema.has_input_names():
        raise Misshapen("a dict was given, but the signature's columns have no names; give a list or a DataFrame")
    if columnar(data, schema):
        lengths = {len(value) for value in data.values() if is_listed(value)}
        if len(lengths) > 1:
            raise Misshapen(f"the lists of the dict differ in length: {sorted(lengths)}")
        (length,) = lengths
        spread = {k: v if is_listed(v) else [v] * length for k, v in data.items()}
        return pd.DataFrame({name: column(value) for name, value in spread.items()})
    return pd.DataFrame({name: column([_plain(value)]) for name, value in data.items()})


def columnar(data: dict[Any, Any], schema: Schema) -> bool:
    """Whether the dict holds one list of values for each column, and not one value for each."""
    kinds = schema.input_types_dict()
    listed = {name for name, value in data.items() if is_listed(value)}
    scalars = [name for name in data if isinstance(kinds.get(name), DataType)]
    if scalars:
        return any(name in listed for name in scalars)
    known = [name for name in listed if name in kinds]
    return bool(known) and len(known) == len([n for n in data if n in kinds]) and not _single(data, known, kinds)


def is_listed(value: Any) -> bool:
    """Whether `value` is a list of some kind, which a 0-d array is not."""
    return container(value) in _LISTS and not (container(value) == "ndarray" and value.ndim == 0)


def _single(data: dict[Any, Any], names: Sequence[Any], kinds: dict[Any, Kind]) -> bool:
    return all(next(check_values([data[name]], kinds[name], True), None) is None for name in names)


def _from_list(data: list[Any], schema: Schema) -> Any:
    import pandas as pd

    names = schema.input_names()
    if data and all(is_record(value) for value in data):
        data = [as_dict(value) for value in data]
    if schema.has_input_names() and all(isinstance(row, dict) for row in data):
        keys = dict.fromkeys([key for row in data for key in row]) if data else dict.fromkeys(names)
        return pd.DataFrame({key: column([row.get(key) for row in data]) for key in keys})
    if len(names) == 1:
        return pd.DataFrame({names[0]: column(data)})
    if schema.has_input_names():
        raise Misshapen(f"a list has no column names; give a DataFrame, a dict or a list of dicts with columns {names}")
    if not all(isinstance(row, list | tuple) for row in data) or len({len(row) for row in data}) > 1:
        raise Misshapen(f"a list must hold one list of {len(names)} values for each row")
    width = len(data[0]) if data else len(names)
    return pd.DataFrame({i: column([row[i] for row in data]) for i in range(width)})


def column(values: Any) -> Any:
    """A Series of `values` that keeps each value exactly: pandas turns mixed numbers, and integers and None, to floats.

    >>> column([2**53 + 1, None]).tolist()
    [9007199254740993, None]
    """
    import pandas as pd

    what = container(values)
    if what == "series":
        return values.reset_index(drop=True)
    if what == "ndarray":
        return pd.Series(values if values.ndim == 1 else list(values))
    if what == "polars series":
        return values.to_pandas()
    classes = {type(value) for value in values}
    plain = (len(classes) == 1 and classes <= {bool, int, float, str}) or classes <= {str, type(None)}
    return pd.Series(values, dtype=None if plain and values else object)


def _plain(value: Any) -> Any:
    """A 0-d array as its value."""
    return value[()] if container(value) == "ndarray" and value.ndim == 0 else value
