"""A Spark model that takes pandas frames, and Spark's own, and answers a list."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from ...core.errors import InvalidArgument
from ...core.frameworks import require
from ...models.containers import container
from ...models.datatypes import SparkMLVector, spark_type
from ...models.schema import Schema
from ...models.signature import ModelSignature
from . import session

log = logging.getLogger(__name__)
PREDICTION = "prediction"
_FEATURES = ("featuresCol", "inputCol", "inputCols")


class SparkPredictor:
    """Pandas frame → Spark frame → `transform` → the column `prediction`, as a list of its values.

    Columns that the signature calls Spark vectors hold lists of numbers; so may any column that a stage of the model
    reads as its features.
    """

    def __init__(self, model: Any, signature: ModelSignature | None) -> None:
        self.native = model
        self._inputs = signature.inputs if signature else None
        outputs = signature.outputs if signature else None
        self._vector_out = bool(_vectors(outputs, [PREDICTION]))

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> list[Any]:
        if params:
            log.warning("params %s are ignored: Spark's transform does not take any", sorted(params))
        frame = data if container(data) == "spark" else self._frame(data)
        frame = self._with_vectors(frame)
        column = answers(self.native, frame)
        if self._vector_out:
            column = column.select(require("spark", "pyspark.ml.functions").vector_to_array(PREDICTION))
        return [row[0] for row in column.collect()]

    def _frame(self, data: Any) -> Any:
        """A pandas frame as Spark's."""
        spark, what = session.current(), container(data)
        if what in ("ndarray", "list"):
            return spark.createDataFrame(data)  # a list of records has names, else they are Spark's _1, _2, …
        if what != "frame":
            raise InvalidArgument(f"A Spark model takes a pandas or a Spark frame, got {type(data).__name__}")
        data = data.copy(deep=False)
        for name in _vectors(self._inputs, list(data.columns)):
            data[name] = [None if value is None else [float(number) for number in value] for value in data[name]]
        bare = data.empty or bool(data.isna().all().any())  # then the values tell no type
        if not bare or self._inputs is None or self._inputs.is_tensor_spec():
            return spark.createDataFrame(data)
        return spark.createDataFrame(data, schema=_spark_schema(self._inputs, list(data.columns)))

    def _with_vectors(self, frame: Any) -> Any:
        there = {field.name: field.dataType for field in frame.schema.fields}
        wanted = {*_vectors(self._inputs, list(there)), *_features(self.native)}
        lists = [name for name, kind in there.items() if name in wanted and _is_numbers(kind)]
        if not lists:
            return frame
        functions, sql = require("spark", "pyspark.ml.functions"), require("spark", "pyspark.sql.functions")
        for name in lists:
            frame = frame.withColumn(name, functions.array_to_vector(sql.col(f"`{name}`").cast("array<double>")))
        return frame


class LocalPredictor:
    """A model of pyspark.ml.connect: pandas frame in, its column `prediction` out; no session is asked for."""

    def __init__(self, model: Any) -> None:
        self.native = model

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        if params:
            log.warning("params %s are ignored: Spark's transform does not take any", sorted(params))
        return self.native.transform(data.copy(deep=False))[PREDICTION]


def answers(model: Any, frame: Any) -> Any:
    """A frame of the column `prediction` that the model makes of `frame`.

    Where a pipeline ends in a transformer, that is the transformer's output column, whatever its name: asked for under
    the name `prediction` in this call, so that the model stays as its user made it.
    """
    made = model.transform(frame)
    last = (getattr(model, "stages", None) or [model])[-1]
    if PREDICTION not in made.columns and last.hasParam("outputCol") and last.isDefined("outputCol"):
        made = made.withColumnRenamed(last.getOrDefault("outputCol"), PREDICTION)
    if PREDICTION not in made.columns:
        raise InvalidArgument(
            f"The model makes no column {PREDICTION!r}; it makes {', '.join(made.columns)}. Set predictionCol= or "
            f"outputCol= of its last stage to {PREDICTION!r}, or use spark.load_model and its transform"
        )
    return made.select(PREDICTION)


def _vectors(schema: Schema | None, columns: list[Any]) -> list[Any]:
    """The columns that a schema calls vectors; its unnamed column is the first."""
    if schema is None or schema.is_tensor_spec():
        return []
    found = [columns[0] if spec.name is None else spec.name for spec in schema if isinstance(spec.type, SparkMLVector)]
    return [name for name in found if name in columns]


def _features(model: Any) -> Iterable[str]:
    """The columns that Spark's own stages read their features from. None of these stages takes lists of numbers."""
    for stage in getattr(model, "stages", None) or [model]:
        if not type(stage).__module__.startswith("pyspark.ml."):
            continue
        for param in _FEATURES:
            if stage.hasParam(param) and stage.isDefined(param):
                given = stage.getOrDefault(param)
                yield from [given] if isinstance(given, str) else given


def _is_numbers(kind: Any) -> bool:
    return type(kind).__name__ == "ArrayType" and type(kind.elementType).__name__ in (
        "DoubleType", "FloatType", "LongType", "IntegerType",
    )  # fmt: skip


def _spark_schema(schema: Schema, columns: list[Any]) -> Any:
    """The Spark schema of a frame that fits a signature; vectors come as lists, and all may be missing."""
    types = require("spark", "pyspark.sql.types")
    known = schema.input_dict() if schema.has_input_names() else dict(zip(columns, schema, strict=False))
    fields = []
    for name in columns:
        if name not in known or isinstance(known[name].type, SparkMLVector):
            kind: Any = types.ArrayType(types.DoubleType()) if name in known else types.StringType()
        else:
            kind = spark_type(known[name].type)
        fields.append(types.StructField(str(name), kind))
    return types.StructType(fields)
