"""What is written down of an XGBoost training."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xgboost

from autolog.fake import FakeSession, Sessions
from contracts.integration import IntegrationContract
from modelwright.autolog import engine
from modelwright.autolog.xgboost import XGBoost

OPTIONS = {"importance_types": None, "model_format": "xgb"}


@pytest.fixture
def sessions() -> Iterator[Sessions]:
    opened = Sessions()
    engine.enable(XGBoost(), OPTIONS, opened)
    yield opened
    engine.disable("xgboost")


@pytest.fixture
def data() -> tuple[pd.DataFrame, pd.Series]:
    random = np.random.default_rng(0)
    X = pd.DataFrame({"a": random.normal(size=60), "b": random.integers(0, 9, 60)})
    return X, (X["a"] + X["b"] > 4).astype(int)


def one(sessions: Sessions) -> FakeSession:
    (session,) = sessions.written
    assert session.losses == []
    return session


class TestContract(IntegrationContract):
    integration = XGBoost
    options = OPTIONS
    owners = ("xgboost", "xgboost.training", "xgboost.sklearn", "xgboost.core", "sklearn.metrics")

    def train(self) -> Any:
        return xgboost.XGBClassifier(n_estimators=2).fit([[0.0], [1.0]] * 5, [0, 1] * 5)

    def fail(self) -> Any:
        return xgboost.train({"objective": "no such objective"}, xgboost.DMatrix(np.zeros((2, 1)), label=[0, 1]))


def test_a_classifier_records_itself_once(sessions: Sessions, data: Any) -> None:
    X, y = data
    model = xgboost.XGBClassifier(n_estimators=4, max_depth=2, eval_metric="logloss")
    model.fit(X, y, eval_set=[(X, y), (X[:9], y[:9])], verbose=False)
    session = one(sessions)
    params: dict[str, Any] = {}
    for some in session.of("params"):
        params |= some
    assert params["n_estimators"] == params["num_boost_round"] == 4
    assert (params["max_depth"], params["objective"], params["eval_metric"]) == (2, "binary:logistic", "logloss")
    assert params["verbose_eval"] is False
    assert None not in params.values()
    assert not {"evals", "callbacks", "dtrain", "evals_result", "xgb_model", "obj"} & set(params)
    points = [(step, set(values)) for values, step in session.of("metrics")]
    assert points == [(n, {"validation_0-logloss", "validation_1-logloss"}) for n in range(4)]
    assert [value["validation_0-logloss"] for value, _ in session.of("metrics")] == pytest.approx(
        model.evals_result()["validation_0"]["logloss"]
    )
    assert [(context, name) for _, context, name in session.of("dataset")] == [
        ("train", None), ("eval", "validation_0"), ("eval", "validation_1")
    ]  # fmt: skip
    assert json.loads(dict(session.of("artifact"))["feature_importance_weight.json"]) == (
        model.get_booster().get_score(importance_type="weight")
    )
    assert dict(session.of("artifact"))["feature_importance_weight.png"].startswith(b"\x89PNG")
    ((logged, flavor, path, sample, options),) = session.of("model")
    assert logged is model
    assert (flavor, path, options) == ("xgboost", "model", {"model_format": "xgb"})
    assert sample.rows.equals(X[:5])
    assert sample.rows is not X


def test_nothing_stays_on_the_estimator(sessions: Sessions, data: Any) -> None:
    model = xgboost.XGBRegressor(n_estimators=2).fit(*data)
    assert model.callbacks is None
    assert model.get_params()["callbacks"] is None
    copy = pickle.loads(pickle.dumps(model))
    assert np.array_equal(copy.predict(data[0]), model.predict(data[0]))


def test_a_users_callbacks_are_called_and_kept(sessions: Sessions, data: Any) -> None:
    class Count(xgboost.callback.TrainingCallback):
        rounds = 0

        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            self.rounds += 1
            return False

    count = Count()
    mine = [count]
    model = xgboost.XGBClassifier(n_estimators=3, callbacks=mine).fit(*data)
    assert (count.rounds, mine, model.callbacks) == (3, [count], [count])


def test_train_records_a_booster(sessions: Sessions, data: Any) -> None:
    X, y = data
    dtrain, dtest = xgboost.DMatrix(X, label=y), xgboost.DMatrix(X[:20], label=y[:20])
    booster = xgboost.train(
        {"objective": "binary:logistic", "eval_metric": ["auc", "error@0.4"], "eta": 0.3},
        dtrain, 5, evals=[(dtrain, "train"), (dtest, "test")], verbose_eval=False,
    )  # fmt: skip
    session = one(sessions)
    assert session.of("params") == [
        {"objective": "binary:logistic", "eval_metric": ["auc", "error@0.4"], "eta": 0.3},
        {"num_boost_round": 5, "verbose_eval": False},
    ]
    assert set(session.of("metrics")[0][0]) == {"train-auc", "train-error_at_0.4", "test-auc", "test-error_at_0.4"}
    assert session.of("dataset")[0][0] is X  # the frame itself, not a dense copy
    assert [(context, name) for _, context, name in session.of("dataset")] == [
        ("train", None), ("eval", "train"), ("eval", "test")
    ]  # fmt: skip
    ((logged, _, _, sample, _),) = session.of("model")
    assert logged is booster
    assert sample.rows.equals(X[:5])
    assert np.array_equal(sample.predict(X[:5]), booster.predict(xgboost.DMatrix(X[:5])))


def test_train_imported_before_is_followed(data: Any) -> None:
    from xgboost import train

    before = xgboost.train, vars(xgboost.DMatrix)["__init__"]
    opened = Sessions()
    engine.enable(XGBoost(), OPTIONS, opened)
    train({}, xgboost.DMatrix(*data), 1)
    engine.disable("xgboost")
    train({}, xgboost.DMatrix(*data), 1)
    assert len(opened.written) == 1
    assert (xgboost.train, vars(xgboost.DMatrix)["__init__"]) == before


@pytest.mark.parametrize("by_callback", [False, True])
def test_early_stopping(sessions: Sessions, data: Any, by_callback: bool) -> None:
    X, y = data
    random = np.random.default_rng(1).integers(0, 2, len(y))  # nothing to learn for long
    stop: dict[str, Any] = {"early_stopping_rounds": 3}
    if by_callback:
        stop = {"callbacks": [xgboost.callback.EarlyStopping(rounds=3)]}
    model = xgboost.XGBClassifier(n_estimators=200, eval_metric="logloss", **stop)
    model.fit(X, y, eval_set=[(X, random)], verbose=False)
    session = one(sessions)
    rounds = [values for values, step in session.of("metrics") if step is not None]
    history = model.evals_result()["validation_0"]["logloss"]
    assert len(rounds) == len(history) < 200  # the stopping round too, and no artificial point after it
    assert session.of("metrics")[-1] == (
        {"stopped_iteration": len(history) - 1, "best_iteration": model.best_iteration}, None
    )  # fmt: skip


def test_importance_types(data: Any) -> None:
    opened = Sessions()
    engine.enable(XGBoost(), {**OPTIONS, "importance_types": ["gain", "cover"]}, opened)
    xgboost.XGBRegressor(n_estimators=2).fit(*data)
    engine.disable("xgboost")
    assert sorted(path for path, _ in one(opened).of("artifact")) == [
        f"feature_importance_{kind}.{ending}" for kind in ("cover", "gain") for ending in ("json", "png")
    ]


def test_a_linear_booster_of_several_classes_has_a_chart_too(sessions: Sessions, data: Any) -> None:
    X, _ = data
    dtrain = xgboost.DMatrix(X, label=np.arange(60) % 3)
    xgboost.train({"booster": "gblinear", "objective": "multi:softprob", "num_class": 3}, dtrain, 2)
    assert "feature_importance_weight.png" in dict(one(sessions).of("artifact"))


def test_a_tree_without_splits_has_no_chart(sessions: Sessions) -> None:
    xgboost.XGBRegressor(n_estimators=1).fit(np.zeros((4, 1)), np.ones(4))
    assert dict(one(sessions).of("artifact")) == {"feature_importance_weight.json": "{}"}


def test_rankers_and_forests_record_themselves(sessions: Sessions, data: Any) -> None:
    X, y = data
    xgboost.XGBRanker(n_estimators=2).fit(X, y, qid=np.repeat([0, 1], 30))
    xgboost.XGBRFClassifier(n_estimators=2).fit(X, y)
    assert [type(m[0]).__name__ for s in sessions.written for m in s.of("model")] == ["XGBRanker", "XGBRFClassifier"]


def test_sparse_and_quantile_matrices(sessions: Sessions, data: Any) -> None:
    from scipy.sparse import csr_matrix

    X, y = data
    sparse = csr_matrix(X.to_numpy(float))
    xgboost.train({}, xgboost.DMatrix(sparse, label=y), 1)
    xgboost.train({}, xgboost.QuantileDMatrix(X, label=y), 1)
    first, second = sessions.written
    assert first.of("dataset")[0][0] is sparse
    assert second.of("dataset")[0][0] is X
    assert first.of("model")[0][3].rows.shape == (5, 2)


def test_scores_on_predictions(sessions: Sessions, data: Any) -> None:
    from sklearn.metrics import accuracy_score, roc_auc_score

    X_test, y = data
    model = xgboost.XGBClassifier(n_estimators=2).fit(X_test, y)
    accuracy_score(y, model.predict(X_test))
    roc_auc_score(y, model.predict_proba(X_test)[:, 1])
    model.score(X_test, y)
    dtest = xgboost.DMatrix(X_test)
    booster = xgboost.train({"objective": "binary:logistic"}, xgboost.DMatrix(X_test, label=y), 2)
    roc_auc_score(y, booster.predict(dtest))
    first, second = sessions.written
    assert [name for name, *_ in first.of("score")] == [
        "accuracy_score_X_test", "roc_auc_score_X_test", "XGBClassifier_score_X_test"
    ]  # fmt: skip
    assert [name for name, *_ in second.of("score")] == ["roc_auc_score_dtest"]


def test_cross_validation_and_searches_are_quiet(sessions: Sessions, data: Any) -> None:
    from sklearn.model_selection import cross_val_score

    cross_val_score(xgboost.XGBClassifier(n_estimators=1), *data, cv=2)
    assert sessions.written == []
