"""Fingerprints of data sets: MLflow's, from at most 10,000 rows, computed column by column."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import Any

_ROWS = 10_000
_CELLS = 10_000


def of_frame(frame: Any) -> str:
    """Eight hexadecimal digits for a pandas DataFrame: its numbers and texts, its columns and its length."""
    import numpy
    import pandas

    head = frame.head(_ROWS)
    texts, numbers = [], []
    for i, dtype in enumerate(head.dtypes):
        if getattr(dtype, "kind", "O") in "iufcm":
            numbers.append(i)
        elif _is_text(head.iloc[:, i]):
            texts.append(i)
    kept = texts + numbers
    if (
        texts and numbers
    ):  # MLflow joins the two by Index.union, which sorts unless one is empty or labels have no order
        with suppress(TypeError):
            kept.sort(key=lambda i: head.columns[i])
    rows = pandas.util.hash_pandas_object(head.iloc[:, kept]).to_numpy()
    return _md5(rows, numpy.int64(len(frame)), *(str(label).encode() for label in frame.columns))


def of_arrays(features: Any, targets: Any = None) -> str:
    """The same for numpy arrays, or dictionaries of them: the first cells and the shapes."""
    import numpy

    parts: list[Any] = []
    for given in (features, targets):
        if given is None:
            continue
        arrays = [given[key] for key in sorted(given)] if isinstance(given, dict) else [given]
        for array in map(numpy.asarray, arrays):
            parts += [_cells(array), *map(numpy.int64, array.shape)]
    return _md5(*parts)


def of_stream(elements: Any) -> str:
    """The same for a stream of elements, each a list of arrays: the first cells of each."""
    import numpy

    return _md5(*(_cells(numpy.concatenate([numpy.ravel(array) for array in element])) for element in elements))


def of_polars(frame: Any) -> str:
    """The same for a polars DataFrame; numbers by their bits, everything else by its text."""
    import numpy

    head = frame.head(_ROWS)
    parts: list[Any] = []
    for series in head.get_columns():
        if series.dtype.is_numeric() and not series.dtype.is_decimal():
            parts += [_cells(series.fill_null(0).to_numpy()), series.is_null().to_numpy().tobytes()]
        else:
            parts.append("\x1f".join(map(repr, series.to_list())).encode())
    return _md5(*parts, numpy.int64(frame.height), *(name.encode() for name in frame.columns))


def _cells(array: Any) -> Any:
    """One hash for each of the first cells, as pandas computes them; only numbers can do without pandas."""
    import numpy

    flat = array.ravel()[:_CELLS] if array.flags.c_contiguous else array.flat[:_CELLS]
    if flat.dtype.kind in "buif" and flat.dtype.itemsize <= 8:
        flat = flat + flat.dtype.type(0) if flat.dtype.kind == "f" else flat  # -0.0 is 0.0
        return _mix(flat.view(f"u{flat.dtype.itemsize}").astype(numpy.uint64))
    if flat.dtype.kind in "mM":
        return _mix(flat.view(numpy.uint64))
    try:
        import pandas

        return pandas.util.hash_array(flat.astype(object) if flat.dtype.kind in "SU" else flat)
    except (ImportError, TypeError):
        return numpy.int64(flat.size)


def _mix(bits: Any) -> Any:
    """splitmix64's last steps, vectorised; they make neighbouring numbers unlike."""
    import numpy

    bits = bits ^ (bits >> numpy.uint64(30))
    bits = bits * numpy.uint64(0xBF58476D1CE4E5B9)
    bits = bits ^ (bits >> numpy.uint64(27))
    bits = bits * numpy.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> numpy.uint64(31))


def _is_text(column: Any) -> bool:
    """Whether every cell is a str, asked of the column as a whole."""
    import pandas

    if isinstance(column.dtype, pandas.CategoricalDtype):
        return not column.isna().any() and _is_text(column.cat.categories)
    if column.dtype.kind not in "OU" and column.dtype.name not in ("string", "str"):
        return False
    return len(column) > 0 and pandas.api.types.infer_dtype(column, skipna=False) == "string"


def _md5(*parts: Any) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    for part in parts:
        digest.update(part)
    return digest.hexdigest()[:8]
