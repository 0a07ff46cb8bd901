"""Objects remembered by identity for as long as they live."""

from __future__ import annotations

import weakref
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class ByIdentity(Generic[T]):
    """A note per object, found by identity, gone with the object, so that a reused id never answers for a dead one.

    >>> class Model: ...
    >>> notes, model = ByIdentity[str](), Model()
    >>> notes.put(model, "run 1"), notes.get(model), notes.get(Model())
    (True, 'run 1', None)
    """

    def __init__(self) -> None:
        self._notes: dict[int, tuple[weakref.ref[Any], T]] = {}

    def put(self, thing: object, note: T) -> bool:
        """Whether `thing` can be remembered: lists, tuples and numbers cannot."""
        key = id(thing)

        def forget(dead: weakref.ref[Any]) -> None:
            held = self._notes.get(key)
            if held is not None and held[0] is dead:
                del self._notes[key]

        try:
            self._notes[key] = (weakref.ref(thing, forget), note)
        except TypeError:
            return False
        return True

    def get(self, thing: object) -> T | None:
        held = self._notes.get(id(thing))
        return held[1] if held is not None and held[0]() is thing else None

    def clear(self) -> None:
        self._notes.clear()

    def __len__(self) -> int:
        return len(self._notes)
