"""What data a model takes or gives: columns or tensors, with their JSON exactly as MLflow writes it."""

from __future__ import annotations

import json
import string
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..core.errors import InvalidArgument
from .datatypes import (
    AnyType,
    Array,
    DataType,
    Kind,
    Map,
    Object,
    Property,
    SparkMLVector,
    as_kind,
    kind_from_dict,
    kind_to_dict,
    spark_type,
)
from .hint_kinds import fields
from .params import ParamSchema, ParamSpec

if TYPE_CHECKING:
    from typing import Self

__all__ = [
    "AnyType",
    "Array",
    "ColSpec",
    "DataType",
    "Map",
    "Object",
    "ParamSchema",
    "ParamSpec",
    "Property",
    "Schema",
    "SparkMLVector",
    "TensorInfo",
    "TensorSpec",
    "convert_dataclass_to_schema",
]


class ColSpec:
    """The name and type of one column.

    Args:
        type: A DataType, Array, Object, Map, AnyType, or a DataType's name.
        name: The label; None for a column known by its position. `0` and `""` are labels.
        optional: MLflow's older, negated spelling of `required`.
        required: Whether the column must be there, and without missing values if it holds integers or booleans.

    >>> ColSpec("double", "age", required=False).to_dict()
    {'type': 'double', 'name': 'age', 'required': False}
    """

    def __init__(
        self,
        type: Kind | str,
        name: str | int | None = None,
        optional: bool | None = None,
        required: bool | None = None,
    ) -> None:
        if optional is not None and required is not None:
            raise InvalidArgument("Give ColSpec either required or its older spelling optional, not both")
        if optional is not None:
            warnings.warn("ColSpec(optional=…) is deprecated; use required=", FutureWarning, stacklevel=2)
            required = not optional
        self._name, self._required = name, required is None or required
        self._type = as_kind(type, "a column" if name is None else f"column {name!r}")

    @property
    def type(self) -> Kind:
        return self._type

    @property
    def name(self) -> str | int | None:
        return self._name

    @name.setter
    def name(self, value: str | int | None) -> None:
        self._name = value

    @property
    def required(self) -> bool:
        return self._required

    @property
    def optional(self) -> bool:
        """The opposite of `required`."""
        return not self._required

    def to_dict(self) -> dict[str, Any]:
        name = {} if self.name is None else {"name": self.name}
        return {**kind_to_dict(self.type), **name, "required": self.required}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ColSpec) and (self.name, self.type, self.required) == (
            other.name,
            other.type,
            other.required,
        )

    def __repr__(self) -> str:
        name = "" if self.name is None else f"{self.name!r}: "
        return f"{name}{self.type!r} ({'required' if self.required else 'optional'})"

    @classmethod
    def from_json_dict(cls, **kwargs: Any) -> Self:
        """Read a column; files of MLflow 1 and 2.0 say "optional" instead of "required"."""
        required = kwargs.get("required")
        if required is None:
            required = not kwargs.get("optional", False)
        kind = kind_from_dict(kwargs, f"column {kwargs.get('name')!r}")
        return cls(kind, kwargs.get("name"), required=required)


class TensorInfo:
    """The numpy dtype and shape of a tensor; -1 stands for any length."""

    def __init__(self, dtype: Any, shape: tuple[int, ...] | list[int]) -> None:
        import numpy as np

        if not isinstance(dtype, np.dtype):
            raise TypeError(f"A tensor's dtype must be a numpy.dtype, got {dtype!r}; write np.dtype({dtype!r})")
        if dtype.char in "US" and not dtype.name.isalpha():
            plain = dtype.name.rstrip(string.digits)
            raise InvalidArgument(f'A tensor\'s dtype carries no text length: give np.dtype("{plain}"), not {dtype!r}')
        if not isinstance(shape, tuple | list):
            raise TypeError(f"A tensor's shape must be a tuple or a list, got {shape!r}")
        self._dtype, self._shape = dtype, tuple(shape)

    @property
    def dtype(self) -> Any:
        return self._dtype

    @property
    def shape(self) -> tuple[int, ...]:
        return self._shape

    def to_dict(self) -> dict[str, Any]:
        return {"dtype": self._dtype.name, "shape": self._shape}

    @classmethod
    def from_json_dict(cls, **kwargs: Any) -> Self:
        import numpy as np

        if "dtype" not in kwargs or "shape" not in kwargs:
            raise InvalidArgument(f'A tensor-spec needs the keys "dtype" and "shape", got {sorted(kwargs)}')
        try:
            dtype = np.dtype(kwargs["dtype"])
        except TypeError as error:
            raise InvalidArgument(f"{kwargs['dtype']!r} is not a numpy dtype") from error
        return cls(dtype, tuple(kwargs["shape"]))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TensorInfo) and (self.dtype, self.shape) == (other.dtype, other.shape)

    def __repr__(self) -> str:
        return f"Tensor({self.dtype.name!r}, {self.shape!r})"


class TensorSpec:
    """One tensor, named or alone.

    >>> import numpy as np
    >>> TensorSpec(np.dtype("float32"), (-1, 28, 28), "image")
    'image': Tensor('float32', (-1, 28, 28))
    """

    required = True

    def __init__(self, type: Any, shape: tuple[int, ...] | list[int], name: str | int | None = None) -> None:
        self._name, self._info = name, TensorInfo(type, shape)

    @property
    def type(self) -> Any:
        return self._info.dtype

    @property
    def name(self) -> str | int | None:
        return self._name

    @property
    def shape(self) -> tuple[int, ...]:
        return self._info.shape

    def to_dict(self) -> dict[str, Any]:
        name = {} if self.name is None else {"name": self.name}
        return {**name, "type": "tensor", "tensor-spec": self._info.to_dict()}

    @classmethod
    def from_json_dict(cls, **kwargs: Any) -> Self:
        if kwargs.get("type") != "tensor" or not isinstance(kwargs.get("tensor-spec"), dict):
            raise InvalidArgument(f'A tensor is written {{"type": "tensor", "tensor-spec": {{…}}}}, got {kwargs!r}')
        info = TensorInfo.from_json_dict(**kwargs["tensor-spec"])
        return cls(info.dtype, info.shape, kwargs.get("name"))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TensorSpec) and (self.name, self._info) == (other.name, other._info)

    def __repr__(self) -> str:
        return repr(self._info) if self.name is None else f"{self.name!r}: {self._info!r}"


class Schema:
    """A list of columns, or of tensors; all named or all unnamed.

    >>> schema = Schema([ColSpec("long", "id"), ColSpec("string", "text", required=False)])
    >>> schema.required_input_names(), Schema.from_json(schema.to_json()) == schema
    (['id'], True)
    """

    def __init__(self, inputs: list[ColSpec] | list[TensorSpec] | list[Any]) -> None:
        if not isinstance(inputs, list) or not inputs:
            raise InvalidArgument(f"A Schema takes a non-empty list of ColSpec or of TensorSpec, got {inputs!r}")
        kinds = {type(spec) for spec in inputs}
        if not all(issubclass(kind, ColSpec) for kind in kinds) and not all(issubclass(k, TensorSpec) for k in kinds):
            names = sorted(kind.__name__ for kind in kinds)
            raise InvalidArgument(f"A Schema holds either ColSpec or TensorSpec, not {' and '.join(names)}")
        unnamed = [spec.name is None for spec in inputs]
        if any(unnamed) and not all(unnamed):
            raise InvalidArgument(f"Name all inputs of a Schema or none; got {[spec.name for spec in inputs]}")
        if all(unnamed) and len(inputs) > 1 and isinstance(inputs[0], TensorSpec):
            raise InvalidArgument(f"Name the tensors of a Schema that holds more than one; got {inputs}")
        if all(unnamed) and not all(spec.required for spec in inputs):
            raise InvalidArgument(f"An unnamed input cannot be optional: name it or make it required; got {inputs}")
        self._inputs: list[Any] = inputs

    @property
    def inputs(self) -> list[Any]:
        return self._inputs

    def __len__(self) -> int:
        return len(self._inputs)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._inputs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Schema) and self.inputs == other.inputs

    def __repr__(self) -> str:
        return repr(self.inputs)

    def is_tensor_spec(self) -> bool:
        return isinstance(self.inputs[0], TensorSpec)

    def has_input_names(self) -> bool:
        return self.inputs[0].name is not None

    def input_names(self) -> list[str | int]:
        """The names, or the positions where there are none."""
        return [i if spec.name is None else spec.name for i, spec in enumerate(self.inputs)]

    def required_input_names(self) -> list[str | int]:
        return [name for name, spec in zip(self.input_names(), self.inputs, strict=True) if spec.required]

    def optional_input_names(self) -> list[str | int]:
        return [name for name, spec in zip(self.input_names(), self.inputs, strict=True) if not spec.required]

    def input_types(self) -> list[Any]:
        return [spec.type for spec in self.inputs]

    def input_types_dict(self) -> dict[str | int, Any]:
        return {name: spec.type for name, spec in self.input_dict().items()}

    def input_dict(self) -> dict[str | int, Any]:
        """Name → ColSpec or TensorSpec; InvalidArgument when the inputs have no names."""
        if not self.has_input_names():
            raise InvalidArgument("The inputs of this schema have no names; use Schema.inputs")
        return {spec.name: spec for spec in self.inputs}

    def numpy_types(self) -> list[Any]:
        if self.is_tensor_spec():
            return self.input_types()
        return [kind.to_numpy() for kind in self._scalars("numpy")]

    def pandas_types(self) -> list[Any]:
        if self.is_tensor_spec():
            raise InvalidArgument("Tensors have no pandas types; use numpy_types()")
        return [kind.to_pandas() for kind in self._scalars("pandas")]

    def as_spark_schema(self) -> Any:
        """A StructType, or the one type of a single unnamed column; needs pyspark."""
        if self.is_tensor_spec():
            raise InvalidArgument("Tensors have no Spark schema; only columns do")
        if len(self.inputs) == 1 and not self.has_input_names():
            return spark_type(self.inputs[0].type)
        from pyspark.sql.types import StructField, StructType

        names = self.input_names()
        return StructType(
            [
                StructField(name=str(name), dataType=spark_type(spec.type), nullable=not spec.required)
                for name, spec in zip(names, self.inputs, strict=True)
            ]
        )

    def to_dict(self) -> list[dict[str, Any]]:
        return [spec.to_dict() for spec in self.inputs]

    def to_json(self) -> str:
        return json.dumps(self.to_dict())

    @classmethod
    def from_json(cls, json_str: str) -> Self:
        """Read the JSON of any MLflow version."""
        given = json.loads(json_str)
        if not isinstance(given, list) or not all(isinstance(item, dict) and "type" in item for item in given):
            raise InvalidArgument(f'A schema is a list of objects with the key "type", got {json_str[:200]}')
        return cls([(TensorSpec if item["type"] == "tensor" else ColSpec).from_json_dict(**item) for item in given])

    def _scalars(self, what: str) -> list[DataType]:
        if nested := [spec for spec in self.inputs if not isinstance(spec.type, DataType)]:
            raise InvalidArgument(f"Columns that are not scalars have no {what} types: {nested}")
        return self.input_types()


def convert_dataclass_to_schema(dataclass: Any) -> Schema:
    """The schema of a dataclass: one column for each field.

    >>> from dataclasses import make_dataclass
    >>> convert_dataclass_to_schema(make_dataclass("Row", [("id", int), ("tags", list[str])]))
    ['id': long (required), 'tags': Array(string) (required)]
    """
    return Schema([ColSpec(kind, name, required=required) for name, kind, required in fields(dataclass)])
