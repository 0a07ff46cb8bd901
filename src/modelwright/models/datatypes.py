"""The types that a column, a list item or an object's property can have, and their JSON."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..core.errors import InvalidArgument
from .data_type import DataType

if TYPE_CHECKING:
    from typing import Self

__all__ = ["AnyType", "Array", "DataType", "Kind", "Map", "Object", "Property", "SparkMLVector"]

ARRAY, OBJECT, MAP, VECTOR, ANY = "array", "object", "map", "sparkml_vector", "any"


class Property:
    """One named property of an `Object`.

    >>> Property("age", DataType.long, required=False).to_dict()
    {'age': {'type': 'long', 'required': False}}
    """

    def __init__(self, name: str, dtype: Kind | str, required: bool = True) -> None:
        if not isinstance(name, str):
            raise InvalidArgument(f"A property's name must be a string, got {name!r} ({type(name).__name__})")
        self._name, self._dtype, self._required = name, as_kind(dtype, f"property {name!r}"), required

    @property
    def name(self) -> str:
        return self._name

    @property
    def dtype(self) -> Kind:
        return self._dtype

    @property
    def required(self) -> bool:
        """Whether every object has this property."""
        return self._required

    @required.setter
    def required(self, value: bool) -> None:
        self._required = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Property) and (self.name, self.dtype, self.required) == (
            other.name,
            other.dtype,
            other.required,
        )

    def __lt__(self, other: Property) -> bool:
        return self.name < other.name

    def __repr__(self) -> str:
        return f"{self.name}: {self.dtype!r} ({'required' if self.required else 'optional'})"

    def to_dict(self) -> dict[str, Any]:
        return {self.name: {**kind_to_dict(self.dtype), "required": self.required}}

    @classmethod
    def from_json_dict(cls, **kwargs: Any) -> Self:
        """Read `{name: {"type": …, "required": …}}`."""
        if len(kwargs) != 1:
            raise InvalidArgument(f"A property is an object with one key, its name; got keys {list(kwargs)}")
        ((name, given),) = kwargs.items()
        return cls(name, kind_from_dict(given, f"property {name!r}"), given.get("required", True))


class Object:
    """A JSON object with known properties, kept in order of name.

    >>> Object([Property("b", "string"), Property("a", "long")])
    {a: long (required), b: string (required)}
    """

    def __init__(self, properties: list[Property]) -> None:
        self.properties = properties

    @property
    def properties(self) -> list[Property]:
        return self._properties

    @properties.setter
    def properties(self, value: list[Property]) -> None:
        if not isinstance(value, list) or not all(isinstance(item, Property) for item in value):
            raise InvalidArgument(f"An Object takes a list of Property, got {value!r}")
        if not value:
            raise InvalidArgument("An Object needs at least one Property; for arbitrary keys use Map")
        names = [item.name for item in value]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise InvalidArgument(f"An Object's property names must differ; given twice: {twice}")
        self._properties = sorted(value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Object) and self.properties == other.properties

    def __repr__(self) -> str:
        return "{" + ", ".join(map(repr, self.properties)) + "}"

    def to_dict(self) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        for item in self.properties:
            merged |= item.to_dict()
        return {"type": OBJECT, "properties": merged}

    @classmethod
    def from_json_dict(cls, **kwargs: Any) -> Self:
        properties = _part(kwargs, OBJECT, "properties")
        return cls([Property.from_json_dict(**{name: given}) for name, given in properties.items()])


class Array:
    """A list whose items all have one type.

    >>> Array("string").to_dict()
    {'type': 'array', 'items': {'type': 'string'}}
    """

    def __init__(self, dtype: Kind | str) -> None:
        self._dtype = as_kind(dtype, "the items of an Array")

    @property
    def dtype(self) -> Kind:
        return self._dtype

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Array) and type(self) is type(other) and self.dtype == other.dtype

    def __repr__(self) -> str:
        return f"Array({self.dtype!r})"

    def to_dict(self) -> dict[str, Any]:
        return {"type": ARRAY, "items": kind_to_dict(self.dtype)}

    @classmethod
    def from_json_dict(cls, **kwargs: Any) -> Self:
        return cls(kind_from_dict(_part(kwargs, ARRAY, "items"), "the items of an Array"))


class SparkMLVector(Array):
    """A Spark ML vector: doubles, dense or sparse."""

    def __init__(self) -> None:
        super().__init__(DataType.double)

    def __repr__(self) -> str:
        return "SparkML vector"

    def to_dict(self) -> dict[str, Any]:
        return {"type": VECTOR}

    @classmethod
    def from_json_dict(cls, **kwargs: Any) -> Self:
        return cls()


class Map:
    """A JSON object with any string keys and values of one type.

    >>> Map("double")
    Map(str -> double)
    """

    def __init__(self, value_type: Kind | str) -> None:
        self._value_type = as_kind(value_type, "the values of a Map")

    @property
    def value_type(self) -> Kind:
        return self._value_type

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Map) and self.value_type == other.value_type

    def __repr__(self) -> str:
        return f"Map(str -> {self.value_type!r})"

    def to_dict(self) -> dict[str, Any]:
        return {"type": MAP, "values": kind_to_dict(self.value_type)}

    @classmethod
    def from_json_dict(cls, **kwargs: Any) -> Self:
        return cls(kind_from_dict(_part(kwargs, MAP, "values"), "the values of a Map"))


class AnyType:
    """Any JSON value, unchecked; MLflow 3 writes it where nothing is known, MLflow 2 cannot read it."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AnyType)

    def __repr__(self) -> str:
        return "Any"

    def to_dict(self) -> dict[str, Any]:
        return {"type": ANY}

    @classmethod
    def from_json_dict(cls, **kwargs: Any) -> Self:
        return cls()


Kind = DataType | Array | Object | Map | AnyType
_KINDS = (DataType, Array, Object, Map, AnyType)
_SCALARS = dict(DataType.__members__)
_NESTED: Mapping[str, Any] = {ARRAY: Array, OBJECT: Object, MAP: Map, VECTOR: SparkMLVector, ANY: AnyType}


def as_kind(given: object, what: str) -> Kind:
    """`given`, or the type it names."""
    if isinstance(given, _KINDS):
        return given
    if isinstance(given, str):
        if (scalar := _SCALARS.get(given)) is not None:
            return scalar
        if given in (VECTOR, ANY):
            return AnyType() if given == ANY else SparkMLVector()
    known = [*DataType.__members__, *_NESTED]
    near = difflib.get_close_matches(given, known, 1) if isinstance(given, str) else []
    raise InvalidArgument(
        f"Type {given!r} of {what} is not a type; expected one of {', '.join(known)}, or an instance of DataType, "
        f"Array, Object, Map or AnyType.{f' Did you mean {near[0]!r}?' if near else ''}"
    )


def kind_to_dict(kind: Kind) -> dict[str, Any]:
    return {"type": kind.name} if isinstance(kind, DataType) else kind.to_dict()


def kind_from_dict(given: object, what: str) -> Kind:
    """The type that `{"type": …}` spells."""
    if not isinstance(given, Mapping) or "type" not in given:
        raise InvalidArgument(f'The type of {what} must be an object with the key "type", got {given!r}')
    nested = _NESTED.get(given["type"]) if isinstance(given["type"], str) else None
    return nested.from_json_dict(**given) if nested else as_kind(given["type"], what)


def spark_type(kind: Kind) -> Any:
    """The Spark type of a column; needs pyspark."""
    from pyspark.sql import types

    if isinstance(kind, DataType):
        return kind.to_spark()
    if isinstance(kind, SparkMLVector):
        from pyspark.ml.linalg import VectorUDT

        return VectorUDT()
    if isinstance(kind, Array):
        return types.ArrayType(spark_type(kind.dtype))
    if isinstance(kind, Map):
        return types.MapType(types.StringType(), spark_type(kind.value_type))
    if isinstance(kind, Object):
        return types.StructType(
            [types.StructField(p.name, spark_type(p.dtype), nullable=not p.required) for p in kind.properties]
        )
    raise InvalidArgument("Type any has no Spark type; give the column a type of its own")


def _part(given: dict[str, Any], type_: str, key: str) -> dict[str, Any]:
    if given.get("type") != type_ or not isinstance(given.get(key), dict):
        raise InvalidArgument(f'A type of kind {type_} is written {{"type": "{type_}", "{key}": {{…}}}}, got {given!r}')
    return given[key]  # type: ignore[no-any-return]
