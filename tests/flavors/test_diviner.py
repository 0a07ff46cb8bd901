"""Diviner: a forecaster per group, by Prophet (text) and by pmdarima (pickles)."""

# ruff: noqa: E402 — without the framework the file is skipped before the imports below
from __future__ import annotations

import base64
import json
import logging
import pickle
from functools import cache

import numpy as np
import pandas as pd
import pytest
import yaml

diviner = pytest.importorskip("diviner")

from pmdarima.arima import ARIMA

from contracts.flavor import FlavorContract, same
from modelwright.core.errors import CorruptModel, InvalidArgument, MissingDependency, UntrustedModel
from modelwright.models import load, manifest
from modelwright.models.save import save_model

# Diviner 0.1.1 and the libraries below it call pandas 3.1 and NumPy in ways that these will take away.
pytestmark = [
    pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame"),
    pytest.mark.filterwarnings("ignore:The 'convert_dates' keyword in read_json is deprecated"),
    pytest.mark.filterwarnings("ignore:'force_all_finite' was renamed to 'ensure_all_finite'"),
    pytest.mark.filterwarnings("ignore:Non-stationary starting autoregressive parameters found"),
    pytest.mark.filterwarnings("ignore:A future version of pandas will return a BaseOffset object"),
    pytest.mark.filterwarnings("ignore:DataFrameGroupBy.apply operated on the grouping columns"),
]
logging.getLogger("cmdstanpy").disabled = True  # two lines for each fit

forecasts = pytest.mark.skipif(
    int(pd.__version__.partition(".")[0]) >= 3, reason="Diviner 0.1.1 forecasts only beside pandas before 3"
)
KEYS = ["region", "state"]
STEPS = np.arange(40.0)
DAYS = pd.concat(
    pd.DataFrame(
        {"ds": pd.date_range("2024-01-01", periods=40), "y": 5 + np.sin(STEPS) * size, "region": r, "state": s}
    )
    for size, (r, s) in enumerate([("a", "x"), ("b", "y")], 1)
)


@cache
def by_prophet():
    settings = {"n_changepoints": 2, "uncertainty_samples": 0, "weekly_seasonality": False}
    return diviner.GroupedProphet(**settings, daily_seasonality=False, yearly_seasonality=False).fit(DAYS.copy(), KEYS)


@cache
def by_pmdarima():
    return diviner.GroupedPmdarima(ARIMA(order=(1, 0, 0))).fit(DAYS.copy(), KEYS, "y", "ds")


@forecasts
class TestGroupedProphet(FlavorContract):
    name, imports = "diviner", "diviner"

    def model(self):
        return by_prophet()

    def example(self):
        return pd.DataFrame({"horizon": [3], "frequency": ["D"]})

    def predictions(self, model, data):
        return _numbers(model.forecast(horizon=3, frequency="D"))

    def expected(self):
        return self.predictions(self.model(), None)

    @pytest.fixture(autouse=True)
    def _only_numbers(self, monkeypatch):
        """The contract compares numbers; the group's keys beside them are texts and tuples."""
        from contracts import flavor

        plain = flavor._numbers
        monkeypatch.setattr(flavor, "_numbers", lambda values: plain(_numbers(values)))


class TestGroupedPmdarima(TestGroupedProphet):
    def model(self):
        return by_pmdarima()

    def example(self):
        return pd.DataFrame({"n_periods": [3]})

    def predictions(self, model, data):
        return _numbers(model.predict(n_periods=3))


def _numbers(frame):
    return frame[["yhat"]] if isinstance(frame, pd.DataFrame) else frame


def saved(model, root, **options):
    save_model(load.flavor("diviner"), model, root, pip_requirements=[], **options)
    return root


@pytest.mark.parametrize("make", [by_prophet, by_pmdarima])
def test_a_model_comes_back_beside_any_pandas(make, tmp_path):
    meta = save_model(load.flavor("diviner"), make(), tmp_path / "m", pip_requirements=[], dfs_tmpdir="/unused")
    assert meta.flavors["diviner"] == {
        "code": None, "data": "model.div", "diviner_version": diviner.__version__, "fit_with_spark": False,
        "model_type": type(make()).__name__,
    }  # fmt: skip
    assert meta.flavors["python_function"]["data"] == "model.div"
    loaded = load.load_model(load.flavor("diviner"), tmp_path / "m", dfs_tmpdir="/unused")
    assert type(loaded) is type(make())
    assert sorted(loaded.model) == [("a", "x"), ("b", "y")]
    assert set(vars(loaded)) >= {name for name in vars(make()) if not name.startswith("_prophet")}
    ours, native = loaded.model["a", "x"], make().model["a", "x"]
    if make is by_prophet:
        ahead = pd.DataFrame({"ds": pd.date_range("2024-03-01", periods=3)})
        same(ours.predict(ahead), native.predict(ahead))
    else:
        same(ours.predict(3), native.predict(3))
        assert loaded._max_datetime_per_group == make()._max_datetime_per_group


def test_only_the_pickles_of_pmdarima_are_a_hazard(tmp_path):
    text, pickles = saved(by_prophet(), tmp_path / "text"), saved(by_pmdarima(), tmp_path / "pickles")
    assert load.hazards(text) == []
    assert load.hazards(pickles) == ["its file 'model.div' holds pickles"]
    load.load_model(load.flavor("diviner"), text, trust=False)
    with pytest.raises(UntrustedModel, match="holds pickles"):
        load.load_model(load.flavor("diviner"), pickles, trust=False)


class Bomb:
    def __reduce__(self):
        return print, ("boom",)


def test_a_pickle_in_the_place_of_text_is_never_read(tmp_path, capsys):
    """Calling a file of pickles a GroupedProphet gets nobody past the gate."""
    root = saved(by_prophet(), tmp_path / "m")
    bomb = base64.urlsafe_b64encode(pickle.dumps(Bomb())).decode()
    (root / "model.div").write_text(json.dumps({"_model_template": bomb, "model": {bomb: bomb}}))
    (root / manifest.NAME).unlink()
    with pytest.raises(CorruptModel, match=r"Diviner .* cannot read .*model\.div"):
        load.load_model(load.flavor("diviner"), root)
    assert "boom" not in capsys.readouterr().out


@forecasts
def test_groups_columns_and_either_name_of_the_horizon(tmp_path):
    model = load.load_pyfunc(saved(by_prophet(), tmp_path / "p"))
    of_one = by_prophet().predict_groups(groups=[("a", "x")], horizon=2, frequency="D")
    for groups in ([("a", "x")], [["a", "x"]]):
        found = model.predict(pd.DataFrame({"n_periods": [2], "frequency": "D", "groups": [groups]}))
        pd.testing.assert_frame_equal(found, of_one)
    renamed = model.predict(pd.DataFrame({"horizon": [2], "frequency": "D", "predict_col": "sales"}))
    assert "sales" in renamed.columns
    assert "yhat" not in renamed.columns
    model = load.load_pyfunc(saved(by_pmdarima(), tmp_path / "a"))
    found = model.predict(pd.DataFrame({"horizon": [2], "frequency": "D", "groups": [[("b", "y")]]}))
    pd.testing.assert_frame_equal(found, by_pmdarima().predict_groups(groups=[("b", "y")], n_periods=2))
    found = model.predict(pd.DataFrame({"horizon": [2], "predict_col": "sales"}))
    assert "sales" in found.columns


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"frequency": ["D"]}, "Expected a column 'n_periods' or 'horizon', .* the frame has frequency"),
        ({"horizon": [3]}, "needs a column 'frequency', such as 'D'; the frame has horizon"),
        ({"horizon": [3], "n_periods": [4], "frequency": ["D"]}, "n_periods=4 and horizon=3 mean the same"),
        ({"horizon": [3.5], "frequency": ["D"]}, "must be a whole number, got 3.5"),
        ({"horizon": [3], "frequency": ["D"], "groups": ["a"]}, "groups must be a list of tuples, .* got 'a'"),
        ({"horizon": []}, "one row that says what to forecast, .* got no row"),
    ],
)
def test_what_a_prediction_is_asked_with(tmp_path, asked, message):
    model = load.flavor("diviner").wrap(by_prophet(), load.Stored(tmp_path))
    with pytest.raises(InvalidArgument, match=message):
        model.predict(pd.DataFrame(asked))
    with pytest.raises(InvalidArgument, match="one row that says what to forecast"):
        model.predict(np.zeros(3))


@pytest.mark.skipif(forecasts.args[0] is False, reason="here Diviner forecasts")
def test_beside_pandas_3_the_error_says_what_to_install(tmp_path):
    for make in (by_prophet, by_pmdarima):
        model = load.load_pyfunc(saved(make(), tmp_path / make.__name__))
        with pytest.raises(
            MissingDependency, match=r"Diviner 0\.1\.1 forecasts only beside pandas before 3, .*pandas<3"
        ):
            model.predict(pd.DataFrame({"horizon": [3], "frequency": ["D"]}))


def test_what_cannot_be_saved(tmp_path):
    flavor = load.flavor("diviner")
    with pytest.raises(InvalidArgument, match=r"Expected a diviner\.GroupedProphet or .*, got a builtins\.dict"):
        save_model(flavor, {}, tmp_path / "m")
    with pytest.raises(InvalidArgument, match="GroupedProphet is not fitted"):
        save_model(flavor, diviner.GroupedProphet(), tmp_path / "m")
    in_spark = diviner.GroupedProphet()
    in_spark._fit_with_spark = True
    with pytest.raises(InvalidArgument, match="was fit in Spark, which is not supported"):
        save_model(flavor, in_spark, tmp_path / "m")
    own = type("Own", (diviner.GroupedProphet,), {})()
    with pytest.raises(InvalidArgument, match="would be loaded as its base class"):
        save_model(flavor, own, tmp_path / "m")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("key", "value", "error", "message"),
    [
        ("fit_with_spark", True, InvalidArgument, "was fit in Spark"),
        ("model_type", "PmdarimaAnalyzer", UntrustedModel, "names class 'PmdarimaAnalyzer'"),
        ("model_type", None, UntrustedModel, "names class None"),
    ],
)
def test_what_cannot_be_loaded(tmp_path, key, value, error, message):
    root = saved(by_prophet(), tmp_path / "m")
    body = yaml.safe_load((root / "MLmodel").read_text())
    body["flavors"]["diviner"][key] = value
    (root / "MLmodel").write_text(yaml.safe_dump(body))
    (root / manifest.NAME).unlink()
    for read in (lambda: load.load_model(load.flavor("diviner"), root, trust=True), lambda: load.load_pyfunc(root)):
        with pytest.raises(error, match=message):
            read()


@pytest.mark.parametrize("make", [by_prophet, by_pmdarima])
@pytest.mark.parametrize("content", ["", "{}", '{"model": {"x": "y"}}'])
def test_a_file_that_diviner_cannot_read(tmp_path, make, content):
    root = saved(make(), tmp_path / "m")
    (root / "model.div").write_text(content)
    (root / manifest.NAME).unlink()
    with pytest.raises(CorruptModel, match=r"model\.div"):
        load.load_model(load.flavor("diviner"), root, trust=True)
