"""A format of input files: how a file is cut into chunks, and how a chunk is read piece by piece."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ...models.schema import Schema
from ...models.signature import ModelSignature
from ..job import Chunk, File

BYTES = 8 * 2**20  # of data in a mini-batch, where the number of its rows is not given
ROWS = 100_000  # in a mini-batch, then


@dataclass(frozen=True)
class Wanted:
    """What is to be read of each row."""

    signature: ModelSignature | None
    keep: tuple[str, ...] = ()  # columns to carry along
    native: bool = False  # the model takes JSON values as they are

    @property
    def inputs(self) -> Schema | None:
        return self.signature.inputs if self.signature is not None else None

    @property
    def names(self) -> list[str] | None:
        """The columns that the model takes; None for all."""
        return [str(name) for name in self.inputs.input_names()] if self.named and self.inputs is not None else None

    @property
    def named(self) -> bool:
        return self.inputs is not None and self.inputs.has_input_names()

    def of(self, there: Sequence[str]) -> list[str]:
        """The columns of a file that the model takes; all, where some are missing, so that the error can name them."""
        names = self.names
        if names is None or self.inputs is None:
            return list(there)
        if not {str(name) for name in self.inputs.required_input_names()} <= set(there):
            return list(there)
        return [name for name in there if name in names]

    def labels(self, names: Sequence[str]) -> list[Any]:
        """Columns of a file under the labels of the signature, where a column may be named 0."""
        known = self.inputs.input_names() if self.named and self.inputs is not None else []
        by_text = {str(name): name for name in known}
        return [by_text.get(name, name) for name in names]


class Piece(ABC):
    """Rows that are predicted together: a mini-batch, or some rows of one."""

    name: str  # of the file
    rows: Any  # numpy array: the number of each row in the file

    def __len__(self) -> int:
        return len(self.rows)

    @abstractmethod
    def take(self, wanted: Any) -> Piece:
        """The rows at the positions `wanted`, an array of integers that ascend."""

    @abstractmethod
    def data(self) -> Any:
        """What the model's signature is enforced on."""

    @abstractmethod
    def kept(self) -> dict[str, Any]:
        """The columns to carry along, as Arrow arrays."""

    def files(self) -> Any:
        """The name of each row's file, as an Arrow array."""
        import numpy as np
        import pyarrow as pa

        return pa.DictionaryArray.from_arrays(np.zeros(len(self), "int32"), pa.array([self.name], pa.string()))

    def file(self, position: int) -> str:
        """The name of one row's file."""
        return self.name


class Format(ABC):
    """Reads files of one kind."""

    def tasks(self, files: Sequence[tuple[int, File]], rows: int | None, wanted: Wanted) -> Iterator[Chunk]:
        """The chunks of files that stand beside each other. One that cannot be read is a chunk with a problem."""
        for number, file in files:
            size = row = 0
            try:
                for chunk in self.chunks(number, file, rows, wanted):
                    yield chunk
                    size, row = size + chunk.size, chunk.first + chunk.count
            except Exception as error:
                yield Chunk(number, row, 1, (), max(0, file.size - size), unreadable(error, row))

    @abstractmethod
    def chunks(self, number: int, file: File, rows: int | None, wanted: Wanted) -> Iterator[Chunk]:
        """The chunks of one file.

        Args:
            number: Its index among the files.
            file: The file.
            rows: How many to predict at once; None to go by bytes.
            wanted: What is to be read.
        """

    @abstractmethod
    def pieces(self, files: Sequence[File], chunk: Chunk, wanted: Wanted) -> Iterator[Piece]:
        """The mini-batches of a chunk, in order; none is bigger than `chunk.rows`."""


def step(rows: int | None, count: int, size: int) -> int:
    """How many rows to predict at once, of `count` that take `size` bytes."""
    return rows or max(1, min(ROWS, count * BYTES // max(size, 1)))


def unreadable(error: Exception, row: int = 0) -> str:
    return f"cannot be read{f' from row {row} on' if row else ''}: {type(error).__name__}: {error}"
