"""The client (`mlflow.client`, `mlflow.MlflowClient`)."""

from __future__ import annotations

from ..core import lazy

NAMES = {"MlflowClient": "modelwright.tracking.client:MlflowClient"}
__getattr__, __dir__ = lazy.attach(__name__, NAMES)
