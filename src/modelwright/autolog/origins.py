"""What a framework's own container of data was made of, which it does not tell itself."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from .integration import Call, Session, Watcher
from .memory import ByIdentity
from .rows import head


class Origin:
    """The first rows of a table, and the table itself as long as the user keeps it."""

    def __init__(self, data: Any) -> None:
        self.rows = head(data)
        self.data: Callable[[], Any] = lambda: None
        try:
            self.data = weakref.ref(data)
        except TypeError:
            return


_origins: ByIdentity[Origin] = ByIdentity()


def watcher(parameter: str) -> Watcher:
    """The watcher of a container's `__init__`, which takes the data as `parameter`."""

    def made(call: Call, session: Session) -> Any:
        container, data = call.arguments["self"], call.arguments.get(parameter)
        origin = Origin(data) if _has_rows(data) else None
        yield
        if origin is not None:
            _origins.put(container, origin)

    return made


def origin(container: Any, data: Any = None) -> Origin | None:
    """What a container was made of; of one made before anybody watched, `data` is what it still holds."""
    return _origins.get(container) or (Origin(data) if _has_rows(data) else None)


def _has_rows(data: Any) -> bool:
    return hasattr(data, "shape") or isinstance(data, list)
