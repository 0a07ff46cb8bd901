"""Where and how to log (`mlflow.config`)."""

from __future__ import annotations

import os

from ..core import lazy
from ..core.settings import ASYNC_LOGGING
from . import system_metrics

_STORES = ("get_registry_uri", "get_tracking_uri", "is_tracking_uri_set", "set_registry_uri", "set_tracking_uri")
NAMES = {
    **{name: f"modelwright.api.fluent_stores:{name}" for name in _STORES},
    **system_metrics.NAMES,
    "enable_async_logging": "modelwright.api.config:enable_async_logging",
}
__getattr__, __dir__ = lazy.attach(__name__, NAMES)


def enable_async_logging(enable: bool = True) -> None:
    """Whether calls that log return before the store has written, in this process and its children.

    Args:
        enable: False makes them wait again.

    >>> enable_async_logging(False)
    """
    os.environ[ASYNC_LOGGING.names[0]] = str(enable).lower()
