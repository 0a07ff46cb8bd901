"""search_runs as notebooks use it: filters, order, frames and pages."""

import time

import mlflow
import pandas as pd
from facts import fact
from mlflow.entities import ViewType

mlflow.set_experiment("one")
for i in range(6):
    time.sleep(0.002)
    with mlflow.start_run(run_name=f"run-{i}", tags={"fold": str(i % 2), "my tag": "x"}):
        mlflow.log_params({"depth": i, "kind": "tree" if i < 3 else "forest"})
        mlflow.log_metric("loss", 1 / (i + 1))
        if i != 2:
            mlflow.log_metric("val/acc", i / 10)
        if i == 4:
            mlflow.log_param("rare", "yes")
mlflow.set_experiment("two")
with mlflow.start_run(run_name="alone"):
    mlflow.log_metric("loss", 0.33)
mlflow.set_experiment("one")

frame = mlflow.search_runs(order_by=["attributes.start_time ASC"])
fact("type", lambda: type(frame))
fact("columns", lambda: sorted(frame.columns))
fact("first columns", lambda: list(frame.columns)[:6])
fact("column order kinds", lambda: [c.split(".")[0] for c in frame.columns if "." in c])
fact("dtypes", lambda: {c: str(frame[c].dtype) for c in frame.columns})
fact(
    "values",
    lambda: frame[["metrics.loss", "metrics.val/acc", "params.depth", "params.rare", "tags.fold", "tags.my tag"]],
)
fact("index", lambda: type(frame.index))
fact("to datetime", lambda: isinstance(frame.iloc[0].start_time, pd.Timestamp))
fact("best", lambda: frame.sort_values("metrics.loss").iloc[0]["tags.mlflow.runName"])
fact("groupby", lambda: frame.groupby("params.kind")["metrics.loss"].mean().to_dict())
empty = mlflow.search_runs(filter_string="metrics.loss > 100")
fact("empty", lambda: [len(empty), list(empty.columns), [str(t) for t in empty.dtypes]])


def names(text="", **more):
    more.setdefault("order_by", ["attributes.start_time ASC"])
    return [r.info.run_name for r in mlflow.search_runs(filter_string=text, output_format="list", **more)]


for text in [
    "metrics.loss < 0.3",
    "metrics.loss < 0.3 and params.kind = 'forest'",
    'params.kind = "tree"',
    "params.depth = '3'",
    "params.depth = 3",
    "params.kind LIKE 'tr%'",
    "params.kind ILIKE 'TR%'",
    "params.kind != 'tree'",
    "params.kind IN ('tree')",
    "tags.fold = '1'",
    "tags.`my tag` = 'x'",
    "tags.\"my tag\" = 'x'",
    "metrics.`val/acc` >= 0.3",
    "metric.loss = 0.5",
    "parameter.kind = 'tree'",
    "param.kind = 'tree'",
    "tag.fold = '0'",
    "run_name = 'run-3'",
    "attributes.run_name LIKE 'run-%'",
    "attr.run_name = 'run-1'",
    "attribute.status = 'FINISHED'",
    "status = 'RUNNING'",
    "attributes.status != 'FAILED'",
    "run_id = 'zzz'",
    "attributes.run_id IN ('a', 'b')",
    "start_time > 0",
    "attributes.start_time < 5",
    "end_time > 0",
    "created > 0",
    "user_id != 'nobody'",
    "artifact_uri LIKE '%artifacts'",
    "tags.mlflow.runName = 'run-2'",
    "tags.`mlflow.source.type` = 'LOCAL'",
    "loss < 1",
    "metrics.loss",
    "metrics.loss < 'a'",
    "metrics.loss < 0.3 AND",
    "nothing.x = 1",
    "metrics.loss IN (0.5)",
    "params.kind = tree",
    "attributes.nope = 'x'",
    "run_id > 'x'",
    "   ",
    "metrics.loss == 0.5",
    "metrics.loss <> 0.5",
    "params.kind IS NULL",
    "params.rare IS NOT NULL",
    "status IN ('FINISHED', 'RUNNING')",
    "run_name IN ('run-1', 'run-5')",
    "datasets.name = 'x'",
    "dataset.digest LIKE 'x%'",
    "metrics.loss > -1",
    "metrics.loss > 1e-3",
    "metrics.loss > .3",
    "metrics.loss < 0.3;",
]:
    fact(f"filter {text}", lambda: names(text))

for order in [
    ["metrics.loss"],
    ["metrics.loss DESC"],
    ["metrics.`val/acc` asc"],
    ["params.kind DESC", "metrics.loss ASC"],
    ["tags.fold"],
    ["metrics.loss dEsC"],
    ["run_name DESC"],
    ["attributes.end_time DESC"],
    ["start_time"],
    ["created DESC"],
    ["params.rare"],
    ["nope"],
    ["metrics.loss DOWN"],
    ["metrics.loss, params.kind"],
    ["attribute.status", "metrics.loss"],
    ["metrics.zzz"],
    [],
    ["Start Time"],
]:
    fact(
        f"order {order}",
        lambda: names(order_by=order) if order not in (["metrics.zzz"],) else len(names(order_by=order)),
    )

fact("default order", lambda: names(order_by=None))
fact("max_results", lambda: names(max_results=2))
fact("max_results 0", lambda: len(names(max_results=0)))
fact("experiment_names", lambda: names(experiment_names=["two"]))
fact("both experiments", lambda: len(names(experiment_names=["one", "two"])))
fact("unknown experiment", lambda: names(experiment_names=["zzz"]))
fact("ids", lambda: len(names(experiment_ids=["0"])))
fact("ids and names", lambda: names(experiment_ids=["1"], experiment_names=["one"]))
fact("all experiments", lambda: len(names(search_all_experiments=True)))
fact("string id", lambda: names(experiment_ids="1"))
fact(
    "positional",
    lambda: len(mlflow.search_runs(["1", "2"], "metrics.loss < 0.4", ViewType.ACTIVE_ONLY, 10, ["metrics.loss ASC"])),
)
fact("output format", lambda: mlflow.search_runs(output_format="json"))

client = mlflow.MlflowClient()
page = client.search_runs(["1"], max_results=4, order_by=["metrics.loss"])
fact("page", lambda: [type(page), len(page), bool(page.token)])
rest = client.search_runs(["1"], max_results=4, order_by=["metrics.loss"], page_token=page.token)
fact("rest", lambda: [[r.info.run_name for r in rest], rest.token or None])
fact("client str", lambda: [r.info.run_name for r in client.search_runs("1", "metrics.loss > 0.4")])
fact(
    "client keywords",
    lambda: len(client.search_runs(experiment_ids=["1"], filter_string="", run_view_type=ViewType.ALL)),
)
fact("too many results", lambda: client.search_runs(["1"], max_results=50_001))
fact("bad token", lambda: client.search_runs(["1"], page_token="?"))
fact("no experiments", lambda: len(client.search_runs([])))
fact("list", lambda: isinstance(page, list))
