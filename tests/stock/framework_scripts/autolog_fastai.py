"""Autologging of fastai."""

import warnings

import mlflow
import mlflow.fastai
import numpy as np
import pandas as pd
from facts import fact

warnings.simplefilter("ignore")
from fastai.callback.tracker import EarlyStoppingCallback, SaveModelCallback  # noqa: E402
from fastai.tabular.all import (  # noqa: E402
    Categorify,
    CategoryBlock,
    Learner,
    Normalize,
    TabularDataLoaders,
    accuracy,
    params,
    set_seed,
    tabular_learner,
)

client = mlflow.MlflowClient()
rng = np.random.default_rng(0)
table = pd.DataFrame({"a": rng.normal(size=40), "b": rng.normal(size=40), "kind": ["x", "y"] * 20})
table["target"] = np.where(table["a"] > 0, "yes", "no")


def learner(**options):
    set_seed(0, reproducible=False)
    loaders = TabularDataLoaders.from_df(
        table, procs=[Categorify, Normalize], cat_names=["kind"], cont_names=["a", "b"], y_names="target",
        y_block=CategoryBlock(), valid_idx=list(range(32, 40)), bs=16,
    )  # fmt: skip
    return tabular_learner(loaders, layers=[4], metrics=accuracy, **options)


def show(label, run_id):
    run = client.get_run(run_id)
    fact(f"{label}: params", lambda: run.data.params)
    fact(f"{label}: metrics", lambda: sorted(run.data.metrics))
    fact(f"{label}: epochs", lambda: [(m.step, m.value) for m in client.get_metric_history(run_id, "epoch")])
    fact(f"{label}: losses", lambda: len(client.get_metric_history(run_id, "train_loss")))
    fact(f"{label}: tags", lambda: sorted(run.data.tags))
    fact(f"{label}: files", lambda: sorted(f.path for f in client.list_artifacts(run_id)))
    fact(f"{label}: model files", lambda: sorted(f.path for f in client.list_artifacts(run_id, "model")))
    fact(f"{label}: inputs", lambda: len(run.inputs.dataset_inputs))


mlflow.fastai.autolog()
one = learner()
with mlflow.start_run() as run:
    one.fit_one_cycle(2)
show("one cycle", run.info.run_id)
fact("summary", lambda: mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/module_summary.txt").split())
fact("loads", lambda: type(mlflow.fastai.load_model(f"runs:/{run.info.run_id}/model")))
fact("signature", lambda: mlflow.models.get_model_info(f"runs:/{run.info.run_id}/model").signature)
fact(
    "predicts",
    lambda: mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/model").predict(table.head(3)).shape,
)
one = learner()
one.fit(1, lr=0.01, wd=0.1)
show("fit, implicit run", mlflow.last_active_run().info.run_id)
fact("ended", lambda: mlflow.active_run())
one = learner()
with mlflow.start_run() as run:
    one.fit_flat_cos(1)
show("flat cos", run.info.run_id)


def halves(model):
    layers = list(model.layers)
    return [params(model.embeds) + params(layers[0]), params(layers[1])]


one = learner(splitter=halves)
with mlflow.start_run() as run:
    one.fine_tune(2, base_lr=0.01, freeze_epochs=1)
show("fine tune", run.info.run_id)
one = learner()
with mlflow.start_run() as run:
    one.fit(8, cbs=[], lr=0.0)
show("no learning", run.info.run_id)
one = learner(cbs=[EarlyStoppingCallback(monitor="valid_loss", min_delta=0.5, patience=2)])
with mlflow.start_run() as run:
    one.fit(8)
show("early stopping", run.info.run_id)
one = learner(cbs=[SaveModelCallback(fname="best")])
with mlflow.start_run() as run:
    one.fit(2)
show("best model", run.info.run_id)
mlflow.fastai.autolog(registered_model_name="auto_fastai", extra_tags={"a": "b"})
with mlflow.start_run() as run:
    learner().fit(1)
show("registered", run.info.run_id)
fact("versions", lambda: [v.version for v in client.search_model_versions("name='auto_fastai'")])
mlflow.fastai.autolog(log_models=False)
with mlflow.start_run(run_name="manual") as run:
    mlflow.log_param("mine", 1)
    one = learner()
    one.fit(1)
    mlflow.fastai.log_model(one, "my_model", pip_requirements=["fastai"])
show("manual", run.info.run_id)


def refused(*args):
    raise RuntimeError("no such loss")


one = learner()
one.loss_func = refused
with mlflow.start_run() as run:
    fact("bad loss", lambda: one.fit(1))
show("failed", run.info.run_id)
mlflow.fastai.autolog(disable=True)
count = len(mlflow.search_runs())
learner().fit(1)
fact("disabled", lambda: len(mlflow.search_runs()) - count)
fact("callbacks stay", lambda: type(Learner.fit).__name__)
fact("bad keyword", lambda: mlflow.fastai.autolog(nope=True))
