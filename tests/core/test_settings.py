"""Settings: read when asked for, by our name or MLflow's."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

import modelwright
from modelwright.core import settings
from modelwright.core.errors import InvalidArgument
from modelwright.core.settings import ALL, Setting, flag, one_of

SOURCE = Path(modelwright.__file__).parent


@pytest.mark.parametrize("setting", ALL.values(), ids=lambda setting: setting.names[0])
def test_every_setting_is_told_and_has_its_default(setting: Setting[Any]) -> None:
    ours, *theirs = setting.names
    assert ours.startswith("MODELWRIGHT_")
    assert all(name.startswith("MLFLOW_") for name in theirs)
    assert setting.doc.endswith(".")
    assert setting.get() == setting.default
    assert not setting.given


@pytest.mark.parametrize("setting", [s for s in ALL.values() if s.default == ""], ids=lambda setting: setting.names[0])
def test_ours_comes_first_and_empty_means_nothing(setting: Setting[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in reversed(setting.names):
        monkeypatch.setenv(name, f"by {name}")
        assert setting.get() == f"by {name}"
        assert setting.given
    monkeypatch.setenv(setting.names[0], "")
    assert setting.get() == (f"by {setting.names[1]}" if len(setting.names) > 1 else "")


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        (settings.TRUST, "everyone"),
        (settings.VERIFY_BYTES, "64 MB"),
        (settings.ASYNC_LOGGING, "perhaps"),
        (settings.SYSTEM_METRICS_INTERVAL, "soon"),
        (settings.ON_CONFLICT, "ask"),
    ],
)
def test_a_value_that_cannot_be_read_is_named(
    setting: Setting[Any], text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = setting.names[-1]
    monkeypatch.setenv(name, text)
    with pytest.raises(InvalidArgument, match=f"{name}={text!r}"):
        setting.get()


def test_flags_and_words() -> None:
    assert [flag(text) for text in ("true", "1", "Yes", " ON ")] == [True] * 4
    assert [flag(text) for text in ("false", "0", "No", "off")] == [False] * 4
    assert one_of("all", "none")("ALL") == "all"
    for parse in (flag, one_of("all", "none")):
        with pytest.raises(ValueError, match="expected"):
            parse("x")


def test_a_change_is_seen_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.VERIFY_BYTES.get() == 64 * 2**20
    monkeypatch.setenv("MODELWRIGHT_VERIFY_BYTES", "5")
    assert settings.VERIFY_BYTES.get() == 5
    monkeypatch.delenv("MODELWRIGHT_VERIFY_BYTES")
    assert settings.VERIFY_BYTES.get() == 64 * 2**20


def test_our_variables_are_named_here_only() -> None:
    known = {name for setting in ALL.values() for name in setting.names}
    for path in SOURCE.rglob("*.py"):
        if path.name == "settings.py":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert node.value not in known, f"{path.name} reads {node.value} by itself"
