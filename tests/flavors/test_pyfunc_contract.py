"""A wrapper around an estimator keeps the promises every flavor makes."""

from __future__ import annotations

from typing import Any

import pandas as pd

from contracts.flavor import FlavorContract
from modelwright.models.python_model import PythonModel


class TestPyfunc(FlavorContract):
    name = "pyfunc"
    imports = None
    native = False

    def model(self) -> Any:
        class Weighted(PythonModel):
            def __init__(self, weight: float) -> None:
                self.weight = weight

            def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
                return (model_input["a"] * self.weight + model_input["b"]).to_numpy()

        return Weighted(2.5)

    def example(self) -> Any:
        return pd.DataFrame({"a": [1.0, 2.0, 3.5], "b": [4, 5, 6]})

    def predictions(self, model: Any, data: Any) -> Any:
        return model.predict(None, data)
