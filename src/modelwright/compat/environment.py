"""`mlflow.environment_variables`: each setting as an object that user code asks, sets and unsets."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from ..core import settings


class Variable:
    """An environment variable by its name, how its text is read, and its value where it is not set.

    >>> variable = Variable("MY_VARIABLE", int, 3)
    >>> variable.get(), variable.defined, str(variable)
    (3, False, 'MY_VARIABLE')
    """

    def __init__(self, name: str, parse: Callable[[str], Any] = str, default: Any = None) -> None:
        self.name, self.parse, self.default = name, parse, default

    @property
    def defined(self) -> bool:
        return self.name in os.environ

    def is_set(self) -> bool:
        return self.defined

    def get_raw(self) -> str | None:
        return os.environ.get(self.name)

    def get(self) -> Any:
        """The value, as the variable's type; its default where it is not set."""
        raw = self.get_raw()
        return self.default if raw is None else self.parse(raw)

    def set(self, value: Any) -> None:
        os.environ[self.name] = str(value)

    def unset(self) -> None:
        os.environ.pop(self.name, None)

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return repr(self.name)

    def __format__(self, format_spec: str) -> str:
        return format(self.name, format_spec)


_ELSEWHERE = ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN")  # scripts set these
globals().update({name: Variable(name) for name in _ELSEWHERE})
globals().update(
    {
        name: Variable(name, setting.parse, None if setting.default == "" else setting.default)
        for setting in settings.ALL.values()
        for name in setting.names
        if name.startswith("MLFLOW_")
    }
)
