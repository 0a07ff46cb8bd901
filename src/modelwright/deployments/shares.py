"""Shares of an endpoint's traffic: percentages by deployment, divided anew as deployments come and go."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping
from typing import Any

from ..core.errors import InvalidArgument, NotFound, WrongState

Shares = dict[str, float]


def given(value: Any, known: Container[str]) -> Shares:
    """The traffic that somebody asks for: a mapping, or its text as JSON or as "blue=90,green=10".

    >>> given("blue=90,green=10", ["blue", "green"]), given({"blue": 1}, ["blue"])
    ({'blue': 90.0, 'green': 10.0}, {'blue': 1.0})
    """
    asked = _mapping(value)
    if unknown := [name for name in asked if name not in known]:
        raise NotFound(f"traffic names {unknown}, which are no deployments of this endpoint")
    found = {str(name): number(share) for name, share in asked.items()}
    if not sum(found.values()):
        raise InvalidArgument(f"traffic must give some deployment a share above 0; got {value!r}")
    return found


def added(traffic: Mapping[str, float], name: str, share: Any = None) -> Shares:
    """The traffic once a deployment gets `share` percent of it, and the others the rest as they shared it before.

    Without `share` it keeps what it has; a new one gets all where there is no other, else nothing.

    >>> added({"blue": 100.0}, "green", 10), added({"blue": 100.0}, "green"), added({}, "blue")
    ({'blue': 90.0, 'green': 10.0}, {'blue': 100.0, 'green': 0.0}, {'blue': 100.0})
    """
    others = {key: part for key, part in traffic.items() if key != name}
    if share is None:
        return {**others, name: traffic.get(name, 0.0 if sum(others.values()) else 100.0)}
    wanted = number(share)
    if wanted > 100:
        raise InvalidArgument(f"traffic is the percentage that this deployment gets, 100 at most; got {share!r}")
    if not sum(others.values()):
        return {**others, name: 100.0 if wanted else 0.0}
    return {**_scaled(others, 100 - wanted), name: wanted}


def without(traffic: Mapping[str, float], name: str) -> Shares:
    """The traffic once a deployment is gone: the others get what it had.

    >>> without({"blue": 60.0, "green": 20.0, "red": 20.0}, "blue")
    {'green': 50.0, 'red': 50.0}
    """
    others = {key: part for key, part in traffic.items() if key != name}
    if others and traffic.get(name) and not sum(others.values()):
        raise WrongState(f"Deployment {name!r} gets all the traffic; give it to another first: {', '.join(others)}")
    return _scaled(others, 100.0) if sum(others.values()) else others


def number(value: Any) -> float:
    """
    >>> number("10")
    10.0
    """
    try:
        found = float(value)
    except (TypeError, ValueError):
        found = -1.0
    if not 0 <= found < float("inf"):
        raise InvalidArgument(f"A share of the traffic is a number, 0 or more; got {value!r}")
    return found


def _scaled(traffic: Mapping[str, float], total: float) -> Shares:
    whole = sum(traffic.values())
    return {name: part * total / whole for name, part in traffic.items()}


def _mapping(value: Any) -> Mapping[Any, Any]:
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise InvalidArgument(f"traffic is not JSON: {error}") from error
    elif isinstance(value, str):
        value = dict(part.rpartition("=")[::2] for part in value.split(","))
    if not isinstance(value, Mapping):
        raise InvalidArgument(f"traffic is a dictionary of deployment to share, or 'blue=90,green=10'; got {value!r}")
    return value
