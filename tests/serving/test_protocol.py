"""MLflow's and Azure's addresses: every form of body for every kind of model, and the server's own addresses."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from modelwright.models.jsonable import plain
from modelwright.models.load import load_pyfunc
from modelwright.models.predictions import plain as jsonable
from modelwright.models.python_model import PythonModel
from modelwright.models.schema import ColSpec, Schema
from modelwright.models.signature import ModelSignature
from modelwright.serving import bodies
from modelwright.serving.options import Source
from serving.served import MIXED, NUMBERS, TENSOR, TENSORS, TIMES, ask, columns, save, sees, serve, sums

FRAME = pd.DataFrame({"x": [0.5, 1.5, -2.0], "n": [1, 2, 3]})
ROWS = pd.DataFrame(
    {
        "amount": [1.5, float("nan")],
        "count": [3, 2**53 + 1],
        "city": ["Köln", 'a "b", c'],
        "ok": [True, False],
        "when": [datetime(2024, 2, 29, 12), datetime(1999, 1, 1)],
        "raw": [b"hi", b"\xff\x00"],
        "note": [None, "x"],
    }
)
ADDRESSES = ("/invocations", "/score")


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return {
        "sums": save(folder / "sums", sums(), NUMBERS),
        "params": save(folder / "params", sums(), columns(("x", "double"), ("n", "long"), params=TIMES)),
        "mixed": save(folder / "mixed", sees(), MIXED),
        "unnamed": save(folder / "unnamed", sees(), ModelSignature(Schema([ColSpec("double"), ColSpec("long")]))),
        "tensor": save(folder / "tensor", sees(), TENSOR),
        "tensors": save(folder / "tensors", sees(), TENSORS),
        "none": save(folder / "none", sees()),
        "texts": save(folder / "texts", sees(), ModelSignature(Schema([ColSpec("string")]))),
        "counts": save(folder / "counts", counts(), NUMBERS),
    }


@pytest.fixture(scope="module")
def app(paths):
    app = serve(*(Source(name, path) for name, path in paths.items()))
    yield app
    app.close()


def counts() -> PythonModel:
    class Counts(PythonModel):
        def predict(self, context, model_input):
            return model_input

        def predict_pairs(self, context, model_input, times=1):
            return [[row, row] for row in model_input["x"]] * times

        def write_files(self, model_input):
            raise AssertionError("nobody may call this by address")

        def predict_badly(self, model_input):
            raise ValueError("something\nsecond line")

    return Counts()


def rows(frame):
    return [[plain(value) for value in row] for row in frame.itertuples(index=False)]


def records(frame):
    return [dict(zip(frame.columns, row, strict=True)) for row in rows(frame)]


def lists(frame):
    return {name: [plain(value) for value in frame[name].tolist()] for name in frame.columns}


def split(frame):
    return {"columns": list(frame.columns), "data": rows(frame)}


FORMS = {
    "dataframe_split": split,
    "dataframe_records": records,
    "instances": records,
    "inputs": lists,
    "input_data": split,
    "input_data of lists": lists,
    "input_data with an index": lambda frame: {**split(frame), "index": list(range(len(frame)))},
}


def csv(frame):
    cells = frame.assign(**{name: [plain(v) for v in frame[name]] for name in frame.columns if name == "raw"})
    return cells.to_csv(index=False).encode()


def arrow(frame):
    table, out = pa.Table.from_pandas(frame, preserve_index=False), io.BytesIO()
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table, max_chunksize=2)
    return out.getvalue()


def arrow_file(frame):
    table, out = pa.Table.from_pandas(frame, preserve_index=False), io.BytesIO()
    with pa.ipc.new_file(out, table.schema) as writer:
        writer.write_table(table, max_chunksize=2)
    return out.getvalue()


def parquet(frame):
    out = io.BytesIO()
    pyarrow.parquet.write_table(pa.Table.from_pandas(frame, preserve_index=False), out)
    return out.getvalue()


TABLES = {
    "text/csv; charset=utf-8": csv,
    "application/vnd.apache.arrow.stream": arrow,
    "application/vnd.apache.arrow.file": arrow_file,
    "application/vnd.apache.parquet": parquet,
    "application/x-parquet": parquet,
}
BODIES = [
    *((form, "application/json", lambda f, form=form, make=make: json.dumps({form.partition(" ")[0]: make(f)}).encode())
      for form, make in FORMS.items()),
    *((kind, kind, make) for kind, make in TABLES.items()),
]  # fmt: skip


def answers(app, model, body, content="application/json", **headers):
    """The predictions, which are the same at both addresses, and packed."""
    found = [ask(app, f"/models/{model}{address}", body, content, headers=headers) for address in ADDRESSES]
    packed = [("gzip", gzip.compress(body)), ("deflate", zlib.compress(body))]
    for name, small in packed if not headers else []:
        found.append(ask(app, f"/models/{model}/score", small, content, headers={"content-encoding": name}))
    assert {answer.status for answer in found} == {200}, found
    bare = [found[0].json["predictions"], *(answer.json for answer in found[1:])]
    assert all(one == bare[0] for one in bare)
    return bare[0]


@pytest.mark.parametrize(("kind", "make"), [pytest.param(kind, make, id=name) for name, kind, make in BODIES])
@pytest.mark.parametrize("model", ["sums", "params"])
def test_numbers_in_every_form(app, paths, model, kind, make):
    expected = load_pyfunc(paths[model], trust=True).predict(FRAME).tolist()
    assert answers(app, model, make(FRAME), kind) == expected == [1.5, 3.5, 1.0]


@pytest.mark.parametrize(("kind", "make"), [pytest.param(kind, make, id=name) for name, kind, make in BODIES])
def test_every_type_in_every_form(app, paths, kind, make):
    expected = jsonable(load_pyfunc(paths["mixed"], trust=True).predict(ROWS))
    found = answers(app, "mixed", make(ROWS), kind)
    assert found["values"] == expected["values"]
    assert {name: found["kinds"][name] for name in ("amount", "count", "ok")} == {
        "amount": "float64", "count": "int64", "ok": "bool",
    }  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_params(app, form):
    def sent(params):
        body = {form.partition(" ")[0]: FORMS[form](FRAME), "params": params}
        return json.dumps(body).encode()

    assert answers(app, "params", sent({"times": 2})) == [3.0, 7.0, 2.0]
    assert answers(app, "params", sent({})) == [1.5, 3.5, 1.0]
    refused = ask(app, "/models/params/invocations", sent({"times": "x"}))
    assert (refused.status, "times" in refused.json["message"]) == (400, True)


A, B = [[0.5, 1.0], [2.0, 3.0]], [1, 2**53 + 1]


@pytest.mark.parametrize("form", ["inputs", "instances", "input_data"])
def test_a_tensor_in_every_form(app, paths, form):
    expected = load_pyfunc(paths["tensor"], trust=True).predict(np.array(A, "float32"))
    assert answers(app, "tensor", json.dumps({form: A}).encode()) == jsonable(expected)
    assert expected["kinds"] == "float32"


@pytest.mark.parametrize(
    "body",
    [
        {"inputs": {"a": A, "b": B}},
        {"input_data": {"a": A, "b": B}},
        {"instances": [{"a": a, "b": b} for a, b in zip(A, B, strict=True)]},
    ],
    ids=["inputs", "input_data", "instances"],
)
def test_named_tensors_in_every_form(app, paths, body):
    expected = load_pyfunc(paths["tensors"], trust=True).predict({"a": np.array(A, "float32"), "b": np.array(B)})
    assert answers(app, "tensors", json.dumps(body).encode()) == jsonable(expected)
    assert expected["values"]["b"] == B


@pytest.mark.parametrize(
    ("form", "given"), [("dataframe_split", {"data": [[0.5, 1], [1.5, 2]]}), ("instances", [[0.5, 1], [1.5, 2]])]
)
def test_columns_without_names(app, form, given):
    found = answers(app, "unnamed", json.dumps({form: given}).encode())
    assert found["values"] == {"0": [0.5, 1.5], "1": [1, 2]}
    assert found["kinds"] == {"0": "float64", "1": "int64"}


@pytest.mark.parametrize("form", ["inputs", "instances"])
def test_a_list_of_texts(app, form):
    assert answers(app, "texts", json.dumps({form: ["a", "ü"]}).encode())["values"] == ["a", "ü"]


@pytest.mark.parametrize(("kind", "make"), [pytest.param(kind, make, id=name) for name, kind, make in BODIES])
def test_without_a_signature(app, kind, make):
    """Tables are frames; lists and objects reach a Python model as they are."""
    body = make(FRAME)
    found = answers(app, "none", body, kind)
    framed = b"dataframe" in body or b'"columns"' in body or kind != bodies.JSON
    assert found["kinds"] == ({"x": "float64", "n": "int64"} if framed else "list" if b"instances" in body else "dict")
    assert found["values"] == (records(FRAME) if b"instances" in body else lists(FRAME))


def test_chat_requests_are_answered_as_they_are(app):
    body = {"messages": [{"role": "user", "content": "hi"}], "temperature": 0.5}
    answer = ask(app, "/models/none/invocations", body)
    assert answer.json["values"] == body


def test_other_methods_by_address(app):
    def called(name, body=None, **more):
        return ask(app, f"/models/counts/invocations/{name}", body or {"dataframe_split": split(FRAME)}, **more)

    assert called("predict_pairs").predictions == [[0.5, 0.5], [1.5, 1.5], [-2.0, -2.0]]
    assert len(called("predict_pairs", {"inputs": lists(FRAME), "params": {"times": 2}}).predictions) == 6
    assert called("predict").predictions == records(FRAME)
    assert called("predict_pairs", csv(FRAME), content="text/csv").predictions[0] == [0.5, 0.5]
    for method in ("write_files", "load_context", "__init__", "_private", "predict_none", "predict/pairs"):
        assert called(method).status == 404
        assert "Traceback" not in called(method).json["message"]
    assert "predict_pairs" in called("write_files").json["message"]
    assert called("predict_badly").json == {
        "error_code": "BAD_REQUEST",
        "message": "The model raised ValueError: something",
    }
    assert called("predict_pairs", method="GET").status == 405
    assert "column 'n' is missing" in called("predict_pairs", {"inputs": {"x": [1.0]}}).json["message"]


def test_the_servers_own_addresses(app):
    for address in ("/ping", "/health"):
        assert (ask(app, address).status, ask(app, address).body) == (200, b"\n")
    assert ask(app, "/").body == b"Healthy"
    assert ask(app, "/version").body == b"2.16.2"
    assert ask(app, "/openapi.json").json["openapi"] == "3.1.0"
    assert ask(app, "/swagger.json").json["swagger"] == "2.0"
    assert ask(app, "/swagger.json?version=3").json["openapi"].startswith("3.0")
    assert ask(app, "/models/sums/swagger.json").status == 200
    page = ask(app, "/docs")
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert ask(app, "/docs/../app.py").status == ask(app, "/nothing").status == ask(app, "/models/x/ping").status == 404


def test_head_options_and_other_methods(app):
    head = ask(app, "/version", method="HEAD")
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", "6")
    options = ask(app, "/models/sums/invocations", method="OPTIONS")
    assert (options.status, options.headers["allow"]) == (200, "POST, OPTIONS")
    assert ask(app, "/ping", method="OPTIONS").headers["allow"] == "GET, HEAD, OPTIONS"
    for method in ("GET", "PUT", "DELETE", "PATCH", "BREW"):
        refused = ask(app, "/models/sums/invocations", method=method)
        assert (refused.status, refused.headers["allow"]) == (405, "POST, OPTIONS")
        assert method in refused.json["message"]


def test_request_ids_come_back(app):
    for address in ("/ping", "/nothing", "/models/sums/invocations"):
        answer = ask(app, address, headers={"x-request-id": "abc-1"})
        assert answer.headers["x-request-id"] == answer.headers["x-ms-request-id"] == "abc-1"
    made = [ask(app, "/ping", headers={"x-request-id": bad}).headers["x-request-id"] for bad in ("", "a b", "x" * 500)]
    assert len(set(made)) == 3
    assert all(made)


def test_several_models_in_one_process(app):
    first = ask(app, "/invocations", {"inputs": lists(FRAME)})
    assert first.predictions == [1.5, 3.5, 1.0]
    named = ask(app, "/invocations", {"inputs": {"a": A, "b": B}}, headers={"azureml-model-deployment": "tensors"})
    assert named.predictions["values"]["b"] == B
    unknown = ask(app, "/score", {"inputs": [1]}, headers={"azureml-model-deployment": "nobody"})
    assert (unknown.status, "'nobody'" in unknown.json["message"]) == (404, True)


def test_calls_are_shared_out_as_asked(paths):
    app = serve(Source("blue", paths["sums"]), Source("green", paths["params"]), traffic=(("blue", 9), ("green", 1)))
    for _ in range(200):
        assert ask(app, "/invocations", {"inputs": lists(FRAME)}).status == 200
    text = ask(app, "/metrics").body.decode()
    blue, green = (counted(text, name, "/invocations", 200) for name in ("blue", "green"))
    assert blue + green == 200
    assert 1 <= green <= 60
    only = serve(Source("blue", paths["sums"]), Source("green", paths["params"]), traffic=(("green", 1), ("blue", 0)))
    ask(only, "/invocations", {"inputs": lists(FRAME)})
    assert counted(ask(only, "/metrics").body.decode(), "green", "/invocations", 200) == 1
    with pytest.raises(ValueError, match=r"traffic names \['red'\]"):
        serve(paths["sums"], traffic=(("red", 1),))


def counted(text, model, route, status):
    line = f'modelwright_requests_total{{model="{model}",route="{route}",status="{status}"}} '
    return sum(int(float(one.removeprefix(line))) for one in text.splitlines() if one.startswith(line))


def test_requests_are_counted(paths):
    app = serve(paths["sums"])
    for body in ({"inputs": lists(FRAME)}, {"inputs": {}}, {"inputs": lists(FRAME)}):
        ask(app, "/invocations", body)
    for _ in range(3):
        ask(app, "/made/up/by/a/client")
    answer = ask(app, "/metrics")
    text = answer.body.decode()
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert counted(text, "sums", "/invocations", 200) == 2
    assert counted(text, "sums", "/invocations", 400) == 1
    assert counted(text, "", "other", 404) == 3
    assert "made/up" not in text
    assert "modelwright_call_rows_sum 6.0" in text


def test_media_types():
    assert bodies.kind_of(b"Application/JSON ; charset=UTF-8") == bodies.JSON
    for bad in (None, b"", b"text/html", b"application/json; charset=latin-1", b"multipart/form-data; boundary=x"):
        with pytest.raises(bodies.Refused) as refused:
            bodies.kind_of(bad)
        assert refused.value.status == 415


def test_a_column_may_be_called_as_a_chat_request_is(tmp_path):
    app = serve(save(tmp_path / "m", sees(), columns(("prompt", "string"))))
    for body, kind in ((b'"prompt"\n"hi"\n', bodies.CSV), (b'{"inputs": {"prompt": ["hi"]}}', bodies.JSON)):
        assert ask(app, "/invocations", body, kind).predictions["values"] == {"prompt": ["hi"]}
    app.close()
