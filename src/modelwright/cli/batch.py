"""`modelwright batch`: files and folders through a model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from rich.progress import BarColumn, TaskProgressColumn, TextColumn

from ..api.batch import score
from ..batch import config
from ..batch.job import Summary
from ..batch.journal import AFRESH
from ..batch.output import OVERWRITE
from ..batch.run import RUNNERS
from ..batch.writers import WRITERS
from ..core.errors import Error, InvalidArgument
from . import show, store

_SAYINGS = {AFRESH: "give --fresh to forget what it did", OVERWRITE: "give --overwrite to replace it"}


@click.command(short_help="Score files and folders bigger than memory.")
@click.argument("uri")
@click.argument("inputs", nargs=-1, required=True, type=click.Path(exists=True))
@click.option("-o", "--output", type=click.Path(), help="A file, or a folder for several. Its ending says the format.")
@click.option("--format", type=click.Choice(list(WRITERS)), help="The output's format, whatever the ending says.")
@click.option("--rows", type=click.IntRange(1), help="Rows in a mini-batch. Default: as many as take 8 MiB.")
@click.option("--workers", type=click.IntRange(1), help="Processes. Default: one for each core.")
@click.option("--engine", type=click.Choice(list(RUNNERS)), default="local", show_default=True, help="What runs them.")
@click.option("--params", metavar="JSON", help="Parameters of predict, a JSON object.")
@click.option("--keep", metavar="A,B", default="", help="Columns of the input to write, too.")
@click.option(
    "--bad-rows", type=click.Choice(["null", "skip"]), default="null", show_default=True,
    help="What becomes of a row that cannot be scored: no prediction, or no row.",
)  # fmt: skip
@click.option("--no-provenance", is_flag=True, help="Leave out the columns row and file_name.")
@click.option("--errors", type=click.Path(dir_okay=False), help="The list of what failed. Default: beside the output.")
@click.option("--error-threshold", type=click.IntRange(-1), help="Input files that may have failures. Default: any.")
@click.option("--max-retries", type=click.IntRange(0), help="Tries of a mini-batch after the first. Default: 3.")
@click.option("--timeout", type=click.FloatRange(0, min_open=True), help="Seconds for one mini-batch. Default: any.")
@click.option(
    "--config", "settings", type=click.Path(exists=True, dir_okay=False), help="An Azure batch deployment's YAML."
)
@click.option("--overwrite", is_flag=True, help="Replace an output that is there.")
@click.option("--fresh", is_flag=True, help="Forget what a killed run did, instead of going on.")
@click.option("--trust", is_flag=True, help="Let code from the model run, wherever it comes from.")
@show.json_option
def command(
    uri: str, inputs: tuple[str, ...], output: str | None, settings: str | None, as_json: bool, **given: Any
) -> None:
    """Score INPUTS, files and folders of CSV, Parquet, Arrow, JSON lines or images, with the model at URI.

    Only a few mini-batches are in memory at a time. What is done is kept beside the output, so the same command goes
    on where a killed one was. Rows that cannot be scored are listed in a file of their own.
    """
    store.needed_by(uri)
    options = config.read(settings) if settings else {}
    options |= {
        name: value for name, value in given.items() if value is not None and value is not False and value != ""
    }
    output = output or options.pop("output", None)
    if output is None:
        raise click.UsageError("Give the output: -o predictions.parquet")
    options.pop("output", None)
    options["provenance"] = not options.pop("no_provenance", False)
    options["keep"] = [name for name in options.get("keep", "").split(",") if name]
    if "params" in options:
        options["params"] = _object(options["params"])
    with _in_words(), _bar(f"Scoring with {uri}") as heard:
        done = score(uri, inputs, output, progress=heard, **{**options, "trust": options.get("trust")})
    show.as_json(_facts(done)) if as_json else _tell(done)


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise InvalidArgument(f"--params is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise InvalidArgument(f"--params must be a JSON object of name to value, got {text}")
    return found


@contextmanager
def _in_words() -> Iterator[None]:
    """Errors that tell a program what to pass tell the command line what to give."""
    try:
        yield
    except Error as error:
        for program, shell in _SAYINGS.items():
            error.message = error.message.replace(program, shell)
        raise


@contextmanager
def _bar(what: str) -> Iterator[Callable[[int, int, int], None]]:
    with show.progress() as bar:
        bar.columns = (*bar.columns[:2], BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[rows]:,} rows"),
                       *bar.columns[2:])  # fmt: skip
        task = bar.add_task(what, total=None, rows=0)
        yield lambda done, whole, rows: bar.update(task, completed=done, total=whole, rows=rows)


def _facts(done: Summary) -> dict[str, Any]:
    return {name: getattr(done, name) for name in done.__struct_fields__}


def _tell(done: Summary) -> None:
    failed = f"{done.failed_rows:,} in {done.failed_files} of {done.files} files" if done.failed_files else None
    show.pairs(
        {
            "output": done.output,
            "rows": f"{done.rows:,} of {done.files} {'file' if done.files == 1 else 'files'}",
            "failed": failed,
            "errors": done.errors,
            "resumed": f"{done.resumed} mini-batches were done before" if done.resumed else None,
            "took": f"{done.seconds:.1f} s",
        }
    )
