"""Recording what pyspark.ml trains; its models are saved by the spark flavor."""

from __future__ import annotations

from .autologging import for_flavor

__all__ = ["AUTOLOGGING_INTEGRATION_NAME", "autolog"]

AUTOLOGGING_INTEGRATION_NAME = "pyspark.ml"

autolog = for_flavor(AUTOLOGGING_INTEGRATION_NAME)
