"""What a run is told: params, metrics, tags, the data and models it uses and makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core.given import mapping
from ..tracking import measured
from ..tracking.active import ensure_run, writing_to
from ..tracking.background import WRITER, RunOperations
from ..tracking.entities import LoggedModelInput, LoggedModelOutput, Param, RunTag


def log_param(key: str, value: Any, synchronous: bool | None = None) -> Any:
    """Log a param to the active run, which is started when there is none; returns `value`.

    Args:
        key: Its name.
        value: Its value, kept as text. Another value later is refused.
        synchronous: False to return at once, with something to `wait()` for.

    Raises:
        InvalidArgument: The param has another value already, or the key cannot be used.

    >>> import modelwright
    >>> with modelwright.start_run():
    ...     modelwright.log_param("depth", 3)
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

    Raises:
        InvalidArgument: A param has another value already, or a key cannot be used.
        NotFound: There is no run `run_id`.
        WrongState: The run is deleted.

    >>> import modelwright
    >>> with modelwright.start_run() as run:
    ...     modelwright.log_params({"depth": 3, "kind": "tree"})
    >>> modelwright.get_run(run.info.run_id).data.params
    {'depth': '3', 'kind': 'tree'}
    """
    client, run = writing_to(run_id)
    said = [Param(key, str(value)) for key, value in mapping("params", params).items()]
    return client.log_batch(run, params=said, synchronous=synchronous)


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

    Raises:
        InvalidArgument: The value is no number, the step or time no whole one, or the key cannot be used.
        NotFound: There is no run `run_id`.
        WrongState: The run is deleted.

    >>> import modelwright
    >>> with modelwright.start_run() as run:
    ...     for step, loss in enumerate([1.0, float("inf")]):
    ...         modelwright.log_metric("loss", loss, step=step)
    >>> modelwright.get_run(run.info.run_id).data.metrics
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

    Raises:
        InvalidArgument: A value is no number, the step or time no whole one, or a key cannot be used.
        NotFound: There is no run `run_id`.
        WrongState: The run is deleted.

    >>> import modelwright
    >>> with modelwright.start_run() as run:
    ...     modelwright.log_metrics({"loss": 0.5, "accuracy": 0.9}, step=1)
    >>> modelwright.get_run(run.info.run_id).data.metrics
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

    Raises:
        InvalidArgument: The key cannot be used.

    >>> import modelwright
    >>> with modelwright.start_run() as run:
    ...     modelwright.set_tag("team", "a")
    >>> modelwright.get_run(run.info.run_id).data.tags["team"]
    'a'
    """
    run = ensure_run()
    return run.client.set_tag(run.info.run_id, key, value, synchronous)


def set_tags(tags: Mapping[str, Any], synchronous: bool | None = None) -> RunOperations | None:
    """Set many tags of the active run at once, all of them or none.

    Args:
        tags: Names and values, kept as text.
        synchronous: False to return at once, with something to `wait()` for.

    Raises:
        InvalidArgument: A key cannot be used.

    >>> import modelwright
    >>> with modelwright.start_run() as run:
    ...     modelwright.set_tags({"team": "a", "year": 2024})
    >>> modelwright.get_run(run.info.run_id).data.tags["year"]
    '2024'
    """
    run, pairs = ensure_run(), [RunTag(key, str(value)) for key, value in mapping("tags", tags).items()]
    return run.client.log_batch(run.info.run_id, tags=pairs, synchronous=synchronous)


def delete_tag(key: str) -> None:
    """Remove a tag of the active run.

    Args:
        key: Its name; `NotFound` when the run has no such tag.

    Raises:
        NotFound: The run has no such tag.

    >>> import modelwright
    >>> with modelwright.start_run(tags={"team": "a"}) as run:
    ...     modelwright.delete_tag("team")
    >>> "team" in modelwright.get_run(run.info.run_id).data.tags
    False
    """
    run = ensure_run()
    run.client.delete_tag(run.info.run_id, key)


def flush_async_logging() -> None:
    """Wait until everything logged with `synchronous=False` is written.

    >>> import modelwright
    >>> with modelwright.start_run() as run:
    ...     _ = modelwright.log_metric("loss", 0.5, synchronous=False)
    ...     modelwright.flush_async_logging()
    ...     modelwright.get_run(run.info.run_id).data.metrics
    {'loss': 0.5}
    """
    WRITER.flush()


def flush_artifact_async_logging() -> None:
    """Wait until every image logged with `synchronous=False` is written.

    >>> import modelwright
    >>> import numpy
    >>> with modelwright.start_run() as run:
    ...     _ = modelwright.log_image(numpy.zeros((8, 8), "uint8"), key="black", synchronous=False)
    ...     modelwright.flush_artifact_async_logging()
    >>> len(modelwright.artifacts.list_artifacts(f"runs:/{run.info.run_id}/images"))
    2
    """
    WRITER.flush()


def log_input(
    dataset: Any = None, context: str | None = None, tags: dict[str, str] | None = None, model: Any = None
) -> None:
    """Record a data set, or a logged model, that the active run uses.

    Args:
        dataset: Made by `modelwright.data.from_pandas` and its kin.
        context: What it is used for, such as "training".
        tags: Further facts about this use.
        model: A logged model that is used.

    >>> import modelwright
    >>> import numpy
    >>> with modelwright.start_run() as run:
    ...     modelwright.log_input(modelwright.data.from_numpy(numpy.zeros((4, 2)), name="zeros"), context="training")
    >>> used = modelwright.get_run(run.info.run_id).inputs.dataset_inputs[0]
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

    Raises:
        ValueError: The lists have different lengths.

    >>> import modelwright
    >>> import numpy
    >>> train, test = (modelwright.data.from_numpy(numpy.zeros((rows, 2)), name=f"{rows} rows") for rows in (8, 2))
    >>> with modelwright.start_run() as run:
    ...     modelwright.log_inputs([train, test], contexts=["training", "testing"])
    >>> sorted(used.dataset.name for used in modelwright.get_run(run.info.run_id).inputs.dataset_inputs)
    ['2 rows', '8 rows']
    """
    run, sets = ensure_run(), list(datasets or ())
    given = zip(sets, contexts or [None] * len(sets), tags_list or [None] * len(sets), strict=True)
    used = [measured.used(dataset, context, tags) for dataset, context, tags in given]
    run.client.log_inputs(run.info.run_id, used, [LoggedModelInput(model.model_id) for model in models or ()])


def log_outputs(models: Sequence[LoggedModelOutput] | None = None) -> None:
    """Record logged models that the active run made.

    Args:
        models: Which, and at which step.

    >>> import modelwright
    >>> with modelwright.start_run() as run:
    ...     model = modelwright.initialize_logged_model("forest")
    ...     modelwright.log_outputs([modelwright.entities.LoggedModelOutput(model.model_id, step=3)])
    >>> modelwright.get_run(run.info.run_id).outputs.model_outputs[0].step
    3
    """
    run = ensure_run()
    run.client.log_outputs(run.info.run_id, list(models or ()))
