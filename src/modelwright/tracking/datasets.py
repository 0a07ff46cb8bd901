"""Data sets as runs record them: name, fingerprint, schema, size and source, never the data."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any

from ..core.errors import InvalidArgument
from ..core.given import shown
from ..models.infer import infer_schema
from ..models.schema import Schema
from . import digests
from .dataset_sources import DatasetSource, dataset_source_from_json, resolve_dataset_source
from .entities import Dataset as DatasetRecord
from .entities import DatasetInput


class Dataset(ABC):
    """A data set with its source; `log_input` records it.

    Args:
        source: Where it comes from.
        name: What to call it; "dataset" when left out.
        digest: Its fingerprint; computed when left out.
    """

    def __init__(self, source: DatasetSource, name: str | None = None, digest: str | None = None) -> None:
        self._source, self._name = source, name
        self._digest = digest or self._compute_digest()  # now: the data may change later

    @abstractmethod
    def _compute_digest(self) -> str: ...

    @property
    def name(self) -> str:
        return "dataset" if self._name is None else self._name

    @property
    def digest(self) -> str:
        return self._digest

    @property
    def source(self) -> DatasetSource:
        return self._source

    @property
    def profile(self) -> dict[str, Any] | None:
        """Sizes, as JSON values."""
        return None

    @property
    def schema(self) -> Any:
        """The columns or tensors; None when they cannot be told."""
        return None

    def _schema_dict(self) -> Any:
        """The schema as it is recorded."""
        return None if self.schema is None else self.schema.to_dict()

    def to_dict(self) -> dict[str, Any]:
        """What is recorded: texts, of which source, schema and profile are JSON."""
        schema, profile = self._schema_dict(), self.profile
        return {
            "name": self.name,
            "digest": self.digest,
            "source": self.source.to_json(),
            "source_type": self.source._get_source_type(),
            "schema": None if schema is None else json.dumps(schema),
            "profile": None if profile is None else json.dumps(profile),
        }

    def to_json(self) -> str:
        """The dictionary as JSON."""
        return json.dumps(self.to_dict())

    def _to_mlflow_entity(self) -> DatasetRecord:
        return DatasetRecord(**self.to_dict())


class _Table(Dataset):
    """What pandas' and polars' data sets share: a frame with columns that may be targets or predictions."""

    def __init__(
        self,
        df: Any,
        source: DatasetSource,
        targets: str | None = None,
        name: str | None = None,
        digest: str | None = None,
        predictions: str | None = None,
    ) -> None:
        if not hasattr(df, "columns") or not hasattr(df, "shape"):
            raise InvalidArgument(f"{shown(df)} is no DataFrame; give one of pandas or polars, or use from_numpy")
        for role, column in (("targets", targets), ("predictions", predictions)):
            if column is not None and column not in df.columns:
                raise InvalidArgument(f"The frame has no {role} column {column!r}; it has {list(df.columns)}")
        self._df, self._targets, self._predictions = df, targets, predictions
        super().__init__(source, name, digest)

    @property
    def df(self) -> Any:
        return self._df

    @property
    def targets(self) -> str | None:
        return self._targets

    @property
    def predictions(self) -> str | None:
        return self._predictions

    @property
    def profile(self) -> dict[str, Any]:
        rows, columns = self._df.shape
        return {"num_rows": rows, "num_elements": rows * columns}

    @cached_property
    def schema(self) -> Schema | None:
        return _schema(self._df)

    def _schema_dict(self) -> Any:
        return None if self.schema is None else {"mlflow_colspec": self.schema.to_dict()}


class PandasDataset(_Table):
    """A pandas DataFrame."""

    def _compute_digest(self) -> str:
        return digests.of_frame(self._df)


class PolarsDataset(_Table):
    """A polars DataFrame."""

    def _compute_digest(self) -> str:
        return digests.of_polars(self._df)


class TensorDatasetSchema:
    """The tensors of features and, where there are any, of targets."""

    def __init__(self, features: Schema, targets: Schema | None = None) -> None:
        self.features, self.targets = features, targets

    def to_dict(self) -> dict[str, Any]:
        targets = None if self.targets is None else self.targets.to_json()
        return {"mlflow_tensorspec": {"features": self.features.to_json(), "targets": targets}}

    @classmethod
    def from_dict(cls, schema_dict: dict[str, Any]) -> TensorDatasetSchema:
        """The schema that `to_dict` wrote."""
        body = schema_dict.get("mlflow_tensorspec")
        if not isinstance(body, dict) or "features" not in body:
            raise InvalidArgument(f"{schema_dict!r} is no tensor schema; its key 'mlflow_tensorspec' is missing")
        targets = body.get("targets")
        return cls(Schema.from_json(body["features"]), None if targets is None else Schema.from_json(targets))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TensorDatasetSchema) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash(json.dumps(self.to_dict()))

    def __repr__(self) -> str:
        return f"features:\n  {self.features!r}\ntargets:\n  {self.targets!r}\n"


class NumpyDataset(Dataset):
    """numpy arrays, or dictionaries of them."""

    def __init__(
        self,
        features: Any,
        source: DatasetSource,
        targets: Any = None,
        name: str | None = None,
        digest: str | None = None,
    ) -> None:
        self._features, self._targets = features, targets
        super().__init__(source, name, digest)

    def _compute_digest(self) -> str:
        return digests.of_arrays(self._features, self._targets)

    @property
    def features(self) -> Any:
        return self._features

    @property
    def targets(self) -> Any:
        return self._targets

    @property
    def profile(self) -> dict[str, Any]:
        given = {"features": self._features, "targets": self._targets}
        return {
            f"{role}_{fact}": {key: getattr(array, fact) for key, array in data.items()}
            if isinstance(data, dict)
            else getattr(data, fact)
            for role, data in given.items()
            if data is not None
            for fact in ("shape", "size", "nbytes")
        }

    @cached_property
    def schema(self) -> TensorDatasetSchema | None:
        features = _schema(self._features)
        targets = None if self._targets is None else _schema(self._targets)
        return None if features is None else TensorDatasetSchema(features, targets)


class MetaDataset(Dataset):
    """A data set known only by its source: too large, or not here, to be looked at."""

    def __init__(
        self, source: DatasetSource, name: str | None = None, digest: str | None = None, schema: Schema | None = None
    ) -> None:
        self._schema = schema
        super().__init__(source, name, digest)

    def _compute_digest(self) -> str:
        import hashlib

        facts = {"name": self.name, "source": self.source.to_dict(), "schema": self._schema_dict()}
        return hashlib.md5(json.dumps(facts).encode(), usedforsecurity=False).hexdigest()[:8]

    @property
    def schema(self) -> Schema | None:
        return self._schema

    def _schema_dict(self) -> Any:
        return None if self._schema is None else {"mlflow_colspec": self._schema.to_dict()}


def from_pandas(
    df: Any,
    source: Any = None,
    targets: str | None = None,
    name: str | None = None,
    digest: str | None = None,
    predictions: str | None = None,
) -> PandasDataset:
    """A data set of a pandas DataFrame.

    Args:
        df: The frame; it is looked at, not copied or stored.
        source: Where it comes from: a path, an address or a DatasetSource; the running code when left out.
        targets: The column to be learned.
        name: What to call it; "dataset" when left out.
        digest: Its fingerprint; computed from at most 10,000 rows when left out.
        predictions: The column with a model's predictions.

    Raises:
        InvalidArgument: The frame has no column `targets` or `predictions`.

    >>> import pandas
    >>> data = from_pandas(pandas.DataFrame({"x": [1, 2], "y": [0.5, 1.5]}), targets="y")
    >>> data.profile, data.digest
    ({'num_rows': 2, 'num_elements': 4}, '9b278ff2')
    """
    return PandasDataset(df, resolve_dataset_source(source), targets, name, digest, predictions)


def from_polars(
    df: Any,
    source: Any = None,
    targets: str | None = None,
    name: str | None = None,
    digest: str | None = None,
    predictions: str | None = None,
) -> PolarsDataset:
    """A data set of a polars DataFrame.

    Args:
        df: The frame; it is looked at, not copied or stored.
        source: Where it comes from: a path, an address or a DatasetSource; the running code when left out.
        targets: The column to be learned.
        name: What to call it; "dataset" when left out.
        digest: Its fingerprint; computed from at most 10,000 rows when left out.
        predictions: The column with a model's predictions.

    Raises:
        InvalidArgument: The frame has no column `targets` or `predictions`.
    """
    return PolarsDataset(df, resolve_dataset_source(source), targets, name, digest, predictions)


def from_numpy(
    features: Any, source: Any = None, targets: Any = None, name: str | None = None, digest: str | None = None
) -> NumpyDataset:
    """A data set of numpy arrays.

    Args:
        features: An array, or a dictionary of arrays; looked at, not copied or stored.
        source: Where it comes from: a path, an address or a DatasetSource; the running code when left out.
        targets: What is to be learned, in the same forms.
        name: What to call it; "dataset" when left out.
        digest: Its fingerprint; computed from the first 10,000 cells of each array when left out.

    >>> import numpy
    >>> from_numpy(numpy.zeros((4, 2))).profile
    {'features_shape': (4, 2), 'features_size': 8, 'features_nbytes': 64}
    """
    return NumpyDataset(features, resolve_dataset_source(source), targets, name, digest)


def get_source(dataset: Any) -> DatasetSource:
    """Where a data set comes from.

    Args:
        dataset: One of a run's inputs, the record of it, or the data set itself.

    Raises:
        InvalidArgument: It is none of these.

    >>> import numpy
    >>> get_source(from_numpy(numpy.zeros(3), "https://example.org/x.npy")).to_dict()
    {'url': 'https://example.org/x.npy'}
    """
    if isinstance(dataset, Dataset):
        return dataset.source
    record = dataset.dataset if isinstance(dataset, DatasetInput) else dataset
    if not isinstance(record, DatasetRecord):
        raise InvalidArgument(f"{dataset!r} is no data set; give one of run.inputs.dataset_inputs, or its .dataset")
    return dataset_source_from_json(record.source, record.source_type)


def _schema(data: Any) -> Schema | None:
    """The schema of the data; None, with a warning, where it has none. A data set is logged all the same."""
    try:
        return infer_schema(data)
    except Exception as error:
        import logging

        logging.getLogger(__name__).warning("the data set's schema was not recorded: %s", error)
        return None
