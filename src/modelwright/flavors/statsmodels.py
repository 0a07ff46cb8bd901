"""statsmodels results: what `fit` returns, pickled."""

from __future__ import annotations

import copy
import logging
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..core.errors import InvalidArgument
from ..core.frameworks import require
from ..models import pickling
from ..models.flavor import Flavor, Form, Predictor, Saved, Stored, class_name

log = logging.getLogger(__name__)

_FILE = "model.statsmodels"
# Modules that pickles of other versions know by another name; a pickle of either is read by both.
_RENAMED = {
    "statsmodels.tools.decorators": "statsmodels.tools._decorators",
    "statsmodels.tools._decorators": "statsmodels.tools.decorators",
}


class Statsmodels(Flavor):
    """statsmodels results."""

    name = "statsmodels"
    model_arg = "statsmodels_model"
    packages = ("statsmodels",)
    version_key = "statsmodels_version"
    forms = (Form("pickle", _FILE, "yes"),)
    types = ("statsmodels:Results", "statsmodels:ResultsWrapper", "statsmodels:RollingRegressionResults")
    constants = {"STATSMODELS_DATA_SUBPATH": _FILE}
    save_order = (
        "conda_env", "code_paths", "mlflow_model", "remove_data", "signature", "input_example", "pip_requirements",
        "extra_pip_requirements", "metadata",
    )  # fmt: skip
    log_order = (
        "conda_env", "code_paths", "registered_model_name", "remove_data", "signature", "input_example",
        "await_registration_for", "pip_requirements", "extra_pip_requirements", "metadata",
    )  # fmt: skip

    def save(self, model: Any, root: Path, *, remove_data: bool = False) -> Saved:
        """Write results.

        Args:
            model: What a model's `fit` returned.
            root: Where to.
            remove_data: Whether to leave the training data out, of which most results need nothing to predict. Your own
                object keeps it.
        """
        statsmodels = require("statsmodels")
        _check(model)
        path = root / _FILE
        try:
            if remove_data:
                model = copy.deepcopy(model)
                model.remove_data()
            modules = pickling.dump(model, path, pickling.PROTOCOL)
        except Exception as error:  # formulas are evaluated again when results are copied, and raise their own errors
            done = "copied without its data" if remove_data and not path.exists() else "pickled"
            raise InvalidArgument(f"The {class_name(model)} cannot be {done}: {error}") from error
        conf = {"statsmodels_version": statsmodels.__version__, "data": _FILE}
        return Saved(conf, {"data": _FILE}, modules=tuple(sorted(modules)))

    def load(self, at: Stored) -> Any:
        require("statsmodels")
        path = at.path("data", _FILE)
        with self.reading(at, path), open(path, "rb") as file:
            return _Unpickler(file, at.code).load()

    def wrap(self, model: Any, at: Stored) -> Predictor:
        return _Predictor(model)

    def hazard(self, at: Stored) -> str | None:
        return f"its file '{at.path('data', _FILE).name}' is a pickle"


class _Unpickler(pickling.Unpickler):
    def find_class(self, module: str, name: str, /) -> Any:
        if module in _RENAMED and find_spec(module) is None:
            module = _RENAMED[module]
        return super().find_class(module, name)


class _Predictor:
    """Results that predict from rows; those of time series from one row that says from when to when."""

    def __init__(self, results: Any) -> None:
        self.native = self.statsmodels_model = results
        model = getattr(results, "model", None)
        self._series = any(f"{c.__module__}.{c.__name__}" == _SERIES for c in type(model).__mro__)

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        if params:
            log.warning("params %s are ignored: a model of the statsmodels flavor takes none", sorted(params))
        if not self._series:
            return self.native.predict(data)
        columns = getattr(data, "columns", ())
        if len(data) != 1 or "start" not in columns or "end" not in columns:
            given = f"{len(data)} rows with the columns {', '.join(map(repr, columns))}" if len(columns) else type(data)
            raise InvalidArgument(
                f"A model of a time series predicts from a DataFrame of one row with the columns 'start' and 'end', "
                f"got {given}"
            )
        return self.native.predict(start=data["start"].iloc[0], end=data["end"].iloc[0])


_SERIES = "statsmodels.tsa.base.tsa_model.TimeSeriesModel"


def _check(model: Any) -> None:
    """InvalidArgument for what is not the result of a fit."""
    if isinstance(model, require("statsmodels", "statsmodels.base.model").Model):
        raise InvalidArgument(f"The {type(model).__name__} is not fitted: pass what its fit() returns")
    own = any(base.__module__.partition(".")[0] == "statsmodels" for base in type(model).__mro__)
    if not own or not callable(getattr(model, "save", None)):
        raise InvalidArgument(
            f"Expected the results of a statsmodels model, got a {class_name(model)}; pass what its fit() returns"
        )
