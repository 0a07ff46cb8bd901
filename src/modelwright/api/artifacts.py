"""Files of runs and models (`mlflow.artifacts`)."""

from __future__ import annotations

from ..core import lazy

_NAMES = ("download_artifacts", "list_artifacts", "load_dict", "load_image", "load_text")
NAMES = {name: f"modelwright.tracking.artifacts:{name}" for name in _NAMES}
__getattr__, __dir__ = lazy.attach(__name__, NAMES)
