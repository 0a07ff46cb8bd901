"""Data as JSON values, and back in the types that a schema declares."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from ..core.errors import InvalidArgument
from .containers import container
from .datatypes import Array, DataType, Kind, Map, Object
from .enforce_nested import is_null
from .frame_from import columnar, is_listed
from .infer_values import as_dict, is_record
from .schema import Schema


def plain(value: Any) -> Any:
    """`value` as JSON values: missing as None, bytes as base64, dates as ISO 8601, arrays as lists.

    >>> plain({"a": b"hi", "b": float("nan"), "c": dt.date(2024, 1, 31)})
    {'a': 'aGk=\\n', 'b': None, 'c': '2024-01-31'}
    """
    if value is None or type(value) in (str, int, bool):
        return value
    if is_null(value):
        return None
    if isinstance(value, dict):
        return {_key(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, bytes | bytearray):
        return base64.encodebytes(bytes(value)).decode("ascii")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if is_record(value):
        return plain(as_dict(value))
    if isinstance(value, str | int | float):
        return value
    return _foreign(value)


def _foreign(value: Any) -> Any:
    what = container(value)
    if what == "ndarray":
        return array_lists(value)
    if what in ("series", "polars series"):
        return plain(value.to_list())
    if type(value).__module__ == "numpy":
        return plain(str(value) if type(value).__name__ == "datetime64" else value.item())
    if type(value).__name__ == "Decimal":
        return float(value)
    raise InvalidArgument(f"{type(value).__module__}.{type(value).__name__} cannot be written as JSON: {value!r:.100}")


def array_lists(array: Any) -> Any:
    """A numpy array of any shape as nested lists."""
    import numpy as np

    if array.dtype.kind == "M":
        texts = np.datetime_as_string(array).astype(object)
        return np.where(np.isnat(array), None, texts).tolist()
    if array.dtype.kind == "f" and np.isnan(array).any():
        return np.where(np.isnan(array), None, array.astype(object)).tolist()
    return array.tolist() if array.dtype.kind in "biufU" else plain(array.tolist())


def frame_split(frame: Any) -> dict[str, Any]:
    """A frame as {"columns", "data"}, without its index; "columns" is left out when they only count from 0."""
    rows = _numbers(frame)
    if rows is None:
        columns = [[plain(value) for value in _values(frame.iloc[:, i])] for i in range(frame.shape[1])]
        rows = [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in range(len(frame))]
    labels = [_label(label) for label in frame.columns]
    counted = labels == list(range(len(labels))) and not any(isinstance(label, bool) for label in labels)
    return {"data": rows} if counted else {"columns": labels, "data": rows}


def _numbers(frame: Any) -> list[list[Any]] | None:
    """The rows of a frame of floats, none missing; None for any other frame."""
    import numpy as np

    dtypes = list(frame.dtypes)
    same = dtypes and isinstance(dtypes[0], np.dtype) and dtypes.count(dtypes[0]) == len(dtypes)
    if not same or dtypes[0].kind != "f" or dtypes[0].itemsize > 8:
        return None
    values = frame.to_numpy()
    return None if np.isnan(values).any() else values.tolist()


def _values(column: Any) -> list[Any]:
    if type(column.dtype).__name__ == "ArrowDtype":
        values = column.array.__arrow_array__().to_pylist()
        return [dict(v) for v in values] if str(column.dtype.pyarrow_dtype).startswith("map<") else values
    return column.tolist()  # type: ignore[no-any-return]


def dumps(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, indent=indent)


def restore(data: Any, schema: Schema | None) -> Any:
    """JSON `data` with bytes and datetimes where `schema` declares them; all else as it is.

    >>> from modelwright.models.schema import ColSpec
    >>> restore({"a": "aGk=", "b": 1}, Schema([ColSpec("binary", "a"), ColSpec("double", "b")]))
    {'a': b'hi', 'b': 1}
    """
    if schema is None or schema.is_tensor_spec() or not any(_restorable(kind) for kind in schema.input_types()):
        return data
    if not schema.has_input_names():
        kind, *others = schema.input_types()
        if others:
            return [_restored_row(row, [kind, *others]) for row in data] if isinstance(data, list) else data
        return [_restored(item, kind) for item in data] if isinstance(data, list) else _restored(data, kind)
    kinds = schema.input_types_dict()
    if isinstance(data, dict):
        single = {name: _restored_as(name, value, kinds) for name, value in data.items()}
        if not columnar(single, schema):
            return single
        return {
            name: _restored_as(name, list(value), kinds, each=True) if is_listed(value) else single[name]
            for name, value in data.items()
        }
    if isinstance(data, list):
        return [
            {name: _restored_as(name, item, kinds) for name, item in row.items()} if isinstance(row, dict) else row
            for row in data
        ]
    return data


def _restored_row(row: Any, kinds: list[Kind]) -> Any:
    fits = isinstance(row, list) and len(row) == len(kinds)
    return [_restored(value, kind) for value, kind in zip(row, kinds, strict=True)] if fits else row


def _restored_as(name: Any, value: Any, kinds: Mapping[Any, Kind], *, each: bool = False) -> Any:
    kind = kinds.get(name)
    try:
        return [_restored(item, kind) for item in value] if each else _restored(value, kind)
    except InvalidArgument as error:
        raise InvalidArgument(f"Column {name!r}: {error.message}") from error


def restore_column(values: list[Any], kind: Kind) -> list[Any]:
    """JSON values of one column with bytes and datetimes where `kind` declares them."""
    return [_restored(value, kind) for value in values] if _restorable(kind) else values


def _restorable(kind: Kind) -> bool:
    if isinstance(kind, Array):
        return _restorable(kind.dtype)
    if isinstance(kind, Map):
        return _restorable(kind.value_type)
    if isinstance(kind, Object):
        return any(_restorable(p.dtype) for p in kind.properties)
    return kind in (DataType.binary, DataType.datetime)


def _restored(value: Any, kind: Kind | None) -> Any:
    if isinstance(value, str) and kind is DataType.binary:
        try:
            return base64.b64decode("".join(value.split()), validate=True)
        except ValueError as error:  # binascii.Error is one
            raise InvalidArgument("A value of a binary column is not base64; send bytes as base64 text") from error
    if isinstance(value, str) and kind is DataType.datetime:
        try:
            return dt.datetime.fromisoformat(value) if len(value) < 27 else _fine(value)
        except ValueError as error:
            raise InvalidArgument("A value of a datetime column is not an ISO 8601 text") from error
    if isinstance(kind, Array) and isinstance(value, list):
        return [_restored(item, kind.dtype) for item in value]
    if isinstance(kind, Map) and isinstance(value, dict):
        return {key: _restored(item, kind.value_type) for key, item in value.items()}
    if isinstance(kind, Object) and isinstance(value, dict):
        kinds = {p.name: p.dtype for p in kind.properties}
        return {key: _restored(item, kinds.get(key)) for key, item in value.items()}
    return value


def _fine(text: str) -> Any:
    """Nanoseconds and time zones need pandas' own datetime."""
    import pandas as pd

    found = pd.Timestamp(text)
    return found if found.nanosecond else found.to_pydatetime()


def _key(key: Any) -> Any:
    if isinstance(key, str | int | float | bool) or key is None:
        return key
    if type(key).__module__ == "numpy":
        return key.item()
    raise InvalidArgument(f"A dict key of type {type(key).__name__} cannot be written as JSON; use strings")


def _label(label: Any) -> Any:
    return label.item() if hasattr(label, "item") else plain(label)
