"""What the public entities share: named fields, equality, a readable form, dictionaries."""

from __future__ import annotations

from typing import Any, ClassVar, Self, TypeVar

T = TypeVar("T")


class Entity:
    """A record with named fields; `dict(entity)` gives them, sorted by name, as MLflow's do."""

    _fields: ClassVar[tuple[str, ...]] = ()
    _quiet: ClassVar[tuple[str, ...]] = ()  # fields that are shown only when they say something

    def __iter__(self) -> Any:
        for name in sorted((*self._fields, *(n for n in self._quiet if getattr(self, n, None) is not None))):
            yield name, getattr(self, name)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and dict(self) == dict(other)

    def __hash__(self) -> int:
        return hash((type(self), *(getattr(self, name) for name in self._fields)))

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {', '.join(f'{name}={value!r}' for name, value in self)}>"

    def to_dictionary(self) -> dict[str, Any]:
        return {name: _plain(value) for name, value in self}

    @classmethod
    def from_dictionary(cls, the_dict: dict[str, Any]) -> Self:
        """The entity that a dictionary describes; keys it has no field for are ignored."""
        known = {*cls._fields, *cls._quiet}
        return cls(**{name: value for name, value in the_dict.items() if name in known})


class KeyValue(Entity):
    """A key with its text."""

    _fields = ("key", "value")
    __slots__ = ("key", "value")

    def __init__(self, key: str, value: str) -> None:
        self.key, self.value = key, value

    @classmethod
    def from_wire(cls, message: Any) -> Self:
        return cls(message.key, message.value)


class PagedList(list[T]):
    """One page of results; `token` asks for the next one, None after the last.

    >>> PagedList([1, 2], token="b").token
    'b'
    """

    def __init__(self, items: Any = (), token: str | None = None) -> None:
        super().__init__(items)
        self.token = token or None

    def to_list(self) -> list[T]:
        return list(self)


def texts(pairs: Any) -> dict[str, Any]:
    """Key-value messages as a dictionary."""
    return {pair.key: pair.value for pair in pairs}


def _plain(value: Any) -> Any:
    if isinstance(value, Entity):
        return value.to_dictionary()
    return [_plain(item) for item in value] if isinstance(value, list) else value
