"""A run's files through the client."""

from __future__ import annotations

import json
import os
from os import PathLike
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import uuid4

from ...core.errors import InvalidArgument, MissingFile, NotFound
from ...core.given import shown
from ...core.paths import relative
from ...stores.artifacts import transfer
from ...stores.artifacts.base import ArtifactStore, Local
from .. import documents, files, images, tables
from ..background import RunOperations
from ..entities import FileInfo, Run
from .base import now, write
from .runs import Runs

LOGGED_ARTIFACTS = "mlflow.loggedArtifacts"
LOGGED_IMAGES = "mlflow.loggedImages"
_KEY_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./ ")


class Artifacts(Runs):
    def log_artifact(self, run_id: str, local_path: str | PathLike[str], artifact_path: str | None = None) -> None:
        """Copy a file (or a directory, under its own name) to a run's artifacts.

        Args:
            run_id: The run.
            local_path: What to copy; `NotFound` when it is not there.
            artifact_path: The directory among the artifacts it goes to; their root when left out.

        Raises:
            NotFound: There is no such run.
            MissingFile: There is nothing at `local_path`.
            InvalidArgument: `artifact_path` leads out of the run's artifacts.
        """
        local = _present(local_path)
        transfer.upload(self.artifacts_of(run_id), local, files.join(artifact_path, local.resolve().name))

    def log_artifacts(self, run_id: str, local_dir: str | PathLike[str], artifact_path: str | None = None) -> None:
        """Copy what a directory holds to a run's artifacts, under `artifact_path`.

        Args:
            run_id: The run.
            local_dir: The directory.
            artifact_path: Where its content goes; the root of the artifacts when left out.

        Raises:
            NotFound: There is no such run.
            MissingFile: There is nothing at `local_dir`.
            InvalidArgument: `local_dir` is a file, or `artifact_path` leads out of the run's artifacts.
        """
        local = _present(local_dir)
        if not local.is_dir():
            raise InvalidArgument(f"{os.fspath(local_dir)!r} is a file, not a directory; use log_artifact")
        transfer.upload(self.artifacts_of(run_id), local, files.join(artifact_path))

    def log_text(self, run_id: str, text: str, artifact_file: str) -> None:
        """Write a text to a run's artifacts, as UTF-8.

        Args:
            run_id: The run.
            text: The text.
            artifact_file: Where it goes, such as "notes/today.txt".

        Raises:
            NotFound: There is no such run.
            InvalidArgument: `artifact_file` leads out of the run's artifacts, or is empty.

        >>> import modelwright
        >>> client = modelwright.MlflowClient()
        >>> run = client.create_run("0").info.run_id
        >>> client.log_text(run, "hello", "notes/today.txt")
        >>> [file.path for file in client.list_artifacts(run, "notes")]
        ['notes/today.txt']
        """
        with files.writing(self.artifacts_of(run_id), artifact_file) as path:
            path.write_text(text, "utf-8")

    def log_dict(self, run_id: str, dictionary: Any, artifact_file: str) -> None:
        """Write a dictionary or list to a run's artifacts: YAML when the name ends in .yml or .yaml, else JSON.

        Args:
            run_id: The run.
            dictionary: The data; what JSON does not know is written as text.
            artifact_file: Where it goes; the ending says the format.

        Raises:
            NotFound: There is no such run.
            InvalidArgument: `artifact_file` leads out of the run's artifacts, or is empty.
        """
        self.log_text(run_id, documents.text(dictionary, artifact_file), artifact_file)

    def log_figure(
        self, run_id: str, figure: Any, artifact_file: str, *, save_kwargs: dict[str, Any] | None = None
    ) -> None:
        """Write a matplotlib or plotly figure to a run's artifacts.

        Args:
            run_id: The run.
            figure: The figure.
            artifact_file: Where it goes; the ending says the format.
            save_kwargs: Passed on to `savefig`, `write_html` or `write_image`.

        Raises:
            NotFound: There is no such run.
            TypeError: The figure comes from neither of the two.
            InvalidArgument: `artifact_file` leads out of the run's artifacts, or is empty.
        """
        with files.writing(self.artifacts_of(run_id), artifact_file) as path:
            images.save_figure(figure, path, **(save_kwargs or {}))

    def log_image(
        self,
        run_id: str,
        image: Any,
        artifact_file: str | None = None,
        key: str | None = None,
        step: int | None = None,
        timestamp: int | None = None,
        synchronous: bool | None = None,
    ) -> RunOperations | None:
        """Write a picture to a run's artifacts: once as `artifact_file`, or as one of a series under `key`.

        Args:
            run_id: The run.
            image: A numpy array, a PIL image or a `modelwright.Image`.
            artifact_file: Where it goes; not together with the others.
            key: The name of the series; letters, digits, spaces and `_-./`.
            step: Its place in the series; 0 when left out.
            timestamp: Milliseconds since 1970; now when left out.
            synchronous: False to return at once, with something to `wait()` for.

        Raises:
            NotFound: There is no such run.
            TypeError: `artifact_file` and `key` are both given, or neither; or this is no image.
            InvalidArgument: The key or the name cannot be used, or the array holds what is no picture.
            MissingDependency: Pillow is not installed.
        """
        if (artifact_file is None) == (key is None):
            raise TypeError(f"log_image got artifact_file={artifact_file!r} and key={key!r}; give one of the two")
        if artifact_file is not None and (step is not None or timestamp is not None):
            raise TypeError("log_image got artifact_file with step or timestamp; those belong to key")
        picture, store = images.to_pil(image), self.artifacts_of(run_id)
        if artifact_file is not None:
            with files.writing(store, artifact_file) as path:
                picture.save(path)
            return None
        stem = _series(key or "", step or 0, timestamp or now())
        picture = picture if synchronous or synchronous is None else picture.copy()  # the caller may draw on

        def save() -> None:
            _save(store, f"{stem}.png", picture)
            _save(store, f"{stem}%compressed.webp", images.thumbnail(picture))
            self.set_tag(run_id, LOGGED_IMAGES, True, synchronous=True)

        return write(save, synchronous)

    def log_table(self, run_id: str, data: Any, artifact_file: str) -> None:
        """Write a table to a run's artifacts, below the rows it already has there.

        Args:
            run_id: The run.
            data: A pandas DataFrame, or a dictionary of columns; images in it are stored beside the table.
            artifact_file: Where it goes; ends in .json or .parquet.

        Raises:
            NotFound: There is no such run.
            InvalidArgument: The name has another ending, the data is neither of the two, or it does not fit the file.
        """
        tables.check_name(artifact_file)
        store, key = self.artifacts_of(run_id), relative(artifact_file)
        folder = f"table_images/{key.rpartition('.')[0]}"
        table = tables.replace_images(tables.frame(data), images.is_image, lambda image: _cell(store, folder, image))
        with files.writing(store, key) as path:
            before = (
                files.fetch(store, key, path.with_name(f"before{path.suffix}")) if files.exists(store, key) else None
            )
            tables.write(table, path, before)
        listed = json.loads(self.get_run(run_id).data.tags.get(LOGGED_ARTIFACTS, "[]"))
        if (entry := {"path": artifact_file, "type": "table"}) not in listed:
            self.set_tag(run_id, LOGGED_ARTIFACTS, json.dumps([*listed, entry]), synchronous=True)

    def load_table(
        self,
        experiment_id: str,
        artifact_file: str,
        run_ids: list[str] | None = None,
        extra_columns: list[str] | None = None,
    ) -> Any:
        """The tables of several runs as one DataFrame; `NotFound` when none of the runs has it.

        Args:
            experiment_id: Where to look for runs.
            artifact_file: The table's name.
            run_ids: Only these runs; all of the experiment when left out.
            extra_columns: What to add to each row of its run: "run_id", "params.x", "metrics.y", "tags.z" …

        Raises:
            NotFound: No run has such a table.
            InvalidArgument: The name has another ending, or runs have no such column.
        """
        import pandas

        tables.check_name(artifact_file)
        found = []
        for run in self._with_table(experiment_id, artifact_file, run_ids):
            store = self.artifacts_of(run.info.run_id)
            with files.scratch(store) as root:
                table = tables.read(files.fetch(store, artifact_file, root / PurePosixPath(artifact_file).name))
            for column in extra_columns or ():
                table[column] = _run_value(run, column)
            found.append(table)
        if not found:
            raise NotFound(f"No run of experiment {experiment_id!r} has a table {artifact_file!r}; see log_table")
        return pandas.concat(found, ignore_index=True)

    def list_artifacts(self, run_id: str, path: str | None = None) -> list[FileInfo]:
        """The files and directories directly under `path`; nothing where that is a file.

        Args:
            run_id: The run.
            path: The directory; the root of the artifacts when left out.

        Raises:
            NotFound: There is no such run.
        """
        return [FileInfo(*entry) for entry in self.artifacts_of(run_id).list(files.join(path))]

    def download_artifacts(self, run_id: str, path: str, dst_path: str | None = None) -> str:
        """A local path to a run's file or directory, copied only when it is not on this machine or `dst_path` is given.

        Args:
            run_id: The run.
            path: The file or directory; "" for everything.
            dst_path: The directory it is copied into, under the same relative path.

        Raises:
            NotFound: There is no such run.
            MissingFile: The run has no such file or directory.
        """
        store, key = self.artifacts_of(run_id), files.join(path)
        return str(bring(store, key, Path(dst_path, key) if dst_path is not None else None))

    def _with_table(self, experiment_id: str, artifact_file: str, run_ids: list[str] | None) -> list[Run]:
        if run_ids:
            runs = [self.get_run(run_id) for run_id in run_ids]
        else:
            runs, token = [], None
            filter_string = f"tags.`{LOGGED_ARTIFACTS}` LIKE '%{artifact_file}%'"
            while True:
                page = self.search_runs([experiment_id], filter_string, page_token=token)
                runs += page
                token = page.token
                if token is None:
                    break
        entry = {"path": artifact_file, "type": "table"}
        return [run for run in runs if entry in json.loads(run.data.tags.get(LOGGED_ARTIFACTS, "[]"))]


def bring(store: ArtifactStore, key: str, to: Path | None) -> Path:
    """A local path to what lies at `key`: where it is, or a copy at `to`."""
    if to is not None:
        return files.fetch(store, key, to)
    if isinstance(store, Local):
        path = store.path(key)
        if not path.exists():
            raise files.missing(store, key)
        return path
    import tempfile

    return files.fetch(
        store, key, Path(tempfile.mkdtemp(prefix="modelwright-")) / PurePosixPath(key or "artifacts").name
    )


def _present(local_path: str | PathLike[str]) -> Path:
    if not isinstance(local_path, str | PathLike):
        raise InvalidArgument(f"{shown(local_path)} is no path; give an existing file or directory")
    local = Path(local_path)
    if not local.exists():
        raise MissingFile(f"There is nothing at {os.fspath(local_path)!r} to log; give an existing file or directory")
    return local


def _series(key: str, step: int, timestamp: int) -> str:
    """MLflow's file name for one picture of a series, which its page takes apart again."""
    if not key or not _KEY_SIGNS.issuperset(key):
        raise InvalidArgument(f"The image key {key!r} may hold letters, digits, spaces and _-./ only")
    return f"images/{key.replace('/', '#')}%step%{step}%timestamp%{timestamp}%{uuid4()}"


def _save(store: ArtifactStore, key: str, picture: Any) -> None:
    with files.writing(store, key) as path:
        picture.save(path)


def _cell(store: ArtifactStore, folder: str, image: Any) -> dict[str, str]:
    """One picture of a table, stored in full and small."""
    picture = images.to_pil(image)
    stem = f"{folder}/{uuid4()}"
    full, small = f"{stem}.png", f"{stem}.webp"
    _save(store, full, picture)
    _save(store, small, images.thumbnail(picture))
    return {"type": "image", "filepath": full, "compressed_filepath": small}


def _run_value(run: Run, column: str) -> Any:
    kind, dot, key = column.partition(".")
    if dot and kind in ("params", "metrics", "tags"):
        return getattr(run.data, kind).get(key)
    if column in ("start_time", "end_time"):
        import pandas

        return pandas.to_datetime(getattr(run.info, column), unit="ms", utc=True)
    if hasattr(run.info, column):
        return getattr(run.info, column)
    raise InvalidArgument(f"Runs have no column {column!r}; use params.x, metrics.x, tags.x or a field such as run_id")
