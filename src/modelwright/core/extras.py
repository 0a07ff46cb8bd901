"""Packages that are no framework and not always there: what each is for, and which extra installs it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from .errors import MissingDependency


def need(module: str, extra: str, purpose: str) -> Any:
    """The module `module`; MissingDependency says which extra installs it.

    Args:
        module: What to import.
        extra: The extra of this distribution that brings it.
        purpose: What it is needed for, as a verb: "serve a model".

    >>> need("json", "serve", "serve a model").__name__
    'json'
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module.partition(".")[0]:
            raise  # it is there, and lacks something itself
        raise MissingDependency(
            f"To {purpose}, {error.name} is needed; pip install 'modelwright[{extra}]' installs it"
        ) from error
