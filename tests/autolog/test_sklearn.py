"""What is written down of a scikit-learn fit."""

from __future__ import annotations

import csv
import io
import pickle
from collections.abc import Iterator
from typing import Any

import cloudpickle
import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn import base, cluster, decomposition, ensemble, linear_model, metrics, model_selection, pipeline, svm, tree
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import LabelEncoder, OneHotEncoder, StandardScaler

from autolog.fake import FakeSession, Sessions
from contracts.integration import IntegrationContract
from modelwright.autolog import engine
from modelwright.autolog.sklearn import Sklearn

OPTIONS: dict[str, Any] = {"max_tuning_runs": 5, "log_post_training_metrics": True, "pos_label": None}


@pytest.fixture
def sessions() -> Iterator[Sessions]:
    opened = Sessions()
    engine.enable(Sklearn(), OPTIONS, opened)
    yield opened
    engine.disable("sklearn")


@pytest.fixture
def X() -> pd.DataFrame:
    random = np.random.default_rng(0)
    return pd.DataFrame({"a": random.normal(size=60), "b": random.normal(size=60)})


@pytest.fixture
def y(X: pd.DataFrame) -> pd.Series:
    return (X["a"] + X["b"] > 0).astype(int)


def one(sessions: Sessions) -> FakeSession:
    (session,) = sessions.written
    assert session.losses == []
    return session


def numbers(session: FakeSession) -> dict[str, float]:
    return {name: value for values, _ in session.of("metrics") for name, value in values.items()}


class TestContract(IntegrationContract):
    integration = Sklearn
    options = OPTIONS
    owners = (
        "sklearn.linear_model", "sklearn.base", "sklearn.metrics", "sklearn.model_selection", "sklearn.pipeline",
        "sklearn.ensemble", "sklearn.cluster", "sklearn.svm",
    )  # fmt: skip

    def train(self) -> Any:
        return linear_model.LogisticRegression().fit([[0.0], [1.0]] * 5, [0, 1] * 5)

    def fail(self) -> Any:
        return linear_model.LogisticRegression(C=-1).fit([[0.0], [1.0]], [0, 1])


def test_a_classifier(sessions: Sessions, X: Any, y: Any) -> None:
    model = linear_model.LogisticRegression(C=0.5).fit(X, y)
    session = one(sessions)
    assert session.of("params") == [model.get_params(deep=True)]
    assert session.of("tags") == [{
        "estimator_name": "LogisticRegression",
        "estimator_class": "sklearn.linear_model._logistic.LogisticRegression",
    }]  # fmt: skip
    predicted, chances = model.predict(X), model.predict_proba(X)
    assert numbers(session) == pytest.approx({
        "training_precision_score": metrics.precision_score(y, predicted, average="weighted"),
        "training_recall_score": metrics.recall_score(y, predicted, average="weighted"),
        "training_f1_score": metrics.f1_score(y, predicted, average="weighted"),
        "training_accuracy_score": metrics.accuracy_score(y, predicted),
        "training_log_loss": metrics.log_loss(y, chances),
        "training_roc_auc": metrics.roc_auc_score(y, chances[:, 1]),
        "training_score": model.score(X, y),
    })  # fmt: skip
    files = dict(session.of("artifact"))
    assert sorted(files) == [
        "estimator.html", "training_confusion_matrix.png", "training_precision_recall_curve.png",
        "training_roc_curve.png",
    ]  # fmt: skip
    assert "LogisticRegression" in files.pop("estimator.html")
    assert all(picture.startswith(b"\x89PNG") for picture in files.values())
    ((logged, flavor, path, sample, options),) = session.of("model")
    assert (logged, flavor, path, options) == (model, "sklearn", "model", {"serialization_format": "cloudpickle"})
    assert sample.rows.equals(X[:5])
    assert [(d is X, context) for d, context, _ in session.of("dataset")] == [(True, "train")]


def test_one_prediction_is_enough(sessions: Sessions, X: Any, y: Any) -> None:
    calls: list[str] = []

    class Counting(linear_model.LogisticRegression):
        def predict(self, X: Any) -> Any:
            calls.append("predict")
            return super().predict(X)

        def predict_proba(self, X: Any) -> Any:
            calls.append("predict_proba")
            return super().predict_proba(X)

    Counting().fit(X, y)
    assert sorted(calls) == ["predict", "predict_proba"]


def test_several_classes_weights_and_a_positive_label(X: Any, y: Any) -> None:
    weight = np.linspace(0.1, 1, 60)
    opened = Sessions()
    engine.enable(Sklearn(), {**OPTIONS, "pos_label": 1}, opened)
    model = tree.DecisionTreeClassifier(max_depth=1).fit(X, y, sample_weight=weight)
    engine.disable("sklearn")
    scores, predicted = numbers(one(opened)), model.predict(X)
    assert scores["training_precision_score"] == pytest.approx(
        metrics.precision_score(y, predicted, sample_weight=weight)
    )
    assert scores["training_score"] == pytest.approx(model.score(X, y, weight))


def test_several_classes_have_no_curves(sessions: Sessions, X: Any) -> None:
    y = np.arange(60) % 3
    model = linear_model.LogisticRegression().fit(X, y)
    session = one(sessions)
    assert numbers(session)["training_roc_auc"] == pytest.approx(
        metrics.roc_auc_score(y, model.predict_proba(X), multi_class="ovo", average="weighted")
    )
    assert sorted(dict(session.of("artifact"))) == ["estimator.html", "training_confusion_matrix.png"]


def test_a_classifier_without_probabilities_draws_its_curves_from_decisions(sessions: Sessions, X: Any, y: Any) -> None:
    svm.LinearSVC().fit(X, y)
    session = one(sessions)
    assert "training_log_loss" not in numbers(session)
    assert "training_roc_curve.png" in dict(session.of("artifact"))


def test_a_regressor(sessions: Sessions, X: Any) -> None:
    y = X["a"] * 2 + X["b"] ** 2
    model = linear_model.LinearRegression().fit(X, y)
    predicted = model.predict(X)
    squared = metrics.mean_squared_error(y, predicted)
    assert numbers(one(sessions)) == pytest.approx({
        "training_mean_squared_error": squared,
        "training_root_mean_squared_error": squared**0.5,
        "training_mean_absolute_error": metrics.mean_absolute_error(y, predicted),
        "training_r2_score": model.score(X, y),
        "training_score": model.score(X, y),
    })  # fmt: skip


def test_several_outputs(sessions: Sessions, X: Any, y: Any) -> None:
    labels = np.column_stack([y, 1 - y])
    ensemble.RandomForestClassifier(n_estimators=2).fit(X, labels)
    tree.DecisionTreeClassifier().fit(X, labels + labels[:, :1])
    linear_model.LinearRegression().fit(X, labels)
    first, second, third = sessions.written
    assert first.losses == second.losses == third.losses == []
    assert set(numbers(first)) == {
        f"training_{name}" for name in ("precision_score", "recall_score", "f1_score", "accuracy_score", "score")
    }
    assert numbers(second) == {}
    assert "training_r2_score" in numbers(third)


def test_clusters_and_transformers_of_scikit_learn(sessions: Sessions, X: Any) -> None:
    cluster.KMeans(n_clusters=2, n_init=1).fit_predict(X)
    decomposition.PCA(n_components=1).fit_transform(X)
    first, second = sessions.written
    assert [type(s.of("model")[0][0]).__name__ for s in (first, second)] == ["KMeans", "PCA"]
    assert numbers(first) == numbers(second) == {}
    assert first.losses == second.losses == []


def test_data_preparation_makes_no_run(sessions: Sessions, X: Any, y: Any) -> None:
    StandardScaler().fit_transform(X)
    LabelEncoder().fit(y)
    ColumnTransformer([("x", OneHotEncoder(), ["a"])]).fit(X)

    class Mine(base.TransformerMixin, base.BaseEstimator):
        def fit(self, X: Any, y: Any = None) -> Any:
            return self

        def transform(self, X: Any) -> Any:
            return X

    class Scaler(StandardScaler):
        def fit(self, X: Any, y: Any = None) -> Any:
            return super().fit(X, y)

    Mine().fit(X)
    Scaler().fit(X)
    assert sessions.written == []


def test_a_users_own_estimator(sessions: Sessions, X: Any, y: Any) -> None:
    class Mean(base.RegressorMixin, base.BaseEstimator):
        def __init__(self, shift: float = 0.0) -> None:
            self.shift = shift

        def fit(self, X: Any, y: Any) -> Any:
            self.mean_ = np.mean(y) + self.shift
            return self

        def predict(self, X: Any) -> Any:
            return np.full(len(X), self.mean_)

    Mean(shift=1.0).fit(X, y)
    session = one(sessions)
    assert session.of("params") == [{"shift": 1.0}]
    assert "training_r2_score" in numbers(session)


def test_a_pipeline_is_one_run(sessions: Sessions, X: Any, y: Any) -> None:
    model = pipeline.make_pipeline(StandardScaler(), svm.SVC()).fit(X, y)
    session = one(sessions)
    assert {"svc__C", "standardscaler__with_mean", "steps"} <= set(session.of("params")[0])
    assert session.of("model")[0][0] is model
    assert numbers(session)["training_score"] == model.score(X, y)
    pipeline.make_pipeline(StandardScaler(), cluster.KMeans(2, n_init=1)).fit_predict(X)  # an available_if method
    assert len(sessions.written) == 2


def test_meta_estimators_record_once_whatever_their_threads_do(sessions: Sessions, X: Any, y: Any) -> None:
    voting = ensemble.VotingClassifier(
        [("a", linear_model.LogisticRegression()), ("b", tree.DecisionTreeClassifier())], n_jobs=2
    )
    with joblib.parallel_backend("threading"):
        voting.fit(X, y)
        ensemble.BaggingClassifier(linear_model.LogisticRegression(), n_estimators=3, n_jobs=2).fit(X, y)
        model_selection.cross_val_score(linear_model.LogisticRegression(), X, y, n_jobs=2, cv=2)
    assert [type(s.of("model")[0][0]).__name__ for s in sessions.written] == ["VotingClassifier", "BaggingClassifier"]


def test_worker_processes(sessions: Sessions, X: Any, y: Any) -> None:
    """A class of `__main__` and a scorer go there by pickle; nothing comes back but the results."""
    space: dict[str, Any] = {"__name__": "__main__", "Base": linear_model.LogisticRegression}
    exec("class Mine(Base):\n    def fit(self, X, y):\n        return super(type(self), self).fit(X, y)", space)
    scores = model_selection.cross_val_score(
        space["Mine"](), X, y, n_jobs=2, cv=2, scoring=metrics.make_scorer(metrics.f1_score)
    )
    assert len(scores) == 2
    search = model_selection.GridSearchCV(space["Mine"](), {"C": [0.1, 1.0]}, cv=2, n_jobs=2).fit(X, y)
    assert one(sessions).of("model")[0][0] is search
    dumped = cloudpickle.dumps(search.best_estimator_)
    engine.disable("sklearn")
    assert np.array_equal(cloudpickle.loads(dumped).predict(X), search.predict(X))


def test_cross_validation_is_quiet(sessions: Sessions, X: Any, y: Any) -> None:
    model = linear_model.LogisticRegression()
    model_selection.cross_val_score(model, X, y, cv=2, scoring="accuracy")
    model_selection.cross_validate(model, X, y, cv=2)
    model_selection.learning_curve(model, X, y, cv=2, train_sizes=[0.5])
    metrics.accuracy_score(y, model_selection.cross_val_predict(model, X, y, cv=2))
    assert sessions.written == []


def test_a_grid_search(sessions: Sessions, X: Any, y: Any) -> None:
    grid = {"C": [0.01, 0.1, 1.0, 10.0], "fit_intercept": [True, False]}
    search = model_selection.GridSearchCV(linear_model.LogisticRegression(), grid, cv=2).fit(X, y)
    session = one(sessions)
    parent, best = session.of("params")
    assert "estimator__C" not in parent
    assert best == {"best_C": search.best_params_["C"], "best_fit_intercept": search.best_params_["fit_intercept"]}
    assert numbers(session)["best_cv_score"] == search.best_score_
    assert [(m[0], m[2]) for m in session.of("model")] == [
        (search, "model"),
        (search.best_estimator_, "best_estimator"),
    ]
    rows = list(csv.DictReader(io.StringIO(dict(session.of("artifact"))["cv_results.csv"])))
    assert len(rows) == 8
    assert [float(r["mean_test_score"]) for r in rows] == list(search.cv_results_["mean_test_score"])
    assert rows[1]["params"] == str(search.cv_results_["params"][1])
    children = session.of("child")
    assert len(children) == 5
    tags, params, scores = children[0]
    assert tags["estimator_name"] == "LogisticRegression"
    assert params["C"] == search.best_params_["C"]
    assert "max_iter" in params
    assert set(scores) == {
        "mean_fit_time", "std_fit_time", "mean_score_time", "std_score_time", "mean_test_score", "std_test_score",
        "rank_test_score",
    }  # fmt: skip
    assert [c[2]["rank_test_score"] for c in children] == sorted(c[2]["rank_test_score"] for c in children)


@pytest.mark.parametrize(("most", "children"), [(0, 0), (2, 2), (None, 4)])
def test_as_many_child_runs_as_asked(X: Any, y: Any, most: int | None, children: int) -> None:
    opened = Sessions()
    engine.enable(Sklearn(), {**OPTIONS, "max_tuning_runs": most}, opened)
    model_selection.RandomizedSearchCV(
        pipeline.make_pipeline(StandardScaler(), linear_model.LogisticRegression()),
        {"logisticregression__C": [0.1, 1.0, 2.0, 3.0]}, n_iter=4, cv=2, scoring=["accuracy", "f1"], refit="f1",
    ).fit(X, y)  # fmt: skip
    engine.disable("sklearn")
    assert len(one(opened).of("child")) == children


def test_a_search_without_refit(sessions: Sessions, X: Any, y: Any) -> None:
    model_selection.GridSearchCV(
        linear_model.LogisticRegression(), {"C": [0.1, 1]}, cv=2, refit=False, scoring=["accuracy", "f1"]
    ).fit(X, y)
    (session,) = sessions.written
    assert len(session.of("child")) == 2
    assert "cv_results.csv" in dict(session.of("artifact"))


def test_masked_results_leave_cells_empty(sessions: Sessions, X: Any, y: Any) -> None:
    grid = [{"kernel": ["rbf"], "gamma": [0.1]}, {"kernel": ["linear"]}]
    model_selection.GridSearchCV(svm.SVC(), grid, cv=2).fit(X, y)
    rows = list(csv.DictReader(io.StringIO(dict(one(sessions).of("artifact"))["cv_results.csv"])))
    assert [row["param_gamma"] for row in rows] == ["0.1", ""]


def test_everything_pickles_while_on(sessions: Sessions, X: Any, y: Any) -> None:
    model = linear_model.LogisticRegression().fit(X, y)
    scorer = metrics.make_scorer(metrics.f1_score, average="macro")
    for thing in (
        model, linear_model.LogisticRegression, linear_model.LogisticRegression.fit, model.predict,
        metrics.accuracy_score, metrics.r2_score, scorer, metrics.get_scorer("roc_auc"),
        model_selection.cross_val_score, pipeline.make_pipeline(model),
    ):  # fmt: skip
        for dump in (pickle.dumps, cloudpickle.dumps):
            assert pickle.loads(dump(thing)) is not None
            assert b"modelwright" not in dump(thing)
    assert pickle.loads(pickle.dumps(metrics.accuracy_score)) is metrics.accuracy_score


def test_metadata_routing_sees_the_same_methods(sessions: Sessions) -> None:
    request = tree.DecisionTreeClassifier().set_fit_request
    assert callable(request) is False or request is not None  # available without routing being on

    class Weighted(base.ClassifierMixin, base.BaseEstimator):
        def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
            return self

    assert hasattr(Weighted, "set_fit_request")
    assert hasattr(Weighted, "set_score_request")


def test_disabled_post_training_metrics(X: Any, y: Any) -> None:
    opened = Sessions()
    engine.enable(Sklearn(), {**OPTIONS, "log_post_training_metrics": False}, opened)
    model = linear_model.LogisticRegression().fit(X, y)
    metrics.accuracy_score(y, model.predict(X))
    model.score(X, y)
    engine.disable("sklearn")
    assert one(opened).of("score") == []


def test_a_fit_that_never_returns_leaves_the_users_error(sessions: Sessions) -> None:
    class Broken(base.BaseEstimator):
        def fit(self, X: Any, y: Any = None) -> Any:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Broken().fit([[1]])
    assert isinstance(sessions.written[0].outcome, KeyboardInterrupt)
