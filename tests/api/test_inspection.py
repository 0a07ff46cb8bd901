"""What reading a model directory finds, without loading anything."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import modelwright as mw
from modelwright.api.inspection import inspect_model
from modelwright.core.errors import CorruptModel, UntrustedModel
from modelwright.models import load


@pytest.fixture
def root(tmp_path: Path) -> Path:
    Path("helper.py").write_text("raise SystemExit('somebody imported me')\n")
    mw.pyfunc.save_model(
        tmp_path / "m",
        python_model=lambda model_input: model_input,
        code_paths=["helper.py"],
        pip_requirements=["click"],
        metadata={"team": "a"},
        verify=False,
    )
    return tmp_path / "m"


def test_nothing_is_executed_or_imported(root: Path) -> None:
    before = set(sys.modules)
    facts = inspect_model(root)
    assert not {name for name in set(sys.modules) - before if "helper" in name}
    assert facts["hazards"] == [
        "its file 'python_model.pkl' is a pickle",
        "it carries modules of its own in 'code'",
    ]
    assert (facts["origin"], facts["metadata"], facts["signature"]) == ("store", {"team": "a"}, None)
    assert facts["environment"]["requirements"][-1] == "click"
    assert {"path": "code/helper.py", "size": 41} in facts["files"]


def test_what_would_load_is_told_as_loading_does(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert inspect_model(root)["loads_by_default"]
    (root / "code" / "json.py").write_text("")  # would shadow a module of the same name
    assert not inspect_model(root)["loads_by_default"]
    with pytest.raises(CorruptModel, match=r"json\.py was added"):
        load.admit(root)
    (root / "code" / "json.py").unlink()
    monkeypatch.setenv("MODELWRIGHT_TRUST", "none")
    assert not inspect_model(root)["loads_by_default"]
    with pytest.raises(UntrustedModel):
        load.admit(root)


def test_a_model_no_flavor_here_loads(root: Path) -> None:
    text = (root / "MLmodel").read_text().replace("mlflow.pyfunc.model", "mlflow.cobol")
    (root / "MLmodel").write_text(text)
    facts = inspect_model(root)
    assert "mlflow.cobol" in facts["cannot_load"]
    assert not facts["loads_by_default"]
    assert "MLmodel is not the file that was saved" in facts["manifest"]["problem"]


def test_a_signature_that_cannot_be_read(root: Path) -> None:
    with (root / "MLmodel").open("a") as file:
        file.write("signature:\n  inputs: 'not json'\n")
    facts = inspect_model(root)
    assert "unreadable" in facts["signature"]


def test_what_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(CorruptModel, match="no MLmodel file"):
        inspect_model(tmp_path)
    (tmp_path / "MLmodel").write_text("[1, 2")
    with pytest.raises(CorruptModel, match="not YAML"):
        inspect_model(tmp_path)
