"""What a model directory says and holds, found by reading alone: nothing from it is executed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..core.errors import CorruptModel, Error
from ..models import env, load, manifest, pickles
from ..models.mlmodel import PYFUNC, Model

_PICKLES = (".pkl", ".pickle", ".joblib", ".pth", ".pt")


def inspect_model(root: Path, *, origin: str = "stranger") -> dict[str, Any]:
    """Everything a careful person wants to know of a model before loading it.

    Args:
        root: The model directory.
        origin: "store" when the configured tracking store holds it, else "stranger".

    Raises:
        CorruptModel: There is no MLmodel file, or it cannot be read as one.
    """
    meta = Model.load(root)
    hazards, unknown = _or_reason(lambda: load.hazards(root))
    sealed = _manifest(root)
    pyfunc = meta.flavors.get(PYFUNC) or {}
    return {
        "path": str(root),
        "origin": "store" if sealed["sealed_by_you"] else origin,
        "model_id": meta.model_id,
        "run_id": meta.run_id,
        "created": meta.utc_time_created if meta.dated else None,
        "mlflow_version": meta.mlflow_version,
        "metadata": meta.metadata,
        "flavors": meta.flavors,
        "signature": _signature(meta),
        "example": (meta.saved_input_example_info or {}).get("artifact_path"),
        "environment": {"python": pyfunc.get("python_version"), "requirements": _or_reason(lambda: env.read(root))[0]},
        "files": _files(root),
        "manifest": sealed,
        "hazards": hazards or [],
        "cannot_load": unknown,
        "loads_by_default": unknown is None and _or_reason(lambda: load.admit(root, origin=origin))[1] is None,
        "imports": _imports(root),
    }


def _signature(meta: Model) -> dict[str, Any] | None:
    """Inputs, outputs and params, each a list of plain dictionaries."""
    try:
        whole = meta.signature.to_dict() if meta.signature else None
    except Error as error:
        return {"inputs": None, "outputs": None, "params": None, "unreadable": error.message}
    if whole is None:
        return None
    return {key: json.loads(text) if isinstance(text := whole.get(key), str) else text for key in _PARTS}


_PARTS = ("inputs", "outputs", "params")


def _files(root: Path) -> list[dict[str, Any]]:
    found = (path for path in sorted(root.rglob("*")) if path.is_symlink() or path.is_file())
    return [{"path": path.relative_to(root).as_posix(), "size": path.lstat().st_size} for path in found]


def _manifest(root: Path) -> dict[str, Any]:
    try:
        found = manifest.check(root)
    except CorruptModel as error:
        return {"present": True, "ok": False, "sealed_by_you": False, "problem": error.message}
    sealed = found is not None and found.sealed
    return {"present": found is not None, "ok": found is not None, "sealed_by_you": sealed, "problem": None}


def _imports(root: Path) -> dict[str, list[str]]:
    """What each pickle among the files would import when it is loaded."""
    found = {}
    for path in sorted(root.rglob("*")):
        if path.suffix in _PICKLES and path.is_file() and not path.is_symlink():
            seen = pickles.begun(path)
            hidden = ["(names computed while loading)"] if seen.hidden else []
            names = sorted({f"{module}.{name}".rstrip(".") for module, name in seen.names})
            found[path.relative_to(root).as_posix()] = names + hidden
    return found


def _or_reason(question: Callable[[], Any]) -> tuple[Any, str | None]:
    """The answer, or why there is none."""
    try:
        return question(), None
    except Error as error:
        return None, error.message
