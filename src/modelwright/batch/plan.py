"""The plan: the tasks of a job, the same each time it is made."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

from .formats import opened
from .formats.base import Wanted
from .job import Chunk, Done, Job, Task


def tasks(job: Job, wanted: Wanted, done: Mapping[int, Sequence[Done]]) -> Iterator[Task]:
    """Every task that is not done, each found when it is asked for.

    Args:
        job: What is asked.
        wanted: What is to be read.
        done: What an earlier run did.
    """
    for number, chunk in enumerate(_chunks(job, wanted)):
        before = done.get(number, ())
        if not (before and before[-1].last):
            yield Task(number, chunk, skip=len(before))


def _chunks(job: Job, wanted: Wanted) -> Iterator[Chunk]:
    for kind, files in itertools.groupby(enumerate(job.files), key=lambda pair: pair[1].kind):
        yield from opened(kind).tasks(list(files), job.rows, wanted)
