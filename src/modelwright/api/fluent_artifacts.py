"""A run's files: copied, written, and tables read back."""

from __future__ import annotations

from os import PathLike
from typing import Any

from ..core import uris
from ..tracking.active import ensure_run, experiment_here, writing_to
from ..tracking.background import RunOperations
from ..tracking.client import connect


def log_artifact(local_path: str | PathLike[str], artifact_path: str | None = None, run_id: str | None = None) -> None:
    """Copy a file, or a directory under its own name, to a run's artifacts.

    Args:
        local_path: What to copy.
        artifact_path: The directory among the artifacts it goes to; their root when left out.
        run_id: The run, when not the active one.

    Raises:
        MissingFile: There is nothing at `local_path`.
        InvalidArgument: `artifact_path` leads out of the run's artifacts.
        NotFound: There is no run `run_id`.

    >>> import modelwright
    >>> with open("notes.txt", "w") as file:
    ...     _ = file.write("hello")
    >>> with modelwright.start_run() as run:
    ...     modelwright.log_artifact("notes.txt", "texts")
    >>> [file.path for file in modelwright.MlflowClient().list_artifacts(run.info.run_id, "texts")]
    ['texts/notes.txt']
    """
    client, run = writing_to(run_id)
    client.log_artifact(run, local_path, artifact_path)


def log_artifacts(local_dir: str | PathLike[str], artifact_path: str | None = None, run_id: str | None = None) -> None:
    """Copy what a directory holds to a run's artifacts.

    Args:
        local_dir: The directory.
        artifact_path: Where its content goes; the root of the artifacts when left out.
        run_id: The run, when not the active one.

    Raises:
        MissingFile: There is nothing at `local_dir`.
        InvalidArgument: `local_dir` is a file, or `artifact_path` leads out of the run's artifacts.
        NotFound: There is no run `run_id`.

    >>> import modelwright
    >>> import os
    >>> os.mkdir("notes")
    >>> with open("notes/today.txt", "w") as file:
    ...     _ = file.write("hello")
    >>> with modelwright.start_run() as run:
    ...     modelwright.log_artifacts("notes", "texts")
    >>> [file.path for file in modelwright.artifacts.list_artifacts(f"runs:/{run.info.run_id}/texts")]
    ['texts/today.txt']
    """
    client, run = writing_to(run_id)
    client.log_artifacts(run, local_dir, artifact_path)


def log_text(text: str, artifact_file: str, run_id: str | None = None) -> None:
    """Write a text to a run's artifacts, as UTF-8.

    Args:
        text: The text.
        artifact_file: Where it goes, such as "notes/today.txt".
        run_id: The run, when not the active one.

    Raises:
        InvalidArgument: `artifact_file` leads out of the run's artifacts, or is empty.
        NotFound: There is no run `run_id`.

    >>> import modelwright
    >>> with modelwright.start_run():
    ...     modelwright.log_text("hello", "notes/today.txt")
    ...     modelwright.artifacts.load_text(modelwright.get_artifact_uri("notes/today.txt"))
    'hello'
    """
    client, run = writing_to(run_id)
    client.log_text(run, text, artifact_file)


def log_dict(dictionary: Any, artifact_file: str, run_id: str | None = None) -> None:
    """Write a dictionary or list to a run's artifacts: YAML when the name ends in .yml or .yaml, else JSON.

    Args:
        dictionary: The data; what JSON does not know is written as text.
        artifact_file: Where it goes.
        run_id: The run, when not the active one.

    Raises:
        InvalidArgument: `artifact_file` leads out of the run's artifacts, or is empty.
        NotFound: There is no run `run_id`.

    >>> import modelwright
    >>> with modelwright.start_run():
    ...     modelwright.log_dict({"a": 1}, "facts.json")
    ...     modelwright.artifacts.load_dict(modelwright.get_artifact_uri("facts.json"))
    {'a': 1}
    """
    client, run = writing_to(run_id)
    client.log_dict(run, dictionary, artifact_file)


def log_figure(figure: Any, artifact_file: str, *, save_kwargs: dict[str, Any] | None = None) -> None:
    """Write a matplotlib or plotly figure to the active run's artifacts.

    Args:
        figure: The figure.
        artifact_file: Where it goes; the ending says the format.
        save_kwargs: Passed on to `savefig`, `write_html` or `write_image`.

    Raises:
        TypeError: The figure comes from neither of the two.
        InvalidArgument: `artifact_file` leads out of the run's artifacts, or is empty.
    """
    run = ensure_run()
    run.client.log_figure(run.info.run_id, figure, artifact_file, save_kwargs=save_kwargs)


def log_image(
    image: Any,
    artifact_file: str | None = None,
    key: str | None = None,
    step: int | None = None,
    timestamp: int | None = None,
    synchronous: bool | None = False,
) -> RunOperations | None:
    """Write a picture to the active run's artifacts: once as `artifact_file`, or as one of a series under `key`.

    Args:
        image: A numpy array, a PIL image or a `modelwright.Image`.
        artifact_file: Where it goes; not together with the others.
        key: The name of the series.
        step: Its place in the series; 0 when left out.
        timestamp: Milliseconds since 1970; now when left out.
        synchronous: True to return only when the picture of a series is written.

    Raises:
        TypeError: `artifact_file` and `key` are both given, or neither; or this is no image.
        InvalidArgument: The key or the name cannot be used, or the array holds what is no picture.
        MissingDependency: Pillow is not installed.

    >>> import modelwright
    >>> import numpy
    >>> with modelwright.start_run() as run:
    ...     modelwright.log_image(numpy.zeros((8, 8), "uint8"), "black.png")
    >>> [file.path for file in modelwright.MlflowClient().list_artifacts(run.info.run_id)]
    ['black.png']
    """
    run = ensure_run()
    return run.client.log_image(run.info.run_id, image, artifact_file, key, step, timestamp, synchronous)


def log_table(data: Any, artifact_file: str, run_id: str | None = None) -> None:
    """Write a table to a run's artifacts, below the rows it already has there.

    Args:
        data: A pandas DataFrame, or a dictionary of columns.
        artifact_file: Where it goes; ends in .json or .parquet.
        run_id: The run, when not the active one.

    Raises:
        InvalidArgument: The name has another ending, the data is neither of the two, or it does not fit the file.
        NotFound: There is no run `run_id`.

    >>> import modelwright
    >>> with modelwright.start_run():
    ...     modelwright.log_table({"x": [1, 2]}, "points.json")
    ...     modelwright.log_table({"x": [3]}, "points.json")
    >>> modelwright.load_table("points.json")["x"].tolist()
    [1, 2, 3]
    """
    client, run = writing_to(run_id)
    client.log_table(run, data, artifact_file)


def load_table(artifact_file: str, run_ids: list[str] | None = None, extra_columns: list[str] | None = None) -> Any:
    """The tables of several runs of the active experiment as one DataFrame.

    Args:
        artifact_file: The table's name.
        run_ids: Only these runs; all of the experiment when left out.
        extra_columns: What to add to each row of its run, such as "run_id" or "params.x".

    Raises:
        NotFound: No run has such a table.
        InvalidArgument: The name has another ending, or runs have no such column.

    >>> import modelwright
    >>> for depth in (1, 2):
    ...     with modelwright.start_run():
    ...         _ = modelwright.log_param("depth", depth)
    ...         modelwright.log_table({"loss": [1 / depth]}, "losses.json")
    >>> modelwright.load_table("losses.json", extra_columns=["params.depth"]).sort_values("loss").values.tolist()
    [[0.5, '2'], [1.0, '1']]
    """
    return connect().load_table(experiment_here(), artifact_file, run_ids, extra_columns)


def get_artifact_uri(artifact_path: str | None = None) -> str:
    """The address of the active run's files, or of one of them.

    Args:
        artifact_path: The file or directory.

    Raises:
        InvalidArgument: The path leads out of the run's artifacts.

    >>> import modelwright
    >>> with modelwright.start_run() as run:
    ...     modelwright.get_artifact_uri("model").endswith(f"{run.info.run_id}/artifacts/model")
    True
    """
    return uris.join(ensure_run().info.artifact_uri or "", artifact_path or "")
