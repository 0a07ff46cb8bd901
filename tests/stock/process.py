"""Processes of stock MLflow's environment, each playing one side and never both."""

from __future__ import annotations

import os
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Stock MLflow with scikit-learn and XGBoost, and once more with every framework.
ENVIRONMENTS = {"stock": ROOT / ".venv-stock", "frameworks": ROOT / ".venv-stock-frameworks"}
PYTHON = ENVIRONMENTS["stock"] / "bin" / "python"

MARKS = [
    pytest.mark.stock,
    pytest.mark.skipif(not PYTHON.exists(), reason="run make stock"),
]


def needed(environment: str) -> None:
    """Skip the test if an environment is not there."""
    if not ENVIRONMENTS[environment].exists():
        pytest.skip(f"needs {ENVIRONMENTS[environment].name}: run make {environment}")
    if environment == "frameworks" and find_spec("lightgbm") is None:
        pytest.skip("runs where the frameworks are installed too: make test, without FAST=1")


def play(side: str, *command: object, cwd: Path, timeout: float = 250, environment: str = "stock") -> str:
    """Run `python -m <command>` as "ours" or "stock" and return what it printed."""
    source = [str(ROOT / "src")] if side == "ours" else []
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "MODELWRIGHT_"))}
    env = inherited | {
        "PYTHONPATH": os.pathsep.join([*source, str(ROOT / "tests")]),
        "XDG_STATE_HOME": str(cwd / "state"),
        "GIT_PYTHON_REFRESH": "quiet",
    }
    arguments = [str(ENVIRONMENTS[environment] / "bin" / "python"), "-m", *map(str, command)]
    done = subprocess.run(arguments, cwd=cwd, env=env, capture_output=True, text=True, timeout=timeout, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout
