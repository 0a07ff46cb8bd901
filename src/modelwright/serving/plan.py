"""A request's rows as one matrix: the signature of a model whose columns are all numbers, compiled once.

The general way from JSON to a frame (`models.serving_input`) looks at each column by itself and costs a millisecond.
Where every column is a number, a request is a handful of numbers: they become one array, are compared with the columns'
types as a whole, and get the frame's labels from an index made beforehand. Whatever is not that simple answers None
here, and goes the general way, which also knows what to say of it; so both ways give the same data.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

from ..models.datatypes import DataType
from ..models.signature import ModelSignature

_NUMBERS = (DataType.integer, DataType.long, DataType.float, DataType.double)
_EXACT = 2.0**53  # from here on two integers may be one double
_NARROW = 2.0**24  # the same of 32-bit floats
_WIDEST = 3.4028234e38  # the largest of those


class MatrixPlan:
    """Reads the rows of a request for columns that all are numbers.

    Args:
        names: The columns' labels, in the signature's order.
        kinds: Their types.
    """

    def __init__(self, names: Sequence[str], kinds: Sequence[DataType]) -> None:
        import numpy as np
        import pandas as pd

        self.names = list(names)
        self.width = len(self.names)
        dtypes = [kind.to_numpy() for kind in kinds]
        self.dtype = dtypes[0] if len(set(dtypes)) == 1 else None
        self._dtypes = dtypes
        self._index = pd.Index(self.names)
        self._known = set(self.names)
        self._whole = [i for i, kind in enumerate(kinds) if kind in (DataType.integer, DataType.long)]
        self._narrow = [i for i, kind in enumerate(kinds) if kind is DataType.float]
        limits = [np.iinfo(dtypes[i]) for i in self._whole]
        self._low = np.array([max(float(limit.min), -_EXACT) for limit in limits])
        self._high = np.array([min(float(limit.max), _EXACT) for limit in limits])
        self._types = {int, float} if self._whole else {int, float, type(None)}
        self._frames: tuple[Any, Any] = (np, pd)

    def read(self, payload: Any) -> Any:
        """The request as an array of float64, one row each; None where the general way must look at it."""
        if type(payload) is not dict or len(payload) != 1:
            return None  # params take the general way, too
        ((form, given),) = payload.items()
        if form == "dataframe_split" or form == "input_data":
            if type(given) is not dict or given.get("columns") != self.names or len(given) != 2:
                return None
            return self._matrix(given.get("data"))
        if form == "dataframe_records" or form == "instances":
            return self._records(given)
        if form == "inputs" and type(given) is dict:
            return self._columns(given)
        return None

    def take(self, matrix: Any) -> Any:
        """An array of float64 as `read` gives it; None where the general way must look at it."""
        return self._right(matrix, {int, float})

    def whole(self, matrix: Any) -> Any:
        """`matrix` with the columns of integers rounded, as they must be."""
        np, _ = self._frames
        matrix[:, self._whole] = np.floor(matrix[:, self._whole])
        return matrix

    def gaps(self, matrix: Any) -> Any:
        """`matrix` with missing values, one more in each row; None where a request cannot have any."""
        np, _ = self._frames
        if self._whole:
            return None
        holed = matrix.copy()
        for row in range(len(holed)):
            holed[row, : (row * self.width) // (len(holed) - 1)] = np.nan
        return holed

    def frame(self, matrix: Any) -> Any:
        """A matrix of `read` as the frame that the signature describes."""
        _, pd = self._frames
        if self.dtype is not None:
            return pd.DataFrame(matrix.astype(self.dtype, copy=False), columns=self._index, copy=False)
        frame = pd.DataFrame({i: matrix[:, i].astype(dtype) for i, dtype in enumerate(self._dtypes)})
        frame.columns = self._index
        return frame

    def _records(self, rows: Any) -> Any:
        if type(rows) is not list:
            return None
        names = self.names
        values = []
        for row in rows:
            if type(row) is not dict or row.keys() != self._known:
                return None
            values.append([row[name] for name in names])
        return self._matrix(values)

    def _columns(self, given: dict[str, Any]) -> Any:
        if given.keys() != self._known:
            return None
        columns = [given[name] for name in self.names]
        if not all(type(column) is list for column in columns) or len({*map(len, columns)}) != 1:
            return None
        return self._matrix(list(zip(*columns, strict=True)))

    def _matrix(self, rows: Any) -> Any:
        """Rows of numbers as an array whose every value its column can hold as it is."""
        np, _ = self._frames
        if type(rows) is not list or not rows:
            return None
        try:
            types = set(map(type, chain.from_iterable(rows)))
            if not types <= self._types:
                return None
            matrix = np.array(rows, "float64")
        except (TypeError, ValueError, OverflowError):
            return None
        return self._right(matrix, types)

    def _right(self, matrix: Any, types: set[type]) -> Any:
        """`matrix` if its columns can hold its values, which were of these types, else None."""
        np, _ = self._frames
        if matrix.ndim != 2 or matrix.shape[1] != self.width or not np.abs(matrix).max() < _EXACT:
            return matrix if self._far(matrix, types) else None
        return matrix if self._fits(matrix, types) else None

    def _far(self, matrix: Any, types: set[type]) -> bool:
        """Whether a matrix with missing or huge values is nevertheless right as it is."""
        np, _ = self._frames
        if matrix.ndim != 2 or matrix.shape[1] != self.width or self._whole:
            return False
        largest = np.nanmax(np.abs(matrix), initial=0.0)
        return not (largest >= _EXACT and int in types) and self._fits(matrix, types)

    def _fits(self, matrix: Any, types: set[type]) -> bool:
        np, _ = self._frames
        if self._whole:
            whole = matrix[:, self._whole]
            if not ((whole >= self._low) & (whole <= self._high) & (whole == np.floor(whole))).all():
                return False
        if self._narrow:
            limit = _NARROW if int in types else _WIDEST
            return bool(np.fmax.reduce(np.abs(matrix[:, self._narrow]), axis=None, initial=0.0) <= limit)
        return True


def compile(signature: ModelSignature | None) -> MatrixPlan | None:
    """The plan of a signature whose inputs all are named numbers; None for any other.

    >>> from modelwright.models.schema import ColSpec, Schema
    >>> plan = compile(ModelSignature(Schema([ColSpec("double", "x"), ColSpec("long", "n")])))
    >>> plan.read({"dataframe_split": {"columns": ["x", "n"], "data": [[1.5, 2]]}})
    array([[1.5, 2. ]])
    >>> plan.read({"dataframe_split": {"columns": ["x", "n"], "data": [[1.5, 2.5]]}}) is None
    True
    """
    schema = signature.inputs if signature is not None else None
    if schema is None or schema.is_tensor_spec() or not schema.has_input_names():
        return None
    names, kinds = schema.input_names(), schema.input_types()
    if not all(isinstance(name, str) for name in names) or len(set(names)) != len(names):
        return None
    if not all(kind in _NUMBERS for kind in kinds):
        return None
    return MatrixPlan([str(name) for name in names], kinds)
