"""Types of a signature (`mlflow.types`)."""

from __future__ import annotations

from ..core import lazy

_NAMES = ("DataType", "ColSpec", "TensorSpec", "Schema", "ParamSpec", "ParamSchema")
NAMES = {
    **{name: f"modelwright.models.schema:{name}" for name in _NAMES},
    "schema": "modelwright.models.schema",
}
__getattr__, __dir__ = lazy.attach(__name__, NAMES)
