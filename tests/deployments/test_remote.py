"""Servers that run already, asked for predictions."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pandas as pd
import pytest

import modelwright as mw
from modelwright.core.errors import InvalidArgument, RestError, Unavailable
from modelwright.deployments import remote

Answers = dict[str, tuple[int, str, bytes]]


class _Server(BaseHTTPRequestHandler):
    """Answers as a table says, and remembers what it was asked."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.asked.append((self.path, dict(self.headers), body))  # type: ignore[attr-defined]
        status, media, answer = self.server.answers[self.path]  # type: ignore[attr-defined]
        self.send_response(status)
        self.send_header("content-type", media)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Callable[[Answers], Any]]:
    """A server on this machine that answers as it is told: what another's would."""
    running = []

    def start(answers: Answers) -> Any:
        found: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Server)
        found.answers, found.asked = answers, []
        found.url = f"http://127.0.0.1:{found.server_port}"
        threading.Thread(target=found.serve_forever, args=(0.01,)).start()
        running.append(found)
        return found

    yield start
    for one in running:
        one.shutdown()
        one.server_close()


JSON = "application/json"
OK = (200, JSON, b'{"predictions": [1.5]}')


@pytest.mark.parametrize(
    ("inputs", "body"),
    [
        (pd.DataFrame({"a": [1], "b": ["x"]}), {"dataframe_split": {"columns": ["a", "b"], "data": [[1, "x"]]}}),
        (np.array([[1.0, 2.0]]), {"inputs": [[1.0, 2.0]]}),
        ([1, 2], {"inputs": [1, 2]}),
        (([1], {"k": 2}), {"inputs": [1], "params": {"k": 2}}),
        ({"a": np.array([1, 2])}, {"inputs": {"a": [1, 2]}}),
        ({"instances": np.array([1])}, {"instances": [1]}),
        ({"messages": [{"role": "user"}]}, {"messages": [{"role": "user"}]}),
    ],
)
def test_inputs_in_every_form(inputs: Any, body: dict[str, Any]) -> None:
    sent = json.loads(remote.body(inputs))
    sent.get("dataframe_split", {}).pop("index", None)
    assert sent == body


def test_what_has_no_form() -> None:
    with pytest.raises(InvalidArgument):
        remote.body(object())


def test_a_server_and_a_model_of_it(server: Callable[[Answers], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")  # is not for this machine
    there = server({"/below/invocations": OK, "/below/models/a%20b/invocations": OK})
    client = mw.deployments.get_deploy_client(f"{there.url}/below/")
    answer = client.predict(inputs=[1])
    assert answer == {"predictions": [1.5]}
    assert answer.get_predictions("ndarray").tolist() == [1.5]
    assert client.predict("a b", [1]) == client.predict(endpoint="a b", inputs=[1]) == answer
    (first, headers, body), (second, _, _), _ = there.asked
    assert (first, second) == ("/below/invocations", "/below/models/a%20b/invocations")
    assert (headers["Content-Type"], body) == (JSON, b'{"inputs": [1]}')


def test_a_chat_models_answer_is_as_it_is(server: Callable[[Answers], Any]) -> None:
    there = server({"/invocations": (200, JSON, b'{"choices": []}')})
    assert mw.deployments.get_deploy_client(there.url).predict(inputs={"messages": []}) == {"choices": []}


def test_pieces(server: Callable[[Answers], Any]) -> None:
    there = server({"/invocations": (200, "application/x-ndjson", b'"a"\n{"b": 1}\n')})
    client = mw.deployments.get_deploy_client(there.url)
    assert list(client.predict_stream(inputs=["x"])) == ["a", {"b": 1}]
    assert there.asked[0][1]["Accept"] == "application/x-ndjson"
    there.answers["/invocations"] = OK
    with pytest.raises(InvalidArgument, match="does not answer piece by piece"):
        list(client.predict_stream(inputs=["x"]))


@pytest.mark.parametrize(
    ("answer", "said", "status"),
    [
        ((400, JSON, b'{"error_code": "BAD_REQUEST", "message": "column x is missing"}'), "column x is missing", 400),
        ((503, JSON, b'{"error_code": "TEMPORARILY_UNAVAILABLE", "message": "try again"}'), "try again", 503),
        ((502, "text/html", b"<h1>Bad gateway</h1>"), "answered 502: <h1>Bad gateway</h1>", 500),
        ((415, "text/plain", b"\xff"), "answered 415", 500),
    ],
)
def test_refusals(answer: tuple[int, str, bytes], said: str, status: int, server: Callable[[Answers], Any]) -> None:
    there = server({"/invocations": answer})
    with pytest.raises(RestError, match=said) as refused:
        mw.deployments.get_deploy_client(there.url).predict(inputs=[1])
    assert refused.value.status == status


def test_nobody_there() -> None:
    with pytest.raises(Unavailable, match=r"No answer from http://127.0.0.1:1/invocations: .*refused"):
        mw.deployments.get_deploy_client("http://127.0.0.1:1").predict(inputs=[1])


@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.create_deployment("m", "models:/m/1"),
        lambda c: c.update_deployment("m"),
        lambda c: c.delete_deployment("m"),
        lambda c: c.list_deployments(),
        lambda c: c.get_deployment("m"),
        lambda c: c.list_endpoints(),
        lambda c: mw.deployments.run_local("http://there", "m", "models:/m/1"),
    ],
)
def test_it_is_not_changed(call: Callable[[Any], Any]) -> None:
    with pytest.raises(mw.MlflowException) as refused:
        call(mw.deployments.get_deploy_client("http://there"))
    assert refused.value.error_code == "NOT_IMPLEMENTED"
