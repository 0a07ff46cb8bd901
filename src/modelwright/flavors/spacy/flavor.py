"""spaCy pipelines; those with a text categorizer can be scored."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...core.callers import stacklevel
from ...core.errors import InvalidArgument, MissingDependency
from ...core.frameworks import require
from ...models.calls import accepted
from ...models.flavor import Flavor, Form, Predictor, Saved, Stored, class_name
from .config import strangers

_FOLDER = "model.spacy"


class Spacy(Flavor):
    """spaCy models."""

    name = "spacy"
    model_arg = "spacy_model"
    packages = ("spacy",)
    version_key = "spacy_version"
    forms = (
        Form("spaCy's folder", "model.spacy/config.cfg", "where config.cfg names functions that are not spaCy's own"),
    )
    types = ("spacy:Language",)
    log_order = (
        "conda_env", "code_paths", "registered_model_name", "signature", "input_example", "pip_requirements",
        "extra_pip_requirements", "metadata",
    )  # fmt: skip

    def save(self, model: Any, root: Path) -> Saved:
        """Write a pipeline.

        Args:
            model: A spaCy Language, such as `spacy.load` and `spacy.blank` return.
            root: Where to.
        """
        spacy = require("spacy")
        if not isinstance(model, spacy.Language):
            raise InvalidArgument(f"Expected a spaCy Language, such as spacy.load returns, got a {class_name(model)}")
        model.to_disk(root / _FOLDER)
        conf = {"data": _FOLDER, "spacy_version": spacy.__version__}
        saved = Saved(conf, {"data": _FOLDER}, modules=tuple(sorted(set(_modules(model)))))
        if not any(isinstance(part, spacy.pipeline.TextCategorizer) for _, part in model.pipeline):
            warnings.warn(
                f"The pipeline ({', '.join(model.pipe_names) or 'empty'}) has no text categorizer, so it is saved "
                f"without the python_function flavor: load it with spacy.load_model",
                UserWarning,
                stacklevel=stacklevel(),
            )
            saved.pyfunc = None
        return saved

    def load(self, at: Stored) -> Any:
        spacy = require("spacy")
        path = at.path("data", _FOLDER)
        with self.reading(at, path):
            try:
                return spacy.load(path)
            except ValueError as error:
                if "[E002]" not in str(error):  # spaCy's number for a component that nobody has registered
                    raise
                raise MissingDependency(
                    f"The pipeline in '{path}' has a component that nothing here has registered; import the module "
                    f"that defines it, then load the model: {error}"
                ) from error

    def wrap(self, model: Any, at: Stored) -> Predictor:
        return _Categorizer(model)

    def hazard(self, at: Stored) -> str | None:
        try:
            parser = require("spacy", "thinc.api").Config
        except ImportError:
            return "what its config.cfg calls can only be told where spaCy is installed"
        found = strangers(at.path("data", _FOLDER) / "config.cfg", parser)
        return f"its config.cfg names what is not spaCy's own: {', '.join(found)}" if found else None


def _modules(model: Any) -> Iterator[str]:
    """The modules that define the language, the components and the functions that the configuration names."""
    spacy = require("spacy")
    yield type(model).__module__
    for _, part in model.pipeline:
        yield part.__module__  # a component is an object, whose class tells it, or a function
    for kind, name in _registered(model.config.get("components", {})):
        if spacy.registry.has(kind, name):
            yield spacy.registry.get(kind, name).__module__


def _registered(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key.startswith("@") and isinstance(item, str):
                yield key[1:], item
            yield from _registered(item)


class _Categorizer:
    """Scores the texts of a frame's one column: the categories of each, with their probabilities."""

    def __init__(self, model: Any) -> None:
        self.native = self.spacy_model = model

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        import pandas as pd

        if not hasattr(data, "columns") or len(data.columns) != 1:
            given = f"columns {list(data.columns)}" if hasattr(data, "columns") else f"a {class_name(data)}"
            raise InvalidArgument(f"Expected a DataFrame with one column of texts, got {given}")
        accepted(params or {}, frozenset())  # there are none; those given are named in the log
        found = [document.cats for document in self.native.pipe(data.iloc[:, 0])]
        return pd.DataFrame({"predictions": pd.Series(found, index=data.index, dtype=object)})
