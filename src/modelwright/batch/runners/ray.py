"""Ray: actors that each load the model once. Inputs, output and model lie on a disk that all machines share."""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ...core.errors import Unavailable
from ...core.extras import need
from ..job import Done, Job, Task
from ..journal import Journal
from . import elsewhere
from .local import cores


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
    """Have every task done; the arguments are those of the local runner."""
    elsewhere.untimed("Ray", timeout)
    asked = str(journal.root), elsewhere.key(job), dict(environment or {})
    with _ray(workers) as ray:
        kind = ray.remote(num_cpus=1)(_Actor)
        count = workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
        losses: Counter[int] = Counter()
        busy: dict[Any, tuple[Any, Task]] = {}  # answer to come → who makes it, of what
        idle: deque[Any] = deque()
        again: deque[Task] = deque()
        while True:
            while len(busy) < count and (task := again.popleft() if again else next(tasks, None)) is not None:
                actor = idle.popleft() if idle else kind.remote(*asked)
                busy[actor.score.remote(task)] = actor, task
            if not busy:
                return
            (answer, *_), _ = ray.wait(list(busy))
            actor, task = busy.pop(answer)
            try:
                made = elsewhere.taken(ray.get(answer))
            except ray.exceptions.RayError as error:
                losses[task.number] += 1
                if losses[task.number] > job.max_retries:
                    name = job.files[task.chunk.file].name
                    raise Unavailable(f"'{name}' from row {task.chunk.first} on ends its process: {error}") from error
                again.append(task)
            else:
                idle.append(actor)
                for done in made:
                    heard(done)


class _Actor:
    """A process of Ray's."""

    def __init__(self, *asked: Any) -> None:
        self.asked = asked

    def score(self, task: Task) -> elsewhere.Answers:
        return elsewhere.score(task, *self.asked)


@contextmanager
def _ray(workers: int | None) -> Iterator[Any]:
    """Ray, connected; what is begun here, on this machine unless RAY_ADDRESS names another, ends here."""
    ray = need("ray", "ray", "score with Ray")
    if ray.is_initialized():
        yield ray
        return
    here = {} if os.environ.get("RAY_ADDRESS") else {"num_cpus": workers or cores(), "include_dashboard": False}
    ray.init(log_to_driver=False, logging_level="ERROR", **here)
    try:
        yield ray
    finally:
        ray.shutdown()
