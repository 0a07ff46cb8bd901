"""`modelwright experiments`: list, make, rename, delete and find them."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

import click

from ..core.errors import NotFound
from ..tracking.client import MlflowClient
from ..tracking.entities import Experiment, ViewType
from . import show, store

VIEWS = {"active": ViewType.ACTIVE_ONLY, "deleted": ViewType.DELETED_ONLY, "all": ViewType.ALL}
view_option = click.option(
    "--view", type=click.Choice(list(VIEWS)), default="active", show_default=True, help="Which to look at."
)


@click.group(short_help="List, make, rename, delete and find experiments.")
def group() -> None:
    """List, make, rename, delete and find experiments. EXPERIMENT is a name or an id."""


@group.command("list")
@view_option
@click.option("--max", "maximum", type=click.IntRange(1), default=1000, show_default=True, help="How many at most.")
@show.json_option
def list_(view: str, maximum: int, as_json: bool) -> None:
    """List experiments, newest first."""
    _show(store.runs().search_experiments(VIEWS[view], max_results=maximum), as_json=as_json)


@group.command()
@click.argument("filter_string", metavar="FILTER")
@click.option("--order-by", multiple=True, help="A column, as in `name DESC`; may be given again.")
@click.option("--max", "maximum", type=click.IntRange(1), default=1000, show_default=True, help="How many at most.")
@view_option
@show.json_option
def search(filter_string: str, order_by: tuple[str, ...], maximum: int, view: str, as_json: bool) -> None:
    """List the experiments that fit FILTER, such as "name LIKE 'iris%' AND tags.team = 'a'"."""
    found = store.runs().search_experiments(VIEWS[view], maximum, filter_string, list(order_by) or None)
    _show(found, as_json=as_json)


@group.command()
@click.argument("name")
@click.option("--artifact-location", metavar="URI", help="Where files of its runs go; beside the store by default.")
@show.json_option
def create(name: str, artifact_location: str | None, as_json: bool) -> None:
    """Make an experiment called NAME and print its id."""
    number = MlflowClient().create_experiment(name, artifact_location)
    _done({"experiment_id": number, "name": name}, f"Experiment {name!r} has id {number}.", as_json=as_json)


@group.command()
@click.argument("experiment")
@click.argument("new_name")
@show.json_option
def rename(experiment: str, new_name: str, as_json: bool) -> None:
    """Give EXPERIMENT another name."""
    number = find(experiment).experiment_id
    store.runs().rename_experiment(number, new_name)
    text = f"Experiment {number} is called {new_name!r}."
    _done({"experiment_id": number, "name": new_name}, text, as_json=as_json)


@group.command()
@click.argument("experiment")
@show.json_option
def delete(experiment: str, as_json: bool) -> None:
    """Mark EXPERIMENT and its runs as deleted; `restore` brings them back."""
    found = find(experiment)
    store.runs().delete_experiment(found.experiment_id)
    said = {"experiment_id": found.experiment_id, "name": found.name, "lifecycle_stage": "deleted"}
    _done(said, f"Experiment {found.name!r} ({found.experiment_id}) is deleted.", as_json=as_json)


@group.command()
@click.argument("experiment")
@show.json_option
def restore(experiment: str, as_json: bool) -> None:
    """Bring a deleted EXPERIMENT and its runs back."""
    found = find(experiment)
    store.runs().restore_experiment(found.experiment_id)
    said = {"experiment_id": found.experiment_id, "name": found.name, "lifecycle_stage": "active"}
    _done(said, f"Experiment {found.name!r} ({found.experiment_id}) is active again.", as_json=as_json)


def find(given: str) -> Experiment:
    """The experiment of that name or id, deleted ones included; the name wins."""
    client = store.runs()
    found = client.get_experiment_by_name(given)
    if found is None and given.isdigit():
        found = client.get_experiment(given)
    if found is None:
        names = [e.name for e in client.search_experiments(ViewType.ALL)]
        near = get_close_matches(given, names, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}"
        raise NotFound(f"There is no experiment {given!r} in {client.tracking_uri}; {hint}")
    return found


def _done(said: dict[str, str], text: str, *, as_json: bool) -> None:
    if as_json:
        show.as_json(said)
    else:
        click.echo(text)


def _show(found: Iterable[Experiment], *, as_json: bool) -> None:
    found = list(found)
    if as_json:
        show.as_json([experiment.to_dictionary() for experiment in found])
        return
    rows = [
        (e.experiment_id, e.name, e.lifecycle_stage, show.when(e.creation_time), e.artifact_location) for e in found
    ]
    show.table(("id", "name", "stage", "made", "files"), rows, empty="No experiment fits.")
