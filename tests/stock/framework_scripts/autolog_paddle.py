"""Autologging of PaddlePaddle's high-level API."""

import warnings

warnings.simplefilter("ignore")
import mlflow  # noqa: E402
import mlflow.paddle  # noqa: E402
import numpy as np  # noqa: E402
import paddle  # noqa: E402
from facts import fact  # noqa: E402
from paddle.static import InputSpec  # noqa: E402

client = mlflow.MlflowClient()
rows = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")


class Pairs(paddle.io.Dataset):
    def __len__(self):
        return len(rows)

    def __getitem__(self, number):
        return rows[number], rows[number].sum(keepdims=True)


class Classes(Pairs):
    def __getitem__(self, number):
        return rows[number], np.array([int(rows[number, 0] > 0)])


def model(classes=False, rate=0.01, metrics=None):
    paddle.seed(0)
    network = paddle.nn.Sequential(paddle.nn.Linear(3, 4), paddle.nn.ReLU(), paddle.nn.Linear(4, 2 if classes else 1))
    made = paddle.Model(network, [InputSpec([None, 3], "float32", "x")])
    loss = paddle.nn.CrossEntropyLoss() if classes else paddle.nn.MSELoss()
    made.prepare(paddle.optimizer.Adam(rate, parameters=made.parameters()), loss, metrics)
    return made


def show(label, run_id):
    run = client.get_run(run_id)
    fact(f"{label}: params", lambda: run.data.params)
    fact(f"{label}: metrics", lambda: {k: round(v, 4) for k, v in sorted(run.data.metrics.items())})
    fact(f"{label}: losses", lambda: [(m.step, round(m.value, 4)) for m in client.get_metric_history(run_id, "loss")])
    fact(f"{label}: evaluated", lambda: [m.step for m in client.get_metric_history(run_id, "eval_loss")])
    fact(f"{label}: tags", lambda: sorted(run.data.tags))
    fact(f"{label}: files", lambda: sorted(f.path for f in client.list_artifacts(run_id)))
    fact(f"{label}: model files", lambda: sorted(f.path for f in client.list_artifacts(run_id, "model")))
    fact(f"{label}: inputs", lambda: len(run.inputs.dataset_inputs))


plain = {"batch_size": 4, "verbose": 0, "shuffle": False}
mlflow.paddle.autolog()
with mlflow.start_run() as run:
    one = model()
    one.fit(Pairs(), Pairs(), epochs=2, **plain)
show("regression", run.info.run_id)
fact("summary", lambda: mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/model_summary.txt").split()[-4:])
fact("loads", lambda: type(mlflow.paddle.load_model(f"runs:/{run.info.run_id}/model")))
fact("signature", lambda: mlflow.models.get_model_info(f"runs:/{run.info.run_id}/model").signature)
fact("predicts", lambda: mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/model").predict(rows).shape)
model().fit(Pairs(), epochs=1, **plain)
show("implicit", mlflow.last_active_run().info.run_id)
fact("ended", lambda: mlflow.active_run())
with mlflow.start_run() as run:
    two = model(classes=True, metrics=[paddle.metric.Accuracy(topk=(1, 2))])
    two.fit(Classes(), Classes(), epochs=2, **plain)
show("classes", run.info.run_id)
with mlflow.start_run() as run:
    stop = paddle.callbacks.EarlyStopping(monitor="loss", patience=1, min_delta=100.0, verbose=0, save_best_model=False)
    mine = [stop]
    model().fit(Pairs(), Pairs(), epochs=6, callbacks=mine, **plain)
    fact("my callbacks", lambda: len(mine))
show("early stopping", run.info.run_id)
with mlflow.start_run() as run:
    model(rate=paddle.optimizer.lr.StepDecay(0.02, 1)).fit(Pairs(), epochs=1, **plain)
show("scheduled", run.info.run_id)
mlflow.paddle.autolog(log_every_n_epoch=2)
with mlflow.start_run() as run:
    model().fit(Pairs(), Pairs(), epochs=4, **plain)
show("every second", run.info.run_id)
mlflow.paddle.autolog(registered_model_name="auto_paddle", extra_tags={"a": "b"})
with mlflow.start_run() as run:
    model().fit(Pairs(), epochs=1, **plain)
show("registered", run.info.run_id)
fact("versions", lambda: [v.version for v in client.search_model_versions("name='auto_paddle'")])
mlflow.paddle.autolog(log_models=False)
with mlflow.start_run(run_name="manual") as run:
    mlflow.log_param("mine", 1)
    one = model()
    one.fit(Pairs(), epochs=1, **plain)
    mlflow.paddle.log_model(one, "my_model", training=True, pip_requirements=["paddlepaddle"])
show("manual", run.info.run_id)
fact("my model", lambda: sorted(f.path for f in client.list_artifacts(run.info.run_id, "my_model") if ".pd" in f.path))
with mlflow.start_run() as run:
    fact("bad data", lambda: model().fit([[1, 2]], epochs=1, **plain))
show("failed", run.info.run_id)
mlflow.paddle.autolog(disable=True)
count = len(mlflow.search_runs())
model().fit(Pairs(), epochs=1, **plain)
fact("disabled", lambda: len(mlflow.search_runs()) - count)
fact("bad keyword", lambda: mlflow.paddle.autolog(nope=True))
