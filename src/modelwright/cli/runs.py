"""`modelwright runs`: list, find, show, delete and restore them."""

from __future__ import annotations

import json
from collections.abc import Iterable

import click

from ..tracking.entities import Run, ViewType
from . import experiments, show, store

LOGGED_MODELS = "mlflow.log-model.history"  # a tag for programs; people get a table
_maximum = click.option(
    "--max", "maximum", type=click.IntRange(1), default=100, show_default=True, help="How many at most."
)
_experiment = click.option(
    "--experiment", "chosen", multiple=True, help="Name or id; may be given again. Default: every experiment."
)


@click.group(short_help="List, find, show, delete and restore runs.")
def group() -> None:
    """List, find, show, delete and restore runs."""


@group.command("list")
@_experiment
@experiments.view_option
@_maximum
@show.json_option
def list_(chosen: tuple[str, ...], view: str, maximum: int, as_json: bool) -> None:
    """List runs, newest first."""
    _show(_find(chosen, "", (), view, maximum), as_json=as_json)


@group.command()
@click.argument("filter_string", metavar="FILTER")
@_experiment
@click.option("--order-by", multiple=True, help="A column, as in `metrics.loss ASC`; may be given again.")
@experiments.view_option
@_maximum
@show.json_option
def search(
    filter_string: str, chosen: tuple[str, ...], order_by: tuple[str, ...], view: str, maximum: int, as_json: bool
) -> None:
    """List the runs that fit FILTER, such as "metrics.auc > 0.9 AND (params.depth = '3' OR tags.kind = 'trial')"."""
    _show(_find(chosen, filter_string, order_by, view, maximum), as_json=as_json)


@group.command("show")
@click.argument("run_id")
@show.json_option
def show_(run_id: str, as_json: bool) -> None:
    """Show one run: params, metrics, tags and data."""
    run = store.runs().get_run(run_id)
    if as_json:
        show.as_json(run.to_dictionary())
        return
    info = run.info
    show.pairs(
        {
            "run": info.run_id,
            "name": info.run_name,
            "experiment": _experiment_names().get(info.experiment_id, info.experiment_id),
            "status": info.status if info.lifecycle_stage == "active" else f"{info.status}, {info.lifecycle_stage}",
            "by": info.user_id,
            "started": show.when(info.start_time),
            "ended": show.when(info.end_time),
            "files": info.artifact_uri,
        }
    )
    tags = {name: text for name, text in run.data.tags.items() if name != LOGGED_MODELS}
    for title, values in (("Params", run.data.params), ("Metrics", run.data.metrics), ("Tags", tags)):
        if values:
            click.echo()
            show.pairs(values, title=title)
    if LOGGED_MODELS in run.data.tags:
        click.echo()
        logged = json.loads(run.data.tags[LOGGED_MODELS])
        models = [(f"runs:/{run_id}/{model['artifact_path']}", ", ".join(model.get("flavors", ()))) for model in logged]
        show.table(("model", "flavors"), models, title="Models")
    if run.inputs is not None and run.inputs.dataset_inputs:
        click.echo()
        rows = [(i.dataset.name, i.dataset.digest, i.dataset.source_type) for i in run.inputs.dataset_inputs]
        show.table(("name", "digest", "source"), rows, title="Data")


@group.command()
@click.argument("run_ids", metavar="RUN_ID...", nargs=-1, required=True)
@show.json_option
def delete(run_ids: tuple[str, ...], as_json: bool) -> None:
    """Mark runs as deleted; `restore` brings them back."""
    for run_id in run_ids:
        store.runs().delete_run(run_id)
    _changed(run_ids, "deleted", as_json=as_json)


@group.command()
@click.argument("run_ids", metavar="RUN_ID...", nargs=-1, required=True)
@show.json_option
def restore(run_ids: tuple[str, ...], as_json: bool) -> None:
    """Bring deleted runs back."""
    for run_id in run_ids:
        store.runs().restore_run(run_id)
    _changed(run_ids, "active", as_json=as_json)


def _changed(run_ids: tuple[str, ...], stage: str, *, as_json: bool) -> None:
    if as_json:
        show.as_json([{"run_id": run_id, "lifecycle_stage": stage} for run_id in run_ids])
    else:
        for run_id in run_ids:
            click.echo(f"Run {run_id} is {stage}.")


def _find(chosen: tuple[str, ...], filter_string: str, order_by: tuple[str, ...], view: str, maximum: int) -> list[Run]:
    client, kind = store.runs(), experiments.VIEWS[view]
    ids = [experiments.find(name).experiment_id for name in chosen]
    ids = ids or [e.experiment_id for e in client.search_experiments(ViewType.ALL)]
    return list(client.search_runs(ids, filter_string, kind, maximum, list(order_by) or None))


def _show(runs: Iterable[Run], *, as_json: bool) -> None:
    runs = list(runs)
    if as_json:
        show.as_json([run.to_dictionary() for run in runs])
        return
    names = _experiment_names() if runs else {}
    rows = [
        (
            run.info.run_id,
            run.info.run_name,
            names.get(run.info.experiment_id, run.info.experiment_id),
            run.info.status,
            show.when(run.info.start_time),
            dict(sorted(run.data.metrics.items())[:3]),
        )
        for run in runs
    ]
    show.table(("run", "name", "experiment", "status", "started", "metrics"), rows, empty="No run fits.")


def _experiment_names() -> dict[str, str]:
    """The name of every experiment by its id, deleted ones included."""
    return {found.experiment_id: found.name for found in store.runs().search_experiments(ViewType.ALL, 50_000)}
