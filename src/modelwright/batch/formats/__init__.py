"""File formats of the input: which file is read by what."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from .base import Format

FORMATS = {
    "parquet": "modelwright.batch.formats.parquet:Parquet",
    "arrow": "modelwright.batch.formats.arrow:Arrow",
    "csv": "modelwright.batch.formats.csv:Csv",
    "jsonl": "modelwright.batch.formats.jsonl:Jsonl",
    "image": "modelwright.batch.formats.images:Images",
}
ENDINGS = {
    **dict.fromkeys((".parquet", ".pqt", ".pq"), "parquet"),
    **dict.fromkeys((".arrow", ".arrows", ".feather", ".ipc"), "arrow"),
    ".csv": "csv",
    **dict.fromkeys((".jsonl", ".ndjson"), "jsonl"),
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif"), "image"),
}


@cache
def opened(kind: str) -> Format:
    """The format called `kind`."""
    module, _, name = FORMATS[kind].partition(":")
    found: Format = getattr(import_module(module), name)()
    return found
