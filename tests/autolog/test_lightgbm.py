"""What is written down of a LightGBM training."""

# ruff: noqa: E402 — without the framework the file is skipped before the imports below
from __future__ import annotations

import json
import pickle
import sys
import types
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

lightgbm = pytest.importorskip("lightgbm")

from autolog.fake import FakeSession, Sessions
from contracts.integration import IntegrationContract
from modelwright.autolog import engine
from modelwright.autolog.lightgbm import LightGBM
from modelwright.autolog.sklearn import Sklearn

SMALL: dict[str, Any] = {"n_estimators": 4, "num_leaves": 4, "n_jobs": 1, "verbose": -1, "min_child_samples": 5}
TREES: dict[str, Any] = {"num_leaves": 4, "num_threads": 1, "verbose": -1, "min_data_in_leaf": 5}


@pytest.fixture
def sessions() -> Iterator[Sessions]:
    opened = Sessions()
    engine.enable(LightGBM(), {}, opened)
    yield opened
    engine.disable("lightgbm")


@pytest.fixture
def data() -> tuple[pd.DataFrame, pd.Series]:
    random = np.random.default_rng(0)
    X = pd.DataFrame({"a": random.normal(size=60), "b": random.integers(0, 9, 60)})
    return X, (X["a"] + X["b"] > 4).astype(int)


def one(sessions: Sessions) -> FakeSession:
    (session,) = sessions.written
    assert session.losses == []
    return session


def params(session: FakeSession) -> dict[str, Any]:
    return {name: value for some in session.of("params") for name, value in some.items()}


def points(session: FakeSession) -> list[Any]:
    return [(step, values) for values, step in session.of("metrics") if step is not None]


def evaluated(*pairs: Any) -> dict[str, Any]:
    """The arguments of `fit` for data to evaluate on, as the installed version spells them."""
    if hasattr(lightgbm, "EvalResult") or "eval_X" in lightgbm.LGBMModel.fit.__code__.co_varnames:
        return {"eval_X": tuple(X for X, _ in pairs), "eval_y": tuple(y for _, y in pairs)}
    return {"eval_set": list(pairs)}


class TestContract(IntegrationContract):
    integration = LightGBM
    owners = ("lightgbm", "lightgbm.engine", "lightgbm.sklearn", "lightgbm.basic", "sklearn.metrics")

    def train(self) -> Any:
        return lightgbm.LGBMClassifier(**SMALL).fit(np.arange(40.0).reshape(-1, 1), [0, 1] * 20)

    def fail(self) -> Any:
        data = lightgbm.Dataset(np.zeros((2, 1)), label=[0, 1])
        return lightgbm.train({"objective": "no such objective", "verbose": -1}, data)


class TestBoosters(TestContract):
    def train(self) -> Any:
        return lightgbm.train(TREES, lightgbm.Dataset(np.arange(40.0).reshape(-1, 1), [0, 1] * 20), 2)


def test_train_imported_before_is_followed() -> None:
    script = types.ModuleType("a_script")
    exec("from lightgbm import train", vars(script))
    sys.modules["a_script"] = script
    opened = Sessions()
    try:
        engine.enable(LightGBM(), {}, opened)
        script.train(TREES, lightgbm.Dataset(np.arange(40.0).reshape(-1, 1), [0, 1] * 20), 1)
        engine.disable("lightgbm")
    finally:
        del sys.modules["a_script"]
    assert len(opened.written) == 1
    assert script.train is lightgbm.train


def test_a_classifier_records_itself_once(sessions: Sessions, data: Any) -> None:
    X, y = data
    model = lightgbm.LGBMClassifier(**SMALL)
    model.fit(X, y, eval_metric=["auc", "binary_error"], **evaluated((X[:50], y[:50]), (X[:9], y[:9])))
    session = one(sessions)
    found = params(session)
    assert found["n_estimators"] == found["num_boost_round"] == 4
    assert (found["num_leaves"], found["objective"]) == (4, "binary")
    assert sorted(found["metric"]) == ["auc", "binary", "binary_error"]
    assert None not in found.values()
    assert not {"train_set", "callbacks", "valid_sets", "feval", "init_model", "params"} & set(found)
    names = {f"valid_{n}-{metric}" for n in (0, 1) for metric in ("auc", "binary_error", "binary_logloss")}
    assert [(step, set(values)) for step, values in points(session)] == [(n, names) for n in range(4)]
    for number in (0, 1):
        logged = [values[f"valid_{number}-auc"] for _, values in points(session)]
        assert logged == model.evals_result_[f"valid_{number}"]["auc"]
    assert [(context, name) for _, context, name in session.of("dataset")] == [
        ("train", None), ("eval", "valid_0"), ("eval", "valid_1")
    ]  # fmt: skip
    assert session.of("dataset")[0][0] is X
    files = dict(session.of("artifact"))
    assert sorted(files) == [
        f"feature_importance_{kind}.{ending}" for kind in ("gain", "split") for ending in ("json", "png")
    ]
    importance = model.booster_.feature_importance(importance_type="gain").tolist()
    assert json.loads(files["feature_importance_gain.json"]) == dict(zip(["a", "b"], importance, strict=True))
    assert files["feature_importance_split.png"].startswith(b"\x89PNG")
    ((logged_model, flavor, path, sample, options),) = session.of("model")
    assert logged_model is model
    assert (flavor, path, options) == ("lightgbm", "model", {})
    assert sample.rows.equals(X[:5])
    assert sample.rows is not X


def test_several_classes_and_names_of_the_users(sessions: Sessions, data: Any) -> None:
    X, y = data[0], np.arange(60) % 3
    lightgbm.LGBMClassifier(**SMALL).fit(X, y, eval_names=["mine"], **evaluated((X, y)))
    session = one(sessions)
    assert params(session)["num_class"] == 3
    assert [set(values) for _, values in points(session)] == [{"mine-multi_logloss"}] * 4
    assert session.of("dataset")[-1][1:] == ("eval", "mine")
    assert set(session.of("model")[0][3].predict(X)) == {0, 1, 2}


def test_nothing_stays_on_the_estimator(sessions: Sessions, data: Any) -> None:
    plain = vars(lightgbm.LGBMRegressor(**SMALL))
    model = lightgbm.LGBMRegressor(**SMALL).fit(*data)
    assert set(vars(model)) - set(plain) <= {"fitted_", "feature_names_in_", "n_features_in_"}
    copy = pickle.loads(pickle.dumps(model))
    assert np.array_equal(copy.predict(data[0]), model.predict(data[0]))


def test_a_users_callbacks_are_called_in_their_order_and_kept(sessions: Sessions, data: Any) -> None:
    called: list[str] = []

    def first(env: Any) -> None:
        called.append("first")

    def second(env: Any) -> None:
        called.append("second")

    mine = [first, second]
    lightgbm.LGBMClassifier(**SMALL).fit(*data, callbacks=mine)
    assert mine == [first, second]
    assert called == ["first", "second"] * 4
    engine.disable("lightgbm")
    watched = first.order, second.order  # type: ignore[attr-defined]
    del first.order, second.order  # type: ignore[attr-defined]
    lightgbm.LGBMClassifier(**SMALL).fit(*data, callbacks=mine)
    assert (first.order, second.order) == watched  # type: ignore[attr-defined]


def test_train_records_a_booster(sessions: Sessions, data: Any) -> None:
    X, y = data
    train_set = lightgbm.Dataset(X, y)
    held_out = lightgbm.Dataset(X[:40], y[:40], reference=train_set)
    given = {**TREES, "objective": "binary", "metric": ["auc", "binary_logloss"], "seed": None}
    booster = lightgbm.train(given, train_set, 5, valid_sets=[train_set, held_out], valid_names=["train", "test"])
    session = one(sessions)
    found = params(session)
    assert found == {
        **TREES, "objective": "binary", "metric": ["auc", "binary_logloss"], "num_boost_round": 5,
        **{name: found[name] for name in found if name in ("keep_training_booster", "feature_name",
                                                           "categorical_feature")},
    }  # fmt: skip
    assert found["keep_training_booster"] is False
    assert [(step, set(values)) for step, values in points(session)] == [
        (n, {"train-auc", "train-binary_logloss", "test-auc", "test-binary_logloss"}) for n in range(5)
    ]
    assert session.of("dataset")[0][0] is X  # the frame itself, not a dense copy
    assert [(context, name) for _, context, name in session.of("dataset")] == [
        ("train", None), ("eval", "train"), ("eval", "test")
    ]  # fmt: skip
    ((logged, _, _, sample, _),) = session.of("model")
    assert logged is booster
    assert sample.rows.equals(X[:5])
    assert np.array_equal(sample.predict(X[:5]), booster.predict(X[:5]))


def test_a_dataset_is_used_twice(sessions: Sessions, data: Any) -> None:
    """LightGBM frees its copy of the table in the first training."""
    X, y = data
    train_set = lightgbm.Dataset(X, y)
    lightgbm.train(TREES, train_set, 1)
    lightgbm.train(TREES, train_set, 1)
    assert [session.of("dataset")[0][0] is X for session in sessions.written] == [True, True]
    assert all(session.of("model")[0][3].rows.equals(X[:5]) for session in sessions.written)


def test_a_dataset_made_before(data: Any) -> None:
    X, y = data
    before = lightgbm.train, vars(lightgbm.Dataset)["__init__"]
    train_set, opened = lightgbm.Dataset(X, y), Sessions()
    engine.enable(LightGBM(), {}, opened)
    lightgbm.train(TREES, train_set, 1)
    engine.disable("lightgbm")
    assert one(opened).of("model")[0][3].rows.equals(X[:5])
    assert (lightgbm.train, vars(lightgbm.Dataset)["__init__"]) == before


@pytest.mark.parametrize("by_callback", [False, True])
def test_early_stopping(sessions: Sessions, data: Any, by_callback: bool) -> None:
    X, y = data
    random = np.random.default_rng(1).integers(0, 2, len(y))  # nothing to learn for long
    stop: dict[str, Any] = {"early_stopping_round": 3}
    fit: dict[str, Any] = {}
    if by_callback:
        stop, fit = {}, {"callbacks": [lightgbm.early_stopping(3, verbose=False)]}
    model = lightgbm.LGBMClassifier(**{**SMALL, "n_estimators": 200, **stop})
    model.fit(X, y, **evaluated((X, random)), **fit)
    session = one(sessions)
    history = model.evals_result_["valid_0"]["binary_logloss"]
    rounds = points(session)
    assert [values["valid_0-binary_logloss"] for _, values in rounds][: len(history)] == history
    assert model.best_iteration_ + 3 == len(rounds) < 200  # the stopping round too, and no artificial point after it
    assert session.of("metrics")[-1] == (
        {"stopped_iteration": len(rounds), "best_iteration": model.best_iteration_}, None
    )  # fmt: skip


def test_metrics_that_a_run_would_refuse_are_renamed(sessions: Sessions, data: Any) -> None:
    X, y = data

    def share(true: Any, predicted: Any) -> Any:
        return "share (of 1)", float(np.mean(true)), True

    lightgbm.LGBMClassifier(**SMALL).fit(X, y, eval_metric=share, **evaluated((X[:50], y[:50])))
    assert "valid_0-share _of 1_" in points(one(sessions))[0][1]


def test_rankers_record_themselves(sessions: Sessions, data: Any) -> None:
    X, y = data
    group = {"eval_group": [[30, 30]], "eval_at": [1, 3]}
    lightgbm.LGBMRanker(**SMALL).fit(X, y, group=[30, 30], **group, **evaluated((X, y)))
    session = one(sessions)
    assert set(points(session)[0][1]) == {"training-ndcg_at_1", "training-ndcg_at_3"}
    assert session.of("dataset")[-1][1:] == ("eval", "training")  # as LightGBM calls the data it trained on
    assert type(session.of("model")[0][0]) is lightgbm.LGBMRanker


def test_continued_training_counts_on(sessions: Sessions, data: Any) -> None:
    X, y = data
    train_set = lightgbm.Dataset(X, y, free_raw_data=False)
    booster = lightgbm.train(TREES, train_set, 2)
    lightgbm.train({**TREES, "metric": "l2"}, train_set, 3, init_model=booster, valid_sets=[train_set])
    assert [step for step, _ in points(sessions.written[1])] == [2, 3, 4]


def test_sparse_tables_and_arrays(sessions: Sessions, data: Any) -> None:
    from scipy.sparse import csr_matrix

    X, y = data
    sparse = csr_matrix(X.to_numpy(float))
    lightgbm.train(TREES, lightgbm.Dataset(sparse, y), 1)
    lightgbm.LGBMRegressor(**SMALL).fit(X.to_numpy(), y)
    first, second = sessions.written
    assert first.of("dataset")[0][0] is sparse
    assert first.of("model")[0][3].rows.shape == (5, 2)
    assert json.loads(dict(second.of("artifact"))["feature_importance_split.json"]).keys() == {"Column_0", "Column_1"}
    assert first.losses == second.losses == []


def test_a_model_without_splits(sessions: Sessions) -> None:
    lightgbm.LGBMRegressor(**SMALL).fit(np.zeros((10, 1)), np.arange(10.0))
    files = dict(one(sessions).of("artifact"))
    assert json.loads(files["feature_importance_gain.json"]) == {"Column_0": 0.0}
    assert files["feature_importance_gain.png"].startswith(b"\x89PNG")


def test_scores_on_predictions(sessions: Sessions, data: Any) -> None:
    from sklearn.metrics import accuracy_score, roc_auc_score

    X_test, y = data
    model = lightgbm.LGBMClassifier(**SMALL).fit(X_test, y)
    accuracy_score(y, model.predict(X_test))
    roc_auc_score(y, model.predict_proba(X_test)[:, 1])
    model.score(X_test, y)
    booster = lightgbm.train({**TREES, "objective": "binary"}, lightgbm.Dataset(X_test, y), 2)
    roc_auc_score(y, booster.predict(X_test))
    first, second = sessions.written
    assert [name for name, *_ in first.of("score")] == [
        "accuracy_score_X_test", "roc_auc_score_X_test", "LGBMClassifier_score_X_test"
    ]  # fmt: skip
    assert [name for name, *_ in second.of("score")] == ["roc_auc_score_X_test"]


def test_cross_validation_is_quiet(sessions: Sessions, data: Any) -> None:
    from sklearn.model_selection import cross_val_score

    X, y = data
    cross_val_score(lightgbm.LGBMClassifier(**SMALL), X, y, cv=2)
    train_set = lightgbm.Dataset(X, y)
    found = lightgbm.cv({**TREES, "objective": "binary"}, train_set, 3, nfold=2, metrics=["auc"])
    assert len(found["valid auc-mean"]) == 3
    assert sessions.written == []


@pytest.mark.parametrize("n_jobs", [None, -1])
def test_a_search_is_one_run_of_scikit_learns(data: Any, n_jobs: int | None) -> None:
    from joblib import parallel_backend
    from sklearn.model_selection import GridSearchCV

    opened, others = Sessions(), Sessions()
    engine.enable(LightGBM(), {}, opened)
    engine.enable(Sklearn(), {"serialization_format": "cloudpickle", "max_tuning_runs": 5}, others)
    try:
        with parallel_backend("threading"):
            GridSearchCV(lightgbm.LGBMClassifier(**SMALL), {"num_leaves": [2, 3]}, cv=2, n_jobs=n_jobs).fit(*data)
    finally:
        engine.disable("sklearn")
        engine.disable("lightgbm")
    assert opened.written == []
    assert [child["num_leaves"] for _, child, _ in one(others).of("child")] in ([2, 3], [3, 2])


def test_all_cores(sessions: Sessions, data: Any) -> None:
    lightgbm.LGBMClassifier(**{**SMALL, "n_jobs": -1}).fit(*data)
    assert params(one(sessions))["num_threads"] >= 1


def test_an_error_in_a_users_callback_is_theirs(sessions: Sessions, data: Any) -> None:
    def broken(env: Any) -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        lightgbm.LGBMClassifier(**SMALL).fit(*data, callbacks=[broken])
    (session,) = sessions.written
    assert isinstance(session.outcome, KeyError)
    lightgbm.LGBMClassifier(**SMALL).fit(*data)  # and nothing of it is left
    assert sessions.written[1].outcome == "finished"
