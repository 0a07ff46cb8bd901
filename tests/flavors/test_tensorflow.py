"""TensorFlow: Keras models in two formats with objects of one's own, modules, and what older MLflow wrote."""

# ruff: noqa: E402 — without the framework the file is skipped before the imports below
from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
tensorflow = pytest.importorskip("tensorflow")
keras = tensorflow.keras

from contracts.flavor import FlavorContract, same
from modelwright.core.errors import CorruptModel, InvalidArgument, UntrustedModel
from modelwright.models import load, manifest
from modelwright.models.save import save_model

# How Keras 3.15 asks NumPy 2 for the values of its variables.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

X = np.random.default_rng(0).normal(size=(12, 4)).astype("float32")
y = X.sum(axis=1)


def dense(*layers: Any) -> Any:
    return keras.Sequential([keras.Input((4,)), *layers, keras.layers.Dense(1)])


@cache
def network() -> Any:
    model = dense(keras.layers.Dense(3, activation="relu"))
    model.compile("adam", "mse")
    model.fit(X, y, verbose=0)
    return model


class Scale(tensorflow.Module):
    def __init__(self) -> None:
        super().__init__()
        self.factor = tensorflow.Variable(2.0)

    @tensorflow.function(input_signature=[tensorflow.TensorSpec([None, 4], tensorflow.float32)])
    def __call__(self, x: Any) -> Any:
        return x * self.factor


@cache
def scale() -> Any:
    return Scale()


class TestKeras(FlavorContract):
    name, imports = "tensorflow", "tensorflow"

    def model(self) -> Any:
        return network()

    def example(self) -> Any:
        return X[:3]

    def predictions(self, model: Any, data: Any) -> Any:
        return model.predict(data, verbose=0)


class TestHdf5(TestKeras):
    options = {"keras_model_kwargs": {"save_format": "h5"}}

    @pytest.fixture(autouse=True)
    def _(self, recwarn: pytest.WarningsRecorder) -> None:
        """Keras 3 cannot restore a loss that was named "mse" from HDF5, which is told."""


class TestModule(TestKeras):
    def model(self) -> Any:
        return scale()

    def predictions(self, model: Any, data: Any) -> Any:
        return model(tensorflow.constant(data)).numpy()


def entries(root: Path) -> Any:
    return yaml.safe_load((root / "MLmodel").read_text())["flavors"]


def rewrite(root: Path, **flavors: Any) -> None:
    """The directory as somebody else wrote it."""
    body = yaml.safe_load((root / "MLmodel").read_text())
    body["flavors"].update(flavors)
    (root / "MLmodel").write_text(yaml.safe_dump(body))
    (root / manifest.NAME).unlink(missing_ok=True)


def test_what_mlmodel_says(tmp_path: Path) -> None:
    flavor = load.flavor("tensorflow")
    save_model(flavor, network(), tmp_path / "keras", pip_requirements=[])
    save_model(flavor, scale(), tmp_path / "module", pip_requirements=[])
    assert entries(tmp_path / "keras")["tensorflow"] == {
        "code": None,
        "data": "data",
        "keras_version": tensorflow.__version__,
        "model_type": "keras",
        "save_format": "tf",
    }
    assert entries(tmp_path / "keras")["python_function"]["data"] == "data"
    files = sorted(path.name for path in (tmp_path / "keras/data").iterdir())
    assert files == ["keras_module.txt", "model.keras", "save_format.txt"]
    assert (tmp_path / "keras/data/keras_module.txt").read_text() == "tensorflow.keras"
    assert (tmp_path / "keras/data/save_format.txt").read_text() == "tf"
    assert entries(tmp_path / "module")["tensorflow"] == {
        "code": None,
        "model_type": "tf2-module",
        "saved_model_dir": "tf2model",
    }
    assert "data" not in entries(tmp_path / "module")["python_function"]


class Doubled(keras.layers.Layer):
    def call(self, x: Any) -> Any:
        return x * 2


Doubled.__module__ = "__main__"  # as a script defines it, so that it travels by value


def own_loss(wanted: Any, found: Any) -> Any:
    return tensorflow.reduce_mean(tensorflow.abs(wanted - found))


def test_objects_of_ones_own_travel_with_the_model(tmp_path: Path) -> None:
    model = dense(Doubled())
    options = {"custom_objects": {"Doubled": Doubled}, "pip_requirements": []}
    save_model(load.flavor("tensorflow"), model, tmp_path / "m", verify=True, **options)
    assert (tmp_path / "m/data/custom_objects.cloudpickle").exists()
    loaded = load.load_model(load.flavor("tensorflow"), tmp_path / "m")
    same(loaded.predict(X, verbose=0), model.predict(X, verbose=0))
    (tmp_path / "m" / manifest.NAME).unlink()
    with pytest.raises(UntrustedModel, match=r"'custom_objects\.cloudpickle' is a pickle"):
        load.load_pyfunc(tmp_path / "m")


def test_of_the_registered_objects_only_those_of_the_model_travel(tmp_path: Path) -> None:
    register = keras.utils.register_keras_serializable("contract")

    @register
    class Tripled(keras.layers.Layer):
        def call(self, x: Any) -> Any:
            return x * 3

    registered = keras.utils.get_custom_objects()
    try:
        save_model(load.flavor("tensorflow"), dense(), tmp_path / "without", pip_requirements=[])
        model = dense(Tripled())
        save_model(load.flavor("tensorflow"), model, tmp_path / "with", pip_requirements=[])
    finally:
        registered.pop("contract>Tripled")
    assert not (tmp_path / "without/data/global_custom_objects.cloudpickle").exists()
    assert (tmp_path / "with/data/global_custom_objects.cloudpickle").exists()
    same(load.load_pyfunc(tmp_path / "with").predict(X), model.predict(X, verbose=0))


def test_the_callers_objects_win_over_those_in_the_model(tmp_path: Path) -> None:
    class Other(Doubled):
        def call(self, x: Any) -> Any:
            return x * 5

    options = {"custom_objects": {"Doubled": Doubled}, "pip_requirements": []}
    save_model(load.flavor("tensorflow"), dense(Doubled()), tmp_path / "m", **options)
    given = {"custom_objects": {"Doubled": Other}}
    loaded = load.load_model(load.flavor("tensorflow"), tmp_path / "m", keras_model_kwargs=given)
    assert type(loaded.layers[0]) is Other


@pytest.mark.filterwarnings("ignore:The object being serialized includes a `lambda`")  # Keras, of what is tested here
@pytest.mark.parametrize("save_format", ["tf", "h5"])
def test_a_lambda_loads_only_where_code_is_allowed(save_format: str, tmp_path: Path) -> None:
    model = dense(keras.layers.Lambda(lambda x: x * 3, output_shape=(4,), name="thrice"))
    options = {"keras_model_kwargs": {"save_format": save_format}, "pip_requirements": []}
    save_model(load.flavor("tensorflow"), model, tmp_path / "m", **options)
    (tmp_path / "m" / manifest.NAME).unlink()
    with pytest.raises(UntrustedModel, match="'thrice', a 'Lambda', which holds Python code"):
        load.load_model(load.flavor("tensorflow"), tmp_path / "m")
    loaded = load.load_model(load.flavor("tensorflow"), tmp_path / "m", trust=True)
    same(loaded.predict(X, verbose=0), model.predict(X, verbose=0))


def test_a_module_takes_arrays_and_lists(tmp_path: Path) -> None:
    save_model(load.flavor("tensorflow"), scale(), tmp_path / "m", pip_requirements=[])
    model = load.load_pyfunc(tmp_path / "m")
    same(model.predict(X), X * 2)
    same(model.predict(X[:2].tolist()), X[:2] * 2)
    with pytest.raises(InvalidArgument, match=r"takes an array or a list; got .*DataFrame"):
        model.predict(pd.DataFrame(X))
    assert load.load_model(load.flavor("tensorflow"), tmp_path / "m").factor.numpy() == 2.0


def test_a_graph_is_a_program(tmp_path: Path) -> None:
    save_model(load.flavor("tensorflow"), scale(), tmp_path / "m", pip_requirements=[])
    (tmp_path / "m" / manifest.NAME).unlink()
    with pytest.raises(UntrustedModel, match="'tf2model' is a SavedModel, a program that may read and write files"):
        load.load_pyfunc(tmp_path / "m")


def test_estimators_of_tensorflow_1_are_read(tmp_path: Path) -> None:
    class Estimator(tensorflow.Module):
        @tensorflow.function(
            input_signature=[tensorflow.TensorSpec([None], tensorflow.float32, name=name) for name in "ab"]
        )
        def serve(self, a: Any, b: Any) -> Any:
            return {"sum": a + b, "rows": tensorflow.stack([a, b], axis=1), "column": tensorflow.reshape(a, [-1, 1])}

    estimator = Estimator()
    save_model(load.flavor("tensorflow"), scale(), tmp_path / "m", pip_requirements=[])
    graph = str(tmp_path / "m/tfmodel")
    tensorflow.saved_model.save(estimator, graph, signatures={"predict": estimator.serve})
    old = {"saved_model_dir": "tfmodel", "meta_graph_tags": ["serve"], "signature_def_key": "predict"}
    rewrite(tmp_path / "m", tensorflow=old)
    model = load.load_pyfunc(tmp_path / "m", trust=True)
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]}, dtype="float32")
    found = model.predict(frame)
    assert found["sum"].tolist() == [4.0, 6.0]
    assert found["rows"].tolist() == [[1.0, 3.0], [2.0, 4.0]]
    assert found["column"].tolist() == [1.0, 2.0]
    assert model.predict({name: frame[name].to_numpy() for name in frame})["sum"] == [4.0, 6.0]
    native = load.load_model(load.flavor("tensorflow"), tmp_path / "m", trust=True)
    assert native(a=tensorflow.constant([1.0]), b=tensorflow.constant([1.0]))["sum"].numpy() == [2.0]
    rewrite(tmp_path / "m", tensorflow={**old, "signature_def_key": "train"})
    with pytest.raises(CorruptModel, match="no signature 'train'; it has 'predict'"):
        load.load_pyfunc(tmp_path / "m", trust=True)
    rewrite(tmp_path / "m", tensorflow={**old, "model_type": "novel"})
    with pytest.raises(CorruptModel, match="model_type is 'novel'"):
        load.load_pyfunc(tmp_path / "m", trust=True)


def test_keras_models_that_older_tensorflow_saved_as_graphs_are_scored(tmp_path: Path) -> None:
    """TensorFlow before 2.16 wrote a SavedModel to data/model, of which Keras 3 restores no layers."""
    root = tmp_path / "m"
    save_model(load.flavor("tensorflow"), network(), root, pip_requirements=[])
    (root / "data/model.keras").unlink()
    network().export(str(root / "data/model"))
    rewrite(root)
    with pytest.raises(UntrustedModel, match="'model' is a SavedModel"):
        load.load_pyfunc(root)
    same(load.load_pyfunc(root, trust=True).predict(X), network().predict(X, verbose=0))
    frame = load.load_pyfunc(root, trust=True).predict(pd.DataFrame(X))
    assert list(frame.index) == list(range(12))


def test_hdf5_without_a_format_is_read(tmp_path: Path) -> None:
    """MLflow did not always write down the format, which was then HDF5."""
    model = dense()
    model.compile("sgd", own_loss)
    model.fit(X, y, verbose=0)
    options = {"keras_model_kwargs": {"save_format": "h5"}, "pip_requirements": []}
    save_model(load.flavor("tensorflow"), model, tmp_path / "m", **options)
    (tmp_path / "m/data/save_format.txt").unlink()
    old = {"data": "data", "model_type": "keras", "keras_version": tensorflow.__version__}
    rewrite(tmp_path / "m", tensorflow=old)
    same(load.load_pyfunc(tmp_path / "m").predict(X), model.predict(X, verbose=0))
    with pytest.warns(UserWarning, match="came back without its loss and optimizer"):
        load.load_model(load.flavor("tensorflow"), tmp_path / "m")


def test_what_cannot_be_saved(tmp_path: Path) -> None:
    flavor = load.flavor("tensorflow")
    with pytest.raises(InvalidArgument, match=r"Expected a keras\.Model or a tf\.Module, got a builtins\.dict"):
        save_model(flavor, {}, tmp_path / "m")
    with pytest.raises(InvalidArgument, match=r"save_format must be 'tf', 'keras' or 'h5', got 'onnx'"):
        save_model(flavor, network(), tmp_path / "m", keras_model_kwargs={"save_format": "onnx"})
    with pytest.raises(InvalidArgument, match=r"columns .*frame\.to_numpy\(\)"):
        save_model(flavor, network(), tmp_path / "m", input_example=pd.DataFrame(X), pip_requirements=[])
    with pytest.raises(InvalidArgument, match="is not built"):
        save_model(flavor, keras.Sequential([keras.layers.Dense(1)]), tmp_path / "m")
    assert not list(tmp_path.iterdir())


def test_the_requirements_name_what_is_installed(tmp_path: Path) -> None:
    save_model(load.flavor("tensorflow"), network(), tmp_path / "plain")
    save_model(load.flavor("tensorflow"), dense(Doubled()), tmp_path / "own", custom_objects={"Doubled": Doubled})
    plain, own = (
        [line.partition("==")[0] for line in (tmp_path / which / "requirements.txt").read_text().splitlines()]
        for which in ("plain", "own")
    )
    assert {"tensorflow", "tensorflow-cpu"} & set(plain)
    assert "cloudpickle" not in plain
    assert "cloudpickle" in own
