"""TensorFlow's tensors and streams as data sets: fingerprint, shapes and length; a stream is not read to its end."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from ..core.errors import InvalidArgument
from ..core.given import shown
from ..models.infer import infer_schema
from ..models.schema import Schema
from . import digests
from .dataset_sources import DatasetSource, resolve_dataset_source
from .datasets import Dataset, TensorDatasetSchema

_CELLS = 100_000  # of a stream's values, how many the fingerprint looks at: shuffling and reading a corpus takes hours


class TensorFlowDataset(Dataset):
    """A tensor, or a `tf.data.Dataset`.

    Args:
        features: Either of the two.
        source: Where it comes from.
        targets: What is to be learned, in the same form.
        name: What to call it; "dataset" when left out.
        digest: Its fingerprint; computed when left out.
    """

    def __init__(
        self,
        features: Any,
        source: DatasetSource,
        targets: Any = None,
        name: str | None = None,
        digest: str | None = None,
    ) -> None:
        for role, data in (("features", features), ("targets", targets)):
            if data is None and role == "targets":
                continue
            if not (is_stream(data) or hasattr(data, "numpy")):
                raise InvalidArgument(f"{role}={shown(data)}; expected a tensor or a tf.data.Dataset")
        if targets is not None and is_stream(features) != is_stream(targets):
            raise InvalidArgument("features and targets must both be tensors, or both a tf.data.Dataset")
        self.data, self.targets = features, targets
        super().__init__(source, name, digest)

    def _compute_digest(self) -> str:
        if not is_stream(self.data):
            return digests.of_arrays(self.data.numpy(), None if self.targets is None else self.targets.numpy())
        return digests.of_stream([*_elements(self.data), *(() if self.targets is None else _elements(self.targets))])

    @property
    def profile(self) -> dict[str, Any]:
        """How many elements there are: batches of a stream, numbers of a tensor; -1 without end, -2 not known."""
        given = {"features_cardinality": self.data, "targets_cardinality": self.targets}
        return {fact: _cardinality(data) for fact, data in given.items() if data is not None}

    @cached_property
    def schema(self) -> TensorDatasetSchema | None:
        features = _schema(self.data)
        targets = None if self.targets is None else _schema(self.targets)
        return None if features is None else TensorDatasetSchema(features, targets)


def from_tensorflow(
    features: Any, source: Any = None, targets: Any = None, name: str | None = None, digest: str | None = None
) -> TensorFlowDataset:
    """A data set of TensorFlow's.

    Args:
        features: A tensor or a `tf.data.Dataset`; looked at, not copied or stored.
        source: Where it comes from: a path, an address or a DatasetSource; the running code when left out.
        targets: What is to be learned, in the same form.
        name: What to call it; "dataset" when left out.
        digest: Its fingerprint; computed from the first values when left out.

    Raises:
        InvalidArgument: It is neither of the two, or `targets` is the other one.
    """
    return TensorFlowDataset(features, resolve_dataset_source(source), targets, name, digest)


def is_stream(data: Any) -> bool:
    """Whether it is a `tf.data.Dataset`."""
    return hasattr(data, "element_spec") and hasattr(data, "as_numpy_iterator")


def _elements(stream: Any) -> Iterator[list[Any]]:
    """The first elements, each as a list of its arrays."""
    seen = 0
    for element in stream.as_numpy_iterator():
        arrays = list(_flat(element))
        yield arrays
        seen += sum(getattr(array, "size", 1) for array in arrays)
        if seen >= _CELLS:
            return


def _flat(element: Any) -> Iterator[Any]:
    if isinstance(element, dict):
        element = [element[key] for key in sorted(element)]
    if isinstance(element, tuple | list):
        for part in element:
            yield from _flat(part)
    elif element is not None:
        yield element


def _cardinality(data: Any) -> int:
    if is_stream(data):
        return int(data.cardinality().numpy())
    size = 1
    for length in data.shape:
        size *= int(length)
    return size


def _schema(data: Any) -> Schema | None:
    """The tensors, by number where there are several; None for ragged and nested ones."""
    try:
        if not is_stream(data):
            return infer_schema(data.numpy())
        first = next(iter(data.take(1).as_numpy_iterator()))
        return infer_schema({str(n): part for n, part in enumerate(first)} if isinstance(first, tuple) else first)
    except (InvalidArgument, StopIteration, AttributeError):
        return None
