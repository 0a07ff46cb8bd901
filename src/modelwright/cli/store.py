"""The stores a command asks: they must be there already, so that asking at a mistyped address does not make one."""

from __future__ import annotations

from ..core import uris
from ..core.errors import NotFound
from ..core.settings import REGISTRY_URI, TRACKING_URI
from ..stores.open import is_there
from ..tracking import where
from ..tracking.client import MlflowClient


def runs() -> MlflowClient:
    """The client of a run store that exists."""
    if not is_there(where.tracking_address()):
        raise NotFound(
            f"There is no store at {where.tracking_uri()!r}; name another with --tracking-uri or "
            f"{TRACKING_URI.names[0]}, or log a run there first"
        )
    return MlflowClient()


def models() -> MlflowClient:
    """The client of a registry that exists."""
    if where.registry_address() == where.tracking_address():
        return runs()
    if not is_there(where.registry_address()):
        raise NotFound(
            f"There is no registry at {where.registry_uri()!r}; name another with {REGISTRY_URI.names[0]}, "
            "or register a model there first"
        )
    return MlflowClient()


def needed_by(uri: str) -> None:
    """Nothing, when what the address leads through exists; a path leads through no store."""
    kind = uris.scheme(uri)
    if kind == "models":
        models()
    if kind in ("runs", "models"):
        runs()
