"""JSON Schema (2020-12) of what a signature describes: columns, tensors, params, predictions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ...models.datatypes import Array, DataType, Kind, Map, Object
from ...models.jsonable import plain
from ...models.params import ParamSchema, ParamSpec
from ...models.schema import ColSpec, Schema, TensorSpec

JsonSchema = dict[str, Any]

_LARGEST_FLOAT = 3.4028234663852886e38
_SCALARS: dict[DataType, JsonSchema] = {
    DataType.boolean: {"type": "boolean"},
    DataType.integer: {"type": "integer", "format": "int32", "minimum": -(2**31), "maximum": 2**31 - 1},
    DataType.long: {"type": "integer", "format": "int64", "minimum": -(2**63), "maximum": 2**63 - 1},
    DataType.float: {"type": "number", "format": "float", "minimum": -_LARGEST_FLOAT, "maximum": _LARGEST_FLOAT},
    DataType.double: {"type": "number", "format": "double"},
    DataType.string: {"type": "string"},
    DataType.binary: {"type": "string", "contentEncoding": "base64"},
    DataType.datetime: {"type": "string", "format": "date-time"},
}
_ANSWERED: dict[DataType, JsonSchema] = {
    DataType.float: {"type": ["number", "null"], "format": "float"},
    DataType.double: {"type": ["number", "null"], "format": "double"},
    DataType.datetime: {"type": ["string", "null"], "description": "A time as ISO 8601 has it."},
}
_ROW_ORDER = (
    "Columns may come in another order, and optional ones may be left out; each row follows the order of 'columns'."
)


def of_kind(kind: Kind, *, answer: bool = False) -> JsonSchema:
    """The schema of one value.

    Args:
        kind: Its type.
        answer: Whether the server sends it: then NaN and NaT come as null, and a time may have no zone.

    >>> of_kind(Array("double"))
    {'type': 'array', 'items': {'type': 'number', 'format': 'double'}}
    """
    if isinstance(kind, DataType):
        return dict(_ANSWERED.get(kind) or _SCALARS[kind]) if answer else dict(_SCALARS[kind])
    if isinstance(kind, Array):
        return {"type": "array", "items": of_kind(kind.dtype, answer=answer)}
    if isinstance(kind, Map):
        return {"type": "object", "additionalProperties": of_kind(kind.value_type, answer=answer)}
    if isinstance(kind, Object):
        found = {p.name: _optional(of_kind(p.dtype, answer=answer), p.required) for p in kind.properties}
        needed = [p.name for p in kind.properties if p.required]
        return object_of(found, needed, additionalProperties=False)
    return {}


def _optional(schema: JsonSchema, required: bool) -> JsonSchema:
    return schema if required else or_null(schema)


def or_null(schema: JsonSchema) -> JsonSchema:
    """The same, or null.

    >>> or_null({"type": "string"})
    {'type': ['string', 'null']}
    """
    kind = schema.get("type")
    if isinstance(kind, str):
        return {**schema, "type": [kind, "null"]}
    return schema


def object_of(properties: JsonSchema, required: Sequence[str] = (), **more: Any) -> JsonSchema:
    """The schema of an object with these properties."""
    needed = {"required": list(required)} if required else {}
    return {"type": "object", "properties": properties, **needed, **more}


def column(spec: ColSpec, answer: bool = False) -> JsonSchema:
    """The schema of a value of a column: null too, if the column is optional."""
    return _optional(of_kind(spec.type, answer=answer), spec.required)


def record(schema: Schema, *, answer: bool = False) -> JsonSchema:
    """The schema of one row of named columns, as an object.

    >>> record(Schema([ColSpec("boolean", "member"), ColSpec("string", "note", required=False)]))["required"]
    ['member']
    """
    properties = {str(name): column(spec, answer) for name, spec in named(schema).items()}
    return object_of(properties, [str(name) for name in schema.required_input_names()])


def named(schema: Schema) -> dict[str | int, ColSpec]:
    """Label → column."""
    return dict(zip(schema.input_names(), schema.inputs, strict=True))


def split(schema: Schema) -> JsonSchema:
    """The schema of a frame as "columns" and "data", each value in the type of its column."""
    count, kinds = len(schema), [column(spec) for spec in schema]
    same = all(kind == kinds[0] for kind in kinds)
    row = {"type": "array", **({"items": kinds[0]} if same else {"prefixItems": kinds})}
    properties = {
        "index": {"type": "array", "items": {"type": ["string", "number"]}, "description": "A label for each row."},
        "data": {"type": "array", "items": {**row, "minItems": count, "maxItems": count}},
    }
    more: JsonSchema = {"additionalProperties": False, "format": "pandas.DataFrame:split"}  # Azure's name for it
    if not schema.has_input_names():
        return object_of(properties, ["data"], **more)
    columns = {
        "type": "array",
        "items": _label(schema.input_names()),
        "minItems": count,
        "maxItems": count,
        "description": _ROW_ORDER,
    }
    return object_of({"columns": columns, **properties}, ["columns", "data"], **more)


def _label(names: list[str | int]) -> JsonSchema:
    """The schema of a column's label; makers of clients know no choice between texts and numbers."""
    kinds = sorted({"string" if isinstance(name, str) else "integer" for name in names})
    return {"type": kinds[0], "enum": names} if len(kinds) == 1 else {"type": kinds}


def tensor(spec: TensorSpec, *, answer: bool = False, row: bool = False) -> JsonSchema:
    """The schema of a tensor as nested arrays; lengths of -1 stay open.

    Args:
        spec: Its dtype and shape.
        answer: As in `of_kind`.
        row: One row of it, without its first dimension.

    >>> import numpy as np
    >>> tensor(TensorSpec(np.dtype("int8"), (-1, 2)))["items"]
    {'type': 'array', 'items': {'type': 'integer', 'minimum': -128, 'maximum': 127}, 'minItems': 2, 'maxItems': 2}
    """
    schema = _number(spec.type, answer)
    for length in reversed(spec.shape[1:] if row else spec.shape):
        fixed = {} if length == -1 else {"minItems": length, "maxItems": length}
        schema = {"type": "array", "items": schema, **fixed}
    return schema


def _number(dtype: Any, answer: bool) -> JsonSchema:
    """The schema of one number of a tensor, or of whatever else stands in its place."""
    if dtype.kind in "iu":
        bits = 8 * dtype.itemsize
        named = {"format": f"int{bits}"} if dtype.kind == "i" and bits >= 32 else {}
        low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if dtype.kind == "i" else (0, 2**bits - 1)
        return {"type": "integer", **named, "minimum": low, "maximum": high}
    if dtype.kind == "f":
        found: JsonSchema = {"type": "number", "format": "float" if dtype.itemsize <= 4 else "double"}
        return or_null(found) if answer else found
    others = {"U": DataType.string, "S": DataType.string, "M": DataType.datetime, "b": DataType.boolean}
    return of_kind(others[dtype.kind], answer=answer) if dtype.kind in others else {}


def params(schema: ParamSchema) -> JsonSchema:
    """The schema of "params": each with its type, shape and default.

    >>> params(ParamSchema([ParamSpec("top_k", "long", 3)]))["properties"]["top_k"]["default"]
    3
    """
    return object_of({spec.name: _param(spec) for spec in schema})


def _param(spec: ParamSpec) -> JsonSchema:
    given, kind = plain_default(spec), of_kind(spec.dtype)
    if spec.shape is not None:
        kind = or_null(kind) if isinstance(given, list) and None in given else kind
        (length,) = spec.shape
        fixed = {} if length == -1 else {"minItems": length, "maxItems": length}
        kind = {"type": "array", "items": kind, **fixed}
    if given is None:
        kind = or_null(kind)
    if _finite(given) and _timeless(spec.dtype):  # a time without a zone is no "date-time", strictly
        return {**kind, "default": given}
    return {**kind, "description": f"{spec.default} if not given."}


def plain_default(spec: ParamSpec) -> Any:
    """The default of a param as JSON has it."""
    return plain(spec.default)


def _finite(value: Any) -> bool:
    if isinstance(value, list | dict):
        return all(map(_finite, value.values() if isinstance(value, dict) else value))
    return not isinstance(value, float) or math.isfinite(value)


def _timeless(kind: Kind) -> bool:
    return all(_timeless(p.dtype) for p in kind.properties) if isinstance(kind, Object) else kind != DataType.datetime


def predictions(schema: Schema | None) -> JsonSchema:
    """The schema of what a model answers with; it says nothing where nothing is known.

    >>> predictions(Schema([ColSpec("long")]))["items"]["format"]
    'int64'
    """
    if schema is None:
        return {}
    if schema.is_tensor_spec():
        if not schema.has_input_names():
            return tensor(schema.inputs[0], answer=True)
        return object_of({str(spec.name): tensor(spec, answer=True) for spec in schema})
    values = [column(spec, answer=True) for spec in schema]
    if not schema.has_input_names():
        return {"type": "array", "items": values[0] if len(values) == 1 else {}}
    row = record(schema, answer=True)
    # a Series and a frame of one column have one signature, and differ when written as JSON
    return {"type": "array", "items": row if len(values) > 1 else {"anyOf": [row, *values]}}
