"""Model directories that MLflow 2.16.2 and 3.17 wrote: ours says and predicts what they said and predicted."""

from __future__ import annotations

import json
import pickle
import sys
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

import modelwright
from modelwright.core.frameworks import FRAMEWORKS
from stock import driver, values
from stock.cases import all_cases

HERE = Path(__file__).parent
HOMES = sorted(path.parent for path in HERE.glob("*/*/score.json"))
IDS = [f"{home.parent.name}-{home.name}" for home in HOMES]
PARTS = ("flavors", "signature", "columns", "metadata", "example_info", "example", "example_params", "serving_input")

# What ours says differently, on purpose: (version or None, case, part) -> why.
DIFFERS: dict[tuple[str | None, str, str], str] = {
    (
        "3.17.2",
        "example_frame",
        "example",
    ): "3.17 cannot read its own example back: moments with and without a fraction",
}


@pytest.fixture(autouse=True)
def trusted(monkeypatch: pytest.MonkeyPatch, isolated: Path) -> None:
    monkeypatch.setenv("MODELWRIGHT_TRUST", "all")  # the golden directories are a stranger's


@pytest.fixture(params=HOMES, ids=IDS)
def home(request: pytest.FixtureRequest) -> Path:
    return request.param


@cache
def report(home: Path) -> dict[str, Any]:
    all_cases()  # they say how native models are scored
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # other versions of the frameworks say so; it is not what is tested here
        return driver.report(modelwright, home / "model", home / "score.json")


def expected(home: Path) -> dict[str, Any]:
    return json.loads((home / "expected.json").read_text())


def reason(home: Path, part: str) -> str | None:
    for version in (home.parent.name, None):
        if (version, home.name, part) in DIFFERS:
            return DIFFERS[version, home.name, part]
    return all_cases()[home.name].reads.get(part) if home.name in all_cases() else None


def test_reading_says_what_mlflow_says(home: Path) -> None:
    ours, theirs = report(home), expected(home)
    for part in PARTS:
        if reason(home, part):
            assert values.difference(theirs[part], ours[part]), f"{part} agrees now: take it off the list"
            assert "error" not in (ours[part] or {})
        else:
            assert not values.difference(theirs[part], ours[part]), part


def test_predicting_gives_what_mlflow_gives(home: Path) -> None:
    _skip_if_unloadable(home)
    ours, theirs = report(home), expected(home)
    for part in ({"predictions", "native"} & set(theirs)) - _unanswered(home):
        if reason(home, part):
            assert values.difference(theirs[part], ours[part]), f"{part} agrees now: take it off the list"
            assert "error" not in (ours[part] or {}), ours[part]
        else:
            assert not values.difference(theirs[part], ours[part]), part


def _unanswered(home: Path) -> set[str]:
    """The parts that the MLflow which wrote the directory could not answer itself."""
    known = all_cases().get(home.name)
    return {"predictions"} if known and known.stock_fails else set()


def _skip_if_unloadable(home: Path) -> None:
    conf = yaml.safe_load((home / "model" / "MLmodel").read_text())["flavors"]
    written = conf["python_function"]["python_version"].rpartition(".")[0]
    running = "{}.{}".format(*sys.version_info)
    for flavor in (name for name in conf if name in FRAMEWORKS):
        pytest.importorskip(FRAMEWORKS[flavor].imports)
    if written != running and "python_model" in conf["python_function"]:
        pytest.skip(f"cloudpickle holds byte code of Python {written}; this is {running}")


def test_rewriting_an_mlmodel_changes_no_byte(home: Path, tmp_path: Path) -> None:
    modelwright.models.Model.load(str(home / "model")).save(str(tmp_path / "MLmodel"))
    assert (tmp_path / "MLmodel").read_bytes() == (home / "model" / "MLmodel").read_bytes()


def _example_info(home: Path) -> dict[str, Any]:
    return yaml.safe_load((home / "model" / "MLmodel").read_text()).get("saved_input_example_info") or {"params": None}


@pytest.mark.parametrize(
    "home", [h for h in HOMES if "params" not in _example_info(h)], ids=lambda h: f"{h.parent.name}-{h.name}"
)
def test_rewriting_an_example_changes_no_value(home: Path, tmp_path: Path) -> None:
    """An example read from MLflow's directory and written by ours is the same JSON."""
    from modelwright.models.example import write_example

    model = modelwright.models.Model.load(str(home / "model"))
    info = write_example(model.load_input_example(str(home / "model")), tmp_path)
    theirs = dict(model.saved_input_example_info)
    if theirs["type"].startswith("sparse"):
        theirs.pop("serving_input_path", None)  # 3.x has a request for sparse data, 2.16 and ours have none
    assert info == theirs
    for name in {info["artifact_path"], info.get("serving_input_path")} - {None}:
        assert json.loads((tmp_path / name).read_text()) == json.loads((home / "model" / name).read_text())


def test_keys_of_later_versions_are_kept_aside() -> None:
    model = modelwright.models.Model.load(str(HERE / _latest() / "logged_model" / "model"))
    assert model.model_id is not None
    assert model.model_id.startswith("m-")
    assert model.extra["is_signature_from_type_hint"] is False
    assert model.extra["prompts"] is None
    assert not hasattr(model, "prompts")


def test_a_logged_model_knows_its_run() -> None:
    for version in ("2.16.2", _latest()):
        info = modelwright.models.get_model_info(str(HERE / version / "logged_model" / "model"))
        assert len(info.run_id) == 32
        assert info.mlflow_version == version
        assert info.signature.inputs.input_names() == ["a", "b"]


def test_a_type_of_later_versions_takes_anything() -> None:
    model = modelwright.models.Model.load(str(HERE / _latest() / "schema_any" / "model"))
    assert model.get_input_schema().to_dict()[0]["type"] == "any"


def test_nothing_is_loaded_from_a_stranger_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MODELWRIGHT_TRUST")
    with pytest.raises(modelwright.exceptions.MlflowException, match="trust=True"):
        modelwright.pyfunc.load_model(str(HERE / "2.16.2" / "pyfunc_wrapper" / "model"))
    assert modelwright.pyfunc.load_model(str(HERE / "2.16.2" / "xgboost_booster_json" / "model"))


def test_pickles_need_no_mlflow() -> None:
    """A wrapper's pickle names `mlflow.pyfunc.model`; loading it answers that name and imports no MLflow."""
    pickled = (HERE / "2.16.2" / "pyfunc_wrapper" / "model" / "python_model.pkl").read_bytes()
    assert b"mlflow.pyfunc.model" in pickled
    modelwright.pyfunc.load_model(str(HERE / "2.16.2" / "pyfunc_wrapper" / "model"))
    assert "mlflow" not in sys.modules
    with pytest.raises(ModuleNotFoundError):
        pickle.loads(pickled)


def _latest() -> str:
    return max(path.name for path in HERE.iterdir() if path.name[0] == "3")
