"""Models that are plain Python."""

from __future__ import annotations

import pytest

from modelwright.core.errors import CorruptModel, InvalidArgument
from modelwright.models.python_model import (
    FunctionModel,
    ModelConfig,
    PythonModel,
    PythonModelContext,
    choosing,
    is_python_model,
    read_config,
    set_model,
    takes,
    the_one,
)


def test_what_is_not_implemented_says_so():
    class Empty(PythonModel):
        pass

    assert Empty().load_context(PythonModelContext({}, None)) is None
    with pytest.raises(NotImplementedError, match="Empty does not implement predict"):
        Empty().predict(None, 1)
    with pytest.raises(NotImplementedError, match="predict_stream"):
        Empty().predict_stream(None, 1)


def test_stock_python_models_are_recognised_by_name():
    stock = type("PythonModel", (), {"__module__": "mlflow.pyfunc.model"})
    assert is_python_model(type("Mine", (stock,), {})())
    assert is_python_model(FunctionModel(len))
    assert not is_python_model(len)


def test_functions_get_params_if_they_take_them():
    assert FunctionModel(lambda x, params: (x, params)).predict(None, 1, {"k": 2}) == (1, {"k": 2})
    assert FunctionModel(lambda x: x).predict(None, 1, {"k": 2}) == 1
    assert not takes(print, "params")
    assert not takes(type, "params")


def test_choosing_is_for_this_file_alone(tmp_path):
    first, second = object(), lambda model_input: 1
    with choosing({"k": 1}) as chosen:
        set_model(second)
        with choosing(None) as inner:
            set_model(FunctionModel(len))
        assert ModelConfig(development_config={"k": 2}).get("k") == 1
    assert the_one(chosen, tmp_path / "m.py") is second
    assert len(inner) == 1
    with pytest.raises(InvalidArgument, match="got object"):
        set_model(first)
    with pytest.raises(CorruptModel, match=r"'m\.py' does not call"):
        the_one([], tmp_path / "m.py")


def test_configuration(tmp_path):
    (tmp_path / "c.yaml").write_text("a: 1\n")
    (tmp_path / "bad.yaml").write_text("a: [\n")
    (tmp_path / "list.yaml").write_text("- a\n")
    assert ModelConfig(development_config=str(tmp_path / "c.yaml")).get("a") == 1
    assert read_config(tmp_path / "c.yaml") == {"a": 1}
    assert read_config(None) is None
    with pytest.raises(KeyError, match="no key 'b'; it has: a"):
        ModelConfig(development_config={"a": 1}).get("b")
    with pytest.raises(FileNotFoundError):
        ModelConfig()
    with pytest.raises(FileNotFoundError, match="nowhere"):
        ModelConfig(development_config="nowhere.yaml")
    with choosing(""), pytest.raises(FileNotFoundError):  # saved without one: the development one must not step in
        ModelConfig(development_config={"a": 1})
    for bad in ("bad.yaml", "list.yaml", "nowhere.yaml"):
        with pytest.raises(InvalidArgument, match="model_config"):
            read_config(tmp_path / bad)
