"""Models saved with the CatBoost flavor: its four classes, and the formats that it reads back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .cases import Score, case

_SEED = np.random.default_rng(7)
FRAME = pd.DataFrame(_SEED.normal(size=(60, 3)), columns=["x", "y", "z"]).round(3)
KINDS = FRAME.assign(kind=["u", "v", "w"] * 20)
TARGET = (FRAME["x"] + FRAME["y"] ** 2).to_numpy().round(3)
CLASS = (TARGET > 0.5).astype(int)
MANY = np.digitize(TARGET, [0.0, 1.0, 2.0])
SMALL: dict[str, Any] = {
    "iterations": 3, "depth": 2, "verbose": False, "allow_writing_files": False, "thread_count": 1, "random_seed": 1,
}  # fmt: skip
PINS = {"pip_requirements": ["catboost"]}


def _save(m: Any, model: Any, root: Path, output: Any, data: Any = FRAME, **options: Any) -> Score:
    signature = m.models.infer_signature(data, output)
    m.catboost.save_model(model, root, signature=signature, input_example=data.head(2), **PINS, **options)
    return Score(data.head(10))


def _regressor() -> Any:
    from catboost import CatBoostRegressor

    return CatBoostRegressor(**SMALL).fit(FRAME, TARGET)


@case(golden=True)
def catboost_classifier(m: Any, work: Path, root: Path) -> Score:
    from catboost import CatBoostClassifier

    return _save(m, CatBoostClassifier(**SMALL).fit(FRAME, CLASS), root, CLASS)


@case()
def catboost_classifier_of_names(m: Any, work: Path, root: Path) -> Score:
    """Of several classes it predicts a column, not a row."""
    from catboost import CatBoostClassifier

    names = np.array(["red", "green", "blue", "grey"])[MANY]
    return _save(m, CatBoostClassifier(**SMALL).fit(FRAME, names), root, names)


@case()
def catboost_regressor(m: Any, work: Path, root: Path) -> Score:
    return _save(m, _regressor(), root, TARGET)


@case()
def catboost_ranker(m: Any, work: Path, root: Path) -> Score:
    from catboost import CatBoostRanker

    model = CatBoostRanker(**SMALL, bootstrap_type="No").fit(FRAME, CLASS, group_id=np.arange(60) // 6)
    return _save(m, model, root, TARGET)


@case()
def catboost_base_class(m: Any, work: Path, root: Path) -> Score:
    from catboost import CatBoost

    return _save(m, CatBoost({**SMALL, "loss_function": "RMSE"}).fit(FRAME, TARGET), root, TARGET)


@case()
def catboost_categories(m: Any, work: Path, root: Path) -> Score:
    from catboost import CatBoostClassifier

    return _save(m, CatBoostClassifier(**SMALL, cat_features=["kind"]).fit(KINDS, CLASS), root, CLASS, KINDS)


@case(golden=True)
def catboost_json(m: Any, work: Path, root: Path) -> Score:
    return _save(m, _regressor(), root, TARGET, format="json")


@case()
def catboost_json_with_categories(m: Any, work: Path, root: Path) -> Score:
    from catboost import CatBoostClassifier, Pool

    model = CatBoostClassifier(**SMALL, cat_features=["kind"]).fit(KINDS, CLASS)
    pool = Pool(KINDS, CLASS, cat_features=["kind"])
    return _save(m, model, root, CLASS, KINDS, format="json", pool=pool)


@case()
def catboost_params(m: Any, work: Path, root: Path) -> Score:
    """Declared params are checked, and go no further."""
    from catboost import CatBoostClassifier

    model = CatBoostClassifier(**SMALL).fit(FRAME, CLASS)
    signature = m.models.infer_signature(FRAME, CLASS, params={"prediction_type": "Class"})
    m.catboost.save_model(model, root, signature=signature, **PINS)
    return Score(FRAME.head(5), params={"prediction_type": "Probability"})


@case()
def catboost_inferred(m: Any, work: Path, root: Path) -> Score:
    """No signature given: the example and its prediction supply it."""
    m.catboost.save_model(_regressor(), root, input_example=FRAME.head(3), metadata={"kind": "trees"}, **PINS)
    return Score(FRAME.head(4))


@case(corpus=True)
def catboost_requirements(m: Any, work: Path, root: Path) -> Score:
    m.catboost.save_model(_regressor(), root, input_example=FRAME.head(2))
    return Score(FRAME.head(5))
