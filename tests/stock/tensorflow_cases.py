"""Models saved with the TensorFlow flavor: Keras models in two formats, with objects of one's own, and modules."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .cases import Score, case, native

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
_SEED = np.random.default_rng(7)
X = _SEED.normal(size=(6, 3)).astype("float32")
OUT = np.zeros((6, 1), "float32")
PINS = {"pip_requirements": ["tensorflow"]}


def filled(model: Any) -> Any:
    """The model with the same weights in every process."""
    model.set_weights([np.arange(w.size, dtype=w.dtype).reshape(w.shape) / 10 - 0.3 for w in model.get_weights()])
    return model


def _network(*layers: Any, compiled: bool = True) -> Any:
    from tensorflow import keras

    model = filled(keras.Sequential([keras.Input((3,)), *layers, keras.layers.Dense(1)]))
    if compiled:
        model.compile("adam", "mean_squared_error")
    return model


@native("tensorflow")
def _score(model: Any, data: Any) -> Any:
    import tensorflow

    if hasattr(model, "predict"):
        return model.predict(data.to_numpy() if hasattr(data, "to_numpy") else data, verbose=0)
    return model(tensorflow.constant(data)).numpy()


def _save(m: Any, model: Any, root: Path, **options: Any) -> Score:
    signature = m.models.infer_signature(X, OUT)
    m.tensorflow.save_model(model, root, signature=signature, input_example=X[:2], **PINS, **options)
    return Score(X)


@case(golden=True)
def tensorflow_sequential(m: Any, work: Path, root: Path) -> Score:
    return _save(m, _network(compiled=False), root)


@case()
def tensorflow_compiled(m: Any, work: Path, root: Path) -> Score:
    from tensorflow import keras

    return _save(m, _network(keras.layers.Dense(2, activation="tanh")), root, metadata={"owner": "me"})


@case()
def tensorflow_h5(m: Any, work: Path, root: Path) -> Score:
    return _save(m, _network(compiled=False), root, keras_model_kwargs={"save_format": "h5"})


@case()
def tensorflow_custom_objects(m: Any, work: Path, root: Path) -> Score:
    from tensorflow import keras

    class Doubled(keras.layers.Layer):
        def call(self, x: Any) -> Any:
            return x * 2

    Doubled.__module__ = "__main__"  # as a script defines it, so that it travels inside
    return _save(m, _network(Doubled()), root, custom_objects={"Doubled": Doubled})


@case()
def tensorflow_named_inputs(m: Any, work: Path, root: Path) -> Score:
    from tensorflow import keras

    a, b = keras.Input((3,), name="a"), keras.Input((2,), name="b")
    model = filled(keras.Model({"a": a, "b": b}, keras.layers.Dense(2)(keras.layers.Concatenate()([a, b]))))
    data = {"a": X, "b": X[:, :2]}
    signature = m.models.infer_signature(data, np.zeros((6, 2), "float32"))
    m.tensorflow.save_model(model, root, signature=signature, input_example=data, **PINS)
    return Score(data)


@case()
def tensorflow_inferred(m: Any, work: Path, root: Path) -> Score:
    """No signature given: the example and its prediction supply it."""
    m.tensorflow.save_model(_network(), root, input_example=X[:3], **PINS)
    return Score(X)


@case()
def tensorflow_frame_with_a_signature(m: Any, work: Path, root: Path) -> Score:
    _save(m, _network(), root)
    return Score(pd.DataFrame(X, columns=["u", "v", "w"]))


@case()
def tensorflow_frame_without_a_signature(m: Any, work: Path, root: Path) -> Score:
    m.tensorflow.save_model(_network(), root, **PINS)
    return Score(pd.DataFrame(X, columns=["u", "v", "w"], index=list("abcdef")))


@case()
def tensorflow_module(m: Any, work: Path, root: Path) -> Score:
    import tensorflow

    class Scale(tensorflow.Module):
        def __init__(self) -> None:
            super().__init__()
            self.factor = tensorflow.Variable(2.0)

        @tensorflow.function(input_signature=[tensorflow.TensorSpec([None, 3], tensorflow.float32)])
        def __call__(self, x: Any) -> Any:
            return x * self.factor

    return _save(m, Scale(), root)


@case(corpus=True)
def tensorflow_requirements(m: Any, work: Path, root: Path) -> Score:
    m.tensorflow.save_model(_network(), root)
    return Score(X)
