"""`modelwright models`: list, inspect, check and use them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from ..api import scoring
from ..api.inspection import inspect_model
from ..core.errors import InvalidArgument
from ..models import load
from ..models.mlmodel import Model
from ..models.verify import verify
from ..tracking import resolve
from . import environments, images, model_options, serve, show, store


@click.group(short_help="List, inspect, check and use models.")
def group() -> None:
    """List, inspect, check and use models.

    URI is runs:/<run id>/<path>, models:/<name>/<version>, models:/<name>@<alias>, models:/<model id>, or a path.
    """


@group.command("list")
@click.argument("filter_string", metavar="[FILTER]", default="")
@click.option("--max", "maximum", type=click.IntRange(1), default=100, show_default=True, help="How many at most.")
@show.json_option
def list_(filter_string: str, maximum: int, as_json: bool) -> None:
    """List registered models; FILTER is such as "name LIKE 'churn%'"."""
    found = store.models().search_registered_models(filter_string or None, maximum)
    if as_json:
        show.as_json([model.to_dictionary() for model in found])
        return
    rows = [
        (
            model.name,
            max((int(version.version) for version in model.latest_versions), default=None),
            {alias: f"version {version}" for alias, version in model.aliases.items()},
            show.when(model.last_updated_timestamp),
            model.description,
        )
        for model in found
    ]
    show.table(("name", "latest", "aliases", "changed", "description"), rows, empty="No model is registered.")


@group.command()
@click.argument("uri")
@show.json_option
def inspect(uri: str, as_json: bool) -> None:
    """Show what a model is and holds. Nothing from it is executed, so it is safe on a stranger's directory."""
    store.needed_by(uri)
    found = resolve.local_path(uri)
    facts = inspect_model(found.path, origin=found.origin)
    if as_json:
        show.as_json(facts)
    else:
        _tell(facts)


@group.command()
@click.argument("uri")
@model_options.trust
@show.json_option
def check(uri: str, trust: bool, as_json: bool) -> None:
    """Load a model and run its stored example. Exit code 1 if it cannot be loaded."""
    store.needed_by(uri)
    found = resolve.local_path(uri)
    meta = Model.load(found.path)
    load.admit(found.path, origin=found.origin, trust=trust or None)
    with show.progress() as bar:
        bar.add_task(f"Loading {uri}")
        result = verify(found.path, meta)
    example = meta.saved_input_example_info is not None
    facts = {
        "uri": uri,
        "ok": result.ok,
        "reason": result.reason or result.skipped,
        "note": result.note,
        "example": example and result.ok and not result.skipped,
    }
    if as_json:
        show.as_json(facts)
    elif not result.ok:
        click.echo(f"{uri} cannot be loaded: {result.reason}")
    elif result.skipped:
        click.echo(f"{uri} was not loaded: {result.skipped}")
    else:
        click.echo(f"OK: {uri} loads" + (" and predicts its example." if example else "; it has no example to run."))
        if result.note:
            click.echo(f"But {result.note}")
    if not result.ok:
        sys.exit(1)


@group.command()
@model_options.model
@click.option("-i", "--input-path", type=click.Path(exists=True, dir_okay=False), help="Data. Default: standard input.")
@click.option("-o", "--output-path", type=click.Path(dir_okay=False), help="The answer. Default: standard output.")
@click.option(
    "-t", "--content-type", type=click.Choice(["json", "csv"]), help="Default: by the file's ending, else json."
)
@model_options.env_manager("local")
@model_options.install_mlflow
@click.option("-r", "--pip-requirements-override", "override", metavar="REQ,REQ", help="Required instead.")
@click.option("--env", "variables", multiple=True, metavar="KEY=VALUE", help="An environment variable to set.")
@model_options.trust
@click.option("--json", "as_json", is_flag=True, help="Has no effect: the answer is always JSON.")
def predict(
    uri: str,
    input_path: str | None,
    output_path: str | None,
    content_type: str | None,
    override: str | None,
    variables: tuple[str, ...],
    trust: bool,
    as_json: bool,
    **where: Any,
) -> None:
    """Predict, as a scoring server would: JSON or CSV in, {"predictions": …} out."""
    store.needed_by(uri)
    if strange := [text for text in variables if "=" not in text]:
        raise click.UsageError(f"--env takes KEY=VALUE, got {strange[0]!r}.")
    where["override"] = [line.strip() for line in (override or "").split(",") if line.strip()]
    where["variables"] = dict(text.split("=", 1) for text in variables)
    body = Path(input_path).read_bytes() if input_path else sys.stdin.buffer.read()
    kind = content_type or ("csv" if Path(input_path or "").suffix.lower() == ".csv" else "json")
    try:
        with show.progress() as bar:
            bar.add_task(f"Predicting with {uri}")
            answer = scoring.answer(uri, body, kind, trust=trust or None, **where)
    except InvalidArgument as error:
        if content_type or kind == "csv" or body.lstrip()[:1] in (b"{", b"["):
            raise
        raise InvalidArgument(f"{error.message}; pass -t csv if it is CSV") from error
    if output_path:
        Path(output_path).write_text(answer + "\n", "utf-8")
    else:
        click.echo(answer)


for _command in (
    environments.prepare,
    environments.update,
    images.build,
    images.generate,
    images.docker,
    serve.as_mlflow,
):
    group.add_command(_command)


def _tell(facts: dict[str, Any]) -> None:
    environment, sealed = facts["environment"], facts["manifest"]
    show.pairs(
        {
            "path": facts["path"],
            "made": facts["created"],
            "by run": facts["run_id"],
            "model id": facts["model_id"],
            "flavors": ", ".join(facts["flavors"]),
            "format": f"MLflow {facts['mlflow_version']}" if facts["mlflow_version"] else None,
            "python": environment["python"],
            "metadata": facts["metadata"],
            "example": facts["example"] or "none",
            "manifest": _manifest(sealed),
            "loading": _loading(facts),
        }
    )
    _tell_signature(facts["signature"])
    for file, names in facts["imports"].items():
        rows = [(file, name) for name in names]
        click.echo()
        show.table(("imported by", "name"), rows, title="Pickles", empty=f"The pickle {file} imports nothing.")
    if environment["requirements"]:
        click.echo()
        show.table(("",), [(line,) for line in environment["requirements"]], title="Requirements")
    click.echo()
    show.table(("file", "size"), [(file["path"], show.size(file["size"])) for file in facts["files"]], title="Files")


def _manifest(sealed: dict[str, Any]) -> str:
    if not sealed["present"]:
        return "none; files cannot be compared with what was saved"
    if sealed["problem"]:
        return str(sealed["problem"])
    return "every file is as it was saved" + (", by you on this machine" if sealed["sealed_by_you"] else "")


def _loading(facts: dict[str, Any]) -> str:
    if facts["cannot_load"]:
        return str(facts["cannot_load"])
    if not facts["hazards"]:
        return "cannot run code from the model"
    default = "allowed" if facts["loads_by_default"] else "refused unless you trust it"
    return f"may run code: {'; '.join(facts['hazards'])} ({default})"


def _tell_signature(signature: dict[str, Any] | None) -> None:
    click.echo()
    if signature is None:
        click.echo("No signature: data is handed to the model unchecked.")
        return
    if "unreadable" in signature:
        click.echo(f"The signature cannot be read: {signature['unreadable']}")
        return
    rows = []
    for part, entries in signature.items():
        for index, entry in enumerate(entries or ()):
            rows.append((part, entry.get("name", index), _kind(entry), _need(part, entry)))
    show.table(("", "name", "type", ""), rows, title="Signature")


def _kind(entry: dict[str, Any]) -> str:
    """The type of one entry, as a person reads it."""
    if tensor := entry.get("tensor-spec"):
        return f"tensor {tensor.get('dtype')} {tuple(tensor.get('shape', ()))}"
    kind = entry.get("type") or entry.get("dtype")
    if kind == "array":
        return f"array of {_kind(entry.get('items') or {})}"
    if kind == "map":
        return f"map to {_kind(entry.get('values') or {})}"
    if kind == "object":
        inner = (f"{name}: {_kind(value)}" for name, value in (entry.get("properties") or {}).items())
        return f"object ({', '.join(inner)})"
    shape = entry.get("shape")
    return f"{kind} {tuple(shape)}" if shape else str(kind)


def _need(part: str, entry: dict[str, Any]) -> str:
    if part == "params":
        return f"default {entry.get('default')!r}"
    return "" if entry.get("required", True) else "optional"
