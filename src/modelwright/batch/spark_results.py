"""Predictions as values of a Spark type: which types there are, and which of a model's values become one.

int, long        the leftmost column of integers that surely fit
float, double    the leftmost column of numbers
boolean          the leftmost column of truths
string           the leftmost column, as text
array of these   all such columns, or each row's list
struct           the columns of the fields' names, each by its own type
"""

from __future__ import annotations

from typing import Any

from ..core.errors import InvalidArgument
from ..core.frameworks import require
from ..models.containers import container
from ..models.datatypes import spark_type
from ..models.infer_values import dtype_kind
from ..models.schema import ColSpec, Schema

_PRIMITIVE = (
    "IntegerType", "LongType", "FloatType", "DoubleType", "StringType", "BooleanType", "BinaryType", "TimestampType",
)  # fmt: skip


def result_type(given: Any, outputs: Schema | None) -> Any:
    """The Spark type that a UDF returns.

    Args:
        given: A Spark type, or one in Spark's words such as "double", "array<string>" or "label string, score double".
        outputs: The schema of the model's output, which decides where nothing is given; without it, double.
    """
    types = require("spark", "pyspark.sql.types")
    if given is None:
        found = types.DoubleType() if outputs is None else _of_schema(outputs)
    elif isinstance(given, str):
        found = types._parse_datatype_string("boolean" if given.strip() == "bool" else given)
    else:
        found = given
    if not isinstance(found, types.DataType) or not _offered(found):
        raise InvalidArgument(
            f"result_type is {given!r}, which is not offered; expected int, long, float, double, string, boolean, "
            f"binary or timestamp, an array of them, or a struct whose fields are such"
        )
    return found


def _offered(type_: Any) -> bool:
    name = type(type_).__name__
    if name == "ArrayType":
        return _offered(type_.elementType)
    return all(_offered(field.dataType) for field in type_.fields) if name == "StructType" else name in _PRIMITIVE


def _of_schema(outputs: Schema) -> Any:
    """One column is its type, several are a struct. A tensor's rows are arrays, be it of one value, as in MLflow."""
    types = require("spark", "pyspark.sql.types")
    if len(outputs) == 1:
        return _of_spec(outputs.inputs[0])
    pairs = zip(outputs.input_names(), outputs, strict=True)
    return types.StructType([types.StructField(str(name), _of_spec(spec)) for name, spec in pairs])


def _of_spec(spec: Any) -> Any:
    if isinstance(spec, ColSpec):
        return _nullable(spark_type(spec.type))
    types = require("spark", "pyspark.sql.types")
    kind = dtype_kind(spec.type, "The output tensor")
    if kind is None:
        raise InvalidArgument(f"An output tensor of {spec.type} has no Spark type; give a result_type")
    found = spark_type(kind)
    for _ in range(max(1, len(spec.shape) - 1)):
        found = types.ArrayType(found)
    return found


def _nullable(type_: Any) -> Any:
    """The type with fields that may be missing, for a model's output is not checked."""
    types = require("spark", "pyspark.sql.types")
    if isinstance(type_, types.StructType):
        return types.StructType([types.StructField(f.name, _nullable(f.dataType)) for f in type_.fields])
    return types.ArrayType(_nullable(type_.elementType)) if isinstance(type_, types.ArrayType) else type_


def converted(predictions: Any, type_: Any, count: int) -> Any:
    """The predictions for `count` rows as the pandas Series or, for a struct, frame that Spark takes.

    Raises InvalidArgument where there is no value of that type, or not one for each row.
    """
    import pandas as pd

    struct = type(type_).__name__ == "StructType"
    if not count:
        return pd.DataFrame({field.name: [] for field in type_.fields}) if struct else pd.Series([], dtype=object)
    frame = _frame(predictions)
    if len(frame) != count:
        raise InvalidArgument(
            f"The model was given {count} rows and returned {len(frame)} predictions; a Spark UDF needs one for each "
            f"row"
        )
    return _struct(frame, type_) if struct else _column(frame, type_)


def _frame(predictions: Any) -> Any:
    import pandas as pd

    what = container(predictions)
    if what == "frame":
        return predictions.reset_index(drop=True)
    if what == "polars":
        return predictions.to_pandas()
    if what in ("value", "record"):
        return pd.DataFrame({0: [predictions]})
    if what == "dict":
        return pd.DataFrame({name: pd.Series(_listed(values)) for name, values in predictions.items()})
    if what == "sparse":
        predictions = predictions.toarray()
    if what in ("series", "polars series"):
        return pd.DataFrame({0: list(predictions) if what == "polars series" else predictions.reset_index(drop=True)})
    if what == "ndarray":
        return pd.DataFrame(predictions if predictions.ndim < 3 else {0: list(predictions)})
    ragged = len({len(value) if container(value) in ("list", "ndarray") else -1 for value in predictions}) > 1
    return pd.DataFrame({0: pd.Series(predictions, dtype=object)} if ragged else predictions)


def _listed(values: Any) -> Any:
    return list(values) if getattr(values, "ndim", 1) > 1 else values


def _struct(frame: Any, type_: Any) -> Any:
    import pandas as pd

    names = [field.name for field in type_.fields]
    there = {str(label): place for place, label in enumerate(frame.columns)}
    if not set(names) <= set(there) and list(there) == [str(n) for n in range(len(names))]:
        there = {name: place for place, name in enumerate(names)}  # a matrix has no names
    if lacking := [name for name in names if name not in there]:
        raise InvalidArgument(f"The model's output has no column {lacking[0]!r}; it has {', '.join(there)}")
    fields = {field.name: _column(frame.iloc[:, [there[field.name]]], field.dataType) for field in type_.fields}
    return pd.DataFrame(fields)


def _column(frame: Any, type_: Any) -> Any:
    import pandas as pd

    if type(type_).__name__ != "ArrayType":
        if type(type_).__name__ == "StructType":
            return pd.Series([_plain(value, type_) for value in frame.iloc[:, 0]], dtype=object)
        return _compatible(frame, type_)[0]
    lists = len(frame.columns) == 1 and frame.iloc[:, 0].dtype == object
    first = next((value for value in frame.iloc[:, 0] if value is not None), None) if lists else None
    if container(first) in ("list", "ndarray"):
        return pd.Series([_plain(value, type_) for value in frame.iloc[:, 0]], dtype=object)
    columns = [column.tolist() for column in _compatible(frame, type_.elementType)]
    return pd.Series([list(row) for row in zip(*columns, strict=True)], dtype=object)


def _compatible(frame: Any, type_: Any) -> list[Any]:
    """The columns whose values are, or safely become, values of a primitive type."""
    name = type(type_).__name__
    found = [frame.iloc[:, place] for place in range(frame.shape[1])]
    if name == "StringType":
        return [_texts(column) for column in found]
    fitting = [_as(column, name) for column in found if _fits(column.dtype, name)]
    if not fitting:
        have = ", ".join(f"{label}: {dtype}" for label, dtype in frame.dtypes.items())
        raise InvalidArgument(
            f"The model's output holds nothing that is {type_.simpleString()}; it has {have}. Ask for another "
            f"result_type; 'string' and 'array<string>' take everything"
        )
    return fitting


def _texts(column: Any) -> Any:
    """Values as texts; what is missing stays so, where NaN is no number of the column's."""
    import pandas as pd

    gaps = column.isna() & (getattr(column.dtype, "kind", "O") != "f")
    return pd.Series([None if gap else str(value) for gap, value in zip(gaps, column, strict=True)], dtype=object)


def _fits(dtype: Any, name: str) -> bool:
    plain = getattr(dtype, "numpy_dtype", dtype)
    kind, size = getattr(plain, "kind", "O"), getattr(plain, "itemsize", 8)
    if name in ("IntegerType", "LongType"):
        limit = 4 if name == "IntegerType" else 8
        return (kind == "i" and size <= limit) or (kind == "u" and size < limit)
    kinds = {"FloatType": "iuf", "DoubleType": "iuf", "BooleanType": "b", "TimestampType": "M", "BinaryType": "O"}
    return kind in kinds[name]


def _as(column: Any, name: str) -> Any:
    dtypes = {"IntegerType": "int32", "LongType": "int64", "FloatType": "float32", "DoubleType": "float64"}
    if name not in dtypes:
        return column
    if column.isna().any() and dtypes[name].startswith("int"):
        return column.astype(dtypes[name].replace("int", "Int"))
    return column.astype(dtypes[name])


def _plain(value: Any, type_: Any) -> Any:
    """One value of nested type, made of lists and dictionaries."""
    name = type(type_).__name__
    if value is None:
        return None
    if name == "ArrayType":
        return [_plain(item, type_.elementType) for item in value]
    if name == "StructType":
        return {field.name: _plain(value.get(field.name), field.dataType) for field in type_.fields}
    value = value.item() if hasattr(value, "item") else value
    if name == "StringType":
        return str(value)
    return float(value) if name in ("FloatType", "DoubleType") else value
