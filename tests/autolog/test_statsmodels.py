"""What is written down of a fit of statsmodels."""

# ruff: noqa: E402 — without the framework the file is skipped before the imports below
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

statsmodels = pytest.importorskip("statsmodels")

import statsmodels.api as sm
import statsmodels.formula.api as smf

from autolog.fake import FakeSession, Sessions
from contracts.integration import IntegrationContract
from modelwright.autolog import engine
from modelwright.autolog.statsmodels import Statsmodels

RANDOM = np.random.default_rng(3)
FRAME = pd.DataFrame(RANDOM.normal(size=(60, 2)), columns=["a", "b"])
Y = pd.Series(2 * FRAME["a"] - FRAME["b"] + RANDOM.normal(size=60), name="y")
CLASS = (Y > 0).astype(int)
ALL = {
    "aic", "bic", "centered_tss", "condition_number", "df_model", "df_resid", "ess", "f_pvalue", "fvalue", "llf",
    "mse_model", "mse_resid", "mse_total", "rsquared", "rsquared_adj", "scale", "ssr", "uncentered_tss",
}  # fmt: skip


@pytest.fixture
def sessions() -> Iterator[Sessions]:
    opened = Sessions()
    engine.enable(Statsmodels(), {}, opened)
    yield opened
    engine.disable("statsmodels")


def one(sessions: Sessions) -> FakeSession:
    (session,) = sessions.written
    assert session.losses == []
    assert session.outcome == "finished"
    return session


def params(session: FakeSession) -> dict[str, Any]:
    return {name: value for values in session.of("params") for name, value in values.items()}


def metrics(session: FakeSession) -> dict[str, float]:
    assert {step for _, step in session.of("metrics")} == {None}
    return {name: value for values, _ in session.of("metrics") for name, value in values.items()}


class TestContract(IntegrationContract):
    integration = Statsmodels
    owners = ("statsmodels.api", "statsmodels.base.model", "statsmodels.regression.linear_model")

    def train(self) -> Any:
        return sm.OLS(Y, FRAME).fit()

    def fail(self) -> Any:
        return sm.OLS(Y, FRAME).fit(method="guess")


def test_arguments_measures_summary_and_results(sessions: Sessions) -> None:
    results = sm.OLS(Y, FRAME).fit("qr", cov_type="HC1")
    session = one(sessions)
    assert params(session) == {"method": "qr", "cov_type": "HC1", "cov_kwds": None, "use_t": None}
    found = metrics(session)
    assert set(found) == ALL
    assert found["rsquared"] == results.rsquared
    assert found["df_resid"] == 58
    assert all(type(value) is float for value in found.values())
    ((path, text),) = session.of("artifact")
    assert path == "model_summary.txt"
    assert text == results.summary().as_text().replace(*_clock(results, text))
    ((model, flavor, path, sample, options),) = session.of("model")
    assert model is results
    assert (flavor, path, sample, options) == ("statsmodels", "model", None, {})


def _clock(results: Any, text: str) -> tuple[str, str]:
    """The summary says when it was made."""
    line = next(line for line in results.summary().as_text().splitlines() if line.startswith("Time:"))
    return line, next(line for line in text.splitlines() if line.startswith("Time:"))


def test_further_keywords_are_params(sessions: Sessions) -> None:
    sm.GLM(CLASS, FRAME, family=sm.families.Binomial()).fit(disp=0)
    found = params(one(sessions))
    assert found["disp"] == 0
    assert found["method"] == "IRLS"
    assert "kwargs" not in found


def test_formulas(sessions: Sessions) -> None:
    data = FRAME.assign(y=Y)
    smf.ols("y ~ a + b", data).fit()
    session = one(sessions)
    assert params(session)["method"] == "pinv"
    ((recorded, context, name),) = session.of("dataset")
    assert recorded is data
    assert (context, name) == ("train", None)


def test_the_data_is_what_was_given(sessions: Sessions) -> None:
    sm.OLS(Y, FRAME).fit()
    sm.tsa.AutoReg(Y, 1).fit()
    first, second = sessions.written
    assert first.of("dataset")[0][0] is FRAME
    assert second.of("dataset")[0][0] is Y


@pytest.mark.parametrize(
    ("fit", "some", "none"),
    [
        (lambda: sm.Logit(CLASS, FRAME).fit(disp=0), {"llf", "aic", "df_model"}, {"rsquared"}),
        (lambda: sm.RLM(Y, FRAME).fit(), {"scale", "df_resid"}, {"llf"}),  # RLM has llf, and raises
        (lambda: sm.tsa.AutoReg(Y, 1).fit(), {"aic", "bic"}, {"fvalue"}),
        (lambda: sm.PHReg(np.exp(Y), FRAME).fit(), {"llf"}, {"rsquared"}),  # results without a wrapper
        (lambda: sm.tsa.VAR(FRAME).fit(1), {"aic", "llf"}, {"rsquared"}),  # a summary without as_text
        (lambda: sm.tsa.ExponentialSmoothing(Y + 20, trend="add").fit(), {"aic", "bic"}, {"llf"}),
        (lambda: sm.tsa.ARIMA(Y, order=(1, 0, 0)).fit(), {"aic", "llf"}, {"rsquared"}),
    ],
)
def test_every_kind_of_model(sessions: Sessions, fit: Any, some: set[str], none: set[str]) -> None:
    results = fit()
    session = one(sessions)
    found = set(metrics(session))
    assert some <= found <= ALL
    assert not none & found
    assert "self" not in params(session)
    assert [model for model, *_ in session.of("model")] == [results]
    ((path, text),) = session.of("artifact")
    assert path == "model_summary.txt"
    assert len(text) > 100
    assert "object at 0x" not in text


class Own(sm.OLS):
    """A model of the user's own, with a fit of its own."""

    def fit(self, note: str = "none", **kwargs: Any) -> Any:
        return super().fit(**kwargs)


def test_subclasses_are_recorded_once_with_their_own_arguments(sessions: Sessions) -> None:
    Own(Y, FRAME).fit(note="mine", cov_type="HC1")
    assert params(one(sessions)) == {"note": "mine", "cov_type": "HC1"}


def test_subclasses_made_while_on_are_recorded(sessions: Sessions) -> None:
    class Later(sm.WLS):
        def fit(self, **kwargs: Any) -> Any:
            return super().fit(**kwargs)

    Later(Y, FRAME, weights=np.ones(60)).fit()
    assert params(one(sessions)) == {}
    engine.disable("statsmodels")
    Later(Y, FRAME, weights=np.ones(60)).fit()
    assert len(sessions) == 1


def test_other_ways_to_fit_are_not_recorded_as_in_mlflow(sessions: Sessions) -> None:
    sm.OLS(Y, FRAME).fit_regularized()
    assert sessions.written == []


def test_fits_one_after_the_other_are_runs_of_their_own(sessions: Sessions) -> None:
    model = sm.OLS(Y, FRAME)
    first, second = model.fit(), model.fit(cov_type="HC0")
    assert [session.of("model")[0][0] for session in sessions.written] == [first, second]
    assert [session.outcome for session in sessions.written] == ["finished"] * 2


def test_a_failed_fit_keeps_its_params(sessions: Sessions) -> None:
    with pytest.raises(ValueError, match="method"):
        sm.OLS(Y, FRAME).fit("guess")
    (session,) = sessions.written
    assert params(session)["method"] == "guess"
    assert isinstance(session.outcome, ValueError)
    assert session.of("model") == session.of("metrics") == []


def test_a_summary_that_fails_takes_nothing_with_it(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Any, *args: Any, **kwargs: Any) -> Any:
        raise ZeroDivisionError("no summary")

    monkeypatch.setattr(type(sm.OLS(Y, FRAME).fit()._results), "summary", broken)
    sessions.clear()
    sm.OLS(Y, FRAME).fit()
    (session,) = sessions.written
    assert session.losses == ["model_summary.txt: no summary"]
    assert set(metrics(session)) == ALL
    assert session.of("model")
