"""What `save_model` was given, whatever its form: a pipeline, a dictionary of its components, a checkpoint's folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...core import frameworks
from ...core.errors import InvalidArgument
from ...models.flavor import class_name
from .. import llm
from . import peft

COMPONENTS = ("feature_extractor", "tokenizer", "image_processor")  # in the order in which MLmodel lists them
_KEYS = ("model", "tokenizer", "feature_extractor", "image_processor", "torch_dtype")
# Ends of the names of model classes, and the task that a model of the class is for.
_TASKS = {
    "ForSequenceClassification": "text-classification",
    "ForTokenClassification": "token-classification",
    "ForQuestionAnswering": "question-answering",
    "ForMaskedLM": "fill-mask",
    "ForCausalLM": "text-generation",
    "LMHeadModel": "text-generation",
    "ForConditionalGeneration": "text2text-generation",
    "ForImageClassification": "image-classification",
    "ForAudioClassification": "audio-classification",
    "ForCTC": "automatic-speech-recognition",
    "Model": "feature-extraction",
}
_OF_LLM = {llm.CHAT: "text-generation", llm.COMPLETIONS: "text-generation", llm.EMBEDDINGS: "feature-extraction"}


@dataclass
class Given:
    """The parts of what is to be saved."""

    task: str
    pipeline: Any = None  # None for a checkpoint that is copied unread
    checkpoint: Path | None = None
    components: dict[str, Any] = field(default_factory=dict)  # by name, in MLmodel's order

    @property
    def model(self) -> Any:
        return self.pipeline.model

    @property
    def base(self) -> Any:
        """The model, without an adapter around it."""
        return peft.base(self.model) if peft.wraps(self.model) else self.model

    @property
    def source(self) -> str:
        """Where the weights came from: a name on the hub, a path, or nothing."""
        return str(self.checkpoint) if self.checkpoint is not None else str(self.model.name_or_path)


def given(model: Any, task: str | None) -> Given:
    """`model` taken apart.

    Raises InvalidArgument when it is none of the three forms, or its components make no pipeline.
    """
    transformers = frameworks.require("transformers")
    if isinstance(model, Mapping):
        model = pipeline_of(model, task)
    if isinstance(model, transformers.Pipeline):
        _check_model(model.model)
        parts = {name: part for name in COMPONENTS if (part := getattr(model, name, None))}
        found = Given(model.task, model, components=parts)
    elif isinstance(model, (str, Path)):
        found = _checkpoint(Path(model).expanduser(), task)
    else:
        raise InvalidArgument(
            f"Expected a transformers Pipeline, a dictionary of a model and its tokenizer or processors, or the path "
            f"of a checkpoint, got a {class_name(model)}; for a model alone pass {{'model': model, 'tokenizer': …}}"
        )
    return found


def pipeline_of(parts: Mapping[str, Any], task: str | None) -> Any:
    """The pipeline that components make."""
    unknown = [key for key in parts if key not in _KEYS]
    if unknown or "model" not in parts:
        what = f"has the keys {unknown}" if unknown else "lacks the key 'model'"
        raise InvalidArgument(
            f"The dictionary of components {what}; it takes {', '.join(_KEYS)}, of which model is due"
        )
    model = parts["model"]
    _check_model(model)
    task = _OF_LLM.get(task or "", task) or task_of(model)
    try:
        return frameworks.require("transformers").pipeline(task=task, **parts)
    except Exception as error:  # of many kinds: KeyError for a task, TypeError and ValueError for a missing part
        raise InvalidArgument(
            f"A {class_name(model)} and {', '.join(sorted(parts.keys() - {'model'})) or 'nothing else'} make no "
            f"pipeline for task {task!r}: {type(error).__name__}: {error}"
        ) from error


def task_of(model: Any) -> str:
    """The task that a model's class is for.

    >>> task_of(type("GPT2LMHeadModel", (), {})())
    'text-generation'
    """
    name = type(peft.base(model) if peft.wraps(model) else model).__name__
    task = next((task for end, task in _TASKS.items() if name.endswith(end)), None)
    if task is None:
        raise InvalidArgument(f"No task is known for a {name}; pass task=, such as task='text-classification'")
    speech = getattr(model, "main_input_name", "") in ("input_features", "input_values")
    return "automatic-speech-recognition" if task == "text2text-generation" and speech else task


def check_task(task: str, pipeline_task: str) -> None:
    """Refuse an llm/v1 task that the pipeline is not for."""
    wanted = _OF_LLM.get(task)
    if wanted is None:
        raise InvalidArgument(f"task={task!r}; the tasks of {llm.PREFIX} are {', '.join(_OF_LLM)}")
    if pipeline_task != wanted:
        raise InvalidArgument(f"task={task!r} takes a {wanted} pipeline; this one is for {pipeline_task}")


def _check_model(model: Any) -> None:
    if not hasattr(model, "name_or_path") or not callable(getattr(model, "save_pretrained", None)):
        raise InvalidArgument(
            f"Expected a model of transformers (a PreTrainedModel) or of peft, got a {class_name(model)}"
        )
    devices = set((getattr(model, "hf_device_map", None) or {}).values())
    if len(devices) > 1:
        raise InvalidArgument(
            f"The model's weights are spread over {', '.join(sorted(map(str, devices)))}, and would be written "
            f"incompletely; load it without device_map, then save it"
        )


def _checkpoint(folder: Path, task: str | None) -> Given:
    if task is None:
        raise InvalidArgument(f"A checkpoint does not tell its task; pass task= beside '{folder}'")
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidArgument(f"'{folder}' holds no checkpoint of transformers: its config.json: {error}") from error
    if not config.get("architectures"):
        raise InvalidArgument(f"'{folder}/config.json' names no architectures, so its class is not known")
    transformers = frameworks.require("transformers")
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(str(folder))
    except Exception as error:
        raise InvalidArgument(f"'{folder}' holds no tokenizer: {type(error).__name__}: {error}") from error
    return Given(_OF_LLM.get(task, task), checkpoint=folder, components={"tokenizer": tokenizer})
