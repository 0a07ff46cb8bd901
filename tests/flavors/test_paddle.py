"""PaddlePaddle: layers, high-level models, and going on with training."""

from __future__ import annotations

import json
import pickle
import sys
import warnings
from functools import cache

import numpy as np
import pandas as pd
import pytest

if "tensorflow" in sys.modules and "paddle" not in sys.modules:
    pytest.skip("imported after tensorflow, paddle ends the process", allow_module_level=True)
with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "No ccache found")  # of paddle.utils.cpp_extension
    paddle = pytest.importorskip("paddle")

from paddle.static import InputSpec

from contracts.flavor import FlavorContract, same
from modelwright.core.errors import CorruptModel, InvalidArgument, UntrustedModel
from modelwright.models import load, manifest
from modelwright.models.mlmodel import Model
from modelwright.models.save import save_model

FLAVOR = load.flavor("paddle")
FRAME = pd.DataFrame(np.random.default_rng(0).normal(size=(8, 3)), columns=["a", "b", "c"]).astype("float32")
ROWS = FRAME.head(4)
TAKES = [InputSpec([None, 3], "float32", "x")]

# jit.save and jit.load copy tensors the way that paddle itself advises against
pytestmark = pytest.mark.filterwarnings("ignore:To copy construct from a tensor")


class Pairs(paddle.io.Dataset):
    def __len__(self):
        return len(FRAME)

    def __getitem__(self, number):
        row = FRAME.to_numpy()[number]
        return row, row.sum(keepdims=True)


def network():
    return paddle.nn.Sequential(
        paddle.nn.Linear(3, 4), paddle.nn.ReLU(), paddle.nn.Dropout(0.5), paddle.nn.Linear(4, 2)
    )


def high_level(inputs=TAKES, epochs=1):
    parts = paddle.nn.Linear(3, 4), paddle.nn.ReLU(), paddle.nn.Linear(4, 1)
    model = paddle.Model(paddle.nn.Sequential(*parts), inputs)
    model.prepare(paddle.optimizer.Adam(0.01, parameters=model.parameters()), paddle.nn.MSELoss())
    if epochs:
        model.fit(Pairs(), batch_size=4, epochs=epochs, verbose=0)
    return model


@cache
def layer():
    return paddle.jit.to_static(network(), input_spec=TAKES, full_graph=True)


@cache
def trained():
    return high_level()


class TestLayer(FlavorContract):
    name, imports = "paddle", "paddle"

    def model(self):
        return layer()

    def example(self):
        return ROWS

    def predictions(self, model, data):
        network = getattr(model, "network", model)
        network.eval()
        return network(paddle.to_tensor(data.to_numpy("float32"))).numpy()

    def expected(self):
        return answers(type(self))  # once: a network cannot be asked by several threads at the same time


@cache
def answers(kind):
    return kind().predictions(kind().model(), ROWS)


class TestHighLevelModel(TestLayer):
    def model(self):
        return trained()


class TestForTraining(TestHighLevelModel):
    options = {"training": True}


@pytest.fixture
def saved(tmp_path):
    save_model(FLAVOR, trained(), tmp_path / "m", pip_requirements=[], training=True)
    return tmp_path / "m"


def without_manifest(path):
    (path / manifest.NAME).unlink()
    return path


def test_a_layer_is_saved_as_it_predicts_and_left_as_it_was(tmp_path):
    model = paddle.jit.to_static(network(), input_spec=TAKES, full_graph=True)
    model.train()
    save_model(FLAVOR, model, tmp_path / "m", pip_requirements=[])
    assert model.training
    loaded = load.load_model(FLAVOR, tmp_path / "m")
    first, again = (loaded(paddle.to_tensor(ROWS.to_numpy())).numpy() for _ in range(2))
    assert np.array_equal(first, again)  # nothing is dropped out


def test_files_and_keys(tmp_path, saved):
    meta = save_model(FLAVOR, layer(), tmp_path / "layer", pip_requirements=[])
    assert meta.flavors["paddle"] == {"pickled_model": "model", "paddle_version": paddle.__version__, "code": None}
    assert meta.flavors["python_function"]["model_path"] == "model"
    names = {path.name for path in (tmp_path / "layer").glob("model.*")}
    assert len(names) == 2
    assert "model.pdiparams" in names
    assert {path.name for path in saved.glob("model.*")} == {*names, "model.pdparams", "model.pdopt"}


def test_weights_go_into_another_model_and_training_goes_on(tmp_path):
    with paddle.utils.unique_name.guard():  # paddle's optimizers know their state by the names of the weights
        model = high_level()
        save_model(FLAVOR, model, tmp_path / "m", pip_requirements=[], training=True)
    with paddle.utils.unique_name.guard():
        fresh = high_level(epochs=0)
        assert load.load_model(FLAVOR, tmp_path / "m", model=fresh) is fresh
        same(fresh.predict_batch([ROWS.to_numpy()])[0], model.predict_batch([ROWS.to_numpy()])[0])
        fresh.fit(Pairs(), batch_size=4, epochs=1, verbose=0)
    (power,) = [v for name, v in fresh._optimizer.state_dict().items() if "0.w_0_beta1_pow" in name]
    same(power.numpy(), [0.9**5])  # one factor to begin with, two batches before, two now


def test_what_load_takes_goes_on_to_paddle(saved):
    other = paddle.Model(paddle.nn.Sequential(paddle.nn.Linear(3, 4), paddle.nn.ReLU(), paddle.nn.Linear(4, 2)), TAKES)
    with pytest.raises(CorruptModel, match=r"cannot read .*pdparams.*receives a shape"):
        load.load_model(FLAVOR, saved, model=other)
    with pytest.warns(UserWarning, match="Skip loading for 2"):
        load.load_model(FLAVOR, saved, model=other, skip_mismatch=True)


def test_a_model_without_weights_or_that_is_none(saved, tmp_path):
    with pytest.raises(InvalidArgument, match=r"must be a paddle\.Model .*, got a .*Sequential"):
        load.load_model(FLAVOR, saved, model=network())
    save_model(FLAVOR, layer(), tmp_path / "layer", pip_requirements=[])
    with pytest.raises(InvalidArgument, match="saved without training=True"):
        load.load_model(FLAVOR, tmp_path / "layer", model=high_level(epochs=0))


def test_weights_alone_need_a_model(saved):
    """As MLflow writes training=True."""
    for path in without_manifest(saved).glob("model.*"):
        if path.suffix in (".json", ".pdmodel", ".pdiparams"):
            path.unlink()
    with pytest.raises(InvalidArgument, match=r"pass model=paddle\.Model"):
        load.load_model(FLAVOR, saved)
    assert load.load_model(FLAVOR, saved, model=high_level(epochs=0))


def test_training_of_a_model_whose_inputs_nobody_knows(tmp_path):
    unknown = high_level(inputs=None, epochs=0)
    with pytest.warns(UserWarning, match="cannot be scored: Paddle cannot make a program of"):
        meta = save_model(FLAVOR, unknown, tmp_path / "m", pip_requirements=[], training=True)
    assert list(meta.flavors) == ["paddle"]
    load.load_model(FLAVOR, tmp_path / "m", model=high_level(epochs=0))


def test_what_has_no_program_is_refused(tmp_path):
    for model in (high_level(inputs=None, epochs=0), network()):
        with pytest.raises(InvalidArgument, match=r"cannot make a program .* input_spec="):
            save_model(FLAVOR, model, tmp_path / "m")
    with pytest.raises(InvalidArgument, match=r"Expected a paddle\.nn\.Layer or a paddle\.Model, got a builtins\.dict"):
        save_model(FLAVOR, {}, tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_a_layer_is_never_saved_for_training(tmp_path):
    with pytest.warns(UserWarning, match=r"training=True is for a paddle\.Model"):
        save_model(FLAVOR, layer(), tmp_path / "m", pip_requirements=[], training=True)


def test_what_scoring_takes_and_gives(saved):
    model = load.load_pyfunc(saved)
    wanted = trained().predict_batch([ROWS.to_numpy()])[0]
    for data in (ROWS, ROWS.astype("float64"), ROWS.to_numpy(), ROWS.to_numpy()[:, None, :], ROWS.to_numpy()[None]):
        found = model.predict(data)
        assert isinstance(found, pd.DataFrame)
        same(found, wanted)
    one = model.predict(ROWS.head(1))
    assert one.shape == (1, 1)
    same(one, wanted[:1])
    for wrong in ([[1.0, 2.0, 3.0]], {"a": [1.0]}):
        with pytest.raises(InvalidArgument, match=r"take a pandas\.DataFrame or a numpy\.ndarray, got a builtins\."):
            model.predict(wrong)


def test_one_row_of_several_outputs_stays_a_row(tmp_path):
    save_model(FLAVOR, layer(), tmp_path / "m", pip_requirements=[])
    assert load.load_pyfunc(tmp_path / "m").predict(ROWS.head(1)).shape == (1, 2)


@pytest.mark.filterwarnings("ignore:no variable in your model")  # these two only compute
def test_what_is_no_table_of_predictions_is_refused(tmp_path):
    class Both(paddle.nn.Layer):
        def forward(self, x):
            return x, x + 1

    class Deep(paddle.nn.Layer):
        def forward(self, x):
            return x.reshape([-1, 3, 1])

    for kind, message in ((Both, "2 tensors"), (Deep, r"a tensor of the shape \[4, 3, 1\]")):
        path = tmp_path / kind.__name__
        save_model(FLAVOR, paddle.jit.to_static(kind(), input_spec=TAKES, full_graph=True), path, pip_requirements=[])
        with pytest.raises(InvalidArgument, match=message):
            load.load_pyfunc(path).predict(ROWS)


def test_programs_that_compute_are_harmless_and_arrays_too(saved, monkeypatch):
    monkeypatch.setenv("MODELWRIGHT_TRUST", "none")
    without_manifest(saved)
    load.load_pyfunc(saved)
    load.load_model(FLAVOR, saved)
    load.load_model(FLAVOR, saved, model=high_level(epochs=0))


class Trap:
    def __reduce__(self):
        return print, ("opened",)


@pytest.mark.parametrize("suffix", [".pdparams", ".pdopt", ".pdscaler"])
def test_weights_that_are_more_than_arrays_ask_for_trust(saved, suffix, capsys):
    (without_manifest(saved) / f"model{suffix}").write_bytes(pickle.dumps({"0.weight": Trap()}))
    load.load_model(FLAVOR, saved)  # which reads no weights
    with pytest.raises(UntrustedModel, match=rf"model{suffix}' is a pickle that names builtins\.print"):
        load.load_model(FLAVOR, saved, model=high_level(epochs=0))
    assert capsys.readouterr().out == ""


def test_a_pickle_beside_an_old_program_asks_for_trust(saved):
    (without_manifest(saved) / "model.pdiparams.info").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(UntrustedModel, match=r"model\.pdiparams\.info' is a pickle that names builtins\.print"):
        load.load_pyfunc(saved)


@pytest.mark.parametrize("operator", ["1.save_combine", "1.load_combine", "1.read_file", "1.tensorrt_engine", "3.mine"])
def test_programs_that_reach_out_ask_for_trust(saved, operator):
    program = without_manifest(saved) / "model.json"
    if not program.exists():
        pytest.skip("this version of paddle writes programs that cannot be looked into")
    program.write_text(program.read_text().replace('"#":"1.add"', f'"#":"1.add","#":"{operator}"', 1))
    with pytest.raises(UntrustedModel, match=rf"program 'model\.json' holds the operators {operator}"):
        load.load_pyfunc(saved)


def test_programs_of_further_methods_are_looked_into(saved):
    body = {"program": {"regions": [{"blocks": [{"ops": [{"#": "1.save_combine"}]}]}]}}
    (without_manifest(saved) / "model.other.json").write_text(json.dumps(body))
    with pytest.raises(UntrustedModel, match=r"model\.other\.json' holds"):
        load.load_pyfunc(saved)


def test_what_cannot_be_looked_into_asks_for_trust(saved):
    (without_manifest(saved) / "model.pdmodel").write_bytes(b"protobuf")
    with pytest.raises(UntrustedModel, match=r"model\.pdmodel' is a program that cannot be looked into"):
        load.load_pyfunc(saved)
    (saved / "model").mkdir()
    with pytest.raises(UntrustedModel, match="folder 'model' holds programs"):
        load.load_pyfunc(saved)


def test_files_that_paddle_cannot_read(saved):
    without_manifest(saved)
    for name in ("model.json", "model.pdiparams"):
        whole = (saved / name).read_bytes()
        for text in (b"", b"nothing of the kind", whole[: len(whole) // 2]):
            (saved / name).write_bytes(text)
            with pytest.raises(CorruptModel, match=r"cannot read|is not a program of Paddle"):
                load.load_model(FLAVOR, saved, trust=True)
        (saved / name).write_bytes(whole)
    (saved / "model.pdparams").write_bytes(b"\x80\x04half")
    with pytest.raises(CorruptModel, match="not a whole pickle"):
        load.load_model(FLAVOR, saved, model=high_level(epochs=0), trust=True)


def test_where_the_files_are_is_checked(saved):
    text = (without_manifest(saved) / "MLmodel").read_text()
    (saved / "MLmodel").write_text(text.replace("pickled_model: model", "pickled_model: 7"))
    with pytest.raises(CorruptModel, match="names 7 under 'pickled_model'"):
        load.load_model(FLAVOR, saved)
    assert Model.load(saved)
