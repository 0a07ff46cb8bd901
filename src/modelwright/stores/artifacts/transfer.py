"""Trees of files, up and down: walking, parallelism and retries, the same for every artifact store."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from pathlib import Path

from ...core.errors import MissingFile, Unavailable
from ...core.paths import inside, relative
from .base import ArtifactStore, Entry, Local

WORKERS = 8
TRIES = 4
Tell = Callable[[int, int], object]  # files done, files in all
_tell: ContextVar[Tell | None] = ContextVar("modelwright_transfer", default=None)


@contextmanager
def watched(tell: Tell) -> Iterator[None]:
    """Tell of every file of the trees that are copied in here."""
    token = _tell.set(tell)
    try:
        yield
    finally:
        _tell.reset(token)


def upload(store: ArtifactStore, local: Path, key: str = "") -> list[str]:
    """Stores a file under `key`, or what a directory holds below `key`; returns the keys written.

    Symbolic links in the directory are followed, each directory once.
    """
    if local.is_file():
        _retried(lambda: store.put(local, key))
        return [key]
    if not local.is_dir():
        raise MissingFile(f"There is no file or directory {str(local)!r} to upload")
    files = [(path, f"{key}/{name}".lstrip("/")) for path, name in _walk(local)]
    _each(store, [partial(store.put, path, name) for path, name in files])
    return [name for _, name in files]


def download(store: ArtifactStore, key: str, local: Path) -> Path:
    """Copies the file or tree at `key` to `local`, which becomes a file or a directory like it; returns `local`."""
    entries = list(tree(store, key))
    if not entries:
        if _is_directory(store, key):
            local.mkdir(parents=True, exist_ok=True)
        else:
            _retried(lambda: store.get(key, local))
        return local
    local.mkdir(parents=True, exist_ok=True)
    start = len(relative(key)) + 1 if relative(key) else 0
    targets = [(entry, inside(local, entry.path[start:])) for entry in entries]
    for entry, target in targets:
        (target if entry.is_dir else target.parent).mkdir(parents=True, exist_ok=True)
    jobs = [(entry.path, target) for entry, target in targets if not entry.is_dir]
    _each(store, [partial(store.get, name, target) for name, target in jobs])
    return local


def tree(store: ArtifactStore, key: str = "") -> Iterator[Entry]:
    """Everything below `key`, directories before what they hold; nothing for a file."""
    for entry in store.list(key):
        yield entry
        if entry.is_dir:
            yield from tree(store, entry.path)


def _is_directory(store: ArtifactStore, key: str) -> bool:
    name = relative(key)
    return not name or any(entry.is_dir and entry.path == name for entry in store.list(os.path.dirname(name)))


def _walk(root: Path) -> Iterator[tuple[Path, str]]:
    seen: set[str] = set()
    for folder, folders, files in os.walk(root, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders.sort()
        for file in sorted(files):
            path = Path(folder, file)
            yield path, path.relative_to(root).as_posix()


def _each(store: ArtifactStore, jobs: list[Callable[[], None]]) -> None:
    """Runs all jobs, several at once where each waits for a network; the first failure is raised."""
    tell = _tell.get() or (lambda done, total: None)
    tell(0, len(jobs))
    if isinstance(store, Local) or len(jobs) < 2:
        for done, job in enumerate(jobs, 1):
            _retried(job)
            tell(done, len(jobs))
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(WORKERS, thread_name_prefix="artifacts") as pool:
        for done, future in enumerate([pool.submit(_retried, job) for job in jobs], 1):
            future.result()
            tell(done, len(jobs))


def _retried(job: Callable[[], None]) -> None:
    for attempt in range(TRIES):
        try:
            return job()
        except Unavailable:
            if attempt == TRIES - 1:
                raise
            time.sleep(0.1 * 4**attempt)
    return None
