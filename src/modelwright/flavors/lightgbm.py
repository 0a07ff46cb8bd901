"""LightGBM boosters, as text, and its scikit-learn style estimators, in two formats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

from ..core.errors import CorruptModel, InvalidArgument
from ..core.frameworks import require
from ..models import pickling, skops_files
from ..models.calls import Method
from ..models.flavor import Flavor, Form, Predictor, Saved, Stored, class_name
from .lightgbm_text import damage

Format = Literal["cloudpickle", "skops"]

_BOOSTER = "lightgbm.basic.Booster"
_ESTIMATORS = ("LGBMClassifier", "LGBMModel", "LGBMRanker", "LGBMRegressor")
# What a fitted estimator holds beside numbers. A booster reads its trees from text, which it holds in their place; the
# other classes of lightgbm are left out, for their state holds addresses in memory.
_OWN = frozenset({_BOOSTER, "collections.OrderedDict", *(f"lightgbm.sklearn.{name}" for name in _ESTIMATORS)})


class LightGBM(Flavor):
    """LightGBM models."""

    name = "lightgbm"
    model_arg = "lgb_model"
    packages = ("lightgbm",)
    version_key = "lgb_version"
    rowwise = True
    forms = (
        Form("text", "model.lgb", "no"),
        Form("cloudpickle", "model.pkl", "yes"),
        Form("skops", "model.skops", "no, unless it holds types that nobody vouches for"),
    )
    types = ("lightgbm:Booster", "lightgbm:CVBooster", "lightgbm:LGBMModel")

    def save(
        self,
        model: Any,
        root: Path,
        *,
        serialization_format: Format | None = None,
        skops_trusted_types: Sequence[str] | None = None,
        safe_copy: bool | None = None,
    ) -> Saved:
        """Write a booster or an estimator.

        Args:
            model: A Booster, or a fitted LGBMClassifier, LGBMRegressor, LGBMRanker.
            root: Where to.
            serialization_format: How an estimator is written: "cloudpickle" (when left out: MLflow 2 reads no other)
                or "skops" (no pickle: the file cannot run code when it is loaded). A Booster is always LightGBM's text.
            skops_trusted_types: Dotted names of types, beyond those of LightGBM, scikit-learn, NumPy and SciPy, that a
                skops file may hold. Whoever loads it names them again.
            safe_copy: Whether a skops file goes beside the pickle of an estimator, so that the model also loads where
                pickles do not (MODELWRIGHT_TRUST=none). If not given: where skops is installed, can express the model,
                and the model is not too large. MLmodel tells the bytes it takes.
        """
        lightgbm = require("lightgbm")
        if serialization_format not in (None, *get_args(Format)):
            known = ", ".join(map(repr, get_args(Format)))
            raise InvalidArgument(f"serialization_format must be one of {known}, got {serialization_format!r}")
        _check(model, lightgbm)
        kind = f"{type(model).__module__}.{type(model).__qualname__}"
        if isinstance(model, lightgbm.Booster):
            model.save_model(root / "model.lgb")
            return _saved(lightgbm, "model.lgb", _BOOSTER)
        if serialization_format == "skops":
            path = root / "model.skops"
            types = skops_files.write(model, path, skops_trusted_types, _OWN)
            saved = _saved(lightgbm, path.name, kind, serialization_format="skops", skops_trusted_types=types)
            saved.packages, saved.modules = ("skops",), skops_files.modules(path)
            return saved
        with pickling.writing(model, "the estimator", ", or save its booster: model.booster_"):
            pickling.dump(model, root / "model.pkl", pickling.PROTOCOL)
        saved = _saved(lightgbm, "model.pkl", kind, **skops_files.copy(model, root / "model.pkl", safe_copy, _OWN))
        saved.packages = ("cloudpickle",)
        return saved

    def load(self, at: Stored, *, skops_trusted_types: Sequence[str] | None = None) -> Any:
        """Read a booster or an estimator.

        Args:
            at: From where.
            skops_trusted_types: Dotted names of types, beyond those of LightGBM, scikit-learn, NumPy and SciPy, that a
                skops file may hold. What the file says about itself is not asked.
        """
        lightgbm = require("lightgbm")
        path, form = at.path("data", "model.lgb"), _form(at)
        if form == "cloudpickle":
            return pickling.load(path, at.code)
        with self.reading(at, path):
            if form == "text":
                if wrong := damage(path):
                    raise ValueError(wrong)
                return lightgbm.Booster(model_file=str(path))
            allowed = at.code is not None  # the trust gate let it through with whatever it holds
            trusted = None if allowed and skops_trusted_types is None else skops_trusted_types or ()
            return skops_files.read(path, trusted, _OWN)

    def wrap(self, model: Any, at: Stored) -> Predictor:
        return _Predictor(model)

    def hazard(self, at: Stored) -> str | None:
        form, path = _form(at), at.path("data", "model.lgb")
        if form == "skops":
            return skops_files.hazard(path, at.options.get("skops_trusted_types"), _OWN)
        return None if form == "text" else f"its file '{path.name}' is a pickle"  # the text holds numbers and names

    def harmless(self, at: Stored) -> Stored | None:
        return skops_files.copied(at, _OWN)


class _Predictor(Method):
    def __init__(self, model: Any) -> None:
        super().__init__(model)
        self._known = frozenset()  # MLflow hands no params on either, so they are only named in the log

    def rows(self, names: Sequence[str]) -> Callable[[Any], Any] | None:
        """Predicts a matrix by the booster, which looks up no names."""
        booster = getattr(self.native, "booster_", self.native)
        if booster.feature_name() != list(names) or booster.pandas_categorical:
            return None
        rounds = getattr(self.native, "best_iteration_", None) or booster.best_iteration
        if (classes := getattr(self.native, "classes_", None)) is None:
            return lambda matrix: booster.predict(matrix, num_iteration=rounds)

        def label(matrix: Any) -> Any:
            scores = booster.predict(matrix, num_iteration=rounds)
            return classes.take(scores.argmax(axis=1) if scores.ndim > 1 else (scores > 0.5).astype(int))

        return label

    @property
    def lgb_model(self) -> Any:
        """The native model, by the name that code written for MLflow knows: `loaded._model_impl.lgb_model`."""
        return self.native


def _saved(lightgbm: Any, data: str, kind: str, **more: Any) -> Saved:
    return Saved({"lgb_version": lightgbm.__version__, "data": data, "model_class": kind, **more}, {"data": data})


def _form(at: Stored) -> str:
    """How the file was written: "text", "cloudpickle" or "skops"."""
    if at.conf.get("model_class", _BOOSTER) == _BOOSTER:  # MLflow before 1.23 knew no others, and recorded none
        return "text"
    given = at.conf.get("serialization_format", "cloudpickle")
    if given not in get_args(Format):
        raise CorruptModel(f"MLmodel's serialization_format is {given!r}; expected {', '.join(get_args(Format))}")
    return str(given)


def _check(model: Any, lightgbm: Any) -> None:
    """InvalidArgument for what is no model of LightGBM, or not a trained one."""
    if isinstance(model, lightgbm.Booster | lightgbm.CVBooster):
        return
    if not isinstance(model, lightgbm.LGBMModel):
        raise InvalidArgument(
            f"Expected a lightgbm.Booster or an estimator of lightgbm, got a {class_name(model)}; the sklearn flavor "
            f"saves other estimators and pipelines"
        )
    if getattr(model, "_Booster", None) is None:
        raise InvalidArgument(f"The {type(model).__name__} is not fitted: it has no trees yet; fit it, then save it")
