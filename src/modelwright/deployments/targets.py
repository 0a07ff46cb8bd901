"""Where models can be deployed to: the targets of this package, and those of plug-ins."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Any, NamedTuple

from ..core import lazy
from ..core.errors import InvalidArgument, MissingDependency, NotFound
from ..core.settings import DEPLOYMENTS_TARGET
from .base import BaseDeploymentClient

TARGETS = {
    "local": "modelwright.deployments.local",
    "http": "modelwright.deployments.remote",
    "https": "modelwright.deployments.remote",
}
GROUPS = ("modelwright.deployments", "mlflow.deployments")  # of entry points: a target's name, and its module
_chosen: str | None = None


class Target(NamedTuple):
    """What a module offers to deploy with."""

    client: Callable[[str], BaseDeploymentClient]
    run_local: Callable[..., Any]
    help: Callable[[], str]


def get_deploy_client(target_uri: str | None = None) -> BaseDeploymentClient:
    """A client that deploys models to a target.

    Args:
        target_uri: "local" for servers on this machine, "http://host:port" for one that runs already, or what a
            plug-in knows. The one that `set_deployments_target` or the environment names when left out.

    Raises:
        NotFound: No such target; the message lists those there are.

    >>> get_deploy_client("http://127.0.0.1:5000").target_uri
    'http://127.0.0.1:5000'
    """
    uri = target_uri or get_deployments_target()
    return find(uri).client(uri)


def run_local(
    target: str, name: str, model_uri: str, flavor: str | None = None, config: dict[str, Any] | None = None
) -> Any:
    """Deploy a model on this machine as a target would, to try it.

    Args:
        target: The target, as in `get_deploy_client`.
        name: The deployment's name.
        model_uri: The model.
        flavor: The flavor to deploy; the target chooses when left out.
        config: The target's own options.
    """
    return find(target).run_local(name, model_uri, flavor, config)


def target_help(target: str) -> str:
    """What a target says of its address and options.

    Args:
        target: The target, as in `get_deploy_client`.
    """
    return str(find(target).help())


def get_deployments_target() -> str:
    """The target where none is named.

    Raises:
        InvalidArgument: Nobody has named one.
    """
    if found := _chosen or DEPLOYMENTS_TARGET.get():
        return found
    raise InvalidArgument(
        f"No deployments target is set; name one, such as 'local', call set_deployments_target, or set "
        f"{DEPLOYMENTS_TARGET.names[0]}"
    )


def set_deployments_target(target: str) -> None:
    """Choose the target where none is named, for this process.

    Args:
        target: As in `get_deploy_client`.

    Raises:
        NotFound: No such target.
    """
    global _chosen  # one word for the process, as MLflow has it
    _module(target)
    _chosen = target


def names() -> list[str]:
    """All targets there are."""
    return sorted({*TARGETS, *(point.name for point in _installed())})


def find(uri: str) -> Target:
    """The target that an address means."""
    module = _module(uri)
    clients = [found for found in vars(module).values() if _is_client(found)]
    functions = [getattr(module, name, None) for name in ("run_local", "target_help")]
    if len(clients) != 1 or not all(map(callable, functions)):
        raise InvalidArgument(
            f"The plug-in {module.__name__} must have one subclass of BaseDeploymentClient and the functions run_local "
            f"and target_help; it has {len(clients)} such classes and "
            f"{[function.__name__ for function in functions if callable(function)] or 'none of the functions'}"
        )
    return Target(clients[0], *functions)  # type: ignore[arg-type]


def _module(uri: str) -> ModuleType:
    name = str(uri).partition(":")[0]
    if name in TARGETS:
        found: ModuleType = lazy.resolve(TARGETS[name])
        return found
    for point in _installed():
        if point.name == name:
            return _loaded(point)
    raise NotFound(f"There is no deployments target {name!r}; there are {', '.join(names())}. Others are plug-ins")


def _installed() -> list[EntryPoint]:
    return [point for group in GROUPS for point in entry_points(group=group)]


def _loaded(point: EntryPoint) -> ModuleType:
    try:
        found: ModuleType = point.load()
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "mlflow":
            raise
        raise MissingDependency(
            f"The plug-in {point.value!r} is written for MLflow; call modelwright.install_as_mlflow() before it is "
            "asked for, or run the script by `modelwright exec`"
        ) from error
    return found


def _is_client(found: Any) -> bool:
    """Whether it is a client: by the name of its base, which is MLflow's own class where MLflow is installed."""
    return inspect.isclass(found) and any(base.__name__ == BaseDeploymentClient.__name__ for base in found.__mro__[1:])
