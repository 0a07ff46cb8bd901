"""Autologging of XGBoost."""

import mlflow
import mlflow.xgboost
import xgboost as xgb
from facts import fact
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
client = mlflow.MlflowClient()


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


mlflow.xgboost.autolog(importance_types=["weight", "gain"])
dtrain, dtest = xgb.DMatrix(X_train, label=y_train), xgb.DMatrix(X_test, label=y_test)
params = {"objective": "binary:logistic", "eval_metric": ["logloss", "auc"], "max_depth": 2, "eta": 0.5}
with mlflow.start_run() as run:
    booster = xgb.train(
        params,
        dtrain,
        num_boost_round=30,
        evals=[(dtrain, "train"), (dtest, "test")],
        early_stopping_rounds=2,
        verbose_eval=False,
    )
show("train", run.info.run_id, values=False)  # stock's point after early stopping comes and goes
fact(
    "importance",
    lambda: (
        sorted(mlflow.artifacts.load_dict(f"runs:/{run.info.run_id}/feature_importance_weight.json"))
        == sorted(booster.get_score(importance_type="weight"))
    ),
)
fact("signature", lambda: mlflow.models.get_model_info(f"runs:/{run.info.run_id}/model").signature.outputs.to_dict())
fact(
    "signature inputs",
    lambda: len(mlflow.models.get_model_info(f"runs:/{run.info.run_id}/model").signature.inputs.inputs),
)
fact("booster loads", lambda: type(mlflow.xgboost.load_model(f"runs:/{run.info.run_id}/model")))
xgb.train(params, dtrain, 3)
show("implicit", mlflow.last_active_run().info.run_id)
fact("ended", lambda: mlflow.active_run())
with mlflow.start_run() as run:
    fact("cv", lambda: xgb.cv(params, dtrain, num_boost_round=3, nfold=2).shape)
show("cv run", run.info.run_id)
with mlflow.start_run() as run:
    model = xgb.XGBClassifier(n_estimators=5, max_depth=2, early_stopping_rounds=3).fit(
        X_train, y_train, eval_set=[(X_test, y_test)], verbose=False
    )
show("classifier", run.info.run_id)
fact("class", lambda: mlflow.models.get_model_info(f"runs:/{run.info.run_id}/model").flavors["xgboost"]["model_class"])
with mlflow.start_run() as run:
    xgb.XGBRegressor(n_estimators=3).fit(X_train, y_train)
show("regressor", run.info.run_id)
mlflow.xgboost.autolog(
    registered_model_name="auto_xgb",
    log_input_examples=True,
    log_model_signatures=True,
    model_format="json",
    log_datasets=False,
    extra_tags={"a": "b"},
)
with mlflow.start_run() as run:
    xgb.XGBClassifier(n_estimators=3).fit(X_train, y_train)
show("registered", run.info.run_id)
fact("versions", lambda: [v.version for v in client.search_model_versions("name='auto_xgb'")])
fact(
    "format", lambda: mlflow.models.get_model_info(f"runs:/{run.info.run_id}/model").flavors["xgboost"]["model_format"]
)
fact(
    "example",
    lambda: mlflow.models.get_model_info(f"runs:/{run.info.run_id}/model").saved_input_example_info and "there",
)
mlflow.xgboost.autolog(log_models=False)
with mlflow.start_run(run_name="manual") as run:
    mlflow.log_param("mine", 1)
    model = xgb.XGBClassifier(n_estimators=3).fit(X_train, y_train)
    mlflow.xgboost.log_model(model, "my_model", pip_requirements=["xgboost"])
    fact("bad params", lambda: xgb.train({"objective": "nope"}, dtrain))
show("manual", run.info.run_id)
mlflow.xgboost.autolog(disable=True)
count = len(mlflow.search_runs())
xgb.train(params, dtrain, 2)
fact("disabled", lambda: len(mlflow.search_runs()) - count)
mlflow.autolog(log_models=False, extra_tags={"x": "y"})
xgb.XGBClassifier(n_estimators=3).fit(X_train, y_train)
fact("its own choice outlasts the global one", lambda: len(mlflow.search_runs()) - count)
fact("bad keyword", lambda: mlflow.xgboost.autolog(nope=True))
