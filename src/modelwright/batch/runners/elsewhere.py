"""What processes of a cluster do: score tasks with a model that each of them loads once."""

from __future__ import annotations

import hashlib
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


def score(task: Task, journal: str, job: str, environment: Mapping[str, str]) -> Answers:
    """Score one task.

    Args:
        task: The task.
        journal: The folder of the journal; all processes and the one that asks must share it.
        job: A text that is another for another job.
        environment: Environment variables, for what reads them when it is imported.
    """
    try:
        os.environ.update(environment)
        return list(_scorer(journal, job).run(task))
    except Exception as error:
        return Failed.of(error)


@lru_cache(maxsize=1)
def _scorer(journal: str, job: str) -> Scorer:
    found = Journal(Path(journal))
    if not found.asked.exists():
        raise InvalidArgument(
            f"'{journal}' is not there for this process; let input, output and model lie on a shared disk"
        )
    return Scorer(found.job(), found)


def key(job: Job) -> str:
    """The text that stands for a job."""
    return hashlib.sha256(msgspec.json.encode(job)).hexdigest()


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
