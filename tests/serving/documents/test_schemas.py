"""Schemas of signatures: what they allow is what the server takes."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.core.errors import Error
from modelwright.models.enforce import compile
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
from modelwright.models.serving_input import parse
from modelwright.models.signature import ModelSignature
from modelwright.serving.documents import forms, schemas
from serving.signatures import SIGNATURES, TABLES, columns

GOOD_AND_BAD: list[tuple[Any, list[Any], list[Any]]] = [
    (DataType.boolean, [True], [0, "true", None]),
    (DataType.integer, [1, -(2**31)], [1.5, 2**31, "1", None]),
    (DataType.long, [2**63 - 1], [2**63, True]),
    (DataType.float, [1, 3.4e38], [3.5e38, "x"]),
    (DataType.double, [1e300, 2], [None, "x", True]),
    (DataType.string, ["", "x"], [1, None]),
    (DataType.binary, ["aGk="], [1]),
    (DataType.datetime, ["2024-01-31"], [1]),
    (Array("long"), [[], [1]], [[1.5], 1]),
    (Array(Array("string")), [[["a"], []]], [["a"]]),
    (Map("double"), [{}, {"k": 0.5}], [{"k": "x"}, []]),
    (
        Object([Property("a", "long"), Property("b", "string", False)]),
        [{"a": 1}, {"a": 1, "b": None}],
        [{}, {"a": 1, "c": 2}],
    ),
    (SparkMLVector(), [[0.5]], ["x"]),
    (AnyType(), [1, None, {"x": []}], []),
]


def valid(schema: Any, value: Any) -> bool:
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema).is_valid(value)


@pytest.mark.parametrize(("kind", "good", "bad"), GOOD_AND_BAD, ids=lambda given: re.sub(r"\W+", "-", repr(given))[:40])
def test_types(kind: Any, good: list[Any], bad: list[Any]) -> None:
    schema = schemas.of_kind(kind)
    assert all(valid(schema, value) for value in good)
    assert not any(valid(schema, value) for value in bad)


@pytest.mark.parametrize(("kind", "good", "bad"), GOOD_AND_BAD, ids=lambda given: re.sub(r"\W+", "-", repr(given))[:40])
def test_optional_columns_may_be_null_and_absent(kind: Any, good: list[Any], bad: list[Any]) -> None:
    schema = schemas.record(Schema([ColSpec(kind, "x", required=False)]))
    for value in [*({"x": one} for one in good), {"x": None}, {}]:
        assert valid(schema, value)
    assert not any(valid(schema, {"x": value}) for value in bad if value is not None)


def test_required_columns_must_be_there() -> None:
    schema = schemas.record(columns(a="long", b="string?"))
    assert valid(schema, {"a": 1})
    assert not valid(schema, {"b": "x"})


@pytest.mark.parametrize(
    ("dtype", "good", "bad"),
    [
        ("int8", 127, 128),
        ("uint8", 255, -1),
        ("int64", 2**63 - 1, 2**63),
        ("float32", 0.5, "x"),
        ("bool", True, 1),
        ("str", "a", 1),
        ("datetime64[ns]", "2024-01-31", 1),
    ],
)
def test_tensors(dtype: str, good: Any, bad: Any) -> None:
    schema = schemas.tensor(TensorSpec(np.dtype(dtype), (-1, 2)))
    assert valid(schema, [[good, good]] * 3)
    assert valid(schema, [])
    assert not valid(schema, [[good, bad]])
    assert not valid(schema, [[good]])
    assert not valid(schema, [good, good])


def test_a_tensor_of_no_dimension_is_one_number() -> None:
    assert schemas.tensor(TensorSpec(np.dtype("float64"), ())) == {"type": "number", "format": "double"}


def test_params_tell_type_shape_and_default() -> None:
    schema = schemas.params(
        ParamSchema(
            [ParamSpec("k", "long", 3), ParamSpec("pair", "double", [1.0, 2.0], (2,)), ParamSpec("n", "string", None)]
        )
    )
    found = schema["properties"]
    assert (found["k"]["default"], found["k"]["type"]) == (3, "integer")
    assert (found["pair"]["minItems"], found["pair"]["maxItems"], found["pair"]["default"]) == (2, 2, [1.0, 2.0])
    assert found["n"]["type"] == ["string", "null"]
    assert not valid(schema, {"pair": [1.0]})


def test_a_default_that_json_lacks_is_told_in_words() -> None:
    found = schemas.params(ParamSchema([ParamSpec("t", "double", float("inf"))]))["properties"]["t"]
    assert "default" not in found
    assert found["description"] == "inf if not given."


def test_an_answer_has_null_for_nan() -> None:
    schema = schemas.predictions(Schema([ColSpec("double")]))
    assert valid(schema, [0.5, None])
    assert not valid(schema, ["x"])
    assert valid(schemas.predictions(Schema([ColSpec("datetime")])), ["2024-01-31T12:00:00", None])


def test_an_answer_of_one_named_column_comes_as_values_or_as_records() -> None:
    schema = schemas.predictions(columns(target="long"))
    assert valid(schema, [1, 2])
    assert valid(schema, [{"target": 1}])
    assert not valid(schema, [{"other": 1}])


def test_nothing_known_is_nothing_claimed() -> None:
    assert schemas.predictions(None) == {}
    assert valid(forms.of(None)["inputs"], {"what": "ever"})


@given(SIGNATURES)
def test_schemas_of_all_signatures_are_schemas(signature: ModelSignature) -> None:
    for schema in forms.of(signature).values():
        jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator.check_schema(schemas.predictions(signature.outputs))
    json.dumps(forms.of(signature), allow_nan=False)


VALUES: dict[DataType, st.SearchStrategy[Any]] = {
    DataType.boolean: st.booleans(),
    DataType.integer: st.integers(-(2**33), 2**33),
    DataType.long: st.integers(-(2**65), 2**65),
    DataType.float: st.floats(allow_nan=False, allow_infinity=False),
    DataType.double: st.floats(allow_nan=False, allow_infinity=False),
    DataType.string: st.text(max_size=3),
    DataType.binary: st.binary(max_size=4).map(lambda given: base64.b64encode(given).decode()),
    DataType.datetime: st.datetimes()
    .filter(lambda given: 1700 < given.year < 2200)
    .map(lambda given: given.isoformat()),
}


@given(st.data(), TABLES)
@settings(max_examples=100, deadline=None)  # the first imports pandas
def test_what_the_schema_allows_the_server_takes(data: st.DataObject, schema: Schema) -> None:
    """And what it refuses, the server refuses; numbers as text and null for a float, which it takes too, aside."""
    signature = ModelSignature(schema)
    row = {str(spec.name): data.draw(VALUES[spec.type]) for spec in schema}
    for form in ("dataframe_records", "instances"):
        allowed = valid(forms.of(signature)[form], [row])
        assert taken({form: [row]}, signature) is allowed


def taken(body: Any, signature: ModelSignature) -> bool:
    try:
        compile(signature)(*parse(json.dumps(body), "application/json", signature))
    except Error:
        return False
    return True
