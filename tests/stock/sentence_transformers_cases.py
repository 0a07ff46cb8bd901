"""Models saved with the Sentence Transformers flavor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from flavors import tiny_hf as tiny

from .cases import Score, case, native

CAT, DOG = "the cat sat on the mat", "a dog ran"
PINS = {"pip_requirements": ["sentence-transformers"]}
_SERIES = "stock hands a column of the frame to encode, which Sentence Transformers refuses since 5.0"
_FAILS = {"reads": {"predictions": _SERIES}, "stock_fails": _SERIES, "versions": (2,)}


@native("sentence_transformers")
def _encoded(model: Any, data: Any) -> Any:
    return model.encode([CAT, DOG])


@case(golden=True, **_FAILS)
def sentence_transformers_texts(m: Any, work: Path, root: Path) -> Score:
    m.sentence_transformers.save_model(tiny.sentences(), root, **PINS)
    return Score([CAT, DOG])


@case(**_FAILS)
def sentence_transformers_params(m: Any, work: Path, root: Path) -> Score:
    signature = m.models.infer_signature([CAT], np.zeros((1, 16), "float32"), {"normalize_embeddings": False})
    m.sentence_transformers.save_model(tiny.sentences(), root, signature=signature, **PINS)
    return Score([CAT], params={"normalize_embeddings": True})


@case(**_FAILS)
def sentence_transformers_embeddings(m: Any, work: Path, root: Path) -> Score:
    m.sentence_transformers.save_model(tiny.sentences(), root, task="llm/v1/embeddings", **PINS)
    return Score({"input": CAT})


@case(versions=(2,))
def sentence_transformers_unsigned(m: Any, work: Path, root: Path) -> Score:
    m.sentence_transformers.save_model(tiny.sentences(), root, signature=False, inference_config={}, **PINS)
    return Score([CAT, DOG])


@case(corpus=True, versions=(2,))
def sentence_transformers_requirements(m: Any, work: Path, root: Path) -> Score:
    m.sentence_transformers.save_model(tiny.sentences(), root)
    return Score([CAT])
