"""`modelwright models`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

import modelwright as mw
from modelwright.models.manifest import NAME as MANIFEST


def double(model_input: list[int]) -> list[int]:
    return [2 * x for x in model_input]


@pytest.fixture
def uri() -> str:
    with mw.start_run():
        info = mw.pyfunc.log_model(
            "double",
            python_model=lambda model_input: model_input * 2,
            input_example=__import__("pandas").DataFrame({"x": [1.5], "name": ["a"]})[["x"]],
            pip_requirements=["cloudpickle"],
            registered_model_name="double",
        )
    return str(info.model_uri)


@pytest.fixture
def strange(uri: str, tmp_path: Path) -> str:
    """The same model as if a stranger had sent it."""
    path = tmp_path / "strange"
    shutil.copytree(mw.artifacts.download_artifacts(uri), path)
    body = json.loads((path / MANIFEST).read_text())
    (path / MANIFEST).write_text(json.dumps({**body, "seal": "0" * 64}))
    return str(path)


def test_list(uri: str, run: Callable[..., Result], answer: Any) -> None:
    mw.MlflowClient().set_registered_model_alias("double", "champion", "1")
    (found,) = answer("models", "list")
    assert (found["name"], found["aliases"]) == ("double", {"champion": 1})
    assert "champion=version 1" in run("models", "list").output
    assert run("models", "list", "name = 'other'").output == "No model is registered.\n"


def test_inspect(uri: str, run: Callable[..., Result], answer: Any) -> None:
    facts = answer("models", "inspect", uri)
    assert facts["signature"]["inputs"] == [{"type": "double", "name": "x", "required": True}]
    assert facts["manifest"] == {"present": True, "ok": True, "sealed_by_you": True, "problem": None}
    assert facts["loads_by_default"]
    assert "mlflow==2.16.2" in facts["environment"]["requirements"]
    assert {"MLmodel", "python_model.pkl"} <= {file["path"] for file in facts["files"]}
    assert any(name.startswith("mlflow.pyfunc.model") for name in facts["imports"]["python_model.pkl"])
    out = run("models", "inspect", "models:/double/1").output
    for text in ("double", "python_function", "is a pickle (allowed)", "every file is as it was saved", "Requirements"):
        assert text in out


def test_inspecting_a_strangers_model_runs_nothing(tmp_path: Path, answer: Any, run: Callable[..., Result]) -> None:
    trap = tmp_path / "trap"
    trap.mkdir()
    (trap / "python_model.pkl").write_bytes(b"cos\nsystem\n(S'touch pwned'\ntR.")
    (trap / "MLmodel").write_text(
        "flavors:\n  python_function:\n    loader_module: mlflow.pyfunc.model\n    python_model: python_model.pkl\n"
    )
    facts = answer("models", "inspect", str(trap))
    assert facts["imports"] == {"python_model.pkl": ["os.system"]}
    assert facts["hazards"] == ["its file 'python_model.pkl' is a pickle"]
    assert not facts["loads_by_default"]
    assert facts["origin"] == "stranger"
    out = run("models", "inspect", str(trap)).output
    assert "refused unless you trust it" in out
    assert "No signature" in out
    assert "may run code" in run("models", "check", str(trap), code=1).stderr
    assert "may run code" in run("models", "predict", str(trap), code=1, data='{"inputs": [1]}').stderr
    assert not Path("pwned").exists()


def test_a_changed_file_is_shown(strange: str, answer: Any, run: Callable[..., Result]) -> None:
    Path(strange, "requirements.txt").write_text("evil==1\n")
    facts = answer("models", "inspect", strange)
    assert "requirements.txt is not the file that was saved" in facts["manifest"]["problem"]
    assert "requirements.txt" in run("models", "check", strange, code=1).stderr


def test_check(uri: str, strange: str, run: Callable[..., Result], answer: Any) -> None:
    assert run("models", "check", uri).output == f"OK: {uri} loads and predicts its example.\n"
    assert answer("models", "check", strange, "--trust")["ok"]
    assert "refused" not in run("models", "check", strange, "--trust").output
    assert "neither the configured tracking store nor you" in run("models", "check", strange, code=1).stderr


def test_check_says_why_a_model_cannot_be_loaded(run: Callable[..., Result], answer: Any) -> None:
    Path("loader.py").write_text("def _load_pyfunc(path):\n    return Missing()\n")
    mw.pyfunc.save_model("broken", loader_module="loader", code_paths=["loader.py"], pip_requirements=[], verify=False)
    assert run("models", "check", "broken", code=1).output == (
        "broken cannot be loaded: NameError: name 'Missing' is not defined in loader.py:2\n"
    )
    facts = answer("models", "check", "broken", code=1)
    assert (facts["ok"], facts["example"]) == (False, False)


@pytest.mark.parametrize(
    ("name", "body"),
    [("x.json", '{"dataframe_split": {"columns": ["x"], "data": [[1.5], [2.0]]}}'), ("x.csv", "x\n1.5\n2.0\n")],
)
def test_predict_from_files(name: str, body: str, uri: str, run: Callable[..., Result]) -> None:
    Path(name).write_text(body)
    assert json.loads(run("models", "predict", uri, "-i", name).stdout) == {"predictions": [{"x": 3.0}, {"x": 4.0}]}
    run("models", "predict", uri, "-i", name, "-o", "out.json")
    assert json.loads(Path("out.json").read_text()) == {"predictions": [{"x": 3.0}, {"x": 4.0}]}


def test_predict_from_standard_input(uri: str, run: Callable[..., Result]) -> None:
    result = run("models", "predict", uri, "-t", "csv", data="x\n1\n")
    assert json.loads(result.stdout) == {"predictions": [{"x": 2.0}]}
    assert "Error: " in run("models", "predict", uri, data="not json", code=1).stderr
    assert "'x'" in run("models", "predict", uri, data='{"inputs": {"y": [1]}}', code=1).stderr


def test_a_refusal_names_the_option(strange: str, run: Callable[..., Result]) -> None:
    said = run("models", "check", strange, code=1).stderr
    assert "give --trust if you trust" in said
    assert "trust=True" not in said


def test_inspect_invents_nothing(tmp_path: Path, run: Callable[..., Result], answer: Any) -> None:
    import pickle

    (tmp_path / "model.pkl").write_bytes(pickle.dumps([1]))
    (tmp_path / "MLmodel").write_text("flavors: {sklearn: {pickled_model: model.pkl, serialization_format: pickle}}\n")
    facts = answer("models", "inspect", str(tmp_path))
    assert (facts["created"], facts["mlflow_version"]) == (None, None)
    out = run("models", "inspect", str(tmp_path)).output
    assert "The pickle model.pkl imports nothing." in out
    assert not any(line.startswith(("made", "format")) for line in out.splitlines())


def test_a_mistyped_name_finds_the_nearest(uri: str, run: Callable[..., Result]) -> None:
    assert "did you mean 'double'?" in run("models", "inspect", "models:/doubel/1", code=1).stderr
    assert "did you mean 'models:/double@champion'?" in run("models", "inspect", "double@champion", code=1).stderr


def test_csv_taken_for_json_says_the_option(uri: str, run: Callable[..., Result]) -> None:
    assert "pass -t csv if it is CSV" in run("models", "predict", uri, data="x\n1.5\n", code=1).stderr
    assert "-t csv" not in run("models", "predict", uri, data="{", code=1).stderr
    assert json.loads(run("models", "predict", uri, "-t", "csv", data="x\n1.5\n").stdout)["predictions"] == [{"x": 3.0}]
