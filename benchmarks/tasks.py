"""What is measured, as one side in one process: `python tasks.py TASK ours|stock FOLDER COUNT`, {name: [seconds]} out.

Ours and stock MLflow run the same lines through `m`, in the same interpreter with the same frameworks, in turns that
`run.py` deals out. A task warms up once, untimed, with what it then measures.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
import warnings
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

Times = dict[str, list[float]]


def timed(call: Callable[[], Any]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def package(side: str) -> Any:
    return import_module("modelwright" if side == "ours" else "mlflow")


def cancer() -> Any:
    from sklearn.datasets import load_breast_cancer

    return load_breast_cancer(return_X_y=True, as_frame=True)


def forest() -> Any:
    from sklearn.ensemble import RandomForestClassifier

    X, y = cancer()
    return RandomForestClassifier(100, random_state=0, n_jobs=1).fit(X, y), X, y


def ways(m: Any, X: Any, y: Any) -> dict[str, dict[str, Any]]:
    """How a forest of 100 trees is logged."""
    signature, pins = m.models.infer_signature(X, y), {"pip_requirements": ["scikit-learn"]}
    return {
        "pins given": {"signature": signature, **pins},
        "requirements inferred": {"signature": signature},
        "an example": {"input_example": X.head(5)},
        "pins and an example": {"input_example": X.head(5), **pins},
    }


def log_model(side: str, folder: Path, count: int) -> Times:
    """One call after another, with everything imported and warm."""
    m = package(side)
    _own_store(m, side, folder)
    model, X, y = forest()
    found: Times = {}
    with m.start_run():
        m.sklearn.log_model(model, "warm-up", input_example=X.head(5), pip_requirements=["scikit-learn"])
        for turn in range(count):
            for way, options in ways(m, X, y).items():
                if side == "stock" and "pins" not in way and turn >= max(1, count // 3):
                    continue  # seconds each
                call = partial(m.sklearn.log_model, model, f"model{turn}", **options)
                found.setdefault(f"log_model, {way}", []).append(timed(call))
    return found


def first_log_model(side: str, folder: Path, count: int) -> Times:
    """As scripts do it: import, start a run, log one model; `count` tells which way. The forest is there already."""
    model, X, y = forest()
    way = ("pins given", "requirements inferred", "pins and an example")[count]

    def log() -> None:
        m = package(side)
        _own_store(m, side, folder)
        with m.start_run():
            m.sklearn.log_model(model, "model", **ways(m, X, y)[way])

    return {f"first log_model, {way}": [timed(log)]}


def load_model(side: str, folder: Path, count: int) -> Times:
    """What loading from a run costs beyond the framework's own loading of the same file."""
    import pickle

    import xgboost

    m = package(side)
    _own_store(m, side, folder)
    model, X, y = forest()
    booster = xgboost.XGBClassifier(n_estimators=100, n_jobs=1).fit(X, y)
    pins = {"pip_requirements": ["scikit-learn", "xgboost"], "signature": m.models.infer_signature(X, y)}
    with m.start_run() as run:
        m.sklearn.log_model(model, "forest", **pins)
        m.xgboost.log_model(booster, "booster", model_format="ubj", **pins)
    files = {name: next(folder.rglob(f"{name}/model.*")) for name in ("forest", "booster")}

    def native_forest() -> Any:
        return pickle.loads(files["forest"].read_bytes())

    def native_booster() -> Any:
        fresh = xgboost.XGBClassifier()
        fresh.load_model(str(files["booster"]))

    uri = f"runs:/{run.info.run_id}"
    pairs: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
        "load_model, forest": (lambda: m.sklearn.load_model(f"{uri}/forest"), native_forest),
        "load_model, booster": (lambda: m.xgboost.load_model(f"{uri}/booster"), native_booster),
        "load_model, pyfunc of the booster": (lambda: m.pyfunc.load_model(f"{uri}/booster"), native_booster),
    }
    found: Times = {}
    for name, (load, native) in pairs.items():
        turns = 1 + count * (4 if side == "ours" else 1)
        beyond = [timed(load) - timed(native) for _ in range(turns)]
        found[name] = beyond[1:]  # the first is the warm-up
    return found


def predict(side: str, folder: Path, count: int) -> Times:
    """One row of 30 columns through a loaded model, beyond the model's own method."""
    m = package(side)
    X, y = cancer()

    class First(m.pyfunc.PythonModel):  # type: ignore[misc]
        def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
            return model_input

    signature = m.models.infer_signature(X, y)
    m.pyfunc.save_model(
        str(folder / "row"), python_model=First(), signature=signature, pip_requirements=["cloudpickle"]
    )
    os.environ["MODELWRIGHT_TRUST"] = "all"
    model = m.pyfunc.load_model(str(folder / "row"))
    loops = 200 if side == "ours" else 20
    kinds = {
        "predict, rows of one frame": [X.iloc[[number]] for number in range(loops)],
        "predict, rows made afresh": [X.iloc[[number]] for number in range(loops)],
    }
    bare = First()

    def score(rows: list[Any], call: Callable[[Any], Any]) -> float:
        return timed(lambda: [call(row) for row in rows]) / loops

    found: Times = {}
    for name, given in kinds.items():
        rows = given
        score(rows[:5], model.predict)
        found[name] = []
        for _ in range(count):
            if "afresh" in name:  # a frame that has been scored once is no longer fresh
                rows = [type(X)(row.to_numpy(), columns=[*row.columns]) for row in rows]
            found[name].append(score(rows, model.predict) - score(rows, lambda row: bare.predict(None, row)))
    return found


def log_metric(side: str, folder: Path, count: int) -> Times:
    """One metric on the local store; MLflow's on SQLite on the same disk."""
    m = package(side)
    m.set_tracking_uri(str(folder / "mwruns") if side == "ours" else f"sqlite:///{folder / 'runs.db'}")
    loops = count * (20 if side == "ours" else 1)
    with m.start_run():
        for step in range(5):
            m.log_metric("warm-up", 0.5, step=step)
        each = [timed(lambda step=step: m.log_metric("loss", 0.5, step=step)) for step in range(loops)]
    started = time.perf_counter()
    with m.start_run():
        for step in range(loops):
            m.log_metric("loss", 0.5, step=step)
    return {"log_metric": each, "log_metric, with the run's start and end": [(time.perf_counter() - started) / loops]}


def autolog(side: str, folder: Path, count: int) -> Times:
    """What autolog adds to a fit of 100 rounds."""
    from sklearn.model_selection import train_test_split
    from xgboost import XGBClassifier

    m = package(side)
    _own_store(m, side, folder)
    X, y = cancer()
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=42)

    def fit() -> None:
        model = XGBClassifier(n_estimators=100, eval_metric="logloss", n_jobs=1)
        model.fit(X_train, y_train, eval_set=[(X_test, y_test)], verbose=False)

    found: Times = {"autolog, without a model": [], "autolog, with a model": []}
    fit()
    m.xgboost.autolog(log_models=True, silent=True)
    fit()
    for turn in range(count):
        for name, models in (("autolog, without a model", False), ("autolog, with a model", True)):
            if side == "stock" and models and turn >= max(1, count // 3):
                continue  # seconds each
            m.xgboost.autolog(disable=True, silent=True)
            plain = timed(fit)
            m.xgboost.autolog(log_models=models, silent=True)
            found[name].append(timed(fit) - plain)
    return found


def _own_store(m: Any, side: str, folder: Path) -> None:
    m.set_tracking_uri(str(folder / "mwruns") if side == "ours" else (folder / "mlruns").as_uri())


TASKS = {task.__name__: task for task in (log_model, first_log_model, load_model, predict, log_metric, autolog)}


def main() -> None:
    task, side, folder, count = sys.argv[1:]
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    print("\n" + json.dumps(TASKS[task](side, Path(folder), int(count))))


if __name__ == "__main__":
    main()
