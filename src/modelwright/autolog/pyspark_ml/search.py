"""What a cross validation or a train-validation split found: a table, the best parameters, a run for each candidate."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from ..integration import Session
from . import stages
from .stages import Names, is_search

__all__ = ["described", "is_search", "results"]


def described(estimator: Any, names: Names) -> dict[str, Any]:
    """For every search in an estimator: what it tries, and the parameters of what it tunes."""
    return {
        names[stage.uid]: {
            "tuning_parameter_map_list": _candidates(stage, names),
            "tuned_estimator_parameter_map": stages.params(stage.getEstimator(), names, inner=True),
        }
        for stage in stages.walk(estimator)
        if is_search(stage)
    }


def results(estimator: Any, model: Any, names: Names, session: Session) -> None:
    """Log the results of a fitted search."""
    scores, best = _scores(estimator, model)
    candidates = _candidates(estimator, names)
    with session.part("child runs"):
        _children(estimator, scores, names, session)
    with session.part("search_results.csv"):
        session.artifact("search_results.csv", _table(candidates, scores))
    with session.part("best_parameters.json"):
        session.artifact("best_parameters.json", json.dumps(candidates[best], indent=2, default=str))
    session.params({f"best_{name}": value for name, value in candidates[best].items()})


def _candidates(search: Any, names: Names) -> list[dict[str, Any]]:
    return [
        {f"{names[param.parent]}.{param.name}": value for param, value in grid.items()}
        for grid in search.getEstimatorParamMaps()
    ]


def _scores(search: Any, model: Any) -> tuple[dict[str, Sequence[float]], int]:
    """The scores of each candidate by name, and which candidate is the best."""
    metric = search.getEvaluator().getMetricName()
    if hasattr(model, "avgMetrics"):
        averages: list[float] = list(model.avgMetrics)
        spread: list[float] = list(getattr(model, "stdMetrics", None) or ())
        found: dict[str, Sequence[float]] = {f"avg_{metric}": averages, **({f"std_{metric}": spread} if spread else {})}
    else:
        averages = list(model.validationMetrics)
        found = {metric: averages}
    choose = max if search.getEvaluator().isLargerBetter() else min
    return found, choose(range(len(averages)), key=averages.__getitem__)


def _children(search: Any, scores: dict[str, Sequence[float]], names: Names, session: Session) -> None:
    for number, grid in enumerate(search.getEstimatorParamMaps()):
        candidate = search.getEstimator().copy(grid)
        session.child(
            tags=stages.tags(candidate),
            params=stages.params(candidate, names),
            metrics={name: float(values[number]) for name, values in scores.items()},
        )


def _table(candidates: list[dict[str, Any]], scores: dict[str, Sequence[float]]) -> str:
    tried = list(dict.fromkeys(name for candidate in candidates for name in candidate))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["params", *scores, *(f"param.{name}" for name in tried)])
    for number, candidate in enumerate(candidates):
        found = [values[number] for values in scores.values()]
        writer.writerow([json.dumps(candidate, default=str), *found, *(candidate.get(name, "") for name in tried)])
    return text.getvalue()
