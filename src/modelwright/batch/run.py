"""A batch from its beginning to its end: journal, plan, runner, output."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from ..core import lazy
from ..core.errors import InvalidArgument
from ..models import enforce, jsonable, manifest
from ..models.mlmodel import Model
from . import files, plan
from .formats.base import Wanted
from .job import Done, File, Job, Summary
from .journal import AFRESH, Journal
from .output import Output

Engine = Literal["local", "spark", "ray"]
Heard = Callable[[int, int, int], object]  # bytes read, bytes in all, rows
# What runs the tasks of a plan: run(job, journal, tasks, heard, options).
RUNNERS = {
    "local": "modelwright.batch.runners.local:run",
    "spark": "modelwright.batch.runners.spark:run",
    "ray": "modelwright.batch.runners.ray:run",
}


def job(root: Path, inputs: Sequence[str | Path], output: Output, *, trusted: bool, **asked: Any) -> Job:
    """What is asked, its inputs found and its params checked.

    Args:
        root: The model directory.
        inputs: Files and folders.
        output: Where predictions go; what lies there is no input.
        trusted: Whether loading the model may run code.
        **asked: Further fields of Job.
    """
    meta = Model.load(root)
    journal = Journal.beside(output.path)
    found = files.found(inputs, [output.path, output.errors, journal.root])
    params = asked.pop("params", None)
    if params is not None:
        params = jsonable.plain(enforce.enforce_params(params, meta.signature.params if meta.signature else None))
    if asked.get("rows") is not None and asked["rows"] < 1:
        raise InvalidArgument(f"rows must be 1 or more, got {asked['rows']}; leave it out to go by bytes")
    if asked.get("bad_rows", "null") not in ("null", "skip"):
        raise InvalidArgument(f"bad_rows must be 'null' or 'skip', got {asked['bad_rows']!r}")
    asked["keep"] = tuple(asked.get("keep") or ())
    return Job(str(root.absolute()), digest(root), trusted, found, params, **asked)


def score(
    wanted: Job,
    output: Output,
    *,
    engine: Engine = "local",
    workers: int | None = None,
    timeout: float | None = None,
    environment: Mapping[str, str] | None = None,
    error_threshold: int = -1,
    fresh: bool = False,
    heard: Heard | None = None,
) -> Summary:
    """Do it, or go on where a killed run was.

    Args:
        wanted: What is asked.
        output: Where predictions go.
        engine: What runs the processes.
        workers: How many processes; one for each core if not given.
        timeout: Seconds that one mini-batch may take.
        environment: Environment variables of the processes.
        error_threshold: How many files may have failed rows; -1 for any number.
        fresh: Forget what an earlier run did.
        heard: Told how far it is.
    """
    if engine not in RUNNERS:
        raise InvalidArgument(f"engine must be one of {', '.join(RUNNERS)}, got {engine!r}")
    began, journal = time.monotonic(), Journal.beside(output.path)
    if not journal.placing.exists() or fresh:  # else what lies there may be this run's own
        output.check(begun=journal.asked.exists() and not fresh)
    journal.open(wanted, fresh=fresh)
    try:
        done = journal.done()
        tally = _Tally(wanted.files, error_threshold, heard)
        for one in (one for parts in done.values() for one in parts):
            tally.add(one)
        if not journal.placing.exists():
            tasks = plan.tasks(wanted, _wanted(wanted), done)
            run = lazy.resolve(RUNNERS[engine])
            run(wanted, journal, tasks, tally.add, workers=workers, timeout=timeout, environment=environment or {})
            tally.judge(lambda: output.fail(journal))
            output.build(journal, wanted)
        output.place(journal)
        errors = str(output.errors) if tally.failed_files else None
        resumed = sum(len(parts) for parts in done.values())
        facts = (tally.rows, tally.failed, len(wanted.files), len(tally.failed_files), errors, resumed)
        journal.remove()
        return Summary(str(output.path), *facts, round(time.monotonic() - began, 3))
    except _TooMany as error:
        raise InvalidArgument(f"{error}; '{output.fail(journal)}' lists them, and what is done is kept") from None
    finally:
        journal.close()


def digest(root: Path) -> str:
    """A text that is the same as long as the files of a model are."""
    found = hashlib.sha256()
    written = manifest.read(root)
    if written is not None:
        for name, entry in sorted(written.files.items()):
            found.update(f"{name} {entry['sha256']}\n".encode())
        return found.hexdigest()
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        found.update(f"{path.relative_to(root).as_posix()} {path.stat().st_size}\n".encode())
        with open(path, "rb") as file:
            found.update(hashlib.file_digest(file, "sha256").digest())
    return found.hexdigest()


def _wanted(job: Job) -> Wanted:
    return Wanted(Model.load(job.model).signature, job.keep)


class _TooMany(Exception):
    """More files than may have failed rows have some."""


class _Tally:
    """What is done so far."""

    def __init__(self, files: Iterable[File], threshold: int, heard: Heard | None) -> None:
        self.whole = sum(file.size for file in files)
        self.rows = self.failed = self.size = 0
        self.failed_files: set[str] = set()
        self.problem = ""
        self._threshold, self._heard = threshold, heard

    def add(self, done: Done) -> None:
        self.rows, self.failed, self.size = self.rows + done.rows, self.failed + done.failed, self.size + done.size
        self.failed_files.update(done.failed_files)
        self.problem = self.problem or done.problem
        if self._heard is not None:
            self._heard(min(self.size, self.whole), self.whole, self.rows)
        if 0 <= self._threshold < len(self.failed_files):
            raise _TooMany(
                f"{len(self.failed_files)} files have rows that cannot be scored, and error_threshold is "
                f"{self._threshold}. The first error: {self.problem}"
            )

    def judge(self, listed: Callable[[], Path]) -> None:
        """Raise InvalidArgument where nothing at all was scored."""
        if self.failed_files and self.failed == self.rows:
            raise InvalidArgument(
                f"Not one row could be scored. The first error: {self.problem}; '{listed()}' lists all. The run is "
                f"kept; once the cause is gone, {AFRESH}"
            )
