"""Values invented from nothing but types: of a column, a tensor, a whole request, a whole answer."""

from __future__ import annotations

from typing import Any

from ...models.datatypes import Array, DataType, Kind, Map, Object, SparkMLVector
from ...models.schema import Schema, TensorSpec

_VALUES: dict[DataType, Any] = {
    DataType.boolean: True,
    DataType.integer: 1,
    DataType.long: 1,
    DataType.float: 0.5,
    DataType.double: 0.5,
    DataType.string: "text",
    DataType.binary: "Ynl0ZXM=",
    DataType.datetime: "2024-01-31T12:00:00",
}


def request(schema: Schema) -> tuple[str, Any, dict[str, Any]]:
    """A request made of nothing but the types of a signature: its form, the data, and no params.

    >>> from modelwright.models.schema import ColSpec
    >>> request(Schema([ColSpec("double", "x")]))
    ('dataframe_split', {'columns': ['x'], 'data': [[0.5]]}, {})
    """
    if schema.is_tensor_spec():
        made = {str(spec.name): zeros(spec) for spec in schema}
        return "inputs", made if schema.has_input_names() else zeros(schema.inputs[0]), {}
    values = [value_of(kind) for kind in schema.input_types()]
    if not schema.has_input_names():
        return "inputs", values if len(values) == 1 else [values], {}
    if not all(isinstance(kind, DataType) for kind in schema.input_types()):
        return "inputs", [dict(zip(map(str, schema.input_names()), values, strict=True))], {}
    return "dataframe_split", {"columns": schema.input_names(), "data": [values]}, {}


def value_of(kind: Kind) -> Any:
    """A value of a type, as JSON has it.

    >>> value_of(Array("long")), value_of(DataType.datetime)
    ([1], '2024-01-31T12:00:00')
    """
    if isinstance(kind, DataType):
        return _VALUES[kind]
    if isinstance(kind, Array):
        return [0.5, 0.5] if isinstance(kind, SparkMLVector) else [value_of(kind.dtype)]
    if isinstance(kind, Map):
        return {"key": value_of(kind.value_type)}
    return {p.name: value_of(p.dtype) for p in kind.properties} if isinstance(kind, Object) else "anything"


def zeros(spec: TensorSpec) -> Any:
    """A tensor of zeros or the like, as nested lists; each open length is one.

    >>> import numpy as np
    >>> zeros(TensorSpec(np.dtype("float32"), (-1, 2)))
    [[0.0, 0.0]]
    """
    others: dict[str, Any] = {"f": 0.0, "b": False, "U": "text", "S": "text", "M": _VALUES[DataType.datetime]}
    value = others.get(spec.type.kind, "anything" if spec.type.kind in "OV" else 0)
    for length in reversed(spec.shape):
        value = [value] * (1 if length == -1 else length)
    return value


def answer(schema: Schema | None, rows: int = 1) -> Any:
    """Predictions as they might come for so many rows; None where nothing is known of them.

    >>> from modelwright.models.schema import ColSpec
    >>> answer(Schema([ColSpec("double", "low"), ColSpec("double", "high")]))
    [{'low': 0.5, 'high': 0.5}]
    """
    if schema is None:
        return None
    if schema.is_tensor_spec():
        made = {str(spec.name): _rows_of(zeros(spec), spec, rows) for spec in schema}
        return made if schema.has_input_names() else next(iter(made.values()))
    values = [value_of(kind) for kind in schema.input_types()]
    if schema.has_input_names() and len(values) > 1:
        return [dict(zip(map(str, schema.input_names()), values, strict=True))] * rows
    return (values if len(values) == 1 else [values]) * rows


def _rows_of(value: Any, spec: TensorSpec, rows: int) -> Any:
    return value * rows if spec.shape[:1] == (-1,) else value
