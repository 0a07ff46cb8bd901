"""Scores computed after training: any `sklearn.metrics` function on a prediction, and the model's own `score`.

A prediction is recognised by identity, or as the base of a view (`model.predict_proba(X)[:, 1]`), so it must be handed
on as the object that came back. Functions imported before `autolog()` are followed too: see `places`.
"""

from __future__ import annotations

import inspect
import sys
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any, Protocol

from . import INTEGRATIONS
from .integration import Call, Session, Watch, Watcher
from .memory import ByIdentity

_NOT_METRICS = frozenset({"check_scoring", "get_scorer", "get_scorer_names", "make_scorer"})
_QUIET = (
    "cross_validate", "cross_val_predict", "cross_val_score", "learning_curve", "permutation_test_score",
    "validation_curve",
)  # fmt: skip
UNKNOWN = "unknown_dataset"


class Scores(Protocol):
    """The run of one trained model, open to scores after its end."""

    def dataset(self, data: Any, variable: str) -> str:
        """The name under which scores on this data go: the variable's, with a number where the name came up before."""

    def add(self, metric: str, value: float, dataset: str, call: Any, data: Any) -> None: ...


@dataclass(frozen=True)
class _Prediction:
    scores: Scores
    dataset: str
    data: Callable[[], Any]


models: ByIdentity[Scores] = ByIdentity()
predictions: ByIdentity[_Prediction] = ByIdentity()


def watches() -> Iterator[Watch]:
    """What an integration whose models can be scored with scikit-learn watches beside its own calls."""
    yield Watch("sklearn.metrics:*", _measured, but=_NOT_METRICS)
    for name in _QUIET:
        yield Watch(f"sklearn.model_selection:{name}", None)


def _predicted(call: Call, session: Session) -> Any:
    scores = models.get(call.args[0]) if call.args else None
    if scores is None:
        return
    data = _first(call)
    result = yield
    prediction = _Prediction(scores, scores.dataset(data, variable(data, UNKNOWN)), _weak(data))
    predictions.put(result, prediction)
    buffer = _base(result)
    if buffer is not None and call.function.__name__ != "transform":  # which may hand back its input's memory
        predictions.put(buffer, prediction)


def _scored(call: Call, session: Session) -> Any:
    model = call.args[0] if call.args else None
    scores = models.get(model)
    if scores is None:
        return
    value = yield
    if _number(value):
        data, name = _first(call), type(model).__name__
        text = _text(f"{name}.{call.function.__name__}", {k: v for k, v in call.given.items() if v is not model})
        scores.add(f"{name}_score", float(value), scores.dataset(data, variable(data, UNKNOWN)), text, data)


def _measured(call: Call, session: Session) -> Any:
    found = next(filter(None, map(_prediction, (*call.args, *call.kwargs.values()))), None)
    if found is None:
        return
    value = yield
    if _number(value):
        name = call.function.__name__
        found.scores.add(name, float(value), found.dataset, _text(name, call.given), found.data())


METHODS: dict[str, Watcher] = {
    **dict.fromkeys(("predict", "predict_proba", "predict_log_proba", "decision_function", "transform"), _predicted),
    "score": _scored,
}


def _prediction(argument: Any) -> _Prediction | None:
    return predictions.get(argument) or predictions.get(_base(argument))


def _base(array: Any) -> Any:
    """The array whose memory a numpy view shows."""
    numpy = sys.modules.get("numpy")
    if numpy is None or not isinstance(array, numpy.ndarray) or not isinstance(array.base, numpy.ndarray):
        return None
    return array.base


def _first(call: Call) -> Any:
    """The first argument after `self`, however it was passed."""
    return call.args[1] if len(call.args) > 1 else next(iter(call.kwargs.values()), None)


def _number(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    numpy = sys.modules.get("numpy")
    return isinstance(value, (int, float)) or (numpy is not None and isinstance(value, numpy.number))


def _weak(data: Any) -> Callable[[], Any]:
    try:
        return weakref.ref(data)
    except TypeError:
        return lambda: None


def _text(function: str, given: dict[str, Any]) -> str:
    """The call as its caller wrote it, as far as variables tell: "accuracy_score(y_true=y_test, y_pred=p)"."""
    return f"{function}({', '.join(f'{name}={_word(value)}' for name, value in given.items())})"


def _word(value: Any) -> str:
    if isinstance(value, str):
        return repr(value if len(value) <= 32 else value[:32] + "...")
    if value is None or isinstance(value, (bool, int, float)):
        return repr(value)
    return variable(value, f"<{type(value).__name__}>")


def variable(value: Any, otherwise: str) -> str:
    """The name that the outermost caller gave `value`.

    A function that merely received it as an argument is passed over, so that a helper `def evaluate(X): …` called with
    `X_test` answers "X_test"; its own name for it counts where its caller has none.
    """
    name = otherwise
    for frame in _callers(sys._getframe(1)) if value is not None else ():
        parameters, passed = _arguments(frame, value)
        if not passed:
            return next((held for held, known in frame.f_locals.items() if known is value), name)
        if parameters and str(frame.f_globals.get("__name__", "")).partition(".")[0] not in INTEGRATIONS:
            name = parameters[0]
    return name


def _callers(frame: FrameType | None) -> Iterator[FrameType]:
    """The frames outside of this package, innermost first."""
    while frame is not None:
        if not str(frame.f_globals.get("__name__", "")).startswith(__package__ or ""):
            yield frame
        frame = frame.f_back


def _arguments(frame: FrameType, value: Any) -> tuple[list[str], bool]:
    """The parameters that hold `value`, and whether it was passed in at all."""
    names, rest, keywords, held = inspect.getargvalues(frame)
    found = [name for name in names if held.get(name) is value]
    others = (*(held.get(rest, ()) if rest else ()), *(held.get(keywords, {}).values() if keywords else ()))
    return found, bool(found) or any(other is value for other in others)
