"""The tensors of a request as the data that a model's signature describes."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from ...models.datatypes import Array, DataType, Kind
from ...models.frame_from import column
from ...models.jsonable import restore_column
from ...models.schema import Schema
from .tensors import refused

_TEXTUAL = (DataType.string, DataType.datetime, DataType.binary)


class Given(NamedTuple):
    """A tensor's array, and what its parameters say that its BYTES are."""

    array: Any
    content: str = ""


def matrix(tensors: Mapping[str, Given], names: list[str]) -> Any:
    """All columns of numbers as one array with a row each; None where these tensors are no such thing.

    Args:
        tensors: One of all columns, or one for each.
        names: The columns.
    """
    import numpy as np

    if len(tensors) == 1 and not tensors.keys() <= set(names):
        ((array, _),) = tensors.values()
        return array.astype("float64") if _exact(array) else None
    if tensors.keys() != set(names):
        return None
    columns = [tensors[name].array for name in names]
    rows = {array.shape[0] if array.ndim else 0 for array in columns}
    if len(rows) != 1 or not all(array.ndim and _exact(array) and array.size == array.shape[0] for array in columns):
        return None
    return np.stack([array.ravel() for array in columns], axis=1, dtype="float64")


def _exact(array: Any) -> bool:
    """Whether 64-bit floats keep all the numbers of an array."""
    kind, bits = array.dtype.kind, 8 * array.dtype.itemsize
    return kind == "f" or (kind in "iu" and (bits < 64 or not array.size or _near(array)))


def _near(array: Any) -> bool:
    return bool(array.max() <= 2**53 and array.min() >= -(2**53))


def data(tensors: Mapping[str, Given], schema: Schema | None, *, native: bool = False, frame: bool = False) -> Any:
    """The data of a request, for the signature's plan to look at.

    Args:
        tensors: Name → what was sent, in order.
        schema: The model's inputs.
        native: The model takes lists and dictionaries.
        frame: Without a signature, make the tensors the columns of a frame.
    """
    if schema is None:
        return _unsigned(tensors, frame)
    if schema.is_tensor_spec():
        kinds = {str(name): spec.type.kind for name, spec in zip(schema.input_names(), schema, strict=True)}
        if schema.has_input_names():
            return {name: _decoded(name, one, kinds.get(name) == "S") for name, one in tensors.items()}
        name, one = _only(tensors, "the model takes one")
        return _decoded(name, one, kinds["0"] == "S")
    columns = _columns(tensors, schema)
    return _native(columns, schema) if native else _frame(columns, schema)


def _unsigned(tensors: Mapping[str, Given], frame: bool) -> Any:
    import pandas as pd

    found = {name: _decoded(name, one, False) for name, one in tensors.items()}
    if frame:
        return pd.DataFrame({name: column(_flat(name, array)) for name, array in _level(found).items()})
    return next(iter(found.values())) if len(found) == 1 else found


def _columns(tensors: Mapping[str, Given], schema: Schema) -> dict[Any, Any]:
    """Column → its values: an array of scalars, or a list of what is not."""
    names = schema.input_names()
    known = {str(name): name for name in names} if schema.has_input_names() else {}
    if len(tensors) == 1 and not tensors.keys() <= known.keys():
        ((name, one),) = tensors.items()
        if one.array.ndim == 2 and not isinstance(schema.inputs[0].type, Array):
            return _split(name, one, schema)
        if not known and len(names) == 1:
            return {0: _values(name, one, schema.inputs[0].type)}
    if not known:
        raise refused(
            f"The model's columns have no names, so it takes one tensor of shape [rows, {len(names)}]; "
            f"got {_shapes(tensors)}"
        )
    kinds = schema.input_types_dict()
    return _level({known.get(n, n): _values(n, one, kinds.get(known.get(n, n))) for n, one in tensors.items()})


def _split(name: str, one: Given, schema: Schema) -> dict[Any, Any]:
    """One tensor of all columns, taken apart."""
    names, kinds = schema.input_names(), schema.input_types()
    if one.array.shape[1] != len(names):
        hint = f", or one for each of them: {', '.join(map(str, names[:20]))}" if schema.has_input_names() else ""
        raise refused(
            f"Tensor {name!r} has shape {list(one.array.shape)}; the model takes one tensor of shape "
            f"[rows, {len(names)}], its columns in order{hint}"
        )
    return {
        n: _values(name, Given(one.array[:, i], one.content), kind)
        for i, (n, kind) in enumerate(zip(names, kinds, strict=True))
    }


def _values(name: str, one: Given, kind: Kind | None) -> Any:
    """The values of one column."""
    array = _decoded(name, one, kind is DataType.binary)
    if isinstance(kind, DataType | None):
        return _flat(name, array)
    if array.dtype.kind == "O" and (array.ndim == 1 or not isinstance(kind, Array)):
        return restore_column(_jsons(name, _flat(name, array).tolist()), kind)
    return restore_column(array.tolist(), kind)


def _flat(name: Any, array: Any) -> Any:
    if array.ndim > 1 and array.size != array.shape[0]:
        raise refused(f"Tensor {name!r} has shape {list(array.shape)}; a column has shape [rows] or [rows, 1]")
    return array.ravel()


def _jsons(name: str, texts: list[str | None]) -> list[Any]:
    """Values that are neither numbers nor texts come as texts of JSON."""
    try:
        return [None if text is None else json.loads(text) for text in texts]
    except (ValueError, RecursionError) as error:
        raise refused(f"Tensor {name!r} must hold JSON in each value: {error}") from error


def _decoded(name: str, one: Given, binary: bool) -> Any:
    """BYTES as texts; as bytes where the signature or the tensor's own parameters say so."""
    array, content = one
    if array.dtype.kind != "O":
        return array
    decode = _bytes if binary or content == "base64" else _text
    packed = content == "base64"
    out = array.copy()
    try:
        out.flat = [None if value is None else decode(value, packed) for value in array.flat]
    except UnicodeDecodeError as error:
        raise refused(f"Tensor {name!r} holds bytes that are not UTF-8 text") from error
    except (binascii.Error, UnicodeEncodeError) as error:
        raise refused(f"Tensor {name!r} holds a value that is not base64; send bytes as base64 text") from error
    return out


def _text(value: Any, packed: bool) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _bytes(value: Any, packed: bool) -> bytes:
    if isinstance(value, bytes) and not packed:
        return value
    return base64.b64decode(b"".join((value.encode() if isinstance(value, str) else value).split()), validate=True)


def _level(columns: dict[Any, Any]) -> dict[Any, Any]:
    """The columns, if all have as many rows."""
    lengths = {name: len(values) if getattr(values, "ndim", 1) else 1 for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        raise refused(f"The tensors must have as many rows as each other; got {dict(list(lengths.items())[:20])}")
    return columns


def _frame(columns: dict[Any, Any], schema: Schema) -> Any:
    import pandas as pd

    found = pd.DataFrame({name: column(values) for name, values in columns.items()})
    return found if schema.has_input_names() else found.set_axis(range(len(columns)), axis=1)


def _native(columns: dict[Any, Any], schema: Schema) -> Any:
    """Rows as lists and dictionaries."""
    lists = {name: values if isinstance(values, list) else values.tolist() for name, values in columns.items()}
    if not schema.has_input_names():
        return lists[0] if len(lists) == 1 else [list(row) for row in zip(*lists.values(), strict=True)]
    return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]


def _only(tensors: Mapping[str, Given], why: str) -> tuple[str, Given]:
    if len(tensors) != 1:
        raise refused(f"The request has the tensors {list(tensors)}; {why}")
    return next(iter(tensors.items()))


def _shapes(tensors: Mapping[str, Given]) -> str:
    return ", ".join(f"{name!r} of shape {list(one.array.shape)}" for name, one in list(tensors.items())[:20])
