"""What is written down of a training by PaddlePaddle's high-level API."""

from __future__ import annotations

import copy
import pickle
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

if "tensorflow" in sys.modules and "paddle" not in sys.modules:
    pytest.skip("imported after tensorflow, paddle ends the process", allow_module_level=True)
with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "No ccache found")  # of paddle.utils.cpp_extension
    paddle = pytest.importorskip("paddle")

from paddle.static import InputSpec

from autolog.fake import FakeSession, Sessions
from contracts.integration import IntegrationContract
from modelwright.autolog import engine
from modelwright.autolog.paddle import Paddle
from modelwright.core.errors import InvalidArgument

# paddle's optimizers copy tensors the way that paddle itself advises against
pytestmark = pytest.mark.filterwarnings("ignore:To copy construct from a tensor")

ROWS = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
OPTIONS = {"log_every_n_epoch": 1}
QUIET = {"batch_size": 4, "verbose": 0, "shuffle": False}


class Pairs(paddle.io.Dataset):  # type: ignore[name-defined, misc]
    def __len__(self) -> int:
        return len(ROWS)

    def __getitem__(self, number: int) -> Any:
        return ROWS[number], ROWS[number].sum(keepdims=True)


class Classes(Pairs):
    def __getitem__(self, number: int) -> Any:
        return ROWS[number], np.array([int(ROWS[number, 0] > 0)])


def model(classes: bool = False, rate: Any = 0.01, metrics: Any = None, inputs: Any = None) -> Any:
    paddle.seed(0)
    out = paddle.nn.Linear(4, 2 if classes else 1)
    network = paddle.nn.Sequential(paddle.nn.Linear(3, 4), paddle.nn.Dropout(0.3), out)
    made = paddle.Model(network, inputs or [InputSpec([None, 3], "float32", "x")])
    loss = paddle.nn.CrossEntropyLoss() if classes else paddle.nn.MSELoss()
    made.prepare(paddle.optimizer.Adam(rate, parameters=made.parameters()), loss, metrics)
    return made


@pytest.fixture
def sessions() -> Iterator[Sessions]:
    opened = Sessions()
    engine.enable(Paddle(), OPTIONS, opened)
    yield opened
    engine.disable("paddle")


def one(sessions: Sessions) -> FakeSession:
    (session,) = sessions.written
    assert session.losses == []
    return session


def together(session: FakeSession) -> dict[str, Any]:
    return {name: value for some in session.of("params") for name, value in some.items()}


class TestContract(IntegrationContract):
    integration = Paddle
    options = OPTIONS
    owners = ("paddle", "paddle.hapi.model")

    def train(self) -> Any:
        made = model()
        made.fit(Pairs(), epochs=1, **QUIET)
        return made.network.state_dict()["0.weight"].numpy()  # neither a Model nor a Layer can be pickled

    def fail(self) -> Any:
        return model().fit([[1, 2]], epochs=1, **QUIET)


def test_a_fit_is_recorded_by_epochs(sessions: Sessions, capsys: pytest.CaptureFixture[str]) -> None:
    mine = model()
    mine.fit(Pairs(), Pairs(), epochs=3, **QUIET)
    session = one(sessions)
    assert together(session) == {"optimizer_name": "Adam", "learning_rate": 0.01}
    points = session.of("metrics")
    assert [step for _, step in points] == [0, 0, 1, 1, 2, 2]
    assert set(points[0][0]) == {"loss", "step", "batch_size"}
    assert set(points[1][0]) == {"eval_loss", "eval_step", "eval_batch_size"}
    assert points[5][0]["eval_loss"] == pytest.approx(mine.evaluate(Pairs(), batch_size=4, verbose=0)["loss"][0])
    ((logged, flavor, path, sample, options),) = session.of("model")
    assert logged is mine
    assert (flavor, path, sample, options) == ("paddle", "model", None, {})
    assert "Layer (type)" not in capsys.readouterr().out


def test_the_summary_is_paddles_own(sessions: Sessions, capsys: pytest.CaptureFixture[str]) -> None:
    mine = model()
    mine.fit(Pairs(), epochs=1, **QUIET)
    assert all(layer.training for layer in mine.network.sublayers(include_self=True))
    text = dict(one(sessions).of("artifact"))["model_summary.txt"]
    engine.disable("paddle")
    told = mine.summary()
    printed = capsys.readouterr().out
    assert _numbers(text)[: len(_numbers(printed))] == _numbers(printed)
    assert text.rstrip().endswith(str({name: int(count) for name, count in told.items()}))


def _numbers(text: str) -> list[str]:
    """The words of a table, without the running numbers that paddle gives to layers."""
    return [word.partition("-")[0] for word in text.split() if not word.startswith("---")]


def test_a_summary_for_inputs_that_training_showed(sessions: Sessions) -> None:
    paddle.seed(0)
    mine = paddle.Model(paddle.nn.Linear(3, 1))
    mine.prepare(paddle.optimizer.SGD(0.1, parameters=mine.parameters()), paddle.nn.MSELoss())
    mine.fit(Pairs(), epochs=1, **QUIET)
    assert "Linear" in dict(one(sessions).of("artifact"))["model_summary.txt"]


def test_the_training_and_what_follows_are_the_same_as_without(sessions: Sessions) -> None:
    def train() -> tuple[Any, Any]:
        mine = model()
        mine.fit(Pairs(), epochs=2, batch_size=4, verbose=0)
        return mine.network.state_dict()["0.weight"].numpy(), paddle.rand([3]).numpy()

    np.random.seed(0)
    watched = train()
    engine.disable("paddle")
    np.random.seed(0)
    plain = train()
    assert len(sessions.written) == 1
    for ours, theirs in zip(watched, plain, strict=True):
        assert np.array_equal(ours, theirs)


def test_several_metrics(sessions: Sessions) -> None:
    metrics = [paddle.metric.Accuracy(topk=(1, 2)), paddle.metric.Accuracy(name="again")]
    model(classes=True, metrics=metrics).fit(Classes(), Classes(), epochs=1, **QUIET)
    (train, _), (held_out, _) = one(sessions).of("metrics")
    assert set(train) == {"loss", "acc_top1", "acc_top2", "again", "step", "batch_size"}
    assert set(held_out) == {f"eval_{name}" for name in train}


def test_early_stopping(sessions: Sessions) -> None:
    stop = paddle.callbacks.EarlyStopping(patience=1, min_delta=100.0, verbose=0, save_best_model=False)
    mine = [stop]
    model().fit(Pairs(), Pairs(), epochs=6, callbacks=mine, **QUIET)
    session = one(sessions)
    found = together(session)
    assert {name: found[name] for name in ("monitor", "patience", "min_delta", "baseline")} == {
        "monitor": "loss", "patience": 1, "min_delta": -100.0, "baseline": None
    }  # fmt: skip
    values, step = session.of("metrics")[-1]
    assert (values, step) == ({"stopped_epoch": stop.stopped_epoch, "best_value": pytest.approx(stop.best_value)}, None)
    assert stop.stopped_epoch < 6
    assert mine == [stop]


def test_a_lone_callback(sessions: Sessions) -> None:
    stop = paddle.callbacks.EarlyStopping(patience=3, verbose=0, save_best_model=False)
    model().fit(Pairs(), Pairs(), epochs=1, callbacks=stop, **QUIET)
    assert together(one(sessions))["patience"] == 3


def test_a_scheduled_rate_is_the_one_the_training_begins_with(sessions: Sessions) -> None:
    model(rate=paddle.optimizer.lr.StepDecay(0.02, 1)).fit(Pairs(), epochs=2, **QUIET)
    assert together(one(sessions))["learning_rate"] == pytest.approx(0.02)


def test_every_second_epoch() -> None:
    opened = Sessions()
    engine.enable(Paddle(), {"log_every_n_epoch": 2}, opened)
    model().fit(Pairs(), Pairs(), epochs=4, **QUIET)
    engine.disable("paddle")
    assert [step for _, step in one(opened).of("metrics")] == [0, 0, 2, 2]


@pytest.mark.parametrize("every", [0, -1, 1.5, "2"])
def test_every_what_epoch(every: Any) -> None:
    with pytest.raises(InvalidArgument, match="expected a whole number from 1"):
        Paddle().configure(log_every_n_epoch=every)


def test_fits_of_one_model_are_recorded_each(sessions: Sessions) -> None:
    mine = model()
    for _ in range(2):
        mine.fit(Pairs(), epochs=1, **QUIET)
    mine.evaluate(Pairs(), batch_size=4, verbose=0)
    mine.predict(Pairs(), batch_size=4, verbose=0)
    assert [len(session.of("metrics")) for session in sessions.written] == [1, 1]


def test_the_recorder_pickled_in_the_middle_holds_nothing_of_ours(sessions: Sessions) -> None:
    copies: list[Any] = []

    class Keep(paddle.callbacks.Callback):  # type: ignore[name-defined, misc]
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            ours = sys._getframe(1).f_locals["self"].callbacks
            copies.extend(one for one in ours if type(one).__name__ == "Recorder")

    model().fit(Pairs(), epochs=1, callbacks=[Keep()], **QUIET)
    (recorder,) = copies
    assert type(pickle.loads(pickle.dumps(recorder))) is paddle.callbacks.Callback
    assert type(copy.deepcopy(recorder)) is paddle.callbacks.Callback
