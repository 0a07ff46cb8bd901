"""Columns of pandas, polars and Spark frames as signature columns."""

from __future__ import annotations

from typing import Any

from ..core.errors import InvalidArgument
from .datatypes import AnyType, Array, DataType, Kind, Map, Object, Property, SparkMLVector
from .infer_values import dtype_kind, infer_values
from .schema import ColSpec


def frame_columns(frame: Any) -> list[ColSpec]:
    """A column for each column of a pandas frame; one with missing values is optional."""
    if frame.columns.nlevels > 1:
        raise InvalidArgument("The frame has a MultiIndex for columns; flatten it, for a signature names each column")
    labels = [_label(label) for label in frame.columns]
    if not frame.columns.is_unique:
        twice = list(dict.fromkeys(frame.columns[frame.columns.duplicated()]))
        raise InvalidArgument(f"Column labels must differ in a signature; given twice: {twice}")
    if not labels:
        raise InvalidArgument("The frame has no columns; a signature needs at least one")
    if (alike := _alike(frame)) is not None:
        kind, holes = alike
        return [ColSpec(kind, label, required=not hole) for label, hole in zip(labels, holes, strict=True)]
    columns = []
    for position, label in enumerate(labels):
        kind, missing = series_kind(frame.iloc[:, position], f"Column {label!r}")
        columns.append(ColSpec(kind, label, required=not missing))
    return columns


def _alike(frame: Any) -> tuple[Kind, list[bool]] | None:
    """The one type of a frame of floats, and which columns have missing values; None for any other frame."""
    import numpy as np

    dtypes = list(frame.dtypes)
    if not isinstance(dtypes[0], np.dtype) or dtypes[0].kind != "f" or dtypes.count(dtypes[0]) < len(dtypes):
        return None
    kind = dtype_kind(dtypes[0], "A column")
    if kind is None or not len(frame):
        return None
    return kind, np.isnan(frame.to_numpy().min(axis=0)).tolist()  # a NaN is a column's minimum


def series_kind(series: Any, what: str) -> tuple[Kind, bool]:
    """The type of a pandas Series, and whether a value is missing."""
    import numpy as np

    dtype = series.dtype
    if not isinstance(dtype, np.dtype):
        kind = _extension_kind(series, what)
    elif dtype.kind == "O":
        found, missing = infer_values(series.tolist(), what)
        return found or AnyType(), missing or found is None
    else:
        kind = dtype_kind(dtype, what)
    if getattr(dtype, "kind", "") == "u" and dtype.itemsize == 8 and len(series) and series.max() >= 2**63:
        raise InvalidArgument(f"{what} holds unsigned integers beyond the 64 bits of type long; convert it to float64")
    return kind or AnyType(), kind is None or bool(series.isna().any())


def _extension_kind(series: Any, what: str) -> Kind | None:
    dtype = series.dtype
    name = type(dtype).__name__
    if name == "StringDtype":
        return DataType.string
    if name == "CategoricalDtype":
        return series_kind(dtype.categories.to_series(), what)[0] if len(dtype.categories) else DataType.string
    if name == "ArrowDtype":
        return arrow_kind(series, dtype.pyarrow_dtype, what)
    if name == "SparseDtype":
        return dtype_kind(dtype.subtype, what)
    if name in ("PeriodDtype", "IntervalDtype"):
        way = "series.dt.to_timestamp()" if name == "PeriodDtype" else "its left and right ends"
        raise InvalidArgument(f"{what} has dtype {dtype}, which no signature type describes; convert it to {way}")
    kind = dtype_kind(getattr(dtype, "numpy_dtype", dtype), what)
    return kind or infer_values(series.tolist(), what)[0]


def arrow_kind(series: Any, arrow: Any, what: str) -> Kind | None:
    """The type of a column that Arrow holds; None when Arrow knows none."""
    from pyarrow import types

    if types.is_dictionary(arrow):
        arrow = arrow.value_type
    if types.is_nested(arrow):
        values = series.array.__arrow_array__().to_pylist()
        if types.is_map(arrow):
            kind = infer_values([value for item in values if item is not None for _, value in item], what)[0]
            return Map(kind or AnyType())
        return infer_values(values, what)[0]
    if types.is_null(arrow):
        return None
    if types.is_decimal(arrow):
        return DataType.double
    for test, kind in (
        (types.is_boolean, DataType.boolean),
        (types.is_integer, None),
        (types.is_floating, None),
        (types.is_timestamp, DataType.datetime),
        (types.is_date, DataType.datetime),
        (_is_text, DataType.string),
        (_is_bytes, DataType.binary),
    ):
        if test(arrow):
            return kind or dtype_kind(series.dtype.numpy_dtype, what)
    raise InvalidArgument(f"{what} has dtype {series.dtype}, which no signature type describes; convert it first")


def _is_text(arrow: Any) -> bool:
    return str(arrow) in ("string", "large_string", "string_view")


def _is_bytes(arrow: Any) -> bool:
    return str(arrow).partition("[")[0] in ("binary", "large_binary", "binary_view", "fixed_size_binary")


def polars_columns(frame: Any) -> list[ColSpec]:
    """A column for each column of a polars frame."""
    if type(frame).__name__ == "LazyFrame":
        frame = frame.collect()
    return [polars_column(frame[name], name) for name in frame.columns]


def polars_column(series: Any, name: str | None) -> ColSpec:
    what = "The series" if name is None else f"Column {name!r}"
    dtype = type(series.dtype).__name__ if not isinstance(series.dtype, type) else series.dtype.__name__
    missing = series.null_count() > 0 or (dtype in ("Float32", "Float64") and bool(series.is_nan().any()))
    kind: Kind | None
    if dtype in _POLARS:
        kind = _POLARS[dtype]
    elif dtype in ("List", "Array", "Struct", "Object"):
        kind = infer_values(series.to_list(), what)[0]
    elif dtype == "Null":
        kind = None
    else:
        raise InvalidArgument(f"{what} has polars dtype {dtype}, which no signature type describes; convert it first")
    if dtype == "UInt64" and len(series) and (series.max() or 0) >= 2**63:
        raise InvalidArgument(f"{what} holds unsigned integers beyond the 64 bits of type long; cast it to Float64")
    required = name is None or not (missing or kind is None)
    return ColSpec(kind or AnyType(), name, required=required)


_POLARS = {
    "Boolean": DataType.boolean,
    **dict.fromkeys(("Int8", "Int16", "Int32", "UInt8", "UInt16"), DataType.integer),
    **dict.fromkeys(("Int64", "UInt32", "UInt64"), DataType.long),
    "Float32": DataType.float,
    **dict.fromkeys(("Float64", "Decimal"), DataType.double),
    **dict.fromkeys(("String", "Utf8", "Categorical", "Enum"), DataType.string),
    "Binary": DataType.binary,
    **dict.fromkeys(("Date", "Datetime"), DataType.datetime),
}


def spark_columns(frame: Any) -> list[ColSpec]:
    """A column for each field of a Spark frame's schema; no job is run."""
    return [ColSpec(_spark_kind(field.dataType, field.name), field.name) for field in frame.schema.fields]


def _spark_kind(type_: Any, where: str) -> Kind:
    name = type(type_).__name__
    if name in _SPARK:
        return _SPARK[name]
    if name == "ArrayType":
        return Array(_spark_kind(type_.elementType, where))
    if name == "MapType" and type(type_.keyType).__name__ in ("StringType", "CharType", "VarcharType"):
        return Map(_spark_kind(type_.valueType, where))
    if name == "StructType":
        return Object([Property(f.name, _spark_kind(f.dataType, where), not f.nullable) for f in type_.fields])
    if name == "VectorUDT":
        return SparkMLVector()
    raise InvalidArgument(f"Column {where!r} has Spark type {name}, which no signature type describes; cast it first")


_SPARK: dict[str, Kind] = {
    "BooleanType": DataType.boolean,
    **dict.fromkeys(("ByteType", "ShortType", "IntegerType"), DataType.integer),
    "LongType": DataType.long,
    "FloatType": DataType.float,
    **dict.fromkeys(("DoubleType", "DecimalType"), DataType.double),
    **dict.fromkeys(("StringType", "CharType", "VarcharType"), DataType.string),
    "BinaryType": DataType.binary,
    **dict.fromkeys(("DateType", "TimestampType", "TimestampNTZType"), DataType.datetime),
    "NullType": AnyType(),
}


def _label(label: Any) -> str | int:
    if isinstance(label, str):
        return label
    item = label.item() if hasattr(label, "item") else label
    if isinstance(item, int | float) and item == item:
        return item  # type: ignore[return-value]
    raise InvalidArgument(
        f"Column label {label!r} ({type(label).__name__}) cannot be written in a signature; use strings or integers"
    )
