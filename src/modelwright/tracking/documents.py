"""Dictionaries as JSON or YAML texts. What the formats do not know is written as its text, if it has one of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..core.errors import InvalidArgument

_KEYS = (str, int, float, bool, type(None))


def text(data: Any, file: str) -> str:
    """`data` as YAML where the file's name ends in .yml or .yaml, else as JSON.

    >>> text({"a": [1, None]}, "x.yaml")
    'a:\\n- 1\\n- null\\n'
    """
    try:
        written = json.dumps(data, indent=2, default=_own_text)
    except (TypeError, ValueError, RecursionError) as error:
        where = next(_offenders(data, ()), None) or str(error)
        raise InvalidArgument(
            f"{file!r} cannot be written: {where}; give dictionaries, lists, texts, numbers, True, False and None"
        ) from error
    if file.endswith((".yml", ".yaml")):
        import yaml  # only these endings need it

        return str(yaml.safe_dump(json.loads(written), indent=2, default_flow_style=False, sort_keys=False))
    return written


def _own_text(value: Any) -> str:
    if all(getattr(type(value), way) is getattr(object, way) for way in ("__str__", "__repr__")):
        raise TypeError(f"{type(value).__name__} has no text")  # it would be an address in memory
    return str(value)


def _offenders(value: Any, path: tuple[str, ...], within: tuple[int, ...] = ()) -> Iterator[str]:
    """What cannot be written, and under which keys it lies."""
    place = "".join(f"[{key}]" for key in path)
    if id(value) in within:
        yield f"{place or 'it'} holds itself"
    elif isinstance(value, Mapping | list | tuple):
        inner = (*within, id(value))
        for key, item in value.items() if isinstance(value, Mapping) else enumerate(value):
            if not isinstance(key, _KEYS):
                yield f"{place or 'it'} has the key {key!r} of type {type(key).__name__}"
            yield from _offenders(item, (*path, repr(key)), inner)
    elif not isinstance(value, _KEYS):
        try:
            _own_text(value)
        except TypeError:
            yield f"{place or 'it'} is of type {type(value).__name__}"
