"""Models saved with the pmdarima flavor: forecasters and pipelines, asked by one row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .cases import Score, case, native

_SEED = np.random.default_rng(5)
SERIES = np.sin(np.arange(40.0)) + _SEED.normal(size=40) / 4 + 4
EXTRA = _SEED.normal(size=(40, 2))
ROW = pd.DataFrame({"n_periods": [3]})
PINS = {"pip_requirements": ["pmdarima"]}


@native("pmdarima")
def forecast(model: Any, data: Any) -> Any:
    row = data.iloc[0]
    more = {"X": np.array([list(values) for values in row["X"]])} if "X" in row else {}
    return list(model.predict(int(row["n_periods"]), **more))


def _arima(series: Any = SERIES, **more: Any) -> Any:
    from pmdarima import ARIMA

    return ARIMA(order=(1, 0, 0)).fit(series, **more)


@case(golden=True)
def pmdarima_arima(m: Any, work: Path, root: Path) -> Score:
    m.pmdarima.save_model(_arima(SERIES[:20]), root, input_example=ROW, **PINS)
    return Score(pd.DataFrame({"n_periods": [5]}))


@case()
def pmdarima_intervals(m: Any, work: Path, root: Path) -> Score:
    row = ROW.assign(return_conf_int=[True], alpha=[0.2])
    m.pmdarima.save_model(_arima(), root, input_example=row, metadata={"k": "v"}, **PINS)
    return Score(row)


@case()
def pmdarima_exogenous(m: Any, work: Path, root: Path) -> Score:
    row = pd.DataFrame({"n_periods": [2], "X": [[[0.5, 1.0], [0.25, -1.0]]]})
    m.pmdarima.save_model(_arima(X=EXTRA), root, **PINS)
    return Score(row)


@case()
def pmdarima_pipeline(m: Any, work: Path, root: Path) -> Score:
    from pmdarima import ARIMA
    from pmdarima.pipeline import Pipeline
    from pmdarima.preprocessing import FourierFeaturizer

    model = Pipeline([("fourier", FourierFeaturizer(m=7, k=1)), ("arima", ARIMA(order=(1, 0, 0)))]).fit(SERIES)
    m.pmdarima.save_model(model, root, input_example=ROW, **PINS)
    return Score(ROW)


@case()
def pmdarima_search(m: Any, work: Path, root: Path) -> Score:
    from pmdarima import AutoARIMA

    model = AutoARIMA(start_p=0, start_q=0, max_p=1, max_q=0, d=0, seasonal=False).fit(SERIES)
    signature = m.models.infer_signature(ROW, pd.DataFrame({"yhat": [0.5]}))
    m.pmdarima.save_model(model, root, signature=signature, **PINS)
    return Score(ROW)


@case()
def pmdarima_dates(m: Any, work: Path, root: Path) -> Score:
    series = pd.Series(SERIES, index=pd.date_range("2024-01-01", periods=40, freq="D"))
    m.pmdarima.save_model(_arima(series), root, **PINS)
    return Score(ROW)


@case(corpus=True)
def pmdarima_requirements(m: Any, work: Path, root: Path) -> Score:
    m.pmdarima.save_model(_arima(), root, input_example=ROW)
    return Score(ROW)
