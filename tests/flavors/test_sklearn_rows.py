"""The quicker way through a forest gives what the forest gives, to the last bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)

from modelwright.flavors.sklearn_rows import quick

NAMES = ["a", "b", "c"]
FORESTS = (RandomForestClassifier, RandomForestRegressor, ExtraTreesClassifier, ExtraTreesRegressor)


def data() -> tuple[pd.DataFrame, Any]:
    chance = np.random.default_rng(3)
    return pd.DataFrame(chance.normal(size=(150, 3)), columns=NAMES), chance.choice(["x", "y", "z"], 150)


@pytest.mark.parametrize("method", ["predict", "predict_proba"])
@pytest.mark.parametrize("kind", FORESTS)
def test_a_forest(kind: Any, method: str) -> None:
    frame, labels = data()
    model = kind(20, random_state=1)
    model.fit(frame, labels if hasattr(model, "predict_proba") else np.arange(150) % 7)
    way = quick(model, method, NAMES)
    if not hasattr(model, method):
        assert way is None
        return
    assert way is not None
    for rows in (1, 150):
        answer, right = way(frame.to_numpy()[:rows]), getattr(model, method)(frame[:rows])
        assert answer.dtype == right.dtype
        np.testing.assert_array_equal(answer, right)


def test_where_there_is_no_quicker_way() -> None:
    frame, labels = data()
    forest = RandomForestClassifier(3).fit(frame, labels)
    assert quick(forest, "predict", ["b", "a", "c"]) is None
    assert quick(forest, "predict_log_proba", NAMES) is None
    assert quick(GradientBoostingClassifier(n_estimators=2).fit(frame, labels), "predict", NAMES) is None
    two = RandomForestRegressor(3).fit(frame, np.arange(300).reshape(150, 2))
    assert quick(two, "predict", NAMES) is None


@pytest.mark.filterwarnings("ignore:overflow encountered in cast")  # pandas', on the forest's own way
def test_what_the_forest_refuses_is_refused() -> None:
    frame, labels = data()
    forest = RandomForestClassifier(3).fit(frame, labels)
    way = quick(forest, "predict", NAMES)
    assert way is not None
    far = np.array([[1e300, 0.0, 0.0]])
    for answer in (lambda: way(far), lambda: forest.predict(pd.DataFrame(far, columns=NAMES))):
        with pytest.raises(ValueError, match="infinity or a value too large"):
            answer()
