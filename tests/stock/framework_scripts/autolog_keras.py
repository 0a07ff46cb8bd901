"""Autologging of Keras 3."""

import re

import keras
import mlflow
import mlflow.keras
import numpy as np
from facts import fact

client = mlflow.MlflowClient()
X = np.random.default_rng(0).normal(size=(24, 3)).astype("float32")
y = X.sum(axis=1)


def network():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,), name="features"), keras.layers.Dense(1, name="out")])
    model.compile(keras.optimizers.Adam(0.05), "mean_squared_error", metrics=["mae"])
    return model


def walk(run_id, path=None):
    for file in client.list_artifacts(run_id, path):
        yield from walk(run_id, file.path) if file.is_dir else [file.path]


def show(label, run_id):
    run = client.get_run(run_id)
    fact(f"{label}: params", lambda: {k: re.sub(r"(?<=adam)_\d+", "", v) for k, v in sorted(run.data.params.items())})
    fact(f"{label}: metrics", lambda: {k: round(v, 3) for k, v in sorted(run.data.metrics.items())})
    fact(f"{label}: losses", lambda: [[m.step, round(m.value, 3)] for m in client.get_metric_history(run_id, "loss")])
    fact(f"{label}: tags", lambda: sorted(run.data.tags))
    fact(f"{label}: files", lambda: sorted(walk(run_id)))
    fact(
        f"{label}: inputs",
        lambda: sorted([t.value for t in i.tags] + [i.dataset.source_type] for i in run.inputs.dataset_inputs),
    )


mlflow.keras.autolog()
network().fit(X, y, epochs=3, batch_size=8, validation_data=(X[:8], y[:8]), verbose=0)
run = mlflow.last_active_run()
show("fit", run.info.run_id)
uri = f"runs:/{run.info.run_id}/model"
fact("signature", lambda: mlflow.models.get_model_info(uri).signature.to_dict())
fact("flavor", lambda: sorted(mlflow.models.get_model_info(uri).flavors["keras"]))
fact("loads", lambda: mlflow.pyfunc.load_model(uri).predict(X).shape)
fact("native", lambda: type(mlflow.keras.load_model(uri)))
mlflow.keras.autolog(log_models=False, extra_tags={"a": "b"})
with mlflow.start_run() as run:
    network().fit(X, y, 12, 2, verbose=0)
show("by position", run.info.run_id)
stop = keras.callbacks.EarlyStopping("loss", patience=1, min_delta=9.0)
mine = [stop]
with mlflow.start_run() as run:
    network().fit(X, y, epochs=5, callbacks=mine, verbose=0)
show("early stopping", run.info.run_id)
fact("own callbacks", lambda: len(mine))
mlflow.keras.autolog(log_models=False, log_datasets=False, log_every_epoch=False, log_every_n_steps=2)
with mlflow.start_run() as run:
    network().fit(X, y, epochs=2, batch_size=6, verbose=0)
show("steps", run.info.run_id)
with mlflow.start_run() as run:
    fact("sizes", lambda: network().fit(X, y[:-1], verbose=0))
mlflow.keras.autolog(disable=True)
with mlflow.start_run() as run:
    model = network()
    model.fit(X, y, epochs=2, callbacks=[mlflow.keras.MlflowCallback()], verbose=0)
    model.evaluate(X, y, callbacks=[mlflow.keras.MlflowCallback()], verbose=0)
show("callback", run.info.run_id)
fact("callback twice", lambda: mlflow.keras.MlflowCallback(log_every_n_steps=3))
fact("callback never", lambda: mlflow.keras.MlflowCallback(log_every_epoch=False))
fact("old spelling", lambda: mlflow.keras.MLflowCallback is mlflow.keras.MlflowCallback)
fact("of keras", lambda: isinstance(mlflow.keras.MlflowCallback(), keras.callbacks.Callback))
count = len(mlflow.search_runs())
network().fit(X, y, verbose=0)
fact("disabled", lambda: len(mlflow.search_runs()) - count)
fact("bad keyword", lambda: mlflow.keras.autolog(nope=True))
