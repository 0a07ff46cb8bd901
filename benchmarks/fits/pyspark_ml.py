"""pyspark.ml: a pipeline of three stages on the local machine."""

import time

import mlflow
import mlflow.pyspark.ml
import numpy as np
import pandas as pd
from pyspark.ml import Pipeline
from pyspark.ml.feature import StandardScaler, VectorAssembler
from pyspark.ml.regression import LinearRegression
from pyspark.sql import SparkSession

builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
spark = builder.config("spark.log.level", "ERROR").config("spark.sql.shuffle.partitions", "1").getOrCreate()
mlflow.pyspark.ml.autolog(silent=True)
frame = pd.DataFrame(np.random.default_rng(0).normal(size=(500, 5))).add_prefix("x")
table = spark.createDataFrame(frame.assign(label=frame.sum(axis=1))).cache()
table.count()
stages = [
    VectorAssembler(inputCols=list(frame), outputCol="raw"),
    StandardScaler(inputCol="raw", outputCol="features"),
    LinearRegression(maxIter=3),
]
started = time.perf_counter()
Pipeline(stages=stages).fit(table)
print(time.perf_counter() - started)
spark.stop()
