"""The scalar types of a signature."""

from __future__ import annotations

import builtins
import datetime as dt
import sys
from enum import Enum
from typing import Any


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
