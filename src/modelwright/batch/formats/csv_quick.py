"""Numbers and texts of a CSV file read by Arrow, where it reads them as a scoring request would be read."""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Sequence
from typing import Any

from ...models.datatypes import DataType
from ...models.serving_input import MISSING
from .base import Wanted

_LOOSE = re.compile(r"0[xX]|nan\(", re.IGNORECASE)  # Arrow takes 0x10 and nan(1) for numbers
_EXACT = {DataType.double: 2.0**53, DataType.float: 2.0**24}  # below, every integer is a float


def frame(names: Sequence[str], body: bytes, wanted: Wanted) -> Any:
    """The columns that the signature declares as a pandas frame; None where the careful way must be taken.

    What Arrow refuses, the careful way may accept ("2.0" for an integer), or refuse in better words.
    """
    kinds = _kinds(names, wanted)
    if kinds is None or not body or not _strict(body):
        return None
    import pyarrow as pa
    from pyarrow import csv as reader

    types = {name: _arrow(kind) for name, kind in kinds.items()}
    read = reader.ReadOptions(use_threads=False, block_size=len(body) + 1, column_names=list(names))
    convert = reader.ConvertOptions(
        column_types=types, include_columns=list(types), null_values=list(MISSING), strings_can_be_null=False
    )
    try:
        table = reader.read_csv(pa.BufferReader(body), read, reader.ParseOptions(newlines_in_values=True), convert)
    except pa.ArrowInvalid:
        return None
    if not all(_same(column, kinds[name]) for name, column in zip(table.column_names, table.columns, strict=True)):
        return None
    found = table.to_pandas()
    found.columns = wanted.labels(table.column_names)
    return found


def _kinds(names: Sequence[str], wanted: Wanted) -> dict[str, DataType] | None:
    """The type of each declared column of a file; None where one is not a number or text that Arrow reads as we do."""
    if not wanted.named or wanted.inputs is None or wanted.inputs.is_tensor_spec() or len(set(names)) < len(names):
        return None
    declared = {str(name): spec for name, spec in wanted.inputs.input_dict().items()}
    kinds = {}
    for name in wanted.of(names):
        if (spec := declared.get(name)) is None:
            return None  # a column is missing, and the careful way tells which
        if spec.type not in (*_EXACT, DataType.long, DataType.integer, DataType.string):
            return None
        if spec.type is DataType.string and not spec.required:  # an empty text is a missing one there
            return None
        kinds[name] = spec.type
    return kinds or None


def _strict(body: bytes) -> bool:
    """Whether the text is CSV by the rules of Python's strict reader, and spells no number as only Arrow does."""
    try:
        text = body.decode()
        if '"' in text:
            deque(csv.reader(io.StringIO(text, newline=""), strict=True), maxlen=0)
    except (UnicodeDecodeError, csv.Error):
        return False
    return not _LOOSE.search(text)


def _arrow(kind: DataType) -> Any:
    """Numbers are read in full, and made narrower, or refused, when the signature is enforced."""
    import pyarrow as pa

    return pa.string() if kind is DataType.string else pa.float64() if kind in _EXACT else pa.int64()


def _same(column: Any, kind: DataType) -> bool:
    """Whether the values are surely those of the careful way, which looks at large and at missing integers."""
    from pyarrow import compute

    if kind not in _EXACT:
        return kind is DataType.string or not column.null_count
    limits = compute.min_max(column.filter(compute.is_finite(column))).as_py()
    return limits["min"] is None or max(-limits["min"], limits["max"]) < _EXACT[kind]
