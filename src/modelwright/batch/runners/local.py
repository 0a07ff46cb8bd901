"""Processes of this machine, each with the model loaded once; one that dies or takes too long is replaced."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

import msgspec

from ...core.errors import Unavailable
from ..job import Done, Job, Task
from ..journal import Journal
from .worker import Answer, Failed, Ready, Told

# Libraries with threads of their own share the cores: N processes with N threads each would only wait for each other.
_THREADS = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
    "RAYON_NUM_THREADS", "POLARS_MAX_THREADS", "TF_NUM_INTRAOP_THREADS", "LOKY_MAX_CPU_COUNT", "ARROW_NUM_THREADS",
)  # fmt: skip
# The modules of this process are found by the other, too, however it came to its path.
_BEGIN = (
    f"import json, sys; sys.path[:] = json.loads(sys.argv[1]); from {__package__}.worker import main; main(sys.argv[2])"
)


def run(
    job: Job,
    journal: Journal,
    tasks: Iterator[Task],
    heard: Callable[[Done], object],
    *,
    workers: int | None = None,
    timeout: float | None = None,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Have every task done.

    Args:
        job: What is asked.
        journal: Where parts go.
        tasks: What is to be done; asked for as processes become free.
        heard: Told of each mini-batch.
        workers: How many processes; one for each core if not given.
        timeout: Seconds that one mini-batch may take.
        environment: Environment variables of the processes.

    Raises whatever error the job cannot be done for.
    """
    count = workers or cores()
    share = {name: str(max(1, cores() // count)) for name in _THREADS if name not in os.environ}
    pool = _Pool(job, journal, {**os.environ, **share, **(environment or {})}, timeout)
    try:
        pool.work(tasks, heard, count)
    finally:
        pool.end()


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Worker:
    """A process, and what it is at."""

    task: Task | None = None
    part = 0  # of the task, in the making
    ready = False  # the model is loaded

    def __init__(self, journal: Journal, environment: Mapping[str, str], answers: _Answers) -> None:
        path = json.dumps([path for path in sys.path if isinstance(path, str)])
        self.process = subprocess.Popen(
            [sys.executable, "-c", _BEGIN, path, str(journal.root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )
        self.since = time.monotonic()
        threading.Thread(target=self._listen, args=(answers,), daemon=True).start()

    def begin(self, task: Task) -> None:
        self.task, self.part, self.since = task, task.skip, time.monotonic()
        with suppress(BrokenPipeError):  # it is dead, and its other pipe tells
            self.process.stdin.write(msgspec.json.encode(task) + b"\n")  # type: ignore[union-attr]
            self.process.stdin.flush()  # type: ignore[union-attr]

    def finished(self, done: Done) -> None:
        self.part, self.since = done.part + 1, time.monotonic()
        if done.last:
            self.task = None

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        with suppress(OSError):  # what was not sent yet has nobody to read it
            self.process.stdin.close()  # type: ignore[union-attr]

    def _listen(self, answers: _Answers) -> None:
        with self.process.stdout as out:  # type: ignore[union-attr]
            for line in out:
                answers.put((self, msgspec.json.decode(line, type=Answer)))
        answers.put((self, None))


_Answers = queue.SimpleQueue[tuple[_Worker, Answer | None]]


class _Pool:
    """The processes of one job."""

    def __init__(self, job: Job, journal: Journal, environment: Mapping[str, str], timeout: float | None) -> None:
        self.job, self.journal, self.environment, self.timeout = job, journal, environment, timeout
        self.workers: list[_Worker] = []
        self.waiting: deque[Task] = deque()
        self.answers: _Answers = queue.SimpleQueue()
        self.losses: Counter[tuple[int, int]] = Counter()

    def work(self, tasks: Iterator[Task], heard: Callable[[Done], object], count: int) -> None:
        """Have every task done by at most `count` processes."""
        while True:
            while len(self.waiting) < count and (task := next(tasks, None)) is not None:
                self.waiting.append(task)
            for worker in self.workers:
                if self.waiting and worker.ready and worker.task is None:
                    worker.begin(self.waiting.popleft())
            busy = sum(worker.task is not None for worker in self.workers)
            if not busy and not self.waiting:
                return
            while len(self.workers) < min(count, busy + len(self.waiting)):
                self.workers.append(_Worker(self.journal, self.environment, self.answers))
            self._wait(heard)

    def end(self) -> None:
        for worker in self.workers:
            worker.end()

    def _wait(self, heard: Callable[[Done], object]) -> None:
        """Take the next answer, or see who is late."""
        try:
            worker, answer = self.answers.get(timeout=None if self.timeout is None else min(self.timeout, 1) / 4)
        except queue.Empty:
            pass
        else:
            if worker in self.workers:
                self._take(worker, answer, heard)
        for worker in self.workers[:] if self.timeout is not None else ():
            if worker.task is not None and time.monotonic() - worker.since > (self.timeout or 0):
                self._lost(worker, f"it took longer than {self.timeout:g} s")

    def _take(self, worker: _Worker, answer: Answer | None, heard: Callable[[Done], object]) -> None:
        if isinstance(answer, Ready):
            worker.ready = True
        elif isinstance(answer, Told):
            worker.finished(answer.done)
            heard(answer.done)
        elif isinstance(answer, Failed):
            raise answer.error()
        else:
            self._lost(worker, f"the process ended with {_ending(worker.process.wait())}")

    def _lost(self, worker: _Worker, why: str) -> None:
        """Replace a process; what it was at is tried again, and at last told as failed."""
        self.workers.remove(worker)
        worker.end()
        if not worker.ready:
            raise Unavailable(f"The model was not loaded: {why}; what it said is above")
        if (task := worker.task) is None:
            return
        self.losses[task.number, worker.part] += 1
        losses, most = self.losses[task.number, worker.part], self.job.max_retries
        if losses > most + 1:  # reading alone is too much
            name = self.job.files[task.chunk.file].name
            raise Unavailable(f"'{name}' cannot be read from row {task.chunk.first} on: {why}")
        given_up = {worker.part: why} if losses > most else {}
        self.waiting.appendleft(Task(task.number, task.chunk, worker.part, given_up))


def _ending(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
