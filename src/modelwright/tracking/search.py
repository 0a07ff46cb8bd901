"""Searches over all pages, and runs as a pandas DataFrame."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from ..core.errors import InvalidArgument
from .client import connect
from .entities import Experiment, LoggedModel, ModelVersion, PagedList, RegisteredModel, Run, ViewType
from .experiment import experiment_id

log = logging.getLogger(__name__)
T = TypeVar("T")
_PAGE = 1000


def everything(page: Callable[[int, str | None], PagedList[T]], max_results: int | None, size: int = _PAGE) -> list[T]:
    """What a paged call finds in all, up to `max_results`."""
    if max_results is not None and (not isinstance(max_results, int) or max_results < 0):
        raise InvalidArgument(f"max_results={max_results!r}; expected a whole number from 0, or None for all")
    found: list[T] = []
    token = None
    while True:
        count = size if max_results is None else min(size, max_results - len(found))
        if count <= 0:
            return found
        part = page(count, token)
        found += part
        token = part.token
        if token is None:
            return found


def runs(
    experiment_ids: list[str] | None,
    filter_string: str,
    run_view_type: int,
    max_results: int,
    order_by: list[str] | None,
    search_all_experiments: bool,
    experiment_names: list[str] | None,
) -> list[Run]:
    """The runs that match; of the active experiment when none is named."""
    ids = _experiments(experiment_ids, search_all_experiments, experiment_names)
    if not ids:
        return []
    client = connect()
    return everything(
        lambda count, token: client.search_runs(ids, filter_string, run_view_type, count, order_by, token), max_results
    )


def as_output(found: list[Any], output_format: str, frame: Callable[[list[Any]], Any]) -> Any:
    """The results in the form that was asked for."""
    if output_format == "list":
        return found
    if output_format == "pandas":
        return frame(found)
    raise InvalidArgument(f"output_format={output_format!r} does not exist; use 'pandas' or 'list'")


def frame_of_runs(found: list[Run]) -> Any:
    """One row per run; columns `metrics.x`, `params.x` and `tags.x`, empty where a run has none."""
    import pandas

    info = [run.info for run in found]
    columns: dict[str, Any] = {
        name: [getattr(row, name) for row in info] for name in ("run_id", "experiment_id", "status", "artifact_uri")
    }
    for name in ("start_time", "end_time"):
        columns[name] = pandas.to_datetime([getattr(row, name) for row in info], unit="ms", utc=True)
    for kind, empty in (("metrics", float("nan")), ("params", None), ("tags", None)):
        data = [getattr(run.data, kind) for run in found]
        for key in dict.fromkeys(key for row in data for key in row):
            values = [row.get(key, empty) for row in data]
            columns[f"{kind}.{key}"] = values if kind == "metrics" else pandas.Series(values, dtype=object)
    return pandas.DataFrame(columns)


def experiments(
    view_type: int, max_results: int | None, filter_string: str | None, order_by: list[str] | None
) -> list[Experiment]:
    client = connect()
    return everything(
        lambda count, token: client.search_experiments(view_type, count, filter_string, order_by, token), max_results
    )


def registered_models(
    max_results: int | None, filter_string: str | None, order_by: list[str] | None
) -> list[RegisteredModel]:
    client = connect()
    return everything(
        lambda count, token: client.search_registered_models(filter_string, count, order_by, token), max_results, 100
    )


def model_versions(
    max_results: int | None, filter_string: str | None, order_by: list[str] | None
) -> list[ModelVersion]:
    client = connect()
    return everything(
        lambda count, token: client.search_model_versions(filter_string, count, order_by, token), max_results
    )


def logged_models(
    experiment_ids: list[str] | None,
    filter_string: str | None,
    datasets: list[dict[str, str]] | None,
    max_results: int | None,
    order_by: list[dict[str, Any]] | None,
) -> list[LoggedModel]:
    """The logged models that match; of the active experiment when none is named."""
    client, ids = connect(), experiment_ids or [experiment_id()]
    return everything(
        lambda count, token: client.search_logged_models(ids, filter_string, datasets, count, order_by, token),
        max_results,
        100,
    )


def frame_of_logged_models(found: list[LoggedModel]) -> Any:
    """One row per logged model."""
    import pandas

    return pandas.DataFrame([model.to_dictionary() for model in found])


def _experiments(ids: list[str] | None, everywhere: bool, names: list[str] | None) -> list[str]:
    if ids and names:
        raise InvalidArgument("experiment_ids and experiment_names are both given; give one of the two")
    if ids:
        return [str(i) for i in ids]
    if everywhere and not names:
        return [e.experiment_id for e in experiments(ViewType.ACTIVE_ONLY, None, None, None)]
    if not names:
        return [experiment_id()]
    client = connect()
    found = {name: client.get_experiment_by_name(name) for name in names}
    for name, experiment in found.items():
        if experiment is None:
            log.warning("there is no experiment %r to search", name)
    return [experiment.experiment_id for experiment in found.values() if experiment is not None]
