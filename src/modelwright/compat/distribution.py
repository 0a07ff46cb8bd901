"""The distribution that `importlib.metadata` finds for the name mlflow while the alias is installed."""

from __future__ import annotations

from importlib.metadata import Distribution
from pathlib import Path

from .names import VERSION


class Mlflow(Distribution):
    """Name and version, and no files: there is nothing of it on the disk."""

    def read_text(self, filename: str) -> str | None:
        return f"Metadata-Version: 2.1\nName: mlflow\nVersion: {VERSION}\n" if filename == "METADATA" else None

    def locate_file(self, path: object) -> Path:
        return Path(str(path))
