"""A process that scores tasks: one message a line, in on standard input, out on what was standard output.

It ends when nobody is left to tell, in the middle of a prediction if need be.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from ...core import errors
from ...core.errors import Error
from ..job import Done, Task
from ..journal import Journal
from ..scorer import Scorer, said


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The model is loaded."""


class Told(msgspec.Struct, frozen=True, tag=True):
    """A mini-batch is done."""

    done: Done


class Failed(msgspec.Struct, frozen=True, tag=True):
    """The job cannot be done, whatever is tried."""

    kind: str  # the error's class in core.errors
    message: str

    @classmethod
    def of(cls, error: Exception) -> Failed:
        kinds = (base.__name__ for base in type(error).__mro__ if issubclass(base, Error))
        return cls(next((name for name in kinds if hasattr(errors, name)), Error.__name__), said(error))

    def error(self) -> Error:
        """The error, in the process that asked."""
        kind: type[Error] = getattr(errors, self.kind)
        return kind(self.message)


Answer = Ready | Told | Failed


def main(journal: str) -> None:
    """Work on the job of a journal until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever asked ends this process when it is interrupted
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a model prints is no message
    tasks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(tasks,), daemon=True).start()
    try:
        found = Journal(Path(journal))
        scorer = Scorer(found.job(), found)
        _say(out, Ready())
        while True:
            for done in scorer.run(msgspec.json.decode(tasks.get(), type=Task)):
                _say(out, Told(done))
    except Exception as error:
        _say(out, Failed.of(error))


def _listen(tasks: queue.SimpleQueue[bytes]) -> None:
    for line in sys.stdin.buffer:
        tasks.put(line)
    os._exit(0)  # not sys.exit: the main thread may be in the middle of a prediction


def _say(out: BinaryIO, answer: Any) -> None:
    out.write(msgspec.json.encode(answer) + b"\n")
    out.flush()
