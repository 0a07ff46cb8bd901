"""Sessions on a real store: what a run holds after a watched call."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from sklearn import linear_model, model_selection, pipeline
from sklearn.metrics import accuracy_score
from sklearn.preprocessing import StandardScaler

from modelwright.api.autologging import autolog, for_flavor
from modelwright.autolog import session
from modelwright.autolog.data import described
from modelwright.models import load
from modelwright.models.verify import Verified
from modelwright.tracking import active, where
from modelwright.tracking.client import MlflowClient

sklearn_autolog, xgboost_autolog = for_flavor("sklearn"), for_flavor("xgboost")


@pytest.fixture
def client(tmp_path: Path) -> Iterator[MlflowClient]:
    where.set_tracking_uri(str(tmp_path / "runs"))
    yield MlflowClient()
    autolog(disable=True)


@pytest.fixture
def X() -> pd.DataFrame:
    random = np.random.default_rng(0)
    return pd.DataFrame({"a": random.normal(size=50), "b": random.integers(0, 5, 50), "c": ["x", "y"] * 25})


@pytest.fixture
def y(X: pd.DataFrame) -> pd.Series:
    return (X["a"] > 0).astype(int)


def runs(client: MlflowClient) -> list[Any]:
    return list(reversed(client.search_runs(["0"])))


def only(client: MlflowClient) -> Any:
    (run,) = runs(client)
    return run


def files(client: MlflowClient, run: Any) -> set[str]:
    return {file.path for file in client.list_artifacts(run.info.run_id)}


def text(client: MlflowClient, run: Any, path: str) -> str:
    return Path(client.download_artifacts(run.info.run_id, path)).read_text()


def test_a_fit_makes_a_run_of_its_own(client: MlflowClient, X: Any, y: Any) -> None:
    sklearn_autolog(extra_tags={"team": "blue"}, log_input_examples=True)
    numbers = X[["a", "b"]]
    model = linear_model.LogisticRegression().fit(numbers, y)
    run, left = only(client), files(client, only(client))
    assert run.info.status == "FINISHED"
    tags = run.data.tags
    assert "autolog.reason" not in tags
    assert (tags["mlflow.autologging"], tags["team"], tags["autolog.status"]) == ("sklearn", "blue", "ok")
    assert tags["estimator_name"] == "LogisticRegression"
    assert run.data.params["C"] == "1.0"
    assert run.data.params["class_weight"] == "None"
    assert run.data.metrics["training_score"] == model.score(numbers, y)
    assert left == {
        "estimator.html", "model", "training_confusion_matrix.png", "training_precision_recall_curve.png",
        "training_roc_curve.png",
    }  # fmt: skip
    (used,) = run.inputs.dataset_inputs
    assert [(tag.key, tag.value) for tag in used.tags] == [("mlflow.data.context", "train")]
    assert json.loads(used.dataset.profile) == {"num_rows": 50, "num_elements": 100}
    root = Path(client.download_artifacts(run.info.run_id, "model"))
    loaded = load.load_pyfunc(root, origin="store")
    assert np.array_equal(loaded.predict(numbers), model.predict(numbers))
    assert [column.name for column in loaded.metadata.signature.inputs.inputs] == ["a", "b"]
    assert loaded.metadata.saved_input_example_info is not None
    assert active.active_run() is None


def test_a_users_run_is_used_and_left_open(client: MlflowClient, X: Any, y: Any) -> None:
    xgboost_autolog(log_models=False)
    from xgboost import XGBClassifier

    with active.start_run() as mine:
        XGBClassifier(n_estimators=2, eval_metric="logloss").fit(X[["a"]], y, eval_set=[(X[["a"]], y)])
        assert active.active_run() is mine
        assert client.get_run(mine.info.run_id).info.status == "RUNNING"
    run = only(client)
    assert run.data.params["n_estimators"] == "2"
    assert run.data.tags["mlflow.autologging"] == "xgboost"
    history = client.get_metric_history(run.info.run_id, "validation_0-logloss")
    assert [point.step for point in history] == [0, 1]
    assert len(run.inputs.dataset_inputs) == 2
    assert files(client, run) == {"feature_importance_weight.json", "feature_importance_weight.png"}


def test_exclusive_leaves_a_users_run_alone(client: MlflowClient, X: Any, y: Any) -> None:
    sklearn_autolog(exclusive=True, log_models=False)
    with active.start_run():
        linear_model.LogisticRegression().fit(X[["a"]], y)
    assert only(client).data.params == {}
    linear_model.LogisticRegression().fit(X[["a"]], y)
    assert len(runs(client)) == 2


def test_a_changed_param_is_named_and_the_rest_is_kept(client: MlflowClient, X: Any, y: Any) -> None:
    sklearn_autolog(log_models=False, silent=True)
    with active.start_run():
        linear_model.LogisticRegression(C=1.0).fit(X[["a"]], y)
        linear_model.LogisticRegression(C=2.0, max_iter=70).fit(X[["a"]], y)
        linear_model.LogisticRegression(C=1.0).fit(X[["a"]], y)
    run = only(client)
    assert run.data.params["C"] == "1.0"
    assert run.data.tags["autolog.status"] == "partial"
    assert "param 'C': the run holds '1.0' already, this call had '2.0'" in run.data.tags["autolog.reason"]
    assert "param 'max_iter'" in run.data.tags["autolog.reason"]
    assert len(client.get_metric_history(run.info.run_id, "training_score")) == 3


def test_a_failed_fit_is_a_failed_run(client: MlflowClient, X: Any, y: Any) -> None:
    sklearn_autolog()
    with pytest.raises(ValueError, match="could not convert string to float"):
        linear_model.LogisticRegression().fit(X, y)  # a column of texts
    run = only(client)
    assert run.info.status == "FAILED"
    assert run.data.tags["autolog.status"] == "failed"
    assert "the call raised ValueError: could not convert" in run.data.tags["autolog.reason"]
    assert run.data.params["C"] == "1.0"
    assert active.active_run() is None


def test_a_model_that_cannot_be_saved_is_not_lost_in_silence(
    client: MlflowClient, X: Any, y: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(session, "log_model", refuse)
    sklearn_autolog()
    linear_model.LogisticRegression().fit(X[["a"]], y)
    run = only(client)
    assert run.info.status == "FINISHED"
    assert run.data.tags["autolog.status"] == "partial"
    assert run.data.tags["autolog.reason"] == "model 'model': OSError: no space left"
    assert "model 'model' was not recorded" in caplog.text
    assert "training_score" in run.data.metrics


def test_a_model_that_cannot_be_loaded_back_is_named(
    client: MlflowClient, X: Any, y: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Info:
        verified = Verified(False, reason="NameError: name 'XGBClassifier' is not defined")

    monkeypatch.setattr(session, "log_model", lambda *args, **kwargs: Info())
    sklearn_autolog()
    linear_model.LogisticRegression().fit(X[["a"]], y)
    assert only(client).data.tags["autolog.reason"] == (
        "model 'model': logged, but cannot be loaded: NameError: name 'XGBClassifier' is not defined"
    )


def test_a_signature_that_cannot_be_inferred_is_named(client: MlflowClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any) -> None:
        raise TypeError("no such type")

    monkeypatch.setattr(session, "infer_signature", refuse)
    sklearn_autolog(silent=True)
    linear_model.LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0])
    run = only(client)
    assert run.data.tags["autolog.reason"] == "signature of 'model': TypeError: no such type"
    assert "model" in files(client, run)


def test_no_store_costs_one_warning(
    client: MlflowClient, X: Any, y: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise OSError("the disk is gone")

    xgboost_autolog()
    from xgboost import XGBClassifier

    monkeypatch.setattr(active, "start_run", refuse)
    caplog.set_level(logging.WARNING)
    model = XGBClassifier(n_estimators=3).fit(X[["a"]], y, eval_set=[(X[["a"]], y)])
    assert len(model.predict(X[["a"]])) == 50
    assert len([record for record in caplog.records if "autolog" in record.getMessage()]) == 1


def test_one_refused_entry_does_not_take_the_others_along(client: MlflowClient) -> None:
    sklearn_autolog(log_models=False, silent=True)

    class Odd(linear_model.LinearRegression):
        def get_params(self, deep: bool = True) -> dict[str, Any]:
            return {**super().get_params(deep), "not allowed: \n!": 1}

    Odd().fit([[0.0], [1.0]], [0.0, 1.0])
    run = only(client)
    assert run.data.params["fit_intercept"] == "True"
    assert run.data.metrics["training_score"] == 1.0
    if "not allowed: \n!" not in run.data.params:
        assert "not allowed" in run.data.tags["autolog.reason"]


def test_scores_reach_the_run_after_its_end(client: MlflowClient, X: Any, y: Any) -> None:
    sklearn_autolog(log_models=False)
    X_train, X_test, y_train, y_test = model_selection.train_test_split(X[["a", "b"]], y, random_state=0)
    model = linear_model.LogisticRegression().fit(X_train, y_train)
    y_pred = model.predict(X_test)
    first = accuracy_score(y_test, y_pred)
    accuracy_score(y_test, y_pred, normalize=False)
    model.score(X_train, y_train)
    run = only(client)
    found = {name: value for name, value in run.data.metrics.items() if not name.startswith("training_")}
    assert found == {
        "accuracy_score_X_test": first,
        "accuracy_score-2_X_test": round(first * len(y_test)),
        "LogisticRegression_score_X_train": model.score(X_train, y_train),
    }
    assert json.loads(text(client, run, "metric_info.json"))["accuracy_score-2_X_test"] == (
        "accuracy_score(y_true=y_test, y_pred=y_pred, normalize=False)"
    )
    contexts = {(d.tags[0].value, d.dataset.name) for d in run.inputs.dataset_inputs}
    assert contexts == {("train", "dataset"), ("eval", "X_test"), ("eval", "X_train")}


def test_another_data_set_of_the_same_name_gets_a_number(client: MlflowClient, X: Any, y: Any) -> None:
    sklearn_autolog(log_models=False)
    model = linear_model.LogisticRegression().fit(X[["a"]], y)
    for part in (X[["a"]][:20], X[["a"]][20:40]):
        accuracy_score(y[: len(part)], model.predict(part))
    found = [name for name in only(client).data.metrics if name.startswith("accuracy")]
    assert sorted(found) == ["accuracy_score-2_part-2", "accuracy_score_part"]


def test_a_search_has_a_table_and_child_runs(client: MlflowClient, X: Any, y: Any) -> None:
    sklearn_autolog(max_tuning_runs=2)
    search = model_selection.GridSearchCV(
        pipeline.make_pipeline(StandardScaler(), linear_model.LogisticRegression()),
        {"logisticregression__C": [0.1, 1.0, 10.0]}, cv=2,
    ).fit(X[["a", "b"]], y)  # fmt: skip
    parent, *children = runs(client)
    assert len(children) == 2
    assert {child.data.tags["mlflow.parentRunId"] for child in children} == {parent.info.run_id}
    assert {child.info.status for child in children} == {"FINISHED"}
    assert all(child.info.start_time == parent.info.start_time for child in children)
    assert {"model", "best_estimator", "cv_results.csv"} <= files(client, parent)
    assert parent.data.metrics["best_cv_score"] == search.best_score_
    assert parent.data.params["best_logisticregression__C"] == str(search.best_params_["logisticregression__C"])
    assert "autolog.reason" not in parent.data.tags


def test_a_registered_model_gets_a_version_per_fit(client: MlflowClient, X: Any, y: Any) -> None:
    sklearn_autolog(registered_model_name="cardio")
    for _ in range(2):
        linear_model.LogisticRegression().fit(X[["a"]], y)
    assert sorted(v.version for v in client.search_model_versions("name='cardio'")) == [1, 2]


def test_what_is_switched_off_is_not_there(client: MlflowClient, X: Any, y: Any) -> None:
    sklearn_autolog(log_datasets=False, log_model_signatures=False)
    linear_model.LogisticRegression().fit(X[["a"]], y)
    run = only(client)
    assert run.inputs.dataset_inputs == []
    root = Path(client.download_artifacts(run.info.run_id, "model"))
    assert load.load_pyfunc(root, origin="store").metadata.signature is None


def test_threads_write_to_runs_of_their_own(client: MlflowClient, X: Any, y: Any) -> None:
    sklearn_autolog(log_models=False)

    def fit(C: float) -> None:
        linear_model.LogisticRegression(C=C).fit(X[["a", "b"]], y)

    threads = [threading.Thread(target=fit, args=(n + 1.0,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(run.data.params["C"] for run in runs(client)) == ["1.0", "2.0", "3.0", "4.0"]
    assert {run.info.status for run in runs(client)} == {"FINISHED"}
    assert {run.data.tags["autolog.status"] for run in runs(client)} == {"ok"}


def test_a_thousand_rounds_are_few_transactions(
    client: MlflowClient, X: Any, y: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xgboost import XGBRegressor

    xgboost_autolog(log_models=False)
    batches: list[int] = []
    send = MlflowClient.log_batch

    def counting(self: Any, run_id: str, metrics: Any = (), *args: Any, **kwargs: Any) -> Any:
        batches.append(len(metrics))
        return send(self, run_id, metrics, *args, **kwargs)

    monkeypatch.setattr(MlflowClient, "log_batch", counting)
    numbers = X[["a", "b"]]
    XGBRegressor(n_estimators=1000, max_depth=1, n_jobs=1).fit(numbers, y, eval_set=[(numbers, y)], verbose=False)
    assert sum(batches) == 1000
    assert len(batches) < 40
    assert len(client.get_metric_history(only(client).info.run_id, "validation_0-rmse")) == 1000


def test_metrics_of_a_training_that_breaks_off_are_kept(client: MlflowClient, X: Any, y: Any) -> None:
    import xgboost

    class Stop(xgboost.callback.TrainingCallback):
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            if epoch == 3:
                raise RuntimeError("the power went out")
            return False

    xgboost_autolog()
    dtrain = xgboost.DMatrix(X[["a"]], label=y)
    with pytest.raises(RuntimeError, match="the power went out"):
        xgboost.train({}, dtrain, 9, evals=[(dtrain, "train")], callbacks=[Stop()])
    run = only(client)
    assert len(client.get_metric_history(run.info.run_id, "train-rmse")) == 4
    assert run.info.status == "FAILED"


def test_both_frameworks_at_once(client: MlflowClient, X: Any, y: Any) -> None:
    from xgboost import XGBClassifier

    autolog(log_models=False)
    numbers = X[["a", "b"]]
    pipeline.make_pipeline(StandardScaler(), XGBClassifier(n_estimators=2)).fit(numbers, y)
    XGBClassifier(n_estimators=2).fit(numbers, y)
    assert [run.data.tags["mlflow.autologging"] for run in runs(client)] == ["sklearn", "xgboost"]


@pytest.mark.parametrize(
    ("data", "facts"),
    [
        (csr_matrix(np.eye(3)), {"features_shape": [3, 3], "features_size": 9, "features_nonzero": 3}),
        ([[1.0, 2.0]], {"features_shape": [1, 2], "features_size": 2, "features_nbytes": 16}),
        (pd.Series([1, 2]), {"features_shape": [2], "features_size": 2, "features_nbytes": 16}),
    ],
)
def test_data_of_every_kind_is_described(data: Any, facts: dict[str, Any]) -> None:
    record = described(data)
    assert json.loads(json.dumps(record.profile)) == facts
    assert len(record.digest) == 8
    assert described(data).digest == record.digest


def test_a_matrix_whose_table_is_gone_is_described_by_itself() -> None:
    import xgboost

    record = described(xgboost.DMatrix(np.eye(4)), name="train")
    assert (record.name, record.profile["features_shape"]) == ("train", (4, 4))


def test_data_without_rows_is_refused() -> None:
    with pytest.raises(ValueError, match="object has no rows and columns"):
        described(object())
