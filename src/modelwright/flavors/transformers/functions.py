"""Further functions of `modelwright.transformers`: outputs for a signature, storing the weights of a reference."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

from ...core import frameworks
from ...core.errors import InvalidArgument, NotFound
from ...models import env, manifest
from ...models.flavor import class_name
from ...models.load import load_model
from ...models.mlmodel import MLMODEL, Model
from ...stores.artifacts.transfer import download, upload
from ...tracking import resolve
from . import entry, weights
from .flavor import Transformers, packages
from .given import Given
from .predict import PipelinePredictor

log = logging.getLogger(__name__)


def generate_signature_output(
    pipeline: Any,
    data: Any,
    model_config: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
    flavor_config: Mapping[str, Any] | None = None,
) -> Any:
    """What the saved model would answer, for `infer_signature`.

    Args:
        pipeline: A transformers Pipeline.
        data: An input.
        model_config: As for `save_model`.
        params: As for `predict`.
        flavor_config: Taken for MLflow's sake.
    """
    if not isinstance(pipeline, frameworks.require("transformers").Pipeline):
        raise InvalidArgument(f"Expected a transformers Pipeline, got a {class_name(pipeline)}")
    return PipelinePredictor(pipeline, model_config or {}).predict(data, params)


def is_gpu_available() -> bool:
    """Whether torch finds a GPU."""
    try:
        import torch
    except ImportError:
        return False
    return bool(torch.cuda.is_available())


def get_default_pip_requirements(model: Any = None) -> list[str]:
    """The pinned packages that a model needs, before anything is inferred.

    Args:
        model: The model, not its pipeline; an adapter needs peft too.
    """
    return [env.pin(name) for name in (*Transformers.packages, *packages(model))]


def get_default_conda_env(model: Any = None) -> dict[str, Any]:
    """The conda environment that `save_model` writes when nothing is given, as a dictionary.

    Args:
        model: As for `get_default_pip_requirements`.
    """
    return env.conda(get_default_pip_requirements(model))


def persist_pretrained_model(model_uri: str) -> None:
    """Fetch the weights of a model that was saved with `save_pretrained=False`, and store them with it.

    Args:
        model_uri: The model: `runs:/run/path`, `models:/name/version`, or a path.

    Raises:
        NotFound: There is no such model, or it is not one of transformers.
        InvalidArgument: The hub did not give the weights.
    """
    place = resolve.place(model_uri)
    with TemporaryDirectory() as folder:
        root = download(place.store, place.key, Path(folder, "model"))
        meta, flavor = Model.load(root), Transformers()
        conf = meta.flavors.get(flavor.name)
        if conf is None:
            raise NotFound(f"The model at {model_uri!r} has no flavor 'transformers'; it has {', '.join(meta.flavors)}")
        if "source_model_revision" not in conf:
            log.warning("transformers: %s holds its weights already", model_uri)
            return
        found = load_model(flavor, root, origin=place.origin, return_type="components")
        components = {name: found[name] for name in conf.get("components") or ()}
        parts = Given(conf["task"], SimpleNamespace(model=found["model"]), components=components)
        weights.write(root, parts, found.get("processor"))
        meta.flavors[flavor.name] = entry.persisted(conf)
        meta.save(root / MLMODEL)
        manifest.write(root, seal=place.origin == "store")
        upload(place.store, root, place.key)
