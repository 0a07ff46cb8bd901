"""The server's process: started, told to stop with requests in hand, stopped while it loads, and started wrongly."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from modelwright.core.errors import InvalidArgument
from modelwright.models.python_model import PythonModel
from modelwright.serving import server
from modelwright.serving.options import Source
from serving.running import running
from serving.served import NUMBERS, columns, save, sums


def reads() -> PythonModel:
    class Reads(PythonModel):
        def predict(self, context, model_input):
            from pathlib import Path

            return [Path(path).read_text() for path in model_input["path"]]

    return Reads()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    save(folder / "reads", reads(), columns(("path", "string")))
    save(folder / "sums", sums(), NUMBERS)
    return folder


def body(path):
    return {"dataframe_split": {"columns": ["path"], "data": [[str(path)]]}}


@pytest.mark.parametrize("workers", [1, 2])
def test_requests_in_hand_are_answered_before_it_stops(folder, tmp_path, workers):
    os.mkfifo(tmp_path / "pipe")
    with running(folder / "reads", log=tmp_path / "log", workers=workers) as server, ThreadPoolExecutor() as pool:
        answer = pool.submit(server.client.post, "/invocations", json=body(tmp_path / "pipe"))
        with (tmp_path / "pipe").open("w") as pipe:  # opens once the model reads
            server.process.send_signal(signal.SIGTERM)
            while refuses(server.port) is False:
                pass
            pipe.write("answered")
        assert answer.result().json() == {"predictions": ["answered"]}
        assert server.process.wait(30) == 0
        assert "Traceback" not in server.log


def refuses(port):
    """Whether nobody listens at a port any more."""
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.parametrize("workers", [1, 2])
def test_a_model_that_never_answers_does_not_keep_it_from_stopping(folder, tmp_path, workers):
    os.mkfifo(tmp_path / "pipe")
    with running(folder / "reads", log=tmp_path / "log", workers=workers, grace=1) as server:
        children = subprocess.run(["pgrep", "-P", str(server.process.pid)], capture_output=True, text=True, check=False)
        line = server.connect()
        text = json.dumps(body(tmp_path / "pipe")).encode()
        head = b"POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
        line.sendall(head % len(text) + text)
        pipe = os.open(tmp_path / "pipe", os.O_WRONLY)  # the model reads, and nothing is written
        assert server.stop() == 0
        for pid in children.stdout.split():
            assert not os.path.exists(f"/proc/{pid}")
        os.close(pipe)
        line.close()


def test_it_can_be_stopped_while_it_loads(tmp_path):
    os.mkfifo(tmp_path / "gate")
    path = save(tmp_path / "slow", slow(tmp_path / "gate"), NUMBERS)
    command = [sys.executable, "-m", "modelwright.serving", str(path), "-p", "0", "--trust"]
    with subprocess.Popen(command) as process:
        gate = os.open(tmp_path / "gate", os.O_WRONLY)  # opens once the model is being loaded
        process.terminate()
        assert process.wait(30) == -signal.SIGTERM
        os.close(gate)


def slow(gate) -> PythonModel:
    class Slow(PythonModel):
        def load_context(self, context):
            gate.read_text()

        def predict(self, context, model_input):
            return model_input

    return Slow()


def test_what_it_says_for_a_program(folder, tmp_path):
    command = [sys.executable, "-m", "modelwright.serving", f"a={folder / 'sums'}", "-p", "0", "--trust", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        process.terminate()
        assert process.wait(30) == 0
    assert said["models"] == ["a"]
    assert said["pid"] == process.pid
    assert said["url"].startswith("http://127.0.0.1:")


def test_models_and_ports_that_cannot_be_had(folder, tmp_path):
    def said(*arguments):
        command = [sys.executable, "-m", "modelwright.serving", *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode != 0
        assert "Traceback" not in done.stderr
        return done.stderr

    assert "nothing" in said(tmp_path / "nothing")
    assert "--trust" in said(folder / "sums", "-p", "0")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"Port {port} of 127.0.0.1 cannot be had" in said(folder / "sums", "--trust", "-p", port)


@pytest.mark.parametrize(
    ("names", "said"), [(["a", "a"], "Two models are called"), (["a/b"], "part of its address"), ([""], "NAME=URI")]
)
def test_names_that_cannot_be(tmp_path, names, said):
    with pytest.raises(InvalidArgument, match=said):
        server._distinct([Source(name, tmp_path) for name in names])
