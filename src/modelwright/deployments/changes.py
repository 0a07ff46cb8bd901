"""Changes of an endpoint: what it is to become, and the way there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import time
from typing import Any

from msgspec.structs import replace

from ..core import trust
from ..core.errors import AlreadyExists, InvalidArgument, NotFound, UntrustedModel
from ..models import load
from ..models.mlmodel import PYFUNC
from ..serving.environments import python as environments
from ..tracking import resolve
from . import config, control, copies, shares, starting
from .record import Deployment, Folder, Record, State, folder, folders, known, named

_KEPT = 5  # former states that can be gone back to


@contextmanager
def changing(name: str) -> Iterator[tuple[Folder, Record]]:
    """An endpoint that nobody else changes meanwhile. Copies of models that it no longer needs go afterwards."""
    place = folder(name)
    with place.changing():
        record = known(name)
        try:
            yield place, record
        except Exception:
            _clear(place)
            raise
        _clear(place)  # not when it was interrupted: the server may be turning to the new copy still


def _clear(place: Folder) -> None:
    """Remove the copies of models that no state of an endpoint names."""
    if (left := place.read()) is not None:
        copies.clear(place, [left.state, *left.history])


def opened(name: str, given: Mapping[str, Any] | None, made_for: str | None = None) -> None:
    """Make an endpoint without deployments, and start its server."""
    place = folder(name)
    options = config.checked(given, config.ENDPOINT)
    address = config.options((), {"port": 0, **{key: options.pop(key) for key in ("host", "port") if key in options}})
    with place.changing():
        if place.read() is not None:
            raise AlreadyExists(f"There is an endpoint {name!r} on this machine; update or delete it")
        place.write(Record(name, address.host, address.port, State(config=options), made_for=made_for))
        try:
            starting.start(place)
        except BaseException:
            place.remove()
            raise


def closed(name: str) -> None:
    """End an endpoint and forget it; nothing where there is none."""
    place = folder(name)
    with place.changing():
        if (record := place.read()) is not None:
            starting.stop(place, record)
            place.remove()


def become(place: Folder, record: Record, state: State, history: list[State] | None = None) -> None:
    """Let an endpoint do what `state` says; nothing has changed when that fails.

    Args:
        place: Its folder.
        record: What is known of it.
        state: What it is to do.
        history: What it is to remember of earlier states; the present one is added to them when left out.
    """
    if history is None:
        history = [*record.history, record.state] if _differ(record.state, state) else record.history
    history = history[-_KEPT:]
    if record.process is not None and place.lives():
        command = control.Command(record.process.token, "change", state, history)
        control.tell(record.process, command).check()
        return
    place.write(replace(record, state=state, history=history))
    try:
        starting.start(place)
    except BaseException:
        place.write(record)
        raise


def _differ(before: State, after: State) -> bool:
    """Whether there is something to go back to."""
    return bool(before.deployments) and before != after


def configured(state: State, given: Mapping[str, Any]) -> State:
    """A state with other options or another traffic."""
    options = config.checked({**state.config, **given}, config.ENDPOINT[2:], ("traffic",))
    asked = options.pop("traffic", None)
    traffic = state.traffic if asked is None else {**dict.fromkeys(state.traffic, 0.0)}
    if asked is not None:
        traffic.update(shares.given(asked, state.deployments))
    return replace(state, config=options, traffic=traffic)


def placed(state: State, one: Deployment, share: Any) -> State:
    """A state with a deployment, new or in place of the one of its name.

    Args:
        state: The state before.
        one: The deployment.
        share: Its percentage of the traffic, or the traffic of all; as `shares.added` has it when None.
    """
    deployments = {**state.deployments, one.name: one}
    if isinstance(share, Mapping) or (isinstance(share, str) and not share.replace(".", "").isdigit()):
        asked = shares.given(share, deployments)
        traffic = {**dict.fromkeys(deployments, 0.0), **asked}
    else:
        traffic = shares.added(state.traffic, one.name, share)
    return replace(state, deployments=deployments, traffic=traffic)


def removed(state: State, name: str) -> State:
    """A state without a deployment; the others get its traffic."""
    left = {key: one for key, one in state.deployments.items() if key != name}
    return replace(state, deployments=left, traffic=shares.without(state.traffic, name))


def deployment(
    place: Folder, name: str, uri: str | None, flavor: str | None, given: Mapping[str, Any], before: Deployment | None
) -> Deployment:
    """A deployment as it is asked for: its model resolved, let through the gate, and copied.

    Args:
        place: The folder of its endpoint.
        name: Its name.
        uri: The model; that of `before` when None.
        flavor: What somebody wants of it.
        given: Its options.
        before: What it was.
    """
    if flavor not in (None, PYFUNC):
        raise InvalidArgument(
            f"Models are deployed by the flavor {PYFUNC!r} here, whatever else they have; got {flavor!r}"
        )
    options = config.checked(given, config.DEPLOYMENT, ("env_manager",))
    if trust.policy() == "all":
        options["trust"] = True  # of this program; the server may have another
    trusted = config.flag("trust", options.get("trust", False)) or None
    if before is not None and uri is None:
        _admit(before.path, before.origin, trusted)
        made = replace(before, config=options, made=time())
    else:
        assert uri is not None, "a new deployment has a model"
        found = resolve.local_path(uri)
        _admit(found.path, found.origin, trusted)
        path, version = copies.copied(found, place), found.version
        numbered = str(version.version) if version else None
        made = Deployment(named(name), uri, str(path), "", numbered, found.origin, options, time())
    manager = options.get("env_manager", "local")
    python = environments.python_of(made.path, manager, origin=made.origin, trust=trusted)
    return replace(made, python=str(python))


def _admit(path: str | Path, origin: str, trusted: bool | None) -> None:
    """The gate that the server would stop a model at."""
    try:
        load.admit(path, origin=origin, trust=trusted)
    except UntrustedModel as error:
        raise UntrustedModel(error.message.replace(trust.WORD, "deploy it with the option trust=true")) from error


def home_of(name: str, endpoint: str | None) -> str:
    """The endpoint that a deployment belongs to: the one named, else the one that has it.

    Raises:
        NotFound: There is no such deployment, or no such endpoint.
        InvalidArgument: Several endpoints have one of this name.
    """
    if endpoint is not None:
        there = known(endpoint).state.deployments
        if name not in there:
            listed = ", ".join(there) or "none"
            raise NotFound(f"Endpoint {endpoint!r} has no deployment {name!r}; there are: {listed}")
        return endpoint
    homes = [place.name for place in folders() if (record := place.read()) and name in record.state.deployments]
    if name in homes:
        return name
    if not homes:
        raise NotFound(f"There is no deployment {name!r} on this machine")
    if len(homes) > 1:
        raise InvalidArgument(f"The endpoints {', '.join(homes)} each have a deployment {name!r}; name the endpoint")
    return homes[0]
