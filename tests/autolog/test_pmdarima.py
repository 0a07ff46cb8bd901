"""What is written down of a fit of pmdarima."""

# ruff: noqa: E402 — without the framework the file is skipped before the imports below
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

pmdarima = pytest.importorskip("pmdarima")

from pmdarima import model_selection
from pmdarima.pipeline import Pipeline
from pmdarima.preprocessing import FourierFeaturizer

from autolog.fake import FakeSession, Sessions
from contracts.integration import IntegrationContract
from modelwright.autolog import engine
from modelwright.autolog.pmdarima import Pmdarima
from modelwright.autolog.statsmodels import Statsmodels

RANDOM = np.random.default_rng(5)
SERIES = np.sin(np.arange(50.0)) + RANDOM.normal(size=50) / 4 + 4
EXTRA = RANDOM.normal(size=(50, 2))
SMALL: dict[str, Any] = {"start_p": 0, "start_q": 0, "max_p": 1, "max_q": 0, "d": 0, "seasonal": False}


@pytest.fixture
def sessions() -> Iterator[Sessions]:
    opened = Sessions()
    engine.enable(Pmdarima(), {}, opened)
    yield opened
    engine.disable("pmdarima")


def one(sessions: Sessions) -> FakeSession:
    (session,) = sessions.written
    assert session.losses == []
    assert session.outcome == "finished"
    return session


def params(session: FakeSession) -> dict[str, Any]:
    return {name: value for values in session.of("params") for name, value in values.items()}


def metrics(session: FakeSession) -> dict[str, float]:
    return {name: value for values, _ in session.of("metrics") for name, value in values.items()}


class TestContract(IntegrationContract):
    integration = Pmdarima
    owners = ("pmdarima", "pmdarima.arima.arima", "pmdarima.arima.auto", "pmdarima.pipeline")

    def train(self) -> Any:
        return pmdarima.ARIMA(order=(1, 0, 0)).fit(SERIES)

    def fail(self) -> Any:
        return pmdarima.ARIMA(order=(1, 0, 0)).fit(np.array([1.0, np.nan]))


def test_settings_criteria_summary_and_model(sessions: Sessions) -> None:
    model = pmdarima.ARIMA(order=(1, 0, 0), maxiter=30).fit(SERIES)
    session = one(sessions)
    found = params(session)
    assert found["order"] == (1, 0, 0)
    assert found["maxiter"] == 30
    assert found["with_intercept"] is True
    values = metrics(session)
    assert set(values) == {"aic", "aicc", "bic", "hqic"}
    assert values["aic"] == pytest.approx(model.aic())
    ((path, text),) = session.of("artifact")
    assert path == "model_summary.txt"
    assert "SARIMAX Results" in text
    ((logged, flavor, path, sample, _),) = session.of("model")
    assert logged is model
    assert (flavor, path) == ("pmdarima", "model")
    assert sample.rows.to_dict("list") == {"n_periods": [5]}
    assert list(sample.predict(sample.rows)["yhat"]) == list(model.predict(5))
    assert session.of("dataset") == [(SERIES, "train", None)]


@pytest.mark.filterwarnings("ignore:Maximum Likelihood optimization failed")  # few rows
def test_rows_held_out_are_scored(sessions: Sessions) -> None:
    pmdarima.ARIMA(order=(1, 0, 0), out_of_sample_size=5).fit(SERIES)
    assert metrics(one(sessions))["oob"] > 0


def test_exogenous_variables_are_part_of_the_sample(sessions: Sessions) -> None:
    model = pmdarima.ARIMA(order=(1, 0, 0)).fit(SERIES, X=EXTRA)
    session = one(sessions)
    sample = session.of("model")[0][3]
    assert sample.rows["X"][0] == EXTRA[:5].tolist()
    assert list(sample.predict(sample.rows)["yhat"]) == list(model.predict(5, X=EXTRA[:5]))
    assert session.of("dataset")[0][0] is EXTRA


@pytest.mark.parametrize("as_class", [False, True])
def test_a_search_is_one_run_with_the_order_that_it_found(sessions: Sessions, as_class: bool) -> None:
    found = pmdarima.AutoARIMA(**SMALL).fit(SERIES) if as_class else pmdarima.auto_arima(SERIES, **SMALL)
    session = one(sessions)
    assert params(session)["order"] == getattr(found, "model_", found).order
    assert params(session)["max_p"] == 1
    assert [model for model, *_ in session.of("model")] == [found]


def test_a_search_that_returns_all_its_fits(sessions: Sessions) -> None:
    found = pmdarima.auto_arima(SERIES, return_valid_fits=True, **SMALL)
    assert isinstance(found, list | tuple)
    assert [model for model, *_ in one(sessions).of("model")] == [found[0]]


def test_pipelines(sessions: Sessions) -> None:
    model = Pipeline([("fourier", FourierFeaturizer(m=7, k=1)), ("arima", pmdarima.ARIMA(order=(1, 0, 0)))])
    model.fit(SERIES)
    session = one(sessions)
    found = params(session)
    assert found["steps"] == "fourier, arima"
    assert found["fourier__m"] == 7
    assert found["arima__maxiter"] == 50
    assert found["order"] == (1, 0, 0)
    assert [logged for logged, *_ in session.of("model")] == [model]
    sample = session.of("model")[0][3]
    assert len(sample.predict(sample.rows)) == 5


def test_cross_validation_is_quiet(sessions: Sessions) -> None:
    window = model_selection.RollingForecastCV(initial=40, step=5)
    model_selection.cross_val_score(
        pmdarima.ARIMA(order=(1, 0, 0)), SERIES, cv=window, scoring="mean_absolute_error", verbose=0
    )
    assert sessions.written == []


def test_the_fits_of_statsmodels_inside_belong_to_it(sessions: Sessions) -> None:
    below = Sessions()
    engine.enable(Statsmodels(), {}, below)
    try:
        pmdarima.auto_arima(SERIES, **SMALL)
    finally:
        engine.disable("statsmodels")
    assert below.written == []
    assert one(sessions).of("model")


def test_fits_one_after_the_other_are_runs_of_their_own(sessions: Sessions) -> None:
    for _ in range(2):
        pmdarima.ARIMA(order=(1, 0, 0)).fit(SERIES)
    assert [session.outcome for session in sessions.written] == ["finished"] * 2
