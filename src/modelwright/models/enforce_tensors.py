"""The plan that brings data to a signature's tensors: rank, lengths and dtype checked, exact casts made."""

from __future__ import annotations

from typing import Any

from .casts import Unfit, cast, need
from .containers import container
from .enforce_frame import mismatch, missing
from .infer import plain_dtype
from .infer_values import as_dict
from .schema import Schema, TensorSpec

_ARRAYS = ("ndarray", "sparse")


class TensorPlan:
    """Brings arrays, frames and nested lists to the tensors of a schema; a dict of tensors where they are named.

    Args:
        schema: One unnamed tensor, or named ones.
        extra: What to do with tensors that the schema does not name: "ignore" drops, "error" refuses, "pass" keeps.
        redact: Leave values out of error messages.
    """

    def __init__(self, schema: Schema, extra: str = "ignore", redact: bool = False) -> None:
        self.schema, self.extra, self.redact = schema, extra, redact
        self.specs: dict[Any, TensorSpec] = schema.input_dict() if schema.has_input_names() else {}

    def __call__(self, data: Any) -> Any:
        what = container(data)
        if what == "polars":
            data, what = (data.collect() if type(data).__name__ == "LazyFrame" else data).to_pandas(), "frame"
        elif what == "polars series":
            data, what = data.to_pandas(), "series"
        elif what == "record":
            data, what = as_dict(data), "dict"
        return self._named(data, what) if self.specs else self._one(data, what, self.schema.inputs[0], "the tensor")

    def _one(self, data: Any, what: str, spec: TensorSpec, name: str) -> Any:
        try:
            return _fit(_array(data, what, spec), spec)
        except Unfit as unfit:
            raise mismatch([f"{name} {unfit.text(self.redact)}"]) from unfit

    def _named(self, data: Any, what: str) -> Any:
        if what not in ("dict", "frame"):
            if len(self.specs) == 1 and what != "value":
                data, what = {next(iter(self.specs)): data}, "dict"
            else:
                raise mismatch([f"named tensors {list(self.specs)} are expected, {type(data).__name__} was given"])
        have = list(data.columns) if what == "frame" else list(data)
        extras = [name for name in have if name not in self.specs]
        problems = [missing(name, extras) for name in self.specs if name not in have]
        if self.extra == "error":
            problems += [f"tensor {name!r} is not in the signature" for name in extras]
        out = {}
        for name, spec in self.specs.items():
            if name not in have:
                continue
            try:
                out[name] = _fit(_array(data[name], container(data[name]), spec), spec)
            except Unfit as unfit:
                problems.append(f"tensor {name!r} {unfit.text(self.redact)}")
        if problems:
            raise mismatch(problems)
        if self.extra == "pass":
            out |= {name: data[name] for name in extras}
        if what == "dict" and list(out) == have and all(out[name] is data[name] for name in have):
            return data
        return out


def _array(data: Any, what: str, spec: TensorSpec) -> Any:
    """`data` as an array, its values not yet looked at."""
    import numpy as np

    if what in _ARRAYS:
        return data
    if what == "frame":
        if data.shape[1] == 1:
            return _column(data.iloc[:, 0], spec)
        if len(spec.shape) != 2 or spec.shape[1] not in (-1, data.shape[1]):
            raise Unfit(f"needs shape {spec.shape}, which a frame of {data.shape[1]} columns does not have")
        return data.to_numpy()
    if what == "series":
        return _column(data, spec)
    if what == "dict":
        raise Unfit("has no name, so one array or list is expected, and a dict was given")
    try:
        if spec.type.kind == "O":
            found: Any = np.empty(len(data), object)
            found[:] = data
            return found if len(spec.shape) == 1 else np.array(data, dtype=object)
        return _exact(data, spec)
    except (ValueError, TypeError) as error:
        raise Unfit(f"needs an array of {spec.type.name}, and {type(data).__name__} cannot be read as one") from error


def _exact(data: Any, spec: TensorSpec) -> Any:
    """A nested list as an array; one that mixes integers and floats is checked for integers that would be rounded."""
    import numpy as np

    found = np.array(data)
    if found.dtype.kind == "f":
        boxed = np.array(data, dtype=object)
        if boxed.shape == found.shape and bool(np.any((boxed != found) & (found == found))):
            raise Unfit("holds integers that a 64-bit float cannot keep")
    if found.dtype.kind == "O" and spec.type.kind == "f":  # None stands for NaN in JSON
        return np.array(data, dtype=np.float64)
    return found


def _column(series: Any, spec: TensorSpec) -> Any:
    """A column of scalars, or of equally long lists or arrays, as one array of the tensor's shape."""
    import numpy as np

    values = series.to_numpy()
    first = next((value for value in values if value is not None), None) if values.dtype == object else None
    if isinstance(first, list | tuple | np.ndarray) and (spec.type.kind != "O" or len(spec.shape) > 1):
        try:
            values = np.array([np.asarray(value) for value in values])
        except ValueError as error:
            raise Unfit("comes as a column of lists that differ in length") from error
    shape = tuple(spec.shape)
    if values.shape[1:] != shape[1:] and len(shape) > 1:
        if -1 in shape[1:]:
            raise Unfit(f"has shape {shape}, of which a column can give only the first length; give an array")
        try:
            values = values.reshape(len(values), *shape[1:])
        except ValueError as error:
            raise Unfit(f"needs shape {shape}, and comes as a column of shape {values.shape}") from error
    return values


def _fit(array: Any, spec: TensorSpec) -> Any:
    shape, dtype, given = spec.shape, spec.type, array.dtype
    if dtype.kind == "O" and shape == (-1,):
        return array
    if given.kind == "O" and len(array.shape) == 1 and len(shape) > 1 and -1 in shape[1:]:
        return array  # ragged: an array of arrays
    if len(array.shape) != len(shape):
        raise Unfit(f"needs {len(shape)} dimensions, shape {shape}, and has shape {array.shape}")
    if any(want not in (-1, have) for want, have in zip(shape, array.shape, strict=True)):
        raise Unfit(f"needs shape {shape}, and has shape {array.shape}")
    if plain_dtype(given) == dtype or dtype.kind == "O":
        return array
    return _cast(array, dtype)


def _cast(array: Any, dtype: Any) -> Any:
    import numpy as np

    given = array.dtype
    if given.kind in "biuf" and dtype.kind in "biuf":
        if container(array) == "sparse":
            _, bad = cast(array.data, dtype)
            if bad is not None:
                raise Unfit(f"{need(dtype)} of {dtype.name}", array.data[bad][0])
            return array.astype(dtype)
        out, bad = cast(array, dtype)
        if bad is not None:
            raise Unfit(f"{need(dtype)} of {dtype.name}", array[bad].flat[0])
        return out
    if given.kind in "OUST" and dtype.kind in "US":
        wanted = (str,) if dtype.kind == "U" else (bytes,)
        if given.kind != "O" or all(isinstance(value, wanted) for value in array.flat):
            return array.astype(dtype)
    elif given.kind == "O" and dtype.kind in "biuf":
        plain = np.array(array.tolist())
        if (
            plain.dtype.kind in "biuf"
            and plain.shape == array.shape
            and bool(np.all((plain == array) | (plain != plain)))
        ):
            return _cast(plain, dtype) if plain.dtype != dtype else plain
    elif given.kind == "M" and dtype.kind == "M":
        out = array.astype(dtype)
        if bool(np.all((out.astype(given) == array) | np.isnat(array))):
            return out
        raise Unfit(f"holds times that {dtype.name} cannot keep")
    elif given.kind in "UO" and dtype.kind == "M":
        try:
            return array.astype(dtype)
        except ValueError as error:
            raise Unfit("holds texts that are not ISO 8601 dates") from error
    raise Unfit(f"needs dtype {dtype.name}, and has {given.name}")
