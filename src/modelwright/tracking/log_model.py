"""Logging a model: save → move among the run's files → record → register.

The directory is written in the artifact store's own staging place and appears by one rename, so a model is there as a
whole or not at all. Each one is also a logged model with an id of its own; where a path is logged to again, the older
files move to that id's address if anything still refers to them.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

from ..core.errors import InvalidArgument, NotFound
from ..models.flavor import Flavor
from ..models.mlmodel import Model, ModelInfo
from ..models.python_model import read_config
from ..models.save import save_model
from ..stores.artifacts import transfer
from ..stores.artifacts.base import ArtifactStore, Local
from ..stores.open import open_artifacts
from ..wire import messages as m
from . import files
from .active import active_run, start_run
from .client import MlflowClient, connect
from .entities import LoggedModel, LoggedModelOutput, Param, Run, RunTag
from .experiment import experiment_id
from .register import register_model
from .resolve import PATH_TAG, model_id_at

STATUS, REASON = "modelwright.model.status", "modelwright.model.reason"
BROKEN = "logged, but cannot be loaded"
_DEFAULT_NAME = "model"
_NOT_IN_NAMES = "/:%\"'"
Save = Callable[[Path, Model], Path]  # fills in the MLmodel content; where in the directory the model lies then
_locks: WeakValueDictionary[tuple[str, str], threading.Lock] = WeakValueDictionary()
_choosing = threading.Lock()


def log_model(
    flavor: Flavor,
    model: Any,
    artifact_path: str | None = None,
    *,
    name: str | None = None,
    registered_model_name: str | None = None,
    await_registration_for: int | None = 300,
    run_id: str | None = None,
    params: dict[str, Any] | None = None,
    tags: dict[str, Any] | None = None,
    model_type: str | None = None,
    step: int = 0,
    model_id: str | None = None,
    verify: bool | None = None,
    **save_options: Any,
) -> ModelInfo:
    """Save a model and record it on the active run.

    Args:
        flavor: How the model is saved.
        model: The model.
        artifact_path: Where it goes among the run's files; a run is started when none is active.
        name: What to call it, instead of `artifact_path`; without an active run it is logged without one.
        registered_model_name: Register it under this name too, as a new version.
        await_registration_for: Seconds to wait until the version is ready.
        run_id: The run to log to, instead of the active one.
        params: Params of the logged model, beside those of its run.
        tags: Tags of the logged model.
        model_type: What kind of model it is, in your words.
        step: The training step it was made at.
        model_id: The logged model that these are the files of, made by `initialize_logged_model`.
        verify: Load the model back: None to warn if that fails, True to raise, False not to try.
        **save_options: What `save_model` takes.

    Raises:
        InvalidArgument: Both `artifact_path` and `name` are given, or one cannot be used.
        BrokenModel: The model cannot be loaded back, and `verify` is True.
    """

    def save(root: Path, meta: Model) -> Path:
        save_model(flavor, model, root, mlflow_model=meta, verify=verify, done="logged", staged=True, **save_options)
        return root

    to = _target(artifact_path, name, run_id)
    logged = _announce(to, model_id, params, tags, model_type)
    with ExitStack() as turn:
        info = _write(save, to, logged, step, turn)
        return _finish(to, info, save_options.get("model_config"), registered_model_name, await_registration_for)


def log_module(
    artifact_path: str | None,
    flavor: Any,
    registered_model_name: str | None = None,
    await_registration_for: int | None = 300,
    metadata: dict[str, Any] | None = None,
    run_id: str | None = None,
    resources: Any = None,
    *,
    name: str | None = None,
    **kwargs: Any,
) -> ModelInfo:
    """What `Model.log` does: log with a module's own `save_model(path=…, mlflow_model=…, **kwargs)`.

    Args:
        artifact_path: Where it goes among the run's files.
        flavor: A module, or any object, with a `save_model` function.
        registered_model_name: Register it under this name too.
        await_registration_for: Seconds to wait until the version is ready.
        metadata: A dictionary kept in the MLmodel file.
        run_id: The run to log to, instead of the active one.
        resources: What the model needs when it is served, kept in the MLmodel file.
        name: What to call it, instead of `artifact_path`.
        **kwargs: Passed on to `save_model`.
    """

    def save(root: Path, meta: Model) -> Path:
        meta.metadata, meta.resources = metadata, resources
        staged = root / PurePosixPath(meta.artifact_path or _DEFAULT_NAME).name
        flavor.save_model(path=str(staged), mlflow_model=meta, **kwargs)
        return staged

    to = _target(artifact_path, name, run_id)
    with ExitStack() as turn:
        info = _write(save, to, _announce(to, None, None, None, None), 0, turn)
        return _finish(to, info, kwargs.get("model_config"), registered_model_name, await_registration_for)


class _Target(NamedTuple):
    """Where a model goes."""

    client: MlflowClient
    run: Run | None
    path: str
    named: bool  # by name=, as MLflow 3 spells it


def _target(artifact_path: str | None, name: str | None, run_id: str | None) -> _Target:
    if artifact_path is not None and name is not None:
        raise InvalidArgument(f"artifact_path={artifact_path!r} and name={name!r} mean the same; give one of the two")
    named = artifact_path is None
    path = files.join(artifact_path if artifact_path is not None else _checked(name or _DEFAULT_NAME))
    if not path:
        raise InvalidArgument(f"artifact_path={artifact_path!r} is the run's root; give a directory such as 'model'")
    if run_id is not None:
        return _Target(connect(), connect().get_run(run_id), path, named)
    active = active_run()
    if active is None and not named:
        active = start_run()
    if active is None:
        return _Target(connect(), None, path, named)
    return _Target(active.client, active.client.get_run(active.info.run_id), path, named)


def _checked(name: str) -> str:
    if found := [sign for sign in _NOT_IN_NAMES if sign in name]:
        raise InvalidArgument(f"The model's name {name!r} holds {' '.join(found)}; artifact_path may, a name may not")
    return name


def _announce(
    to: _Target,
    model_id: str | None,
    params: Mapping[str, Any] | None,
    tags: Mapping[str, Any] | None,
    model_type: str | None,
) -> LoggedModel:
    """The logged model that the files will belong to; it takes over its run's params."""
    all_params = {**(to.run.data.params if to.run else {}), **(params or {})}
    if model_id is not None:
        if all_params:
            to.client.log_model_params(model_id, all_params)
        if tags:
            to.client.set_logged_model_tags(model_id, dict(tags))
        return to.client.get_logged_model(model_id)
    name = PurePosixPath(to.path).name
    name = "".join("_" if sign in _NOT_IN_NAMES else sign for sign in name)
    where = {PATH_TAG: to.path} if name != to.path else {}
    experiment = to.run.info.experiment_id if to.run else experiment_id()
    run_id = to.run.info.run_id if to.run else None
    return to.client.create_logged_model(experiment, name, run_id, {**(tags or {}), **where}, all_params, model_type)


def _lock_of_path(run_id: str, path: str) -> threading.Lock:
    """Held from the moment a model appears at a path until it is registered, by one thread at a time."""
    with _choosing:
        return _locks.setdefault((run_id, path), threading.Lock())


def _write(save: Save, to: _Target, logged: LoggedModel, step: int, turn: ExitStack) -> ModelInfo:
    run_id = None if to.run is None else to.run.info.run_id
    if run_id is None:
        head, _, key = logged.artifact_location.rpartition("/")
        store = open_artifacts(head)
    else:
        store, key = to.client.artifacts_of(run_id), to.path
    meta = Model(artifact_path=to.path, run_id=run_id, model_id=logged.model_id)
    try:
        with files.scratch(store) as root:
            staged = save(root, meta)
            if run_id is not None:
                turn.enter_context(_lock_of_path(run_id, to.path))
            replaced = _make_room(to, store, key)
            if isinstance(store, Local):
                store.publish(staged, key)
            else:
                transfer.upload(store, staged, key)
    except BaseException:
        to.client.finalize_logged_model(logged.model_id, "FAILED")
        raise
    if replaced is not None:
        to.client.delete_logged_model(replaced)
    _record(to, logged, meta, step)
    info = meta.get_model_info()
    info.model_uri = logged.model_uri if to.named else f"runs:/{run_id}/{to.path}"
    return info


def _record(to: _Target, logged: LoggedModel, meta: Model, step: int) -> None:
    client = to.client
    found = meta.verified
    outcome = {STATUS: BROKEN, REASON: (found.reason or "")[:5000]} if found is not None and not found.ok else {}
    if to.run is not None:
        run_id = to.run.info.run_id
        client.runs.log_model(m.LogModel(run_id, json.dumps(meta.get_tags_dict())))
        client.log_outputs(run_id, [LoggedModelOutput(logged.model_id, step)])
        if outcome:
            client.log_batch(run_id, tags=[RunTag(*pair) for pair in outcome.items()], synchronous=True)
    if outcome:
        client.set_logged_model_tags(logged.model_id, outcome)
    client.finalize_logged_model(logged.model_id, "READY")


def _finish(to: _Target, info: ModelInfo, config: Any, name: str | None, wait: int | None) -> ModelInfo:
    """What follows once the model is there: its configuration as params, its version."""
    if config:
        _log_config(to, config)
    if name is not None:
        version = register_model(_run_uri(to) or info.model_uri, name, wait, client=to.client)
        info.registered_model_version = int(version.version)
    return info


def _make_room(to: _Target, store: ArtifactStore, key: str) -> str | None:
    """Keep the files that lie at `key` now, if something other than the path refers to them; else, whose they are.

    MLflow 3 keeps every model logged under a name; MLflow 2 has only the path, and a registered version of it would
    change its content silently.
    """
    if to.run is None or not isinstance(store, Local):
        return None
    earlier = model_id_at(store, key)
    if earlier is None:
        return None
    try:
        older = to.client.runs.get_logged_model(m.GetLoggedModel(earlier)).model.info
    except NotFound:
        return None
    if to.named or older.registrations:
        head, _, name = older.artifact_uri.rpartition("/")
        own = open_artifacts(head)
        if isinstance(own, Local):
            own.publish(store.path(key), name)
        return None
    return earlier


def _run_uri(to: _Target) -> str | None:
    return None if to.run is None else f"runs:/{to.run.info.run_id}/{to.path}"


def _log_config(to: _Target, config: Any) -> None:
    """The model's configuration as params of the run, nested keys joined by "/"."""
    if to.run is None:
        return
    flat = _flat(read_config(config) or {})
    to.client.log_batch(to.run.info.run_id, params=[Param(k, str(v)) for k, v in flat.items()], synchronous=True)


def _flat(config: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested dictionaries as one level.

    >>> _flat({"a": {"b": 1}, "c": 2})
    {'a/b': 1, 'c': 2}
    """
    found: dict[str, Any] = {}
    for key, value in config.items():
        if isinstance(value, Mapping) and value:
            found.update(_flat(value, f"{prefix}{key}/"))
        else:
            found[f"{prefix}{key}"] = value
    return found
