"""Answers of pipelines as predictions: lists of texts, frames of labels and scores, arrays."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from ...core.errors import InvalidArgument


def frame(told: Any, given: Any, config: Any) -> Any:
    """Labels and scores, one row for each."""
    import pandas as pd

    return pd.DataFrame(told)


def texts(key: str) -> Callable[..., Any]:
    """The values of `key`, wherever they stand in the answer."""

    def found(told: Any, given: Any, config: Any) -> Any:
        return clean(list(_values(told, key)) if isinstance(told, list) else told[key], given)

    return found


def _values(told: Any, key: str) -> Iterator[Any]:
    for one in told:
        if isinstance(one, list):
            yield from _values(one, key)
        elif isinstance(one, dict):
            for name, value in one.items():
                if name == key:
                    yield value
                elif isinstance(value, list) and all(isinstance(item, dict) for item in value):
                    yield from _values(value, key)


def best(key: str) -> Callable[..., Any]:
    """The value of `key` of the best candidate: the first of each list."""

    def found(told: Any, given: Any, config: Any) -> Any:
        return clean([_first(some, key) for some in told] if isinstance(told[0], list) else [told[0][key]], given)

    return found


def _first(candidates: Any, key: str) -> Any:
    """Of one mask a value; of several masks in one text a list."""
    return candidates[0][key] if isinstance(candidates[0], dict) else [masked[0][key] for masked in candidates]


def entities(told: Any, given: Any, config: Any) -> Any:
    """The entities of a text, joined by commas; nothing for a text without any."""
    several = bool(told) and isinstance(told[0], list)
    found = [_joined(some) for some in told] if several else _joined(told)
    return [found.strip()] if isinstance(found, str) else clean(found, None)


def _joined(found: Any) -> str:
    return ",".join(one["entity_group"] if "entity_group" in one else one["entity"] for one in found)


def vectors(told: Any, given: Any, config: Any) -> Any:
    """The vectors of a text's tokens; of several texts a list of arrays, for the texts differ in length.

    A text by itself gives the vector of its first token, which stands for the whole of it.
    """
    import numpy as np

    if isinstance(told, np.ndarray):
        return told
    if isinstance(given, list) and len(given) > 1:
        return [np.array(one[0]) for one in told]
    return np.array(told[0][0])


def labelled(told: Any, given: Any, config: Any) -> Any:
    """One row for each text and label."""
    import pandas as pd

    rows = [told] if isinstance(told, dict) else told
    return pd.DataFrame(
        [
            {"sequence": row["sequence"], "labels": label, "scores": score}
            for row in rows
            for label, score in zip(row["labels"], row["scores"], strict=True)
        ]
    )


def transcript(told: Any, given: Any, config: Any) -> Any:
    """The text; with the times of words or characters, all of the answer as JSON."""
    if config.get("return_timestamps") in ("word", "char"):
        return [json.dumps(told).strip()]
    return texts("text")(told, given, config)


def generated(told: Any, given: Any, config: Any, instance: str = "", collapse: bool = False) -> Any:
    """The generated text of each input.

    Args:
        told: A dictionary for each candidate, in a list for each input where the input is a list.
        given: The texts that were continued.
        config: The settings of the call.
        instance: The class of a pipeline that repeats the question, which is then cut off.
        collapse: Whether white space, new lines too, becomes one space.
    """
    if all(isinstance(one, dict) for one in told):
        found: Any = told[0]["generated_text"]
    else:
        found = [one["generated_text"] for some in told for one in some]
    if isinstance(given, str) and isinstance(found, str):
        return clean(_trimmed(given, found, instance, collapse), given)
    if isinstance(given, list) and isinstance(found, list):
        pairs = zip(given, found, strict=False)  # of several candidates for each text those of the first count
        return clean([_trimmed(text, made, instance, collapse) for text, made in pairs], given)
    raise InvalidArgument(f"The pipeline answered a {type(given).__name__} with a {type(found).__name__}")


def _trimmed(given: str, made: str, instance: str, collapse: bool) -> str:
    """What was made, without the question that instructed models repeat."""
    if instance == "InstructionTextGenerationPipeline" and made.startswith(f"{given}\n\n"):
        made = made[len(given) :].lstrip().removeprefix("A:").lstrip()
    return re.sub(r"\s+", " ", made).strip() if collapse else made


def clean(told: Any, given: Any) -> Any:
    """Texts without white space around them; always a list, for a served reply is one."""
    found = _stripped(told, given)
    return [found] if isinstance(found, str) else found


def _stripped(told: Any, given: Any) -> Any:
    if isinstance(given, str) and isinstance(told, list):
        told = told[0]
    if isinstance(told, str):
        return told.strip()
    if isinstance(told, list):
        if told and all(isinstance(one, str) for one in told):
            return [one.strip() for one in told] if len(told) > 1 else told[0].strip()
        return [_stripped(one, given) for one in told]
    return told
