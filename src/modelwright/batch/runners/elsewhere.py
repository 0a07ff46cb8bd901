"""What processes of a cluster do: score tasks with a model that each of them loads once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import msgspec

from ...core.errors import InvalidArgument
from ..job import Done, Job, Task
from ..journal import Journal
from ..scorer import Scorer
from .worker import Failed

Answers = list[Done] | Failed


def score(job: bytes, journal: str, environment: Mapping[str, str], task: Task) -> Answers:
    """Score one task.

    Args:
        job: What is asked, as JSON: the same bytes mean the same model.
        journal: The folder that parts go to; all processes and the one that asks must share it.
        environment: Environment variables, for what reads them when it is imported.
        task: The task.
    """
    try:
        os.environ.update(environment)
        return list(_scorer(job, journal).run(task))
    except Exception as error:
        return Failed.of(error)


@lru_cache(maxsize=1)
def _scorer(job: bytes, journal: str) -> Scorer:
    root = Path(journal)
    if not (root / "job.json").exists():
        raise InvalidArgument(
            f"'{root}' is not there for this process; inputs, output and model must lie on a shared disk"
        )
    return Scorer(msgspec.json.decode(job, type=Job), Journal(root))


def taken(answers: Answers) -> list[Done]:
    """What was done; the error where the job cannot be done."""
    if isinstance(answers, Failed):
        raise answers.error()
    return answers


def untimed(engine: str, timeout: float | None) -> None:
    """Refuse a timeout, which only the processes of this machine can be held to."""
    if timeout is not None:
        raise InvalidArgument(
            f"timeout is for the engine 'local'; {engine} has settings of its own for tasks that hang"
        )
