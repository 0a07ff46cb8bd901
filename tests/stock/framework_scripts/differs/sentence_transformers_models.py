"""Where Sentence Transformers models deliberately differ from stock's."""

from __future__ import annotations

DIFFERS = {
    "no model": "a wrong argument is named, with what was expected; stock fails inside",
    "signed": "stock hands a column of the frame to encode, which Sentence Transformers refuses since 5.0",
}
