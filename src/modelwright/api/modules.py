"""The public flavor modules: `modelwright.xgboost.log_model(...)`, built from a Flavor and the shared pipeline.

A flavor's own options are the keyword-only parameters of its `save` and `load`; `save_order` and `log_order` say
which parameters MLflow 2.16 takes by position. What a parameter means is said once, in the docstring of the function
that uses it, and collected here.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

from ..autolog import INTEGRATIONS
from ..core import lazy
from ..core.errors import InvalidArgument
from ..models import env, load, save
from ..models.flavor import Flavor
from ..tracking import log_model, resolve
from . import autologging
from .functions import Parameters, descriptions, first, ordered, public

_KEYWORD = inspect.Parameter.KEYWORD_ONLY
_REST = inspect.Parameter.VAR_KEYWORD
_INNER = ("done", "staged", "origin", "heard")  # what one part of the pipeline tells another
_OLD = ("code_path", "example_no_conversion")  # spellings that only MLflow's pyfunc takes


def __getattr__(name: str) -> ModuleType:
    if name not in __dir__():
        raise AttributeError(f"there is no flavor {name!r}", name=name, obj=sys.modules[__name__])
    built = globals()[name] = module(name)
    return built


def __dir__() -> list[str]:
    """The flavors that have a module made here: all but pyfunc, whose functions take no model to begin with."""
    return [name for name in load.flavors() if name != "pyfunc"]


def module(name: str) -> ModuleType:
    """The public module of one flavor."""
    flavor = load.flavor(name)
    title = (inspect.getdoc(type(flavor)) or f"{name} models.").partition("\n")[0]
    out = ModuleType(f"modelwright.{name}", f"{title} Save, log and load them, and log training automatically.")
    functions = [_save(flavor), _log(flavor), _load(flavor), *defaults(flavor)]
    functions = [function for function in functions if function.__name__ not in flavor.names]  # it has its own
    for function in functions:
        function.__module__ = out.__name__
        setattr(out, function.__name__, function)
    further = {"FLAVOR_NAME": name, **flavor.constants}
    further.update((public_name, lazy.resolve(target)) for public_name, target in flavor.names.items())
    vars(out).update(further, __all__=[*further, *(function.__name__ for function in functions)])
    if name in INTEGRATIONS and "autolog" not in flavor.names:
        _offer_autolog(out, name)
    return out


def _offer_autolog(out: ModuleType, name: str) -> None:
    """Let the module have `autolog` once it is asked for: who logs a model by hand does not read the integration."""

    def get(attribute: str) -> Any:
        if attribute != "autolog":
            raise AttributeError(f"module {out.__name__!r} has no attribute {attribute!r}")
        function = autologging.for_flavor(name)
        function.__module__ = out.__name__
        vars(out)["autolog"] = function
        return function

    out.__all__.append("autolog")
    vars(out).update(__getattr__=get, __dir__=lambda: sorted({*vars(out), "autolog"}))


def _save(flavor: Flavor) -> Callable[..., Any]:
    pool = {**keywords(save.save_model), **keywords(flavor.save)}
    start = [first(flavor.model_arg), first("path", annotation="str | os.PathLike[str]")]
    signature = ordered(start, flavor.save_order, pool, returns="Model")

    def call(options: dict[str, Any]) -> Any:
        return save.save_model(flavor, _model(flavor, options), options.pop("path"), **options)

    summary = f"Save {_title(flavor)} to a new directory that `load_model` and stock MLflow can read."
    return public("save_model", signature, call, describe(summary, signature, flavor, save.save_model, flavor.save))


def _log(flavor: Flavor) -> Callable[..., Any]:
    pool = {**keywords(save.save_model), **keywords(log_model.log_model), **keywords(flavor.save)}
    pool.pop("mlflow_model", None)
    start = [first(flavor.model_arg), first("artifact_path", default=None, annotation="str | None")]
    signature = ordered(start, flavor.log_order, pool, returns="ModelInfo")

    def call(options: dict[str, Any]) -> Any:
        model, artifact_path = _model(flavor, options), options.pop("artifact_path", None)
        return log_model.log_model(flavor, model, artifact_path, **options)

    summary = f"Log {_title(flavor)} to the active run, and register it if a name is given."
    sources = (save.save_model, log_model.log_model, flavor.save)
    return public("log_model", signature, call, describe(summary, signature, flavor, *sources))


def _load(flavor: Flavor) -> Callable[..., Any]:
    pool = {**keywords(load.load_model), **keywords(flavor.load)}
    pool["dst_path"] = first("dst_path", default=None, annotation="str | None")
    signature = ordered([first("model_uri", annotation="str")], flavor.load_order, pool, returns="Any")

    def call(options: dict[str, Any]) -> Any:
        found = resolve.local_path(options.pop("model_uri"), dst_path=options.pop("dst_path", None))
        return load.load_model(flavor, found.path, origin=found.origin, **options)

    summary = f"The {flavor.title} model that was saved or logged, as the framework's own object."
    sources = (load.load_model, resolve.local_path, flavor.load)
    return public("load_model", signature, call, describe(summary, signature, flavor, *sources))


def _model(flavor: Flavor, options: dict[str, Any]) -> Any:
    """The model among the arguments. What it must be able to do, `save` knows; None is always a mistake."""
    model = options.pop(flavor.model_arg)
    if model is None:
        raise InvalidArgument(f"{flavor.model_arg}=None; expected {_title(flavor)}, trained")
    return model


def _title(flavor: Flavor) -> str:
    """Such as "a scikit-learn model" and "an XGBoost model"."""
    return f"{'an' if flavor.title[:1] in 'aeiouAEIOUX' else 'a'} {flavor.title} model"


def defaults(flavor: Flavor) -> Iterable[Callable[..., Any]]:
    def get_default_pip_requirements(include_cloudpickle: bool = False) -> list[str]:
        """The pinned packages that every model of this flavor needs, before anything is inferred.

        Args:
            include_cloudpickle: Whether the model is stored by cloudpickle.
        """
        extra = ("cloudpickle",) if include_cloudpickle and "cloudpickle" not in flavor.packages else ()
        return [env.pin(name) for name in (*flavor.packages, *extra)]

    def get_default_conda_env(include_cloudpickle: bool = False) -> dict[str, Any]:
        """The conda environment that `save_model` writes when nothing is given, as a dictionary.

        Args:
            include_cloudpickle: Whether the model is stored by cloudpickle.
        """
        return env.conda(get_default_pip_requirements(include_cloudpickle))

    return get_default_pip_requirements, get_default_conda_env


def keywords(function: Callable[..., Any], *, every: bool = False) -> Parameters:
    """The keyword-only parameters of a function; `**kwargs` only where a flavor means it."""
    hidden = _INNER if every else _INNER + _OLD
    found = inspect.signature(function).parameters.values()
    shared = function in (save.save_model, log_model.log_model, load.load_model)
    wanted = (p for p in found if p.kind is _KEYWORD or (p.kind is _REST and not shared))
    return {p.name: p for p in wanted if not (shared and p.name in hidden)}


def describe(summary: str, signature: inspect.Signature, flavor: Flavor | None, *sources: Callable[..., Any]) -> str:
    """A docstring: the summary, and what the sources say of each parameter of the signature."""
    said: dict[str, str] = {}
    for source in sources:
        said.update(descriptions(source))
    for public_name, inner in (("model_uri", "uri"), (flavor.model_arg if flavor else "", "model")):
        if inner in said:
            said.setdefault(public_name, said[inner])
    lines = [f"    {name}: {said[name]}" for name in signature.parameters if name in said]
    return "\n".join([summary, "", "Args:", *lines])
