"""Log, package, load and serve models."""

from __future__ import annotations

from .api import MODULES
from .core import lazy

__version__ = "0.1.0"

_NAMES = {
    "install_as_mlflow": "modelwright.compat.alias:install",
}

__getattr__, __dir__ = lazy.attach(__name__, {**_NAMES, **MODULES})
lazy.publish(__name__, MODULES)
