"""From logged files to a version of a registered model."""

from __future__ import annotations

from typing import Any

from ..core import uris
from ..core.errors import InvalidArgument, NotFound
from . import files
from .client import MlflowClient, connect
from .entities import ModelVersion
from .resolve import MLMODEL, Place, model_id_at, place


def register_model(
    model_uri: str,
    name: str,
    await_registration_for: int | None = 300,
    *,
    tags: dict[str, Any] | None = None,
    client: MlflowClient | None = None,
) -> ModelVersion:
    """Make a logged or saved model a version of the registered model `name`, which is made when there is none.

    Args:
        model_uri: `runs:/run/path`, `models:/m-…`, another version, or a local path.
        name: The registered model.
        await_registration_for: Seconds to wait until the version is ready; our stores are at once.
        tags: The version's first tags.
        client: The stores to use, when not those in force.

    Raises:
        NotFound: There is no model at `model_uri`.
        InvalidArgument: The address or the name cannot be used.

    >>> import modelwright
    >>> with modelwright.start_run():
    ...     info = modelwright.pyfunc.log_model("model", python_model=lambda data: data, pip_requirements=[])
    >>> version = register_model(info.model_uri, "echo")
    >>> version.name, version.version
    ('echo', 1)
    """
    client = client or connect()
    found = place(model_uri, client)
    if not files.exists(found.store, files.join(found.key, MLMODEL)):
        raise NotFound(f"{model_uri!r} is not a model directory: it has no {MLMODEL} file; log a model there first")
    model_id = found.model_id
    if model_id is None and found.origin == "store":
        model_id = model_id_at(found.store, found.key)
    client.ensure_registered_model(name)
    return client.create_model_version(
        name,
        _source(client, model_uri, found),
        found.run_id,
        tags,
        await_creation_for=await_registration_for,
        model_id=model_id,
    )


def _source(client: MlflowClient, uri: str, found: Place) -> str:
    """The address to record: where the files lie, as MLflow 2.16 writes it; a logged model's own as 3.x does."""
    kind = uris.scheme(uri)
    if kind == "runs" and found.run_id and found.model_id is None:
        return uris.join(client.get_run(found.run_id).info.artifact_uri or "", found.key)
    if kind == "runs":
        return f"models:/{found.model_id}"
    if kind == "models":
        return uri.rstrip("/") if found.version is None else f"models:/{found.version.name}/{found.version.version}"
    path = uris.local_path(uri)
    if path is None:
        raise InvalidArgument(f"{uri!r} cannot be registered; give runs:/run/path, models:/m-… or a local path")
    return uris.file_uri(path.expanduser())
