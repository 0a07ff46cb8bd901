"""Runs, and what is logged to them, through the client."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ...core.errors import InvalidArgument
from ...core.given import shown
from ...wire import messages as m
from ..background import WRITER, RunOperations
from ..entities import DatasetInput, LoggedModelInput, LoggedModelOutput, Metric, PagedList, Run, RunStatus, ViewType
from .base import Connection, now, pairs, write

PARENT_RUN_ID = "mlflow.parentRunId"
_PLURALS = {m.Param: "params", m.RunTag: "tags"}
_MAX_METRICS, _MAX_OTHERS = 1000, 100  # what MLflow's servers take in one batch


class Runs(Connection):
    def get_run(self, run_id: str) -> Run:
        """A run with its latest metrics, params, tags, inputs and outputs; `NotFound` when there is none.

        Args:
            run_id: The run.

        Raises:
            NotFound: There is no such run.
        """
        return Run.from_wire(self.runs.get_run(m.GetRun(run_id)).run)

    def get_parent_run(self, run_id: str) -> Run | None:
        """The run that this one is nested in, or None.

        Args:
            run_id: The inner run.

        Raises:
            NotFound: There is no such run.
        """
        parent = self.get_run(run_id).data.tags.get(PARENT_RUN_ID)
        return None if parent is None else self.get_run(parent)

    def get_metric_history(self, run_id: str, key: str) -> list[Metric]:
        """Every point of a metric, in the order it was logged.

        Args:
            run_id: The run.
            key: The metric's name.

        Raises:
            NotFound: There is no such run.

        >>> import modelwright
        >>> client = modelwright.MlflowClient()
        >>> run = client.create_run("0")
        >>> for step, loss in enumerate([0.5, 0.25]):
        ...     client.log_metric(run.info.run_id, "loss", loss, step=step)
        >>> [(point.step, point.value) for point in client.get_metric_history(run.info.run_id, "loss")]
        [(0, 0.5), (1, 0.25)]
        """
        points: list[Metric] = []
        token = ""
        while True:
            page = self.runs.get_metric_history(m.GetMetricHistory(run_id, key, token))
            points += map(Metric.from_wire, page.metrics)
            token = page.next_page_token
            if not token:
                return points

    def create_run(
        self,
        experiment_id: str,
        start_time: int | None = None,
        tags: dict[str, Any] | None = None,
        run_name: str | None = None,
    ) -> Run:
        """Make a run without making it the active one.

        Args:
            experiment_id: The experiment it joins.
            start_time: Milliseconds since 1970; now when left out.
            tags: Its first tags.
            run_name: Its name; one is made up when left out.

        Raises:
            NotFound: There is no such experiment.
            WrongState: The experiment is deleted.
            InvalidArgument: The name, or the key of a tag, cannot be used.

        >>> import modelwright
        >>> client = modelwright.MlflowClient()
        >>> run = client.create_run("0", run_name="first", tags={"team": "a"})
        >>> client.set_terminated(run.info.run_id)
        >>> client.get_run(run.info.run_id).info.status
        'FINISHED'
        """
        user = str((tags or {}).get("mlflow.user", "")) or "unknown"
        request = m.CreateRun(str(experiment_id), user, run_name or "", start_time or now(), pairs(m.RunTag, tags))
        return Run.from_wire(self.runs.create_run(request).run)

    def update_run(self, run_id: str, status: str | None = None, name: str | None = None) -> None:
        """Change a run's status ("RUNNING", "FINISHED", …) or name.

        Args:
            run_id: The run.
            status: "RUNNING", "SCHEDULED", "FINISHED", "FAILED" or "KILLED"; as it was when left out.
            name: Its new name; as it was when left out.

        Raises:
            NotFound: There is no such run.
            WrongState: The run is deleted.
            InvalidArgument: There is no such status.
        """
        word = None if status is None else RunStatus.word(status)
        self.runs.update_run(m.UpdateRun(run_id, word, run_name=name))

    def set_terminated(self, run_id: str, status: str | None = None, end_time: int | None = None) -> None:
        """End a run: "FINISHED" unless said otherwise. Waits for what is still written in the background.

        Args:
            run_id: The run.
            status: "FINISHED", "FAILED" or "KILLED".
            end_time: Milliseconds since 1970; now when left out.

        Raises:
            NotFound: There is no such run.
            WrongState: The run is deleted.
            InvalidArgument: There is no such status.
        """
        WRITER.flush()
        word = RunStatus.word(status or "FINISHED")
        self.runs.update_run(m.UpdateRun(run_id, word, end_time or now()))

    def delete_run(self, run_id: str) -> None:
        """Delete a run; `restore_run` brings it back.

        Args:
            run_id: The run.

        Raises:
            NotFound: There is no such run.
        """
        self.runs.delete_run(m.DeleteRun(run_id))

    def restore_run(self, run_id: str) -> None:
        """Bring a deleted run back.

        Args:
            run_id: The run.

        Raises:
            NotFound: There is no such run.
            WrongState: It is not deleted, or its experiment is.
        """
        self.runs.restore_run(m.RestoreRun(run_id))

    def search_runs(
        self,
        experiment_ids: Sequence[str],
        filter_string: str = "",
        run_view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[Run]:
        """One page of the runs that match.

        Args:
            experiment_ids: Where to look.
            filter_string: Such as `"metrics.loss < 0.1 AND (params.kind = 'a' OR NOT tags.x = 'y')"`.
            run_view_type: `ViewType.ACTIVE_ONLY`, `DELETED_ONLY` or `ALL`.
            max_results: At most this many on the page.
            order_by: Such as `["metrics.loss ASC"]`; the newest first when left out.
            page_token: The `token` of the page before.

        Raises:
            InvalidArgument: `filter_string` or `order_by` cannot be read; the message says where.

        >>> import modelwright
        >>> client = modelwright.MlflowClient()
        >>> for depth in (1, 2):
        ...     _ = client.log_param(client.create_run("0").info.run_id, "depth", depth)
        >>> [run.data.params for run in client.search_runs(["0"], "params.depth = '2'")]
        [{'depth': '2'}]
        """
        ids = [experiment_ids] if isinstance(experiment_ids, str | int) else experiment_ids
        request = m.SearchRuns(
            [str(i) for i in ids],
            filter_string or "",
            ViewType.word(run_view_type),
            max_results,
            [order_by] if isinstance(order_by, str) else list(order_by or ()),
            page_token or "",
        )
        page = self.runs.search_runs(request)
        return PagedList([Run.from_wire(run) for run in page.runs], page.next_page_token)

    def log_metric(
        self,
        run_id: str,
        key: str,
        value: float,
        timestamp: int | None = None,
        step: int | None = None,
        synchronous: bool | None = None,
        dataset_name: str | None = None,
        dataset_digest: str | None = None,
        model_id: str | None = None,
    ) -> RunOperations | None:
        """Add one point to a metric; NaN and ±inf are kept as they are.

        Args:
            run_id: The run.
            key: The metric's name.
            value: A number, or anything `float()` takes.
            timestamp: Milliseconds since 1970; now when left out.
            step: 0 when left out.
            synchronous: False to return at once, with something to `wait()` for.
            dataset_name: The dataset it was measured on.
            dataset_digest: Its digest.
            model_id: The logged model it was measured with.

        Raises:
            NotFound: There is no such run.
            WrongState: The run is deleted.
            InvalidArgument: The value is no number, the step or time no whole one, or the key cannot be used.
        """
        at, at_step = now() if timestamp is None else _whole("timestamp", timestamp), _whole("step", step)
        request = m.LogMetric(run_id, key, number(key, value), at, at_step, "", model_id, dataset_name, dataset_digest)
        return write(lambda: self.runs.log_metric(request), synchronous)

    def log_param(self, run_id: str, key: str, value: Any, synchronous: bool | None = None) -> Any:
        """Set a param once; the same value again is fine, another one is refused. Returns `value`.

        Args:
            run_id: The run.
            key: The param's name.
            value: Its value, kept as text.
            synchronous: False to return at once, with something to `wait()` for.

        Raises:
            NotFound: There is no such run.
            WrongState: The run is deleted.
            InvalidArgument: It has another value already, or the key or the value cannot be used.
        """
        request = m.LogParam(run_id, key, str(value))
        done = write(lambda: self.runs.log_param(request), synchronous)
        return value if done is None else done

    def set_tag(self, run_id: str, key: str, value: Any, synchronous: bool | None = None) -> RunOperations | None:
        """Set a tag of a run.

        Args:
            run_id: The run.
            key: The tag's name.
            value: Its value, kept as text.
            synchronous: False to return at once, with something to `wait()` for.

        Raises:
            NotFound: There is no such run.
            WrongState: The run is deleted.
            InvalidArgument: The key or the value cannot be used.
        """
        request = m.SetTag(run_id, key, str(value))
        return write(lambda: self.runs.set_tag(request), synchronous)

    def delete_tag(self, run_id: str, key: str) -> None:
        """Remove a tag of a run.

        Args:
            run_id: The run.
            key: The tag's name.

        Raises:
            NotFound: There is no such run, or it has no such tag.
            WrongState: The run is deleted.
        """
        self.runs.delete_tag(m.DeleteTag(run_id, key))

    def log_batch(
        self,
        run_id: str,
        metrics: Sequence[Any] = (),
        params: Sequence[Any] = (),
        tags: Sequence[Any] = (),
        synchronous: bool | None = None,
    ) -> RunOperations | None:
        """Log many things in few transactions, each of them all or nothing.

        Args:
            run_id: The run.
            metrics: `Metric` entities.
            params: `Param` entities.
            tags: `RunTag` entities.
            synchronous: False to return at once, with something to `wait()` for.

        Raises:
            NotFound: There is no such run.
            WrongState: The run is deleted.
            InvalidArgument: A param has another value already, or a key or value cannot be used.

        >>> import modelwright
        >>> from modelwright.entities import Metric, Param
        >>> client = modelwright.MlflowClient()
        >>> run = client.create_run("0").info.run_id
        >>> client.log_batch(run, [Metric("loss", 0.5, timestamp=0, step=1)], [Param("depth", "3")])
        >>> client.get_run(run).data.metrics, client.get_run(run).data.params
        ({'loss': 0.5}, {'depth': '3'})
        """
        points = [_point(point) for point in metrics]
        batches = _batches(run_id, points, _messages(m.Param, params), _messages(m.RunTag, tags))

        def send() -> None:
            for batch in batches:
                self.runs.log_batch(batch)

        return write(send, synchronous)

    def log_inputs(
        self,
        run_id: str,
        datasets: Sequence[DatasetInput] | None = None,
        models: Sequence[LoggedModelInput] | None = None,
    ) -> None:
        """Record what a run used: datasets and logged models.

        Args:
            run_id: The run.
            datasets: Data sets with the tags of their use, as `DatasetInput`.
            models: Logged models, as `LoggedModelInput`.

        Raises:
            NotFound: There is no such run.
            WrongState: The run is deleted.
            InvalidArgument: A data set's name or digest is missing or too long.
        """
        used = [
            m.DatasetInput(_dataset(given.dataset), [m.InputTag(tag.key, str(tag.value)) for tag in given.tags])
            for given in datasets or ()
        ]
        self.runs.log_inputs(m.LogInputs(run_id, used, [m.ModelInput(model.model_id) for model in models or ()]))

    def log_outputs(self, run_id: str, models: Sequence[LoggedModelOutput]) -> None:
        """Record which logged models a run made.

        Args:
            run_id: The run.
            models: Which, and at which step, as `LoggedModelOutput`.

        Raises:
            NotFound: There is no such run.
            WrongState: The run is deleted.
        """
        self.runs.log_outputs(m.LogOutputs(run_id, [m.ModelOutput(model.model_id, model.step) for model in models]))


def number(key: str, value: Any) -> float:
    """`value` as a metric's number: Python, numpy and framework scalars, and arrays or tensors of one element."""
    if type(value) is float:
        return value
    try:
        return float(value.item() if hasattr(value, "item") else value)
    except (TypeError, ValueError, OverflowError) as error:
        given = f"a whole number of {value.bit_length()} bits" if isinstance(value, int) else repr(value)
        raise InvalidArgument(f"Metric {key!r} was given {given}; a metric is one number (a 64-bit float)") from error


def _whole(what: str, value: Any) -> int:
    """A step or a time: any whole number, also one of NumPy or a float without a fraction."""
    if type(value) is int:
        return value
    try:
        found = 0 if value is None else int(value)
        if isinstance(value, float) and found != value:
            raise ValueError("it has a fraction")
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidArgument(f"The {what} {value!r} is no whole number; give an int") from error
    return found


def _point(given: Any) -> m.Metric:
    _entity("metrics", given, ("key", "value", "timestamp", "step"), "Metric(key, value, timestamp, step)")
    extra = (getattr(given, name, None) for name in ("dataset_name", "dataset_digest", "model_id"))
    value = number(given.key, given.value)
    at, step = _whole("timestamp", given.timestamp), _whole("step", given.step)
    return m.Metric(given.key, value, at, step, *extra)


def _messages(kind: type[Any], given: Iterable[Any]) -> list[Any]:
    found = []
    for pair in given:
        _entity(_PLURALS[kind], pair, ("key", "value"), f"{kind.__name__}(key, value)")
        found.append(kind(pair.key, str(pair.value)))
    return found


def _entity(what: str, given: Any, needs: Sequence[str], such: str) -> None:
    if not all(hasattr(given, name) for name in needs):
        raise InvalidArgument(f"{what}= holds {shown(given)}; expected entities such as modelwright.entities.{such}")


def _dataset(given: Any) -> m.Dataset:
    return m.Dataset(given.name, given.digest, given.source_type, given.source, given.schema, given.profile)


def _batches(run_id: str, metrics: list[Any], params: list[Any], tags: list[Any]) -> list[m.LogBatch]:
    """As few batches as the limits of a server allow; one for anything a training loop logs."""
    if not (metrics or params or tags):
        return []
    room = _MAX_METRICS - _MAX_OTHERS * 2
    count = max(-(-len(metrics) // room), -(-len(params) // _MAX_OTHERS), -(-len(tags) // _MAX_OTHERS))
    return [
        m.LogBatch(
            run_id,
            metrics[i * room : (i + 1) * room],
            params[i * _MAX_OTHERS : (i + 1) * _MAX_OTHERS],
            tags[i * _MAX_OTHERS : (i + 1) * _MAX_OTHERS],
        )
        for i in range(count)
    ]
