"""Loader modules, code paths and models from source files."""

import os
from pathlib import Path

import mlflow
import pandas as pd
from facts import fact

P = ["cloudpickle"]
frame = pd.DataFrame({"a": [1, 2]})
Path("src").mkdir()
Path("src/my_loader.py").write_text(
    "import my_helper\n"
    "class M:\n    def __init__(self, n):\n        self.n = n\n"
    "    def predict(self, data):\n        return my_helper.times(data, self.n)\n"
    "def _load_pyfunc(path):\n    return M(int(open(path).read()))\n"
)
Path("src/my_helper.py").write_text("def times(data, n):\n    return data * n\n")
Path("number.txt").write_text("7")
fact(
    "loader",
    lambda: mlflow.pyfunc.save_model(
        "loader",
        loader_module="my_loader",
        data_path="number.txt",
        code_paths=["src/my_loader.py", "src/my_helper.py"],
        pip_requirements=P,
    ),
)
fact("loader files", lambda: sorted(str(p.relative_to("loader")) for p in Path("loader").rglob("*.py")))
fact("loader predict", lambda: mlflow.pyfunc.load_model("loader").predict(frame))
fact("missing code", lambda: mlflow.pyfunc.save_model("zz", loader_module="my_loader", code_paths=["zzz.py"]))
fact("code text", lambda: mlflow.pyfunc.save_model("zz2", loader_module="my_loader", code_paths="src"))

Path("model.py").write_text(
    "import mlflow\nfrom mlflow.models import ModelConfig, set_model\nfrom mlflow.pyfunc import PythonModel\n"
    "config = ModelConfig(development_config='dev.yml')\n"
    "class M(PythonModel):\n    def predict(self, context, model_input, params=None):\n        return model_input * config.get('factor')\n"
    "set_model(M())\n"
)
Path("dev.yml").write_text("factor: 2\nother: [1, 2]\n")
fact(
    "from code",
    lambda: [
        mlflow.pyfunc.save_model("code", python_model="model.py", model_config={"factor": 10}, pip_requirements=P),
        mlflow.pyfunc.load_model("code").predict(frame),
    ][1],
)
fact(
    "from code dev",
    lambda: [
        mlflow.pyfunc.save_model("code_dev", python_model="model.py", model_config="dev.yml", pip_requirements=P),
        mlflow.pyfunc.load_model("code_dev").predict(frame),
    ][1],
)
with mlflow.start_run():
    info = fact(
        "log from code",
        lambda: mlflow.pyfunc.log_model(
            "m",
            python_model=os.path.abspath("model.py"),
            model_config={"factor": 4},
            pip_requirements=P,
            input_example=frame,
        ),
    )
    fact("log predict", lambda: mlflow.pyfunc.load_model(info.model_uri).predict(frame))
    fact("log flavors", lambda: {k: sorted(v) for k, v in info.flavors.items()})
Path("empty.py").write_text("x = 1\n")
fact("no set_model", lambda: mlflow.pyfunc.save_model("nomodel", python_model="empty.py", pip_requirements=P))
Path("wrong.py").write_text("from mlflow.models import set_model\nset_model('text')\n")
fact("wrong set_model", lambda: mlflow.pyfunc.save_model("wrongmodel", python_model="wrong.py", pip_requirements=P))
fact("missing file", lambda: mlflow.pyfunc.save_model("nofile", python_model="zzz.py", pip_requirements=P))
fact("notebook", lambda: mlflow.pyfunc.save_model("nofile2", python_model="zzz.ipynb", pip_requirements=P))
Path("sk.py").write_text(
    "import mlflow\nfrom sklearn.dummy import DummyClassifier\nmlflow.models.set_model(DummyClassifier().fit([[0]], [1]))\n"
)
fact("sklearn from code", lambda: mlflow.sklearn.save_model("sk.py", "skcode", pip_requirements=P))
Path("fn.py").write_text(
    "from mlflow.models import set_model\ndef f(model_input: list[str]) -> list[str]:\n    return [s + '!' for s in model_input]\nset_model(f)\n"
)
fact(
    "function from code",
    lambda: [
        mlflow.pyfunc.save_model("fncode", python_model="fn.py", pip_requirements=P, input_example=["a"]),
        mlflow.pyfunc.load_model("fncode").predict(["x"]),
    ][1],
)
fact("validate", lambda: mlflow.models.validate_schema(frame, mlflow.models.infer_signature(frame).inputs))
fact(
    "validate wrong",
    lambda: mlflow.models.validate_schema(pd.DataFrame({"b": ["x"]}), mlflow.models.infer_signature(frame).inputs),
)
fact("add example", lambda: mlflow.models.convert_input_example_to_serving_input(frame))
fact(
    "validate serving",
    lambda: mlflow.models.validate_serving_input("code", mlflow.models.convert_input_example_to_serving_input(frame)),
)
