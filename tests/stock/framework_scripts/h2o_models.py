"""H2O models: logging, loading, scoring."""

import os

import h2o
import mlflow
import mlflow.h2o
import numpy as np
import pandas as pd
from facts import fact
from h2o.estimators import H2OGeneralizedLinearEstimator

server = {"url": os.environ["H2O_SERVER"], "verbose": False}
h2o.init(**server)
h2o.no_progress()
rows = pd.DataFrame({"x": np.arange(40.0), "z": np.arange(40) % 3, "y": np.arange(40.0) * 2 + 1})
few = rows[["x", "z"]].head(3)
model = H2OGeneralizedLinearEstimator(seed=1)
model.train(x=["x", "z"], y="y", training_frame=h2o.H2OFrame(rows))
P = ["h2o"]
with mlflow.start_run() as run:
    info = mlflow.h2o.log_model(model, "m", input_example=few, pip_requirements=P, settings={"init": dict(server)})
    fact("flavor keys", lambda: {k: sorted(v) for k, v in info.flavors.items()})
    fact("data", lambda: info.flavors["h2o"]["data"])
    fact("signature", lambda: info.signature.to_dict())
    fact(
        "by position",
        lambda: mlflow.h2o.log_model(model, "pos", None, None, "hm", None, None, P).flavors.keys(),
    )
    fact("unknown option", lambda: mlflow.h2o.log_model(model, "option", pip_requirements=P, nonsense=1))
base = f"runs:/{run.info.run_id}"
fact("native", lambda: type(mlflow.h2o.load_model(f"{base}/m")))
fact("same id", lambda: mlflow.h2o.load_model("models:/hm/1").model_id == model.model_id)
loaded = mlflow.pyfunc.load_model(f"{base}/m")
fact("scores", lambda: loaded.predict(few).round(4))
fact("index", lambda: list(loaded.predict(few.set_axis([5, 6, 7])).index))
fact("raw", lambda: type(loaded.get_raw_model()))
fact("save", lambda: mlflow.h2o.save_model(model, "saved", pip_requirements=P))
fact("files", lambda: sorted(os.listdir("saved")))
fact("settings", lambda: sorted(open("saved/model.h2o/h2o.yaml").read().split(":")[0:1]))
fact("moved", lambda: [os.rename("saved", "moved"), mlflow.h2o.load_model("moved").model_id == model.model_id][1])
fact("not a model", lambda: mlflow.h2o.save_model("text", "text", pip_requirements=P))
fact("not trained", lambda: mlflow.h2o.save_model(H2OGeneralizedLinearEstimator(), "untrained", pip_requirements=P))
fact("default pip", lambda: [r.split("==")[0] for r in mlflow.h2o.get_default_pip_requirements()])
fact("flavor name", lambda: mlflow.h2o.FLAVOR_NAME)
