"""Prophet forecasters."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

from ..core.callers import stacklevel
from ..core.errors import InvalidArgument
from ..core.frameworks import require
from ..models.calls import Method
from ..models.flavor import Flavor, Form, Predictor, Saved, Stored, class_name

_FILE = "model.pr"


class Prophet(Flavor):
    """Prophet models."""

    name = "prophet"
    model_arg = "pr_model"
    packages = ("prophet",)
    version_key = "prophet_version"
    forms = (Form("JSON", "model.pr", "no"),)
    types = ("prophet:Prophet",)

    def save(self, model: Any, root: Path) -> Saved:
        """Write a fitted forecaster.

        Args:
            model: A fitted Prophet.
            root: Where to.
        """
        prophet = require("prophet")
        if not isinstance(model, prophet.Prophet):
            raise InvalidArgument(f"Expected a prophet.Prophet, got a {class_name(model)}; pass the fitted forecaster")
        if model.history is None:
            raise InvalidArgument(f"The {type(model).__name__} is not fitted; fit it, then save it")
        _warn_of_what_stays_behind(model, prophet.Prophet)
        text = require("prophet", "prophet.serialize").model_to_json(model)
        (root / _FILE).write_text(json.dumps(text), "utf-8")  # MLflow's format: a JSON text that holds Prophet's
        kind = type(model).__name__
        return Saved(
            {"data": _FILE, "model_type": kind, "prophet_version": prophet.__version__},
            {"data": _FILE},
        )

    def load(self, at: Stored) -> Any:
        serialize = require("prophet", "prophet.serialize")
        path = at.path("data", _FILE)
        with self.reading(at, path):
            return serialize.model_from_json(json.loads(path.read_text("utf-8")))

    def wrap(self, model: Any, at: Stored) -> Predictor:
        return _Forecaster(model)

    def hazard(self, at: Stored) -> str | None:
        return None  # JSON: Prophet sets a fixed list of attributes from it, to numbers, texts and frames of these


class _Forecaster(Method):
    @property
    def pr_model(self) -> Any:
        """The native model, by the name that code written for MLflow knows."""
        return self.native


def _warn_of_what_stays_behind(model: Any, base: type) -> None:
    if type(model) is not base:
        warnings.warn(
            f"{class_name(model)} is saved as prophet.Prophet; its own methods and attributes stay behind",
            UserWarning,
            stacklevel=stacklevel(),
        )
    if names := [name for name, about in model.extra_regressors.items() if about.get("predictor") is not None]:
        warnings.warn(
            f"Prophet does not write the models that forecast its regressors {', '.join(map(repr, names))}: whoever "
            f"predicts with the loaded model gives these columns",
            UserWarning,
            stacklevel=stacklevel(),
        )
