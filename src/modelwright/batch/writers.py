"""Writers of the output's formats."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from ..core.errors import InvalidArgument
from ..core.extras import need
from ..models import predictions
from . import unify


class Writer(ABC):
    """Writes tables of one schema to a file."""

    endings: ClassVar[tuple[str, ...]]

    @abstractmethod
    def __init__(self, path: Path, schema: Any) -> None: ...

    @abstractmethod
    def write(self, table: Any) -> None: ...

    @abstractmethod
    def close(self) -> None: ...


class Parquet(Writer):
    """One row group for each table."""

    endings = (".parquet", ".pqt", ".pq")

    def __init__(self, path: Path, schema: Any) -> None:
        self._writer = need("pyarrow.parquet", "batch", "write Parquet").ParquetWriter(path, schema)

    def write(self, table: Any) -> None:
        self._writer.write_table(table)

    def close(self) -> None:
        self._writer.close()


class Arrow(Writer):
    """Arrow's file format, which is Feather's second."""

    endings = (".arrow", ".feather", ".ipc")

    def __init__(self, path: Path, schema: Any) -> None:
        self._writer = need("pyarrow", "batch", "write Arrow").ipc.new_file(str(path), schema)

    def write(self, table: Any) -> None:
        self._writer.write_table(table)

    def close(self) -> None:
        self._writer.close()


class Csv(Writer):
    """CSV with a header. What is no number, text, truth or time is JSON in its cell; no value is an empty cell.

    Where a row has one cell only, it is text, because readers pass over a line that is empty, but not over "".
    """

    endings = (".csv",)

    def __init__(self, path: Path, schema: Any) -> None:
        pa = need("pyarrow", "batch", "write CSV")
        self._alone = len(schema) == 1
        self._schema = pa.schema([pa.field(f.name, pa.string() if self._alone else _in_a_cell(f.type)) for f in schema])
        self._writer = need("pyarrow.csv", "batch", "write CSV").CSVWriter(str(path), self._schema)

    def write(self, table: Any) -> None:
        import pyarrow as pa

        pairs = zip(table.columns, self._schema, strict=True)
        cells = [unify.cast(column, field.type) for column, field in pairs]
        cells = [cell.fill_null("") for cell in cells] if self._alone else cells
        self._writer.write_table(pa.table(cells, schema=self._schema))

    def close(self) -> None:
        self._writer.close()


class Jsonl(Writer):
    """A JSON object on each line; numbers that JSON lacks are null, bytes are base64."""

    endings = (".jsonl", ".ndjson")

    def __init__(self, path: Path, schema: Any) -> None:
        self._file = open(path, "wb")  # noqa: SIM115  # closed by close()
        self._encoder = msgspec.json.Encoder(enc_hook=predictions.plain)

    def write(self, table: Any) -> None:
        for batch in table.to_batches(10_000):
            self._file.write(self._encoder.encode_lines(batch.to_pylist()))

    def close(self) -> None:
        self._file.close()


WRITERS: dict[str, type[Writer]] = {"parquet": Parquet, "arrow": Arrow, "csv": Csv, "jsonl": Jsonl}


def named(given: str) -> str:
    """The format that a name or an ending means.

    >>> named("parquet"), named(".ndjson")
    ('parquet', 'jsonl')
    """
    for name, kind in WRITERS.items():
        if given.lower() in (name, *kind.endings):
            return name
    raise InvalidArgument(f"Output format {given!r} is not written; expected one of {', '.join(WRITERS)}")


@contextmanager
def opened(format: str, path: Path, schema: Any) -> Iterator[Writer]:
    """A writer to `path`, closed at the end."""
    writer = WRITERS[format](path, schema)
    try:
        yield writer
    finally:
        writer.close()


def _in_a_cell(type_: Any) -> Any:
    import pyarrow as pa

    nested = pa.types.is_nested(type_) or pa.types.is_binary(type_) or pa.types.is_large_binary(type_)
    return pa.string() if nested else type_
