"""The journal: a folder beside the output in which each finished mini-batch is a file, so that a kill costs none.

    job.json                 what was asked; a run with another job is refused
    lock                     held by the process that works on it
    parts/000012-0003.arrow  mini-batch 3 of task 12, and in its schema what became of it
    parts/000012-0003.jsonl  its rows that failed, if any
    placing                  the job again: its output is complete, and only has to be put in its place

Files are only ever added, each by a rename of what has reached the disk. Whatever is there is true.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from ..core.errors import Unavailable, WrongState
from ..core.extras import need
from .job import Bad, Done, Job

_FACTS = b"modelwright.batch"
_SUFFIX = ".journal"
AFRESH = "pass fresh=True to forget what it did"  # how a program says it; the command line has an option instead


class Journal:
    """The journal in a folder, which need not be there yet."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.parts = root / "parts"
        self.asked, self.placing = root / "job.json", root / "placing"
        self._lock: Any = None

    @classmethod
    def beside(cls, output: Path) -> Journal:
        """The journal of an output."""
        return cls(output.with_name(output.name + _SUFFIX))

    def open(self, job: Job, *, fresh: bool = False) -> None:
        """Begin, or go on where a killed run was.

        Args:
            job: What is asked.
            fresh: Forget what an earlier run did.

        Raises:
            Unavailable: Another process works on it.
            WrongState: An earlier run was asked for something else; the message says what differs.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(self.root / "lock")
        try:
            if fresh:
                self._clear()
            for path in (self.asked, self.placing):
                if path.exists():
                    self._same(job, _read(path))
            _write(self.asked, msgspec.json.encode(job))  # again, too: the model may lie elsewhere now
            self.parts.mkdir(exist_ok=True)
        except BaseException:
            self.close()
            raise
        for torn in self.parts.glob(".*"):
            torn.unlink(missing_ok=True)

    def job(self) -> Job:
        """What is asked."""
        return _read(self.asked)

    def complete(self, job: Job) -> None:
        """Note that the output only has to be put in its place."""
        _write(self.placing, msgspec.json.encode(job))

    def close(self) -> None:
        """Let others have it."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def remove(self) -> None:
        """Delete it, once the output is in its place; last the mark that says so, should a kill come between."""
        for path in sorted(self.root.iterdir(), key=lambda path: path == self.placing):
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        shutil.rmtree(self.root, ignore_errors=True)
        self.close()

    def write(self, done: Done, table: Any, bad: list[Bad]) -> Done:
        """Add a mini-batch: first what failed in it, then its rows."""
        pa = need("pyarrow", "batch", "score files")
        name = f"{done.task:06d}-{done.part:04d}"
        listed = self.parts / f"{name}.jsonl"
        if bad:
            _write(listed, msgspec.json.Encoder().encode_lines(bad))
        else:
            listed.unlink(missing_ok=True)  # of a try that did not come to its end
        sink = pa.BufferOutputStream()
        schema = table.schema.with_metadata({_FACTS: msgspec.json.encode(done)})
        with pa.ipc.new_file(sink, schema) as writer:
            writer.write_table(table.replace_schema_metadata(schema.metadata))
        _write(self.parts / f"{name}.arrow", sink.getvalue())
        return done

    def done(self) -> dict[int, list[Done]]:
        """What is there: the mini-batches of each task, in order; those after one that is gone are made again, too."""
        found: dict[int, list[Done]] = defaultdict(list)
        for path in self.paths():
            with self.read(path) as reader:
                one = msgspec.json.decode(reader.schema.metadata[_FACTS], type=Done)
            if one.part == len(found[one.task]):
                found[one.task].append(one)
            else:
                path.with_suffix(".jsonl").unlink(missing_ok=True)
                path.unlink()
        return found

    def paths(self) -> list[Path]:
        """The parts, in the order of their rows."""
        return sorted(self.parts.glob("[0-9]*.arrow"), key=lambda path: [int(n) for n in path.stem.split("-")])

    def read(self, path: Path) -> Any:
        """A reader of one part; nothing is copied until it is asked for."""
        pa = need("pyarrow", "batch", "score files")
        try:
            return pa.ipc.open_file(pa.memory_map(str(path)))
        except (pa.ArrowInvalid, OSError) as error:
            raise WrongState(f"'{path}' is damaged ({error}); delete it, and run again") from error

    def failures(self) -> Iterator[bytes]:
        """The lines of all rows that failed, in order."""
        for path in self.paths():
            if (listed := path.with_suffix(".jsonl")).exists():
                yield listed.read_bytes()

    def _clear(self) -> None:
        for path in self.root.iterdir():
            if path.name != "lock":
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _same(self, job: Job, before: Job) -> None:
        differ = [name for name in _DECIDES if getattr(job, name) != getattr(before, name)]
        if differ:
            raise WrongState(
                f"'{self.root}' holds an unfinished run that was asked for something else: {', '.join(differ)} "
                f"{'differs' if len(differ) == 1 else 'differ'}. Ask for the same to go on, or {AFRESH}"
            )


# Fields that must be the same to go on; where the model lies and how often to try decide nothing that is written.
_DECIDES = [name for name in Job.__struct_fields__ if name not in ("model", "trusted", "max_retries")]


def _locked(path: Path) -> Any:
    """The open file, held by this process until it is closed or the process ends."""
    file = open(path, "ab")  # noqa: SIM115  # it stays open
    try:
        if os.name == "posix":
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(file.fileno()).st_ino != path.stat().st_ino:
            raise FileNotFoundError(f"'{path}' was deleted by a process that has just finished")
    except OSError as error:
        file.close()
        raise Unavailable(f"Another process is at work on '{path.parent}'; wait for it, or end it") from error
    return file


def _write(path: Path, content: Any) -> None:
    """A whole file or none, on the disk before it has its name."""
    torn = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    with open(torn, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    torn.replace(path)


def _read(path: Path) -> Job:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Job)
    except (msgspec.DecodeError, OSError) as error:
        raise WrongState(f"'{path}' cannot be read ({error}); {AFRESH}") from error
