"""statsmodels: results of every kind come back and predict the same, with or without their training data."""

# ruff: noqa: E402 — without the framework the file is skipped before the imports below
from __future__ import annotations

import pickle
from functools import cache
from importlib import import_module
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest

statsmodels = pytest.importorskip("statsmodels")

import statsmodels.api as sm
import statsmodels.formula.api as smf

from contracts.flavor import FlavorContract, same
from modelwright.core.errors import CorruptModel, InvalidArgument, UntrustedModel
from modelwright.models import load, manifest
from modelwright.models.save import save_model

RANDOM = np.random.default_rng(3)
FRAME = pd.DataFrame(RANDOM.normal(size=(60, 2)), columns=["a", "b"])
Y = pd.Series(2 * FRAME["a"] - FRAME["b"] + RANDOM.normal(size=60), name="y")
CLASS = (Y > 0).astype(int)
SERIES = pd.Series(np.cumsum(RANDOM.normal(size=60)) + 20, index=pd.date_range("2024-01-01", periods=60, freq="D"))


@cache
def ols():
    return sm.OLS(Y, FRAME).fit()


@cache
def formula():
    return smf.ols("y ~ np.log(a ** 2 + 1) + C(b > 0)", FRAME.assign(y=Y)).fit()


@cache
def autoregression():
    return sm.tsa.AutoReg(SERIES, 2).fit()


class TestRegression(FlavorContract):
    name, imports = "statsmodels", "statsmodels"

    def model(self):
        return ols()

    def example(self):
        return FRAME.head(3)


class TestFormula(TestRegression):
    def model(self):
        return formula()


class TestSeries(TestRegression):
    def model(self):
        return autoregression()

    def example(self):
        return pd.DataFrame({"start": [62], "end": [65]})

    def predictions(self, model, data):
        return model.predict(start=data["start"][0], end=data["end"][0])


def save(tmp_path, model, name="m", **options):
    return save_model(load.flavor("statsmodels"), model, tmp_path / name, **{"pip_requirements": [], **options})


def logit():
    return sm.Logit(CLASS, FRAME).fit(disp=0)


def glm():
    return smf.glm("c ~ a + b", FRAME.assign(c=CLASS), family=sm.families.Binomial()).fit()


def robust():
    return sm.RLM(Y, FRAME).fit()


def counts():
    return sm.NegativeBinomial(np.abs(Y.round()).astype(int) + 1, FRAME).fit(disp=0, maxiter=5)


def mixed():
    return sm.MixedLM(Y, FRAME, groups=np.arange(60) // 10).fit()


def quantiles():
    return smf.quantreg("y ~ a + b", FRAME.assign(y=Y)).fit(q=0.4)


@pytest.mark.filterwarnings("ignore::statsmodels.tools.sm_exceptions.ConvergenceWarning")  # few rows, few steps
@pytest.mark.parametrize("make", [logit, glm, robust, counts, mixed, quantiles])
def test_every_kind_of_results_comes_back(make, tmp_path):
    model = make()
    meta = save(tmp_path, model, input_example=FRAME.head(2))
    assert meta.verified.ok
    loaded = load.load_model(load.flavor("statsmodels"), tmp_path / "m", trust=True)
    assert type(loaded) is type(model)
    same(loaded.predict(FRAME), model.predict(FRAME))
    same(load.load_pyfunc(tmp_path / "m", trust=True).predict(FRAME), model.predict(FRAME))


def test_keys_and_file_are_mlflows(tmp_path):
    meta = save(tmp_path, ols())
    assert meta.flavors["statsmodels"] == {
        "statsmodels_version": statsmodels.__version__, "data": "model.statsmodels", "code": None
    }  # fmt: skip
    assert meta.flavors["python_function"]["data"] == "model.statsmodels"
    assert type(sm.load(str(tmp_path / "m/model.statsmodels"))) is type(ols())


@pytest.mark.parametrize("make", [ols, formula])
def test_remove_data_leaves_the_users_results_whole(make, tmp_path):
    model = make()
    save(tmp_path, model, "whole")
    meta = save(tmp_path, model, "bare", remove_data=True)
    assert meta.model_size_bytes < 0.9 * load.Model.load(tmp_path / "whole").model_size_bytes
    assert model.model.endog is not None
    assert len(model.resid) == len(FRAME)
    bare = load.load_model(load.flavor("statsmodels"), tmp_path / "bare", trust=True)
    assert bare.model.endog is None
    same(load.load_pyfunc(tmp_path / "bare", trust=True).predict(FRAME), model.predict(FRAME))


def hidden(values):
    return values


def test_a_function_of_the_script_in_a_formula_is_found_out(tmp_path):
    model = smf.ols("y ~ hidden(a)", FRAME.assign(y=Y)).fit()
    with pytest.warns(UserWarning, match="cannot be loaded: .*hidden"):
        save(tmp_path, model)
    with pytest.raises(InvalidArgument, match=r"cannot be copied without its data: .*hidden"):
        save(tmp_path, model, "n", remove_data=True)


@pytest.mark.parametrize(
    ("start", "end"), [(62, 64), (pd.Timestamp("2024-03-02"), pd.Timestamp("2024-03-04")), ("2024-03-02", "2024-03-04")]
)
def test_time_series_predict_from_when_to_when(tmp_path, start, end):
    save(tmp_path, autoregression())
    found = load.load_pyfunc(tmp_path / "m", trust=True).predict(pd.DataFrame({"start": [start], "end": [end]}))
    same(found, autoregression().predict(start=start, end=end))
    assert len(found) == 3


def test_time_series_take_the_row_whatever_it_is_called(tmp_path):
    save(tmp_path, autoregression())
    row = pd.DataFrame({"start": [62], "end": [63], "more": ["x"]}, index=["tomorrow"])
    assert len(load.load_pyfunc(tmp_path / "m", trust=True).predict(row)) == 2


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (pd.DataFrame({"start": [1, 2], "end": [3, 4]}), "got 2 rows with the columns 'start', 'end'"),
        (pd.DataFrame({"start": [1]}), "got 1 rows with the columns 'start'"),
        (np.zeros((1, 2)), "got <class 'numpy.ndarray'>"),
    ],
)
def test_what_time_series_cannot_predict_from(tmp_path, data, said):
    save(tmp_path, autoregression())
    with pytest.raises(InvalidArgument, match=said):
        load.load_pyfunc(tmp_path / "m", trust=True).predict(data)


def test_arrays_are_taken_where_the_model_takes_them(tmp_path):
    save(tmp_path, ols())
    same(load.load_pyfunc(tmp_path / "m", trust=True).predict(FRAME.to_numpy()), ols().predict(FRAME))


def test_params_are_named_in_the_log(caplog, tmp_path):
    predictor = load.flavor("statsmodels").wrap(ols(), load.Stored(tmp_path))
    same(predictor.predict(FRAME, {"transform": False}), ols().predict(FRAME))
    assert "params ['transform'] are ignored" in caplog.text
    assert predictor.statsmodels_model is ols()


class Own(sm.OLS):
    """A model of the user's own, whose class lies in no installed module."""


Own.__module__ = "__main__"


def test_a_class_of_the_script_travels_inside(tmp_path):
    save(tmp_path, Own(Y, FRAME).fit())
    assert b"Own" in (tmp_path / "m/model.statsmodels").read_bytes()
    same(load.load_pyfunc(tmp_path / "m", trust=True).predict(FRAME), ols().predict(FRAME))


def test_a_pickle_of_a_version_that_knew_a_module_by_another_name(tmp_path):
    here = "statsmodels.tools.decorators"
    decorators = import_module(here if find_spec(here) else "statsmodels.tools._decorators")
    save(tmp_path, ols())
    for name in ("statsmodels.tools.decorators", "statsmodels.tools._decorators"):
        path = tmp_path / "m/model.statsmodels"
        path.write_bytes(b"c" + name.encode() + b"\ncache_readonly\n.")
        (tmp_path / "m" / manifest.NAME).unlink(missing_ok=True)
        assert load.load_model(load.flavor("statsmodels"), tmp_path / "m", trust=True) is decorators.cache_readonly


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (sm.OLS(Y, FRAME), r"The OLS is not fitted: pass what its fit\(\) returns"),
        ({}, r"Expected the results of a statsmodels model, got a builtins\.dict"),
        (sm.families.Binomial(), r"got a statsmodels\..*Binomial"),
    ],
)
def test_what_cannot_be_saved(tmp_path, given, said):
    with pytest.raises(InvalidArgument, match=said):
        save(tmp_path, given)
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_pickled(tmp_path):
    model = sm.OLS(Y, FRAME).fit()
    model._results.lock = (line for line in ())
    with pytest.raises(InvalidArgument, match=r"cannot be pickled: .*generator"):
        save(tmp_path, model)


@pytest.mark.parametrize("content", [b"", b"nothing", pickle.dumps(1)[:-1], b"\x80\x05cstatsmodels.api\nNoSuch\n."])
def test_a_file_that_cannot_be_read(tmp_path, content):
    save(tmp_path, ols())
    (tmp_path / "m/model.statsmodels").write_bytes(content)
    (tmp_path / "m" / manifest.NAME).unlink()
    with pytest.raises(UntrustedModel, match="is a pickle"):
        load.load_pyfunc(tmp_path / "m")
    with pytest.raises(CorruptModel, match=rf"statsmodels {statsmodels.__version__} cannot read .*model\.statsmodels"):
        load.load_model(load.flavor("statsmodels"), tmp_path / "m", trust=True)


def test_the_requirements_are_what_the_pickle_refers_to(tmp_path):
    save(tmp_path, formula(), pip_requirements=None)
    names = {line.partition("==")[0] for line in (tmp_path / "m/requirements.txt").read_text().splitlines()}
    assert {"mlflow", "statsmodels", "numpy", "pandas"} <= names <= {
        "mlflow", "statsmodels", "numpy", "pandas", "scipy", "patsy", "formulaic"
    }  # fmt: skip
