"""statsmodels results: logging, loading, predicting."""

import os

import mlflow
import mlflow.statsmodels
import numpy as np
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf
from facts import fact
from mlflow.models import infer_signature

random = np.random.default_rng(0)
X = pd.DataFrame(random.normal(size=(30, 2)), columns=["a", "b"])
y = X["a"] * 2 + random.normal(size=30)
series = pd.Series(np.cumsum(random.normal(size=30)) + 9, index=pd.date_range("2024-01-01", periods=30, freq="D"))
model = sm.OLS(y, X).fit()
times = sm.tsa.AutoReg(series, 2).fit()
P = ["statsmodels"]
with mlflow.start_run() as run:
    info = mlflow.statsmodels.log_model(model, "ols", input_example=X.head(2), pip_requirements=P)
    fact("flavor keys", lambda: {k: sorted(v) for k, v in info.flavors.items()})
    fact("data", lambda: info.flavors["statsmodels"]["data"])
    fact("signature", lambda: info.signature.to_dict())
    fact(
        "by position",
        lambda: (
            mlflow.statsmodels.log_model(
                smf.ols("y ~ np.abs(a)", X.assign(y=y)).fit(), "pos", None, None, "sm_model", True, None, None, 10, P
            ).signature
        ),
    )
    fact(
        "keywords",
        lambda: (
            mlflow.statsmodels.log_model(
                statsmodels_model=times, artifact_path="kw", metadata={"k": "v"}, pip_requirements=P
            ).metadata
        ),
    )
base = f"runs:/{run.info.run_id}"
fact("native", lambda: type(mlflow.statsmodels.load_model(f"{base}/ols")))
fact("native params", lambda: list(mlflow.statsmodels.load_model(f"{base}/ols").params.round(6)))
fact("pyfunc", lambda: mlflow.pyfunc.load_model(f"{base}/ols").predict(X.head(3)).round(6))
fact("raw", lambda: type(mlflow.pyfunc.load_model(f"{base}/ols").get_raw_model()))
fact("lacking", lambda: mlflow.pyfunc.load_model(f"{base}/ols").predict(X[["a"]]))
fact("registered", lambda: mlflow.pyfunc.load_model("models:/sm_model/1").predict(X.head(2)).round(6))
fact("without data", lambda: mlflow.statsmodels.load_model("models:/sm_model/1").model.endog)
loaded = mlflow.pyfunc.load_model(f"{base}/kw")
fact("series", lambda: loaded.predict(pd.DataFrame({"start": [31], "end": [33]})).round(6).tolist())
fact("dates", lambda: len(loaded.predict(pd.DataFrame({"start": ["2024-02-01"], "end": ["2024-02-04"]}))))
fact("two rows", lambda: loaded.predict(pd.DataFrame({"start": [31, 32], "end": [33, 34]})))
fact("no end", lambda: loaded.predict(pd.DataFrame({"start": [31]})))
fact("save", lambda: mlflow.statsmodels.save_model(model, "saved", pip_requirements=P))
fact("saved files", lambda: sorted(os.listdir("saved")))
fact("again", lambda: mlflow.statsmodels.save_model(model, "saved", pip_requirements=P))
fact("loaded by itself", lambda: type(sm.load("saved/model.statsmodels")))
bare = sm.OLS(y, X).fit()
fact("remove data", lambda: mlflow.statsmodels.save_model(bare, "bare", remove_data=True, pip_requirements=P))
fact("the model after it", lambda: bare.model.endog is None)
fact("bare predicts", lambda: mlflow.pyfunc.load_model("bare").predict(X.head(2)).round(6).tolist())
fact(
    "signature given",
    lambda: mlflow.statsmodels.save_model(
        model, "given", signature=infer_signature(X, model.predict(X)), pip_requirements=P
    ),
)
fact("not fitted", lambda: mlflow.statsmodels.save_model(sm.OLS(y, X), "unfitted", pip_requirements=P))
fact("no model", lambda: mlflow.statsmodels.save_model({}, "dict", pip_requirements=P))
fact("default pip", lambda: [r.split("==")[0] for r in mlflow.statsmodels.get_default_pip_requirements()])
fact("names", lambda: [mlflow.statsmodels.FLAVOR_NAME, mlflow.statsmodels.STATSMODELS_DATA_SUBPATH])
fact("params in predict", lambda: len(mlflow.pyfunc.load_model("saved").predict(X, params={"zzz": 1})))
fact("unknown option", lambda: mlflow.statsmodels.save_model(model, "option", pip_requirements=P, nonsense=1))
