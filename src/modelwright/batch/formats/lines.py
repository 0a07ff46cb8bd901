"""Text files cut where records end, reading each byte once."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any, BinaryIO

from ...core.errors import InvalidArgument

_LONGEST = 64 * 2**20  # bytes of one record


def spans(file: BinaryIO, start: int, rows: int, size: int, *, quoted: bool) -> Iterator[tuple[int, int, int]]:
    """Offset, length and number of records of each stretch of a file, from `start` to its end; empty lines are none.

    Args:
        file: Open, and anywhere.
        start: Offset of the first record.
        rows: How many records a stretch has at most.
        size: About how many bytes it has at most.
        quoted: Whether a line break between quotation marks is no end, as in CSV.

    >>> import io
    >>> list(spans(io.BytesIO(b'a\\n"b\\nc"\\n\\nd'), 0, 2, 100, quoted=True))
    [(0, 8, 2), (9, 1, 1)]
    """
    offset = start
    while True:
        file.seek(offset)
        block = file.read(size)
        while block and b"\n" not in block and (more := file.read(size)):
            block += more
            if len(block) > _LONGEST:
                raise InvalidArgument(f"the record at byte {offset} is longer than {_LONGEST} bytes")
        if not block:
            return
        if quoted and b'"' in block:
            length, count = _by_records(file, offset, rows, size)
        else:
            length, count = _by_lines(block, rows)
        if count:
            yield offset, length, count
        offset += length


def _by_lines(block: bytes, rows: int) -> tuple[int, int]:
    """Bytes and number of the first records of a block without quotation marks."""
    import numpy as np

    found = np.frombuffer(block, "uint8")
    ends: Any = np.flatnonzero(found == ord("\n")) + 1
    if not len(ends):
        return len(block), 1  # the last record of the file, its line not ended
    filled = _filled(found, ends)
    place = np.searchsorted(filled, rows)
    if place < len(ends):
        return int(ends[place]), rows
    return int(ends[-1]), int(filled[-1])


def _filled(found: Any, ends: Any) -> Any:
    """How many lines up to each one are not empty."""
    import numpy as np

    lengths = np.diff(ends, prepend=0)
    returned = (lengths == 2) & (found[np.maximum(ends - 2, 0)] == ord("\r"))
    return np.cumsum((lengths > 1) & ~returned)


def _by_records(file: BinaryIO, offset: int, rows: int, size: int) -> tuple[int, int]:
    """The same as Python's own reader tells it, which knows which quotation marks count."""
    file.seek(offset)
    length = count = read = 0

    def lines() -> Iterator[str]:
        nonlocal read
        for line in iter(file.readline, b""):
            read += len(line)
            yield line.decode("latin-1")  # a break or a mark is one byte in UTF-8, and no other has its value

    try:
        for record in csv.reader(lines()):
            length, count = read, count + bool(record)
            if count >= rows or length >= size:
                break
    except csv.Error:  # a field without an end: its first line stands for it, and is refused when it is read
        if not count:
            file.seek(offset)
            return len(file.readline()), 1
    return length, count


def split(block: bytes, *, quoted: bool) -> list[bytes]:
    """The records of a stretch.

    >>> split(b'a\\n"b\\nc"\\n\\nd', quoted=True)
    [b'a\\n', b'"b\\nc"\\n', b'd']
    """
    lines = io.BytesIO(block).readlines()
    if not quoted or b'"' not in block:
        return [line for line in lines if line.rstrip(b"\r\n")]
    records, begun, taken = [], 0, 0

    def texts() -> Iterator[str]:
        nonlocal taken
        for line in lines:
            taken += 1
            yield line.decode("latin-1")

    try:
        for record in csv.reader(texts()):
            if record:
                records.append(b"".join(lines[begun:taken]))
            begun = taken
    except csv.Error:
        records.append(b"".join(lines[begun:]))
    return records
