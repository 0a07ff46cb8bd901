"""Pickles of models: stock names going out, ours coming in."""

from __future__ import annotations

import io
import pickle
import pickletools
import sys
import types

import pytest

from modelwright.core.errors import CorruptModel, MissingDependency
from modelwright.models import pickling
from modelwright.models.python_model import FunctionModel, PythonModel
from modelwright.models.schema import ColSpec, DataType, Schema
from modelwright.models.signature import ModelSignature


def texts(path) -> set[str]:
    return {arg for op, arg, _ in pickletools.genops(path.read_bytes()) if isinstance(arg, str)}


def model() -> PythonModel:
    class Wrapper(PythonModel):
        def __init__(self):
            self.schema = Schema([ColSpec("double", "a")])

        def predict(self, context, model_input, params=None):
            return DataType.double, model_input

    return Wrapper()


def test_our_names_do_not_travel(tmp_path):
    pickling.dump(model(), tmp_path / "p")
    found = texts(tmp_path / "p")
    assert {"mlflow.pyfunc.model", "PythonModel", "mlflow.types.schema"} <= found
    assert not [text for text in found if text.startswith("modelwright")]
    assert "mlflow" not in sys.modules


def test_round_trip_gives_our_classes_back(tmp_path):
    pickling.dump(model(), tmp_path / "p")
    back = pickling.load(tmp_path / "p")
    assert isinstance(back, PythonModel)
    assert back.predict(None, 3) == (DataType.double, 3)
    assert back.schema == Schema([ColSpec("double", "a")])


def test_functions_and_modules_travel_too(tmp_path):
    import modelwright

    def double(model_input):
        return modelwright.__name__, 2 * model_input

    pickling.dump(FunctionModel(double), tmp_path / "p")
    assert "_FunctionPythonModel" in texts(tmp_path / "p")
    assert pickling.load(tmp_path / "p").predict(None, 4) == ("modelwright", 8)


def test_stock_names_may_really_exist(tmp_path, monkeypatch):
    """Another package called mlflow in the process changes nothing: its class is not ours."""
    stock = types.ModuleType("mlflow.pyfunc.model")
    stock.PythonModel = type("PythonModel", (), {"__module__": "mlflow.pyfunc.model"})
    monkeypatch.setitem(sys.modules, "mlflow.pyfunc.model", stock)
    pickling.dump(model(), tmp_path / "p")
    assert isinstance(pickling.load(tmp_path / "p"), PythonModel)


def test_signatures_pickled_by_stock_are_understood():
    signature = ModelSignature(inputs=Schema([ColSpec("double", "a")]))
    assert pickle.loads(pickle.dumps(signature)) == signature


def test_modules_of_a_namespace_travel_by_their_plain_names(tmp_path):
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "shapes_of_test.py").write_text(
        "from modelwright.models.python_model import PythonModel\n"
        "class Box(PythonModel):\n    def predict(self, context, model_input):\n        return 'box'\n"
        "def area(): return 6\n"
    )
    space = pickling.namespace(tmp_path / "code")
    shapes = space.module("shapes_of_test")
    pickling.dump((shapes.Box(), shapes.area, shapes), tmp_path / "p")
    assert "shapes_of_test" in texts(tmp_path / "p")
    assert not [text for text in texts(tmp_path / "p") if text.startswith("modelwright._code")]
    other = pickling.namespace(tmp_path / "code")
    box, area, module = pickling.load(tmp_path / "p", other)
    assert type(box) is other.module("shapes_of_test").Box is module.Box
    assert area() == 6
    with pytest.raises(ModuleNotFoundError, match="shapes_of_test"):
        pickling.load(tmp_path / "p")


def test_imports_in_functions_that_travel_by_value_find_the_models_modules(tmp_path):
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "late_of_test.py").write_text("N = 9\n")

    def predict(model_input):
        def inner():
            from late_of_test import N

            return N

        import late_of_test

        return late_of_test.N, inner(), [f() for f in (lambda: __import__("late_of_test").N,)]

    pickling.dump(predict, tmp_path / "p")
    back = pickling.load(tmp_path / "p", pickling.namespace(tmp_path / "code"))
    assert back(None) == (9, 9, [9])
    assert "late_of_test" not in sys.modules


def test_what_it_refers_to_is_told_and_heard(tmp_path):
    import json.decoder

    found = pickling.dump((json.decoder.JSONDecoder, json), tmp_path / "p")
    assert {"json", "json.decoder"} <= found
    heard: set[str] = set()
    pickling.load(tmp_path / "p", heard=heard.add)
    assert "json" in heard


def test_names_without_a_counterpart_are_named(tmp_path):
    (tmp_path / "p").write_bytes(b"\x80\x04\x8c\x11mlflow.gateway.xy\x8c\x05Thing\x93.")
    with pytest.raises(MissingDependency, match=r"mlflow\.gateway\.xy\.Thing"):
        pickling.load(tmp_path / "p")


@pytest.mark.parametrize("data", [b"", b"\x80\x04", b"no pickle at all"])
def test_half_a_pickle_is_a_corrupt_model(tmp_path, data):
    (tmp_path / "p").write_bytes(data)
    with pytest.raises(CorruptModel, match="not a whole pickle"):
        pickling.load(tmp_path / "p")


def test_large_arrays_are_not_copied(tmp_path):
    np = pytest.importorskip("numpy")
    import tracemalloc

    array = np.zeros(4_000_000)
    with open(tmp_path / "p", "wb") as file:
        tracemalloc.start()
        pickling.Pickler(file).dump({"a": array})
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < array.nbytes / 4
    assert pickling.Unpickler(io.BytesIO((tmp_path / "p").read_bytes())).load()["a"].shape == array.shape


def test_frameworks_are_given_a_module_that_does_the_same():
    """As torch uses it: it derives both classes, and goes on to read from the same file."""
    given = pickling.module()

    class Writer(given.Pickler):
        def persistent_id(self, obj):
            return "kept outside" if isinstance(obj, bytearray) else None

    file = io.BytesIO()
    given.dump("magic", file, protocol=2)
    Writer(file, protocol=2).dump([PythonModel, lambda: 7, bytearray(b"data")])
    assert b"modelwright" not in file.getvalue()
    assert {"modelwright.models.python_model", __name__} <= given.modules

    class Reader(given.Unpickler):
        def persistent_load(self, key):
            return key

    file.seek(0)
    assert given.load(file, encoding="utf-8") == "magic"
    kind, function, outside = Reader(file, encoding="utf-8").load()
    assert (kind, function(), outside) == (PythonModel, 7, "kept outside")
