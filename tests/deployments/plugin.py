"""A deployments plug-in as somebody would write and install it: a distribution with an entry point."""

from __future__ import annotations

from pathlib import Path

import pytest

CODE = """
from mlflow.deployments import BaseDeploymentClient, PredictionsResponse


class MemoryClient(BaseDeploymentClient):
    there = {}

    def create_deployment(self, name, model_uri, flavor=None, config=None, endpoint=None):
        self.there[name] = {"name": name, "flavor": flavor or "sklearn", "model_uri": model_uri, "config": config}
        return self.there[name]

    def update_deployment(self, name, model_uri=None, flavor=None, config=None, endpoint=None):
        self.there[name].update(config=config)
        return self.there[name]

    def delete_deployment(self, name, config=None, endpoint=None):
        del self.there[name]

    def list_deployments(self, endpoint=None):
        return list(self.there.values())

    def get_deployment(self, name, endpoint=None):
        return self.there[name]

    def predict(self, deployment_name=None, inputs=None, endpoint=None):
        return PredictionsResponse(predictions=[self.target_uri, deployment_name, len(inputs)])

    def explain(self, deployment_name=None, df=None, endpoint=None):
        return {"explained": list(df)}


def run_local(name, model_uri, flavor=None, config=None):
    return MemoryClient("memory").create_deployment(name, model_uri, "local", config)


def target_help():
    return "memory://anything keeps deployments in memory"
"""


def install(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    group: str = "mlflow.deployments",
    base: str = "",
    code: str = CODE,
) -> None:
    """Install it for this process: under the target "memory".

    Args:
        folder: Where its files go.
        monkeypatch: Puts the folder on the path.
        group: Of its entry point.
        base: The package that its code imports, instead of MLflow.
        code: What its module holds.
    """
    (folder / "memory_target.py").write_text(code.replace("from mlflow", f"from {base}") if base else code)
    facts = folder / "memory_target-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: memory-target\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text(f"[{group}]\nmemory = memory_target\n")
    monkeypatch.syspath_prepend(folder)
