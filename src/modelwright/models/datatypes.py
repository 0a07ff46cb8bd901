"""The types that a column, a list item or an object's property can have, and their JSON."""

from __future__ import annotations

import builtins
import datetime as dt
import difflib
import sys
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any

from ..core.errors import InvalidArgument

if TYPE_CHECKING:
    from typing import Self

ARRAY, OBJECT, MAP, VECTOR, ANY = "array", "object", "map", "sparkml_vector", "any"


class DataType(Enum):
    """A scalar type; the member's name is its spelling in signatures.

    >>> DataType.long.to_python(), DataType["double"]
    (<class 'int'>, double)
    """

    _numpy: str
    _spark: str
    _python: type
    _classes: tuple[str, ...]

    def __new__(cls, number: int, numpy: str, spark: str, python: type, classes: str) -> DataType:
        self = object.__new__(cls)
        self._value_ = number
        self._numpy, self._spark, self._python, self._classes = numpy, spark, python, tuple(classes.split())
        return self

    boolean = (1, "bool", "BooleanType", bool, "builtins.bool numpy.bool numpy.bool_")
    integer = (2, "int32", "IntegerType", int, "builtins.int numpy.int32")
    long = (3, "int64", "LongType", int, "builtins.int numpy.int64")
    float = (4, "float32", "FloatType", builtins.float, "builtins.float numpy.float32")
    double = (5, "float64", "DoubleType", builtins.float, "builtins.float numpy.float64")
    string = (6, "str", "StringType", str, "builtins.str numpy.str_")
    binary = (7, "bytes", "BinaryType", bytes, "builtins.bytes builtins.bytearray numpy.bytes_")
    datetime = (
        8, "datetime64[ns]", "TimestampType", dt.date, "datetime.date datetime.datetime numpy.datetime64",
    )  # fmt: skip

    def __repr__(self) -> str:
        return self.name

    def to_numpy(self) -> Any:
        """The equivalent numpy dtype."""
        import numpy as np

        return np.dtype(self._numpy)

    def to_pandas(self) -> Any:
        """The equivalent pandas dtype: numpy's, or `object` for text and bytes."""
        return object if self in (DataType.string, DataType.binary) else self.to_numpy()

    def to_spark(self) -> Any:
        """The equivalent Spark type; needs pyspark."""
        from pyspark.sql import types

        return getattr(types, self._spark)()

    def to_python(self) -> type:
        """The equivalent Python class."""
        return self._python

    def get_all_types(self) -> list[Any]:
        """Every class and dtype that stands for this type: numpy's, pandas', Python's, Spark's too when in use."""
        more: list[Any] = [bytearray] if self is DataType.binary else []
        if self is DataType.datetime:
            import numpy as np

            more = [np.datetime64, dt.datetime]
        spark = [self.to_spark()] if "pyspark.sql.types" in sys.modules else []
        return [self.to_numpy(), self.to_pandas(), self.to_python(), *spark, *more]

    def _is(self, value: object) -> bool:
        return f"{type(value).__module__}.{type(value).__qualname__}" in self._classes

    @classmethod
    def is_boolean(cls, value: object) -> bool:
        return cls.boolean._is(value)

    @classmethod
    def is_integer(cls, value: object) -> bool:
        return cls.integer._is(value)

    @classmethod
    def is_long(cls, value: object) -> bool:
        return cls.long._is(value)

    @classmethod
    def is_float(cls, value: object) -> bool:
        return cls.float._is(value)

    @classmethod
    def is_double(cls, value: object) -> bool:
        return cls.double._is(value)

    @classmethod
    def is_string(cls, value: object) -> bool:
        return cls.string._is(value)

    @classmethod
    def is_binary(cls, value: object) -> bool:
        return cls.binary._is(value)

    @classmethod
    def is_datetime(cls, value: object) -> bool:
        return cls.datetime._is(value)

    @classmethod
    def get_spark_types(cls) -> list[Any]:
        return [kind.to_spark() for kind in cls]

    @classmethod
    def from_numpy_type(cls, np_type: Any) -> DataType | None:
        """The member whose numpy dtype equals `np_type`, or None."""
        return next((kind for kind in cls if kind.to_numpy() == np_type), None)


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
_NESTED: Mapping[str, Any] = {ARRAY: Array, OBJECT: Object, MAP: Map, VECTOR: SparkMLVector, ANY: AnyType}


def as_kind(given: object, what: str) -> Kind:
    """`given`, or the type it names."""
    if isinstance(given, DataType | Array | Object | Map | AnyType):
        return given
    if isinstance(given, str):
        if given in DataType.__members__:
            return DataType[given]
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


def _part(given: dict[str, Any], type_: str, key: str) -> dict[str, Any]:
    if given.get("type") != type_ or not isinstance(given.get(key), dict):
        raise InvalidArgument(f'A type of kind {type_} is written {{"type": "{type_}", "{key}": {{…}}}}, got {given!r}')
    return given[key]  # type: ignore[no-any-return]
