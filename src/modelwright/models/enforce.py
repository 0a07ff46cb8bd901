"""Enforcement of a signature: compiled once, then applied to the data and params of each call.

What fits is handed on as it is. What can be converted without loss is (1.0 for an integer, integers for a double,
columns in another order); anything else is refused in one SchemaMismatch that lists every problem:

* integers and booleans take any number with the same value; NaN and None only where the column is optional;
* doubles take integers up to 2**53 exactly; floats take doubles rounded to 32 bits, as JSON has no such float,
  but not beyond their range;
* text is never read as a number or boolean, nor a number as text; ISO 8601 text is read as a datetime;
* datetimes keep their unit and time zone, categories stay categories, nullable and Arrow columns keep their kind.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from ..core.errors import InvalidArgument, SchemaMismatch
from .datatypes import DataType
from .enforce_frame import Extra, FramePlan
from .enforce_native import NativePlan
from .enforce_tensors import TensorPlan
from .params import ParamSchema, ParamSpec
from .schema import Schema
from .signature import ModelSignature

log = logging.getLogger(__name__)


class Plan:
    """A compiled signature; call it with data and params to get both as the model wants them.

    It is safe to share between threads. `inputs` and `outputs` bring single pieces of data to either schema.
    """

    __slots__ = ("_defaults", "_params", "_redact", "inputs")

    def __init__(
        self,
        inputs: Schema | None,
        params: ParamSchema | None,
        *,
        native: bool = False,
        extra_columns: Extra = "ignore",
        redact: bool = False,
    ) -> None:
        if extra_columns not in ("ignore", "error", "pass"):
            raise InvalidArgument(f"extra_columns is {extra_columns!r}; expected 'ignore', 'error' or 'pass'")
        self.inputs: Callable[[Any], Any] | None = None
        if inputs is not None:
            kind = TensorPlan if inputs.is_tensor_spec() else NativePlan if native else FramePlan
            self.inputs = kind(inputs, extra_columns, redact)
        self._params, self._redact = params, redact
        self._defaults = enforce_params(None, params) if params is not None else None

    def __call__(self, data: Any, params: Mapping[str, Any] | None = None) -> tuple[Any, Any]:
        if self.inputs is not None:
            data = self.inputs(data)
        if params is None:
            return data, None if self._defaults is None else dict(self._defaults)
        return data, enforce_params(params, self._params, redact=self._redact)


def compile(
    signature: ModelSignature | None, *, native: bool = False, extra_columns: Extra = "ignore", redact: bool = False
) -> Plan:
    """The plan that applies `signature`; one that lets everything pass when it is None.

    Args:
        signature: The model's signature.
        native: The model takes JSON values as they are, so dicts, lists and scalars are checked but not made a frame.
        extra_columns: "ignore" drops what the signature does not name, "error" refuses it, "pass" hands it on.
        redact: Leave the data's values out of error messages.

    >>> import pandas as pd
    >>> from modelwright.models.signature import infer_signature
    >>> plan = compile(infer_signature(pd.DataFrame({"x": [0.5], "n": ["a"]})))
    >>> plan(pd.DataFrame({"n": ["b"], "x": [1]}))[0].to_dict("list")
    {'x': [1.0], 'n': ['b']}
    """
    inputs, params = (signature.inputs, signature.params) if signature is not None else (None, None)
    return Plan(inputs, params, native=native, extra_columns=extra_columns, redact=redact)


def takes_json(signature: ModelSignature | None, example: Mapping[str, Any] | None = None) -> bool:
    """Whether a Python model with this signature and input example wants JSON values as they are (`native`).

    The example decides: one stored as JSON means yes, one stored as a frame or array means no. Without one, columns
    that all are named scalars mean a frame, as in MLflow; unnamed or nested columns mean JSON values.

    >>> takes_json(None, {"type": "json_object"}), takes_json(None, {"type": "dataframe"})
    (True, False)
    """
    if example:
        return example.get("type") == "json_object"
    inputs = signature.inputs if signature is not None else None
    if inputs is None or inputs.is_tensor_spec():
        return inputs is None
    return not inputs.has_input_names() or not all(isinstance(kind, DataType) for kind in inputs.input_types())


def enforce_schema(data: Any, schema: Schema, *, extra_columns: Extra = "ignore", redact: bool = False) -> Any:
    """`data` brought to `schema`, or SchemaMismatch.

    >>> from modelwright.models.schema import ColSpec
    >>> enforce_schema({"a": 2.0}, Schema([ColSpec("long", "a")])).to_dict("list")
    {'a': [2]}
    """
    return Plan(schema, None, extra_columns=extra_columns, redact=redact)(data)[0]


def validate_schema(data: Any, expected_schema: Schema) -> None:
    """Raise SchemaMismatch unless `data` fits, or can be brought without loss to, `expected_schema`.

    >>> from modelwright.models.schema import ColSpec
    >>> validate_schema({"a": 2.5}, Schema([ColSpec("long", "a")]))
    Traceback (most recent call last):
    ...
    modelwright.core.errors.SchemaMismatch: The data does not fit the model's signature:
    - column 'a' must be long: it holds values that are not whole numbers in range, such as 2.5
    """
    enforce_schema(data, expected_schema)


def enforce_params(
    params: Mapping[Any, Any] | None, schema: ParamSchema | None, *, redact: bool = False
) -> dict[str, Any] | None:
    """`params` in their declared types, with defaults for those not given; unknown ones are logged and left out.

    >>> enforce_params({"k": 5.0}, ParamSchema([ParamSpec("k", "long", 1), ParamSpec("p", "string", "x")]))
    {'k': 5, 'p': 'x'}
    """
    if params is not None and not isinstance(params, Mapping):
        raise InvalidArgument(f"params must be a dict of name to value, got {type(params).__name__}")
    if schema is None:
        if not params:
            return None if params is None else {}
        log.warning("params %s are ignored: the model's signature declares no params", list(params))
        return {}
    given = {str(key): value for key, value in (params or {}).items()}
    known = [spec.name for spec in schema]
    if unknown := [name for name in given if name not in known]:
        log.warning("params %s are ignored: the model's signature declares only %s", unknown, known)
    out, problems = {}, []
    for spec in schema:
        if spec.name not in given:
            out[spec.name] = list(spec.default) if isinstance(spec.default, list) else spec.default
            continue
        try:
            out[spec.name] = ParamSpec.validate_param_spec(given[spec.name], spec)
        except InvalidArgument as error:
            problems.append(f"Param {spec!r} was given something else" if redact else error.message)
    if problems:
        listed = "".join(f"\n- {problem}" for problem in problems)
        raise SchemaMismatch(f"Params do not fit the model's signature:{listed}", tuple(problems))
    return out
