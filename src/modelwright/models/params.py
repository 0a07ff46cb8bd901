"""The parameters that a model's `predict` takes: their names, types, shapes and defaults."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..core.errors import InvalidArgument
from .datatypes import OBJECT, DataType, Object, Property, as_kind, kind_to_dict

if TYPE_CHECKING:
    from typing import Self


class ParamSpec:
    """One parameter; `shape` is None for a scalar, `(-1,)` for a list, `(n,)` for a list of n.

    >>> ParamSpec("temperature", "double", 1)
    'temperature': double (default: 1.0)
    """

    def __init__(
        self, name: str, dtype: DataType | Object | str, default: Any, shape: tuple[int, ...] | list[int] | None = None
    ) -> None:
        self._name, self._default = str(name), default
        self._shape = None if shape is None else tuple(shape)
        kind = as_kind(dtype, f"param {name!r}")
        if kind is DataType.binary or not isinstance(kind, DataType | Object):
            raise InvalidArgument(f"Param {name!r} cannot have type {kind!r}; give it a scalar type or an Object")
        self._dtype = kind
        if self._shape is not None and (
            len(self._shape) != 1 or not isinstance(self._shape[0], int) or self._shape[0] < -1
        ):
            raise InvalidArgument(f"Param {name!r} has shape {shape!r}; expected None, (-1,) or (n,)")
        if isinstance(kind, Object) and self._shape is not None:
            raise InvalidArgument(f"Param {name!r} is an Object, which has shape None, not {shape!r}")
        self._default = self.validate_param_spec(default, self)

    @property
    def name(self) -> str:
        return self._name

    @property
    def dtype(self) -> DataType | Object:
        return self._dtype

    @property
    def default(self) -> Any:
        return self._default

    @property
    def shape(self) -> tuple[int, ...] | None:
        return self._shape

    @classmethod
    def validate_param_spec(cls, value: Any, param_spec: ParamSpec) -> Any:
        """`value` in the type and shape of `param_spec`, or InvalidArgument."""
        return cls.validate_type_and_shape(repr(param_spec), value, param_spec.dtype, param_spec.shape)

    @classmethod
    def validate_type_and_shape(
        cls, spec: str, value: Any, value_type: DataType | Object, shape: tuple[int, ...] | None
    ) -> Any:
        """`value` as Python values of `value_type`, a list when `shape` is not None."""
        if isinstance(value_type, Object):
            return _object(spec, value, value_type)
        if shape is None:
            return cls.enforce_param_datatype(spec, value, value_type)
        values = value.tolist() if getattr(value, "ndim", None) == 1 and value_type is not DataType.datetime else value
        if not isinstance(values, list | tuple) and getattr(values, "ndim", None) != 1:
            raise InvalidArgument(f"Param {spec} takes a list of shape {shape}, got {type(value).__name__}")
        if shape != (-1,) and len(values) != shape[0]:
            raise InvalidArgument(f"Param {spec} takes a list of length {shape[0]}, got length {len(values)}")
        return [cls.enforce_param_datatype(spec, item, value_type) for item in values]

    @classmethod
    def enforce_param_datatype(cls, name: str, value: Any, dtype: DataType) -> Any:
        """`value` as the Python value of `dtype`; numbers convert where no information is lost.

        >>> ParamSpec.enforce_param_datatype("top_k", 5.0, DataType.long)
        5
        """
        if value is None:
            return None
        if dtype is DataType.datetime:
            return _datetime(name, value)
        value = _plain(value)
        if dtype in (DataType.boolean, DataType.string) and isinstance(value, dtype.to_python()):
            return dtype.to_python()(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            number = _number(value, dtype)
            if number is not None:
                return number
        raise InvalidArgument(f"Param {name} cannot take {value!r} ({type(value).__name__}); expected {dtype!r}")

    def to_dict(self) -> dict[str, Any]:
        default = self.default
        if self.dtype is DataType.datetime and default is not None:
            default = [_iso(v) for v in default] if isinstance(default, list) else _iso(default)
        elif isinstance(self.dtype, Object):
            default = _jsonable(default)
        shape = None if self.shape is None else tuple(self.shape)
        return {"name": self.name, **kind_to_dict(self.dtype), "default": default, "shape": shape}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ParamSpec) and (self.name, self.dtype, self.default, self.shape) == (
            other.name,
            other.dtype,
            other.default,
            other.shape,
        )

    def __repr__(self) -> str:
        shape = "" if self.shape is None else f" (shape: {self.shape})"
        return f"{self.name!r}: {self.dtype!r} (default: {self.default}){shape}"

    @classmethod
    def from_json_dict(cls, **kwargs: Any) -> Self:
        """Read a param; the key "dtype" of old files means "type"."""
        type_ = kwargs.get("type", kwargs.get("dtype"))
        if type_ is None or "name" not in kwargs or "default" not in kwargs:
            raise InvalidArgument(f'A param needs the keys "name", "type" and "default", got {sorted(kwargs)}')
        kind: Any = type_
        if type_ == OBJECT:
            kind = Object.from_json_dict(type=OBJECT, properties=kwargs.get("properties"))
        return cls(kwargs["name"], kind, kwargs["default"], kwargs.get("shape"))


class ParamSchema:
    """The parameters of a model, in order.

    >>> ParamSchema([ParamSpec("k", "long", 3)]).to_json()
    '[{"name": "k", "type": "long", "default": 3, "shape": null}]'
    """

    def __init__(self, params: list[ParamSpec]) -> None:
        if not all(isinstance(spec, ParamSpec) for spec in params):
            raise InvalidArgument(f"A ParamSchema takes a list of ParamSpec, got {params!r}")
        names = [spec.name for spec in params]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise InvalidArgument(f"Param names must differ; given twice: {twice}")
        self._params = params

    @property
    def params(self) -> list[ParamSpec]:
        return self._params

    def __len__(self) -> int:
        return len(self._params)

    def __iter__(self) -> Iterator[ParamSpec]:
        return iter(self._params)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ParamSchema) and self.params == other.params

    def __repr__(self) -> str:
        return repr(self.params)

    def to_dict(self) -> list[dict[str, Any]]:
        return [spec.to_dict() for spec in self.params]

    def to_json(self) -> str:
        return json.dumps(self.to_dict())

    @classmethod
    def from_json(cls, json_str: str) -> Self:
        return cls([ParamSpec.from_json_dict(**given) for given in json.loads(json_str)])


def _plain(value: Any) -> Any:
    """A numpy scalar or 0-d array as the Python value it holds."""
    return value.item() if type(value).__module__ == "numpy" and getattr(value, "ndim", 1) == 0 else value


def _number(value: int | float, dtype: DataType) -> int | float | None:
    """`value` as `dtype` where that is exact (a float column takes any number in range), else None."""
    if dtype in (DataType.integer, DataType.long):
        limit = 2**31 if dtype is DataType.integer else 2**63
        if not math.isfinite(value) or value != int(value) or not -limit <= value < limit:
            return None
        return int(value)
    if dtype in (DataType.float, DataType.double):
        try:
            number = float(value)
        except OverflowError:
            return None
        if math.isfinite(number) and dtype is DataType.float and abs(number) > 3.4028235677973366e38:
            return None
        return number if isinstance(value, float) or int(number) == value else None
    return None


def _datetime(name: str, value: Any) -> Any:
    import numpy as np

    try:
        found = np.datetime64(value).item()
    except (ValueError, TypeError) as error:
        raise InvalidArgument(f"Param {name} cannot take {value!r}; expected a date or an ISO 8601 text") from error
    if isinstance(found, int):  # a bare number, or nanoseconds
        if not isinstance(value, np.datetime64):
            raise InvalidArgument(f"Param {name} cannot take {value!r}; expected a date or an ISO 8601 text")
        return value.astype("datetime64[us]").item()
    return found


def _object(spec: str, value: Any, kind: Object) -> Any:
    if value is None:
        return None
    if hasattr(value, "model_dump"):
        value = value.model_dump()
    if not isinstance(value, dict):
        raise InvalidArgument(f"Param {spec} takes an object, got {type(value).__name__}")
    known: dict[str, Property] = {p.name: p for p in kind.properties}
    missing = [p.name for p in kind.properties if p.required and p.name not in value]
    if unknown := [key for key in value if key not in known]:
        raise InvalidArgument(f"Param {spec} has no properties {unknown}; expected {sorted(known)}")
    if missing:
        raise InvalidArgument(f"Param {spec} lacks the properties {missing}")
    return {key: _property(f"{spec}.{key}", item, known[key]) for key, item in value.items()}


def _property(spec: str, value: Any, p: Property) -> Any:
    if isinstance(p.dtype, DataType | Object):
        return ParamSpec.validate_type_and_shape(spec, value, p.dtype, None)
    return value


def _iso(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _jsonable(item) for key, item in value.items()}
    return [_jsonable(v) for v in value] if isinstance(value, Sequence) and not isinstance(value, str) else _iso(value)
