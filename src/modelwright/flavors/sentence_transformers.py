"""Sentence Transformers: models that make vectors of texts."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..core import frameworks
from ..core.errors import CorruptModel, InvalidArgument
from ..models.containers import container
from ..models.flavor import Flavor, Form, Predictor, Saved, Stored, class_name
from ..models.schema import ColSpec, Schema, TensorSpec
from ..models.signature import ModelSignature
from . import llm, pretrained

_FOLDER, _INFERENCE_CONFIG = "model.sentence_transformer", "inference_config"
_SNAPSHOT = re.compile(r"/([0-9a-zA-Z-]+)_([^/]+)/$")  # where Sentence Transformers before 2.3 kept owner/name
_OWN = ("sentence_transformers.", "torch.nn.")  # packages whose classes a model's files may name
_NAMING = ("type", "activation_function", "tokenizer_class")  # the keys that name them


class SentenceTransformers(Flavor):
    """Sentence Transformers models."""

    name = "sentence_transformers"
    model_arg = "model"
    packages = ("sentence-transformers", "transformers", "torch")
    types = ("sentence_transformers:SentenceTransformer",)
    version_key = "sentence_transformers_version"
    forms = (
        Form("safetensors", "model.sentence_transformer/**/*.safetensors", "no, unless a module is not the library's"),
        Form("PyTorch weights", "model.sentence_transformer/**/*.bin", "yes"),
    )
    constants = {"SENTENCE_TRANSFORMERS_DATA_PATH": _FOLDER}
    save_order = (
        "task", "inference_config", "code_paths", "mlflow_model", "signature", "input_example", "pip_requirements",
        "extra_pip_requirements", "conda_env", "metadata", "example_no_conversion",
    )  # fmt: skip
    log_order = (
        "task", "inference_config", "code_paths", "registered_model_name", "signature", "input_example",
        "await_registration_for", "pip_requirements", "extra_pip_requirements", "conda_env", "metadata",
        "example_no_conversion",
    )  # fmt: skip

    def save(
        self,
        model: Any,
        root: Path,
        *,
        task: str | None = None,
        inference_config: Mapping[str, Any] | None = None,
        example_no_conversion: bool | None = None,
    ) -> Saved:
        """Write a model.

        Args:
            model: A SentenceTransformer.
            root: Where to.
            task: "llm/v1/embeddings" makes the model take and answer such requests.
            inference_config: Keyword arguments of `encode` for every prediction.
            example_no_conversion: Accepted for older programs; examples are never converted.
        """
        framework = frameworks.require(self.name)
        if not self.accepts(model):
            raise InvalidArgument(f"Expected a SentenceTransformer, got a {class_name(model)}")
        if task not in (None, llm.EMBEDDINGS):
            raise InvalidArgument(f"task={task!r}; the one task of these models is {llm.EMBEDDINGS!r}")
        model.save(str(root / _FOLDER))
        if inference_config:
            (root / _INFERENCE_CONFIG).write_text(json.dumps(dict(inference_config)), "utf-8")
        saved = Saved({self.version_key: framework.__version__, **_source(model)}, {"data": _FOLDER})
        if task is None:
            saved.signature = _signature()
        else:
            assert saved.pyfunc is not None
            saved.pyfunc["config"], saved.metadata["task"] = {"task": task}, task
            saved.signature, saved.prescribed = llm.signature(task), True
        return saved

    def load(self, at: Stored) -> Any:
        framework = frameworks.require(self.name)
        folder = self._folder(at)
        with self.reading(at, folder):
            # What runs code of its own got here only through the trust gate, which leaves a namespace behind.
            return framework.SentenceTransformer(str(folder), trust_remote_code=at.code is not None)

    def wrap(self, model: Any, at: Stored) -> Predictor:
        return _Encoder(model, {**_config(at.root), **at.config})

    def hazard(self, at: Stored) -> str | None:
        """None for weights in safetensors, read by classes of Sentence Transformers itself."""
        folder = self._folder(at)
        return pretrained.hazard(folder, at.root) or _strangers(folder, at.root)

    def _folder(self, at: Stored) -> Path:
        key = "data"
        return at.file(at.pyfunc.get(key) or _FOLDER, key)


class _Encoder:
    """Texts in, vectors out."""

    def __init__(self, model: Any, config: Mapping[str, Any]) -> None:
        self.native = self.model = model
        self.task = config.get("task")
        self._config = {key: value for key, value in config.items() if key != "task"}

    def predict(self, sentences: Any, params: Mapping[str, Any] | None = None) -> Any:
        """The vectors; `params` are further keyword arguments of `encode`."""
        request = False
        if container(sentences) == "frame":
            request = bool(self.task) and sentences.columns[0] == llm.FIELD[llm.EMBEDDINGS]
            texts = sentences.iloc[:, 0].tolist()
            sentences = list(texts[0]) if texts and isinstance(texts[0], (list, tuple)) else texts
        settings = {**self._config, **(params or {})}
        try:
            vectors = self.model.encode(sentences, **settings)
        except (TypeError, ValueError) as error:
            if not settings or not _about_settings(error):
                raise
            raise InvalidArgument(f"encode does not take all of params {sorted(settings)}: {error}") from error
        return llm.embeddings(sentences, vectors, self.model.tokenizer) if request else vectors

    def get_raw_model(self) -> Any:
        """The SentenceTransformer."""
        return self.model


def _about_settings(error: BaseException) -> bool:
    return isinstance(error, TypeError) or "additional keyword arguments" in str(error)


def _signature() -> ModelSignature:
    import numpy as np

    return ModelSignature(Schema([ColSpec("string")]), Schema([TensorSpec(np.dtype("float64"), [-1])]))


def _source(model: Any) -> dict[str, str]:
    """The name and class of the transformer inside; nothing for a model without one."""
    for part in model.modules():
        if (inner := getattr(part, "auto_model", None)) is not None and hasattr(inner, "name_or_path"):
            name = str(inner.name_or_path)
            snapshot = _SNAPSHOT.search(name)
            return {
                "source_model_name": f"{snapshot[1]}/{snapshot[2]}" if snapshot else name,
                "pipeline_model_type": type(inner).__name__,
            }
    return {}


def _config(root: Path) -> dict[str, Any]:
    path = root / _INFERENCE_CONFIG
    if not path.is_file():
        return {}
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (ValueError, TypeError) as error:
        raise CorruptModel(f"'{path}' holds no JSON object: {error}") from error


def _strangers(folder: Path, root: Path) -> str | None:
    """A class that the files name and that is not the framework's own, or a module that lies elsewhere."""
    for path in sorted(folder.rglob("*.json")):
        file = path.relative_to(root).as_posix()
        for key, value in pretrained.entries(path):
            named = list(value.values()) if key == "types" and isinstance(value, dict) else [value]
            places = [value] if key == "path" else list(value) if key == "types" else []
            if any(isinstance(place, str) and _leads_out(place) for place in places):
                return f"its file '{file}' names a part outside of it: {value!r}"
            if key in (*_NAMING, "types"):
                for name in named:
                    if isinstance(name, str) and "." in name and not name.startswith(_OWN):
                        return f"its file '{file}' names the class {name}"
    return None


def _leads_out(place: str) -> bool:
    return ".." in place.replace("\\", "/").split("/") or Path(place).is_absolute()
