"""CatBoost models: logging, loading, scoring."""

import os

import mlflow
import mlflow.catboost
import pandas as pd
from catboost import CatBoost, CatBoostClassifier, CatBoostRegressor, Pool
from facts import fact
from mlflow.models import infer_signature
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

X, y = load_iris(return_X_y=True, as_frame=True)
X.columns = ["a", "b", "c", "d"]
SMALL = {"iterations": 3, "depth": 2, "verbose": 0, "allow_writing_files": False, "thread_count": 1, "random_seed": 1}
P = ["catboost"]
regressor = CatBoostRegressor(**SMALL).fit(X, y)
model = CatBoostClassifier(**SMALL).fit(X, y)
with mlflow.start_run() as run:
    info = mlflow.catboost.log_model(
        model, "clf", signature=infer_signature(X, model.predict(X)), input_example=X.head(2), pip_requirements=P
    )
    fact("flavor keys", lambda: {k: sorted(v) for k, v in info.flavors.items()})
    fact("type", lambda: [info.flavors["catboost"][k] for k in ("model_type", "save_format", "data")])
    fact("signature", lambda: info.signature.to_dict())
    other = mlflow.catboost.log_model(regressor, "json", input_example=X.head(2), pip_requirements=P, format="json")
    fact("format", lambda: other.flavors["catboost"]["save_format"])
    fact("inferred", lambda: other.signature.to_dict())
    fact(
        "by position",
        lambda: mlflow.catboost.log_model(
            model, "pos", None, None, "cb_model", None, X.head(1), 10, P
        ).signature.inputs.input_names(),
    )
    fact(
        "keywords",
        lambda: (
            mlflow.catboost.log_model(
                cb_model=CatBoost({**SMALL, "loss_function": "RMSE"}).fit(X, y), artifact_path="kw",
                metadata={"k": "v"}, pip_requirements=P,
            ).metadata
        ),
    )  # fmt: skip
base = f"runs:/{run.info.run_id}"
fact("native", lambda: type(mlflow.catboost.load_model(f"{base}/clf")))
fact("native json", lambda: type(mlflow.catboost.load_model(f"{base}/json")))
fact("native base", lambda: type(mlflow.catboost.load_model(f"{base}/kw")))
fact("probabilities", lambda: mlflow.catboost.load_model(f"{base}/clf").predict_proba(X.head(2)).round(5))
fact("pyfunc", lambda: mlflow.pyfunc.load_model(f"{base}/clf").predict(X.head(3)))
fact("pyfunc json", lambda: mlflow.pyfunc.load_model(f"{base}/json").predict(X.head(3)).round(5))
fact("pyfunc base", lambda: mlflow.pyfunc.load_model(f"{base}/kw").predict(X.head(3)).round(5))
fact("raw", lambda: type(mlflow.pyfunc.load_model(f"{base}/clf").get_raw_model()))
fact("inside", lambda: type(mlflow.pyfunc.load_model(f"{base}/clf")._model_impl.cb_model))
fact("registered", lambda: type(mlflow.catboost.load_model("models:/cb_model/1")))
fact("dict input", lambda: mlflow.pyfunc.load_model(f"{base}/clf").predict({c: [1.0, 2.0] for c in "abcd"}))
fact("other order", lambda: mlflow.pyfunc.load_model(f"{base}/clf").predict(X[["d", "c", "b", "a"]].head(3)))
fact("missing column", lambda: mlflow.pyfunc.load_model(f"{base}/clf").predict(X[["a"]]))
fact("one column, no signature", lambda: mlflow.pyfunc.load_model(f"{base}/kw").predict(X[["a"]]))
fact("text", lambda: mlflow.pyfunc.load_model(f"{base}/clf").predict(pd.DataFrame({c: ["x"] for c in "abcd"})))
fact("params in predict", lambda: mlflow.pyfunc.load_model(f"{base}/clf").predict(X.head(2), params={"ntree_end": 1}))
fact("save", lambda: mlflow.catboost.save_model(regressor, "saved", pip_requirements=P))
fact("saved files", lambda: sorted(os.listdir("saved")))
fact("again", lambda: mlflow.catboost.save_model(regressor, "saved", pip_requirements=P))
fact("loaded", lambda: mlflow.catboost.load_model("saved").predict(X.head(2)).round(5))
fact("dst", lambda: type(mlflow.catboost.load_model(f"{base}/clf", "saved")))
kinds = X.assign(kind=["u", "v", "w"] * 50)
categorical = CatBoostClassifier(**SMALL, cat_features=["kind"]).fit(kinds, (y > 0).astype(int))
fact("categories", lambda: mlflow.catboost.save_model(categorical, "kinds", input_example=kinds.head(2)))
fact("categories scored", lambda: mlflow.pyfunc.load_model("kinds").predict(kinds.head(3)))
pool = Pool(kinds, y, cat_features=["kind"])
fact(
    "with a pool", lambda: mlflow.catboost.save_model(categorical, "pool", format="json", pool=pool, pip_requirements=P)
)
fact("of the pool", lambda: mlflow.catboost.load_model("pool").predict(kinds.head(3)))
fact("not fitted", lambda: mlflow.catboost.save_model(CatBoostClassifier(), "unfitted", pip_requirements=P))
fact("not of catboost", lambda: mlflow.catboost.save_model(LogisticRegression(), "other", pip_requirements=P))
fact("bad format", lambda: mlflow.catboost.save_model(model, "bad", format="nope", pip_requirements=P))
fact("unknown option", lambda: mlflow.catboost.save_model(model, "option", nope=1, pip_requirements=P))
fact("no model", lambda: mlflow.catboost.load_model("nowhere"))
fact("other flavor", lambda: mlflow.sklearn.load_model("saved"))
fact("default pip", lambda: [r.split("==")[0] for r in mlflow.catboost.get_default_pip_requirements()])
fact("default conda", lambda: sorted(mlflow.catboost.get_default_conda_env()))
fact("flavor name", lambda: mlflow.catboost.FLAVOR_NAME)
