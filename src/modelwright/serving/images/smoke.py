"""A trial run of a server: started, asked for the stored example, compared with the model itself, stopped."""

from __future__ import annotations

import json
import math
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from ...core.errors import BrokenEnvironment
from ...models.mlmodel import Model
from ..environments import elsewhere

_START = 600.0  # seconds within which a model must be loaded
_SLIGHT = (
    1e-5  # how far numbers may be apart, relatively: the server may group rows, and sums then differ in the last bits
)
_SKIP = "; --no-smoke-test leaves this trial out"


def test(python: Path, root: Path) -> str:
    """Start the server as a container does, send the model's stored example, and compare; what was seen, in words.

    Args:
        python: The interpreter of the environment to try.
        root: The model directory.

    Raises BrokenEnvironment when the server does not start, or does not answer what the model predicts.
    """
    body = Model.load(root).get_serving_input(root)
    with running(python, root) as port:
        if body is None:
            return "it started; the model has no stored example to send"
        status, answered = ask(port, "POST", "/invocations", body.encode())
    if status != 200:
        raise BrokenEnvironment(f"The server answered the stored example with {status}: {answered[:2000]}{_SKIP}")
    predicted = elsewhere.predict(python, root, body.encode(), trust=True)
    if not alike(json.loads(answered), json.loads(predicted)):
        raise BrokenEnvironment(
            f"The server answered the stored example with {answered[:1000]}, and the model itself predicts "
            f"{predicted[:1000]}{_SKIP}, for a model that does not predict the same twice"
        )
    return "it answered the stored example as the model does"


@contextmanager
def running(python: Path, root: Path) -> Iterator[int]:
    """A server on a free port of this machine, once it is ready."""
    port = _free_port()
    environ = {**elsewhere.inherited(), "PORT": str(port), "AZUREML_MODEL_DIR": str(root.absolute())}
    command = [str(python), "-m", "modelwright.serving.images.container", "--host", "127.0.0.1"]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, env=environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            if not _ready(process, port):
                log.seek(0)
                raise BrokenEnvironment(f"The server did not start: {elsewhere.last_words(log.read())}{_SKIP}")
            yield port
        finally:
            _stop(process)


def _ready(process: subprocess.Popen[bytes], port: int) -> bool:
    end = time.monotonic() + _START
    while process.poll() is None and time.monotonic() < end:
        try:
            if ask(port, "GET", "/ping")[0] == 200:
                return True
        except (OSError, HTTPException):  # not yet listening
            pass
        time.sleep(0.1)
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def ask(port: int, method: str, path: str, body: bytes | None = None) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=_START)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        reply = connection.getresponse()
        return reply.status, reply.read().decode("utf-8", "replace")
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def alike(one: Any, other: Any) -> bool:
    """Whether two answers are the same but for the last digits.

    >>> alike({"predictions": [0.1 + 0.2]}, {"predictions": [0.3]}), alike([1], ["1"])
    (True, False)
    """
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (one, other))
    return math.isclose(one, other, rel_tol=_SLIGHT, abs_tol=1e-9) if numbers else bool(one == other)
