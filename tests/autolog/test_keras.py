"""What is written down of a Keras training."""

# ruff: noqa: E402 — without the framework the file is skipped before the imports below
from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras")

import modelwright
from autolog.fake import FakeSession, Sessions
from contracts.integration import IntegrationContract
from modelwright.autolog import engine
from modelwright.autolog.keras import Keras
from modelwright.autolog.keras_callbacks import MlflowCallback
from modelwright.core.errors import InvalidArgument

# How Keras 3.15 asks NumPy 2 for the values of its variables.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

OPTIONS = {
    "log_every_epoch": True, "log_every_n_steps": None, "save_exported_model": False, "save_model_kwargs": None,
    "log_models": True,
}  # fmt: skip
X = np.random.default_rng(0).normal(size=(20, 3)).astype("float32")
y = X.sum(axis=1)


def network() -> Any:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.05), "mse", metrics=["mae"])
    return model


@pytest.fixture
def sessions() -> Iterator[Sessions]:
    opened = Sessions()
    engine.enable(Keras(), OPTIONS, opened)
    yield opened
    engine.disable("keras")


def one(sessions: Sessions) -> FakeSession:
    (session,) = sessions.written
    assert session.losses == []
    return session


def params(session: FakeSession) -> dict[str, Any]:
    return {name: value for some in session.of("params") for name, value in some.items()}


class TestContract(IntegrationContract):
    integration = Keras
    options = OPTIONS
    owners = ("keras", next(cls.__module__ for cls in keras.Model.__mro__ if "fit" in vars(cls)))

    def train(self) -> Any:
        model = network()
        model.fit(X, y, verbose=0)
        return model

    def fail(self) -> Any:
        return network().fit(X, y[:-1], verbose=0)


def test_a_fit_is_recorded(sessions: Sessions) -> None:
    model = network()
    history = model.fit(X, y, batch_size=10, epochs=3, validation_data=(X[:5], y[:5]), verbose=0)
    session = one(sessions)
    said = params(session)
    assert (said["batch_size"], said["epochs"], said["shuffle"], said["initial_epoch"]) == (10, 3, True, 0)
    assert said["optimizer_name"].lower().startswith("sgd")
    assert said["optimizer_learning_rate"] == pytest.approx(0.05)
    assert not {"x", "y", "self", "callbacks", "validation_data", "verbose"} & set(said)
    epochs = [(step, values) for values, step in session.of("metrics") if "loss" in values]
    assert [step for step, _ in epochs] == [0, 1, 2]
    assert [values["val_mae"] for _, values in epochs] == pytest.approx(history.history["val_mae"])
    validated = [(step, set(values)) for values, step in session.of("metrics") if "loss" not in values]
    assert validated == [(step, {"validation_loss", "validation_mae"}) for step in range(3)]
    assert [(context, name) for _, context, name in session.of("dataset")] == [("train", None), ("eval", None)]
    ((path, summary),) = session.of("artifact")
    assert path == "model_summary.txt"
    assert "dense" in summary
    ((logged, flavor, path, sample, options),) = session.of("model")
    assert logged is model
    assert (flavor, path) == ("keras", "model")
    assert options == {"save_exported_model": False, "save_model_kwargs": None}
    assert np.array_equal(sample.rows, X[:5])
    assert np.allclose(sample.predict(X[:5]), model.predict(X[:5], verbose=0))


def test_arguments_by_position_count(sessions: Sessions) -> None:
    network().fit(X, y, 4, 2, 0)
    said = params(one(sessions))
    assert (said["batch_size"], said["epochs"]) == (4, 2)


def test_the_users_callbacks_are_called_and_their_list_stays_as_it_is(sessions: Sessions) -> None:
    class Count(keras.callbacks.Callback):
        epochs = 0

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.epochs += 1

    count = Count()
    mine = [count]
    model = network()
    model.fit(X, y, epochs=2, callbacks=mine, verbose=0)
    model.fit(X, y, epochs=2, callbacks=count, verbose=0)
    assert (count.epochs, mine) == (4, [count])
    assert len(sessions.written) == 2


def test_steps_instead_of_epochs() -> None:
    opened = Sessions()
    engine.enable(Keras(), {**OPTIONS, "log_every_epoch": False, "log_every_n_steps": 2}, opened)
    network().fit(X, y, batch_size=5, epochs=2, verbose=0)
    engine.disable("keras")
    assert [step for _, step in one(opened).of("metrics")] == [2, 4, 6, 8]


@pytest.mark.parametrize("restore", [True, False])
def test_early_stopping(sessions: Sessions, restore: bool) -> None:
    stop = keras.callbacks.EarlyStopping("val_loss", patience=2, min_delta=10.0, restore_best_weights=restore)
    history = network().fit(X, y, epochs=9, validation_data=(X, y), callbacks=[stop], verbose=0)
    session = one(sessions)
    said = params(session)
    assert (said["monitor"], said["patience"], abs(said["min_delta"]), said["baseline"]) == ("val_loss", 2, 10.0, None)
    assert said["restore_best_weights"] is restore
    last = [(values, step) for values, step in session.of("metrics") if step is None or step > max(history.epoch)]
    stopped = [({"stopped_epoch": stop.stopped_epoch}, None)]
    best = {name: values[0] for name, values in history.history.items()}
    assert last == stopped + ([({"restored_epoch": 0}, None), (best, stop.stopped_epoch + 1)] if restore else [])


def test_a_training_that_was_not_stopped_has_no_early_stopping_metrics(sessions: Sessions) -> None:
    stop = keras.callbacks.EarlyStopping("loss", patience=50)
    network().fit(X, y, epochs=2, callbacks=[stop], verbose=0)
    assert not [values for values, _ in one(sessions).of("metrics") if "stopped_epoch" in values]


def two_inputs() -> Any:
    a, b = keras.Input((3,), name="a"), keras.Input((2,), name="b")
    model = keras.Model([a, b], keras.layers.Dense(1)(keras.layers.Concatenate()([a, b])))
    model.compile("sgd", "mse")
    return model


@pytest.mark.parametrize("form", ["dict", "list"])
def test_several_inputs_have_names(sessions: Sessions, form: str) -> None:
    named = {"a": X, "b": X[:, :2]}
    two_inputs().fit(named if form == "dict" else list(named.values()), y, verbose=0)
    session = one(sessions)
    ((data, _, _),) = session.of("dataset")
    assert list(data) == ["a", "b"]
    ((_, _, _, sample, _),) = session.of("model")
    assert {name: rows.shape for name, rows in sample.rows.items()} == {"a": (5, 3), "b": (5, 2)}
    assert sample.predict(sample.rows).shape == (5, 1)


class Batches(keras.utils.PyDataset):
    def __len__(self) -> int:
        return 5

    def __getitem__(self, number: int) -> Any:
        return X[number * 4 : number * 4 + 4], y[number * 4 : number * 4 + 4]


def test_batches_by_number(sessions: Sessions) -> None:
    network().fit(Batches(), verbose=0)
    (session,) = sessions.written
    assert params(session)["batch_size"] == 4
    ((_, _, _, sample, _),) = session.of("model")
    assert np.array_equal(sample.rows, X[:4])


def test_a_generator_gives_all_its_batches_to_the_training(sessions: Sessions) -> None:
    def batches() -> Iterator[Any]:
        for number in range(100):
            yield X[:4] * number, y[:4]

    watched = network().fit(batches(), steps_per_epoch=3, shuffle=False, verbose=0)
    (session,) = sessions.written
    assert params(session)["batch_size"] is None
    ((_, _, _, sample, _),) = session.of("model")
    assert sample.rows.shape == (1, 3)
    assert not sample.example
    engine.disable("keras")
    assert network().fit(batches(), steps_per_epoch=3, shuffle=False, verbose=0).history == watched.history


def test_frames(sessions: Sessions) -> None:
    frame = pd.DataFrame(X, columns=list("abc"))
    network().fit(frame, y, verbose=0)
    session = one(sessions)
    assert session.of("dataset")[0][0] is frame
    assert np.array_equal(session.of("model")[0][3].rows, X[:5])


def test_a_fit_with_a_callback_of_ours_is_left_to_it(sessions: Sessions, caplog: pytest.LogCaptureFixture) -> None:
    with modelwright.start_run() as run:
        model = network()
        model.fit(X, y, callbacks=[MlflowCallback()], epochs=2, verbose=0)
        model.evaluate(X, y, callbacks=[MlflowCallback()], verbose=0)
    assert sessions.written == []
    assert "leaves it alone" in caplog.text
    found = modelwright.get_run(run.info.run_id).data
    assert {"loss", "mae", "validation_loss", "validation_mae"} == set(found.metrics)
    assert found.params["optimizer_name"].lower().startswith("sgd")
    files = [file.path for file in modelwright.MlflowClient().list_artifacts(run.info.run_id)]
    assert files == ["model_summary.txt"]


def test_the_public_callback_is_one_of_keras(sessions: Sessions) -> None:
    class Mine(MlflowCallback):
        def __init__(self, word: str) -> None:
            super().__init__(log_every_epoch=False, log_every_n_steps=3)
            self.word = word

    for callback in (MlflowCallback(), Mine("x")):
        assert isinstance(callback, keras.callbacks.Callback)
        assert isinstance(callback, MlflowCallback)
        assert type(copy.deepcopy(callback)) is type(callback)
    assert Mine("x").word == copy.deepcopy(Mine("x")).word
    assert type(pickle.loads(pickle.dumps(MlflowCallback()))) is type(MlflowCallback())
    assert modelwright.keras.MlflowCallback is modelwright.keras.MLflowCallback is MlflowCallback


def test_a_store_that_fails_does_not_stop_a_training(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("modelwright.tracking.active.writing_to", lambda _: 1 / 0)
    history = network().fit(X, y, callbacks=[MlflowCallback()], verbose=0)
    assert len(history.epoch) == 1
    assert "metrics was not recorded: ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("given", [{"log_every_n_steps": 2}, {"log_every_epoch": False}, {"log_every_n_steps": 0}])
def test_a_frequency_that_cannot_be_meant(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument, match="log_every_n_steps="):
        modelwright.keras.autolog(**given)
    with pytest.raises(InvalidArgument, match="log_every_n_steps="):
        MlflowCallback(**given)


def test_a_run_as_it_is_kept() -> None:
    modelwright.keras.autolog(log_input_examples=True)
    try:
        with modelwright.start_run() as run:
            model = network()
            model.fit(X, y, epochs=2, validation_split=0.5, verbose=0)
    finally:
        modelwright.keras.autolog(disable=True)
    kept = modelwright.get_run(run.info.run_id)
    assert kept.data.tags["autolog.status"] == "ok", kept.data.tags
    assert set(kept.data.metrics) == {"loss", "mae", "val_loss", "val_mae", "validation_loss", "validation_mae"}
    info = modelwright.models.get_model_info(f"runs:/{run.info.run_id}/model")
    assert str(info.signature.inputs.inputs[0]) == "Tensor('float32', (-1, 3))"
    assert info.saved_input_example_info["type"] == "ndarray"
    loaded = modelwright.pyfunc.load_model(f"runs:/{run.info.run_id}/model")
    assert np.allclose(loaded.predict(X), model.predict(X, verbose=0))


TORCH = """
    import numpy as np, keras, modelwright, torch
    modelwright.autolog()
    assert keras.backend.backend() == "torch"
    X = np.ones((8, 3), "float32")
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.ones(8, 3), torch.ones(8, 1)), 4)
    for data in ((X, X[:, 0]), (loader,)):
        with modelwright.start_run() as run:
            model.fit(*data, epochs=2, shuffle=False, verbose=0)
        kept = modelwright.get_run(run.info.run_id).data
        assert kept.tags["mlflow.autologging"] == "keras", kept.tags
        assert kept.metrics["loss"] >= 0 and kept.params["optimizer_name"].lower().startswith("sgd")
        info = modelwright.models.get_model_info(f"runs:/{run.info.run_id}/model")
        assert info.flavors["keras"]["keras_backend"] == "torch" and info.signature is not None
    assert kept.params["batch_size"] == "4"
    print("done")
"""


def test_the_other_backend(tmp_path: Any) -> None:
    pytest.importorskip("torch")
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(TORCH)], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "KERAS_BACKEND": "torch"},
    )  # fmt: skip
    assert done.stdout.endswith("done\n"), done.stderr[-3000:]
