"""A lock that threads and processes pass one at a time, in turn: every write transaction runs inside it."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

from ...core.errors import Unavailable

if sys.platform == "win32":
    import msvcrt
    import time

    def _lock(fd: int) -> None:
        while True:
            try:
                os.lseek(fd, 0, os.SEEK_SET)
                msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
                return
            except OSError:
                time.sleep(0.001)

    def _unlock(fd: int) -> None:
        os.lseek(fd, 0, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_EX)

    def _unlock(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_UN)


class Gate:
    """A thread lock, then a lock on a file.

    SQLite's own busy handler sleeps and polls: it starves a writer among many for seconds.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = threading.Lock()
        self._fd = -1

    def __enter__(self) -> None:
        self._threads.acquire()
        try:
            if self._fd < 0:
                self._fd = self._open()
            _lock(self._fd)
        except BaseException:
            try:
                if self._fd >= 0:
                    _unlock(self._fd)  # Ctrl-C may come when the file is locked already
            finally:
                self._threads.release()
            raise

    def __exit__(self, *_: object) -> None:
        try:
            _unlock(self._fd)
        finally:
            self._threads.release()

    def renew(self) -> None:
        """For the one inside: moves on to the file that is at the path now, the old one having been removed."""
        old, self._fd = self._fd, self._open()
        os.close(old)
        _lock(self._fd)

    def after_fork(self) -> None:
        """A forked child shares its parent's open file and with it the lock: it takes a file of its own."""
        self._threads = threading.Lock()
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1

    def _open(self) -> int:
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            return os.open(self._path, flags, 0o666)
        except OSError as error:
            raise Unavailable(f"The store's lock file {str(self._path)!r} cannot be opened: {error}") from error
