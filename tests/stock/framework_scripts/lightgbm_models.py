"""LightGBM models: logging, loading, scoring."""

import os

import lightgbm as lgb
import mlflow
import mlflow.lightgbm
import pandas as pd
from facts import fact
from mlflow.models import infer_signature
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

X, y = load_iris(return_X_y=True, as_frame=True)
X.columns = ["a", "b", "c", "d"]
SMALL = {"n_estimators": 3, "num_leaves": 4, "n_jobs": 1, "verbose": -1}
P = ["lightgbm", "scikit-learn"]
booster = lgb.train({"num_leaves": 4, "num_threads": 1, "verbose": -1}, lgb.Dataset(X, y), 3)
model = lgb.LGBMClassifier(**SMALL).fit(X, y)
with mlflow.start_run() as run:
    info = mlflow.lightgbm.log_model(
        model, "clf", signature=infer_signature(X, model.predict(X)), input_example=X.head(2), pip_requirements=P
    )
    fact("flavor keys", lambda: {k: sorted(v) for k, v in info.flavors.items()})
    fact("class", lambda: info.flavors["lightgbm"]["model_class"])
    fact("data", lambda: info.flavors["lightgbm"]["data"])
    fact("signature", lambda: info.signature.to_dict())
    other = mlflow.lightgbm.log_model(booster, "booster", input_example=X.head(2), pip_requirements=P)
    fact("booster class", lambda: other.flavors["lightgbm"]["model_class"])
    fact("booster data", lambda: other.flavors["python_function"]["data"])
    fact("booster signature", lambda: other.signature.to_dict())
    fact(
        "by position",
        lambda: mlflow.lightgbm.log_model(
            model, "pos", None, None, "lgb_model", None, X.head(1), 10, P
        ).signature.inputs.input_names(),
    )
    fact(
        "keywords",
        lambda: (
            mlflow.lightgbm.log_model(
                lgb_model=booster, artifact_path="kw", metadata={"k": "v"}, pip_requirements=P
            ).metadata
        ),
    )
base = f"runs:/{run.info.run_id}"
fact("native", lambda: type(mlflow.lightgbm.load_model(f"{base}/clf")))
fact("native booster", lambda: type(mlflow.lightgbm.load_model(f"{base}/booster")))
fact("probabilities", lambda: mlflow.lightgbm.load_model(f"{base}/clf").predict_proba(X.head(2)).round(5))
fact("trees", lambda: mlflow.lightgbm.load_model(f"{base}/booster").num_trees())
fact("pyfunc", lambda: mlflow.pyfunc.load_model(f"{base}/clf").predict(X.head(3)))
fact("pyfunc booster", lambda: mlflow.pyfunc.load_model(f"{base}/booster").predict(X.head(3)).round(5))
fact("raw", lambda: type(mlflow.pyfunc.load_model(f"{base}/clf").get_raw_model()))
fact("inside", lambda: type(mlflow.pyfunc.load_model(f"{base}/clf")._model_impl.lgb_model))
fact("registered", lambda: type(mlflow.lightgbm.load_model("models:/lgb_model/1")))
fact("dict input", lambda: mlflow.pyfunc.load_model(f"{base}/clf").predict({c: [1.0, 2.0] for c in "abcd"}))
fact("other order", lambda: mlflow.pyfunc.load_model(f"{base}/clf").predict(X[["d", "c", "b", "a"]].head(3)))
fact("missing column", lambda: mlflow.pyfunc.load_model(f"{base}/clf").predict(X[["a"]]))
fact("one column, no signature", lambda: mlflow.pyfunc.load_model(f"{base}/kw").predict(X[["a"]]))
fact("text", lambda: mlflow.pyfunc.load_model(f"{base}/clf").predict(pd.DataFrame({c: ["x"] for c in "abcd"})))
fact("params in predict", lambda: mlflow.pyfunc.load_model(f"{base}/clf").predict(X.head(2), params={"raw_score": 1}))
fact("save", lambda: mlflow.lightgbm.save_model(booster, "saved", pip_requirements=P))
fact("saved files", lambda: sorted(os.listdir("saved")))
fact("first line", lambda: open("saved/model.lgb").readline())
fact("again", lambda: mlflow.lightgbm.save_model(booster, "saved", pip_requirements=P))
fact("loaded", lambda: mlflow.lightgbm.load_model("saved").predict(X.head(2)).round(5))
fact("dst", lambda: type(mlflow.lightgbm.load_model(f"{base}/clf", "saved")))
fact("not fitted", lambda: mlflow.lightgbm.save_model(lgb.LGBMClassifier(), "unfitted", pip_requirements=P))
fact("not of lightgbm", lambda: mlflow.lightgbm.save_model(LogisticRegression(), "other", pip_requirements=P))
fact("no model", lambda: mlflow.lightgbm.load_model("nowhere"))
fact("other flavor", lambda: mlflow.sklearn.load_model("saved"))
fact("unknown option", lambda: mlflow.lightgbm.save_model(booster, "bad", model_format="json"))
fact("default pip", lambda: [r.split("==")[0] for r in mlflow.lightgbm.get_default_pip_requirements(True)])
fact("default conda", lambda: sorted(mlflow.lightgbm.get_default_conda_env()))
fact("flavor name", lambda: mlflow.lightgbm.FLAVOR_NAME)
