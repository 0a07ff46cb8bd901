"""Models to try the page and the documents with, and the server of them all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LogisticRegression

from modelwright.models.load import flavor
from modelwright.models.python_model import PythonModel
from modelwright.models.save import save_model
from modelwright.models.schema import Array, ColSpec, ParamSchema, ParamSpec, Schema, TensorSpec
from modelwright.models.signature import ModelSignature
from serving.served import save

HOSTILE = "<img src=x onerror='window.hacked=1'>"
BIG = 2**60 + 1
DIABETES = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
FOREST = RandomForestRegressor(5, random_state=0).fit(*DIABETES)


def echoes() -> PythonModel:
    """Answers with what it was given."""

    class Echoes(PythonModel):
        def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
            if (params or {}).get("fail"):
                raise ValueError("<img src=x onerror='window.hacked=1'>")
            return model_input

        def predict_stream(self, context: Any, model_input: Any, params: Any = None) -> Iterator[str]:
            yield from ["one", "two", "three"]

    return Echoes()


def echo(path: Path) -> Path:
    """A model with a column of each type."""
    values: list[tuple[str, Any, Any]] = [
        ("who", "string", HOSTILE),
        (HOSTILE, "double", 1.5),
        ("n", "long", BIG),
        ("ok", "boolean", True),
        ("tags", Array("string"), ["x"]),
        ("raw", "binary", b"hi"),
        ("when", "datetime", pd.Timestamp("2024-01-31")),
    ]
    frame = pd.DataFrame({name: [value] for name, _, value in values}).assign(note=None)
    schema = Schema([*(ColSpec(kind, name) for name, kind, _ in values), ColSpec("string", "note", required=False)])
    params = [
        ParamSpec("k", "long", 3),
        ParamSpec("fail", "boolean", False),
        ParamSpec("words", "string", ["a"], (-1,)),
    ]
    signature = ModelSignature(schema, schema, ParamSchema(params))
    return save(path, echoes(), signature, input_example=(frame, {"k": 4}), streamable=True)


def texts(path: Path) -> Path:
    """A model of texts, of which none has a name."""
    return save(path, echoes(), ModelSignature(Schema([ColSpec("string")])), input_example=["a", "b"])


def tensors(path: Path) -> Path:
    specs = [TensorSpec(np.dtype("float32"), (-1, 2), "a"), TensorSpec(np.dtype("int64"), (-1,), "b")]
    return save(path, echoes(), ModelSignature(Schema(specs), Schema(specs)))


def unknown(path: Path) -> Path:
    """A model of which nothing is known."""
    return save(path, echoes())


def progression(path: Path) -> Path:
    """A forest on columns of numbers."""
    return _sklearn(path, FOREST, DIABETES[0].head(2))


def iris(path: Path) -> Path:
    """A model with other methods than predict."""
    X, y = load_iris(return_X_y=True, as_frame=True)
    return _sklearn(path, LogisticRegression(max_iter=500).fit(X, y), X.head(1))


def _sklearn(path: Path, model: Any, example: Any) -> Path:
    save_model(flavor("sklearn"), model, path, input_example=example, verify=False, pip_requirements=[])
    return path


def everything(root: Path) -> list[Path]:
    """All of them; the directory of each is called like its function."""
    return [make(root / make.__name__) for make in (progression, iris, echo, texts, tensors, unknown)]
