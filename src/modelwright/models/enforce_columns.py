"""One pandas column brought to the type that a signature declares, without changing what it says."""

from __future__ import annotations

from typing import Any

from .casts import Unfit, cast, need
from .datatypes import AnyType, DataType, Kind
from .enforce_nested import check_values
from .infer_frame import arrow_kind

_WHOLE = (DataType.boolean, DataType.integer, DataType.long)  # numpy has no missing value for these
_FLOATS = (DataType.float, DataType.double)


def settled(dtype: Any, kind: Kind, nullable: bool) -> bool:
    """Whether every column of `dtype` fits `kind` as it is, so that its values need no look."""
    import numpy as np

    if isinstance(kind, AnyType):
        return True
    if not isinstance(kind, DataType):
        return False
    if isinstance(dtype, np.dtype):
        return dtype == kind.to_numpy() if dtype.kind in "biuf" else dtype.kind == "M" and kind is DataType.datetime
    name = type(dtype).__name__
    if name == "CategoricalDtype":
        return kind is DataType.string and _is_text(dtype.categories.dtype)
    if name == "StringDtype":
        return kind is DataType.string
    if name == "DatetimeTZDtype":
        return kind is DataType.datetime
    if nullable or kind not in _WHOLE:
        return name != "ArrowDtype" and hasattr(dtype, "numpy_dtype") and bool(dtype.numpy_dtype == kind.to_numpy())
    return False


def fit(series: Any, kind: Kind, nullable: bool, keep: bool = True) -> Any:
    """`series` as `kind`: itself where it fits, a converted copy where that loses nothing, else Unfit.

    Args:
        series: A pandas Series of any dtype.
        kind: The declared type.
        nullable: Whether integers and booleans may be missing.
        keep: Leave an object column of integers or booleans and None as it is; False makes it a nullable column.
    """
    import numpy as np

    if isinstance(kind, AnyType):
        return series
    if not isinstance(kind, DataType):
        return _nested(series, kind, nullable)
    dtype = series.dtype
    name = type(dtype).__name__
    if isinstance(dtype, np.dtype):
        if dtype.kind == "O":
            return _objects(series, kind, nullable, keep)
        if dtype.kind in "biuf" and (kind in _WHOLE or kind in _FLOATS):
            return _numbers(series, kind, nullable)
        if dtype.kind == "M" and kind is DataType.datetime:
            return series
    elif name == "StringDtype":
        if kind is DataType.string:
            return series
        if kind is DataType.datetime:
            return _datetimes(series)
    elif name == "DatetimeTZDtype":
        if kind is DataType.datetime:
            return series
    elif name == "CategoricalDtype":
        return _category(series, kind, nullable)
    elif name == "SparseDtype":
        dense = series.sparse.to_dense()
        found = fit(dense, kind, nullable, keep)
        return series if found is dense else found
    elif name == "ArrowDtype":
        return _arrow(series, kind, nullable)
    elif hasattr(dtype, "numpy_dtype") and (kind in _WHOLE or kind in _FLOATS):
        return _masked(series, kind, nullable)
    if nullable and len(series) and bool(series.isna().all()):
        return _empty(series, kind)
    raise Unfit(f"has dtype {dtype}")


def _numbers(series: Any, kind: DataType, nullable: bool) -> Any:
    values, dtype = series.to_numpy(), kind.to_numpy()
    if values.dtype == dtype:
        return series
    out, bad = cast(values, dtype)
    if bad is not None and kind in _WHOLE and values.dtype.kind == "f":
        gaps = values != values
        if gaps.any():
            bad &= ~gaps
            if not bad.any() and not nullable:
                raise _missing()
            if not bad.any():
                return _like(series, _nullable(out, gaps, kind))
    if bad is not None:
        raise Unfit(need(dtype), values[bad][0])
    return _like(series, out)


def _masked(series: Any, kind: DataType, nullable: bool) -> Any:
    dtype = kind.to_numpy()
    gaps = series.isna().to_numpy()
    if gaps.any() and not nullable and kind in _WHOLE:
        raise _missing()
    if series.dtype.numpy_dtype == dtype:
        return series
    values = series.array.to_numpy(dtype=series.dtype.numpy_dtype, na_value=0)
    out, bad = cast(values, dtype)
    if bad is not None and (bad & ~gaps).any():
        raise Unfit(need(dtype), values[bad & ~gaps][0])
    return _like(series, _nullable(out, gaps, kind))


def _arrow(series: Any, kind: DataType, nullable: bool) -> Any:
    found = arrow_kind(series, series.dtype.pyarrow_dtype, "the column")
    gaps = series.isna().to_numpy()
    if gaps.any() and not nullable and kind in _WHOLE:
        raise _missing()
    if found == kind or found is None:
        return series
    source = series.dtype.numpy_dtype
    if source.kind not in "biuf" or not (kind in _WHOLE or kind in _FLOATS):
        raise Unfit(f"has dtype {series.dtype}")
    import pandas as pd
    import pyarrow as pa

    values = series.array.to_numpy(dtype=source, na_value=0)
    out, bad = cast(values, kind.to_numpy())
    if bad is not None and (bad & ~gaps).any():
        raise Unfit(need(kind.to_numpy()), values[bad & ~gaps][0])
    return _like(series, pd.arrays.ArrowExtensionArray(pa.array(out, mask=gaps)))


def _category(series: Any, kind: DataType, nullable: bool) -> Any:
    values = series.dtype.categories.to_series()
    try:
        found = fit(values, kind, nullable=True) if len(values) else values
    except Unfit as unfit:
        raise Unfit(f"has categories of another type: it {unfit.reason}", *unfit.value) from unfit
    if kind in _WHOLE and not nullable and bool(series.isna().any()):
        raise _missing()
    return series if found is values else fit(series.astype(object), kind, nullable, keep=False)


def _objects(series: Any, kind: DataType, nullable: bool, keep: bool) -> Any:
    from pandas.api.types import infer_dtype

    inside = infer_dtype(series, skipna=True)
    if inside == "empty":
        if kind in _WHOLE and not nullable and len(series):
            raise _missing()
        return _empty(series, kind, keep)
    if kind is DataType.datetime:
        if inside in ("datetime", "datetime64", "date", "string"):
            return _datetimes(series)
        raise _other(series, kind)
    if kind in (DataType.string, DataType.binary):
        if inside == ("string" if kind is DataType.string else "bytes"):
            return series
        if kind is DataType.binary and set(map(type, series.dropna())) <= {bytes, bytearray}:
            return series
        raise _other(series, kind)
    if inside in ("boolean", "integer", "floating", "mixed-integer-float", "decimal", "integer-na"):
        return _boxed(series, kind, nullable, keep and inside in ("boolean", "integer", "integer-na"))
    raise _other(series, kind)


def _boxed(series: Any, kind: DataType, nullable: bool, keep: bool) -> Any:
    """A column of Python numbers."""
    import numpy as np
    import pandas as pd

    gaps = series.isna().to_numpy()
    given = series.to_numpy()[~gaps]
    values = pd.to_numeric(pd.Series(given)).to_numpy()
    dtype = kind.to_numpy()
    if values.dtype.kind not in "biuf":
        raise Unfit(need(dtype), given[0])
    out, bad = cast(values, dtype)
    if kind in _FLOATS and values.dtype.kind in "iu" and (zero := values == 0).any():
        out[zero] = given[zero]  # beside integers pandas takes -0.0 for one
    if type(given[0]).__name__ != "Decimal":  # integers among floats may have been rounded on the way
        changed = np.asarray(values != given, bool) & np.asarray(given == given, bool)
        bad = changed if bad is None else bad | changed
    if bad is not None and bad.any():
        raise Unfit(need(dtype), given[bad][0])
    if not gaps.any():
        return _like(series, out)
    if kind in _FLOATS:
        full = np.full(len(series), np.nan, dtype)
        full[~gaps] = out
        return _like(series, full)
    if not nullable:
        raise _missing()
    full = np.zeros(len(series), dtype)
    full[~gaps] = out
    same = out.dtype == values.dtype or (out.dtype.kind == values.dtype.kind == "i")
    return series if keep and same else _like(series, _nullable(full, gaps, kind))


def _datetimes(series: Any) -> Any:
    """Dates, datetimes or ISO 8601 texts as datetime64; what pandas cannot hold in one dtype stays as it is."""
    import pandas as pd

    text = series.dropna().map(type).eq(str).any() if series.dtype == object else True
    try:
        return pd.to_datetime(series, format="ISO8601") if text else pd.to_datetime(series)
    except (ValueError, TypeError) as error:
        if text:
            raise Unfit("holds texts that are not ISO 8601 dates") from error
        return series


def _empty(series: Any, kind: DataType, keep: bool = True) -> Any:
    """A column in which every value is missing."""
    import numpy as np

    gaps: Any = np.ones(len(series), bool)
    if series.dtype == object and kind not in _FLOATS and (kind not in _WHOLE or (keep and len(series))):
        return series
    if not len(series):
        return series.astype(kind.to_pandas())
    if kind in _WHOLE:
        return _like(series, _nullable(np.zeros(len(series), kind.to_numpy()), gaps, kind))
    if kind in _FLOATS:
        return _like(series, np.full(len(series), np.nan, kind.to_numpy()))
    if kind is DataType.datetime:
        return _like(series, np.full(len(series), np.datetime64("NaT", "ns")))
    return _like(series, np.full(len(series), None, object))


def _nested(series: Any, kind: Kind, nullable: bool) -> Any:
    if type(series.dtype).__name__ == "ArrowDtype":
        values = series.array.__arrow_array__().to_pylist()
        if str(series.dtype.pyarrow_dtype).startswith("map<"):
            values = [value if value is None else dict(value) for value in values]
    else:
        values = series.tolist()
    for where, unfit in check_values(values, kind, nullable):
        raise Unfit(f"{unfit.reason}{f' at {where}' if where else ''}", *unfit.value)
    return series


def _nullable(values: Any, gaps: Any, kind: DataType) -> Any:
    import pandas as pd

    if kind is DataType.boolean:
        return pd.arrays.BooleanArray(values, gaps)
    return (pd.arrays.FloatingArray if kind in _FLOATS else pd.arrays.IntegerArray)(values, gaps)


def _like(series: Any, values: Any) -> Any:
    import pandas as pd

    return pd.Series(values, index=series.index, name=series.name, copy=False)


def _other(series: Any, kind: DataType) -> Unfit:
    """The Unfit of an object column that holds something else."""
    values = series.dropna().tolist()
    for _, unfit in check_values(values, kind, True):
        return unfit
    return Unfit(f"holds {', '.join(sorted({type(value).__name__ for value in values}))}", values[0])


def _is_text(dtype: Any) -> bool:
    return type(dtype).__name__ == "StringDtype"


def _missing() -> Unfit:
    return Unfit(
        "holds missing values, which its type cannot hold; infer the signature from data with missing values, "
        "or declare the column double or optional"
    )
