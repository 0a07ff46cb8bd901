"""The package above `pyspark.ml`, as MLflow has it."""
# Made by tools/stubs.py.

from modelwright.api import pyspark_ml as _ml

ml = _ml
