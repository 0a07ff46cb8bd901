"""What a batch is asked to do, the tasks it is divided into, and what became of each mini-batch."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

FORMAT = 1  # of the journal; raise it when tasks are cut otherwise, so that no older journal is continued
ROW, FILE, PREDICTION = "row", "file_name", "prediction"  # columns of the output
BadRows = Literal["null", "skip"]


class File(msgspec.Struct, frozen=True):
    """One input file."""

    path: str
    name: str  # as the output names it
    kind: str  # key of formats.FORMATS
    size: int
    changed: int  # nanoseconds since 1970


class Job(msgspec.Struct, frozen=True):
    """Everything that decides what is written; two jobs that are equal write the same."""

    model: str  # the directory
    digest: str  # of its files
    trusted: bool  # whether loading it may run code, decided before any process starts
    files: tuple[File, ...]
    params: dict[str, Any] | None = None
    rows: int | None = None  # in a mini-batch; None goes by bytes
    keep: tuple[str, ...] = ()  # columns of the input that the output has, too
    bad_rows: BadRows = "null"
    provenance: bool = True
    max_retries: int = 3
    format: int = FORMAT


class Chunk(msgspec.Struct, frozen=True):
    """A stretch of input that one process reads from its beginning to its end."""

    file: int  # index in Job.files
    first: int  # number of its first row in the file
    rows: int  # in a mini-batch
    at: tuple[int, ...]  # where it lies, as its format understands it
    size: int  # bytes of the input, for the progress bar
    problem: str = ""  # why it cannot be read
    count: int = 0  # of its rows; 0 where only reading tells

    def share(self, rows: int, *, last: bool) -> int:
        """How many of its bytes `rows` of its rows are, about."""
        if not self.count:
            return self.size if last else 0
        return self.size * rows // self.count


class Task(msgspec.Struct, frozen=True):
    """A chunk in its place: what task 1 writes comes after what task 0 writes."""

    number: int
    chunk: Chunk
    skip: int = 0  # mini-batches that are done already
    given_up: dict[int, str] = {}  # mini-batch → why it is not tried again


class Done(msgspec.Struct, frozen=True):
    """What became of one mini-batch."""

    task: int
    part: int
    rows: int  # read
    failed: int  # of them
    failed_files: tuple[str, ...]
    problem: str  # the first one
    size: int  # bytes of the input
    last: bool  # of its task


class Bad(msgspec.Struct, frozen=True):
    """Rows that could not be scored: one line of the errors file. `rows` is None where a file cannot be read."""

    file: str
    rows: tuple[int, int] | None  # first and last
    error: str


class Summary(msgspec.Struct, frozen=True):
    """What a batch has done."""

    output: str
    rows: int
    failed_rows: int
    files: int
    failed_files: int
    errors: str | None  # the file that lists what failed; None where nothing did
    resumed: int  # mini-batches that an earlier run had done
    seconds: float
