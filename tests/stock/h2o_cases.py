"""Models saved with the H2O flavor, each scored by the server that its own settings name."""

from __future__ import annotations

import atexit
import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .cases import Score, case, native

ROWS = pd.DataFrame({"x": np.arange(40.0), "z": np.arange(40) % 3, "y": np.arange(40.0) * 2 + 1})
FEW = ROWS[["x", "z"]].head(5)
PINS = {"pip_requirements": ["h2o"]}
# Without the tests' server, as where the record of requirements is made, each process starts one for itself.
_ADDRESS = os.environ.get("H2O_SERVER")
SERVER = {"url": _ADDRESS} if _ADDRESS else {"nthreads": 1, "max_mem_size": "512M"}
SERVER["verbose"] = False


@cache
def _server() -> Any:
    """The server, in which this process leaves nothing that the next one could find."""
    import h2o

    h2o.init(**SERVER)
    atexit.register(h2o.remove_all)
    h2o.no_progress()
    return h2o


def _linear() -> Any:
    h2o = _server()
    from h2o.estimators import H2OGeneralizedLinearEstimator

    model = H2OGeneralizedLinearEstimator(seed=1)
    model.train(x=["x", "z"], y="y", training_frame=h2o.H2OFrame(ROWS))
    return model


@native("h2o")
def _predicted(model: Any, data: Any) -> Any:
    return model.predict(_server().H2OFrame(data)).as_data_frame()


@case(versions=(2,))
def h2o_linear(m: Any, work: Path, root: Path) -> Score:
    m.h2o.save_model(_linear(), root, input_example=FEW.head(2), settings={"init": dict(SERVER)}, **PINS)
    return Score(FEW.set_axis([9, 8, 7, 6, 5]))


@case(versions=(2,))
def h2o_classifier(m: Any, work: Path, root: Path) -> Score:
    h2o = _server()
    from h2o.estimators import H2OGradientBoostingEstimator

    frame = h2o.H2OFrame(ROWS.assign(kind=np.where(ROWS["x"] > 20, "high", "low")))
    frame["kind"] = frame["kind"].asfactor()
    model = H2OGradientBoostingEstimator(ntrees=2, max_depth=2, min_rows=2, seed=1)
    model.train(x=["x", "z"], y="kind", training_frame=frame)
    signature = m.models.infer_signature(FEW, model.predict(h2o.H2OFrame(FEW)).as_data_frame())
    m.h2o.save_model(model, root, None, None, None, {"init": dict(SERVER)}, signature, metadata={"a": 1}, **PINS)
    return Score(FEW)


@case(corpus=True)
def h2o_requirements(m: Any, work: Path, root: Path) -> Score:
    m.h2o.save_model(_linear(), root, settings={"init": dict(SERVER)})
    return Score(FEW)
