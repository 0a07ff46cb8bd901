"""What is written down of a Prophet fit."""

# ruff: noqa: E402 — without the framework the file is skipped before the imports below
from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

prophet = pytest.importorskip("prophet")

from prophet.diagnostics import cross_validation

from autolog.fake import FakeSession, Sessions
from contracts.integration import IntegrationContract
from modelwright.autolog import engine
from modelwright.autolog.prophet import Prophet

# Prophet 1.5 calls pandas 3.1 in a way that pandas will take away.
pytestmark = [
    pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame"),
    pytest.mark.filterwarnings("ignore:The 'convert_dates' keyword in read_json is deprecated"),
]
logging.getLogger("cmdstanpy").disabled = True  # two lines for each fit

DAYS = pd.DataFrame(
    {"ds": pd.date_range("2024-01-01", periods=60), "y": np.sin(np.arange(60.0)) + np.arange(60) / 9 + 3}
)
SMALL = {"n_changepoints": 3, "uncertainty_samples": 20, "yearly_seasonality": False, "daily_seasonality": False}


@pytest.fixture
def sessions() -> Iterator[Sessions]:
    opened = Sessions()
    engine.enable(Prophet(), {}, opened)
    yield opened
    engine.disable("prophet")


def one(sessions: Sessions) -> FakeSession:
    (session,) = sessions.written
    assert session.losses == []
    return session


def params(session: FakeSession) -> dict[str, Any]:
    return {name: value for values in session.of("params") for name, value in values.items()}


def metrics(session: FakeSession) -> dict[str, float]:
    return {name: value for values, _ in session.of("metrics") for name, value in values.items()}


class TestContract(IntegrationContract):
    integration = Prophet
    owners = ("prophet", "prophet.forecaster", "prophet.diagnostics")

    def train(self) -> Any:
        return prophet.Prophet(**SMALL).fit(DAYS)

    def fail(self) -> Any:
        return prophet.Prophet(**SMALL).fit(DAYS.rename(columns={"y": "value"}))


def test_settings_seasonalities_and_errors(sessions: Sessions) -> None:
    model = prophet.Prophet(interval_width=0.9, growth="flat", **SMALL)
    model.add_seasonality("monthly", period=30.5, fourier_order=2, prior_scale=0.1)
    model.fit(DAYS, seed=7)
    session = one(sessions)
    found = params(session)
    assert found["growth"] == "flat"
    assert found["interval_width"] == 0.9
    assert found["n_changepoints"] == 3
    assert found["changepoint_prior_scale"] == 0.05
    assert found["seed"] == 7
    assert found["regressors"] == ""
    assert found["seasonalities"] == "monthly, weekly"
    assert {k: v for k, v in found.items() if k.startswith("seasonality_monthly")} == {
        "seasonality_monthly_period": 30.5, "seasonality_monthly_fourier_order": 2,
        "seasonality_monthly_prior_scale": 0.1, "seasonality_monthly_mode": "additive",
    }  # fmt: skip
    assert found["seasonality_weekly_period"] == 7
    off = DAYS["y"].to_numpy() - model.predict(DAYS)["yhat"].to_numpy()
    values = metrics(session)
    assert values["mse"] == pytest.approx(np.mean(off**2))
    assert values["rmse"] == pytest.approx(np.sqrt(np.mean(off**2)))
    assert values["mae"] == pytest.approx(np.mean(np.abs(off)))
    assert values["mape"] == pytest.approx(np.mean(np.abs(off / DAYS["y"].to_numpy())))
    assert 0 <= values["coverage"] <= 1
    assert values["changepoint_count"] == len(model.changepoints)
    assert {step for _, step in session.of("metrics")} == {None}


def test_the_changepoints_that_fit(sessions: Sessions) -> None:
    prophet.Prophet(**{**SMALL, "n_changepoints": 25}).fit(DAYS.head(10))
    session = one(sessions)
    assert params(session)["n_changepoints"] == 25
    assert metrics(session)["changepoint_count"] < 25


def test_given_changepoints_holidays_and_regressors(sessions: Sessions) -> None:
    days = pd.DataFrame({"holiday": ["fest", "fair"], "ds": pd.to_datetime(["2024-01-20", "2024-02-02"])})
    model = prophet.Prophet(**SMALL, changepoints=["2024-01-20"], holidays=days)
    model.add_country_holidays("DE")
    model.add_regressor("heat", prior_scale=2.0)
    model.fit(DAYS.assign(heat=np.arange(60.0) ** 0.5, note="unused"))
    session = one(sessions)
    found = params(session)
    assert found["changepoints"] == "2024-01-20 00:00:00"
    assert found["holidays"] == "fair, fest"
    assert found["country_holidays"] == "DE"
    assert found["regressors"] == "heat"
    assert found["regressor_heat_prior_scale"] == 2.0
    (model_entry,) = session.of("model")
    _, flavor, path, sample, _ = model_entry
    assert (flavor, path) == ("prophet", "model")
    assert list(sample.rows.columns) == list(sample.data.columns) == ["ds", "heat"]
    assert len(sample.predict(sample.rows)) == 5


def test_columns_of_logistic_growth_and_conditions(sessions: Sessions) -> None:
    model = prophet.Prophet(growth="logistic", **SMALL)
    model.add_seasonality("monthly", period=30.5, fourier_order=2, condition_name="busy")
    model.fit(DAYS.assign(cap=30.0, busy=DAYS.index % 2 == 0))
    sample = one(sessions).of("model")[0][3]
    assert list(sample.rows.columns) == ["ds", "cap", "busy"]


def test_the_data_set_is_what_was_given(sessions: Sessions) -> None:
    prophet.Prophet(**SMALL).fit(DAYS)
    ((data, context, name),) = one(sessions).of("dataset")
    assert data is DAYS
    assert (context, name) == ("train", None)


def test_values_at_zero_have_no_mape_and_no_samples_no_coverage(sessions: Sessions) -> None:
    prophet.Prophet(**{**SMALL, "uncertainty_samples": 0}).fit(DAYS.assign(y=DAYS["y"].where(DAYS.index > 0, 0.0)))
    assert set(metrics(one(sessions))) == {"changepoint_count", "mse", "rmse", "mae"}


def test_coverage_of_a_long_history_takes_a_part_of_it(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[Prophet.__module__], "_INTERVAL_ROWS", 10)
    rows: list[int] = []
    plain = prophet.Prophet.predict_uncertainty

    def counted(self: Any, df: Any, *args: Any, **kwargs: Any) -> Any:
        rows.append(len(df))
        return plain(self, df, *args, **kwargs)

    monkeypatch.setattr(prophet.Prophet, "predict_uncertainty", counted)
    prophet.Prophet(**SMALL).fit(DAYS)
    assert rows == [10]
    assert "coverage" in metrics(one(sessions))


def test_the_script_draws_the_same_numbers(sessions: Sessions) -> None:
    np.random.seed(3)
    prophet.Prophet(**SMALL).fit(DAYS)
    watched = np.random.random(4)
    engine.disable("prophet")
    np.random.seed(3)
    prophet.Prophet(**SMALL).fit(DAYS)
    assert watched.tolist() == np.random.random(4).tolist()


def test_the_model_is_left_as_it_is(sessions: Sessions) -> None:
    model = prophet.Prophet(**SMALL).fit(DAYS)
    assert model.uncertainty_samples == 20
    assert len(model.history) == 60


@pytest.mark.parametrize("parallel", [None, "threads"])
def test_cross_validation_is_quiet(sessions: Sessions, parallel: Any) -> None:
    model = prophet.Prophet(**SMALL).fit(DAYS)
    del sessions[:]
    found = cross_validation(
        model, horizon="5 days", initial="40 days", period="8 days", parallel=parallel, disable_tqdm=True
    )
    assert len(found) > 5
    assert sessions.written == []


def test_the_forecaster_of_a_regressor_is_part_of_the_fit(sessions: Sessions) -> None:
    model = prophet.Prophet(**SMALL)
    try:
        model.add_regressor("heat", regressor_predictor={"n_changepoints": 1})
    except TypeError:
        pytest.skip("this Prophet does not forecast regressors")
    model.fit(DAYS.assign(heat=np.arange(60.0) ** 0.5))
    session = one(sessions)
    assert list(session.of("model")[0][3].rows.columns) == ["ds"]


def test_fits_one_after_the_other_are_runs_of_their_own(sessions: Sessions) -> None:
    for _ in range(2):
        prophet.Prophet(**SMALL).fit(DAYS)
    assert [session.outcome for session in sessions.written] == ["finished"] * 2
