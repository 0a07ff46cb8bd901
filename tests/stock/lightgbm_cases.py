"""Models saved with the LightGBM flavor: the Booster as text, the scikit-learn classes as pickles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .cases import Score, case

_SEED = np.random.default_rng(7)
FRAME = pd.DataFrame(_SEED.normal(size=(60, 3)), columns=["x", "y", "z"]).round(3)
TARGET = (FRAME["x"] + FRAME["y"] ** 2).to_numpy().round(3)
CLASS = (TARGET > 0.5).astype(int)
MANY = np.digitize(TARGET, [0.0, 1.0, 2.0])
SMALL = {"n_estimators": 3, "num_leaves": 4, "n_jobs": 1, "verbose": -1, "min_child_samples": 5}
TREES = {"num_leaves": 4, "num_threads": 1, "verbose": -1, "min_data_in_leaf": 5}
PINS = {"pip_requirements": ["lightgbm", "scikit-learn"]}


def _booster(**settings: Any) -> Any:
    import lightgbm

    return lightgbm.train({**TREES, **settings}, lightgbm.Dataset(FRAME, TARGET), 3)


def _save(m: Any, model: Any, root: Path, output: Any, **options: Any) -> Score:
    signature = m.models.infer_signature(FRAME, output)
    m.lightgbm.save_model(model, root, signature=signature, input_example=FRAME.head(2), **PINS, **options)
    return Score(FRAME.head(10))


@case(golden=True)
def lightgbm_booster(m: Any, work: Path, root: Path) -> Score:
    return _save(m, _booster(), root, TARGET)


@case()
def lightgbm_booster_of_classes(m: Any, work: Path, root: Path) -> Score:
    import lightgbm

    settings = {**TREES, "objective": "multiclass", "num_class": 4}
    model = lightgbm.train(settings, lightgbm.Dataset(FRAME, MANY), 3)
    return _save(m, model, root, model.predict(FRAME))


@case()
def lightgbm_booster_stopped_early(m: Any, work: Path, root: Path) -> Score:
    import lightgbm

    held_out = lightgbm.Dataset(FRAME[40:], TARGET[:20])
    stop = lightgbm.early_stopping(2, verbose=False)
    model = lightgbm.train(
        {**TREES, "learning_rate": 1.0}, lightgbm.Dataset(FRAME[:40], TARGET[:40]), 30, valid_sets=[held_out],
        callbacks=[stop],
    )  # fmt: skip
    return _save(m, model, root, TARGET)


@case(golden=True)
def lightgbm_classifier(m: Any, work: Path, root: Path) -> Score:
    from lightgbm import LGBMClassifier

    return _save(m, LGBMClassifier(**SMALL).fit(FRAME, CLASS), root, CLASS)


@case()
def lightgbm_classifier_of_names(m: Any, work: Path, root: Path) -> Score:
    from lightgbm import LGBMClassifier

    names = np.array(["red", "green", "blue", "grey"])[MANY]
    return _save(m, LGBMClassifier(**SMALL).fit(FRAME, names), root, names)


@case()
def lightgbm_regressor(m: Any, work: Path, root: Path) -> Score:
    from lightgbm import LGBMRegressor

    return _save(m, LGBMRegressor(**SMALL).fit(FRAME, TARGET), root, TARGET)


@case()
def lightgbm_ranker(m: Any, work: Path, root: Path) -> Score:
    from lightgbm import LGBMRanker

    return _save(m, LGBMRanker(**SMALL).fit(FRAME, CLASS, group=[30, 30]), root, TARGET)


@case()
def lightgbm_arrays(m: Any, work: Path, root: Path) -> Score:
    """Without column names: a signature of tensors."""
    from lightgbm import LGBMRegressor

    model, data = LGBMRegressor(**SMALL).fit(FRAME.to_numpy(), TARGET), FRAME.to_numpy()
    signature = m.models.infer_signature(data, model.predict(data))
    m.lightgbm.save_model(model, root, signature=signature, input_example=data[:2], **PINS)
    return Score(data[:10])


@case()
def lightgbm_params(m: Any, work: Path, root: Path) -> Score:
    """Declared params are checked, and go no further."""
    from lightgbm import LGBMClassifier

    model = LGBMClassifier(**SMALL).fit(FRAME, CLASS)
    signature = m.models.infer_signature(FRAME, CLASS, params={"raw_score": False})
    m.lightgbm.save_model(model, root, signature=signature, **PINS)
    return Score(FRAME.head(5), params={"raw_score": True})


@case()
def lightgbm_inferred(m: Any, work: Path, root: Path) -> Score:
    """No signature given: the example and its prediction supply it."""
    m.lightgbm.save_model(_booster(), root, input_example=FRAME.head(3), metadata={"kind": "trees"}, **PINS)
    return Score(FRAME.head(4))


@case(ours=False, versions=(3,), golden=True)
def lightgbm_skops(m: Any, work: Path, root: Path) -> Score:
    """As MLflow 3 writes estimators when nothing is said."""
    from lightgbm import LGBMClassifier

    return _save(m, LGBMClassifier(**SMALL).fit(FRAME, CLASS), root, CLASS)


@case(corpus=True)
def lightgbm_requirements(m: Any, work: Path, root: Path) -> Score:
    from lightgbm import LGBMClassifier

    m.lightgbm.save_model(LGBMClassifier(**SMALL).fit(FRAME, CLASS), root, input_example=FRAME.head(2))
    return Score(FRAME.head(5))


@case(corpus=True)
def lightgbm_booster_requirements(m: Any, work: Path, root: Path) -> Score:
    m.lightgbm.save_model(_booster(), root, input_example=FRAME.head(2))
    return Score(FRAME.head(5))
