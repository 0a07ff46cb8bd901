"""Whose code called this package."""

from __future__ import annotations

import sys


def stacklevel() -> int:
    """The `stacklevel` that makes a warning point at the code that called this package."""
    package = __name__.partition(".")[0]
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == package:
        level, frame = level + 1, frame.f_back
    return level
