"""Requests and replies of the llm/v1 tasks, as a text generation pipeline understands and makes them."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from typing import Any

from ...core.errors import InvalidArgument
from ...models.containers import container
from .. import llm
from .inputs import kind


def request(data: Any, config: Mapping[str, Any], task: str, tokenizer: Any) -> tuple[list[str], dict[str, Any]]:
    """The prompts of a request, and the settings with its own on top, in the words of transformers."""
    columns, field = _columns(data, task), llm.FIELD[task]
    if field not in columns:
        raise InvalidArgument(f"The data has {sorted(map(str, columns))}; a model saved for {task} takes {field!r}")
    given = columns.pop(field)
    config = {**config, **{name: values[0] for name, values in columns.items() if values[0] is not None}}
    if most := config.pop("max_tokens", None):
        config["max_new_tokens"] = most
    if stop := config.pop("stop", None):
        config["stopping_criteria"] = _stopping([stop] if isinstance(stop, str) else list(stop), tokenizer)
    if task == llm.CHAT:
        given = [_prompt(messages, tokenizer) for messages in given]
    return given, config


def _columns(data: Any, task: str) -> dict[str, list[Any]]:
    what = container(data)
    if what == "frame":
        return {
            name: [None if isinstance(value, float) and value != value else value for value in values]
            for name, values in data.to_dict(orient="list").items()
        }
    if what == "dict":
        return {name: [value] for name, value in data.items()}
    raise InvalidArgument(f"The data is {kind(data)}; a model saved for {task} takes a DataFrame or a dictionary")


def _prompt(messages: Any, tokenizer: Any) -> str:
    if not isinstance(messages, (list, tuple)) or not all(isinstance(message, dict) for message in messages):
        raise InvalidArgument(f"messages are {kind(messages)}; expected a list of dictionaries of role and content")
    try:
        return str(tokenizer.apply_chat_template(list(messages), tokenize=False, add_generation_prompt=True))
    except Exception as error:  # of jinja, of the template's own making, or for want of a template
        raise InvalidArgument(f"The tokenizer's chat template does not take these messages: {error}") from error


def _stopping(words: list[str], tokenizer: Any) -> Any:
    """Stop where the answer ends in one of the words, with or without a space before it."""
    import torch
    from transformers import StoppingCriteria, StoppingCriteriaList

    ends = [tokenizer(text, add_special_tokens=False)["input_ids"] for word in words for text in (word, f" {word}")]

    class Ends(StoppingCriteria):  # type: ignore[misc]  # transformers carries no types here
        def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
            done = [any(row[-len(end) :] == end for end in ends if end) for row in input_ids.tolist()]
            return torch.tensor(done, device=input_ids.device)

    return StoppingCriteriaList([Ends()])


def reply(prompt: str, tokens: Any, pipeline: Any, config: Mapping[str, Any], task: str, source: str) -> dict[str, Any]:
    """The reply that holds the generated tokens."""
    tokenizer = pipeline.tokenizer
    asked = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    if config.get("max_length"):
        asked = asked[: config["max_length"]]
    usage = {"prompt_tokens": len(asked), "completion_tokens": len(tokens) - len(asked), "total_tokens": len(tokens)}
    text = _text(tokens, tokenizer)[len(_text(asked, tokenizer)) :].lstrip()
    full = usage["total_tokens"] > config.get("max_length", float("inf"))
    full = full or usage["completion_tokens"] == config.get("max_new_tokens")
    said = {"message": {"role": "assistant", "content": text}} if task == llm.CHAT else {"text": text}
    return {
        "id": str(uuid.uuid4()),
        "object": "chat.completion" if task == llm.CHAT else "text_completion",
        "created": int(time.time()),
        "model": source,
        "usage": usage,
        "choices": [{"index": 0, "finish_reason": "length" if full else "stop", **said}],
    }


def _text(tokens: Any, tokenizer: Any) -> str:
    return str(tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=True))


def texts_of(data: Any) -> tuple[list[str], dict[str, Any]]:
    """The texts of an embeddings request, one or a list of them, and its other keys."""
    columns, field = _columns(data, llm.EMBEDDINGS), llm.FIELD[llm.EMBEDDINGS]
    if field not in columns:
        raise InvalidArgument(f"The data has {sorted(map(str, columns))}; a model saved for embeddings takes {field!r}")
    given = columns.pop(field)
    texts = list(given[0]) if isinstance(given[0], (list, tuple)) else given
    return texts, {name: values[0] for name, values in columns.items() if values[0] is not None}
