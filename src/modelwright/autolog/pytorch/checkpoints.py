"""Lightning's checkpoints as files of the run, written while it trains.

    checkpoints/latest_checkpoint.pth             the best so far, and latest_checkpoint_metrics.json
    checkpoints/epoch_<n>/checkpoint.pth          every one, and checkpoint_metrics.json
    checkpoints/global_step_<n>/checkpoint.pth

The run's tag `mlflow.latest_checkpoint_artifact` names the newest.
"""

from __future__ import annotations

import json
import logging
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from ...core.errors import InvalidArgument
from ...core.frameworks import require
from ...tracking import files
from ...tracking.active import ensure_run
from ...tracking.client import MlflowClient

log = logging.getLogger(__name__)

_TAG, _FOLDER = "mlflow.latest_checkpoint_artifact", "checkpoints"


def check(monitor: Any, mode: Any, save_best_only: bool, save_freq: Any) -> None:
    """Whether checkpoints can be taken like this; InvalidArgument says what is wrong."""
    if save_freq != "epoch" and (not isinstance(save_freq, int) or isinstance(save_freq, bool) or save_freq < 1):
        raise InvalidArgument(f"save_freq={save_freq!r}; expected 'epoch' or a number of steps")
    if save_best_only and monitor is None:
        raise InvalidArgument("save_best_only=True needs a metric to monitor: checkpoint_monitor='val_loss'")
    if save_best_only and mode not in ("min", "max"):
        raise InvalidArgument(f"mode={mode!r}; expected 'min' or 'max'")


class MlflowModelCheckpointCallback:
    """A Lightning callback that takes checkpoints into the active run.

    Autologging adds one by itself; one of your own, in the Trainer's callbacks, takes its place.

    Args:
        monitor: The metric that says which checkpoint is the best.
        mode: Whether the best has the "min" or the "max" of it.
        save_best_only: Keep the best one only, under one name; otherwise every one, each in its folder.
        save_weights_only: Leave the states of optimizers and schedulers out.
        save_freq: "epoch", or every how many steps.

    Raises:
        InvalidArgument: There is no such mode or frequency.

    >>> import modelwright
    >>> callback = modelwright.pytorch.MlflowModelCheckpointCallback(monitor="loss")  # doctest: +SKIP
    >>> trainer = lightning.Trainer(callbacks=[callback])  # doctest: +SKIP
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        kind: Any = cls
        return object.__new__(_as_callback(kind, _packages()))

    def __init__(
        self,
        monitor: str = "val_loss",
        mode: str = "min",
        save_best_only: bool = True,
        save_weights_only: bool = False,
        save_freq: int | str = "epoch",
        *,
        session: Any = None,
    ) -> None:
        check(monitor, mode, save_best_only, save_freq)
        self.monitor, self.mode, self.save_best_only = monitor, mode, save_best_only
        self.save_weights_only, self.save_freq = save_weights_only, save_freq
        self.last_monitor_value: float | None = None
        self._said = False
        self._session = session  # None: the active run
        self._run: _Run | None = None

    def __reduce__(self) -> Any:
        """With the Trainer, to the processes that it spawns: there it writes to the same run."""
        run = None if self._session is not None else _Run.active()
        state = {**vars(self), "_run": run}
        return _again, (getattr(type(self), "_plain", type(self)), _packages(), state)

    def on_train_batch_end(self, trainer: Any, pl_module: Any, *_: Any) -> None:
        step = trainer.global_step
        if isinstance(self.save_freq, int) and step > 0 and step % self.save_freq == 0:
            self._take_if_due(trainer)

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        if self.save_freq == "epoch":
            self._take_if_due(trainer)

    def _take_if_due(self, trainer: Any) -> None:
        if not trainer.is_global_zero:
            return
        if self._session is not None:
            with self._session.part("checkpoint"):
                self._take(trainer)
            return
        try:
            self._take(trainer)
        except Exception as error:  # a store that fails must not end the training
            log.warning("A checkpoint was not recorded: %s: %s", type(error).__name__, error)

    def _take(self, trainer: Any) -> None:
        metrics = {name: float(value) for name, value in trainer.callback_metrics.items()}
        if self.save_best_only and not self._is_better(metrics):
            return
        latest = "latest_" if self.save_best_only else ""
        folder = _FOLDER
        if not self.save_best_only:
            epochs = self.save_freq == "epoch"
            folder += f"/epoch_{trainer.current_epoch}" if epochs else f"/global_step_{trainer.global_step}"
        name = f"{latest}checkpoint{'.weights' if self.save_weights_only else ''}.pth"
        told = {**metrics, "epoch": trainer.current_epoch, "global_step": trainer.global_step}

        def save(path: Path) -> None:  # not trainer.save_checkpoint: that waits for processes which do not call it
            checkpoint = trainer._checkpoint_connector.dump_checkpoint(self.save_weights_only)
            trainer.strategy.save_checkpoint(checkpoint, str(path))

        target = self._session or self._run or _Run.active()
        target.tags({_TAG: f"{folder}/{name}"})
        target.artifact(f"{folder}/{latest}checkpoint_metrics.json", json.dumps(told))
        target.artifact(f"{folder}/{name}", save)

    def _is_better(self, metrics: dict[str, float]) -> bool:
        if self.monitor not in metrics:
            if not self._said:
                log.warning(
                    "No checkpoints are taken: the metric %r that says which is the best is not logged; there are: %s",
                    self.monitor, ", ".join(metrics) or "none",
                )  # fmt: skip
            self._said = True
            return False
        value, last = metrics[self.monitor], self.last_monitor_value
        if last is not None and not (value < last if self.mode == "min" else value > last):
            return False
        self.last_monitor_value = value
        return True


class _Run(NamedTuple):
    """A run, written to as a session is, in whichever process."""

    tracking_uri: str
    run_id: str

    @classmethod
    def active(cls) -> _Run:
        run = ensure_run()
        return cls(run.client.tracking_uri, run.info.run_id)

    def tags(self, values: dict[str, str]) -> None:
        for key, value in values.items():
            MlflowClient(self.tracking_uri).set_tag(self.run_id, key, value)

    def artifact(self, path: str, body: Any) -> None:
        with files.writing(MlflowClient(self.tracking_uri).artifacts_of(self.run_id), path) as target:
            if callable(body):
                body(target)
            else:
                target.write_text(body, "utf-8")


def _packages() -> tuple[str, ...]:
    """Lightning under the names by which it is in use here: each checks that callbacks are its own."""
    used = tuple(package for package in ("lightning.pytorch", "pytorch_lightning") if package in sys.modules)
    return used or (str(require("lightning", "lightning.pytorch").__name__),)


@cache
def _as_callback(cls: Any, packages: tuple[str, ...]) -> Any:
    """The class as a subclass of Lightning's Callback, which is there only once Lightning is imported."""
    bases = [import_module(package).Callback for package in packages]
    missing = [base for base in bases if not issubclass(cls, base)]
    if not missing:
        return cls
    return type(cls.__name__, (cls, *missing), {"__module__": cls.__module__, "_plain": cls})


def _again(cls: Any, packages: tuple[str, ...], state: dict[str, Any]) -> Any:
    callback: Any = object.__new__(_as_callback(cls, packages))
    vars(callback).update(state)
    return callback
