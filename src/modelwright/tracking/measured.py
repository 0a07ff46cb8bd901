"""What a metric was measured on: the points of a call, and the logged model that is active."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any, Self

from ..core import settings
from ..core.errors import InvalidArgument
from ..core.given import mapping, shown
from .active import active_run
from .client import connect
from .client.base import now
from .entities import DatasetInput, InputTag, LoggedModel, Metric
from .experiment import experiment_id

CONTEXT = "mlflow.data.context"
EXTERNAL = "mlflow.model.isExternal"
_model: ContextVar[str | None] = ContextVar("modelwright_model", default=None)


def model_of(model_id: str | None) -> str | None:
    """The logged model that a metric is linked to: the one given, else the active one."""
    return model_id or _model.get() or settings.ACTIVE_MODEL_ID.get() or None


def required_model(model_id: str | None) -> str:
    """The logged model that a call is about."""
    found = model_of(model_id)
    if found is None:
        raise InvalidArgument("No logged model is active; give model_id=, or call set_active_model first")
    return found


def dataset_of(dataset: Any) -> tuple[str | None, str | None]:
    """Name and digest of the data set a metric was measured on."""
    return (None, None) if dataset is None else (dataset.name, dataset.digest)


def points(
    metrics: Mapping[str, Any], step: int | None, timestamp: int | None, model_id: str | None, dataset: Any
) -> list[Metric]:
    """The metrics of one call as points of one moment."""
    at, model, (name, digest) = now() if timestamp is None else timestamp, model_of(model_id), dataset_of(dataset)
    given = mapping("metrics", metrics).items()
    return [Metric(key, value, at, step or 0, model, name, digest) for key, value in given]


def used(dataset: Any, context: str | None, tags: Mapping[str, Any] | None) -> DatasetInput:
    """A data set as a run used it."""
    if not hasattr(dataset, "_to_mlflow_entity"):
        raise InvalidArgument(f"{shown(dataset)} is no data set; make one with data.from_pandas or its kin")
    said = [InputTag(key, str(value)) for key, value in mapping("tags", tags).items()]
    if context:
        said.append(InputTag(CONTEXT, context))
    return DatasetInput(dataset._to_mlflow_entity(), said)


class ActiveModel(LoggedModel):
    """The logged model that metrics are linked to; leaving its `with` block goes back to the one before."""

    _token: Token[str | None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._token is not None:
            _model.reset(self._token)
            self._token = None


def set_active_model(*, name: str | None = None, model_id: str | None = None) -> ActiveModel:
    """Link the metrics logged from now on, in this thread or task, to a logged model.

    Args:
        name: The newest of that name in the active experiment; announced when there is none.
        model_id: The logged model itself; this or `name`.

    Raises:
        InvalidArgument: Both or neither are given.
        NotFound: There is no logged model with this id.

    >>> import modelwright
    >>> with set_active_model(name="forest") as model, modelwright.start_run():
    ...     modelwright.log_metric("loss", 0.5)
    >>> modelwright.get_logged_model(model.model_id).metrics[0].value
    0.5
    """
    if (name is None) == (model_id is None):
        raise InvalidArgument(f"set_active_model got name={name!r} and model_id={model_id!r}; give one of the two")
    client = connect()
    if model_id is None:
        quoted = str(name).replace("'", "''")
        found = client.search_logged_models([experiment_id()], f"name = '{quoted}'", max_results=1)
        model = found[0] if found else announce(name, external=True)
    else:
        model = client.get_logged_model(model_id)
    active = ActiveModel(**{key: value for key, value in model.to_dictionary().items() if key != "model_uri"})
    active.metrics = model.metrics
    active._token = _model.set(model.model_id)
    return active


def get_active_model_id() -> str | None:
    """The logged model that metrics are linked to, or None.

    >>> get_active_model_id() is None
    True
    """
    return model_of(None)


def clear_active_model() -> None:
    """Link metrics to no logged model again.

    >>> _ = set_active_model(name="forest")
    >>> clear_active_model()
    >>> get_active_model_id() is None
    True
    """
    _model.set(None)


def announce(
    name: str | None = None,
    source_run_id: str | None = None,
    tags: dict[str, Any] | None = None,
    params: dict[str, Any] | None = None,
    model_type: str | None = None,
    experiment: str | None = None,
    *,
    external: bool = False,
) -> LoggedModel:
    """A new logged model in the experiment of its run; one whose files lie elsewhere is ready at once."""
    run = active_run()
    if source_run_id is None and run is not None:
        source_run_id = run.info.run_id
    client = run.client if run is not None else connect()
    if experiment is None:
        experiment = client.get_run(source_run_id).info.experiment_id if source_run_id else experiment_id()
    said = {**(tags or {}), **({EXTERNAL: "True"} if external else {})}
    model = client.create_logged_model(experiment, name, source_run_id, said, params, model_type)
    return client.finalize_logged_model(model.model_id, "READY") if external else model
