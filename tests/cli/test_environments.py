"""`modelwright models prepare-env`, `update-pip-requirements`, and `predict` in another environment."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

import modelwright as mw
from modelwright.serving.environments import own_source, virtual
from serving.building import envs, model, shared_envs

__all__ = ["envs", "shared_envs"]
BODY = '{"inputs": {"x": [1.0, 2.0]}}'


def test_prepared_then_used(envs: Path, run: Callable[..., Result], answer: Any, tmp_path: Path) -> None:
    root = str(model())
    facts = answer("models", "prepare-env", "-m", root)
    assert facts["env_manager"] == "uv"
    assert Path(facts["python"]).is_relative_to(envs)
    assert run("models", "prepare-env", root, "--env-manager", "virtualenv").output == (
        f"{root} runs with {facts['python']}\n"
    )
    line = ("models", "predict", "-m", root, "--env-manager", "uv")
    assert json.loads(run(*line, data=BODY).stdout) == {"predictions": [6.0, 12.0]}
    assert json.loads(run(*line, "--env", "FACTOR=2", data=BODY).stdout) == {"predictions": [2.0, 4.0]}
    (tmp_path / "x.csv").write_text("x\n3\n")
    run(*line, "-i", str(tmp_path / "x.csv"), "-o", "out.json")
    assert json.loads(Path("out.json").read_text()) == {"predictions": [18.0]}
    said = run(*line, data='{"inputs": {"y": [1]}}', code=1).stderr
    assert "In the environment of the model: The data does not fit the model's signature" in said
    mw.models.predict(root, {"x": [1.0]}, env_manager="uv", extra_envs={"FACTOR": "3"}, output_path="out.json")
    assert json.loads(Path("out.json").read_text()) == {"predictions": [3.0]}


def test_other_requirements_for_one_call(envs: Path, run: Callable[..., Result], monkeypatch: Any) -> None:
    root = str(model())
    seen: list[tuple[str, ...]] = []

    def build(wanted: Any, at: Path) -> None:
        seen.append(wanted.requirements)
        raise KeyboardInterrupt

    monkeypatch.setattr(virtual, "build", build)
    line = ("models", "predict", root, "--env-manager", "uv", "-r", "six==1.15.0,idna>=3")
    run(*line, data=BODY, code=1)
    assert seen == [("six==1.15.0", "idna>=3")]
    assert "choose uv or conda" in run("models", "predict", root, "-r", "six", data=BODY, code=1).stderr
    assert "--env takes KEY=VALUE" in run("models", "predict", root, "--env", "x", data=BODY, code=2).stderr
    assert "Name one model" in run("models", "predict", root, "-m", root, data=BODY, code=2).stderr


def test_one_error_for_one_wrong_requirement(envs: Path, run: Callable[..., Result]) -> None:
    root = str(model(requirements=["idna"]))
    said = run("models", "update-pip-requirements", "-m", root, "add", "pandas==99").output
    assert said.splitlines()[-1] == "pandas==99"
    said = run("models", "prepare-env", root, code=1).stderr
    assert said.startswith("Error: The model's environment cannot be built, because of its requirement 'pandas==99'")
    assert "Traceback" not in said


def test_update(run: Callable[..., Result], answer: Any) -> None:
    root = str(model())
    facts = answer("models", "update-pip-requirements", "-m", root, "add", "six==1.15.0", "idna")
    assert facts["requirements"] == ["mlflow==2.16.2", "six==1.15.0", "idna"]
    facts = answer("models", "update-pip-requirements", "-m", root, "remove", "six")
    assert facts["requirements"] == ["mlflow==2.16.2", "idna"]
    assert "models/serving" not in run("models", "update-pip-requirements", "-m", "none", "add", "a", code=1).stderr


def test_without_uv(envs: Path, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modelwright.serving.environments.uv.find_spec", lambda name: None)
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setitem(__import__("sys").modules, "uv", None)
    monkeypatch.setattr(own_source, "identity", lambda: "another")
    said = run("models", "prepare-env", str(model()), code=1).stderr
    assert "pip install 'modelwright[environments]' installs it" in said
