"""`modelwright models prepare-env` and `update-pip-requirements`: the environment that a model records."""

from __future__ import annotations

import click

from ..api import models as stored
from ..models import env
from ..serving.environments import python as environments
from ..tracking import resolve
from . import model_options, show, store


@click.command("prepare-env")
@model_options.model
@model_options.env_manager("uv")
@model_options.install_mlflow
@model_options.trust
@show.json_option
def prepare(uri: str, env_manager: str, install_mlflow: bool, trust: bool, as_json: bool) -> None:
    """Build the environment that a model records, so that it is there when the model is served."""
    store.needed_by(uri)
    found = resolve.local_path(uri)
    with show.progress() as bar:
        bar.add_task(f"Building the environment of {uri}")
        python = environments.python_of(
            found.path, env_manager, origin=found.origin, trust=trust or None, install_mlflow=install_mlflow
        )
    if as_json:
        show.as_json({"uri": uri, "env_manager": environments.MANAGERS[env_manager], "python": str(python)})
    else:
        click.echo(f"{uri} runs with {python}")


@click.command("update-pip-requirements")
@click.option("-m", "--model-uri", "uri", metavar="URI", required=True, help="The model: runs:/… or a path.")
@click.argument("operation", type=click.Choice(["add", "remove"]))
@click.argument("requirements", nargs=-1, required=True)
@show.json_option
def update(uri: str, operation: str, requirements: tuple[str, ...], as_json: bool) -> None:
    """Add REQUIREMENTS to those that a model records, or remove them. One of the same package is replaced."""
    store.needed_by(uri)
    stored.update_model_requirements(uri, operation, list(requirements))
    lines = env.read(resolve.local_path(uri).path)
    if as_json:
        show.as_json({"uri": uri, "requirements": lines})
    else:
        show.table(("",), [(line,) for line in lines], title=f"{uri} now requires")
