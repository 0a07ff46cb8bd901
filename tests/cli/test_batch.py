"""`modelwright batch`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

pytest.importorskip("pyarrow")

import modelwright as mw
from batch.inline import read
from modelwright.batch import run as batch
from modelwright.cli import batch as cli


@pytest.fixture
def uri(monkeypatch: pytest.MonkeyPatch) -> str:
    """A registered model that cannot take numbers below zero, and a runner without processes."""
    monkeypatch.setitem(batch.RUNNERS, "local", "batch.inline:run")

    def predict(model_input):  # type: ignore[no-untyped-def]
        if (model_input["x"] < 0).any():
            raise ValueError("below zero")
        return model_input["x"] * 2

    with mw.start_run():
        mw.pyfunc.log_model("m", python_model=predict, pip_requirements=[], registered_model_name="double")
    return "models:/double/1"


@pytest.fixture
def file() -> str:
    Path("in.csv").write_text("x,id\n1,007\n-2,b\n3,c\n")
    return "in.csv"


def test_score(uri: str, file: str, run: Callable[..., Result], answer: Any) -> None:
    out = run("batch", uri, file, "-o", "out.csv", "--max-retries", "0").stdout
    assert "rows    3 of 1 file" in out
    assert "failed  1 in 1 of 1 files" in out
    assert "out.csv.errors.jsonl" in out
    assert [row["prediction"] for row in read(Path("out.csv"))] == [2, None, 6]
    done = answer("batch", uri, file, "-o", "out.jsonl", "--keep", "id", "--bad-rows", "skip", "--rows", "1")
    assert {**done, "seconds": 0} == {
        "output": str(Path("out.jsonl").absolute()),
        "rows": 3,
        "failed_rows": 1,
        "files": 1,
        "failed_files": 1,
        "errors": str(Path("out.jsonl.errors.jsonl").absolute()),
        "resumed": 0,
        "seconds": 0,
    }
    assert read(Path("out.jsonl")) == [
        {"row": 0, "prediction": 2.0, "file_name": "in.csv", "id": "007"},
        {"row": 2, "prediction": 6.0, "file_name": "in.csv", "id": "c"},
    ]


def test_several_inputs_to_a_folder(uri: str, file: str, run: Callable[..., Result]) -> None:
    Path("more").mkdir()
    Path("more/a.jsonl").write_text('{"x": 5}\n')
    run("batch", uri, file, "more", "-o", "parts", "--format", "csv", "--no-provenance", "--errors", "bad.jsonl")
    assert [row["prediction"] for row in read(Path("parts"))] == [2, None, 6, 10]
    assert json.loads(Path("bad.jsonl").read_text())["rows"] == [1, 1]


def test_errors_say_what_to_give(uri: str, file: str, run: Callable[..., Result]) -> None:
    run("batch", uri, file, "-o", "out.csv")
    assert "is there already; give --overwrite to replace it" in run("batch", uri, file, "-o", "out.csv", code=1).stderr
    assert run("batch", uri, file, "-o", "out.csv", "--overwrite").exit_code == 0
    failed = run("batch", uri, file, "-o", "two.csv", "--error-threshold", "0", code=1).stderr
    assert "1 files have rows that cannot be scored, and error_threshold is 0" in failed
    other = run("batch", uri, file, "-o", "two.csv", "--keep", "id", code=1).stderr
    assert "keep differs. Ask for the same to go on, or give --fresh to forget what it did" in other
    assert run("batch", uri, file, "-o", "two.csv", "--keep", "id", "--fresh").exit_code == 0
    assert "Give the output: -o" in run("batch", uri, file, code=2).stderr
    assert "Output format '.xyz' is not written" in run("batch", uri, file, "-o", "out.xyz", code=1).stderr
    assert "--params is not JSON" in run("batch", uri, file, "-o", "out.jsonl", "--params", "{", code=1).stderr
    assert (
        "--params must be a JSON object" in run("batch", uri, file, "-o", "out.jsonl", "--params", "1", code=1).stderr
    )


def test_params(file: str, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(batch.RUNNERS, "local", "batch.inline:run")

    class Scaled(mw.pyfunc.PythonModel):
        def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]
            return model_input["x"] * params["factor"]

    signature = mw.models.infer_signature(__import__("pandas").DataFrame({"x": [1.0]}), [1.0], {"factor": 1.0})
    mw.pyfunc.save_model("scaled", python_model=Scaled(), signature=signature, pip_requirements=[])
    run("batch", "scaled", file, "-o", "out.csv", "--params", '{"factor": 10}')
    assert [row["prediction"] for row in read(Path("out.csv"))] == [10, -20, 30]


def test_an_azure_deployment(uri: str, file: str, run: Callable[..., Result]) -> None:
    Path("deployment.yml").write_text(
        "model: azureml:double@latest\nsettings:\n  output_file_name: predictions.csv\n  error_threshold: 0\n"
    )
    failed = run("batch", uri, file, "--config", "deployment.yml", code=1).stderr
    assert "error_threshold is 0" in failed
    run("batch", uri, file, "--config", "deployment.yml", "--error-threshold", "-1")
    assert len(read(Path("predictions.csv"))) == 3


def test_trust(uri: str, file: str, run: Callable[..., Result]) -> None:
    trap = Path("trap")
    trap.mkdir()
    (trap / "python_model.pkl").write_bytes(b"cos\nsystem\n(S'touch pwned'\ntR.")
    (trap / "MLmodel").write_text(
        "flavors:\n  python_function:\n    loader_module: mlflow.pyfunc.model\n    python_model: python_model.pkl\n"
    )
    assert "give --trust" in run("batch", "trap", file, "-o", "out.csv", code=1).stderr
    assert not Path("pwned").exists()


def test_the_bar_counts_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[dict[str, Any]] = []
    monkeypatch.setattr("rich.progress.Progress.update", lambda self, task, **facts: told.append(facts))
    with cli._bar("Scoring") as heard:
        heard(5, 10, 3)
    assert told == [{"completed": 5, "total": 10, "rows": 3}]
