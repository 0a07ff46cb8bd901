"""Python models in all their ways: wrapper, function, file, loader module."""

from __future__ import annotations

import pickle
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from modelwright.core.errors import CorruptModel, InvalidArgument, NotFound, SchemaMismatch
from modelwright.models.load import flavor, load_pyfunc
from modelwright.models.mlmodel import Model
from modelwright.models.python_model import PythonModel
from modelwright.models.save import save_model
from modelwright.models.schema import ColSpec, Schema
from modelwright.models.signature import ModelSignature, infer_signature


def save(path: Path, model: Any = None, **options: Any) -> Model:
    return save_model(flavor("pyfunc"), model, path, **{"pip_requirements": [], "verify": True, **options})


def conf(path: Path) -> dict[str, Any]:
    return yaml.safe_load((path / "MLmodel").read_text())["flavors"]["python_function"]


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text))
    return path


def reads_artifacts() -> PythonModel:
    class Reads(PythonModel):
        def load_context(self, context: Any) -> None:
            self.texts = {name: Path(path).read_text() for name, path in context.artifacts.items()}

        def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
            return self.texts, context.model_config, params

        def extra(self, context: Any, data: Any, times: int = 1) -> Any:
            return [self.texts["a"], data] * times

        def plain(self, data: Any) -> Any:
            return data

    return Reads()


def test_artifacts_lie_in_the_model_and_reach_the_context(tmp_path):
    write(tmp_path / "enc.txt", "e")
    save(tmp_path / "m", reads_artifacts(), artifacts={"a": str(tmp_path / "enc.txt")})
    assert conf(tmp_path / "m")["artifacts"] == {"a": {"path": "artifacts/enc.txt", "uri": "enc.txt"}}
    (tmp_path / "enc.txt").unlink()
    (tmp_path / "m").rename(tmp_path / "elsewhere")
    assert load_pyfunc(tmp_path / "elsewhere").predict(None) == ({"a": "e"}, None, None)


def test_equal_basenames_are_kept_apart(tmp_path):
    for name in ("x", "y", "z"):
        write(tmp_path / name / "f", name)
    write(tmp_path / "other", "o")
    given = {
        "a": str(tmp_path / "x/f"),
        "b/..": str(tmp_path / "y/f"),
        "c": tmp_path / "z/f",
        "d": str(tmp_path / "other"),
    }
    save(tmp_path / "m", reads_artifacts(), artifacts=given)
    assert load_pyfunc(tmp_path / "m").predict(0)[0] == {"a": "x", "b/..": "y", "c": "z", "d": "o"}
    assert conf(tmp_path / "m")["artifacts"]["d"]["path"] == "artifacts/other"


def test_folders_and_file_uris_are_artifacts_too(tmp_path):
    write(tmp_path / "folder" / "inner.txt", "i")

    class Folder(PythonModel):
        def predict(self, context: Any, model_input: Any) -> Any:
            return sorted(p.name for p in Path(context.artifacts["f"]).iterdir())

    save(tmp_path / "m", Folder(), artifacts={"f": (tmp_path / "folder").as_uri()})
    assert load_pyfunc(tmp_path / "m").predict(0) == ["inner.txt"]
    assert str(tmp_path) not in (tmp_path / "m" / "MLmodel").read_text()


def test_artifacts_that_are_not_there_are_named(tmp_path):
    with pytest.raises(InvalidArgument, match=r"artifacts\['a'\] is 'nowhere\.pkl'"):
        save(tmp_path / "m", reads_artifacts(), artifacts={"a": "nowhere.pkl"})
    with pytest.raises(InvalidArgument, match="names to paths"):
        save(tmp_path / "m", reads_artifacts(), artifacts={"a": 3})
    assert not list(tmp_path.iterdir())


def test_secrets_in_uris_are_not_written(monkeypatch, tmp_path):
    from modelwright.flavors import pyfunc

    write(tmp_path / "fetched", "x")
    monkeypatch.setattr(pyfunc, "local", lambda name, given: tmp_path / "fetched")
    save(tmp_path / "m", reads_artifacts(), artifacts={"a": "https://me:secret@host/a/b?sig=secret#x"})
    assert conf(tmp_path / "m")["artifacts"]["a"]["uri"] == "https://host/a/b"
    assert "secret" not in (tmp_path / "m" / "MLmodel").read_text()


def test_methods_besides_predict_are_called_by_name(tmp_path):
    write(tmp_path / "a.txt", "A")
    save(tmp_path / "m", reads_artifacts(), artifacts={"a": "a.txt" if False else str(tmp_path / "a.txt")})
    model = load_pyfunc(tmp_path / "m")
    assert model.call("extra", 5, times=2) == ["A", 5, "A", 5]
    assert model.call("plain", 5) == 5
    assert model.call("predict", 5)[0] == {"a": "A"}
    with pytest.raises(NotFound, match=r"no method 'extr'. Did you mean 'extra'.*It has: extra, load_context"):
        model.call("extr", 5)
    with pytest.raises(NotFound):
        model.call("__init__", 5)
    assert model.unwrap_python_model().plain(3) == 3
    assert model.get_raw_model() is model.unwrap_python_model()


def test_a_function_is_a_model(tmp_path):
    def add(model_input: Any, params: Any = None) -> Any:
        return [x + params["n"] for x in model_input]

    save(tmp_path / "m", add, input_example=([1, 2], {"n": 3}))
    model = load_pyfunc(tmp_path / "m")
    assert model.predict([1, 2]) == [4, 5]
    assert model.predict([1, 2], {"n": 1}) == [2, 3]
    assert model.unwrap_python_model().func([1], params={"n": 1}) == [2]
    save(tmp_path / "n", lambda model_input: len(model_input))
    assert load_pyfunc(tmp_path / "n").predict([1, 2]) == 2


@pytest.mark.parametrize("given", [PythonModel, 3, lambda: None])
def test_what_cannot_be_a_model_is_refused(tmp_path, given):
    with pytest.raises(InvalidArgument):
        save(tmp_path / "m", given)
    assert not list(tmp_path.iterdir())


def test_ways_cannot_be_mixed(tmp_path):
    with pytest.raises(InvalidArgument, match="Pass python_model"):
        save(tmp_path / "m")
    with pytest.raises(
        InvalidArgument, match="loader_module and data_path cannot be combined with python_model and art"
    ):
        save(tmp_path / "m", reads_artifacts(), loader_module="x", data_path="y", artifacts={})


def test_methods_may_leave_out_context_and_params(tmp_path):
    class Short(PythonModel):
        def predict(self, model_input: Any) -> Any:
            return [len(model_input)]

    save(tmp_path / "m", Short(), input_example=[1])
    assert load_pyfunc(tmp_path / "m").predict([1]) == [1]


def test_params_that_nobody_takes_are_told_of(tmp_path, caplog):
    class Short(PythonModel):
        def predict(self, context: Any, model_input: Any) -> Any:
            return model_input

    save(tmp_path / "m", Short(), signature=infer_signature(params={"k": 1}))
    assert load_pyfunc(tmp_path / "m").predict([1], {"k": 2}) == [1]
    assert "ignored" in caplog.text


def test_streams(tmp_path):
    class Stream(PythonModel):
        def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
            return model_input

        def predict_stream(self, context: Any, model_input: Any, params: Any = None) -> Any:
            yield from model_input

    save(tmp_path / "m", Stream())
    assert conf(tmp_path / "m")["streamable"] is True
    assert list(load_pyfunc(tmp_path / "m").predict_stream("abc")) == ["a", "b", "c"]
    save(tmp_path / "n", Stream(), streamable=False)
    with pytest.raises(InvalidArgument, match="does not support predict_stream"):
        load_pyfunc(tmp_path / "n").predict_stream("abc")


def test_streams_run_in_the_namespace_of_their_model(tmp_path):
    class Stream(PythonModel):
        def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
            return 0

        def predict_stream(self, context: Any, model_input: Any, params: Any = None) -> Any:
            for _ in range(model_input):
                from stream_helper import N

                yield N

    write(tmp_path / "stream_helper.py", "N = 4")
    save(tmp_path / "m", Stream(), code_paths=[tmp_path / "stream_helper.py"])
    assert list(load_pyfunc(tmp_path / "m").predict_stream(2)) == [4, 4]


def test_configuration_can_be_changed_but_not_invented(tmp_path):
    write(tmp_path / "a.txt", "")
    write(tmp_path / "config.yaml", "top: 3\ndeep: {a: 1}\n")
    save(
        tmp_path / "m",
        reads_artifacts(),
        model_config=str(tmp_path / "config.yaml"),
        artifacts={"a": str(tmp_path / "a.txt")},
    )
    assert conf(tmp_path / "m")["config"] == {"top": 3, "deep": {"a": 1}}
    model = load_pyfunc(tmp_path / "m", model_config={"top": 5})
    assert model.predict(0)[1] == model.model_config == {"top": 5, "deep": {"a": 1}}
    with pytest.warns(UserWarning, match=r"\['other'\] are ignored"):
        assert load_pyfunc(tmp_path / "m", model_config={"other": 5}).model_config == {"top": 3, "deep": {"a": 1}}
    for bad in ("nowhere.yaml", {"a": object()}, 3, {1: 2}):
        with pytest.raises(InvalidArgument, match="model_config"):
            save(tmp_path / "n", reads_artifacts(), model_config=bad)


MODEL_FILE = """
from mlflow.models import ModelConfig, set_model
from mlflow.pyfunc import PythonModel
import helper_of_file

config = ModelConfig(development_config={"n": 1})

class Mine(PythonModel):
    def predict(self, context, model_input, params=None):
        from helper_of_file import M
        return [x + config.get("n") + M for x in model_input]

set_model(Mine())
"""


def test_a_file_is_a_model(tmp_path):
    write(tmp_path / "model file.py", MODEL_FILE)
    write(tmp_path / "helper_of_file.py", "M = 10")
    options = {"model_config": {"n": 5}, "code_paths": [tmp_path / "helper_of_file.py"], "input_example": [1]}
    save(tmp_path / "m", str(tmp_path / "model file.py"), **options)
    found = conf(tmp_path / "m")
    assert found["model_code_path"] == "model file.py"
    assert found["loader_module"] == "mlflow.pyfunc.loaders.code_model"
    assert "python_model" not in found
    model = load_pyfunc(tmp_path / "m")
    assert model.predict([1]) == [16]
    assert load_pyfunc(tmp_path / "m", model_config={"n": 0}).predict([1]) == [11]
    assert Model.load(tmp_path / "m").signature is not None
    assert "helper_of_file" not in sys.modules


def test_a_file_of_another_machine_is_found_by_its_name(tmp_path):
    write(tmp_path / "model.py", "from mlflow.models import set_model\nset_model(lambda model_input: 7)\n")
    save(tmp_path / "m", tmp_path / "model.py")
    meta = Model.load(tmp_path / "m")
    (tmp_path / "m" / "manifest.json").unlink()
    for given in ("/home/author/model.py", "C:\\Users\\author\\model.py"):
        meta.flavors["python_function"]["model_code_path"] = given
        meta.save(tmp_path / "m" / "MLmodel")
        assert load_pyfunc(tmp_path / "m", trust=True).predict(0) == 7


def test_a_file_that_chooses_no_model_is_found_out(tmp_path):
    write(tmp_path / "model.py", "x = 1\n")
    with pytest.warns(UserWarning, match="does not call modelwright.models.set_model"):
        save(tmp_path / "m", tmp_path / "model.py", verify=None)
    with pytest.raises(InvalidArgument, match="does not exist"):
        save(tmp_path / "n", tmp_path / "nowhere.py")


LOADER = """
from pathlib import Path
from mine.answers import Answers

def _load_pyfunc(data_path, model_config=None):
    return Answers(Path(data_path).read_text(), model_config)
"""
ANSWERS = """
from .deep import DEEP

class Answers:
    def __init__(self, text, config):
        self.text, self.config = text, config
    def predict(self, data):
        import mine.deep
        return [self.text, self.config, DEEP, mine.deep.DEEP]
    def predict_proba(self, data):
        return data
"""


@pytest.fixture
def source(tmp_path):
    write(tmp_path / "src" / "loader_of_test.py", LOADER)
    write(tmp_path / "src" / "mine" / "__init__.py", "")
    write(tmp_path / "src" / "mine" / "answers.py", ANSWERS)
    write(tmp_path / "src" / "mine" / "deep.py", "DEEP = 'deep'")
    write(tmp_path / "data.txt", "text")
    return tmp_path


def test_a_loader_module_gets_its_data_and_configuration(source):
    paths = [source / "src" / "loader_of_test.py", source / "src" / "mine"]
    save(
        source / "m",
        loader_module="loader_of_test",
        data_path=source / "data.txt",
        code_paths=paths,
        model_config={"k": 1},
    )
    found = conf(source / "m")
    assert (found["loader_module"], found["data"], found["code"]) == ("loader_of_test", "data/data.txt", "code")
    model = load_pyfunc(source / "m")
    assert model.predict(0) == ["text", {"k": 1}, "deep", "deep"]
    assert model.loader_module == "loader_of_test"
    assert model.call("predict_proba", 3) == 3
    assert type(model.get_raw_model()).__name__ == "Answers"
    with pytest.raises(InvalidArgument, match="Unable to retrieve base model object"):
        model.unwrap_python_model()
    assert not {"loader_of_test", "mine"} & set(sys.modules)


def test_the_folder_that_holds_the_loader_module_may_be_given(source):
    """The article's spelling: code_paths=["src"], loader_module="loader_module"."""
    save(source / "m", loader_module="loader_of_test", data_path=source / "data.txt", code_paths=[str(source / "src")])
    assert conf(source / "m")["code"] == "code/src"  # so stock MLflow finds it, too
    assert load_pyfunc(source / "m").predict(0)[0] == "text"
    meta = Model.load(source / "m")
    meta.flavors["python_function"]["code"] = "code"  # as stock MLflow writes it
    (source / "m" / "manifest.json").unlink()
    meta.save(source / "m" / "MLmodel")
    assert load_pyfunc(source / "m", trust=True).predict(0)[0] == "text"


def test_data_may_be_a_folder_or_absent(source):
    write(source / "folder" / "x.txt", "x")
    write(
        source / "one.py",
        """
        import os

        class Lists:
            def __init__(self, path): self.path = path
            def predict(self, data): return sorted(os.listdir(self.path))

        _load_pyfunc = Lists
        """,
    )
    save(source / "m", loader_module="one", data_path=source / "folder", code_paths=[source / "one.py"])
    assert load_pyfunc(source / "m").predict(0) == ["x.txt"]
    save(source / "n", loader_module="one", code_paths=[source / "one.py"])
    assert "MLmodel" in load_pyfunc(source / "n").predict(0)


def test_loader_modules_without_a_loader_or_a_model_are_named(source):
    write(source / "empty_loader.py", "")
    with pytest.raises(Exception, match="defines no function _load_pyfunc"):
        save(source / "m", loader_module="empty_loader", code_paths=[source / "empty_loader.py"])
    write(source / "none_loader.py", "def _load_pyfunc(path): return 3")
    with pytest.raises(Exception, match="returned int, which has no method 'predict'"):
        save(source / "m", loader_module="none_loader", code_paths=[source / "none_loader.py"])


def test_dicts_and_lists_reach_predict_as_they_are(tmp_path):
    class Echo(PythonModel):
        def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
            return [type(model_input).__name__, model_input]

    for number, example in enumerate([{"q": "a", "n": [1, 2]}, [{"q": "a"}, {"q": "b"}], ["x", "y"], {"a": {"b": 1}}]):
        save(tmp_path / str(number), Echo(), input_example=example, signature=infer_signature(example))
        model = load_pyfunc(tmp_path / str(number))
        assert model.predict(example) == [type(example).__name__, example]
    with pytest.raises(SchemaMismatch):
        load_pyfunc(tmp_path / "0").predict({"n": "no list"})


def test_type_hints_make_the_signature_and_shape_the_data(tmp_path):
    class Hinted(PythonModel):
        def predict(self, context: Any, model_input: list[str], params: Any = None) -> list[str]:
            return [text.upper() for text in model_input]

    save(tmp_path / "m", Hinted(), input_example=["a"])
    model = load_pyfunc(tmp_path / "m")
    assert model.metadata.signature == ModelSignature(Schema([ColSpec("string")]), Schema([ColSpec("string")]))
    assert model.predict(["a", "b"]) == ["A", "B"]
    assert model.predict(pd.DataFrame({"x": ["a", "b"]})) == ["A", "B"]


def test_what_cannot_be_pickled_is_explained(tmp_path):
    import threading

    class Locked(PythonModel):
        def __init__(self) -> None:
            self.lock = threading.Lock()

    with pytest.raises(InvalidArgument, match="pass the file in artifacts="):
        save(tmp_path / "m", Locked())


def test_resources_are_recorded(tmp_path):
    class Endpoint:
        def to_dict(self) -> dict[str, Any]:
            return {"serving_endpoint": [{"name": "x"}]}

    save(tmp_path / "m", lambda model_input: 1, resources=[Endpoint()])
    assert Model.load(tmp_path / "m").resources == {
        "api_version": "1",
        "databricks": {"serving_endpoint": [{"name": "x"}]},
    }


def test_requirements_follow_imports_inside_methods(tmp_path):
    class Late(PythonModel):
        def load_context(self, context: Any) -> None:
            def inner() -> None:
                import sklearn.linear_model  # noqa: F401

        def predict(self, context: Any, model_input: Any) -> Any:
            return model_input

    save(tmp_path / "m", Late(), pip_requirements=None)
    listed = (tmp_path / "m" / "requirements.txt").read_text()
    assert "scikit-learn==" in listed
    assert "cloudpickle==" in listed
    assert "modelwright" not in listed


def test_it_loads_in_another_process(source):
    write(
        source / "helper_in_src.py",
        "class Scale:\n    def __init__(self, k): self.k = k\n    def __call__(self, x): return x * self.k\n",
    )
    script = f"""
    import sys; sys.path.insert(0, {str(source)!r})
    from helper_in_src import Scale
    from modelwright.models.load import flavor
    from modelwright.models.python_model import PythonModel
    from modelwright.models.save import save_model
    class W(PythonModel):
        def __init__(self): self.scale = Scale(3)
        def predict(self, context, model_input, params=None): return self.scale(model_input)
    helper = {str(source / "helper_in_src.py")!r}
    save_model(flavor("pyfunc"), W(), {str(source / "m")!r}, code_paths=[helper], verify=True)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True)
    model = load_pyfunc(source / "m")
    assert model.predict(np.array([1.0])).tolist() == [3.0]
    assert "helper_in_src" not in sys.modules
    scale = model.unwrap_python_model().scale
    assert pickle.loads(pickle.dumps(scale)).k == 3


def test_code_is_inferred_from_the_working_directory(isolated):
    write(isolated / "proj" / "__init__.py", "")
    write(isolated / "proj" / "steps.py", "from . import consts\nimport json\ndef step(x): return x + consts.N\n")
    write(isolated / "proj" / "consts.py", "N = 2\n")
    write(isolated / "proj" / "unused.py", "")
    write(
        isolated / "my_loader.py",
        """
        from proj.steps import step

        class Steps:
            predict = staticmethod(step)

        def _load_pyfunc(path):
            return Steps()
        """,
    )
    save(isolated / "m", loader_module="my_loader", infer_code_paths=True)
    packed = sorted(p.relative_to(isolated / "m").as_posix() for p in (isolated / "m").rglob("*.py"))
    assert packed == ["code/my_loader.py", "code/proj/__init__.py", "code/proj/consts.py", "code/proj/steps.py"]
    assert load_pyfunc(isolated / "m").predict(1) == 3
    with pytest.raises(InvalidArgument, match="only one of"):
        save(isolated / "n", loader_module="my_loader", infer_code_paths=True, code_paths=["proj"])
    with pytest.warns(FutureWarning, match="code_paths"):
        save(isolated / "n", loader_module="my_loader", code_path=["proj", "my_loader.py"])


def test_a_missing_pickle_is_named(tmp_path):
    save(tmp_path / "m", lambda model_input: 1)
    (tmp_path / "m" / "manifest.json").unlink()
    (tmp_path / "m" / "python_model.pkl").unlink()
    with pytest.raises(CorruptModel, match=r"lacks 'python_model\.pkl'"):
        load_pyfunc(tmp_path / "m", trust=True)


def test_the_folder_that_the_model_is_written_in_may_be_packed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "words.txt").write_text("x")
    save(Path("m"), lambda model_input: 1, artifacts={"a": "."})
    names = sorted(path.name for path in (tmp_path / "m" / "artifacts" / tmp_path.name).iterdir())
    assert names == ["words.txt"]


@pytest.mark.parametrize("given", [3, ["x"], {"a": ""}, {"a": 3}])
def test_artifacts_that_are_none_are_refused(tmp_path, given):
    with pytest.raises(InvalidArgument, match="artifacts must"):
        save(tmp_path / "m", lambda model_input: 1, artifacts=given)
