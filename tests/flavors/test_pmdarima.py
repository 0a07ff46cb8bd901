"""pmdarima: forecasters come back, and one row says what they forecast."""

# ruff: noqa: E402 — without the framework the file is skipped before the imports below
from __future__ import annotations

import pickle
import warnings
from functools import cache

import numpy as np
import pandas as pd
import pytest

pmdarima = pytest.importorskip("pmdarima")

from pmdarima.pipeline import Pipeline
from pmdarima.preprocessing import FourierFeaturizer, LogEndogTransformer

from contracts.flavor import FlavorContract, same
from modelwright.core.errors import CorruptModel, InvalidArgument
from modelwright.models import load, manifest
from modelwright.models.save import save_model

RANDOM = np.random.default_rng(5)
SERIES = np.sin(np.arange(50.0)) + RANDOM.normal(size=50) / 4 + 4
DATED = pd.Series(SERIES, index=pd.date_range("2024-01-01", periods=50, freq="D"))
EXTRA = RANDOM.normal(size=(50, 2))


@cache
def arima():
    return pmdarima.ARIMA(order=(1, 0, 0)).fit(SERIES)


@cache
def exogenous():
    return pmdarima.ARIMA(order=(1, 0, 0)).fit(SERIES, X=EXTRA)


@cache
def pipeline():
    steps = [("log", LogEndogTransformer()), ("fourier", FourierFeaturizer(m=7, k=1))]
    return Pipeline([*steps, ("arima", pmdarima.ARIMA(order=(1, 0, 0)))]).fit(SERIES)


@cache
def search():
    return pmdarima.AutoARIMA(start_p=0, start_q=0, max_p=1, max_q=0, d=0, seasonal=False).fit(SERIES)


class TestArima(FlavorContract):
    name, imports = "pmdarima", "pmdarima"

    def model(self):
        return arima()

    def example(self):
        return pd.DataFrame({"n_periods": [4]})

    def predictions(self, model, data):
        return model.predict(n_periods=4)


class TestPipeline(TestArima):
    def model(self):
        return pipeline()


class TestAutoArima(TestArima):
    def model(self):
        return search()


class TestIntervals(TestArima):
    def example(self):
        return pd.DataFrame({"n_periods": [4], "return_conf_int": [True], "alpha": [0.1]})

    def predictions(self, model, data):
        values, limits = model.predict(n_periods=4, return_conf_int=True, alpha=0.1)
        return np.column_stack([values, limits])


def save(tmp_path, model, **options):
    return save_model(load.flavor("pmdarima"), model, tmp_path / "m", **{"pip_requirements": [], **options})


def predict(tmp_path, **row):
    return load.load_pyfunc(tmp_path / "m", trust=True).predict(pd.DataFrame({name: [v] for name, v in row.items()}))


@pytest.mark.parametrize(
    ("make", "kind"), [(arima, "ARIMA"), (pipeline, "Pipeline"), (search, "AutoARIMA"), (lambda: Own(), "Own")]
)
def test_keys_and_file_are_mlflows(make, kind, tmp_path):
    meta = save(tmp_path, make())
    assert meta.flavors["pmdarima"] == {
        "model_type": kind, "data": "model.pmd", "pmdarima_version": pmdarima.__version__, "code": None
    }  # fmt: skip
    assert meta.flavors["python_function"]["data"] == "model.pmd"
    with open(tmp_path / "m/model.pmd", "rb") as file:
        assert hasattr(pickle.load(file), "predict")


class Own(pmdarima.ARIMA):
    def __init__(self):
        super().__init__(order=(1, 0, 0))
        self.fit(SERIES)


def test_a_forecast_is_a_frame(tmp_path):
    save(tmp_path, arima())
    found = predict(tmp_path, n_periods=3)
    assert list(found.columns) == ["yhat"]
    same(found, arima().predict(3))


def test_intervals_and_their_width(tmp_path):
    save(tmp_path, arima())
    wide, narrow = (predict(tmp_path, n_periods=3, return_conf_int=True, **more) for more in ({}, {"alpha": 0.5}))
    assert list(wide.columns) == ["yhat", "yhat_lower", "yhat_upper"]
    same(wide[["yhat_lower", "yhat_upper"]], arima().predict(3, return_conf_int=True)[1])
    assert (narrow["yhat_upper"] < wide["yhat_upper"]).all()
    assert list(predict(tmp_path, n_periods=3, return_conf_int=False).columns) == ["yhat"]


def test_dates_go_along(tmp_path):
    model = pmdarima.ARIMA(order=(1, 0, 0)).fit(DATED)
    save(tmp_path, model)
    for row in ({}, {"return_conf_int": True}):
        found = predict(tmp_path, n_periods=2, **row)
        assert list(found.index) == list(model.predict(2).index)
        assert found.notna().all(axis=None)


@pytest.mark.parametrize("form", [list, np.asarray, lambda rows: [np.asarray(row) for row in rows], tuple])
def test_exogenous_values(tmp_path, form):
    save(tmp_path, exogenous())
    rows = [[1.0, 2.0], [0.5, 0.25]]
    same(predict(tmp_path, n_periods=2, X=form(rows)), exogenous().predict(2, X=np.array(rows)))


def test_exogenous_values_by_an_example(tmp_path):
    row = pd.DataFrame({"n_periods": [2], "X": [[[1.0, 2.0], [0.5, 0.25]]]})
    meta = save(tmp_path, exogenous(), input_example=row)
    assert meta.verified.ok
    assert [column.name for column in meta.signature.inputs] == ["n_periods", "X"]
    same(load.load_pyfunc(tmp_path / "m", trust=True).predict(row), exogenous().predict(2, X=np.array(row["X"][0])))


@pytest.mark.parametrize("nothing", [None, np.nan, []])
def test_no_exogenous_values(tmp_path, nothing):
    save(tmp_path, arima())
    same(predict(tmp_path, n_periods=2, X=nothing), arima().predict(2))


@pytest.mark.parametrize("periods", [3, np.int32(3), np.int64(3)])
def test_any_integer_is_a_number_of_periods(tmp_path, periods):
    save(tmp_path, arima())
    assert len(predict(tmp_path, n_periods=periods)) == 3


@pytest.mark.parametrize("periods", [0, -1, 2.0, "3", None, [3]])
def test_a_number_of_periods_that_cannot_be(tmp_path, periods):
    save(tmp_path, arima())
    with pytest.raises(InvalidArgument, match=r"n_periods=.*expected a whole number of periods"):
        predict(tmp_path, n_periods=periods)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (pd.DataFrame({"n_periods": [1, 2]}), "got 2 rows"),
        (pd.DataFrame({"n_periods": []}), "got 0 rows"),
        (pd.DataFrame({"periods": [1]}), "lacks the column 'n_periods'.*it has 'periods'"),
        (np.array([[3]]), r"of one row with the column 'n_periods', got a numpy\.ndarray"),
    ],
)
def test_what_it_cannot_predict_from(tmp_path, data, said):
    save(tmp_path, arima())
    with pytest.raises(InvalidArgument, match=said):
        load.load_pyfunc(tmp_path / "m", trust=True).predict(data)


def test_the_row_may_be_called_anything(tmp_path):
    save(tmp_path, arima())
    found = load.load_pyfunc(tmp_path / "m", trust=True).predict(pd.DataFrame({"n_periods": [2]}, index=["next"]))
    assert len(found) == 2


def test_params_are_named_in_the_log(caplog, tmp_path):
    predictor = load.flavor("pmdarima").wrap(arima(), load.Stored(tmp_path))
    same(predictor.predict(pd.DataFrame({"n_periods": [2]}), {"alpha": 0.5}), arima().predict(2))
    assert "params ['alpha'] are ignored" in caplog.text
    assert predictor.pmdarima_model is arima()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (pmdarima.ARIMA(order=(1, 0, 0)), "The ARIMA is not fitted"),
        (pmdarima.AutoARIMA(), "The AutoARIMA is not fitted"),
        (Pipeline([("arima", pmdarima.ARIMA(order=(1, 0, 0)))]), "The Pipeline is not fitted"),
        ({}, r"Expected a pmdarima ARIMA, AutoARIMA or Pipeline, got a builtins\.dict"),
        (LogEndogTransformer(), "got a pmdarima.*LogEndogTransformer"),
    ],
)
def test_what_cannot_be_saved(tmp_path, given, said):
    with pytest.raises(InvalidArgument, match=said):
        save(tmp_path, given)
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_pickled(tmp_path):
    model = pmdarima.ARIMA(order=(1, 0, 0)).fit(SERIES)
    model.lines = (line for line in ())
    with pytest.raises(InvalidArgument, match=r"cannot be pickled: .*generator"):
        save(tmp_path, model)


@pytest.mark.parametrize("content", [b"", b"nothing", pickle.dumps(1)[:-1], b"\x80\x05cpmdarima\nNoSuch\n."])
def test_a_file_that_cannot_be_read(tmp_path, content):
    save(tmp_path, arima())
    (tmp_path / "m/model.pmd").write_bytes(content)
    (tmp_path / "m" / manifest.NAME).unlink()
    with pytest.raises(CorruptModel, match=r"model\.pmd"):
        load.load_pyfunc(tmp_path / "m", trust=True)


def test_a_model_of_another_version_says_so(tmp_path):
    model = pmdarima.ARIMA(order=(1, 0, 0)).fit(SERIES)
    model.pkg_version_ = "1.8.0"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        save(tmp_path, model)
    with pytest.warns(UserWarning, match=r"version \(1\.8\.0\)"):
        load.load_model(load.flavor("pmdarima"), tmp_path / "m", trust=True)


def test_the_requirements_are_pmdarima_alone(tmp_path):
    save(tmp_path, pipeline(), pip_requirements=None)
    names = {line.partition("==")[0] for line in (tmp_path / "m/requirements.txt").read_text().splitlines()}
    assert {"mlflow", "pmdarima"} <= names <= {"mlflow", "pmdarima", "numpy", "pandas", "scipy", "statsmodels"}
