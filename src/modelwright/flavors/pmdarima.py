"""pmdarima forecasters: ARIMA, AutoARIMA and pipelines around them, pickled."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..core.errors import InvalidArgument
from ..core.frameworks import require
from ..models import pickling
from ..models.flavor import Flavor, Form, Predictor, Saved, Stored, class_name

log = logging.getLogger(__name__)

_FILE = "model.pmd"
_FITTED = {"ARIMA": "arima_res_", "AutoARIMA": "model_", "Pipeline": "steps_"}  # what fit sets
_ALPHA = 0.05


class Pmdarima(Flavor):
    """pmdarima models."""

    name = "pmdarima"
    model_arg = "pmdarima_model"
    packages = ("pmdarima",)
    version_key = "pmdarima_version"
    forms = (Form("pickle", _FILE, "yes"),)
    types = ("pmdarima:BaseARIMA", "pmdarima:Pipeline")

    def save(self, model: Any, root: Path) -> Saved:
        """Write a fitted forecaster.

        Args:
            model: A fitted ARIMA, AutoARIMA or Pipeline.
            root: Where to.
        """
        pmdarima = require("pmdarima")
        _check(model)
        with pickling.writing(model, "it"):
            modules = pickling.dump(model, root / _FILE, pickling.PROTOCOL)
        conf = {"model_type": type(model).__name__, "data": _FILE, "pmdarima_version": pmdarima.__version__}
        return Saved(conf, {"data": _FILE}, modules=tuple(sorted(modules)))

    def load(self, at: Stored) -> Any:
        require("pmdarima")
        path = at.path("data", _FILE)
        with self.reading(at, path):
            return pickling.load(path, at.code)

    def wrap(self, model: Any, at: Stored) -> Predictor:
        return _Predictor(model)

    def hazard(self, at: Stored) -> str | None:
        return f"its file '{at.path('data', _FILE).name}' is a pickle"


class _Predictor:
    """A forecaster that reads from a frame of one row how far it shall look, and gives a frame of what it sees.

    The columns are the parameters of pmdarima's own `predict`: `n_periods`, and, where wanted, `X` (the values of the
    exogenous variables, a list of one list for each period), `return_conf_int` and `alpha`.
    """

    def __init__(self, model: Any) -> None:
        self.native = self.pmdarima_model = model

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        import pandas as pd

        if params:
            log.warning("params %s are ignored: give them as columns of the row", sorted(params))
        asked = _row(data)
        periods, bounds = _periods(asked), bool(asked.get("return_conf_int", False))
        found = self.native.predict(
            n_periods=periods, X=_exogenous(asked), return_conf_int=bounds, alpha=asked.get("alpha", _ALPHA)
        )
        if not bounds:
            return pd.DataFrame({"yhat": found})
        values, limits = found
        return pd.DataFrame({"yhat": values, "yhat_lower": limits[:, 0], "yhat_upper": limits[:, 1]})


def _row(data: Any) -> dict[str, Any]:
    """The one row of a frame as a dictionary."""
    if not (hasattr(data, "iloc") and hasattr(data, "columns")):
        raise InvalidArgument(
            f"A pmdarima model predicts from a DataFrame of one row with the column 'n_periods', got a "
            f"{class_name(data)}"
        )
    if len(data) != 1:
        raise InvalidArgument(
            f"A pmdarima model predicts from a DataFrame of one row, which says how far to look; got {len(data)} rows"
        )
    return {name: data[name].iloc[0] for name in data.columns}


def _periods(asked: Mapping[str, Any]) -> int:
    if "n_periods" not in asked:
        raise InvalidArgument(
            f"The DataFrame lacks the column 'n_periods', the number of periods to forecast; it has "
            f"{', '.join(map(repr, asked)) or 'none'}"
        )
    given = asked["n_periods"]
    try:
        periods = given.__index__()  # as of any integer, Python's or numpy's
    except AttributeError:
        periods = 0
    if periods < 1:
        raise InvalidArgument(
            f"n_periods={given!r} of type {type(given).__name__}; expected a whole number of periods, 1 or more"
        )
    return int(periods)


def _exogenous(asked: Mapping[str, Any]) -> Any:
    """The values for each period as rows; None where the row gives none."""
    import numpy as np

    given = asked.get("X")
    if given is None or (isinstance(given, float) and given != given) or len(given) == 0:
        return None
    return np.asarray([list(values) for values in given])


def _check(model: Any) -> None:
    """InvalidArgument for what is no forecaster of pmdarima, or not a fitted one."""
    names = [base.__name__ for base in type(model).__mro__ if base.__module__.partition(".")[0] == "pmdarima"]
    kind = next((name for name in names if name in _FITTED), None)
    if kind is None:
        raise InvalidArgument(
            f"Expected a pmdarima ARIMA, AutoARIMA or Pipeline, got a {class_name(model)}; pass the fitted forecaster"
        )
    if not hasattr(model, _FITTED[kind]):
        raise InvalidArgument(f"The {type(model).__name__} is not fitted; fit it, then save it")
