"""PaddlePaddle's high-level API: optimizer, metrics per epoch, early stopping, the layers, the model.

A callback of paddle's own records each `paddle.Model.fit`.

What differs from MLflow 2.16: a scheduled learning rate is the rate the training begins with, not the scheduler's
address; scores of an evaluation belong to the epoch they were computed after, also where `log_every_n_epoch` leaves
epochs out; the summary of the layers is the table that paddle prints, with the counts that MLflow writes below it,
and nothing is printed; lone callbacks are taken, which MLflow hands to a loop.
"""

from __future__ import annotations

import numbers
from collections.abc import Iterator, Mapping
from typing import Any

from ..core.errors import InvalidArgument
from .integration import Call, Integration, Options, Session, Watch


class Paddle(Integration):
    name = imports = "paddle"

    def configure(
        self,
        log_every_n_epoch: int = 1,
        log_models: bool = True,
        disable: bool = False,
        exclusive: bool = False,
        silent: bool = False,
        registered_model_name: str | None = None,
        extra_tags: Mapping[str, str] | None = None,
    ) -> None:
        """Record what `paddle.Model.fit` trains: optimizer, metrics per epoch, early stopping, the layers, the model.

        Args:
            log_every_n_epoch: Of how many epochs one is recorded, beginning with the first.

        Raises:
            InvalidArgument: `log_every_n_epoch` is no whole number from 1.

        >>> import modelwright
        >>> modelwright.paddle.autolog(log_every_n_epoch=2)
        >>> modelwright.autolog(disable=True)
        """
        if not isinstance(log_every_n_epoch, int) or log_every_n_epoch < 1:
            raise InvalidArgument(f"log_every_n_epoch={log_every_n_epoch!r}; expected a whole number from 1")

    def watches(self, options: Options) -> Iterator[Watch]:
        yield Watch("paddle.hapi.model:Model.fit", _fit)


def _fit(call: Call, session: Session) -> Any:
    model, stopping = call.arguments["self"], None
    with session.part("early stopping"):
        stopping = _early_stopping(call.arguments["callbacks"])
        if stopping is not None:
            session.params({name: getattr(stopping, name) for name in ("monitor", "patience", "min_delta", "baseline")})
    call.append("callbacks", _recorder(session))
    yield
    with session.part("early stopping"):
        if stopping is not None and stopping.stopped_epoch:
            best = float(stopping.best_value)
            session.metrics({"stopped_epoch": stopping.stopped_epoch, "best_value": best})
    with session.part("model_summary.txt"):
        session.artifact("model_summary.txt", _summary(model))
    session.model(model, flavor="paddle", sample=None)


def _early_stopping(callbacks: Any) -> Any:
    from paddle.callbacks import EarlyStopping

    several = callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]
    return next((one for one in several if isinstance(one, EarlyStopping)), None)


def _recorder(session: Session) -> Any:
    from paddle.callbacks import Callback

    every = session.options["log_every_n_epoch"]

    class Recorder(Callback):  # type: ignore[misc]  # paddle carries types that mypy does not follow here
        """Hands the session what paddle tells it."""

        epoch = 0

        def on_train_begin(self, logs: Any = None) -> None:
            with session.part("optimizer"):
                optimizer = self.model._optimizer
                session.params({"optimizer_name": type(optimizer).__name__, "learning_rate": optimizer.get_lr()})

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self.epoch = epoch

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self._scores(logs, "")

        def on_eval_end(self, logs: Any = None) -> None:
            self._scores(logs, "eval_")

        def _scores(self, logs: Mapping[str, Any] | None, prefix: str) -> None:
            if self.epoch % every == 0:
                with session.part("metrics"):
                    session.metrics(_numbers(logs or {}, prefix), self.epoch)

        def __reduce__(self) -> Any:
            return Callback, ()  # pickled in the middle of a training it becomes one that does nothing

    return Recorder()


def _numbers(logs: Mapping[str, Any], prefix: str) -> dict[str, float]:
    firsts = {name: value[0] if isinstance(value, list) else value for name, value in logs.items()}
    return {prefix + name: float(value) for name, value in firsts.items() if isinstance(value, numbers.Real)}


def _summary(model: Any) -> str:
    """What `model.summary()` prints and returns; the layers' modes and the next random numbers stay as they were."""
    import paddle
    from paddle.hapi import model_summary

    network, state = model.network, paddle.get_rng_state()
    sizes = [tuple(1 if size in (None, -1) else size for size in spec.shape) for spec in model._inputs]
    kinds = [spec.dtype for spec in model._inputs]
    modes = [(layer, layer.training) for layer in network.sublayers(include_self=True)]
    network.eval()
    try:
        table, counts = model_summary.summary_string(network, sizes, kinds)
    finally:
        for layer, training in modes:
            layer.training = training
        paddle.set_rng_state(state)
    return f"{table}\n{ {name: int(count) for name, count in counts.items()} }\n"
