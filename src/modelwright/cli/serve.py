"""`modelwright serve`: models by their addresses, handed as directories to a server that knows no store."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import click

from ..core import uris
from ..core.errors import InvalidArgument
from ..models import load
from ..serving import flags
from ..serving.environments import elsewhere
from ..serving.environments import python as environments
from ..tracking import resolve
from ..tracking.client import MlflowClient
from . import model_options, show, store


class _Served(NamedTuple):
    name: str
    found: resolve.Resolved


@click.command("serve", short_help="Serve models over HTTP.")
@click.argument("models", nargs=-1, required=True, metavar="[NAME=]URI...")
@click.option(
    "--env",
    "env_manager",
    type=click.Choice(list(environments.MANAGERS)),
    default="local",
    show_default=True,
    help="Where to run: this environment, or the one that the model records, built by uv or conda.",
)
@flags.serving
def command(models: tuple[str, ...], env_manager: str, **given: Any) -> None:
    """Serve models over HTTP, with their documentation and a page to try them.

    URI is models:/<name>@<alias>, models:/<name>/<version>, runs:/<run id>/<path>, models:/<model id>, or a path. Of
    several models the first one answers where an address names none; --traffic divides those calls.
    """
    _serve(models, env_manager, given)


@click.command("serve", short_help="Serve one model, with the options of MLflow's command.")
@click.option("-m", "--model-uri", metavar="URI", required=True, help="The model.")
@model_options.env_manager("local")
@click.option("--no-conda", is_flag=True, help="The same as --env-manager local.")
@model_options.install_mlflow
@click.option("--enable-mlserver", is_flag=True, help="Has no effect: /v2 is always served.")
@flags.serving
def as_mlflow(
    model_uri: str, env_manager: str, no_conda: bool, install_mlflow: bool, enable_mlserver: bool, **given: Any
) -> None:
    """Serve one model over HTTP. `modelwright serve URI` is the same, and takes several."""
    _serve([model_uri], "local" if no_conda else env_manager, given, install_mlflow=install_mlflow)


def _serve(models: Sequence[str], manager: str, given: dict[str, Any], *, install_mlflow: bool = False) -> None:
    """Become the server. It is a new program: nothing that this one has imported stays in it."""
    flags.options((), given)  # what the flags cannot mean is said before anything is fetched
    with show.progress() as bar:
        task = bar.add_task("")
        served = []
        for text in models:
            bar.update(task, description=f"Fetching {text}")
            served.append(_found(text, trust=given["trust"]))
        bar.update(task, description="Building the environment")
        python = _python(served, manager, trust=given["trust"], install_mlflow=install_mlflow)
    line = [python, "-m", "modelwright.serving", *_described(served), *flags.arguments(given)]
    environ = {**os.environ, "PYTHONSAFEPATH": "1"} if python == sys.executable else elsewhere.inherited()
    sys.stdout.flush()
    os.execve(python, line, environ)


def _found(text: str, *, trust: bool) -> _Served:
    """A model's name and files, once it has passed the gate that the server would stop it at."""
    name, _, uri = text.partition("=") if _is_named(text) else ("", "", text)
    store.needed_by(uri)
    found = resolve.local_path(uri)
    load.admit(found.path, origin=found.origin, trust=trust or None)
    name = name or _name(uri, found)
    if "=" in name:
        raise InvalidArgument(f"{name!r} cannot be a model's name at the server; give another: NAME={uri}")
    return _Served(name, found)


def _is_named(text: str) -> bool:
    """Whether a text is NAME=URI, and not an address with "=" somewhere in it."""
    before = text.partition("=")[0]
    return "=" in text and bool(before) and not set(before) & set("/\\:")


def _name(uri: str, found: resolve.Resolved) -> str:
    """What a model is called where nobody says: as in the registry or its run, else as its directory."""
    if found.version is not None:
        return found.version.name
    if uris.scheme(uri) == "models" and found.model_id:
        return MlflowClient().get_logged_model(found.model_id).name
    if uris.scheme(uri) == "runs":
        return uris.parse_run(uri).path.rpartition("/")[2] or "model"
    return found.path.resolve().name


def _python(served: Sequence[_Served], manager: str, *, trust: bool, install_mlflow: bool) -> str:
    """The interpreter to serve with."""
    if environments.MANAGERS[manager] == "local":
        return sys.executable
    if len(served) > 1:
        raise InvalidArgument(
            f"{len(served)} models share one process, so they cannot each have the environment they record; serve one "
            "of them with --env, or all of them with --env local"
        )
    found = served[0].found
    python = environments.python_of(
        found.path, manager, origin=found.origin, trust=trust or None, install_mlflow=install_mlflow
    )
    return str(python)


def _described(served: Sequence[_Served]) -> list[str]:
    """The models, on the server's command line."""
    line = [f"{name}={found.path.absolute()}" for name, found in served]
    for name, found in served:
        if found.origin == "store":
            line += ["--store", name]
        if found.version is not None:
            line += ["--version-of", f"{name}={found.version.version}"]
    return line
