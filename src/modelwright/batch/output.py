"""The output: the parts of a journal, in order and in one schema, as a file or a folder of files."""

from __future__ import annotations

import itertools
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ..core.errors import AlreadyExists, InvalidArgument, WrongState
from . import unify, writers
from .job import FILE, PREDICTION, ROW, Job
from .journal import AFRESH, Journal

_ROWS = 2**17  # written at once: a row group of Parquet, a record batch of Arrow
_FILE_ROWS = 2**20  # in each file of a folder


class Output:
    """Where predictions go.

    Args:
        path: A file, or a folder: what has no ending, or is a folder already.
        format: "csv", "parquet", "arrow" or "jsonl"; if not given, the file's ending tells, and a folder gets Parquet.
        errors: The file that lists what failed; beside the output if not given.
        overwrite: Replace what is there.
    """

    def __init__(
        self, path: str | Path, *, format: str | None = None, errors: str | Path | None = None, overwrite: bool = False
    ) -> None:
        folder = str(path).endswith(("/", os.sep))
        self.path = Path(path).absolute()
        self.folder = folder or self.path.is_dir() or not self.path.suffix
        self.format = writers.named(format or ("parquet" if self.folder else self.path.suffix))
        self.errors = Path(errors).absolute() if errors else self.path.with_name(self.path.name + ".errors.jsonl")
        self.overwrite, self._errors_given = overwrite, errors is not None
        if self.errors == self.path:
            raise InvalidArgument(f"'{self.path}' is named as the output and as the errors file; name two files")

    def check(self, *, begun: bool = False) -> None:
        """Raise AlreadyExists if something is in the way.

        Args:
            begun: An earlier run has begun this output, so the errors file may be its own.
        """
        if self._errors_given and self.errors.exists() and not (begun or self.overwrite):
            raise AlreadyExists(f"'{self.errors}' is there already; {OVERWRITE}")
        there = any(self.path.iterdir()) if self.path.is_dir() else self.path.exists()
        if there and not self.overwrite:
            raise AlreadyExists(f"'{self.path}' is there already; {OVERWRITE}")

    def build(self, journal: Journal, job: Job) -> None:
        """Write everything, in the journal's folder, and mark it as complete; what a kill left there is replaced."""
        made, listed = self._made(journal), self._listed(journal)
        shutil.rmtree(made, ignore_errors=True) if made.is_dir() else made.unlink(missing_ok=True)
        schema = _schema(journal, job)
        tables = _chunks(journal, schema)
        if self.folder:
            made.mkdir()
            for number in itertools.count():
                if (first := next(tables, None)) is None:
                    break
                target = made / f"part-{number:05d}.{self.format}"
                with writers.opened(self.format, target, schema) as writer:
                    for table in itertools.chain([first], itertools.islice(tables, _FILE_ROWS // _ROWS - 1)):
                        writer.write(table)
        else:
            with writers.opened(self.format, made, schema) as writer:
                for table in tables:
                    writer.write(table)
        _flush(made.iterdir() if made.is_dir() else [made])
        with open(listed, "wb") as file:
            file.writelines(journal.failures())
        _flush([listed])
        journal.complete(job)

    def place(self, journal: Journal) -> None:
        """Put what was built where it belongs. A kill in here is no harm: the next run does the rest."""
        made, listed = self._built(journal), self._listed(journal)
        if not made.exists() and not self.path.exists():
            raise WrongState(f"'{journal.root}' says that the output is complete, and it is not there; {AFRESH}")
        if listed.exists():
            if listed.stat().st_size:
                self.errors.parent.mkdir(parents=True, exist_ok=True)
                shutil.move(listed, self.errors)
            else:
                self.errors.unlink(missing_ok=True)
                listed.unlink()
        if made.exists():
            if self.path.is_dir() or (made.is_dir() and self.path.exists()):  # neither is replaced by a rename
                self.path.rename(journal.root / f"replaced-{uuid.uuid4().hex}")
            made.replace(self.path)
            _flush([self.path.parent])

    def fail(self, journal: Journal) -> Path:
        """Write only the errors file, for a run that is given up."""
        self.errors.parent.mkdir(parents=True, exist_ok=True)
        with open(self.errors, "wb") as file:
            file.writelines(journal.failures())
        return self.errors

    def _made(self, journal: Journal) -> Path:
        return journal.root / ("output" if self.folder else f"output.{self.format}")

    def _built(self, journal: Journal) -> Path:
        """What an earlier run may have built, in whatever format that was asked for."""
        names = (path for path in journal.root.iterdir() if path.name.partition(".")[0] == "output")
        return next(names, self._made(journal))

    def _listed(self, journal: Journal) -> Path:
        return journal.root / "errors.jsonl"


OVERWRITE = "pass overwrite=True to replace it"


def _schema(journal: Journal, job: Job) -> Any:
    """The schema that the columns of all parts share: provenance around the predictions, what was kept after them."""
    import pyarrow as pa

    types: dict[str, dict[Any, None]] = {}
    for path in journal.paths():
        with journal.read(path) as reader:
            for field in reader.schema:
                types.setdefault(field.name, {})[field.type] = None
    fixed = [*([FILE] if job.provenance else []), *job.keep]
    first = [ROW] if job.provenance else []
    predicted = [name for name in types if name not in (*first, *fixed)] or [PREDICTION]
    found = {name: unify.merged(types.get(name, [pa.null()])) for name in (*first, *predicted, *fixed)}
    if job.provenance:
        found |= {ROW: pa.int64(), FILE: pa.string()}
    for name, type_ in found.items():
        if pa.types.is_floating(type_) and len(types[name]) > 1 and _inexact(journal, name, type_):
            found[name] = pa.string()
    return pa.schema(
        [pa.field(name, pa.string() if pa.types.is_null(type_) else type_) for name, type_ in found.items()]
    )


def _inexact(journal: Journal, name: str, type_: Any) -> bool:
    return any(
        unify.inexact(column, type_)
        for path in journal.paths()
        for table in _tables(journal, [path])
        for column in ([table.column(name)] if name in table.column_names else [])
    )


def _tables(journal: Journal, paths: Sequence[Path]) -> Iterator[Any]:
    for path in paths:
        with journal.read(path) as reader:
            yield reader.read_all()


def _chunks(journal: Journal, schema: Any) -> Iterator[Any]:
    """The rows of all parts in tables of a useful size."""
    import pyarrow as pa

    waiting, count, begun = [], 0, False
    for table in _tables(journal, journal.paths()):
        waiting.append(_in_schema(table, schema))
        count += table.num_rows
        if count >= _ROWS:
            whole, begun = pa.concat_tables(waiting), True
            yield whole.slice(0, _ROWS)
            while (whole := whole.slice(_ROWS)).num_rows >= _ROWS:
                yield whole.slice(0, _ROWS)
            waiting, count = [whole], whole.num_rows
    if count or not begun:
        yield pa.concat_tables([*waiting, schema.empty_table()])


def _in_schema(table: Any, schema: Any) -> Any:
    import pyarrow as pa

    names = set(table.column_names)
    return pa.table(
        [
            unify.cast(table.column(field.name), field.type)
            if field.name in names
            else pa.nulls(len(table), field.type)
            for field in schema
        ],
        schema=schema,
    )


def _flush(paths: Iterable[Path]) -> None:
    """See to it that files, and what folders say of their files, are on the disk."""
    for path in paths:
        if path.is_dir() and os.name != "posix":
            continue
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
