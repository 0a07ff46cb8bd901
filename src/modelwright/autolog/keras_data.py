"""The data that `Model.fit` is given, in any of the forms Keras takes: its first rows, its batch size, what it is."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from ..tracking.tensorflow_datasets import is_stream
from .integration import Session
from .rows import COUNT, head


def rows(data: Any, model: Any) -> Any:
    """A copy of the first rows: an array, or a dict of them by the names of the model's inputs; None if unknown."""
    if is_stream(data):
        batch = next(iter(data.take(1)), None)
        return None if batch is None else rows(batch[0] if isinstance(batch, tuple) else batch, model)
    if is_sequence(data):
        batch = data[0]
        return rows(batch[0] if isinstance(batch, tuple) else batch, model)
    if isinstance(data, dict):
        return _all({name: rows(values, None) for name, values in data.items()})
    if isinstance(data, tuple | list) and data and all(hasattr(item, "shape") for item in data):
        return _all({name: rows(item, None) for name, item in zip(_names(model, len(data)), data, strict=True)})
    return _array(data)


def _names(model: Any, count: int) -> list[str]:
    """The names of the model's inputs, or numbers where it has not as many."""
    names = [tensor.name for tensor in getattr(model, "inputs", None) or ()]
    return names if len(names) == count else [str(number) for number in range(count)]


def _all(arrays: dict[str, Any]) -> Any:
    """The dict, if all of its arrays are known."""
    return arrays if arrays and all(array is not None for array in arrays.values()) else None


def _array(data: Any) -> Any:
    import numpy

    if hasattr(data, "iloc"):
        return head(data).to_numpy()
    if not hasattr(data, "shape") or not hasattr(data, "__getitem__"):
        return None
    some = data[:COUNT]
    some = some.detach().cpu() if hasattr(some, "detach") else some
    return numpy.array(some)


def zeros(model: Any) -> Any:
    """One row of nothing, in the shape that a model takes; None where the model does not tell."""
    import numpy

    found = {}
    for tensor in getattr(model, "inputs", None) or ():
        shape = [size or 1 for size in tensor.shape[1:]]
        found[tensor.name] = numpy.zeros((1, *shape), dtype=str(tensor.dtype))
    return next(iter(found.values())) if len(found) == 1 else found or None


def batch_size(data: Any, given: int | None) -> int | None:
    """How many rows make a batch; None where Keras chooses, and for a generator, which can be read only once."""
    if given is not None or isinstance(data, Iterator):
        return given
    for name in ("batch_size", "_batch_size"):
        size = getattr(data, name, None)
        if size is not None:
            return int(size.numpy() if hasattr(size, "numpy") else size)
    if is_sequence(data):
        batch = data[0]
        first = batch[0] if isinstance(batch, tuple) else batch
        while isinstance(first, dict | list | tuple):
            first = next(iter(first.values() if isinstance(first, dict) else first))
        return len(first)
    return None


def describe(session: Session, data: Any, targets: Any, context: str, model: Any) -> None:
    """Name the data set that `fit` trains on or validates with."""
    if isinstance(data, tuple) and context == "eval":
        data, targets = [*islice(data, 2), None, None][:2]
    if isinstance(data, tuple | list) and data and all(hasattr(item, "shape") for item in data):
        data = dict(zip(_names(model, len(data)), data, strict=True))
    session.dataset(data, targets=targets, context=context)


def is_sequence(data: Any) -> bool:
    """Whether it is a `keras.utils.PyDataset`: batches by their number."""
    return any(cls.__name__ in ("PyDataset", "Sequence") for cls in type(data).__mro__) and hasattr(data, "__getitem__")
