"""A Trainer by itself, with MLflow's callback, and under autolog, which in MLflow keeps others quiet and no more."""

import importlib
import os

import mlflow
import mlflow.transformers
from facts import fact

from flavors import tiny_hf as tiny

ROWS = [{"input_ids": [2, 6, 8, 10, 3], "attention_mask": [1] * 5, "labels": n % 2} for n in range(8)]
transformers = importlib.import_module("transformers")  # after tiny_hf, which keeps TensorFlow out of it
client = mlflow.MlflowClient()
VARYING = ("runtime", "per_second")
HERE = ("output_dir", "logging_dir")


def trainer(**options):
    model = tiny.labelled("BertForSequenceClassification", "0", "1")
    model.config.problem_type = "single_label_classification"
    given = {
        "num_train_epochs": 2, "per_device_train_batch_size": 4, "logging_steps": 1, "save_strategy": "no",
        "use_cpu": True, "disable_tqdm": True, "seed": 7, "eval_strategy": "epoch", "report_to": "none",
        "dataloader_pin_memory": False, **options,
    }  # fmt: skip
    args = transformers.TrainingArguments("out", **given)
    return transformers.Trainer(
        model=model, args=args, train_dataset=ROWS, eval_dataset=ROWS, processing_class=tiny.tokenizer()
    )


def show(label, run_id):
    run = client.get_run(run_id)
    fact(f"{label}: name", lambda: run.info.run_name if label == "callback" else "")
    fact(f"{label}: status", lambda: run.info.status)
    fact(f"{label}: params", lambda: {k: v for k, v in run.data.params.items() if k not in HERE})
    fact(
        f"{label}: metrics",
        lambda: {k: "" if k.endswith(VARYING) else round(v, 5) for k, v in sorted(run.data.metrics.items())},
    )
    fact(f"{label}: steps", lambda: [p.step for p in client.get_metric_history(run_id, "loss")])
    fact(f"{label}: tags", lambda: sorted(run.data.tags))
    fact(f"{label}: files", lambda: sorted(f.path for f in client.list_artifacts(run_id)))


def runs():
    return len(mlflow.search_runs(search_all_experiments=True))


fact("available", lambda: transformers.integrations.is_mlflow_available())
os.environ["MLFLOW_TAGS"] = '{"release": "1"}'
os.environ["MLFLOW_EXPERIMENT_NAME"] = "of the callback"
trainer(report_to="mlflow", run_name="mine").train()
fact("ended", lambda: mlflow.active_run())
found = mlflow.search_runs(experiment_names=["of the callback"], output_format="list")
show("callback", found[0].info.run_id)
del os.environ["MLFLOW_EXPERIMENT_NAME"], os.environ["MLFLOW_TAGS"]
with mlflow.start_run() as run:
    trainer(report_to="mlflow").train()
    fact("still mine", lambda: mlflow.active_run().info.run_id == run.info.run_id)
show("joined", run.info.run_id)
os.environ["HF_MLFLOW_LOG_ARTIFACTS"] = os.environ["MLFLOW_FLATTEN_PARAMS"] = "TRUE"
with mlflow.start_run() as run:
    trainer(report_to="mlflow", save_strategy="epoch").train()
show("checkpoints", run.info.run_id)
fact("checkpoint", lambda: sorted(f.path for f in client.list_artifacts(run.info.run_id, "checkpoint-4")))
del os.environ["HF_MLFLOW_LOG_ARTIFACTS"], os.environ["MLFLOW_FLATTEN_PARAMS"]
before = runs()
mlflow.transformers.autolog()
mlflow.sklearn.autolog()
trainer().train()
fact("autolog alone", lambda: runs() - before)
mlflow.transformers.autolog(log_models=True)
trainer().train()
fact("autolog with models", lambda: runs() - before)
mlflow.transformers.autolog(disable=True)
before = runs()
trainer().train()
fact("disabled", lambda: runs() - before)
fact("odd option", lambda: mlflow.transformers.autolog(nope=1))
