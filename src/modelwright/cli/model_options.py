"""Options that several commands about one model share, ours and MLflow's spelling of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click

from ..serving.environments.python import MANAGERS

F = TypeVar("F", bound=Callable[..., Any])

trust = click.option(
    "--trust", is_flag=True, help="Let code from the model run, wherever it comes from. Without it the policy decides."
)
install_mlflow = click.option("--install-mlflow", is_flag=True, help="Install MLflow too, as the model records it.")


def together(*options: Callable[[F], F]) -> Callable[[F], F]:
    """One decorator for several, in the order in which they would stand above a function."""

    def decorate(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def model(function: F) -> F:
    """`URI`, or MLflow's `-m URI`, as the argument `uri`."""

    @wraps(function)
    def call(*, uri: str | None, model_uri: str | None, **given: Any) -> Any:
        if (uri is None) == (model_uri is None):
            raise click.UsageError("Name one model: URI, or -m URI.")
        return function(uri=uri or model_uri, **given)

    call = click.option("-m", "--model-uri", metavar="URI", help="The model, as MLflow's command takes it.")(call)
    return click.argument("uri", required=False)(call)  # type: ignore[return-value]


def env_manager(default: str) -> Callable[[F], F]:
    """`--env-manager`: where the model runs."""
    return click.option(
        "--env-manager",
        type=click.Choice(list(MANAGERS)),
        default=default,
        show_default=True,
        help="local is this environment; uv (or virtualenv) and conda build the one that the model records.",
    )


def installer(function: F) -> F:
    """`--env-manager` where an image is built: what installs its packages."""
    return click.option(
        "--env-manager",
        type=click.Choice(list(MANAGERS)),
        help="What installs the packages: conda, or uv (also called virtualenv and local). Default: conda only for "
        "conda packages that pip cannot install.",
    )(function)
