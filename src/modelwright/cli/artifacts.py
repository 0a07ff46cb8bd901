"""`modelwright artifacts`: list, fetch and store the files of a run or a model."""

from __future__ import annotations

from pathlib import Path

import click

from ..api import artifacts
from . import show, store


@click.group(short_help="List, fetch and store files of runs and models.")
def group() -> None:
    """List, fetch and store files. URI is runs:/<run id>/<path>, models:/<name>/<version>, or a path."""


@group.command("list")
@click.argument("uri")
@show.json_option
def list_(uri: str, as_json: bool) -> None:
    """List what lies at URI, one level deep."""
    store.needed_by(uri)
    found = artifacts.list_artifacts(artifact_uri=uri)
    if as_json:
        show.as_json([{"path": f.path, "is_dir": f.is_dir, "file_size": f.file_size} for f in found])
        return
    rows = [(f.path + ("/" if f.is_dir else ""), "" if f.is_dir else show.size(f.file_size or 0)) for f in found]
    show.table(("path", "size"), rows, empty="No file lies there.")


@group.command()
@click.argument("uri")
@click.option(
    "-d", "--dst-path", metavar="DIR", help="Where to put the copy. Default: a folder named as the last part."
)
@show.json_option
def download(uri: str, dst_path: str | None, as_json: bool) -> None:
    """Copy what lies at URI and print where."""
    store.needed_by(uri)
    target = Path(dst_path or ".")
    target.mkdir(parents=True, exist_ok=True)
    with show.transfer_progress(f"Fetching {uri}"):
        path = artifacts.download_artifacts(artifact_uri=uri, dst_path=str(target))
    _say({"path": str(Path(path).resolve())}, f"{Path(path)}", as_json=as_json)


@group.command()
@click.argument("local", type=click.Path(exists=True))
@click.option("--run-id", required=True, help="The run that keeps it.")
@click.option("--artifact-path", metavar="DIR", help="The folder among the run's files. Default: the top one.")
@show.json_option
def log(local: str, run_id: str, artifact_path: str | None, as_json: bool) -> None:
    """Store the file or folder LOCAL with a run."""
    client = store.runs()
    with show.transfer_progress(f"Storing {local}"):
        if Path(local).is_dir():
            client.log_artifacts(run_id, local, artifact_path)
        else:
            client.log_artifact(run_id, local, artifact_path)
    parts = [run_id, artifact_path or "", "" if Path(local).is_dir() else Path(local).name]
    uri = "runs:/" + "/".join(part for part in parts if part)
    _say({"uri": uri}, f"{local} is stored at {uri}", as_json=as_json)


def _say(said: dict[str, str], text: str, *, as_json: bool) -> None:
    if as_json:
        show.as_json(said)
    else:
        click.echo(text)
