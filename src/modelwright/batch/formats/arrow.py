"""Arrow IPC: the file format, whose record batches can be read each for itself, and the stream format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ...core.errors import InvalidArgument
from ...core.extras import need
from ..job import Chunk, File
from . import tables
from .base import Format, Piece, Wanted, step

_MAGIC = b"ARROW1"


class Arrow(Format):
    """Arrow files and streams. A stream has no table of contents, so one process reads the whole of it."""

    def chunks(self, number: int, file: File, rows: int | None, wanted: Wanted) -> Iterator[Chunk]:
        with _open(file) as reader:
            tables.columns(reader.schema.names, wanted)
            if not hasattr(reader, "num_record_batches"):
                batch = next((one for one in reader if one.num_rows), None)
                size = step(rows, batch.num_rows, batch.nbytes) if batch is not None else 1
                yield Chunk(number, 0, size, (), file.size)
                return
            first = 0
            for index in range(reader.num_record_batches):
                batch = reader.get_batch(index)
                yield Chunk(
                    number, first, step(rows, batch.num_rows, batch.nbytes), (index,),
                    file.size // reader.num_record_batches, count=batch.num_rows,
                )  # fmt: skip
                first += batch.num_rows

    def pieces(self, files: Sequence[File], chunk: Chunk, wanted: Wanted) -> Iterator[Piece]:
        file = files[chunk.file]
        with _open(file) as reader:
            names = tables.columns(reader.schema.names, wanted)
            batches = (reader.get_batch(index) for index in chunk.at) if chunk.at else reader
            narrow = (batch.select(names) for batch in batches)
            yield from tables.pieces(file.name, chunk.first, chunk.rows, narrow, wanted)


@contextmanager
def _open(file: File) -> Iterator[Any]:
    pa = need("pyarrow", "batch", "read Arrow")
    with pa.memory_map(file.path) as source:
        head = source.read(len(_MAGIC))
        source.seek(0)
        if head[:4] == b"FEA1":
            raise InvalidArgument("it is Feather's first format; write it again with pyarrow.feather.write_feather")
        with (pa.ipc.open_file if head == _MAGIC else pa.ipc.open_stream)(source) as reader:
            yield reader
