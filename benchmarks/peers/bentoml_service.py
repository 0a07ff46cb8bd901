"""The XGBoost model behind BentoML: `MODEL=… bentoml serve bentoml_service:Scoring`."""

from __future__ import annotations

import os
from typing import Any

import bentoml
import numpy as np
import xgboost


@bentoml.service(workers=1)
class Scoring:
    def __init__(self) -> None:
        self.booster = xgboost.Booster(model_file=os.environ["MODEL"])
        self.booster.set_param({"nthread": 1})

    @bentoml.api(route="/invocations")
    def score(self, rows: list[list[float]]) -> dict[str, Any]:
        found = self.booster.inplace_predict(np.array(rows, "float64"), validate_features=False)
        return {"predictions": (found > 0.5).astype(int).tolist()}
