"""Training data as a run's input: a fingerprint, the columns and the sizes; nothing is copied or made dense."""

from __future__ import annotations

from typing import Any

from ..core.errors import InvalidArgument
from ..models.containers import container
from ..tracking import digests
from ..tracking.dataset_sources import resolve_dataset_source
from ..tracking.datasets import Dataset, NumpyDataset, from_numpy, from_pandas, from_polars
from ..tracking.spark_datasets import SparkDataset
from ..tracking.tensorflow_datasets import from_tensorflow, is_stream


def described(data: Any, targets: Any = None, name: str | None = None) -> Dataset:
    """The data set that stands for what a framework was given; InvalidArgument for what has no rows and columns."""
    package, kind = type(data).__module__.partition(".")[0], type(data).__name__
    if package == "pandas" and kind == "DataFrame":
        return from_pandas(data, name=name)
    if container(data) == "spark":
        return SparkDataset(data, resolve_dataset_source(None), name=name)
    if package == "polars" and kind == "DataFrame":
        return from_polars(data, name=name)
    if kind.endswith("DMatrix") and hasattr(data, "get_data"):
        data = data.get_data()
    if is_stream(data):
        return from_tensorflow(data, name=name)
    if isinstance(data, dict) and data:
        return from_numpy({key: _array(values) for key, values in data.items()}, targets=_array(targets), name=name)
    if package == "scipy" or hasattr(data, "tocsr"):
        return _Sparse(data, resolve_dataset_source(None), _array(targets), name)
    if isinstance(data, (list, tuple)) or package == "pandas":
        data = _array(data)
    if not hasattr(data, "__array__") or not hasattr(data, "shape"):
        raise InvalidArgument(f"{type(data).__name__} has no rows and columns that could be described")
    return from_numpy(_array(data), targets=_array(targets), name=name)


def _array(values: Any) -> Any:
    import numpy

    return None if values is None or hasattr(values, "tocsr") else numpy.asarray(values)


class _Sparse(NumpyDataset):
    """A sparse matrix, known by its stored values and where they lie."""

    def _compute_digest(self) -> str:
        matrix = self.features.tocsr()
        parts = {"data": matrix.data, "indices": matrix.indices, "indptr": matrix.indptr}
        return digests.of_arrays(parts, self.targets)

    @property
    def profile(self) -> dict[str, Any]:
        matrix = self.features
        own = {"features_shape": matrix.shape, "features_size": matrix.shape[0] * matrix.shape[1]}
        own["features_nonzero"] = int(matrix.nnz)
        if self.targets is not None:
            own |= {"targets_shape": self.targets.shape, "targets_size": self.targets.size}
        return own
