"""Types of Python values, a whole column at a time: the loops over values run in C, one for each level of nesting."""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Iterable, Sequence
from functools import cache, reduce
from itertools import chain
from typing import Any

from ..core.errors import InvalidArgument
from .datatypes import AnyType, Array, DataType, Kind, Map, Object, Property, SparkMLVector
from .unify import unify

_CLASSES = {
    "builtins.bool numpy.bool numpy.bool_": DataType.boolean,
    "numpy.int8 numpy.int16 numpy.int32 numpy.uint8 numpy.uint16": DataType.integer,
    "builtins.int numpy.int64 numpy.uint32 numpy.uint64 numpy.longlong numpy.ulonglong": DataType.long,
    "numpy.float16 numpy.float32": DataType.float,
    "builtins.float numpy.float64 decimal.Decimal": DataType.double,
    "builtins.str numpy.str_": DataType.string,
    "builtins.bytes builtins.bytearray numpy.bytes_": DataType.binary,
    "datetime.date numpy.datetime64": DataType.datetime,
}
_SCALARS = {name: kind for names, kind in _CLASSES.items() for name in names.split()}
_NULLS = {"builtins.NoneType", "pandas._libs.missing.NAType", "pandas._libs.tslibs.nattype.NaTType"}
_VECTORS = {"pyspark.ml.linalg.DenseVector", "pyspark.ml.linalg.SparseVector"}


def infer_values(values: Sequence[Any], what: str) -> tuple[Kind | None, bool]:
    """The type of `values` (None when all are missing), and whether any is missing.

    >>> infer_values([{"a": 1}, {"a": 2.5, "b": ["x"]}, None], "the data")
    ({a: double (required), b: Array(string) (optional)}, True)
    """
    families: dict[str, list[type]] = {}
    for cls in sorted(set(map(type, values)), key=repr):
        families.setdefault(_family(cls), []).append(cls)
    missing = bool(families.pop("null", None))
    found: list[Kind] = []
    for family, classes in families.items():
        if family == "unknown":
            raise InvalidArgument(
                f"{what} holds {_names(classes)}, which no signature type describes{_advice(classes)}"
            )
        mine = values if len(families) == 1 and not missing else [v for v in values if type(v) in classes]
        nan = family in _NAN and any(map(operator.ne, mine, mine))
        missing |= nan
        if not (nan and len(families) > 1 and all(map(operator.ne, mine, mine))):
            found.append(_INFER[family](mine, classes, what))  # NaN among texts is a missing text, not a number
    return (_unified(found, what) if found else None), missing


def _unified(kinds: Sequence[Kind], what: str) -> Kind:
    try:
        return reduce(unify, kinds)
    except InvalidArgument as error:
        raise InvalidArgument(f"{what} mixes types. {error.message}") from error


@cache
def _family(cls: type) -> str:
    names = [f"{c.__module__}.{c.__qualname__}" for c in cls.__mro__]
    if names[0] in _NULLS:
        return "null"
    if (kind := _scalar(cls)) is not None:
        return kind.name if kind.name in _NAN else "scalar"
    if issubclass(cls, dict):
        return "dict"
    if issubclass(cls, list | tuple):
        return "list"
    if names[0] == "numpy.ndarray":
        return "ndarray"
    if dataclasses.is_dataclass(cls) or hasattr(cls, "model_dump"):
        return "record"
    return "vector" if _VECTORS & set(names) else "unknown"


@cache
def _scalar(cls: type) -> DataType | None:
    names = (f"{c.__module__}.{c.__qualname__}" for c in cls.__mro__)
    return next((_SCALARS[name] for name in names if name in _SCALARS), None)


def _scalars(values: Sequence[Any], classes: list[type], what: str) -> Kind:
    kinds: list[Kind] = [found for cls in classes if (found := _scalar(cls)) is not None]
    long = {cls for cls in classes if _scalar(cls) is DataType.long}
    if long:
        whole = values if len(classes) == 1 else [v for v in values if type(v) in long]
        if min(whole) < -(2**63) or max(whole) >= 2**63:
            raise InvalidArgument(
                f"{what} holds integers outside the 64 bits of type long; convert it to float64 or to text"
            )
    return _unified(kinds, what)


def _lists(values: Sequence[Any], classes: list[type], what: str) -> Kind:
    kind, _ = infer_values(list(chain.from_iterable(values)), f"a list in {what}")
    return Array(kind or AnyType())


def _ndarrays(values: Sequence[Any], classes: list[type], what: str) -> Kind:
    kinds: list[Kind] = []
    for dtype, depth in {(value.dtype, value.ndim) for value in values}:
        mine = [value for value in values if value.dtype == dtype and value.ndim == depth]
        items: Iterable[Any] = chain.from_iterable(value.ravel().tolist() for value in mine)
        kind: Kind = dtype_kind(dtype, what) or infer_values(list(items), f"an array in {what}")[0] or AnyType()
        for _ in range(depth):
            kind = Array(kind)
        kinds.append(kind)
    return _unified(kinds, what)


def _dicts(values: Sequence[Any], classes: list[type], what: str) -> Kind:
    properties = [Property(name, kind, required) for name, kind, required in infer_keys(values, what)]
    return Object(properties) if properties else Map(AnyType())


def infer_keys(values: Sequence[dict[str, Any]], what: str) -> list[tuple[str, Kind, bool]]:
    """Each key of the dicts `values`, in the order of their appearance: its type, and whether no dict lacks it."""
    names = dict.fromkeys(chain.from_iterable(values))
    if bad := [name for name in names if not isinstance(name, str)]:
        raise InvalidArgument(f"{what} holds dicts with keys that are not strings: {bad[:10]}")
    found = []
    for name in names:
        items = [value[name] for value in values if name in value]
        kind, missing = infer_values(items, f"{what}[{name!r}]")
        found.append((name, kind or AnyType(), len(items) == len(values) and not missing))
    return found


def _records(values: Sequence[Any], classes: list[type], what: str) -> Kind:
    return _dicts([as_dict(value) for value in values], classes, what)


def _vectors(values: Sequence[Any], classes: list[type], what: str) -> Kind:
    return SparkMLVector()


_INFER: dict[str, Any] = {
    "scalar": _scalars,
    "float": _scalars,
    "double": _scalars,
    "datetime": _scalars,
    "list": _lists,
    "ndarray": _ndarrays,
    "dict": _dicts,
    "record": _records,
    "vector": _vectors,
}
_NAN = {"float", "double", "datetime"}


def as_dict(record: Any) -> dict[str, Any]:
    """A dataclass instance or pydantic model as the dict it stands for."""
    return record.model_dump() if hasattr(record, "model_dump") else dataclasses.asdict(record)


def is_record(value: Any) -> bool:
    return not isinstance(value, type) and (dataclasses.is_dataclass(value) or hasattr(value, "model_dump"))


def dtype_kind(dtype: Any, what: str) -> DataType | None:
    """The type that a numpy or masked pandas dtype stands for; None where only the values can tell."""
    kind, size = dtype.kind, dtype.itemsize
    if kind in "iu" and size <= 8:
        return DataType.integer if size < 4 or (kind == "i" and size == 4) else DataType.long
    if kind == "f" and size <= 8:
        return DataType.float if size <= 4 else DataType.double
    if kind in _KINDS:
        return _KINDS[kind]
    if kind == "O":
        return None
    raise InvalidArgument(f"{what} has dtype {dtype}, which no signature type describes{_DTYPE_ADVICE.get(kind, '')}")


_KINDS = {
    "b": DataType.boolean,
    "U": DataType.string,
    "T": DataType.string,
    "S": DataType.binary,
    "M": DataType.datetime,
}
_DTYPE_ADVICE = {
    "m": "; convert durations to a number, such as column.dt.total_seconds()",
    "c": "; split complex numbers into real and imaginary parts",
    "f": "; convert extended floats to float64",
    "V": "; convert records to a DataFrame",
}


def _names(classes: list[type]) -> str:
    return ", ".join(sorted(f"{cls.__module__}.{cls.__qualname__}" for cls in classes))


def _advice(classes: list[type]) -> str:
    if any("timedelta" in cls.__name__.lower() for cls in classes):
        return "; convert durations to a number of seconds"
    return "; expected bool, int, float, str, bytes, date, datetime, list, dict, ndarray, a dataclass or pydantic model"
