"""The article's own scripts under `modelwright exec`: what they leave behind, loaded again in new processes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import modelwright
from e2e.runs_as_json import runs as runs_of

pd = pytest.importorskip("pandas")
np = pytest.importorskip("numpy")
pytest.importorskip("xgboost")
pytest.importorskip("sklearn")

HERE = Path(__file__).parent
ARTICLE = HERE / "article"
ROOT = HERE.parents[1]
SCRIPTS = ("autolog", "manual", "wrapper", "artifacts", "artifacts_mended", "loader", "loader_mended", "loader_src")
BROKEN = ("artifacts", "loader")
BLOCKS = re.findall(r"```python\n(.*?)```", (ARTICLE / "blocks.md").read_text(), re.DOTALL)


@dataclass
class Ran:
    """A script that has run, and what its store holds."""

    folder: Path
    returncode: int
    stderr: str
    runs: list[dict[str, Any]]

    @property
    def store(self) -> str:
        return str(self.folder / "mwruns")

    @property
    def logged(self) -> dict[str, Any]:
        """The run that holds the model."""
        return next(run for run in self.runs if any(path.endswith("/MLmodel") for path in run["artifacts"]))

    @property
    def uri(self) -> str:
        (path,) = [path for path in self.logged["artifacts"] if path.endswith("/MLmodel")]
        return f"runs:/{self.logged['id']}/{path.removesuffix('/MLmodel')}"


def lay_out(script: str, folder: Path, *, change: tuple[str, str] | None = None) -> Path:
    """The script and the files it needs beside it."""
    module = ARTICLE / f"loader_module_{'published' if script == 'loader' else 'mended'}.py"
    source = "loader" if script == "loader_mended" else script
    text = (ARTICLE / f"{source}.py").read_text()
    (folder / f"{script}.py").write_text(text.replace(*change) if change else text)
    (folder / "src").mkdir()
    target = folder / "src" if script == "loader_src" else folder
    shutil.copy(module, target / "loader_module.py")
    return folder / f"{script}.py"


def execute(python: Path | str, script: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return start([python, "-m", "modelwright", "exec", script.name], script.parent, **env)


def start(command: list[Any], folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "MODELWRIGHT_"))}
    quiet = {"OMP_NUM_THREADS": "1"}  # so that tests side by side do not fight for the cores
    return subprocess.run(
        list(map(str, command)), cwd=folder, env=inherited | quiet | env,
        capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip


FOLDERS: dict[str, Path] = {}


@pytest.fixture(scope="session", autouse=True)
def _folders(tmp_path_factory: pytest.TempPathFactory) -> None:
    for script in (*SCRIPTS, "predictions"):
        FOLDERS[script] = tmp_path_factory.mktemp(script)


@cache
def ran(script: str) -> Ran:
    done = execute(sys.executable, lay_out(script, FOLDERS[script]))
    store = FOLDERS[script] / "mwruns"
    found = runs_of(modelwright.MlflowClient(tracking_uri=str(store))) if store.exists() else []
    return Ran(FOLDERS[script], done.returncode, done.stderr, found)


@cache
def native(with_thal: bool = False) -> dict[str, Any]:
    """The article's data and model, with no tracking at all."""
    from sklearn.datasets import load_breast_cancer
    from sklearn.metrics import accuracy_score
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import OrdinalEncoder
    from xgboost import XGBClassifier

    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=42)
    raw = X_test
    if with_thal:
        labels = ["normal", "fixed", "reversible"]
        X_train, X_test = (
            f.assign(thal=pd.cut(f["mean radius"], [0, 12, 16, 99], labels=labels).astype(object))
            for f in (X_train, X_test)
        )
        raw = X_test
        encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
        X_train = X_train.assign(thal=encoder.fit_transform(X_train["thal"].to_frame()))
        X_test = X_test.assign(thal=encoder.transform(X_test["thal"].to_frame()))
    model = XGBClassifier(eval_metric="logloss")
    model.fit(X_train, y_train, eval_set=[(X_test, y_test)], verbose=False)
    return {
        "input": raw,
        "classes": model.predict(X_test),
        "probabilities": model.predict_proba(X_test),
        "accuracy": accuracy_score(y_test, model.predict(X_test)),
        "losses": model.evals_result()["validation_0"]["logloss"],
        "features": list(X_train.columns),
    }


LOADABLE = [script for script in SCRIPTS if script not in BROKEN]


def predict(python: Path | str, jobs: dict[str, Ran], folder: Path, **env: str) -> dict[str, Any]:
    """What logged models predict in one new process."""
    told = {}
    for script, of in jobs.items():
        native("artifacts" in script)["input"].to_csv(folder / f"{script}.csv", index=False)
        told[script] = {"store": of.store, "uri": of.uri, "data": str(folder / f"{script}.csv")}
    (folder / "jobs.json").write_text(json.dumps(told))
    done = start([python, HERE / "predict.py", folder / "jobs.json", folder / "out.json"], folder, **env)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "out.json").read_text())


@cache
def predicted() -> dict[str, Any]:
    return predict(sys.executable, {script: ran(script) for script in LOADABLE}, FOLDERS["predictions"])


def quoted(script: Path) -> list[str]:
    """The parts of a script that are said to be the article's."""
    return re.findall(r"# >>> the article\n(.*?)\n# <<<\n", script.read_text(), re.DOTALL)


@pytest.mark.parametrize(
    "script", sorted(ARTICLE.glob("[!l]*.py")) + sorted(ARTICLE.glob("loader*.py")), ids=lambda p: p.stem
)
def test_the_scripts_quote_the_article_word_for_word(script: Path) -> None:
    parts = quoted(script) or [BLOCKS[8].rstrip("\n")]
    for part in parts:
        assert part in script.read_text()
        assert any(part in block for block in BLOCKS), part


def test_every_block_of_the_article_is_run() -> None:
    said = [part for script in ARTICLE.glob("*.py") for part in quoted(script)]
    said.append((ARTICLE / "loader_module_published.py").read_text())
    for number, block in enumerate(BLOCKS):
        if number != 4:  # the logging call alone: it stands again, to the letter, in the complete routine
            assert any(block.rstrip("\n") in part for part in said), block
    assert BLOCKS[4].split("mlflow.pyfunc")[1] in BLOCKS[6]


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_script_runs_unchanged(script: str) -> None:
    assert ran(script).returncode == 0, ran(script).stderr
    assert [run["status"] for run in ran(script).runs] == ["FINISHED"] * len(ran(script).runs)


@pytest.mark.parametrize("script", SCRIPTS)
def test_training_is_recorded(script: str) -> None:
    run, expected = ran(script).runs[0], native("artifacts" in script)
    assert run["params"]["eval_metric"] == "logloss"
    assert run["params"]["objective"] == "binary:logistic"
    assert run["params"]["n_estimators"] == "100"
    losses = run["metrics"]["validation_0-logloss"]
    assert [step for step, _ in losses] == list(range(100))
    np.testing.assert_allclose([value for _, value in losses], expected["losses"], rtol=1e-9)
    importance = [path for path in run["artifacts"] if path.startswith("feature_importance_weight")]
    assert {Path(path).suffix for path in importance} == {".json", ".png"}
    assert run["tags"]["mlflow.autologging"] == "xgboost"
    assert run["tags"]["autolog.status"]


@pytest.mark.parametrize("script", ["autolog", "manual"])
def test_accuracy_score_is_recorded_though_imported_before_autolog(script: str) -> None:
    metrics = ran(script).runs[0]["metrics"]
    (value,) = [history[-1][1] for name, history in metrics.items() if name.startswith("accuracy_score")]
    assert value == pytest.approx(native()["accuracy"])


@pytest.mark.parametrize("script", [name for name in SCRIPTS if name not in ("autolog", "manual")])
def test_the_metric_logged_by_hand_is_recorded(script: str) -> None:
    metrics = ran(script).logged["metrics"]
    probabilities = native("artifacts" in script)["probabilities"]
    assert len(metrics["accuracy"]) == 1
    assert 0.9 < metrics["accuracy"][-1][1] <= 1
    assert probabilities.shape == (114, 2)


@pytest.mark.parametrize("script", LOADABLE)
def test_the_model_predicts_in_a_new_process_what_the_native_one_does(script: str) -> None:
    expected = native("artifacts" in script)
    found = predicted()[script]
    if script in ("autolog", "manual"):
        np.testing.assert_array_equal(found, expected["classes"])
    else:
        np.testing.assert_allclose(found, expected["probabilities"], rtol=1e-6)


def test_loading_brings_in_no_mlflow() -> None:
    assert not [name for name in predicted()["modules"] if name.partition(".")[0] == "mlflow"]


def test_native_loading_gives_the_classifier() -> None:
    modelwright.set_tracking_uri(ran("manual").store)
    model = modelwright.xgboost.load_model(ran("manual").uri)
    assert type(model).__name__ == "XGBClassifier"
    np.testing.assert_allclose(model.predict_proba(native()["input"]), native()["probabilities"], rtol=1e-6)


def test_signatures_examples_and_pins() -> None:
    root = Path(ran("manual").store)
    (mlmodel,) = root.rglob("classifier/MLmodel")
    info = modelwright.models.get_model_info(str(mlmodel.parent))
    assert info.signature.inputs.input_names() == native()["features"]
    assert {str(kind) for kind in info.signature.inputs.input_types()} == {"DataType.double"}
    assert (mlmodel.parent / "requirements.txt").read_text().splitlines()[-1] == "xgboost>=2.0"
    example = modelwright.models.Model.load(str(mlmodel.parent)).load_input_example(str(mlmodel.parent))
    assert example.shape == (1, 30)


def test_the_registry_takes_the_articles_model() -> None:
    modelwright.set_tracking_uri(ran("wrapper").store)
    version = modelwright.register_model(ran("wrapper").uri, "article")
    model = modelwright.pyfunc.load_model(f"models:/article/{version.version}")
    np.testing.assert_allclose(model.predict(native()["input"]), native()["probabilities"], rtol=1e-6)


@pytest.mark.parametrize("script", [name for name in SCRIPTS if name not in BROKEN])
def test_models_that_load_are_not_complained_about(script: str) -> None:
    assert "cannot be loaded" not in ran(script).stderr
    assert "type hints" not in ran(script).stderr
    assert not re.search("autolog.*(fail|not recorded)", ran(script).stderr)
    assert "modelwright.model.status" not in ran(script).logged["tags"]


def test_the_loader_without_its_import_is_found_out() -> None:
    lines = (ARTICLE / "loader_module_published.py").read_text().splitlines()
    line = next(number for number, text in enumerate(lines, 1) if "XGBClassifier(" in text)
    said = f"NameError: name 'XGBClassifier' is not defined in loader_module.py:{line}"
    assert f"logged, but cannot be loaded: {said}" in ran("loader").stderr
    assert ran("loader").logged["tags"]["modelwright.model.status"] == "logged, but cannot be loaded"
    assert said in ran("loader").logged["tags"]["modelwright.model.reason"]


def test_the_wrapper_that_reads_a_path_as_a_pickle_is_found_out() -> None:
    assert "logged, but cannot be loaded: TypeError" in ran("artifacts").stderr
    assert ran("artifacts").logged["tags"]["modelwright.model.status"] == "logged, but cannot be loaded"
    assert "load_context" in ran("artifacts").stderr or "artifacts.py:" in ran("artifacts").stderr


def log_published_loader(folder: Path, verify: bool) -> Any:
    """The article's loader module as printed, logged from this process."""
    shutil.copy(ARTICLE / "loader_module_published.py", folder / "loader_module.py")
    (folder / "xgb.model").write_text("")
    modelwright.set_tracking_uri(str(folder / "mwruns"))
    with modelwright.start_run() as run:
        modelwright.pyfunc.log_model(
            artifact_path="classifier",
            data_path=str(folder / "xgb.model"),
            code_paths=[str(folder / "loader_module.py")],
            loader_module="loader_module",
            pip_requirements=["xgboost"],
            verify=verify,
        )
    return run


def test_verify_true_raises_and_leaves_no_model(tmp_path: Path) -> None:
    with pytest.raises(modelwright.exceptions.MlflowException, match="NameError: name 'XGBClassifier' is not defined"):
        log_published_loader(tmp_path, verify=True)
    assert not list((tmp_path / "mwruns").rglob("MLmodel"))
    (run,) = modelwright.search_runs(output_format="list")
    assert run.info.status == "FAILED"


def test_verify_false_says_nothing(tmp_path: Path) -> None:
    run = log_published_loader(tmp_path, verify=False)  # a warning would be an error here
    found = modelwright.get_run(run.info.run_id)
    assert "modelwright.model.status" not in found.data.tags
    assert list((tmp_path / "mwruns").rglob("MLmodel"))


PINNED = ROOT / ".venv-article" / "bin" / "python"


@pytest.mark.stock
@pytest.mark.skipif(not PINNED.exists(), reason="run make stock")
def test_the_articles_own_pins_log_a_model(tmp_path: Path) -> None:
    """xgboost 2.1.1 under a current scikit-learn, where MLflow 2.16 silently logs none."""
    source, jobs = {"PYTHONPATH": str(ROOT / "src")}, {}
    for script in ("autolog", "manual"):
        folder = tmp_path / script
        folder.mkdir()
        done = execute(PINNED, lay_out(script, folder), **source)
        assert done.returncode == 0, done.stderr
        assert "cannot be loaded" not in done.stderr
        store = folder / "mwruns"
        jobs[script] = Ran(folder, 0, "", runs_of(modelwright.MlflowClient(tracking_uri=str(store))))
    found = predict(PINNED, jobs, tmp_path, **source)
    for script in jobs:
        assert np.mean(np.array(found[script]) == native()["classes"]) > 0.97
