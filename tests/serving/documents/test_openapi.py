"""The OpenAPI document: valid, complete, and true to what the server does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from openapi_spec_validator import OpenAPIV31SpecValidator

from modelwright.models.example import write_example
from modelwright.models.mlmodel import Model
from modelwright.models.schema import Array, ParamSchema, ParamSpec, Schema
from modelwright.models.signature import ModelSignature, infer_signature
from modelwright.serving.documents.described import Described
from modelwright.serving.documents.openapi import document
from modelwright.serving.documents.parts import words
from serving.signatures import SIGNATURES, columns, served

METHODS = ("predict_proba", "apply")
PATHS = [
    "/invocations", "/invocations/predict_proba", "/invocations/apply", "/score", "/v2/models/m", "/v2/models/m/ready",
    "/v2/models/m/infer", "/", "/ping", "/health", "/version", "/metrics", "/openapi.json", "/swagger.json", "/docs",
    "/v2", "/v2/health/live", "/v2/health/ready",
]  # fmt: skip


def validate(given: dict[str, Any]) -> None:
    json.dumps(given, allow_nan=False)
    OpenAPIV31SpecValidator(given).validate()


def bodies(given: dict[str, Any], path: str = "/invocations") -> dict[str, Any]:
    body = given["paths"][path]["post"]["requestBody"]
    if "$ref" in body:
        body = given["components"]["requestBodies"][body["$ref"].rpartition("/")[2]]
    content: dict[str, Any] = body["content"]
    return content


def resolved(given: dict[str, Any], schema: dict[str, Any]) -> jsonschema.Draft202012Validator:
    """A validator of a schema of the document."""
    return jsonschema.Draft202012Validator({**schema, "components": given["components"]})


@given(SIGNATURES)
@settings(max_examples=50, deadline=None, phases=[Phase.generate])  # to shrink a document takes minutes
def test_documents_of_all_signatures_are_valid(signature: ModelSignature) -> None:
    found = document([served(signature, methods=METHODS)])
    validate(found)
    content = bodies(found)["application/json"]
    validator = resolved(found, content["schema"])
    for example in content["examples"].values():
        validator.validate(example["value"])
    score = bodies(found, "/score")["application/json"]["schema"]
    resolved(found, score).validate(content["examples"]["input_data"]["value"])


def test_every_address_is_told_of() -> None:
    found = document([served(ModelSignature(columns(x="double")), methods=METHODS)])
    assert list(found["paths"]) == PATHS
    version = document([served(version="3")])["paths"]
    assert {f"/v2/models/m/versions/3{end}" for end in ("", "/ready", "/infer")} <= set(version)


def test_a_model_of_which_nothing_is_known() -> None:
    found = document([served()])
    validate(found)
    (example, _) = bodies(found)["application/json"]["examples"].values()
    assert "not known" in example["summary"]


def test_several_models() -> None:
    models = [
        served(ModelSignature(columns(x="double")), "credit", prefix="/models/credit"),
        served(ModelSignature(columns(y="long")), "a b/ç", prefix="/models/a b/ç", methods=METHODS),
    ]
    found = document(models)
    validate(found)
    assert "/models/a%20b/%C3%A7/invocations/apply" in found["paths"]
    assert "/v2/models/a%20b%2F%C3%A7/infer" in found["paths"]
    assert "x" in found["components"]["schemas"]["credit.Record"]["properties"]
    assert "y" in found["components"]["schemas"]["a_b__.Record"]["properties"]
    ids = [operation["operationId"] for path in found["paths"].values() for operation in path.values()]
    assert len(set(ids)) == len(ids)
    first = bodies(found)["application/json"]["schema"]
    assert first == bodies(found, "/models/credit/invocations")["application/json"]["schema"]


def test_names_that_look_alike_stay_apart() -> None:
    found = document([served(name=name, prefix=f"/models/{name}") for name in ("a b", "a/b", "a_b")])
    validate(found)
    assert len(words(["a b", "a/b", "a_b"])) == len(set(words(["a b", "a/b", "a_b"])))


def test_types_nullable_params_and_answers_stand_where_they_belong(tmp_path: Path) -> None:
    signature = ModelSignature(
        columns(n="integer", who="string?", tags=Array("string")),
        Schema(columns(low="double", high="double").inputs),
        ParamSchema([ParamSpec("k", "long", 3)]),
    )
    found = document([served(signature)])
    schemas = found["components"]["schemas"]
    assert schemas["Record"] == {
        "type": "object",
        "properties": {
            "n": {"type": "integer", "format": "int32", "minimum": -(2**31), "maximum": 2**31 - 1},
            "who": {"type": ["string", "null"]},
            "tags": {"type": "array", "items": {"type": "string"}},
        },
        "required": ["n", "tags"],
    }
    assert schemas["Params"]["properties"]["k"]["default"] == 3
    assert schemas["DataframeRecords"]["properties"] == {
        "dataframe_records": {"type": "array", "items": {"$ref": "#/components/schemas/Record"}},
        "params": {"$ref": "#/components/schemas/Params"},
    }
    assert schemas["Predictions"]["items"]["properties"]["low"] == {"type": ["number", "null"], "format": "double"}
    assert schemas["ServiceOutput"]["format"] == "pandas.DataFrame:records"
    answer = found["paths"]["/invocations"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    resolved(found, answer).validate({"predictions": [{"low": 0.5, "high": None}]})
    assert not resolved(found, answer).is_valid([0.5])


def test_the_stored_example_is_what_it_shows(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": [1.5], "who": ["me"]})
    info = write_example(frame, tmp_path)
    model = Model(signature=infer_signature(frame), saved_input_example_info=info)
    found = document([Described("m", model, tmp_path, version="7")])
    assert found["info"]["version"] == "7"
    content = bodies(found)
    shown = content["application/json"]["examples"]["dataframe_split"]
    assert shown["value"] == {"dataframe_split": {"columns": ["x", "who"], "data": [[1.5, "me"]]}}
    assert content["text/csv"]["example"] == "x,who\n1.5,me\n"
    assert bodies(found, "/v2/models/m/infer")["application/json"]["example"]["inputs"] == [
        {"name": "x", "shape": [1], "datatype": "FP64", "data": [1.5]},
        {"name": "who", "shape": [1], "datatype": "BYTES", "data": ["me"]},
    ]


def test_a_model_that_streams() -> None:
    meta = Model(flavors={"python_function": {"streamable": True}})
    found = document([Described("m", meta, Path("nowhere"))])
    validate(found)
    assert set(found["paths"]["/invocations"]["post"]["responses"]["200"]["content"]) == {
        "application/json", "text/event-stream", "application/x-ndjson",
    }  # fmt: skip
    assert "/invocations/predict_stream" in found["paths"]


def test_a_chat_model_takes_and_gives_bare_objects() -> None:
    found = document([served(ModelSignature(columns(messages=Array("string"))))])
    validate(found)
    content = bodies(found)["application/json"]
    assert content["examples"]["bare"]["value"] == {"messages": ["text"]}
    answer = found["paths"]["/invocations"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert {"$ref": "#/components/schemas/Predictions"} in answer["anyOf"]


@pytest.mark.parametrize("status", ["400", "408", "413", "415", "429", "503", "504"])
def test_refusals_are_described(status: str) -> None:
    found = document([served()])
    for path in ("/invocations", "/score", "/v2/models/m/infer"):
        assert found["paths"][path]["post"]["responses"][status] == {"$ref": f"#/components/responses/{status}"}
    told = found["components"]["responses"][status]
    assert told["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/ErrorResponse"}
    assert ("Retry-After" in told["headers"]) is (status in ("429", "503"))


def test_each_kind_of_body_is_told_of_where_it_can_be_sent() -> None:
    tables = {"application/json", "text/csv", "application/vnd.apache.arrow.stream", "application/vnd.apache.parquet"}
    assert set(bodies(document([served(ModelSignature(columns(x="double")))]))) == tables
    assert set(bodies(document([served()]))) == tables
