"""Pictures and sounds as pipelines take them: bytes, base64 text, arrays, paths and addresses."""

from __future__ import annotations

import base64
import binascii
import os
from typing import Any
from urllib.parse import urlparse

from ...core.errors import InvalidArgument
from ...models.containers import container
from .inputs import first_values, kind


def images(data: Any) -> Any:
    """Pictures, out of rows; a text must be base64, a path or an address."""
    found = first_values(data)
    for one in found if isinstance(found, list) else [found]:
        if isinstance(one, str) and not _is_base64(one):
            _check_place(one)
    return found


def sounds(data: Any) -> Any:
    """Sounds, out of rows; a single one as itself, not as a batch of one."""
    if not isinstance(data, list):
        return _sound(data)
    found = [_sound(next(iter(one.values())) if isinstance(one, dict) else one) for one in data]
    return found if len(found) > 1 else found[0]


def _sound(one: Any) -> Any:
    if isinstance(one, str):
        _check_place(one)
        return one
    if isinstance(one, bytes):
        return base64.b64decode(one) if _is_base64(one) else one  # a request brings bytes as text
    if container(one) == "ndarray":
        return one
    raise InvalidArgument(f"A sound must be bytes, an array of samples, a path or an address, got {kind(one)}")


def _is_base64(given: str | bytes) -> bool:
    """Whether decoding and encoding gives the same, with or without the line breaks of a mail."""
    raw = given.encode("utf-8", "replace") if isinstance(given, str) else given
    try:
        plain = base64.b64decode(raw)
    except (binascii.Error, ValueError):
        return False
    return raw in (base64.b64encode(plain), base64.encodebytes(plain))


def _check_place(text: str) -> None:
    try:
        there = os.path.isfile(text) or all((urlparse(text).scheme, urlparse(text).netloc))
    except ValueError:
        there = False
    if not there:
        shown = text if len(text) <= 20 else f"{text[:20]}…"
        raise InvalidArgument(f"{shown!r} is neither a file that is there nor an address, for a picture or sound")
