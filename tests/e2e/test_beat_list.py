"""What MLflow gets wrong, seen from the user's side: data, models and searches as the documentation shows them."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from pandas.testing import assert_frame_equal

import modelwright as mw
from costs import calls
from modelwright import MlflowClient
from modelwright.core.errors import InvalidArgument, SchemaMismatch
from modelwright.entities import Dataset, DatasetInput, Metric, Param
from modelwright.models import infer_signature
from modelwright.stores.artifacts.local import LocalArtifacts


class Echo(mw.pyfunc.PythonModel):
    """Returns what it was given, so that a test sees what reaches a model."""

    def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
        return model_input


def echo(root: Path, example: Any = None, **options: Any) -> Any:
    mw.pyfunc.save_model(root, python_model=Echo(), input_example=example, pip_requirements=[], **options)
    return mw.pyfunc.load_model(str(root))


# --- signatures -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"c": [f"value {i}" for i in range(300_000)]}),
        pd.DataFrame({"c": pd.Series([f"value {i}" for i in range(300_000)], dtype=object)}),
        pd.DataFrame(np.random.default_rng(0).random((300_000, 10)), columns=list("abcdefghij")),
    ],
    ids=["text", "objects", "numbers"],
)
def test_the_signature_of_300000_rows_takes_no_more_than_that_of_five(frame: pd.DataFrame) -> None:
    """MLflow 2.16 takes 76 s for the texts and 6 s for the numbers."""

    def looked_at(given: pd.DataFrame) -> None:
        infer_signature(given)
        mw.data.from_pandas(given).schema  # noqa: B018  # what autologging asks of every training frame

    looked_at(frame.head())
    assert calls(lambda: looked_at(frame)) <= calls(lambda: looked_at(frame.head())) + 50


FRAMES = {
    "category": pd.DataFrame({"c": pd.Categorical(["a", "b", None])}),
    "category of numbers": pd.DataFrame({"c": pd.Categorical([3, 1, 3])}),
    "nullable integers": pd.DataFrame({"c": pd.array([1, None, 3], dtype="Int64")}),
    "nullable booleans": pd.DataFrame({"c": pd.array([True, None, False], dtype="boolean")}),
    "zoned times": pd.DataFrame({"c": pd.to_datetime(["2024-01-31", None, "2024-02-01"]).tz_localize("Europe/Berlin")}),
    "text": pd.DataFrame({"c": pd.array(["a", None, ""], dtype="string")}),
    "labels 0 and empty": pd.DataFrame([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], columns=pd.Index([2, 0, ""], dtype=object)),
    "integer labels": pd.DataFrame([[1, 2, 3]], columns=[2, 0, 1]),
    "unsigned": pd.DataFrame({"c": np.array([1, 2], "uint64")}),
    "nothing but gaps": pd.DataFrame({"c": pd.Series([None, None], dtype=object), "d": [1.0, 2.0]}),
}


@pytest.mark.parametrize("name", FRAMES)
def test_a_model_takes_the_frame_its_signature_was_inferred_from(name: str, tmp_path: Path) -> None:
    """MLflow refuses these, stores no signature for them, or drops the column called 0."""
    frame = FRAMES[name]
    model = echo(tmp_path / "m", frame)
    assert model.metadata.signature is not None
    same = name != "unsigned"  # the model gets the signature's own dtype for "long", with the same numbers
    assert_frame_equal(model.predict(frame), frame, check_dtype=same)
    assert_frame_equal(model.predict(frame.iloc[:1]), frame.iloc[:1], check_dtype=same)


def test_numbers_fit_where_nothing_is_lost(tmp_path: Path) -> None:
    """MLflow refuses an int64 column for double unless all of it is 0 or 1, and 1.0 for long."""
    model = echo(tmp_path / "m", pd.DataFrame({"d": [0.5]}), signature=None)
    assert model.predict(pd.DataFrame({"d": [1, 7]}))["d"].tolist() == [1.0, 7.0]
    model = echo(tmp_path / "n", pd.DataFrame({"i": [1], "j": [1]}))
    assert model.predict(pd.DataFrame({"i": [1.0, 2.0], "j": [True, False]}))["i"].tolist() == [1, 2]
    with pytest.raises(SchemaMismatch) as refused:
        model.predict(pd.DataFrame({"i": [1.5, 2.0], "j": [1.0, math.nan]}))
    assert ["'i'" in line or "'j'" in line for line in refused.value.problems] == [True, True]


def test_a_list_that_mixes_whole_and_broken_numbers_is_a_list_of_numbers() -> None:
    """MLflow 2 refuses it, MLflow 3 lets anything pass from then on."""
    frame = pd.DataFrame({"c": [[1, 2.5], [3]]})
    assert json.loads(infer_signature(frame).to_dict()["inputs"])[0]["items"] == {"type": "double"}


def test_an_example_and_an_autologged_training_show_one_signature() -> None:
    """In MLflow the outputs are a column in one and a tensor in the other."""
    from sklearn.linear_model import LogisticRegression

    X, y = pd.DataFrame({"a": [0.0, 1.0] * 5, "b": [1.0] * 10}), np.array([0, 1] * 5)
    mw.sklearn.autolog()
    with mw.start_run() as run:
        model = LogisticRegression().fit(X, y)
    mw.sklearn.autolog(disable=True)
    by_training = mw.models.get_model_info(f"runs:/{run.info.run_id}/model").signature
    with mw.start_run():
        by_example = mw.sklearn.log_model(model, "model", input_example=X[:5], pip_requirements=[]).signature
    assert by_training == by_example


# --- model directories ------------------------------------------------------------------------------------------------


class Reads(mw.pyfunc.PythonModel):
    def load_context(self, context: Any) -> None:
        self.found = {name: Path(path).read_text() for name, path in context.artifacts.items()}

    def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
        return self.found


def test_artifacts_of_one_file_name_stay_two(tmp_path: Path) -> None:
    """MLflow puts both at artifacts/vocabulary.txt."""
    artifacts = {}
    for name in ("train", "test"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "vocabulary.txt").write_text(name)
        artifacts[name] = str(tmp_path / name / "vocabulary.txt")
    with mw.start_run():
        info = mw.pyfunc.log_model("m", python_model=Reads(), artifacts=artifacts, pip_requirements=[])
    assert mw.pyfunc.load_model(info.model_uri).predict(0) == {"train": "train", "test": "test"}


def test_no_file_names_a_place_on_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MLflow writes absolute paths of artifacts and of the model's file."""
    from sklearn.dummy import DummyClassifier

    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    Path("data/x.txt").write_text("x")
    Path("loads.py").write_text("class M:\n    def predict(self, d): return d\ndef _load_pyfunc(path): return M()\n")
    Path("file.py").write_text(
        "import mlflow\nclass M(mlflow.pyfunc.PythonModel):\n    def predict(self, context, model_input): return 1\n"
        "mlflow.models.set_model(M())\n"
    )
    here = {"artifacts": {"a": str(tmp_path / "data/x.txt"), "b": (tmp_path / "data").as_uri()}}
    mw.pyfunc.save_model("made/wrapper", python_model=Reads(), pip_requirements=[], verify=False, **here)
    mw.pyfunc.save_model("made/file", python_model=str(tmp_path / "file.py"), pip_requirements=[])
    loader = {"loader_module": "loads", "data_path": str(tmp_path / "data"), "code_paths": [str(tmp_path / "loads.py")]}
    mw.pyfunc.save_model("made/loader", pip_requirements=[], **loader)
    mw.sklearn.save_model(DummyClassifier().fit([[0.0]], [0]), "made/sklearn", pip_requirements=[])
    texts = [
        path for path in Path("made").rglob("*") if path.suffix in ("", ".yaml", ".json", ".txt") and path.is_file()
    ]
    assert len(texts) > 16
    for path in texts:
        text = path.read_text()
        assert str(tmp_path) not in text
        assert str(Path.home()) not in text
        assert "\\\\" not in text
        assert sys.prefix not in text


def test_the_manifest_knows_every_file_and_mlmodel_the_size(tmp_path: Path) -> None:
    """MLflow records no file list and no digest."""
    echo(tmp_path / "m", [1])
    files = {p.relative_to(tmp_path / "m").as_posix(): p.stat().st_size for p in (tmp_path / "m").rglob("*")}
    listed = json.loads((tmp_path / "m" / "manifest.json").read_text())["files"]
    assert {name: entry["size"] for name, entry in listed.items()} == {
        name: size for name, size in files.items() if name != "manifest.json"
    }
    assert all(len(entry["sha256"]) == 64 for entry in listed.values())
    named = ("python_model.pkl", "input_example.json", "serving_input_example.json")
    size = yaml.safe_load((tmp_path / "m" / "MLmodel").read_text())["model_size_bytes"]
    assert size == sum(files[name] for name in named)


def test_logging_with_an_example_fetches_nothing_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """MLflow 2.16 downloads the model it has just uploaded to try it on its example."""

    def fetched(*given: Any) -> Any:
        raise AssertionError(f"fetched {given}")

    monkeypatch.setattr(LocalArtifacts, "get", fetched)
    monkeypatch.setattr(LocalArtifacts, "put", fetched)
    with mw.start_run():
        info = mw.pyfunc.log_model("m", python_model=Echo(), input_example=[1], pip_requirements=[])
    assert mw.pyfunc.load_model(info.model_uri).predict([2]) == [2]


def test_an_error_of_loading_names_the_packages_that_differ(tmp_path: Path) -> None:
    """MLflow's warning about versions is far from the error it explains."""
    mw.pyfunc.save_model(tmp_path / "m", python_model=Echo(), pip_requirements=["numpy==1.0", "no-such-thing==2"])
    (tmp_path / "m" / "manifest.json").unlink()
    (tmp_path / "m" / "python_model.pkl").write_bytes(b"\x80\x05cno_such_module\nName\n.")
    with pytest.raises(ModuleNotFoundError) as failed:
        mw.pyfunc.load_model(str(tmp_path / "m"), trust=True)
    (note,) = failed.value.__notes__
    assert f"numpy==1.0 (here {np.__version__})" in note
    assert "no-such-thing==2 (not installed here)" in note


# --- runs -------------------------------------------------------------------------------------------------------------


def test_a_batch_with_numbers_that_json_lacks_is_kept_whole() -> None:
    """MLflow's servers keep the part of a batch before a NaN, and answer that all is well."""
    with mw.start_run() as run:
        pass
    client = MlflowClient()
    values = [1.0, math.nan, math.inf, -math.inf, -0.0, 5e-324]
    client.log_batch(run.info.run_id, [Metric("m", v, 0, i) for i, v in enumerate(values)], [Param("p", "nan")])
    found = [point.value for point in client.get_metric_history(run.info.run_id, "m")]
    assert [repr(value) for value in found] == [repr(value) for value in values]
    assert client.get_run(run.info.run_id).data.params == {"p": "nan"}


def test_runs_are_found_by_params_and_data_set_at_once() -> None:
    """MLflow 2.16 answers 503 with SQL in it."""
    with mw.start_run() as run:
        mw.log_param("depth", 3)
        mw.log_metric("auc", 0.5)
        mw.set_tag("team", "a")
        data = Dataset("iris", "abc", "local", "{}")
        MlflowClient().log_inputs(run.info.run_id, [DatasetInput(data)])
    with mw.start_run():
        mw.log_param("depth", 3)
    every = "params.depth = '3' and dataset.name = 'iris' and metrics.auc > 0 and tags.team = 'a'"
    for text, count in ((every, 1), (f"{every} and dataset.digest = 'abd'", 0), ("params.depth = '3'", 2)):
        assert len(MlflowClient().search_runs(["0"], text)) == count


def test_errors_name_no_sql_and_no_statement() -> None:
    client = MlflowClient()
    mw.create_experiment("a")
    client.create_registered_model("a")
    for call in (
        lambda: mw.create_experiment("a"),
        lambda: client.create_registered_model("a"),
        lambda: client.search_runs(["0"], "params.x = '1' AND"),
        lambda: client.search_runs(["0"], "no.such = 1"),
        lambda: client.get_run("'; DROP TABLE run; --"),
    ):
        with pytest.raises(mw.exceptions.MlflowException) as refused:
            call()
        assert not {"SELECT", "INSERT", "sqlite3", "UNIQUE"} & set(str(refused.value).split())
    assert client.search_runs(["0"]) == []


def test_what_has_no_meaning_in_a_signature_is_told_by_column() -> None:
    frame = pd.DataFrame({"good": [1.0], "bad": [pd.Timedelta(1)], "worse": [object()]})
    with pytest.raises(InvalidArgument, match="'bad'"):
        infer_signature(frame)
