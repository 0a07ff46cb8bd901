"""Why loading a directory of Spark ML may run code: everything in it that is not known to be Spark's own data.

A stage's `metadata` is one line of JSON, and Spark loads the class that it names: in the JVM by reflection, in Python
by import. Numbers are in parquet files, whose schema may name further classes to make columns of. So each class must be
one of Spark's models, and whatever cannot be checked counts as a hazard. SQLTransformer is not harmless though it is
Spark's: its statement may call any static method of Java.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_MODULES = (
    "classification", "clustering", "evaluation", "feature", "fpm", "pipeline", "recommendation", "regression",
    "tuning",
)  # fmt: skip
_KNOWN = re.compile(
    rf"(?:org\.apache\.spark|pyspark)\.ml\.(?:(?:{'|'.join(_MODULES)})\.)?(?!SQLTransformer\b)[A-Z]\w*", re.ASCII
)
_VECTORS = re.compile(r"(?:org\.apache\.spark|pyspark)\.ml(?:lib)?\.linalg\.(?:Vector|Matrix)UDT", re.ASCII)
_SCHEMA = b"org.apache.spark.sql.parquet.row.metadata"
_TEXT, _END = 0x18, 0  # in Thrift's compact form: the next field is a text; there is no further field
_METADATA = re.compile(r"part-\d+(?:-[\w-]+\.txt)?", re.ASCII)  # another suffix: Spark would unpack it
_UID = re.compile(r"(?!\.+$)[\w.-]+", re.ASCII)
_LARGEST = 64 * 2**20  # of one metadata file or parquet footer


def reasons(root: Path) -> list[str]:
    """What is not known to be data, in words; empty if all of it is."""
    found: dict[str, None] = {}
    for path in sorted(root.rglob("*")):
        if path.is_symlink():
            found[f"'{path.name}' leads elsewhere"] = None
        elif path.is_file() and not (path.name == "_SUCCESS" or (path.name[0] == "." and path.suffix == ".crc")):
            kind = _metadata if path.parent.name == "metadata" else _parquet
            found.update(dict.fromkeys(kind(path)))
    return list(found)


def _metadata(path: Path) -> Iterator[str]:
    if not _METADATA.fullmatch(path.name) or path.stat().st_size > _LARGEST:
        yield f"its '{path.parent.parent.name}/metadata/{path.name}' cannot be checked"
        return
    try:
        for line in path.read_text("utf-8").splitlines():
            if line.strip():
                yield from _stage(json.loads(line, object_pairs_hook=_once))
    except ValueError:  # no JSON, no text, or a key given twice, of which each reader takes another
        yield f"its '{path.parent.parent.name}/metadata' is no JSON that can be checked"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key is given twice")
    return dict(pairs)


def _stage(body: Any) -> Iterator[str]:
    name = body.get("class") if isinstance(body, dict) else None
    if not isinstance(name, str) or not _KNOWN.fullmatch(name):
        runs = "runs SQL of its own" if str(name).endswith(".SQLTransformer") else "is not Spark's own"
        yield f"its stage {name} {runs}"
        return
    for place in _places(body.get("paramMap")):
        if not isinstance(place, str) or not _UID.fullmatch(place):
            yield f"its stage {name} names the place {place!r}"


def _places(params: Any) -> Iterator[Any]:
    """The names of folders that Spark reads because a stage says so."""
    if not isinstance(params, dict):
        return
    stages = params.get("stageUids")
    yield from stages if isinstance(stages, list) else () if stages is None else [stages]
    for grid in _listed(params.get("estimatorParamMaps")):
        for entry in _listed(grid):
            if isinstance(entry, dict) and entry.get("isJson") in (False, "false"):
                yield entry.get("value")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _parquet(path: Path) -> Iterator[str]:
    """Spark keeps the frame's schema in the footer, and makes an object of each class that it names for a column."""
    footer = _footer(path)
    try:
        schemas = None if footer is None else list(_schemas(footer))
    except (ValueError, IndexError, RecursionError):
        schemas = None
    if schemas is None:
        yield f"its '{path.name}' cannot be checked"
        return
    for name in _classes(schemas):
        if not isinstance(name, str) or not _VECTORS.fullmatch(name):
            yield f"its '{path.name}' holds columns of class {str(name)[:100]}"


def _schemas(footer: bytes) -> Iterator[Any]:
    """The values of Spark's key: each a text in Thrift's compact form, the last field of its pair."""
    for found in re.finditer(re.escape(_SCHEMA), footer):
        at = found.end()
        if footer[at] != _TEXT:
            raise ValueError("something else follows the key")
        length, shift = 0, 0
        while True:
            at += 1
            length |= (footer[at] & 0x7F) << shift
            shift += 7
            if footer[at] < 0x80:
                break
        end = at + 1 + length
        if footer[end] != _END:
            raise ValueError("the value is given twice")
        yield json.loads(footer[at + 1 : end], object_pairs_hook=_once)


def _classes(schema: Any) -> Iterator[Any]:
    """The classes that a schema names for columns of a type of their own."""
    if isinstance(schema, list):
        for part in schema:
            yield from _classes(part)
    elif isinstance(schema, dict):
        if schema.get("type") == "udt":
            yield from (schema[key] for key in ("class", "pyClass", "serializedClass") if schema.get(key) is not None)
        for part in schema.values():
            yield from _classes(part)


def _footer(path: Path) -> bytes | None:
    """What is at the end of a parquet file; None for a file that is none, or is encrypted."""
    size = path.stat().st_size
    with open(path, "rb") as file:
        if size < 12 or file.read(4) != b"PAR1":
            return None
        file.seek(-8, 2)
        length = int.from_bytes(file.read(4), "little")
        if file.read(4) != b"PAR1" or length > min(size - 12, _LARGEST):
            return None
        file.seek(-8 - length, 2)
        return file.read(length)
