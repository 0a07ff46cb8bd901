"""CatBoost models of all four classes, in the formats that CatBoost reads back."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..core.callers import stacklevel
from ..core.errors import CorruptModel, InvalidArgument
from ..core.frameworks import require
from ..models.calls import Method
from ..models.flavor import Flavor, Form, Predictor, Saved, Stored, class_name

_FILE = "model.cb"
_CLASSES = ("CatBoostClassifier", "CatBoostRegressor", "CatBoostRanker", "CatBoost")


class CatBoost(Flavor):
    """CatBoost models."""

    name = "catboost"
    model_arg = "cb_model"
    packages = ("catboost",)
    version_key = "catboost_version"
    rowwise = True
    forms = (Form("CatBoost's own", "model.cb", "no"),)
    types = ("catboost:CatBoost",)

    def save(
        self, model: Any, root: Path, *, format: str = "cbm", export_parameters: Any = None, pool: Any = None
    ) -> Saved:
        """Write a model.

        Args:
            model: A fitted CatBoost, CatBoostClassifier, CatBoostRegressor or CatBoostRanker.
            root: Where to.
            format: "cbm" (CatBoost's own), "json", "onnx", or another of CatBoost's; it reads those three back.
            export_parameters: Handed on to CatBoost's `save_model`.
            pool: Handed on to CatBoost's `save_model`; "json" needs it for features that are categories or texts.
        """
        catboost = require("catboost")
        kind = _class_of(model, catboost)
        if not model.is_fitted():
            raise InvalidArgument(f"The {kind} is not fitted: it has no trees yet; fit it, then save it")
        try:
            model.save_model(str(root / _FILE), format, export_parameters, pool)
        except catboost.CatBoostError as error:
            raise InvalidArgument(
                f"CatBoost cannot write this {kind} with format={format!r}: {error}; use format='cbm'"
            ) from error
        conf = {"model_type": kind, "save_format": format, "data": _FILE, "catboost_version": catboost.__version__}
        return Saved(conf, {"data": _FILE})

    def load(self, at: Stored) -> Any:
        catboost = require("catboost")
        kind = at.conf.get("model_type")
        if kind not in _CLASSES:
            raise CorruptModel(f"MLmodel's model_type is {kind!r}; expected one of {', '.join(_CLASSES)}")
        model, path = getattr(catboost, kind)(), at.path("data", _FILE)
        with self.reading(at, path):
            model.load_model(str(path), at.conf.get("save_format") or "cbm")
        return model

    def wrap(self, model: Any, at: Stored) -> Predictor:
        return _Predictor(model)

    def hazard(self, at: Stored) -> str | None:
        return None  # the formats that CatBoost reads hold numbers and names, and the class is one of four


class _Predictor(Method):
    def __init__(self, model: Any) -> None:
        super().__init__(model)
        self._known = frozenset()  # MLflow hands no params on either, so they are only named in the log

    def rows(self, names: Sequence[str]) -> Callable[[Any], Any] | None:
        """Predicts a matrix, which CatBoost takes in without looking at each column by itself."""
        model = self.native
        if model.feature_names_ != list(names) or model.get_cat_feature_indices():
            return None
        predict: Callable[[Any], Any] = model.predict
        return predict

    @property
    def cb_model(self) -> Any:
        """The native model, by the name that code written for MLflow knows: `loaded._model_impl.cb_model`."""
        return self.native


def _class_of(model: Any, catboost: Any) -> str:
    """The name of the CatBoost class that can hold the model."""
    found = next((name for name in _CLASSES if isinstance(model, getattr(catboost, name))), None)
    if found is None:
        raise InvalidArgument(
            f"Expected a CatBoost, CatBoostClassifier, CatBoostRegressor or CatBoostRanker, got a {class_name(model)}; "
            f"the sklearn flavor saves other estimators and pipelines"
        )
    if type(model) is not getattr(catboost, found):
        warnings.warn(
            f"{class_name(model)} is saved as its base class {found}; its own methods and attributes stay behind. "
            f"The sklearn flavor saves the whole object",
            UserWarning,
            stacklevel=stacklevel(),
        )
    return found
