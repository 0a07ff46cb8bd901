"""Arrow tables as mini-batches: what Parquet and Arrow files have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ...core.errors import InvalidArgument
from ...core.extras import need
from ..unify import beyond
from .base import Piece, Wanted


class TablePiece(Piece):
    """Rows of an Arrow table."""

    def __init__(self, name: str, rows: Any, table: Any, wanted: Wanted) -> None:
        self.name, self.rows, self.table, self.wanted = name, rows, table, wanted

    def take(self, wanted: Any) -> TablePiece:
        return TablePiece(self.name, self.rows[wanted], self.table.take(wanted), self.wanted)

    def data(self) -> Any:
        table = self.table.select(self.wanted.of(self.table.column_names))
        frame = to_frame(table)
        frame.columns = self.wanted.labels(table.column_names)
        return frame

    def kept(self) -> dict[str, Any]:
        return {name: self.table.column(name).combine_chunks() for name in self.wanted.keep}


def columns(there: list[str], wanted: Wanted) -> list[str]:
    """The columns to read of those there are.

    Raises InvalidArgument where one to carry along is not there, or a name is there twice.
    """
    if lacking := [name for name in wanted.keep if name not in there]:
        raise InvalidArgument(f"there is no column {lacking[0]!r} to keep; there are {', '.join(there[:50])}")
    names = set(wanted.of(there)) | set(wanted.keep)
    taken = [name for name in there if name in names]
    if len(set(taken)) < len(taken):
        raise InvalidArgument(f"it has two columns of one name: {', '.join(taken[:50])}")
    return taken


def pieces(name: str, first: int, rows: int, batches: Iterable[Any], wanted: Wanted) -> Iterator[TablePiece]:
    """Record batches of any size as pieces of `rows` rows; the last one may be smaller."""
    import numpy as np

    pa = need("pyarrow", "batch", "score files")
    waiting: list[Any] = []
    count = 0

    def made(size: int) -> TablePiece:
        nonlocal first, count
        table = pa.Table.from_batches(waiting)
        numbers = np.arange(first, first + size)
        rest = table.slice(size)
        waiting[:] = rest.to_batches()
        first, count = first + size, count - size
        return TablePiece(name, numbers, table.slice(0, size), wanted)

    for batch in batches:
        if batch.num_rows:
            waiting.append(batch)
            count += batch.num_rows
        while count >= rows:
            yield made(rows)
    if count:
        yield made(count)


def to_frame(table: Any) -> Any:
    """An Arrow table as a pandas frame of numpy's types; integers that a float cannot hold stay integers beside nulls.

    >>> import pyarrow as pa
    >>> to_frame(pa.table({"a": [2**60 + 1, None], "b": [1, None]})).dtypes.astype(str).tolist()
    ['Int64', 'float64']
    """
    import pandas as pd

    frame = table.to_pandas(ignore_metadata=True, maps_as_pydicts="strict")
    for position, column in enumerate(table.columns):
        if column.null_count and beyond(column):
            numpy = column.type.to_pandas_dtype()
            dtype = pd.api.types.pandas_dtype(numpy.__name__.replace("int", "Int").replace("uI", "UI"))
            frame.isetitem(position, column.to_pandas(types_mapper=lambda _, dtype=dtype: dtype))
        elif _is_list(column.type) and _is_list(column.type.value_type):
            frame.isetitem(position, pd.Series(_arrays(column)))
    return frame


def _is_list(type_: Any) -> bool:
    import pyarrow as pa

    tests = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    return any(test(type_) for test in tests)


def _arrays(column: Any) -> list[Any]:
    """Lists of lists: numpy arrays where they are numbers and all have one shape, lists otherwise."""
    import pyarrow as pa
    from pyarrow import compute

    values, shape = column.combine_chunks(), [len(column)]
    while _is_list(values.type):
        lengths = compute.unique(compute.list_value_length(values)).to_pylist()
        if len(lengths) != 1 or lengths == [None]:
            break
        shape.append(lengths[0])
        values = values.flatten()
    if values.null_count or not pa.types.is_primitive(values.type) or pa.types.is_temporal(values.type):
        return column.to_pylist()  # type: ignore[no-any-return]
    return list(values.to_numpy(zero_copy_only=False).reshape(shape))
