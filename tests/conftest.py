"""What every test gets: no settings from outside, an empty working directory, no state left by the test before."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

import flavors.tiny_hf  # noqa: F401  # tells Hugging Face's libraries, before a test imports them, to fetch nothing
import h2o_server as h2o_servers
from modelwright.core.settings import ALL

if find_spec("paddle") and find_spec("tensorflow"):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # paddle's own, about compilers it may need
        import_module("paddle")  # imported after TensorFlow it ends the process

os.environ.setdefault("OMP_NUM_THREADS", "1")  # test models are tiny: threads of parallel test processes only wait


# How long an example takes says how busy the machine is.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def isolated(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An environment without our settings, its own state directory, and a fresh working directory."""
    _forget_settings(monkeypatch)
    home = tmp_path_factory.mktemp("home", numbered=True)
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    (home / "work").mkdir()
    monkeypatch.chdir(home / "work")
    yield home / "work"
    _reset()


@pytest.fixture
def afresh(isolated: Path) -> Callable[[], None]:
    """Begin again in the middle of a test, as the next test would: for each of the examples of a module."""
    turns = count()

    def begin() -> None:
        _reset()
        folder = isolated / f"{next(turns)}"
        folder.mkdir()
        os.chdir(folder)

    return begin


@pytest.fixture(scope="session")
def h2o_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one H2O server for all tests of this process, and for the processes that they start."""
    with h2o_servers.running(tmp_path_factory.mktemp("h2o")) as address:
        os.environ[h2o_servers.ADDRESS] = address
        yield address
        del os.environ[h2o_servers.ADDRESS]


def _forget_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _settings():
        monkeypatch.delenv(name, raising=False)


def _settings() -> list[str]:
    return [name for setting in ALL.values() for name in setting.names]


def _reset() -> None:
    """Undo what a test may have left in the process, touching only modules that were loaded."""
    for name in _settings():  # what was there before the test comes back afterwards
        os.environ.pop(name, None)
    engine = _loaded("modelwright.autolog.engine")
    if engine is not None:
        for name in engine.enabled():
            engine.disable(name)
    switches = _loaded("modelwright.api.autologging")
    if switches is not None:
        switches._chosen.clear()
    active = _loaded("modelwright.tracking.active")
    if active is not None:
        active.reset()
    alias = _loaded("modelwright.compat.alias")
    if alias is not None and isinstance(sys.modules.get("mlflow"), alias._StandIn | None):
        sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, alias._Finder)]
        for name in [name for name in sys.modules if name.partition(".")[0] == "mlflow"]:
            del sys.modules[name]
        alias.trust.set_default("store")


def _loaded(name: str) -> Any:
    return sys.modules.get(name)
