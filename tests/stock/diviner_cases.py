"""Models saved with the Diviner flavor: a forecaster per group, by Prophet and by pmdarima."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .cases import Score, case, native

logging.getLogger("cmdstanpy").disabled = True  # two lines for each fit
_STEPS = np.arange(30.0)
_KEYS = ["region", "state"]
_TIMES = pd.date_range("2024-01-01", periods=30)
DAYS = pd.concat(
    pd.DataFrame({"ds": _TIMES, "y": 5 + np.sin(_STEPS) * size, "region": r, "state": s})
    for size, (r, s) in enumerate([("a", "x"), ("b", "y")], 1)
)
PINS = {"pip_requirements": ["diviner"]}


def _by_prophet() -> Any:
    from diviner import GroupedProphet

    settings = {"n_changepoints": 2, "uncertainty_samples": 0, "weekly_seasonality": False}
    return GroupedProphet(**settings).fit(DAYS.copy(), _KEYS)


def _by_pmdarima() -> Any:
    from diviner import GroupedPmdarima
    from pmdarima.arima import ARIMA

    return GroupedPmdarima(ARIMA(order=(1, 0, 0))).fit(DAYS.copy(), _KEYS, "y", "ds")


@native("diviner")
def _forecast(model: Any, data: Any) -> Any:
    if type(model).__name__ == "GroupedProphet":
        return model.forecast(horizon=2, frequency="D")
    return model.predict(n_periods=2)


_TUPLES = "a column of tuples keeps stock from inferring any outputs; ours sees lists of texts"


@case(versions=(2,), writes={"signature": _TUPLES})
def diviner_prophet(m: Any, work: Path, root: Path) -> Score:
    asked = pd.DataFrame({"horizon": [3], "frequency": ["D"]})
    m.diviner.save_model(_by_prophet(), root, input_example=asked, **PINS)
    return Score(asked)


@case(versions=(2,))
def diviner_prophet_groups(m: Any, work: Path, root: Path) -> Score:
    m.diviner.save_model(_by_prophet(), root, metadata={"owner": "me"}, **PINS)
    return Score(pd.DataFrame({"n_periods": [2], "frequency": ["D"], "groups": [[["a", "x"]]], "predict_col": "sales"}))


@case(versions=(2,))
def diviner_pmdarima(m: Any, work: Path, root: Path) -> Score:
    asked = pd.DataFrame({"n_periods": [3]})
    m.diviner.save_model(_by_pmdarima(), root, signature=m.models.infer_signature(asked), **PINS)
    return Score(asked)


@case(versions=(2,))
def diviner_pmdarima_groups(m: Any, work: Path, root: Path) -> Score:
    m.diviner.save_model(_by_pmdarima(), root, **PINS)
    return Score(pd.DataFrame({"horizon": [2], "groups": [[["b", "y"]]], "predict_col": ["sales"]}))


@case(corpus=True, versions=(2,))
def diviner_requirements(m: Any, work: Path, root: Path) -> Score:
    m.diviner.save_model(_by_prophet(), root)
    return Score(pd.DataFrame({"horizon": [3], "frequency": ["D"]}))
