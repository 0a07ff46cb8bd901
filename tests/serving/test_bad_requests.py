"""Requests that are wrong, too large, too slow or meant to harm: a 4xx says what it is, and the server lives on."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import logging
import pickle
import socket
import threading
import zlib
from contextlib import suppress

import httpx
import pyarrow as pa
import pyarrow.parquet
import pytest

from modelwright.models.python_model import PythonModel
from modelwright.serving import bodies
from serving.running import heard, running
from serving.served import GATES, NUMBERS, TENSOR, TIMES, ask, asked, columns, save, serve, sums

GOOD = {"dataframe_split": {"columns": ["x", "n"], "data": [[0.5, 1]]}}
SECRET = "hunter2"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    save(folder / "sums", sums(), NUMBERS)
    save(folder / "params", sums(), columns(("x", "double"), ("n", "long"), params=TIMES))
    save(folder / "tensor", sums(), TENSOR)
    save(folder / "fails", fails(), columns(("x", "double"), ("t", "string")))
    save(folder / "waits", waits(), columns(("x", "double")))
    return folder


@pytest.fixture(scope="module")
def app(folder):
    app = serve(folder / "sums", folder / "params", folder / "tensor", folder / "fails")
    yield app
    app.close()


def fails() -> PythonModel:
    class Fails(PythonModel):
        def predict(self, context, model_input):
            how = model_input["t"][0]
            if how == "stop":
                return next(iter(()))
            if how == "exit":
                raise SystemExit(how)
            if how == "time":
                raise TimeoutError(how)
            raise ValueError(f"cannot do {how}\n  in /secret/path.py")

    return Fails()


def waits() -> PythonModel:
    class Waits(PythonModel):
        def predict(self, context, model_input):
            import time

            from serving.served import GATES

            time.sleep(0.004)  # too long for the loop
            assert GATES["open"].wait(20)
            return model_input["x"]

    return Waits()


def refused(app, body, content="application/json", status=400, path="/models/sums/invocations", **headers):
    """The message that a bad request gets, after which a good one is answered."""
    answer = ask(app, path, body, content, headers=headers)
    assert answer.status == status, answer.body
    assert set(answer.json) == {"error_code", "message"}
    assert "Traceback" not in answer.json["message"]
    assert ".py" not in answer.json["message"]
    assert ask(app, "/models/sums/invocations", GOOD).predictions == [1.5]
    return answer.json["message"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b"null", "got null"),
        (b"[[1, 2]]", "got a list"),
        (b"7", "got a number"),
        ({}, "exactly one of the keys dataframe_split"),
        ({"rows": [[1]]}, "got the keys ['rows']"),
        ({**GOOD, "instances": []}, "both dataframe_split and instances"),
        ({**GOOD, "extra": 1}, "unknown keys ['extra']"),
        ({**GOOD, "params": [1]}, "'params' must be an object"),
        ({"dataframe_split": {"columns": ["x"], "data": [[1.0]]}}, "column 'n' is missing"),
        ({"dataframe_records": [{"x": 1}]}, "column 'n' is missing"),
        ({"inputs": {"x": [1], "m": [1]}}, "column 'n' is missing"),
        ({"dataframe_split": {"columns": ["x", "n"], "data": [[1.0, "one"]]}}, "column 'n' must be long"),
        ({"dataframe_split": {"columns": ["x", "n"], "data": [[1.0, 1.5]]}}, "such as 1.5"),
        ({"dataframe_split": {"columns": ["x", "n"], "data": [[1.0, None]]}}, "missing values"),
        ({"dataframe_split": {"columns": ["x", "n"], "data": [[1.0]]}}, "lengths [1, 2]"),
        ({"dataframe_split": {"columns": ["x", "x"], "data": [[1.0, 2.0]]}}, "more than once"),
        ({"dataframe_split": {"columns": "x", "data": [[1.0]]}}, "must be a list of labels"),
        ({"dataframe_split": {"columns": ["x", {}], "data": [[1.0, 2]]}}, "labels must be texts or numbers"),
        ({"dataframe_split": {**GOOD["dataframe_split"], "index": [1, 2]}}, "one label for each of the 1 rows"),
        ({"dataframe_split": [1]}, "must be an object"),
        ({"dataframe_records": {"x": 1}}, "list of objects"),
        ({"instances": {"x": 1}}, "must be a list"),
        ({"instances": [[1, 2]]}, "columns"),
        ({"inputs": "text"}, "columns"),
        (b'{"inputs": {"x": [1], "n": [NaN]}}', "missing values"),
        (b'{"inputs": {"x": [1], "n": [Infinity]}}', "whole numbers in range"),
        (b'{"inputs": {"x": [1], "n": [1e999]}}', "whole numbers in range"),
        (b'{"inputs": {"x": [1], "n": [' + b"9" * 5000 + b"]}}", ""),
    ],
)
def test_json_that_is_no_request(app, body, said):
    assert said in refused(app, body)
    assert said in refused(app, body, path="/models/sums/score")


def test_ten_megabytes_of_nesting(app):
    for pieces in ((b"[", b"]"), (b'{"a":', b"}")):
        for body in (pieces[0] * (10 * 2**20 // len(pieces[0])), pieces[0] * 50_000 + b"1" + pieces[1] * 50_000):
            assert "not JSON" in refused(app, body)
    deep = b'{"inputs": {"x": [1], "n": ' + b"[" * 500 + b"1" + b"]" * 500 + b"}}"
    assert "column 'n'" in refused(app, deep)


def test_tensors_of_another_shape(app):
    path = "/models/tensor/invocations"
    assert "needs shape (-1, 2)" in refused(app, {"inputs": [[1.0, 2.0, 3.0]]}, path=path)
    assert "2 dimensions" in refused(app, {"inputs": [1.0]}, path=path)
    assert "float32" in refused(app, {"inputs": [["a", "b"]]}, path=path)
    assert refused(app, {"inputs": [[1.0, 2.0], [3.0]]}, path=path)
    assert refused(app, {"inputs": {"x": [[1.0, 2.0]]}}, path=path)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "empty"),
        (b"x,n\n1\n", "lines [2]"),
        (b"x,n\n1,two\n", "column 'n' must be long"),
        (b"x,x\n1,2\n", "more than once"),
        (b"x\n1\n", "column 'n' is missing"),
        (b'x,n\n"1,2\n', "not CSV"),
        (b"x,n\n1,\xff\n", "not UTF-8"),
        (b"\0\0,\0", ""),
    ],
)
def test_csv_that_does_not_fit(app, body, said):
    assert said in refused(app, body, "text/csv")


def table(rows=1):
    return pa.table({"x": [0.5] * rows, "n": [1] * rows})


def arrow(data):
    out = io.BytesIO()
    with pa.ipc.new_stream(out, data.schema) as writer:
        writer.write_table(data)
    return out.getvalue()


def parquet(data, **options):
    out = io.BytesIO()
    pyarrow.parquet.write_table(data, out, **options)
    return out.getvalue()


def test_tables_that_are_broken_or_do_not_fit(app):
    stream, file = "application/vnd.apache.arrow.stream", "application/vnd.apache.parquet"
    for kind, body in ((stream, arrow(table(100))), (file, parquet(table(100)))):
        for bad in (b"", b"nonsense", body[: len(body) // 2], body[::-1], b"ARROW1" + body[10:]):
            assert "is not" in refused(app, bad, kind)
    assert "column 'n' is missing" in refused(app, arrow(pa.table({"x": [1.0]})), stream)
    assert "column 'n' must be long" in refused(app, parquet(pa.table({"x": [1.0], "n": ["a"]})), file)


def test_tables_that_unpack_to_more_than_is_accepted(folder):
    app = serve(folder / "sums", max_body=100_000)
    data = table(100_000)
    file, stream = "application/vnd.apache.parquet", "application/vnd.apache.arrow.stream"
    body = parquet(data, compression="zstd")
    assert len(body) < 100_000
    assert "100000 bytes" in refused(app, body, file, 413)
    out = io.BytesIO()
    with pa.ipc.new_stream(out, data.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(data)
    assert len(out.getvalue()) < 100_000
    assert "100000 bytes" in refused(app, out.getvalue(), stream, 413)


@pytest.mark.parametrize(
    "content",
    [None, "", "text/html", "multipart/form-data; boundary=x", "application/octet-stream", "json",
     "application/x-python-pickle", "application/json; charset=latin-1"],
)  # fmt: skip
def test_content_types_that_are_not_understood(app, content):
    body = pickle.dumps(GOOD) if content and "pickle" in content else json.dumps(GOOD).encode()
    for path in ("invocations", "score", "invocations/predict_pairs"):
        assert "application/json" in refused(app, body, content, 415, f"/models/sums/{path}")


def test_a_pickle_is_never_opened(app):
    opened = []

    class Trap:
        def __reduce__(self):
            return opened.append, (1,)

    for content in ("application/json", "text/csv", "application/vnd.apache.arrow.stream"):
        assert refused(app, pickle.dumps(Trap()), content)
    assert not opened


def test_bodies_that_are_packed_badly(app):
    packed = gzip.compress(json.dumps(GOOD).encode())
    for encoding in ("br", "zstd", "gzip, gzip", "nonsense"):
        assert "send gzip, deflate or none" in refused(app, packed, status=415, **{"content-encoding": encoding})
    for bad in (b"nonsense", packed[:-8], packed[:10], packed + b"more"):
        assert "unpacked" in refused(app, bad, **{"content-encoding": "gzip"})
    twice = gzip.compress(json.dumps(GOOD).encode()[:20]) + gzip.compress(json.dumps(GOOD).encode()[20:])
    answer = ask(app, "/models/sums/invocations", twice, headers={"content-encoding": "gzip"})
    assert answer.predictions == [1.5]  # the format lets what is packed follow itself


def test_a_few_bytes_that_unpack_to_very_many(folder):
    app = serve(folder / "sums", max_body=2**20)
    bomb = gzip.compress(b" " * 2**26)
    assert "1048576 bytes" in refused(app, bomb, status=413, **{"content-encoding": "gzip"})
    assert "1048576 bytes" in refused(app, gzip.compress(b"") * 9 + bomb, status=413, **{"content-encoding": "gzip"})
    assert "1048576 bytes" in refused(app, zlib.compress(b" " * 2**26), status=413, **{"content-encoding": "deflate"})
    with pytest.raises(bodies.Refused, match="more than the 10 bytes"):
        bodies.unpacked(bomb, b"gzip", 10)


def test_what_the_model_raises_is_told_without_its_inside(app):
    def sent(how):
        return refused(app, {"inputs": {"x": [1.0], "t": [how]}}, path="/models/fails/invocations")

    assert sent("this") == "The model raised ValueError: cannot do this"
    assert sent("time") == "The model raised TimeoutError: time"
    assert "StopIteration" in sent("stop")
    assert sent("exit").startswith("The model raised ")


def test_values_are_kept_out_of_messages_and_logs(folder, caplog):
    app = serve(folder / "sums", folder / "params", folder / "tensor", folder / "fails", redact=True)
    caplog.set_level(logging.DEBUG)
    split = {"columns": ["x", "n"], "data": [[0.5, SECRET]]}
    tensor = {"name": "x", "shape": [1], "datatype": "FP64", "data": [SECRET]}
    for path, body in [
        ("sums/invocations", {"dataframe_split": split}),
        ("sums/invocations", {"dataframe_records": [{"x": SECRET, "n": 1}]}),
        ("sums/invocations", {"instances": [{"x": SECRET, "n": 1}]}),
        ("sums/invocations", {"inputs": {"x": [SECRET], "n": [1]}}),
        ("sums/invocations", {"inputs": SECRET}),
        ("sums/invocations", {"inputs": [SECRET]}),
        ("sums/invocations", f'{{"inputs": {SECRET}}}'.encode()),
        ("sums/score", {"input_data": [[SECRET]]}),
        ("params/invocations", {**GOOD, "params": {"times": SECRET}}),
        ("tensor/invocations", {"inputs": [[SECRET, SECRET]]}),
        ("fails/invocations", {"inputs": {"x": [1.0], "t": [SECRET]}}),
        ("fails/invocations/predict_other", {"inputs": {"x": [1.0], "t": [SECRET]}}),
    ]:
        answer = ask(app, f"/models/{path}", body)
        assert 400 <= answer.status < 500
        assert SECRET not in answer.body.decode(), body
    for body in (f"x,n\n{SECRET},1\n", f'x,n\n"{SECRET},1\n', f"x,n\n{SECRET}\n"):
        assert SECRET not in ask(app, "/models/sums/invocations", body.encode(), "text/csv").body.decode()
    for datatype in ("FP64", "INT8", "BOOL"):
        answer = ask(app, "/v2/models/sums/infer", {"inputs": [{**tensor, "datatype": datatype}]})
        assert (answer.status, SECRET in answer.body.decode()) == (400, False)
    body = arrow(pa.table({"x": [SECRET], "n": [1]}))
    assert SECRET not in ask(app, "/models/sums/score", body, "application/vnd.apache.arrow.stream").body.decode()
    assert SECRET not in caplog.text
    assert "ValueError" in caplog.text
    seen = serve(folder / "sums")
    assert "1.25" in ask(seen, "/invocations", {"inputs": {"x": [1], "n": [1.25]}}).json["message"]


def closed(folder, **options):
    """A model that waits until its gate is opened; it is tried once when it is loaded."""
    gate = GATES["open"] = threading.Event()
    gate.set()
    app = serve(folder / "waits", **options)
    gate.clear()
    return app


def test_one_more_request_than_the_queue_holds(folder):
    app = closed(folder, queue=2)
    body = {"inputs": {"x": [1.0]}}

    async def scene():
        held = [asyncio.create_task(asked(app, "/invocations", body)) for _ in range(2)]
        await asyncio.sleep(0)
        more = [await asked(app, path, body) for path in ("/invocations", "/v2/models/waits/infer")]
        alive = [await asked(app, path) for path in ("/ping", "/metrics", "/v2/health/ready")]
        GATES["open"].set()
        return more, alive, await asyncio.gather(*held), await asked(app, "/invocations", body)

    more, alive, held, later = asyncio.run(scene())
    for answer in more:
        assert (answer.status, answer.headers["retry-after"]) == (429, "1")
        assert "2 requests in hand" in answer.json["message"]
    assert more[1].json["error"] == more[1].json["message"]
    assert {answer.status for answer in alive} == {200}
    assert b"modelwright_requests_in_hand 3.0" in alive[1].body
    assert [answer.predictions for answer in (*held, later)] == [[1.0]] * 3
    app.close()


def test_a_model_that_takes_too_long(folder):
    app = closed(folder, timeout=0.2)
    late = ask(app, "/invocations", {"inputs": {"x": [1.0]}})
    assert (late.status, late.json["error_code"]) == (504, "DEADLINE_EXCEEDED")
    assert "0.2 seconds" in late.json["message"]
    GATES["open"].set()
    assert ask(app, "/invocations", {"inputs": {"x": [1.0]}}).predictions == [1.0]
    app.close()


def test_a_body_that_never_ends(folder):
    app = serve(folder / "sums", timeout=0.2)

    async def dribbled():
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b" ", "more_body": True}

    async def nothing():
        await asyncio.Event().wait()

    for receive in (dribbled, nothing):
        answer = ask(app, "/invocations", GOOD, receive=receive)
        assert (answer.status, answer.headers["connection"]) == (408, "close")
        assert "0.2 seconds" in answer.json["message"]
    assert ask(app, "/invocations", GOOD).predictions == [1.5]


def test_a_body_that_is_larger_than_it_may_be(folder):
    app = serve(folder / "sums", max_body=1000)

    async def chunk():
        return {"type": "http.request", "body": b" " * 600, "more_body": True}

    for headers in ({"content-length": "1001"}, {}):
        answer = ask(app, "/invocations", GOOD, receive=chunk, headers=headers)
        assert (answer.status, answer.headers["connection"]) == (413, "close")
    assert ask(app, "/invocations", b" " * 1001).status == 413
    assert ask(app, "/invocations", GOOD, headers={"content-length": "nonsense"}).status == 200


def test_more_bodies_than_there_is_memory_for(folder):
    app = serve(folder / "sums", max_body=1000)

    def slow():
        given = iter([b"[" * 900])

        async def receive():
            if (piece := next(given, None)) is None:
                await asyncio.Event().wait()
            return {"type": "http.request", "body": piece, "more_body": True}

        return receive

    async def scene():
        held = [asyncio.create_task(asked(app, "/invocations", GOOD, receive=slow())) for _ in range(8)]
        await asyncio.sleep(0)
        more = await asked(app, "/invocations", GOOD, receive=slow())
        small = await asked(app, "/invocations", GOOD)
        for task in held:
            task.cancel()
        await asyncio.wait(held)
        return more, small

    more, small = asyncio.run(scene())
    assert (more.status, more.headers["retry-after"], more.headers["connection"]) == (429, "1", "close")
    assert "7200 bytes" in more.json["message"]
    assert small.predictions == [1.5]
    assert app._room.free == app._room.size == 8000


def test_a_client_that_leaves_before_its_request_is_whole(folder):
    app = serve(folder / "sums")
    messages = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])

    async def receive():
        return next(messages)

    with suppress(AssertionError):  # nothing is sent
        ask(app, "/invocations", GOOD, receive=receive)
    assert 'route="/invocations",status="499"} 1.0' in ask(app, "/metrics").body.decode()


JSON = {"content-type": "application/json"}
HEAD = b"POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
LARGE = 2**30


def test_a_server_that_is_attacked(folder, tmp_path):
    """Over real connections; between the attacks good requests are answered, in memory that stays small."""
    with running(
        folder / "sums", folder / "fails", log=tmp_path / "log", max_body="2M", timeout=2, redact=True
    ) as server:

        def alive():
            assert server.client.post("/invocations", json=GOOD).json() == {"predictions": [1.5]}

        alive()
        before = server.memory()
        said = server.say(HEAD + b"content-length: %d\r\n\r\n" % LARGE)
        assert said.startswith(b"HTTP/1.1 413 ")
        alive()
        assert endless(
            server, HEAD + b"transfer-encoding: chunked\r\n\r\n", b"10000\r\n" + b" " * 65536 + b"\r\n"
        ).startswith(b"HTTP/1.1 413 ")
        alive()
        assert endless(server, b"GET / HTTP/1.1\r\n", b"x: " + b"y" * 65536 + b"\r\n").startswith(b"HTTP/1.1 431 ")
        assert endless(server, b"", b"z" * 65536).startswith(b"HTTP/1.1 4")
        assert server.memory() - before < 50 * 2**20
        for bad in (
            HEAD + b"transfer-encoding: chunked\r\n\r\nnonsense\r\n\r\n",
            HEAD + b"transfer-encoding: chunked\r\n\r\n-5\r\nhello\r\n",
            HEAD + b"transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\nhello",
            HEAD + b"content-length: -1\r\n\r\n",
            HEAD + b"content-length: 1\r\ncontent-length: 2\r\n\r\n{}",
            b"nonsense\r\n\r\n",
            b"GET http://[ HTTP/1.1\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 32,
        ):
            answer = server.say(bad)
            assert answer.startswith(b"HTTP/1.1 400 "), (bad, answer)
            assert b"Traceback" not in answer
            alive()
        slow = server.say(HEAD + b"content-length: 100\r\n\r\n{")  # and no more
        assert slow.startswith(b"HTTP/1.1 408 ")
        with server.connect() as line:
            line.sendall(HEAD + b"content-length: 100\r\n\r\n{")
        response = server.client.post("/models/fails/invocations", json={"inputs": {"x": [1.0], "t": [SECRET]}})
        assert response.status_code == 400
        with suppress(httpx.TransportError):  # whether it is read or the connection breaks first
            assert server.client.post("/score", content=b" " * 2**24, headers=JSON).status_code == 413
        alive()
        assert server.stop() == 0
        assert SECRET not in server.log
        assert "Traceback" not in server.log


def endless(server, head, piece):
    """What is answered to a request that goes on for a gigabyte, or until the server has enough."""
    with server.connect() as line:
        line.sendall(head)
        with suppress(ConnectionError):
            for _ in range(LARGE // len(piece)):
                line.sendall(piece)
            line.shutdown(socket.SHUT_WR)
        return heard(line)


def test_an_arrow_stream_whose_lengths_are_lies_is_refused(app):
    """Arrow itself would read wherever the offsets point."""
    sink = io.BytesIO()
    batch = pa.record_batch({"x": pa.array([1.0]), "n": pa.array([1]), "t": pa.array(["abcdefgh" * 8])})
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    body = sink.getvalue()
    at = body.index((64).to_bytes(4, "little"), body.index(b"abcdefgh") - 72)  # the text's end, in the list of offsets
    torn = body[:at] + (2**30).to_bytes(4, "little") + body[at + 4 :]
    answer = ask(app, "/models/sums/invocations", torn, bodies.ARROW)
    assert answer.status == 400
    assert "is not Arrow" in answer.json["message"]


def test_a_table_that_says_nonsense_of_pandas_is_refused(app):
    table = pa.table({"x": [1.0], "n": [1]}).replace_schema_metadata({b"pandas": b"x"})
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    answer = ask(app, "/models/sums/invocations", sink.getvalue(), bodies.ARROW)
    assert answer.status == 400
