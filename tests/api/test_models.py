"""Questions about stored models, and small changes to them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import modelwright as mw
from modelwright.core.errors import InvalidArgument, NotFound, SchemaMismatch
from modelwright.models import manifest
from modelwright.models.signature import infer_signature

FRAME = pd.DataFrame({"x": [1.5, 2.0]})


class Sum(mw.pyfunc.PythonModel):
    def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
        return model_input["x"] + (params or {}).get("plus", 0)


@pytest.fixture
def saved(tmp_path: Path) -> str:
    path = tmp_path / "m"
    signature = infer_signature(FRAME, FRAME["x"], {"plus": 1})
    mw.pyfunc.save_model(path, python_model=Sum(), signature=signature, input_example=FRAME, pip_requirements=["numpy"])
    return str(path)


@pytest.fixture
def logged() -> str:
    with mw.start_run():
        return str(mw.pyfunc.log_model("m", python_model=Sum(), pip_requirements=["numpy"]).model_uri)


def test_info_of_a_path_and_of_a_run(saved: str, logged: str) -> None:
    assert mw.models.get_model_info(saved).model_uri == saved
    info = mw.models.get_model_info(logged)
    assert (info.model_uri, list(info.flavors)) == (logged, ["python_function"])
    with pytest.raises(NotFound, match="nowhere"):
        mw.models.get_model_info("nowhere")


@pytest.mark.parametrize("where", ["saved", "logged"])
def test_set_signature(where: str, request: pytest.FixtureRequest) -> None:
    uri = request.getfixturevalue(where)
    new = infer_signature(FRAME.rename(columns={"x": "y"}))
    mw.models.set_signature(uri, new)
    model = mw.pyfunc.load_model(uri)
    assert model.metadata.signature == new
    with pytest.raises(SchemaMismatch, match="y"):
        model.predict(FRAME)


def test_set_signature_refuses(saved: str) -> None:
    with pytest.raises(InvalidArgument, match="'models:/a/1' is registered"):
        mw.models.set_signature("models:/a/1", infer_signature(FRAME))
    with pytest.raises(InvalidArgument, match="must be a ModelSignature, got dict"):
        mw.models.set_signature(saved, {})


def test_a_changed_copy_of_a_strangers_model_stays_a_strangers(saved: str) -> None:
    path = Path(saved, manifest.NAME)
    path.write_text(json.dumps({**json.loads(path.read_text()), "seal": "0" * 64}))
    mw.models.set_signature(saved, infer_signature(FRAME))
    written = manifest.check(Path(saved))
    assert written is not None
    assert not written.sealed


def test_requirements_are_added_and_removed(saved: str) -> None:
    mw.models.update_model_requirements(saved, "add", ["click==8.0", "numpy<3"])
    text = Path(mw.models.get_model_requirements_files(saved).requirements).read_text().splitlines()
    assert {"click==8.0", "numpy<3"} <= set(text)
    assert "numpy" not in text
    mw.models.update_model_requirements(saved, "remove", ["click"])
    assert "click" not in Path(mw.pyfunc.get_model_dependencies(saved, "conda")).read_text()
    assert mw.pyfunc.load_model(saved).predict(FRAME).tolist() == [2.5, 3.0]
    with pytest.raises(InvalidArgument, match="'add' or 'remove'"):
        mw.models.update_model_requirements(saved, "replace", [])


def test_predict_writes_what_a_server_would_answer(saved: str, capsys: pytest.CaptureFixture[str]) -> None:
    mw.models.predict(saved, FRAME)
    assert json.loads(capsys.readouterr().out) == {"predictions": [2.5, 3.0]}
    Path("in.csv").write_text("x\n1\n")
    mw.models.predict(saved, input_path="in.csv", content_type="csv", output_path="out.json")
    assert json.loads(Path("out.json").read_text()) == {"predictions": [2.0]}
    body = {"dataframe_split": {"columns": ["x"], "data": [[1.0]]}, "params": {"plus": 5}}
    mw.models.predict(saved, json.dumps(body))
    assert json.loads(capsys.readouterr().out) == {"predictions": [6.0]}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"input_data": "{}", "env_manager": "poetry"}, "no environment manager 'poetry'; there are local, uv"),
        ({"input_data": "{}", "pip_requirements_override": ["a"]}, "need an environment of their own"),
        ({}, "Pass input_data or input_path"),
        ({"input_data": "{}", "input_path": "x"}, "Pass input_data or input_path"),
        ({"input_data": "{}", "content_type": "xml"}, "must be 'json' or 'csv', got 'xml'"),
    ],
)
def test_predict_refuses(options: dict[str, Any], said: str, saved: str) -> None:
    with pytest.raises(InvalidArgument, match=said):
        mw.models.predict(saved, **options)


def test_serving_input_and_back(saved: str) -> None:
    body = mw.models.convert_input_example_to_serving_input((FRAME, {"plus": 2}))
    assert mw.models.validate_serving_input(saved, body).tolist() == [3.5, 4.0]
    assert mw.models.validate_serving_input(saved, json.loads(body)).tolist() == [3.5, 4.0]
    assert mw.models.convert_input_example_to_serving_input(None) is None
    with pytest.raises(SchemaMismatch):
        mw.models.validate_serving_input(saved, {"inputs": {"z": [1.0]}})


def test_inferred_requirements(saved: str) -> None:
    found = mw.models.infer_pip_requirements(saved, "python_function")
    assert any(line.startswith("cloudpickle==") for line in found)
    assert mw.models.infer_pip_requirements(saved, "nothing", fallback=["a"]) == ["a"]
    with pytest.raises(NotFound, match="no flavor 'nothing'"):
        mw.models.infer_pip_requirements(saved, "nothing")


def test_validate_schema(saved: str) -> None:
    schema = mw.models.get_model_info(saved).signature.inputs
    mw.models.validate_schema(FRAME, schema)
    with pytest.raises(SchemaMismatch):
        mw.models.validate_schema(pd.DataFrame({"x": ["a"]}), schema)


def test_set_signature_is_found_where_mlflow_has_it() -> None:
    from modelwright.models.signature import set_signature

    assert set_signature is mw.models.set_signature


def test_numpy_examples_are_sent_too(tmp_path: Path) -> None:
    mw.pyfunc.save_model(tmp_path / "n", python_model=lambda model_input: model_input * 2, pip_requirements=[])
    body = mw.models.convert_input_example_to_serving_input(np.array([[1, 2]]))
    assert np.asarray(mw.models.validate_serving_input(str(tmp_path / "n"), body)).tolist() == [[2, 4]]
