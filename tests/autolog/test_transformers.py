"""What is written down of a transformers Trainer, by us and by transformers' own MLflowCallback."""

# ruff: noqa: E402 — without the framework the file is skipped before the imports below
from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from inspect import signature
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from flavors import tiny_hf as tiny

transformers = pytest.importorskip("transformers")
torch = pytest.importorskip("torch")

import modelwright
from autolog.fake import FakeSession, Sessions
from contracts.integration import IntegrationContract
from modelwright.autolog import engine
from modelwright.autolog.integration import Family, Watch
from modelwright.autolog.transformers import Transformers

OPTIONS = {"log_models": True, "log_datasets": True, "log_model_signatures": True}
ROWS = [{"input_ids": [2, 6, 8, 10, 3], "attention_mask": [1] * 5, "labels": n % 2} for n in range(8)]
# Of torch, about its loaders on a machine without a GPU.
pytestmark = pytest.mark.filterwarnings("ignore:'pin_memory' argument is set as true:UserWarning")


def arguments(folder: Path | str, **options: Any) -> Any:
    given = {
        "num_train_epochs": 1, "per_device_train_batch_size": 4, "logging_steps": 1, "report_to": "none",
        "save_strategy": "no", "use_cpu": True, "disable_tqdm": True, "seed": 7, **options,
    }  # fmt: skip
    return transformers.TrainingArguments(str(folder), **given)


# What a Trainer calls the tokenizer, before transformers 4.46 and since.
WORDS = "processing_class" if "processing_class" in signature(transformers.Trainer).parameters else "tokenizer"
Seq2SeqTrainer = transformers.Seq2SeqTrainer  # imports its module, which the contract looks into


def trainer(**options: Any) -> Any:
    model = tiny.labelled("BertForSequenceClassification", "0", "1")
    model.config.problem_type = "single_label_classification"  # else told by the first labels, in the middle
    given = {k: options.pop(k) for k in ("callbacks", "eval_dataset", "model") if k in options}
    return transformers.Trainer(
        **{"model": model, **given}, args=arguments(Path.cwd() / "out", **options), train_dataset=ROWS,
        **{WORDS: tiny.tokenizer()},
    )  # fmt: skip


@pytest.fixture
def sessions() -> Iterator[Sessions]:
    opened = Sessions()
    engine.enable(Transformers(), OPTIONS, opened)
    yield opened
    engine.disable("transformers")


def one(sessions: Sessions) -> FakeSession:
    (session,) = sessions.written
    assert session.losses == []
    return session


class TestContract(IntegrationContract):
    integration = Transformers
    options = OPTIONS
    owners = ("transformers.trainer", "transformers.trainer_seq2seq")

    def train(self) -> Any:
        found = trainer()
        found.train()
        return found.model

    def prepared(self) -> Any:
        return trainer().train  # a Trainer that is made resets what Accelerate knows of all others in the process

    def fail(self) -> Any:
        found = trainer()
        found.train_dataset = [{"input_ids": [2], "labels": 0}, {"no": 1}] * 4
        return found.train()


def test_a_training_is_recorded_step_by_step(sessions: Sessions) -> None:
    found = trainer(eval_dataset=ROWS, eval_strategy="epoch", num_train_epochs=2)
    found.train()
    session = one(sessions)
    (params,) = session.of("params")
    assert {**found.model.config.to_dict(), **found.args.to_dict()} == params
    assert (params["num_train_epochs"], params["hidden_size"]) == (2, 16)
    logged = [(step, set(values)) for values, step in session.of("metrics")]
    assert [step for step, names in logged if "loss" in names] == [1, 2, 3, 4]
    assert [step for step, names in logged if "eval_loss" in names] == [2, 4]
    assert logged[-1][0] == 4
    assert "train_runtime" in logged[-1][1]
    told = [entry for entry in found.state.log_history if "loss" in entry]
    assert [values["loss"] for values, _ in session.of("metrics") if "loss" in values] == [e["loss"] for e in told]
    ((parts, flavor, path, sample, options),) = session.of("model")
    assert parts == {"model": found.model, "tokenizer": tiny.tokenizer()}
    assert (flavor, path, sample, options) == ("transformers", "model", None, {})
    assert [context for _, context, _ in session.of("dataset")] == ["train", "eval"]


def test_the_users_callbacks_are_as_before(sessions: Sessions) -> None:
    class Count(transformers.TrainerCallback):  # type: ignore[misc, name-defined]
        steps = 0

        def on_step_end(self, *args: Any, **kwargs: Any) -> None:
            self.steps += 1

    count = Count()
    found = trainer(callbacks=[count])
    before = list(found.callback_handler.callbacks)
    found.train()
    assert found.callback_handler.callbacks == before
    assert count.steps == 2
    found.train_dataset = [{"no": 1}]
    with pytest.raises(Exception, match=r".") as raised:
        found.train()
    assert found.callback_handler.callbacks == before
    assert [session.outcome for session in sessions.written] == ["finished", raised.value]


def test_the_model_trains_and_predicts_as_it_was(sessions: Sessions) -> None:
    found = trainer()
    found.train()
    assert found.model.training


def test_names_and_values_that_metrics_cannot_hold(sessions: Sessions) -> None:
    class Own(transformers.Trainer):  # type: ignore[misc, name-defined]
        def log(self, logs: Any, *rest: Any, **more: Any) -> None:
            super().log({**logs, "odd(name)": 1, "tensor": torch.tensor(2.0), "text": "no"}, *rest, **more)

    found = Own(
        model=tiny.labelled("BertForSequenceClassification", "0", "1"), args=arguments(Path.cwd() / "out"),
        train_dataset=ROWS, **{WORDS: tiny.tokenizer()},
    )  # fmt: skip
    found.train()
    first, _ = one(sessions).of("metrics")[0]
    assert (first["odd_name_"], first["tensor"]) == (1.0, 2.0)
    assert "text" not in first


def test_subclasses_are_watched_too(sessions: Sessions) -> None:
    args = transformers.Seq2SeqTrainingArguments(
        str(Path.cwd() / "out"), num_train_epochs=1, report_to="none", save_strategy="no", use_cpu=True,
        disable_tqdm=True,
    )  # fmt: skip
    rows = [{"input_ids": [6, 8, 3], "labels": [6, 8, 3]}] * 4
    found = Seq2SeqTrainer(model=tiny.t5(), args=args, train_dataset=rows, **{WORDS: tiny.tokenizer()})
    found.train()
    assert one(sessions).of("model")[0][0]["model"] is found.model


def test_a_model_without_a_tokenizer_is_named_as_lost(sessions: Sessions) -> None:
    found = trainer()
    setattr(found, WORDS, None)
    found.train()
    (session,) = sessions.written
    assert session.losses == [
        "model 'model': the Trainer has no processing_class, so the model has no tokenizer or processor to go with"
    ]
    assert session.outcome == "finished"


def test_other_processes_of_the_training_write_nothing(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    found = trainer()
    monkeypatch.setattr(type(found), "is_world_process_zero", lambda self: False)
    found.train()
    assert sessions.written == []


def test_nothing_is_recorded_unless_asked() -> None:
    opened = Sessions()
    engine.enable(Transformers(), {"log_models": False, "log_datasets": False}, opened)
    trainer().train()
    assert opened.written == []


def test_what_others_would_record_inside_is_nobodys() -> None:
    sklearn = pytest.importorskip("sklearn.linear_model")

    class Fits(transformers.TrainerCallback):  # type: ignore[misc, name-defined]
        def on_step_end(self, *args: Any, **kwargs: Any) -> None:
            sklearn.LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0])

    modelwright.sklearn.autolog(log_models=False)
    modelwright.transformers.autolog()
    trainer(callbacks=[Fits()]).train()
    assert len(modelwright.search_runs()) == 0
    sklearn.LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0])
    assert len(modelwright.search_runs()) == 1


def test_setfit_keeps_others_quiet_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Against a stand-in for setfit, which is not among the frameworks of the tests."""
    module = ModuleType("setfit.trainer")

    class Trainer:
        def train(self) -> str:
            trainer().train()
            return "trained"

    module.Trainer = Trainer  # type: ignore[attr-defined]
    Trainer.__module__ = "setfit.trainer"
    monkeypatch.setitem(sys.modules, "setfit", ModuleType("setfit"))
    monkeypatch.setitem(sys.modules, "setfit.trainer", module)
    opened = Sessions()
    engine.enable(Transformers(), OPTIONS, opened)
    assert Trainer().train() == "trained"
    assert opened.written == []
    engine.disable("transformers")
    targets = [watch.target for watch in Transformers().watches({}) if isinstance(watch, Family | Watch)]
    assert targets == ["transformers.trainer:Trainer", "setfit.trainer:Trainer.train"]


def test_a_sentence_transformer_is_logged_as_one(sessions: Sessions) -> None:
    pytest.importorskip("sentence_transformers")

    class Finished(transformers.Trainer):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            self.model = tiny.sentences()
            self.train_dataset = self.eval_dataset = None
            self.callback_handler = transformers.trainer_callback.CallbackHandler([], None, None, None, None)

        def is_world_process_zero(self) -> bool:
            return True

        def train(self) -> str:
            return "trained"

    Finished().train()
    assert [(model, flavor) for model, flavor, *_ in one(sessions).of("model")] == [
        (tiny.sentences(), "sentence_transformers")
    ]


def test_the_run_the_model_and_its_signature() -> None:
    modelwright.transformers.autolog(log_models=True, log_model_signatures=True, extra_tags={"who": "me"})
    trainer().train()
    run = modelwright.last_active_run()
    assert run is not None
    assert run.data.tags["autolog.status"] == "ok"
    assert (run.data.tags["mlflow.autologging"], run.data.tags["who"]) == ("transformers", "me")
    assert run.data.params["learning_rate"] == "5e-05"
    assert run.data.metrics["train_steps_per_second"] > 0
    model = modelwright.pyfunc.load_model(f"runs:/{run.info.run_id}/model")
    assert model.metadata.signature is not None
    assert model.metadata.signature.inputs.to_dict() == [{"type": "string", "required": True}]
    assert model.predict(["the cat sat"]).columns.tolist() == ["label", "score"]


def test_a_signature_only_when_asked() -> None:
    modelwright.transformers.autolog(log_models=True)
    trainer().train()
    run = modelwright.last_active_run()
    assert run is not None
    assert modelwright.models.get_model_info(f"runs:/{run.info.run_id}/model").signature is None


# transformers' own MLflowCallback, which imports mlflow: here that is us.


@pytest.fixture
def alias(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("MLFLOW_TAGS", "MLFLOW_FLATTEN_PARAMS", "HF_MLFLOW_LOG_ARTIFACTS", "MLFLOW_MAX_LOG_PARAMS"):
        monkeypatch.delenv(name, raising=False)
    modelwright.install_as_mlflow()
    yield
    modelwright.autolog(disable=True)


def test_mlflows_callback_lands_with_us(alias: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_spec("mlflow") is not None
    assert transformers.integrations.is_mlflow_available()
    monkeypatch.setenv("MLFLOW_TAGS", '{"release": "1"}')
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "callback")
    found = trainer(report_to="mlflow", run_name="mine")
    found.train()
    assert modelwright.active_run() is None
    (run,) = modelwright.search_runs(experiment_names=["callback"], output_format="list")
    assert (run.info.run_name, run.data.tags["release"], run.info.status) == ("mine", "1", "FINISHED")
    combined = {**found.model.config.to_dict(), **found.args.to_dict()}
    assert run.data.params == {name: str(value) for name, value in combined.items() if len(str(value)) <= 6000}
    history = modelwright.MlflowClient().get_metric_history(run.info.run_id, "loss")
    assert [point.step for point in history] == [1, 2]


def test_its_checkpoints_are_models(alias: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_MLFLOW_LOG_ARTIFACTS", "1")
    monkeypatch.setenv("MLFLOW_FLATTEN_PARAMS", "1")
    trainer(report_to="mlflow", save_strategy="epoch").train()
    run = modelwright.last_active_run()
    assert run is not None
    assert "id2label.0" in run.data.params
    paths = [entry.path for entry in modelwright.MlflowClient().list_artifacts(run.info.run_id, "checkpoint-2")]
    assert "checkpoint-2/MLmodel" in paths
    held = modelwright.artifacts.list_artifacts(f"runs:/{run.info.run_id}/checkpoint-2/artifacts/checkpoint-2")
    assert any(entry.path.endswith("model.safetensors") for entry in held)


def test_both_write_to_one_run(alias: None) -> None:
    modelwright.transformers.autolog(log_models=True)
    trainer(report_to="mlflow").train()
    (run,) = modelwright.search_runs(output_format="list")
    assert len(modelwright.MlflowClient().get_metric_history(run.info.run_id, "loss")) == 2
    assert run.data.params["seed"] == "7"
    assert run.data.tags["autolog.status"] == "ok"
    assert modelwright.pyfunc.load_model(f"runs:/{run.info.run_id}/model").predict(["the cat"]) is not None


def test_it_joins_a_run_of_the_users(alias: None) -> None:
    with modelwright.start_run() as mine:
        trainer(report_to="mlflow").train()
        assert modelwright.active_run() is not None
    (run,) = modelwright.search_runs(output_format="list")
    assert run.info.run_id == mine.info.run_id
    assert "train_loss" in run.data.metrics
