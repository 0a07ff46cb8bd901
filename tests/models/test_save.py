"""Saving: whole or not at all, and what the pipeline adds."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from modelwright.core.errors import AlreadyExists, BrokenModel, InvalidArgument
from modelwright.models.load import flavor, load_pyfunc
from modelwright.models.mlmodel import Model
from modelwright.models.save import save_model
from modelwright.models.signature import infer_signature


def save(path: Any, model: Any = None, **options: Any) -> Model:
    model = (lambda model_input: model_input) if model is None else model
    return save_model(flavor("pyfunc"), model, path, **{"pip_requirements": [], **options})


def test_a_failure_leaves_nothing(tmp_path):
    def fails(model_input):
        raise AssertionError

    for options, error in (
        ({"code_paths": ["nowhere"]}, InvalidArgument),
        ({"signature": "text"}, InvalidArgument),
        ({"no_such": 1}, TypeError),
        ({"pip_requirements": ["a"], "conda_env": {}}, InvalidArgument),
        ({"input_example": [1], "signature": False, "verify": True}, BrokenModel),
    ):
        with pytest.raises(error):
            save(tmp_path / "deep" / "m", fails, **options)
    assert not [path for path in tmp_path.rglob("*") if path.name != "deep"]


def test_the_target_appears_complete(tmp_path, monkeypatch):
    seen = []
    rename = os.rename
    monkeypatch.setattr(
        os, "rename", lambda a, b: (seen.append(sorted(p.name for p in Path(a).iterdir())), rename(a, b))
    )
    save(tmp_path / "m")
    assert len(seen) == 1
    assert {"MLmodel", "manifest.json", "python_model.pkl", "requirements.txt", "conda.yaml"} <= set(seen[0])


def test_full_directories_and_files_are_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(AlreadyExists) as refused:
        save(tmp_path / "file")
    assert refused.value.error_code == "RESOURCE_ALREADY_EXISTS"
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("")
    with pytest.raises(AlreadyExists, match="not an empty directory"):
        save(tmp_path / "full")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "full"]


def test_the_working_directory_may_be_the_target(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    save(".")
    assert Path("MLmodel").exists()
    assert load_pyfunc(".").predict(3) == 3
    assert sorted(p.name for p in tmp_path.iterdir()) == ["here"]


def test_the_example_shows_the_signature(tmp_path):
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": [1, 2]})
    meta = save(tmp_path / "m", lambda model_input: model_input["a"].to_numpy(), input_example=frame)
    assert meta.signature.to_dict()["inputs"] == infer_signature(frame.astype(float)).to_dict()["inputs"].replace(
        '"double", "name": "b"', '"long", "name": "b"'
    )
    assert '"type": "double"' in meta.signature.to_dict()["outputs"]
    tensors = save(tmp_path / "n", lambda model_input: model_input[:, 0], input_example=np.zeros((2, 3)))
    assert '"tensor"' in tensors.signature.to_dict()["outputs"]


def test_the_example_is_not_changed_by_predict(tmp_path):
    frame = pd.DataFrame({"a": [1.0]})

    def spoils(model_input):
        model_input["a"] = 7.0
        return [1.0]

    save(tmp_path / "m", spoils, input_example=frame)
    assert frame["a"].tolist() == [1.0]
    assert Model.load(tmp_path / "m").load_input_example(tmp_path / "m")["a"].tolist() == [1.0]


def test_a_signature_is_never_lost_in_silence(tmp_path):
    def fails(model_input):
        raise KeyError("missing")

    with pytest.warns(UserWarning, match="has no signature: it failed on its input example: KeyError: 'missing'"):
        meta = save(tmp_path / "m", fails, input_example=pd.DataFrame({"a": [1.0]}), verify=False)
    assert meta.signature is None
    with pytest.warns(UserWarning, match="tells no outputs"):
        meta = save(tmp_path / "n", lambda model_input: [1, "a"], input_example=pd.DataFrame({"a": [1.0]}))
    assert meta.signature.inputs is not None
    assert meta.signature.outputs is None


def test_warnings_point_at_the_caller(tmp_path):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        save(tmp_path / "m", lambda model_input: 1 / 0, input_example=pd.DataFrame({"a": [1.0]}), verify=None)
    assert {Path(w.filename).name for w in caught} == {Path(__file__).name}
    assert len(caught) == 2


def test_a_given_mlmodel_is_completed(tmp_path):
    meta = Model(artifact_path="here", run_id="r", metadata={"kept": 1})
    assert save(tmp_path / "m", mlflow_model=meta) is meta
    body = yaml.safe_load((tmp_path / "m" / "MLmodel").read_text())
    assert (body["artifact_path"], body["run_id"], body["metadata"]) == ("here", "r", {"kept": 1})


def test_a_pickle_is_loaded_once_more_and_no_oftener(tmp_path):
    """One extra instance while verifying; none without."""
    loads: list[str] = []

    class Counted:
        def __setstate__(self, state: Any) -> None:
            loads.append("one")

        def __getstate__(self) -> Any:
            return {"a": 1}

    from modelwright.models.python_model import PythonModel

    class Holds(PythonModel):
        counted = None

        def predict(self, context: Any, model_input: Any) -> Any:
            return model_input

    sys.modules["counted_of_test"] = type(sys)("counted_of_test")
    sys.modules["counted_of_test"].Counted = Counted
    Counted.__module__, Counted.__qualname__ = "counted_of_test", "Counted"
    try:
        model = Holds()
        model.counted = Counted()
        save(tmp_path / "n", model, verify=False, input_example=[1])
        assert loads == []
        save(tmp_path / "m", model, input_example=[1])
        assert loads == ["one"]
    finally:
        del sys.modules["counted_of_test"]


def test_nothing_forbidden_happens(tmp_path):
    """No process, no socket; an audit hook cannot be removed, so it looks only while told to."""
    events: list[str] = []
    watching = True

    def hook(event: str, arguments: Any) -> None:
        if watching and event.startswith(
            ("subprocess.", "socket.", "os.fork", "os.exec", "os.posix_spawn", "os.system")
        ):
            events.append(event)

    sys.addaudithook(hook)
    save(tmp_path / "m", input_example=[1.0], pip_requirements=None)
    watching = False
    assert events == []


@pytest.mark.parametrize("metadata", [3, ["a"], {"a": object()}, {"a": Path("x")}, {"a": "\ud800"}])
def test_metadata_that_no_file_holds_is_refused(tmp_path, metadata):
    with pytest.raises(InvalidArgument, match="metadata"):
        save(tmp_path / "m", metadata=metadata)
    assert not list(tmp_path.iterdir())
