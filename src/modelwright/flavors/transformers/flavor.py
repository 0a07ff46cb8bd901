"""Saving, loading and wrapping: what the files beside this one do, in the words of a flavor."""

from __future__ import annotations

import json
import logging
import string
from collections.abc import Mapping
from importlib.util import find_spec
from inspect import signature
from pathlib import Path
from typing import Any, Literal

from ...core import frameworks
from ...core.errors import CorruptModel, InvalidArgument
from ...core.settings import PREDICTION_DEVICE, TRANSFORMERS_DEVICE_MAP, TRANSFORMERS_DEVICE_STRATEGY
from ...models.flavor import Flavor, Form, Predictor, Saved, Stored
from .. import llm, pretrained
from . import cards, entry, peft, signatures, tasks, weights
from .given import Given, check_task, given
from .predict import PipelinePredictor

log = logging.getLogger(__name__)

_INFERENCE_CONFIG = "inference_config.txt"
_TEMPLATE, _TASK, _INFERENCE_TASK = "prompt_template", "task", "inference_task"


class Transformers(Flavor):
    """Transformers models."""

    name = "transformers"
    model_arg = "transformers_model"
    packages = ("transformers",)
    version_key = "transformers_version"
    forms = (
        Form("safetensors", "model/*.safetensors", "no, unless the model brings code of its own"),
        Form("PyTorch weights", "model/*.bin", "yes"),
        Form("name on the Hugging Face hub", "MLmodel", "yes: what lies there"),
    )
    scored = "yes, for texts, pictures and sounds"
    names = {
        "generate_signature_output": "modelwright.flavors.transformers.functions:generate_signature_output",
        "persist_pretrained_model": "modelwright.flavors.transformers.functions:persist_pretrained_model",
        "is_gpu_available": "modelwright.flavors.transformers.functions:is_gpu_available",
        "get_default_pip_requirements": "modelwright.flavors.transformers.functions:get_default_pip_requirements",
        "get_default_conda_env": "modelwright.flavors.transformers.functions:get_default_conda_env",
    }
    save_order = (
        "processor", "task", "torch_dtype", "model_card", "inference_config", "code_paths", "mlflow_model", "signature",
        "input_example", "pip_requirements", "extra_pip_requirements", "conda_env", "metadata", "model_config",
        "example_no_conversion", "prompt_template", "save_pretrained",
    )  # fmt: skip
    log_order = (
        "processor", "task", "torch_dtype", "model_card", "inference_config", "code_paths", "registered_model_name",
        "signature", "input_example", "await_registration_for", "pip_requirements", "extra_pip_requirements",
        "conda_env", "metadata", "model_config", "example_no_conversion", "prompt_template", "save_pretrained",
    )  # fmt: skip
    load_order = ("dst_path", "return_type", "device")

    def save(
        self,
        model: Any,
        root: Path,
        *,
        processor: Any = None,
        task: str | None = None,
        torch_dtype: Any = None,
        model_card: Any = None,
        inference_config: Mapping[str, Any] | None = None,
        model_config: Mapping[str, Any] | None = None,
        prompt_template: str | None = None,
        save_pretrained: bool = True,
        example_no_conversion: bool | None = None,
    ) -> Saved:
        """Write a pipeline, or the components of one.

        Args:
            model: A Pipeline; a dictionary of `model` and `tokenizer`, `feature_extractor` or `image_processor`; or the
                folder of a checkpoint, which is copied unread.
            root: Where to.
            processor: A processor that goes with the model; `load_model` then gives components, not a pipeline.
            task: What the model is for, such as "text-classification"; told by the model's class if not given. One of
                "llm/v1/chat", "llm/v1/completions", "llm/v1/embeddings" makes it take and answer such requests.
            torch_dtype: The type of the weights when they are loaded; the one that they have if not given.
            model_card: A huggingface_hub.ModelCard to keep; if not given, the hub is asked for it.
            inference_config: The older name of `model_config`.
            model_config: Keyword arguments of the pipeline for every prediction.
            prompt_template: Text around each input, with `{prompt}` where the input goes.
            save_pretrained: False stores no weights, only the model's name and newest revision on the hub. Loading
                then needs the network.
            example_no_conversion: Accepted for older programs; examples are never converted.
        """
        parts = given(model, task)
        self._check(parts, save_pretrained, task, prompt_template)
        adapter = parts.checkpoint is None and peft.wraps(parts.model)
        stored = (save_pretrained and not adapter) or not entry.on_hub(parts.source)
        if stored and not save_pretrained:
            log.warning("transformers: '%s' is no name on the hub, so its weights are saved", parts.source)
        conf = {
            self.version_key: frameworks.require("transformers").__version__,
            **entry.entry(parts, processor, torch_dtype, stored=stored),
        }
        if adapter:
            parts.model.save_pretrained(str(root / peft.FOLDER))
        if stored:
            weights.write(root, parts, processor)
        if inference_config:
            (root / _INFERENCE_CONFIG).write_text(json.dumps(dict(inference_config), indent=2), "utf-8")
        cards.write(root, model_card, parts.source)
        saved = Saved(conf, packages=packages(None if parts.checkpoint else parts.model))
        saved.unseen = None if stored else f"its weights are those of '{parts.source}' on the hub"
        return self._described(saved, parts, task, model_config, prompt_template)

    def _check(self, parts: Given, save_pretrained: bool, task: str | None, template: str | None) -> None:
        if parts.checkpoint is not None and not save_pretrained:
            raise InvalidArgument("save_pretrained=False keeps a name on the hub; the path of a checkpoint is none")
        if task and task.startswith(llm.PREFIX):
            check_task(task, parts.task)
        if template is None:
            return
        if parts.task not in tasks.PROMPTED:
            raise InvalidArgument(f"prompt_template goes with {', '.join(tasks.PROMPTED)}, not with {parts.task}")
        names = _fields(template)
        if names != ["prompt"]:
            raise InvalidArgument(
                f"prompt_template must be a text with {{prompt}} in it once and no other braces, got {template!r}"
            )

    def _described(self, saved: Saved, parts: Given, task: str | None, config: Any, template: str | None) -> Saved:
        """Everything about the model that is not in its files: signature, metadata, settings of prediction."""
        assert saved.conf is not None
        if task and task.startswith(llm.PREFIX):
            saved.conf[_INFERENCE_TASK] = saved.metadata[_TASK] = task
            saved.signature, saved.prescribed = llm.signature(task), True
        else:
            saved.signature = signatures.of_task(parts.task)
        if template is not None:
            saved.metadata[_TEMPLATE] = template
            if parts.task == "text-generation":
                config = {"return_full_text": False, **(config or {})}  # the prompt is not what the caller wrote
        if parts.task == "zero-shot-classification":
            saved.example = _labels_as_text
        saved.pyfunc = {"config": dict(config)} if config else {}
        if parts.pipeline is not None and not tasks.scored(parts.pipeline):
            log.warning("transformers: saved without the python_function flavor: the model's data has no columns")
            saved.pyfunc, saved.signature = None, None
        return saved

    def load(
        self,
        at: Stored,
        *,
        return_type: Literal["pipeline", "components"] = "pipeline",
        device: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Read a pipeline, or its components.

        Args:
            at: From where.
            return_type: "pipeline", or "components" for a dictionary of the model, its tokenizer and processors.
            device: Where the weights go: -1 or "cpu", the number of a GPU, or a torch device.
            **kwargs: Passed to transformers.pipeline; `torch_dtype` to the model too.
        """
        if return_type not in ("pipeline", "components"):
            raise InvalidArgument(f"return_type must be 'pipeline' or 'components', got {return_type!r}")
        if return_type == "pipeline" and at.conf.get("processor_type"):
            raise InvalidArgument("The model has a processor, so it is no pipeline; pass return_type='components'")
        found = self._components(at, device, kwargs.get("torch_dtype"))
        return self._pipeline(at, {**found, **kwargs}) if return_type == "pipeline" else found

    def open(self, at: Stored) -> Predictor:
        return self.wrap(self._pipeline(at, self._components(at)), at)

    def _components(self, at: Stored, device: Any = None, dtype: Any = None) -> dict[str, Any]:
        """The parts of the model, and what is known of them: task, framework, place and type of the weights."""
        dtype = _dtype(dtype or at.conf.get("torch_dtype"))
        placing = {"device": _device(device)} if not TRANSFORMERS_DEVICE_MAP.get() else {"device_map": _map(device)}
        placing = {name: value for name, value in placing.items() if value is not None}
        spread = {name: value for name, value in placing.items() if name == "device_map"}
        found = {_TASK: at.conf.get(_TASK)}
        if (framework := at.conf.get("framework")) is not None:
            found["framework"] = framework
        found.update(placing)
        if dtype is not None:
            found["torch_dtype"] = dtype
        found.update(weights.read(self, at, dtype, spread))
        return found

    def _pipeline(self, at: Stored, parts: Mapping[str, Any]) -> Any:
        pipeline = frameworks.require("transformers").pipeline
        # The model in memory has its type and framework, which new versions do not take; old ones take no processor.
        beside = {"torch_dtype", "framework", *({"processor"} - signature(pipeline).parameters.keys())}
        with self.reading(at, at.root):
            return pipeline(**{name: part for name, part in parts.items() if name not in beside})

    def wrap(self, model: Any, at: Stored) -> Predictor:
        pipeline = model if hasattr(model, "task") and callable(model) else self.load(at)
        metadata = (at.meta.metadata if at.meta is not None else None) or {}
        inputs = None if at.signature is None else at.signature.inputs
        columns = inputs is not None and not inputs.is_tensor_spec()
        return PipelinePredictor(
            pipeline,
            {**_older_config(at), **at.config},
            template=metadata.get(_TEMPLATE),
            inference_task=at.conf.get(_INFERENCE_TASK),
            source=str(at.conf.get("source_model_name") or ""),
            instance=str(at.conf.get("instance_type") or ""),
            rows=columns,
        )

    def hazard(self, at: Stored) -> str | None:
        """None for weights in safetensors: numbers, read by classes of transformers that MLmodel names.

        Tokenizers and configurations are JSON and text. Loading forbids the repository's own code and other weights.
        """
        if at.conf.get("source_model_revision"):
            return f"it loads '{at.conf.get('source_model_name')}' from the Hugging Face hub"
        if at.conf.get("peft_adaptor"):
            return "it is a PEFT adapter, whose files name what it is put around"
        for folder in weights.folders(at):
            if reason := pretrained.hazard(folder, at.root):
                return reason
        return None


def packages(model: Any) -> tuple[str, ...]:
    """What runs the model: torch, accelerate and torchvision where they are here, peft for an adapter."""
    found = ["torch", *(name for name in ("torchvision", "accelerate") if find_spec(name) is not None)]
    return (*found, *(["peft"] if model is not None and peft.wraps(model) else []))


def _fields(template: Any) -> list[str] | None:
    try:
        return [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]
    except (TypeError, ValueError):
        return None


def _labels_as_text(example: Any) -> Any:
    """Candidate labels as JSON in one text: a column of the signature holds texts, not lists."""
    data, params = example if isinstance(example, tuple) else (example, None)
    if isinstance(data, dict) and isinstance(data.get("candidate_labels"), list):
        data = {**data, "candidate_labels": json.dumps(data["candidate_labels"])}
    return data if params is None else (data, params)


def _older_config(at: Stored) -> dict[str, Any]:
    """The settings that `inference_config` brought."""
    path = at.root / _INFERENCE_CONFIG
    if not path.is_file():
        return {}
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (ValueError, TypeError) as error:
        raise CorruptModel(f"'{path}' holds no JSON object: {error}") from error


def _dtype(given: Any) -> Any:
    """A torch type by its name, such as "torch.float16"."""
    if given is None or not isinstance(given, str):
        return given
    import torch

    found = getattr(torch, given.removeprefix("torch."), None)
    if not isinstance(found, torch.dtype):
        raise InvalidArgument(f"torch_dtype={given!r} is no type of torch; one is 'float16'")
    return found


def _device(given: Any) -> Any:
    """The device that was asked for, in the call or in the environment; else the first GPU, if there is one."""
    if given is not None:
        return given
    if wanted := PREDICTION_DEVICE.get():
        return int(wanted) if wanted.lstrip("-").isdigit() else wanted
    import torch

    return 0 if torch.cuda.is_available() else None


def _map(device: Any) -> str:
    if device is not None:
        raise InvalidArgument(
            f"device={device!r} does not go with {TRANSFORMERS_DEVICE_MAP.names[0]}; unset one of the two"
        )
    return TRANSFORMERS_DEVICE_STRATEGY.get()
