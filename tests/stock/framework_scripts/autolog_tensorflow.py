"""Autologging of Keras models that TensorFlow trains."""

import re

import mlflow
import mlflow.tensorflow
import numpy as np
import tensorflow as tf
from facts import fact

keras = tf.keras
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
        yield from walk(run_id, file.path) if file.is_dir else [re.sub(r"tfevents.*", "tfevents", file.path)]


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


mlflow.tensorflow.autolog()
stop = keras.callbacks.EarlyStopping("val_loss", patience=1, min_delta=9.0, restore_best_weights=True)
mine = [stop]
network().fit(X, y, epochs=4, batch_size=8, validation_data=(X[:8], y[:8]), callbacks=mine, verbose=0)
run = mlflow.last_active_run()
show("early stopping", run.info.run_id)
fact("own callbacks", lambda: len(mine))
fact("best", lambda: [[m.step, m.value] for m in client.get_metric_history(run.info.run_id, "restored_epoch")])
fact("after", lambda: [m.step for m in client.get_metric_history(run.info.run_id, "val_loss")])
uri = f"runs:/{run.info.run_id}/model"
fact("signature", lambda: mlflow.models.get_model_info(uri).signature.to_dict())
fact("flavor", lambda: sorted(mlflow.models.get_model_info(uri).flavors["tensorflow"]))
fact("checkpoint", lambda: run.data.tags["mlflow.latest_checkpoint_artifact"])
fact("loads", lambda: mlflow.pyfunc.load_model(uri).predict(X).shape)
mlflow.tensorflow.autolog(log_models=False, checkpoint=False, extra_tags={"a": "b"})
with mlflow.start_run() as run:
    network().fit(X, y, 12, 2, 0)
show("by position", run.info.run_id)
with mlflow.start_run() as run:
    network().fit(tf.data.Dataset.from_tensor_slices((X, y)).batch(6), epochs=2, shuffle=False, verbose=0)
show("stream", run.info.run_id)
with mlflow.start_run() as run:
    network().fit(tf.constant(X), tf.constant(y), verbose=0)
show("tensors", run.info.run_id)
mlflow.tensorflow.autolog(
    log_models=False, log_datasets=False, log_every_epoch=False, log_every_n_steps=2, checkpoint_monitor="loss",
    checkpoint_save_best_only=False, checkpoint_save_weights_only=True,
)  # fmt: skip
with mlflow.start_run() as run:
    network().fit(X, y, epochs=2, batch_size=6, verbose=0)
show("steps", run.info.run_id)
fact("weights", lambda: type(mlflow.tensorflow.load_checkpoint(network(), run.info.run_id, epoch=1)))
fact("weights alone", lambda: mlflow.tensorflow.load_checkpoint(run_id=run.info.run_id))
fact("both", lambda: mlflow.tensorflow.load_checkpoint(network(), run.info.run_id, 1, 2))
with mlflow.start_run() as run:
    fact("sizes", lambda: network().fit(X, y[:-1], verbose=0))
mlflow.tensorflow.autolog(disable=True)
with mlflow.start_run() as run:
    callbacks = [
        mlflow.tensorflow.MlflowCallback(),
        mlflow.tensorflow.MlflowModelCheckpointCallback(monitor="loss", save_best_only=True),
    ]
    network().fit(X, y, epochs=2, callbacks=callbacks, verbose=0)
show("callbacks", run.info.run_id)
fact("callback twice", lambda: mlflow.tensorflow.MlflowCallback(log_every_n_steps=3))
fact("callback never", lambda: mlflow.tensorflow.MlflowCallback(log_every_epoch=False))
fact("checkpoints by what", lambda: mlflow.tensorflow.MlflowModelCheckpointCallback(mode="up"))
fact("of keras", lambda: isinstance(mlflow.tensorflow.MlflowCallback(), keras.callbacks.Callback))
fact("no checkpoint", lambda: mlflow.tensorflow.load_checkpoint(run_id=mlflow.start_run(nested=True).info.run_id))
