"""Who may run code, decided once for processes that would decide otherwise."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from sklearn.linear_model import LinearRegression

import modelwright as mw
from batch.inline import model
from modelwright.batch.decision import trusted
from modelwright.core.errors import UntrustedModel
from modelwright.models.manifest import NAME as MANIFEST


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return model(tmp_path / "own", lambda data: data)


@pytest.fixture
def strange(own: Path, tmp_path: Path) -> Path:
    shutil.copytree(own, tmp_path / "strange")
    (tmp_path / "strange" / MANIFEST).unlink()
    return tmp_path / "strange"


def test_what_this_user_made_or_says(own: Path, strange: Path) -> None:
    assert trusted(own, origin="stranger", trust=None)
    assert trusted(strange, origin="store", trust=None)
    assert trusted(strange, origin="stranger", trust=True)


@pytest.mark.parametrize("options", [{"trust": None}, {"trust": False}])
def test_a_stranger(options: dict[str, Any], strange: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UntrustedModel):
        trusted(strange, origin="stranger", **options)
    monkeypatch.setenv("MODELWRIGHT_TRUST", "none")
    with pytest.raises(UntrustedModel):
        trusted(strange, origin="store", trust=True)
    monkeypatch.setenv("MODELWRIGHT_TRUST", "all")
    assert trusted(strange, origin="stranger", trust=None)


def test_a_copy_that_cannot_run_code_is_what_the_others_load(tmp_path: Path) -> None:
    """Trusted, they would load the pickle that nobody allowed."""
    pytest.importorskip("skops")
    mw.sklearn.save_model(LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0]), tmp_path / "own", pip_requirements=[])
    assert trusted(tmp_path / "own", origin="stranger", trust=None)
    shutil.copytree(tmp_path / "own", tmp_path / "strange")
    (tmp_path / "strange" / MANIFEST).unlink()
    assert not trusted(tmp_path / "strange", origin="stranger", trust=None)
