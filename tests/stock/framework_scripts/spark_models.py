"""Spark models: logging, loading, scoring frames of pandas."""

import os

import mlflow
import mlflow.spark
import pandas as pd
from facts import fact
from mlflow.models import infer_signature
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.feature import VectorAssembler
from pyspark.ml.regression import LinearRegression
from pyspark.sql import SparkSession

builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
spark = builder.config("spark.driver.host", "127.0.0.1").config("spark.log.level", "ERROR").getOrCreate()
frame = pd.DataFrame({"a": [0.0, 1.0, 2.0, 3.0, 4.0], "b": [1.0, 0.0, 2.0, 1.0, 5.0]})
rows = spark.createDataFrame(frame.assign(label=frame["a"] * 2 + frame["b"]))
assembler = VectorAssembler(inputCols=["a", "b"], outputCol="features")
estimator = LinearRegression(maxIter=1, solver="normal")
model = Pipeline(stages=[assembler, estimator]).fit(rows)
P = ["pyspark"]


def rounded(values):
    return [round(value, 6) for value in values]


with mlflow.start_run() as run:
    inputs = rows.select("a", "b")
    signature = infer_signature(inputs, model.transform(inputs).select("prediction"))
    info = mlflow.spark.log_model(model, "m", signature=signature, pip_requirements=P)
    fact("flavor keys", lambda: {k: sorted(v) for k, v in info.flavors.items()})
    fact("class", lambda: info.flavors["spark"]["model_class"])
    fact("data", lambda: [info.flavors["spark"]["model_data"], info.flavors["python_function"]["data"]])
    fact("signature", lambda: info.signature.to_dict())
    fact(
        "by position",
        lambda: mlflow.spark.log_model(
            model.stages[1], "single", None, None, None, None, "spark_model", None, None, 10, P
        ).flavors["spark"]["model_class"],
    )
base = f"runs:/{run.info.run_id}"
fact("native", lambda: type(mlflow.spark.load_model(f"{base}/m")))
fact("stages", lambda: [type(stage).__name__ for stage in mlflow.spark.load_model("models:/spark_model/1").stages])
fact("pyfunc", lambda: rounded(mlflow.pyfunc.load_model(f"{base}/m").predict(frame)))
fact("whole numbers", lambda: rounded(mlflow.pyfunc.load_model(f"{base}/m").predict(frame.astype("int32"))))
fact("missing column", lambda: mlflow.pyfunc.load_model(f"{base}/m").predict(frame[["a"]]))
fact("raw", lambda: type(mlflow.pyfunc.load_model(f"{base}/m").get_raw_model()))
fact("params in predict", lambda: len(mlflow.pyfunc.load_model(f"{base}/m").predict(frame, params={"zzz": 1})))
fact(
    "lists as features",
    lambda: rounded(mlflow.pyfunc.load_model(f"{base}/single").predict(pd.DataFrame({"features": [[1.0, 2.0]]}))),
)
fact(
    "save",
    lambda: mlflow.spark.save_model(model, "saved", None, None, None, "tmp", None, None, frame.head(2), P),
)
fact("saved files", lambda: sorted(name for name in os.listdir("saved") if name != "manifest.json"))
fact("sparkml", lambda: sorted(os.listdir("saved/sparkml")))
fact("saved signature", lambda: mlflow.models.get_model_info("saved").signature.to_dict())
fact("tmp is clean", lambda: os.listdir("tmp") if os.path.isdir("tmp") else [])
fact("again", lambda: mlflow.spark.save_model(model, "saved", pip_requirements=P))
fact(
    "loaded",
    lambda: rounded(row.prediction for row in mlflow.spark.load_model("saved", "tmp").transform(rows).collect()),
)
os.makedirs("copied")
fact("dst", lambda: len(mlflow.spark.load_model(f"{base}/m", None, "copied").stages))
fact("estimator", lambda: mlflow.spark.save_model(estimator, "e", pip_requirements=P))
fact("no model", lambda: mlflow.spark.save_model({"a": 1}, "n", pip_requirements=P))
fact("frame as example", lambda: mlflow.spark.save_model(model, "x", input_example=rows, pip_requirements=P))
fact("other flavor", lambda: mlflow.sklearn.load_model("saved"))
ends = PipelineModel([assembler])
fact("ends in a transformer", lambda: mlflow.spark.save_model(ends, "t", pip_requirements=P))
fact("its output", lambda: [list(v) for v in mlflow.pyfunc.load_model("t").predict(frame.head(2))])
fact("default pip", lambda: [r.split("==")[0] for r in mlflow.spark.get_default_pip_requirements()])
fact("flavor name", lambda: mlflow.spark.FLAVOR_NAME)
fact("mleap", lambda: mlflow.mleap.save_model(spark_model=model, sample_input=rows, path="leap"))
data = mlflow.data.from_spark(rows, targets="label", name="rows")
fact("data set", lambda: [data.name, data.source.to_dict().keys() == {"tags"}, data.targets, data.profile])
fact("its schema", lambda: data.schema.to_dict())
fact("its digest", lambda: len(data.digest))
fact("its path", lambda: mlflow.data.from_spark(rows, path="a/b").source.to_dict())
fact("two sources", lambda: mlflow.data.from_spark(rows, path="a/b", sql="select 1"))
fact("a version of files", lambda: mlflow.data.from_spark(rows, path="a/b", version="1"))
fact("no such column", lambda: mlflow.data.from_spark(rows, targets="nope"))
