"""Python annotations as signature types: `list[Optional[Row]]` → Array of Object."""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import types
import typing
from typing import Any, Union

from ..core.errors import InvalidArgument
from .datatypes import AnyType, Array, DataType, Kind, Map, Object, Property

_SCALARS: dict[Any, DataType] = {
    bool: DataType.boolean,
    int: DataType.long,
    float: DataType.double,
    str: DataType.string,
    bytes: DataType.binary,
    bytearray: DataType.binary,
    dt.date: DataType.datetime,
    dt.datetime: DataType.datetime,
    decimal.Decimal: DataType.double,
}


def kind_of(hint: Any, where: str) -> tuple[Kind, bool]:
    """The type that `hint` stands for, and whether None is allowed too.

    >>> kind_of(dict[str, list[int]] | None, "here")
    (Map(str -> Array(long)), True)
    """
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        rest = [arg for arg in args if arg is not type(None)]
        kind = kind_of(rest[0], where)[0] if len(rest) == 1 else AnyType()
        return kind, len(rest) < len(args)
    if origin is typing.Annotated:
        return kind_of(args[0], where)
    if hint in _SCALARS:
        return _SCALARS[hint], False
    if hint is Any or hint is object:
        return AnyType(), True
    if hint in (list, tuple, dict) or (origin in (list, dict) and not args):
        raise InvalidArgument(f"{_show(hint)} of {where} does not say what it holds; write list[str] or dict[str, int]")
    if origin in (list, tuple) and (origin is list or (len(args) == 2 and args[1] is ...)):
        return Array(kind_of(args[0], where)[0]), False
    if origin is dict:
        if args[0] is not str:
            raise InvalidArgument(f"{_show(hint)} of {where} has keys that are not str, which JSON cannot hold")
        return Map(kind_of(args[1], where)[0]), False
    if is_record(hint):
        return Object([Property(name, kind, required) for name, kind, required in fields(hint)]), False
    raise InvalidArgument(
        f"{_show(hint)} of {where} has no signature type; expected bool, int, float, str, bytes, date, datetime, "
        "list[…], dict[str, …], Optional[…], Any, a dataclass or a pydantic model"
    )


def is_record(hint: Any) -> bool:
    """Whether `hint` is a dataclass or, seen by its methods, a pydantic model."""
    return isinstance(hint, type) and (dataclasses.is_dataclass(hint) or hasattr(hint, "model_fields"))


def fields(record: Any) -> list[tuple[str, Kind, bool]]:
    """Name, type and requiredness of each field of a dataclass or pydantic model, or of an instance of one."""
    cls: Any = record if isinstance(record, type) else type(record)
    if not is_record(cls):
        raise InvalidArgument(f"{_show(record)} is neither a dataclass nor a pydantic model")
    if dataclasses.is_dataclass(cls):
        hints = typing.get_type_hints(cls, include_extras=True)
        given = [(field.name, hints[field.name]) for field in dataclasses.fields(cls)]
    else:
        given = [(name, field.annotation) for name, field in cls.model_fields.items()]
    found = []
    for name, hint in given:
        kind, optional = kind_of(hint, f"field {cls.__name__}.{name}")
        found.append((name, kind, not optional))
    if not found:
        raise InvalidArgument(f"{cls.__name__} has no fields to make a signature of")
    return found


def _show(hint: Any) -> str:
    return hint.__name__ if isinstance(hint, type) and not typing.get_args(hint) else str(hint)
