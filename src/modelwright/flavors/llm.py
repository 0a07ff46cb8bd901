"""The request and reply of MLflow's tasks "llm/v1/chat", "llm/v1/completions" and "llm/v1/embeddings"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..models.schema import Array, ColSpec, DataType, Object, Property, Schema
from ..models.signature import ModelSignature

PREFIX = "llm/v1"
CHAT, COMPLETIONS, EMBEDDINGS = f"{PREFIX}/chat", f"{PREFIX}/completions", f"{PREFIX}/embeddings"
FIELD = {CHAT: "messages", COMPLETIONS: "prompt", EMBEDDINGS: "input"}  # the key of a request that holds the data

_TEXT, _WHOLE, _REAL, _YES = DataType.string, DataType.long, DataType.double, DataType.boolean


def signature(task: str) -> ModelSignature:
    """What a model saved with one of the tasks takes and gives.

    >>> signature(EMBEDDINGS).inputs.input_names()
    ['input']
    """
    inputs, outputs = {CHAT: _chat, COMPLETIONS: _completions, EMBEDDINGS: _embeddings}[task]()
    return ModelSignature(Schema(inputs), Schema(outputs))


def _settings(*further: tuple[str, DataType]) -> list[ColSpec]:
    common: list[tuple[str, DataType | Array]] = [
        ("temperature", _REAL),
        ("max_tokens", _WHOLE),
        ("stop", Array(_TEXT)),
        ("n", _WHOLE),
        ("stream", _YES),
    ]
    return [ColSpec(kind, name, required=False) for name, kind in (*common, *further)]


def _reply(choice: list[Property]) -> list[ColSpec]:
    usage = [Property(f"{name}_tokens", _WHOLE) for name in ("prompt", "completion", "total")]
    return [
        *(ColSpec(_TEXT, name) for name in ("id", "object")),
        ColSpec(_WHOLE, "created"),
        ColSpec(_TEXT, "model"),
        ColSpec(Array(Object([Property("index", _WHOLE), *choice, Property("finish_reason", _TEXT)])), "choices"),
        ColSpec(Object(usage), "usage"),
    ]


def _chat() -> tuple[list[ColSpec], list[ColSpec]]:
    message = Object([Property("role", _TEXT), Property("content", _TEXT), Property("name", _TEXT, False)])
    sampling = [("top_p", _REAL), ("top_k", _WHOLE), ("frequency_penalty", _REAL), ("presence_penalty", _REAL)]
    return [ColSpec(Array(message), "messages"), *_settings(*sampling)], _reply([Property("message", message)])


def _completions() -> tuple[list[ColSpec], list[ColSpec]]:
    return [ColSpec(_TEXT, "prompt"), *_settings()], _reply([Property("text", _TEXT)])


def _embeddings() -> tuple[list[ColSpec], list[ColSpec]]:
    item = [Property("index", _WHOLE), Property("object", _TEXT), Property("embedding", Array(_REAL))]
    usage = [Property("prompt_tokens", _WHOLE), Property("total_tokens", _WHOLE)]
    data = [ColSpec(_TEXT, "object"), ColSpec(Array(Object(item)), "data"), ColSpec(Object(usage), "usage")]
    return [ColSpec(_TEXT, "input")], data


def embeddings(texts: Sequence[str], vectors: Sequence[Any], tokenizer: Any) -> dict[str, Any]:
    """The reply to an embeddings request."""
    tokens = sum(len(tokenizer(text)["input_ids"]) for text in texts)
    data = [{"object": "embedding", "index": index, "embedding": vector} for index, vector in enumerate(vectors)]
    return {"object": "list", "data": data, "usage": {"prompt_tokens": tokens, "total_tokens": tokens}}
