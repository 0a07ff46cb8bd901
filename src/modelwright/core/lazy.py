"""Names that are imported when first used (PEP 562)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def attach(module: str, table: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` for `module`, from public name to "package.module:attribute" (or a module alone).

    The table holds strings, so nothing is imported until somebody asks, and the import rules see no edge.

    >>> get, names = attach("json", {"loads": "json:loads"})
    >>> get("loads")("[1]"), names()
    ([1], ['loads'])
    """

    def __getattr__(name: str) -> Any:
        target = table.get(name)
        if target is None:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        path, _, attribute = target.partition(":")
        value = import_module(path)
        for part in attribute.split(".") if attribute else ():
            value = getattr(value, part)
        setattr(sys.modules[module], name, value)
        return value

    def __dir__() -> list[str]:
        return sorted(table)

    return __getattr__, __dir__
