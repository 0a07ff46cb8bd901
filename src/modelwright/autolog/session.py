"""One watched call on a run: parameters, metrics, data sets, files, the model, and how it went.

Writes are gathered and sent a few times a second and at the end, so a training of a thousand rounds is a handful of
transactions. Nothing here raises: what was not recorded is named in the run's tags,

    autolog.status   ok | partial | failed
    autolog.reason   what is missing, and why
"""

from __future__ import annotations

import logging
import threading
import time
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from types import FunctionType
from typing import Any, TypeVar, cast

from ..models.containers import container
from ..models.infer import as_column
from ..models.load import flavor as flavor_named
from ..models.signature import ModelSignature, infer_signature
from ..tracking import active, files, provenance
from ..tracking.client import MlflowClient
from ..tracking.client.runs import PARENT_RUN_ID
from ..tracking.entities import DatasetInput, InputTag, Metric, Param, RunTag
from ..tracking.log_model import log_model
from . import scoring
from .data import described
from .engine import Enabled
from .integration import Integration, Sample, Watcher
from .later import RunScores

log = logging.getLogger(__name__)

AUTOLOGGING, CONTEXT = "mlflow.autologging", "mlflow.data.context"
STATUS, REASON = "autolog.status", "autolog.reason"
_EVERY = 0.25  # seconds between two writes while a call runs
_LONGEST_PARAM, _LONGEST_REASON, _LONGEST_KEY = 6000, 2000, 250
_RANK = ("ok", "partial", "failed")
_managed: set[str] = set()  # runs that sessions opened and have not ended yet
_outcomes: OrderedDict[str, tuple[str, tuple[str, ...]]] = OrderedDict()  # of runs with several recorded calls

Write = TypeVar("Write", bound=Callable[..., None])


class _NoRun(Exception):
    """There is no run to write to, which was said once already."""


def admit(enabled_options: Mapping[str, Any]) -> bool:
    """Whether a call made now may be recorded: not into the user's own run when `exclusive` was asked for."""
    return not enabled_options.get("exclusive") or _users_run() is None


def _users_run() -> active.ActiveRun | None:
    run = active.active_run()
    return None if run is None or run.info.run_id in _managed else run


def _recording(method: Write) -> Write:
    """Errors of a write are named in the outcome; what comes after goes on."""

    @wraps(method)
    def careful(self: RunSession, *args: Any, **kwargs: Any) -> None:
        with self.part(method.__name__):
            method(self, *args, **kwargs)

    return cast(Write, careful)


class RunSession:
    """The session that the engine opens; its run starts with the first write."""

    def __init__(self, enabled: Enabled) -> None:
        self.options = enabled.options
        self._enabled = enabled
        self._run: active.ActiveRun | None = None
        self._ours = False  # whether the run was started here
        self._broken = False  # whether starting it failed
        self._params: dict[str, Any] = {}
        self._metrics: list[Metric] = []
        self._tags: dict[str, str] = {}
        self._taken: dict[str, str] | None = None  # params that the run had before this call
        self._losses: list[str] = []
        self._flushed = 0.0
        self._lock = threading.RLock()

    def __reduce__(self) -> Any:
        """To a process that works for this one: there it writes to the same run, and leaves ending it to this one."""
        run = self._begin()
        return _elsewhere, (self._enabled.integration, dict(self.options), run.client.tracking_uri, run.info.run_id)

    @property
    def run_id(self) -> str:
        return self._begin().info.run_id

    @_recording
    def params(self, values: Mapping[str, Any]) -> None:
        self._begin()
        with self._lock:
            for name, value in values.items():
                self._params[name] = _text(value)
        self._flush_if_due()

    @_recording
    def metrics(self, values: Mapping[str, float], step: int | None = None) -> None:
        self._begin()
        now = time.time_ns() // 1_000_000
        with self._lock:
            self._metrics += [Metric(name, float(value), now, step or 0) for name, value in values.items()]
        self._flush_if_due()

    @_recording
    def tags(self, values: Mapping[str, str]) -> None:
        self._begin()
        with self._lock:
            self._tags.update(values)

    @_recording
    def artifact(self, path: str, body: str | bytes | Callable[[Path], object]) -> None:
        run = self._begin()
        with files.writing(run.client.artifacts_of(run.info.run_id), path) as target:
            if callable(body):
                body(target)
            else:
                target.write_bytes(body.encode() if isinstance(body, str) else body)

    @_recording
    def dataset(self, data: Any, *, targets: Any = None, context: str = "train", name: str | None = None) -> None:
        if self.options.get("log_datasets", True):
            run = self._begin()
            record = described(data, targets, name)._to_mlflow_entity()
            run.client.log_inputs(run.info.run_id, [DatasetInput(record, [InputTag(CONTEXT, context)])])

    @_recording
    def model(self, model: Any, *, flavor: str, sample: Sample | None, path: str = "model", **options: Any) -> None:
        if not self.options.get("log_models", True):
            return
        self._begin()
        self._flush()
        signature: Any = False
        if self.options.get("log_model_signatures", True):
            with self.part(f"signature of {path!r}"):
                signature = None if sample is None else _signature(model, sample)
        wanted = sample is not None and sample.example and self.options.get("log_input_examples", False)
        example = sample.rows if wanted and sample is not None else None
        name = self.options.get("registered_model_name") if path == "model" else None
        name = options.pop("registered_model_name", name)
        with self.part(f"model {path!r}"):
            info = log_model(
                flavor_named(flavor), model, path, registered_model_name=name, run_id=self.run_id,
                signature=signature, input_example=example, **options,
            )  # fmt: skip
            self._note_if_unloadable(path, info)

    @_recording
    def child(self, *, tags: Mapping[str, str], params: Mapping[str, Any], metrics: Mapping[str, float]) -> None:
        run = self._begin()
        all_tags = {**provenance.run_tags(), **self._marks(), **tags, PARENT_RUN_ID: run.info.run_id}
        below = run.client.create_run(run.info.experiment_id, run.info.start_time, all_tags)
        now = time.time_ns() // 1_000_000
        run.client.log_batch(
            below.info.run_id,
            [Metric(name, value, now, 0) for name, value in metrics.items()],
            [Param(name[:_LONGEST_KEY], _text(value)) for name, value in params.items()],
            synchronous=True,
        )
        run.client.set_terminated(below.info.run_id, "FINISHED")

    @_recording
    def belongs(self, model: Any) -> None:
        run = self._begin()
        scoring.models.put(model, RunScores(run.client, run.info.run_id, bool(self.options.get("log_datasets", True))))

    @_recording
    def watch(self, owner: type, methods: Mapping[str, Watcher]) -> None:
        self._enabled.watch(owner, methods)

    def lost(self, what: str, why: object) -> None:
        reason = f"{what}: {type(why).__name__}: {why}" if isinstance(why, BaseException) else f"{what}: {why}"
        if reason not in self._losses:
            self._losses.append(reason)

    @contextmanager
    def part(self, what: str) -> Iterator[None]:
        try:
            yield
        except _NoRun:
            return  # said when it happened
        except Exception as error:
            self._enabled.say("autolog: %s was not recorded", what)
            self.lost(what, error)

    @_recording
    def flush(self) -> None:
        self._flush()

    def finished(self) -> None:
        self._end("FINISHED")

    def failed(self, error: BaseException) -> None:
        self._end("FAILED", error)

    def _begin(self) -> active.ActiveRun:
        if self._run is not None:
            return self._run
        if self._broken:
            raise _NoRun
        self._broken = True  # until it has begun: one attempt, not one per round
        run = _users_run()
        if run is None:
            run = active.start_run(tags=self._marks())
            self._ours, self._taken = True, {}
            _managed.add(run.info.run_id)
        self._run, self._flushed = run, time.monotonic()
        return run

    def _marks(self) -> dict[str, str]:
        return {AUTOLOGGING: self._enabled.name, **(self.options.get("extra_tags") or {})}

    def _flush_if_due(self) -> None:
        if time.monotonic() - self._flushed > _EVERY:
            self._flush()

    def _flush(self) -> None:
        with self._lock:
            params, metrics, tags = self._params, self._metrics, self._tags
            self._params, self._metrics, self._tags = {}, [], {}
            self._flushed = time.monotonic()
        if not (params or metrics or tags):
            return
        run = self._begin()
        new = self._new(run, params)
        marks = [RunTag(key, str(value)) for key, value in tags.items()]
        try:
            run.client.log_batch(run.info.run_id, metrics, new, marks, synchronous=True)
        except Exception:  # one entry that the store refuses must not take the others with it
            self._one_by_one(run, metrics, new, marks)

    def _one_by_one(
        self, run: active.ActiveRun, metrics: list[Metric], params: list[Param], tags: list[RunTag]
    ) -> None:
        for what, entry in (("metrics", metrics), ("tags", tags)):
            with self.part(what):
                run.client.log_batch(run.info.run_id, synchronous=True, **{what: entry})
        for param in params:
            with self.part(f"param {param.key!r}"):
                run.client.log_batch(run.info.run_id, params=[param], synchronous=True)

    def _new(self, run: active.ActiveRun, params: Mapping[str, str]) -> list[Param]:
        """The params that the run does not hold yet; one that it holds with another value stays as it is."""
        if not params:
            return []
        if self._taken is None:
            self._taken = dict(run.client.get_run(run.info.run_id).data.params)
        new = []
        for name, value in params.items():
            if name not in self._taken:
                self._taken[name] = value
                new.append(Param(name, value))
            elif self._taken[name] != value:
                self.lost(f"param {name!r}", f"the run holds {self._taken[name]!r} already, this call had {value!r}")
        return new

    def _note_if_unloadable(self, path: str, info: Any) -> None:
        verified = getattr(info, "verified", None)
        if verified is not None and not verified.ok and verified.reason:
            self.lost(f"model {path!r}", f"logged, but cannot be loaded: {verified.reason}")

    def _end(self, status: str, error: BaseException | None = None) -> None:
        run = self._run
        if run is None:
            return
        try:
            with self.part("outcome"):
                self._flush()
            with self.part("outcome"):
                run.client.log_batch(run.info.run_id, tags=self._outcome(run, error), synchronous=True)
        finally:
            if self._ours:
                with self.part("end of the run"):
                    run.end(status)
                _managed.discard(run.info.run_id)

    def _outcome(self, run: active.ActiveRun, error: BaseException | None) -> list[RunTag]:
        reasons = list(self._losses)
        status = "partial" if reasons else "ok"
        if error is not None:
            status = "failed"
            reasons.insert(0, f"the call raised {type(error).__name__}: {error}")
        before, earlier = _outcomes.pop(run.info.run_id, ("ok", ()))
        status = max(before, status, key=_RANK.index)
        reasons = list(dict.fromkeys((*earlier, *reasons)))
        if not self._ours:
            _outcomes[run.info.run_id] = (status, tuple(reasons))
            while len(_outcomes) > 100:
                _outcomes.popitem(last=False)
        tags = {**({} if self._ours else self._marks()), STATUS: status}
        if reasons:
            tags[REASON] = "; ".join(reasons)[:_LONGEST_REASON]
        return [RunTag(key, str(value)) for key, value in tags.items()]


def _elsewhere(integration: Integration, options: dict[str, Any], tracking_uri: str, run_id: str) -> RunSession:
    session, client = RunSession(Enabled(integration, options, RunSession, lambda: True)), MlflowClient(tracking_uri)
    session._run = active.ActiveRun(client.get_run(run_id), client=client)
    return session


def _text(value: Any) -> str:
    """A param's value as text; a function is its name, not its address."""
    text = f"{value.__module__}.{value.__qualname__}" if isinstance(value, FunctionType) else str(value)
    return text if len(text) <= _LONGEST_PARAM else text[: _LONGEST_PARAM - 3] + "..."


def _signature(model: Any, sample: Sample) -> ModelSignature | None:
    if sample.rows is None:
        raise ValueError("the first rows of the training data could not be taken")
    predict = sample.predict or getattr(model, "predict", None) or getattr(model, "transform", None)
    if predict is None:
        raise ValueError("the model has neither predict nor transform")
    frame = hasattr(sample.data, "columns") and (hasattr(sample.data, "iloc") or container(sample.data) == "spark")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # hints on a signature that the user did not ask for
        predictions = predict(sample.rows)
        if not frame:
            return infer_signature(sample.rows, predictions)
        return infer_signature(sample.data, as_column(predictions))  # as the same model has it when logged by hand
