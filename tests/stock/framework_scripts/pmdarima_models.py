"""pmdarima models: logging, loading, forecasting."""

import os

import mlflow
import mlflow.pmdarima
import numpy as np
import pandas as pd
import pmdarima
from facts import fact
from mlflow.models import infer_signature
from pmdarima.pipeline import Pipeline
from pmdarima.preprocessing import FourierFeaturizer

random = np.random.default_rng(5)
y = np.sin(np.arange(40.0)) + random.normal(size=40) / 4 + 4
X = random.normal(size=(40, 2))
model = pmdarima.ARIMA(order=(1, 0, 0)).fit(y)
row = pd.DataFrame({"n_periods": [3]})
P = ["pmdarima"]
with mlflow.start_run() as run:
    info = mlflow.pmdarima.log_model(model, "fc", input_example=row, pip_requirements=P)
    fact("flavor keys", lambda: {k: sorted(v) for k, v in info.flavors.items()})
    fact("type", lambda: info.flavors["pmdarima"]["model_type"])
    fact("data", lambda: info.flavors["pmdarima"]["data"])
    fact("signature", lambda: info.signature.to_dict())
    fact(
        "by position",
        lambda: mlflow.pmdarima.log_model(
            model, "pos", None, None, "pm_model", None, row, 10, P
        ).signature.inputs.to_dict(),
    )
    fact(
        "keywords",
        lambda: (
            mlflow.pmdarima.log_model(
                pmdarima_model=model, artifact_path="kw", metadata={"k": "v"}, pip_requirements=P
            ).metadata
        ),
    )
    mlflow.pmdarima.log_model(pmdarima.ARIMA(order=(1, 0, 0)).fit(y, X=X), "x", pip_requirements=P)
base = f"runs:/{run.info.run_id}"
fact("native", lambda: type(mlflow.pmdarima.load_model(f"{base}/fc")))
fact("native forecast", lambda: [round(v, 5) for v in mlflow.pmdarima.load_model(f"{base}/fc").predict(3)])
plain = mlflow.pyfunc.load_model(f"{base}/kw")
fact("pyfunc", lambda: plain.predict(row).round(5))
fact("intervals", lambda: plain.predict(row.assign(return_conf_int=True, alpha=0.1)).round(5))
fact("raw", lambda: type(plain.get_raw_model()))
fact("registered", lambda: type(mlflow.pmdarima.load_model("models:/pm_model/1")))
extra = mlflow.pyfunc.load_model(f"{base}/x")
fact("exogenous", lambda: extra.predict(pd.DataFrame({"n_periods": [2], "X": [[[0.1, 0.2], [0.3, 0.4]]]})).round(5))
fact("exogenous lacking", lambda: extra.predict(row))
fact("exogenous of another length", lambda: extra.predict(pd.DataFrame({"n_periods": [3], "X": [[[0.1, 0.2]]]})))
fact("two rows", lambda: plain.predict(pd.DataFrame({"n_periods": [3, 4]})))
fact("no periods", lambda: plain.predict(pd.DataFrame({"periods": [3]})))
fact("zero periods", lambda: plain.predict(pd.DataFrame({"n_periods": [0]})))
fact("text", lambda: plain.predict(pd.DataFrame({"n_periods": ["3"]})))
fact("float", lambda: plain.predict(pd.DataFrame({"n_periods": [3.0]})))
fact("signature refuses", lambda: mlflow.pyfunc.load_model(f"{base}/fc").predict(pd.DataFrame({"n_periods": ["3"]})))
pipeline = Pipeline([("fourier", FourierFeaturizer(m=7, k=1)), ("arima", pmdarima.ARIMA(order=(1, 0, 0)))]).fit(y)
fact("save pipeline", lambda: mlflow.pmdarima.save_model(pipeline, "pipe", pip_requirements=P))
fact("pipeline", lambda: mlflow.pyfunc.load_model("pipe").predict(row).round(4))
fact("save", lambda: mlflow.pmdarima.save_model(model, "saved", pip_requirements=P))
fact("saved files", lambda: sorted(os.listdir("saved")))
fact("again", lambda: mlflow.pmdarima.save_model(model, "saved", pip_requirements=P))
fact(
    "signature given",
    lambda: mlflow.pmdarima.save_model(
        model, "given", signature=infer_signature(row, plain.predict(row)), pip_requirements=P
    ),
)
fact("not fitted", lambda: mlflow.pmdarima.save_model(pmdarima.ARIMA(order=(1, 0, 0)), "unfitted", pip_requirements=P))
fact("no model", lambda: mlflow.pmdarima.save_model({}, "dict", pip_requirements=P))
fact("default pip", lambda: [r.split("==")[0] for r in mlflow.pmdarima.get_default_pip_requirements()])
fact("flavor name", lambda: mlflow.pmdarima.FLAVOR_NAME)
fact("params in predict", lambda: len(plain.predict(row, params={"zzz": 1})))
fact("unknown option", lambda: mlflow.pmdarima.save_model(model, "option", pip_requirements=P, nonsense=1))
