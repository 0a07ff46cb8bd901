"""Signatures from the type hints of `predict`, and data in the shapes that those hints ask for."""

from __future__ import annotations

import inspect
import logging
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from ..core.errors import InvalidArgument, SchemaMismatch
from .containers import container
from .datatypes import AnyType, DataType, Map
from .enforce_nested import check_values
from .hint_kinds import is_record, kind_of
from .infer import infer_params, infer_schema
from .infer_values import as_dict
from .schema import ColSpec, Schema
from .signature import ModelSignature

log = logging.getLogger(__name__)

TypeFromExample = TypeVar("TypeFromExample")
"""As a hint: the signature comes from the input example, and lists and dicts reach `predict` as they are."""

# Hints that promise a container but not what is in it: allowed, and they give no signature.
_UNTYPED = {
    ("pandas", "DataFrame"),
    ("pandas", "Series"),
    ("numpy", "ndarray"),
    ("scipy", "csr_matrix"),
    ("scipy", "csc_matrix"),
    ("polars", "DataFrame"),
}


@dataclass(frozen=True)
class Hints:
    """The hint of a function's data argument and of what it returns; None where there is none."""

    input: Any = None
    output: Any = None


def hints_of(function: Callable[..., Any], position: int = 0) -> Hints:
    """The hints of the argument at `position`, not counting self; none where they cannot be resolved.

    >>> def predict(rows: list[str]) -> list[float]: ...
    >>> hints_of(predict).output
    list[float]
    """
    target = function if hasattr(function, "__annotations__") else getattr(type(function), "__call__", function)  # noqa: B004
    names = [name for name in inspect.signature(function).parameters if name != "self"]
    if not getattr(target, "__annotations__", None) or position >= len(names):
        return Hints()
    try:
        hints = typing.get_type_hints(target)
    except Exception as error:  # a hint may name anything, also what exists only for type checkers
        log.warning("the type hints of %s give no signature: %s", getattr(function, "__name__", function), error)
        return Hints()
    return Hints(hints.get(names[position]), hints.get("return"))


def hint_schema(hint: Any, example: Any = None) -> Schema | None:
    """The schema that `hint` declares; None for a hint that declares none, such as a DataFrame.

    Args:
        hint: `list[T]`, where T is bool, int, float, str, bytes, datetime, list, dict[str, …], Any, a dataclass or a
            pydantic model.
        example: Data of that type. `list[dict[str, str]]` with an example has one named column for each key.

    Raises InvalidArgument when the example does not fit the hint.

    >>> hint_schema(list[str]), hint_schema(list[dict[str, str]], [{"q": "a", "r": "b"}])
    ([string (required)], ['q': string (required), 'r': string (required)])
    """
    if hint is None or not is_typed(hint):
        return None
    items = typing.get_args(hint)
    if typing.get_origin(hint) is not list or len(items) != 1:
        log.info("the type hint %s gives no signature: only list[...] does", hint)
        return None
    kind, optional = kind_of(items[0], "the items of the hint")
    if optional and not isinstance(kind, AnyType):
        raise InvalidArgument(
            f"The items of {hint} may be None, which an unnamed column cannot say; leave out Optional"
        )
    if example is not None:
        check_example(hint, example)
        if kind == Map(DataType.string) and all(isinstance(row, dict) for row in example):
            return infer_schema(list(example))
    return Schema([ColSpec(kind)])


def check_example(hint: Any, example: Any) -> None:
    """Raise SchemaMismatch unless `example` is a list whose items have the hint's type."""
    if not isinstance(example, list) or not example:
        raise SchemaMismatch(f"The type hint {hint} needs a non-empty list as example, got {example!r:.100}")
    kind, _ = kind_of(typing.get_args(hint)[0], "the items of the hint")
    if problems := [
        f"{where} {unfit.text(False)}" for where, unfit in check_values(example, kind, True, "the example")
    ]:
        raise SchemaMismatch(f"The example does not fit the type hint {hint}: {'; '.join(problems)}", tuple(problems))


def is_typed(hint: Any) -> bool:
    """Whether `hint` says what is in the data; False for Any, TypeFromExample, and bare frames and arrays."""
    if hint is None or hint is Any or isinstance(hint, TypeVar):
        return False
    owner = typing.get_origin(hint) or hint
    module = getattr(owner, "__module__", "").partition(".")[0]
    return (module, getattr(owner, "__name__", "")) not in _UNTYPED


def signature_from_hints(
    function: Callable[..., Any], position: int = 0, example: Any = None, output: Any = None
) -> ModelSignature | None:
    """The signature that the hints of `function` declare; None when they declare nothing.

    Args:
        function: A plain function, or a PythonModel's bound `predict`.
        position: Which argument takes the data: 0 for `predict(model_input)`, 1 for `predict(context, model_input)`.
        example: The input example, or `(data, params)`.
        output: What the function returned for the example, where it has been called.

    >>> def predict(rows: list[int]) -> list[str]: ...
    >>> signature_from_hints(predict).inputs
    [long (required)]
    """
    hints = hints_of(function, position)
    params = None
    if isinstance(example, tuple) and len(example) == 2 and isinstance(example[1], dict):
        example, params = example
    if isinstance(hints.input, TypeVar):
        if example is None:
            log.warning("TypeFromExample gives no signature without an input example")
            return None
        inputs: Schema | None = infer_schema(example)
    else:
        inputs = hint_schema(hints.input, example)
    if inputs is None:
        return None
    declared = infer_params(params) if params else None
    signature = ModelSignature(inputs, _output_schema(hints.output, output), declared)
    signature._is_signature_from_type_hint = not isinstance(hints.input, TypeVar)
    signature._is_type_hint_from_example = isinstance(hints.input, TypeVar)
    return signature


def _output_schema(hint: Any, output: Any) -> Schema | None:
    try:
        return hint_schema(hint, output)
    except InvalidArgument as error:
        log.warning("the type hint of what predict returns gives no output signature: %s", error.message)
        return None


def shaped(data: Any, hint: Any) -> Any:
    """`data` in the Python shape that `hint` asks for: a frame becomes a list, a dict becomes a pydantic model.

    >>> import pandas as pd
    >>> shaped(pd.DataFrame({"q": ["a", "b"]}), list[str])
    ['a', 'b']
    """
    if hint is None or not is_typed(hint) or typing.get_origin(hint) is not list:
        return data
    (item,) = typing.get_args(hint) or (Any,)
    data = _as_list(data, item)
    if isinstance(data, list) and is_record(item):
        return [_record(row, item) for row in data]
    return data


def _as_list(data: Any, item: Any) -> Any:
    what = container(data)
    if what == "frame":
        rows = is_record(item) or typing.get_origin(item) is dict or item in (dict, Any)
        if rows and not (data.shape[1] == 1 and container(data.iloc[0, 0] if len(data) else None) == "dict"):
            return data.to_dict("records")
        return data.iloc[:, 0].tolist()
    if what in ("series", "ndarray", "polars series"):
        return data.to_list() if hasattr(data, "to_list") else data.tolist()
    if what == "list":
        return data if isinstance(data, list) else list(data)
    return [data] if what in ("value", "dict", "record") else data


def _record(row: Any, cls: Any) -> Any:
    if isinstance(row, cls):
        return row
    values = row if isinstance(row, dict) else as_dict(row)
    try:
        return cls.model_validate(values) if hasattr(cls, "model_validate") else cls(**values)
    except (TypeError, ValueError) as error:
        raise SchemaMismatch(f"A row does not fit {cls.__name__}: {error}", (str(error),)) from error
