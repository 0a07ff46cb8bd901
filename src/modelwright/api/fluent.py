"""The functions at the top of the package: what a training script calls, over the active run and experiment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

from ..core import uris
from ..tracking import active, experiment, measured, search, where
from ..tracking.active import ActiveRun, ensure_run, experiment_here, writing_to
from ..tracking.background import WRITER, RunOperations
from ..tracking.client import connect
from ..tracking.entities import (
    Experiment,
    LoggedModelInput,
    LoggedModelOutput,
    Param,
    Run,
    RunTag,
    ViewType,
)

# --- where ------------------------------------------------------------------------------------------------------------


def set_tracking_uri(uri: str | PathLike[str]) -> None:
    """Choose where runs are kept, for the whole process and its children.

    Args:
        uri: A directory, `sqlite:///path/store.db`, or "" to go back to the environment's choice.

    >>> set_tracking_uri("my/runs")
    >>> get_tracking_uri()
    'my/runs'
    """
    where.set_tracking_uri(uri)


def get_tracking_uri() -> str:
    """Where runs are kept: set in code, by the environment, or `./mwruns`.

    >>> get_tracking_uri().endswith("/mwruns")
    True
    """
    return where.tracking_uri()


def is_tracking_uri_set() -> bool:
    """Whether code or environment chose where runs are kept.

    >>> is_tracking_uri_set()
    False
    """
    return where.is_tracking_uri_set()


def set_registry_uri(uri: str | PathLike[str]) -> None:
    """Choose where registered models are kept, when that is not the tracking store.

    Args:
        uri: A directory or `sqlite:///path/store.db`.

    >>> set_registry_uri("my/registry")
    >>> get_registry_uri()
    'my/registry'
    """
    where.set_registry_uri(uri)


def get_registry_uri() -> str:
    """Where registered models are kept.

    >>> get_registry_uri() == get_tracking_uri()
    True
    """
    return where.registry_uri()


# --- runs -------------------------------------------------------------------------------------------------------------


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

    >>> with start_run(run_name="first", tags={"team": "a"}) as run:
    ...     log_metric("loss", 0.25)
    >>> found = get_run(run.info.run_id)
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

    >>> run = start_run()
    >>> end_run("FAILED")
    >>> get_run(run.info.run_id).info.status
    'FAILED'
    """
    active.end_run(status)


def last_active_run() -> Run | None:
    """The active run, else the one that ended last.

    >>> with start_run() as run:
    ...     pass
    >>> last_active_run().info.run_id == run.info.run_id
    True
    """
    return active.last_active_run()


def get_run(run_id: str) -> Run:
    """A run with its latest metrics, params, tags, inputs and outputs.

    Args:
        run_id: Its id; `NotFound` when there is none.

    >>> with start_run() as run:
    ...     log_param("depth", 3)
    3
    >>> get_run(run.info.run_id).data.params
    {'depth': '3'}
    """
    return connect().get_run(run_id)


def get_parent_run(run_id: str) -> Run | None:
    """The run that this one is nested in, or None.

    Args:
        run_id: The inner run.

    >>> with start_run() as outer, start_run(nested=True) as inner:
    ...     pass
    >>> get_parent_run(inner.info.run_id).info.run_id == outer.info.run_id
    True
    """
    return connect().get_parent_run(run_id)


def delete_run(run_id: str) -> None:
    """Delete a run; `MlflowClient().restore_run` brings it back.

    Args:
        run_id: Its id.

    >>> with start_run() as run:
    ...     pass
    >>> delete_run(run.info.run_id)
    >>> get_run(run.info.run_id).info.lifecycle_stage
    'deleted'
    """
    connect().delete_run(run_id)


def restore_run(run_id: str) -> None:
    """Bring a deleted run back.

    Args:
        run_id: Its id.
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

    >>> for depth in (1, 2):
    ...     with start_run():
    ...         log_metric("loss", 1 / depth)
    >>> [run.data.metrics["loss"] for run in search_runs(filter_string="metrics.loss < 0.7", output_format="list")]
    [0.5]
    """
    found = search.runs(
        experiment_ids, filter_string, run_view_type, max_results, order_by, search_all_experiments, experiment_names
    )
    return search.as_output(found, output_format, search.frame_of_runs)


# --- experiments ------------------------------------------------------------------------------------------------------


def set_experiment(experiment_name: str | None = None, experiment_id: str | None = None) -> Experiment:
    """Choose the experiment that new runs join; one that does not exist, or was deleted, is made anew.

    Called in the main thread it holds for the process and its children, in another thread or task for that one.

    Args:
        experiment_name: Its name.
        experiment_id: Its id, instead of the name; it must exist.

    >>> set_experiment("iris").name
    'iris'
    """
    return experiment.set_experiment(experiment_name, experiment_id)


def create_experiment(name: str, artifact_location: str | None = None, tags: dict[str, Any] | None = None) -> str:
    """Make an experiment and return its id.

    Args:
        name: Its name; `AlreadyExists` when it is taken.
        artifact_location: Where the files of its runs go; into the store's own directory when left out.
        tags: Its first tags.

    >>> get_experiment(create_experiment("iris", tags={"team": "a"})).tags
    {'team': 'a'}
    """
    return connect().create_experiment(name, artifact_location, tags)


def get_experiment(experiment_id: str) -> Experiment:
    """An experiment by its id; `NotFound` when there is none.

    Args:
        experiment_id: Its id.

    >>> get_experiment("0").name
    'Default'
    """
    return connect().get_experiment(experiment_id)


def get_experiment_by_name(name: str) -> Experiment | None:
    """An experiment by its name, or None.

    Args:
        name: Its name.

    >>> get_experiment_by_name("nothing of the sort") is None
    True
    """
    return connect().get_experiment_by_name(name)


def search_experiments(
    view_type: int = ViewType.ACTIVE_ONLY,
    max_results: int | None = None,
    filter_string: str | None = None,
    order_by: list[str] | None = None,
) -> list[Experiment]:
    """The experiments that match.

    Args:
        view_type: `ViewType.ACTIVE_ONLY`, `DELETED_ONLY` or `ALL`.
        max_results: At most this many; all when left out.
        filter_string: Such as `"name LIKE 'iris%'"`.
        order_by: Such as `["name ASC"]`.

    >>> _ = create_experiment("iris")
    >>> [experiment.name for experiment in search_experiments(order_by=["name ASC"])]
    ['Default', 'iris']
    """
    return search.experiments(view_type, max_results, filter_string, order_by)


def delete_experiment(experiment_id: str) -> None:
    """Delete an experiment with its runs; `restore_experiment` brings them back.

    Args:
        experiment_id: Its id.

    >>> made = create_experiment("iris")
    >>> delete_experiment(made)
    >>> get_experiment(made).lifecycle_stage
    'deleted'
    """
    connect().delete_experiment(experiment_id)


def restore_experiment(experiment_id: str) -> None:
    """Bring a deleted experiment back.

    Args:
        experiment_id: Its id.
    """
    connect().restore_experiment(experiment_id)


def set_experiment_tag(key: str, value: Any) -> None:
    """Set a tag of the active experiment.

    Args:
        key: Its name.
        value: Its value, kept as text.

    >>> experiment = set_experiment("iris")
    >>> set_experiment_tag("team", "a")
    >>> get_experiment(experiment.experiment_id).tags
    {'team': 'a'}
    """
    connect().set_experiment_tag(experiment_here(), key, value)


def set_experiment_tags(tags: Mapping[str, Any]) -> None:
    """Set tags of the active experiment.

    Args:
        tags: Names and values, kept as text.
    """
    for key, value in tags.items():
        set_experiment_tag(key, value)


def delete_experiment_tag(key: str) -> None:
    """Remove a tag of the active experiment.

    Args:
        key: Its name.
    """
    connect().delete_experiment_tag(experiment_here(), key)


# --- params, metrics, tags --------------------------------------------------------------------------------------------


def log_param(key: str, value: Any, synchronous: bool | None = None) -> Any:
    """Log a param to the active run, which is started when there is none; returns `value`.

    Args:
        key: Its name.
        value: Its value, kept as text. Another value later is refused.
        synchronous: False to return at once, with something to `wait()` for.

    >>> with start_run():
    ...     log_param("depth", 3)
    3
    """
    run = ensure_run()
    return run.client.log_param(run.info.run_id, key, value, synchronous)


def log_params(
    params: Mapping[str, Any], synchronous: bool | None = None, run_id: str | None = None
) -> RunOperations | None:
    """Log many params at once, all of them or none.

    Args:
        params: Names and values.
        synchronous: False to return at once, with something to `wait()` for.
        run_id: The run, when not the active one.

    >>> with start_run() as run:
    ...     log_params({"depth": 3, "kind": "tree"})
    >>> get_run(run.info.run_id).data.params
    {'depth': '3', 'kind': 'tree'}
    """
    client, run = writing_to(run_id)
    return client.log_batch(run, params=[Param(k, str(v)) for k, v in params.items()], synchronous=synchronous)


def log_metric(
    key: str,
    value: float,
    step: int | None = None,
    synchronous: bool | None = None,
    timestamp: int | None = None,
    run_id: str | None = None,
    model_id: str | None = None,
    dataset: Any = None,
) -> RunOperations | None:
    """Add one point to a metric of the active run, which is started when there is none.

    Args:
        key: The metric's name.
        value: A number; NaN and ±inf are kept as they are.
        step: Where it belongs, such as the epoch; 0 when left out.
        synchronous: False to return at once, with something to `wait()` for.
        timestamp: Milliseconds since 1970; now when left out.
        run_id: The run, when not the active one.
        model_id: The logged model it was measured with; the active one when left out.
        dataset: The data set it was measured on.

    >>> with start_run() as run:
    ...     for step, loss in enumerate([1.0, float("inf")]):
    ...         log_metric("loss", loss, step=step)
    >>> get_run(run.info.run_id).data.metrics
    {'loss': inf}
    """
    client, run = writing_to(run_id)
    on, model = measured.dataset_of(dataset), measured.model_of(model_id)
    return client.log_metric(run, key, value, timestamp, step, synchronous, *on, model)


def log_metrics(
    metrics: Mapping[str, float],
    step: int | None = None,
    synchronous: bool | None = None,
    run_id: str | None = None,
    timestamp: int | None = None,
    model_id: str | None = None,
    dataset: Any = None,
) -> RunOperations | None:
    """Add one point to each of many metrics, all of them or none.

    Args:
        metrics: Names and numbers.
        step: Where they belong, such as the epoch; 0 when left out.
        synchronous: False to return at once, with something to `wait()` for.
        run_id: The run, when not the active one.
        timestamp: Milliseconds since 1970; now when left out.
        model_id: The logged model they were measured with; the active one when left out.
        dataset: The data set they were measured on.

    >>> with start_run() as run:
    ...     log_metrics({"loss": 0.5, "accuracy": 0.9}, step=1)
    >>> get_run(run.info.run_id).data.metrics
    {'accuracy': 0.9, 'loss': 0.5}
    """
    client, run = writing_to(run_id)
    points = measured.points(metrics, step, timestamp, model_id, dataset)
    return client.log_batch(run, points, synchronous=synchronous)


def set_tag(key: str, value: Any, synchronous: bool | None = None) -> RunOperations | None:
    """Set a tag of the active run, which is started when there is none.

    Args:
        key: Its name.
        value: Its value, kept as text.
        synchronous: False to return at once, with something to `wait()` for.

    >>> with start_run() as run:
    ...     set_tag("team", "a")
    >>> get_run(run.info.run_id).data.tags["team"]
    'a'
    """
    run = ensure_run()
    return run.client.set_tag(run.info.run_id, key, value, synchronous)


def set_tags(tags: Mapping[str, Any], synchronous: bool | None = None) -> RunOperations | None:
    """Set many tags of the active run at once, all of them or none.

    Args:
        tags: Names and values, kept as text.
        synchronous: False to return at once, with something to `wait()` for.

    >>> with start_run() as run:
    ...     set_tags({"team": "a", "year": 2024})
    >>> get_run(run.info.run_id).data.tags["year"]
    '2024'
    """
    run, pairs = ensure_run(), [RunTag(key, str(value)) for key, value in tags.items()]
    return run.client.log_batch(run.info.run_id, tags=pairs, synchronous=synchronous)


def delete_tag(key: str) -> None:
    """Remove a tag of the active run.

    Args:
        key: Its name; `NotFound` when the run has no such tag.

    >>> with start_run(tags={"team": "a"}) as run:
    ...     delete_tag("team")
    >>> "team" in get_run(run.info.run_id).data.tags
    False
    """
    run = ensure_run()
    run.client.delete_tag(run.info.run_id, key)


def flush_async_logging() -> None:
    """Wait until everything logged with `synchronous=False` is written.

    >>> with start_run() as run:
    ...     _ = log_metric("loss", 0.5, synchronous=False)
    ...     flush_async_logging()
    ...     get_run(run.info.run_id).data.metrics
    {'loss': 0.5}
    """
    WRITER.flush()


def flush_artifact_async_logging() -> None:
    """Wait until every image logged with `synchronous=False` is written."""
    WRITER.flush()


# --- inputs and outputs -----------------------------------------------------------------------------------------------


def log_input(
    dataset: Any = None, context: str | None = None, tags: dict[str, str] | None = None, model: Any = None
) -> None:
    """Record a data set, or a logged model, that the active run uses.

    Args:
        dataset: Made by `modelwright.data.from_pandas` and its kin.
        context: What it is used for, such as "training".
        tags: Further facts about this use.
        model: A logged model that is used.

    >>> import numpy, modelwright
    >>> with start_run() as run:
    ...     log_input(modelwright.data.from_numpy(numpy.zeros((4, 2)), name="zeros"), context="training")
    >>> used = get_run(run.info.run_id).inputs.dataset_inputs[0]
    >>> used.dataset.name, used.tags[0].value
    ('zeros', 'training')
    """
    datasets, models = ([] if given is None else [given] for given in (dataset, model))
    log_inputs(datasets, [context] * len(datasets), [tags] * len(datasets), models)


def log_inputs(
    datasets: Sequence[Any] | None = None,
    contexts: Sequence[str | None] | None = None,
    tags_list: Sequence[dict[str, str] | None] | None = None,
    models: Sequence[Any] | None = None,
) -> None:
    """Record several data sets and logged models that the active run uses.

    Args:
        datasets: Made by `modelwright.data.from_pandas` and its kin.
        contexts: What each is used for.
        tags_list: Further facts about each use.
        models: Logged models that are used.
    """
    run, sets = ensure_run(), list(datasets or ())
    given = zip(sets, contexts or [None] * len(sets), tags_list or [None] * len(sets), strict=True)
    used = [measured.used(dataset, context, tags) for dataset, context, tags in given]
    run.client.log_inputs(run.info.run_id, used, [LoggedModelInput(model.model_id) for model in models or ()])


def log_outputs(models: Sequence[LoggedModelOutput] | None = None) -> None:
    """Record logged models that the active run made.

    Args:
        models: Which, and at which step.
    """
    run = ensure_run()
    run.client.log_outputs(run.info.run_id, list(models or ()))


# --- files ------------------------------------------------------------------------------------------------------------


def log_artifact(local_path: str | PathLike[str], artifact_path: str | None = None, run_id: str | None = None) -> None:
    """Copy a file, or a directory under its own name, to a run's artifacts.

    Args:
        local_path: What to copy.
        artifact_path: The directory among the artifacts it goes to; their root when left out.
        run_id: The run, when not the active one.

    >>> import modelwright
    >>> with open("notes.txt", "w") as file:
    ...     _ = file.write("hello")
    >>> with start_run() as run:
    ...     log_artifact("notes.txt", "texts")
    >>> [file.path for file in modelwright.MlflowClient().list_artifacts(run.info.run_id, "texts")]
    ['texts/notes.txt']
    """
    client, run = writing_to(run_id)
    client.log_artifact(run, local_path, artifact_path)


def log_artifacts(local_dir: str | PathLike[str], artifact_path: str | None = None, run_id: str | None = None) -> None:
    """Copy what a directory holds to a run's artifacts.

    Args:
        local_dir: The directory.
        artifact_path: Where its content goes; the root of the artifacts when left out.
        run_id: The run, when not the active one.
    """
    client, run = writing_to(run_id)
    client.log_artifacts(run, local_dir, artifact_path)


def log_text(text: str, artifact_file: str, run_id: str | None = None) -> None:
    """Write a text to a run's artifacts, as UTF-8.

    Args:
        text: The text.
        artifact_file: Where it goes, such as "notes/today.txt".
        run_id: The run, when not the active one.

    >>> import modelwright
    >>> with start_run():
    ...     log_text("hello", "notes/today.txt")
    ...     modelwright.artifacts.load_text(get_artifact_uri("notes/today.txt"))
    'hello'
    """
    client, run = writing_to(run_id)
    client.log_text(run, text, artifact_file)


def log_dict(dictionary: Any, artifact_file: str, run_id: str | None = None) -> None:
    """Write a dictionary or list to a run's artifacts: YAML when the name ends in .yml or .yaml, else JSON.

    Args:
        dictionary: The data; what JSON does not know is written as text.
        artifact_file: Where it goes.
        run_id: The run, when not the active one.

    >>> import modelwright
    >>> with start_run():
    ...     log_dict({"a": 1}, "facts.json")
    ...     modelwright.artifacts.load_dict(get_artifact_uri("facts.json"))
    {'a': 1}
    """
    client, run = writing_to(run_id)
    client.log_dict(run, dictionary, artifact_file)


def log_figure(figure: Any, artifact_file: str, *, save_kwargs: dict[str, Any] | None = None) -> None:
    """Write a matplotlib or plotly figure to the active run's artifacts.

    Args:
        figure: The figure.
        artifact_file: Where it goes; the ending says the format.
        save_kwargs: Passed on to `savefig`, `write_html` or `write_image`.
    """
    run = ensure_run()
    run.client.log_figure(run.info.run_id, figure, artifact_file, save_kwargs=save_kwargs)


def log_image(
    image: Any,
    artifact_file: str | None = None,
    key: str | None = None,
    step: int | None = None,
    timestamp: int | None = None,
    synchronous: bool | None = False,
) -> RunOperations | None:
    """Write a picture to the active run's artifacts: once as `artifact_file`, or as one of a series under `key`.

    Args:
        image: A numpy array, a PIL image or a `modelwright.Image`.
        artifact_file: Where it goes; not together with the others.
        key: The name of the series.
        step: Its place in the series; 0 when left out.
        timestamp: Milliseconds since 1970; now when left out.
        synchronous: True to return only when the picture of a series is written.

    >>> import numpy, modelwright
    >>> with start_run() as run:
    ...     log_image(numpy.zeros((8, 8), "uint8"), "black.png")
    >>> [file.path for file in modelwright.MlflowClient().list_artifacts(run.info.run_id)]
    ['black.png']
    """
    run = ensure_run()
    return run.client.log_image(run.info.run_id, image, artifact_file, key, step, timestamp, synchronous)


def log_table(data: Any, artifact_file: str, run_id: str | None = None) -> None:
    """Write a table to a run's artifacts, below the rows it already has there.

    Args:
        data: A pandas DataFrame, or a dictionary of columns.
        artifact_file: Where it goes; ends in .json or .parquet.
        run_id: The run, when not the active one.

    >>> with start_run():
    ...     log_table({"x": [1, 2]}, "points.json")
    ...     log_table({"x": [3]}, "points.json")
    >>> load_table("points.json")["x"].tolist()
    [1, 2, 3]
    """
    client, run = writing_to(run_id)
    client.log_table(run, data, artifact_file)


def load_table(artifact_file: str, run_ids: list[str] | None = None, extra_columns: list[str] | None = None) -> Any:
    """The tables of several runs of the active experiment as one DataFrame.

    Args:
        artifact_file: The table's name.
        run_ids: Only these runs; all of the experiment when left out.
        extra_columns: What to add to each row of its run, such as "run_id" or "params.x".
    """
    return connect().load_table(experiment_here(), artifact_file, run_ids, extra_columns)


def get_artifact_uri(artifact_path: str | None = None) -> str:
    """The address of the active run's files, or of one of them.

    Args:
        artifact_path: The file or directory.

    >>> with start_run() as run:
    ...     get_artifact_uri("model").endswith(f"{run.info.run_id}/artifacts/model")
    True
    """
    return uris.join(ensure_run().info.artifact_uri or "", artifact_path or "")
