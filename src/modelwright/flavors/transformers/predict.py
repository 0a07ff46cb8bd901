"""A pipeline as a predictor: its settings, what a call changes of them, and the way of its data through a task."""

from __future__ import annotations

import copy
import logging
from collections.abc import Mapping
from typing import Any

from ...core.errors import InvalidArgument
from .. import llm
from . import chat, inputs
from .tasks import Task, task_of

log = logging.getLogger(__name__)


class PipelinePredictor:
    """Predicts with a pipeline.

    Args:
        pipeline: The pipeline, which is the native model.
        config: The keyword arguments of every call, the model's `model_config`.
        template: Text around each input, with `{prompt}` in it.
        inference_task: One of the tasks of llm/v1 that requests and replies are made for.
        source: The name of the model, which such replies tell.
        instance: The class of the pipeline when it was saved.
        rows: Whether the signature has columns: then a text or dictionary is one row of them, not a lone input.
    """

    takes_json = True

    def __init__(
        self,
        pipeline: Any,
        config: Mapping[str, Any],
        *,
        template: str | None = None,
        inference_task: str | None = None,
        source: str = "",
        instance: str = "",
        rows: bool = False,
    ) -> None:
        self.native = self.pipeline = pipeline
        self.inference_task, self.source = inference_task, source
        self._config, self._template, self._instance, self._rows = dict(config), template, instance, rows

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        """The predictions; `params` are further keyword arguments of the pipeline, and win over the model's own."""
        config = {**copy.deepcopy(self._config), **(params or {})}  # what a call changes of it is gone afterwards
        if self.inference_task == llm.EMBEDDINGS:
            return self._embed(data)
        if self.inference_task:
            return self._answer(data, config)
        task = task_of(self.pipeline)
        given = inputs.plain(data, task)
        if self._rows and not task.merged and isinstance(given, (str, bytes, dict)):
            given = [given]
        given = task.ready(inputs.checked(task.taken(given)))
        given = self._prompted(given, task)
        prompt = config.pop("include_prompt", True)
        collapse = config.pop("collapse_whitespace", False)
        told = self._told(given, config)
        if task.generates:
            named = self._instance if not prompt else ""
            told = task.told(told, given, config, named, collapse)
        else:
            told = task.told(told, given, config)
        return told

    def get_raw_model(self) -> Any:
        """The pipeline."""
        return self.pipeline

    def _prompted(self, data: Any, task: Task) -> Any:
        if not self._template or not task.prompted:
            return data
        if isinstance(data, str):
            return self._template.format(prompt=data)
        if isinstance(data, list) and all(isinstance(text, str) for text in data):
            return [self._template.format(prompt=text) for text in data]
        raise InvalidArgument(
            f"A model with a prompt template takes a text or a list of texts, got {inputs.kind(data)}"
        )

    def _told(self, data: Any, config: Mapping[str, Any]) -> Any:
        """What the pipeline makes of the data."""
        try:
            return self.pipeline(**data, **config) if isinstance(data, dict) else self.pipeline(data, **config)
        except (TypeError, ValueError) as error:
            if any(said in str(error) for said in _UNKNOWN) and config:
                raise InvalidArgument(
                    f"The {self.pipeline.task} pipeline does not take all of model_config and params "
                    f"{sorted(config)}: {error}"
                ) from error
            if any(said in str(error) for said in _NO_AUDIO):
                raise InvalidArgument(
                    f"The audio cannot be read: {error}; for a path or an address save the model with a signature "
                    f"whose input is a string"
                ) from error
            raise

    def _answer(self, data: Any, config: dict[str, Any]) -> Any:
        """The replies to requests for chat or completions."""
        assert self.inference_task
        prompts, config = chat.request(data, config, self.inference_task, self.pipeline.tokenizer)
        prompts = [self._template.format(prompt=text) for text in prompts] if self._template else prompts
        for name in ("include_prompt", "collapse_whitespace"):
            config.pop(name, None)
        if config.pop("return_full_text", None) is not None:
            log.debug("transformers: return_full_text does not go with %s", self.inference_task)
        told = self._told(prompts, {**config, "return_tensors": True})
        tokens = [made["generated_token_ids"] for some in told for made in (some if isinstance(some, list) else [some])]
        return [
            chat.reply(prompt, made, self.pipeline, config, self.inference_task, self.source)
            for prompt, made in zip(prompts, tokens, strict=False)
        ]

    def _embed(self, data: Any) -> Any:
        texts, config = chat.texts_of(data)
        told = self._told(texts, {**config, "return_tensors": True})
        vectors = [tensor[0][0].cpu().numpy() for tensor in told]  # of the first token, for the whole text
        return llm.embeddings(texts, vectors, self.pipeline.tokenizer)


_UNKNOWN = ("model_kwargs` are not used by the model", "unexpected keyword argument")
_NO_AUDIO = ("Malformed soundfile", "Soundfile is either not in the correct format or is malformed")
