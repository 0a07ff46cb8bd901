"""Endpoints on this machine, each test with servers of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import msgspec
import pytest

import modelwright as mw
from modelwright.core.errors import (
    AlreadyExists,
    BrokenModel,
    InvalidArgument,
    NotFound,
    RestError,
    Unavailable,
    UntrustedModel,
    WrongState,
)
from modelwright.deployments import changes, control, local, record
from modelwright.models.manifest import NAME as MANIFEST

pytest.importorskip("uvicorn")


@pytest.fixture
def client() -> Iterator[local.LocalClient]:
    """The target; what a test leaves behind is ended."""
    found = local.LocalClient("local")
    yield found
    for one in found.list_endpoints():
        found.delete_endpoint(one["name"])


@pytest.fixture
def times() -> Callable[[int], str]:
    """A model that multiplies, by its factor: its address in the registry, where its version is the factor."""

    def log(factor: int) -> str:
        with mw.start_run():
            mw.pyfunc.log_model(
                "times",
                python_model=lambda model_input, factor=factor: [factor * x for x in model_input],
                pip_requirements=["cloudpickle"],
                registered_model_name="times",
            )
        return f"models:/times/{factor}"

    log(1)
    log(2)
    log(3)
    return lambda factor: f"models:/times/{factor}"


def ones(found: Any) -> list[int]:
    return list(found["predictions"])


class Crowd:
    """Clients that ask without a pause, on connections that stay."""

    def __init__(self, url: str, count: int) -> None:
        self.answers: list[int] = []
        self.failures: list[str] = []
        self._stop = threading.Event()
        self._address = url.removeprefix("http://")
        self._threads = [threading.Thread(target=self._ask) for _ in range(count)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        connection = HTTPConnection(self._address, timeout=60)
        while not self._stop.is_set():
            try:
                connection.request("POST", "/invocations", b'{"inputs": [1]}', {"content-type": "application/json"})
                answer = connection.getresponse()
                body = answer.read()
                if answer.status == 200:
                    self.answers.append(json.loads(body)["predictions"][0])
                else:
                    self.failures.append(f"{answer.status} {body!r}")
            except Exception as error:
                self.failures.append(repr(error))
                connection.close()
        connection.close()


@contextmanager
def crowd(url: str, count: int = 4) -> Iterator[Crowd]:
    found = Crowd(url, count)
    found.start()
    try:
        yield found
    finally:
        found.stop()


def test_changes_lose_no_request(client: local.LocalClient, times: Callable[[int], str]) -> None:
    client.create_endpoint("credit")
    made = client.create_deployment("blue", times(1), endpoint="credit")
    assert (made["flavor"], made["version"], made["traffic"]) == ("python_function", "1", 100.0)
    before = client.get_endpoint("credit")
    with crowd(made["url"]) as asked:
        client.create_deployment("green", times(2), endpoint="credit", config={"traffic": 50})
        client.update_deployment("blue", times(3), config={"workers": "2"}, endpoint="credit")
        client.update_endpoint("credit", {"traffic": {"blue": 100}})
        client.rollback("credit")
        client.update_endpoint("credit", {"rollback": "true"})
        assert client.get_deployment("blue")["model_uri"] == times(1)
        client.update_endpoint("credit", {"traffic": "green=1", "timeout": 20})
        client.delete_deployment("blue", endpoint="credit")
        already = len(asked.answers)
        while len(asked.answers) < already + 20:
            assert ones(client.predict(endpoint="credit", inputs=[1])) == [2]
    assert asked.failures == []
    assert set(asked.answers) == {1, 2, 3}
    assert set(asked.answers[-4:]) == {2}
    after = client.get_endpoint("credit")
    assert (after["url"], after["pid"]) == (before["url"], before["pid"])
    assert (after["deployments"], after["traffic"], after["config"]) == (["green"], {"green": 100.0}, {"timeout": 20})


def test_traffic_is_divided_and_a_deployment_can_be_asked_by_name(
    client: local.LocalClient, times: Callable[[int], str]
) -> None:
    client.create_deployment("blue", times(1), config={"redact": "yes"})
    client.create_deployment("green", times(2), endpoint="blue")
    assert client.get_endpoint("blue")["config"] == {"redact": "yes"}
    assert client.get_deployment("green")["traffic"] == 0.0
    assert {ones(client.predict(endpoint="blue", inputs=[1]))[0] for _ in range(20)} == {1}
    assert ones(client.predict("green", [1, 2])) == [2, 4]
    client.update_endpoint("blue", {"traffic": {"blue": 1, "green": 1}})
    counts = Counter(ones(client.predict(endpoint="blue", inputs=[1]))[0] for _ in range(200))
    assert min(counts[1], counts[2]) > 50  # of 200 halves; less happens once in 10^12 times
    url = client.get_endpoint("blue")["url"]
    for path in ("/models/green/openapi.json", "/v2/models/green", "/docs"):
        with urlopen(url + path) as answer:
            by = answer.headers["azureml-model-deployment"]
        assert by == ("green" if "green" in path else "blue")
    there = mw.deployments.get_deploy_client(url)
    assert ones(there.predict("green", [3])) == [6]
    with pytest.raises(RestError, match="no deployment 'red' here; there are: blue, green"):
        there.predict("red", [1])
    with pytest.raises(RestError, match="exactly one of the keys") as refused:
        client.predict("blue", {"inputs": [1], "instances": [1]})
    assert refused.value.error_code == "BAD_REQUEST"
    client.update_endpoint("blue", {"traffic": {"blue": 1}})
    with pytest.raises(WrongState, match="gets all the traffic"):
        client.delete_deployment("blue")
    assert [one["name"] for one in client.list_deployments("blue")] == ["blue", "green"]
    with pytest.raises(AlreadyExists, match="has a deployment 'green'"):
        client.create_deployment("green", times(1), endpoint="blue")


def test_what_cannot_be_served_changes_nothing(
    client: local.LocalClient, times: Callable[[int], str], tmp_path: Path
) -> None:
    class Unloadable(mw.pyfunc.PythonModel):
        def load_context(self, context: Any) -> None:
            raise RuntimeError("the weights are gone")

        def predict(self, context: Any, model_input: list[int]) -> list[int]:
            return model_input

    mw.pyfunc.save_model("broken", python_model=Unloadable(), pip_requirements=["cloudpickle"], verify=False)
    shutil.copytree(mw.artifacts.download_artifacts(times(2)), tmp_path / "strange")
    body = json.loads((tmp_path / "strange" / MANIFEST).read_text())
    (tmp_path / "strange" / MANIFEST).write_text(json.dumps({**body, "seal": "0" * 64}))
    with pytest.raises(BrokenModel, match=r"'times' cannot be served.*the weights are gone"):
        client.create_deployment("times", "broken")
    assert client.list_endpoints() == []
    client.create_deployment("times", times(1))
    before = client.get_deployment("times")
    with pytest.raises(BrokenModel, match=r"nothing has changed.*RuntimeError: the weights are gone"):
        client.update_deployment("times", "broken")
    with pytest.raises(NotFound, match="no version 9"):
        client.update_deployment("times", "models:/times/9")
    with pytest.raises(UntrustedModel, match="deploy it with the option trust=true"):
        client.update_deployment("times", str(tmp_path / "strange"))
    assert client.get_deployment("times") == before
    assert ones(client.predict("times", [1])) == [1]
    assert len(list(record.folder("times").models.iterdir())) == 1
    client.update_deployment("times", str(tmp_path / "strange"), config={"trust": "true"})
    assert ones(client.predict("times", [1])) == [2]


def test_an_endpoint_outlives_its_maker_and_is_started_again(
    client: local.LocalClient, times: Callable[[int], str]
) -> None:
    code = f"from modelwright.deployments import run_local; run_local('local', 'credit', {times(2)!r})"
    environ = {**os.environ, "PYTHONPROFILEIMPORTTIME": "1"}
    subprocess.run([sys.executable, "-c", code], env=environ, check=True, capture_output=True)
    made = client.get_endpoint("credit")
    assert made["status"] == "running"
    assert os.getsid(made["pid"]) == made["pid"]
    assert ones(client.predict("credit", [1])) == [2]
    rooms = {
        name.split(".")[1] for name in re.findall(r"\| +(modelwright\.[\w.]+)$", Path(made["log"]).read_text(), re.M)
    }
    assert {"serving", "deployments"} <= rooms
    assert not rooms & {"tracking", "stores", "wire", "autolog"}
    os.kill(made["pid"], signal.SIGKILL)
    with record.folder("credit").living():  # it has ended
        pass
    assert client.get_endpoint("credit")["status"] == client.get_deployment("credit")["status"] == "stopped"
    with pytest.raises(Unavailable, match=re.escape("update_endpoint('credit')")):
        client.predict("credit", [1])
    again = client.update_endpoint("credit")
    assert (again["status"], again["url"]) == ("running", made["url"])
    assert again["pid"] != made["pid"]
    assert ones(client.predict("credit", [1])) == [2]
    assert client.delete_endpoint("credit") is None
    assert client.list_endpoints() == []
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(made["url"].rpartition(":")[2])))


def test_what_is_served_is_what_was_deployed(
    client: local.LocalClient, times: Callable[[int], str], tmp_path: Path
) -> None:
    source = tmp_path / "model"
    shutil.copytree(mw.artifacts.download_artifacts(times(1)), source)
    client.create_deployment("credit", str(source))
    shutil.rmtree(source)
    client.update_deployment("credit", times(2))
    copies = record.folder("credit").models
    assert len(list(copies.iterdir())) == 2
    newest = Path(record.known("credit").state.deployments["credit"].path)
    stored = Path(mw.artifacts.download_artifacts(times(2)))
    assert (newest / "MLmodel").samefile(stored / "MLmodel")  # one file, linked
    client.rollback("credit")
    assert ones(client.predict("credit", [1])) == [1]
    assert [path.name for path in copies.iterdir()] != [newest.name]
    with pytest.raises(WrongState, match="no other state"):
        client.rollback("credit")


def test_a_deployment_of_its_own_endpoint(client: local.LocalClient, times: Callable[[int], str]) -> None:
    class Letters(mw.pyfunc.PythonModel):
        def predict(self, context: Any, model_input: list[str]) -> str:
            return "".join(model_input)

        def predict_stream(self, context: Any, model_input: str) -> Iterator[str]:
            yield from model_input

    mw.pyfunc.save_model("letters", python_model=Letters(), streamable=True, pip_requirements=["cloudpickle"])
    client.create_deployment("letters", "letters", config={"grace": 5, "max_batch": 8})
    assert client.get_endpoint("letters")["config"] == {"grace": 5}
    assert client.get_deployment("letters")["config"] == {"max_batch": 8}
    assert list(client.predict_stream("letters", ["abc"])) == ["a", "b", "c"]
    client.update_deployment("letters", config={"max_batch": None})
    assert client.get_deployment("letters")["config"] == {}
    with pytest.raises(AlreadyExists):
        client.create_deployment("letters", "letters")
    client.delete_deployment("letters")
    assert client.list_endpoints() == client.list_deployments() == []
    assert client.delete_deployment("letters") is None
    assert not record.folder("letters").path.exists()
    client.create_endpoint("letters")
    client.create_deployment("letters", times(1), endpoint="letters")
    client.delete_deployment("letters")
    assert client.get_endpoint("letters")["deployments"] == []


def test_programs_change_an_endpoint_one_after_the_other(
    client: local.LocalClient, times: Callable[[int], str]
) -> None:
    client.create_endpoint("credit")
    threads = [
        threading.Thread(target=client.create_deployment, args=(f"m{i}", times(i)), kwargs={"endpoint": "credit"})
        for i in (1, 2, 3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = client.get_endpoint("credit")
    assert sorted(found["deployments"]) == ["m1", "m2", "m3"]
    assert sorted(found["traffic"].values()) == [0, 0, 100]
    assert [ones(client.predict(f"m{i}", [1]))[0] for i in (1, 2, 3)] == [1, 2, 3]


def test_only_its_user_can_change_it(client: local.LocalClient) -> None:
    client.create_endpoint("credit", {"queue": 7})
    place, known = record.folder("credit"), record.known("credit")
    assert stat.S_IMODE(place.path.stat().st_mode) == 0o700
    assert stat.S_IMODE((place.path / "endpoint.json").stat().st_mode) == 0o600
    assert known.process is not None
    stranger = msgspec.structs.replace(known.process, token="guessed")
    outcome = control.tell(stranger, control.Command("guessed", "stop"))
    assert outcome.code == "PERMISSION_DENIED"
    assert client.get_endpoint("credit")["status"] == "running"
    with pytest.raises(RestError, match="no deployment that gets traffic") as nothing:
        client.predict(endpoint="credit", inputs=[1])
    assert nothing.value.status == 503


def test_the_environment_of_the_model(
    client: local.LocalClient, times: Callable[[int], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/started\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    asked = []

    def python_of(root: Path, manager: str, **options: Any) -> Path:
        asked.append(manager)
        return python if manager == "uv" else Path(sys.executable)

    monkeypatch.setattr(changes.environments, "python_of", python_of)
    client.create_deployment("credit", times(1), config={"env_manager": "uv"})
    assert ones(client.predict("credit", [1])) == [1]
    assert "-m modelwright.serving.worker" in (tmp_path / "started").read_text()
    assert client.get_deployment("credit")["python"] == str(python)
    assert asked == ["uv"]


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (lambda c: c.create_endpoint("../up"), InvalidArgument, "cannot be the name"),
        (lambda c: c.create_endpoint("a", {"worker": 1}), InvalidArgument, r"\['worker'\].*it takes host, port"),
        (lambda c: c.create_endpoint("a", {"timeout": "soon"}), InvalidArgument, "'soon'"),
        (lambda c: c.create_endpoint("a", {"redact": "maybe"}), InvalidArgument, "redact is true or false"),
        (lambda c: c.get_endpoint("a"), NotFound, "no endpoint 'a' on this machine; there are: none"),
        (lambda c: c.update_endpoint("a"), NotFound, "no endpoint 'a'"),
        (lambda c: c.update_endpoint("a", {"rollback": True, "grace": 1}), InvalidArgument, "beside 'rollback'"),
        (lambda c: c.create_deployment("m", "models:/x/1", endpoint="a"), NotFound, "no endpoint 'a'"),
        (lambda c: c.get_deployment("m"), NotFound, "no deployment 'm' on this machine"),
        (lambda c: c.predict(inputs=[1]), InvalidArgument, "Name a deployment or an endpoint"),
        (lambda c: c.explain("m", [1]), mw.MlflowException, "does not explain"),
    ],
)
def test_mistakes(call: Callable[[local.LocalClient], Any], kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        call(local.LocalClient("local"))
    assert record.folders() == []


def test_a_port_that_is_taken(client: local.LocalClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(Unavailable, match="cannot be had"):
        client.create_endpoint("credit", {"port": taken.getsockname()[1]})
    assert client.list_endpoints() == []
