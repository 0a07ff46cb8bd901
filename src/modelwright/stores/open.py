"""URI → store; the only place that chooses. Stores are kept and shared by all threads."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from ..core import uris
from ..core.errors import InvalidArgument
from ..core.lazy import resolve
from .artifacts.base import ArtifactStore
from .registry.base import RegistryStore
from .runs.base import RunStore

if TYPE_CHECKING:
    from .database.sqlite import Database
    from .root import Root

S = TypeVar("S")

DEFAULT = "./mwruns"
RUNS = dict.fromkeys(("", "file", "sqlite"), "modelwright.stores.open:_sql_runs")
REGISTRIES = dict.fromkeys(("", "file", "sqlite"), "modelwright.stores.open:_sql_registry")
ARTIFACTS = dict.fromkeys(("", "file"), "modelwright.stores.artifacts.local:open_local")


class _Kind(Generic[S]):
    """One kind of store: the factory of each scheme, where installed packages add theirs, and the stores in use."""

    def __init__(self, name: str, table: dict[str, str], group: str) -> None:
        self.name, self.table, self.group = name, table, group
        self.opened: dict[str, S] = {}


_RUNS: _Kind[RunStore] = _Kind("run", RUNS, "modelwright.run_stores")
_REGISTRIES: _Kind[RegistryStore] = _Kind("registry", REGISTRIES, "modelwright.registries")
_ARTIFACTS: _Kind[ArtifactStore] = _Kind("artifact", ARTIFACTS, "modelwright.artifact_stores")
_databases: dict[str, tuple[Database, Root]] = {}
_lock = threading.Lock()
_KEPT = 256


def open_runs(uri: str = "") -> RunStore:
    """The store of runs at a directory, `sqlite:///path/store.db`, or a scheme that an installed package adds.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as root:
    ...     type(open_runs(root)).__name__
    'SqlRuns'
    """
    return _cached(_RUNS, uri or DEFAULT)


def open_registry(uri: str = "") -> RegistryStore:
    """The registry at a directory, `sqlite:///path/store.db`, or a scheme that an installed package adds."""
    return _cached(_REGISTRIES, uri or DEFAULT)


def is_there(uri: str = "") -> bool:
    """Whether a store of runs or a registry exists at `uri`; nothing is made. True where only opening can tell.

    >>> is_there("no/such/directory")
    False
    """
    kind = uris.scheme(uri or DEFAULT)
    path = uris.local_path(uri or DEFAULT) if kind in ("", "file") else None
    if kind == "sqlite":
        return uris.sqlite_path(uri).exists()
    return path is None or path.is_file() or (path / "store.db").exists()


def open_artifacts(uri: str) -> ArtifactStore:
    """The files below `uri`: a directory, a `file:` URI, or a scheme that an installed package adds."""
    return _cached(_ARTIFACTS, uri)


def _cached(kind: _Kind[S], uri: str) -> S:
    """Relative paths mean another place after a change of directory, so they are resolved before the look-up."""
    scheme = uris.scheme(uri)
    if scheme in ("", "file"):
        path = uris.local_path(uri)
        uri = os.path.abspath(path) if path is not None else uri
    elif scheme == "sqlite":
        uri = f"sqlite:///{os.path.abspath(uris.sqlite_path(uri))}"
    found = kind.opened.get(uri)
    if found is None:
        with _lock:
            found = kind.opened.get(uri)
            if found is None:
                found = kind.opened[uri] = _factory(kind, scheme, uri)(uri)
                _evict()
    return found


def _evict() -> None:
    """Every run has an artifact store of its own: a long-lived process keeps those opened last."""
    for uri in list(_ARTIFACTS.opened)[:-_KEPT]:
        del _ARTIFACTS.opened[uri]


def _factory(kind: _Kind[S], scheme: str, uri: str) -> Callable[[str], S]:
    if scheme in kind.table:
        factory: Callable[[str], S] = resolve(kind.table[scheme])
        return factory
    from importlib.metadata import entry_points

    for point in entry_points(group=kind.group, name=scheme):
        loaded: Callable[[str], S] = point.load()
        return loaded
    known = ", ".join(f"{name}:" if name else "a path" for name in kind.table)
    raise InvalidArgument(
        f"No {kind.name} store for {scheme + ':'!r} URIs such as {uri!r} is installed; expected {known}, or a package "
        f"with an entry point in {kind.group!r}"
    )


def _database(uri: str) -> tuple[Database, Root]:
    """The database at `uri` and the root it lies in, one pair for its runs and its registry."""
    if uris.scheme(uri) == "sqlite":
        path = uris.sqlite_path(uri)
    else:
        path = Path(uri) / "store.db"
        _look_at(Path(uri))
    found = _databases.get(str(path))
    if found is None:
        found = _databases[str(path)] = (
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
