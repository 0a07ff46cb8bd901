"""One fit or test of a Lightning Trainer, recorded by a Callback of Lightning's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from ..integration import Call, Session
from ..memory import ByIdentity
from . import ranks
from .checkpoints import MlflowModelCheckpointCallback

PACKAGES = ("lightning.pytorch", "pytorch_lightning")
_EARLY = ("monitor", "mode", "patience", "min_delta", "stopped_epoch")
_fits: ByIdentity[Session] = ByIdentity()  # of each Trainer, the session of its last fit


def fit(call: Call, session: Session) -> Any:
    trainer = call.arguments["self"]
    if not ranks.first_of(trainer):
        return
    session.tags({"Mode": "training"})
    with _with_callbacks(trainer, _callbacks(trainer, session)):
        yield
    _fits.put(trainer, session)
    stopping = _early_stopping(trainer)
    if stopping is not None:
        with session.part("early stopping"):
            _stopped(stopping, session)
    with session.part("model summary"):
        summary = import_module(f"{package_of(trainer)}.utilities.model_summary").ModelSummary
        session.artifact("model_summary.txt", str(summary(trainer.lightning_module, max_depth=-1)))
    session.model(trainer.lightning_module, flavor="pytorch", sample=None)
    best = getattr(trainer.checkpoint_callback, "best_model_path", "")
    if stopping is not None and best and session.options.get("log_models", True):
        session.artifact(f"restored_model_checkpoint/{Path(best).name}", _copied(best))


def test(call: Call, session: Session) -> Any:
    """The scores of a test go to the run of the fit."""
    trainer = call.arguments["self"]
    fitted = _fits.get(trainer)
    if fitted is None or not ranks.first_of(trainer):
        return
    yield
    fitted.tags({"Mode": "testing"})
    fitted.metrics(_floats(trainer.callback_metrics.items()))
    fitted.finished()


def package_of(trainer: Any) -> str:
    """Which of the two packages a Trainer, or a class of the user's derived from it, comes from."""
    for base in type(trainer).__mro__:
        for package in PACKAGES:
            if base.__module__.startswith(f"{package}."):
                return package
    raise TypeError(f"{type(trainer).__name__} is no Trainer of Lightning")


def _callbacks(trainer: Any, session: Session) -> list[Any]:
    found = [_recorder(package_of(trainer), session)]
    given = session.options
    if given.get("checkpoint") and not any(isinstance(c, MlflowModelCheckpointCallback) for c in trainer.callbacks):
        found.append(
            MlflowModelCheckpointCallback(
                given["checkpoint_monitor"],
                given["checkpoint_mode"],
                given["checkpoint_save_best_only"],
                given["checkpoint_save_weights_only"],
                given["checkpoint_save_freq"],
                session=session,
            )
        )
    return found


@contextmanager
def _with_callbacks(trainer: Any, added: list[Any]) -> Iterator[None]:
    """Callbacks that a Trainer has for one call; the list it had is not touched, and is there again afterwards."""
    before = trainer.callbacks
    trainer.callbacks = [*before, *added]
    try:
        yield
    finally:
        left = [callback for callback in trainer.callbacks if not any(callback is one for one in added)]
        same = len(left) == len(before) and all(now is then for now, then in zip(left, before, strict=True))
        trainer.callbacks = before if same else left  # the module may have brought callbacks


def _recorder(package: str, session: Session) -> Any:
    base: Any = import_module(package).Callback

    class Recorder(base):  # type: ignore[misc]
        """Hands the settings and the metrics to the session.

        A metric belongs to epochs or to steps, as it was first seen, so that no curve mixes the two.
        """

        def __init__(self) -> None:
            self.session = session
            self.of_steps: set[str] = set()
            self.of_epochs: set[str] = set()
            self.steps_at_once = 1  # Lightning counts a step for each optimizer

        def __reduce__(self) -> Any:  # with the Trainer, to the processes that it spawns
            return _recorder, (package, session)

        def on_train_start(self, trainer: Any, pl_module: Any) -> None:
            if trainer.is_global_zero:
                with session.part("params"):
                    self.steps_at_once = max(1, len(trainer.optimizers))
                    session.params(_settings(trainer))

        def on_train_batch_end(self, trainer: Any, pl_module: Any, *_: Any) -> None:
            every = session.options.get("log_every_n_step")
            if every and trainer.is_global_zero:
                with session.part("metrics"):
                    self.write_step(trainer, every)

        def write_step(self, trainer: Any, every: int) -> None:
            here = trainer.callback_metrics
            items = [(k, v) for k, v in here.items() if k not in self.of_epochs and f"{k}_step" not in here]
            self.of_steps.update(name for name, _ in items)
            if (trainer.global_step // self.steps_at_once + 1) % every == 0 and not trainer.sanity_checking:
                session.metrics(_floats(items), trainer.global_step)

        def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
            if trainer.is_global_zero:
                with session.part("metrics"):
                    self.write_epoch(trainer)

        def write_epoch(self, trainer: Any) -> None:
            items = [(k, v) for k, v in trainer.callback_metrics.items() if k not in self.of_steps]
            self.of_epochs.update(name for name, _ in items)
            epoch = trainer.current_epoch
            if (epoch + 1) % session.options.get("log_every_n_epoch", 1) == 0 and not trainer.sanity_checking:
                session.metrics(_floats(items), epoch)

        def on_train_end(self, trainer: Any, pl_module: Any) -> None:
            if trainer.is_global_zero:  # which may be a process of its own, that ends now
                session.flush()

    return Recorder()


def _settings(trainer: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"epochs": trainer.max_epochs}
    if trainer.optimizers:
        first = trainer.optimizers[0]
        first = getattr(first, "optimizer", first)  # Lightning may have wrapped it
        found |= {"optimizer_name": type(first).__name__, **getattr(first, "defaults", {})}
    stopping = _early_stopping(trainer)
    if stopping is not None:
        found |= {name: getattr(stopping, name) for name in _EARLY if hasattr(stopping, name)}
    return found


def _early_stopping(trainer: Any) -> Any:
    """The last of the Trainer's callbacks that stops early, of either package."""
    found = None
    for callback in trainer.callbacks:
        for base in type(callback).__mro__:
            if base.__name__ == "EarlyStopping" and base.__module__.startswith(PACKAGES):
                found = callback
    return found


def _stopped(stopping: Any, session: Session) -> None:
    if stopping.stopped_epoch == 0:
        return
    found = {
        "stopped_epoch": stopping.stopped_epoch,
        "restored_epoch": stopping.stopped_epoch - max(1, stopping.patience),
        "best_score": getattr(stopping, "best_score", None),
        "wait_count": getattr(stopping, "wait_count", None),
    }
    session.metrics(_floats((name, value) for name, value in found.items() if value is not None))


def _floats(items: Iterable[tuple[str, Any]]) -> dict[str, float]:
    return {name: float(value) for name, value in items}


def _copied(source: str) -> Any:
    def copy(target: Path) -> None:
        import shutil

        shutil.copyfile(source, target)

    return copy
