"""The experiment that new runs join: chosen for the process, or for one thread or asyncio task."""

from __future__ import annotations

import os
import threading
from contextvars import ContextVar

from ..core import settings
from ..core.errors import AlreadyExists, InvalidArgument, WrongState
from . import where
from .client import MlflowClient, connect
from .entities import Experiment, LifecycleStage

_DEFAULT = "0"
Chosen = tuple[str, str, str]  # tracking address, id, name


class _State:
    """What the whole process shares."""

    everywhere: Chosen | None = None  # set by the main thread
    before: str | None = None  # what the environment said of the experiment's name


_STATE = _State()
_here: ContextVar[Chosen | None] = ContextVar("modelwright_experiment", default=None)


def set_experiment(experiment_name: str | None = None, experiment_id: str | int | None = None) -> Experiment:
    """Make an experiment the one that new runs join, creating it when there is none of that name."""
    if (experiment_name is None) == (experiment_id is None):
        raise InvalidArgument(
            f"set_experiment got experiment_name={experiment_name!r} and experiment_id={experiment_id!r}; "
            "give one of the two"
        )
    client = connect()
    if experiment_name is not None:
        experiment = experiment_named(client, experiment_name)
    else:
        experiment = client.get_experiment(str(experiment_id))
        if experiment.lifecycle_stage != LifecycleStage.ACTIVE:
            raise WrongState(
                f"Experiment {experiment.name!r} ({experiment_id}) is deleted; "
                f"bring it back with `modelwright experiments restore {experiment_id}` or "
                f"MlflowClient().restore_experiment({str(experiment_id)!r}) first"
            )
    chosen = where.tracking_address(), experiment.experiment_id, experiment.name
    _here.set(chosen)
    if threading.current_thread() is threading.main_thread():
        _announce(chosen)
    return experiment


def experiment_named(client: MlflowClient, name: str) -> Experiment:
    """The experiment of that name, made when there is none or only a deleted one."""
    found = client.get_experiment_by_name(name)
    if found is not None and found.lifecycle_stage == LifecycleStage.ACTIVE:
        return found
    try:
        return client.get_experiment(client.create_experiment(name))
    except AlreadyExists:  # another process was faster
        found = client.get_experiment_by_name(name)
        if found is None:
            raise
        return found


def experiment_id() -> str:
    """The experiment that a new run joins: set in code, else by the environment, else the default one."""
    address = where.tracking_address()
    for chosen in (_here.get(), _STATE.everywhere):
        if chosen is not None and chosen[0] == address:
            return chosen[1]
    name = settings.EXPERIMENT_NAME.get()
    if name:
        return experiment_named(connect(), name).experiment_id
    return settings.EXPERIMENT_ID.get() or _DEFAULT


def reset() -> None:
    """Forget what was chosen."""
    _here.set(None)
    _announce(None)


def _announce(chosen: Chosen | None) -> None:
    """Make an experiment the process's, and tell child processes of it by name."""
    variable = settings.EXPERIMENT_NAME.names[0]
    if _STATE.everywhere is None:
        _STATE.before = os.environ.get(variable)
    if chosen is not None:
        os.environ[variable] = chosen[2]
    elif _STATE.everywhere is not None and _STATE.before is not None:
        os.environ[variable] = _STATE.before
    elif _STATE.everywhere is not None:
        os.environ.pop(variable, None)
    _STATE.everywhere = chosen
