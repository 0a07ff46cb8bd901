"""fastai learners."""

from __future__ import annotations

import pickle
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..core.errors import InvalidArgument
from ..core.frameworks import require
from ..models import pickling
from ..models.calls import accepted
from ..models.flavor import Flavor, Form, Predictor, Saved, Stored, class_name

_FILE = "model.fastai"


class Fastai(Flavor):
    """fastai learners."""

    name = "fastai"
    model_arg = "fastai_learner"
    packages = ("fastai",)
    version_key = "fastai_version"
    forms = (Form("pickle", "model.fastai", "yes"),)
    types = ("fastai:Learner",)

    def save(self, model: Any, root: Path, *, pickle_module: Any = None, pickle_protocol: int = 2) -> Saved:
        """Export a learner: the model and how it treats its data, without the data and the optimizer's state.

        Args:
            model: The Learner.
            root: Where to.
            pickle_module: A module to pickle with instead of cloudpickle; `Learner.export` takes it.
            pickle_protocol: Which pickle protocol to write, for `Learner.export` too.
        """
        fastai = require("fastai")
        learner = require("fastai", "fastai.learner").Learner
        if not isinstance(model, learner):
            raise InvalidArgument(
                f"Expected a fastai Learner, got a {class_name(model)}; the pytorch flavor saves a bare torch module"
            )
        ours = pickling.module()
        try:
            with _without_schedules(model):
                model.export((root / _FILE).absolute(), pickle_module or ours, pickle_protocol)
        except (pickle.PicklingError, TypeError, AttributeError) as error:
            raise InvalidArgument(
                f"fastai cannot export the {class_name(model)}: {error}. Its data must be of fastai's own kinds, such "
                f"as a DataBlock makes them, and what it holds beside them must not be open files, locks or generators"
            ) from error
        conf = {"fastai_version": fastai.__version__, "data": _FILE}
        return Saved(conf, {"data": _FILE}, modules=tuple(ours.modules))

    def load(self, at: Stored) -> Any:
        load_learner = require("fastai", "fastai.learner").load_learner
        path = at.path("data", _FILE)
        with self.reading(at, path), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "load_learner` uses Python's insecure pickle module")  # there is the gate
            try:
                return load_learner(path, pickle_module=_telling_what_is_missing(at))
            except _Missing as error:
                raise error.reason from None

    def wrap(self, model: Any, at: Stored) -> Predictor:
        return _Predictor(model)

    def hazard(self, at: Stored) -> str | None:
        return f"its file '{at.path('data', _FILE).name}' is a pickle"


class _Predictor:
    """Predictions as a column of arrays, one array for each row."""

    def __init__(self, learner: Any) -> None:
        self.native = self.learner = learner
        self._lock = threading.Lock()  # predicting exchanges the learner's data, callbacks and logger

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        import numpy
        import pandas

        accepted(params or {}, frozenset())
        with self._lock, self._quiet():
            found, _ = self.learner.get_preds(dl=self.learner.dls.test_dl(data))
        if isinstance(found, tuple):
            raise InvalidArgument(
                f"The learner predicts {len(found)} tensors for each row; scoring takes one. Load it with "
                f"fastai.load_model and call get_preds"
            )
        return pandas.Series(map(numpy.array, found.numpy())).to_frame("predictions")

    @contextmanager
    def _quiet(self) -> Iterator[None]:
        bars = require("fastai", "fastai.callback.progress").ProgressCallback
        with self.learner.removed_cbs([cb for cb in self.learner.cbs if isinstance(cb, bars)]):
            yield


@contextmanager
def _without_schedules(learner: Any) -> Iterator[None]:
    """While a learner is exported: without its parameter schedules, which do not pickle by fastai's own means.

    Exporting also makes a new optimizer and, where it fails, leaves the learner without its data. All three are put
    back as they were.
    """
    schedule = require("fastai", "fastai.callback.schedule").ParamScheduler
    held = {name: getattr(learner, name) for name in ("cbs", "opt", "dls")}
    schedules = [callback for callback in held["cbs"] if isinstance(callback, schedule)]
    learner.cbs = held["cbs"].filter(lambda callback: callback not in schedules)
    for name in {callback.name for callback in schedules}:
        delattr(learner, name)
    try:
        yield
    finally:
        for name, value in held.items():
            setattr(learner, name, value)
        for callback in schedules:
            setattr(learner, callback.name, callback)


class _Missing(Exception):
    """A module that the pickle names is not there; no ImportError, because fastai drops those unseen."""

    def __init__(self, reason: ImportError) -> None:
        super().__init__(str(reason))
        self.reason = reason


def _telling_what_is_missing(at: Stored) -> Any:
    pickles = pickling.module(at.code)

    class Reader(pickles.Unpickler):  # type: ignore[misc, name-defined]  # one for each model
        def find_class(self, module: str, name: str, /) -> Any:
            try:
                return super().find_class(module, name)
            except ImportError as error:
                raise _Missing(error) from error

    pickles.Unpickler = Reader
    return pickles
