"""URI → store; the only place that chooses. Stores are kept and shared by all threads."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..core import uris
from ..core.errors import InvalidArgument
from ..core.lazy import resolve
from .artifacts.base import ArtifactStore
from .registry.base import RegistryStore
from .runs.base import RunStore

DEFAULT = "./mwruns"
RUNS = {"": "modelwright.stores.open:_sql_runs", "file": "modelwright.stores.open:_sql_runs"}
REGISTRIES = {"": "modelwright.stores.open:_sql_registry", "file": "modelwright.stores.open:_sql_registry"}
ARTIFACTS = {
    "": "modelwright.stores.artifacts.local:open_local",
    "file": "modelwright.stores.artifacts.local:open_local",
}
RUNS["sqlite"], REGISTRIES["sqlite"] = RUNS[""], REGISTRIES[""]
_GROUPS = {
    "run": "modelwright.run_stores",
    "registry": "modelwright.registries",
    "artifact": "modelwright.artifact_stores",
}
_open: dict[tuple[str, str], Any] = {}
_lock = threading.Lock()
_KEPT = 256


def open_runs(uri: str = "") -> RunStore:
    """The store of runs at a directory, `sqlite:///path/store.db`, or a scheme that an installed package adds.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as root:
    ...     type(open_runs(root)).__name__
    'SqlRuns'
    """
    store: RunStore = _cached("run", RUNS, uri or DEFAULT)
    return store


def open_registry(uri: str = "") -> RegistryStore:
    """The registry at a directory, `sqlite:///path/store.db`, or a scheme that an installed package adds."""
    store: RegistryStore = _cached("registry", REGISTRIES, uri or DEFAULT)
    return store


def open_artifacts(uri: str) -> ArtifactStore:
    """The files below `uri`: a directory, a `file:` URI, or a scheme that an installed package adds."""
    store: ArtifactStore = _cached("artifact", ARTIFACTS, uri)
    return store


def _cached(kind: str, table: dict[str, str], uri: str) -> Any:
    """Relative paths mean another place after a change of directory, so they are resolved before the look-up."""
    scheme = uris.scheme(uri)
    if scheme in ("", "file"):
        path = uris.local_path(uri)
        uri = os.path.abspath(path) if path is not None else uri
    elif scheme == "sqlite":
        uri = f"sqlite:///{os.path.abspath(uris.sqlite_path(uri))}"
    found = _open.get((kind, uri))
    if found is None:
        with _lock:
            found = _open.get((kind, uri))
            if found is None:
                found = _open[kind, uri] = _factory(kind, table, scheme, uri)(uri)
                _evict()
    return found


def _evict() -> None:
    """Every run has an artifact store of its own: a long-lived process keeps those opened last."""
    kept = [key for key in _open if key[0] == "artifact"]
    for key in kept[:-_KEPT]:
        del _open[key]


def _factory(kind: str, table: dict[str, str], scheme: str, uri: str) -> Callable[[str], Any]:
    if scheme in table:
        factory: Callable[[str], Any] = resolve(table[scheme])
        return factory
    from importlib.metadata import entry_points

    for point in entry_points(group=_GROUPS[kind], name=scheme):
        loaded: Callable[[str], Any] = point.load()
        return loaded
    known = ", ".join(f"{name}:" if name else "a path" for name in table)
    raise InvalidArgument(
        f"No {kind} store for {scheme + ':'!r} URIs such as {uri!r} is installed; expected {known}, or a package with "
        f"an entry point in {_GROUPS[kind]!r}"
    )


def _database(uri: str) -> Any:
    """The database at `uri` and the root it lies in, one pair for its runs and its registry."""
    if uris.scheme(uri) == "sqlite":
        path = uris.sqlite_path(uri)
    else:
        path = Path(uri) / "store.db"
        _look_at(Path(uri))
    found = _open.get(("database", str(path)))
    if found is None:
        found = _open["database", str(path)] = (
            resolve("modelwright.stores.database.sqlite:Database")(path),
            resolve("modelwright.stores.root:Root")(path.parent),
        )
    return found


def _look_at(root: Path) -> None:
    if root.is_file():
        raise InvalidArgument(f"{str(root)!r} is a file; give a directory, or sqlite:///{root} for a database")
    if (root / "store.db").exists() or not root.exists():
        return
    with os.scandir(root) as entries:
        for entry in entries:
            if entry.is_dir() and os.path.exists(os.path.join(entry.path, "meta.yaml")):
                warnings.warn(
                    f"{str(root)!r} holds runs in MLflow's file format; they stay as they are and are not shown. "
                    f"Runs logged from now on are kept in {str(root / 'store.db')!r}",
                    UserWarning,
                    stacklevel=2,
                )
                return


def _sql_runs(uri: str) -> RunStore:
    store: RunStore = resolve("modelwright.stores.runs.sql:SqlRuns")(*_database(uri))
    return store


def _sql_registry(uri: str) -> RegistryStore:
    store: RegistryStore = resolve("modelwright.stores.registry.sql:SqlRegistry")(*_database(uri))
    return store


def _after_fork() -> None:
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
