"""scikit-learn estimators and pipelines, and anything else that can be pickled and has a method predict."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

from ..core.errors import CorruptModel, InvalidArgument
from ..core.frameworks import require
from ..models import pickling, skops_files
from ..models.calls import Method
from ..models.flavor import Conf, Flavor, Form, Predictor, Saved, Stored
from .onnx_scoring import matrix_type, require_onnx, scorer
from .sklearn_rows import quick

Format = Literal["cloudpickle", "pickle", "skops"]
PredictFn = Literal["predict", "predict_proba", "predict_log_proba", "predict_joint_log_proba", "score"]


class Sklearn(Flavor):
    """scikit-learn models."""

    name = "sklearn"
    model_arg = "sk_model"
    packages = ("scikit-learn",)
    version_key = "sklearn_version"
    rowwise = True
    forms = (
        Form("cloudpickle", "model.pkl", "yes"),
        Form("pickle", "model.pkl", "yes"),
        Form("skops", "model.skops", "no, unless it holds types that nobody vouches for"),
    )
    types = ("sklearn:BaseEstimator",)
    constants = {
        "SERIALIZATION_FORMAT_PICKLE": "pickle",
        "SERIALIZATION_FORMAT_CLOUDPICKLE": "cloudpickle",
        "SUPPORTED_SERIALIZATION_FORMATS": list(get_args(Format)),
    }
    save_order = (
        "conda_env", "code_paths", "mlflow_model", "serialization_format", "signature", "input_example",
        "pip_requirements", "extra_pip_requirements", "pyfunc_predict_fn", "metadata",
    )  # fmt: skip
    log_order = (
        "conda_env", "code_paths", "serialization_format", "registered_model_name", "signature", "input_example",
        "await_registration_for", "pip_requirements", "extra_pip_requirements", "pyfunc_predict_fn", "metadata",
    )  # fmt: skip

    def save(
        self,
        model: Any,
        root: Path,
        *,
        serialization_format: Format = "cloudpickle",
        pyfunc_predict_fn: PredictFn = "predict",
        skops_trusted_types: Sequence[str] | None = None,
        safe_copy: bool | None = None,
    ) -> Saved:
        """Write an estimator.

        Args:
            model: The estimator.
            root: Where to.
            serialization_format: "cloudpickle" (functions and classes of your own script travel inside), "pickle"
                (they do not), or "skops" (no pickle: the file cannot run code when it is loaded).
            pyfunc_predict_fn: The method that scoring calls.
            skops_trusted_types: Dotted names of types, beyond those of scikit-learn, NumPy and SciPy, that a skops file
                may hold. Whoever loads it names them again.
            safe_copy: Whether a skops file goes beside the pickle, so that the model also loads where pickles do not
                (MODELWRIGHT_TRUST=none). If not given: where skops is installed, can express the model, and the model
                is not too large. MLmodel tells the bytes it takes.
        """
        sklearn = require("sklearn")
        _one_of("serialization_format", serialization_format, get_args(Format))
        _one_of("pyfunc_predict_fn", pyfunc_predict_fn, get_args(PredictFn))
        file = "model.skops" if serialization_format == "skops" else "model.pkl"
        conf: dict[str, Any] = {
            "pickled_model": file,
            "sklearn_version": sklearn.__version__,
            "serialization_format": serialization_format,
        }
        saved = Saved(conf, {"model_path": file, "predict_fn": pyfunc_predict_fn})
        if serialization_format == "skops":
            conf["skops_trusted_types"] = skops_files.write(model, root / file, skops_trusted_types)
            saved.packages, saved.modules = ("skops",), skops_files.modules(root / file)
        else:
            _write_pickle(model, root / file, serialization_format)
            saved.packages = ("cloudpickle",) if serialization_format == "cloudpickle" else ()
            conf.update(skops_files.copy(model, root / file, safe_copy))
        if not callable(getattr(model, pyfunc_predict_fn, None)):
            warnings.warn(
                f"{type(model).__name__} has no method {pyfunc_predict_fn}, so the model is saved without the "
                f"python_function flavor: load it with sklearn.load_model",
                UserWarning,
                stacklevel=2,
            )
            saved.pyfunc = None
        return saved

    def load(self, at: Stored, *, skops_trusted_types: Sequence[str] | None = None) -> Any:
        """Read an estimator.

        Args:
            at: From where.
            skops_trusted_types: Dotted names of types, beyond those of scikit-learn, NumPy and SciPy, that a skops file
                may hold. What the file says about itself is not asked.
        """
        path = self._file(at)
        if not _is_skops(at):
            return pickling.load(path, at.code)
        allowed = at.code is not None  # the trust gate let it through with whatever it holds
        return skops_files.read(path, None if allowed and skops_trusted_types is None else skops_trusted_types or ())

    def wrap(self, model: Any, at: Stored) -> Predictor:
        name = at.pyfunc.get("predict_fn") or "predict"
        if name not in get_args(PredictFn):
            raise CorruptModel(f"MLmodel's predict_fn is {name!r}; expected one of {', '.join(get_args(PredictFn))}")
        return _Estimator(model, name)

    def accelerated(self, model: Any, pyfunc: Conf, width: int) -> Callable[[Any], Any] | None:
        name = pyfunc.get("predict_fn") or "predict"
        if name not in ("predict", "predict_proba"):
            return None
        converters, classifies = require_onnx("skl2onnx"), hasattr(model, "classes_")
        options = {id(model): {"zipmap": False}} if classifies else None
        made = converters.convert_sklearn(
            model, initial_types=matrix_type("skl2onnx.common.data_types", width), options=options
        )
        return scorer(made, label=classifies, output=1 if name == "predict_proba" else 0)

    def hazard(self, at: Stored) -> str | None:
        if not _is_skops(at):
            return f"its file '{self._file(at).name}' is a pickle"
        return skops_files.hazard(self._file(at), at.options.get("skops_trusted_types"))

    def harmless(self, at: Stored) -> Stored | None:
        return skops_files.copied(at)

    def _file(self, at: Stored) -> Path:
        if at.conf.get("pickled_model"):
            return at.path("pickled_model")
        key = "model_path" if at.pyfunc.get("model_path") else "data"  # `data`: MLflow up to 1.9
        return at.file(at.pyfunc.get(key) or "model.pkl", key)


class _Estimator(Method):
    """One method of an estimator."""

    def __init__(self, model: Any, name: str) -> None:
        super().__init__(model, name)
        self._name = name

    def rows(self, names: Sequence[str]) -> Callable[[Any], Any] | None:
        """Predicts a matrix in a quicker way, where there is one."""
        return quick(self.native, self._name, names)


def _one_of(option: str, given: str, words: Sequence[str]) -> None:
    if given not in words:
        raise InvalidArgument(f"{option} must be one of {', '.join(map(repr, words))}, got {given!r}")


def _is_skops(at: Stored) -> bool:
    given = at.conf.get("serialization_format", "pickle")
    if given not in get_args(Format):
        raise CorruptModel(f"MLmodel's serialization_format is {given!r}; expected {', '.join(get_args(Format))}")
    return bool(given == "skops")


def _write_pickle(model: Any, path: Path, serialization_format: str) -> None:
    """Pickle the estimator, without a second copy of its arrays in memory."""
    other = ", or use serialization_format='cloudpickle'" if serialization_format == "pickle" else ""
    with pickling.writing(model, "the estimator", other):
        if serialization_format == "cloudpickle":
            pickling.dump(model, path, pickling.PROTOCOL)
        else:
            with open(path, "wb") as file:
                pickle.dump(model, file, pickling.PROTOCOL)
