"""Models saved with the H2O flavor, each read by a small server that its own settings describe."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .cases import Score, case, native

ROWS = pd.DataFrame({"x": np.arange(40.0), "z": np.arange(40) % 3, "y": np.arange(40.0) * 2 + 1})
FEW = ROWS[["x", "z"]].head(5)
# A port of its own: two tests that run at once must not find each other's server.
SMALL = {"port": 54381, "nthreads": 1, "max_mem_size": "512M", "verbose": False}
PINS = {"pip_requirements": ["h2o"]}


@cache
def _server() -> Any:
    """A server for this process, which the client stops at its end."""
    import h2o

    h2o.init(**SMALL)
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
    m.h2o.save_model(_linear(), root, input_example=FEW.head(2), settings={"init": dict(SMALL)}, **PINS)
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
    m.h2o.save_model(model, root, None, None, None, {"init": dict(SMALL)}, signature, metadata={"a": 1}, **PINS)
    return Score(FEW)


@case(corpus=True)
def h2o_requirements(m: Any, work: Path, root: Path) -> Score:
    m.h2o.save_model(_linear(), root, settings={"init": dict(SMALL)})
    return Score(FEW)
