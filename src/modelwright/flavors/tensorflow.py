"""TensorFlow models: Keras models, and modules of TensorFlow 2; read also what older versions of MLflow wrote."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, get_args

from ..core.errors import CorruptModel, InvalidArgument
from ..core.frameworks import require
from ..models import pickling
from ..models.flavor import Flavor, Form, Predictor, Saved, Stored, class_name
from . import keras_archive, keras_models
from .tensorflow_graphs import NamedTensors, OneTensor, SavedKeras

Format = Literal["tf", "h5"]
_DATA, _GRAPH = "data", "tf2model"
_CUSTOM, _REGISTERED = "custom_objects.cloudpickle", "global_custom_objects.cloudpickle"


class TensorFlow(Flavor):
    """TensorFlow models, those of Keras among them."""

    name = "tensorflow"
    model_arg = "model"
    packages = ("tensorflow",)
    version_key = "keras_version"  # holds TensorFlow's
    forms = (
        Form("Keras v3", "data/model.keras", "no, unless a layer holds code (Lambda) or is not Keras's own"),
        Form("HDF5", "data/model.h5", "no, unless a layer holds code (Lambda) or is not Keras's own"),
        Form("SavedModel", "tf2model", "when its graph calls Python or touches files"),
        Form("cloudpickle, of custom objects", "data/*.cloudpickle", "yes"),
    )
    types = ("tensorflow:Module", "keras:Model", "tf_keras:Model")
    names = {
        "MlflowCallback": "modelwright.autolog.tensorflow:MlflowCallback",
        "MLflowCallback": "modelwright.autolog.tensorflow:MlflowCallback",
        "MlflowModelCheckpointCallback": "modelwright.autolog.keras_checkpoints:MlflowModelCheckpointCallback",
        "load_checkpoint": "modelwright.flavors.keras_checkpoints:load_checkpoint",
        "get_global_custom_objects": "modelwright.flavors.tensorflow:get_global_custom_objects",
    }
    save_order = (
        "conda_env", "code_paths", "mlflow_model", "custom_objects", "signature", "input_example", "pip_requirements",
        "extra_pip_requirements", "saved_model_kwargs", "keras_model_kwargs", "metadata",
    )  # fmt: skip
    log_order = (
        "custom_objects", "conda_env", "code_paths", "signature", "input_example", "registered_model_name",
        "await_registration_for", "pip_requirements", "extra_pip_requirements", "saved_model_kwargs",
        "keras_model_kwargs", "metadata",
    )  # fmt: skip
    load_order = ("dst_path", "saved_model_kwargs", "keras_model_kwargs")

    def save(
        self,
        model: Any,
        root: Path,
        *,
        custom_objects: Mapping[str, Any] | None = None,
        saved_model_kwargs: Mapping[str, Any] | None = None,
        keras_model_kwargs: Mapping[str, Any] | None = None,
    ) -> Saved:
        """Write a Keras model or a module.

        Args:
            model: A built keras.Model, or a tf.Module that can be called.
            root: Where to.
            custom_objects: Classes and functions of yours that a Keras model is made of, by name; they are pickled,
                and so are those of `keras.saving.register_keras_serializable` that the model names.
            saved_model_kwargs: Options of `tf.saved_model.save`, for a module.
            keras_model_kwargs: Options of `keras.Model.save`; `save_format="h5"` writes HDF5.
        """
        tensorflow = require("tensorflow")
        if isinstance(model, tensorflow.keras.Model):
            return _save_keras(model, root, custom_objects, dict(keras_model_kwargs or {}))
        if not isinstance(model, tensorflow.Module):
            raise InvalidArgument(f"Expected a keras.Model or a tf.Module, got a {class_name(model)}")
        try:
            tensorflow.saved_model.save(model, str(root / _GRAPH), **(saved_model_kwargs or {}))
        except (ValueError, AssertionError, NotImplementedError) as error:
            said = " ".join(str(error).split())
            raise InvalidArgument(
                f"TensorFlow cannot save the {class_name(model)}: {type(error).__name__}: {said}"
            ) from error
        conf = {"saved_model_dir": _GRAPH, "model_type": "tf2-module"}
        return Saved(conf, {}, check=keras_models.checked_signature)

    def load(
        self,
        at: Stored,
        *,
        saved_model_kwargs: Mapping[str, Any] | None = None,
        keras_model_kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Read a model.

        Args:
            at: From where.
            saved_model_kwargs: Options of `tf.saved_model.load`, for a module.
            keras_model_kwargs: Options of `keras.models.load_model`, for a Keras model.
        """
        kind = _kind(at)
        if kind == "keras":
            return self._keras(at, dict(keras_model_kwargs or {}))
        tensorflow, path = require("tensorflow"), at.path("saved_model_dir")
        if kind == "tf2-module":
            with self.reading(at, path):
                return tensorflow.saved_model.load(str(path), **(saved_model_kwargs or {}))
        with self.reading(at, path):
            loaded = tensorflow.saved_model.load(str(path), tags=at.conf["meta_graph_tags"])
        key = at.conf["signature_def_key"]
        if key not in loaded.signatures:
            raise CorruptModel(f"'{path}' has no signature {key!r}; it has {', '.join(map(repr, loaded.signatures))}")
        function = loaded.signatures[key]
        function.loaded = loaded  # which holds the variables; the function itself does not
        return function

    def open(self, at: Stored) -> Predictor:
        if _kind(at) != "keras":
            return self.wrap(self.load(at), at)
        options = {} if _format(at) == "tf" else {"compile": False}  # as MLflow does
        return self.wrap(self._keras(at, options, tell=False), at)

    def wrap(self, model: Any, at: Stored) -> Predictor:
        kind = _kind(at)
        if kind == "keras":
            return keras_models.KerasPredictor(model)
        return OneTensor(model) if kind == "tf2-module" else NamedTensors(model)

    def requirements(self, model: Any, saved: Saved) -> Iterable[str]:
        return (*keras_models.distributions("tensorflow"), *saved.packages)

    def hazard(self, at: Stored) -> str | None:
        if _kind(at) != "keras":
            return keras_models.saved_model_hazard(at.path("saved_model_dir"))
        pickles = [path.name for path in _pickles(at)]
        return f"its file '{pickles[0]}' is a pickle" if pickles else keras_models.hazard(_path(at))

    def _keras(self, at: Stored, options: dict[str, Any], *, tell: bool = True) -> Any:
        path = _path(at)
        custom: dict[str, Any] = {}
        for file in _pickles(at):  # which only a model has that the trust gate let through
            custom.update(pickling.load(file, at.code))
        custom.update(options.pop("custom_objects", None) or {})
        options["custom_objects"] = custom or None
        with self.reading(at, path):
            if (path / "saved_model.pb").exists():
                return SavedKeras.read(path, options)
            models = require("tensorflow").keras.models
            return keras_models.read(path, models, at.code is not None, options, tell=tell)


def get_global_custom_objects() -> Any:
    """The classes and functions that `keras.saving.register_keras_serializable` has registered, by name."""
    return require("tensorflow").keras.utils.get_custom_objects()


def _save_keras(model: Any, root: Path, custom: Mapping[str, Any] | None, options: dict[str, Any]) -> Saved:
    save_format = options.pop("save_format", None) or "tf"
    if save_format not in (*get_args(Format), "keras"):
        raise InvalidArgument(f"save_format must be 'tf', 'keras' or 'h5', got {save_format!r}")
    tensorflow = require("tensorflow")
    keras_models.checked(model, tensorflow.keras)
    folder = root / _DATA
    folder.mkdir()
    (folder / "keras_module.txt").write_text("tensorflow.keras", "utf-8")
    (folder / "save_format.txt").write_text(save_format, "utf-8")
    path = folder / f"{keras_models.FILE}{'.h5' if save_format == 'h5' else '.keras'}"
    keras_models.write(model, path, options)
    modules: set[str] = set()
    if custom:
        modules |= pickling.dump(dict(custom), folder / _CUSTOM)
    if registered := _registered(path):
        modules |= pickling.dump(registered, folder / _REGISTERED)
    conf = {"data": _DATA, "model_type": "keras", "keras_version": tensorflow.__version__, "save_format": save_format}
    packages = ("cloudpickle",) if custom or registered else ()
    return Saved(conf, {"data": _DATA}, packages, tuple(modules), check=keras_models.checked_signature)


def _registered(path: Path) -> dict[str, Any]:
    """What this process has registered with Keras and the model names: the rest is other models' business."""
    everything = get_global_custom_objects()
    if not everything:
        return {}
    named = keras_archive.names(path)
    return {name: value for name, value in everything.items() if {name, name.rpartition(">")[2]} & named}


def _kind(at: Stored) -> str:
    """What sort of model it is; before MLflow 1.26 that was not recorded."""
    kind = at.conf.get("model_type") or ("tf1-estimator" if "saved_model_dir" in at.conf else "keras")
    if kind not in ("keras", "tf2-module", "tf1-estimator"):
        raise CorruptModel(f"MLmodel's model_type is {kind!r}; expected keras, tf2-module or tf1-estimator")
    return str(kind)


def _format(at: Stored) -> str:
    """The format that the model was saved in, which MLflow wrote twice, and at first not at all."""
    written = at.path("data", _DATA) / "save_format.txt"
    return str(at.conf.get("save_format") or (written.read_text("utf-8") if written.is_file() else "h5"))


def _path(at: Stored) -> Path:
    path = keras_models.found(at.path("data", _DATA), _format(at))
    return at.file(path.relative_to(at.root).as_posix(), "data")


def _pickles(at: Stored) -> list[Path]:
    """The pickles beside the model, in the order in which later ones win."""
    folder = at.path("data", _DATA)
    return [folder / name for name in (_REGISTERED, _CUSTOM) if (folder / name).is_file()]
