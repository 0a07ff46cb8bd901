"""Autologging of LightGBM."""

import lightgbm as lgb
import mlflow
import mlflow.lightgbm
from facts import fact
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
X = X.iloc[:, :6]
X.columns = list("abcdef")
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
client = mlflow.MlflowClient()
SMALL = {"n_estimators": 5, "num_leaves": 4, "n_jobs": 1, "verbose": -1}
TREES = {"objective": "binary", "metric": ["binary_logloss", "auc"], "num_leaves": 4, "num_threads": 1, "verbose": -1}


def show(label, run_id, values=True):
    run = client.get_run(run_id)
    fact(f"{label}: params", lambda: run.data.params)
    fact(f"{label}: metrics", lambda: {k: round(v, 6) if values else "" for k, v in sorted(run.data.metrics.items())})
    fact(f"{label}: tags", lambda: sorted(run.data.tags))
    fact(f"{label}: files", lambda: sorted(f.path for f in client.list_artifacts(run_id)))
    fact(f"{label}: model files", lambda: sorted(f.path for f in client.list_artifacts(run_id, "model")))
    fact(
        f"{label}: inputs",
        lambda: sorted([t.value for t in i.tags] + [i.dataset.source_type] for i in run.inputs.dataset_inputs),
    )


def data():
    train = lgb.Dataset(X_train, y_train)
    return train, lgb.Dataset(X_test, y_test, reference=train)


mlflow.lightgbm.autolog()
train_set, held_out = data()
with mlflow.start_run() as run:
    booster = lgb.train(TREES, train_set, 5, valid_sets=[train_set, held_out], valid_names=["train", "test"])
show("train", run.info.run_id)
fact(
    "history",
    lambda: [[m.step, round(m.value, 6)] for m in client.get_metric_history(run.info.run_id, "test-auc")],
)
fact("importance", lambda: mlflow.artifacts.load_dict(f"runs:/{run.info.run_id}/feature_importance_split.json"))
fact("signature", lambda: mlflow.models.get_model_info(f"runs:/{run.info.run_id}/model").signature.to_dict())
fact("booster loads", lambda: type(mlflow.lightgbm.load_model(f"runs:/{run.info.run_id}/model")))
with mlflow.start_run() as run:
    train_set, held_out = data()
    stopped = lgb.train(TREES, train_set, 60, valid_sets=[held_out], callbacks=[lgb.early_stopping(2, verbose=False)])
show("stopped", run.info.run_id, values=False)  # stock adds a point at the end, whose values are the best round's
fact(
    "rounds",
    lambda: {k: client.get_run(run.info.run_id).data.metrics[k] for k in ("stopped_iteration", "best_iteration")},
)
lgb.train({"verbose": -1, "num_threads": 1}, lgb.Dataset(X_train, y_train), 2)
show("implicit", mlflow.last_active_run().info.run_id)
fact("ended", lambda: mlflow.active_run())
with mlflow.start_run() as run:
    fact("cv", lambda: sorted(lgb.cv(TREES, lgb.Dataset(X_train, y_train), 3, nfold=2)))
show("cv run", run.info.run_id)
with mlflow.start_run() as run:
    model = lgb.LGBMClassifier(**SMALL).fit(X_train, y_train, eval_set=[(X_test, y_test)], eval_metric="auc")
    accuracy_score(y_test, model.predict(X_test))
    model.score(X_test, y_test)
show("classifier", run.info.run_id)
fact("class", lambda: mlflow.models.get_model_info(f"runs:/{run.info.run_id}/model").flavors["lightgbm"]["model_class"])
fact("estimator loads", lambda: type(mlflow.lightgbm.load_model(f"runs:/{run.info.run_id}/model")))
with mlflow.start_run() as run:
    lgb.LGBMRegressor(**SMALL).fit(X_train.to_numpy(), y_train)
show("regressor", run.info.run_id)
with mlflow.start_run() as run:
    lgb.LGBMClassifier(**SMALL).fit(X_train, (X_train["a"] // 5).astype(int))
show("classes", run.info.run_id)
with mlflow.start_run() as run:
    lgb.LGBMRanker(**SMALL).fit(
        X_train[:400], y_train[:400], group=[100] * 4, eval_set=[(X_test[:100], y_test[:100])], eval_group=[[100]],
        eval_at=[1, 3],
    )  # fmt: skip
show("ranker", run.info.run_id)
count = len(mlflow.search_runs())
cross_val_score(lgb.LGBMClassifier(**SMALL), X_train, y_train, cv=2)
fact("cross_val_score", lambda: len(mlflow.search_runs()) - count)
mlflow.lightgbm.autolog(
    registered_model_name="auto_lgb",
    log_input_examples=True,
    log_model_signatures=True,
    log_datasets=False,
    extra_tags={"a": "b"},
)
with mlflow.start_run() as run:
    lgb.LGBMClassifier(**SMALL).fit(X_train, y_train)
show("registered", run.info.run_id)
fact("versions", lambda: [v.version for v in client.search_model_versions("name='auto_lgb'")])
fact(
    "example",
    lambda: mlflow.models.get_model_info(f"runs:/{run.info.run_id}/model").saved_input_example_info and "there",
)
mlflow.lightgbm.autolog(log_models=False)
with mlflow.start_run(run_name="manual") as run:
    mlflow.log_param("mine", 1)
    model = lgb.LGBMClassifier(**SMALL).fit(X_train, y_train)
    mlflow.lightgbm.log_model(model, "my_model", pip_requirements=["lightgbm"])
    fact("bad params", lambda: lgb.train({"objective": "nope", "verbose": -1}, lgb.Dataset(X_train, y_train)))
show("manual", run.info.run_id)
mlflow.lightgbm.autolog(exclusive=True, log_models=False)
with mlflow.start_run() as run:
    lgb.LGBMClassifier(**SMALL).fit(X_train, y_train)
show("exclusive", run.info.run_id)
mlflow.lightgbm.autolog(disable=True)
count = len(mlflow.search_runs())
lgb.train(TREES, lgb.Dataset(X_train, y_train), 2)
fact("disabled", lambda: len(mlflow.search_runs()) - count)
mlflow.autolog(log_models=False, extra_tags={"x": "y"})
lgb.LGBMClassifier(**SMALL).fit(X_train, y_train)
fact("its own choice outlasts the global one", lambda: len(mlflow.search_runs()) - count)
mlflow.lightgbm.autolog(log_models=False)
mlflow.sklearn.autolog(log_models=False, max_tuning_runs=2)
count = len(mlflow.search_runs())
with mlflow.start_run() as run:
    GridSearchCV(lgb.LGBMClassifier(**SMALL), {"num_leaves": [2, 3]}, cv=2).fit(X_train, y_train)
fact("search: runs", lambda: len(mlflow.search_runs()) - count)
fact("search: best", lambda: client.get_run(run.info.run_id).data.params["best_num_leaves"])
fact(
    "search: children",
    lambda: sorted(
        r.data.params["num_leaves"]
        for r in client.search_runs(["0"])
        if r.data.tags.get("mlflow.parentRunId") == run.info.run_id
    ),
)
fact("bad keyword", lambda: mlflow.lightgbm.autolog(nope=True))
