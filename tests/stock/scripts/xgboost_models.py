"""XGBoost models: boosters and scikit-learn classes, formats, loading."""

import os

import mlflow
import mlflow.xgboost
import numpy as np
import xgboost as xgb
from facts import fact
from mlflow.models import infer_signature
from sklearn.datasets import load_breast_cancer

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
clf = xgb.XGBClassifier(n_estimators=4, max_depth=2).fit(X, y)
booster = xgb.train({"objective": "binary:logistic", "max_depth": 2}, xgb.DMatrix(X, label=y), num_boost_round=3)
P = ["xgboost"]
with mlflow.start_run() as run:
    info = mlflow.xgboost.log_model(
        clf, "clf", signature=infer_signature(X, clf.predict(X)), input_example=X.head(3), pip_requirements=P
    )
    fact("flavor keys", lambda: {k: sorted(v) for k, v in info.flavors.items()})
    fact("class", lambda: info.flavors["xgboost"]["model_class"])
    fact("format", lambda: info.flavors["xgboost"]["model_format"])
    fact(
        "booster",
        lambda: mlflow.xgboost.log_model(
            xgb_model=booster, artifact_path="booster", pip_requirements=P, signature=None
        ).flavors["xgboost"]["model_class"],
    )
    for fmt in ("ubj", "json", "xgb"):
        fact(
            f"as {fmt}",
            lambda: mlflow.xgboost.log_model(
                clf, fmt, None, None, None, None, None, pip_requirements=P, model_format=fmt
            ).flavors["xgboost"]["data"],
        )
    fact("bad format", lambda: mlflow.xgboost.log_model(clf, "bad", model_format="zzz", pip_requirements=P))
    fact(
        "example",
        lambda: mlflow.xgboost.log_model(
            clf, "ex", input_example=X.head(2), pip_requirements=P
        ).signature.outputs.to_dict(),
    )
    fact(
        "booster example",
        lambda: mlflow.xgboost.log_model(
            booster, "exb", input_example=X.head(2), pip_requirements=P
        ).signature.outputs.to_dict(),
    )
    fact(
        "registered",
        lambda: (
            mlflow.xgboost.log_model(
                clf, artifact_path="r", registered_model_name="xgb", pip_requirements=P
            ).registered_model_version
        ),
    )
    fact(
        "metadata",
        lambda: mlflow.xgboost.log_model(clf, artifact_path="md", metadata={"k": "v"}, pip_requirements=P).metadata,
    )
base = f"runs:/{run.info.run_id}"
fact("native", lambda: type(mlflow.xgboost.load_model(f"{base}/clf")))
fact(
    "native proba", lambda: np.allclose(mlflow.xgboost.load_model(f"{base}/clf").predict_proba(X), clf.predict_proba(X))
)
fact("native booster", lambda: type(mlflow.xgboost.load_model(model_uri=f"{base}/booster")))
fact("pyfunc", lambda: mlflow.pyfunc.load_model(f"{base}/clf").predict(X[:4]))
fact("pyfunc booster", lambda: mlflow.pyfunc.load_model(f"{base}/booster").predict(X[:4]))
fact("raw", lambda: type(mlflow.pyfunc.load_model(f"{base}/clf").get_raw_model()))
fact("models", lambda: type(mlflow.xgboost.load_model("models:/xgb/1")))
fact("latest", lambda: type(mlflow.pyfunc.load_model("models:/xgb/latest")))
fact("save", lambda: mlflow.xgboost.save_model(booster, "saved", pip_requirements=P))
fact("saved files", lambda: sorted(os.listdir("saved")))
fact("loaded", lambda: mlflow.xgboost.load_model("saved").num_boosted_rounds())
fact(
    "regressor",
    lambda: [
        mlflow.xgboost.save_model(xgb.XGBRegressor(n_estimators=2).fit(X, y), "reg", pip_requirements=P),
        type(mlflow.xgboost.load_model("reg")),
    ][1],
)
fact(
    "ranker",
    lambda: [
        mlflow.xgboost.save_model(xgb.XGBRanker(n_estimators=2).fit(X, y, group=[len(X)]), "rank", pip_requirements=P),
        type(mlflow.xgboost.load_model("rank")),
    ][1],
)
fact(
    "rf",
    lambda: [
        mlflow.xgboost.save_model(xgb.XGBRFClassifier(n_estimators=2).fit(X, y), "rf", pip_requirements=P),
        type(mlflow.xgboost.load_model("rf")),
    ][1],
)
fact("not a model", lambda: mlflow.xgboost.save_model("text", "text", pip_requirements=P))
fact(
    "via sklearn",
    lambda: [mlflow.sklearn.save_model(clf, "sk", pip_requirements=P), type(mlflow.sklearn.load_model("sk"))][1],
)
fact("default pip", lambda: [r.split("==")[0] for r in mlflow.xgboost.get_default_pip_requirements()])
fact("flavor name", lambda: mlflow.xgboost.FLAVOR_NAME)
fact("params in predict", lambda: mlflow.pyfunc.load_model(f"{base}/clf").predict(X[:2], params={"zzz": 1}))
