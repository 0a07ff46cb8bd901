"""Models saved with the Spark flavor: pipelines, single models, vectors in and out, transformers."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from .cases import Score, case, native

FRAME = pd.DataFrame({"a": [float(n) for n in range(8)], "b": [float(n % 3) for n in range(8)]})
LISTS = pd.DataFrame({"features": [[0.0, 1.0], [2.0, 0.5], [5.0, 2.0]]})
PINS = {"pip_requirements": ["pyspark"]}


@cache
def _spark() -> Any:
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.driver.host", "127.0.0.1").config("spark.sql.shuffle.partitions", "1")
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


@cache
def _rows() -> Any:
    return _spark().createDataFrame(FRAME.assign(label=FRAME["a"] * 2 - FRAME["b"]))


def _assembler() -> Any:
    _spark()
    from pyspark.ml.feature import VectorAssembler

    return VectorAssembler(inputCols=["a", "b"], outputCol="features")


@cache
def _pipeline() -> Any:
    stage = _assembler()
    from pyspark.ml import Pipeline
    from pyspark.ml.regression import LinearRegression

    return Pipeline(stages=[stage, LinearRegression(maxIter=2, solver="normal")]).fit(_rows())


@native("spark")
def _score(model: Any, data: Any) -> Any:
    stages = [type(stage).__name__ for stage in model.stages]
    if "features" in data.columns:
        return stages
    made = model.transform(_spark().createDataFrame(data))
    return [list(row[0]) if hasattr(row[0], "toArray") else row[0] for row in made.select(made.columns[-1]).collect()]


@case(golden=True)
def spark_pipeline(m: Any, work: Path, root: Path) -> Score:
    rows = _rows().select("a", "b")
    signature = m.models.infer_signature(rows, _pipeline().transform(rows).select("prediction"))
    m.spark.save_model(_pipeline(), str(root), signature=signature, metadata={"owner": "me"}, **PINS)
    return Score(FRAME)


@case()
def spark_inferred(m: Any, work: Path, root: Path) -> Score:
    m.spark.save_model(_pipeline(), str(root), input_example=FRAME.head(2), **PINS)
    return Score(FRAME.head(4))


@case()
def spark_single_model(m: Any, work: Path, root: Path) -> Score:
    """No signature: a column of lists becomes a vector because the model reads its features from it."""
    m.spark.save_model(_pipeline().stages[1], str(root), **PINS)
    return Score(LISTS)


@case()
def spark_vectors(m: Any, work: Path, root: Path) -> Score:
    rows = _assembler().transform(_rows())
    from pyspark.ml.classification import LogisticRegression

    rows = rows.selectExpr("features", "double(label > 5) as label")
    model = LogisticRegression(maxIter=2, predictionCol="", probabilityCol="prediction").fit(rows)
    signature = m.models.infer_signature(rows.select("features"), model.transform(rows).select("prediction"))
    m.spark.save_model(model, str(root), signature=signature, **PINS)
    return Score(LISTS)


@case()
def spark_transformer(m: Any, work: Path, root: Path) -> Score:
    """A pipeline that ends in a transformer answers what that makes."""
    _spark()
    from pyspark.ml import PipelineModel
    from pyspark.ml.feature import Bucketizer

    model = PipelineModel([Bucketizer(splits=[0.0, 2.0, 5.0, 99.0], inputCol="a", outputCol="band")])
    m.spark.save_model(model, str(root), **PINS)
    return Score(FRAME[["a"]])


@case(corpus=True)
def spark_requirements(m: Any, work: Path, root: Path) -> Score:
    m.spark.save_model(_pipeline(), str(root))
    return Score(FRAME)
