"""CSV files with a header, read as a scoring request of that text would be."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from ...core.errors import InvalidArgument
from ...models.serving_input import parse_csv
from ..job import Chunk, File
from . import csv_quick, tables, texts
from .base import BYTES, ROWS, Format, Piece, Wanted
from .lines import spans


class CsvPiece(texts.TextPiece):
    """Records of a CSV file."""

    quoted = True

    def data(self) -> Any:
        if (quick := csv_quick.frame(self.names(), self.body, self.wanted)) is not None:
            frame = quick
        else:
            frame = self._parsed()
        if len(frame) != len(self):
            raise InvalidArgument("lines end in a carriage return alone; let them end in a line feed")
        return frame

    def _parsed(self) -> Any:
        text = (self.header + self.body).decode("utf-8-sig")
        try:
            return parse_csv(text, self.wanted.inputs)
        except InvalidArgument as error:
            widths = {len(record) for record in _values(self.body)}
            if len(self) == 1 and widths != {len(self.names())}:
                raise InvalidArgument(f"it has {widths.pop()} values for {len(self.names())} columns") from error
            raise

    def names(self) -> list[str]:
        return next(_values(self.header), [])

    def kept(self) -> dict[str, Any]:
        """The texts as they stand in the file."""
        import pyarrow as pa

        if not self.wanted.keep:
            return {}
        places = [self.names().index(name) for name in self.wanted.keep]
        found: list[list[str | None]] = []
        for record in self.records:
            values = _one(record)
            found.append([values[place] if place < len(values) else None for place in places])
        columns = zip(*found, strict=True) if found else [[]] * len(places)
        return {name: pa.array(column, pa.string()) for name, column in zip(self.wanted.keep, columns, strict=True)}


class Csv(Format):
    """CSV."""

    def chunks(self, number: int, file: File, rows: int | None, wanted: Wanted) -> Iterator[Chunk]:
        with open(file.path, "rb") as opened:
            offset, length, count = next(spans(opened, 0, 1, BYTES, quoted=True), (0, 0, 0))
            if not count:
                raise InvalidArgument("it is empty; its first line must name the columns")
            header = offset + length
            opened.seek(0)
            tables.columns(next(_values(opened.read(header)), []), wanted)
            first = 0
            for offset, length, count in spans(opened, header, rows or ROWS, BYTES, quoted=True):
                yield Chunk(number, first, count, (header, offset, length, count), length, count=count)
                first += count

    def pieces(self, files: Sequence[File], chunk: Chunk, wanted: Wanted) -> Iterator[Piece]:
        header, body, rows = texts.read(files, chunk)
        yield CsvPiece(files[chunk.file].name, rows, body, wanted, header)


def _values(block: bytes) -> Iterator[list[str]]:
    text = block.decode("utf-8-sig", "replace")
    return (record for record in csv.reader(io.StringIO(text, newline="")) if record)


def _one(record: bytes) -> list[str]:
    """The values of a record, which may be one that cannot be read."""
    try:
        return next(_values(record), [])
    except csv.Error:
        return []
