"""What a pipeline's config.cfg asks spaCy to call when it is loaded.

spaCy builds the language, its tokenizer and its components by calling functions that config.cfg names (`@misc = "…"`,
`factory = "…"`), with arguments from there; `source = "…"` loads another pipeline, and imports the package of that
name. Everything else in the directory is numbers and texts (JSON, msgpack, NumPy arrays without objects). So the
directory runs no code as long as config.cfg names only functions that spaCy and thinc bring themselves and that build
things. Left out of these are: callbacks, readers of further files, layers of PyTorch (thinc reads their weights by
`torch.load`), and tokenizers with file formats of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...core.errors import CorruptModel

_SPACYS_OWN = r"spacy(-legacy)?\.(?!Torch|KBFromFile|copy_from)\w+\.v\d+"
_THINCS_OWN = r"(?!PyTorch|Torch|TensorFlow|MXNet)\w+\.v\d+"
_KNOWN = {
    "architectures": _SPACYS_OWN,
    "batchers": _SPACYS_OWN,
    "initializers": _THINCS_OWN,
    "layers": rf"{_THINCS_OWN}|{_SPACYS_OWN}",
    "losses": _THINCS_OWN,
    "misc": _SPACYS_OWN,
    "optimizers": _THINCS_OWN,
    "schedules": _THINCS_OWN,
    "scorers": _SPACYS_OWN,
    "tokenizers": r"spacy\.Tokenizer\.v1|spacy\.(ja\.Japanese|ko\.Korean|th\.Thai|vi\.Vietnamese)Tokenizer",
    "vectors": r"spacy\.Vectors\.v1",
}
_FACTORIES = (
    "attribute_ruler", "beam_ner", "beam_parser", "doc_cleaner", "entity_linker", "entity_ruler",
    "future_entity_ruler", "lemmatizer", "merge_entities", "merge_noun_chunks", "merge_subtokens", "morphologizer",
    "ner", "nn_labeller", "parser", "sentencizer", "senter", "span_cleaner", "span_finder", "span_ruler", "spancat",
    "spancat_singlelabel", "tagger", "textcat", "textcat_multilabel", "tok2vec", "token_splitter",
    "trainable_lemmatizer",
)  # fmt: skip
_LANGUAGE = re.compile("[a-z]{2,3}")  # a name that is imported below spacy.lang


def strangers(path: Path, parser: Any) -> list[str]:
    """What config.cfg names, in the parts that loading uses, beyond the known functions; empty if nothing.

    Args:
        path: The file.
        parser: thinc's Config, which reads the file as spaCy will.
    """
    try:
        text = path.read_text("utf-8")
        as_written = parser().from_str(text, interpolate=False)
        filled_in = parser().from_str(text, interpolate=True)
    except Exception as error:  # whatever the parser raises; it has no base class of its own in every version
        raise CorruptModel(f"'{path}' is not a pipeline's configuration: {type(error).__name__}: {error}") from error
    found = dict.fromkeys(_named(as_written))
    found.update(dict.fromkeys([*_named(filled_in), *_open(filled_in)]))
    return list(found)


def _named(config: Any) -> Iterator[str]:
    """The language, the components and the functions that are not known."""
    language = config.get("nlp", {}).get("lang")
    if not isinstance(language, str) or not _LANGUAGE.fullmatch(language):
        yield f"lang = {language!r}"
    for name, component in config.get("components", {}).items():
        if not isinstance(component, dict):
            yield f"components.{name}"
            continue
        if "source" in component:
            yield f"source = {component['source']!r}"
        if "factory" in component and component["factory"] not in _FACTORIES:
            yield f"factory = {component['factory']!r}"
    for part in ("nlp", "components"):
        yield from _functions(config.get(part, {}))


def _functions(value: Any) -> Iterator[str]:
    for key, item in _entries(value):
        if isinstance(key, str) and key.startswith("@"):
            pattern = _KNOWN.get(key[1:])
            if pattern is None or not isinstance(item, str) or not re.fullmatch(pattern, item):
                yield f"{key} = {item!r}"
        yield from _functions(item)


def _open(config: Any) -> Iterator[str]:
    """Texts that are filled in once more while the pipeline is built, so that nobody knows what they become."""
    for part in ("nlp", "components"):
        for text in _texts(config.get(part, {})):
            if "$" in text:
                yield repr(text)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for key, item in _entries(value):
        yield from _texts(key)
        yield from _texts(item)


def _entries(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list | tuple):
        yield from ((None, item) for item in value)
