"""XGBoost's C function gives what its Python methods give."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from modelwright.flavors.xgboost import XGBoost
from modelwright.flavors.xgboost_dense import predictor
from modelwright.models.flavor import Stored
from modelwright.models.mlmodel import Model

xgboost = pytest.importorskip("xgboost")
NAMES = ["a", "b", "c"]


def data() -> tuple[pd.DataFrame, Any]:
    chance = np.random.default_rng(7)
    frame = pd.DataFrame(chance.normal(size=(200, 3)), columns=NAMES)
    return frame.mask(chance.random(frame.shape) < 0.1), chance.integers(0, 3, 200)


def quick(model: Any, names: list[str] = NAMES) -> Any:
    """The flavor's quicker way through a model."""
    found: Any = XGBoost().wrap(model, Stored(None, {}, {}, Model()))  # type: ignore[arg-type]
    return found.rows(names)


@pytest.mark.parametrize(
    ("params", "target"),
    [
        ({"objective": "binary:logistic"}, lambda y: y == 0),
        ({"objective": "multi:softprob", "num_class": 3}, lambda y: y),
        ({"objective": "multi:softmax", "num_class": 3}, lambda y: y),
        ({"objective": "reg:squarederror"}, lambda y: y * 1.5),
        ({"objective": "count:poisson"}, lambda y: y),
    ],
)
def test_a_booster(params: dict[str, Any], target: Any) -> None:
    frame, y = data()
    booster = xgboost.train(params, xgboost.DMatrix(frame, target(y)), 7)
    way, matrix = quick(booster), frame.to_numpy()
    for rows in (1, 2, 200):
        right = booster.predict(xgboost.DMatrix(frame[:rows]))
        answer = way(matrix[:rows])
        assert answer.dtype == right.dtype
        np.testing.assert_array_equal(answer, right)


@pytest.mark.parametrize("kind", ["XGBClassifier", "XGBRegressor", "XGBRFClassifier"])
@pytest.mark.parametrize("classes", [2, 3])
def test_an_estimator(kind: str, classes: int) -> None:
    frame, y = data()
    model = getattr(xgboost, kind)(n_estimators=9, max_depth=3).fit(frame, y % classes)
    answer, right = quick(model)(frame.to_numpy()), model.predict(frame)
    assert answer.dtype == right.dtype
    np.testing.assert_array_equal(answer, right)


def test_only_the_best_rounds_are_used() -> None:
    frame, y = data()
    model = xgboost.XGBRegressor(n_estimators=50, early_stopping_rounds=2).fit(
        frame[:100], y[:100], eval_set=[(frame[100:], y[100:])], verbose=False
    )
    assert model.best_iteration < 49
    np.testing.assert_array_equal(quick(model)(frame.to_numpy()), model.predict(frame))


def test_a_booster_that_stopped_early_uses_all_its_rounds_as_it_does_itself() -> None:
    frame, y = data()
    train, other = xgboost.DMatrix(frame[:100], y[:100]), xgboost.DMatrix(frame[100:], y[100:])
    booster = xgboost.train({}, train, 50, evals=[(other, "o")], early_stopping_rounds=3, verbose_eval=False)
    assert booster.best_iteration + 1 < booster.num_boosted_rounds()
    right = booster.predict(xgboost.DMatrix(frame))
    np.testing.assert_array_equal(quick(booster)(frame.to_numpy()), right)


def test_a_value_that_stands_for_a_missing_one() -> None:
    frame, y = data()
    filled = frame.fillna(-1.0)
    model = xgboost.XGBRegressor(n_estimators=5, missing=-1.0).fit(filled, y)
    np.testing.assert_array_equal(quick(model)(filled.to_numpy()), model.predict(filled))


def test_an_answer_stays_when_the_next_is_made() -> None:
    frame, y = data()
    booster = xgboost.train({}, xgboost.DMatrix(frame, y), 5)
    way = predictor(booster, (0, 0), np.nan)
    assert way is not None
    first = way(frame.to_numpy()[:3])
    kept = first.copy()
    way(frame.to_numpy()[50:53])
    np.testing.assert_array_equal(first, kept)


def test_columns_in_another_order_have_no_quicker_way() -> None:
    frame, y = data()
    booster = xgboost.train({}, xgboost.DMatrix(frame, y), 5)
    assert quick(booster, ["b", "a", "c"]) is None


def test_linear_boosters_have_none_in_xgboost() -> None:
    frame, y = data()
    booster = xgboost.train({"booster": "gblinear"}, xgboost.DMatrix(frame, y), 5)
    with pytest.raises(xgboost.core.XGBoostError, match="not supported"):  # the server then goes the general way
        quick(booster)(frame.to_numpy())


def test_a_matrix_of_another_width_is_xgboosts_own_error() -> None:
    frame, y = data()
    booster = xgboost.train({}, xgboost.DMatrix(frame, y), 5)
    with pytest.raises(xgboost.core.XGBoostError, match=r"columns|features|Number"):
        quick(booster)(np.ones((1, 2)))
