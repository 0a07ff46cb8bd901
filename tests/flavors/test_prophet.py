"""Prophet: every kind of forecaster comes back and forecasts the same."""

# ruff: noqa: E402 — without the framework the file is skipped before the imports below
from __future__ import annotations

import json
import logging
from functools import cache

import numpy as np
import pandas as pd
import pytest

prophet = pytest.importorskip("prophet")

from contracts.flavor import FlavorContract, same
from modelwright.core.errors import CorruptModel, InvalidArgument
from modelwright.models import load, manifest
from modelwright.models.save import save_model

# Prophet 1.5 calls pandas 3.1 in a way that pandas will take away.
pytestmark = [
    pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame"),
    pytest.mark.filterwarnings("ignore:The 'convert_dates' keyword in read_json is deprecated"),
]
logging.getLogger("cmdstanpy").disabled = True  # two lines for each fit

DAYS = pd.DataFrame({"ds": pd.date_range("2024-01-01", periods=60), "y": np.sin(np.arange(60.0)) + np.arange(60) / 9})
AHEAD = pd.DataFrame({"ds": pd.date_range("2024-03-01", periods=5)})
CERTAIN = {"uncertainty_samples": 0, "n_changepoints": 3, "yearly_seasonality": False, "daily_seasonality": False}


@cache
def forecaster():
    return prophet.Prophet(**CERTAIN).fit(DAYS)


class TestProphet(FlavorContract):
    name, imports = "prophet", "prophet"

    def model(self):
        return forecaster()

    def example(self):
        return AHEAD


def with_regressor():
    model = prophet.Prophet(**CERTAIN)
    model.add_regressor("heat", standardize=True)
    return model.fit(DAYS.assign(heat=DAYS["y"] * 3)), AHEAD.assign(heat=[1.0, 2.0, 3.0, 4.0, 5.0])


def logistic():
    model = prophet.Prophet(growth="logistic", **CERTAIN)
    return model.fit(DAYS.assign(cap=20.0, floor=-5.0)), AHEAD.assign(cap=20.0, floor=-5.0)


def with_holidays():
    days = pd.DataFrame(
        {"holiday": "fest", "ds": pd.to_datetime(["2024-01-20", "2024-03-02"]), "lower_window": 0, "upper_window": 1}
    )
    return prophet.Prophet(holidays=days, seasonality_mode="multiplicative", **CERTAIN).fit(DAYS), AHEAD


def own_seasonality():
    model = prophet.Prophet(growth="flat", changepoints=["2024-01-20"], uncertainty_samples=0)
    model.add_seasonality("monthly", period=30.5, fourier_order=2, condition_name="busy")
    return model.fit(DAYS.assign(busy=DAYS.index % 2 == 0)), AHEAD.assign(busy=True)


@pytest.mark.parametrize("make", [with_regressor, logistic, with_holidays, own_seasonality])
def test_every_forecaster_comes_back_as_it_was(make, tmp_path):
    model, ahead = make()
    meta = save_model(load.flavor("prophet"), model, tmp_path / "m", input_example=ahead, pip_requirements=[])
    assert meta.flavors["prophet"] == {
        "code": None, "data": "model.pr", "model_type": "Prophet", "prophet_version": prophet.__version__,
    }  # fmt: skip
    assert meta.flavors["python_function"]["data"] == "model.pr"
    loaded = load.load_model(load.flavor("prophet"), tmp_path / "m", trust=False)
    assert type(loaded) is prophet.Prophet
    same(loaded.predict(ahead), model.predict(ahead))
    same(load.load_pyfunc(tmp_path / "m", trust=False).predict(ahead), model.predict(ahead))
    assert [column.name for column in meta.signature.inputs] == list(ahead.columns)


def test_intervals_come_along(tmp_path):
    model = prophet.Prophet(uncertainty_samples=50, n_changepoints=2).fit(DAYS)
    save_model(load.flavor("prophet"), model, tmp_path / "m", pip_requirements=[])
    found = load.load_pyfunc(tmp_path / "m").predict(AHEAD)
    assert (found["yhat_lower"] < found["yhat"]).all()
    assert list(found.columns) == list(model.predict(AHEAD).columns)


def test_params_reach_predict_and_unknown_ones_are_named(tmp_path, caplog):
    save_model(load.flavor("prophet"), forecaster(), tmp_path / "m", pip_requirements=[])
    predictor = load.flavor("prophet").wrap(forecaster(), load.Stored(tmp_path / "m"))
    same(predictor.predict(AHEAD, {"vectorized": False, "horizon": 3}), forecaster().predict(AHEAD))
    assert "'horizon'" in caplog.text
    assert predictor.pr_model is forecaster()


def test_the_file_is_text_in_text_as_mlflow_writes_it(tmp_path):
    save_model(load.flavor("prophet"), forecaster(), tmp_path / "m", pip_requirements=[])
    inner = json.loads((tmp_path / "m/model.pr").read_text())
    assert json.loads(inner)["growth"] == "linear"


def test_the_requirements_are_prophet_alone(tmp_path):
    save_model(load.flavor("prophet"), forecaster(), tmp_path / "m")
    names = [line.partition("==")[0] for line in (tmp_path / "m/requirements.txt").read_text().splitlines()]
    assert {"mlflow", "prophet"} <= set(names) <= {"mlflow", "prophet", "numpy", "pandas"}


class Own(prophet.Prophet):
    def twice(self):
        return 2


def test_a_subclass_is_saved_as_prophet(tmp_path):
    model = Own(**CERTAIN).fit(DAYS)
    with pytest.warns(UserWarning, match=r"Own is saved as prophet\.Prophet"):
        meta = save_model(load.flavor("prophet"), model, tmp_path / "m", pip_requirements=[])
    assert meta.flavors["prophet"]["model_type"] == "Own"
    assert type(load.load_model(load.flavor("prophet"), tmp_path / "m")) is prophet.Prophet


def test_a_forecast_regressor_has_to_be_given_to_the_loaded_model(tmp_path):
    model = prophet.Prophet(**CERTAIN)
    try:
        model.add_regressor("heat", regressor_predictor={"n_changepoints": 1})
    except TypeError:
        pytest.skip("this Prophet does not forecast regressors")
    model.fit(DAYS.assign(heat=DAYS["y"] * 3))
    with pytest.warns(UserWarning, match="does not write the models that forecast its regressors 'heat'"):
        save_model(load.flavor("prophet"), model, tmp_path / "m", pip_requirements=[])
    found = load.load_pyfunc(tmp_path / "m").predict(AHEAD.assign(heat=1.0))
    assert len(found) == len(AHEAD)


def test_what_cannot_be_saved(tmp_path):
    flavor = load.flavor("prophet")
    with pytest.raises(InvalidArgument, match=r"Expected a prophet\.Prophet, got a builtins\.dict"):
        save_model(flavor, {}, tmp_path / "m")
    with pytest.raises(InvalidArgument, match="Prophet is not fitted; fit it, then save it"):
        save_model(flavor, prophet.Prophet(), tmp_path / "m")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", ["", "{}", '"{}"', '"nothing of the kind"', "\x00"])
def test_a_file_that_prophet_cannot_read(tmp_path, content):
    save_model(load.flavor("prophet"), forecaster(), tmp_path / "m", pip_requirements=[])
    (tmp_path / "m/model.pr").write_text(content)
    (tmp_path / "m" / manifest.NAME).unlink()
    with pytest.raises(CorruptModel, match=rf"Prophet {prophet.__version__} cannot read .*model\.pr"):
        load.load_model(load.flavor("prophet"), tmp_path / "m")
