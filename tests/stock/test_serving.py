"""Serving beside stock MLflow: its client asks our server, both servers are asked the same, and both command lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from modelwright.models.predictions import plain
from serving.running import Server, running
from stock.process import MARKS, play
from stock.serving import DATA, FRAME, MIXED, NAMED, TENSOR

pytestmark = [*MARKS, pytest.mark.timeout(600)]

JSON, CSV = "application/json", "text/csv"
X_N = {"columns": ["x", "n"], "data": [[0.5, 1], [1.5, 2], [-2.0, 3]]}
RECORDS = FRAME.to_dict("records")
LISTS = FRAME.to_dict("list")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stock")
    play("stock", "stock.serving", "write", folder, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def server(folder: Path):
    models = [f"{name}={folder / name}" for name in DATA]
    with running(*models, log=folder / "log") as server:
        yield server


def test_stocks_client_asks_our_server(folder: Path, server: Server) -> None:
    report = json.loads(play("stock", "stock.serving", "client", folder, server.url, cwd=folder))
    assert report.pop("version") == "2.16.2"
    assert report.pop("params")["predictions"] == [3.0, 7.0, 2.0]
    assert "error code 400" in (error := report.pop("error"))
    assert "column 'n' is missing" in error
    assert set(report) >= {*DATA} - {"named"} | {"boosted as arrays", "mixed as frames"}
    for name, (ours, right) in report.items():
        assert plain(ours) == near(right), name


def near(value: Any) -> Any:
    """The same, but for the last digits of floats."""
    if isinstance(value, dict):
        return {name: near(item) for name, item in value.items()}
    if isinstance(value, list):
        return [near(item) for item in value]
    return pytest.approx(value, rel=1e-6) if isinstance(value, float) else value


SAME = [
    *((model, JSON, body) for model in ("boosted", "sums") for body in (
        {"dataframe_split": X_N},
        {"dataframe_split": {**X_N, "index": [5, 6, 7]}},
        {"dataframe_split": {"columns": ["n", "x"], "data": [[1, 0.5], [2, 1.5]]}},
        {"dataframe_records": RECORDS},
        {"dataframe_records": [{**row, "more": "z"} for row in RECORDS]},
        {"instances": RECORDS},
        {"inputs": LISTS},
        {"dataframe_split": {"columns": ["x", "n"], "data": [[0.5, "7"]]}},
        {"dataframe_split": {"columns": ["x", "n"], "data": [[1, 7.0]]}},
    )),
    ("boosted", CSV, FRAME.to_csv(index=False)),
    ("sums", f"{JSON}; charset=utf-8", {"dataframe_split": X_N, "params": {"times": 3}}),
    ("sums", JSON, {"inputs": LISTS, "params": {"times": 0.5, "unknown": 1}}),
    ("mixed", JSON, {"dataframe_split": {"columns": list(MIXED), "data": MIXED.values.tolist()}}),
    ("mixed", JSON, {"dataframe_records": MIXED.to_dict("records")}),
    ("mixed", CSV, MIXED.head(2).to_csv(index=False)),
    ("tensor", JSON, {"inputs": TENSOR.tolist()}),
    ("tensor", JSON, {"instances": TENSOR.tolist()}),
    ("named", JSON, {"inputs": {name: value.tolist() for name, value in NAMED.items()}}),
    ("named", JSON, {"instances": [{"a": a, "b": b} for a, b in zip(TENSOR.tolist(), [1, 2], strict=True)]}),
    ("anything", JSON, {"dataframe_split": X_N}),
]  # fmt: skip
REFUSED = [
    ("sums", JSON, "{"),
    ("sums", JSON, []),
    ("sums", JSON, {}),
    ("sums", JSON, {"columns": [], "data": []}),
    ("sums", JSON, {"instances": RECORDS, "inputs": LISTS}),
    ("sums", JSON, {"dataframe_split": {"columns": ["x"], "data": [[1.0]]}}),
    ("sums", JSON, {"dataframe_split": {"columns": ["x", "n"], "data": [[1.0, "many"]]}}),
    ("sums", JSON, {"dataframe_split": X_N, "params": {"times": "many"}}),
    ("sums", "text/html", "<p>"),
    ("sums", f"{JSON}; charset=latin-1", {"inputs": LISTS}),
    ("tensor", JSON, {"inputs": [[1.0, 2.0, 3.0]]}),
]
CORRUPTED = [  # stock answers as if nothing were wrong
    ("sums", JSON, {"inputs": {"x": [1.0], "n": [2.9]}}),
    ("sums", JSON, {"dataframe_records": [{"x": 2**53 + 1, "n": 1}]}),
    ("mixed", JSON, {"dataframe_records": [{"x": 1.0, "n": 1, "city": "a", "ok": "false"}]}),
]


def test_both_servers_are_asked_the_same(folder: Path, server: Server) -> None:
    asked = [
        [m, content, body if isinstance(body, str) else json.dumps(body)]
        for m, content, body in SAME + REFUSED + CORRUPTED
    ]
    (folder / "requests.json").write_text(json.dumps(asked), "utf-8")
    said = play("stock", "stock.serving", "asked", folder, server.url, folder / "requests.json", cwd=folder)
    found = json.loads(said.splitlines()[-1])
    same, refused, corrupted = found[: len(SAME)], found[len(SAME) : -len(CORRUPTED)], found[-len(CORRUPTED) :]
    for given, (theirs, ours) in zip(SAME, same, strict=True):
        assert theirs[0] == 200, (given, theirs)
        assert ours[0] == 200, (given, ours)
        assert ours[1] == near(theirs[1]), given
    for given, (theirs, ours) in zip(REFUSED, refused, strict=True):
        assert ours[0] == theirs[0] != 200, (given, theirs, ours)
        assert isinstance(ours[1]["message"], str)
        assert "stack_trace" not in ours[1]
    for given, (theirs, ours) in zip(CORRUPTED, corrupted, strict=True):
        assert (theirs[0], ours[0]) == (200, 400), (given, theirs, ours)


@pytest.mark.parametrize(
    ("model", "kind", "body"),
    [
        ("boosted", "json", json.dumps({"dataframe_split": X_N})),
        ("boosted", "csv", FRAME.to_csv(index=False)),
        ("sums", "json", json.dumps({"inputs": LISTS, "params": {"times": 2}})),
        ("mixed", "json", json.dumps({"dataframe_records": MIXED.to_dict("records")})),
    ],
)
def test_models_predict_by_both_command_lines(folder: Path, tmp_path: Path, model: str, kind: str, body: str) -> None:
    (tmp_path / "input").write_text(body, "utf-8")
    flags = ["-m", folder / model, "-i", tmp_path / "input", "-t", kind, "--env-manager", "local", "-o"]
    play("stock", "mlflow", "models", "predict", *flags, tmp_path / "stock", cwd=tmp_path)
    play("ours", "modelwright", "models", "predict", "--trust", *flags, tmp_path / "ours", cwd=tmp_path)
    ours, theirs = (json.loads((tmp_path / side).read_text("utf-8")) for side in ("ours", "stock"))
    assert ours == near(theirs)


AZURE = [  # as the documents of Azure's no-code deployment and of its inference server show them
    ("boosted", {"input_data": {"columns": ["x", "n"], "index": [0, 1, 2], "data": X_N["data"]}}, True),
    ("boosted", {"input_data": {"columns": ["x", "n"], "data": X_N["data"]}}, True),
    ("sums", {"input_data": X_N, "params": {"times": 2.0}}, [3.0, 7.0, 2.0]),
    ("tensor", {"input_data": TENSOR.tolist()}, (TENSOR * 2).tolist()),
    ("named", {"input_data": {name: value.tolist() for name, value in NAMED.items()}}, {"sum": [2.5, 7.0]}),
    ("mixed", {"input_data": {"columns": list(MIXED), "data": MIXED.values.tolist()}},
     MIXED.assign(twice=MIXED["n"] * 2).to_dict("records")),
]  # fmt: skip


@pytest.mark.parametrize(("model", "body", "expected"), AZURE)
def test_bodies_of_azures_inference_schema_are_answered_by_bare_lists(server: Server, model, body, expected) -> None:
    answer = server.client.post("/score", json=body, headers={"azureml-model-deployment": model})
    assert answer.status_code == 200
    if expected is True:
        right = server.client.post(f"/models/{model}/invocations", json={"dataframe_split": X_N}).json()
        expected = right["predictions"]
    assert answer.json() == near(expected)
    assert answer.headers["x-ms-request-id"]


def test_azures_other_addresses(server: Server) -> None:
    assert server.client.get("/").text == "Healthy"
    swagger = server.client.get("/swagger.json").json()
    assert {"ServiceInput", "ServiceOutput", "ErrorResponse"} <= set(swagger["definitions"])
    newer = server.client.get("/swagger.json", params={"version": 3}).json()
    assert newer["openapi"].startswith("3.0")
    refused = server.client.post("/models/boosted/score", json={"data": [[1]]})
    assert (refused.status_code, "input_data" in refused.json()["message"]) == (400, True)
