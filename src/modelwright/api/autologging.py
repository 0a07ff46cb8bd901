"""Turning autolog on and off: for everything installed, or for one framework."""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from importlib import import_module
from typing import Any

from ..autolog import INTEGRATIONS, engine
from ..autolog.integration import Integration
from ..core.errors import InvalidArgument
from ..core.frameworks import FRAMEWORKS
from ..core.lazy import resolve
from .functions import descriptions, public

_PARTS = {"pyspark.ml": "spark"}
_chosen: set[str] = set()  # integrations that were configured by their own function

# What the options mean that several frameworks have, once for all.
_OPTIONS = {
    "log_input_examples": "Whether the first five rows of the training data go with the model.",
    "log_model_signatures": "Whether the model gets a signature.",
    "log_models": "Whether the model is logged at all.",
    "log_datasets": "Whether the run names its data: a fingerprint, the columns, the sizes.",
    "disable": "Turn it off.",
    "exclusive": "Leave runs that you opened alone.",
    "disable_for_unsupported_versions": "Leave frameworks alone whose version was never tested.",
    "silent": "Write no warnings.",
    "log_post_training_metrics": "Whether scores on later predictions are recorded too.",
    "registered_model_name": "A registered model that each fit adds a version to.",
    "extra_tags": "Further tags of the runs.",
    "log_traces": "Taken for MLflow's sake; there is nothing here that traces.",
    "exclude_flavors": 'Names of frameworks to leave out, such as "sklearn".',
}


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
        if name in excluded or name in _chosen:
            continue
        if disable:
            engine.disable(name)
        else:
            engine.enable_with(_package(name), name, partial(_turn_on, name, shared))


def _package(name: str) -> str:
    """The package whose import an integration waits for; of one part of a framework, the framework's."""
    return FRAMEWORKS[_PARTS.get(name, name)].imports


def _turn_on(name: str, shared: Mapping[str, Any]) -> None:
    integration = _integration(name)
    own = _defaults(integration)
    _switch(integration, disable=False, options={**own, **{k: v for k, v in shared.items() if k in own}})


def for_flavor(name: str) -> Callable[..., None]:
    """The public `autolog` of one framework's module, made from what its integration can be told."""
    integration = _integration(name)
    configure = integration.configure
    signature = inspect.signature(configure)

    def call(given: dict[str, Any]) -> None:
        options = {**_defaults(integration), **given}
        configure(**options)
        _chosen.add(name)  # to be off is a choice too
        _switch(integration, options.pop("disable"), options)

    return public("autolog", signature.replace(return_annotation="None"), call, _described(configure))


def _described(configure: Callable[..., None]) -> str:
    """The docstring of a function that turns recording on, with the options that all share."""
    said = {**_OPTIONS, **descriptions(configure)}
    missing = [name for name in inspect.signature(configure).parameters if name not in said]
    if missing:
        raise TypeError(f"{configure.__qualname__} does not say what {', '.join(missing)} mean")
    lines = [f"    {name}: {said[name]}" for name in inspect.signature(configure).parameters]
    doc = inspect.getdoc(configure) or ""  # none under `python -OO`
    summary, *rest = re.split(
        r"\n\n(?=Raises:|>>>)", re.sub(r"\n\nArgs:\n(?:    .*\n?|\n(?=    ))+", "\n\n", doc).rstrip()
    )
    return "\n".join([summary.rstrip(), "", "Args:", *lines, *(f"\n{part}" for part in rest)])


autolog.__doc__ = _described(autolog)


@cache
def _integration(name: str) -> Integration:
    module, _, kind = INTEGRATIONS[name].partition(":")
    made: Integration = getattr(import_module(module), kind)()
    return made


def _defaults(integration: Integration) -> dict[str, Any]:
    return {option.name: option.default for option in inspect.signature(integration.configure).parameters.values()}


def _switch(integration: Integration, disable: bool, options: dict[str, Any]) -> None:
    if disable:
        engine.disable(integration.name)
    else:
        engine.enable(integration, options, _open, admit=partial(_admit, options))


def _open(enabled: engine.Enabled) -> Any:
    return resolve("modelwright.autolog.session:RunSession")(enabled)


def _admit(options: Mapping[str, Any]) -> bool:
    return bool(resolve("modelwright.autolog.session:admit")(options))
