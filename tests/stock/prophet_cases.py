"""Models saved with the Prophet flavor: trend, seasonalities, regressors, growth with a limit."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .cases import Score, case

logging.getLogger("cmdstanpy").disabled = True  # two lines for each fit
_STEPS = np.arange(30.0)
DAYS = pd.DataFrame({"ds": pd.date_range("2024-01-01", periods=30), "y": np.sin(_STEPS) + _STEPS / 9})
AHEAD = pd.DataFrame({"ds": pd.date_range("2024-02-01", periods=4)})
# No samples: what is drawn for the intervals would be other numbers each time.
CERTAIN = {"uncertainty_samples": 0, "n_changepoints": 2, "yearly_seasonality": False, "daily_seasonality": False}
PINS = {"pip_requirements": ["prophet"]}


def _forecaster(**settings: Any) -> Any:
    from prophet import Prophet

    return Prophet(**{**CERTAIN, **settings})


@case(golden=True)
def prophet_trend(m: Any, work: Path, root: Path) -> Score:
    model = _forecaster().fit(DAYS)
    m.prophet.save_model(model, root, input_example=AHEAD.head(2), **PINS)
    return Score(AHEAD)


@case()
def prophet_given_signature(m: Any, work: Path, root: Path) -> Score:
    model = _forecaster(seasonality_mode="multiplicative").fit(DAYS)
    signature = m.models.infer_signature(AHEAD, model.predict(AHEAD))
    m.prophet.save_model(model, root, signature=signature, **PINS)
    return Score(AHEAD)


@case()
def prophet_regressor(m: Any, work: Path, root: Path) -> Score:
    model = _forecaster()
    model.add_regressor("heat")
    model.fit(DAYS.assign(heat=_STEPS**0.5))
    ahead = AHEAD.assign(heat=[1.0, 2.0, 3.0, 4.0])
    m.prophet.save_model(model, root, input_example=ahead.head(3), metadata={"owner": "me"}, **PINS)
    return Score(ahead)


@case()
def prophet_logistic_with_holidays(m: Any, work: Path, root: Path) -> Score:
    days = pd.DataFrame({"holiday": "fest", "ds": pd.to_datetime(["2024-01-20", "2024-02-02"])})
    model = _forecaster(growth="logistic", holidays=days)
    model.add_seasonality("monthly", period=30.5, fourier_order=2)
    model.fit(DAYS.assign(cap=20.0))
    m.prophet.save_model(model, root, **PINS)
    return Score(AHEAD.assign(cap=20.0))


@case(corpus=True)
def prophet_requirements(m: Any, work: Path, root: Path) -> Score:
    m.prophet.save_model(_forecaster().fit(DAYS), root)
    return Score(AHEAD)
