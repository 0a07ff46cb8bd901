"""Models saved with the spaCy flavor: pipelines with a text categorizer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from .cases import Score, case, native

TEXTS = pd.DataFrame({"text": ["good and fine", "bad and poor", "nothing"]})
_TAUGHT = [("good fine nice", {"GOOD": 1.0, "BAD": 0.0}), ("bad poor awful", {"GOOD": 0.0, "BAD": 1.0})]
PINS = {"pip_requirements": ["spacy"]}


def _categorizer(kind: str = "textcat", **settings: Any) -> Any:
    import spacy
    from spacy.training import Example

    spacy.util.fix_random_seed(0)
    nlp = spacy.blank("xx")
    nlp.add_pipe(kind, config=settings)
    examples = [Example.from_dict(nlp.make_doc(text), {"cats": cats}) for text, cats in _TAUGHT]
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(3):
        nlp.update(examples, sgd=optimizer)
    return nlp


@native("spacy")
def _all_of(model: Any, data: Any) -> Any:
    return [
        [[token.text for token in document], document.cats, [(e.text, e.label_) for e in document.ents]]
        for document in model.pipe(data["text"])
    ]


@case(versions=(2,))
def spacy_categorizer(m: Any, work: Path, root: Path) -> Score:
    m.spacy.save_model(_categorizer(), root, input_example=TEXTS.head(2), **PINS)
    return Score(TEXTS)


@case(golden=True)
def spacy_bag_of_words(m: Any, work: Path, root: Path) -> Score:
    words = {"@architectures": "spacy.TextCatReduce.v1", "exclusive_classes": True, "use_reduce_mean": True}
    small = {"@architectures": "spacy.HashEmbedCNN.v2", "width": 4, "depth": 1, "embed_size": 16, "window_size": 1}
    rest = {"maxout_pieces": 1, "subword_features": False, "pretrained_vectors": None}
    few = {**words, "use_reduce_first": False, "use_reduce_last": False, "use_reduce_max": False}
    nlp = _categorizer(model={**few, "tok2vec": {**small, **rest}})
    m.spacy.save_model(nlp, root, metadata={"owner": "me"}, **PINS)
    return Score(TEXTS.set_axis([7, 8, 9]))


@case(versions=(2,))
def spacy_multilabel(m: Any, work: Path, root: Path) -> Score:
    signature = m.models.infer_signature(TEXTS)
    m.spacy.save_model(_categorizer("textcat_multilabel"), root, signature=signature, **PINS)
    return Score(TEXTS)


@case(corpus=True)
def spacy_requirements(m: Any, work: Path, root: Path) -> Score:
    m.spacy.save_model(_categorizer(), root)
    return Score(TEXTS)
