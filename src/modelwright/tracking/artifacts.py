"""Artifacts by address: the public `mlflow.artifacts`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..core.errors import InvalidArgument
from . import files
from .client import MlflowClient, connect
from .entities import FileInfo
from .resolve import local_path, place


def download_artifacts(
    artifact_uri: str | None = None,
    run_id: str | None = None,
    artifact_path: str | None = None,
    dst_path: str | None = None,
    tracking_uri: str | None = None,
) -> str:
    """A local path to artifacts, copied only when they are not on this machine or `dst_path` is given.

    Args:
        artifact_uri: `runs:/run/path`, `models:/name/version`, a path …; this or `run_id`.
        run_id: The run whose files are meant.
        artifact_path: With `run_id`: the file or directory; everything when left out.
        dst_path: The directory to copy into.
        tracking_uri: Where the run is, when not in the store in force.

    Raises:
        InvalidArgument: Both or neither of `artifact_uri` and `run_id` are given, or the address cannot be read.
        NotFound: There is no such run, model or file.

    >>> import modelwright, pathlib
    >>> with modelwright.start_run() as run:
    ...     modelwright.log_text("hello", "notes/a.txt")
    >>> pathlib.Path(download_artifacts(f"runs:/{run.info.run_id}/notes/a.txt")).read_text()
    'hello'
    """
    client = _client(tracking_uri)
    if _uri_or_run(artifact_uri, run_id, artifact_path):
        return str(local_path(artifact_uri or "", client=client, dst_path=dst_path).path)
    return client.download_artifacts(run_id or "", artifact_path or "", dst_path)


def list_artifacts(
    artifact_uri: str | None = None,
    run_id: str | None = None,
    artifact_path: str | None = None,
    tracking_uri: str | None = None,
) -> list[FileInfo]:
    """The files and directories directly under an address; nothing where that is a file.

    Args:
        artifact_uri: `runs:/run/path`, `models:/name/version`, a path …; this or `run_id`.
        run_id: The run whose files are meant.
        artifact_path: With `run_id`: the directory.
        tracking_uri: Where the run is, when not in the store in force.

    Raises:
        InvalidArgument: Both or neither of `artifact_uri` and `run_id` are given, or the address cannot be read.
        NotFound: There is no such run, model or directory.

    >>> import modelwright
    >>> with modelwright.start_run() as run:
    ...     modelwright.log_text("hello", "notes/a.txt")
    >>> [file.path for file in list_artifacts(f"runs:/{run.info.run_id}/notes")]
    ['notes/a.txt']
    """
    client = _client(tracking_uri)
    if not _uri_or_run(artifact_uri, run_id, artifact_path):
        return client.list_artifacts(run_id or "", artifact_path)
    found = place(artifact_uri or "", client)
    if not files.exists(found.store, found.key):
        raise files.missing(found.store, found.key)
    return [FileInfo(*entry) for entry in found.store.list(found.key)]


def load_text(artifact_uri: str) -> str:
    """The text of an artifact, read as UTF-8.

    Args:
        artifact_uri: `runs:/run/path`, `models:/name/version/path`, a path …

    Raises:
        NotFound: There is no such run, model or file.
        UnicodeDecodeError: The file is no UTF-8 text.

    >>> import modelwright
    >>> with modelwright.start_run() as run:
    ...     modelwright.log_text("hello", "a.txt")
    >>> load_text(f"runs:/{run.info.run_id}/a.txt")
    'hello'
    """
    return _path(artifact_uri).read_text("utf-8")


def load_dict(artifact_uri: str) -> Any:
    """The content of a JSON artifact, or of a YAML one by its ending.

    Args:
        artifact_uri: `runs:/run/path`, `models:/name/version/path`, a path …

    Raises:
        NotFound: There is no such run, model or file.
        InvalidArgument: The file is no JSON.

    >>> import modelwright
    >>> with modelwright.start_run() as run:
    ...     modelwright.log_dict({"a": 1}, "facts.json")
    >>> load_dict(f"runs:/{run.info.run_id}/facts.json")
    {'a': 1}
    """
    path = _path(artifact_uri)
    text = path.read_text("utf-8")
    try:
        if path.suffix in (".yml", ".yaml"):
            import yaml  # only this ending needs it

            return yaml.safe_load(text)
        return json.loads(text)
    except ValueError as error:
        raise InvalidArgument(f"{artifact_uri!r} is not JSON: {error}; use load_text") from error


def load_image(artifact_uri: str) -> Any:
    """An image artifact as a PIL image.

    Args:
        artifact_uri: `runs:/run/path`, `models:/name/version/path`, a path …

    Raises:
        NotFound: There is no such run, model or file.

    >>> import modelwright, numpy
    >>> with modelwright.start_run() as run:
    ...     modelwright.log_image(numpy.zeros((4, 8), "uint8"), "black.png")
    >>> load_image(f"runs:/{run.info.run_id}/black.png").size
    (8, 4)
    """
    from PIL import Image

    image = Image.open(_path(artifact_uri))
    image.load()  # lets go of the file
    return image


def _path(artifact_uri: str) -> Path:
    return local_path(artifact_uri).path


def _client(tracking_uri: str | None) -> MlflowClient:
    return connect() if tracking_uri is None else MlflowClient(tracking_uri)


def _uri_or_run(artifact_uri: str | None, run_id: str | None, artifact_path: str | None) -> bool:
    """Whether the address counts, not the run; both or neither is refused."""
    if (artifact_uri is None) == (run_id is None):
        raise InvalidArgument(f"artifact_uri={artifact_uri!r} and run_id={run_id!r} are given; give one of the two")
    if artifact_uri is not None and artifact_path is not None:
        raise InvalidArgument(f"artifact_path={artifact_path!r} goes with run_id; write it into artifact_uri instead")
    return artifact_uri is not None
