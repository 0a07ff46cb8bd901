"""Examples of the Open Inference Protocol: what the document shows is what the server takes."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import msgspec
import numpy as np
import pytest
from hypothesis import given, settings

from modelwright.models.enforce import compile
from modelwright.models.schema import Array, ColSpec, Schema, TensorSpec
from modelwright.models.signature import ModelSignature
from modelwright.serving.documents import sample
from modelwright.serving.documents.v2_schemas import SHARED, example
from modelwright.serving.v2 import data as v2_data
from modelwright.serving.v2 import tensors as v2_tensors
from serving.signatures import SIGNATURES, columns, served

REQUEST = {
    **SHARED["V2Request"],
    "components": {"schemas": SHARED},
}


def of(signature: ModelSignature) -> Any:
    return example(signature.inputs, sample.of(served(signature)))


def seen(body: Any, signature: ModelSignature) -> Any:
    """What the model is given of a request."""
    tensors = [msgspec.convert(json.loads(json.dumps(one)), v2_tensors.Tensor) for one in body["inputs"]]
    arrays = {one.name: v2_data.Given(v2_tensors.read(one, None, False)) for one in tensors}
    return compile(signature)(v2_data.data(arrays, signature.inputs), body.get("parameters"))[0]


@given(SIGNATURES)
@settings(deadline=None)  # the first imports pandas
def test_the_example_of_any_signature_is_taken(signature: ModelSignature) -> None:
    found = of(signature)
    if found is not None:
        jsonschema.Draft202012Validator(REQUEST).validate(found)
        seen(found, signature)


@pytest.mark.parametrize(
    ("schema", "tensors"),
    [
        (columns(a="double", b="string"), [("a", [1], "FP64"), ("b", [1], "BYTES")]),
        (columns(tags=Array("string")), [("tags", [1], "BYTES")]),
        (Schema([ColSpec("long"), ColSpec("long")]), [("input-0", [1, 2], "INT64")]),
        (Schema([TensorSpec(np.dtype("float32"), (-1, 2, 2))]), [("input-0", [1, 2, 2], "FP32")]),
        (Schema([TensorSpec(np.dtype("uint8"), (-1, 2), "x")]), [("x", [1, 2], "UINT8")]),
    ],
    ids=["columns", "nested", "unnamed columns", "a tensor", "a named tensor"],
)
def test_names_shapes_and_datatypes(schema: Schema, tensors: Any) -> None:
    found = of(ModelSignature(schema))
    assert [(one["name"], one["shape"], one["datatype"]) for one in found["inputs"]] == tensors


def test_what_the_protocol_cannot_say_has_no_example() -> None:
    assert of(ModelSignature(Schema([TensorSpec(np.dtype("datetime64[ns]"), (-1,))]))) is None
    assert of(ModelSignature(Schema([ColSpec("long"), ColSpec("string")]))) is None
    assert example(None, sample.of(served())) is None
