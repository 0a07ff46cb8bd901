"""The `transformers` entry of MLmodel: which classes the files are of, and where they came from."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from ...core import frameworks
from ...core.errors import InvalidArgument, MissingDependency
from . import peft
from .given import Given

log = logging.getLogger(__name__)

MODEL, COMPONENTS = "model", "components"  # folders of a model directory


def entry(given: Given, processor: Any, dtype: Any, *, stored: bool) -> dict[str, Any]:
    """The entry's keys in MLflow's order; `stored` tells whether the weights lie in the directory."""
    conf = _of_checkpoint(given, dtype) if given.checkpoint is not None else _of_pipeline(given, dtype, stored=stored)
    parts = {**given.components, **({"processor": processor} if processor else {})}
    for name, part in parts.items():
        conf[f"{name}_type"] = type(part).__name__
        if not stored:
            conf[f"{name}_name"] = repository = str(getattr(part, "name_or_path", None) or given.base.name_or_path)
            conf[f"{name}_revision"] = revision_of(repository)
    conf["components"] = list(given.components)
    return conf


def _of_pipeline(given: Given, dtype: Any, *, stored: bool) -> dict[str, Any]:
    pipeline, model = given.pipeline, given.base
    conf: dict[str, Any] = {"task": given.task, "instance_type": type(pipeline).__name__}
    if framework := getattr(pipeline, "framework", None):
        conf["framework"] = framework
    own = getattr(given.model, "dtype", None)
    if dtype or str(own).startswith("torch."):  # the pipeline's own field often lags behind the model's
        conf["torch_dtype"] = str(dtype or own)
    if peft.wraps(given.model):
        conf["peft_adaptor"] = peft.FOLDER
    conf.update(pipeline_model_type=type(model).__name__, source_model_name=str(model.name_or_path))
    if stored:
        conf["model_binary"] = MODEL
    else:
        conf["source_model_revision"] = revision_of(str(model.name_or_path))
    return conf


def _of_checkpoint(given: Given, dtype: Any) -> dict[str, Any]:
    assert given.checkpoint is not None
    config = json.loads((given.checkpoint / "config.json").read_text("utf-8"))
    pipelines = frameworks.require("transformers", "transformers.pipelines")
    try:
        kind = pipelines.check_task(given.task)[1]["impl"]
    except KeyError as error:
        raise InvalidArgument(f"task={given.task!r}: {error.args[0]}") from error
    return {
        "task": given.task,
        "instance_type": (kind if isinstance(kind, str) else kind.__name__).rpartition(".")[2],
        "framework": "pt",
        "torch_dtype": str(dtype) if dtype else None,
        "pipeline_model_type": config["architectures"][0],
        "source_model_name": str(given.checkpoint),
        "model_binary": MODEL,
    }


def on_hub(name: str) -> bool:
    """Whether a name can be a repository's on the hub."""
    if not name or Path(name).is_dir():
        return False
    try:
        from huggingface_hub import utils
    except ModuleNotFoundError as error:
        raise MissingDependency("save_pretrained=False needs huggingface_hub: pip install huggingface-hub") from error
    try:
        utils.validate_repo_id(name)
    except utils.HFValidationError:
        return False
    return True


def revision_of(repository: str) -> str:
    """The newest commit of a repository on the hub, which needs the network."""
    import huggingface_hub

    try:
        return str(huggingface_hub.HfApi().model_info(repository).sha)
    except Exception as error:  # of the hub, of the connection, of offline mode
        raise InvalidArgument(
            f"save_pretrained=False records the revision of '{repository}', which the hub did not tell: "
            f"{type(error).__name__}: {error}; try again with a connection, or store the weights"
        ) from error


def persisted(conf: dict[str, Any]) -> dict[str, Any]:
    """The entry of a reference whose weights are stored now."""
    named = {f"{part}_{fact}" for part in (*conf.get("components", ()), "processor") for fact in ("name", "revision")}
    kept = {key: value for key, value in conf.items() if key != "source_model_revision" and key not in named}
    return {**kept, "model_binary": MODEL}
