"""Transformers: the Trainer's arguments and the model's configuration, what it logs at each step, the trained model.

Everything comes through a `TrainerCallback` that is there only as long as `train` runs. Names and values are those of
transformers' own `MLflowCallback`. Where that one is at work already (report_to="mlflow" under the alias), it writes
arguments and metrics to the very run, and only the rest is added.

MLflow 2.16 records nothing by itself: its function keeps scikit-learn, TensorFlow and PyTorch from recording what a
Trainer does inside. So does this one, which records only when asked for something to record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .integration import Call, Family, Integration, Options, Session, Watch

_ASKING = ("log_models", "log_datasets")
_NO_NAME = re.compile(r"[^0-9A-Za-z_\-\.\ :/]")  # what a metric's name cannot hold
_COMPONENTS = (
    ("PreTrainedTokenizerBase", "tokenizer"),
    ("BaseImageProcessor", "image_processor"),
    ("FeatureExtractionMixin", "feature_extractor"),
)


class Transformers(Integration):
    name = imports = "transformers"

    def configure(
        self,
        log_input_examples: bool = False,
        log_model_signatures: bool = False,
        log_models: bool = False,
        log_datasets: bool = False,
        disable: bool = False,
        exclusive: bool = False,
        disable_for_unsupported_versions: bool = False,
        silent: bool = False,
        extra_tags: Mapping[str, str] | None = None,
    ) -> None:
        """Record what a transformers Trainer trains: arguments, losses and scores at each step, the model.

        With neither `log_models` nor `log_datasets`, as in MLflow, nothing is recorded: other frameworks'
        integrations then keep quiet about what a Trainer does inside, and that is all.

        Args:
            log_input_examples: Taken for MLflow's sake; a Trainer's data are tokens, not what the model is given later.
            log_datasets: Whether the run names its data, where the Trainer got a table: a fingerprint, columns, sizes.

        >>> import modelwright
        >>> modelwright.transformers.autolog(log_models=True)
        >>> modelwright.autolog(disable=True)
        """

    def watches(self, options: Options) -> Iterator[Watch | Family]:
        yield Family("transformers.trainer:Trainer", ("train",), _train)
        yield Watch("setfit.trainer:Trainer.train", None)


def _train(call: Call, session: Session) -> Any:
    trainer = call.arguments["self"]
    if not any(session.options.get(name) for name in _ASKING) or not trainer.is_world_process_zero():
        return
    recorder = None
    if _has_mlflows(trainer):
        session.tags({})  # the run begins here, and transformers' own callback joins it
    else:
        with session.part("params and metrics"):
            recorder = _recorder(session)
            trainer.add_callback(recorder)
    try:
        yield
    finally:
        if recorder is not None:
            trainer.remove_callback(recorder)
    if session.options.get("log_datasets"):
        for data, context in ((trainer.train_dataset, "train"), (trainer.eval_dataset, "eval")):
            if hasattr(data, "columns") or hasattr(data, "__array__") or isinstance(data, list):
                session.dataset(data, context=context)
    with session.part("model 'model'"):
        _model(trainer, session)


def _has_mlflows(trainer: Any) -> bool:
    return any(type(callback).__name__ == "MLflowCallback" for callback in trainer.callback_handler.callbacks)


def _recorder(session: Session) -> Any:
    from transformers import TrainerCallback

    class Recorder(TrainerCallback):  # type: ignore[misc]
        """Hands what the Trainer tells to the session."""

        def on_train_begin(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
            with session.part("params"):
                config: Any = getattr(model, "config", None)
                session.params({**(config.to_dict() if hasattr(config, "to_dict") else {}), **args.to_dict()})

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
            with session.part("metrics"):
                session.metrics(_numbers(logs or {}), state.global_step)

    return Recorder()


def _numbers(logs: Mapping[str, Any]) -> dict[str, float]:
    """The numbers among what is logged, and tensors that hold one."""
    found = {}
    for name, value in logs.items():
        if hasattr(value, "numel") and value.numel() == 1:
            value = value.item()
        if isinstance(value, (int, float)):
            found[_NO_NAME.sub("_", name)] = float(value)
    return found


def _model(trainer: Any, session: Session) -> None:
    if not session.options.get("log_models"):
        return
    model = trainer.accelerator.unwrap_model(trainer.model) if hasattr(trainer, "accelerator") else trainer.model
    if type(model).__module__.partition(".")[0] == "sentence_transformers":
        session.model(model, flavor="sentence_transformers", sample=None)
        return
    words = getattr(trainer, "processing_class", None) or getattr(trainer, "tokenizer", None)
    names = {base.__name__ for base in type(words).__mro__}
    part = next((part for base, part in _COMPONENTS if base in names), None)
    if part is None:
        raise ValueError("the Trainer has no processing_class, so the model has no tokenizer or processor to go with")
    with _evaluating(model):
        session.model({"model": model, part: words}, flavor="transformers", sample=None)


class _evaluating:  # noqa: N801 - reads as the verb it is
    """A model as it predicts, afterwards as it was."""

    def __init__(self, model: Any) -> None:
        self.model, self.training = model, model.training

    def __enter__(self) -> None:
        self.model.eval()

    def __exit__(self, *_: object) -> None:
        self.model.train(self.training)
