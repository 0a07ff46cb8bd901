"""Records of a text file as mini-batches: what CSV and JSON lines have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, Self

from ..job import Chunk, File
from .base import Piece, Wanted
from .lines import split


class TextPiece(Piece):
    """Records of a text file, not parsed before they are asked for.

    Args:
        name: The file's name.
        rows: The number of each record.
        body: The bytes of the records.
        wanted: What is to be read.
        header: What stands before all records.
    """

    quoted = False

    def __init__(self, name: str, rows: Any, body: bytes, wanted: Wanted, header: bytes = b"") -> None:
        self.name, self.rows, self.body, self.wanted, self.header = name, rows, body, wanted, header
        self._records: list[bytes] | None = None

    @property
    def records(self) -> list[bytes]:
        if self._records is None:
            self._records = split(self.body, quoted=self.quoted)
        return self._records

    def take(self, wanted: Any) -> Self:
        taken = [self.records[position] for position in wanted]
        body = b"".join(record if record.endswith(b"\n") else record + b"\n" for record in taken)
        found = type(self)(self.name, self.rows[wanted], body, self.wanted, self.header)
        found._records = taken
        return found

    @abstractmethod
    def data(self) -> Any: ...


def read(files: Sequence[File], chunk: Chunk) -> tuple[bytes, bytes, Any]:
    """The header and the records of a chunk, whose `at` is the header's length, an offset, a length and a count."""
    import numpy as np

    header, offset, length, count = chunk.at
    with open(files[chunk.file].path, "rb") as file:
        head = file.read(header)
        file.seek(offset)
        body = file.read(length)
    return head, body, np.arange(chunk.first, chunk.first + count)
