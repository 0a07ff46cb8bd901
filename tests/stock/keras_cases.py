"""Models saved with the Keras 3 flavor: the `.keras` format, and graphs exported for TensorFlow."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pandas as pd

from .cases import Score, case, native
from .tensorflow_cases import OUT, X, filled

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
PINS = {"pip_requirements": ["keras", "tensorflow"]}


def _network(*layers: Any) -> Any:
    import keras

    model = filled(keras.Sequential([keras.Input((3,)), *layers, keras.layers.Dense(1)]))
    model.compile("adam", "mean_squared_error", metrics=["mae"])
    return model


@native("keras")
def _score(model: Any, data: Any) -> Any:
    values = data.to_numpy() if hasattr(data, "to_numpy") else data
    return model.serve(values).numpy() if hasattr(model, "serve") else model.predict(values, verbose=0)


def _folder(root: Path) -> str:
    """MLflow 2.16 writes Keras models only into folders that are there, given as text."""
    root.mkdir()
    return str(root)


def _save(m: Any, model: Any, root: Path, **options: Any) -> Score:
    signature = m.models.infer_signature(X, OUT)
    m.keras.save_model(model, _folder(root), signature=signature, input_example=X[:2], **PINS, **options)
    return Score(X)


@case(golden=True)
def keras_sequential(m: Any, work: Path, root: Path) -> Score:
    return _save(m, _network(), root)


@case()
def keras_many_layers(m: Any, work: Path, root: Path) -> Score:
    import keras

    inner = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3, activation="relu", kernel_regularizer="l2")])
    return _save(m, _network(inner, keras.layers.BatchNormalization(), keras.layers.Dropout(0.5)), root)


@case()
def keras_functional(m: Any, work: Path, root: Path) -> Score:
    import keras

    entry = keras.Input((3,), name="x")
    turned = keras.layers.Dense(3)(entry * 2 + keras.ops.sum(entry, axis=1, keepdims=True))
    return _save(m, filled(keras.Model(entry, keras.layers.Add()([entry, turned]))), root, metadata={"owner": "me"})


@case()
def keras_frame(m: Any, work: Path, root: Path) -> Score:
    m.keras.save_model(_network(), _folder(root), **PINS)
    return Score(pd.DataFrame(X, index=list("abcdef")))


@case(
    reads={"predictions": "an exported graph answers arrays, as every other model; stock hands TensorFlow's tensors on"}
)
def keras_exported(m: Any, work: Path, root: Path) -> Score:
    return _save(m, _network(), root, save_exported_model=True)


@case(corpus=True)
def keras_requirements(m: Any, work: Path, root: Path) -> Score:
    m.keras.save_model(_network(), _folder(root))
    return Score(X)
