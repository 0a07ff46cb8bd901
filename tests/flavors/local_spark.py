"""One small Spark session for all tests of a process, and models fitted in it once."""

from __future__ import annotations

import logging
import sys
import warnings
from functools import cache
from tempfile import mkdtemp
from typing import Any

import pandas as pd

ROWS = pd.DataFrame({"a": [float(n) for n in range(12)], "b": [float(n % 3) for n in range(12)]})
LABELS = [2 * a - b for a, b in zip(ROWS["a"], ROWS["b"], strict=True)]
# pyspark 4.3 works with pandas 3 as far as these tests go, and says this whenever it imports it.
PANDAS = "ignore:PySpark does not yet fully support pandas:FutureWarning"
# Searches and OneVsRest leave the pool of their threads to the garbage collector.
POOL = "ignore:Exception ignored in. <function Pool.__del__:pytest.PytestUnraisableExceptionWarning"


@cache
def spark() -> Any:
    """The session: one thread, no pages, one partition, and workers with the interpreter of the tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its start: what Spark thinks of the versions beside it
        from pyspark.sql import SparkSession

        settings = {
            "spark.ui.enabled": "false",
            "spark.driver.host": "127.0.0.1",
            "spark.sql.shuffle.partitions": "1",
            "spark.default.parallelism": "1",
            "spark.log.level": "ERROR",
            "spark.sql.warehouse.dir": mkdtemp(prefix="spark-warehouse-"),
        }
        builder = SparkSession.builder.master("local[1]")
        for name, value in settings.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
        session.sparkContext.pythonExec = sys.executable  # also where another test started it, by the name "python3"
    logging.getLogger("py4j").setLevel(logging.ERROR)  # it talks to the very end, when stderr is closed
    return session


@cache
def table() -> Any:
    """Two features and a label."""
    return spark().createDataFrame(ROWS.assign(label=LABELS)).cache()


@cache
def vectors() -> Any:
    """The same with the features as one vector."""
    return assembler().transform(table()).select("features", "label").cache()


def assembler() -> Any:
    spark()  # stages live in its Java process
    from pyspark.ml.feature import VectorAssembler

    return VectorAssembler(inputCols=["a", "b"], outputCol="features")


@cache
def pipeline() -> Any:
    """A fitted pipeline of an assembler and a linear regression."""
    stage = assembler()
    from pyspark.ml import Pipeline
    from pyspark.ml.regression import LinearRegression

    return Pipeline(stages=[stage, LinearRegression(maxIter=2, solver="normal")]).fit(table())
