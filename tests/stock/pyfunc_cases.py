"""Custom Python models in every way there is to make one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .cases import Score, case

FRAME = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [4.0, 5.0, 6.0]})
PINS = {"pip_requirements": ["cloudpickle"]}


@case(golden=True)
def pyfunc_wrapper(m: Any, work: Path, root: Path) -> Score:
    class Scale(m.pyfunc.PythonModel):
        def __init__(self, by: float) -> None:
            self.by = by

        def predict(self, context, model_input, params=None):
            return model_input["a"] * self.by

    signature = m.models.infer_signature(FRAME, FRAME["a"])
    m.pyfunc.save_model(root, python_model=Scale(10.0), signature=signature, input_example=FRAME.head(2), **PINS)
    return Score(FRAME)


@case(golden=True)
def pyfunc_params(m: Any, work: Path, root: Path) -> Score:
    class Power(m.pyfunc.PythonModel):
        def predict(self, context, model_input, params=None):
            return (model_input["a"] ** params["power"] + params["shift"]).tolist()

    signature = m.models.infer_signature(FRAME, [1.0], params={"power": 2, "shift": 0.5})
    example = (FRAME.head(2), {"power": 3, "shift": 0.25})
    m.pyfunc.save_model(root, python_model=Power(), signature=signature, input_example=example, **PINS)
    return Score(FRAME, params={"power": 3})


@case()
def pyfunc_without_params(m: Any, work: Path, root: Path) -> Score:
    class Twice(m.pyfunc.PythonModel):
        def predict(self, context, model_input):
            return model_input * 2

    m.pyfunc.save_model(root, python_model=Twice(), **PINS)
    return Score(FRAME)


@case(golden=True)
def pyfunc_artifacts(m: Any, work: Path, root: Path) -> Score:
    class Lookup(m.pyfunc.PythonModel):
        def load_context(self, context):
            with open(context.artifacts["table"], encoding="utf-8") as file:
                self.table = json.load(file)
            with open(f"{context.artifacts['folder']}/bias.txt", encoding="utf-8") as file:
                self.bias = float(file.read())

        def predict(self, context, model_input, params=None):
            return [self.table[key] + self.bias for key in model_input["key"]]

    (work / "table.json").write_text('{"x": 1, "y": 2}')
    (work / "folder").mkdir()
    (work / "folder" / "bias.txt").write_text("0.5")
    files = {"table": str(work / "table.json"), "folder": str(work / "folder")}
    data = pd.DataFrame({"key": ["x", "y", "x"]})
    signature = m.models.infer_signature(data, [1.5])
    m.pyfunc.save_model(root, python_model=Lookup(), artifacts=files, signature=signature, **PINS)
    return Score(data)


@case()
def pyfunc_artifact_by_uri(m: Any, work: Path, root: Path) -> Score:
    class Reads(m.pyfunc.PythonModel):
        def load_context(self, context):
            with open(context.artifacts["words"], encoding="utf-8") as file:
                self.words = file.read().split()

        def predict(self, context, model_input, params=None):
            return [self.words[int(i)] for i in model_input["a"]]

    (work / "words.txt").write_text("zero one two three")
    m.pyfunc.save_model(root, python_model=Reads(), artifacts={"words": (work / "words.txt").as_uri()}, **PINS)
    return Score(FRAME)


LOADER = """
import json
from pathlib import Path


class Table:
    def __init__(self, table):
        self.table = table

    def predict(self, data):
        return [self.table[str(key)] for key in data["key"]]


def _load_pyfunc(data_path):
    path = Path(data_path)
    return Table(json.loads((path / "table.json" if path.is_dir() else path).read_text()))
"""
KEYS = pd.DataFrame({"key": ["x", "y", "x"]})


@case(golden=True)
def pyfunc_loader_file(m: Any, work: Path, root: Path) -> Score:
    (work / "table_loader_a.py").write_text(LOADER)
    (work / "table.json").write_text('{"x": 1, "y": 2}')
    m.pyfunc.save_model(
        root,
        loader_module="table_loader_a",
        data_path=str(work / "table.json"),
        code_paths=[str(work / "table_loader_a.py")],
        signature=m.models.infer_signature(KEYS, [1]),
        **PINS,
    )
    return Score(KEYS)


@case()
def pyfunc_loader_folder(m: Any, work: Path, root: Path) -> Score:
    package = work / "lookup_package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "loading.py").write_text(LOADER.replace("import json", "from .reading import json", 1))
    (package / "reading.py").write_text("import json\n")
    (work / "data_folder").mkdir()
    (work / "data_folder" / "table.json").write_text('{"x": 3, "y": 4}')
    m.pyfunc.save_model(
        root,
        loader_module="lookup_package.loading",
        data_path=str(work / "data_folder"),
        code_paths=[str(package)],
        **PINS,
    )
    return Score(KEYS)


@case(golden=True)
def pyfunc_code_paths(m: Any, work: Path, root: Path) -> Score:
    """A wrapper whose method imports a module that travels in `code`."""
    (work / "rates_module.py").write_text("RATE = 0.25\n")

    class Rated(m.pyfunc.PythonModel):
        def predict(self, context, model_input, params=None):
            from rates_module import RATE

            return model_input["a"] * RATE

    m.pyfunc.save_model(root, python_model=Rated(), code_paths=[str(work / "rates_module.py")], **PINS)
    return Score(FRAME)


_PLAIN = "2.16 infers no signature for a plain function"


@case(golden=True, versions=(2,), writes={"signature": _PLAIN, "columns": _PLAIN})
def pyfunc_function(m: Any, work: Path, root: Path) -> Score:
    def total(model_input):
        return model_input.sum(axis=1).tolist()

    m.pyfunc.save_model(root, python_model=total, input_example=FRAME.head(2), **PINS)
    return Score(FRAME)


@case(golden=True)
def pyfunc_function_of_texts(m: Any, work: Path, root: Path) -> Score:
    from typing import List  # noqa: UP035  # MLflow 2.16 reads this spelling only

    def shout(texts: List[str]) -> List[str]:  # noqa: UP006
        return [text.upper() for text in texts]

    # annotations are strings under the future import; a user's module without it has the objects
    shout.__annotations__ = {"texts": List[str], "return": List[str]}  # noqa: UP006
    m.pyfunc.save_model(root, python_model=shout, input_example=["a", "b"], **PINS)
    return Score(["one", "two"])


@case()
def pyfunc_function_of_records(m: Any, work: Path, root: Path) -> Score:
    from typing import Dict, List  # noqa: UP035

    def names(records):
        return [record["name"] for record in records]

    names.__annotations__ = {"records": List[Dict[str, str]], "return": List[str]}  # noqa: UP006
    m.pyfunc.save_model(root, python_model=names, input_example=[{"name": "x", "town": "y"}], **PINS)
    return Score([{"name": "one", "town": "bath"}, {"name": "two", "town": "deal"}])


CODE = """
import {alias} as mlflow
from {alias}.pyfunc import PythonModel
from {alias}.models import ModelConfig, set_model


class Shift(PythonModel):
    def predict(self, context, model_input, params=None):
        shift = ModelConfig(development_config={{"shift": 1.0}}).get("shift")
        return model_input["a"] + shift


set_model(Shift())
"""


@case(golden=True)
def pyfunc_from_code(m: Any, work: Path, root: Path) -> Score:
    (work / "shift_model.py").write_text(CODE.format(alias="mlflow"))
    m.pyfunc.save_model(root, python_model=str(work / "shift_model.py"), model_config={"shift": 5.0}, **PINS)
    return Score(FRAME)


@case(golden=True)
def pyfunc_config(m: Any, work: Path, root: Path) -> Score:
    class Configured(m.pyfunc.PythonModel):
        def load_context(self, context):
            self.loaded = dict(context.model_config)

        def predict(self, context, model_input, params=None):
            return [self.loaded["rate"], context.model_config["nested"]["depth"]]

    config = {"rate": 0.5, "nested": {"depth": 3}}
    m.pyfunc.save_model(root, python_model=Configured(), model_config=config, **PINS)
    return Score(FRAME)


@case()
def pyfunc_config_at_load(m: Any, work: Path, root: Path) -> Score:
    class Configured(m.pyfunc.PythonModel):
        def predict(self, context, model_input, params=None):
            return [context.model_config["rate"], context.model_config["kept"]]

    m.pyfunc.save_model(root, python_model=Configured(), model_config={"rate": 0.5, "kept": "yes"}, **PINS)
    return Score(FRAME, config={"rate": 0.75})


@case()
def pyfunc_stream(m: Any, work: Path, root: Path) -> Score:
    class Streams(m.pyfunc.PythonModel):
        def predict(self, context, model_input, params=None):
            return ["all"]

        def predict_stream(self, context, model_input, params=None):
            yield from ("one", "two", "three")

    m.pyfunc.save_model(root, python_model=Streams(), streamable=True, **PINS)
    return Score({"text": "go"}, stream=True)


@case()
def pyfunc_of_another_flavor(m: Any, work: Path, root: Path) -> Score:
    """The article's wrapper: a trained model inside a Python model."""
    from sklearn.naive_bayes import GaussianNB

    class Wrapper(m.pyfunc.PythonModel):
        def __init__(self, model):
            self._model = model

        def predict(self, context, data, params=None):
            return self._model.predict_proba(data)

        def predict_batch(self, data):
            pass

    model = GaussianNB().fit(FRAME, [0, 1, 1])
    signature = m.models.infer_signature(FRAME, model.predict_proba(FRAME))
    m.pyfunc.save_model(root, python_model=Wrapper(model), signature=signature, **PINS)
    return Score(FRAME)


@case()
def pyfunc_returns_everything(m: Any, work: Path, root: Path) -> Score:
    class Kinds(m.pyfunc.PythonModel):
        def predict(self, context, model_input, params=None):
            return {"frame": model_input, "array": np.arange(3), "text": "x", "none": None, "list": [1, [2.5]]}

    m.pyfunc.save_model(root, python_model=Kinds(), **PINS)
    return Score(FRAME)


@case(corpus=True)
def pyfunc_requirements(m: Any, work: Path, root: Path) -> Score:
    """What it holds, what its method imports when it is called, and what its context loads."""
    from sklearn.linear_model import LinearRegression

    class Mixed(m.pyfunc.PythonModel):
        def __init__(self, inner: Any) -> None:
            self.inner = inner

        def load_context(self, context):
            import yaml

            self.read = yaml.safe_load

        def predict(self, context, model_input, params=None):
            import scipy.special

            return scipy.special.expit(self.inner.predict(model_input))

    model = Mixed(LinearRegression().fit(FRAME, FRAME["a"]))
    m.pyfunc.save_model(root, python_model=model, input_example=FRAME)
    return Score(FRAME)


@case(corpus=True)
def pyfunc_plain_requirements(m: Any, work: Path, root: Path) -> Score:
    class Twice(m.pyfunc.PythonModel):
        def predict(self, context, model_input, params=None):
            return model_input * 2

    m.pyfunc.save_model(root, python_model=Twice(), input_example=FRAME)
    return Score(FRAME)


@case(corpus=True)
def pyfunc_code_requirements(m: Any, work: Path, root: Path) -> Score:
    """A module that travels along, and imports packages."""
    import sys

    source = "import yaml\n\n\ndef times(frame):\n    return frame * len(yaml.safe_dump([1]))\n"
    (work / "corpus_helper.py").write_text(source)
    sys.path.insert(0, str(work))
    try:
        import corpus_helper

        class Helped(m.pyfunc.PythonModel):
            def predict(self, context, model_input, params=None):
                return corpus_helper.times(model_input)

        m.pyfunc.save_model(root, python_model=Helped(), code_paths=[str(work / "corpus_helper.py")])
    finally:
        sys.path.remove(str(work))
        sys.modules.pop("corpus_helper", None)
    return Score(FRAME)
