"""Models in the Python processes of Spark's executors: fetched and loaded once in each."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..core.frameworks import require
from ..models.containers import container
from ..models.datatypes import Object
from ..models.load import load_pyfunc
from ..models.pyfunc import PyFuncModel
from . import spark_results


@dataclass(frozen=True)
class Scoring:
    """All that an executor needs to know; what is decided on the driver is not asked again."""

    path: str  # of the model's directory, where all see it; else of the archive among Spark's files
    archived: bool
    trusted: bool
    type: Any  # Spark's, of the result
    params: Mapping[str, Any] | None = None
    config: str | None = None  # new values of the model's configuration, as JSON
    environment: Mapping[str, str] = field(default_factory=dict)


def scored(scoring: Scoring, batches: Iterator[Any]) -> Iterator[Any]:
    """The predictions for each batch of rows."""
    os.environ.update(scoring.environment)
    model = _loaded(scoring.path, scoring.archived, scoring.trusted, scoring.config)
    for batch in batches:
        columns = batch if isinstance(batch, tuple) else (batch,)
        frame = framed(columns, model)
        predictions = model.predict(frame, scoring.params) if len(frame) else None
        yield spark_results.converted(predictions, scoring.type, len(frame))


def framed(columns: tuple[Any, ...], model: PyFuncModel) -> Any:
    """The columns that a UDF was called with as one frame, under the names of the signature."""
    import pandas as pd

    schema = model.input_schema
    names = schema.input_names() if schema is not None else [str(place) for place in range(len(columns))]
    if schema is not None and schema.is_tensor_spec() and not schema.has_input_names():
        names = list(range(len(columns)))
    if len(columns) == 1 and container(columns[0]) == "frame":
        (frame,) = columns
        nested = schema is not None and len(schema) == 1 and isinstance(schema.input_types()[0], Object)
        if not nested or names[0] in frame.columns:
            return frame  # a struct of all columns
    values = [
        pd.Series(column.to_dict("records"), dtype=object) if container(column) == "frame" else _lists(column)
        for column in columns[: len(names)]
    ]
    return pd.DataFrame(dict(zip(names, values, strict=False)))


def _lists(column: Any) -> Any:
    """Arrays of arrays, which Arrow hands over as objects, as lists."""
    import pandas as pd

    first: Any = next((value for value in column if value is not None), None) if column.dtype == object else None
    if container(first) != "ndarray" or first.dtype != object:
        return column
    return pd.Series([_plain(value) for value in column], dtype=object)


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if container(value) == "ndarray" else value


@lru_cache(maxsize=4)
def _loaded(path: str, archived: bool, trusted: bool, config: str | None) -> PyFuncModel:
    root = _unpacked(path) if archived else Path(path)
    return load_pyfunc(root, trust=trusted, model_config=json.loads(config) if config else None)


def _unpacked(name: str) -> Path:
    """The directory in an archive, unpacked once for all processes of an executor."""
    archive = Path(require("spark").SparkFiles.get(name))
    target = archive.with_suffix("")
    if not target.is_dir():
        torn = Path(tempfile.mkdtemp(dir=archive.parent))
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(torn)
        try:
            torn.rename(target)
        except OSError:  # another process was quicker
            shutil.rmtree(torn, ignore_errors=True)
    return target
