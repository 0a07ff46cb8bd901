"""What is written down of a fastai training."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

pytest.importorskip("fastai")

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "`torch.jit.script` is deprecated")  # fastai.layers uses it
    warnings.filterwarnings("ignore", "The 'mode.chained_assignment' option is deprecated")  # fastai.tabular sets it
    from fastai.basics import DataLoaders, Learner, MSELossFlat, mse, params, set_seed
    from fastai.callback.core import Callback, CancelFitException
    from fastai.callback.hook import module_summary
    from fastai.callback.schedule import LRFinder, ParamScheduler, SchedCos
    from fastai.callback.tracker import EarlyStoppingCallback, SaveModelCallback

import torch
from torch import nn

from autolog.fake import FakeSession, Sessions
from contracts.integration import IntegrationContract
from modelwright.autolog import engine
from modelwright.autolog.fastai import Fastai

ROWS = torch.from_numpy(np.random.default_rng(0).normal(size=(40, 3)).astype("float32"))
PAIRS = [(row, row.sum().reshape(1)) for row in ROWS]


def halves(model: Any) -> list[Any]:
    return [params(model[0]), params(model[2])]


def learner(**options: Any) -> Learner:
    """A learner that prints nothing; the same numbers each time."""
    set_seed(0, reproducible=False)
    data = DataLoaders.from_dsets(PAIRS[:32], PAIRS[32:], bs=8, device="cpu", num_workers=0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.3), nn.Linear(4, 1))
    made = Learner(data, model, loss_func=MSELossFlat(), metrics=mse, **options)
    if hasattr(made, "progress"):
        made.remove_cb(made.progress)
    made.logger = _silent
    return made


def _silent(*_: Any) -> None:
    return


@pytest.fixture
def sessions() -> Iterator[Sessions]:
    opened = Sessions()
    engine.enable(Fastai(), {}, opened)
    yield opened
    engine.disable("fastai")


def one(sessions: Sessions) -> FakeSession:
    (session,) = sessions.written
    assert session.losses == []
    return session


def together(session: FakeSession) -> dict[str, Any]:
    return {name: value for some in session.of("params") for name, value in some.items()}


class TestContract(IntegrationContract):
    integration = Fastai
    owners = ("fastai.learner", "fastai.callback.schedule")

    def train(self) -> Any:
        made = learner()
        made.fit(1)
        return made

    def fail(self) -> Any:
        made = learner()
        made.loss_func = _refuse
        return made.fit(1)


def _refuse(*_: Any) -> Any:
    raise ValueError("there is no such loss")


def test_a_fit_is_recorded_by_epochs(sessions: Sessions) -> None:
    mine = learner()
    mine.fit(3, lr=0.02, wd=0.1)
    session = one(sessions)
    found = together(session)
    assert {name: found[name] for name in ("n_epoch", "reset_opt", "start_epoch", "opt_func", "lr", "wd")} == {
        "n_epoch": 3, "reset_opt": False, "start_epoch": 0, "opt_func": "Adam", "lr": [0.02], "wd": [0.1]
    }  # fmt: skip
    assert not {"self", "cbs"} & set(found)
    points = session.of("metrics")
    assert [step for _, step in points] == [0, 1, 2]
    assert set(points[0][0]) == {"epoch", "train_loss", "valid_loss", "mse"}
    recorded = [[values["train_loss"], values["valid_loss"], values["mse"]] for values, _ in points]
    assert recorded == [pytest.approx(list(values)) for values in mine.recorder.values]
    ((logged, flavor, path, sample, options),) = session.of("model")
    assert logged is mine
    assert (flavor, path, sample, options) == ("fastai", "model", None, {})


def test_the_layers_are_those_of_fastais_own_summary(sessions: Sessions) -> None:
    mine = learner()
    mine.fit(1)
    session = one(sessions)
    found, text = together(session), dict(session.of("artifact"))["module_summary.txt"]
    assert (found["input_size"], found["num_layers"]) == ("['8 x 3']", 3)
    engine.disable("fastai")
    batch = mine.dls.train.one_batch()[: mine.dls.train.n_inp]
    with mine.no_mbar(), mine.no_logging():
        assert text == str(module_summary(mine, *batch))
    assert not any(module._forward_hooks for module in mine.model.modules())


def test_the_training_is_the_same_as_without(sessions: Sessions) -> None:
    """No batch is drawn for the summary, and no random number."""
    watched, plain = learner(), None
    watched.fit_one_cycle(2)
    engine.disable("fastai")
    plain = learner()
    plain.fit_one_cycle(2)
    assert len(sessions.written) == 1
    assert [list(values) for values in watched.recorder.values] == [list(values) for values in plain.recorder.values]
    assert torch.equal(torch.rand(3), torch.rand(3)) is False
    for ours, theirs in zip(watched.model.parameters(), plain.model.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_one_cycle_tells_its_schedules(sessions: Sessions) -> None:
    learner().fit_one_cycle(1, lr_max=0.1)
    session = one(sessions)
    found = together(session)
    assert float(found["lr_max"][0]) == pytest.approx(0.1)
    assert float(found["lr_init"][0]) == pytest.approx(0.1 / 25)
    assert (found["mom_max"], found["mom_init"]) == (0.95, 0.95)
    assert not {"lr", "mom"} & set(found)
    assert found["n_epoch"] == 1
    charts = {path: body[:4] for path, body in session.of("artifact") if path.endswith(".png")}
    assert charts == {"lr.png": b"\x89PNG", "mom.png": b"\x89PNG"}


def test_a_fine_tuning_is_one_recording_of_two_parts(sessions: Sessions) -> None:
    learner(splitter=halves).fine_tune(2, base_lr=0.01, freeze_epochs=1)
    session = one(sessions)
    found = together(session)
    assert (found["epochs"], found["base_lr"], found["freeze_epochs"]) == (2, 0.01, 1)
    assert found["frozen_idx"] == 1
    assert found["freeze_opt_func"] == found["opt_func"] == "Adam"
    assert float(found["freeze_lr_max"][-1]) == pytest.approx(0.01)
    assert float(found["lr_max"][-1]) == pytest.approx(0.005)
    assert [(step, values["epoch"]) for values, step in session.of("metrics")] == [(0, 0), (1, 0), (2, 1)]
    assert len(session.of("model")) == 1
    assert sorted(path for path, _ in session.of("artifact")) == [
        "freeze_lr.png", "freeze_mom.png", "lr.png", "module_summary.txt", "mom.png"
    ]  # fmt: skip


def test_what_cannot_be_frozen_is_told_once(sessions: Sessions) -> None:
    """A model of one group of parameters: the second part would say the same names with other values."""
    learner().fine_tune(1)
    session = one(sessions)
    names = [name for some in session.of("params") for name in some]
    assert len(names) == len(set(names))
    assert "frozen_idx" not in names


def test_early_stopping(sessions: Sessions) -> None:
    learner(cbs=[EarlyStoppingCallback(monitor="mse", comp=np.less, min_delta=5.0, patience=2)]).fit(9)
    learner().fit(9, cbs=EarlyStoppingCallback(monitor="mse", comp=np.less, min_delta=5.0, patience=2))
    for session in sessions.written:
        found = together(session)
        assert {name: value for name, value in found.items() if name.startswith("early")} == {
            "early_stop_monitor": "mse", "early_stop_min_delta": -5.0, "early_stop_patience": 2,
            "early_stop_comp": "less",
        }  # fmt: skip
        assert len(session.of("metrics")) == 3  # the best one, and two without progress; the stopping one too
        assert (session.losses, session.outcome) == ([], "finished")
    assert len(sessions.written) == 2


@pytest.mark.filterwarnings(
    "ignore:numpy.core is deprecated:DeprecationWarning"
)  # in what torch reads of fastai's file
def test_the_best_model_is_the_one_that_is_logged(
    sessions: Sessions, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = learner(path=tmp_path, cbs=SaveModelCallback(fname="best", comp=np.greater, monitor="mse"))
    seen: list[Any] = []
    monkeypatch.setattr(FakeSession, "model", lambda self, model, **_: seen.append(model.model[0].weight.clone()))
    mine.fit(4, lr=0.1)
    (weight,) = seen
    best = torch.load(tmp_path / "models/best.pth", weights_only=False)
    assert torch.equal(weight, best["0.weight"] if "0.weight" in best else best["model"]["0.weight"])


def test_the_users_callbacks_stay_and_are_called(sessions: Sessions) -> None:
    class Count(Callback):
        calls = 0

        def after_epoch(self) -> None:
            self.calls += 1

    held, lone = Count(), Count()
    mine = learner(cbs=held)
    before = list(mine.cbs)
    mine.fit(2, cbs=lone)
    mine.fit(1, cbs=[lone])
    assert (held.calls, lone.calls) == (3, 3)
    assert list(mine.cbs) == before
    assert not [name for name in vars(mine) if "autolog" in name]
    mine.fit(1, cbs=EarlyStoppingCallback)  # fastai makes one of a class
    assert list(mine.cbs) == before
    assert len(sessions.written) == 3


@pytest.mark.filterwarnings("ignore:numpy.core is deprecated:DeprecationWarning")  # as above
def test_looking_for_a_learning_rate_is_not_recorded(sessions: Sessions, tmp_path: Any) -> None:
    mine = learner(path=tmp_path)
    mine.lr_find(num_it=8, show_plot=False, suggest_funcs=None)
    mine.fit(1, cbs=LRFinder(num_it=6))
    assert sessions.written == []


def test_predictions_and_validations_are_not_recorded(sessions: Sessions) -> None:
    mine = learner()
    mine.validate()
    mine.get_preds()
    assert sessions.written == []


def test_a_training_without_validation(sessions: Sessions) -> None:
    data = DataLoaders.from_dsets(PAIRS[:32], [], bs=8, device="cpu", num_workers=0)
    mine = Learner(data, nn.Linear(3, 1), loss_func=MSELossFlat())
    mine.remove_cb(mine.progress) if hasattr(mine, "progress") else None
    mine.logger = _silent
    mine.fit(1)
    (values, step) = one(sessions).of("metrics")[0]
    assert ("train_loss" in values, step) == (True, 0)


def test_a_training_that_is_called_off_is_recorded(sessions: Sessions) -> None:
    class Stop(Callback):
        def after_batch(self) -> None:
            raise CancelFitException

    learner().fit(3, cbs=Stop())
    session = one(sessions)
    assert session.outcome == "finished"
    assert len(session.of("model")) == 1


def test_a_learner_pickled_in_the_middle_holds_nothing_of_ours(sessions: Sessions) -> None:
    copies: list[Any] = []

    class Keep(Callback):
        def after_epoch(self) -> None:
            copies.append(pickle.dumps([cb for cb in self.learn.cbs if "Autolog" in type(cb).__name__]))

    learner().fit(1, cbs=Keep())
    (kept,) = pickle.loads(copies[0])
    assert type(kept) is Callback


def test_a_schedule_of_several_groups_and_a_partial_optimizer(sessions: Sessions) -> None:
    from functools import partial

    from fastai.optimizer import Adam, OptimWrapper

    schedule = ParamScheduler({"lr": SchedCos(np.array([0.1, 0.2]), np.array([0.0, 0.0]))})
    learner(splitter=halves, opt_func=partial(Adam, mom=0.8)).fit(1, cbs=schedule)
    learner(opt_func=partial(OptimWrapper, opt=torch.optim.SGD)).fit(1)
    first, second = (together(session) for session in sessions.written)
    assert (first["opt_func"], second["opt_func"]) == ("Adam", "SGD")
    assert list(first["lr_init"]) == pytest.approx([0.1, 0.2])
    assert first["mom"] == [0.8, 0.8]
    assert all(session.losses == [] for session in sessions.written)


def test_layers_that_deal_in_other_things_than_tensors(sessions: Sessions) -> None:
    class Pack(nn.Module):
        def forward(self, x: Any) -> Any:
            return {"inside": x}

    class Unpack(nn.Module):
        def forward(self, packed: Any) -> Any:
            return packed["inside"]

    mine = learner()
    mine.model = nn.Sequential(Pack(), Unpack(), nn.Linear(3, 1))
    mine.fit(1)
    text = dict(one(sessions).of("artifact"))["module_summary.txt"]
    assert "Linear" in text
    assert "Pack " not in text
