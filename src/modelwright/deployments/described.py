"""Endpoints and deployments as clients are told of them."""

from __future__ import annotations

from typing import Any

from ..models.mlmodel import PYFUNC
from .record import Folder, Record, folder


def described(place: Folder, record: Record) -> dict[str, Any]:
    """An endpoint."""
    running = place.lives()
    return {
        "name": record.name,
        "url": record.url,
        "status": "running" if running else "stopped",
        "deployments": list(record.state.deployments),
        "traffic": dict(record.state.traffic),
        "config": dict(record.state.config),
        "pid": record.process.pid if record.process is not None and running else None,
        "log": str(place.log),
    }


def described_deployment(record: Record, name: str) -> dict[str, Any]:
    """One deployment of an endpoint."""
    one = record.state.deployments[name]
    return {
        "name": name,
        "flavor": PYFUNC,
        "endpoint": record.name,
        "url": record.url,
        "status": "running" if folder(record.name).lives() else "stopped",
        "model_uri": one.model_uri,
        "version": one.version,
        "traffic": record.state.traffic.get(name, 0.0),
        "config": dict(one.config),
        "python": one.python,
    }
