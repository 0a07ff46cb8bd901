"""JSON lines: a record, a list or a value on each line, read as a scoring request of them would be."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from ...models.serving_input import frame_of, parse_json
from ..columns import array
from ..job import Chunk, File
from . import texts
from .base import BYTES, ROWS, Format, Piece, Wanted
from .lines import spans


class JsonlPiece(texts.TextPiece):
    """Lines of JSON."""

    def data(self) -> Any:
        values, wanted = self._values(), self.wanted
        schema = wanted.inputs
        tensors = schema is not None and schema.is_tensor_spec()
        if all(isinstance(value, dict) for value in values) and not (tensors and wanted.named):
            if not values and schema is not None and not tensors:
                return frame_of(schema.input_names(), [], schema)
            return parse_json({"dataframe_records": values}, wanted.signature)[0]
        lists = all(isinstance(value, list) for value in values)
        if lists and schema is not None and not (tensors or wanted.named or wanted.native):
            return frame_of(None, values, schema)
        return parse_json({"instances": values}, wanted.signature, native=wanted.native)[0]

    def kept(self) -> dict[str, Any]:
        """The values of each record; null where it has none of that name."""
        if not self.wanted.keep:
            return {}
        found = [_record(line) for line in self.records]
        return {name: array([record.get(name) for record in found]) for name in self.wanted.keep}

    def _values(self) -> list[Any]:
        return [json.loads(line.decode("utf-8-sig")) for line in self.records]


class Jsonl(Format):
    """JSON lines."""

    def chunks(self, number: int, file: File, rows: int | None, wanted: Wanted) -> Iterator[Chunk]:
        with open(file.path, "rb") as opened:
            first = 0
            for offset, length, count in spans(opened, 0, rows or ROWS, BYTES, quoted=False):
                yield Chunk(number, first, count, (0, offset, length, count), length, count=count)
                first += count

    def pieces(self, files: Sequence[File], chunk: Chunk, wanted: Wanted) -> Iterator[Piece]:
        _, body, rows = texts.read(files, chunk)
        yield JsonlPiece(files[chunk.file].name, rows, body, wanted)


def _record(line: bytes) -> dict[str, Any]:
    """The object on a line, which may be one that cannot be read."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
