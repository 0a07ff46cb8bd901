"""Autologging of pyspark.ml."""

import csv

import mlflow
import mlflow.pyspark.ml
import pandas as pd
from facts import fact
from pyspark.ml import Pipeline
from pyspark.ml.evaluation import RegressionEvaluator
from pyspark.ml.feature import StandardScaler, VectorAssembler
from pyspark.ml.regression import LinearRegression
from pyspark.ml.tuning import CrossValidator, ParamGridBuilder
from pyspark.sql import SparkSession

builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
builder = builder.config("spark.driver.host", "127.0.0.1").config("spark.sql.shuffle.partitions", "1")
spark = builder.config("spark.log.level", "ERROR").getOrCreate()
frame = pd.DataFrame({"a": [float(n) for n in range(12)], "b": [float(n % 3) for n in range(12)]})
table = spark.createDataFrame(frame.assign(label=frame["a"] * 2 - frame["b"])).cache()
assembler = VectorAssembler(inputCols=["a", "b"], outputCol="features")
rows = assembler.transform(table).select("features", "label").cache()
client = mlflow.MlflowClient()


def show(label, run_id):
    run = client.get_run(run_id)
    fact(f"{label}: params", lambda: run.data.params)
    fact(f"{label}: metrics", lambda: {k: round(v, 6) for k, v in sorted(run.data.metrics.items())})
    fact(f"{label}: tags", lambda: sorted(run.data.tags))
    fact(f"{label}: estimator", lambda: [run.data.tags["estimator_name"], run.data.tags["estimator_class"]])
    fact(f"{label}: files", lambda: sorted(f.path for f in client.list_artifacts(run_id)))
    fact(f"{label}: model files", lambda: sorted(f.path for f in client.list_artifacts(run_id, "model")))
    fact(
        f"{label}: inputs",
        lambda: sorted([t.value for t in i.tags] + [i.dataset.source_type] for i in run.inputs.dataset_inputs),
    )


def document(run_id, name):
    return mlflow.artifacts.load_dict(f"runs:/{run_id}/{name}")


mlflow.pyspark.ml.autolog(log_input_examples=True)
estimator = LinearRegression(maxIter=1, solver="normal")
with mlflow.start_run() as run:
    model = estimator.fit(rows)
    predicted = model.transform(rows)
    RegressionEvaluator().evaluate(predicted)
    RegressionEvaluator(metricName="mae").evaluate(predicted)
    RegressionEvaluator().evaluate(model.transform(rows.limit(3)))
show("single", run.info.run_id)
fact("single: info", lambda: document(run.info.run_id, "metric_info.json"))
signature = fact("single: signature", lambda: mlflow.models.get_model_info(f"runs:/{run.info.run_id}/model").signature)
fact("single: inputs of the model", lambda: signature.inputs.to_dict())
fact("single: outputs of the model", lambda: signature.outputs.to_dict())
path = client.download_artifacts(run.info.run_id, "model")
loaded = mlflow.pyfunc.load_model(path)
fact("single: example", lambda: [round(v, 6) for v in loaded.predict(loaded.metadata.load_input_example(path))])

mlflow.pyspark.ml.autolog()
pipeline = Pipeline(stages=[assembler, Pipeline(stages=[LinearRegression(maxIter=1, predictionCol="p")]), estimator])
pipeline.fit(table)
run_id = mlflow.last_active_run().info.run_id
show("pipeline", run_id)
fact("pipeline: info", lambda: document(run_id, "estimator_info.json"))
both = mlflow.models.get_model_info(f"runs:/{run_id}/model").signature
fact("pipeline: inputs of the model", lambda: sorted(map(str, both.inputs.to_dict())))  # stock keeps them in a set
fact("pipeline: outputs of the model", lambda: both.outputs.to_dict())

grid = ParamGridBuilder().addGrid(estimator.regParam, [5.0, 0.0]).build()
search = CrossValidator(
    estimator=estimator, evaluator=RegressionEvaluator(), estimatorParamMaps=grid, numFolds=2, seed=1
)
with mlflow.start_run() as run:
    search.fit(rows)
show("search", run.info.run_id)
fact("search: info", lambda: document(run.info.run_id, "estimator_info.json"))
fact("search: best", lambda: document(run.info.run_id, "best_parameters.json"))
with open(client.download_artifacts(run.info.run_id, "search_results.csv")) as file:
    found = list(csv.reader(file))
fact("search: table", lambda: [[row[0], row[-1]] for row in found])
fact("search: columns", lambda: found[0])
children = client.search_runs(["0"], f"tags.mlflow.parentRunId = '{run.info.run_id}'", order_by=["params.regParam ASC"])
fact("children", lambda: [[c.data.params, sorted(c.data.metrics), sorted(c.data.tags)] for c in children])

mlflow.pyspark.ml.autolog(log_models=False, log_datasets=False, log_post_training_metrics=False)
count = len(client.search_runs(["0"]))
StandardScaler(inputCol="features", outputCol="scaled").fit(rows)
fact("a featurizer", lambda: len(client.search_runs(["0"])) - count)
with mlflow.start_run() as run:
    RegressionEvaluator().evaluate(estimator.fit(rows, {estimator.regParam: 0.5}).transform(rows))
show("little", run.info.run_id)
mlflow.pyspark.ml.autolog(log_model_allowlist=["pyspark.ml.recommendation.ALSModel"])
with mlflow.start_run() as run:
    estimator.fit(rows)
fact("not listed", lambda: sorted(f.path for f in client.list_artifacts(run.info.run_id)))
mlflow.autolog(disable=True)
estimator.fit(rows)
fact("off", lambda: client.search_runs(["0"])[0].info.run_id == run.info.run_id)
