"""Runs as they are written: the active run, the client, logging a model; the public `mlflow.tracking`."""

from __future__ import annotations

from ..core import lazy

NAMES = {
    "MlflowClient": "modelwright.tracking.client:MlflowClient",
    "client": "modelwright.tracking.client",
    "fluent": "modelwright.api.fluent",
    "get_registry_uri": "modelwright.api.fluent_stores:get_registry_uri",
    "get_tracking_uri": "modelwright.api.fluent_stores:get_tracking_uri",
    "is_tracking_uri_set": "modelwright.api.fluent_stores:is_tracking_uri_set",
    "set_registry_uri": "modelwright.api.fluent_stores:set_registry_uri",
    "set_tracking_uri": "modelwright.api.fluent_stores:set_tracking_uri",
}

__getattr__, __dir__ = lazy.attach(__name__, NAMES)
