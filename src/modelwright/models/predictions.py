"""Predictions as JSON: what `models predict` prints and a scoring server answers."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping
from datetime import date
from typing import Any


def to_json(predictions: Any) -> str:
    """`{"predictions": …}`; a frame is a list of records, numbers that JSON lacks are null, bytes are base64.

    >>> to_json([1.5, float("nan"), b"x"])
    '{"predictions": [1.5, null, "eA=="]}'
    """
    return json.dumps({"predictions": plain(predictions)})


def plain(value: Any) -> Any:
    """`value` made of lists, dictionaries, strings, numbers and None only."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    if isinstance(value, date):
        return value.isoformat()
    return _of_a_library(value)


def _of_a_library(value: Any) -> Any:
    """numpy's, pandas', scipy's and polars' kinds, by what they can do; none of them is imported for it."""
    if type(value).__name__ == "DataFrame" and hasattr(value, "to_dict"):
        if hasattr(value, "columns") and hasattr(value, "index"):
            return [plain(record) for record in value.astype(object).to_dict(orient="records")]
        return [plain(record) for record in value.to_dicts()] if hasattr(value, "to_dicts") else plain(value.to_dict())
    for method in ("tolist", "to_list", "isoformat", "toarray"):
        if hasattr(value, method):
            return plain(getattr(value, method)())
    return str(value)
