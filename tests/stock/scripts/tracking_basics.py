"""Params, metrics and tags, as every first script logs them."""

import time

import mlflow
import numpy as np
from facts import fact
from mlflow.entities import Metric, Param, RunTag

fact("version", lambda: mlflow.__version__)
fact("no run yet", lambda: mlflow.active_run())
fact("no last run", lambda: mlflow.last_active_run())
experiment = mlflow.set_experiment("basics")
fact("set_experiment", lambda: type(experiment))
fact(
    "experiment", lambda: [experiment.name, experiment.lifecycle_stage, experiment.tags, type(experiment.experiment_id)]
)

with mlflow.start_run(
    run_name="first", tags={"team": "risk"}, description="a first run", log_system_metrics=False
) as run:
    fact("run name", lambda: run.info.run_name)
    fact("status while running", lambda: run.info.status)
    fact("log_param returns", lambda: mlflow.log_param("alpha", 0.5))
    fact("log_param list", lambda: mlflow.log_param("layers", [1, 2, 3]))
    fact("log_param None", lambda: mlflow.log_param("nothing", None))
    fact("log_param bool", lambda: mlflow.log_param("flag", True))
    fact("log_param numpy", lambda: mlflow.log_param("np", np.float32(0.25)))
    fact("log_param int key", lambda: mlflow.log_param(3, "x"))
    fact("log_params", lambda: mlflow.log_params({"depth": 3, "rate": 0.1}))
    fact("log_param again", lambda: mlflow.log_param("alpha", 0.5))
    fact("log_param changed", lambda: mlflow.log_param("alpha", 0.6))
    fact("log_params changed", lambda: mlflow.log_params({"depth": 4, "new": 1}))
    fact("log_metric", lambda: mlflow.log_metric("loss", 0.5))
    fact("log_metric step", lambda: mlflow.log_metric("loss", 0.4, step=1))
    fact("log_metric positional step", lambda: mlflow.log_metric("loss", 0.3, 2))
    fact("log_metric timestamp", lambda: mlflow.log_metric("stamped", 1.5, step=4, timestamp=1_700_000_000_123))
    fact("log_metric numpy", lambda: mlflow.log_metric("np", np.float64(2.5)))
    fact("log_metric np array 0d", lambda: mlflow.log_metric("np0", np.array(2.5)))
    fact("log_metric np array 1", lambda: mlflow.log_metric("np1", np.array([2.5])))
    fact("log_metric np array 2", lambda: mlflow.log_metric("np2", np.array([2.5, 1.0])))
    fact("log_metric bool", lambda: mlflow.log_metric("bool", True))
    fact("log_metric int", lambda: mlflow.log_metric("int", 7))
    fact("log_metric text", lambda: mlflow.log_metric("text", "high"))
    fact("log_metric number text", lambda: mlflow.log_metric("text2", "1.5"))
    fact("log_metric None", lambda: mlflow.log_metric("none", None))
    fact("log_metric bad name", lambda: mlflow.log_metric("a:b?c", 1))
    fact("log_metric path name", lambda: mlflow.log_metric("val/loss", 1))
    fact("log_metric ..", lambda: mlflow.log_metric("../loss", 1))
    fact("log_metric space", lambda: mlflow.log_metric("my loss", 1))
    fact("log_metric empty name", lambda: mlflow.log_metric("", 1))
    fact("log_metric @", lambda: mlflow.log_metric("map@50", 0.5))
    fact("log_metric (", lambda: mlflow.log_metric("acc(%)", 0.5))
    fact("log_metrics", lambda: mlflow.log_metrics({"acc": 0.9, "f1": 0.8}, step=3))
    fact("log_metrics bad", lambda: mlflow.log_metrics({"good": 0.9, "bad": "x"}))
    fact("set_tag", lambda: mlflow.set_tag("release", 2))
    fact("set_tags", lambda: mlflow.set_tags({"a": 1, "b": None, "c": [1]}))
    fact("delete_tag", lambda: mlflow.delete_tag("a"))
    fact("delete_tag unknown", lambda: mlflow.delete_tag("zzz"))
    fact("start again", lambda: mlflow.start_run())
    fact("set_experiment in run", lambda: mlflow.set_experiment("other"))
    fact("long param", lambda: mlflow.log_param("long", "x" * 6000))
    fact("too long param", lambda: mlflow.log_param("longer", "x" * 6001))
    fact("long key", lambda: mlflow.log_param("k" * 251, "x"))
    fact("long tag", lambda: mlflow.set_tag("long", "x" * 8000))
    fact("too long tag", lambda: mlflow.set_tag("longer", "x" * 8001))
    fact("many params", lambda: mlflow.log_params({f"p{i}": i for i in range(150)}))
    fact("active run", lambda: mlflow.active_run().info.run_id == run.info.run_id)
    fact("get_artifact_uri", lambda: mlflow.get_artifact_uri().endswith("/artifacts"))
    fact("get_artifact_uri path", lambda: mlflow.get_artifact_uri("model").endswith("/artifacts/model"))

mlflow.set_experiment("basics")
fact("data right after", lambda: run.data.metrics)
again = mlflow.get_run(run.info.run_id)
fact("params", lambda: {k: v for k, v in again.data.params.items() if not k.startswith(("p1", "long"))})
fact("metrics", lambda: again.data.metrics)
fact("tags", lambda: {k: v for k, v in again.data.tags.items() if not k.startswith(("mlflow.s", "mlflow.u", "long"))})
fact("tag names", lambda: sorted(again.data.tags))
fact("source name", lambda: again.data.tags["mlflow.source.name"].rsplit("/")[-1])
fact("status", lambda: again.info.status)
fact("end after start", lambda: again.info.end_time >= again.info.start_time)
fact("info fields", lambda: sorted(k for k in dict(again.info)))
fact("run dict", lambda: sorted(again.to_dictionary()))
fact("run dict info", lambda: sorted(again.to_dictionary()["info"]))
fact("run dict data", lambda: sorted(again.to_dictionary()["data"]))
fact("data dict", lambda: sorted(again.data.to_dictionary()))
fact("lifecycle", lambda: again.info.lifecycle_stage)
fact("run_uuid", lambda: again.info.run_uuid == again.info.run_id)
fact("last active", lambda: mlflow.last_active_run().info.run_id == run.info.run_id)
fact("last active data", lambda: mlflow.last_active_run().data.metrics["acc"])

history = mlflow.MlflowClient().get_metric_history(run.info.run_id, "loss")
fact("history", lambda: [[m.key, m.value, m.step, type(m.timestamp)] for m in history])
fact("stamp", lambda: mlflow.MlflowClient().get_metric_history(run.info.run_id, "stamped")[0].timestamp)
fact("metric dict", lambda: sorted(dict(history[0])))
fact("history unknown", lambda: mlflow.MlflowClient().get_metric_history(run.info.run_id, "zzz"))

run = mlflow.start_run()
mlflow.log_metric("x", 1)
fact("end_run", lambda: mlflow.end_run("KILLED"))
fact("killed", lambda: mlflow.get_run(run.info.run_id).info.status)
fact("end_run twice", lambda: mlflow.end_run())
try:
    with mlflow.start_run() as failing:
        raise RuntimeError("user error")
except RuntimeError:
    pass
fact("failed", lambda: mlflow.get_run(failing.info.run_id).info.status)

with mlflow.start_run(run_id=run.info.run_id) as resumed:
    mlflow.log_metric("x", 2, step=1)
    fact("resumed status", lambda: resumed.info.status)
    fact("resumed experiment", lambda: resumed.info.experiment_id == experiment.experiment_id)
fact("resumed", lambda: [mlflow.get_run(run.info.run_id).info.status, mlflow.get_run(run.info.run_id).data.metrics])
fact("resume unknown", lambda: mlflow.start_run(run_id="0" * 32))
fact("resume bad id", lambda: mlflow.start_run(run_id="nonsense!"))
fact("get unknown", lambda: mlflow.get_run("0" * 32))
fact("get None", lambda: mlflow.get_run(None))
fact("bad experiment id", lambda: mlflow.start_run(experiment_id="98765"))
mlflow.end_run()
fact(
    "int experiment id",
    lambda: (
        mlflow.start_run(experiment_id=int(experiment.experiment_id)).info.experiment_id == experiment.experiment_id
    ),
)
mlflow.end_run()

fact("implicit run", lambda: mlflow.log_param("implicit", 1))
fact("implicit active", lambda: mlflow.active_run() is not None)
mlflow.end_run()

with mlflow.start_run() as background:
    future = mlflow.log_metric("late", 1.0, synchronous=False)
    fact("future type", lambda: hasattr(future, "wait"))
    fact("future wait", lambda: future.wait())
    fact("params future", lambda: hasattr(mlflow.log_params({"u": 1}, synchronous=False), "wait"))
    fact("param future", lambda: hasattr(mlflow.log_param("v", 1, synchronous=False), "wait"))
    fact("metrics future", lambda: hasattr(mlflow.log_metrics({"m": 1}, step=1, synchronous=False), "wait"))
    fact("tags future", lambda: hasattr(mlflow.set_tags({"m": 1}, synchronous=False), "wait"))
    fact("tag future", lambda: hasattr(mlflow.set_tag("n", 1, synchronous=False), "wait"))
    fact("flush", lambda: mlflow.flush_async_logging())
fact("late", lambda: mlflow.get_run(background.info.run_id).data.metrics)
fact(
    "metrics at one time",
    lambda: mlflow.log_metrics({"t": 1.0}, timestamp=int(time.time() * 1000), run_id=background.info.run_id),
)
fact("params by run_id", lambda: mlflow.log_params({"t": 1.0}, run_id=background.info.run_id))
fact("metric by run_id", lambda: mlflow.log_metric("r", 1.0, run_id=background.info.run_id))
mlflow.end_run()

client = mlflow.MlflowClient()
with mlflow.start_run() as batch:
    now = int(time.time() * 1000)
    fact(
        "log_batch",
        lambda: client.log_batch(
            batch.info.run_id,
            metrics=[Metric("m", 1.0, now, 0), Metric(key="m", value=2.0, timestamp=now, step=1)],
            params=[Param("p", "1")],
            tags=[RunTag("t", "1")],
        ),
    )
    fact("log_batch tuples", lambda: client.log_batch(run_id=batch.info.run_id, metrics=(Metric("n", 1.0, now, 0),)))
    fact("nan", lambda: client.log_metric(batch.info.run_id, "nan", float("nan")))
    fact("inf", lambda: mlflow.log_metric("inf", float("inf")))
    fact(
        "too many metrics",
        lambda: client.log_batch(batch.info.run_id, metrics=[Metric("m", 1.0, now, i) for i in range(1001)]),
    )
    fact("same param twice", lambda: client.log_batch(batch.info.run_id, params=[Param("q", "1"), Param("q", "2")]))
fact("batch metrics", lambda: client.get_run(batch.info.run_id).data.metrics)
fact(
    "run equality", lambda: dict(client.get_run(batch.info.run_id).info) == dict(client.get_run(batch.info.run_id).info)
)
