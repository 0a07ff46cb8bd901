"""Prophet models: logging, loading, forecasting."""

import logging
import os

import mlflow
import mlflow.prophet
import numpy as np
import pandas as pd
from facts import fact
from mlflow.models import infer_signature
from prophet import Prophet

logging.getLogger("cmdstanpy").disabled = True
steps = np.arange(40.0)
days = pd.DataFrame({"ds": pd.date_range("2024-01-01", periods=40), "y": np.sin(steps) + steps / 9})
ahead = pd.DataFrame({"ds": pd.date_range("2024-02-10", periods=3)})
model = Prophet(uncertainty_samples=0, n_changepoints=2, yearly_seasonality=False).fit(days)
P = ["prophet"]
with mlflow.start_run() as run:
    info = mlflow.prophet.log_model(
        model, "fc", signature=infer_signature(ahead, model.predict(ahead)), input_example=ahead, pip_requirements=P
    )
    fact("flavor keys", lambda: {k: sorted(v) for k, v in info.flavors.items()})
    fact("type", lambda: info.flavors["prophet"]["model_type"])
    fact("data", lambda: info.flavors["prophet"]["data"])
    fact("signature", lambda: info.signature.to_dict())
    fact(
        "by position",
        lambda: (
            mlflow.prophet.log_model(model, "pos", None, None, "prophet_model", None, ahead, 10, P).signature.inputs
        ),
    )
    fact(
        "keywords",
        lambda: (
            mlflow.prophet.log_model(
                pr_model=model, artifact_path="kw", metadata={"k": "v"}, pip_requirements=P
            ).metadata
        ),
    )
base = f"runs:/{run.info.run_id}"
fact("native", lambda: type(mlflow.prophet.load_model(f"{base}/fc")))
fact("native forecast", lambda: list(mlflow.prophet.load_model(f"{base}/fc").predict(ahead)["yhat"].round(4)))
fact("pyfunc", lambda: mlflow.pyfunc.load_model(f"{base}/fc").predict(ahead).round(4))
fact("raw", lambda: type(mlflow.pyfunc.load_model(f"{base}/fc").get_raw_model()))
fact("registered", lambda: type(mlflow.prophet.load_model("models:/prophet_model/1")))
fact("text dates", lambda: len(mlflow.pyfunc.load_model(f"{base}/kw").predict(pd.DataFrame({"ds": ["2024-03-01"]}))))
fact("no dates", lambda: mlflow.pyfunc.load_model(f"{base}/kw").predict(pd.DataFrame({"when": ["2024-03-01"]})))
fact("wrong column", lambda: mlflow.pyfunc.load_model(f"{base}/fc").predict(pd.DataFrame({"when": ahead["ds"]})))
fact("save", lambda: mlflow.prophet.save_model(model, "saved", pip_requirements=P))
fact("saved files", lambda: sorted(os.listdir("saved")))
fact("again", lambda: mlflow.prophet.save_model(model, "saved", pip_requirements=P))
fact("loaded", lambda: mlflow.prophet.load_model("saved").growth)
fact("dst", lambda: mlflow.prophet.load_model(f"{base}/fc", "saved").growth)
fact("not fitted", lambda: mlflow.prophet.save_model(Prophet(), "unfitted", pip_requirements=P))
fact("other flavor", lambda: mlflow.sklearn.load_model("saved"))
fact("default pip", lambda: [r.split("==")[0] for r in mlflow.prophet.get_default_pip_requirements()])
fact("flavor name", lambda: mlflow.prophet.FLAVOR_NAME)
fact("params in predict", lambda: len(mlflow.pyfunc.load_model(f"{base}/fc").predict(ahead, params={"zzz": 1})))
fact("unknown option", lambda: mlflow.prophet.save_model(model, "option", pip_requirements=P, nonsense=1))
