"""A method of a native model as a predictor."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import FunctionType, MethodType
from typing import Any

log = logging.getLogger(__name__)


class Method:
    """Calls one method of a native model; of the params of a call it passes those that the method has.

    Args:
        native: The native model.
        name: The method that predicts.
        **fixed: Keyword arguments of every call.

    >>> Method("abcabc", "count").predict("b", None)
    2
    """

    def __init__(self, native: Any, name: str = "predict", **fixed: Any) -> None:
        self.native, self.fixed = native, fixed
        self._function = getattr(native, name)
        self._known = keywords(self._function)

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        if not params:
            return self._function(data, **self.fixed)
        return self._function(data, **self.fixed, **accepted(params, self._known))

    @property
    def sklearn_model(self) -> Any:
        """The native model, by the name that code written for MLflow knows: `loaded._model_impl.sklearn_model`."""
        return self.native

    xgb_model = sklearn_model


def keywords(function: Callable[..., Any]) -> frozenset[str] | None:
    """Names of the parameters after the first that can be given by name; None where any name can.

    >>> sorted(keywords(lambda data, output_margin=False, *, base=0: data))
    ['base', 'output_margin']
    """
    if isinstance(function, MethodType) and isinstance(function.__func__, FunctionType):
        return _of_class(function.__func__)  # models come and go, their classes stay
    return _keywords(function, 1)


@lru_cache(256)
def _of_class(function: Callable[..., Any]) -> frozenset[str] | None:
    return _keywords(function, 2)


def _keywords(function: Callable[..., Any], first: int) -> frozenset[str] | None:
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # a compiled function without a signature
        return frozenset()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return None
    return frozenset(p.name for p in parameters[first:] if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY))


def accepted(params: Mapping[str, Any], known: frozenset[str] | None) -> Mapping[str, Any]:
    """Those of `params` that a function knows; the others are named in a warning of the log and left out."""
    unknown = [] if known is None else sorted(params.keys() - known)
    if not unknown:
        return params
    log.warning("params %s are ignored: the model's method takes %s", unknown, sorted(known or ()) or "none")
    return {name: value for name, value in params.items() if name not in unknown}
