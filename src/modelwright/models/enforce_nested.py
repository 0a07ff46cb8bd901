"""Checks of Python values against types: a whole column at a time, and never changing a value."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from .casts import Unfit
from .datatypes import AnyType, Array, DataType, Kind, Map, Object, SparkMLVector
from .infer_values import as_dict, is_record

_LARGEST = 3.4028235677973366e38  # beyond it, a number becomes infinite as a 32-bit float
_EXACT: dict[DataType, set[type]] = {
    DataType.boolean: {bool},
    DataType.integer: {int},
    DataType.long: {int},
    DataType.float: {float},
    DataType.double: {float},
    DataType.string: {str},
    DataType.binary: {bytes, bytearray},
}
_RANGE = {DataType.integer: 2**31, DataType.long: 2**63, DataType.float: _LARGEST}
_NULLS = {"NoneType", "NAType", "NaTType"}


def check_values(values: Sequence[Any], kind: Kind, nullable: bool, where: str = "") -> Iterator[tuple[str, Unfit]]:
    """The place and reason of every misfit of `values` with `kind`, at most one for each place.

    >>> [(where, unfit.reason) for where, unfit in check_values([[1, "x"]], Array("long"), True, "a")]
    [('a[]', 'holds str')]
    """
    if isinstance(kind, AnyType):
        return
    if isinstance(kind, DataType):
        if unfit := _scalars(values, kind, nullable):
            yield where, unfit
        return
    present = _present(values)
    if len(present) < len(values) and not nullable:
        yield where, Unfit("holds missing values, and is required")
    if isinstance(kind, SparkMLVector):
        present = [value.toArray() if hasattr(value, "toArray") else value for value in present]
    if isinstance(kind, Array):
        yield from _lists(present, kind, where)
    else:
        yield from _dicts(present, kind, where)


def _present(values: Sequence[Any]) -> list[Any]:
    if not any(issubclass(cls, float) or cls.__name__ in _NULLS for cls in set(map(type, values))):
        return list(values)
    return [value for value in values if not is_null(value)]


def _lists(values: list[Any], kind: Array, where: str) -> Iterator[tuple[str, Unfit]]:
    values = [value.tolist() if type(value).__name__ == "ndarray" and value.ndim else value for value in values]
    if bad := [value for value in values if not isinstance(value, list | tuple)]:
        yield where, Unfit(f"holds {_names(bad)} instead of lists", bad[0])
    else:
        yield from check_values(list(chain.from_iterable(values)), kind.dtype, True, f"{where}[]")


def _dicts(values: list[Any], kind: Object | Map, where: str) -> Iterator[tuple[str, Unfit]]:
    if set(map(type, values)) != {dict}:
        values = [_as_dict(value) for value in values]
    if bad := [value for value in values if not isinstance(value, dict)]:
        yield where, Unfit(f"holds {_names(bad)} instead of objects", bad[0])
        return
    keys = dict.fromkeys(chain.from_iterable(values))
    if odd := [key for key in keys if not isinstance(key, str)]:
        yield where, Unfit("holds objects with keys that are not strings", odd[0])
        return
    if isinstance(kind, Map):
        yield from check_values(list(chain.from_iterable(v.values() for v in values)), kind.value_type, True, where)
        return
    known = {p.name for p in kind.properties}
    if unknown := [key for key in keys if key not in known]:
        yield where, Unfit(f"holds objects with unknown properties {unknown[:10]}; known are {sorted(known)}")
    for p in kind.properties:
        items = [value[p.name] for value in values if p.name in value]
        if p.required and len(items) < len(values):
            yield where, Unfit(f"holds objects without the required property {p.name!r}")
        yield from check_values(items, p.dtype, not p.required, f"{where}.{p.name}")


def _as_dict(value: Any) -> Any:
    if isinstance(value, dict):
        return value
    if hasattr(value, "asDict"):
        return value.asDict(True)  # a Spark Row
    return as_dict(value) if is_record(value) else value


def _scalars(values: Sequence[Any], kind: DataType, nullable: bool) -> Unfit | None:
    classes = set(map(type, values))
    if classes <= _EXACT.get(kind, set()):
        limit = _RANGE.get(kind)
        if limit is None or not values or (min(values) >= -limit and max(values) < limit):
            return None  # NaN fails any comparison, and so gets the long look
    for value in values:
        if unfit := _scalar(value, kind, nullable):
            return unfit
    return None


def _scalar(value: Any, kind: DataType, nullable: bool) -> Unfit | None:
    if is_null(value):
        if nullable or kind in (DataType.float, DataType.double):
            return None
        return Unfit("holds missing values, and is required")
    plain = value.item() if type(value).__module__ == "numpy" and getattr(value, "ndim", 1) == 0 else value
    number = isinstance(plain, int | float)
    if kind is DataType.boolean:
        fits = number and plain in (0, 1)
    elif kind in (DataType.integer, DataType.long):
        fits = number and math.isfinite(plain) and plain == int(plain) and -_RANGE[kind] <= plain < _RANGE[kind]
    elif kind in (DataType.float, DataType.double):
        fits = (number and _is_float(plain, kind)) or type(plain).__name__ == "Decimal"
    elif kind is DataType.string:
        fits = isinstance(plain, str)
    elif kind is DataType.binary:
        fits = isinstance(plain, bytes | bytearray)
    else:
        fits = DataType.is_datetime(value) or hasattr(plain, "isoformat") or _is_iso(plain)
    if fits:
        return None
    inside = f"holds {type(value).__name__}" if not number or kind not in _NEEDS else _NEEDS[kind]
    return Unfit(inside, value)


_NEEDS = {
    DataType.boolean: "holds numbers other than 0 and 1",
    DataType.integer: "holds numbers that are not whole or leave 32 bits",
    DataType.long: "holds numbers that are not whole or leave 64 bits",
    DataType.float: "holds numbers that leave the range of a 32-bit float",
    DataType.double: "holds integers that a 64-bit float cannot keep",
}


def _is_float(value: int | float, kind: DataType) -> bool:
    try:
        number = float(value)
    except OverflowError:
        return False
    if math.isfinite(number) and kind is DataType.float and abs(number) > _LARGEST:
        return False
    return not isinstance(value, int) or number == value


def _is_iso(value: Any) -> bool:
    from datetime import datetime

    if not isinstance(value, str):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def is_null(value: Any) -> bool:
    """Whether `value` is None, NaN, NaT or pandas' NA."""
    if value is None or type(value).__name__ in _NULLS:
        return True
    return isinstance(value, float) and value != value


def _names(values: list[Any]) -> str:
    return ", ".join(sorted({type(value).__name__ for value in values}))
