"""Targets: which there are, which is meant, and those of plug-ins."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import modelwright as mw
from deployments import plugin
from modelwright.core.errors import InvalidArgument, MissingDependency, NotFound
from modelwright.deployments import targets
from modelwright.deployments.local import LocalClient
from modelwright.deployments.remote import ServerClient


@pytest.fixture(autouse=True)
def afterwards(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No target is chosen, and no plug-in stays imported."""
    monkeypatch.setattr(targets, "_chosen", None)
    yield
    sys.modules.pop("memory_target", None)


def test_those_of_this_package() -> None:
    assert targets.names() == ["http", "https", "local"]
    assert type(mw.deployments.get_deploy_client("local")) is LocalClient
    assert type(mw.deployments.get_deploy_client("https://a/b")) is ServerClient
    with pytest.raises(NotFound, match="no deployments target 'sagemaker'; there are http, https, local"):
        mw.deployments.get_deploy_client("sagemaker:/us-east-1")
    for name in targets.names():
        assert name in targets.target_help(name)


def test_where_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidArgument, match=r"No deployments target is set.*MODELWRIGHT_DEPLOYMENTS_TARGET"):
        mw.deployments.get_deploy_client()
    monkeypatch.setenv("MLFLOW_DEPLOYMENTS_TARGET", "http://there:5000")
    assert mw.deployments.get_deployments_target() == "http://there:5000"
    mw.deployments.set_deployments_target("local")
    assert mw.deployments.get_deployments_target() == "local"
    assert type(mw.deployments.get_deploy_client()) is LocalClient
    with pytest.raises(NotFound):
        mw.deployments.set_deployments_target("nowhere")
    assert mw.deployments.get_deployments_target() == "local"


def test_a_plug_in_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugin.install(tmp_path, monkeypatch, group="modelwright.deployments", base="modelwright")
    assert "memory" in targets.names()
    client = mw.deployments.get_deploy_client("memory://a")
    assert client.create_deployment("m", "models:/m/1")["flavor"] == "sklearn"
    assert client.predict("m", [1, 2]).get_predictions("ndarray").tolist() == ["memory://a", "m", "2"]
    assert mw.deployments.run_local("memory", "n", "models:/n/1", config={"a": 1})["flavor"] == "local"
    assert targets.target_help("memory").startswith("memory://anything")
    with pytest.raises(mw.MlflowException, match="'memory://a' does not have endpoints"):
        client.create_endpoint("e")
    with pytest.raises(NotImplementedError):
        client.predict_stream("m", [1])


def test_a_plug_in_for_mlflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugin.install(tmp_path, monkeypatch)
    with pytest.raises(MissingDependency, match=r"'memory_target' is written for MLflow; call.*install_as_mlflow"):
        mw.deployments.get_deploy_client("memory")
    (tmp_path / "deploy.py").write_text(
        "import mlflow.deployments\n"
        "client = mlflow.deployments.get_deploy_client('memory')\n"
        "print(client.create_deployment('m', 'models:/m/1')['name'])\n"
        "print(isinstance(client, mlflow.deployments.BaseDeploymentClient))\n"
    )
    command = [sys.executable, "-m", "modelwright", "exec", str(tmp_path / "deploy.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == "m\nTrue\n", done.stderr


@pytest.mark.parametrize("lacking", ["class MemoryClient(BaseDeploymentClient)", "def run_local", "def target_help"])
def test_a_plug_in_that_lacks_something(lacking: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = plugin.CODE.replace(lacking, lacking.replace("(BaseDeploymentClient)", "").replace("def ", "def _"))
    plugin.install(tmp_path, monkeypatch, base="modelwright", code=code)
    with pytest.raises(InvalidArgument, match="memory_target must have one subclass of BaseDeploymentClient"):
        mw.deployments.get_deploy_client("memory")
