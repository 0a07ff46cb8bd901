"""Runs: started, ended, looked up and searched."""

from __future__ import annotations

from typing import Any

from ..tracking import active, search
from ..tracking.active import ActiveRun
from ..tracking.client import connect
from ..tracking.entities import Run, ViewType


def start_run(
    run_id: str | None = None,
    experiment_id: str | int | None = None,
    run_name: str | None = None,
    nested: bool = False,
    parent_run_id: str | None = None,
    tags: dict[str, Any] | None = None,
    description: str | None = None,
    log_system_metrics: bool | None = None,
) -> ActiveRun:
    """Open a run, or go on with an old one, and make it the active one of this thread or task.

    In a `with` block it ends by itself: FINISHED, FAILED after an exception, KILLED after Ctrl-C.

    Args:
        run_id: The run to go on with; the environment's MLFLOW_RUN_ID, once, when left out.
        experiment_id: The experiment it joins; the active one when left out.
        run_name: Its name; one is made up when left out.
        nested: Whether it is part of the run that is active now.
        parent_run_id: The run it is part of, when that one is not active.
        tags: Tags to set.
        description: A text about it.
        log_system_metrics: Whether the machine is sampled; None leaves it to the setting.

    Raises:
        WrongState: A run is active already and `nested` is False; or the run to go on with, its parent, or the
            experiment is deleted.
        NotFound: There is no such run, parent or experiment.
        InvalidArgument: `parent_run_id` is not the active run, or the description is given as a tag, too.

    >>> import modelwright
    >>> with modelwright.start_run(run_name="first", tags={"team": "a"}) as run:
    ...     modelwright.log_metric("loss", 0.25)
    >>> found = modelwright.get_run(run.info.run_id)
    >>> found.info.status, found.data.metrics, found.data.tags["team"]
    ('FINISHED', {'loss': 0.25}, 'a')
    """
    return active.start_run(
        run_id, experiment_id, run_name, nested, parent_run_id, tags, description, log_system_metrics
    )


def end_run(status: str = "FINISHED") -> None:
    """End the active run; nothing when there is none.

    Args:
        status: "FINISHED", "FAILED" or "KILLED".

    Raises:
        InvalidArgument: There is no such status.

    >>> import modelwright
    >>> run = modelwright.start_run()
    >>> modelwright.end_run("FAILED")
    >>> modelwright.get_run(run.info.run_id).info.status
    'FAILED'
    """
    active.end_run(status)


def last_active_run() -> Run | None:
    """The active run, else the one that ended last.

    >>> import modelwright
    >>> with modelwright.start_run() as run:
    ...     pass
    >>> modelwright.last_active_run().info.run_id == run.info.run_id
    True
    """
    return active.last_active_run()


def get_run(run_id: str) -> Run:
    """A run with its latest metrics, params, tags, inputs and outputs.

    Args:
        run_id: Its id; `NotFound` when there is none.

    Raises:
        NotFound: There is no such run.

    >>> import modelwright
    >>> with modelwright.start_run() as run:
    ...     modelwright.log_param("depth", 3)
    3
    >>> modelwright.get_run(run.info.run_id).data.params
    {'depth': '3'}
    """
    return connect().get_run(run_id)


def get_parent_run(run_id: str) -> Run | None:
    """The run that this one is nested in, or None.

    Args:
        run_id: The inner run.

    Raises:
        NotFound: There is no such run.

    >>> import modelwright
    >>> with modelwright.start_run() as outer, modelwright.start_run(nested=True) as inner:
    ...     pass
    >>> modelwright.get_parent_run(inner.info.run_id).info.run_id == outer.info.run_id
    True
    """
    return connect().get_parent_run(run_id)


def delete_run(run_id: str) -> None:
    """Delete a run; `MlflowClient().restore_run` brings it back.

    Args:
        run_id: Its id.

    Raises:
        NotFound: There is no such run.

    >>> import modelwright
    >>> with modelwright.start_run() as run:
    ...     pass
    >>> modelwright.delete_run(run.info.run_id)
    >>> modelwright.get_run(run.info.run_id).info.lifecycle_stage
    'deleted'
    """
    connect().delete_run(run_id)


def restore_run(run_id: str) -> None:
    """Bring a deleted run back.

    Args:
        run_id: Its id.

    Raises:
        NotFound: There is no such run.
        WrongState: It is not deleted, or its experiment is.

    >>> import modelwright
    >>> with modelwright.start_run() as run:
    ...     pass
    >>> modelwright.delete_run(run.info.run_id)
    >>> modelwright.restore_run(run.info.run_id)
    >>> modelwright.get_run(run.info.run_id).info.lifecycle_stage
    'active'
    """
    connect().restore_run(run_id)


def search_runs(
    experiment_ids: list[str] | None = None,
    filter_string: str = "",
    run_view_type: int = ViewType.ACTIVE_ONLY,
    max_results: int = 100_000,
    order_by: list[str] | None = None,
    output_format: str = "pandas",
    search_all_experiments: bool = False,
    experiment_names: list[str] | None = None,
) -> Any:
    """The runs that match, as a DataFrame or a list.

    Args:
        experiment_ids: Where to look; the active experiment when nothing is named.
        filter_string: Such as `"metrics.loss < 0.1 AND (params.kind = 'a' OR NOT tags.x = 'y')"`.
        run_view_type: `ViewType.ACTIVE_ONLY`, `DELETED_ONLY` or `ALL`.
        max_results: At most this many.
        order_by: Such as `["metrics.loss ASC"]`; the newest first when left out.
        output_format: "pandas" or "list".
        search_all_experiments: Whether to look everywhere.
        experiment_names: Where to look, by name.

    Raises:
        InvalidArgument: The filter, the order or the form of output cannot be used, or experiments are given both by id
            and by name.

    >>> import modelwright
    >>> for depth in (1, 2):
    ...     with modelwright.start_run():
    ...         modelwright.log_metric("loss", 1 / depth)
    >>> found = modelwright.search_runs(filter_string="metrics.loss < 0.7", output_format="list")
    >>> [run.data.metrics["loss"] for run in found]
    [0.5]
    """
    found = search.runs(
        experiment_ids, filter_string, run_view_type, max_results, order_by, search_all_experiments, experiment_names
    )
    return search.as_output(found, output_format, search.frame_of_runs)
