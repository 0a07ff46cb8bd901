"""Training loops of one's own in PyTorch, watched through its hooks."""

# ruff: noqa: E402 — without the framework the file is skipped before the imports below
from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import modelwright
from modelwright.core.errors import InvalidArgument, WrongState

X = torch.randn(32, 3, generator=torch.Generator().manual_seed(0))
Y = X.sum(1, keepdim=True)
BATCHES = [(X[n : n + 8], Y[n : n + 8]) for n in range(0, 32, 8)]


def parts(rate: float = 0.1) -> tuple[Any, Any, Any]:
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Dropout(0.0), torch.nn.Linear(4, 1))
    return model, torch.optim.SGD(model.parameters(), lr=rate), torch.nn.MSELoss()


def step(model: Any, optimizer: Any, loss: Any, x: Any, y: Any) -> float:
    optimizer.zero_grad()
    value = loss(model(x), y)
    value.backward()
    optimizer.step()
    return float(value.detach())


def run_of(watched: Any) -> Any:
    return modelwright.get_run(watched.run_id)


def history(run: Any, name: str) -> list[tuple[int, float]]:
    return [(point.step, point.value) for point in modelwright.MlflowClient().get_metric_history(run.info.run_id, name)]


def files(run: Any, path: str = "") -> list[str]:
    return sorted(file.path for file in modelwright.MlflowClient().list_artifacts(run.info.run_id, path))


def test_a_loop_is_recorded_whole() -> None:
    model, optimizer, loss = parts()
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.5)
    values: list[list[float]] = []
    with modelwright.pytorch.watch(model, optimizer, loss=loss, log_every_n_step=3) as watched:
        for epoch in watched.epochs(3):
            assert watched.epoch == epoch
            model.train()
            values.append([step(model, optimizer, loss, x, y) for x, y in BATCHES])
            model.eval()
            with torch.no_grad():
                held_out = float(loss(model(X), Y))
            schedule.step()
    run = run_of(watched)
    assert (run.info.status, run.data.tags["autolog.status"]) == ("FINISHED", "ok")
    assert history(run, "loss") == [(n, pytest.approx(np.mean(some))) for n, some in enumerate(values)]
    assert [n for n, _ in history(run, "val_loss")] == [0, 1, 2]
    assert history(run, "val_loss")[-1][1] == pytest.approx(held_out)
    assert history(run, "learning_rate") == [(0, 0.1), (1, 0.05), (2, 0.025)]
    flat = [value for some in values for value in some]
    assert history(run, "loss_step") == [(n, pytest.approx(flat[n - 1])) for n in (1, 3, 6, 9, 12)]
    assert all(value > 0 for _, value in history(run, "grad_norm_step"))
    assert "val_loss_step" not in run.data.metrics
    wanted = {"optimizer_name": "SGD", "lr": "0.1", "momentum": "0", "epochs": "3", "number_of_parameters": "21"}
    assert wanted.items() <= run.data.params.items()
    assert files(run) == ["model", "model_summary.txt"]
    assert watched.step == 12


def test_the_gradients_norm_is_that_of_all_of_them() -> None:
    model, optimizer, loss = parts()
    with modelwright.pytorch.watch(model, optimizer, loss=loss, log_model=False) as watched:
        loss(model(X), Y).backward()
        wanted = torch.nn.utils.clip_grad_norm_(model.parameters(), 1e9)
        optimizer.step()
    assert history(run_of(watched), "grad_norm_step") == [(1, pytest.approx(float(wanted)))]


def test_the_model_has_the_signature_of_the_first_batch() -> None:
    model, optimizer, loss = parts()
    with modelwright.pytorch.watch(
        model, optimizer, loss=loss, registered_model_name="watched", log_input_example=True
    ) as watched:
        step(model, optimizer, loss, *BATCHES[0])
    loaded = modelwright.pyfunc.load_model("models:/watched/1")
    assert str(loaded.metadata.signature.inputs) == "[Tensor('float32', (-1, 3))]"
    assert str(loaded.metadata.signature.outputs) == "[Tensor('float32', (-1, 1))]"
    np.testing.assert_array_equal(loaded.input_example, X[:5].numpy())
    with torch.no_grad():
        np.testing.assert_allclose(loaded.predict(X.numpy()), model.eval()(X).numpy(), rtol=1e-6)
    assert files(run_of(watched), "model/data") == ["model/data/model.pth", "model/data/pickle_module_info.txt"]


def test_in_a_run_of_ones_own() -> None:
    model, optimizer, loss = parts()
    with modelwright.start_run() as run:
        modelwright.log_param("lr", "mine")
        with modelwright.pytorch.watch(model, optimizer, loss=loss) as watched:
            step(model, optimizer, loss, *BATCHES[0])
        modelwright.log_metric("after", 1)
        assert watched.run_id == run.info.run_id
        assert modelwright.active_run() is not None
    found = run_of(watched)
    assert found.data.params["lr"] == "mine"
    assert found.data.tags["autolog.status"] == "partial"
    assert "lr" in found.data.tags["autolog.reason"]


def test_metrics_logged_inside_go_to_its_run() -> None:
    model, optimizer, _ = parts()
    with modelwright.pytorch.watch(model, optimizer, log_model=False) as watched:
        modelwright.log_metric("mine", 3)
    assert run_of(watched).data.metrics["mine"] == 3
    assert modelwright.active_run() is None


def test_an_exception_ends_the_run_as_failed() -> None:
    model, optimizer, loss = parts()

    def train() -> None:
        nonlocal watched
        with modelwright.pytorch.watch(model, optimizer, loss=loss) as watched:
            step(model, optimizer, loss, *BATCHES[0])
            raise KeyError("the user's own")

    watched: Any = None
    with pytest.raises(KeyError, match="the user's own"):
        train()
    run = run_of(watched)
    assert (run.info.status, run.data.tags["autolog.status"]) == ("FAILED", "failed")
    assert "KeyError" in run.data.tags["autolog.reason"]
    assert files(run) == ["model_summary.txt"]
    assert len(history(run, "loss")) == 1
    assert_free(model, optimizer, loss)


def assert_free(model: Any, optimizer: Any, loss: Any) -> None:
    for module in (model, loss):
        assert not module._forward_hooks
    assert not optimizer._optimizer_step_pre_hooks
    assert not optimizer._optimizer_step_post_hooks


def test_several_at_once_each_by_its_name() -> None:
    (maker, to_make, loss), (critic, to_judge, other) = parts(0.1), parts(0.2)
    with (
        modelwright.start_run(),
        modelwright.pytorch.watch(maker, to_make, loss=loss, name="maker") as first,
        modelwright.pytorch.watch(critic, to_judge, loss=other, name="critic") as second,
    ):
        for _ in first.epochs(2):
            step(maker, to_make, loss, *BATCHES[0])
            step(critic, to_judge, other, *BATCHES[1])
            second.end_epoch()
    run = run_of(first)
    assert run.info.run_id == second.run_id
    assert (run.data.params["maker/lr"], run.data.params["critic/lr"]) == ("0.1", "0.2")
    assert [n for n, _ in history(run, "maker/loss")] == [n for n, _ in history(run, "critic/loss")] == [0, 1]
    assert files(run) == ["critic", "critic_model_summary.txt", "maker", "maker_model_summary.txt"]
    assert modelwright.pytorch.load_model(f"runs:/{run.info.run_id}/critic").training is False


def test_several_optimizers_of_one_model() -> None:
    model, optimizer, loss = parts()
    second = torch.optim.Adam(
        [{"params": model[0].parameters(), "lr": 0.01}, {"params": model[2].parameters()}], lr=0.02
    )
    with modelwright.pytorch.watch(model, [optimizer, second], loss=loss, log_model=False) as watched:
        step(model, optimizer, loss, *BATCHES[0])
        second.step()
    run = run_of(watched)
    assert watched.step == 1
    assert (run.data.params["optimizer_name"], run.data.params["optimizer_name_2"]) == ("SGD", "Adam")
    rates = [run.data.metrics[name] for name in ("learning_rate", "learning_rate_2", "learning_rate_3")]
    assert rates == [0.1, 0.01, 0.02]


def test_a_loss_that_is_a_function() -> None:
    model, optimizer, _ = parts()
    with modelwright.pytorch.watch(model, optimizer, log_model=False) as watched:
        for _ in watched.epochs(range(5, 7)):  # goes on where another one ended
            for x, y in BATCHES[:2]:
                optimizer.zero_grad()
                loss = torch.nn.functional.mse_loss(model(x), y)
                loss.backward()
                optimizer.step()
                watched.log(loss=loss, examples=len(x))
    run = run_of(watched)
    assert [n for n, _ in history(run, "loss")] == [5, 6]
    assert run.data.metrics["examples"] == 8


def test_values_of_an_epoch_take_the_place_of_means() -> None:
    model, optimizer, _ = parts()
    with modelwright.pytorch.watch(model, optimizer, log_model=False) as watched:
        watched.log(accuracy=0.1)
        watched.end_epoch(accuracy=0.9, f1=0.8)
        watched.end_epoch()
    run = run_of(watched)
    assert history(run, "accuracy") == [(0, 0.9)]
    assert watched.epoch == 2
    with pytest.raises(WrongState, match="not watched any more"):
        watched.end_epoch()


def test_leaving_the_loop_early_keeps_what_was_seen() -> None:
    model, optimizer, loss = parts()
    with modelwright.pytorch.watch(model, optimizer, loss=loss, log_every_n_step=None, log_model=False) as watched:
        for epoch in watched.epochs(10):
            step(model, optimizer, loss, *BATCHES[0])
            if epoch == 2:
                break
    run = run_of(watched)
    assert [n for n, _ in history(run, "loss")] == [0, 1, 2]
    assert not any(name.endswith("_step") for name in run.data.metrics)


def test_without_a_block() -> None:
    model, optimizer, loss = parts()
    watched = modelwright.pytorch.watch(model, optimizer, loss=loss)
    step(model, optimizer, loss, *BATCHES[0])
    watched.close()
    watched.close()
    assert run_of(watched).info.status == "FINISHED"
    step(model, optimizer, loss, *BATCHES[0])
    assert watched.step == 1
    assert_free(model, optimizer, loss)


def test_copies_and_pickles_of_what_is_watched_are_free() -> None:
    """The best one so far is kept as a copy, and whole modules are saved as they are."""
    model, optimizer, loss = parts()
    with modelwright.pytorch.watch(model, optimizer, loss=loss, log_model=False) as watched:
        for made in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
            rate = copy.deepcopy(optimizer)
            assert torch.equal(made(X), model(X))
            rate.step()
        assert b"modelwright" not in pickle.dumps(model)
        assert watched.step == 0


def test_training_is_the_same_as_without() -> None:
    trained = []
    for watching in (False, True):
        model, optimizer, loss = parts()
        watched = modelwright.pytorch.watch(model, optimizer, loss=loss) if watching else None
        torch.manual_seed(1)
        for x, y in BATCHES:
            step(model, optimizer, loss, x, y)
        if watched is not None:
            watched.close()
        trained.append([p.detach().clone() for p in model.parameters()] + [torch.rand(1)])
        assert model.training
    assert all(torch.equal(plain, seen) for plain, seen in zip(*trained, strict=True))


def test_a_store_that_fails_does_not_reach_the_training(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise OSError("the store is gone")

    model, optimizer, loss = parts()
    monkeypatch.setattr(modelwright.MlflowClient, "log_batch", broken)
    monkeypatch.setattr(modelwright.MlflowClient, "artifacts_of", broken)
    with modelwright.pytorch.watch(model, optimizer, loss=loss) as watched:
        for _ in watched.epochs(2):
            step(model, optimizer, loss, *BATCHES[0])
    assert watched.step == 2


def test_inputs_that_are_no_single_tensor_give_no_signature() -> None:
    class Two(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.line = torch.nn.Linear(3, 1)

        def forward(self, x: Any, y: Any) -> Any:
            return self.line(x + y)

    model = Two()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with modelwright.pytorch.watch(model, optimizer) as watched:
        model(X, X).sum().backward()
        optimizer.step()
    run = run_of(watched)
    assert "model" in files(run)
    assert "was not called with one tensor" in run.data.tags["autolog.reason"]


def test_a_model_that_was_never_called_is_logged_all_the_same() -> None:
    model, optimizer, _ = parts()
    with modelwright.pytorch.watch(model, optimizer, log_model_signature=False) as watched:
        watched.log(loss=1.0)
    assert run_of(watched).data.tags["autolog.status"] == "ok"
    assert "model" in files(run_of(watched))


def test_what_cannot_be_watched() -> None:
    model, optimizer, _ = parts()
    watch = modelwright.pytorch.watch
    for arguments, options, said in (
        ((7,), {}, r"Expected a torch\.nn\.Module to watch, got a builtins\.int"),
        ((model, model), {}, r"Expected a torch\.optim\.Optimizer, or a list of them"),
        ((model, optimizer), {"loss": torch.nn.functional.mse_loss}, r"watched\.log\(loss=value\)"),
        ((model, optimizer), {"log_every_n_step": 0}, "log_every_n_step=0; expected a whole number from 1"),
    ):
        with pytest.raises(InvalidArgument, match=said):
            watch(*arguments, **options)
    assert modelwright.active_run() is None


def test_a_wrapped_module_is_logged_out_of_its_wrapping(tmp_path: Path) -> None:
    model, _, loss = parts()
    torch.distributed.init_process_group("gloo", init_method=f"file://{tmp_path}/meet", rank=0, world_size=1)
    try:
        wrapped = torch.nn.parallel.DistributedDataParallel(model)
        optimizer = torch.optim.SGD(wrapped.parameters(), lr=0.1)
        with modelwright.pytorch.watch(wrapped, optimizer, loss=loss) as watched:
            step(wrapped, optimizer, loss, *BATCHES[0])
    finally:
        torch.distributed.destroy_process_group()
    run = run_of(watched)
    assert run.data.tags["autolog.status"] == "ok"
    assert type(modelwright.pytorch.load_model(f"runs:/{run.info.run_id}/model")) is torch.nn.Sequential


TOGETHER = """
    import sys, torch, modelwright
    rank = int(sys.argv[1])
    torch.distributed.init_process_group("gloo", init_method="file://" + sys.argv[2], rank=rank, world_size=2)
    model = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(3, 1))
    optimizer, loss = torch.optim.SGD(model.parameters(), lr=0.1), torch.nn.MSELoss()
    watched = modelwright.pytorch.watch(model, optimizer, loss=loss)
    for epoch in watched.epochs(2):
        optimizer.zero_grad()
        loss(model(torch.ones(4, 3)), torch.ones(4, 1)).backward()
        optimizer.step()
    print(watched.step, watched.run_id is not None)
"""  # and no close(): the end of the program is the end of the training


def test_of_two_processes_only_the_first_writes(tmp_path: Path) -> None:
    (tmp_path / "together.py").write_text(textwrap.dedent(TOGETHER))
    env = {**os.environ, "OMP_NUM_THREADS": "1", "MODELWRIGHT_TRACKING_URI": str(tmp_path / "runs")}
    env |= {"PYTHONPATH": os.pathsep.join(sys.path), "GLOO_SOCKET_IFNAME": "lo"}
    pair = [
        subprocess.Popen(
            [sys.executable, "together.py", str(rank), str(tmp_path / "meet")],
            cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for rank in (0, 1)
    ]  # fmt: skip
    said = [process.communicate() for process in pair]
    assert [process.returncode for process in pair] == [0, 0], said
    assert [out.split() for out, _ in said] == [["2", "True"], ["2", "False"]]
    client = modelwright.MlflowClient(str(tmp_path / "runs"))
    (run,) = client.search_runs([e.experiment_id for e in client.search_experiments()])
    assert (run.info.status, run.data.tags["autolog.status"]) == ("FINISHED", "ok"), run.data.tags
    assert [point.step for point in client.get_metric_history(run.info.run_id, "loss")] == [0, 1]
    assert sorted(f.path for f in client.list_artifacts(run.info.run_id)) == ["model", "model_summary.txt"]
