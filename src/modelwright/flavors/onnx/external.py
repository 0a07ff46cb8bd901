"""Where an ONNX file says that its weights lie: read from its bytes, without the onnx package and without the weights.

A file of weights may be named anywhere below a tensor, and a path in it is the author's: it could be `../../secret`.
Reading follows ONNX's schema down to the tensors and steps over everything else, so a large model costs little.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path

from ...core.errors import CorruptModel
from ...core.paths import inside

# message -> {number of a field: the message in it}; of onnx.proto, which only ever adds numbers
_MESSAGES = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {13: "entry"},
}
_KEY, _VALUE = 1, 2  # of an entry
_FIXED = {1: 8, 5: 4}  # wire types of a fixed length
_VARINT, _BYTES = 0, 2


def locations(path: Path) -> list[str]:
    """The files of weights that the model at `path` names, each once.

    Raises CorruptModel when the file is not made of messages as ONNX's are.
    """
    if not path.is_file() or not path.stat().st_size:
        raise CorruptModel(f"'{path}' is {'empty' if path.is_file() else 'no file'}, not an ONNX model")
    found: dict[str, None] = {}
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        todo = [("model", 0, len(data))]
        try:
            while todo:
                message, start, end = todo.pop()
                if message == "entry":
                    found.update(dict.fromkeys(_location(data, start, end)))
                    continue
                inner = _MESSAGES[message]
                todo += [(inner[number], at, to) for number, at, to in _fields(data, start, end) if number in inner]
        except (ValueError, IndexError) as error:
            raise CorruptModel(f"'{path}' is not a whole ONNX model: {error}") from error
    return list(found)


def beside(path: Path, location: str) -> Path:
    """The file of weights called `location` of the model at `path`; InvalidArgument when it lies elsewhere."""
    return inside(path.parent, location)


def _location(data: mmap.mmap, start: int, end: int) -> Iterator[str]:
    key, value = b"", b""
    for number, at, to in _fields(data, start, end):
        key, value = (
            (data[at:to], value) if number == _KEY else (key, data[at:to]) if number == _VALUE else (key, value)
        )
    if key == b"location":
        yield value.decode()


def _fields(data: mmap.mmap, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """The fields of a message that hold bytes: number, first byte, byte after the last."""
    while at < end:
        tag, at = _varint(data, at)
        number, kind = tag >> 3, tag & 7
        if kind == _BYTES:
            length, at = _varint(data, at)
            if at + length > end:
                raise ValueError(f"a field of {length} bytes does not fit at byte {at}")
            yield number, at, at + length
            at += length
        elif kind == _VARINT:
            _, at = _varint(data, at)
        elif kind in _FIXED:
            at += _FIXED[kind]
        else:
            raise ValueError(f"there is no field of type {kind}, as at byte {at}")
    if at != end:
        raise ValueError(f"a message that should end at byte {end} goes on to {at}")


def _varint(data: mmap.mmap, at: int) -> tuple[int, int]:
    """The number that begins at a byte, and where the next field begins."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError(f"a number is too long at byte {at}")
