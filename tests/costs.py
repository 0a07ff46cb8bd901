"""Costs without noise: how many calls something makes, Python's and C's, whatever else the machine does."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def calls(function: Callable[[], Any]) -> int:
    """Calls made while `function` runs, itself included."""
    count = 0

    def heard(frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(heard)
    try:
        function()
    finally:
        sys.setprofile(before)
    return count - 1  # the call that takes the profiler off
