"""Keras 3: models of every kind in the `.keras` format, exported graphs, and both backends that are installed."""

# ruff: noqa: E402 — without the framework the file is skipped before the imports below
from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras")

from contracts.flavor import FlavorContract, same
from modelwright.core.errors import CorruptModel, InvalidArgument, UntrustedModel
from modelwright.models import infer_signature, load, manifest
from modelwright.models.save import save_model
from modelwright.models.schema import Schema, TensorSpec
from modelwright.models.signature import ModelSignature

# How Keras 3.15 asks NumPy 2 for the values of its variables.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

X = np.random.default_rng(0).normal(size=(12, 4)).astype("float32")
y = X.sum(axis=1)
TENSORFLOW = keras.backend.backend() == "tensorflow"


def dense(*layers: Any) -> Any:
    return keras.Sequential([keras.Input((4,)), *layers, keras.layers.Dense(1)])


@cache
def network() -> Any:
    model = dense(keras.layers.Dense(3, activation="relu", kernel_regularizer="l2"), keras.layers.BatchNormalization())
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(X, y, verbose=0)
    return model


class TestKeras(FlavorContract):
    name, imports = "keras", "keras"

    def model(self) -> Any:
        return network()

    def example(self) -> Any:
        return X[:3]

    def predictions(self, model: Any, data: Any) -> Any:
        return model.predict(data, verbose=0)


@pytest.mark.skipif(not TENSORFLOW, reason="a graph for TensorFlow is exported from TensorFlow")
class TestExported(TestKeras):
    options = {"save_exported_model": True}

    def predictions(self, model: Any, data: Any) -> Any:
        return model.serve(data) if hasattr(model, "serve") else model.predict(data, verbose=0)


def functional() -> Any:
    a, b = keras.Input((4,), name="a"), keras.Input((2,), name="b")
    joined = keras.layers.Concatenate()([a * 2 + keras.ops.sum(a, axis=1, keepdims=True), b])
    return keras.Model({"a": a, "b": b}, keras.layers.Dense(2, activation="softmax")(joined))


def text() -> Any:
    return keras.Sequential([keras.Input((5,), dtype="int32"), keras.layers.Embedding(9, 3), keras.layers.LSTM(2)])


MODELS = {
    "named inputs": (functional, {"a": X[:3], "b": X[:3, :2]}),
    "embeddings": (text, np.arange(10, dtype="int32").reshape(2, 5) % 9),
    "pictures": (
        lambda: keras.Sequential([
            keras.Input((6, 6, 1)), keras.layers.Conv2D(2, 3), keras.layers.MaxPooling2D(), keras.layers.Flatten()
        ]),
        X[:1, :1] + np.ones((2, 6, 6, 1), "float32"),
    ),
    "nested": (lambda: dense(keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)])), X[:3]),
    "a learning rate that falls": (network, X[:3]),
}  # fmt: skip


@pytest.mark.parametrize("which", MODELS)
def test_models_of_keras_itself_come_back_without_running_code(which: str, tmp_path: Path) -> None:
    make, data = MODELS[which]
    model = make()
    expected = model.predict(data, verbose=0)
    save_model(load.flavor("keras"), model, tmp_path / "m", input_example=data, pip_requirements=[])
    (tmp_path / "m" / manifest.NAME).unlink()
    assert load.hazards(tmp_path / "m") == []
    loaded = load.load_model(load.flavor("keras"), tmp_path / "m", trust=False)
    same(loaded.predict(data, verbose=0), expected)
    same(load.load_pyfunc(tmp_path / "m", trust=False).predict(data), expected)


def test_what_mlmodel_says(tmp_path: Path) -> None:
    meta = save_model(load.flavor("keras"), network(), tmp_path / "m", pip_requirements=[])
    assert meta.flavors["keras"] == {
        "code": None,
        "data": "data",
        "keras_version": keras.__version__,
        "keras_backend": keras.backend.backend(),
        "save_exported_model": False,
    }
    assert "data" not in meta.flavors["python_function"]
    assert sorted(path.name for path in (tmp_path / "m/data").iterdir()) == ["keras_module.txt", "model.keras"]
    assert (tmp_path / "m/data/keras_module.txt").read_text() == "keras"


def test_a_frame_gives_a_frame_with_its_index(tmp_path: Path) -> None:
    save_model(load.flavor("keras"), network(), tmp_path / "m", pip_requirements=[])
    model = load.load_pyfunc(tmp_path / "m")
    frame = pd.DataFrame(X[:3], index=["u", "v", "w"])
    found = model.predict(frame)
    assert list(found.index) == ["u", "v", "w"]
    same(found, network().predict(X[:3], verbose=0))
    with pytest.raises(InvalidArgument, match=r"Expected a DataFrame, an array.*got a builtins\.str"):
        model.predict("text")


def test_params_reach_predict(tmp_path: Path) -> None:
    signature = infer_signature(X[:2], network().predict(X[:2], verbose=0), params={"batch_size": 5})
    save_model(load.flavor("keras"), network(), tmp_path / "m", signature=signature, pip_requirements=[])
    model = load.load_pyfunc(tmp_path / "m")
    same(model.predict(X, {"batch_size": 2}), network().predict(X, verbose=0))


def test_the_optimizer_comes_back_too(tmp_path: Path) -> None:
    save_model(load.flavor("keras"), network(), tmp_path / "m", pip_requirements=[])
    loaded = load.load_model(load.flavor("keras"), tmp_path / "m")
    assert loaded.evaluate(X, y, verbose=0) == pytest.approx(network().evaluate(X, y, verbose=0), rel=1e-5)
    uncompiled = load.load_model(load.flavor("keras"), tmp_path / "m", load_model_kwargs={"compile": False})
    assert not uncompiled.compiled


class Doubled(keras.layers.Layer):
    def call(self, x: Any) -> Any:
        return x * 2


def own_loss(wanted: Any, found: Any) -> Any:
    return keras.ops.mean(keras.ops.abs(wanted - found))


def test_a_layer_of_ones_own_is_named_and_has_to_be_given(tmp_path: Path) -> None:
    model = dense(Doubled(name="twice"))
    with warnings.catch_warnings():  # that it cannot be loaded; older versions of Keras import what a file names
        warnings.simplefilter("ignore")
        save_model(load.flavor("keras"), model, tmp_path / "m", pip_requirements=[])
    (tmp_path / "m" / manifest.NAME).unlink()
    of = f"a 'Doubled' of module {__name__!r}, which is none of Keras's own"
    assert load.hazards(tmp_path / "m") == [f"its file 'model.keras' has 'twice', {of}"]
    with pytest.raises(UntrustedModel, match="'twice', a 'Doubled'"):
        load.load_model(load.flavor("keras"), tmp_path / "m")
    loaded = load.load_model(load.flavor("keras"), tmp_path / "m", trust=True, custom_objects={"Doubled": Doubled})
    same(loaded.predict(X, verbose=0), model.predict(X, verbose=0))


def test_a_class_that_keras_does_not_know_is_named(tmp_path: Path) -> None:
    register = keras.saving.register_keras_serializable("contract")
    model = dense(register(type("Passing", (Doubled,), {}))())
    save_model(load.flavor("keras"), model, tmp_path / "m", pip_requirements=[], verify=True)
    keras.saving.get_custom_objects().pop("contract>Passing")
    with pytest.raises(InvalidArgument, match=r"Could not locate class 'Passing'\. Pass custom_objects"):
        load.load_model(load.flavor("keras"), tmp_path / "m")


def test_a_loss_of_ones_own_does_not_keep_a_model_from_scoring(tmp_path: Path) -> None:
    model = dense()
    model.compile("sgd", own_loss)
    model.fit(X, y, verbose=0)
    save_model(load.flavor("keras"), model, tmp_path / "m", input_example=X[:2], pip_requirements=[], verify=True)
    same(load.load_pyfunc(tmp_path / "m").predict(X), model.predict(X, verbose=0))
    with pytest.warns(UserWarning, match=r"without its loss and optimizer.*own_loss"):
        loaded = load.load_model(load.flavor("keras"), tmp_path / "m")
    assert not loaded.compiled
    given = load.load_model(load.flavor("keras"), tmp_path / "m", custom_objects={"own_loss": own_loss})
    assert given.compiled


@pytest.mark.filterwarnings("ignore:The object being serialized includes a `lambda`")  # Keras, of what is tested here
def test_a_lambda_loads_only_where_code_is_allowed(tmp_path: Path) -> None:
    model = dense(keras.layers.Lambda(lambda x: x * 3, output_shape=(4,), name="thrice"))
    save_model(load.flavor("keras"), model, tmp_path / "m", pip_requirements=[])
    loaded = load.load_model(load.flavor("keras"), tmp_path / "m")
    same(loaded.predict(X, verbose=0), model.predict(X, verbose=0))
    (tmp_path / "m" / manifest.NAME).unlink()
    with pytest.raises(UntrustedModel, match="'thrice', a 'Lambda', which holds Python code"):
        load.load_model(load.flavor("keras"), tmp_path / "m")
    load.load_pyfunc(tmp_path / "m", trust=True)


def test_what_cannot_be_saved(tmp_path: Path) -> None:
    flavor = load.flavor("keras")
    with pytest.raises(InvalidArgument, match=r"Expected a keras\.Model, got a builtins\.dict"):
        save_model(flavor, {}, tmp_path / "m")
    with pytest.raises(InvalidArgument, match="'raw' is not built"):
        save_model(flavor, keras.Sequential([keras.layers.Dense(1)], name="raw"), tmp_path / "m")
    with pytest.raises(InvalidArgument, match=r"columns .*frame\.to_numpy\(\)"):
        save_model(flavor, network(), tmp_path / "m", input_example=pd.DataFrame(X), pip_requirements=[])
    fixed = ModelSignature(Schema([TensorSpec(np.dtype("float32"), (12, 4))]))
    with pytest.raises(InvalidArgument, match="fixed number of rows"):
        save_model(flavor, network(), tmp_path / "m", signature=fixed, pip_requirements=[])
    with pytest.raises(InvalidArgument, match="not supported"):
        save_model(flavor, network(), tmp_path / "m", save_model_kwargs={"nonsense": 1})
    assert not list(tmp_path.iterdir())


def test_a_class_that_does_not_say_how_it_is_made_cannot_be_saved(tmp_path: Path) -> None:
    class Scaled(keras.layers.Layer):
        def __init__(self, table: Any) -> None:
            super().__init__()
            self.table = table

        def call(self, x: Any) -> Any:
            return x

    with pytest.raises(InvalidArgument, match=r"Keras cannot save the .*get_config"):
        save_model(load.flavor("keras"), dense(Scaled(object())), tmp_path / "m")


def test_the_requirements_are_keras_and_its_backend(tmp_path: Path) -> None:
    save_model(load.flavor("keras"), network(), tmp_path / "m")
    names = {line.partition("==")[0] for line in (tmp_path / "m/requirements.txt").read_text().splitlines()}
    backend = {"tensorflow": {"tensorflow", "tensorflow-cpu"}, "torch": {"torch"}}[keras.backend.backend()]
    assert "keras" in names
    assert names & backend


def test_a_model_of_mlflow_1_is_read(tmp_path: Path) -> None:
    """It wrote HDF5, under the name of this flavor."""
    root = tmp_path / "m"
    save_model(load.flavor("keras"), network(), root, pip_requirements=[])
    (root / manifest.NAME).unlink()
    (root / "data/model.keras").unlink()
    network().save(root / "data/model.h5")
    body = yaml.safe_load((root / "MLmodel").read_text())
    body["flavors"]["keras"] = {"keras_module": "tensorflow.keras", "keras_version": keras.__version__, "data": "data"}
    (root / "MLmodel").write_text(yaml.safe_dump(body))
    assert load.hazards(root) == []
    same(load.load_pyfunc(root).predict(X), network().predict(X, verbose=0))


def test_an_archive_that_is_none(tmp_path: Path) -> None:
    save_model(load.flavor("keras"), network(), tmp_path / "m", pip_requirements=[])
    (tmp_path / "m" / manifest.NAME).unlink()
    (tmp_path / "m/data/model.keras").write_bytes(b"nothing")
    with pytest.raises(CorruptModel, match=r"model\.keras' is no model that Keras wrote"):
        load.load_model(load.flavor("keras"), tmp_path / "m", trust=True)


OTHER_BACKEND = """
    import sys, json, numpy as np, keras
    from modelwright.models import load
    from modelwright.models.save import save_model
    flavor, root = load.flavor("keras"), sys.argv[1]
    X = np.load(f"{root}/X.npy")
    native = load.load_model(flavor, f"{root}/here", trust=False)
    np.testing.assert_allclose(native.predict(X, verbose=0), np.load(f"{root}/y.npy"), rtol=1e-4, atol=1e-6)
    native.fit(X, X[:, 0], verbose=0)
    meta = save_model(flavor, native, f"{root}/there", input_example=X[:3], pip_requirements=[], verify=True)
    found = load.load_pyfunc(f"{root}/there").predict(X)
    np.testing.assert_allclose(found, native.predict(X, verbose=0), rtol=1e-5)
    np.save(f"{root}/there.npy", found)
    print(json.dumps([keras.backend.backend(), meta.flavors["keras"]["keras_backend"], meta.signature is not None]))
"""


def test_the_same_model_with_the_other_backend(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    other = "torch" if TENSORFLOW else "tensorflow"
    save_model(load.flavor("keras"), network(), tmp_path / "here", pip_requirements=[])
    np.save(tmp_path / "X.npy", X)
    np.save(tmp_path / "y.npy", network().predict(X, verbose=0))
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(OTHER_BACKEND), str(tmp_path)],
        env={**os.environ, "KERAS_BACKEND": other}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout.splitlines()[-1]) == [other, other, True]
    back = load.load_pyfunc(tmp_path / "there").predict(X)
    np.testing.assert_allclose(back, np.load(tmp_path / "there.npy"), rtol=1e-4, atol=1e-6)
