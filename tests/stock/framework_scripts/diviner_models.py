"""Diviner models: logging, loading, what a forecast is asked with."""

import logging
import os

import diviner
import mlflow
import mlflow.diviner
import numpy as np
import pandas as pd
from facts import fact
from pmdarima.arima import ARIMA

logging.getLogger("cmdstanpy").disabled = True
steps = np.arange(40.0)
days = pd.concat(
    pd.DataFrame({"ds": pd.date_range("2024-01-01", periods=40), "y": 5 + np.sin(steps) * size, "key": name})
    for size, name in enumerate("ab", 1)
)
prophet = diviner.GroupedProphet(uncertainty_samples=0, n_changepoints=2).fit(days.copy(), ["key"])
arima = diviner.GroupedPmdarima(ARIMA(order=(1, 0, 0))).fit(days.copy(), ["key"], "y", "ds")
asked = pd.DataFrame({"horizon": [2], "frequency": ["D"]})
P = ["diviner"]
with mlflow.start_run() as run:
    info = mlflow.diviner.log_model(prophet, "p", input_example=asked, pip_requirements=P)
    fact("flavor keys", lambda: {k: sorted(v) for k, v in info.flavors.items()})
    fact("conf", lambda: {k: v for k, v in info.flavors["diviner"].items() if k != "diviner_version"})
    fact("inputs", lambda: info.signature.inputs.to_dict())
    fact("outputs", lambda: info.signature.outputs.to_dict())
    fact("by position", lambda: mlflow.diviner.log_model(arima, "a", None, None, "dm", None, None, 5, P).flavors.keys())
base = f"runs:/{run.info.run_id}"
fact("native", lambda: type(mlflow.diviner.load_model(f"{base}/p")))
fact("native pmdarima", lambda: type(mlflow.diviner.load_model(f"{base}/a")))
fact("dfs", lambda: type(mlflow.diviner.load_model(f"{base}/a", dfs_tmpdir="unused")))
fact("pyfunc", lambda: mlflow.pyfunc.load_model(f"{base}/p").predict(asked).round(4))
p, a = mlflow.pyfunc.load_model(f"{base}/p"), mlflow.pyfunc.load_model("models:/dm/1")
fact("pmdarima", lambda: a.predict(pd.DataFrame({"n_periods": [2]})).round(4))
fact("pmdarima columns", lambda: list(a.predict(pd.DataFrame({"n_periods": [2], "predict_col": ["sales"]})).columns))
fact("two rows", lambda: len(a.predict(pd.DataFrame({"n_periods": [2, 5]}))))
fact("no horizon", lambda: a.predict(pd.DataFrame({"frequency": ["D"]})))
fact("both differ", lambda: a.predict(pd.DataFrame({"n_periods": [2], "horizon": [3]})))
fact("fraction", lambda: a.predict(pd.DataFrame({"n_periods": [2.5]})))
fact("bad groups", lambda: a.predict(pd.DataFrame({"n_periods": [2], "groups": ["a"]})))
fact("unknown group", lambda: a.predict(pd.DataFrame({"n_periods": [2], "groups": [[["zz"]]]})))
fact("a group", lambda: a.predict(pd.DataFrame({"n_periods": [2], "groups": [[["b"]]]})).round(4))
fact("no frequency", lambda: p.predict(pd.DataFrame({"horizon": [2]})))
fact("raw", lambda: type(p.get_raw_model()))
fact("save", lambda: mlflow.diviner.save_model(prophet, "saved", pip_requirements=P))
fact("files", lambda: sorted(os.listdir("saved")))
fact("not fitted", lambda: mlflow.diviner.save_model(diviner.GroupedProphet(), "unfitted", pip_requirements=P))
fact("default pip", lambda: [r.split("==")[0] for r in mlflow.diviner.get_default_pip_requirements()])
fact("flavor name", lambda: mlflow.diviner.FLAVOR_NAME)
