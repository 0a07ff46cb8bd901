"""`modelwright demo`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

import modelwright as mw

pytest.importorskip("xgboost", reason="the demo trains with XGBoost")


def test_the_whole_way(answer: Any, run: Callable[..., Result]) -> None:
    facts = answer("demo")
    assert facts["prediction"]["same_as_before_saving"]
    assert facts["prediction"]["accuracy"] > 0.9
    assert Path(facts["model"]["path"], "MLmodel").is_file()
    assert "validation_0-logloss" in facts["autolog"]["metrics"]
    assert len(mw.pyfunc.load_model("models:/breast-cancer@champion").predict(
        mw.models.Model.load(facts["model"]["path"]).load_input_example(facts["model"]["path"])
    )) == 2  # fmt: skip
    assert answer("models", "check", "models:/breast-cancer@champion")["ok"]


def test_what_people_read(run: Callable[..., Result]) -> None:
    out = run("demo").output
    for text in ("Wisconsin breast cancer: 569 rows", "the same as before saving", "models:/breast-cancer@champion",
                 "modelwright models inspect", "mwruns"):  # fmt: skip
        assert text in out
    assert run("demo").output.count("version 2") == 1  # again: another version
