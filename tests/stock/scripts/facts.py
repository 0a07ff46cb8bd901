"""What a script tells about the package it ran on: `fact("label", thunk)` keeps a value, or the error and its code."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from mlflow.exceptions import MlflowException

_TOLD: dict[str, Any] = {}


def fact(label: str, thunk: Callable[[], Any]) -> Any:
    """Keep what `thunk` gives, and give it back; after an error keep the error and give None."""
    if label in _TOLD:
        raise ValueError(f"Two facts are called {label!r}")
    try:
        value = thunk()
        _TOLD[label] = plain(value)
        return value
    except Exception as error:
        _TOLD[label] = failure(error)
        return None


def told() -> dict[str, Any]:
    return _TOLD


def failure(error: Exception) -> dict[str, Any]:
    """The error as code that handles it sees it: by its class and code, not by its words."""
    kinds = [kind.__name__ for kind in type(error).__mro__]
    if isinstance(error, MlflowException):
        kinds = ["MlflowException", *(kind for kind in kinds if kind != "MlflowException")]
    return {"error": kinds, "code": getattr(error, "error_code", None), "text": str(error)[:400]}


def plain(value: Any) -> Any:
    """Anything as JSON, with the type where it matters and without what differs from run to run."""
    kind = type(value).__name__
    if value is None or isinstance(value, bool | int) and kind in ("bool", "int"):
        return value
    if isinstance(value, str):
        return text(value)
    if kind == "float":
        return repr(value) if not math.isfinite(value) else float(f"{value:.9g}")
    if isinstance(value, dict):
        return {text(str(key)): plain(item) for key, item in value.items()}
    if kind == "DataFrame":
        columns = {str(name): [str(dtype), plain(list(value[name]))] for name, dtype in value.dtypes.items()}
        return {"frame": columns, "index": plain(list(value.index))}
    if kind in ("ndarray", "Series"):
        return {kind: str(value.dtype), "values": plain(value.tolist())}
    if hasattr(value, "dtype") and hasattr(value, "item"):
        return {"scalar": str(value.dtype), "value": plain(value.item())}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(map(plain, value), key=str)
    if isinstance(value, type):
        return f"class {value.__name__}"
    return f"{kind}"


def text(value: str) -> str:
    value = re.sub(r"m-[0-9a-f]{32}", "<model>", value)
    value = re.sub(r"[0-9a-f]{32}", "<id>", value)
    return re.sub(r"(file://)?/[^\s'\"]*/(?=[^/\s]*)", "<folder>/", value)
