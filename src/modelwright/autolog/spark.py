"""Spark's data sources: which files a program reads, in the tag `sparkDatasourceInfo` of its runs.

The active run gets the tag; what is read while there is none goes to every run that starts later. MLflow 2.16 hears of
reads from a listener in Spark's Java process, for which the session needs MLflow's JAR: it notes them when a job really
reads, whatever asked for it. Here they are noted when `spark.read` is asked for files, in plain Python.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any

from ..tracking import active, provenance
from .integration import Call, Family, Integration, Options, Session, Watch
from .memory import ByIdentity

log = logging.getLogger(__name__)
TAG = "sparkDatasourceInfo"
_READS = ("csv", "json", "orc", "parquet", "text")
_LONGEST = 5000  # characters of a tag that MLflow's stores take
_WHAT_IS_MISSED = (
    "autolog: files that spark.read.csv, json, orc, parquet, text and load are asked for are noted in the tag %s; "
    "tables, SQL, streams and versions of Delta tables are not: log them with log_input(data.from_spark(...))"
)

_unclaimed: dict[str, None] = {}  # lines of reads without an active run
_formats: ByIdentity[str] = ByIdentity()  # what readers were told by `.format(...)`
_lock = threading.Lock()
_told = threading.Event()


class Spark(Integration):
    name, imports = "spark", "pyspark"

    def configure(self, disable: bool = False, silent: bool = False) -> None:
        """Note in each run which files are read through `spark.read`.

        Tables, queries and streams are not noted; models of Spark are recorded by `modelwright.pyspark.ml.autolog`.

        >>> import modelwright
        >>> modelwright.spark.autolog()
        >>> modelwright.spark.autolog(disable=True)
        """
        if disable:
            with _lock:
                _unclaimed.clear()

    def watches(self, options: Options) -> Iterator[Watch | Family]:
        if _context not in provenance.contexts:
            provenance.contexts.append(_context)
        reader = "pyspark.sql.readwriter:DataFrameReader"
        yield Watch(f"{reader}.format", _format)
        yield Watch(f"{reader}.load", _load)
        for kind in _READS:
            yield Watch(f"{reader}.{kind}", _read(kind))


def _format(call: Call, session: Session) -> Any:
    reader = yield
    _formats.put(reader, str(call.arguments["source"]))


def _load(call: Call, session: Session) -> Any:
    given = call.arguments
    kind = given.get("format") or _formats.get(given["self"]) or "parquet"  # Spark's own default
    yield
    _note(given.get("path"), str(kind), session)


def _read(kind: str) -> Callable[[Call, Session], Generator[None, Any, None]]:
    def watcher(call: Call, session: Session) -> Generator[None, Any, None]:
        given = call.arguments
        yield
        _note(given.get("path") or given.get("paths"), kind, session)

    return watcher


def _note(paths: Any, kind: str, session: Session) -> None:
    several = [paths] if isinstance(paths, str) else paths if isinstance(paths, list | tuple) else []
    lines = [f"path={_qualified(path)},format={kind}" for path in several if isinstance(path, str)]
    if not lines:
        return  # rows in memory, or a source without files
    if not _told.is_set() and not session.options.get("silent"):
        _told.set()
        log.warning(_WHAT_IS_MISSED, TAG)
    run = active.active_run()
    with _lock:
        if run is None:
            _unclaimed.update(dict.fromkeys(lines))
            return
        before = run.client.get_run(run.info.run_id).data.tags.get(TAG, "").splitlines()
        run.client.set_tag(run.info.run_id, TAG, _text(dict.fromkeys([*before, *lines])))


def _context() -> Mapping[str, str]:
    with _lock:
        return {TAG: _text(_unclaimed)} if _unclaimed else {}


def _text(lines: Mapping[str, None]) -> str:
    text = "\n".join(lines)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def _qualified(path: str) -> str:
    """The path as Spark names it: "file:/tmp/data.csv"."""
    scheme, colon, _ = path.partition(":")
    return path if colon and "/" not in scheme else f"file:{os.path.abspath(path)}"
