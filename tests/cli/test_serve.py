"""`modelwright serve` and `modelwright models serve`."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from click.testing import Result

import modelwright as mw
from modelwright.cli import serve
from modelwright.models.manifest import NAME as MANIFEST

pytest.importorskip("uvicorn")


@pytest.fixture
def uri() -> str:
    """A model that needs nothing but its pickle, registered twice, the first version by an alias."""
    for factor in (2, 3):
        with mw.start_run():
            info = mw.pyfunc.log_model(
                "times",
                python_model=lambda model_input, factor=factor: [factor * x for x in model_input],
                pip_requirements=["cloudpickle"],
                registered_model_name="times",
            )
    mw.MlflowClient().set_registered_model_alias("times", "champion", "1")
    return str(info.model_uri)


@pytest.fixture
def strange(uri: str, tmp_path: Path) -> str:
    """The same model as if a stranger had sent it."""
    path = tmp_path / "strange"
    shutil.copytree(mw.artifacts.download_artifacts(uri), path)
    body = json.loads((path / MANIFEST).read_text())
    (path / MANIFEST).write_text(json.dumps({**body, "seal": "0" * 64}))
    return str(path)


Started = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Started]:
    """Run the command line as a process; what a test leaves running is ended."""
    running: list[subprocess.Popen[str]] = []

    def call(*arguments: str, **environ: str) -> subprocess.Popen[str]:
        running.append(
            subprocess.Popen(
                [sys.executable, "-m", "modelwright", *arguments],
                env={**os.environ, **environ},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return running[-1]

    yield call
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
def became(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The command lines that a command would have become."""
    lines: list[list[str]] = []
    monkeypatch.setattr(serve.os, "execve", lambda python, line, environ: lines.append(line))
    return lines


def ask(url: str, data: Any) -> Any:
    request = Request(url, json.dumps({"inputs": data}).encode(), {"content-type": "application/json"})
    with urlopen(request, timeout=30) as answer:
        return json.load(answer)["predictions"]


def test_serves_several_models_and_its_process_knows_no_store(uri: str, start: Started) -> None:
    given = ("models:/times@champion", f"newest={uri}", "--port", "0", "--json")
    process = start("serve", *given, PYTHONPROFILEIMPORTTIME="1")
    assert process.stdout is not None
    said = json.loads(process.stdout.readline())
    assert said["models"] == ["times", "newest"]
    assert said["pid"] == process.pid
    assert ask(f"{said['url']}/invocations", [1, 2]) == [2, 4]
    assert ask(f"{said['url']}/models/newest/invocations", [1, 2]) == [3, 6]
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=60)
    assert process.returncode == 0
    _, command_line, server = log.split("import time: self [us] | cumulative | imported package\n")
    assert "modelwright.tracking.resolve" in modules(command_line)
    rooms = {name.split(".")[1] for name in modules(server) if name.startswith("modelwright.")}
    assert "serving" in rooms
    assert not rooms & {"tracking", "stores", "wire", "autolog"}


def modules(log: str) -> set[str]:
    """What Python says it has imported."""
    return set(re.findall(r"^import time: +\d+ \| +\d+ \| +([\w.]+)$", log, re.MULTILINE))


def test_mlflows_command(uri: str, start: Started) -> None:
    given = ("-m", "models:/times/2", "-p", "0", "-h", "127.0.0.1", "-t", "20", "-w", "1", "--no-conda")
    process = start("models", "serve", *given, "--enable-mlserver")
    assert process.stdout is not None
    said = re.fullmatch(r"Serving times at (http://127\.0\.0\.1:\d+)  \(try it: \1/docs\)\n", process.stdout.readline())
    assert said is not None
    assert ask(f"{said[1]}/invocations", [5]) == [15]


def test_a_port_that_is_taken(uri: str, start: Started) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = start("serve", uri, "--port", str(taken.getsockname()[1]))
        out, log = process.communicate(timeout=60)
    assert process.returncode == 1
    assert out == ""
    assert "choose another with --port" in log
    assert "Traceback" not in log


def test_names_versions_and_whose_they_are(
    uri: str, run: Callable[..., Result], became: list[list[str]], tmp_path: Path
) -> None:
    shutil.copytree(mw.artifacts.download_artifacts(uri), tmp_path / "credit=1")
    version = mw.MlflowClient().get_model_version("times", "2")
    models = ["models:/times/2", f"a={tmp_path / 'credit=1'}", f"runs:/{version.run_id}/times"]
    run("serve", *models[:2], f"b=models:/{version.model_id}")
    run("serve", f"models:/{version.model_id}")
    run("serve", models[2])
    first, by_id, by_run = became
    assert first[:3] == [sys.executable, "-m", "modelwright.serving"]
    named = dict(text.split("=", 1) for text in first[3:6])
    assert list(named) == ["times", "a", "b"]
    assert all((Path(path) / "MLmodel").is_file() and Path(path).is_absolute() for path in named.values())
    assert [first[i + 1] for i, word in enumerate(first) if word == "--store"] == ["times", "b"]
    assert [first[i + 1] for i, word in enumerate(first) if word == "--version-of"] == ["times=2"]
    assert by_id[3].startswith("times=")
    assert by_run[3].startswith("times=")


def test_flags_reach_the_server(uri: str, run: Callable[..., Result], became: list[list[str]]) -> None:
    run("serve", uri, "-w", "3", "--traffic", "times=1", "--max-body", "2M", "--redact", "--accelerate", "onnx")
    (line,) = became
    assert {"--workers=3", "--traffic=times=1", "--max-body=2M", "--redact", "--accelerate=onnx"} <= set(line)
    assert not {"--trust", "--json"} & set(line)


def test_the_timeout_of_the_environment(
    uri: str, run: Callable[..., Result], became: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_SCORING_SERVER_REQUEST_TIMEOUT", "7")
    run("models", "serve", "-m", uri)
    assert "--timeout=7.0" in became[0]


def test_the_environment_of_the_model(
    uri: str, run: Callable[..., Result], became: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def python_of(root: Path, manager: str, **options: Any) -> Path:
        asked.append((manager, options))
        return Path("/envs/times/bin/python")

    monkeypatch.setattr(serve.environments, "python_of", python_of)
    run("serve", uri, "--env", "uv")
    run("models", "serve", "-m", uri, "--env-manager", "virtualenv", "--install-mlflow")
    run("models", "serve", "-m", uri, "--env-manager", "conda", "--no-conda")
    assert [line[0] for line in became] == ["/envs/times/bin/python", "/envs/times/bin/python", sys.executable]
    (first, options), (second, with_mlflow) = asked
    assert (first, second) == ("uv", "virtualenv")
    assert options == {"origin": "store", "trust": None, "install_mlflow": False}
    assert with_mlflow["install_mlflow"]
    assert "cannot each have the environment" in run("serve", uri, uri, "--env", "uv", code=1).stderr


def test_a_strangers_model_is_refused_before_the_server_starts(
    strange: str, run: Callable[..., Result], became: list[list[str]]
) -> None:
    said = run("serve", strange, code=1).stderr
    assert "may run code" in said
    assert "give --trust" in said
    assert not became
    run("serve", strange, "--trust")
    assert became[0][3] == f"strange={strange}"
    assert "--trust" in became[0]
    assert "--store" not in became[0]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("models:/nothing@champion",), "nothing"),
        (("no/such/model",), "no/such/model"),
        (("models:/times/2", "--traffic", "times"), "NAME=SHARE"),
        (("models:/times/2", "--max-body", "much"), "'much'"),
    ],
)
def test_mistakes(
    uri: str, given: tuple[str, ...], said: str, run: Callable[..., Result], became: list[list[str]]
) -> None:
    assert said in run("serve", *given, code=1).stderr
    assert not became
