"""A loaded model that predicts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from costs import calls
from modelwright.core.errors import InvalidArgument, NotFound, SchemaMismatch
from modelwright.models.flavor import Calls
from modelwright.models.load import flavor, load_pyfunc
from modelwright.models.mlmodel import Model
from modelwright.models.pyfunc import PyFuncModel
from modelwright.models.save import save_model
from modelwright.models.signature import infer_signature


class Native:
    def predict(self, data: Any) -> Any:
        return np.zeros(len(data))

    def predict_proba(self, data: Any) -> Any:
        return list(data.columns)

    def _secret(self, data: Any) -> Any:
        return data


def made(**options: Any) -> PyFuncModel:
    frame = pd.DataFrame({"a": [1.0], "b": [2.0]})
    native = Native()
    meta = Model(signature=infer_signature(frame)).add_flavor("python_function", loader_module="mlflow.x", **options)
    return PyFuncModel(meta, Calls(native.predict), native=native)


def test_data_is_checked_first():
    model = made()
    assert model.predict(pd.DataFrame({"b": [1], "a": [2]})).tolist() == [0]
    with pytest.raises(SchemaMismatch, match="a"):
        model.predict(pd.DataFrame({"b": [1.0]}))
    assert (model.input_schema.input_names(), model.params_schema) == (["a", "b"], None)


def test_other_methods_get_checked_data_too():
    model = made()
    assert model.call("predict_proba", pd.DataFrame({"b": [1], "a": [2], "extra": [0]})) == ["a", "b"]
    with pytest.raises(SchemaMismatch):
        model.call("predict_proba", pd.DataFrame({"b": [1.0]}))
    with pytest.raises(
        NotFound, match=r"no method 'predict_prob'. Did you mean 'predict_proba'\? It has: predict, predict_p"
    ):
        model.call("predict_prob", None)
    with pytest.raises(NotFound):
        model.call("_secret", None)


def test_any_object_with_predict_is_a_model():
    model = PyFuncModel(Model(), type("M", (), {"predict": lambda self, data: data})())
    assert model.predict("x") == "x"
    with pytest.raises(NotImplementedError):
        model.get_raw_model()
    assert model.input_example is None
    assert PyFuncModel(Model(), type("R", (), {"predict": len, "get_raw_model": lambda self: 5})()).get_raw_model() == 5
    with pytest.raises(InvalidArgument, match="object has no method predict"):
        PyFuncModel(Model(), object())


def test_params_reach_those_that_take_them(caplog):
    meta = Model(signature=infer_signature(params={"k": 1}))
    takes = PyFuncModel(meta, type("M", (), {"predict": lambda self, data, params=None: params})())
    assert takes.predict(0) == {"k": 1}
    assert takes.predict(0, {"k": 2}) == {"k": 2}
    others = PyFuncModel(meta, type("M", (), {"predict": lambda self, data, **anything: anything})())
    assert others.predict(0, {"k": 2}) == {}
    assert "ignored" in caplog.text


def test_it_says_what_it_is():
    model = made(config={"k": 1})
    assert (model.loader_module, model.model_config) == ("mlflow.x", {"k": 1})
    assert "flavor: mlflow.x" in repr(model)
    assert model == PyFuncModel(model.metadata, Calls(len))
    assert model != made()
    assert len({model, model}) == 1


def test_native_methods_of_a_saved_estimator(tmp_path):
    linear = pytest.importorskip("sklearn.linear_model")
    frame = pd.DataFrame({"a": [0.0, 1.0, 2.0, 3.0]})
    fitted = linear.LogisticRegression().fit(frame, [0, 0, 1, 1])
    save_model(flavor("sklearn"), fitted, tmp_path / "m", input_example=frame, pip_requirements=[])
    model = load_pyfunc(tmp_path / "m")
    np.testing.assert_allclose(model.call("predict_proba", frame), fitted.predict_proba(frame))
    np.testing.assert_allclose(model.call("decision_function", frame.astype(int)), fitted.decision_function(frame))
    assert type(model.get_raw_model()) is type(fitted)


def test_little_is_added_to_a_prediction():
    """A guard against an accident; the benchmarks measure the time."""
    row = pd.DataFrame({f"c{i}": [float(i)] for i in range(30)})
    native = Native()
    meta = Model(signature=infer_signature(row)).add_flavor("python_function", loader_module="mlflow.x")
    model = PyFuncModel(meta, Calls(native.predict), native=native)
    model.predict(row)
    assert calls(lambda: model.predict(row)) - calls(lambda: native.predict(row)) < 30
