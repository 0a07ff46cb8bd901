"""Spark: each task of a batch is one of Spark's. Inputs, output and model lie on a disk that all machines share."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ...core.frameworks import require
from ..job import Done, Job, Task
from ..journal import Journal
from . import elsewhere

_AHEAD = 8  # tasks for each core in one of Spark's jobs; what is done is told after each


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
    elsewhere.untimed("Spark", timeout)
    asked = str(journal.root), elsewhere.key(job), dict(environment or {})
    with _context(workers) as context:
        count = _AHEAD * (workers or context.defaultParallelism)
        while wave := list(itertools.islice(tasks, count)):
            work = context.parallelize(wave, len(wave))
            for answers in work.map(lambda task: elsewhere.score(task, *asked)).collect():
                for done in elsewhere.taken(answers):
                    heard(done)


@contextmanager
def _context(workers: int | None) -> Iterator[Any]:
    """The session's context; a session that is begun here, on this machine unless Spark is told otherwise, is ended."""
    sql = require("spark", "pyspark.sql")
    if (active := sql.SparkSession.getActiveSession()) is not None:
        yield active.sparkContext
        return
    builder = sql.SparkSession.builder.appName("modelwright batch")
    if not require("spark").SparkConf().contains("spark.master"):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # Spark's own idea is the first python3 on the path
        builder = builder.master(f"local[{workers or '*'}]").config("spark.ui.enabled", "false")
        builder = builder.config("spark.driver.host", "127.0.0.1")  # a machine's own name need not lead back to it
    session = builder.getOrCreate()
    try:
        yield session.sparkContext
    finally:
        session.stop()
