"""Autologging of scikit-learn."""

import json

import mlflow
import mlflow.sklearn
import numpy as np
from facts import fact
from sklearn.cluster import KMeans
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, mean_squared_error
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

X, y = load_iris(return_X_y=True, as_frame=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
client = mlflow.MlflowClient()


def show(label, run_id):
    run = client.get_run(run_id)
    fact(f"{label}: params", lambda: run.data.params)
    fact(f"{label}: metrics", lambda: sorted(run.data.metrics))
    fact(f"{label}: metric values", lambda: {k: round(v, 6) for k, v in sorted(run.data.metrics.items())})
    fact(f"{label}: tags", lambda: sorted(run.data.tags))
    fact(f"{label}: estimator", lambda: [run.data.tags.get("estimator_name"), run.data.tags.get("estimator_class")])
    fact(f"{label}: files", lambda: sorted(f.path for f in client.list_artifacts(run_id)))
    fact(f"{label}: model files", lambda: sorted(f.path for f in client.list_artifacts(run_id, "model")))
    fact(f"{label}: status", lambda: run.info.status)
    fact(
        f"{label}: inputs",
        lambda: sorted([t.value for t in i.tags] + [i.dataset.source_type] for i in run.inputs.dataset_inputs),
    )
    fact(f"{label}: autologging", lambda: run.data.tags.get("mlflow.autologging"))


mlflow.set_experiment("auto")
fact("autolog", lambda: mlflow.sklearn.autolog(max_tuning_runs=2))
LinearRegression().fit(*load_diabetes(return_X_y=True))
fact("no run after", lambda: mlflow.active_run())
show("linear", mlflow.last_active_run().info.run_id)
with mlflow.start_run() as run:
    pipe = Pipeline([("scale", StandardScaler()), ("clf", LogisticRegression(C=0.5))])
    pipe.fit(X_train, y_train)
    fact("score", lambda: pipe.score(X_test, y_test) > 0.5)
    predictions = pipe.predict(X_test)
    accuracy_score(y_test, predictions)
    accuracy_score(y_test, predictions)
    mean_squared_error(y_test, predictions)
    mlflow.log_metric("mine", 1)
    fact("still active", lambda: mlflow.active_run().info.run_id == run.info.run_id)
show("pipeline", run.info.run_id)
fact("metric info", lambda: json.loads(mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/metric_info.json")))
fact("signature", lambda: mlflow.models.get_model_info(f"runs:/{run.info.run_id}/model").signature.to_dict())
fact("loads", lambda: mlflow.sklearn.load_model(f"runs:/{run.info.run_id}/model").predict(X_test[:3]))
with mlflow.start_run() as run:
    grid = GridSearchCV(RandomForestClassifier(n_estimators=3, random_state=0), {"max_depth": [1, 2, 3]}, cv=2)
    fact("grid returns", lambda: grid.fit(X_train, y_train) is grid)
show("grid", run.info.run_id)
children = mlflow.search_runs(
    filter_string=f"tags.mlflow.parentRunId = '{run.info.run_id}'", order_by=["metrics.mean_test_score DESC"]
)
fact("children", lambda: [len(children), sorted(c for c in children.columns)])
fact("children scores", lambda: list(children["metrics.mean_test_score"].round(6)))
fact(
    "cv results",
    lambda: mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/cv_results.csv").splitlines()[0].split(","),
)
with mlflow.start_run() as run:
    RandomizedSearchCV(LogisticRegression(max_iter=300), {"C": [0.1, 1.0, 10.0]}, n_iter=2, cv=2, random_state=0).fit(
        X_train, y_train
    )
show("random", run.info.run_id)
with mlflow.start_run() as run:
    KMeans(2, n_init=1, random_state=0).fit(X_train)
show("kmeans", run.info.run_id)
with mlflow.start_run() as run:
    LogisticRegression(max_iter=200).fit(X_train, y_train)
    LinearRegression().fit(X_train, y_train)
show("two fits", run.info.run_id)
with mlflow.start_run() as run:
    cross_val_score(LogisticRegression(max_iter=200), X_train, y_train, cv=2)
show("cross_val", run.info.run_id)
with mlflow.start_run() as run:
    fact("user error", lambda: LinearRegression().fit(X_train, y_train[:3]))
fact("error: status", lambda: mlflow.get_run(run.info.run_id).info.status)  # stock writes the rest sometimes
before = len(mlflow.search_runs())
fact("user error outside", lambda: LinearRegression().fit(X_train, y_train[:3]))
fact(
    "status of failure",
    lambda: list(mlflow.search_runs(order_by=["start_time DESC"])["status"])[: len(mlflow.search_runs()) - before],
)
mlflow.sklearn.autolog(
    log_models=False,
    log_datasets=False,
    log_input_examples=True,
    extra_tags={"who": "me"},
    log_post_training_metrics=False,
)
with mlflow.start_run() as run:
    model = LogisticRegression(max_iter=200, class_weight={0: 1, 1: 2, 2: 1}).fit(
        X_train, y_train, sample_weight=np.ones(len(X_train))
    )
    accuracy_score(y_test, model.predict(X_test))
show("no models", run.info.run_id)
mlflow.sklearn.autolog(
    registered_model_name="auto_iris", log_input_examples=True, pos_label=1, serialization_format="pickle"
)
LogisticRegression(max_iter=200).fit(X_train, y_train == 1)
show("registered", mlflow.last_active_run().info.run_id)
fact("versions", lambda: [v.version for v in client.search_model_versions("name='auto_iris'")])
mlflow.sklearn.autolog(disable=True)
count = len(mlflow.search_runs())
LinearRegression().fit(X_train, y_train)
fact("disabled", lambda: len(mlflow.search_runs()) - count)
mlflow.autolog(exclusive=False, silent=True, log_models=False)
RandomForestClassifier(2).fit(X_train, y_train)
fact("global", lambda: len(mlflow.search_runs()) - count)
