"""Scores and plots of a fitted estimator on its own training data, from one `predict` and one `predict_proba`."""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable
from typing import Any

from . import plots
from .integration import Session


def training(estimator: Any, X: Any, y: Any, weight: Any, session: Session) -> None:
    """Log `training_*` metrics under MLflow's names, and the plots of a classifier."""
    from sklearn.base import is_classifier, is_regressor
    from sklearn.utils.multiclass import type_of_target

    with session.part("training metrics"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a score that is undefined on this data is no news to the user
        if is_classifier(estimator):
            if type_of_target(y) != "multiclass-multioutput":  # no score takes those
                _classifier(estimator, X, y, weight, session)
        elif is_regressor(estimator):
            _regressor(estimator, X, y, weight, session)
        elif hasattr(estimator, "score"):
            _one(session, "training_score", lambda: _score(estimator, X, y, weight))


def _classifier(estimator: Any, X: Any, y: Any, weight: Any, session: Session) -> None:
    from sklearn import metrics
    from sklearn.utils.multiclass import type_of_target

    predicted = estimator.predict(X)
    positive = session.options.get("pos_label")
    averaged: dict[str, Any] = {"average": "weighted"} if positive is None else {"average": "binary"}
    if positive is not None:
        averaged["pos_label"] = positive
    for name in ("precision_score", "recall_score", "f1_score"):
        measure = getattr(metrics, name)
        _one(session, f"training_{name}", functools.partial(measure, y, predicted, sample_weight=weight, **averaged))
    accuracy = _one(
        session, "training_accuracy_score", lambda: metrics.accuracy_score(y, predicted, sample_weight=weight)
    )
    scores = None
    chances = estimator.predict_proba(X) if hasattr(estimator, "predict_proba") else None
    if chances is not None and not isinstance(chances, list):  # a list: one array for each of several outputs
        scores = chances[:, 1] if type_of_target(y) == "binary" and chances.shape[1] == 2 else chances
        _one(session, "training_log_loss", lambda: metrics.log_loss(y, chances, sample_weight=weight))
        _one(
            session, "training_roc_auc",
            lambda: metrics.roc_auc_score(y, scores, average="weighted", sample_weight=weight, multi_class="ovo"),
        )  # fmt: skip
    _log_score(session, estimator, X, y, weight, "ClassifierMixin", accuracy)
    _plots(estimator, X, y, predicted, scores, weight, session)


def _regressor(estimator: Any, X: Any, y: Any, weight: Any, session: Session) -> None:
    from sklearn import metrics

    predicted = estimator.predict(X)
    squared = _one(
        session, "training_mean_squared_error", lambda: metrics.mean_squared_error(y, predicted, sample_weight=weight)
    )
    _one(
        session, "training_mean_absolute_error", lambda: metrics.mean_absolute_error(y, predicted, sample_weight=weight)
    )
    r2 = _one(session, "training_r2_score", lambda: metrics.r2_score(y, predicted, sample_weight=weight))
    if squared is not None:
        session.metrics({"training_root_mean_squared_error": squared**0.5})
    _log_score(session, estimator, X, y, weight, "RegressorMixin", r2)


def _one(session: Session, name: str, measure: Callable[[], Any]) -> float | None:
    value: float | None = None
    with session.part(name):
        value = float(measure())
        session.metrics({name: value})
    return value


def _log_score(session: Session, estimator: Any, X: Any, y: Any, weight: Any, mixin: str, known: float | None) -> None:
    """`training_score`: the score that is already known where `score` is scikit-learn's own default for the kind."""
    owner = next((cls for cls in type(estimator).__mro__ if "score" in vars(cls)), None)
    if owner is not None and known is not None and (owner.__module__, owner.__name__) == ("sklearn.base", mixin):
        session.metrics({"training_score": known})
    elif owner is not None and hasattr(estimator, "score"):
        _one(session, "training_score", lambda: _score(estimator, X, y, weight))


def _score(estimator: Any, X: Any, y: Any, weight: Any) -> Any:
    if weight is not None and "sample_weight" in inspect.signature(estimator.score).parameters:
        return estimator.score(X, y, sample_weight=weight)
    return estimator.score(X, y)


def _plots(estimator: Any, X: Any, y: Any, predicted: Any, scores: Any, weight: Any, session: Session) -> None:
    from sklearn import metrics
    from sklearn.utils.multiclass import type_of_target, unique_labels

    if type_of_target(y) not in ("binary", "multiclass"):
        return
    labels: list[str] = []
    with session.part("training_confusion_matrix.png"):
        labels = [str(label) for label in unique_labels(y, predicted)]
        matrix = metrics.confusion_matrix(y, predicted, sample_weight=weight, normalize="true")
        picture = plots.matrix("Normalized confusion matrix", labels, matrix.tolist())
        session.artifact("training_confusion_matrix.png", picture)
    classes: Any = getattr(estimator, "classes_", ())
    if len(classes) != 2 or len(labels) != 2:
        return
    if scores is None and hasattr(estimator, "decision_function"):
        scores = estimator.decision_function(X)
    if scores is None:
        return
    positive = classes[1]
    with session.part("training_roc_curve.png"):
        across, up, _ = metrics.roc_curve(y, scores, pos_label=positive, sample_weight=weight)
        area = metrics.auc(across, up)
        picture = plots.curve(
            f"ROC curve (area {area:.3f})", "False positive rate", "True positive rate", across.tolist(), up.tolist(),
            diagonal=True,
        )  # fmt: skip
        session.artifact("training_roc_curve.png", picture)
    with session.part("training_precision_recall_curve.png"):
        precision, recall, _ = metrics.precision_recall_curve(y, scores, pos_label=positive, sample_weight=weight)
        average = metrics.average_precision_score(y, scores, pos_label=positive, sample_weight=weight)
        picture = plots.curve(
            f"Precision recall curve (average {average:.3f})", "Recall", "Precision", recall.tolist(),
            precision.tolist(),
        )  # fmt: skip
        session.artifact("training_precision_recall_curve.png", picture)
