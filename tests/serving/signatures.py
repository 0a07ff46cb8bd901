"""Signatures of every kind, for tests that must hold whatever a model takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from modelwright.models.mlmodel import Model
from modelwright.models.schema import (
    AnyType,
    Array,
    ColSpec,
    DataType,
    Map,
    Object,
    ParamSchema,
    ParamSpec,
    Property,
    Schema,
    SparkMLVector,
    TensorSpec,
)
from modelwright.models.signature import ModelSignature
from modelwright.serving.documents.described import Described

SCALARS = st.sampled_from(list(DataType))
NAMES = st.one_of(st.text("ab $%/{é\"'", max_size=3), st.integers(0, 9), st.sampled_from(["data", "input", "messages"]))


def nested(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Types made of others."""
    properties = st.builds(Property, st.text(max_size=3), leaves, st.booleans())
    objects = st.lists(properties, min_size=1, max_size=3, unique_by=lambda p: p.name).map(Object)
    return st.one_of(leaves.map(Array), leaves.map(Map), objects)


KINDS = st.recursive(st.one_of(SCALARS, st.just(AnyType()), st.just(SparkMLVector())), nested, max_leaves=4)
DTYPES = st.sampled_from(["float16", "float32", "float64", "int8", "int64", "uint8", "bool", "str", "datetime64[ns]"])


def named_columns(kinds: st.SearchStrategy[Any]) -> st.SearchStrategy[Schema]:
    spec = st.builds(ColSpec, kinds, NAMES, required=st.booleans())
    return st.lists(spec, min_size=1, max_size=4, unique_by=lambda one: str(one.name)).map(Schema)


def tensor(name: str | None = None) -> st.SearchStrategy[TensorSpec]:
    shapes = st.lists(st.integers(1, 3), max_size=2).map(lambda rest: (-1, *rest))
    return st.builds(TensorSpec, DTYPES.map(np.dtype), shapes, st.just(name))


COLUMNS = named_columns(KINDS)
TABLES = named_columns(SCALARS)
UNNAMED = st.lists(st.builds(ColSpec, SCALARS), min_size=1, max_size=3).map(Schema)
TENSOR = tensor().map(lambda spec: Schema([spec]))
TENSORS = st.tuples(tensor("a"), tensor("b")).map(lambda specs: Schema(list(specs)))
SCHEMAS = st.one_of(COLUMNS, UNNAMED, TENSOR, TENSORS)
PARAMS = st.sampled_from(
    [
        None,
        ParamSchema([ParamSpec("k", "long", 3), ParamSpec("words", "string", ["a"], (-1,))]),
        ParamSchema([ParamSpec("t", "double", float("nan")), ParamSpec("s", "string", None)]),
        ParamSchema([ParamSpec("when", "datetime", "2024-01-31"), ParamSpec("pair", "double", [0.5, 1.5], (2,))]),
        ParamSchema([ParamSpec("o", Object([Property("a", "long")]), {"a": 1})]),
    ]
)
SIGNATURES = st.builds(ModelSignature, SCHEMAS, st.one_of(st.none(), SCHEMAS), PARAMS)


def served(signature: ModelSignature | None = None, name: str = "m", **more: Any) -> Described:
    """A model of which only the signature is known."""
    return Described(name, Model(signature=signature), Path("nowhere"), **more)


def columns(**kinds: Any) -> Schema:
    """Columns by name; a type that ends in "?" is optional."""
    specs = []
    for name, kind in kinds.items():
        optional = isinstance(kind, str) and kind.endswith("?")
        specs.append(ColSpec(kind.rstrip("?") if optional else kind, name, required=not optional))
    return Schema(specs)
