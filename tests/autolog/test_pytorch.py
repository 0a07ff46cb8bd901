"""What is written down of Lightning's trainings, and of what TensorBoard's SummaryWriter is given."""

# ruff: noqa: E402 — without the framework the file is skipped before the imports below
from __future__ import annotations

import copy
import json
import logging
import os
import pickle
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pl = pytest.importorskip("lightning.pytorch")
other = pytest.importorskip("pytorch_lightning")

import modelwright
from autolog.fake import FakeSession, Sessions
from contracts.integration import IntegrationContract
from modelwright.autolog import engine
from modelwright.autolog.pytorch import PyTorch, lightning
from modelwright.core.errors import InvalidArgument, NotFound, UntrustedModel

OPTIONS = {
    "log_every_n_epoch": 1, "log_every_n_step": None, "checkpoint": False, "checkpoint_monitor": "val_loss",
    "checkpoint_mode": "min", "checkpoint_save_best_only": True, "checkpoint_save_weights_only": False,
    "checkpoint_save_freq": "epoch",
}  # fmt: skip
# Lightning's own: hints on how to train faster, and names that a dependency of it will drop.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*does not have many workers"),
    pytest.mark.filterwarnings("ignore:.*The number of training batches"),
    pytest.mark.filterwarnings("ignore:.*isinstance.*LeafSpec"),
    pytest.mark.filterwarnings("ignore:.*LeafSpec.*is deprecated"),
    pytest.mark.filterwarnings("ignore:You defined a `validation_step` but have no `val_dataloader`"),
    pytest.mark.filterwarnings("ignore:.*Checkpoint directory.*exists and is not empty"),
    pytest.mark.filterwarnings("ignore:.*torch.jit.* is deprecated:DeprecationWarning"),
]
X = torch.randn(24, 4, generator=torch.Generator().manual_seed(0))
Y = X.sum(1, keepdim=True)


def loader(size: int = 8) -> Any:
    return torch.utils.data.DataLoader(torch.utils.data.TensorDataset(X, Y), batch_size=size)


def net(package: Any = pl, **settings: Any) -> Any:
    class Net(package.LightningModule):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            torch.manual_seed(0)
            self.line = torch.nn.Linear(4, 1)

        def forward(self, x: Any) -> Any:
            return self.line(x)

        def training_step(self, batch: Any, number: int) -> Any:
            if settings.get("fails"):
                raise KeyError("the user's own mistake")
            loss = torch.nn.functional.mse_loss(self(batch[0]), batch[1])
            self.log("train_loss", loss, on_step=True, on_epoch=True)
            return loss

        def validation_step(self, batch: Any, number: int) -> None:
            self.log("val_loss", torch.nn.functional.mse_loss(self(batch[0]), batch[1]))

        def test_step(self, batch: Any, number: int) -> None:
            self.log("test_loss", torch.nn.functional.mse_loss(self(batch[0]), batch[1]))

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), lr=0.1, momentum=0.5)

    return Net()


def trainer(package: Any = pl, **settings: Any) -> Any:
    quiet = {
        "accelerator": "cpu", "enable_progress_bar": False, "enable_model_summary": False, "logger": False,
        "enable_checkpointing": False, "max_epochs": 2, "devices": 1,
    }  # fmt: skip
    return package.Trainer(**{**quiet, **settings})


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for package in ("lightning.pytorch", "pytorch_lightning"):
        logging.getLogger(package).setLevel(logging.ERROR)


@pytest.fixture
def sessions() -> Iterator[Sessions]:
    opened = Sessions()
    engine.enable(PyTorch(), OPTIONS, opened)
    yield opened
    engine.disable("pytorch")


def with_options(**options: Any) -> Sessions:
    opened = Sessions()
    engine.enable(PyTorch(), {**OPTIONS, **options}, opened)
    return opened


@pytest.fixture(autouse=True)
def off() -> Iterator[None]:
    yield
    engine.disable("pytorch")


def one(sessions: Sessions) -> FakeSession:
    (session,) = sessions.written
    assert session.losses == []
    return session


def params(session: FakeSession) -> dict[str, Any]:
    return {key: value for some in session.of("params") for key, value in some.items()}


class TestContract(IntegrationContract):
    integration = PyTorch
    options = OPTIONS
    owners = ("lightning.pytorch.trainer.trainer", "pytorch_lightning.trainer.trainer", "lightning.pytorch")

    def train(self) -> Any:
        model = Plain()
        trainer(max_epochs=1).fit(model, loader())
        return model

    def fail(self) -> Any:
        trainer().fit(net(fails=True), loader())


class Plain(pl.LightningModule):  # type: ignore[misc]
    """Of this module, so that it pickles."""

    def __init__(self) -> None:
        super().__init__()
        self.line = torch.nn.Linear(4, 1)

    def training_step(self, batch: Any, number: int) -> Any:
        return self.line(batch[0]).square().mean()

    def configure_optimizers(self) -> Any:
        return torch.optim.SGD(self.parameters(), lr=0.1)


@pytest.mark.parametrize("package", [pl, other], ids=lambda package: package.__name__)
def test_a_fit_is_recorded(sessions: Sessions, package: Any) -> None:
    model = net(package)
    trainer(package).fit(model, loader(), loader())
    session = one(sessions)
    found = params(session)
    assert (found["epochs"], found["optimizer_name"], found["lr"], found["momentum"]) == (2, "SGD", 0.1, 0.5)
    assert found["foreach"] is None
    points = session.of("metrics")
    assert [step for _, step in points] == [0, 1]
    assert set(points[0][0]) == {"train_loss", "train_loss_step", "train_loss_epoch", "val_loss"}
    assert points[1][0]["val_loss"] < points[0][0]["val_loss"]
    assert session.of("tags") == [{"Mode": "training"}]
    summary = dict(session.of("artifact"))["model_summary.txt"]
    assert "line" in summary
    assert "Linear" in summary
    ((logged, flavor, path, sample, options),) = session.of("model")
    assert (logged, flavor, path, sample, options) == (model, "pytorch", "model", None, {})


def test_steps_and_every_other_epoch() -> None:
    sessions = with_options(log_every_n_step=2, log_every_n_epoch=2)
    trainer(max_epochs=4).fit(net(), loader(), loader())
    points = one(sessions).of("metrics")
    steps = [(step, set(values)) for values, step in points if "train_loss_step" in values]
    epochs = [(step, set(values)) for values, step in points if "train_loss_step" not in values]
    assert [step for step, _ in steps] == [1, 3, 5, 7, 9, 11]
    assert steps[0][1] == {"train_loss_step"}  # val_loss belongs to epochs
    assert epochs == [(n, {"train_loss", "train_loss_epoch", "val_loss"}) for n in (1, 3)]


@pytest.mark.parametrize("package", [pl, other], ids=lambda package: package.__name__)
def test_early_stopping(package: Any, tmp_path: Path) -> None:
    sessions = with_options()
    stop = package.callbacks.EarlyStopping("val_loss", patience=1, min_delta=100.0)
    best = package.callbacks.ModelCheckpoint(dirpath=tmp_path / "kept", monitor="val_loss")
    fitted = trainer(package, max_epochs=9, callbacks=[stop, best], enable_checkpointing=True)
    fitted.fit(net(package), loader(), loader())
    session = one(sessions)
    found = params(session)
    assert (found["monitor"], found["mode"], found["patience"], found["min_delta"]) == ("val_loss", "min", 1, -100.0)
    assert found["stopped_epoch"] == 0
    values, step = session.of("metrics")[-1]
    assert step is None
    assert (values["stopped_epoch"], values["restored_epoch"], values["wait_count"]) == (1.0, 0.0, 1.0)
    assert values["best_score"] == pytest.approx(float(stop.best_score))
    name = f"restored_model_checkpoint/{Path(best.best_model_path).name}"
    dict(session.of("artifact"))[name](tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == Path(best.best_model_path).read_bytes()


def test_a_training_that_does_not_stop_early_says_nothing_of_it(sessions: Sessions) -> None:
    trainer(callbacks=[pl.callbacks.EarlyStopping("val_loss", patience=5)]).fit(net(), loader(), loader())
    assert "stopped_epoch" not in {name for values, _ in one(sessions).of("metrics") for name in values}


def test_the_trainers_callbacks_stay_as_they_are(sessions: Sessions) -> None:
    class Own(pl.Callback):  # type: ignore[misc]
        epochs = 0

        def on_train_epoch_end(self, *_: Any) -> None:
            self.epochs += 1

    own, brought = Own(), Own()
    mine = [own]
    fitted = trainer(callbacks=mine)
    held, before = fitted.callbacks, list(fitted.callbacks)
    fitted.fit(net(), loader())
    assert fitted.callbacks is held
    assert list(fitted.callbacks) == before
    assert own.epochs == 2
    model = net()
    type(model).configure_callbacks = lambda self: [brought]
    again = trainer()
    again.fit(model, loader())
    assert again.callbacks == [brought]  # as Lightning leaves it
    failing = trainer(callbacks=[own])
    held = failing.callbacks
    with pytest.raises(KeyError):
        failing.fit(net(fails=True), loader())
    assert failing.callbacks is held
    assert list(held) == [own]


def test_a_second_fit_has_a_session_of_its_own(sessions: Sessions) -> None:
    fitted, model = trainer(), net()
    fitted.fit(model, loader())
    fitted.fit_loop.max_epochs = 3
    fitted.fit(model, loader())
    first, second = sessions.written
    assert [step for _, step in first.of("metrics")] == [0, 1]
    assert [step for _, step in second.of("metrics")] == [2]


def test_a_test_goes_to_the_run_of_the_fit(sessions: Sessions) -> None:
    fitted, model = trainer(), net()
    trainer().test(net(), loader(), verbose=False)
    assert sessions.written == []  # there was no fit
    fitted.fit(model, loader())
    fitted.test(model, loader(), verbose=False)
    session = one(sessions)
    assert session.of("tags")[-1] == {"Mode": "testing"}
    assert set(session.of("metrics")[-1][0]) == {"test_loss"}
    assert session.of("metrics")[-1][1] is None


def test_the_users_exception_is_the_same(sessions: Sessions) -> None:
    with pytest.raises(KeyError, match="the user's own mistake") as caught:
        trainer().fit(net(fails=True), loader())
    (session,) = sessions.written
    assert session.outcome is caught.value
    assert params(session)["epochs"] == 2
    assert session.of("model") == []


def test_a_rate_is_searched_for_without_a_run(sessions: Sessions) -> None:
    model = net()
    model.lr = 0.1
    found = trainer(max_epochs=3)
    pl.tuner.Tuner(found).lr_find(model, loader(), num_training=4, update_attr=False)
    assert sessions.written == []


class TestCheckpoints:
    def taken(self, session: FakeSession) -> list[str]:
        return [path for path, _ in session.of("artifact") if path.startswith("checkpoints/")]

    def test_the_best_one(self, tmp_path: Path) -> None:
        sessions = with_options(checkpoint=True)
        trainer(max_epochs=3).fit(net(), loader(), loader())
        session = one(sessions)
        both = ["checkpoints/latest_checkpoint_metrics.json", "checkpoints/latest_checkpoint.pth"]
        assert self.taken(session) == both * 3
        assert {"mlflow.latest_checkpoint_artifact": both[1]} in session.of("tags")
        told = json.loads(dict(session.of("artifact"))[both[0]])
        assert (told["epoch"], told["global_step"]) == (2, 9)
        assert told["val_loss"] > 0

    def test_one_that_is_worse_is_not_taken(self) -> None:
        sessions = with_options(checkpoint=True, checkpoint_mode="max")
        trainer(max_epochs=3).fit(net(), loader(), loader())
        assert len(self.taken(one(sessions))) == 2

    def test_every_epoch_and_every_few_steps(self) -> None:
        sessions = with_options(checkpoint=True, checkpoint_save_best_only=False, checkpoint_save_weights_only=True)
        trainer().fit(net(), loader())
        assert self.taken(one(sessions)) == [
            f"checkpoints/epoch_{n}/{name}"
            for n in (0, 1)
            for name in ("checkpoint_metrics.json", "checkpoint.weights.pth")
        ]
        sessions = with_options(checkpoint=True, checkpoint_save_best_only=False, checkpoint_save_freq=4)
        trainer().fit(net(), loader())
        assert self.taken(one(sessions)) == [
            "checkpoints/global_step_4/checkpoint_metrics.json", "checkpoints/global_step_4/checkpoint.pth"
        ]  # fmt: skip

    def test_a_metric_that_is_not_logged_is_said_once(self, caplog: pytest.LogCaptureFixture) -> None:
        sessions = with_options(checkpoint=True, checkpoint_monitor="nothing")
        trainer().fit(net(), loader())
        assert self.taken(one(sessions)) == []
        assert caplog.text.count("the metric 'nothing' that says which is the best is not logged") == 1

    def test_ones_own_callback_takes_the_place(self) -> None:
        sessions = with_options(checkpoint=True)
        own = modelwright.pytorch.MlflowModelCheckpointCallback(monitor="train_loss", save_best_only=False)
        assert isinstance(own, pl.Callback | other.Callback)
        with modelwright.start_run() as run:
            trainer(callbacks=[own]).fit(net(), loader())
        assert self.taken(one(sessions)) == []
        client = modelwright.MlflowClient()
        assert [f.path for f in client.list_artifacts(run.info.run_id, "checkpoints")] == [
            "checkpoints/epoch_0", "checkpoints/epoch_1"
        ]  # fmt: skip

    def test_it_can_be_derived_from_and_travels(self) -> None:
        class Derived(modelwright.pytorch.MlflowModelCheckpointCallback):
            pass

        made = Derived("loss", "max", save_freq=3)
        assert isinstance(made, Derived)
        with modelwright.start_run():
            sent = copy.deepcopy(made)
        assert (type(sent), sent.mode, sent.save_freq) == (type(made), "max", 3)
        own = modelwright.pytorch.MlflowModelCheckpointCallback("loss")
        with modelwright.start_run() as run:
            back = pickle.loads(pickle.dumps(own))
        assert back._run.run_id == run.info.run_id

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ({"mode": "best"}, "mode='best'; expected 'min' or 'max'"),
            ({"save_freq": "step"}, "save_freq='step'; expected 'epoch' or a number of steps"),
            ({"save_freq": 0}, "save_freq=0"),
            ({"monitor": None}, "needs a metric to monitor"),
        ],
    )
    def test_settings_that_cannot_be(self, options: dict[str, Any], said: str) -> None:
        with pytest.raises(InvalidArgument, match=said):
            modelwright.pytorch.MlflowModelCheckpointCallback(**options)

    def test_they_are_loaded(self) -> None:
        modelwright.pytorch.autolog(checkpoint_save_best_only=False, log_models=False)
        model = Logged()
        with modelwright.start_run() as run:
            trainer().fit(model, loader())
            assert type(modelwright.pytorch.load_checkpoint(Logged)) is Logged
        modelwright.pytorch.autolog(disable=True)
        first = modelwright.pytorch.load_checkpoint(Logged, run.info.run_id, epoch=0, kwargs={"map_location": "cpu"})
        last = modelwright.pytorch.load_checkpoint(Logged, run.info.run_id)
        assert torch.equal(last.line.weight, model.line.weight)
        assert not torch.equal(first.line.weight, model.line.weight)
        with pytest.raises(UntrustedModel, match="is a pickle"):
            modelwright.pytorch.load_checkpoint(Logged, run.info.run_id, trust=False)
        with pytest.raises(InvalidArgument, match="either epoch or global_step"):
            modelwright.pytorch.load_checkpoint(Logged, run.info.run_id, 1, 1)
        with pytest.raises(NotFound, match="global_step_7"):
            modelwright.pytorch.load_checkpoint(Logged, run.info.run_id, global_step=7)
        with pytest.raises(InvalidArgument, match="There is no active run"):
            modelwright.pytorch.load_checkpoint(Logged)
        with modelwright.start_run(), pytest.raises(NotFound, match="has no checkpoint"):
            modelwright.pytorch.load_checkpoint(Logged)


class Logged(Plain):
    def training_step(self, batch: Any, number: int) -> Any:
        loss = super().training_step(batch, number)
        self.log("train_loss", loss)
        return loss


def test_a_run_of_its_own_from_beginning_to_end() -> None:
    modelwright.pytorch.autolog(registered_model_name="lit", extra_tags={"team": "a"})
    model = Logged()
    trainer().fit(model, loader())
    modelwright.pytorch.autolog(disable=True)
    run = modelwright.last_active_run()
    assert run.info.status == "FINISHED"
    assert (run.data.tags["autolog.status"], run.data.tags["Mode"], run.data.tags["team"]) == ("ok", "training", "a")
    assert run.data.params["optimizer_name"] == "SGD"
    loaded = modelwright.pytorch.load_model("models:/lit/1")
    assert type(loaded) is Logged
    assert torch.equal(loaded.line.weight, model.line.weight)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"log_every_n_epoch": 0}, "log_every_n_epoch=0; expected a whole number from 1"),
        ({"log_every_n_step": "many"}, "log_every_n_step='many'"),
        ({"checkpoint_mode": "best"}, "mode='best'"),
    ],
)
def test_options_that_cannot_be(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidArgument, match=said):
        modelwright.pytorch.autolog(**options)


def test_no_trainer() -> None:
    with pytest.raises(TypeError, match="object is no Trainer of Lightning"):
        lightning.package_of(object())


TOGETHER = """
    import logging, sys, warnings
    import torch, lightning.pytorch as pl, modelwright
    warnings.simplefilter("ignore")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)

    class Net(pl.LightningModule):
        def __init__(self):
            super().__init__()
            self.line = torch.nn.Linear(4, 1)
        def training_step(self, batch, number):
            loss = self.line(batch[0]).square().mean()
            self.log("train_loss", loss, sync_dist=True, on_step=False, on_epoch=True)
            return loss
        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.1)

    if __name__ == "__main__":
        data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.ones(8, 4)), batch_size=2)
        modelwright.pytorch.autolog(checkpoint_save_best_only=False)
        trainer = pl.Trainer(
            max_epochs=2, accelerator="cpu", devices=2, logger=False, enable_progress_bar=False,
            enable_model_summary=False, enable_checkpointing=False, num_sanity_val_steps=0,
            strategy=pl.strategies.DDPStrategy(process_group_backend="gloo", start_method=sys.argv[1]),
        )
        trainer.fit(Net(), data)
"""


@pytest.mark.parametrize("start", ["popen", "spawn"])
def test_of_two_processes_only_the_first_writes(tmp_path: Path, start: str) -> None:
    """popen runs the script once more; spawn sends the Trainer, with our callbacks, to processes that both train."""
    (tmp_path / "together.py").write_text(textwrap.dedent(TOGETHER))
    env = {**os.environ, "OMP_NUM_THREADS": "1", "MODELWRIGHT_TRACKING_URI": str(tmp_path / "runs")}
    env |= {"PYTHONPATH": os.pathsep.join(sys.path), "GLOO_SOCKET_IFNAME": "lo"}
    done = subprocess.run(
        [sys.executable, "together.py", start], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    client = modelwright.MlflowClient(str(tmp_path / "runs"))
    (run,) = client.search_runs([e.experiment_id for e in client.search_experiments()])
    assert (run.info.status, run.data.tags["autolog.status"]) == ("FINISHED", "ok"), run.data.tags
    assert [point.step for point in client.get_metric_history(run.info.run_id, "train_loss")] == [0, 1]
    assert run.data.params["epochs"] == "2"
    files = sorted(file.path for file in client.list_artifacts(run.info.run_id))
    assert files == ["checkpoints", "model", "model_summary.txt"]
    assert [f.path for f in client.list_artifacts(run.info.run_id, "checkpoints")] == [
        "checkpoints/epoch_0", "checkpoints/epoch_1"
    ]  # fmt: skip


class TestTensorBoard:
    @pytest.fixture(autouse=True)
    def needs_it(self) -> None:
        pytest.importorskip("tensorboard")

    def written(self, **options: Any) -> Any:
        from torch.utils.tensorboard import SummaryWriter

        modelwright.pytorch.autolog(**options)
        with modelwright.start_run() as run, SummaryWriter("board") as writer:
            for step in range(6):
                writer.add_scalar("loss", 1 / (step + 1), step)
            writer.add_hparams({"lr": 0.1, "depth": 3}, {"accuracy": 0.5})
        modelwright.pytorch.autolog(disable=True)
        return modelwright.get_run(run.info.run_id)

    def test_every_nth_scalar_and_hyperparameters(self) -> None:
        run = self.written(log_every_n_step=2)
        history = modelwright.MlflowClient().get_metric_history(run.info.run_id, "loss")
        assert [(point.step, point.value) for point in history] == [
            (0, 1.0), (2, pytest.approx(1 / 3)), (4, pytest.approx(1 / 5))
        ]  # fmt: skip
        assert {"lr": "0.1", "depth": "3"}.items() <= run.data.params.items()
        assert run.data.metrics["accuracy"] == 0.5

    def test_no_scalars_unless_asked_for(self) -> None:
        run = self.written()
        assert set(run.data.metrics) == {"accuracy"}
