"""Models saved with the Transformers flavor: one for each task, in each form, with its options."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from flavors import tiny_hf as tiny

from .cases import Score, case, native

CAT, DOG = "the cat sat on the mat", "a dog ran"
GREEDY = {"do_sample": False, "max_new_tokens": 4}
PINS = {"pip_requirements": ["transformers", "torch"]}


@native("transformers")
def _called(pipeline: Any, data: Any) -> Any:
    if pipeline.task.startswith(("text-generation", "text2text", "summarization", "translation")):
        return pipeline([CAT], **GREEDY)
    if pipeline.task in ("fill-mask", "feature-extraction", "token-classification", "text-classification"):
        return pipeline(["the [MASK] sat"])
    return pipeline.task


def _classifier() -> Any:
    model = tiny.labelled("BertForSequenceClassification", "good", "bad")
    return tiny.pipe("text-classification", model, tokenizer=tiny.tokenizer())


def _features() -> Any:
    return tiny.pipe("feature-extraction", tiny.bert("BertModel"), tokenizer=tiny.tokenizer())


def _filler() -> Any:
    return tiny.pipe("fill-mask", tiny.bert("BertForMaskedLM"), tokenizer=tiny.tokenizer())


def _generator() -> Any:
    return tiny.pipe("text-generation", tiny.gpt2(), tokenizer=tiny.plain_tokenizer())


def _save(m: Any, root: Path, model: Any, **options: Any) -> None:
    m.transformers.save_model(model, root, **{**PINS, **options})


@case(golden=True, versions=(2,))
def transformers_classifier(m: Any, work: Path, root: Path) -> Score:
    _save(m, root, _classifier(), metadata={"owner": "me"})
    return Score([CAT, DOG])


@case(versions=(2,))
def transformers_classifier_example(m: Any, work: Path, root: Path) -> Score:
    _save(m, root, _classifier(), input_example=[CAT, DOG], model_config={"top_k": 2})
    return Score(pd.DataFrame([CAT, DOG]), config={"top_k": 1})


@case(versions=(2,))
def transformers_classifier_params(m: Any, work: Path, root: Path) -> Score:
    told = pd.DataFrame({"label": ["good"], "score": [0.5]})
    _save(m, root, _classifier(), signature=m.models.infer_signature([CAT], told, {"top_k": 2}))
    return Score([CAT], params={"top_k": 1})


@case(versions=(2,), reads={"predictions": "stock's enforcement of one unnamed column drops the second of each pair"})
def transformers_pairs(m: Any, work: Path, root: Path) -> Score:
    _save(m, root, _classifier())
    return Score([{"text": CAT, "text_pair": DOG}, {"text": DOG, "text_pair": CAT}])


@case(versions=(2,))
def transformers_components(m: Any, work: Path, root: Path) -> Score:
    model = tiny.labelled("BertForSequenceClassification", "good", "bad")
    parts = {"model": model, "tokenizer": tiny.tokenizer()}
    _save(m, root, parts, task="text-classification", torch_dtype="torch.float32")
    return Score(CAT)


@case(versions=(2,))
def transformers_checkpoint(m: Any, work: Path, root: Path) -> Score:
    folder = tiny.folder_of(work / "checkpoint", tiny.labelled("BertForSequenceClassification", "good", "bad"))
    _save(m, root, str(folder), task="text-classification")
    return Score([CAT])


@case(versions=(2,))
def transformers_mask(m: Any, work: Path, root: Path) -> Score:
    _save(m, root, _filler(), input_example="the [MASK] sat")
    return Score(["the [MASK] sat", "a [MASK]"])


@case(versions=(2,))
def transformers_template(m: Any, work: Path, root: Path) -> Score:
    _save(m, root, _filler(), prompt_template="the [MASK] {prompt}")
    return Score(["sat", "ran"])


@case(versions=(2,))
def transformers_generation(m: Any, work: Path, root: Path) -> Score:
    _save(m, root, _generator(), model_config=dict(GREEDY), input_example=CAT)
    return Score([CAT, DOG])


@case(versions=(2,))
def transformers_generation_template(m: Any, work: Path, root: Path) -> Score:
    settings = {**GREEDY, "num_beams": 2, "num_return_sequences": 2, "collapse_whitespace": True}
    _save(m, root, _generator(), model_config=settings, prompt_template="hello {prompt} :")
    return Score([CAT, DOG])


@case(versions=(2,))
def transformers_text_to_text(m: Any, work: Path, root: Path) -> Score:
    pipeline = tiny.pipe("text2text-generation", tiny.t5(), tokenizer=tiny.tokenizer())
    _save(m, root, pipeline, input_example={"context": CAT, "answer": DOG}, model_config=dict(GREEDY))
    return Score({"context": DOG, "answer": CAT})


@case(versions=(2,))
def transformers_summary(m: Any, work: Path, root: Path) -> Score:
    _save(
        m, root, tiny.pipe("summarization", tiny.t5(), tokenizer=tiny.tokenizer()),
        model_config=dict(GREEDY), prompt_template="hello {prompt}",
    )  # fmt: skip
    return Score(CAT)


@case(versions=(2,))
def transformers_translation(m: Any, work: Path, root: Path) -> Score:
    pipeline = tiny.pipe("translation_en_to_de", tiny.t5(), tokenizer=tiny.tokenizer())
    _save(m, root, pipeline, model_config=dict(GREEDY))
    return Score([CAT, DOG])


@case(versions=(2,))
def transformers_questions(m: Any, work: Path, root: Path) -> Score:
    model = tiny.bert("BertForQuestionAnswering")
    _save(m, root, tiny.pipe("question-answering", model, tokenizer=tiny.tokenizer()))
    return Score([{"question": "who sat", "context": CAT}, {"question": "who ran", "context": CAT}])


@case(versions=(2,))
def transformers_zero_shot(m: Any, work: Path, root: Path) -> Score:
    model = tiny.labelled("BertForSequenceClassification", "entailment", "neutral", "contradiction")
    asked = {"sequences": CAT, "candidate_labels": ["good", "bad"], "hypothesis_template": "this is {}"}
    _save(m, root, tiny.pipe("zero-shot-classification", model, tokenizer=tiny.tokenizer()), input_example=dict(asked))
    return Score(asked)


@case(versions=(2,))
def transformers_entities(m: Any, work: Path, root: Path) -> Score:
    model = tiny.labelled("BertForTokenClassification", "O", "B-X", "I-X")
    _save(m, root, tiny.pipe("token-classification", model, tokenizer=tiny.tokenizer()))
    return Score([CAT, DOG])


@case(versions=(2,))
def transformers_features(m: Any, work: Path, root: Path) -> Score:
    _save(m, root, _features())
    return Score(CAT)


@case(versions=(2,), reads={"predictions": "stock gives the vectors of the first text only, ours those of each"})
def transformers_features_of_several(m: Any, work: Path, root: Path) -> Score:
    _save(m, root, _features(), signature=m.models.infer_signature([CAT], np.zeros(16)))
    return Score([CAT, DOG])


@case(versions=(2,))
def transformers_tables(m: Any, work: Path, root: Path) -> Score:
    model, words = tiny.tapas()
    _save(m, root, tiny.pipe("table-question-answering", model, tokenizer=words))
    table = '{"cat": ["1", "2"], "dog": ["3", "1"]}'
    return Score(pd.DataFrame({"query": ["what", "how"], "table": [table, table]}))


@case(versions=(2,))
def transformers_pictures(m: Any, work: Path, root: Path) -> Score:
    import base64
    import io

    from PIL import Image

    model, cutter = tiny.vit()
    _save(m, root, tiny.pipe("image-classification", model, image_processor=cutter))
    body = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (16, 16, 3), dtype=np.uint8)).save(body, "PNG")
    return Score([base64.b64encode(body.getvalue()).decode()])


@case(versions=(2,))
def transformers_sounds(m: Any, work: Path, root: Path) -> Score:
    model, scale = tiny.wav2vec2()
    wave = np.sin(np.arange(400) / 3).astype("float32")
    told = pd.DataFrame({"score": [0.5], "label": ["yes"]})
    hearer = tiny.pipe("audio-classification", model, feature_extractor=scale)
    _save(m, root, hearer, signature=m.models.infer_signature(wave, told))
    return Score(wave)


@case(versions=(2,))
def transformers_embeddings(m: Any, work: Path, root: Path) -> Score:
    _save(m, root, _features(), task="llm/v1/embeddings")
    return Score({"input": CAT})


_ANEW = "each reply has an id and a time of its own"


@case(versions=(2,), reads={"predictions": _ANEW}, writes={"predictions": _ANEW})
def transformers_completions(m: Any, work: Path, root: Path) -> Score:
    _save(m, root, _generator(), task="llm/v1/completions", model_config=dict(GREEDY))
    return Score({"prompt": CAT, "max_tokens": 2})


@case(versions=(2,), reads={"predictions": _ANEW}, writes={"predictions": _ANEW})
def transformers_chat(m: Any, work: Path, root: Path) -> Score:
    pipeline = tiny.pipe("text-generation", tiny.gpt2(), tokenizer=tiny.plain_tokenizer(tiny.CHAT))
    _save(m, root, pipeline, task="llm/v1/chat", model_config=dict(GREEDY))
    return Score({"messages": [{"role": "user", "content": CAT}]})
