"""The documents for Azure ML's tools: valid, with the names they look for."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from openapi_spec_validator import OpenAPIV2SpecValidator, OpenAPIV30SpecValidator

from modelwright.core.errors import InvalidArgument
from modelwright.models.schema import ColSpec, ParamSchema, ParamSpec, Schema, TensorSpec
from modelwright.models.signature import ModelSignature
from modelwright.serving.documents import openapi, swagger
from modelwright.serving.documents.older import older
from serving.signatures import SIGNATURES, columns, served

MIXED = ModelSignature(columns(age="long", who="string?", member="boolean", raw="binary"), columns(target="double"))


def azure(model: Any, version: str) -> Any:
    """The part of Azure's document that holds its schemas."""
    found = swagger.document([model], version=version)
    return found["definitions"] if version == "2" else found["components"]["schemas"]


@given(SIGNATURES)
@settings(max_examples=50, deadline=None, phases=[Phase.generate])  # to shrink a document takes minutes
def test_documents_of_all_signatures_are_valid(signature: ModelSignature) -> None:
    for version, validator in (("2", OpenAPIV2SpecValidator), ("3", OpenAPIV30SpecValidator)):
        found = swagger.document([served(signature)], version=version)
        json.dumps(found, allow_nan=False)
        validator(found).validate()
        text = json.dumps(found)
        assert not any(f'"{word}":' in text for word in ("prefixItems", "contentEncoding", "examples"))


@pytest.mark.parametrize("version", ["2", "3"])
def test_the_names_that_azure_uses(version: str) -> None:
    found = swagger.document([served(MIXED)], version=version)
    assert set(azure(served(MIXED), version)) == {"ServiceInput", "ServiceOutput", "ErrorResponse"}
    assert set(found["paths"]) == {"/", "/score"}
    assert found["paths"]["/score"]["post"]["operationId"] == "RunMLService"


@pytest.mark.parametrize("version", ["2", "3"])
def test_each_column_keeps_its_type(version: str) -> None:
    data = azure(served(MIXED), version)["ServiceInput"]["properties"]["input_data"]
    assert data["format"] == "pandas.DataFrame:split"
    row = data["properties"]["data"]["items"]
    nullable = "x-nullable" if version == "2" else "nullable"
    assert row["x-prefixItems"] == [
        {"type": "integer", "format": "int64", "minimum": -(2**63), "maximum": 2**63 - 1},
        {"type": "string", nullable: True},
        {"type": "boolean"},
        {"type": "string", "format": "byte"},
    ]
    assert data["properties"]["columns"]["items"] == {"type": "string", "enum": ["age", "who", "member", "raw"]}


def test_columns_of_one_type_are_typed_in_swagger_2_too() -> None:
    data = azure(served(ModelSignature(columns(a="double", b="double"))), "2")["ServiceInput"]["properties"][
        "input_data"
    ]
    assert data["properties"]["data"]["items"]["items"] == {"type": "number", "format": "double"}


@pytest.mark.parametrize("version", ["2", "3"])
def test_the_example_can_be_sent(version: str) -> None:
    signature = ModelSignature(MIXED.inputs, None, ParamSchema([ParamSpec("k", "long", 3)]))
    found = azure(served(signature), version)["ServiceInput"]
    assert found["example"]["input_data"]["data"] == [[1, "text", True, "Ynl0ZXM="]]
    assert found["example"]["params"] == {"k": 3}
    assert found["properties"]["params"]["properties"]["k"]["default"] == 3
    jsonschema.Draft4Validator(found).validate(found["example"])


@pytest.mark.parametrize(
    ("outputs", "form"),
    [
        (columns(a="double", b="long"), "pandas.DataFrame:records"),
        (Schema([ColSpec("double")]), "numpy.ndarray"),
        (Schema([TensorSpec(np.dtype("float32"), (-1, 3))]), "numpy.ndarray"),
        (None, "numpy.ndarray"),
    ],
)
def test_azureml_mlflow_learns_what_to_make_of_an_answer(outputs: Schema | None, form: str) -> None:
    found = azure(served(ModelSignature(columns(x="double"), outputs)), "3")["ServiceOutput"]
    assert found["format"] == form
    assert ("example" in found) is (outputs is not None)


def test_version_3_1_is_the_whole_document() -> None:
    models = [served(MIXED)]
    assert swagger.document(models, version="3.1") == openapi.document(models)


def test_another_version_is_refused() -> None:
    with pytest.raises(InvalidArgument, match=r"no Swagger version '4' here; there are 2, 3, 3\.1"):
        swagger.document([served()], version="4")


@pytest.mark.parametrize("version", ["2", "3"])
def test_several_models_have_names_of_their_own(version: str) -> None:
    models = [served(MIXED, name, prefix=f"/models/{name}") for name in ("one", "two")]
    found = swagger.document(models, version=version)
    (OpenAPIV2SpecValidator if version == "2" else OpenAPIV30SpecValidator)(found).validate()
    assert set(found["paths"]) == {"/", "/score", "/models/two/score"}
    names = found["definitions"] if version == "2" else found["components"]["schemas"]
    assert {"ServiceInput", "two.ServiceInput"} <= set(names)


def test_what_older_documents_lack_is_said_as_far_as_they_can() -> None:
    schema = {"anyOf": [{"type": "string"}, {"type": ["number", "null"]}], "examples": [1, 2]}
    assert older(schema, 3) == {"anyOf": [{"type": "string"}, {"type": "number", "nullable": True}], "example": 1}
    assert older(schema, 2) == {"x-anyOf": [{"type": "string"}, {"type": "number", "x-nullable": True}], "example": 1}
