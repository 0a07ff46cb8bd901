"""Callbacks of Keras that write to a run; those of this module are public, and are what autolog adds to a fit."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from ..core.errors import InvalidArgument
from ..core.frameworks import require
from ..tracking import active, files
from ..tracking.entities import Metric, Param, RunTag

log = logging.getLogger(__name__)


class ActiveRun:
    """The run that is active when something is written, as far as a callback writes; errors never stop a training."""

    def params(self, values: Mapping[str, Any]) -> None:
        client, run_id = active.writing_to(None)
        client.log_batch(run_id, params=[Param(name, str(value)) for name, value in values.items()], synchronous=True)

    def metrics(self, values: Mapping[str, float], step: int | None = None) -> None:
        client, run_id = active.writing_to(None)
        now = time.time_ns() // 1_000_000
        points = [Metric(name, float(value), now, step or 0) for name, value in values.items()]
        client.log_batch(run_id, points, synchronous=True)

    def tags(self, values: Mapping[str, str]) -> None:
        client, run_id = active.writing_to(None)
        client.log_batch(run_id, tags=[RunTag(name, value) for name, value in values.items()], synchronous=True)

    def artifact(self, path: str, body: str | bytes | Callable[[Path], object]) -> None:
        client, run_id = active.writing_to(None)
        with files.writing(client.artifacts_of(run_id), path) as target:
            if callable(body):
                body(target)
            else:
                target.write_bytes(body.encode() if isinstance(body, str) else body)

    @contextmanager
    def part(self, what: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            log.warning("%s was not recorded: %s: %s", what, type(error).__name__, error)


class RunCallback:
    """What the callbacks below have in common.

    Their class is here before Keras is imported; an instance is of the class and of `keras.callbacks.Callback`.
    """

    model: Any
    to: Any = ActiveRun()  # autolog's session instead, in the callbacks that autolog makes

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        declared: Any = cls
        return super().__new__(_with_keras(declared))

    def __reduce__(self) -> Any:
        return _again, (getattr(type(self), "declared", type(self)), dict(vars(self)))


@cache
def _with_keras(cls: Any) -> Any:
    base = require("keras").callbacks.Callback
    if issubclass(cls, base):
        return cls
    named = {"__module__": cls.__module__, "__qualname__": cls.__qualname__, "__doc__": cls.__doc__, "declared": cls}
    return type(cls.__name__, (cls, base), named)


def _again(cls: Any, state: dict[str, Any]) -> Any:
    """A copy of a callback, or one that was pickled."""
    made = cls.__new__(cls)
    vars(made).update(state)
    return made


class MlflowCallback(RunCallback):
    """Writes what a `fit` does to the active run: the optimizer's settings, a summary of the model, the metrics.

    Args:
        log_every_epoch: Whether metrics are written at the end of each epoch.
        log_every_n_steps: Write them every so many steps instead.

    Raises:
        InvalidArgument: Both are asked for, or neither.
    """

    prefix: ClassVar[str] = "optimizer_"

    def __init__(self, log_every_epoch: bool = True, log_every_n_steps: int | None = None) -> None:
        checked_frequency(log_every_epoch, log_every_n_steps)
        super().__init__()
        self.log_every_epoch, self.log_every_n_steps = log_every_epoch, log_every_n_steps
        self.async_safe = log_every_n_steps is None  # then Keras need not wait for `on_batch_end`, which does nothing
        self._epoch: int | None = None

    def on_train_begin(self, logs: Any = None) -> None:
        with self.to.part("the optimizer's settings"):
            config = self.model.optimizer.get_config()
            self.to.params({f"{self.prefix}{name}": value for name, value in config.items()})
        with self.to.part("the model's summary"):
            lines: list[str] = []
            self.model.summary(print_fn=lambda line, *_, **__: lines.append(line))
            self.to.artifact("model_summary.txt", "\n".join(lines))

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._epoch = epoch

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if self.log_every_epoch and logs is not None:
            self._metrics(logs, epoch)

    def on_train_end(self, logs: Any = None) -> None:
        self._epoch = None

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        if self.log_every_n_steps is None or logs is None:
            return
        with self.to.part("metrics"):
            step = int(self.model.optimizer.iterations.numpy())
            if step % self.log_every_n_steps == 0:
                self._metrics(logs, step)

    def on_test_end(self, logs: Any = None) -> None:
        if logs is not None:  # in a fit they stand beside the epoch that they follow
            self._metrics({f"validation_{name}": value for name, value in logs.items()}, self._epoch)

    def _metrics(self, logs: Mapping[str, Any], step: int | None) -> None:
        with self.to.part("metrics"):
            self.to.metrics({name: float(value) for name, value in logs.items()}, step)


def checked_frequency(log_every_epoch: bool, log_every_n_steps: int | None) -> None:
    """Refuse what would write metrics twice, or not at all."""
    if log_every_n_steps is not None and (not isinstance(log_every_n_steps, int) or log_every_n_steps < 1):
        raise InvalidArgument(f"log_every_n_steps={log_every_n_steps!r}; expected a whole number from 1, or None")
    if log_every_epoch == (log_every_n_steps is not None):
        raise InvalidArgument(
            f"log_every_epoch={log_every_epoch} and log_every_n_steps={log_every_n_steps}; give log_every_epoch=True, "
            f"or log_every_epoch=False and a number of steps"
        )
