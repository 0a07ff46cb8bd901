"""Requests to try a model with: there always is one, it fits the schema, and the server takes it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from scipy import sparse

from modelwright.models.enforce import compile
from modelwright.models.example import write_example
from modelwright.models.mlmodel import Model
from modelwright.models.schema import Array, Schema, TensorSpec
from modelwright.models.serving_input import parse
from modelwright.models.signature import ModelSignature, infer_signature
from modelwright.serving.documents import forms, sample, schemas
from modelwright.serving.documents.described import Described
from modelwright.serving.documents.invented import answer
from serving.signatures import SIGNATURES, columns, served

FRAME = pd.DataFrame({"n": [1.5, 2.5], "who": ["a", "b"]})


def stored(tmp_path: Path, example: Any, signature: ModelSignature | None = None) -> Described:
    """A model that was saved with an example."""
    info = write_example(example, tmp_path)
    return Described("m", Model(signature=signature, saved_input_example_info=info), tmp_path)


def seen(body: Any, signature: ModelSignature | None, native: bool = False) -> Any:
    """What the model is given of a request."""
    return compile(signature, native=native)(*parse(json.dumps(body), "application/json", signature, native=native))


@given(SIGNATURES)
@settings(max_examples=100, deadline=None)  # the first imports pandas
def test_made_from_any_signature_it_fits_and_is_taken(signature: ModelSignature) -> None:
    found = sample.of(served(signature))
    allowed = forms.of(signature)
    assert found.origin == "signature"
    assert set(found.bodies) == set(allowed)
    for form, body in found.bodies.items():
        value = body if not form else body[form]
        jsonschema.Draft202012Validator(allowed[form]).validate(value)
        assert value
        seen(body, signature, native=not form)


@given(SIGNATURES)
def test_the_answer_fits_its_schema(signature: ModelSignature) -> None:
    found = answer(signature.outputs, rows=2)
    if signature.outputs is not None:
        jsonschema.Draft202012Validator(schemas.predictions(signature.outputs)).validate(found)
        assert found


def test_the_stored_example_comes_in_every_form(tmp_path: Path) -> None:
    signature = infer_signature(FRAME)
    found = sample.of(stored(tmp_path, FRAME, signature))
    assert found.origin == "example"
    assert list(found.bodies) == ["dataframe_split", "dataframe_records", "instances", "inputs", "input_data"]
    assert found.bodies["inputs"] == {"inputs": {"n": [1.5, 2.5], "who": ["a", "b"]}}
    assert found.rows == 2
    for body in found.bodies.values():
        pd.testing.assert_frame_equal(seen(body, signature)[0], FRAME)


def test_it_comes_with_its_params_and_the_defaults_of_the_others(tmp_path: Path) -> None:
    signature = infer_signature(FRAME, params={"k": 3, "t": 0.5})
    found = sample.of(stored(tmp_path, (FRAME, {"k": 7}), signature))
    assert {json.dumps(body["params"]) for body in found.bodies.values()} == {'{"k": 7, "t": 0.5}'}


def test_as_csv(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [True], "b": ["x, y"], "c": [None]})
    found = sample.of(stored(tmp_path, frame, ModelSignature(columns(a="boolean", b="string", c="double?"))))
    assert found.table == 'a,b,c\ntrue,"x, y",\n'


@pytest.mark.parametrize("name", ["only", None])
def test_an_array(tmp_path: Path, name: str | None) -> None:
    array = np.array([[0.5, 1.0], [2.0, 3.0]], "float32")
    signature = ModelSignature(Schema([TensorSpec(array.dtype, (-1, 2), name)]))
    found = sample.of(stored(tmp_path, {name: array} if name else array, signature))
    assert set(found.bodies) == {"inputs", "instances", "input_data"}
    for body in found.bodies.values():
        data = seen(body, signature)[0]
        np.testing.assert_array_equal(data[name] if name else data, array)
    assert found.rows == 2


def test_a_sparse_matrix_is_shown_dense(tmp_path: Path) -> None:
    matrix = sparse.csr_matrix(np.eye(2))
    found = sample.of(stored(tmp_path, matrix, infer_signature(matrix)))
    assert found.bodies["inputs"] == {"inputs": [[1.0, 0.0], [0.0, 1.0]]}


@pytest.mark.parametrize(
    ("example", "form"),
    [
        ({"n": 1.5, "who": "a"}, "dataframe_records"),
        ({"n": [1.5, 2.5], "who": ["a", "b"]}, "dataframe_split"),
        ([{"n": 1.5, "who": "a"}, {"n": 2.5, "who": "b"}], "inputs"),
    ],
)
def test_json_values_of_named_columns(tmp_path: Path, example: Any, form: str) -> None:
    signature = ModelSignature(columns(n="double", who="string"))
    found = sample.of(stored(tmp_path, example, signature))
    rows = 1 if isinstance(example, dict) and example["n"] == 1.5 else 2
    assert form in found.bodies
    for body in found.bodies.values():
        pd.testing.assert_frame_equal(seen(body, signature)[0], FRAME.head(rows))


def test_texts(tmp_path: Path) -> None:
    signature = infer_signature(["a", "b"])
    found = sample.of(stored(tmp_path, ["a", "b"], signature))
    assert found.bodies["inputs"] == {"inputs": ["a", "b"]}
    assert seen(found.bodies["inputs"], signature, native=True)[0] == ["a", "b"]
    assert found.bodies["dataframe_split"] == {"dataframe_split": {"data": [["a"], ["b"]]}}


def test_a_chat_request_stays_bare(tmp_path: Path) -> None:
    body = {"messages": [{"role": "user", "content": "hi"}]}
    signature = infer_signature(body, params={"temperature": 0.5})
    found = sample.of(stored(tmp_path, (body, {"temperature": 0.1}), signature))
    assert next(iter(found.bodies)) == ""
    assert found.first == {**body, "temperature": 0.1}
    data, params = seen(found.first, signature, native=True)
    assert (data, params) == (body, {"temperature": 0.1})


def test_a_column_called_data_is_no_table(tmp_path: Path) -> None:
    signature = ModelSignature(columns(data=Array("double")))
    found = sample.of(stored(tmp_path, {"data": [1.0]}, signature))
    for form, body in found.bodies.items():
        if form != "input_data":
            assert seen(body, signature)[0]["data"].tolist() == [[1.0]], form


def test_without_a_signature_the_example_keeps_its_kind(tmp_path: Path) -> None:
    (tmp_path / "frame").mkdir()
    (tmp_path / "list").mkdir()
    assert "instances" not in sample.of(stored(tmp_path / "frame", FRAME)).bodies
    assert sample.of(stored(tmp_path / "list", [1, 2])).bodies["instances"] == {"instances": [1, 2]}


def test_neither_signature_nor_example_is_said() -> None:
    found = sample.of(served())
    assert found.origin == "nowhere"
    assert "written nowhere" in json.dumps(found.first)


def test_a_broken_example_is_none(tmp_path: Path) -> None:
    model = stored(tmp_path, FRAME, infer_signature(FRAME))
    (tmp_path / "serving_input_example.json").write_text("{")
    assert sample.of(model).origin == "signature"
    (tmp_path / "serving_input_example.json").unlink()
    assert sample.of(model).origin == "signature"


def test_a_large_example_is_cut_and_a_huge_one_shown_once(tmp_path: Path) -> None:
    (tmp_path / "rows").mkdir()
    (tmp_path / "image").mkdir()
    frame = pd.concat([FRAME] * 5000, ignore_index=True)
    assert sample.of(stored(tmp_path / "rows", frame, infer_signature(frame))).rows == sample.FEW
    image = np.zeros((5, 200, 200))
    found = sample.of(
        stored(tmp_path / "image", image, ModelSignature(Schema([TensorSpec(image.dtype, (-1, 200, 200))])))
    )
    assert list(found.bodies) == ["inputs"]
    assert len(found.first["inputs"]) == sample.FEW


def test_values_that_json_lacks_are_null(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": [float("inf"), float("nan")], "when": [dt.datetime(2024, 1, 31), None]})
    model = stored(tmp_path, frame, infer_signature(frame))
    (tmp_path / "serving_input_example.json").write_text(
        '{"inputs": {"x": [NaN, Infinity], "when": ["2024-01-31", null]}}'
    )
    text = json.dumps(sample.of(model).bodies, allow_nan=False)
    assert "[null, null]" in text
