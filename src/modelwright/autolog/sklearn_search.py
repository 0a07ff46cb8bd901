"""What a grid or random search found: one table, the best candidate on the search's run, the best few as child runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from numbers import Number
from typing import Any

from .integration import Session


def is_search(estimator: Any) -> bool:
    return any(
        cls.__module__ == "sklearn.model_selection._search" and cls.__name__ in ("GridSearchCV", "RandomizedSearchCV")
        for cls in type(estimator).__mro__
    )


def search(estimator: Any, tags: Mapping[str, str], session: Session) -> None:
    """Log the results of a fitted search; `tags` describe its candidates."""
    if hasattr(estimator, "best_score_"):
        session.metrics({"best_cv_score": estimator.best_score_})
    if hasattr(estimator, "best_params_"):
        session.params({f"best_{name}": value for name, value in estimator.best_params_.items()})
    with session.part("cv_results.csv"):
        session.artifact("cv_results.csv", _table(estimator.cv_results_))
    with session.part("child runs"):
        _children(estimator, tags, session)


def _table(results: Mapping[str, Any]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(results)
    writer.writerows(zip(*map(_plain, results.values()), strict=True))
    return text.getvalue()


def _plain(column: Any) -> list[Any]:
    """Values as Python's own, with nothing where a masked array has none."""
    values = column.tolist() if hasattr(column, "tolist") else list(column)
    return ["" if value is None and hasattr(column, "mask") else value for value in values]


def _children(estimator: Any, tags: Mapping[str, str], session: Session) -> None:
    results, most = estimator.cv_results_, session.options.get("max_tuning_runs", 5)
    rank = next((name for name in results if name.startswith("rank_test_")), None)
    order = range(len(results["params"]))
    if rank is not None and most is not None:
        order = sorted(order, key=lambda row: results[rank][row])  # type: ignore[assignment]
    seed = estimator.estimator
    settings = seed.get_params(deep=not is_search(seed))
    for row in order[:most]:
        numbers = {
            name: float(column[row])
            for name, column in results.items()
            if not name.startswith(("param", "split")) and isinstance(column[row], Number)
        }
        session.child(tags=tags, params={**settings, **results["params"][row]}, metrics=numbers)
