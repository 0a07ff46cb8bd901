"""scikit-learn estimators and pipelines, and anything else that can be pickled and has a method predict."""

from __future__ import annotations

import pickle
import re
import warnings
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import Any, Literal, get_args

from ..core.errors import CorruptModel, InvalidArgument, MissingDependency, UntrustedModel
from ..core.frameworks import require
from ..models import pickling
from ..models.calls import Method
from ..models.flavor import Flavor, Predictor, Saved, Stored, class_name

Format = Literal["cloudpickle", "pickle", "skops"]
PredictFn = Literal["predict", "predict_proba", "predict_log_proba", "predict_joint_log_proba", "score"]

# Every Python that runs MLflow reads protocol 5. The default one up to Python 3.13 copies each array, and keeps the
# copies until the last one is written.
_PROTOCOL = 5
# Classes of these packages hold numbers and compute with them; none runs code that a file brings. skops builds an
# object without calling its constructor. Modules that read files or start processes are left out.
_KNOWN_CLASSES = re.compile(
    r"sklearn\.(?!externals|datasets|utils\._testing|utils\.parallel|utils\._joblib|experimental)[\w.]+"
    r"|numpy\.(dtype|ndarray|ma\.\w+|matrix|random\._?\w+\.\w+)"
    r"|scipy\.(sparse|interpolate|spatial)\.[\w.]+"
)
_KNOWN_FUNCTIONS = re.compile(
    r"sklearn\.(feature_selection\._(univariate_selection|mutual_info)|metrics\.pairwise|cluster\._kmeans)\.\w+"
    r"|numpy\.(mean|median|average|min|max|amin|amax|sum|prod|std|var|asarray|ravel|argmax|argmin)"
    r"|scipy\._lib\.array_api_compat\.numpy\._aliases\.asarray"
)


class Sklearn(Flavor):
    """scikit-learn models."""

    name = "sklearn"
    title = "scikit-learn"
    model_arg = "sk_model"
    packages = ("scikit-learn",)
    version_key = "sklearn_version"
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
        """
        sklearn = require("sklearn")
        _one_of("serialization_format", serialization_format, get_args(Format))
        _one_of("pyfunc_predict_fn", pyfunc_predict_fn, get_args(PredictFn))
        file = "model.skops" if serialization_format == "skops" else "model.pkl"
        conf = {
            "pickled_model": file,
            "sklearn_version": sklearn.__version__,
            "serialization_format": serialization_format,
        }
        saved = Saved(conf, {"model_path": file, "predict_fn": pyfunc_predict_fn})
        if serialization_format == "skops":
            conf["skops_trusted_types"] = _write_skops(model, root / file, skops_trusted_types)
            saved.packages, saved.modules = ("skops",), _modules_of_skops(root / file)
        else:
            _write_pickle(model, root / file, serialization_format)
            saved.packages = ("cloudpickle",) if serialization_format == "cloudpickle" else ()
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
        return _read_skops(path, None if allowed and skops_trusted_types is None else skops_trusted_types or ())

    def wrap(self, model: Any, at: Stored) -> Predictor:
        name = at.pyfunc.get("predict_fn") or "predict"
        if name not in get_args(PredictFn):
            raise CorruptModel(f"MLmodel's predict_fn is {name!r}; expected one of {', '.join(get_args(PredictFn))}")
        return Method(model, name)

    def hazard(self, at: Stored) -> str | None:
        if not _is_skops(at):
            return f"its file '{self._file(at).name}' is a pickle"
        unknown = _strangers(self._file(at), at.options.get("skops_trusted_types") or ())
        return (
            f"its file '{self._file(at).name}' holds types not known to be safe: {', '.join(unknown)}"
            if unknown
            else None
        )

    def _file(self, at: Stored) -> Path:
        if at.conf.get("pickled_model"):
            return at.path("pickled_model")
        key = "model_path" if at.pyfunc.get("model_path") else "data"  # `data`: MLflow up to 1.9
        return at.file(at.pyfunc.get(key) or "model.pkl", key)


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
    try:
        if serialization_format == "cloudpickle":
            pickling.dump(model, path, _PROTOCOL)
        else:
            with open(path, "wb") as file:
                pickle.dump(model, file, _PROTOCOL)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        other = ", or use serialization_format='cloudpickle'" if serialization_format == "pickle" else ""
        raise InvalidArgument(
            f"A {class_name(model)} cannot be pickled: {error}. Take what cannot be pickled (open files, locks, "
            f"generators) out of the estimator{other}"
        ) from error


def _skops() -> Any:
    try:
        return import_module("skops.io")
    except ImportError as error:
        raise MissingDependency("serialization_format 'skops' needs skops: pip install 'modelwright[skops]'") from error


def _write_skops(model: Any, path: Path, trusted: Sequence[str] | None) -> list[str] | None:
    """Write the file; the types in it that skops itself does not trust, which MLflow 3 records."""
    io = _skops()
    try:
        io.dump(model, path)
    except Exception as error:  # skops has no common base class for what it cannot write
        raise InvalidArgument(
            f"skops cannot write a {class_name(model)}: {error}; use another serialization_format"
        ) from error
    if unknown := _strangers(path, trusted or ()):
        raise InvalidArgument(
            f"The model holds types that loading would refuse: {', '.join(unknown)}. If you know them to be harmless "
            f"pass skops_trusted_types={unknown}; otherwise use serialization_format='cloudpickle'"
        )
    return io.get_untrusted_types(file=path) or None


def _read_skops(path: Path, trusted: Sequence[str] | None) -> Any:
    """The object in a skops file; `trusted` None allows every type in it."""
    io = _skops()
    if trusted is not None and (unknown := _strangers(path, trusted)):
        raise UntrustedModel(
            f"'{path}' holds types not known to be safe: {', '.join(unknown)}. Look at them, then pass "
            f"skops_trusted_types={unknown}, or trust=True"
        )
    return io.load(path, trusted=io.get_untrusted_types(file=path))


def _strangers(path: Path, trusted: Sequence[str]) -> list[str]:
    """Types in a skops file that neither skops, nor we, nor the caller trust."""
    try:
        found = _skops().get_untrusted_types(file=path)
    except MissingDependency:
        raise
    except Exception as error:  # a broken zip file, a schema that is none
        raise CorruptModel(f"'{path}' is not a skops file: {type(error).__name__}: {error}") from error
    return [name for name in found if name not in trusted and not _known(name)]


def _known(dotted: str) -> bool:
    """Whether a type is one of the numerical libraries' own classes, or a function known to be harmless."""
    kinds: tuple[type, ...] = ()
    if _KNOWN_FUNCTIONS.fullmatch(dotted):
        kinds = (FunctionType, type(len), type(import_module("numpy").mean))
    elif _KNOWN_CLASSES.fullmatch(dotted):
        kinds = (type,)
    if not kinds:
        return False
    module, _, name = dotted.rpartition(".")
    try:
        found = getattr(import_module(module), name, None)
    except ImportError:
        return False
    home = (getattr(found, "__module__", None) or "").partition(".")[0]
    return isinstance(found, kinds) and home in ("sklearn", "numpy", "scipy")


def _modules_of_skops(path: Path) -> tuple[str, ...]:
    """The modules a skops file names."""
    from zipfile import ZipFile

    with ZipFile(path) as archive:
        schema = archive.read("schema.json").decode()
    return tuple(set(re.findall(r'"__module__":\s*"([\w.]+)"', schema)))
