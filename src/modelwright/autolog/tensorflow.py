"""Keras models that TensorFlow trains: as the integration `keras`, and TensorBoard's files and checkpoints besides.

TensorBoard's files are there where it is installed; TensorFlow brings it along up to 2.20.
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..core.callers import stacklevel
from ..core.frameworks import require
from . import keras_callbacks, keras_fit
from .integration import Call, Family, Integration, Options, Session, Watch
from .keras_callbacks import checked_frequency
from .keras_checkpoints import MlflowModelCheckpointCallback, checked_checkpoints

_CHECKPOINT = ("monitor", "mode", "save_best_only", "save_weights_only", "save_freq")


class MlflowCallback(keras_callbacks.MlflowCallback):
    __doc__ = keras_callbacks.MlflowCallback.__doc__
    prefix = "opt_"


class TensorFlow(Integration):
    name = imports = "tensorflow"

    def configure(
        self,
        every_n_iter: int = 1,
        log_models: bool = True,
        log_datasets: bool = True,
        disable: bool = False,
        exclusive: bool = False,
        disable_for_unsupported_versions: bool = False,
        silent: bool = False,
        registered_model_name: str | None = None,
        log_input_examples: bool = False,
        log_model_signatures: bool = True,
        saved_model_kwargs: Mapping[str, Any] | None = None,
        keras_model_kwargs: Mapping[str, Any] | None = None,
        extra_tags: Mapping[str, str] | None = None,
        log_every_epoch: bool = True,
        log_every_n_steps: int | None = None,
        checkpoint: bool = True,
        checkpoint_monitor: str = "val_loss",
        checkpoint_mode: str = "min",
        checkpoint_save_best_only: bool = True,
        checkpoint_save_weights_only: bool = False,
        checkpoint_save_freq: str | int = "epoch",
    ) -> None:
        """Record what Keras trains with TensorFlow: as `keras.autolog`, and TensorBoard's files and checkpoints too.

        Where `keras.autolog` is on as well, the one that was turned on last records.

        Args:
            every_n_iter: The older spelling of `log_every_n_steps`.
            saved_model_kwargs: Taken for MLflow's sake; Keras models have no use for it.
            keras_model_kwargs: Options of `keras.Model.save`.
            log_every_epoch: Whether metrics are recorded at the end of each epoch.
            log_every_n_steps: Record them every so many steps instead.
            checkpoint: Whether the model is saved to the run while it trains; `load_checkpoint` reads it back.
            checkpoint_monitor: The metric that says which model is best.
            checkpoint_mode: "min" or "max": which of its values is better.
            checkpoint_save_best_only: Whether only the best model is kept, or each in a folder of its own.
            checkpoint_save_weights_only: Whether the weights alone are saved.
            checkpoint_save_freq: "epoch", or a number of batches.

        Raises:
            InvalidArgument: Metrics are to be recorded by epochs and by steps, or by neither; or an option of
                checkpoints has no meaning.

        >>> import modelwright
        >>> modelwright.tensorflow.autolog(log_models=False)
        >>> modelwright.autolog(disable=True)
        """
        if every_n_iter != 1:
            warnings.warn("every_n_iter is now log_every_n_steps", FutureWarning, stacklevel=stacklevel())
            log_every_epoch, log_every_n_steps = False, every_n_iter
        checked_frequency(log_every_epoch, log_every_n_steps)
        checked_checkpoints(checkpoint_monitor, checkpoint_mode, checkpoint_save_best_only, checkpoint_save_freq)

    def watches(self, options: Options) -> Iterator[Watch | Family]:
        yield Watch("keras:Model.fit", _fit, applies=_trains_here)


def _trains_here() -> bool:
    """Whether TensorFlow is what Keras computes with; other backends are the integration `keras`'s."""
    return bool(require("keras").backend.backend() == "tensorflow")


def _fit(call: Call, session: Session) -> Any:
    if keras_fit.declined(call, "tensorflow"):
        return
    options = session.options
    own = tempfile.mkdtemp(prefix="tensorboard-")
    try:
        first = keras_fit.begin(call, session, MlflowCallback, keras_fit.frequency(options))
        folder = _tensorboard(call, session, own)
        _checkpoints(call, session)
        history = yield
        keras_fit.model(
            session, call.arguments["self"], first, flavor="tensorflow",
            saved_model_kwargs=options["saved_model_kwargs"], keras_model_kwargs=options["keras_model_kwargs"],
        )  # fmt: skip
        keras_fit.end(call, session, history)
        with session.part("TensorBoard's files"):
            _files(session, folder)
    finally:
        shutil.rmtree(own, ignore_errors=True)


def _tensorboard(call: Call, session: Session, own: str) -> Path:
    """Where TensorBoard's files lie: where the user's callback writes them, else in a folder of ours."""
    kind = require("keras").callbacks.TensorBoard
    for callback in keras_fit.users_callbacks(call.arguments["callbacks"]):
        if isinstance(callback, kind):
            return Path(callback.log_dir)
    if find_spec("tensorboard") is not None:  # TensorFlow from 2.21 on does not bring it, and its callback would raise
        call.append("callbacks", _careful(kind, session)(own))
    return Path(own)


def _careful(kind: Any, session: Session) -> Any:
    """Keras's callback for TensorBoard, which does nothing more after an error instead of ending the training."""

    def guarded(name: str) -> Any:
        def hook(self: Any, *args: Any, **kwargs: Any) -> Any:
            if not getattr(self, "given_up", False):
                self.given_up = True
                with session.part("TensorBoard's files"):
                    getattr(kind, name)(self, *args, **kwargs)
                    self.given_up = False

        return hook

    return type(kind.__name__, (kind,), {name: guarded(name) for name in dir(kind) if name.startswith("on_")})


def _checkpoints(call: Call, session: Session) -> None:
    given = keras_fit.users_callbacks(call.arguments["callbacks"])
    if not session.options["checkpoint"] or any(isinstance(c, MlflowModelCheckpointCallback) for c in given):
        return
    saver = MlflowModelCheckpointCallback(**{name: session.options[f"checkpoint_{name}"] for name in _CHECKPOINT})
    saver.to = session
    call.append("callbacks", saver)


def _files(session: Session, folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = f"tensorboard_logs/{path.relative_to(folder).as_posix()}"
            session.artifact(name, partial(shutil.copyfile, path))
