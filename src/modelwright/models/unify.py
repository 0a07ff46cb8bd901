"""The narrowest type that holds the values of two others."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.errors import InvalidArgument
from .datatypes import AnyType, Array, DataType, Kind, Map, Object, Property

_WIDER = {
    frozenset(pair): wide
    for wide, pairs in {
        DataType.long: [(DataType.integer, DataType.long)],
        DataType.double: [
            (DataType.integer, DataType.float),
            (DataType.long, DataType.float),
            (DataType.integer, DataType.double),
            (DataType.long, DataType.double),
            (DataType.float, DataType.double),
        ],
    }.items()
    for pair in pairs
}


def unify(a: Kind, b: Kind) -> Kind:
    """The narrowest type that holds values of both; numbers widen, unknown gives way, else InvalidArgument.

    >>> unify(DataType.long, DataType.float), unify(Array("any"), Array("string"))
    (double, Array(string))
    """
    if a == b or isinstance(b, AnyType):
        return a
    if isinstance(a, AnyType):
        return b
    if isinstance(a, DataType) and isinstance(b, DataType) and (wide := _WIDER.get(frozenset((a, b)))):
        return wide
    if type(a) is Array and type(b) is Array:
        return Array(unify(a.dtype, b.dtype))
    if isinstance(a, Map) and isinstance(b, Map):
        return Map(unify(a.value_type, b.value_type))
    if isinstance(a, Object) and isinstance(b, Object):
        return Object(_unify_properties(a.properties, b.properties))
    if isinstance(a, Map | Object) and isinstance(b, Map | Object):  # {} was seen beside known properties
        known, empty = (a, b) if isinstance(a, Object) else (b, a)
        if isinstance(known, Object) and empty == Map(AnyType()):
            return Object([Property(p.name, p.dtype, required=False) for p in known.properties])
    raise InvalidArgument(f"Values of types {a!r} and {b!r} cannot share one type; convert them to one of the two")


def _unify_properties(a: Sequence[Property], b: Sequence[Property]) -> list[Property]:
    left, right = {p.name: p for p in a}, {p.name: p for p in b}
    merged = []
    for name in left | right:
        if name in left and name in right:
            required = left[name].required and right[name].required
            merged.append(Property(name, unify(left[name].dtype, right[name].dtype), required))
        else:
            merged.append(Property(name, (left.get(name) or right[name]).dtype, required=False))
    return merged
