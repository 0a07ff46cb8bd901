"""Where runs go, said in every way; threads, system metrics, odds and ends."""

import os
import pathlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import mlflow
import mlflow.system_metrics
from facts import fact

fact("tracking uri", lambda: mlflow.get_tracking_uri().split(":")[0])
fact("registry uri", lambda: mlflow.get_registry_uri() == mlflow.get_tracking_uri())
fact("is set", lambda: mlflow.is_tracking_uri_set())
fact("tracking.get", lambda: mlflow.tracking.get_tracking_uri() == mlflow.get_tracking_uri())
fact("client uri", lambda: mlflow.MlflowClient().tracking_uri == mlflow.get_tracking_uri())
fact("client other", lambda: mlflow.MlflowClient(tracking_uri="sqlite:///other.db").tracking_uri)
original = mlflow.get_tracking_uri()
fact("set dir", lambda: mlflow.set_tracking_uri("some_dir"))
fact("dir uri", lambda: mlflow.get_tracking_uri())
fact(
    "dir run",
    lambda: [mlflow.set_experiment("x").name, mlflow.start_run().info.run_id is not None, mlflow.end_run()][:2],
)
fact("dir there", lambda: os.path.isdir("some_dir"))
fact(
    "set path",
    lambda: [mlflow.set_tracking_uri(pathlib.Path("path_dir")), mlflow.get_tracking_uri().startswith("file://")],
)
fact(
    "set file",
    lambda: [mlflow.set_tracking_uri("file://" + os.path.abspath("file_dir")), len(mlflow.search_experiments())],
)
fact("set file:", lambda: [mlflow.set_tracking_uri("file:rel_dir"), len(mlflow.search_experiments())])
fact("set relative", lambda: [mlflow.set_tracking_uri("./mlruns"), len(mlflow.search_experiments())])
fact("set bad", lambda: [mlflow.set_tracking_uri("zzz://x"), mlflow.search_experiments()])
fact("set empty", lambda: [mlflow.set_tracking_uri(""), mlflow.is_tracking_uri_set()])
mlflow.set_tracking_uri(original)
mlflow.set_experiment("Default")
fact("registry", lambda: [mlflow.set_registry_uri("sqlite:///reg.db"), mlflow.get_registry_uri()])
mlflow.set_registry_uri(original)

os.environ["MLFLOW_EXPERIMENT_NAME"] = "from env"
with mlflow.start_run() as run:
    fact("experiment from env", lambda: mlflow.get_experiment(run.info.experiment_id).name)
del os.environ["MLFLOW_EXPERIMENT_NAME"]
run = mlflow.MlflowClient().create_run("0")
os.environ["MLFLOW_RUN_ID"] = run.info.run_id
with mlflow.start_run() as resumed:
    fact("run from env", lambda: resumed.info.run_id == run.info.run_id)
os.environ.pop("MLFLOW_RUN_ID", None)
mlflow.set_experiment("threads")


def work(i):
    with mlflow.start_run(run_name=f"t{i}", nested=True):
        mlflow.log_param("i", i)
        time.sleep(0.01)
        mlflow.log_metric("m", i)
        return mlflow.active_run().info.run_name


with ThreadPoolExecutor(4) as pool:
    fact("threads", lambda: sorted(pool.map(work, range(6))))
fact("thread runs", lambda: sorted(mlflow.search_runs()["tags.mlflow.runName"]))
with mlflow.start_run(run_name="main") as main:
    seen = []
    thread = threading.Thread(target=lambda: seen.append(mlflow.active_run()))
    thread.start()
    thread.join()
    fact("thread sees no run", lambda: seen)
    fact(
        "explicit id",
        lambda: [
            threading.Thread(target=lambda: mlflow.MlflowClient().log_metric(main.info.run_id, "x", 1)).run(),
            mlflow.get_run(main.info.run_id).data.metrics,
        ][1],
    )
fact(
    "system metrics functions",
    lambda: [
        mlflow.set_system_metrics_sampling_interval(0.1),
        mlflow.set_system_metrics_samples_before_logging(1),
        mlflow.disable_system_metrics_logging(),
    ],
)
fact("doctor", lambda: mlflow.doctor())
fact("version", lambda: [mlflow.version.VERSION, mlflow.__version__])
fact("async switch", lambda: mlflow.config.enable_async_logging())
with mlflow.start_run() as run:
    for i in range(20):
        mlflow.log_metric("a", i, step=i)
    mlflow.log_params({"z": 1})
mlflow.flush_async_logging()
fact("async values", lambda: len(mlflow.MlflowClient().get_metric_history(run.info.run_id, "a")))
fact("async off", lambda: mlflow.config.enable_async_logging(False))
fact(
    "dir",
    lambda: [
        name for name in ("log_metric", "sklearn", "pyfunc", "MlflowClient", "start_run") if name not in dir(mlflow)
    ],
)
fact("ActiveRun", lambda: mlflow.ActiveRun.__name__)
fact("file", lambda: mlflow.__file__ is not None)
fact("path", lambda: len(mlflow.__path__) >= 0)
fact("name", lambda: mlflow.__name__)
fact("missing", lambda: mlflow.zzz)
