"""Keras 3 models, with any of its backends: the `.keras` format, or a graph exported for TensorFlow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..core.errors import InvalidArgument, MissingDependency
from ..core.frameworks import require
from ..models.calls import keywords
from ..models.flavor import Flavor, Form, Predictor, Saved, Stored, class_name
from . import keras_models

_DATA = "data"


class Keras(Flavor):
    """Keras 3 models."""

    name = "keras"
    model_arg = "model"
    packages = ("keras",)
    version_key = "keras_version"
    forms = (
        Form("Keras v3", "data/model.keras", "no, unless a layer holds code (Lambda) or is not Keras's own"),
        Form("SavedModel", "data/model", "when its graph calls Python or touches files"),
    )
    types = ("keras:Model",)
    names = {
        "MlflowCallback": "modelwright.autolog.keras_callbacks:MlflowCallback",
        "MLflowCallback": "modelwright.autolog.keras_callbacks:MlflowCallback",
    }
    save_order = (
        "save_exported_model", "conda_env", "mlflow_model", "signature", "input_example", "pip_requirements",
        "extra_pip_requirements", "save_model_kwargs", "metadata",
    )  # fmt: skip
    log_order = (
        "save_exported_model", "conda_env", "signature", "input_example", "registered_model_name",
        "await_registration_for", "pip_requirements", "extra_pip_requirements", "save_model_kwargs", "metadata",
    )  # fmt: skip
    load_order = ("dst_path", "custom_objects", "load_model_kwargs")

    def save(
        self,
        model: Any,
        root: Path,
        *,
        save_exported_model: bool = False,
        save_model_kwargs: Mapping[str, Any] | None = None,
    ) -> Saved:
        """Write a built model.

        Args:
            model: A keras.Model that has its weights.
            root: Where to.
            save_exported_model: Write a TensorFlow graph that can only be scored, instead of a `.keras` file.
            save_model_kwargs: Options of `keras.Model.save`, or of `keras.Model.export` for an exported model.
        """
        keras = require("keras")
        keras_models.checked(model, keras)
        (root / _DATA).mkdir()
        (root / _DATA / "keras_module.txt").write_text("keras", "utf-8")
        options = dict(save_model_kwargs or {})
        if save_exported_model:
            _export(model, root / _DATA / keras_models.FILE, options)
        else:
            keras_models.write(model, root / _DATA / f"{keras_models.FILE}.keras", options)
        conf = {
            "data": _DATA,
            "keras_version": keras.__version__,
            "keras_backend": keras.backend.backend(),
            "save_exported_model": bool(save_exported_model),
        }
        return Saved(conf, {}, check=keras_models.checked_signature)

    def load(
        self,
        at: Stored,
        *,
        custom_objects: Mapping[str, Any] | None = None,
        load_model_kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Read a model.

        Args:
            at: From where.
            custom_objects: Classes and functions of yours that the model is made of, by the names they were saved with.
            load_model_kwargs: Options of `keras.saving.load_model`.
        """
        options = {"custom_objects": dict(custom_objects) if custom_objects else None, **(load_model_kwargs or {})}
        return self._read(at, options)

    def open(self, at: Stored) -> Predictor:
        return self.wrap(self._read(at, {}, tell=False), at)

    def _read(self, at: Stored, options: Mapping[str, Any], *, tell: bool = True) -> Any:
        path = _path(at)
        with self.reading(at, path):
            if at.conf.get("save_exported_model"):
                return _tensorflow().saved_model.load(str(path))
            return keras_models.read(path, require("keras").saving, at.code is not None, options, tell=tell)

    def wrap(self, model: Any, at: Stored) -> Predictor:
        exported = at.conf.get("save_exported_model") and hasattr(model, "serve")  # not the one that is being saved
        return keras_models.KerasPredictor(model, "serve" if exported else "predict")

    def requirements(self, model: Any, saved: Saved) -> Iterable[str]:
        backend = (
            "tensorflow" if saved.conf and saved.conf["save_exported_model"] else (saved.conf or {})["keras_backend"]
        )
        return ("keras", *keras_models.backend_distributions(backend))

    def hazard(self, at: Stored) -> str | None:
        return keras_models.hazard(_path(at))


def _path(at: Stored) -> Path:
    """Where the model lies; MLflow 1 wrote HDF5 under this flavor's name."""
    folder = at.path("data", _DATA)
    path = keras_models.found(folder, "h5" if "keras_module" in at.conf else "keras")
    return at.file(path.relative_to(at.root).as_posix(), "data")


def _tensorflow() -> Any:
    try:
        return require("tensorflow")
    except MissingDependency as error:
        raise MissingDependency(f"An exported Keras model is a TensorFlow graph. {error.message}") from error


def _export(model: Any, path: Path, options: Mapping[str, Any]) -> None:
    _tensorflow()
    try:
        quietly = {"format": "tf_saved_model", "verbose": False}.items()
        known = keywords(model.export)  # the first versions of Keras 3 had no options
        model.export(str(path), **{name: v for name, v in quietly if known is None or name in known}, **options)
    except Exception as error:  # of TensorFlow, of the backend or of Keras; they share no class
        said = " ".join(str(error).split())
        raise InvalidArgument(
            f"The {class_name(model)} cannot be exported: {type(error).__name__}: {said}; save_exported_model=False "
            f"saves every Keras model"
        ) from error
