"""PyTorch: what Lightning's Trainer fits and tests, and what a TensorBoard SummaryWriter is given.

Lightning calls our `Callback`; a training loop of one's own is recorded with `modelwright.pytorch.watch`.

What differs from MLflow 2.16: early stopping and checkpoints are recorded for `lightning` as well as for
`pytorch_lightning`; the Trainer's list of callbacks is afterwards what it was; a second fit of a Trainer has a run of
its own; searches for a learning rate or a batch size leave no run; TensorBoard scalars go to an active run only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...core.errors import InvalidArgument
from ...core.frameworks import FRAMEWORKS
from ..integration import Family, Integration, Options, Watch
from . import checkpoints, lightning, tensorboard

_TUNER = ("lr_find", "scale_batch_size")


class PyTorch(Integration):
    name = "pytorch"
    imports = "lightning"
    tested = FRAMEWORKS["lightning"].tested

    def configure(
        self,
        log_every_n_epoch: int = 1,
        log_every_n_step: int | None = None,
        log_models: bool = True,
        log_datasets: bool = True,
        disable: bool = False,
        exclusive: bool = False,
        disable_for_unsupported_versions: bool = False,
        silent: bool = False,
        registered_model_name: str | None = None,
        extra_tags: Mapping[str, str] | None = None,
        checkpoint: bool = True,
        checkpoint_monitor: str = "val_loss",
        checkpoint_mode: str = "min",
        checkpoint_save_best_only: bool = True,
        checkpoint_save_weights_only: bool = False,
        checkpoint_save_freq: int | str = "epoch",
    ) -> None:
        """Record what Lightning trains: settings, metrics, early stopping, checkpoints, a summary, the model.

        Of plain PyTorch, what is given to a TensorBoard SummaryWriter; see `watch` for training loops.

        Args:
            log_every_n_epoch: Record the metrics of every n-th epoch.
            log_every_n_step: Record those of every n-th step too, and every n-th scalar of a SummaryWriter.
            log_datasets: Taken for MLflow's sake; loaders of batches have no fingerprint.
            checkpoint: Whether checkpoints go to the run while it is trained.
            checkpoint_monitor: The metric that says which checkpoint is the best.
            checkpoint_mode: Whether the best has the "min" or the "max" of it.
            checkpoint_save_best_only: Keep the best one only, under one name; otherwise every one, each in its folder.
            checkpoint_save_weights_only: Leave the states of optimizers and schedulers out.
            checkpoint_save_freq: "epoch", or every how many steps.

        Raises:
            InvalidArgument: A number of epochs or steps is not above 0, or there is no such mode.

        >>> import modelwright
        >>> modelwright.pytorch.autolog(log_models=False, checkpoint=False)
        >>> modelwright.autolog(disable=True)
        """
        _whole("log_every_n_epoch", log_every_n_epoch)
        if log_every_n_step is not None:
            _whole("log_every_n_step", log_every_n_step)
        checkpoints.check(checkpoint_monitor, checkpoint_mode, checkpoint_save_best_only, checkpoint_save_freq)

    def watches(self, options: Options) -> Iterator[Watch | Family]:
        for package in ("lightning.pytorch", "pytorch_lightning"):
            yield Watch(f"{package}.trainer.trainer:Trainer.fit", lightning.fit)
            yield Watch(f"{package}.trainer.trainer:Trainer.test", lightning.test)
            for name in _TUNER:
                yield Watch(f"{package}.tuner.tuning:Tuner.{name}", None)
        yield Watch("torch.utils.tensorboard.writer:FileWriter.add_event", tensorboard.event)
        yield Watch("torch.utils.tensorboard.writer:SummaryWriter.add_hparams", tensorboard.hyperparameters)


def _whole(option: str, given: Any) -> None:
    if not isinstance(given, int) or isinstance(given, bool) or given < 1:
        raise InvalidArgument(f"{option}={given!r}; expected a whole number from 1")
