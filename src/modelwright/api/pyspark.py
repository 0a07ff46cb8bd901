"""The package above `pyspark.ml`, as MLflow has it."""

from __future__ import annotations

from ..core import lazy

NAMES = {"ml": "modelwright.api.pyspark_ml"}
__getattr__, __dir__ = lazy.attach(__name__, NAMES)
