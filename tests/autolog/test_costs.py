"""What recording a training costs the store and the machine, counted rather than timed, for each framework.

Writes to the store must not grow with the training: metrics are gathered and sent a few times a second, and the clock
stands still here. No process is started and nothing is sent over a network that the framework itself would not.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from modelwright.api.autologging import autolog, for_flavor
from modelwright.autolog import session
from modelwright.models import save
from modelwright.stores.database.sqlite import Database
from modelwright.tracking import where
from modelwright.tracking.client import MlflowClient

TRANSACTIONS = 6  # of one training that logs no model: the run, its params and metrics, its data, its end
WITH_A_MODEL = 5  # more, for the model
BATCHES = 2  # of params, metrics and tags: all that was gathered, and how it went

ROWS = pd.DataFrame(np.random.default_rng(0).normal(size=(32, 3)), columns=["a", "b", "c"])
SUM = ROWS.sum(axis=1)
CLASS = (SUM > 0).astype(int)

Train = Callable[[int], Any]
TRAININGS: dict[str, Train] = {}
PACKAGES: dict[str, str] = {}


def training(name: str, package: str) -> Callable[[Train], Train]:
    """Register how a framework trains so many rounds."""

    def register(train: Train) -> Train:
        TRAININGS[name], PACKAGES[name] = train, package
        return train

    return register


@training("sklearn", "sklearn")
def _sklearn(rounds: int) -> None:
    from sklearn.ensemble import RandomForestRegressor

    RandomForestRegressor(rounds, n_jobs=1, random_state=0).fit(ROWS, SUM)


@training("xgboost", "xgboost")
def _xgboost(rounds: int) -> None:
    import xgboost

    data = xgboost.DMatrix(ROWS, SUM)
    xgboost.train({"nthread": 1}, data, rounds, evals=[(data, "train")], verbose_eval=False)


@training("lightgbm", "lightgbm")
def _lightgbm(rounds: int) -> None:
    import lightgbm

    data = lightgbm.Dataset(ROWS, SUM)
    lightgbm.train({"num_threads": 1, "verbose": -1}, data, rounds, valid_sets=[data], valid_names=["train"])


@training("catboost", "catboost")
def _catboost(rounds: int) -> None:
    import catboost

    options = {"thread_count": 1, "verbose": False, "allow_writing_files": False}
    catboost.CatBoostRegressor(rounds, depth=2, **options).fit(ROWS, SUM, eval_set=(ROWS, SUM))


@training("pytorch", "lightning")
def _pytorch(rounds: int) -> None:
    import lightning
    import torch

    class Network(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(3, 1)

        def training_step(self, batch: Any, number: int) -> Any:
            loss = torch.nn.functional.mse_loss(self.layer(batch[0]), batch[1])
            self.log("loss", loss)
            return loss

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), 0.01)

    pairs = torch.utils.data.TensorDataset(_tensor(ROWS), _tensor(SUM)[:, None])
    quiet = dict.fromkeys(["logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"], False)
    trainer = lightning.Trainer(max_epochs=rounds, accelerator="cpu", **quiet)
    trainer.fit(Network(), torch.utils.data.DataLoader(pairs, batch_size=16))


@training("tensorflow", "tensorflow")
def _tensorflow(rounds: int) -> None:
    import tensorflow as tf

    _keras_fit(tf.keras, rounds)


@training("keras", "keras")
def _keras(rounds: int) -> None:
    import keras

    _keras_fit(keras, rounds)


def _keras_fit(keras: Any, rounds: int) -> None:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(ROWS.to_numpy("float32"), SUM.to_numpy("float32"), epochs=rounds, verbose=0)


@training("statsmodels", "statsmodels")
def _statsmodels(rounds: int) -> None:
    import statsmodels.api as sm

    sm.GLM(CLASS, ROWS[["a"]], family=sm.families.Binomial()).fit(maxiter=max(rounds, 10))


@training("fastai", "fastai")
def _fastai(rounds: int) -> None:
    from fastai.basics import DataBlock, IndexSplitter, Learner, MSELossFlat
    from torch import nn

    def take(number):  # without annotations: fastai takes them for the types that it is meant for
        return _tensor(ROWS.iloc[number])

    block = DataBlock(get_x=take, get_y=take, splitter=IndexSplitter([0, 1, 2, 3]))
    learner = Learner(block.dataloaders(range(32), bs=16, num_workers=0, device="cpu"), nn.Linear(3, 3), MSELossFlat())
    if hasattr(learner, "progress"):
        learner.remove_cb(learner.progress)
    with learner.no_logging():
        learner.fit(rounds)


@training("paddle", "paddle")
def _paddle(rounds: int) -> None:
    import paddle

    pairs = list(zip(ROWS.to_numpy("float32"), SUM.to_numpy("float32")[:, None], strict=True))
    model = paddle.Model(paddle.nn.Linear(3, 1), [paddle.static.InputSpec([None, 3], "float32", "x")])
    model.prepare(paddle.optimizer.SGD(0.01, parameters=model.parameters()), paddle.nn.MSELoss())
    model.fit(pairs, pairs, batch_size=16, epochs=rounds, verbose=0)


def _tensor(values: Any) -> Any:
    import torch

    return torch.from_numpy(values.to_numpy("float32"))


class Costs:
    """What happened in between."""

    def __init__(self) -> None:
        self.transactions = self.batches = self.points = self.models = 0
        self.outside: Counter[str] = Counter()  # processes started and connections made, by event

    def __repr__(self) -> str:
        return str(vars(self))


_heard: list[Costs] = []
_OUTSIDE = ("subprocess.Popen", "os.posix_spawn", "os.fork", "os.exec", "os.system", "socket.connect")


@cache
def _listen() -> None:
    """Python's audit hooks stay for good, so there is one, which mostly does nothing."""

    def hook(event: str, _: Any) -> None:
        if _heard and event in _OUTSIDE:
            _heard[-1].outside[event] += 1

    sys.addaudithook(hook)


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Costs]:
    _listen()
    costs = Costs()
    write, batch, saved = Database.write, MlflowClient.log_batch, save.save_model

    def writing(self: Any) -> Any:
        costs.transactions += 1
        return write(self)

    def batching(self: Any, run_id: str, metrics: Any = (), *args: Any, **options: Any) -> Any:
        costs.batches += 1
        costs.points += len(metrics)
        return batch(self, run_id, metrics, *args, **options)

    def saving(*args: Any, **options: Any) -> Any:
        costs.models += 1
        return saved(*args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Database, "write", writing)
        patch.setattr(MlflowClient, "log_batch", batching)
        patch.setattr("modelwright.tracking.log_model.save_model", saving)
        _heard.append(costs)
        try:
            yield costs
        finally:
            _heard.pop()


@pytest.fixture(params=list(TRAININGS))
def name(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A framework that is installed and has trained once, with a store of its own and a clock that stands still."""
    name = str(request.param)
    if not find_spec(PACKAGES[name]):
        pytest.skip(f"{PACKAGES[name]} is not installed")
    monkeypatch.setattr(session, "_EVERY", float("inf"))
    where.set_tracking_uri(str(tmp_path / "runs"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the frameworks' own; their tests look at them
        TRAININGS[name](1)
        for_flavor(name)(log_models=False, silent=True)
        TRAININGS[name](1)  # the store's first write makes its tables
        yield name
    autolog(disable=True)


def recorded(name: str, rounds: int, monkeypatch: pytest.MonkeyPatch, *, models: bool = False) -> Costs:
    """The costs of one training; all of it must have been recorded."""
    for_flavor(name)(log_models=models, silent=True)
    before = len(MlflowClient().search_runs(["0"]))
    with counted(monkeypatch) as costs:
        TRAININGS[name](rounds)
    runs = MlflowClient().search_runs(["0"])
    assert len(runs) == before + 1
    assert runs[0].data.tags["autolog.status"] == "ok", runs[0].data.tags
    return costs


def test_the_store_is_written_to_as_often_for_many_rounds_as_for_few(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, many = (recorded(name, rounds, monkeypatch) for rounds in (2, 12))
    assert (few.transactions, few.batches) == (many.transactions, many.batches)
    assert many.transactions <= TRANSACTIONS, many
    assert many.batches <= BATCHES, many
    assert many.models == 0
    if name not in ("sklearn", "statsmodels"):  # which have no rounds to tell of
        assert many.points - few.points >= 10


def test_a_model_is_written_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = recorded(name, 3, monkeypatch)
    costs = recorded(name, 3, monkeypatch, models=True)
    assert costs.models == 1
    assert costs.transactions - plain.transactions <= WITH_A_MODEL, (plain, costs)


def test_nothing_is_started_and_nobody_is_called(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stock MLflow starts processes that import everything again to find out what a model needs."""
    autolog(disable=True)
    with counted(monkeypatch) as plain:
        TRAININGS[name](2)
    costs = recorded(name, 2, monkeypatch, models=True)
    assert costs.outside == plain.outside


def test_what_is_counted_is_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    where.set_tracking_uri(str(tmp_path / "runs"))
    client = MlflowClient()
    with counted(monkeypatch) as costs:
        run = client.create_run("0")
        client.log_metric(run.info.run_id, "m", 1.0)
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
    assert costs.transactions >= 2
    assert costs.outside == {"os.fork": 1}
