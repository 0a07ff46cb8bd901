"""Devices that this machine has, and the processor in place of others."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from ...core.frameworks import require

_SAMPLE = "/data/sample_inputs/model.pt"


def is_here(location: str) -> bool:
    """Whether this machine has a device such as "cuda:1"; of kinds that cannot be counted torch is the judge.

    >>> is_here("cpu")
    True
    """
    kind, _, number = location.partition(":")
    if kind == "cpu":
        return True
    devices: Any = getattr(require("pytorch"), kind, None)
    return not hasattr(devices, "device_count") or int(number or 0) < devices.device_count()


def loadable(path: Path) -> str | io.BytesIO:
    """An archive of torch.export as torch can load it here: where it names devices that are not, a copy that does not.

    torch.export has no map_location: it puts each tensor where the file says, and fails where that is not.
    """
    with ZipFile(path) as found:
        graphs = {info.filename: json.loads(found.read(info)) for info in found.infolist() if _is_json(info.filename)}
        if not sum(map(_moved, graphs.values())):
            return str(path)
        copy = io.BytesIO()
        with ZipFile(copy, "w") as target:
            for name in found.namelist():
                body = found.read(name) if name not in graphs else json.dumps(graphs[name]).encode()
                target.writestr(name, b"" if name.endswith(_SAMPLE) else body)  # they are where the model was, too
    copy.seek(0)
    return copy


def _is_json(name: str) -> bool:
    return name.endswith(".json")


def _moved(value: Any) -> int:
    """How many devices were replaced in a graph, which is changed."""
    if isinstance(value, list):
        return sum(map(_moved, value))
    if not isinstance(value, dict):
        return 0
    if value.keys() == {"type", "index"} and isinstance(value["type"], str):
        if is_here(f"{value['type']}:{value['index'] or 0}"):
            return 0
        value.update(type="cpu", index=None)
        return 1
    return sum(map(_moved, value.values()))
