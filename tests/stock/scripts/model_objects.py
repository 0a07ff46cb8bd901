"""mlflow.models.Model: made, saved, loaded and asked by hand, and predicted by mlflow.models.predict."""

import os

import mlflow
import pandas as pd
from facts import fact
from mlflow.models import Model, get_model_info, infer_signature, set_signature
from mlflow.models.model import ModelInfo

model = Model(artifact_path="a", run_id="b" * 32, metadata={"k": "v"})
fact(
    "fresh",
    lambda: [
        model.artifact_path,
        model.flavors,
        model.signature,
        model.metadata,
        model.saved_input_example_info,
        type(model.model_uuid),
    ],
)
fact("add_flavor", lambda: model.add_flavor("mine", a=1, b=None) is model)
fact(
    "add python function",
    lambda: mlflow.pyfunc.add_to_model(
        model,
        loader_module="mlflow.sklearn",
        data="x",
        code=None,
        conda_env="conda.yaml",
        python_env="python_env.yaml",
        model_config={"q": 1},
    ),
)
fact("flavors", lambda: model.flavors.get("mine"))
fact("pf keys", lambda: sorted(model.flavors["python_function"]))
fact("to_dict", lambda: sorted(model.to_dict()))
fact("file", lambda: mlflow.models.model.MLMODEL_FILE_NAME)
os.makedirs("d")
fact("save", lambda: model.save("d/MLmodel"))
fact("load", lambda: [sorted(Model.load("d").flavors), Model.load("d/MLmodel").metadata, Model.load("d").artifact_path])
fact("equal", lambda: Model.load("d") == model)
fact("from_dict", lambda: Model.from_dict(model.to_dict()).flavors == model.flavors)
fact("yaml", lambda: sorted(line.split(":")[0] for line in model.to_yaml().splitlines() if not line.startswith(" ")))
fact("json", lambda: model.to_json().startswith("{"))
fact("load nothing", lambda: Model.load("zzz"))
signature = infer_signature(pd.DataFrame({"a": [1]}), [1.0], {"p": 2})
model.signature = signature
fact("signature", lambda: model.signature == signature)
fact(
    "schemas",
    lambda: [
        model.get_input_schema().input_names(),
        len(model.get_output_schema().inputs),
        model.get_params_schema().to_dict(),
    ],
)
fact("signature dict", lambda: sorted(model.to_dict()["signature"]))
fact("info", lambda: isinstance(model.get_model_info(), ModelInfo))


class Echo(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input


mlflow.pyfunc.save_model(
    "echo", python_model=Echo(), pip_requirements=["cloudpickle"], input_example=pd.DataFrame({"a": [1, 2]})
)
info = get_model_info("echo")
fact("keys", lambda: sorted(k for k in Model.load("echo").to_dict() if k != "model_size_bytes"))
fact(
    "info fields",
    lambda: [info.artifact_path, sorted(info.flavors), info.metadata, info.run_id, info.mlflow_version, info.model_uri],
)
fact("flavor config", lambda: sorted(info.flavors["python_function"]))
fact("example", lambda: Model.load("echo").load_input_example("echo"))
fact("serving", lambda: Model.load("echo").get_serving_input("echo"))
fact("set_signature", lambda: [set_signature("echo", signature), get_model_info("echo").signature == signature][1])
fact(
    "predict",
    lambda: mlflow.models.predict(
        "echo", input_data=pd.DataFrame({"a": [5]}), content_type="json", env_manager="local", output_path="out.json"
    ),
)
fact("predict output", lambda: open("out.json").read().strip())
mlflow.models.set_model(Echo())
fact("set_model bad", lambda: mlflow.models.set_model("x"))


class Custom:
    """Flavors made by users write MLmodel themselves."""


custom = Model()
os.makedirs("custom/code")
with open("custom/code/custom_loader.py", "w") as file:
    file.write(
        "class W:\n    def predict(self, x, params=None):\n        return len(x)\ndef _load_pyfunc(path, model_config=None):\n    return W()\n"
    )
fact(
    "custom",
    lambda: [
        mlflow.pyfunc.add_to_model(custom, loader_module="custom_loader", code="code"),
        custom.save("custom/MLmodel"),
    ],
)
fact("custom predict", lambda: mlflow.pyfunc.load_model("custom").predict([1, 2, 3]))
fact("Model.log", lambda: hasattr(Model, "log"))
