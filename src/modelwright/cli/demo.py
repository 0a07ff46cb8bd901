"""`modelwright demo`: one model's whole way, on real data, with what was done and where it lies."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from ..api import modules
from ..api import pyfunc as pyfunc_module
from ..api.fluent_experiments import set_experiment
from ..api.fluent_logging import log_metric, log_params
from ..api.fluent_runs import start_run
from ..api.fluent_stores import get_tracking_uri
from ..core.errors import MissingDependency
from ..models.signature import infer_signature
from ..tracking import resolve
from ..tracking.client import MlflowClient
from . import show

EXPERIMENT, NAME, ALIAS = "demo", "breast-cancer", "champion"


@click.command(short_help="Train, log, register, load back and predict, on real data.")
@show.json_option
def command(as_json: bool) -> None:
    """Train on the Wisconsin breast cancer data that scikit-learn brings, and take the model all the way.

    An XGBoost classifier is trained with autolog on; a model with signature and example is logged by hand, registered,
    named `champion`, loaded back by that name, and asked for predictions. Everything lands in the tracking store.
    """
    with show.progress() as bar:
        task = bar.add_task("Reading the data")
        facts = _whole_way(lambda text: bar.update(task, description=text))
    if as_json:
        show.as_json(facts)
    else:
        _tell(facts)


def _whole_way(say: Any) -> dict[str, Any]:
    try:
        from sklearn.datasets import load_breast_cancer
        from sklearn.metrics import accuracy_score
        from sklearn.model_selection import train_test_split
        from xgboost import XGBClassifier
    except ImportError as error:
        raise MissingDependency(
            f"The demo needs scikit-learn and xgboost ({error}): pip install 'modelwright[xgboost]'"
        ) from error
    began = time.perf_counter()
    features, target = load_breast_cancer(return_X_y=True, as_frame=True)
    train, test, train_target, test_target = train_test_split(features, target, test_size=0.2, random_state=42)

    say("Training with autolog on")
    set_experiment(EXPERIMENT)
    modules.xgboost.autolog()
    try:
        with start_run(run_name="autolog") as automatic:
            model = XGBClassifier(n_estimators=60, max_depth=3, eval_metric="logloss")
            model.fit(train, train_target, eval_set=[(test, test_target)], verbose=False)
    finally:
        modules.xgboost.autolog(disable=True)

    say("Logging by hand, and registering")
    predicted = model.predict(test)
    with start_run(run_name="by hand") as run:
        log_params({"n_estimators": 60, "max_depth": 3})
        log_metric("accuracy", accuracy_score(test_target, predicted))
        info = modules.xgboost.log_model(
            model,
            "classifier",
            signature=infer_signature(test, predicted),
            input_example=train.head(2),
            registered_model_name=NAME,
        )
    client = MlflowClient()
    client.set_registered_model_alias(NAME, ALIAS, str(info.registered_model_version))

    say("Loading back by name")
    uri = f"models:/{NAME}@{ALIAS}"
    again = pyfunc_module.load_model(uri).predict(test)
    return {
        "data": {"name": "Wisconsin breast cancer", "rows": len(features), "columns": features.shape[1]},
        "tracking_uri": get_tracking_uri(),
        "experiment": EXPERIMENT,
        "autolog": _run(client, automatic.info.run_id),
        "by_hand": _run(client, run.info.run_id),
        "model": {
            "uri": info.model_uri,
            "registered": f"{NAME} version {info.registered_model_version}, alias {ALIAS}",
            "path": str(resolve.local_path(uri).path),
        },
        "prediction": {
            "loaded_from": uri,
            "rows": len(again),
            "first": [int(value) for value in again[:10]],
            "same_as_before_saving": bool((again == predicted).all()),
            "accuracy": float(accuracy_score(test_target, again)),
        },
        "seconds": round(time.perf_counter() - began, 2),
    }


def _run(client: MlflowClient, run_id: str) -> dict[str, Any]:
    run = client.get_run(run_id)
    return {
        "run_id": run_id,
        "params": len(run.data.params),
        "metrics": run.data.metrics,
        "status": run.data.tags.get("autolog.status") or run.info.status,
    }


def _tell(facts: dict[str, Any]) -> None:
    data, model, prediction = facts["data"], facts["model"], facts["prediction"]
    show.pairs(
        {
            "Data": f"{data['name']}: {data['rows']} rows, {data['columns']} columns",
            "Trained with autolog": f"run {facts['autolog']['run_id']}: {facts['autolog']['params']} params, "
            f"{show.cell(facts['autolog']['metrics'])}, model logged",
            "Logged by hand": f"run {facts['by_hand']['run_id']}: {show.cell(facts['by_hand']['metrics'])}",
            "Model": model["uri"],
            "Registered": model["registered"],
            "Loaded back": f"{prediction['loaded_from']}: {prediction['rows']} predictions, "
            + ("the same as before saving" if prediction["same_as_before_saving"] else "NOT the same as before saving"),
            "First predictions": prediction["first"],
            "Lies in": f"{Path(model['path'])}",
            "Store": f"{facts['tracking_uri']} (experiment {facts['experiment']!r})",
            "Took": f"{facts['seconds']} s",
        }
    )
    click.echo("\nLook further:")
    for line in (
        f"modelwright runs show {facts['autolog']['run_id']}",
        f"modelwright models inspect {prediction['loaded_from']}",
        f"modelwright models check {prediction['loaded_from']}",
    ):
        click.echo(f"  {line}")
