"""One type for columns that were written at different times: the narrowest that holds all of their values."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ..models import predictions

_EXACT = 2**53  # beyond it a 64-bit float does not hold every integer


def merged(types: Iterable[Any]) -> Any:
    """The type that columns of these Arrow types share; text where they have none.

    >>> import pyarrow as pa
    >>> merged([pa.null(), pa.int32(), pa.float32()]), merged([pa.int64(), pa.string()])
    (DataType(double), DataType(string))
    """
    import pyarrow as pa

    found = pa.null()
    for type_ in types:
        if pa.types.is_dictionary(type_):
            type_ = type_.value_type
        if found == type_ or pa.types.is_null(type_):
            continue
        if pa.types.is_null(found):
            found = type_
            continue
        try:
            pair = (pa.schema([("x", each)]) for each in (_plainly(found), _plainly(type_)))
            found = pa.unify_schemas(list(pair), promote_options="permissive").field("x").type
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
            return pa.string()
        if pa.types.is_floating(found):
            found = pa.float64()
    return found


def _plainly(type_: Any) -> Any:
    """A list of fixed length as a list of any."""
    import pyarrow as pa

    return pa.list_(type_.value_type) if pa.types.is_fixed_size_list(type_) else type_


def cast(column: Any, type_: Any) -> Any:
    """A column as another type; ArrowInvalid where that would change a value.

    >>> import pyarrow as pa
    >>> cast(pa.array([1, None]), pa.string()).to_pylist()
    ['1', None]
    """
    import pyarrow as pa

    if column.type == type_:
        return column
    if pa.types.is_string(type_) and not _printable(column.type):
        values = column.to_pylist()
        return pa.array([None if value is None else json.dumps(predictions.plain(value)) for value in values], type_)
    return column.cast(type_)


def inexact(column: Any, type_: Any) -> bool:
    """Whether `column` holds integers that the floating `type_` would change."""
    import pyarrow as pa

    return pa.types.is_floating(type_) and beyond(column)


def beyond(column: Any) -> bool:
    """Whether `column` holds integers that no double may be."""
    import pyarrow as pa
    from pyarrow import compute

    if not pa.types.is_integer(column.type) or column.type.bit_width < 64:
        return False
    limits = compute.min_max(column).as_py()
    return limits["min"] is not None and (limits["min"] < -_EXACT or limits["max"] > _EXACT)


def _printable(type_: Any) -> bool:
    import pyarrow as pa

    tests = (pa.types.is_primitive, pa.types.is_string, pa.types.is_large_string, pa.types.is_null)
    return any(test(type_) for test in tests) or pa.types.is_dictionary(type_)
