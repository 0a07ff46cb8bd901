"""Spark frames as data sets: the plan's fingerprint, the columns and about how many rows; nothing is collected."""

from __future__ import annotations

import hashlib
import logging
from functools import cached_property
from pathlib import Path
from typing import Any

from ..core.errors import InvalidArgument
from ..core.given import shown
from ..models.containers import container
from ..models.infer import infer_schema
from ..models.schema import Schema
from .dataset_sources import DatasetSource, DeltaDatasetSource, SparkDatasetSource, resolve_dataset_source
from .datasets import Dataset

log = logging.getLogger(__name__)
_COUNTING = 5000  # milliseconds


class SparkDataset(Dataset):
    """A Spark DataFrame.

    Args:
        df: The frame.
        source: Where it comes from.
        targets: The column to be learned.
        name: What to call it; "dataset" when left out.
        digest: Its fingerprint; that of the frame's plan when left out.
        predictions: The column with a model's predictions.
    """

    def __init__(
        self,
        df: Any,
        source: DatasetSource,
        targets: str | None = None,
        name: str | None = None,
        digest: str | None = None,
        predictions: str | None = None,
    ) -> None:
        if container(df) != "spark":
            raise InvalidArgument(f"{shown(df)} is no Spark DataFrame; for pandas use from_pandas")
        for role, column in (("targets", targets), ("predictions", predictions)):
            if column is not None and column not in df.columns:
                raise InvalidArgument(f"The frame has no {role} column {column!r}; it has {list(df.columns)}")
        self.df, self.targets, self.predictions = df, targets, predictions
        super().__init__(source, name, digest)

    def _compute_digest(self) -> str:
        plan = int(self.df.semanticHash()).to_bytes(8, "little", signed=True)
        return hashlib.md5(plan, usedforsecurity=False).hexdigest()[:8]

    @cached_property
    def profile(self) -> dict[str, Any] | None:  # counting is a job: once is enough
        """About how many rows there are; "unknown" if counting took too long, None without a Java process."""
        try:
            rows = self.df._jdf.queryExecution().toRdd()
            count = int(rows.countApprox(_COUNTING, 0.9).initialValue().mean())
        except Exception as error:
            log.warning("the rows of the Spark data set were not counted: %s", str(error).partition("\n")[0])
            return None
        return {"approx_count": count if count > 0 else "unknown"}

    @cached_property
    def schema(self) -> Schema | None:
        try:
            return infer_schema(self.df)
        except Exception as error:
            log.warning("the data set's schema was not recorded: %s", error)
            return None

    def _schema_dict(self) -> Any:
        return None if self.schema is None else {"mlflow_colspec": self.schema.to_dict()}


def from_spark(
    df: Any,
    path: str | None = None,
    table_name: str | None = None,
    version: str | int | None = None,
    sql: str | None = None,
    targets: str | None = None,
    name: str | None = None,
    digest: str | None = None,
    predictions: str | None = None,
) -> SparkDataset:
    """A data set of a Spark DataFrame. At most one of `path`, `table_name` and `sql` says where it comes from.

    Args:
        df: The frame; about how many rows it has is counted, nothing is collected.
        path: The files or the Delta table it was read from; the running code is the source when none is given.
        table_name: The table it was read from.
        version: The version of a Delta table; its latest when left out.
        sql: The query it is the answer to.
        targets: The column to be learned.
        name: What to call it; "dataset" when left out.
        digest: Its fingerprint; that of the frame's plan when left out.
        predictions: The column with a model's predictions.

    Raises:
        InvalidArgument: More than one source is given, `version` for what is no Delta table, or the frame has no column
            `targets` or `predictions`.
    """
    given = {"path": path, "table_name": table_name, "sql": sql}
    named = [key for key, value in given.items() if value is not None]
    if len(named) > 1:
        raise InvalidArgument(f"Pass at most one of path, table_name and sql, not {' and '.join(named)}")
    source = _source(version=version, **given) if named else resolve_dataset_source(None)
    return SparkDataset(df, source, targets, name, digest, predictions)


def load_delta(
    path: str | None = None,
    table_name: str | None = None,
    version: str | int | None = None,
    targets: str | None = None,
    name: str | None = None,
    digest: str | None = None,
) -> SparkDataset:
    """Read a Delta table as a data set; the Spark session needs Delta's JAR.

    Args:
        path: Where the table lies; or else give its name.
        table_name: Its name.
        version: Which version of it; the latest when left out.
        targets: The column to be learned.
        name: What to call it; "dataset" when left out.
        digest: Its fingerprint; that of the frame's plan when left out.

    Raises:
        InvalidArgument: Not exactly one of `path` and `table_name` is given.
    """
    source = _delta(path, table_name, version)
    return SparkDataset(source.load(), source, targets, name, digest)


def _source(*, path: str | None, table_name: str | None, sql: str | None, version: str | int | None) -> DatasetSource:
    if path is not None and (Path(path) / "_delta_log").is_dir():
        return _delta(path, None, version)
    if table_name is not None and version is not None:
        return _delta(None, table_name, version)  # only Delta's tables have versions
    if version is not None:
        raise InvalidArgument(
            f"version={version!r} is for Delta tables; {path if sql is None else 'a query'!r} is none, so leave it out"
        )
    return SparkDatasetSource(path, table_name, sql)


def _delta(path: str | None, table_name: str | None, version: str | int | None) -> DeltaDatasetSource:
    if version is None and path is not None:
        log_files = (Path(path) / "_delta_log").glob("*.json")  # one for each version, by its number
        version = max((int(file.stem) for file in log_files if file.stem.isdigit()), default=None)
    return DeltaDatasetSource(path, table_name, None if version is None else int(version))
