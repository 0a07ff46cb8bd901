"""Answers piece by piece: as events and as lines, from one process and through workers, to their end or cut off."""

from __future__ import annotations

import asyncio
import json
import os

import httpx
import pytest

from modelwright.models.python_model import PythonModel
from serving.running import running
from serving.served import ask, asked, columns, save, serve

SIGNATURE = columns(("text", "string"))


def words() -> PythonModel:
    class Words(PythonModel):
        def predict(self, context, model_input, params=None):
            return list(model_input["text"])

        def predict_stream(self, context, model_input, params=None):
            from pathlib import Path

            text = model_input["text"].iloc[0] if hasattr(model_input, "iloc") else model_input["text"]
            try:
                for count, word in enumerate(text.split()):
                    if word == "fail":
                        raise ValueError("no such word\n in /secret.py")
                    yield {"word": word, "count": count} if word != "nan" else float("nan")
                while "forever" in text:
                    yield "more"
            except GeneratorExit:
                if "forever" in text:
                    Path(text.split()[0]).write_text("closed")
                raise

    return Words()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    save(folder / "words", words(), SIGNATURE, streamable=True)
    return folder


@pytest.fixture(scope="module")
def app(folder):
    return serve(folder / "words")


@pytest.fixture(scope="module")
def server(folder):
    with running(folder / "words", log=folder / "log", workers=2, timeout=20) as server:
        yield server


def body(text):
    return {"dataframe_split": {"columns": ["text"], "data": [[text]]}}


EVENTS, LINES = {"accept": "text/event-stream"}, {"accept": "application/x-ndjson"}


def test_events_and_lines(app):
    events = ask(app, "/invocations", body("a nan ü"), headers=EVENTS)
    assert events.headers["content-type"] == "text/event-stream"
    assert "content-length" not in events.headers
    wanted = [{"word": "a", "count": 0}, None, {"word": "ü", "count": 2}]
    pieces = events.body.decode().split("\n\n")
    assert [json.loads(piece.removeprefix("data: ")) for piece in pieces if piece] == wanted
    for path, headers in (("/invocations", LINES), ("/invocations/predict_stream", {})):
        lines = ask(app, path, body("a nan ü"), headers=headers)
        assert lines.headers["content-type"] == "application/x-ndjson"
        assert [json.loads(line) for line in lines.body.splitlines()] == wanted
    assert ask(app, "/invocations", body("")).predictions == [""]
    assert ask(app, "/invocations", body(""), headers=LINES).body == b""


def test_what_is_wrong_with_the_request_shows_before_the_answer_begins(app):
    for wrong in ({"inputs": {"other": ["a"]}}, body("fail")):
        answer = ask(app, "/invocations", wrong, headers=LINES)
        assert (answer.status, answer.headers["content-type"]) == (400, "application/json")
    assert (
        ask(app, "/invocations", body("fail"), headers=LINES).json["message"].startswith("The model raised ValueError")
    )


def test_a_stream_that_breaks_off_ends_with_what_went_wrong_and_without_its_end(app, caplog):
    for headers in (EVENTS, LINES):
        pieces, ended = asyncio.run(pieces_of(app, body("a fail b"), headers))
        last = pieces[-1].removeprefix(b"event: error\ndata: ")
        assert json.loads(last) == {"error_code": "BAD_REQUEST", "message": "The model raised ValueError: no such word"}
        assert (len(pieces), ended) == (2, False)
        assert pieces[-1].startswith(b"event: error") is (headers is EVENTS)
    assert 'status="500"} 2.0' in ask(app, "/metrics").body.decode()


async def pieces_of(app, given, headers, leave=None):
    """The pieces that a client is sent until it leaves, and whether the answer came to its end."""
    pieces, left = [], asyncio.Event()
    data = iter([{"type": "http.request", "body": json.dumps(given).encode()}])

    async def receive():
        if (message := next(data, None)) is not None:
            return message
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message):
        if message["type"] == "http.response.body":
            pieces.append(message)
            if len(pieces) == leave:
                left.set()
        await asyncio.sleep(0)

    raw = [(name.encode(), value.encode()) for name, value in {"content-type": "application/json", **headers}.items()]
    await app({"type": "http", "method": "POST", "path": "/invocations", "headers": raw}, receive, send)
    return [piece["body"] for piece in pieces if piece["body"]], not pieces[-1].get("more_body")


def test_nobody_makes_pieces_that_nobody_waits_for(app, tmp_path):
    pieces, ended = asyncio.run(pieces_of(app, body(f"{tmp_path / 'left'} forever"), LINES, leave=5))
    assert 5 <= len(pieces) < 20
    assert not ended
    assert (tmp_path / "left").read_text() == "closed"


def test_a_stream_counts_as_in_hand_until_it_ends(folder, tmp_path):
    app = serve(folder / "words", queue=1)

    async def scene():
        stream = asyncio.create_task(pieces_of(app, body(f"{tmp_path / 'x'} forever"), LINES, leave=50))
        await asyncio.sleep(0)
        busy = await asked(app, "/invocations", body("a"))
        await stream
        return busy.status, (await asked(app, "/invocations", body("a"))).status

    assert asyncio.run(scene()) == (429, 200)


def test_streams_through_workers(server, tmp_path):
    client = server.client
    with client.stream("POST", "/invocations", json=body("a b c"), headers=EVENTS) as answer:
        assert answer.headers["content-type"] == "text/event-stream"
        assert [json.loads(line[6:])["word"] for line in answer.iter_lines() if line] == ["a", "b", "c"]
    lines = client.post("/invocations/predict_stream", json=body("a b"))
    assert [json.loads(line)["count"] for line in lines.iter_lines()] == [0, 1]
    assert client.post("/invocations", json=body("fail"), headers=LINES).status_code == 400
    read = []
    with pytest.raises(httpx.RemoteProtocolError):
        read_into(read, client)
    assert [list(one) for one in read] == [["word", "count"], ["error_code", "message"]]
    assert client.post("/invocations", json=body("a")).json() == {"predictions": ["a"]}


def read_into(read, client):
    with client.stream("POST", "/invocations", json=body("a fail"), headers=LINES) as answer:
        read.extend(json.loads(line) for line in answer.iter_lines())


def test_a_worker_stops_when_its_client_has_left(server, tmp_path):
    os.mkfifo(tmp_path / "left")  # reading it waits for the model to write
    given = body(f"{tmp_path / 'left'} forever")
    with server.client.stream("POST", "/invocations", json=given, headers=LINES) as answer:
        next(answer.iter_lines())
    assert (tmp_path / "left").read_text() == "closed"
    assert server.client.post("/invocations", json=body("a")).json() == {"predictions": ["a"]}
