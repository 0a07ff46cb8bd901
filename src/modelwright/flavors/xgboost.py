"""XGBoost boosters and its scikit-learn style estimators."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

from ..core.errors import CorruptModel, InvalidArgument, UntrustedModel
from ..core.frameworks import require
from ..models.calls import Method, accepted, keywords
from ..models.flavor import Conf, Flavor, Form, Predictor, Saved, Stored, class_name, known_class
from .onnx_scoring import matrix_type, require_onnx, scorer
from .xgboost_dense import predictor

Format = Literal["xgb", "json", "ubj"]
_BOOSTER = "xgboost.core.Booster"
_DISTRIBUTED = ("xgboost.dask", "xgboost.spark")


class XGBoost(Flavor):
    """XGBoost models."""

    name = "xgboost"
    model_arg = "xgb_model"
    packages = ("xgboost",)
    version_key = "xgb_version"
    rowwise = True
    forms = (
        Form("UBJSON", "model.xgb", "no"),
        Form("UBJSON", "model.ubj", "no"),
        Form("JSON", "model.json", "no"),
    )
    types = ("xgboost:Booster", "xgboost:XGBModel")
    save_order = (
        "conda_env", "code_paths", "mlflow_model", "signature", "input_example", "pip_requirements",
        "extra_pip_requirements", "model_format", "metadata",
    )  # fmt: skip
    log_order = (
        "conda_env", "code_paths", "registered_model_name", "signature", "input_example", "await_registration_for",
        "pip_requirements", "extra_pip_requirements", "model_format", "metadata",
    )  # fmt: skip

    def save(self, model: Any, root: Path, *, model_format: Format = "xgb") -> Saved:
        """Write a booster or an estimator.

        Args:
            model: A Booster, or a fitted XGBClassifier, XGBRegressor, XGBRanker, XGBRFClassifier, XGBRFRegressor.
            root: Where to.
            model_format: "ubj" and "json" are XGBoost's formats; "xgb" is "ubj" under the file name MLflow 2 gives it.
        """
        xgboost = require("xgboost")
        if model_format not in get_args(Format):
            raise InvalidArgument(
                f"model_format must be one of {', '.join(map(repr, get_args(Format)))}, got {model_format!r}"
            )
        kind = _xgboost_class(model)
        data = f"model.{model_format}"
        path = root / ("model.ubj" if model_format == "xgb" else data)  # XGBoost goes by the suffix, and knows no xgb
        _write(model, path)
        path.rename(root / data)
        conf = {"data": data, "model_class": kind, "model_format": model_format, "xgb_version": xgboost.__version__}
        if (missing := getattr(model, "missing", None)) is not None and not math.isnan(missing):
            conf["missing"] = float(missing)  # decides predictions, and XGBoost does not store it
        return Saved(conf, {"data": data}, packages=() if kind == _BOOSTER else ("scikit-learn",))

    def load(self, at: Stored) -> Any:
        xgboost = require("xgboost")
        name = at.conf.get("model_class") or _BOOSTER  # MLflow before 1.22 recorded none
        kind = known_class(name, inside="xgboost")
        estimator = getattr(xgboost, "XGBModel", xgboost.Booster)
        if not (isinstance(kind, type) and issubclass(kind, (xgboost.Booster, estimator))):
            raise UntrustedModel(f"The model file names {name!r}, which is no XGBoost model")
        path = at.path("data", "model.xgb")
        model = kind()
        with self.reading(at, path):
            _read(model, path)
        if at.conf.get("missing") is not None:
            model.missing = float(at.conf["missing"])
        return model

    def wrap(self, model: Any, at: Stored) -> Predictor:
        return _BoosterPredictor(model) if isinstance(model, require("xgboost").Booster) else _EstimatorPredictor(model)

    def accelerated(self, model: Any, pyfunc: Conf, width: int) -> Callable[[Any], Any] | None:
        converters = require_onnx("onnxmltools")
        booster = model if isinstance(model, require("xgboost").Booster) else model.get_booster()
        names, booster.feature_names = booster.feature_names, None  # the converter knows only f0, f1 …
        try:
            made = converters.convert_xgboost(
                model, initial_types=matrix_type("onnxmltools.convert.common.data_types", width)
            )
        finally:
            booster.feature_names = names
        return scorer(made, label=hasattr(model, "predict_proba"))

    def hazard(self, at: Stored) -> str | None:
        return None  # XGBoost's formats hold numbers and names, and the class is checked before it is imported


class _EstimatorPredictor(Method):
    """Predicts from frames whose columns must be those of the training."""

    def __init__(self, model: Any) -> None:
        super().__init__(model, "predict")
        known = self._known or frozenset()
        self.fixed = {"validate_features": True} if "validate_features" in known else {}

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        if params and "validate_features" in params:
            return self._function(data, **accepted(params, self._known))
        return super().predict(data, params)

    def rows(self, names: Sequence[str]) -> Callable[[Any], Any] | None:
        """Predicts a matrix in place, without a DMatrix of it."""
        if not (
            score := _in_place(self.native.get_booster(), names, getattr(self.native, "missing", math.nan), best=True)
        ):
            return None
        if _estimator_type(self.native) != "classifier":
            return score
        return _labelled(score)


class _BoosterPredictor:
    """A booster that takes what an estimator takes."""

    def __init__(self, model: Any) -> None:
        xgboost = require("xgboost")
        self.native = self.xgb_model = model
        self._matrix = xgboost.DMatrix
        self._known = keywords(model.predict)
        self._categorical = "c" in (model.feature_types or ())

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        matrix = self._matrix(data, enable_categorical=self._categorical)
        options = {"validate_features": True, **(accepted(params, self._known) if params else {})}
        return self.native.predict(matrix, **options)

    def rows(self, names: Sequence[str]) -> Callable[[Any], Any] | None:
        """Predicts a matrix in place, without a DMatrix of it."""
        return _in_place(self.native, names, math.nan, best=False)


def _in_place(booster: Any, names: Sequence[str], missing: float, *, best: bool) -> Callable[[Any], Any] | None:
    """The booster's own prediction of a matrix; None where its columns may not be those of the matrix."""
    if booster.feature_names is not None and booster.feature_names != list(names):
        return None
    if "c" in (booster.feature_types or ()):
        return None
    last = booster.attr("best_iteration") if best else None  # which estimators go by, and boosters do not
    rounds = (0, int(last) + 1) if last is not None else (0, 0)
    return predictor(booster, rounds, missing)


def _labelled(score: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A classifier's labels from its scores, as its own `predict` takes them."""
    import numpy as np

    def predict(matrix: Any) -> Any:
        scores = score(matrix)
        if scores.ndim > 1:
            return np.argmax(scores, axis=1)
        return (scores > 0.5).astype(int)

    return predict


def _xgboost_class(model: Any) -> str:
    """The dotted name of the XGBoost class that can hold the model."""
    own = [base for base in type(model).__mro__ if base.__module__.partition(".")[0] == "xgboost"]
    if not own or not (hasattr(model, "get_booster") or own[-1].__name__ == "Booster"):
        raise InvalidArgument(
            f"Expected an xgboost.Booster or an estimator of xgboost, got a {class_name(model)}; "
            f"the sklearn flavor saves other estimators and pipelines"
        )
    if own[0].__module__.startswith(_DISTRIBUTED):
        raise InvalidArgument(f"A {class_name(model)} belongs to its cluster; save its booster: model.get_booster()")
    name = f"{own[0].__module__}.{own[0].__qualname__}"
    if own[0] is not type(model):
        warnings.warn(
            f"{class_name(model)} is saved as its base class {name}; its own methods and attributes stay behind. "
            f"The sklearn flavor saves the whole object",
            UserWarning,
            stacklevel=3,
        )
    return name


def _write(model: Any, path: Path) -> None:
    """`model.save_model`, also where scikit-learn's newer class hierarchy hides the estimator's type from XGBoost.

    XGBoost up to 2.1.1 asks for an attribute `_estimator_type` that scikit-learn 1.6 took away.
    """
    if not hasattr(model, "get_booster"):
        model.save_model(path)
        return
    try:
        booster = model.get_booster()
    except Exception as error:  # NotFittedError of XGBoost or scikit-learn, whichever is installed
        raise InvalidArgument(f"The {type(model).__name__} is not fitted: {error}; fit it, then save it") from error
    try:
        model.save_model(path)
    except TypeError as error:
        if "_estimator_type" not in str(error):
            raise
        booster.set_attr(scikit_learn=json.dumps({"_estimator_type": _estimator_type(model)}))
        try:
            booster.save_model(path)
        finally:
            booster.set_attr(scikit_learn=None)


def _read(model: Any, path: Path) -> None:
    """`model.load_model`, under the same circumstances."""
    if path.is_file() and not path.stat().st_size:
        raise CorruptModel(f"'{path}' is empty")  # which XGBoost, given the bytes, answers by ending the process
    source: Any = path
    if path.suffix not in (".ubj", ".json"):  # by its content, without a warning about the suffix
        source = bytearray(path.stat().st_size)
        with open(path, "rb") as file:
            file.readinto(source)
    try:
        model.load_model(source)
    except TypeError as error:
        if "_estimator_type" not in str(error):
            raise
        model._estimator_type = _estimator_type(model)
        model.load_model(source)
    if not hasattr(model, "get_booster"):
        return
    booster = model.get_booster()
    if _estimator_type(model) == "classifier" and not hasattr(model, "n_classes_"):
        classes = json.loads(booster.save_config())["learner"]["learner_model_param"]["num_class"]
        model.n_classes_ = max(int(classes), 2)
    if "c" in (booster.feature_types or ()):
        model.enable_categorical = True


def _estimator_type(model: Any) -> str | None:
    from sklearn.base import ClassifierMixin, RegressorMixin

    if isinstance(model, ClassifierMixin):
        return "classifier"
    return "regressor" if isinstance(model, RegressorMixin) else None
