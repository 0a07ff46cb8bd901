"""Watching what is imported later."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelwright.autolog.imports import _armed, when_imported


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    root = tmp_path / "latecomer"
    root.mkdir()
    (root / "__init__.py").write_text("value = 1\n")
    (root / "part.py").write_text("from . import value\nown = value + 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield root
    for name in [n for n in sys.modules if n.partition(".")[0] == "latecomer"]:
        del sys.modules[name]
    _armed.clear()


def test_runs_once_after_the_modules_own_code(package: Path) -> None:
    seen: list[object] = []
    when_imported("latecomer.part", lambda: seen.append(sys.modules["latecomer.part"].own))
    importlib.import_module("latecomer")
    assert seen == []
    importlib.import_module("latecomer.part")
    importlib.import_module("latecomer.part")
    assert seen == [2]
    assert "exec_module" not in vars(sys.modules["latecomer.part"].__loader__)


def test_runs_at_once_when_the_module_is_there() -> None:
    seen: list[int] = []
    when_imported("sys", lambda: seen.append(1))
    assert seen == [1]


def test_can_be_called_off(package: Path) -> None:
    seen: list[int] = []
    undo = when_imported("latecomer", lambda: seen.append(1))
    kept = when_imported("latecomer", lambda: seen.append(2))
    undo()
    importlib.import_module("latecomer")
    kept()
    assert seen == [2]


def test_asking_for_the_spec_alone_runs_nothing(package: Path) -> None:
    seen: list[int] = []
    when_imported("latecomer", lambda: seen.append(1))
    assert importlib.util.find_spec("latecomer") is not None
    assert seen == []
    importlib.import_module("latecomer")
    assert seen == [1]


def test_a_missing_module_stays_missing() -> None:
    when_imported("no_such_framework", lambda: None)
    with pytest.raises(ModuleNotFoundError, match="no_such_framework"):
        importlib.import_module("no_such_framework")
    _armed.clear()


def test_our_error_does_not_break_the_import(package: Path, caplog: pytest.LogCaptureFixture) -> None:
    when_imported("latecomer", lambda: 1 / 0)  # type: ignore[arg-type]
    assert importlib.import_module("latecomer").value == 1
    assert "latecomer is not watched" in caplog.text


def test_the_modules_own_error_passes(package: Path) -> None:
    (package / "broken.py").write_text("1 / 0\n")
    seen: list[int] = []
    when_imported("latecomer.broken", lambda: seen.append(1))
    with pytest.raises(ZeroDivisionError):
        importlib.import_module("latecomer.broken")
    assert seen == []
