"""`modelwright models build`, `generate-dockerfile` and `build-docker`."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

import modelwright as mw
from modelwright.core.errors import InvalidArgument, Unavailable
from serving.building import envs, model, shared_envs

__all__ = ["envs", "shared_envs"]


@pytest.fixture
def uri() -> str:
    """A registered version."""
    root = model()
    with mw.start_run():
        info = mw.pyfunc.log_model(
            "times", python_model="source.py", pip_requirements=["six==1.16.0"], registered_model_name="times",
            input_example=mw.pyfunc.load_model(str(root)).input_example, verify=False,
        )  # fmt: skip
    assert info.registered_model_version == 1
    return "models:/times/1"


def test_build_tries_what_it_writes(uri: str, envs: Path, run: Callable[..., Result], answer: Any) -> None:
    out = run("models", "build", uri, "image").output
    assert re.search(r"^tried +it answered the stored example as the model does$", out, re.MULTILINE)
    assert out.endswith("Build it with: docker build -t NAME image\n")
    facts = answer("models", "build", uri, "image", "--no-smoke-test")
    assert (facts["path"], facts["trial"], facts["java"], facts["conda"]) == ("image", None, False, False)
    assert facts["base"] == f"python:{facts['python']}-slim"
    assert "six==1.16.0" in facts["requirements"]
    assert "times version 1" in Path("image/Dockerfile").read_text().splitlines()[0]


def test_mlflows_commands(uri: str, envs: Path, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    run("models", "generate-dockerfile", "-m", uri, "--env-manager", "local", "--enable-mlserver", "--mlflow-home", "x")
    assert Path("mlflow-dockerfile/Dockerfile").is_file()
    run("models", "generate-dockerfile", "-m", uri, "-d", "d", "--install-java", "true", "--install-mlflow")
    assert "openjdk" in Path("d/Dockerfile").read_text()
    assert "mlflow==2.16.2" in Path("d/requirements.txt").read_text()
    monkeypatch.setattr("shutil.which", lambda name, **_: None)
    said = run("models", "build-docker", "-m", uri, "-n", "times", code=1).stderr
    context = re.search(r"The build context is in '(.+?)'", said)
    assert context
    assert (Path(context[1]) / "Dockerfile").is_file()
    assert "there is no docker; there is no podman" in said
    assert "Name one model" in run("models", "build-docker", code=2).stderr


def test_in_python(uri: str, envs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidArgument, match="model_uri must name a model"):
        mw.models.build_docker()
    monkeypatch.setattr("shutil.which", lambda name, **_: None)
    with pytest.raises(Unavailable, match="docker build --tag times"):
        mw.models.build_docker(uri, "times", "virtualenv")
