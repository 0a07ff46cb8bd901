"""From an address to the files it means: `runs:/`, `models:/`, `file:` and plain paths.

    models:/name/version ──registry──▶ logged model or source ──▶ a store and a key in it ──▶ a local path
    runs:/run/path ───────run store──▶ the run's files, else its logged model of that name ──▶ …

What lies in the configured tracking store has the origin "store"; everything else is a stranger's.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from ..core import uris
from ..core.errors import InvalidArgument, NotFound
from ..stores.artifacts.base import ArtifactStore, Local
from ..stores.open import open_artifacts
from . import files
from .client import MlflowClient, connect
from .client.artifacts import bring
from .entities import LoggedModel, ModelVersion

MLMODEL = "MLmodel"
META = "registered_model_meta"  # MLflow's note, in a copy, of the version it came from
PATH_TAG = "modelwright.artifact_path"  # of a logged model whose files lie at a path that is not its name


class Place(NamedTuple):
    """Where an address leads: a key in a store."""

    store: ArtifactStore
    key: str
    origin: str
    run_id: str | None = None
    model_id: str | None = None
    version: ModelVersion | None = None


class Resolved(NamedTuple):
    """A local path, and whose it is: "store" or "stranger"."""

    path: Path
    origin: str
    run_id: str | None = None
    model_id: str | None = None
    version: ModelVersion | None = None


def local_path(uri: str | Path, *, client: MlflowClient | None = None, dst_path: str | Path | None = None) -> Resolved:
    """A local path to what an address means; nothing is copied where it lies on this machine already.

    Args:
        uri: `runs:/run/path`, `models:/name/version`, `/stage`, `/latest`, `@alias`, `models:/m-…`, or a path.
        client: Whose stores to ask; those in force when left out.
        dst_path: A directory to copy the files into.

    Raises:
        NotFound: No such run, model, version or file; the message lists what is there.
        InvalidArgument: The address is malformed, or leads out of its root.
    """
    found = place(uri, client)
    to = None if dst_path is None else Path(dst_path, _name_in_copy(str(uri), found.key))
    try:
        path = bring(found.store, found.key, to)
    except NotFound as error:
        raise type(error)(f"{str(uri)!r} leads to nothing: {error.message}{uris.meant(str(uri))}") from error
    if found.version is not None and not _in_place(found, path) and (path / MLMODEL).is_file():
        (path / META).write_text(
            f"model_name: {found.version.name}\nmodel_version: '{found.version.version}'\n", "utf-8"
        )
    return Resolved(path, found.origin, found.run_id, found.model_id, found.version)


def place(uri: str | Path, client: MlflowClient | None = None) -> Place:
    """The store and key that an address means; that something is there is not looked at, except to choose."""
    text = uris.address(uri)
    client = client or connect()
    kind = uris.scheme(text)
    if kind == "runs":
        return _in_run(client, uris.parse_run(text))
    if kind == "models":
        return _of_model(client, uris.parse_model(text))
    path = uris.local_path(text)
    if path is None:
        head, _, name = text.rstrip("/").rpartition("/")
        return Place(open_artifacts(head), name, "stranger")
    path = path.expanduser().absolute()
    if path.is_dir():
        return Place(open_artifacts(uris.file_uri(path)), "", _origin(client, path))
    path = path.resolve()  # the user may point through a link; a key in a store may not
    return Place(open_artifacts(uris.file_uri(path.parent)), path.name, _origin(client, path))


def logged_place(client: MlflowClient, model: LoggedModel, path: str = "") -> Place:
    """Where a logged model's files are: at its own address, or among the files of the run that made it."""
    own = open_artifacts(model.artifact_location)
    if next(iter(own.list()), None) is not None:
        return Place(own, path, "store", model.source_run_id, model.model_id)
    if model.source_run_id:
        store = client.artifacts_of(model.source_run_id)
        key = model.tags.get(PATH_TAG, model.name)
        if model_id_at(store, key) == model.model_id:
            return Place(store, files.join(key, path), "store", model.source_run_id, model.model_id)
    raise NotFound(f"Logged model {model.model_id!r} ({model.name}) has no files; it is {model.status.value}")


def model_id_at(store: ArtifactStore, key: str) -> str | None:
    """The logged model whose files lie at `key`, told by its MLmodel file; None where there is none."""
    file = files.join(key, MLMODEL)
    if not files.exists(store, file):
        return None
    with store.open(file) as stream:
        for line in stream.read().decode("utf-8", "replace").splitlines():
            if line.startswith("model_id:"):
                return line.partition(":")[2].strip().strip("'\"")
    return None


def _in_run(client: MlflowClient, uri: uris.RunUri) -> Place:
    store = client.artifacts_of(uri.run_id)
    if not files.exists(store, uri.path):
        name, _, rest = uri.path.partition("/")
        model = _newest_of_run(client, uri.run_id, name)
        if model is not None:
            return logged_place(client, model, rest)
    return Place(store, uri.path, "store", uri.run_id)


def _of_model(client: MlflowClient, uri: uris.ModelUri) -> Place:
    if uri.model_id:
        return logged_place(client, client.get_logged_model(uri.model_id), uri.path)
    version = client.find_model_version(str(uri._replace(path="")))
    found = _of_version(client, version)
    return found._replace(key=files.join(found.key, uri.path), version=version)


def _of_version(client: MlflowClient, version: ModelVersion) -> Place:
    """A version's files. Its logged model goes before its source: the path may have been logged to again since."""
    if version.model_id:
        try:
            return logged_place(client, client.get_logged_model(version.model_id))
        except NotFound:
            pass  # deleted since; the source is what is left
    source = _source_of(client, version)
    found = place(source, client)
    path = uris.local_path(source)
    if version.model_id and model_id_at(found.store, found.key) != version.model_id:
        raise NotFound(
            f"The files of version {version.version} of {version.name!r} are gone: {source!r} holds another model now"
        )
    if found.origin == "store" or path is None or not version.run_id:
        return found
    root = client.artifacts_of(version.run_id)
    if isinstance(root, Local) and path.resolve().is_relative_to(root.path().resolve()):
        return found._replace(origin="store", run_id=version.run_id)
    return found


def _source_of(client: MlflowClient, version: ModelVersion) -> str:
    """A version's source; where that is another version, there must be an end to it."""
    source, seen = client.get_model_version_download_uri(version.name, version.version), {_address(version)}
    following = source
    while uris.scheme(following) == "models" and not (uri := uris.parse_model(following)).model_id:
        other = client.find_model_version(str(uri._replace(path="")))
        if _address(other) in seen:
            chain = " → ".join([*seen, _address(other)])
            raise InvalidArgument(f"Versions name each other as their source, so there are no files: {chain}")
        seen.add(_address(other))
        following = client.get_model_version_download_uri(other.name, other.version)
    return source


def _address(version: ModelVersion) -> str:
    return f"models:/{version.name}/{version.version}"


def _newest_of_run(client: MlflowClient, run_id: str, name: str) -> LoggedModel | None:
    run = client.get_run(run_id)
    found = []
    for model_id in {output.model_id for output in run.outputs.model_outputs}:
        with suppress(NotFound):  # another was logged in its place
            found.append(client.get_logged_model(model_id))
    named = [model for model in found if model.name == name]
    return max(named, key=lambda model: model.creation_timestamp, default=None)


def _origin(client: MlflowClient, path: Path) -> str:
    """ "store" for a path among the files of the tracking store, however it was reached."""
    root = client.root
    if root is None:
        return "stranger"
    return "store" if path.resolve().is_relative_to((root / "artifacts").resolve()) else "stranger"


def _name_in_copy(uri: str, key: str) -> str:
    """A copy of `models:/x/1` is its destination; a copy of anything else lies in it under its own name."""
    if uris.scheme(uri) == "models":
        return uris.parse_model(uri).path
    return PurePosixPath(key).name or Path(uri).name


def _in_place(found: Place, path: Path) -> bool:
    return isinstance(found.store, Local) and path == found.store.path(found.key)
