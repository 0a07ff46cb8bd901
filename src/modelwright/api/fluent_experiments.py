"""Experiments: chosen, made, looked up and searched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.given import mapping
from ..tracking import experiment, search
from ..tracking.active import experiment_here
from ..tracking.client import connect
from ..tracking.entities import Experiment, ViewType


def set_experiment(experiment_name: str | None = None, experiment_id: str | None = None) -> Experiment:
    """Choose the experiment that new runs join; one that does not exist, or was deleted, is made anew.

    Called in the main thread it holds for the process and its children, in another thread or task for that one.

    Args:
        experiment_name: Its name.
        experiment_id: Its id, instead of the name; it must exist.

    Raises:
        InvalidArgument: Both or neither of the two are given, or the name cannot be used.
        NotFound: There is no experiment with this id.
        WrongState: The one with this id is deleted.

    >>> import modelwright
    >>> modelwright.set_experiment("iris").name
    'iris'
    """
    return experiment.set_experiment(experiment_name, experiment_id)


def create_experiment(name: str, artifact_location: str | None = None, tags: dict[str, Any] | None = None) -> str:
    """Make an experiment and return its id.

    Args:
        name: Its name; `AlreadyExists` when it is taken.
        artifact_location: Where the files of its runs go; into the store's own directory when left out.
        tags: Its first tags.

    Raises:
        AlreadyExists: The name is taken.
        InvalidArgument: The name, or that of a tag, cannot be used.

    >>> import modelwright
    >>> modelwright.get_experiment(modelwright.create_experiment("iris", tags={"team": "a"})).tags
    {'team': 'a'}
    """
    return connect().create_experiment(name, artifact_location, tags)


def get_experiment(experiment_id: str) -> Experiment:
    """An experiment by its id; `NotFound` when there is none.

    Args:
        experiment_id: Its id.

    Raises:
        NotFound: There is no such experiment.

    >>> import modelwright
    >>> modelwright.get_experiment("0").name
    'Default'
    """
    return connect().get_experiment(experiment_id)


def get_experiment_by_name(name: str) -> Experiment | None:
    """An experiment by its name, or None.

    Args:
        name: Its name.

    >>> import modelwright
    >>> modelwright.get_experiment_by_name("nothing of the sort") is None
    True
    """
    return connect().get_experiment_by_name(name)


def search_experiments(
    view_type: int = ViewType.ACTIVE_ONLY,
    max_results: int | None = None,
    filter_string: str | None = None,
    order_by: list[str] | None = None,
) -> list[Experiment]:
    """The experiments that match.

    Args:
        view_type: `ViewType.ACTIVE_ONLY`, `DELETED_ONLY` or `ALL`.
        max_results: At most this many; all when left out.
        filter_string: Such as `"name LIKE 'iris%'"`.
        order_by: Such as `["name ASC"]`.

    Raises:
        InvalidArgument: `filter_string` or `order_by` cannot be read; the message says where.

    >>> import modelwright
    >>> _ = modelwright.create_experiment("iris")
    >>> [experiment.name for experiment in modelwright.search_experiments(order_by=["name ASC"])]
    ['Default', 'iris']
    """
    return search.experiments(view_type, max_results, filter_string, order_by)


def delete_experiment(experiment_id: str) -> None:
    """Delete an experiment with its runs; `restore_experiment` brings them back.

    Args:
        experiment_id: Its id.

    Raises:
        NotFound: There is no such experiment.
        WrongState: It is deleted already.

    >>> import modelwright
    >>> made = modelwright.create_experiment("iris")
    >>> modelwright.delete_experiment(made)
    >>> modelwright.get_experiment(made).lifecycle_stage
    'deleted'
    """
    connect().delete_experiment(experiment_id)


def restore_experiment(experiment_id: str) -> None:
    """Bring a deleted experiment back.

    Args:
        experiment_id: Its id.

    Raises:
        NotFound: There is no such experiment.
        WrongState: It is not deleted.
        AlreadyExists: Another one has taken its name.

    >>> import modelwright
    >>> made = modelwright.create_experiment("iris")
    >>> modelwright.delete_experiment(made)
    >>> modelwright.restore_experiment(made)
    >>> modelwright.get_experiment(made).lifecycle_stage
    'active'
    """
    connect().restore_experiment(experiment_id)


def set_experiment_tag(key: str, value: Any) -> None:
    """Set a tag of the active experiment.

    Args:
        key: Its name.
        value: Its value, kept as text.

    Raises:
        InvalidArgument: The key cannot be used.

    >>> import modelwright
    >>> experiment = modelwright.set_experiment("iris")
    >>> modelwright.set_experiment_tag("team", "a")
    >>> modelwright.get_experiment(experiment.experiment_id).tags
    {'team': 'a'}
    """
    connect().set_experiment_tag(experiment_here(), key, value)


def set_experiment_tags(tags: Mapping[str, Any]) -> None:
    """Set tags of the active experiment.

    Args:
        tags: Names and values, kept as text.

    Raises:
        InvalidArgument: A key cannot be used.

    >>> import modelwright
    >>> experiment = modelwright.set_experiment("iris")
    >>> modelwright.set_experiment_tags({"team": "a", "year": 2024})
    >>> modelwright.get_experiment(experiment.experiment_id).tags
    {'team': 'a', 'year': '2024'}
    """
    for key, value in mapping("tags", tags).items():
        set_experiment_tag(key, value)


def delete_experiment_tag(key: str) -> None:
    """Remove a tag of the active experiment.

    Args:
        key: Its name.

    Raises:
        NotFound: The experiment has no such tag.

    >>> import modelwright
    >>> experiment = modelwright.set_experiment("iris")
    >>> modelwright.set_experiment_tag("team", "a")
    >>> modelwright.delete_experiment_tag("team")
    >>> modelwright.get_experiment(experiment.experiment_id).tags
    {}
    """
    connect().delete_experiment_tag(experiment_here(), key)
