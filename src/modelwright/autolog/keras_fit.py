"""What is written down of one `keras.Model.fit`, whichever of the two integrations does it.

Everything comes through Keras's own callbacks, which are added to a copy of the user's list. Beyond MLflow 2.16: the
metrics of a validation stand at their epoch instead of all at 0; parameters given by position count, for Keras too;
early stopping is recorded for Keras as it is for TensorFlow; a model trained from a generator gets the signature that
it declares itself. Not as there: no batch is taken from a generator to learn its size, and a `tf.data.Dataset` is not
read to its end for a fingerprint.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

from . import keras_data
from .integration import Call, Sample, Session
from .keras_callbacks import MlflowCallback

log = logging.getLogger(__name__)

_NOT_PARAMS = frozenset({"self", "x", "y", "callbacks", "validation_data", "verbose", "batch_size"})
_STOPPING = ("monitor", "min_delta", "patience", "baseline", "restore_best_weights")


def declined(call: Call, name: str) -> bool:
    """Whether the user's own callback records this fit already."""
    given = call.arguments["callbacks"]
    if any(isinstance(one, MlflowCallback) for one in users_callbacks(given)):
        log.warning(
            "autolog: this fit has an MlflowCallback of its own, so modelwright.%s.autolog leaves it alone", name
        )
        return True
    return type(given).__name__ == "CallbackList"  # Keras takes no further callback beside one of these


def users_callbacks(given: Any) -> list[Any]:
    if isinstance(given, list | tuple):
        return list(given)
    return list(getattr(given, "callbacks", [] if given is None else [given]))


def begin(call: Call, session: Session, logger: type[MlflowCallback], every: tuple[bool, int | None]) -> Any:
    """Everything before the training; the first rows come back."""
    given = call.arguments
    model = given["self"]
    with session.part("params"):
        size = keras_data.batch_size(given["x"], given.get("batch_size"))
        session.params({"batch_size": size})
        session.params({name: value for name, value in given.items() if name not in _NOT_PARAMS})
    with session.part("early stopping"):
        if (stopping := _stopping(call)) is not None:
            session.params({name: getattr(stopping, name) for name in _STOPPING})
    keras_data.describe(session, given["x"], given.get("y"), "train", model)
    if given.get("validation_data") is not None:
        keras_data.describe(session, given["validation_data"], None, "eval", model)
    first = None
    if session.options.get("log_models", True):
        with session.part("signature and example"):
            first = keras_data.rows(given["x"], model)
    recorder = logger(*every)
    recorder.to = session
    call.append("callbacks", recorder)
    return first


def end(call: Call, session: Session, history: Any) -> None:
    """What early stopping did: when it stopped, and the metrics of the epoch whose weights came back."""
    with session.part("early stopping"):
        stopping = _stopping(call)
        if stopping is None or not stopping.model.stop_training:
            return
        session.metrics({"stopped_epoch": stopping.stopped_epoch})
        watched = history.history.get(stopping.monitor)
        if not stopping.restore_best_weights or stopping.best_weights is None or not watched:
            return
        index = watched.index(stopping.best)
        session.metrics({"restored_epoch": history.epoch[index]})
        restored = {name: values[index] for name, values in history.history.items()}
        session.metrics(restored, stopping.stopped_epoch + 1)


def model(session: Session, trained: Any, first: Any, *, flavor: str, **options: Any) -> None:
    """The model, with the signature that its first rows show, or else the one it declares."""
    sample = Sample(first, predict=partial(_predict, trained))
    if first is None and (nothing := keras_data.zeros(trained)) is not None:
        sample = Sample(nothing, predict=partial(_predict, trained), example=False)
    session.model(trained, flavor=flavor, sample=sample, **options)


def _predict(trained: Any, data: Any) -> Any:
    stopped = trained.stop_training  # which some versions of Keras reset
    try:
        return trained.predict(data, verbose=0)
    finally:
        trained.stop_training = stopped


def _stopping(call: Call) -> Any:
    given = users_callbacks(call.arguments["callbacks"])
    return next((one for one in given if any(c.__name__ == "EarlyStopping" for c in type(one).__mro__)), None)


def frequency(options: Mapping[str, Any]) -> tuple[bool, int | None]:
    """Each epoch, or every so many steps; `every_n_iter` is an older spelling of the latter."""
    if (n := options.get("every_n_iter", 1)) != 1:
        return False, int(n)
    return bool(options["log_every_epoch"]), options["log_every_n_steps"]
