"""`modelwright deployments`: models at addresses that outlive the shell, here or where a plug-in leads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from ..core.errors import InvalidArgument
from ..core.settings import DEPLOYMENTS_TARGET
from ..deployments import targets
from ..deployments.base import BaseDeploymentClient
from ..models import serving_input
from . import model_options, show, store

F = TypeVar("F", bound=Callable[..., Any])

_target = click.option(
    "-t", "--target", metavar="TARGET", required=True, envvar=list(DEPLOYMENTS_TARGET.names),
    help="Where: local, http://host:port, or what a plug-in knows.",
)  # fmt: skip
_name = click.option("--name", required=True, help="The deployment.")
_endpoint = click.option("--endpoint", help="The endpoint it belongs to.")
_one_endpoint = click.option("--endpoint", required=True, help="The endpoint.")
_flavor = click.option("-f", "--flavor", help="The flavor to deploy. Default: the target chooses.")
_config = click.option(
    "-C", "--config", "pairs", metavar="NAME=VALUE", multiple=True,
    help="An option of the target, once for each; `modelwright deployments help` tells them.",
)  # fmt: skip
_input = click.option(
    "-I",
    "--input-path",
    required=True,
    type=click.Path(exists=True, dir_okay=False),
    help="A request as JSON, or a CSV.",
)
_output = click.option("-O", "--output-path", type=click.Path(dir_okay=False), help="Default: standard output.")


def _deploying(*, required: bool) -> Callable[[F], F]:
    """The options of a command that deploys a model: which, where and how."""
    uri = click.option("-m", "--model-uri", metavar="URI", required=required, help="The model.")
    return model_options.together(_config, _name, _target, uri, _flavor, show.json_option)


def _question(function: F) -> F:
    """The options of a command that asks a deployment: which, and the files of the question and the answer."""
    name = click.option("--name", help="The deployment to ask.")
    endpoint = click.option("--endpoint", help="The endpoint to ask; it chooses the deployment where none is named.")
    no_json = click.option("--json", "as_json", is_flag=True, help="Has no effect: the answer is always JSON.")
    return model_options.together(name, endpoint, _target, _input, _output, no_json)(function)


@click.group(short_help="Serve models at addresses that outlive the shell.")
def group() -> None:
    """Serve models at addresses that outlive the shell, change them without losing a request, and ask them.

    The target "local" starts servers on this machine. An endpoint has an address; deployments, each a model, share its
    traffic. A deployment that is made without an endpoint gets one of its own name.
    """


@group.command()
@_endpoint
@_deploying(required=True)
def create(
    target: str,
    name: str,
    model_uri: str,
    flavor: str | None,
    pairs: tuple[str, ...],
    endpoint: str | None,
    as_json: bool,
) -> None:
    """Deploy a model."""
    with _working(f"Deploying {model_uri}"):
        found = _client(target, model_uri).create_deployment(name, model_uri, flavor, _read(pairs), endpoint)
    _say(found, f"Deployment {name} answers{_at(found)}", as_json=as_json)


@group.command()
@_endpoint
@_deploying(required=False)
def update(
    target: str,
    name: str,
    model_uri: str | None,
    flavor: str | None,
    pairs: tuple[str, ...],
    endpoint: str | None,
    as_json: bool,
) -> None:
    """Change a deployment's model or options; no request is lost."""
    with _working(f"Updating {name}"):
        found = _client(target, model_uri).update_deployment(name, model_uri, flavor, _read(pairs), endpoint)
    _say(found, f"Deployment {name} is updated", as_json=as_json)


@group.command()
@_endpoint
@_config
@_name
@_target
@show.json_option
def delete(target: str, name: str, pairs: tuple[str, ...], endpoint: str | None, as_json: bool) -> None:
    """Take a deployment away."""
    with _working(f"Deleting {name}"):
        _client(target).delete_deployment(name, _read(pairs), endpoint)
    _say({"name": name, "deleted": True}, f"Deployment {name} is deleted", as_json=as_json)


@group.command("list")
@_endpoint
@_target
@show.json_option
def list_(target: str, endpoint: str | None, as_json: bool) -> None:
    """List deployments."""
    _list(_client(target).list_deployments(endpoint), "No model is deployed there.", as_json=as_json)


@group.command()
@_endpoint
@_name
@_target
@show.json_option
def get(target: str, name: str, endpoint: str | None, as_json: bool) -> None:
    """Show what is known of a deployment."""
    _show(_client(target).get_deployment(name, endpoint), as_json=as_json)


@group.command()
@_question
def predict(
    target: str, name: str | None, endpoint: str | None, input_path: str, output_path: str | None, as_json: bool
) -> None:
    """Ask a deployment for predictions."""
    _answer(lambda client, inputs: client.predict(name, inputs, endpoint), target, input_path, output_path)


@group.command()
@_question
def explain(
    target: str, name: str | None, endpoint: str | None, input_path: str, output_path: str | None, as_json: bool
) -> None:
    """Ask a deployment to explain its predictions, where the target can."""
    _answer(lambda client, inputs: client.explain(name, inputs, endpoint), target, input_path, output_path)


@group.command("run-local")
@_deploying(required=True)
def run_local(
    target: str, name: str, model_uri: str, flavor: str | None, pairs: tuple[str, ...], as_json: bool
) -> None:
    """Deploy a model on this machine as a target would, to try it."""
    store.needed_by(model_uri)
    with _working(f"Deploying {model_uri}"):
        found = targets.run_local(target, name, model_uri, flavor, _read(pairs))
    _say(found, f"Deployment {name} answers{_at(found)}", as_json=as_json)


@group.command("help")
@_target
@show.json_option
def help_(target: str, as_json: bool) -> None:
    """Show what a target says of its address and options."""
    text = targets.target_help(target)
    _say({"target": target, "help": text}, text, as_json=as_json)


@group.command("create-endpoint")
@_config
@_one_endpoint
@_target
@show.json_option
def create_endpoint(target: str, endpoint: str, pairs: tuple[str, ...], as_json: bool) -> None:
    """Make an endpoint that deployments can belong to."""
    with _working(f"Making {endpoint}"):
        found = _client(target).create_endpoint(endpoint, _read(pairs))
    _say(found, f"Endpoint {endpoint} is made{_at(found)}", as_json=as_json)


@group.command("update-endpoint")
@_config
@_one_endpoint
@_target
@show.json_option
def update_endpoint(target: str, endpoint: str, pairs: tuple[str, ...], as_json: bool) -> None:
    """Change an endpoint: its traffic (-C traffic=blue=90,green=10), its options, or back (-C rollback=true)."""
    with _working(f"Updating {endpoint}"):
        found = _client(target).update_endpoint(endpoint, _read(pairs))
    _say(found, f"Endpoint {endpoint} is updated", as_json=as_json)


@group.command("delete-endpoint")
@_one_endpoint
@_target
@show.json_option
def delete_endpoint(target: str, endpoint: str, as_json: bool) -> None:
    """Take an endpoint away, with its deployments."""
    with _working(f"Deleting {endpoint}"):
        _client(target).delete_endpoint(endpoint)
    _say({"name": endpoint, "deleted": True}, f"Endpoint {endpoint} is deleted", as_json=as_json)


@group.command("list-endpoints")
@_target
@show.json_option
def list_endpoints(target: str, as_json: bool) -> None:
    """List endpoints."""
    _list(_client(target).list_endpoints(), "There is no endpoint.", as_json=as_json)


@group.command("get-endpoint")
@_one_endpoint
@_target
@show.json_option
def get_endpoint(target: str, endpoint: str, as_json: bool) -> None:
    """Show what is known of an endpoint."""
    _show(_client(target).get_endpoint(endpoint), as_json=as_json)


def _client(target: str, uri: str | None = None) -> BaseDeploymentClient:
    if uri is not None:
        store.needed_by(uri)
    return targets.get_deploy_client(target)


def _read(pairs: tuple[str, ...]) -> dict[str, Any]:
    """NAME=VALUE texts as a dictionary; what the values mean, the target knows."""
    if strange := [text for text in pairs if "=" not in text[1:]]:
        raise InvalidArgument(f"-C takes NAME=VALUE, such as workers=2; got {strange[0]!r}")
    return {name: value for name, _, value in (text.partition("=") for text in pairs)}


def _answer(
    ask: Callable[[BaseDeploymentClient, Any], Any], target: str, input_path: str, output_path: str | None
) -> None:
    """Print what a client answers to the inputs in a file."""
    text = Path(input_path).read_text("utf-8-sig")
    try:
        inputs = serving_input.parse_csv(text) if input_path.lower().endswith(".csv") else json.loads(text)
    except ValueError as error:
        raise InvalidArgument(f"'{input_path}' is not JSON: {error}; a CSV file is told by its ending") from error
    with _working("Predicting"):
        found = ask(_client(target), inputs)
    answer = found.to_json() if hasattr(found, "to_json") else json.dumps(found, default=str)
    if output_path:
        Path(output_path).write_text(f"{answer}\n", "utf-8")
    else:
        click.echo(answer)


@contextmanager
def _working(what: str) -> Iterator[None]:
    with show.progress() as bar:
        bar.add_task(what)
        yield


def _at(found: Any) -> str:
    """ " at ADDRESS", where a target tells one."""
    url = found.get("url") if isinstance(found, dict) else None
    return f" at {url}/invocations" if url else ""


def _say(found: Any, text: str, *, as_json: bool) -> None:
    if as_json:
        show.as_json(found)
    else:
        click.echo(text)


def _show(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        show.as_json(found)
    else:
        show.pairs(found)


def _list(found: list[dict[str, Any]], empty: str, *, as_json: bool) -> None:
    if as_json:
        show.as_json(found)
        return
    shown = ("name", "endpoint", "status", "url", "model_uri", "version", "traffic")  # what ours tell, if it is there
    columns = [name for name in shown if any(name in one for one in found)]
    show.table(columns, [[one.get(name) for name in columns] for one in found], empty=empty)
