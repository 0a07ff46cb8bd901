"""Turning autolog on and off: for everything installed, or for one framework."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from importlib import import_module
from typing import Any, TypeVar

from ..autolog import INTEGRATIONS, engine
from ..core.errors import InvalidArgument
from ..core.lazy import resolve

F = TypeVar("F", bound=Callable[..., None])

_IMPORTANCE = ("weight", "gain", "cover", "total_gain", "total_cover")
_chosen: set[str] = set()  # integrations that were configured by their own function

# What each option means, once for every function that takes it.
_OPTIONS = {
    "importance_types": 'Kinds of feature importance, each a JSON file and a chart: "weight" (when left out), "gain", '
    '"cover", "total_gain", "total_cover".',
    "log_input_examples": "Whether the first five rows of the training data go with the model.",
    "log_model_signatures": "Whether the model gets a signature.",
    "log_models": "Whether the model is logged at all.",
    "log_datasets": "Whether the run names its data: a fingerprint, the columns, the sizes.",
    "disable": "Turn it off.",
    "exclusive": "Leave runs that you opened alone.",
    "disable_for_unsupported_versions": "Leave frameworks alone whose version was never tested.",
    "silent": "Write no warnings.",
    "max_tuning_runs": "How many of a search's best candidates become child runs; None for all.",
    "log_post_training_metrics": "Whether scores on later predictions are recorded too.",
    "serialization_format": '"cloudpickle", "pickle" or "skops".',
    "registered_model_name": "A registered model that each fit adds a version to.",
    "model_format": '"xgb", "ubj" or "json".',
    "pos_label": "The positive label of precision, recall and F1; weighted over the labels when left out.",
    "extra_tags": "Further tags of the runs.",
    "log_traces": "Taken for MLflow's sake; there is nothing here that traces.",
    "exclude_flavors": 'Names to leave out; "sklearn" or "xgboost".',
}


def _with_options(function: F) -> F:
    """The function, with the meaning of its options where its docstring says `{options}`."""
    lines = [f"        {name}: {_OPTIONS[name]}" for name in inspect.signature(function).parameters]
    if function.__doc__:  # none under `python -OO`
        function.__doc__ = function.__doc__.replace("{options}", "\n".join(["Args:", *lines]))
    return function


@_with_options
def autolog(
    log_input_examples: bool = False,
    log_model_signatures: bool = True,
    log_models: bool = True,
    log_datasets: bool = True,
    disable: bool = False,
    exclusive: bool = False,
    disable_for_unsupported_versions: bool = False,
    silent: bool = False,
    extra_tags: Mapping[str, str] | None = None,
    log_traces: bool = True,
    exclude_flavors: Iterable[str] | None = None,
) -> None:
    """Record training calls of every supported framework by themselves, those imported later included.

    A framework whose own `autolog` was called keeps those options, in whichever order the two calls come.
    `disable=True` turns everything off, and puts back the very functions that were there.

    {options}

    Raises:
        InvalidArgument: `exclude_flavors` names what does not exist.

    >>> autolog(silent=True)
    >>> autolog(disable=True)
    """
    excluded = set(exclude_flavors or ())
    for name in sorted(excluded - set(INTEGRATIONS)):
        close = difflib.get_close_matches(name, INTEGRATIONS, 1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise InvalidArgument(f"exclude_flavors names {name!r}; there are {', '.join(map(repr, INTEGRATIONS))}{hint}")
    if disable:
        _chosen.clear()
    shared = {
        "log_input_examples": log_input_examples, "log_model_signatures": log_model_signatures,
        "log_models": log_models, "log_datasets": log_datasets, "exclusive": exclusive,
        "disable_for_unsupported_versions": disable_for_unsupported_versions, "silent": silent,
        "extra_tags": extra_tags,
    }  # fmt: skip
    for name in INTEGRATIONS:
        if name not in excluded and name not in _chosen:
            _switch(name, disable, {**_defaults(name), **shared})


@_with_options
def sklearn_autolog(
    log_input_examples: bool = False,
    log_model_signatures: bool = True,
    log_models: bool = True,
    log_datasets: bool = True,
    disable: bool = False,
    exclusive: bool = False,
    disable_for_unsupported_versions: bool = False,
    silent: bool = False,
    max_tuning_runs: int | None = 5,
    log_post_training_metrics: bool = True,
    serialization_format: str = "cloudpickle",
    registered_model_name: str | None = None,
    pos_label: Any = None,
    extra_tags: Mapping[str, str] | None = None,
) -> None:
    """Record what scikit-learn trains: parameters, training scores, plots, searches, the model, and scores later on.

    {options}

    Raises:
        InvalidArgument: `max_tuning_runs` is no whole number from 0, or there is no such `serialization_format`.

    >>> import modelwright
    >>> modelwright.sklearn.autolog(log_models=False)
    >>> modelwright.autolog(disable=True)
    """
    options = dict(locals())
    if max_tuning_runs is not None and (not isinstance(max_tuning_runs, int) or max_tuning_runs < 0):
        raise InvalidArgument(f"max_tuning_runs={max_tuning_runs!r}; expected a whole number from 0, or None for all")
    formats = ("cloudpickle", "pickle", "skops")
    if serialization_format not in formats:
        raise InvalidArgument(f"serialization_format={serialization_format!r}; there are {', '.join(formats)}")
    _choose("sklearn", options)


@_with_options
def xgboost_autolog(
    importance_types: list[str] | None = None,
    log_input_examples: bool = False,
    log_model_signatures: bool = True,
    log_models: bool = True,
    log_datasets: bool = True,
    disable: bool = False,
    exclusive: bool = False,
    disable_for_unsupported_versions: bool = False,
    silent: bool = False,
    registered_model_name: str | None = None,
    model_format: str = "xgb",
    extra_tags: Mapping[str, str] | None = None,
) -> None:
    """Record what XGBoost trains: parameters, scores per round, early stopping, feature importance, the model.

    {options}

    Raises:
        InvalidArgument: There is no such `model_format`, or no such importance type.

    >>> import modelwright
    >>> modelwright.xgboost.autolog(log_models=False)
    >>> modelwright.autolog(disable=True)
    """
    options = dict(locals())
    formats = ("xgb", "ubj", "json")
    if model_format not in formats:
        raise InvalidArgument(f"model_format={model_format!r}; there are {', '.join(formats)}")
    if isinstance(importance_types, str) or set(importance_types or ()) - set(_IMPORTANCE):
        raise InvalidArgument(f"importance_types={importance_types!r}; expected a list of {', '.join(_IMPORTANCE)}")
    _choose("xgboost", options)


FLAVORS: dict[str, Callable[..., None]] = {"sklearn": sklearn_autolog, "xgboost": xgboost_autolog}


def for_flavor(name: str) -> Callable[..., None]:
    """The public `autolog` of one framework's module."""
    function = FLAVORS[name]
    function.__name__ = function.__qualname__ = "autolog"
    return function


def _defaults(name: str) -> dict[str, Any]:
    return {option.name: option.default for option in inspect.signature(FLAVORS[name]).parameters.values()}


def _choose(name: str, options: dict[str, Any]) -> None:
    _chosen.add(name)  # to be off is a choice too
    _switch(name, options.pop("disable"), options)


def _switch(name: str, disable: bool, options: dict[str, Any]) -> None:
    engine.disable(name)
    if disable:
        return
    module, _, kind = INTEGRATIONS[name].partition(":")
    integration = getattr(import_module(module), kind)()
    engine.enable(integration, options, _open, admit=partial(_admit, options))


def _open(enabled: engine.Enabled) -> Any:
    return resolve("modelwright.autolog.session:RunSession")(enabled)


def _admit(options: Mapping[str, Any]) -> bool:
    return bool(resolve("modelwright.autolog.session:admit")(options))
