"""PythonModel in all its shapes."""

import os
from typing import Any, Dict, List, Optional

import mlflow
import numpy as np
import pandas as pd
from facts import fact
from mlflow.models import ModelConfig, ModelSignature, infer_signature
from mlflow.pyfunc import PyFuncModel, PythonModel, PythonModelContext
from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema

P = ["cloudpickle"]


class AddN(PythonModel):
    def __init__(self, n):
        self.n = n

    def predict(self, context, model_input, params=None):
        return model_input.apply(lambda column: column + self.n)


class Old(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input):
        return len(model_input)


class WithArtifacts(PythonModel):
    def load_context(self, context: PythonModelContext):
        self.text = open(context.artifacts["words"]).read()
        self.config = dict(context.model_config or {})

    def predict(self, context, model_input: List[str], params: Optional[Dict[str, Any]] = None) -> List[str]:
        return [self.text + item + str((params or {}).get("end", "")) for item in model_input]


class Streaming(PythonModel):
    def predict(self, context, model_input, params=None):
        return "all"

    def predict_stream(self, context, model_input, params=None):
        yield from ("a", "b", "c")


class Inspecting(PythonModel):
    def predict(self, context, model_input, params=None):
        return {"type": type(model_input).__name__, "params": params}


def double(model_input: List[str]) -> List[str]:
    return [item * 2 for item in model_input]


frame = pd.DataFrame({"a": [1, 2], "b": [3, 4]})
with open("words.txt", "w") as file:
    file.write("hi ")

fact("save", lambda: mlflow.pyfunc.save_model(path="add", python_model=AddN(5), pip_requirements=P))
fact("files", lambda: sorted(os.listdir("add")))
loaded = mlflow.pyfunc.load_model("add")
fact("type", lambda: [isinstance(loaded, PyFuncModel), isinstance(loaded, mlflow.pyfunc.PyFuncModel)])
fact("predict", lambda: loaded.predict(frame))
fact("unwrap", lambda: [type(loaded.unwrap_python_model()).__name__, loaded.unwrap_python_model().n])
fact(
    "old",
    lambda: [
        mlflow.pyfunc.save_model("old", python_model=Old(), pip_requirements=P),
        mlflow.pyfunc.load_model("old").predict(frame),
    ][1],
)
fact("old with params", lambda: mlflow.pyfunc.load_model("old").predict(frame, params={"x": 1}))
fact("instead of instance class", lambda: mlflow.pyfunc.save_model("cls", python_model=AddN, pip_requirements=P))
fact("nothing", lambda: mlflow.pyfunc.save_model("nothing"))
fact("both", lambda: mlflow.pyfunc.save_model("bothways", python_model=Old(), loader_module="x"))
fact(
    "lambda",
    lambda: [
        mlflow.pyfunc.save_model("lam", python_model=lambda x: x * 2, pip_requirements=P, input_example=frame),
        mlflow.pyfunc.load_model("lam").predict(frame),
    ][1],
)
fact(
    "lambda two",
    lambda: mlflow.pyfunc.save_model("lam2", python_model=lambda a, b: a, pip_requirements=P, input_example=frame),
)
fact(
    "function",
    lambda: [
        mlflow.pyfunc.save_model("fn", python_model=double, pip_requirements=P, input_example=["a"]),
        mlflow.pyfunc.load_model("fn").predict(["x"]),
    ][1],
)
fact(
    "function hints",
    lambda: mlflow.models.get_model_info("fn").signature and mlflow.models.get_model_info("fn").signature.to_dict(),
)
with mlflow.start_run() as run:
    info = mlflow.pyfunc.log_model(
        "art",
        python_model=WithArtifacts(),
        artifacts={"words": "words.txt"},
        pip_requirements=P,
        model_config={"k": 1},
        signature=infer_signature(["x"], ["y"], params={"end": "!"}),
    )
    fact("info", lambda: [sorted(info.flavors), sorted(info.flavors["python_function"])])
    fact(
        "keywords",
        lambda: (
            mlflow.pyfunc.log_model(
                artifact_path="kw",
                loader_module=None,
                data_path=None,
                code_paths=None,
                conda_env=None,
                python_model=AddN(1),
                artifacts=None,
                registered_model_name="added",
                signature=None,
                input_example=frame,
                await_registration_for=10,
                pip_requirements=P,
                extra_pip_requirements=None,
                metadata={"m": 1},
                model_config=None,
            ).registered_model_version
        ),
    )
    fact(
        "stream", lambda: mlflow.pyfunc.log_model("stream", python_model=Streaming(), pip_requirements=P).artifact_path
    )
    fact(
        "streamable",
        lambda: (
            mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/stream")
            .metadata.flavors["python_function"]
            .get("streamable")
        ),
    )
    fact(
        "run artifact",
        lambda: (
            mlflow.pyfunc.log_model(
                "art2",
                python_model=WithArtifacts(),
                artifacts={"words": f"runs:/{run.info.run_id}/art/artifacts/words.txt"},
                pip_requirements=P,
            ).artifact_path
        ),
    )
    fact(
        "missing artifact",
        lambda: mlflow.pyfunc.log_model(
            "art3", python_model=WithArtifacts(), artifacts={"words": "zzz.txt"}, pip_requirements=P
        ),
    )
art = mlflow.pyfunc.load_model(info.model_uri)
fact("art", lambda: art.predict(["x"]))
fact("art params", lambda: art.predict(["x"], params={"end": "?"}))
fact("art bad params", lambda: art.predict(["x"], params={"zzz": "?"}))
fact("art param type", lambda: art.predict(["x"], params={"end": 3}))
fact("art config", lambda: art.unwrap_python_model().config)
fact(
    "art config at load",
    lambda: mlflow.pyfunc.load_model(info.model_uri, model_config={"k": 2}).unwrap_python_model().config,
)
fact(
    "art config unknown",
    lambda: mlflow.pyfunc.load_model(info.model_uri, model_config={"z": 2}).unwrap_python_model().config,
)
fact("model_config", lambda: art.model_config)
fact("suppress", lambda: type(mlflow.pyfunc.load_model(info.model_uri, suppress_warnings=True)))
fact("predict_stream", lambda: list(mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/stream").predict_stream(frame)))
fact("no stream", lambda: list(art.predict_stream(["x"])))
fact("art2", lambda: mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/art2").predict(["x"]))
fact(
    "artifact folder",
    lambda: sorted(f.path for f in mlflow.MlflowClient().list_artifacts(run.info.run_id, "art/artifacts")),
)

signature = ModelSignature(
    inputs=Schema([ColSpec(DataType.string, "s"), ColSpec("long", "n", required=False)]),
    outputs=Schema([ColSpec(type="string", name=None)]),
    params=ParamSchema(
        [ParamSpec("t", DataType.double, 0.5), ParamSpec("k", "long", 3), ParamSpec("l", "string", ["a"], (-1,))]
    ),
)
fact("signature", lambda: signature.to_dict())
fact("signature back", lambda: ModelSignature.from_dict(signature.to_dict()) == signature)
mlflow.pyfunc.save_model("look", python_model=Inspecting(), signature=signature, pip_requirements=P)
look = mlflow.pyfunc.load_model("look")
fact("look", lambda: look.predict(pd.DataFrame({"s": ["x"], "n": [1]})))
fact("look optional", lambda: look.predict(pd.DataFrame({"s": ["x"]}), params={"t": 1.0}))
fact("look int param", lambda: look.predict(pd.DataFrame({"s": ["x"]}), params={"t": 1, "l": ["a", "b"]}))
fact(
    "look numpy param",
    lambda: look.predict(pd.DataFrame({"s": ["x"]}), params={"k": np.int64(4), "l": np.array(["q"])}),
)
fact("look wrong", lambda: look.predict(pd.DataFrame({"s": ["x"], "n": ["x"]})))
fact("look float", lambda: look.predict(pd.DataFrame({"s": ["x"], "n": [1.5]})))
fact("look missing", lambda: look.predict(pd.DataFrame({"n": [1]})))
fact("look list param", lambda: look.predict(pd.DataFrame({"s": ["x"]}), params=[1]))
fact("look bad param", lambda: look.predict(pd.DataFrame({"s": ["x"]}), params={"t": "high"}))
bare = mlflow.pyfunc.load_model(
    (mlflow.pyfunc.save_model("bare", python_model=Inspecting(), pip_requirements=P), "bare")[1]
)
for name, data in {
    "frame": frame,
    "array": np.ones((2, 2)),
    "list": [1, 2],
    "text": "x",
    "dict": {"a": [1]},
    "records": [{"a": 1}],
    "series": frame["a"],
}.items():
    fact(f"bare {name}", lambda: bare.predict(data))
    fact(f"bare {name} params", lambda: bare.predict(data, {"z": 1}))
    fact(f"infer {name}", lambda: infer_signature(data).inputs.to_dict())
    fact(
        f"example {name}",
        lambda: [
            mlflow.pyfunc.save_model(f"ex_{name}", python_model=Inspecting(), input_example=data, pip_requirements=P),
            mlflow.pyfunc.load_model(f"ex_{name}").input_example,
        ][1],
    )
    fact(f"example predict {name}", lambda: mlflow.pyfunc.load_model(f"ex_{name}").predict(data))
    fact(f"example info {name}", lambda: mlflow.models.Model.load(f"ex_{name}").saved_input_example_info)
fact(
    "example with params",
    lambda: [
        mlflow.pyfunc.save_model(
            "exp", python_model=Inspecting(), input_example=(frame, {"a": 1, "b": "x"}), pip_requirements=P
        ),
        mlflow.models.Model.load("exp").signature.params.to_dict(),
    ][1],
)
fact("example params", lambda: mlflow.models.Model.load("exp").load_input_example_params("exp"))
fact("example params predict", lambda: mlflow.pyfunc.load_model("exp").predict(frame, {"a": 2}))
for value in (
    {"t": 1.5, "n": 3, "s": "x", "b": True, "l": [1, 2]},
    {"d": np.datetime64("2020-01-01")},
    {"none": None},
    {"x": {"y": 1}},
    {"f": np.float32(1)},
    {"e": []},
):
    fact(f"params {sorted(value)}", lambda: infer_signature(None, None, value).params.to_dict())
fact("infer nothing", lambda: infer_signature())
fact("get_default_conda_env", lambda: sorted(mlflow.pyfunc.get_default_conda_env()))
fact(
    "flavor name",
    lambda: [
        mlflow.pyfunc.FLAVOR_NAME,
        mlflow.pyfunc.MAIN,
        mlflow.pyfunc.CODE,
        mlflow.pyfunc.DATA,
        mlflow.pyfunc.ENV,
        mlflow.pyfunc.PY_VERSION,
    ],
)
fact("ModelConfig", lambda: ModelConfig(development_config={"a": 1}).get("a"))
fact("ModelConfig missing", lambda: ModelConfig(development_config={"a": 1}).get("b"))
fact("ModelConfig dict", lambda: ModelConfig(development_config={"a": 1}).to_dict())
fact("ModelConfig none", lambda: ModelConfig(development_config="zzz.yml"))
