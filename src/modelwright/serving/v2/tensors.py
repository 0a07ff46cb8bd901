"""Tensors of the Open Inference Protocol as arrays, and arrays as its tensors: in JSON or in bytes, nothing bent."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from typing import Any

import msgspec

from ...core.errors import InvalidArgument
from ...models.casts import Unfit, cast, need
from ...models.predictions import plain

_BITS = {"INT": (8, 16, 32, 64), "UINT": (8, 16, 32, 64), "FP": (16, 32, 64)}
_WORDS = {"INT": "int", "UINT": "uint", "FP": "float"}
NUMBERS = {"BOOL": "bool"} | {f"{kind}{n}": f"{_WORDS[kind]}{n}" for kind, sizes in _BITS.items() for n in sizes}
DATATYPES = (*NUMBERS, "BYTES")
_NAMES = {numpy: name for name, numpy in NUMBERS.items()}
_EXACT = 2.0**53  # beyond it a 64-bit float may stand for more than one integer
_LENGTH = struct.Struct("<I")


class Tensor(msgspec.Struct):
    """A tensor of a request, its values not yet looked at."""

    name: str
    shape: list[int]
    datatype: str
    data: Any = None
    parameters: dict[str, Any] | None = None

    @property
    def size(self) -> int | None:
        """How many bytes behind the JSON are its own; None where its values stand in the JSON."""
        found = (self.parameters or {}).get("binary_data_size")
        if found is not None and (type(found) is not int or found < 0):
            raise refused(f"binary_data_size of tensor {self.name!r} must be a number of bytes")
        return found

    @property
    def content(self) -> str:
        """What its parameters say that its BYTES are: "base64", or something else."""
        return str((self.parameters or {}).get("content_type", ""))


def refused(message: str) -> InvalidArgument:
    """What a request of this protocol is told."""
    return InvalidArgument(message, error_code="BAD_REQUEST")


def read(tensor: Tensor, raw: memoryview | None, redact: bool) -> Any:
    """The array of a tensor; BYTES are an array of texts, or of bytes where they came as bytes.

    Args:
        tensor: What the JSON says of it.
        raw: Its values, where they do not stand in the JSON.
        redact: Leave its values out of error messages.

    >>> read(Tensor("x", [2, 1], "INT8", [1, 2]), None, False)
    array([[1],
           [2]], dtype=int8)
    """
    if tensor.datatype not in DATATYPES:
        raise refused(f"Tensor {tensor.name!r} has datatype {tensor.datatype!r}; there are: {', '.join(DATATYPES)}")
    if any(length < 0 for length in tensor.shape):
        raise refused(f"Tensor {tensor.name!r} has shape {tensor.shape}; a length cannot be negative")
    if raw is None and not isinstance(tensor.data, list):
        raise refused(f"Tensor {tensor.name!r} has no values: give them as a list in 'data', or behind the JSON")
    try:
        if tensor.datatype == "BYTES":
            flat = _texts(tensor.data) if raw is None else _pieces(raw)
        else:
            flat = _numbers(tensor.data, tensor.datatype) if raw is None else _raw(raw, tensor.datatype)
    except Unfit as unfit:
        raise refused(f"Tensor {tensor.name!r} is no {tensor.datatype}: it {unfit.text(redact)}") from unfit
    if flat.size != math.prod(tensor.shape) or (flat.ndim > 1 and list(flat.shape) != tensor.shape):
        raise refused(
            f"Tensor {tensor.name!r} has shape {tensor.shape}, which its values do not have: they are {_counted(flat)}"
        )
    try:
        return flat.reshape(tensor.shape)
    except (ValueError, OverflowError) as error:
        raise refused(f"Tensor {tensor.name!r} has shape {tensor.shape}, which no array can have") from error


def _counted(array: Any) -> str:
    return f"{array.size} in one list" if array.ndim == 1 else f"lists of shape {list(array.shape)}"


def _numbers(data: list[Any], datatype: str) -> Any:
    """JSON numbers, flat or nested, as an array of the datatype."""
    import numpy as np

    try:
        found = np.array(data)
    except ValueError as error:
        raise Unfit("holds lists that differ in length") from error
    except OverflowError as error:
        raise Unfit("holds numbers that are out of range") from error
    if found.dtype.kind == "O":
        found = _boxed(found, datatype)
    if found.dtype.kind not in "biuf":
        raise Unfit("holds texts")
    if found.dtype.kind == "f" and found.size and not np.abs(found).max() < _EXACT:
        _whole(np.array(data, dtype=object).ravel().tolist())
    dtype = np.dtype(NUMBERS[datatype])
    out, bad = cast(found, dtype)
    if bad is not None:
        raise Unfit(need(dtype), found[bad][0])
    return out


def _boxed(found: Any, datatype: str) -> Any:
    """Numbers of which some are null, which is NaN, or too large for any array."""
    import numpy as np

    values = found.ravel().tolist()
    if not all(value is None or isinstance(value, int | float) for value in values):
        raise Unfit("holds values that are not numbers")
    if None in values and not datatype.startswith("FP"):
        raise Unfit("holds null, which its type cannot hold")
    _whole(values)
    return np.array([math.nan if value is None else float(value) for value in values]).reshape(found.shape)


def _whole(values: list[Any]) -> None:
    """Refuse integers that would be rounded."""
    for value in values:
        if type(value) is int and (abs(value) >= 2**1023 or int(float(value)) != value):
            raise Unfit("holds integers that a 64-bit float cannot keep", value)


def _raw(raw: memoryview, datatype: str) -> Any:
    """Numbers as they lie in memory, lowest byte first."""
    import numpy as np

    dtype = np.dtype(NUMBERS[datatype])
    if len(raw) % dtype.itemsize:
        raise Unfit(f"has {len(raw)} bytes, and each value has {dtype.itemsize}")
    if datatype == "BOOL" and bool((np.frombuffer(raw, "uint8") > 1).any()):
        raise Unfit("holds bytes other than 0 and 1")
    return np.frombuffer(raw, dtype.newbyteorder("<")).astype(dtype)


def _texts(data: list[Any]) -> Any:
    import numpy as np

    found = np.array(data, dtype=object) if any(isinstance(item, list) for item in data) else _objects(data)
    if not all(value is None or isinstance(value, str) for value in found.flat):
        raise Unfit("holds values that are not texts")
    return found


def _pieces(raw: memoryview) -> Any:
    """Byte strings, each behind its length."""
    found, place = [], 0
    while place < len(raw):
        end = place + 4 + (_LENGTH.unpack_from(raw, place)[0] if len(raw) - place >= 4 else len(raw))
        if end > len(raw):
            raise Unfit("ends within a value")
        found.append(bytes(raw[place + 4 : end]))
        place = end
    return _objects(found)


def _objects(values: Sequence[Any]) -> Any:
    import numpy as np

    found: Any = np.empty(len(values), object)
    found[:] = values
    return found


class Output(msgspec.Struct):
    """A tensor of an answer: an array of numbers, or a list of texts, bytes or what JSON has for a missing value."""

    name: str
    datatype: str
    shape: list[int]
    values: Any
    content: str = ""

    def described(self, size: int | None) -> dict[str, Any]:
        """What the JSON says of it, its values too unless `size` bytes of them come behind the JSON."""
        parameters = {"content_type": self.content} if self.content else {}
        found = {"name": self.name, "datatype": self.datatype, "shape": self.shape}
        if size is not None:
            return {**found, "parameters": {**parameters, "binary_data_size": size}}
        values = self.values if isinstance(self.values, list) else self.values.ravel().tolist()
        if self.datatype == "BYTES":
            values = [plain(value) for value in values]  # bytes become base64
        return {**found, **({"parameters": parameters} if parameters else {}), "data": values}

    def raw(self) -> bytes | None:
        """Its values as bytes; None where there are missing ones, which bytes cannot say."""
        if self.datatype != "BYTES":
            if isinstance(self.values, list):
                return None
            found: bytes = self.values.astype(self.values.dtype.newbyteorder("<"), copy=False).tobytes()
            return found
        if any(value is None for value in self.values):
            return None
        pieces = [value if isinstance(value, bytes) else value.encode() for value in self.values]
        return b"".join(_LENGTH.pack(len(piece)) + piece for piece in pieces)


def name_of(dtype: Any) -> str | None:
    """The datatype that a numpy dtype of numbers is; None for any other.

    >>> import numpy as np
    >>> name_of(np.dtype("float32")), name_of(np.dtype("complex64"))
    ('FP32', None)
    """
    return _NAMES.get(dtype.name)
