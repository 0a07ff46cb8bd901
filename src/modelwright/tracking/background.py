"""Writes that happen while the caller goes on: one thread, in order, flushed before a run ends and at exit."""

from __future__ import annotations

import atexit
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable

Write = Callable[[], object]


class RunOperations:
    """What an asynchronous call returns: `wait()` until the store has written, raising what went wrong."""

    def __init__(self, operation_futures: Iterable[Pending] = ()) -> None:
        self._pending = list(operation_futures)

    def wait(self, timeout: float | None = None) -> None:
        for pending in self._pending:
            pending.wait(timeout)


class Pending:
    """One write that is waiting for its turn."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._done = threading.Event()
        self._error: BaseException | None = None
        self._seen = False

    def wait(self, timeout: float | None = None) -> None:
        self._seen = True
        if not self._done.wait(timeout):
            raise TimeoutError(f"The write was not finished within {timeout} s; wait again")
        if self._error is not None:
            raise self._error

    def run(self) -> None:
        try:
            self._write()
        except Exception as error:
            self._error = error
        finally:
            self._done.set()

    @property
    def lost(self) -> BaseException | None:
        """The error that nobody has asked for."""
        return None if self._seen else self._error


class Writer:
    """A queue and its thread; both are made when the first write comes, and again in a forked child."""

    _owner: int
    _changed: threading.Condition
    _waiting: deque[Pending]
    _lost: list[Pending]
    _busy: bool
    _thread: threading.Thread | None

    def __init__(self) -> None:
        self._reset()

    def submit(self, write: Write) -> RunOperations:
        if self._owner != os.getpid():
            self._reset()
        pending = Pending(write)
        with self._changed:
            self._waiting.append(pending)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="modelwright-writer", daemon=True)
                self._thread.start()
            self._changed.notify_all()
        return RunOperations([pending])

    def flush(self) -> None:
        """Wait until everything submitted so far is written; what failed unseen is warned about, once."""
        if self._owner != os.getpid() or self._thread in (None, threading.current_thread()):
            return  # nothing was submitted here, or this is one of the writes
        with self._changed:
            while self._waiting or self._busy:
                self._changed.wait()
            lost, self._lost = self._lost, []
        if errors := [pending.lost for pending in lost if pending.lost is not None]:
            import warnings

            shown = "; ".join(dict.fromkeys(f"{type(error).__name__}: {error}" for error in errors))
            warnings.warn(f"{len(errors)} asynchronous writes failed: {shown}", RuntimeWarning, stacklevel=2)

    def _reset(self) -> None:
        self._owner = os.getpid()
        self._changed = threading.Condition()
        self._waiting = deque()
        self._lost = []
        self._busy = False
        self._thread = None

    def _work(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                while not self._waiting:
                    self._changed.wait()
                pending, self._busy = self._waiting.popleft(), True
            pending.run()
            if pending.lost is not None:
                self._lost.append(pending)


WRITER = Writer()
atexit.register(WRITER.flush)
