"""fastai: parameters, losses and metrics per epoch, schedules, early stopping, the layers, the learner.

A callback of fastai's own records each `Learner.fit`, and thereby `fit_one_cycle` and the like. `fine_tune` is one
recording of two of them; what belongs to its first part, with the body frozen, is called `freeze_…`.

What differs from MLflow 2.16: the layers are noted from the first batch of the training itself, so that recording
draws no batch and no random number of its own; epochs of the second part of `fine_tune` follow those of the first; the
model is logged once, at the end; `lr_find` is not recorded, which trains nothing that stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from . import plots
from .fastai_layers import Layers
from .integration import Call, Integration, Options, Session, Watch
from .memory import ByIdentity

_NOT_PARAMS = ("self", "cbs", "lr", "lr_max", "wd")
_POINTS = 100  # of a schedule, for its bounds and its chart


class Fastai(Integration):
    name = imports = "fastai"

    def configure(
        self,
        log_models: bool = True,
        log_datasets: bool = True,
        disable: bool = False,
        exclusive: bool = False,
        disable_for_unsupported_versions: bool = False,
        silent: bool = False,
        registered_model_name: str | None = None,
        extra_tags: Mapping[str, str] | None = None,
    ) -> None:
        """Record what fastai trains: parameters, losses and metrics per epoch, schedules, the layers, the learner.

        Args:
            log_datasets: Taken for MLflow's sake; a learner's data are not named.

        >>> import modelwright
        >>> modelwright.fastai.autolog(log_models=False)
        >>> modelwright.autolog(disable=True)
        """

    def watches(self, options: Options) -> Iterator[Watch]:
        yield Watch("fastai.learner:Learner.fit", _fit, inside=_part)
        yield Watch("fastai.callback.schedule:Learner.fine_tune", _fine_tune)


class _Training:
    """How far one recorded call has come, in one or two parts."""

    def __init__(self, *, fine_tuning: bool) -> None:
        self.fine_tuning = fine_tuning
        self.parts = 0
        self.epochs = 0  # of the parts before this one, and of it
        self.frozen = False  # whether the first part had frozen layers
        self.seen = False  # whether the layers were looked at
        self.layers: Layers | None = None  # while a batch passes through them


_trainings: ByIdentity[_Training] = ByIdentity()


def _fit(call: Call, session: Session) -> Any:
    learner = call.arguments["self"]
    if _searches(call):
        return
    _begin(call, session, _Training(fine_tuning=False))
    yield from _part(call, session)
    session.model(learner, flavor="fastai", sample=None)


def _fine_tune(call: Call, session: Session) -> Any:
    _begin(call, session, _Training(fine_tuning=True))
    yield
    session.model(call.arguments["self"], flavor="fastai", sample=None)


def _part(call: Call, session: Session) -> Any:
    """One `fit` of a recorded call."""
    training = _trainings.get(call.arguments["self"])
    if training is None or _searches(call):
        return
    training.parts += 1
    call.append("cbs", _recorder(session, training))
    yield


def _searches(call: Call) -> bool:
    """Whether this `fit` looks for a learning rate, and is undone afterwards."""
    from fastai.callback.schedule import LRFinder

    return any(isinstance(one, LRFinder) for one in _callbacks(call.arguments))


def _callbacks(given: Mapping[str, Any]) -> list[Any]:
    """Those of the learner and those of this call, which fastai takes one by one as well as in a list."""
    own = given.get("cbs")
    return [*given["self"].cbs, *(own if isinstance(own, Iterable) else [own])]


def _begin(call: Call, session: Session, training: _Training) -> None:
    from fastai.callback.tracker import EarlyStoppingCallback

    given = dict(call.arguments)
    given |= given.pop("kwargs", {})
    _trainings.put(given["self"], training)
    session.params({name: value for name, value in given.items() if name not in _NOT_PARAMS})
    with session.part("early stopping"):
        stopping = next((one for one in _callbacks(given) if isinstance(one, EarlyStoppingCallback)), None)
        if stopping is not None:
            found = {name: getattr(stopping, name) for name in ("monitor", "min_delta", "patience")}
            found["comp"] = stopping.comp.__name__
            session.params({f"early_stop_{name}": value for name, value in found.items()})


def _recorder(session: Session, training: _Training) -> Any:
    from fastai.callback.core import Callback

    class AutologRecorder(Callback):  # type: ignore[misc]  # fastai carries no types
        """Hands the session what fastai tells it."""

        _before = training.epochs
        order = 55  # after fastai's Recorder, before callbacks that stop the training by what it recorded

        def before_fit(self) -> None:
            with session.part("hyperparameters"):
                _hyperparameters(self.learn, session, training)

        def before_batch(self) -> None:
            if not training.seen and self.learn.training:
                training.seen = True
                with session.part("layers"):
                    training.layers = Layers(self.learn.model, self.learn.xb)

        def after_pred(self) -> None:
            if training.layers is not None:
                layers, training.layers = training.layers, None
                with session.part("layers"):
                    params, text = layers.tell()
                    session.params(params)
                    session.artifact("module_summary.txt", text)

        def after_epoch(self) -> None:
            with session.part("metrics"):
                record = self.learn.recorder
                values = dict(zip(record.metric_names, record.log, strict=False))
                session.metrics({k: float(v) for k, v in values.items() if _number(v)}, self._before + self.learn.epoch)
                training.epochs = self._before + self.learn.epoch + 1

        def __reduce__(self) -> Any:
            return Callback, ()  # a learner exported in the middle of its training gets one that does nothing

    return AutologRecorder()


def _number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _hyperparameters(learner: Any, session: Session, training: _Training) -> None:
    """The optimizer's, and the schedules of those that change."""
    frozen = training.fine_tuning and learner.opt.frozen_idx != 0
    if training.parts > 1 and not training.frozen:
        return  # a model of one group of parameters cannot be frozen: both parts are alike, but for their schedules
    training.frozen = frozen
    prefix = "freeze_" if frozen else ""
    found: dict[str, Any] = {"frozen_idx": learner.opt.frozen_idx} if frozen else {}
    found[f"{prefix}opt_func"] = _optimizer(learner.opt_func)
    scheduled = _schedules(learner, session, prefix, found)
    for name in learner.opt.hypers[0]:
        if name not in scheduled:
            found[prefix + name] = [_plain(group[name]) for group in learner.opt.hypers]
    for name in ("true_wd", "bn_wd", "train_bn"):
        if hasattr(learner.opt, name):
            found[prefix + name] = getattr(learner.opt, name)
    session.params(found)


def _optimizer(function: Any) -> str:
    named = function.keywords.get("opt", function.func) if isinstance(function, partial) else function
    return str(getattr(named, "__name__", None) or type(named).__name__)


def _schedules(learner: Any, session: Session, prefix: str, found: dict[str, Any]) -> set[str]:
    """The names of the hyperparameters that a schedule moves."""
    import numpy
    from fastai.callback.schedule import ParamScheduler

    schedule = next((one for one in learner.cbs if isinstance(one, ParamScheduler)), None)
    for name, course in schedule.scheds.items() if schedule is not None else ():
        values = numpy.array([course(point / _POINTS) for point in range(_POINTS)])
        bounds = {"min": values.min(0), "max": values.max(0), "init": values[0], "final": values[-1]}
        found.update({f"{prefix}{name}_{what}": value for what, value in bounds.items()})
        with session.part(f"chart of {name}"):
            lines = values.reshape(_POINTS, -1).T.tolist()
            session.artifact(f"{prefix}{name}.png", plots.course(f"{prefix}{name}", "of the training", lines))
    return set(schedule.scheds) if schedule is not None else set()


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value
