"""An address of the server: what the metrics call it, and who answers each method of HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from .answers import Reply
from .entrance import Call

Responder = Callable[[Call], Awaitable[Reply]]


class Route(NamedTuple):
    """One address."""

    label: str
    handlers: Mapping[str, Responder]
