"""Environments that tests build for real: one folder of them, and uv's own cache, for the whole session."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest

import modelwright as mw
from modelwright.serving.environments import own_source

# Looked up before a test gets a home of its own: what uv has downloaded is shared with every other use of it.
UV_CACHE = os.environ.get("UV_CACHE_DIR") or str(Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "uv"))
IDENTITY = own_source.identity()  # the files of a checkout may change while its tests run
REQUIREMENTS = ["six==1.16.0"]  # here it is another one, or none
SIX_TIMES = """
import os
import six
from modelwright.models import set_model

def predict(model_input):
    factor = float(os.environ.get("FACTOR", 6 if six.__version__ == "1.16.0" else 1))
    return [factor * x for x in model_input["x"]]

set_model(predict)
"""
EXAMPLE = pd.DataFrame({"x": [1.0, 2.5]})
SIGNATURE = mw.models.infer_signature(EXAMPLE, [1.0])


@pytest.fixture(scope="session")
def shared_envs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.getbasetemp()  # with pytest-xdist, one below that of all
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "model-envs"


@pytest.fixture
def envs(shared_envs: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of built environments."""
    return use(shared_envs, monkeypatch)


@pytest.fixture
def no_envs(shared_envs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, empty but for the wheel of this package."""
    own, wheels = tmp_path / "envs", shared_envs / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    own.mkdir()
    (own / "wheels").symlink_to(wheels)
    return use(own, monkeypatch)


def use(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MODELWRIGHT_ENV_ROOT", str(folder))
    monkeypatch.setenv("UV_CACHE_DIR", UV_CACHE)
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    monkeypatch.setattr(own_source, "identity", lambda: IDENTITY)
    return folder


def model(path: str = "model", *, requirements: list[str] | None = None, source: str = SIX_TIMES) -> Path:
    """A saved model of few requirements, whose answer tells which environment it runs in."""
    Path("source.py").write_text(source)
    mw.pyfunc.save_model(
        path,
        python_model="source.py",
        input_example=EXAMPLE,
        signature=SIGNATURE,
        pip_requirements=REQUIREMENTS if requirements is None else requirements,
        verify=False,
    )
    return Path(path).absolute()
