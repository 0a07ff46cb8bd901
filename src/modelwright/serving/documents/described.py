"""A model as its documents tell it: what the OpenAPI, the Swagger and the try-it page are made from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...models.mlmodel import Model


@dataclass(frozen=True)
class Described:
    """One served model.

    Args:
        name: Its name in addresses: "credit".
        meta: The content of its MLmodel file.
        root: Its directory, where the stored example lies.
        prefix: What its addresses begin with: "" where it is the only one, else "/models/credit".
        methods: Names of methods besides predict that can be called by address.
        version: The version it is registered under, if it is.
    """

    name: str
    meta: Model
    root: Path
    prefix: str = ""
    methods: tuple[str, ...] = ()
    version: str | None = None

    @property
    def streams(self) -> bool:
        """Whether it answers piece by piece."""
        conf: Any = self.meta.flavors.get("python_function") or {}
        return bool(conf.get("streamable"))
