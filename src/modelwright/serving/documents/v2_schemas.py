"""The Open Inference Protocol's requests and answers as JSON Schema, with an example of a model's own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ...models.datatypes import AnyType, Array, DataType, Map, Object
from ...models.schema import Schema
from .parts import Parts
from .sample import Sample
from .schemas import JsonSchema

DATATYPES = {
    DataType.boolean: "BOOL",
    DataType.integer: "INT32",
    DataType.long: "INT64",
    DataType.float: "FP32",
    DataType.double: "FP64",
    DataType.string: "BYTES",
    DataType.binary: "BYTES",
    DataType.datetime: "BYTES",
}
_NUMPY = {"b": "BOOL", "u": "UINT", "i": "INT", "f": "FP"}
_BITS = {"UINT": (8, 16, 32, 64), "INT": (8, 16, 32, 64), "FP": (16, 32, 64)}
UNNAMED = "input-0"

ANSWER: JsonSchema = {"$ref": "#/components/schemas/V2Answer"}
SHARED: dict[str, JsonSchema] = {
    "V2Tensor": {
        "type": "object",
        "description": "A column or a tensor; its values flat or nested.",
        "properties": {
            "name": {"type": "string"},
            "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}},
            "datatype": {
                "type": "string",
                "enum": ["BOOL", *(f"{kind}{bits}" for kind, sizes in _BITS.items() for bits in sizes), "BYTES"],
            },
            "data": {"type": "array", "items": {}},
            "parameters": {"type": "object"},
        },
        "required": ["name", "shape", "datatype", "data"],
    },
    "V2Request": {
        "type": "object",
        "properties": {
            "id": {"type": "string", "description": "Comes back with the answer."},
            "inputs": {"type": "array", "items": {"$ref": "#/components/schemas/V2Tensor"}, "minItems": 1},
            "parameters": {"type": "object", "description": "The model's params."},
            "outputs": {"type": "array", "items": {"type": "object"}},
        },
        "required": ["inputs"],
    },
    "V2Answer": {
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "model_name": {"type": "string"},
            "model_version": {"type": "string"},
            "outputs": {"type": "array", "items": {"$ref": "#/components/schemas/V2Tensor"}},
        },
        "required": ["model_name", "outputs"],
    },
}


def request(part: Parts) -> dict[str, Any]:
    """The media type object of a request to a model."""
    body = example(part.model.meta.get_input_schema(), part.sample)
    return {"schema": {"$ref": "#/components/schemas/V2Request"}, **({"example": body} if body else {})}


def example(schema: Schema | None, tried: Sample) -> dict[str, Any] | None:
    """The sample as a request of this protocol; None where the protocol or the signature says too little for one.

    >>> from modelwright.models.schema import ColSpec
    >>> found = example(Schema([ColSpec("double", "x")]), Sample("signature", {"inputs": {"inputs": {"x": [0.5]}}}))
    >>> found["inputs"]
    [{'name': 'x', 'shape': [1], 'datatype': 'FP64', 'data': [0.5]}]
    """
    body = tried.bodies.get("inputs")
    if schema is None or body is None:
        return None
    types = {str(name): kind for name, kind in zip(schema.input_names(), schema.input_types(), strict=True)}
    if not schema.has_input_names():
        if any(kind != types["0"] for kind in types.values()):
            return None
        types = {UNNAMED: types["0"]}
    lists = _lists(body["inputs"], types)
    tensors = [_tensor(name, types[name], values) for name, values in lists.items() if name in types]
    if not tensors or None in tensors:
        return None
    return {"inputs": tensors, **({"parameters": body["params"]} if "params" in body else {})}


def _lists(data: Any, types: Mapping[str, Any]) -> dict[str, Any]:
    """Name → values, of records too."""
    if list(types) == [UNNAMED]:
        return {UNNAMED: data if isinstance(data, list) else [data]}
    if isinstance(data, list):
        return {name: [row.get(name) for row in data] for name in types if any(name in row for row in data)}
    return data if isinstance(data, dict) else {}


def _tensor(name: str, kind: Any, values: Any) -> dict[str, Any] | None:
    if isinstance(kind, Array | Object | Map | AnyType):
        values, datatype = [None if value is None else json.dumps(value) for value in values], "BYTES"
    else:
        found = DATATYPES[kind] if isinstance(kind, DataType) else of_numpy(kind)
        if found is None or (None in values and not found.startswith("FP")):
            return None
        datatype = found
    return {"name": name, "shape": shape_of(values), "datatype": datatype, "data": values}


def of_numpy(dtype: Any) -> str | None:
    """The protocol's name of a numpy dtype; None where it has none.

    >>> import numpy as np
    >>> of_numpy(np.dtype("float32")), of_numpy(np.dtype("str")), of_numpy(np.dtype("complex64"))
    ('FP32', 'BYTES', None)
    """
    kind = getattr(dtype, "kind", "")
    if kind in ("U", "S", "O"):
        return "BYTES"
    word = _NUMPY.get(kind)
    return word if word in (None, "BOOL") else f"{word}{8 * dtype.itemsize}"


def shape_of(values: Any) -> list[int]:
    """The lengths of nested lists, taken from the first of each."""
    shape = []
    while isinstance(values, list):
        shape.append(len(values))
        values = values[0] if values else None
    return shape
