"""Predictions of any kind as Arrow columns: one called `prediction`, or one for each column of the output."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..core.errors import InvalidArgument
from ..models import predictions as scored
from ..models.containers import container
from ..models.schema import Schema
from .job import PREDICTION


class NotRowwise(InvalidArgument):
    """The model gives another number of predictions than it was given rows, so none belongs to a row."""


def columns(predictions: Any, count: int, outputs: Schema | None = None) -> dict[str, Any]:
    """Arrow arrays of `count` values each, by name.

    Args:
        predictions: What a model returned.
        count: How many rows it was given.
        outputs: The schema of its output, which names the columns of a matrix.

    >>> columns([1.5, 2.5], 2)["prediction"].to_pylist()
    [1.5, 2.5]
    >>> {name: column.to_pylist() for name, column in columns([{"a": 1}, {"a": 2}], 2).items()}
    {'a': [1, 2]}
    """
    found = {str(name): array(values) for name, values in _named(predictions, outputs).items()}
    for name, values in found.items():
        if len(values) != count:
            raise NotRowwise(
                f"The model was given {count} rows and returned {len(values)} values of {name!r}; a batch needs one "
                f"prediction for each row"
            )
    return found


def _named(predictions: Any, outputs: Schema | None) -> Mapping[Any, Any]:
    what = container(predictions)
    if what == "frame":
        return {name: predictions.iloc[:, place] for place, name in enumerate(predictions.columns)}
    if what == "polars":
        return {name: predictions[name] for name in predictions.columns}
    if what == "dict":
        return predictions  # type: ignore[no-any-return]
    if what == "sparse":
        return {PREDICTION: predictions.toarray()}
    if what == "list" and predictions and all(isinstance(value, dict) for value in predictions):
        names = dict.fromkeys(name for record in predictions for name in record)
        return {name: [record.get(name) for record in predictions] for name in names}
    if what == "ndarray" and predictions.ndim == 2 and _names_of(outputs, predictions.shape[1]):
        return dict(zip(_names_of(outputs, predictions.shape[1]), predictions.T, strict=True))
    if what in ("value", "record") or (what == "ndarray" and predictions.ndim == 0):
        return {PREDICTION: [predictions]}
    return {PREDICTION: predictions}


def _names_of(outputs: Schema | None, width: int) -> list[Any]:
    named = outputs is not None and outputs.has_input_names() and not outputs.is_tensor_spec()
    return outputs.input_names() if named and outputs is not None and len(outputs) == width > 1 else []


def array(values: Any) -> Any:
    """Values of one column as an Arrow array; those that no Arrow type holds together, as texts or JSON texts.

    >>> array([1, "a"]).to_pylist()
    ['1', 'a']
    """
    import pyarrow as pa

    what = container(values)
    if what == "series":
        values = values.to_numpy() if getattr(values.dtype, "kind", "") in "biuf" and _numpy(values) else values
    elif what == "polars series":
        values = values.to_arrow()
    elif what == "list":
        values = [item.tolist() if container(item) == "ndarray" else item for item in values]
    try:
        found = _of_numpy(values) if container(values) == "ndarray" else pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        texts = (v if v is None or isinstance(v, str) else json.dumps(scored.plain(v)) for v in values)
        found = pa.array(list(texts), pa.string())
    if isinstance(found, pa.ChunkedArray):
        found = found.combine_chunks()
    if pa.types.is_dictionary(found.type):
        found = found.dictionary_decode()
    return found.cast(pa.string()) if pa.types.is_large_string(found.type) else found


def _numpy(series: Any) -> bool:
    return type(series.dtype).__module__.partition(".")[0] == "numpy"


def _of_numpy(values: Any) -> Any:
    """An array of one dimension as it is, one of more as lists of fixed length."""
    import numpy as np
    import pyarrow as pa

    if values.dtype.kind in "OUST":
        return pa.array(values.tolist())
    values = np.ascontiguousarray(values, "float32" if values.dtype == "float16" else None)
    found = pa.array(values.reshape(-1))
    for length in reversed(values.shape[1:]):
        found = pa.FixedSizeListArray.from_arrays(found, length)
    return found
