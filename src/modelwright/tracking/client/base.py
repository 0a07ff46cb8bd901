"""What every part of the client stands on: the stores behind two addresses."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from ...core import settings, uris
from ...core.given import mapping
from ...stores.artifacts.base import ArtifactStore
from ...stores.open import open_artifacts, open_registry, open_runs
from ...stores.registry.base import RegistryStore
from ...stores.runs.base import RunStore
from ...wire import messages as m
from .. import where
from ..background import WRITER, RunOperations

_REMEMBERED = 1000


class Connection:
    """The run store, the registry and the artifact stores of one pair of addresses; opened when first used."""

    def __init__(self, tracking_uri: str | None = None, registry_uri: str | None = None) -> None:
        if registry_uri is None and tracking_uri is not None and not where.is_registry_uri_set():
            registry_uri = tracking_uri
        self._tracking_uri = str(tracking_uri or where.tracking_uri())
        self._registry_uri = str(registry_uri or where.registry_uri())
        self._tracking = where.absolute(self._tracking_uri) if tracking_uri else where.tracking_address()
        self._registry = where.absolute(self._registry_uri) if registry_uri else where.registry_address()
        self._roots: dict[str, str] = {}

    @property
    def tracking_uri(self) -> str:
        return self._tracking_uri

    @cached_property
    def runs(self) -> RunStore:
        return open_runs(self._tracking)

    @cached_property
    def registry(self) -> RegistryStore:
        return open_registry(self._registry)

    @property
    def root(self) -> Path | None:
        """The directory of the tracking store, where it is on this machine; its artifacts lie in `artifacts/`."""
        if uris.scheme(self._tracking) == "sqlite":
            return uris.sqlite_path(self._tracking).parent
        return uris.local_path(self._tracking)

    def artifacts_of(self, run_id: str) -> ArtifactStore:
        """The store of a run's own files; its address never changes, so it is asked for once."""
        root = self._roots.get(run_id)
        if root is None:
            root = self.runs.get_run(m.GetRun(run_id)).run.info.artifact_uri
            if len(self._roots) >= _REMEMBERED:
                self._roots.clear()
            self._roots[run_id] = root
        return open_artifacts(root)


def write(what: Callable[[], object], synchronous: bool | None) -> RunOperations | None:
    """Do `what` now, or in the background when asked to; then what comes back can be waited for."""
    if synchronous is None:
        synchronous = not settings.ASYNC_LOGGING.get()
    if synchronous:
        what()
        return None
    return WRITER.submit(what)


def pairs(kind: type[Any], values: Mapping[str, Any] | None) -> list[Any]:
    """A dictionary as key-value messages of `kind`."""
    return [kind(str(key), str(value)) for key, value in mapping("tags", values).items()]


def now() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000
