"""What TensorFlow's integration writes down beyond that of Keras: TensorBoard's files and checkpoints."""

# ruff: noqa: E402 — without the framework the file is skipped before the imports below
from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
tensorflow = pytest.importorskip("tensorflow")
keras = tensorflow.keras

import modelwright
from autolog.fake import FakeSession, Sessions
from contracts.integration import IntegrationContract
from modelwright.autolog import engine
from modelwright.autolog import tensorflow as integration
from modelwright.autolog.tensorflow import MlflowCallback, TensorFlow
from modelwright.core.errors import InvalidArgument, NotFound

# How Keras 3.15 asks NumPy 2 for the values of its variables.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

OPTIONS = {
    "every_n_iter": 1, "log_every_epoch": True, "log_every_n_steps": None, "saved_model_kwargs": None,
    "keras_model_kwargs": None, "checkpoint": True, "checkpoint_monitor": "val_loss", "checkpoint_mode": "min",
    "checkpoint_save_best_only": True, "checkpoint_save_weights_only": False, "checkpoint_save_freq": "epoch",
    "log_models": True,
}  # fmt: skip
X = np.random.default_rng(0).normal(size=(20, 3)).astype("float32")
y = X.sum(axis=1)


def network() -> Any:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.05), "mse")
    return model


class Board(keras.callbacks.Callback):
    """Does what TensorBoard's callback does, as far as anybody here looks: TensorFlow 2.21 comes without."""

    def __init__(self, log_dir: str) -> None:
        super().__init__()
        self.log_dir = log_dir

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        path = Path(self.log_dir, "train", "events.out.tfevents.1")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"event")


class Broken(Board):
    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        raise OSError("no space left")


@pytest.fixture(autouse=True)
def board(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras.callbacks, "TensorBoard", Board)
    monkeypatch.setattr(sys.modules["keras"].callbacks, "TensorBoard", Board)
    monkeypatch.setattr(integration, "find_spec", lambda name: name)


def recorded(*args: Any, options: dict[str, Any] | None = None, **kwargs: Any) -> FakeSession:
    opened = Sessions()
    engine.enable(TensorFlow(), {**OPTIONS, **(options or {})}, opened)
    try:
        network().fit(*(args or (X, y)), **{"verbose": 0, **kwargs})
    finally:
        engine.disable("tensorflow")
    (session,) = opened.written
    assert session.losses == []
    return session


class TestContract(IntegrationContract):
    integration = TensorFlow
    options = OPTIONS
    owners = ("keras", next(cls.__module__ for cls in keras.Model.__mro__ if "fit" in vars(cls)))

    def train(self) -> Any:
        model = network()
        model.fit(X, y, verbose=0)
        return model

    def fail(self) -> Any:
        return network().fit(X, y[:-1], verbose=0)


def test_a_fit_is_recorded() -> None:
    session = recorded(batch_size=10, epochs=2, validation_data=(X, y))
    said = {name: value for some in session.of("params") for name, value in some.items()}
    assert (said["batch_size"], said["epochs"], said["opt_learning_rate"]) == (10, 2, pytest.approx(0.05))
    assert {"loss", "val_loss"} in [set(values) for values, _ in session.of("metrics")]
    ((_, flavor, path, sample, options),) = session.of("model")
    assert (flavor, path) == ("tensorflow", "model")
    assert options == {"saved_model_kwargs": None, "keras_model_kwargs": None}
    assert np.array_equal(sample.rows, X[:5])
    files = [path for path, _ in session.of("artifact")]
    assert files.count("model_summary.txt") == 1
    assert files[-1] == "tensorboard_logs/train/events.out.tfevents.1"


def test_without_tensorboard_there_are_no_files_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(integration, "find_spec", lambda name: None)
    monkeypatch.setattr(sys.modules["keras"].callbacks, "TensorBoard", Broken)
    assert not [path for path, _ in recorded().of("artifact") if path.startswith("tensorboard_logs/")]


def test_a_tensorboard_that_fails_does_not_stop_the_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["keras"].callbacks, "TensorBoard", Broken)
    opened = Sessions()
    engine.enable(TensorFlow(), OPTIONS, opened)
    history = network().fit(X, y, epochs=2, verbose=0)
    engine.disable("tensorflow")
    assert len(history.epoch) == 2
    (session,) = opened.written
    assert session.losses == ["TensorBoard's files: no space left"]
    assert session.outcome == "finished"


def test_the_users_tensorboard_keeps_its_folder(tmp_path: Path) -> None:
    session = recorded(callbacks=[Board(str(tmp_path / "board"))])
    written = sorted(path.relative_to(tmp_path / "board").as_posix() for path in tmp_path.rglob("*") if path.is_file())
    logged = [path for path, _ in session.of("artifact") if path.startswith("tensorboard_logs/")]
    assert written
    assert logged == [f"tensorboard_logs/{path}" for path in written]


def test_no_folder_stays_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    recorded()
    assert not list(tmp_path.glob("tensorboard-*"))
    with pytest.raises(ValueError, match=r"sizes|cardinality"):
        recorded(X, y[:-1])
    assert not list(tmp_path.glob("tensorboard-*"))


def test_a_dataset_of_batches() -> None:
    stream = tensorflow.data.Dataset.from_tensor_slices((X, y)).batch(8)
    session = recorded(stream, epochs=2, shuffle=False)
    assert {"batch_size": 8} in session.of("params")
    ((data, _, _),) = session.of("dataset")
    assert data is stream
    assert np.array_equal(session.of("model")[0][3].rows, X[:5])


def test_an_endless_dataset_is_not_read_to_its_end() -> None:
    from modelwright.tracking.tensorflow_datasets import from_tensorflow

    endless = tensorflow.data.Dataset.from_tensor_slices((X, y)).repeat().batch(1000)
    found = from_tensorflow(endless)
    assert found.profile == {"features_cardinality": -1}
    assert len(found.digest) == 8
    assert found.schema is not None
    assert found.schema.features.input_names() == ["0", "1"]


def test_tensors_and_streams_as_data_sets() -> None:
    from_tensorflow = modelwright.data.from_tensorflow
    tensor = from_tensorflow(tensorflow.constant(X), targets=tensorflow.constant(y), name="mine")
    assert (tensor.name, tensor.profile) == ("mine", {"features_cardinality": 60, "targets_cardinality": 20})
    named = tensorflow.data.Dataset.from_tensor_slices({"a": X}).batch(4)
    assert from_tensorflow(named).schema.features.input_names() == ["a"]
    with pytest.raises(InvalidArgument, match=r"expected a tensor or a tf\.data\.Dataset"):
        from_tensorflow([1, 2])
    with pytest.raises(InvalidArgument, match="must both be"):
        from_tensorflow(named, targets=tensorflow.constant(y))


def saved(session: FakeSession) -> list[str]:
    return [path for path, _ in session.of("artifact") if path.startswith("checkpoints/") and path.endswith(".h5")]


@pytest.mark.parametrize(
    ("options", "paths"),
    [
        ({}, ["checkpoints/latest_checkpoint.h5"] * 2),
        ({"checkpoint_save_weights_only": True}, ["checkpoints/latest_checkpoint.weights.h5"] * 2),
        ({"checkpoint_save_best_only": False}, [f"checkpoints/epoch_{n}/checkpoint.h5" for n in range(2)]),
        (
            {"checkpoint_save_best_only": False, "checkpoint_save_freq": 3, "checkpoint_save_weights_only": True},
            [f"checkpoints/global_step_{n}/checkpoint.weights.h5" for n in (3, 6, 9)],
        ),
        ({"checkpoint_mode": "max"}, ["checkpoints/latest_checkpoint.h5"]),
        ({"checkpoint_monitor": "absent"}, []),
        ({"checkpoint": False}, []),
    ],
    ids=str,
)
def test_checkpoints(options: dict[str, Any], paths: list[str]) -> None:
    session = recorded(options=options, batch_size=4, epochs=2, validation_data=(X, y))
    assert saved(session) == paths
    tags = [tag for tag in session.of("tags") if "mlflow.latest_checkpoint_artifact" in tag]
    assert [tag["mlflow.latest_checkpoint_artifact"] for tag in tags] == paths
    facts = [json.loads(body) for path, body in session.of("artifact") if path.endswith("checkpoint_metrics.json")]
    assert len(facts) == len(paths)
    assert all({"loss", "epoch", "global_step"} <= set(one) for one in facts)


def test_every_n_iter_is_the_older_word_for_steps() -> None:
    with pytest.warns(FutureWarning, match="every_n_iter is now log_every_n_steps"):
        TensorFlow().configure(every_n_iter=3)
    session = recorded(options={"every_n_iter": 2}, batch_size=5, epochs=2)
    assert [step for _, step in session.of("metrics")] == [2, 4, 6, 8]


@pytest.mark.parametrize(
    "given",
    [
        {"checkpoint_mode": "up"}, {"checkpoint_save_freq": 0}, {"checkpoint_save_freq": "batch"},
        {"checkpoint_monitor": None}, {"log_every_n_steps": 5}, {"log_every_epoch": False},
    ],
    ids=str,
)  # fmt: skip
def test_options_that_cannot_be_meant(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument, match=r"expected|name the metric|give log_every_epoch"):
        modelwright.tensorflow.autolog(**given)


@pytest.fixture
def on() -> Iterator[None]:
    yield
    modelwright.autolog(disable=True)


def test_checkpoints_are_read_back(on: None) -> None:
    modelwright.tensorflow.autolog(checkpoint_save_best_only=False, log_models=False)
    with modelwright.start_run() as run:
        model = network()
        model.fit(X, y, epochs=3, verbose=0)
        with warnings.catch_warnings():  # which losses HDF5 gives back differs between versions of Keras
            warnings.simplefilter("ignore")
            latest = modelwright.tensorflow.load_checkpoint()
    run_id = run.info.run_id
    assert np.allclose(latest.predict(X, verbose=0), model.predict(X, verbose=0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        first = modelwright.tensorflow.load_checkpoint(run_id=run_id, epoch=0)
    assert not np.allclose(first.predict(X, verbose=0), model.predict(X, verbose=0))
    with pytest.raises(InvalidArgument, match="epoch=1 and global_step=2"):
        modelwright.tensorflow.load_checkpoint(run_id=run_id, epoch=1, global_step=2)
    with pytest.raises(NotFound):
        modelwright.tensorflow.load_checkpoint(run_id=run_id, epoch=9)
    with pytest.raises(InvalidArgument, match="no active run"):
        modelwright.tensorflow.load_checkpoint()
    with modelwright.start_run(), pytest.raises(NotFound, match="has no checkpoint"):
        modelwright.tensorflow.load_checkpoint()


def test_weights_are_read_into_a_model(on: None) -> None:
    saver = modelwright.tensorflow.MlflowModelCheckpointCallback("loss", save_weights_only=True)
    with modelwright.start_run() as run:
        model = network()
        model.fit(X, y, epochs=2, callbacks=[saver, MlflowCallback()], verbose=0)
    other = network()
    found = modelwright.tensorflow.load_checkpoint(other, run.info.run_id)
    assert found is other
    assert np.allclose(other.predict(X, verbose=0), model.predict(X, verbose=0))
    with pytest.raises(InvalidArgument, match="weights alone"):
        modelwright.tensorflow.load_checkpoint(run_id=run.info.run_id)


def test_of_both_integrations_the_later_one_records(on: None) -> None:
    modelwright.autolog(log_models=False)
    network().fit(X, y, verbose=0)
    by_keras = modelwright.last_active_run()
    modelwright.tensorflow.autolog(log_models=False)
    network().fit(X, y, verbose=0)
    by_tensorflow = modelwright.last_active_run()
    assert by_keras.data.tags["mlflow.autologging"] == "keras"
    assert by_tensorflow.data.tags["mlflow.autologging"] == "tensorflow"
    assert "optimizer_name" in by_keras.data.params
    assert "opt_name" in by_tensorflow.data.params
    assert len(modelwright.search_runs(output_format="list")) == 2


def test_a_run_as_it_is_kept(on: None) -> None:
    modelwright.tensorflow.autolog(registered_model_name="kept")
    model = network()
    stop = keras.callbacks.EarlyStopping("val_loss", patience=1, min_delta=9.0, restore_best_weights=True)
    model.fit(X, y, epochs=5, validation_data=(X, y), callbacks=[stop], verbose=0)
    kept = modelwright.last_active_run()
    assert kept.data.tags["autolog.status"] == "ok", kept.data.tags
    assert {"stopped_epoch", "restored_epoch", "val_loss", "validation_loss"} <= set(kept.data.metrics)
    files = [file.path for file in modelwright.MlflowClient().list_artifacts(kept.info.run_id)]
    assert sorted(files) == ["checkpoints", "model", "model_summary.txt", "tensorboard_logs"]
    loaded = modelwright.pyfunc.load_model("models:/kept/1")
    assert np.allclose(loaded.predict(X), model.predict(X, verbose=0))
