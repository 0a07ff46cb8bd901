"""The files of a model and its components: written by `save_pretrained`, read by the classes that MLmodel names."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...core import frameworks
from ...core.errors import CorruptModel, InvalidArgument, UntrustedModel
from ...core.settings import TRANSFORMERS_SHARD_SIZE
from ...models.flavor import Flavor, Stored
from . import peft
from .entry import COMPONENTS, MODEL
from .given import Given

_AUTO = {
    "tokenizer": "AutoTokenizer",
    "feature_extractor": "AutoFeatureExtractor",
    "image_processor": "AutoImageProcessor",
    "processor": "AutoProcessor",
}
# What classes of a model are and what those of its components are. transformers has others with the same method that
# go and fetch what their files tell them to, such as the retrievers of RAG.
_MODELS = frozenset({"PreTrainedModel", "TFPreTrainedModel", "FlaxPreTrainedModel"})
_PARTS = frozenset({"PreTrainedTokenizerBase", "FeatureExtractionMixin", "ImageProcessingMixin", "ProcessorMixin"})


def write(root: Path, given: Given, processor: Any = None) -> None:
    """Write the weights to `model/` and each component to `components/<name>/`."""
    if given.checkpoint is not None:
        shutil.copytree(given.checkpoint, root / MODEL)
    else:
        given.base.save_pretrained(root / MODEL, max_shard_size=TRANSFORMERS_SHARD_SIZE.get())
    parts = {**given.components, **({"processor": processor} if processor else {})}
    for name, part in parts.items():
        part.save_pretrained(str(root / COMPONENTS / name))


def read(flavor: Flavor, at: Stored, dtype: Any, placing: Mapping[str, Any]) -> dict[str, Any]:
    """The model and its components, by name.

    Args:
        flavor: Whose errors to raise.
        at: The model directory.
        dtype: The torch type of the weights; None for the one they were saved with.
        placing: Where the weights go: `device_map`, or nothing.
    """
    conf, remote = at.conf, bool(at.conf.get("source_model_revision"))
    folder = None if remote else at.path("model_binary", "pipeline")  # MLflow before 2.4.1 named no folder
    options = {} if dtype is None else {_dtype_key(): dtype}
    found = {MODEL: _part(flavor, at, MODEL, conf.get("pipeline_model_type"), folder, {**options, **placing})}
    for name in _names(conf):
        path = None if remote else at.file(f"{COMPONENTS}/{name}", "components")
        found[name] = _part(flavor, at, name, conf.get(f"{name}_type"), path, {})
    if conf.get("peft_adaptor"):
        path = at.path("peft_adaptor")
        with flavor.reading(at, path):
            found[MODEL] = peft.load(found[MODEL], path)
    return found


def folders(at: Stored) -> Iterator[Path]:
    """Every folder that loading reads."""
    yield at.path("model_binary", "pipeline")
    for name in _names(at.conf):
        yield at.file(f"{COMPONENTS}/{name}", "components")


def _names(conf: Mapping[str, Any]) -> list[str]:
    names = [*(conf.get("components") or ()), *(["processor"] if conf.get("processor_type") else [])]
    if strange := [name for name in names if name not in _AUTO]:
        raise CorruptModel(f"MLmodel names the components {strange}; there are {', '.join(_AUTO)}")
    return names


def _part(flavor: Flavor, at: Stored, name: str, kind: Any, folder: Path | None, options: Mapping[str, Any]) -> Any:
    """One part, from its folder or from the hub."""
    allowed = at.code is not None  # the trust gate let it through with whatever it names
    if folder is None:
        key = "source_model" if name == MODEL else name
        where, given = str(at.conf.get(f"{key}_name")), {"revision": at.conf.get(f"{key}_revision")}
    else:
        where, given = str(folder), {}
    cls, own = _class(at, name, kind, where, given, allowed=allowed)
    given = {**given, **options, **({"trust_remote_code": True} if own else {})}
    if folder is None:
        return _from_hub(cls, where, given)
    if name == MODEL and not allowed:
        given["use_safetensors"] = True
    with flavor.reading(at, folder):
        return cls.from_pretrained(where, **given)


def _class(
    at: Stored, name: str, kind: Any, where: str, revision: Mapping[str, Any], *, allowed: bool
) -> tuple[Any, bool]:
    """The class that reads a part, and whether it is the repository's own code."""
    transformers = frameworks.require("transformers")
    known = getattr(transformers, str(kind), None)
    bases = {base.__name__ for base in known.__mro__} if isinstance(known, type) else set()
    if bases & (_MODELS if name == MODEL else _PARTS):
        return known, False
    if name != MODEL:
        return getattr(transformers, _AUTO[name]), allowed
    if not allowed:
        raise UntrustedModel(
            f"MLmodel names the class {kind!r}, which is no model of transformers {transformers.__version__}"
        )
    config = transformers.AutoConfig.from_pretrained(where, **revision, trust_remote_code=True)
    mapped = getattr(config, "auto_map", None) or {}
    auto = next((auto for auto, target in mapped.items() if target.rpartition(".")[2] == kind), None)
    if auto is None:
        raise CorruptModel(
            f"MLmodel in '{at.root}' names the class {kind!r}, which neither transformers {transformers.__version__} "
            f"nor the model's own code has"
        )
    return getattr(transformers, auto), True


def _from_hub(cls: Any, repository: str, options: Mapping[str, Any]) -> Any:
    if not options.get("revision"):
        raise CorruptModel(f"The model refers to '{repository}' on the hub without a revision, so to no fixed weights")
    try:
        return cls.from_pretrained(repository, **options)
    except OSError as error:  # the hub's errors are all of this kind
        raise InvalidArgument(
            f"The model was saved with save_pretrained=False, so its weights come over the network from the Hugging "
            f"Face hub, '{repository}' at {options['revision']}: {str(error).splitlines()[0]}"
        ) from error


def _dtype_key() -> str:
    """The name of the option, which changed in transformers 4.56."""
    major, minor = map(int, frameworks.require("transformers").__version__.split(".")[:2])
    return "dtype" if (major, minor) >= (4, 56) else "torch_dtype"
