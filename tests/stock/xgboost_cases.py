"""Models saved with the XGBoost flavor: the Booster, the scikit-learn classes, three file formats."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .cases import Score, case

_SEED = np.random.default_rng(7)
FRAME = pd.DataFrame(_SEED.normal(size=(60, 3)), columns=["x", "y", "z"]).astype("float32").astype("float64")
TARGET = (FRAME["x"] + FRAME["y"] ** 2).to_numpy()
CLASS = (TARGET > 0.5).astype(int)
MANY = np.digitize(TARGET, [0.0, 1.0, 2.0])
SMALL = {"n_estimators": 3, "max_depth": 2, "n_jobs": 1}
PINS = {"pip_requirements": ["xgboost", "scikit-learn"]}


def _booster() -> Any:
    import xgboost

    settings = {"max_depth": 2, "objective": "reg:squarederror", "nthread": 1}
    return xgboost.train(settings, xgboost.DMatrix(FRAME, label=TARGET), num_boost_round=3)


def _save(m: Any, model: Any, root: Path, output: Any, **options: Any) -> Score:
    signature = m.models.infer_signature(FRAME, output)
    m.xgboost.save_model(model, root, signature=signature, input_example=FRAME.head(2), **PINS, **options)
    return Score(FRAME.head(10))


@case(golden=True, versions=(2,))
def xgboost_booster_xgb(m: Any, work: Path, root: Path) -> Score:
    return _save(m, _booster(), root, TARGET.astype("float32"), model_format="xgb")


@case(golden=True)
def xgboost_booster_json(m: Any, work: Path, root: Path) -> Score:
    return _save(m, _booster(), root, TARGET.astype("float32"), model_format="json")


@case(golden=True)
def xgboost_booster_ubj(m: Any, work: Path, root: Path) -> Score:
    return _save(m, _booster(), root, TARGET.astype("float32"), model_format="ubj")


@case(golden=True)
def xgboost_classifier(m: Any, work: Path, root: Path) -> Score:
    from xgboost import XGBClassifier

    return _save(m, XGBClassifier(**SMALL).fit(FRAME, CLASS), root, CLASS)


@case()
def xgboost_classifier_json(m: Any, work: Path, root: Path) -> Score:
    from xgboost import XGBClassifier

    return _save(m, XGBClassifier(**SMALL).fit(FRAME, MANY), root, MANY, model_format="json")


@case()
def xgboost_classifier_ubj(m: Any, work: Path, root: Path) -> Score:
    from xgboost import XGBClassifier

    return _save(m, XGBClassifier(**SMALL, eval_metric="logloss").fit(FRAME, CLASS), root, CLASS, model_format="ubj")


@case()
def xgboost_regressor(m: Any, work: Path, root: Path) -> Score:
    from xgboost import XGBRegressor

    return _save(m, XGBRegressor(**SMALL).fit(FRAME, TARGET), root, TARGET)


@case()
def xgboost_ranker(m: Any, work: Path, root: Path) -> Score:
    from xgboost import XGBRanker

    model = XGBRanker(**SMALL).fit(FRAME, CLASS, group=[30, 30])
    return _save(m, model, root, TARGET.astype("float32"))


@case()
def xgboost_forests(m: Any, work: Path, root: Path) -> Score:
    from xgboost import XGBRFClassifier

    return _save(m, XGBRFClassifier(**SMALL).fit(FRAME, CLASS), root, CLASS)


@case()
def xgboost_forest_regressor(m: Any, work: Path, root: Path) -> Score:
    from xgboost import XGBRFRegressor

    return _save(m, XGBRFRegressor(**SMALL).fit(FRAME, TARGET), root, TARGET)


@case()
def xgboost_params(m: Any, work: Path, root: Path) -> Score:
    from xgboost import XGBClassifier

    model = XGBClassifier(**SMALL).fit(FRAME, CLASS)
    signature = m.models.infer_signature(FRAME, CLASS, params={"output_margin": False})
    m.xgboost.save_model(model, root, signature=signature, **PINS)
    return Score(FRAME.head(5), params={"output_margin": True})


@case()
def xgboost_by_sklearn_flavor(m: Any, work: Path, root: Path) -> Score:
    """Anything picklable with predict and predict_proba may be saved with the scikit-learn flavor."""
    from xgboost import XGBClassifier

    model = XGBClassifier(**SMALL).fit(FRAME, CLASS)
    signature = m.models.infer_signature(FRAME, model.predict_proba(FRAME))
    m.sklearn.save_model(model, root, pyfunc_predict_fn="predict_proba", signature=signature, **PINS)
    return Score(FRAME.head(5))


@case()
def xgboost_early_stopped(m: Any, work: Path, root: Path) -> Score:
    from xgboost import XGBClassifier

    model = XGBClassifier(n_estimators=20, max_depth=2, n_jobs=1, early_stopping_rounds=2)
    model.fit(FRAME[:40], CLASS[:40], eval_set=[(FRAME[40:], CLASS[40:])], verbose=False)
    return _save(m, model, root, CLASS)


@case()
def xgboost_inferred(m: Any, work: Path, root: Path) -> Score:
    """No signature given: the example and its prediction supply it."""
    m.xgboost.save_model(_booster(), root, input_example=FRAME.head(3), **PINS)
    return Score(FRAME.head(4))


@case(corpus=True)
def xgboost_requirements(m: Any, work: Path, root: Path) -> Score:
    from xgboost import XGBClassifier

    m.xgboost.save_model(XGBClassifier(**SMALL).fit(FRAME, CLASS), root, input_example=FRAME.head(2))
    return Score(FRAME.head(5))


@case(corpus=True)
def xgboost_booster_requirements(m: Any, work: Path, root: Path) -> Score:
    m.xgboost.save_model(_booster(), root, input_example=FRAME.head(2))
    return Score(FRAME.head(5))
