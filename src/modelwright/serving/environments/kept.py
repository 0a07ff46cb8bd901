"""What is built once and kept in the user's cache: environments, and the wheel of this package.

A thing is built beside its place and put there by one rename, so one that was interrupted is never taken for a whole
one; who asks for the same one meanwhile waits for it.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ...core.settings import ENV_ROOT


def folder() -> Path:
    """Where it is kept."""
    if given := ENV_ROOT.get():
        return Path(given).expanduser().absolute()
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(cache, "modelwright", "envs")


def kept(home: Path, build: Callable[[Path], object], ready: Callable[[Path], bool] = Path.exists) -> Path:
    """`home`, built if it is not ready.

    Args:
        home: Where it belongs.
        build: Makes it at the path it is given, or raises.
        ready: Whether it is there, and usable.
    """
    if ready(home):
        return home
    home.parent.mkdir(parents=True, exist_ok=True)
    with _turn(home.with_name(f"{home.name}.lock")):
        if not ready(home):
            _renew(home, build)
    return home


def _renew(home: Path, build: Callable[[Path], object]) -> None:
    """Build beside, then rename. What a killed build left is cleared away by the next one."""
    for left in (*home.parent.glob(f"{home.name}.building-*"), home):
        remove(left)
    beside = home.with_name(f"{home.name}.building-{os.getpid()}")
    try:
        build(beside)
        os.replace(beside, home)
    finally:
        remove(beside)


def remove(path: Path) -> None:
    """Delete a tree, or a link and the tree it leads to; nothing where there is none."""
    if path.is_symlink():
        shutil.rmtree(path.resolve(), ignore_errors=True)
        path.unlink(missing_ok=True)
    else:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _turn(path: Path) -> Iterator[None]:
    """A lock that processes and threads pass one at a time; the system lets go of it when its holder dies."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
    try:
        _lock(fd)
        yield
    finally:
        os.close(fd)


if sys.platform == "win32":
    import msvcrt

    def _lock(fd: int) -> None:
        while True:
            try:
                msvcrt.locking(fd, msvcrt.LK_LOCK, 1)
                return
            except OSError:  # it gives up after ten seconds
                continue

else:
    import fcntl

    def _lock(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_EX)
