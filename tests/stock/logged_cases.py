"""Models that were logged to a run or registered, fetched again by their URI."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from .cases import Score, case
from .sklearn_cases import FRAME, LINE, PINS, _line


def _store(m: Any, work: Path) -> None:
    m.set_tracking_uri((work / "store").as_uri() if m.__name__ == "mlflow" else str(work / "store"))


def _fetch(m: Any, uri: str, root: Path) -> Score:
    shutil.copytree(m.artifacts.download_artifacts(uri), root)
    return Score(FRAME)


@case()
def logged_to_a_run(m: Any, work: Path, root: Path) -> Score:
    _store(m, work)
    with m.start_run():
        signature = m.models.infer_signature(FRAME, LINE)
        info = m.sklearn.log_model(_line(), "line", signature=signature, input_example=FRAME.head(2), **PINS)
    return _fetch(m, info.model_uri, root)


@case()
def logged_and_registered(m: Any, work: Path, root: Path) -> Score:
    class Twice(m.pyfunc.PythonModel):
        def predict(self, context, model_input, params=None):
            return model_input * 2

    _store(m, work)
    with m.start_run():
        m.pyfunc.log_model(
            "twice", python_model=Twice(), registered_model_name="twice", pip_requirements=["cloudpickle"]
        )
    return _fetch(m, "models:/twice/1", root)


@case(
    writes={"signature": "a model has the signature it has when it is logged by hand with the same example: a column"}
)
def logged_by_autolog(m: Any, work: Path, root: Path) -> Score:
    from xgboost import XGBClassifier

    from .xgboost_cases import CLASS
    from .xgboost_cases import FRAME as X

    _store(m, work)
    m.xgboost.autolog(log_input_examples=True, silent=True)
    try:
        with m.start_run() as run:
            XGBClassifier(n_estimators=3, max_depth=2, n_jobs=1).fit(X, CLASS)
    finally:
        m.xgboost.autolog(disable=True, silent=True)
    shutil.copytree(m.artifacts.download_artifacts(f"runs:/{run.info.run_id}/model"), root)
    return Score(X.head(5))
