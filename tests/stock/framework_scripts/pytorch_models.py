"""PyTorch models as a user of MLflow logs, loads and scores them."""

import os
import pickle

import mlflow
import mlflow.pytorch
import numpy as np
import pandas as pd
import torch
from facts import fact

X = np.linspace(-1, 1, 24, dtype="float32").reshape(8, 3)
FRAME = pd.DataFrame(X.astype("float64"), columns=["a", "b", "c"], index=range(3, 11))
client = mlflow.MlflowClient()


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.line = torch.nn.Linear(3, 2)
        self.drop = torch.nn.Dropout(0.5)
        with torch.no_grad():
            self.line.weight.copy_(torch.arange(6.0).reshape(2, 3))
            self.line.bias.zero_()

    def forward(self, x):
        return self.drop(self.line(x))


class Pair(Net):
    def forward(self, x):
        return self.line(x), x


def rounded(found):
    values = found.to_numpy() if isinstance(found, pd.DataFrame) else found
    return [type(found).__name__, values.round(4).tolist()]


def files(root):
    return sorted(os.path.relpath(os.path.join(d, f), root) for d, _, names in os.walk(root) for f in names)


model = Net()
with mlflow.start_run() as run:
    info = mlflow.pytorch.log_model(model, "model", registered_model_name="net", pip_requirements=["torch"])
fact("info", lambda: [info.artifact_path, info.flavors["pytorch"], info.signature, info.registered_model_version])
fact("pyfunc entry", lambda: {k: v for k, v in info.flavors["python_function"].items() if k != "python_version"})
fact("files", lambda: sorted(f.path for f in client.list_artifacts(run.info.run_id, "model")))
fact("data files", lambda: sorted(f.path for f in client.list_artifacts(run.info.run_id, "model/data")))
loaded = mlflow.pytorch.load_model("models:/net/1")
fact("loaded", lambda: [type(loaded).__name__, loaded.training, loaded.line.weight.tolist()])
fact("still training", lambda: model.training)
scorer = mlflow.pyfunc.load_model("models:/net/1")
fact("frame", lambda: rounded(scorer.predict(FRAME)))
fact("frame index", lambda: list(scorer.predict(FRAME).index))
fact("frame columns", lambda: [str(c) for c in scorer.predict(FRAME).columns])
fact("array", lambda: rounded(scorer.predict(X)))
fact("doubles", lambda: rounded(scorer.predict(X.astype("float64"))))
fact("list", lambda: scorer.predict([[1.0, 2.0, 3.0]]))
fact("dict", lambda: scorer.predict({"a": [1.0]}))
fact("text", lambda: scorer.predict("text"))
fact("raw", lambda: type(scorer.get_raw_model()).__name__)
fact("unwrapped", lambda: type(scorer.unwrap_python_model()).__name__)
fact("device in params", lambda: scorer.predict(X, params={"device": "cpu"}))
fact("model config", lambda: scorer.model_config)
fact("on a device", lambda: mlflow.pyfunc.load_model("models:/net/1", model_config={"device": "cpu"}).model_config)
mlflow.pytorch.save_model(Pair(), "pair", pip_requirements=["torch"])
fact("pair", lambda: mlflow.pyfunc.load_model("pair").predict(X))
fact("pair natively", lambda: len(mlflow.pytorch.load_model("pair")(torch.from_numpy(X))))
fact("mapped", lambda: str(mlflow.pytorch.load_model("pair", map_location="meta").line.weight.device))
fact("by pickle", lambda: mlflow.pytorch.save_model(Net(), "pickled", pickle_module=pickle, pip_requirements=["torch"]))
fact("its module", lambda: open("pickled/data/pickle_module_info.txt").read())
fact("its answer", lambda: rounded(mlflow.pyfunc.load_model("pickled").predict(FRAME)))
with_example = {"input_example": X[:2], "pip_requirements": ["torch"]}
fact("with example", lambda: mlflow.pytorch.save_model(Net().eval(), "example", **with_example))
fact("its signature", lambda: mlflow.models.Model.load("example").signature.to_dict())
fact("its files", lambda: files("example"))
script = torch.jit.trace(Net().eval(), torch.from_numpy(X))
fact("script", lambda: mlflow.pytorch.save_model(script, "script", pip_requirements=["torch"]))
fact("script class", lambda: type(mlflow.pytorch.load_model("script")).__name__)
fact("script answer", lambda: rounded(mlflow.pyfunc.load_model("script").predict(X)))
open("notes.txt", "w").write("n")
open("needs.txt", "w").write("torch\n")
fact(
    "extra files",
    lambda: mlflow.pytorch.save_model(Net(), "extra", extra_files=["notes.txt"], pip_requirements=["torch"]),
)
fact("extra entry", lambda: mlflow.models.Model.load("extra").flavors["pytorch"]["extra_files"])
fact("requirements file", lambda: mlflow.pytorch.save_model(Net(), "needs", requirements_file="needs.txt"))
fact("its entry", lambda: mlflow.models.Model.load("needs").flavors["pytorch"]["requirements_file"])
fact("not a module", lambda: mlflow.pytorch.save_model(model.state_dict(), "no"))
fact("no module either", lambda: mlflow.pytorch.save_model(7, "no7"))
fact("occupied", lambda: mlflow.pytorch.save_model(Net(), "pair"))
fact("not there", lambda: mlflow.pytorch.load_model("nowhere"))
fact("default requirements", lambda: [r.split("==")[0] for r in mlflow.pytorch.get_default_pip_requirements()])
fact("default environment", lambda: sorted(mlflow.pytorch.get_default_conda_env()))
fact("save state", lambda: mlflow.pytorch.save_state_dict(model.state_dict(), "state"))
fact("state files", lambda: files("state"))
fact("load state", lambda: {k: v.tolist() for k, v in mlflow.pytorch.load_state_dict("state").items()})
with mlflow.start_run() as run:
    fact("log state", lambda: mlflow.pytorch.log_state_dict({"epoch": 2, "model": model.state_dict()}, "ckpt"))
fact("logged state", lambda: sorted(f.path for f in client.list_artifacts(run.info.run_id, "ckpt")))
fact("its epoch", lambda: mlflow.pytorch.load_state_dict(f"runs:/{run.info.run_id}/ckpt")["epoch"])
fact("no state", lambda: mlflow.pytorch.save_state_dict(model, "state2"))
fact("no state there", lambda: mlflow.pytorch.load_state_dict("pair"))
fact("no checkpoint", lambda: mlflow.pytorch.load_checkpoint(Net, run.info.run_id))
fact("flavor", lambda: mlflow.pytorch.FLAVOR_NAME)
