"""What container a piece of data is, told by the names of its classes, so that no library is imported to ask."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any, Literal

Container = Literal[
    "frame", "series", "ndarray", "sparse", "polars", "polars series", "spark", "dict", "list", "record", "value"
]


def container(data: Any) -> Container:
    """The container that `data` is; "value" for a scalar and for anything unknown.

    >>> container({"a": 1}), container([1]), container("text")
    ('dict', 'list', 'value')
    """
    cls: type = type(data)
    return _container(cls)


@cache
def _container(cls: type) -> Container:
    for base in cls.__mro__:
        package, name = base.__module__.partition(".")[0], base.__qualname__
        if found := _NAMES.get((package, name)):
            return found
        if base.__module__.startswith("scipy.sparse") and name.endswith(("_matrix", "_array")):
            return "sparse"
        if base.__module__.startswith("pyspark.sql") and name == "DataFrame":
            return "spark"
    return "record" if dataclasses.is_dataclass(cls) or hasattr(cls, "model_dump") else "value"


_NAMES: dict[tuple[str, str], Container] = {
    ("pandas", "DataFrame"): "frame",
    ("pandas", "Series"): "series",
    ("numpy", "ndarray"): "ndarray",
    ("polars", "DataFrame"): "polars",
    ("polars", "LazyFrame"): "polars",
    ("polars", "Series"): "polars series",
    ("builtins", "dict"): "dict",
    ("builtins", "list"): "list",
    ("builtins", "tuple"): "list",
}
