"""Stock MLflow's side of serving: it writes models, and asks its own server and ours the same."""

from __future__ import annotations

import json
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

FRAME = pd.DataFrame({"x": [0.5, 1.5, -2.0], "n": [1, 2, 3]})
MIXED = FRAME.assign(city=["Köln", "a,b", ""], ok=[True, False, True])
TENSOR = np.array([[0.5, 1.0], [2.0, 3.0]], "float32")
NAMED = {"a": TENSOR, "b": np.array([1, 2])}
DATA = {"boosted": FRAME, "sums": FRAME, "mixed": MIXED, "tensor": TENSOR, "named": NAMED, "anything": FRAME}


def write(folder: Path) -> None:
    """The models, by stock MLflow."""
    import mlflow
    import xgboost
    from mlflow.models import infer_signature
    from mlflow.pyfunc import PythonModel, save_model

    class Sums(PythonModel):
        def predict(self, context, model_input, params=None):
            return model_input.to_numpy().sum(axis=1) * (params or {}).get("times", 1.0)

    class Frames(PythonModel):
        def predict(self, context, model_input):
            return model_input.assign(twice=model_input["n"] * 2)

    class Tensors(PythonModel):
        def predict(self, context, model_input):
            if isinstance(model_input, dict):
                return {"sum": model_input["a"].sum(axis=1) + model_input["b"]}
            return model_input * 2

    class Kinds(PythonModel):
        def predict(self, context, model_input):
            return [type(model_input).__name__, np.asarray(model_input).tolist()]

    booster = xgboost.XGBRegressor(n_estimators=5).fit(pd.concat([FRAME] * 5), [1.0, 2.0, 3.0] * 5)
    mlflow.xgboost.save_model(booster, folder / "boosted", signature=infer_signature(FRAME, booster.predict(FRAME)))
    models = {
        "sums": (Sums(), infer_signature(FRAME, FRAME["x"].to_numpy(), {"times": 1.0})),
        "mixed": (Frames(), infer_signature(MIXED)),
        "tensor": (Tensors(), infer_signature(TENSOR, TENSOR)),
        "named": (Tensors(), infer_signature(NAMED)),
        "anything": (Kinds(), None),
    }
    for name, (model, signature) in models.items():
        save_model(folder / name, python_model=model, signature=signature, pip_requirements=[])


def asked(folder: Path, url: str, requests_file: Path) -> None:
    """Print what stock's server and ours answer to requests, status and JSON each."""
    import requests
    from mlflow.pyfunc import load_model, scoring_server

    clients = {name: scoring_server.init(load_model(str(folder / name))).test_client() for name in DATA}
    found = []
    for model, content, body in json.loads(requests_file.read_text("utf-8")):
        data, headers = body.encode(), {"content-type": content}
        theirs = clients[model].post("/invocations", data=data, headers=headers)
        ours = requests.post(f"{url}/models/{model}/invocations", data=data, headers=headers, timeout=30)
        found.append([[theirs.status_code, _json(theirs.text)], [ours.status_code, _json(ours.text)]])
    print(json.dumps(found))


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def client(folder: Path, url: str) -> None:
    """Print what stock's own client makes of our server, and what stock's models predict."""
    from mlflow.deployments import PredictionsResponse
    from mlflow.pyfunc import load_model, scoring_server
    from mlflow.pyfunc.scoring_server.client import ScoringServerClient

    host, port = url.removeprefix("http://").split(":")
    asker = ScoringServerClient(host, int(port))
    asker.wait_server_ready(timeout=10)
    report: dict[str, Any] = {"version": asker.get_version()}
    root = asker.url_prefix
    for name, data in DATA.items():
        if isinstance(data, dict):  # which stock's client cannot send
            continue
        asker.url_prefix = f"{root}/models/{name}"
        answer = asker.invoke(data)
        written = StringIO()
        scoring_server.predictions_to_json(load_model(str(folder / name)).predict(data), written)
        right = PredictionsResponse.from_json(written.getvalue())
        report[name] = [json.loads(one.to_json()) for one in (answer, right)]
        if name in ("boosted", "sums"):
            report[f"{name} as arrays"] = [one.get_predictions("ndarray").tolist() for one in (answer, right)]
        if name == "mixed":
            report["mixed as frames"] = [one.get_predictions().to_dict("list") for one in (answer, right)]
    asker.url_prefix = f"{root}/models/sums"
    report["params"] = json.loads(asker.invoke(FRAME, params={"times": 2.0}).to_json())
    try:
        asker.invoke(FRAME[["x"]])
    except Exception as error:
        report["error"] = str(error)
    print(json.dumps(report))


if __name__ == "__main__":
    action, first, *rest = sys.argv[1:]
    {"write": write, "asked": asked, "client": client}[action](Path(first), *rest[:1], *map(Path, rest[1:]))
