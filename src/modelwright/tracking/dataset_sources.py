"""Where a data set comes from: the code that made it, files, a web address, a Spark or Delta table."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from pathlib import Path, PurePosixPath
from typing import Any, Self

from ..core.errors import InvalidArgument, NotFound
from ..stores.open import open_artifacts
from . import provenance
from .client.artifacts import bring

_REMOTE = ("s3", "r2", "b2", "gs", "wasbs", "abfss", "ftp", "sftp", "hdfs", "viewfs", "dbfs", "mlflow-artifacts")


class DatasetSource(ABC):
    """Base of all sources; a subclass says its type, its dictionary, and how to load it."""

    @staticmethod
    @abstractmethod
    def _get_source_type() -> str: ...

    @abstractmethod
    def load(self) -> Any:
        """Fetch the data."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """What is recorded of the source, as JSON values."""

    @classmethod
    @abstractmethod
    def from_dict(cls, source_dict: dict[str, Any]) -> Self:
        """The source that was recorded."""

    def to_json(self) -> str:
        """The dictionary as JSON."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_json(cls, source_json: str) -> Self:
        """The source that was recorded, from JSON."""
        return cls.from_dict(json.loads(source_json))

    @staticmethod
    def _can_resolve(raw_source: Any) -> bool:
        """Whether this kind of source understands what the user gave."""
        return False

    @classmethod
    def _resolve(cls, raw_source: Any) -> Self:
        return cls.from_dict({"uri": str(raw_source)})


class CodeDatasetSource(DatasetSource):
    """The script or notebook that made the data."""

    def __init__(self, tags: dict[str, Any]) -> None:
        self._tags = tags

    @staticmethod
    def _get_source_type() -> str:
        return "code"

    def load(self, **kwargs: Any) -> Any:
        raise InvalidArgument(f"This data was made by code ({self._tags}); run that again, there is nothing to load")

    def to_dict(self) -> dict[str, Any]:
        return {"tags": self._tags}

    @classmethod
    def from_dict(cls, source_dict: dict[str, Any]) -> Self:
        return cls(source_dict.get("tags") or {})


class FileSystemDatasetSource(DatasetSource):
    """A file or directory, on this machine or in a storage service."""

    def __init__(self, uri: str) -> None:
        self._uri = uri

    @property
    def uri(self) -> str:
        return self._uri

    def load(self, dst_path: str | None = None) -> str:
        """A local path to the data, copied only when it is elsewhere or `dst_path` is given."""
        head, _, name = self._uri.rpartition("/") if self._uri.strip("/") else ("", "", "")
        store = open_artifacts(head or ("/" if self._uri.startswith("/") else "."))
        return str(bring(store, name, None if dst_path is None else Path(dst_path, name)))

    def to_dict(self) -> dict[str, Any]:
        return {"uri": self._uri}

    @classmethod
    def from_dict(cls, source_dict: dict[str, Any]) -> Self:
        return cls(_required(cls, source_dict, "uri"))


class LocalArtifactDatasetSource(FileSystemDatasetSource):
    """A file or directory on this machine."""

    @staticmethod
    def _get_source_type() -> str:
        return "local"

    @staticmethod
    def _can_resolve(raw_source: Any) -> bool:
        return isinstance(raw_source, Path) or _scheme(raw_source) in ("", "file")


class HTTPDatasetSource(DatasetSource):
    """Something on the web."""

    def __init__(self, url: str) -> None:
        self._url = url

    @property
    def url(self) -> str:
        return self._url

    @staticmethod
    def _get_source_type() -> str:
        return "http"

    def load(self, dst_path: str | None = None) -> str:
        """Download the data and return where it lies: in `dst_path`, or in a new directory."""
        import shutil
        import tempfile
        from urllib.parse import urlsplit
        from urllib.request import urlopen

        folder = Path(dst_path or tempfile.mkdtemp(prefix="modelwright-"))
        folder.mkdir(parents=True, exist_ok=True)
        with urlopen(self._url, timeout=120) as answer:
            said = answer.headers.get_filename() or PurePosixPath(urlsplit(self._url).path).name or "dataset_source"
            if said != PurePosixPath(said).name or "\\" in said or said in (".", ".."):
                raise InvalidArgument(f"{self._url} calls its file {said!r}, which is a path; nothing was written")
            with open(folder / said, "wb") as file:
                shutil.copyfileobj(answer, file)
        return str(folder / said)

    def to_dict(self) -> dict[str, Any]:
        return {"url": self._url}

    @classmethod
    def from_dict(cls, source_dict: dict[str, Any]) -> Self:
        return cls(_required(cls, source_dict, "url"))

    @staticmethod
    def _can_resolve(raw_source: Any) -> bool:
        return _scheme(raw_source) in ("http", "https")

    @classmethod
    def _resolve(cls, raw_source: Any) -> Self:
        return cls(str(raw_source))


class SparkDatasetSource(DatasetSource):
    """What a Spark session can read: a path, a table, or the answer to a query.

    Args:
        path: Where files lie.
        table_name: A table of the session's catalog.
        sql: A query.
    """

    def __init__(self, path: str | None = None, table_name: str | None = None, sql: str | None = None) -> None:
        self._given = {"path": path, "table_name": table_name, "sql": sql}
        if (path, table_name, sql).count(None) != 2:
            raise InvalidArgument(f"A Spark source is one of path, table_name and sql; got {self._given!r}")

    @staticmethod
    def _get_source_type() -> str:
        return "spark"

    def load(self, **kwargs: Any) -> Any:
        """The Spark frame; files are read in the session's default format, unless `format=` says otherwise."""
        spark = _session()
        if self._given["sql"] is not None:
            return spark.sql(self._given["sql"])
        if self._given["table_name"] is not None:
            return spark.read.table(self._given["table_name"])
        return spark.read.load(self._given["path"], **kwargs)

    def to_dict(self) -> dict[str, Any]:
        return {key: value for key, value in self._given.items() if value is not None}

    @classmethod
    def from_dict(cls, source_dict: dict[str, Any]) -> Self:
        return cls(*(source_dict.get(key) for key in ("path", "table_name", "sql")))


class DeltaDatasetSource(DatasetSource):
    """A Delta table, by its path or its name in the session's catalog.

    Args:
        path: Where the table lies.
        delta_table_name: Its name.
        delta_table_version: Which version of it.
        delta_table_id: What a catalog calls it.
    """

    def __init__(
        self,
        path: str | None = None,
        delta_table_name: str | None = None,
        delta_table_version: int | None = None,
        delta_table_id: str | None = None,
    ) -> None:
        if (path, delta_table_name).count(None) != 1:
            raise InvalidArgument(f"A Delta source is either path={path!r} or delta_table_name={delta_table_name!r}")
        self.path, self.delta_table_name = path, delta_table_name
        self.delta_table_version, self.delta_table_id = delta_table_version, delta_table_id

    @staticmethod
    def _get_source_type() -> str:
        return "delta_table"

    def load(self, **kwargs: Any) -> Any:
        """The Spark frame of this version of the table."""
        reader = _session().read.format("delta")
        if self.delta_table_version is not None:
            reader = reader.option("versionAsOf", self.delta_table_version)
        return reader.table(self.delta_table_name) if self.path is None else reader.load(self.path)

    def to_dict(self) -> dict[str, Any]:
        keys = ("path", "delta_table_name", "delta_table_version", "delta_table_id")
        return {key: value for key in keys if (value := getattr(self, key)) is not None}

    @classmethod
    def from_dict(cls, source_dict: dict[str, Any]) -> Self:
        keys = ("path", "delta_table_name", "delta_table_version", "delta_table_id")
        return cls(*(source_dict.get(key) for key in keys))


def _session() -> Any:
    from pyspark.sql import SparkSession

    return SparkSession.builder.getOrCreate()


def _remote(scheme: str) -> type[FileSystemDatasetSource]:
    """The kind of source for one storage scheme, under MLflow's class name."""

    class Remote(FileSystemDatasetSource):
        @staticmethod
        def _get_source_type() -> str:
            return scheme

        @staticmethod
        def _can_resolve(raw_source: Any) -> bool:
            return _scheme(raw_source) == scheme

    Remote.__name__ = Remote.__qualname__ = f"{scheme.replace('-', '').capitalize()}ArtifactDatasetSource"
    Remote.__doc__ = f"Files at a {scheme}:// address."
    return Remote


SOURCES: list[type[DatasetSource]] = [
    LocalArtifactDatasetSource,
    *map(_remote, _REMOTE),
    HTTPDatasetSource,
    CodeDatasetSource,
    SparkDatasetSource,
    DeltaDatasetSource,
]


def register_dataset_source(source: type[DatasetSource]) -> None:
    """Let a kind of source of your own be found; the one registered last is asked first.

    Args:
        source: A subclass of `DatasetSource`.
    """
    SOURCES.append(source)


def resolve_dataset_source(raw_source: Any) -> DatasetSource:
    """The source that a user's text, path or DatasetSource means; the running code for None."""
    if raw_source is None:
        return CodeDatasetSource(dict(provenance.origin_tags()))
    if isinstance(raw_source, DatasetSource):
        return raw_source
    for kind in reversed(SOURCES):
        if kind._can_resolve(raw_source):
            return kind._resolve(raw_source)
    raise NotFound(f"Nothing knows the data source {raw_source!r}; give a path, an address or a DatasetSource")


def dataset_source_from_json(source_json: str, source_type: str) -> DatasetSource:
    """The source that was recorded under this type."""
    for kind in reversed(SOURCES):
        if kind._get_source_type() == source_type:
            return kind.from_json(source_json)
    known = ", ".join(sorted({kind._get_source_type() for kind in SOURCES}))
    raise NotFound(f"Data source type {source_type!r} is not known; there are {known}. See register_dataset_source")


def _scheme(raw_source: Any) -> str | None:
    if not isinstance(raw_source, str):
        return None
    scheme, colon, _ = raw_source.partition(":")
    return scheme.lower() if colon and len(scheme) > 1 and "/" not in scheme else ""


def _required(kind: type[DatasetSource], source_dict: dict[str, Any], key: str) -> str:
    value = source_dict.get(key)
    if value is None:
        raise InvalidArgument(f"The recorded {kind.__name__} has no {key!r}; it holds {source_dict!r}")
    return str(value)
