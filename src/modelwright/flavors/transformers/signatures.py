"""The signature of each task, for models saved without one and without an example."""

from __future__ import annotations

from ...models.schema import ColSpec, Schema, TensorSpec
from ...models.signature import ModelSignature

_TEXT, _BYTES = ("string",), ("binary",)  # one column without a name
_SCORED = (("string", "label"), ("double", "score"))
_COLUMNS = {
    **dict.fromkeys(
        ("token-classification", "translation", "text-generation", "text2text-generation", "fill-mask",
         "summarization", "conversational"),
        ((_TEXT,), (_TEXT,)),
    ),
    "text-classification": ((_TEXT,), _SCORED),
    "image-classification": ((_TEXT,), _SCORED),
    "zero-shot-classification": (
        (("string", "sequences"), ("string", "candidate_labels"), ("string", "hypothesis_template")),
        (("string", "sequence"), ("string", "labels"), ("double", "scores")),
    ),
    "automatic-speech-recognition": ((_BYTES,), (_TEXT,)),
    "audio-classification": ((_BYTES,), (("double", "score"), ("string", "label"))),
    "table-question-answering": ((("string", "query"), ("string", "table")), (_TEXT,)),
    "question-answering": ((("string", "question"), ("string", "context")), (_TEXT,)),
}  # fmt: skip


def of_task(task: str) -> ModelSignature | None:
    """What a model for `task` takes and gives; None for a task whose data has no fixed columns.

    >>> of_task("translation_en_to_de").outputs
    [string (required)]
    """
    task = "translation" if task.startswith("translation_") else task
    if task == "feature-extraction":
        import numpy as np

        return ModelSignature(_schema((_TEXT,)), Schema([TensorSpec(np.dtype("float64"), [-1], "double")]))
    columns = _COLUMNS.get(task)
    return None if columns is None else ModelSignature(_schema(columns[0]), _schema(columns[1]))


def _schema(columns: tuple[tuple[str, ...], ...]) -> Schema:
    return Schema([ColSpec(column[0], column[1] if len(column) > 1 else None) for column in columns])
