"""Spark's session and file systems: where a model is written by executors, and read by them."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ...core.errors import Error, InvalidArgument
from ...core.frameworks import require
from ...core.settings import DFS_TMP

_SPECIAL = frozenset("[]{}*?,\\^")  # Hadoop reads such a path as a pattern, or as several paths


def current(*, start: bool = True) -> Any:
    """The session of this process; where there is none a local one with one thread, or None.

    Settings are given to a new session only: a session that is there belongs to the user, whatever thread asks.
    """
    sql = require("spark", "pyspark.sql")
    found = sql.SparkSession.getActiveSession()
    if found is not None:
        return found
    builder = sql.SparkSession.builder
    if require("spark").SparkContext._active_spark_context is not None:
        return builder.getOrCreate()
    if not start:
        return None
    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",  # a machine's own name need not lead back to it
        "spark.python.worker.reuse": "true",
        "spark.executor.allowSparkContext": "true",  # so that a Spark worker can load a model, too
        "spark.databricks.io.cache.enabled": "false",
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.master("local[1]").getOrCreate()


def write(pipeline: Any, target: Path, dfs_tmpdir: str | None) -> None:
    """Have Spark write a pipeline to a local directory.

    Executors of a cluster write to what they share, so there the files come by way of `dfs_tmpdir`.
    """
    spark = current()
    if dfs_tmpdir is None and spark.sparkContext.master.startswith("local"):
        with _writing():
            pipeline.save(_uri(target))
        return
    tmp = _temporary(dfs_tmpdir)
    path, files = _hadoop(spark, tmp)
    with _writing():
        pipeline.save(tmp)
        files.copyToLocalFile(True, path, _hadoop(spark, _uri(target))[0])
    if not any((target / "metadata").glob("part-*")):
        raise InvalidArgument(
            f"Spark wrote the model to '{tmp}', but its files are not there for this process to read; give a "
            f"dfs_tmpdir= that the driver and all executors share"
        )


def readable(source: Path, dfs_tmpdir: str | None) -> str:
    """An address under which Spark can read a local directory: itself, or a copy that the executors share."""
    spark = current()
    if dfs_tmpdir is None and spark.sparkContext.master.startswith("local"):
        return _uri(_plainly_named(source))
    tmp = _temporary(dfs_tmpdir)
    path, files = _hadoop(spark, tmp)
    files.copyFromLocalFile(False, _hadoop(spark, _uri(source))[0], path)
    files.deleteOnExit(path)  # not sooner: factors of an ALSModel are read when they are asked for
    return tmp


def reason(error: BaseException) -> str:
    """What Spark says went wrong, in one line."""
    inner = getattr(error, "java_exception", None)
    said = error if inner is None else inner.toString()
    return (str(said).strip().splitlines() or [type(error).__name__])[0]


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except (Error, ImportError, MemoryError):
        raise
    except Exception as error:
        raise InvalidArgument(f"Spark cannot write the model: {reason(error)}") from error


def _plainly_named(source: Path) -> Path:
    """The directory, or a copy of it under a name that means only itself to Hadoop."""
    if not _SPECIAL & set(str(source)):
        return source
    folder = Path(tempfile.mkdtemp(prefix="modelwright-spark-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(shutil.copytree(source, folder / source.name))


def _uri(path: Path) -> str:
    # Not as_uri(): Hadoop takes a space as it is, and %20 for three characters.
    return f"file://{path.absolute().as_posix()}"


def _temporary(dfs_tmpdir: str | None) -> str:
    return f"{(dfs_tmpdir or DFS_TMP.get()).rstrip('/')}/{uuid.uuid4()}"


def _hadoop(spark: Any, address: str) -> tuple[Any, Any]:
    """Hadoop's path for an address, and the file system it lies on."""
    path = spark._jvm.org.apache.hadoop.fs.Path(address)
    with suppress(AttributeError):
        return path, path.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration())
    raise InvalidArgument("Spark Connect has no access to files; use a session with a Spark context of its own")
