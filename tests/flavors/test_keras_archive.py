"""What a Keras file could run, judged by the names in its configuration."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from modelwright.core.errors import CorruptModel
from modelwright.flavors import keras_archive

DENSE = {"module": "keras.layers", "class_name": "Dense", "config": {"name": "d", "units": 1}, "registered_name": None}


def archive(folder: Path, *layers: Any, **more: Any) -> Path:
    model = {"module": "keras", "class_name": "Sequential", "config": {"layers": list(layers)}, **more}
    path = folder / "model.keras"
    with ZipFile(path, "w") as file:
        file.writestr("config.json", json.dumps(model))
    return path


def entry(module: Any, name: Any, config: Any = None, **more: Any) -> dict[str, Any]:
    return {"module": module, "class_name": name, "config": {} if config is None else config, **more}


@pytest.mark.parametrize(
    "known",
    [
        DENSE,
        entry("keras.src.ops.numpy", "Multiply"),
        entry("keras.optimizers.schedules", "ExponentialDecay"),
        entry("builtins", "function", "relu", registered_name="function"),
        entry("keras.activations", "function", "relu"),
        entry(None, "Mine", registered_name="mine>Mine"),
        {"class_name": "__keras_tensor__", "config": {"keras_history": ["d", 0, 0]}},
        entry("keras.layers", "StringLookup", {"vocabulary": ["a", "b"]}),
        entry("tensorflow.python.framework.tensor", "__typespec__", [], spec_name="TensorSpec"),
    ],
    ids=str,
)
def test_what_is_kerass_own_is_harmless(known: Any, tmp_path: Path) -> None:
    assert keras_archive.hazard(archive(tmp_path, DENSE, known)) is None


@pytest.mark.parametrize(
    ("strange", "said"),
    [
        (entry("keras.layers", "Lambda", {"name": "trick"}), "'trick', a 'Lambda', which holds Python code"),
        ({"class_name": "__lambda__", "config": {"value": "4wEA"}}, "'__lambda__', which is a Python function"),
        (entry("keras.layers", "TorchModuleWrapper"), "pickled PyTorch module"),
        (entry("keras.layers", "TFSMLayer", {"filepath": "x"}), "runs a SavedModel"),
        (entry("os", "function", "system"), "function 'system' of module 'os'"),
        (entry("builtins", "function", "exec"), "function 'exec' of Python itself"),
        (entry("builtins", "eval"), "'eval' of Python itself"),
        (entry("subprocess", "Popen"), "'Popen' of module 'subprocess'"),
        (entry("keras.utils", "function", "get_file"), "function 'get_file' of module 'keras.utils'"),
        (entry("keras.models", "function", "load_model"), "function 'load_model' of module 'keras.models'"),
        (entry("keras.models", "load_model"), "'load_model' of module 'keras.models'"),
        (entry("keras.src.models.model", "function", "model_from_json"), "'model_from_json'"),
        (entry("keras.losses", "function", "deserialize"), "'deserialize'"),
        (entry("keras.src.saving.saving_lib", "Path"), "'Path' of module 'keras.src.saving.saving_lib'"),
        (entry("keras.src.layers.core.lambda_layer.os", "x"), "of module"),
        (entry("keras.layers/../os", "Dense"), "of module"),
        (entry("keras", "export"), "'export' of module 'keras'"),
        (entry("mine", "Layer"), "'Layer' of module 'mine'"),
        (entry("os", "__typespec__", [], spec_name="TensorSpec"), "of module 'os'"),
        (entry("keras.layers", "StringLookup", {"vocabulary": "/etc/passwd"}), "reads the file '/etc/passwd'"),
        (entry(["keras.layers"], "Dense"), "no class"),
        (entry("keras.layers", 7), "no class"),
    ],
    ids=str,
)
def test_what_is_not_is_named_wherever_it_stands(strange: Any, said: str, tmp_path: Path) -> None:
    inside = {**DENSE, "config": {"kernel_initializer": [strange]}}
    for layers, more in (((DENSE, strange), {}), ((inside,), {}), ((DENSE,), {"compile_config": {"loss": strange}})):
        found = keras_archive.hazard(archive(tmp_path, *layers, **more))
        assert found is not None
        assert "its file 'model.keras' " in found
        assert said in found


def test_what_is_no_archive(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(CorruptModel, match="is no model that Keras wrote"):
        keras_archive.hazard(path)
    with ZipFile(path, "w") as file:
        file.writestr("other.json", "{}")
    with pytest.raises(CorruptModel, match=r"config\.json"):
        keras_archive.hazard(path)


def test_every_text_of_the_configuration(tmp_path: Path) -> None:
    assert {"Dense", "keras.layers", "d", "class_name"} - keras_archive.names(archive(tmp_path, DENSE)) == {
        "class_name"
    }


def test_the_configuration_of_an_hdf5_file(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "model.h5"
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": {"layers": [DENSE]}})
    assert keras_archive.hazard(path) is None
    with h5py.File(path, "a") as file:
        file.attrs["training_config"] = json.dumps({"loss": {"class_name": "Lambda", "config": {}}})
    assert "Lambda" in (keras_archive.hazard(path) or "")
    with h5py.File(path, "w"):
        pass
    with pytest.raises(CorruptModel, match="no model_config"):
        keras_archive.hazard(path)
