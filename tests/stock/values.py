"""Data as JSON that any process reads back exactly: frames, arrays, sparse matrices, scalars, nested lists and dicts.

`encode` and `decode` are each other's inverse within one environment. `same` compares two encoded values across
versions of numpy and pandas: labels, missing values and structure exactly, floats to seven digits, and it knows the
dtype names that changed between pandas 2 and 3.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import math
from typing import Any

KIND = "$"


def encode(value: Any) -> Any:
    """`value` as plain JSON; what JSON lacks becomes a dict tagged "$"."""
    if value is None or isinstance(value, bool | str):
        return value
    simple = _encode_simple(value)
    if simple is not None:
        return simple
    if isinstance(value, dict):
        return {KIND: "dict", "items": [[encode(k), encode(v)] for k, v in value.items()]}
    if isinstance(value, list):
        return [encode(v) for v in value]
    if isinstance(value, tuple):
        return {KIND: "tuple", "items": [encode(v) for v in value]}
    return _encode_table(value)


def _encode_simple(value: Any) -> Any:
    import numpy as np
    import pandas as pd

    if isinstance(value, bytes):
        return {KIND: "bytes", "b64": base64.b64encode(value).decode()}
    if value is pd.NaT:
        return {KIND: "NaT"}
    if value is pd.NA:
        return {KIND: "NA"}
    if isinstance(value, np.datetime64):
        return {KIND: "datetime64", "iso": str(value)}
    if isinstance(value, np.generic):
        return {KIND: "numpy", "dtype": str(value.dtype), "value": encode(value.item())}
    if isinstance(value, dt.datetime | dt.date):
        return {KIND: "datetime", "iso": value.isoformat()}
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {KIND: "float", "repr": repr(value)}
    return None


def _encode_table(value: Any) -> Any:
    import numpy as np
    import pandas as pd

    if isinstance(value, pd.DataFrame):
        columns = [[encode(name), str(value.dtypes.iloc[i]), _cells(value.iloc[:, i])] for i, name in enumerate(value)]
        return {KIND: "frame", "columns": columns, "index": encode(value.index.tolist())}
    if isinstance(value, pd.Series):
        named = [encode(value.name), str(value.dtype), _cells(value)]
        return {KIND: "series", "column": named, "index": encode(value.index.tolist())}
    if isinstance(value, np.ndarray):
        flat = value.astype(str).ravel() if value.dtype.kind == "M" else value.ravel()
        cells = [encode(v) for v in flat.tolist()]
        return {KIND: "array", "dtype": str(value.dtype), "shape": list(value.shape), "data": cells}
    if hasattr(value, "tocsr"):
        parts = [encode(np.asarray(part)) for part in (value.data, value.indices, value.indptr)]
        return {KIND: "sparse", "format": value.format, "shape": list(value.shape), "parts": parts}
    return {KIND: "object", "class": type(value).__qualname__, "repr": repr(value)}


def _cells(series: Any) -> list[Any]:
    return [encode(v) for v in series.tolist()]


def decode(coded: Any) -> Any:
    """What `encode` was given."""
    if isinstance(coded, list):
        return [decode(v) for v in coded]
    if not isinstance(coded, dict):
        return coded
    return _DECODERS[coded[KIND]](coded)


def _frame(coded: Any) -> Any:
    import pandas as pd

    columns = [_column(column, coded["index"]) for column in coded["columns"]]
    frame = pd.concat(columns, axis=1) if columns else pd.DataFrame(index=decode(coded["index"]))
    frame.columns = pd.Index([decode(c[0]) for c in coded["columns"]])
    return frame


def _column(column: Any, index: Any) -> Any:
    import pandas as pd

    name, dtype, cells = column
    values = decode(cells)
    if dtype == "object":
        series = pd.Series([None] * len(values), index=decode(index), dtype="object")
        for row, value in enumerate(values):
            series.iat[row] = value
    else:
        series = pd.Series(values, index=decode(index), dtype=dtype)
    series.name = decode(name)
    return series


def _array(coded: Any) -> Any:
    import numpy as np

    values = decode(coded["data"])
    if coded["dtype"] == "object":
        flat = np.empty(len(values), dtype=object)
        flat[:] = values
    else:
        flat = np.array(values, dtype=coded["dtype"])
    return flat.reshape(coded["shape"])


def _sparse(coded: Any) -> Any:
    import scipy.sparse

    make = {"csr": scipy.sparse.csr_matrix, "csc": scipy.sparse.csc_matrix}[coded["format"]]
    return make(tuple(decode(p) for p in coded["parts"]), shape=tuple(coded["shape"]))


def _numpy(coded: Any) -> Any:
    import numpy as np

    return np.dtype(coded["dtype"]).type(decode(coded["value"]))


def _datetime64(coded: Any) -> Any:
    import numpy as np

    return np.datetime64(coded["iso"])


def _missing(coded: Any) -> Any:
    import pandas as pd

    return {"NaT": pd.NaT, "NA": pd.NA}[coded[KIND]]


_DECODERS = {
    "dict": lambda c: {decode(k): decode(v) for k, v in c["items"]},
    "tuple": lambda c: tuple(decode(v) for v in c["items"]),
    "bytes": lambda c: base64.b64decode(c["b64"]),
    "float": lambda c: float(c["repr"]),
    "datetime": lambda c: dt.datetime.fromisoformat(c["iso"]),
    "datetime64": _datetime64,
    "numpy": _numpy,
    "NaT": _missing,
    "NA": _missing,
    "frame": _frame,
    "series": lambda c: _column(c["column"], c["index"]),
    "array": _array,
    "sparse": _sparse,
}

_DTYPES = {"str": "object", "string": "object", "datetime64[us]": "datetime64[ns]", "datetime64[s]": "datetime64[ns]"}


def same(a: Any, b: Any) -> bool:
    """Whether two encoded values hold the same data."""
    return difference(a, b) is None


def difference(a: Any, b: Any, at: str = "") -> str | None:
    """Where two encoded values first differ, in words; None where they hold the same data."""
    a, b = _plain(a), _plain(b)
    if isinstance(a, dict) and isinstance(b, dict):
        if a.get(KIND) == b.get(KIND) == "dict":
            a, b = ({"items": sorted(coded["items"], key=json.dumps)} for coded in (a, b))
        if set(a) != set(b):
            return f"{at}: {_short(a)} is not {_short(b)}"
        return next((d for k in a if (d := difference(_named(k, a[k]), _named(k, b[k]), f"{at}.{k}"))), None)
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return next(
            (d for i, (x, y) in enumerate(zip(a, b, strict=True)) if (d := difference(x, y, f"{at}[{i}]"))), None
        )
    if isinstance(a, float) and isinstance(b, float | int) and not isinstance(b, bool):
        return None if math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-7) else f"{at}: {a!r} is not {b!r}"
    if a == b and isinstance(a, bool) == isinstance(b, bool):
        return None
    if isinstance(a, str) and isinstance(b, str) and _DTYPES.get(a, a) == _DTYPES.get(b, b):
        return None
    return f"{at}: {_short(a)} is not {_short(b)}"


def _plain(value: Any) -> Any:
    """A numpy scalar inside a list or dict is the number it holds."""
    return value["value"] if isinstance(value, dict) and value.get(KIND) == "numpy" else value


def _named(key: str, value: Any) -> Any:
    return _DTYPES.get(value, value) if key == "dtype" else value


def _short(value: Any) -> str:
    text = json.dumps(value, sort_keys=True)
    return text if len(text) < 300 else text[:300] + " …"
