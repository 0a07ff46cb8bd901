"""Logged and registered models at the top of the package."""

from __future__ import annotations

from typing import Any

from ..tracking import measured, search
from ..tracking.active import experiment_here
from ..tracking.client import connect
from ..tracking.entities import LoggedModel, LoggedModelStatus, ModelVersion, RegisteredModel


def search_registered_models(
    max_results: int | None = None, filter_string: str | None = None, order_by: list[str] | None = None
) -> list[RegisteredModel]:
    """The registered models that match.

    Args:
        max_results: At most this many; all when left out.
        filter_string: Such as `"name LIKE 'credit%'"`.
        order_by: Such as `["name ASC"]`.

    Raises:
        InvalidArgument: `filter_string` or `order_by` cannot be read; the message says where.

    >>> import modelwright
    >>> modelwright.search_registered_models()
    []
    """
    return search.registered_models(max_results, filter_string, order_by)


def search_model_versions(
    max_results: int | None = None, filter_string: str | None = None, order_by: list[str] | None = None
) -> list[ModelVersion]:
    """The versions of registered models that match.

    Args:
        max_results: At most this many; all when left out.
        filter_string: Such as `"name = 'credit'"`.
        order_by: Such as `["version_number DESC"]`.

    Raises:
        InvalidArgument: `filter_string` or `order_by` cannot be read; the message says where.

    >>> import modelwright
    >>> modelwright.search_model_versions(filter_string="name = 'credit'")
    []
    """
    return search.model_versions(max_results, filter_string, order_by)


def set_model_version_tag(
    name: str, version: str | int | None = None, key: str | None = None, value: Any = None
) -> None:
    """Set a tag of a version of a registered model.

    Args:
        name: The registered model.
        version: Its version.
        key: The tag's name.
        value: Its value, kept as text.

    Raises:
        NotFound: There is no such version.
        InvalidArgument: The version or the key is missing or cannot be used.

    >>> import modelwright
    >>> client = modelwright.MlflowClient()
    >>> _ = client.create_registered_model("credit")
    >>> _ = client.create_model_version("credit", "models/credit")
    >>> modelwright.set_model_version_tag("credit", 1, "checked", "yes")
    >>> client.get_model_version("credit", 1).tags
    {'checked': 'yes'}
    """
    connect().set_model_version_tag(name, version, key, value)


# --- logged models ----------------------------------------------------------------------------------------------------


def initialize_logged_model(
    name: str | None = None,
    source_run_id: str | None = None,
    tags: dict[str, str] | None = None,
    params: dict[str, str] | None = None,
    model_type: str | None = None,
    experiment_id: str | None = None,
) -> LoggedModel:
    """Announce a model whose files are still to come: `log_model(…, model_id=…)` brings them.

    Args:
        name: What to call it; one is made up when left out.
        source_run_id: The run that makes it; the active one when left out.
        tags: Its first tags.
        params: What it is made with.
        model_type: What kind of model it is, in your words.
        experiment_id: The experiment it belongs to; its run's, else the active one.

    Raises:
        NotFound: There is no such run or experiment.
        InvalidArgument: The key of a tag or param cannot be used.

    >>> import modelwright
    >>> model = modelwright.initialize_logged_model("forest", params={"depth": 3})
    >>> str(model.status), str(modelwright.finalize_logged_model(model.model_id, "READY").status)
    ('PENDING', 'READY')
    """
    return measured.announce(name, source_run_id, tags, params, model_type, experiment_id)


def create_external_model(
    name: str | None = None,
    source_run_id: str | None = None,
    tags: dict[str, str] | None = None,
    params: dict[str, str] | None = None,
    model_type: str | None = None,
    experiment_id: str | None = None,
) -> LoggedModel:
    """Record a model whose files are kept elsewhere.

    Args:
        name: What to call it; one is made up when left out.
        source_run_id: The run that makes it; the active one when left out.
        tags: Its first tags.
        params: What it is made with.
        model_type: What kind of model it is, in your words.
        experiment_id: The experiment it belongs to; its run's, else the active one.

    Raises:
        NotFound: There is no such run or experiment.
        InvalidArgument: The key of a tag or param cannot be used.

    >>> import modelwright
    >>> model = modelwright.create_external_model("forest", tags={"where": "s3://elsewhere/forest"})
    >>> str(model.status)
    'READY'
    """
    return measured.announce(name, source_run_id, tags, params, model_type, experiment_id, external=True)


def finalize_logged_model(model_id: str, status: LoggedModelStatus | str) -> LoggedModel:
    """Say that a logged model's files are there, or will not come.

    Args:
        model_id: Its id.
        status: "READY" or "FAILED".

    Raises:
        NotFound: There is no such logged model.
        ValueError: There is no such status.

    >>> import modelwright
    >>> model = modelwright.initialize_logged_model("forest")
    >>> str(modelwright.finalize_logged_model(model.model_id, "FAILED").status)
    'FAILED'
    """
    return connect().finalize_logged_model(model_id, status)


def get_logged_model(model_id: str) -> LoggedModel:
    """A logged model; `NotFound` when there is none.

    Args:
        model_id: Its id.

    Raises:
        NotFound: There is no such logged model.

    >>> import modelwright
    >>> model = modelwright.initialize_logged_model("forest")
    >>> modelwright.get_logged_model(model.model_id).name
    'forest'
    """
    return connect().get_logged_model(model_id)


def last_logged_model() -> LoggedModel | None:
    """The newest logged model of the active experiment, or None.

    >>> import modelwright
    >>> model = modelwright.initialize_logged_model("forest")
    >>> modelwright.last_logged_model().model_id == model.model_id
    True
    """
    order = [{"field_name": "creation_timestamp", "ascending": False}]
    return next(iter(connect().search_logged_models([experiment_here()], None, None, 1, order)), None)


def search_logged_models(
    experiment_ids: list[str] | None = None,
    filter_string: str | None = None,
    datasets: list[dict[str, str]] | None = None,
    max_results: int | None = None,
    order_by: list[dict[str, Any]] | None = None,
    output_format: str = "pandas",
) -> Any:
    """The logged models that match, as a DataFrame or a list.

    Args:
        experiment_ids: Where to look; the active experiment when left out.
        filter_string: Such as `"name = 'forest' AND metrics.loss < 0.1"`.
        datasets: Only those with a metric measured on one of these.
        max_results: At most this many; all when left out.
        order_by: Such as `[{"field_name": "metrics.loss", "ascending": True}]`.
        output_format: "pandas" or "list".

    Raises:
        InvalidArgument: The filter, the order or the form of output cannot be used.

    >>> import modelwright
    >>> for depth in (1, 2):
    ...     _ = modelwright.initialize_logged_model(f"forest{depth}", params={"depth": depth})
    >>> found = modelwright.search_logged_models(filter_string="params.depth = '2'", output_format="list")
    >>> [model.name for model in found]
    ['forest2']
    """
    found = search.logged_models(experiment_ids, filter_string, datasets, max_results, order_by)
    return search.as_output(found, output_format, search.frame_of_logged_models)


def set_logged_model_tags(model_id: str, tags: dict[str, Any]) -> None:
    """Set tags of a logged model.

    Args:
        model_id: Its id.
        tags: Names and values, kept as text.

    Raises:
        NotFound: There is no such logged model.
        InvalidArgument: A key cannot be used.

    >>> import modelwright
    >>> model = modelwright.initialize_logged_model("forest")
    >>> modelwright.set_logged_model_tags(model.model_id, {"team": "a"})
    >>> modelwright.get_logged_model(model.model_id).tags["team"]
    'a'
    """
    connect().set_logged_model_tags(model_id, tags)


def delete_logged_model_tag(model_id: str, key: str) -> None:
    """Remove a tag of a logged model.

    Args:
        model_id: Its id.
        key: The tag's name.

    Raises:
        NotFound: There is no such logged model, or it has no such tag.

    >>> import modelwright
    >>> model = modelwright.initialize_logged_model("forest", tags={"team": "a"})
    >>> modelwright.delete_logged_model_tag(model.model_id, "team")
    >>> "team" in modelwright.get_logged_model(model.model_id).tags
    False
    """
    connect().delete_logged_model_tag(model_id, key)


def log_model_params(params: dict[str, Any], model_id: str | None = None) -> None:
    """Add params to a logged model.

    Args:
        params: Names and values, kept as text.
        model_id: Its id; the active model when left out.

    Raises:
        NotFound: There is no such logged model.
        InvalidArgument: No logged model is active and none is given, or a key cannot be used.

    >>> import modelwright
    >>> model = modelwright.initialize_logged_model("forest")
    >>> modelwright.log_model_params({"depth": 3}, model.model_id)
    >>> modelwright.get_logged_model(model.model_id).params
    {'depth': '3'}
    """
    connect().log_model_params(measured.required_model(model_id), params)
