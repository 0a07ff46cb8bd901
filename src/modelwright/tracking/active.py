"""The active run, one per thread and asyncio task.

A context (a thread, an asyncio task) has a stack of the runs it opened; `log_metric` and its kin write to the top of
it. A new asyncio task starts with the stack of the task that made it. A plain thread starts with none, and then

* writes to the run that is open elsewhere, as long as the process has only one (with what is nested in it): the
  usual training script with worker threads;
* opens a run of its own when there is none, or more than one to choose from;
* never ends a run it did not open. `start_run()` there makes an independent run, `start_run(nested=True)` a child.

A run left open by an asyncio task that is over belongs to its thread's next caller: a notebook runs each cell in a
task of its own.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Self
from weakref import ref

from ..core import settings
from ..core.errors import InvalidArgument, WrongState
from ..core.given import mapping
from . import experiment, provenance, system, where
from .background import WRITER
from .client import MlflowClient, connect, forget
from .client.runs import PARENT_RUN_ID
from .entities import LifecycleStage, Run, RunStatus, RunTag


class ActiveRun(Run):
    """A run that is being written to; leaving its `with` block ends it."""

    def __init__(self, run: Run, *, client: MlflowClient | None = None, outer: ActiveRun | None = None) -> None:
        super().__init__(run.info, run.data, run.inputs, run.outputs)
        self.client = client or connect()
        self._outer = outer  # the run below it on the stack of its context
        self._joined = False  # nested in a run of another context
        self._monitor: system.Monitor | None = None
        self._thread, self._process, self._task = threading.get_ident(), os.getpid(), _task()
        self.ended = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for run in reversed(_own()):  # what was opened inside and left open ends with it
            if run is self or not _below(self, run):
                break
            run.end(_outcome(kind, error))
        self.end(_outcome(kind, error))

    def end(self, status: str = "FINISHED") -> None:
        """End the run, wherever it is on the stack; nothing when it has ended."""
        if self.ended:
            return
        self.ended = True
        word = RunStatus.word(status)
        with _lock:
            _open.pop(self.info.run_id, None)
        _last_here.set(self)
        _STATE.last = self
        if self._monitor is not None:
            self._monitor.stop()
        self.client.set_terminated(self.info.run_id, word)
        self.info.status = word


class _State:
    """What the whole process shares."""

    last: ActiveRun | None = None


_STATE = _State()
_lock = threading.Lock()
_open: dict[str, ActiveRun] = {}  # in the order they were opened
_stack: ContextVar[tuple[ActiveRun, ...]] = ContextVar("modelwright_runs", default=())
_last_here: ContextVar[ActiveRun | None] = ContextVar("modelwright_last_run", default=None)


def active_run() -> ActiveRun | None:
    """The run that this thread or task writes to, or None."""
    own = _own()
    return own[-1] if own else _shared()


def ensure_run() -> ActiveRun:
    """The active run, started when there is none."""
    return active_run() or start_run()


def writing_to(run_id: str | None) -> tuple[MlflowClient, str]:
    """Where a call that may name a run writes: that run, else the active one."""
    if run_id is not None:
        return connect(), run_id
    run = ensure_run()
    return run.client, run.info.run_id


def last_active_run() -> Run | None:
    """The active run, else the one that ended last: in this context, then anywhere in the process."""
    run = active_run()
    if run is not None:
        return run
    ended = _last_here.get() or _STATE.last
    return None if ended is None else ended.client.get_run(ended.info.run_id)


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
    """Open a run, or go on with an old one, and make it the active one."""
    own = _own()
    if own and not nested:
        raise WrongState(
            f"Run {own[-1].info.run_id!r} is already active; end it with end_run(), or start the new one inside it "
            "with start_run(nested=True)"
        )
    given = dict(mapping("tags", tags))
    if description:
        if provenance.NOTE in given:
            raise InvalidArgument(f"The description is given twice: as such and as the tag {provenance.NOTE!r}")
        given[provenance.NOTE] = description
    client = connect()
    resumed = run_id or _run_id_from_environment()
    outer = own[-1] if own else None
    shared = _shared() if nested and not own else None
    if resumed:
        run = _resume(client, resumed, given)
    else:
        parent = _parent(client, parent_run_id, outer, shared)
        run = _create(client, experiment_id, run_name, parent, given)
    active = ActiveRun(run, client=client, outer=outer)
    active._joined = shared is not None
    with _lock:
        _open[active.info.run_id] = active
    _stack.set((*own, active))
    if system.enabled() if log_system_metrics is None else log_system_metrics:
        active._monitor = system.Monitor(client, active.info.run_id, resumed=bool(resumed))
        active._monitor.start()
    return active


def end_run(status: str = "FINISHED") -> None:
    """End the run this context opened last; nothing when it has none."""
    _run_id_from_environment()
    own = _own()
    if own:
        own[-1].end(status)


def experiment_here() -> str:
    """The experiment of the active run, else the one that a new run would join."""
    run = active_run()
    return experiment.experiment_id() if run is None else run.info.experiment_id


def reset() -> None:
    """End every run and forget what was set, as if the process had just begun."""
    _end_all("FINISHED")
    _stack.set(())
    _last_here.set(None)
    _STATE.last = None
    experiment.reset()
    forget()
    where.set_tracking_uri(None)
    where.set_registry_uri(None)
    system.reset()


def _own() -> tuple[ActiveRun, ...]:
    """The open runs of this context, the innermost last."""
    stack = _stack.get()
    if stack and not stack[-1].ended:
        return stack
    stack = tuple(run for run in stack if not run.ended) or _left_behind()
    _stack.set(stack)
    return stack


def _left_behind() -> tuple[ActiveRun, ...]:
    """Runs that a finished task of this thread left open."""
    if not _open:
        return ()
    thread = threading.get_ident()
    with _lock:
        runs = [run for run in _open.values() if run._thread == thread and run._task is not None]
    runs = [run for run in runs if (task := run._task and run._task()) is None or task.done()]
    return _chain(runs[-1]) if runs else ()


def _chain(run: ActiveRun) -> tuple[ActiveRun, ...]:
    chain = [run]
    while (below := chain[0]._outer) is not None and not below.ended:
        chain.insert(0, below)
    return tuple(chain)


def _below(outer: ActiveRun, run: ActiveRun) -> bool:
    return any(found is outer for found in _chain(run)[:-1])


def _shared() -> ActiveRun | None:
    """The one run that is open in the process, innermost where that is clear; None when there are several."""
    if not _open:
        return None
    with _lock:
        runs = [run for run in _open.values() if not run._joined]
    tops = [run for run in runs if run._outer is None or run._outer.ended]
    if len(tops) != 1:
        return None
    found = tops[0]
    while len(inner := [run for run in runs if run._outer is found]) == 1:
        found = inner[0]
    return found


def _resume(client: MlflowClient, run_id: str, tags: dict[str, Any]) -> Run:
    run = client.get_run(run_id)
    if run.info.lifecycle_stage == LifecycleStage.DELETED:
        raise WrongState(f"Run {run_id!r} is deleted; bring it back with MlflowClient().restore_run() first")
    client.update_run(run_id, "RUNNING")
    if tags:
        client.log_batch(run_id, tags=[RunTag(key, str(value)) for key, value in tags.items()], synchronous=True)
    return client.get_run(run_id)


def _parent(
    client: MlflowClient, parent_run_id: str | None, outer: ActiveRun | None, shared: ActiveRun | None
) -> str | None:
    above = outer or shared
    if parent_run_id is None:
        return None if above is None else above.info.run_id
    if outer is not None and outer.info.run_id != parent_run_id:
        raise InvalidArgument(
            f"parent_run_id={parent_run_id!r} is not the active run {outer.info.run_id!r}; "
            "leave it out, or end the active run first"
        )
    if client.get_run(parent_run_id).info.lifecycle_stage == LifecycleStage.DELETED:
        raise WrongState(f"The parent run {parent_run_id!r} is deleted; bring it back with restore_run() first")
    return parent_run_id


def _create(
    client: MlflowClient, given: str | int | None, run_name: str | None, parent: str | None, tags: dict[str, Any]
) -> Run:
    found = {**provenance.run_tags(), **tags}
    if parent is not None:
        found[PARENT_RUN_ID] = parent
    return client.create_run(experiment.experiment_id() if given is None else str(given), tags=found, run_name=run_name)


def _run_id_from_environment() -> str | None:
    """The run that the environment names; it counts once."""
    found = None
    if settings.RUN_ID.given:
        for name in settings.RUN_ID.names:
            value = os.environ.pop(name, None)
            found = found or value
    return found


def _task() -> Any:
    """A reference to the running asyncio task, if there is one; asyncio is never imported for it."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return None
    try:
        task = asyncio.current_task()
    except RuntimeError:  # no event loop runs in this thread
        return None
    return None if task is None else ref(task)


def _outcome(kind: type[BaseException] | None, error: BaseException | None) -> str:
    """How a run ended, by the exception that left its block."""
    if kind is None or (issubclass(kind, SystemExit) and getattr(error, "code", None) in (None, 0)):
        return "FINISHED"
    if issubclass(kind, KeyboardInterrupt) or kind.__name__ == "CancelledError":
        return "KILLED"
    return "FAILED"


def _end_all(status: str) -> None:
    with _lock:
        runs = [run for run in _open.values() if run._process == os.getpid()]
    for run in reversed(runs):
        try:
            run.end(status)
        except Exception as error:
            print(f"modelwright: run {run.info.run_id} could not be ended: {error}", file=sys.stderr)
    with _lock:
        _open.clear()


def _at_exit() -> None:
    WRITER.flush()
    kind = getattr(sys, "last_type", None)
    crashed = kind is not None and not hasattr(sys, "ps1") and "IPython" not in sys.modules
    _end_all(_outcome(kind, getattr(sys, "last_value", None)) if crashed else "FINISHED")


def _after_fork() -> None:
    global _lock  # another thread may hold it in the parent for ever
    _lock = threading.Lock()


atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
