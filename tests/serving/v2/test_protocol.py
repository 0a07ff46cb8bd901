"""The Open Inference Protocol: what is told of models, tensors in JSON and in bytes, and Triton's own client."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from modelwright.models.datatypes import Array, DataType, Map
from modelwright.models.python_model import PythonModel
from modelwright.models.schema import ColSpec, Schema
from modelwright.models.signature import ModelSignature
from modelwright.serving.options import Source
from modelwright.serving.v2 import answers as v2_answers
from modelwright.serving.v2 import tensors as v2_tensors
from serving.running import running
from serving.served import (
    MIXED,
    MIXED_ROW,
    NUMBERS,
    TENSOR,
    TENSORS,
    TIMES,
    ask,
    columns,
    save,
    sees,
    serve,
    sums,
)

SPECIAL = columns(("items", Array(DataType.double)), ("map", Map(DataType.long)))


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    models = {
        "sums": save(folder / "sums", sums(), NUMBERS),
        "params": save(folder / "params", sums(), columns(("x", "double"), ("n", "long"), params=TIMES)),
        "mixed": save(folder / "mixed", sees(), MIXED),
        "special": save(folder / "special", sees(), SPECIAL),
        "unnamed": save(folder / "unnamed", sees(), ModelSignature(Schema([ColSpec("double"), ColSpec("long")]))),
        "texts": save(folder / "texts", sees(), ModelSignature(Schema([ColSpec("string")]))),
        "tensor": save(folder / "tensor", sees(), TENSOR),
        "tensors": save(folder / "tensors", sees(), TENSORS),
        "none": save(folder / "none", sees()),
    }
    return serve(*(Source(name, path, version="7" if name == "sums" else None) for name, path in models.items()))


def tensor(name, datatype, data, shape=None, **parameters):
    found = {"name": name, "datatype": datatype, "shape": shape or [len(data)], "data": data}
    return {**found, "parameters": parameters} if parameters else found


def infer(app, model, *inputs, **more):
    answer = ask(app, f"/v2/models/{model}/infer", {"inputs": inputs, **more})
    assert answer.status == 200, answer.body
    return answer.json


def output(app, model, *inputs, **more):
    (found,) = infer(app, model, *inputs, **more)["outputs"]
    return found["data"]


def seen(app, model, *inputs, **more):
    """What reached a model that tells it: kinds, and values from the tensors they come back in."""
    found = {one["name"]: one for one in infer(app, model, *inputs, **more)["outputs"]}
    return found["kinds"], found["values"]


def refusal(app, model, *inputs, **more):
    answer = ask(app, f"/v2/models/{model}/infer", {"inputs": inputs, **more})
    assert answer.status == 400, answer.body
    assert answer.json["error"] == answer.json["message"]
    return answer.json["error"]


X, N = tensor("x", "FP64", [0.5, 1.5]), tensor("n", "INT64", [1, 2])


def test_the_server_and_its_models_tell_of_themselves(app):
    assert ask(app, "/v2").json["name"] == "modelwright"
    assert "binary_tensor_data" in ask(app, "/v2").json["extensions"]
    assert ask(app, "/v2/health/live").json == {"live": True}
    assert ask(app, "/v2/health/ready").json == {"ready": True}
    assert ask(app, "/v2/models/sums/ready").json == {"name": "sums", "ready": True}
    told = ask(app, "/v2/models/sums").json
    assert told == ask(app, "/v2/models/sums/versions/7").json
    assert told["inputs"] == [
        {"name": "x", "datatype": "FP64", "shape": [-1]},
        {"name": "n", "datatype": "INT64", "shape": [-1]},
    ]
    assert (told["versions"], told["outputs"][0]["datatype"]) == (["7"], "FP64")
    unknown = ask(app, "/v2/models/other")
    assert unknown.status == ask(app, "/v2/models/sums/versions/8").status == 404
    assert "error" in unknown.json


def test_metadata_of_other_signatures(app):
    def shapes(model):
        return [(one["datatype"], one["shape"]) for one in ask(app, f"/v2/models/{model}").json["inputs"]]

    assert shapes("tensors") == [("FP32", [-1, 2]), ("INT64", [-1])]
    assert shapes("special") == [("FP64", [-1, -1]), ("BYTES", [-1])]
    assert shapes("unnamed") == [("FP64", [-1, 2])]
    assert shapes("none") == []
    assert shapes("mixed")[2:] == [("BYTES", [-1]), ("BOOL", [-1]), ("BYTES", [-1]), ("BYTES", [-1]), ("BYTES", [-1])]


def test_a_tensor_for_each_column(app):
    answer = infer(app, "sums", X, N, id="mine")
    assert answer["id"] == "mine"
    assert (answer["model_name"], answer["model_version"]) == ("sums", "7")
    assert answer["outputs"] == [{"name": "output-0", "datatype": "FP64", "shape": [2], "data": [1.5, 3.5]}]
    assert output(app, "sums", tensor("n", "INT8", [[1], [2]], [2, 1]), X) == [1.5, 3.5]
    assert output(app, "sums", X, tensor("n", "FP64", [1, 2.0])) == [1.5, 3.5]


def test_one_tensor_of_all_columns(app):
    for data in ([0.5, 1, 1.5, 2], [[0.5, 1], [1.5, 2]]):
        for datatype in ("FP64", "FP32", "FP16"):
            assert output(app, "sums", tensor("input-0", datatype, data, [2, 2])) == [1.5, 3.5]
    assert "[rows, 2]" in refusal(app, "sums", tensor("input-0", "FP64", [1.0, 2, 3], [1, 3]))
    kinds, values = seen(app, "unnamed", tensor("any", "FP64", [0.5, 1], [1, 2]))
    assert (kinds["data"], values["data"]) == (['{"0": "float64", "1": "int64"}'], ['{"0": [0.5], "1": [1]}'])


def test_every_numeric_type_reaches_its_column_as_it_is(app):
    for datatype, numpy in v2_tensors.NUMBERS.items():
        data = [1, 0] if datatype == "BOOL" else [1, 7]
        kinds, values = seen(app, "none", tensor("x", datatype, data))
        assert kinds["data"] == [numpy]
        assert values["data"] == data


def test_params(app):
    assert output(app, "params", X, N) == [1.5, 3.5]
    assert output(app, "params", X, N, parameters={"times": 2.0, "sequence_id": 3, "timeout": 1}) == [3.0, 7.0]
    assert "times" in refusal(app, "params", X, N, parameters={"times": "many"})


def test_texts_bytes_booleans_and_dates(app):
    names, datatypes = MIXED.inputs.input_names(), ["FP64", "INT64", "BYTES", "BOOL", "BYTES", "BYTES", "BYTES"]
    given = [tensor(n, d, [v]) for n, d, v in zip(names, datatypes, MIXED_ROW, strict=True)]
    _, values = seen(app, "mixed", *given)
    assert json.loads(values["data"][0]) == {
        "amount": [1.5], "count": [3], "city": ["Köln"], "ok": [True], "when": ["2024-02-29T12:00:00"], "raw": ["aGk="],
        "note": [None],
    }  # fmt: skip
    assert "not base64" in refusal(app, "mixed", *given[:5], tensor("raw", "BYTES", ["%"]), given[6])
    assert "ISO 8601" in refusal(app, "mixed", *given[:4], tensor("when", "BYTES", ["soon"]), *given[5:])
    assert "'ok' must be boolean" in refusal(app, "mixed", *given[:3], tensor("ok", "BYTES", ["false"]), *given[4:])


def test_lists_and_objects_in_columns(app):
    items = tensor("items", "FP64", [1, 2, 3, 4], [2, 2])
    _, values = seen(app, "special", items, tensor("map", "BYTES", ['{"a": 1}', "{}"]))
    assert [json.loads(row) for row in values["data"]] == [
        {"items": [1, 2], "map": {"a": 1}},
        {"items": [3, 4], "map": {}},
    ]
    assert "must hold JSON" in refusal(app, "special", items, tensor("map", "BYTES", ["{", "{}"]))
    assert "as many rows" in refusal(app, "special", items, tensor("map", "BYTES", ["{}"]))


def test_values_for_a_model_of_lists(app):
    kinds, values = seen(app, "texts", tensor("any", "BYTES", ["a", "ü"]))
    assert (kinds["data"], values["data"]) == (["list"], ["a", "ü"])


def test_tensor_signatures(app):
    kinds, values = seen(app, "tensor", tensor("any", "FP32", [0.5, None], [1, 2]))
    assert (kinds["data"], values["shape"], values["data"]) == (["float32"], [1, 2], [0.5, None])
    _, values = seen(app, "tensors", tensor("a", "FP64", [[0.5, 1]], [1, 2]), tensor("b", "INT64", [2**53 + 1]))
    assert json.loads(values["data"][0]) == {"a": [[0.5, 1.0]], "b": [2**53 + 1]}
    assert "needs shape (-1, 2)" in refusal(app, "tensor", tensor("any", "FP32", [1, 2, 3], [1, 3]))
    assert "'b'" in refusal(app, "tensors", tensor("a", "FP32", [1, 2], [1, 2]))
    assert "takes one" in refusal(app, "tensor", X, N)


def test_without_a_signature(app):
    kinds, values = seen(app, "none", tensor("x", "INT32", [1, 2], [1, 2]))
    assert (kinds["data"], values["data"]) == (["int32"], [1, 2])
    kinds, _ = seen(app, "none", X, N)
    assert json.loads(kinds["data"][0]) == {"x": "float64", "n": "int64"}
    _, values = seen(app, "none", X, N, parameters={"content_type": "pd"})
    assert json.loads(values["data"][0]) == {"x": [0.5, 1.5], "n": [1, 2]}
    _, values = seen(app, "none", tensor("x", "BYTES", ["aGk="], content_type="base64"))
    assert values == {**values, "data": ["aGk="], "parameters": {"content_type": "base64"}}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (tensor("x", "INT8", [300, 1]), "no INT8: it holds values that are not whole numbers in range, such as 300"),
        (tensor("x", "INT64", [2.9, 1]), "such as 2.9"),
        (tensor("x", "BOOL", [2, 1]), "other than true and false"),
        (tensor("x", "FP32", [2**24 + 1, 1]), "cannot be kept exactly"),
        (tensor("x", "FP64", [2**53 + 1, 0.5]), "64-bit float cannot keep"),
        (tensor("x", "FP64", [10**400, 0.5]), "64-bit float cannot keep"),
        (tensor("x", "INT64", [None, 1]), "holds null"),
        (tensor("x", "FP64", ["1", "2"]), "holds texts"),
        (tensor("x", "FP64", [{}, "2"]), "not numbers"),
        (tensor("x", "FP64", [[1], [1, 2]], [2]), "differ in length"),
        (tensor("x", "BYTES", [1, 2]), "not texts"),
        (tensor("x", "COMPLEX", [1, 2]), "there are: BOOL, INT8"),
        (tensor("x", "FP64", [1, 2], [3]), "has shape [3], which its values do not have"),
        (tensor("x", "FP64", [1, 2], [-1]), "cannot be negative"),
        (tensor("x", "FP64", [[1, 2]], [2, 1]), "which its values do not have"),
        ({"name": "x", "datatype": "FP64", "shape": [2]}, "no values"),
        (tensor("x", "FP64", [1, 2], [2], binary_data_size=-8), "must be a number of bytes"),
        (tensor("x", "FP64", [1, 2, 3]), "as many rows as each other"),
        (tensor("n", "INT64", [1, 2]), "two tensors 'n'"),
        ({"name": "x", "datatype": "FP64", "shape": "2", "data": [1]}, "$.inputs[0].shape"),
    ],
)
def test_tensors_that_are_not_what_they_say_are_refused(app, given, said):
    assert said in refusal(app, "sums", given, N)


def test_requests_that_are_none_of_this_protocol_are_refused(app):
    def said(body, content="application/json", status=400, **headers):
        answer = ask(app, "/v2/models/sums/infer", body, content, headers=headers)
        assert answer.status == status
        return answer.json["error"]

    assert "not JSON" in said(b"{")
    assert "not JSON" in said(b'{"inputs": [{"data": ' + b"[" * 100_000)
    assert "got `array`" in said([1])
    assert "inputs" in said({"dataframe_split": {}})
    assert "no tensors" in said({"inputs": []})
    assert "text/csv" in said(b"x,n\n1,2\n", "text/csv", 415)
    assert "at most 2" in said(b"{}", "application/octet-stream", **{"Inference-Header-Content-Length": "3"})
    assert "at most 2" in said(b"{}", "application/octet-stream", **{"Inference-Header-Content-Length": "x"})
    refused = ask(app, "/v2/models/sums/infer")
    assert (refused.status, "takes POST" in refused.json["error"]) == (405, True)


def test_missing_values(app):
    body = b'{"inputs": [{"name": "x", "datatype": "FP32", "shape": [2], "data": [NaN, null]}]}'
    (answer,) = (one for one in ask(app, "/v2/models/none/infer", body).json["outputs"] if one["name"] == "values")
    assert answer["data"] == [None, None]
    assert "missing values" in refusal(app, "sums", X, tensor("n", "FP64", [None, 1]))


def test_outputs_can_be_chosen(app):
    answer = infer(app, "none", X, outputs=[{"name": "values"}])
    assert [one["name"] for one in answer["outputs"]] == ["values"]
    assert "there are: output-0" in refusal(app, "sums", X, N, outputs=[{"name": "y"}])
    assert "classification" in refusal(
        app, "sums", X, N, outputs=[{"name": "output-0", "parameters": {"classification": 2}}]
    )


def test_bytes_both_ways(app):
    raw = np.array([0.5, 1.5]).tobytes() + np.array([1, 2], "int16").tobytes()
    inputs = [
        {"name": "x", "datatype": "FP64", "shape": [2], "parameters": {"binary_data_size": 16}},
        {"name": "n", "datatype": "INT16", "shape": [2], "parameters": {"binary_data_size": 4}},
    ]
    text = json.dumps({"inputs": inputs, "parameters": {"binary_data_output": True}}).encode()
    headers = {"Inference-Header-Content-Length": str(len(text))}
    path, octets = "/v2/models/sums/infer", "application/octet-stream"
    answer = ask(app, path, text + raw, octets, headers=headers)
    end = int(answer.headers["inference-header-content-length"])
    assert json.loads(answer.body[:end])["outputs"][0]["parameters"] == {"binary_data_size": 16}
    assert np.frombuffer(answer.body[end:]).tolist() == [1.5, 3.5]
    assert ask(app, path, text + raw, None, headers=headers).status == 200
    assert "ends before" in ask(app, path, text + raw[:-1], octets, headers=headers).json["error"]
    assert "belong to no tensor" in ask(app, path, text + raw + b"x", octets, headers=headers).json["error"]


def read(datatype, raw, shape):
    return v2_tensors.read(v2_tensors.Tensor("x", shape, datatype), memoryview(raw), False)


def test_bytes_that_are_not_what_they_say_are_refused():
    assert read("BYTES", struct.pack("<I", 2) + b"hi" + struct.pack("<I", 0), [2]).tolist() == [b"hi", b""]
    for datatype, raw in [("BYTES", b"\1"), ("BYTES", struct.pack("<I", 3) + b"hi"), ("FP64", b"123"), ("BOOL", b"\2")]:
        with pytest.raises(ValueError, match=f"no {datatype}"):
            read(datatype, raw, [1])
    found = read("FP32", np.float32(1.5).tobytes(), [1])
    found += 1  # a model may write on what it is given
    assert found.tolist() == [2.5]


@pytest.mark.parametrize(
    ("predictions", "tensors"),
    [
        (np.array([[1, 2]], "uint8"), [("output-0", "UINT8", [1, 2], [1, 2])]),
        (np.array([1.5, np.nan], "float16"), [("output-0", "FP16", [2], [1.5, None])]),
        (np.array([1.5], "longdouble"), [("output-0", "FP64", [1], [1.5])]),
        (np.array(["a", "b"]), [("output-0", "BYTES", [2], ["a", "b"])]),
        (np.array([b"hi"]), [("output-0", "BYTES", [1], ["aGk="])]),
        (np.array(["2024-01-31", "NaT"], "datetime64[s]"), [("output-0", "BYTES", [2], ["2024-01-31T00:00:00", None])]),
        (np.array([["a", None]], object), [("output-0", "BYTES", [1, 2], ["a", None])]),
        (pd.Series([1, None], dtype="Int64"), [("output-0", "INT64", [2], [1, None])]),
        (pd.Series([1, 2], dtype="Int64"), [("output-0", "INT64", [2], [1, 2])]),
        (pd.Series([1.5, None], dtype="Float32"), [("output-0", "FP32", [2], [1.5, None])]),
        (pd.Series([True, None], dtype="boolean"), [("output-0", "BOOL", [2], [True, None])]),
        (pd.Series(["a", "b"], dtype="category"), [("output-0", "BYTES", [2], ["a", "b"])]),
        (pd.Series([1, 3], dtype="category"), [("output-0", "INT64", [2], [1, 3])]),
        (pd.Series([2**60, 1], dtype="int64[pyarrow]"), [("output-0", "INT64", [2], [2**60, 1])]),
        (pd.DataFrame({"a": [1], "b": ["x"]}), [("a", "INT64", [1], [1]), ("b", "BYTES", [1], ["x"])]),
        ({"a": np.array([1.5]), "b": [True]}, [("a", "FP64", [1], [1.5]), ("b", "BOOL", [1], [True])]),
        ([1, 2], [("output-0", "INT64", [2], [1, 2])]),
        ([[1.5], [2.5]], [("output-0", "FP64", [2, 1], [1.5, 2.5])]),
        ([0.5, None], [("output-0", "FP64", [2], [0.5, None])]),
        ([2**53 + 1, 0.5], [("output-0", "BYTES", [2], ["9007199254740993", "0.5"])]),
        ([[1], [1, 2]], [("output-0", "BYTES", [2], ["[1]", "[1, 2]"])]),
        ([{"a": 1}], [("output-0", "BYTES", [1], ['{"a": 1}'])]),
        ("text", [("output-0", "BYTES", [1], ["text"])]),
        (1.5, [("output-0", "FP64", [1], [1.5])]),
        (None, [("output-0", "BYTES", [1], [None])]),
        ([], [("output-0", "BYTES", [0], [])]),
    ],
)
def test_predictions_as_tensors(predictions, tensors):
    found = [output.described(None) for output in v2_answers.outputs(predictions, None)]
    given = [(one["name"], one["datatype"], one["shape"], json.loads(json.dumps(one["data"]))) for one in found]
    assert [(*one[:3], [None if value != value else value for value in one[3]]) for one in given] == tensors


def test_the_only_output_has_the_name_that_the_signature_says():
    schema = Schema([ColSpec("double", "price")])
    assert [one.name for one in v2_answers.outputs(np.array([1.0]), schema)] == ["price"]


def test_values_that_bytes_cannot_say_stay_in_the_json():
    (whole,) = v2_answers.outputs(["a", "ü"], None)
    assert whole.raw() == struct.pack("<I", 1) + b"a" + struct.pack("<I", 2) + "ü".encode()
    assert [
        one.raw() for one in v2_answers.outputs({"a": ["x", None], "b": pd.Series([1, None], dtype="Int64")}, None)
    ] == [
        None,
        None,
    ]


def test_tritons_client(tmp_path: Path):
    triton = pytest.importorskip("tritonclient.http")
    paths = save(tmp_path / "sums", sums(), NUMBERS), save(tmp_path / "texts", upper(), columns(("t", "string")))

    def given(name, array, datatype, binary):
        found = triton.InferInput(name, list(array.shape), datatype)
        found.set_data_from_numpy(array, binary_data=binary)
        return found

    with running(*paths, log=tmp_path / "log") as server:
        client = triton.InferenceServerClient(server.url.removeprefix("http://"))
        assert client.is_server_live()
        assert client.is_server_ready()
        assert client.is_model_ready("sums")
        assert not client.is_model_ready("other")
        assert client.get_server_metadata()["name"] == "modelwright"
        assert client.get_model_metadata("sums")["inputs"][0]["name"] == "x"
        numbers, whole = np.array([0.5, 1.5]), np.array([1, 2])
        for binary in (True, False):
            asked = [triton.InferRequestedOutput("output-0", binary_data=binary)]
            inputs = [given("x", numbers, "FP64", binary), given("n", whole, "INT64", not binary)]
            answer = client.infer("sums", inputs, outputs=asked, request_id="r", headers={"x-request-id": "q"})
            assert answer.as_numpy("output-0").tolist() == [1.5, 3.5]
            assert answer.get_response()["id"] == "r"
            texts = given("t", np.array([b"a", "ü".encode()], object), "BYTES", binary)
            said = client.infer("texts", [texts], request_compression_algorithm="gzip").as_numpy("output-0")
            assert [text.decode() for text in said] == ["A", "Ü"]
        with pytest.raises(Exception, match="column 'n' is missing"):
            client.infer("sums", [given("x", numbers, "FP64", True)])
        client.close()


def upper() -> PythonModel:
    class Upper(PythonModel):
        def predict(self, context, model_input):
            return model_input["t"].str.upper().tolist()

    return Upper()


@pytest.mark.parametrize("shape", [[], [1] * 65, [0, 2**63]])
def test_shapes_that_no_array_can_have_are_refused(app, shape):
    data = [] if 0 in shape else [1.0]
    for name in ("rows", "x"):
        found = ask(app, "/v2/models/numbers/infer", {"inputs": [
            {"name": name, "shape": shape, "datatype": "FP64", "data": data}
        ]})  # fmt: skip
        assert 400 <= found.status < 500, found.body


def test_texts_that_are_no_unicode_are_no_base64(app):
    given = {
        "name": "raw",
        "shape": [1],
        "datatype": "BYTES",
        "data": ["\ud800"],
        "parameters": {"content_type": "base64"},
    }
    found = ask(app, "/v2/models/mixed/infer", {"inputs": [given]})
    assert 400 <= found.status < 500, found.body
