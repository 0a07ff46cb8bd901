"""What is written down of a CatBoost training."""

# ruff: noqa: E402 — without the framework the file is skipped before the imports below
from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

catboost = pytest.importorskip("catboost")

from autolog.fake import FakeSession, Sessions
from contracts.integration import IntegrationContract
from modelwright.autolog import catboost as integration
from modelwright.autolog import engine
from modelwright.autolog.catboost import CatBoost
from modelwright.autolog.sklearn import Sklearn

SMALL: dict[str, Any] = {
    "iterations": 4, "depth": 2, "verbose": False, "allow_writing_files": False, "thread_count": 1,
}  # fmt: skip
KIND = "feature_importance_PredictionValuesChange"


@pytest.fixture
def sessions() -> Iterator[Sessions]:
    opened = Sessions()
    engine.enable(CatBoost(), {}, opened)
    yield opened
    engine.disable("catboost")


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


def curves(session: FakeSession) -> dict[str, dict[int, float]]:
    """The points of each metric, by step; none comes twice."""
    found: dict[str, dict[int, float]] = {}
    for values, step in session.of("metrics"):
        for name, value in values.items() if step is not None else ():
            assert step not in found.setdefault(name, {})
            found[name][step] = value
    return found


def summary(session: FakeSession) -> dict[str, float]:
    return {name: value for values, step in session.of("metrics") if step is None for name, value in values.items()}


def histories(model: Any) -> dict[str, dict[int, float]]:
    """The same, as the model tells them where every round was scored."""
    return {
        f"{data}-{metric}": dict(enumerate(values))
        for data, metrics in model.evals_result_.items()
        for metric, values in metrics.items()
    }


class TestContract(IntegrationContract):
    integration = CatBoost
    owners = ("catboost", "catboost.core", "sklearn.metrics")

    def train(self) -> Any:
        import sklearn.metrics  # noqa: F401 — an owner, whose functions are watched once it is imported

        return catboost.CatBoostClassifier(**SMALL).fit([[0.0], [1.0]] * 5, [0, 1] * 5)

    def fail(self) -> Any:
        return catboost.CatBoostClassifier(**SMALL, loss_function="no such loss").fit([[0.0], [1.0]], [0, 1])


def test_a_classifier_records_itself_once(sessions: Sessions, data: Any) -> None:
    X, y = data
    model = catboost.CatBoostClassifier(**SMALL, eval_metric="AUC", learning_rate=0.1)
    model.fit(X, y, eval_set=[(X, y), (X[:30], y[:30])], metric_period=1)
    session = one(sessions)
    found = params(session)
    assert {name: found[name] for name in SMALL} == SMALL
    assert (found["eval_metric"], found["metric_period"], found["learning_rate"]) == ("AUC", 1, 0.1)
    assert (found["loss_function"], found["l2_leaf_reg"], found["grow_policy"]) == ("Logloss", 3, "SymmetricTree")
    assert None not in found.values()
    assert not {"X", "y", "eval_set", "callbacks", "sample_weight", "plot"} & set(found)
    assert curves(session) == histories(model)
    assert set(curves(session)) == {
        "learn-Logloss", "validation_0-Logloss", "validation_0-AUC", "validation_1-Logloss", "validation_1-AUC"
    }  # fmt: skip
    assert [(context, name) for _, context, name in session.of("dataset")] == [
        ("train", None), ("eval", "validation_0"), ("eval", "validation_1")
    ]  # fmt: skip
    assert session.of("dataset")[0][0] is X
    files = dict(session.of("artifact"))
    importance = model.get_feature_importance().tolist()
    assert json.loads(files[f"{KIND}.json"]) == dict(zip(["a", "b"], importance, strict=True))
    assert files[f"{KIND}.png"].startswith(b"\x89PNG")
    ((logged, flavor, path, sample, options),) = session.of("model")
    assert logged is model
    assert (flavor, path, options) == ("catboost", "model", {})
    assert sample.rows.equals(X[:5])
    assert sample.rows is not X


def test_what_catboost_chose_is_said_as_it_would_be_typed(sessions: Sessions, data: Any) -> None:
    catboost.CatBoostRegressor(**SMALL, l2_leaf_reg=0.1).fit(*data)
    found = params(one(sessions))
    assert found["l2_leaf_reg"] == 0.1
    assert found["bayesian_matrix_reg"] == 0.1  # not 0.10000000149011612
    assert 0 < found["learning_rate"] < 1


def test_several_classes(sessions: Sessions, data: Any) -> None:
    X, y = data[0], np.array(["red", "green", "blue"] * 20)
    model = catboost.CatBoostClassifier(**SMALL).fit(X, y, eval_set=(X, y))
    session = one(sessions)
    assert set(curves(session)) == {"learn-MultiClass", "validation-MultiClass"}
    assert params(session)["class_names"] == ["blue", "green", "red"]
    assert set(session.of("model")[0][3].predict(X).ravel()) <= set(model.classes_)


def test_metrics_that_a_run_would_refuse_are_renamed(sessions: Sessions, data: Any) -> None:
    X, y = data
    catboost.CatBoostClassifier(**SMALL, custom_metric=["F:beta=0.5"]).fit(X, y, eval_set=(X, y))
    assert "validation-F_beta_0.5" in curves(one(sessions))


def test_nothing_stays_on_the_model(sessions: Sessions, data: Any) -> None:
    model = catboost.CatBoostRegressor(**SMALL).fit(*data)
    assert model.get_params() == {**SMALL, "loss_function": "RMSE"}
    copy = pickle.loads(pickle.dumps(model))
    assert np.array_equal(copy.predict(data[0]), model.predict(data[0]))


def test_a_users_callbacks_are_called_and_kept(sessions: Sessions, data: Any) -> None:
    class Stop:
        rounds = 0

        def after_iteration(self, info: Any) -> bool:
            self.rounds += 1
            return self.rounds < 3

    stop = Stop()
    mine = [stop]
    model = catboost.CatBoostClassifier(**{**SMALL, "iterations": 2000}).fit(*data, callbacks=mine)
    assert (stop.rounds, mine, model.tree_count_) == (3, [stop], 3)
    assert curves(one(sessions)) == histories(model)


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize("period", [None, 5])
def test_early_stopping(
    sessions: Sessions, data: Any, live: bool, period: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y = data
    monkeypatch.setattr(integration, "_LIVE", 500 if live else 0)
    random = np.random.default_rng(1).integers(0, 2, len(y))  # nothing to learn for long
    model = catboost.CatBoostClassifier(**{**SMALL, "iterations": 200}, learning_rate=0.5)
    model.fit(X, y, eval_set=(X, random), early_stopping_rounds=3, metric_period=period)
    session = one(sessions)
    found = curves(session)["validation-Logloss"]
    assert found == dict(enumerate(model.evals_result_["validation"]["Logloss"]))  # each round, whatever the period
    assert summary(session) == {"stopped_iteration": len(found) - 1, "best_iteration": model.best_iteration_}
    assert model.best_iteration_ + 3 == len(found) - 1 < 199
    step = period or 1
    assert set(curves(session)["learn-Logloss"]) == {n for n in range(len(found)) if n % step == 0}


@pytest.mark.parametrize("live", [True, False])
def test_scores_of_every_fifth_iteration(
    sessions: Sessions, data: Any, live: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y = data
    monkeypatch.setattr(integration, "_LIVE", 500 if live else 0)
    catboost.CatBoostRegressor(**{**SMALL, "iterations": 13}, metric_period=5).fit(X, y, eval_set=(X, y))
    found = curves(one(sessions))
    assert [list(points) for points in found.values()] == [[0, 5, 10, 12]] * 2


def test_long_trainings_have_no_callback(sessions: Sessions, data: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(self: Any, info: Any) -> bool:
        raise AssertionError

    monkeypatch.setattr(integration._Curves, "after_iteration", never)
    model = catboost.CatBoostRegressor(**{**SMALL, "iterations": None}, num_trees=501).fit(*data)
    assert curves(one(sessions)) == histories(model)


def test_a_gpu_allows_no_callbacks(sessions: Sessions, data: Any) -> None:
    with pytest.raises(catboost.CatBoostError) as refused:
        catboost.CatBoostRegressor(**SMALL, task_type="GPU").fit(*data)
    assert "callbacks" not in str(refused.value)


def test_pools_are_known_by_their_tables(sessions: Sessions, data: Any) -> None:
    X, y = data
    pool = catboost.Pool(X, y)
    model = catboost.train(pool, {**SMALL, "loss_function": "Logloss"}, eval_set=catboost.Pool(X[:30], y[:30]))
    session = one(sessions)
    assert session.of("dataset")[0][0] is X
    assert [(context, name) for _, context, name in session.of("dataset")] == [("train", None), ("eval", "validation")]
    assert session.of("model")[0][0] is model
    assert session.of("model")[0][3].rows.equals(X[:5])
    assert params(session)["depth"] == 2


def test_categories_and_texts(sessions: Sessions, data: Any) -> None:
    X, y = data
    X = X.assign(kind=["u", "v", "w"] * 20)
    catboost.CatBoostClassifier(**SMALL).fit(X, y, cat_features=["kind"])
    session = one(sessions)
    assert params(session)["cat_features"] == ["kind"]
    assert session.of("model")[0][3].predict(X).shape == (60,)


def test_rankers_record_themselves(sessions: Sessions, data: Any) -> None:
    X, y = data
    model = catboost.CatBoostRanker(**SMALL, bootstrap_type="No", eval_metric="NDCG:top=3")
    model.fit(X, y, group_id=np.arange(60) // 6, eval_set=catboost.Pool(X, y, group_id=np.arange(60) // 6))
    session = one(sessions)
    assert "validation-NDCG_top_3_type_Base" in {name.replace("=", "_") for name in curves(session)}
    assert f"{KIND}.json" in dict(session.of("artifact"))


def test_catboosts_own_search_records_what_it_keeps(sessions: Sessions, data: Any) -> None:
    model = catboost.CatBoostRegressor(**SMALL)
    model.grid_search({"depth": [1, 3]}, *data, cv=2, verbose=False)
    session = one(sessions)
    assert params(session)["depth"] == model.get_params()["depth"] in (1, 3)


def test_scores_on_predictions(sessions: Sessions, data: Any) -> None:
    from sklearn.metrics import accuracy_score, roc_auc_score

    X_test, y = data
    model = catboost.CatBoostClassifier(**SMALL).fit(X_test, y)
    accuracy_score(y, model.predict(X_test))
    roc_auc_score(y, model.predict_proba(X_test)[:, 1])
    model.score(X_test, y)
    (session,) = sessions.written
    assert [name for name, *_ in session.of("score")] == [
        "accuracy_score_X_test", "roc_auc_score_X_test", "CatBoostClassifier_score_X_test"
    ]  # fmt: skip


def test_cross_validation_is_quiet(sessions: Sessions, data: Any) -> None:
    from sklearn.model_selection import cross_val_score

    X, y = data
    cross_val_score(catboost.CatBoostClassifier(**SMALL), X, y, cv=2)
    found = catboost.cv(catboost.Pool(X, y), {**SMALL, "loss_function": "Logloss"}, nfold=2)
    assert len(found) == 4
    assert sessions.written == []


@pytest.mark.parametrize("n_jobs", [None, -1])
def test_a_search_is_one_run_of_scikit_learns(data: Any, n_jobs: int | None) -> None:
    from joblib import parallel_backend
    from sklearn.model_selection import GridSearchCV

    opened, others = Sessions(), Sessions()
    engine.enable(CatBoost(), {}, opened)
    engine.enable(Sklearn(), {"serialization_format": "cloudpickle", "max_tuning_runs": 5}, others)
    try:
        with parallel_backend("threading"):
            GridSearchCV(catboost.CatBoostClassifier(**SMALL), {"depth": [1, 3]}, cv=2, n_jobs=n_jobs).fit(*data)
    finally:
        engine.disable("sklearn")
        engine.disable("catboost")
    assert opened.written == []
    assert [child["depth"] for _, child, _ in one(others).of("child")] in ([1, 3], [3, 1])


def test_repeated_fits_are_runs_of_their_own(sessions: Sessions, data: Any) -> None:
    model = catboost.CatBoostRegressor(**SMALL)
    model.fit(*data)
    model.fit(*data)
    assert [len(curves(session)["learn-RMSE"]) for session in sessions.written] == [4, 4]
