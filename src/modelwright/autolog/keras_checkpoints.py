"""Checkpoints of a Keras model as artifacts of a run, while it trains."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..core.errors import InvalidArgument
from .keras_callbacks import RunCallback

_LATEST_TAG = "mlflow.latest_checkpoint_artifact"


class MlflowModelCheckpointCallback(RunCallback):
    """Saves the model to the active run while it trains: after each epoch, or every so many batches.

    Args:
        monitor: The metric that says which model is best.
        mode: "min" or "max": which of its values is better.
        save_best_only: Whether only the best model so far is kept, in one place, or each in a folder of its own.
        save_weights_only: Whether the weights alone are saved.
        save_freq: "epoch", or a number of batches.

    Raises:
        InvalidArgument: `mode` or `save_freq` is none of these, or there is nothing to monitor.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        mode: str = "min",
        save_best_only: bool = True,
        save_weights_only: bool = False,
        save_freq: str | int = "epoch",
    ) -> None:
        checked_checkpoints(monitor, mode, save_best_only, save_freq)
        super().__init__()
        self.monitor, self.mode, self.save_best_only = monitor, mode, save_best_only
        self.save_weights_only, self.save_freq = save_weights_only, save_freq
        self._best: float | None = None
        self._epoch, self._batches, self._last_batch, self._saved_at = 0, 0, 0, 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        # Keras calls this once for several batches where `compile(steps_per_execution=…)` says so.
        self._batches += batch + 1 if batch <= self._last_batch else batch - self._last_batch
        self._last_batch = batch
        if isinstance(self.save_freq, int) and self._batches - self._saved_at >= self.save_freq:
            self._saved_at = self._batches
            self._checkpoint(logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if self.save_freq == "epoch":
            self._checkpoint(logs)

    def _checkpoint(self, logs: Mapping[str, Any] | None) -> None:
        values = {name: float(value) for name, value in (logs or {}).items()}
        if self.save_best_only and not self._is_best(values):
            return
        folder, prefix = "checkpoints", "latest_"
        if not self.save_best_only:
            folder += f"/epoch_{self._epoch}" if self.save_freq == "epoch" else f"/global_step_{self._batches}"
            prefix = ""
        name = f"{folder}/{prefix}checkpoint{'.weights' if self.save_weights_only else ''}.h5"
        facts = {**values, "epoch": self._epoch, "global_step": self._batches}
        with self.to.part(f"checkpoint {name!r}"):
            self.to.artifact(name, self._save)
            self.to.artifact(f"{folder}/{prefix}checkpoint_metrics.json", json.dumps(facts))
            self.to.tags({_LATEST_TAG: name})

    def _is_best(self, values: Mapping[str, float]) -> bool:
        """Whether this is the best model so far; not where nothing tells, as without validation data."""
        value = values.get(self.monitor)
        if value is None:
            return False
        better = self._best is None or (value < self._best if self.mode == "min" else value > self._best)
        if better:
            self._best = value
        return better

    def _save(self, path: Path) -> None:
        # The store may write under another name at first; Keras goes by the ending.
        ending = ".weights.h5" if self.save_weights_only else ".h5"
        target = path if path.name.endswith(ending) else path.with_name(f"{path.name}{ending}")
        with _no_advice():
            if self.save_weights_only:
                self.model.save_weights(target, overwrite=True)
            else:
                self.model.save(target, overwrite=True)
        if target != path:
            target.replace(path)


def checked_checkpoints(monitor: Any, mode: Any, save_best_only: bool, save_freq: Any) -> None:
    """Refuse options of checkpoints that cannot be meant."""
    if save_best_only and not isinstance(monitor, str):
        raise InvalidArgument(f"monitor={monitor!r}; to keep only the best model, name the metric that says which")
    if save_best_only and mode not in ("min", "max"):
        raise InvalidArgument(f"mode={mode!r}; expected 'min' or 'max': which value of {monitor!r} is better")
    if save_freq != "epoch" and (isinstance(save_freq, bool) or not isinstance(save_freq, int) or save_freq < 1):
        raise InvalidArgument(f"save_freq={save_freq!r}; expected 'epoch' or a number of batches")


@contextmanager
def _no_advice() -> Iterator[None]:
    """Without the lines by which Keras advises against HDF5, the format that MLflow's checkpoints have."""
    logger = logging.getLogger("absl")
    logger.addFilter(_not_hdf5)
    try:
        yield
    finally:
        logger.removeFilter(_not_hdf5)


def _not_hdf5(record: logging.LogRecord) -> bool:
    return "HDF5 file" not in record.getMessage()
