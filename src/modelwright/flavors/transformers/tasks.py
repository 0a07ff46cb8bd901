"""How the data of each task reaches its pipeline, and what becomes of the pipeline's answer: one row per pipeline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...core.errors import InvalidArgument
from . import inputs, media, outputs


@dataclass(frozen=True)
class Task:
    """One row."""

    taken: Callable[[Any], Any] = inputs.as_is  # rows of a frame as what the pipeline calls an input
    ready: Callable[[Any], Any] = inputs.as_is  # its last form, after the check
    told: Callable[..., Any] = outputs.frame
    prompted: bool = False  # a prompt template is put around the texts
    generates: bool = False  # `told` also gets what to do with the prompt in the answer
    merged: bool = False  # a frame is one input, not one for each row


_GENERATOR = Task(inputs.first_values, inputs.texts, outputs.generated, prompted=True, generates=True)
# The first class name that a pipeline has among its bases decides, so a subclass stands before its base.
_TASKS = {
    "TranslationPipeline": Task(inputs.first_values, inputs.texts, outputs.texts("translation_text")),
    "SummarizationPipeline": Task(inputs.first_values, inputs.texts, outputs.texts("summary_text"), prompted=True),
    "Text2TextGenerationPipeline": Task(
        inputs.unnamed_values, inputs.sentences, outputs.texts("generated_text"), prompted=True
    ),
    "TextGenerationPipeline": _GENERATOR,
    "InstructionTextGenerationPipeline": Task(inputs.first_values, inputs.texts, outputs.generated, generates=True),
    "QuestionAnsweringPipeline": Task(ready=inputs.questions, told=outputs.texts("answer")),
    "FillMaskPipeline": Task(inputs.first_values, inputs.texts, outputs.best("token_str"), prompted=True),
    "TextClassificationPipeline": Task(inputs.pairs, inputs.one_pair),
    "ImageClassificationPipeline": Task(ready=media.images),
    "ZeroShotClassificationPipeline": Task(ready=inputs.labels, told=outputs.labelled, merged=True),
    "TableQuestionAnsweringPipeline": Task(inputs.one_table, inputs.table, outputs.texts("answer")),
    "TokenClassificationPipeline": Task(inputs.first_values, told=outputs.entities),
    "FeatureExtractionPipeline": Task(ready=inputs.first_values, told=outputs.vectors, prompted=True),
    "AutomaticSpeechRecognitionPipeline": Task(ready=media.sounds, told=outputs.transcript),
    "AudioClassificationPipeline": Task(ready=media.sounds),
}
PROMPTED = ("feature-extraction", "fill-mask", "summarization", "text2text-generation", "text-generation")
# Pipelines that take pictures with questions, videos and the like, for which MLflow has no predict either.
UNSCORED = frozenset(
    {"DocumentQuestionAnsweringPipeline", "ImageToTextPipeline", "VisualQuestionAnsweringPipeline",
     "ImageSegmentationPipeline", "DepthEstimationPipeline", "ObjectDetectionPipeline", "VideoClassificationPipeline",
     "ZeroShotImageClassificationPipeline", "ZeroShotObjectDetectionPipeline", "ZeroShotAudioClassificationPipeline",
     "GraphormerPreTrainedModel", "InformerPreTrainedModel", "TimeSeriesTransformerPreTrainedModel",
     "DecisionTransformerPreTrainedModel"}
)  # fmt: skip


def task_of(pipeline: Any) -> Task:
    """The row of a pipeline.

    >>> task_of(type("FillMaskPipeline", (), {})()).prompted
    True
    """
    for base in type(pipeline).__mro__:
        if found := _TASKS.get(base.__name__):
            return found
    raise InvalidArgument(
        f"A {type(pipeline).__name__} cannot be scored by predict; load it with transformers.load_model and call it"
    )


def scored(pipeline: Any) -> bool:
    """Whether a pipeline gets the `python_function` flavor: all but those for data that has no columns."""
    names = {base.__name__ for part in (pipeline, pipeline.model) for base in type(part).__mro__}
    return not names & UNSCORED
