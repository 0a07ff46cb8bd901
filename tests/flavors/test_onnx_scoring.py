"""Models converted to ONNX answer as they themselves do, or are not converted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from modelwright.flavors.sklearn import Sklearn
from modelwright.flavors.xgboost import XGBoost
from modelwright.serving.probe import same

pytest.importorskip("onnxruntime")
pytest.importorskip("skl2onnx")
xgboost = pytest.importorskip("xgboost")
pytest.importorskip("onnxmltools")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")  # the converters' own
NAMES = ["a", "b", "c"]


def data() -> tuple[pd.DataFrame, Any]:
    chance = np.random.default_rng(5)
    frame = pd.DataFrame(chance.normal(size=(200, 3)).astype("float32").astype("float64"), columns=NAMES)
    return frame, (frame["a"] + frame["b"] > 0).astype(int) + (frame["c"] > 0.5)


@pytest.mark.parametrize(
    ("flavor", "model", "method"),
    [
        (XGBoost(), xgboost.XGBClassifier(n_estimators=10), "predict"),
        (XGBoost(), xgboost.XGBRegressor(n_estimators=10), "predict"),
        (Sklearn(), RandomForestClassifier(10, random_state=0), "predict"),
        (Sklearn(), RandomForestClassifier(10, random_state=0), "predict_proba"),
        (Sklearn(), RandomForestRegressor(10, random_state=0), "predict"),
        (Sklearn(), make_pipeline(StandardScaler(), LogisticRegression()), "predict"),
    ],
    ids=lambda one: getattr(type(one), "__name__", one) if not isinstance(one, str) else one,
)
def test_a_converted_model(flavor: Any, model: Any, method: str) -> None:
    frame, y = data()
    names = frame.columns.tolist()
    model.fit(frame, y)
    way = flavor.accelerated(model, {"predict_fn": method}, 3)
    right = getattr(model, method)(frame)
    answer = way(frame.to_numpy()).astype(right.dtype)  # 32 bits, which the server counts as another answer
    assert same(answer, right, close=True)
    assert way(frame.to_numpy()[:1]).shape == right[:1].shape
    if hasattr(model, "get_booster"):
        assert model.get_booster().feature_names == names  # as before


def test_a_method_that_has_no_conversion() -> None:
    frame, y = data()
    model = LogisticRegression().fit(frame, y)
    assert Sklearn().accelerated(model, {"predict_fn": "score"}, 3) is None
