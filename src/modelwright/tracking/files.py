"""Files and trees in and out of an artifact store, whichever kind of store it is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from ..core.errors import InvalidArgument, MissingFile
from ..core.paths import relative
from ..stores.artifacts import transfer
from ..stores.artifacts.base import ArtifactStore, Local


def join(*parts: str | None) -> str:
    """Keys, one under the other; each must stay below the one before.

    >>> join("model", None, "data/x.txt")
    'model/data/x.txt'
    """
    return "/".join(clean for part in parts if part and (clean := relative(part)))


@contextmanager
def writing(store: ArtifactStore, key: str) -> Iterator[Path]:
    """A path to write one file to; it is stored at `key` when the block ends well."""
    name = PurePosixPath(key := relative(key)).name
    if not name:
        raise InvalidArgument("The artifact has no name; give a relative path such as 'notes/today.txt'")
    with scratch(store) as root:
        yield root / name
        if isinstance(store, Local):
            store.publish(root / name, key)
        else:
            store.put(root / name, key)


@contextmanager
def scratch(store: ArtifactStore) -> Iterator[Path]:
    """An empty directory for what is about to be stored, on the store's own file system where it has one."""
    if isinstance(store, Local):
        root = store.stage()
    else:
        import tempfile  # costs more than the rest of this module; local stores do without

        root = Path(tempfile.mkdtemp(prefix="modelwright-"))
    try:
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)


def exists(store: ArtifactStore, key: str) -> bool:
    """Whether there is a file or a directory at `key`; the root is always there."""
    key = relative(key)
    if isinstance(store, Local):
        return store.path(key).exists()
    parent = str(PurePosixPath(key).parent)
    return not key or any(entry.path == key for entry in store.list("" if parent == "." else parent))


def fetch(store: ArtifactStore, key: str, local: Path) -> Path:
    """Copy a file or a tree out to `local`; `MissingFile` lists what there is instead."""
    if not exists(store, key):
        raise missing(store, key)
    return transfer.download(store, key, local)


def missing(store: ArtifactStore, key: str) -> MissingFile:
    """The error for a key that is not there, with what is."""
    parent = str(PurePosixPath(key).parent)
    beside = [entry.path for entry in store.list("" if parent == "." else parent)]
    shown = f"there are {', '.join(map(repr, beside[:20]))}" if beside else "its directory is empty or not there"
    return MissingFile(f"There is no artifact {key!r}; {shown}")
