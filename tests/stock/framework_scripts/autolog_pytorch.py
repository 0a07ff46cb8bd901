"""Autologging of PyTorch Lightning, and of TensorBoard's SummaryWriter."""

import logging
import warnings

import mlflow
import mlflow.pytorch
import pytorch_lightning as pl
import torch
from facts import fact
from torch.utils.tensorboard import SummaryWriter

warnings.simplefilter("ignore")
logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
client = mlflow.MlflowClient()
X = torch.linspace(-1, 1, 64).reshape(16, 4)
Y = X.sum(1, keepdim=True)


def loader():
    return torch.utils.data.DataLoader(torch.utils.data.TensorDataset(X, Y), batch_size=4)


class Net(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.line = torch.nn.Linear(4, 1)
        torch.nn.init.constant_(self.line.weight, 0.1)
        torch.nn.init.constant_(self.line.bias, 0.0)

    def forward(self, x):
        return self.line(x)

    def training_step(self, batch, number):
        loss = torch.nn.functional.mse_loss(self(batch[0]), batch[1])
        self.log("train_loss", loss, on_step=True, on_epoch=True)
        return loss

    def validation_step(self, batch, number):
        self.log("val_loss", torch.nn.functional.mse_loss(self(batch[0]), batch[1]))

    def test_step(self, batch, number):
        self.log("test_loss", torch.nn.functional.mse_loss(self(batch[0]), batch[1]))

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=0.1)


def trainer(**settings):
    quiet = {"enable_progress_bar": False, "enable_model_summary": False, "logger": False, "max_epochs": 2}
    return pl.Trainer(accelerator="cpu", **{**quiet, **settings})


def walk(run_id, path=None):
    for item in client.list_artifacts(run_id, path):
        if item.is_dir:
            yield from walk(run_id, item.path)
        else:
            yield item.path


def show(label, run_id):
    run = client.get_run(run_id)
    fact(f"{label}: params", lambda: run.data.params)
    fact(f"{label}: metrics", lambda: {k: round(v, 4) for k, v in sorted(run.data.metrics.items())})
    fact(
        f"{label}: points",
        lambda: {
            key: [(p.step, round(p.value, 4)) for p in client.get_metric_history(run_id, key)]
            for key in sorted(run.data.metrics)
        },
    )
    fact(
        f"{label}: tags", lambda: {k: v for k, v in run.data.tags.items() if not k.startswith(("mlflow.", "autolog."))}
    )
    fact(f"{label}: latest", lambda: run.data.tags.get("mlflow.latest_checkpoint_artifact"))
    fact(f"{label}: files", lambda: sorted(walk(run_id)))
    fact(f"{label}: inputs", lambda: [i.dataset.name for i in run.inputs.dataset_inputs])


mlflow.pytorch.autolog()
model = Net()
with mlflow.start_run() as run:
    trainer(enable_checkpointing=False).fit(model, loader(), loader())
show("fit", run.info.run_id)
fact("model", lambda: type(mlflow.pytorch.load_model(f"runs:/{run.info.run_id}/model")).__name__)
fact("model signature", lambda: mlflow.models.get_model_info(f"runs:/{run.info.run_id}/model").signature)
fact("summary", lambda: mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/model_summary.txt"))
fact("checkpoint", lambda: type(mlflow.pytorch.load_checkpoint(Net, run.info.run_id)).__name__)
fact(
    "checkpoint metrics",
    lambda: sorted(mlflow.artifacts.load_dict(f"runs:/{run.info.run_id}/checkpoints/latest_checkpoint_metrics.json")),
)
fact("both", lambda: mlflow.pytorch.load_checkpoint(Net, run.info.run_id, 1, 1))
trainer(enable_checkpointing=False).fit(Net(), loader())
fact("implicit", lambda: [client.get_run(mlflow.last_active_run().info.run_id).info.status, mlflow.active_run()])

stop = pl.callbacks.EarlyStopping("val_loss", patience=1, min_delta=10.0)
with mlflow.start_run() as run:
    fitted = trainer(callbacks=[stop], max_epochs=5, default_root_dir="lightning")
    fitted.fit(Net(), loader(), loader())
    fitted.test(Net(), loader(), verbose=False)
show("stopped", run.info.run_id)

mlflow.pytorch.autolog(
    log_every_n_step=2, checkpoint_save_best_only=False, checkpoint_save_weights_only=True, log_models=False
)
with mlflow.start_run() as run:
    trainer(enable_checkpointing=False).fit(Net(), loader(), loader())
show("steps", run.info.run_id)
fact("one epoch", lambda: mlflow.pytorch.load_checkpoint(Net, run.info.run_id, epoch=0).line.weight.shape[1])
fact("no such epoch", lambda: mlflow.pytorch.load_checkpoint(Net, run.info.run_id, epoch=9))

mlflow.pytorch.autolog(log_every_n_epoch=2, checkpoint_save_freq=3, checkpoint_save_best_only=False, log_models=False)
with mlflow.start_run() as run:
    trainer(enable_checkpointing=False, max_epochs=3).fit(Net(), loader(), loader())
show("every second", run.info.run_id)
fact("one step", lambda: type(mlflow.pytorch.load_checkpoint(Net, run.info.run_id, global_step=6)).__name__)

mlflow.pytorch.autolog(checkpoint=False, registered_model_name="lit", extra_tags={"team": "a"})
trainer(enable_checkpointing=False, max_epochs=1).fit(Net(), loader())
show("registered", mlflow.last_active_run().info.run_id)
fact("version", lambda: [v.version for v in client.search_model_versions("name='lit'")])

mlflow.pytorch.autolog(checkpoint=True, log_models=False)
own = mlflow.pytorch.MlflowModelCheckpointCallback(monitor="train_loss", mode="min")
with mlflow.start_run() as run:
    trainer(enable_checkpointing=False, callbacks=[own]).fit(Net(), loader())
show("own callback", run.info.run_id)
fact("bad mode", lambda: mlflow.pytorch.MlflowModelCheckpointCallback(mode="best"))


class Failing(Net):
    def training_step(self, batch, number):
        raise KeyError("mine")


def fail():
    with mlflow.start_run() as run:
        fact("error", lambda: trainer(enable_checkpointing=False).fit(Failing(), loader()))
    return client.get_run(run.info.run_id).data.params.get("optimizer_name")


fact("after the error", fail)

mlflow.pytorch.autolog(log_every_n_step=2, log_models=False)
with mlflow.start_run() as run:
    writer = SummaryWriter("board")
    for step in range(5):
        writer.add_scalar("loss", 1 / (step + 1), step)
    writer.add_hparams({"lr": 0.1, "name": "x"}, {"accuracy": 0.5})
    writer.close()
fact("board params", lambda: client.get_run(run.info.run_id).data.params)
fact("board metrics", lambda: sorted(client.get_run(run.info.run_id).data.metrics))

mlflow.pytorch.autolog(disable=True)
count = len(mlflow.search_runs())
trainer(enable_checkpointing=False, max_epochs=1).fit(Net(), loader())
fact("disabled", lambda: len(mlflow.search_runs()) - count)
fact("bad keyword", lambda: mlflow.pytorch.autolog(nope=True))
