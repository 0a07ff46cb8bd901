"""`modelwright deployments`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

import modelwright as mw
from deployments import plugin


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A target that keeps what it is told."""
    plugin.install(tmp_path, monkeypatch, base="modelwright")
    yield
    sys.modules.pop("memory_target", None)


@pytest.fixture
def uri() -> str:
    with mw.start_run():
        for factor in (2, 3):
            mw.pyfunc.log_model(
                "times",
                python_model=lambda model_input, factor=factor: [factor * x for x in model_input],
                pip_requirements=["cloudpickle"],
                registered_model_name="times",
            )
    return "models:/times/1"


def test_every_command_of_a_plug_in(memory: None, run: Callable[..., Result], answer: Any, uri: str) -> None:
    named = ("-t", "memory", "--name", "m")
    made = answer("deployments", "create", *named, "-m", uri, "-f", "onnx", "-C", "a=1", "-C", "b=x=y")
    assert made == {"name": "m", "flavor": "onnx", "model_uri": uri, "config": {"a": "1", "b": "x=y"}}
    assert "Deployment n answers" in run("deployments", "run-local", "-t", "memory", "--name", "n", "-m", uri).output
    assert "m is updated" in run("deployments", "update", *named, "-C", "a=2").output
    assert answer("deployments", "get", *named)["config"] == {"a": "2"}
    assert "a=2" in run("deployments", "get", *named).output
    listed = run("deployments", "list", "-t", "memory").output
    assert [line.split()[0] for line in listed.splitlines()] == ["name", "m", "n"]
    assert "n is deleted" in run("deployments", "delete", "-t", "memory", "--name", "n").output
    assert [one["name"] for one in answer("deployments", "list", "-t", "memory")] == ["m"]
    assert "keeps deployments in memory" in run("deployments", "help", "-t", "memory").output
    for command in ("create-endpoint", "update-endpoint", "delete-endpoint", "get-endpoint"):
        said = run("deployments", command, "-t", "memory", "--endpoint", "e", code=1).stderr
        assert "'memory' does not have endpoints" in said
    run("deployments", "list-endpoints", "-t", "memory", code=1)


def test_inputs_and_answers_are_files(
    memory: None, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MLFLOW_DEPLOYMENTS_TARGET", "memory://env")
    Path("rows.csv").write_text("a,b\n1,2\n3,4\n5,6\n")
    Path("request.json").write_text('{"inputs": [1]}')
    Path("broken.json").write_text("a,b\n")
    said = run("deployments", "predict", "--name", "m", "-I", "rows.csv").output
    assert json.loads(said) == {"predictions": ["memory://env", "m", 3]}
    assert run("deployments", "predict", "--endpoint", "e", "-I", "request.json", "-O", "answer.json").output == ""
    assert json.loads(Path("answer.json").read_text())["predictions"] == ["memory://env", None, 1]
    assert json.loads(run("deployments", "explain", "--name", "m", "-I", "rows.csv").output) == {
        "explained": ["a", "b"]
    }
    assert "is told by its ending" in run("deployments", "predict", "--name", "m", "-I", "broken.json", code=1).stderr


def test_endpoints_on_this_machine(run: Callable[..., Result], answer: Any, uri: str) -> None:
    pytest.importorskip("uvicorn")
    local = ("-t", "local", "--endpoint", "credit")
    Path("request.json").write_text('{"inputs": [1, 2]}')
    try:
        made = answer("deployments", "create-endpoint", *local, "-C", "timeout=20")
        assert (made["status"], made["config"]) == ("running", {"timeout": "20"})
        said = run("deployments", "create", *local, "--name", "blue", "-m", uri, "-C", "workers=1").output
        assert said == f"Deployment blue answers at {made['url']}/invocations\n"
        run("deployments", "create", *local, "--name", "green", "-m", "models:/times/2", "-C", "traffic=10")
        found = answer("deployments", "get-endpoint", *local)
        assert found["traffic"] == {"blue": 90.0, "green": 10.0}
        assert "is updated" in run("deployments", "update-endpoint", *local, "-C", "traffic=blue=0,green=1").output
        assert json.loads(run("deployments", "predict", *local, "-I", "request.json").output) == {"predictions": [3, 6]}
        run("deployments", "update-endpoint", *local, "-C", "rollback=true")
        assert "running" in run("deployments", "list-endpoints", "-t", "local").output
        assert "models:/times/2" in run("deployments", "list", "-t", "local").output
        assert answer("deployments", "get", "-t", "local", "--name", "green")["traffic"] == 10.0
        assert (
            "no version 9"
            in run("deployments", "update", *local, "--name", "blue", "-m", "models:/times/9", code=1).stderr
        )
    finally:
        run("deployments", "delete-endpoint", *local)
    assert run("deployments", "list-endpoints", "-t", "local").output == "There is no endpoint.\n"
    assert run("deployments", "list", "-t", "local").output == "No model is deployed there.\n"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("list", "-t", "nowhere"), 1, "there are http, https, local"),
        (("list",), 2, "--target"),
        (("create", "-t", "local", "--name", "m", "-m", "models:/x/1"), 1, "There is no store"),
        (("create-endpoint", "-t", "local", "--endpoint", "e", "-C", "port"), 1, "-C takes NAME=VALUE"),
        (("get-endpoint", "-t", "local", "--endpoint", "e"), 1, "no endpoint 'e'"),
        (("list", "-t", "http://there"), 1, "does not list what it serves"),
    ],
)
def test_mistakes(arguments: tuple[str, ...], code: int, said: str, run: Callable[..., Result]) -> None:
    assert said in run("deployments", *arguments, code=code).stderr
