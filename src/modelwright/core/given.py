"""Arguments of the wrong kind, refused in the same words wherever they are given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from .errors import InvalidArgument

K = TypeVar("K")
V = TypeVar("V")


def mapping(what: str, given: Mapping[K, V] | None) -> Mapping[K, V]:
    """`given` where it is a dictionary or the like; empty for None.

    >>> mapping("params", {"depth": 3})
    {'depth': 3}
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise InvalidArgument(f'{what} got {shown(given)}; expected a dictionary, such as {{"name": value}}')
    return given


def shown(given: object) -> str:
    """A value and its type, in a message.

    >>> shown([1])
    '[1] of type list'
    """
    text = repr(given)
    return f"{text if len(text) <= 80 else text[:80] + '…'} of type {type(given).__name__}"
