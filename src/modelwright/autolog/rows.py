"""The first rows of whatever a framework trains on."""

from __future__ import annotations

import copy
from typing import Any

COUNT = 5


def head(data: Any, count: int = COUNT) -> Any:
    """A copy of the first rows of a frame, array, sparse matrix, table or sequence; None where rows mean nothing.

    >>> head([[1], [2], [3]], 2)
    [[1], [2]]
    """
    if data is None:
        return None
    if hasattr(data, "iloc"):
        return data.iloc[:count].copy()
    rows = data[:count]
    return rows.copy() if hasattr(rows, "copy") else copy.deepcopy(rows)
