"""Parquet files: a chunk is one row group, or several small ones; its pages are decoded as they are needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...core.extras import need
from ..job import Chunk, File
from . import tables
from .base import Format, Piece, Wanted, step

_BUFFER = 2**20  # bytes read at once of each column, instead of the whole of a row group's


class Parquet(Format):
    """Parquet."""

    def chunks(self, number: int, file: File, rows: int | None, wanted: Wanted) -> Iterator[Chunk]:
        with _open(file) as opened:
            facts, names = opened.metadata, set(tables.columns(opened.schema_arrow.names, wanted))
            for groups, first, count, decoded, packed in _together(facts, names, rows):
                yield Chunk(number, first, step(rows, count, decoded), tuple(groups), packed, count=count)

    def pieces(self, files: Sequence[File], chunk: Chunk, wanted: Wanted) -> Iterator[Piece]:
        file = files[chunk.file]
        with _open(file) as opened:
            names = tables.columns(opened.schema_arrow.names, wanted)
            batches = opened.iter_batches(chunk.rows, row_groups=list(chunk.at), columns=names, use_threads=False)
            yield from tables.pieces(file.name, chunk.first, chunk.rows, batches, wanted)


def _open(file: File) -> Any:
    parquet = need("pyarrow.parquet", "batch", "read Parquet")
    return parquet.ParquetFile(file.path, buffer_size=_BUFFER, pre_buffer=False)


def _together(facts: Any, names: set[str], rows: int | None) -> Iterator[tuple[list[int], int, int, int, int]]:
    """Row groups that make one chunk: their numbers, first row, rows, bytes decoded, bytes in the file."""
    groups: list[int] = []
    first = count = decoded = packed = 0
    for index in range(facts.num_row_groups):
        group = facts.row_group(index)
        if groups and count + group.num_rows > step(rows, count + group.num_rows, decoded + _size(group, names)[0]):
            yield groups, first, count, decoded, packed
            groups, first, count, decoded, packed = [], first + count, 0, 0, 0
        groups.append(index)
        sizes = _size(group, names)
        count, decoded, packed = count + group.num_rows, decoded + sizes[0], packed + sizes[1]
    if groups:
        yield groups, first, count, decoded, packed


def _size(group: Any, names: set[str]) -> tuple[int, int]:
    """Bytes of the columns that are read, decoded, and of all columns in the file."""
    found = [group.column(index) for index in range(group.num_columns)]
    decoded = sum(c.total_uncompressed_size for c in found if c.path_in_schema.partition(".")[0] in names)
    return decoded, sum(column.total_compressed_size for column in found)
