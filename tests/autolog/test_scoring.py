"""Scores computed after training, and how their names come about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import linear_model, metrics, pipeline
from sklearn.metrics import accuracy_score, mean_squared_error, roc_auc_score
from sklearn.preprocessing import StandardScaler

from autolog.fake import FakeSession, Sessions
from modelwright.autolog import engine
from modelwright.autolog.scoring import models, predictions, variable
from modelwright.autolog.sklearn import Sklearn


@pytest.fixture
def sessions() -> Iterator[Sessions]:
    opened = Sessions()
    engine.enable(Sklearn(), {}, opened)
    yield opened
    engine.disable("sklearn")


@pytest.fixture
def X_test() -> Any:
    return np.random.default_rng(0).normal(size=(40, 2))


@pytest.fixture
def y_test(X_test: Any) -> Any:
    return (X_test[:, 0] > 0).astype(int)


@pytest.fixture
def model(sessions: Sessions, X_test: Any, y_test: Any) -> Any:
    return linear_model.LogisticRegression().fit(X_test, y_test)


def scores(sessions: Sessions) -> list[Any]:
    session: FakeSession = sessions.written[0]
    return session.of("score")


def test_a_function_imported_before_is_recorded(sessions: Sessions, model: Any, X_test: Any, y_test: Any) -> None:
    y_pred = model.predict(X_test)
    value = accuracy_score(y_test, y_pred, normalize=True)
    assert scores(sessions) == [
        ("accuracy_score_X_test", value, "accuracy_score(y_true=y_test, y_pred=y_pred, normalize=True)")
    ]


def test_views_of_a_prediction_count(sessions: Sessions, model: Any, X_test: Any, y_test: Any) -> None:
    roc_auc_score(y_test, model.predict_proba(X_test)[:, 1])
    assert [name for name, *_ in scores(sessions)] == ["roc_auc_score_X_test"]


def test_what_is_no_prediction_is_not_recorded(sessions: Sessions, model: Any, X_test: Any, y_test: Any) -> None:
    accuracy_score(y_test, y_test)
    accuracy_score(y_test, list(model.predict(X_test)))
    accuracy_score(y_test, model.predict(X_test).copy())
    metrics.confusion_matrix(y_test, model.predict(X_test))  # no single number
    assert scores(sessions) == []


def test_metrics_inside_metrics_and_scores_count_once(sessions: Sessions, model: Any, X_test: Any, y_test: Any) -> None:
    metrics.f1_score(y_test, model.predict(X_test))
    model.score(X_test, y_test)
    metrics.get_scorer("precision")(model, X_test, y_test)
    assert [name for name, *_ in scores(sessions)] == [
        "f1_score_X_test", "LogisticRegression_score_X_test", "precision_score_X_test"
    ]  # fmt: skip
    assert scores(sessions)[1][2] == "LogisticRegression.score(X=X_test, y=y_test)"


def test_the_outermost_callers_name_counts(sessions: Sessions, model: Any, X_test: Any, y_test: Any) -> None:
    def evaluate(inputs: Any, *rest: Any, **more: Any) -> None:
        accuracy_score(rest[0], model.predict(inputs))

    held_out, labels = X_test, y_test
    del X_test
    evaluate(held_out, labels)
    evaluate(held_out[:10], labels[:10])
    accuracy_score(labels[:10], model.predict(held_out[:10]))
    assert [name for name, *_ in scores(sessions)] == [
        "accuracy_score_held_out", "accuracy_score_inputs", "accuracy_score_unknown_dataset"
    ]  # fmt: skip


def test_pipelines_and_regressors(sessions: Sessions, X_test: Any) -> None:
    target = X_test[:, 0] * 2
    pipe = pipeline.make_pipeline(StandardScaler(), linear_model.LinearRegression()).fit(X_test, target)
    mean_squared_error(target, pipe.predict(X_test))
    pipe.score(X_test, target)
    assert [name for name, *_ in scores(sessions)] == ["mean_squared_error_X_test", "Pipeline_score_X_test"]


def test_each_model_gets_its_own(sessions: Sessions, X_test: Any, y_test: Any) -> None:
    first = linear_model.LogisticRegression().fit(X_test, y_test)
    second = linear_model.LogisticRegression(C=9).fit(X_test, y_test)
    p = first.predict(X_test)
    second.predict(X_test)
    accuracy_score(y_test, p)
    assert [len(s.of("score")) for s in sessions.written] == [1, 0]


def test_a_model_trained_before_is_nobodys(X_test: Any, y_test: Any) -> None:
    early = linear_model.LogisticRegression().fit(X_test, y_test)
    opened = Sessions()
    engine.enable(Sklearn(), {}, opened)
    accuracy_score(y_test, early.predict(X_test))
    engine.disable("sklearn")
    assert opened.written == []


def test_nothing_is_kept_alive(sessions: Sessions, X_test: Any, y_test: Any) -> None:
    import gc

    gc.collect()
    before = len(models), len(predictions)
    for _ in range(5):
        linear_model.LogisticRegression().fit(X_test, y_test).predict(X_test)
    sessions.clear()
    gc.collect()
    assert (len(models), len(predictions)) == before


def test_predictions_as_frames(sessions: Sessions, X_test: Any) -> None:
    class Framed(linear_model.LinearRegression):
        def predict(self, X: Any) -> Any:
            return pd.Series(super().predict(X))

    target = X_test[:, 0]
    model = Framed().fit(X_test, target)
    mean_squared_error(target, model.predict(X_test))
    assert [name for name, *_ in scores(sessions)] == ["mean_squared_error_X_test"]


def test_variable_names() -> None:
    here = object()
    named, unnamed, nothing = variable(here, "?"), variable(object(), "?"), variable(None, "?")
    assert (named, unnamed, nothing) == ("here", "?", "?")
