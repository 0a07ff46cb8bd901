"""Folders that `save_pretrained` writes: why loading one may run code. What is not known to be harmless counts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Numbers, names and text. Everything else may be a pickle (.bin, .pt, .ckpt, .pkl), a program (.py), or unheard of.
_DATA = frozenset(
    {".safetensors", ".json", ".jsonl", ".txt", ".md", ".model", ".vocab", ".jinja", ".tiktoken", ".yaml", ".yml", ""}
)
# Keys of the JSON files that name Python to import: classes of the repository's own, pipelines, compiled kernels.
_CODE_KEYS = frozenset({"auto_map", "custom_pipelines", "custom_generate", "auto_mapping"})


def hazard(folder: Path, root: Path) -> str | None:
    """Why loading a folder of weights, a tokenizer or a processor may run code; None if it cannot.

    Only for loading with `use_safetensors=True` and without `trust_remote_code`.
    """
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            continue
        name = path.relative_to(root).as_posix()
        if path.suffix not in _DATA:
            return f"its file '{name}' may hold code: it is none of {', '.join(sorted(_DATA - {''}))}"
        if path.name.startswith("adapter_config"):
            return f"its file '{name}' makes it an adapter of another model, which is loaded too"
        if path.suffix == ".json" and (found := next(_code_in(path), None)):
            return f"its file '{name}' names code of its own: {found}"
    return None


def _code_in(path: Path) -> Iterator[str]:
    """What a JSON file tells the loader to import."""
    return (f"{key}={value!r}" for key, value in entries(path) if _is_code(key, value))


def _is_code(key: str, value: Any) -> bool:
    # An implementation "owner/name" is a compiled kernel, which is fetched from the hub and run.
    kernel = key.endswith("_implementation") and any(isinstance(v, str) and "/" in v for v in _leaves(value))
    return bool(value) and (key in _CODE_KEYS or kernel)


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)
    else:
        yield value


def entries(path: Path) -> Iterator[tuple[str, Any]]:
    """Every key and value of a JSON file, however deep, but for vocabularies, whose keys are words.

    A file that is no JSON has none: no loader gets anything from it either.
    """
    try:
        todo = [json.loads(path.read_text("utf-8"))]
    except (ValueError, RecursionError, OSError):
        return
    while todo:
        here = todo.pop()
        if isinstance(here, dict):
            for key, value in here.items():
                yield key, value
                if key not in ("vocab", "model", "added_tokens", "merges"):
                    todo.append(value)
        elif isinstance(here, list):
            todo.extend(value for value in here if isinstance(value, (dict, list)))
