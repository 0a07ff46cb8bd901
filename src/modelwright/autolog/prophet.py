"""Prophet: the forecaster's settings, its seasonalities and regressors, how well it fits its own history, the model.

MLflow 2.16 does not log Prophet by itself, so the names are ours: params as the constructor's arguments are called,
metrics `mse`, `rmse`, `mae`, `mape`, `coverage` (how much of the history lies within the forecast's interval; of at
most 2,000 rows) and `changepoint_count`. Prophet draws from NumPy's global generator when it predicts; the generator
is put back, so that a script draws the same numbers with and without this.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from .integration import Call, Family, Integration, Options, Sample, Session, Watch
from .rows import head

_SETTINGS = (
    "growth", "n_changepoints", "changepoint_range", "yearly_seasonality", "weekly_seasonality", "daily_seasonality",
    "seasonality_mode", "holidays_mode", "seasonality_prior_scale", "holidays_prior_scale", "changepoint_prior_scale",
    "mcmc_samples", "interval_width", "uncertainty_samples", "scaling",
)  # fmt: skip
_ABOUT = ("period", "fourier_order", "prior_scale", "mode", "condition_name", "standardize")
_NEAR_ZERO = 1e-8  # below it Prophet itself leaves mape out
_INTERVAL_ROWS = 2000  # each row of an interval costs a thousand draws


class Prophet(Integration):
    name = imports = "prophet"

    def configure(
        self,
        log_input_examples: bool = False,
        log_model_signatures: bool = True,
        log_models: bool = True,
        log_datasets: bool = True,
        disable: bool = False,
        exclusive: bool = False,
        disable_for_unsupported_versions: bool = False,
        silent: bool = False,
        registered_model_name: str | None = None,
        extra_tags: Mapping[str, str] | None = None,
    ) -> None:
        """Record what Prophet fits: settings, seasonalities, errors on the history, the model.

        >>> import modelwright
        >>> modelwright.prophet.autolog(log_models=False)
        >>> modelwright.autolog(disable=True)
        """

    def watches(self, options: Options) -> Iterator[Watch | Family]:
        yield Family("prophet.forecaster:Prophet", ("fit",), _fit)
        yield Watch("prophet.diagnostics:single_cutoff_forecast", None)  # fits of a cross-validation


def _fit(call: Call, session: Session) -> Any:
    model, frame = call.arguments["self"], call.arguments["df"]
    with session.part("params"):
        session.params(_settings(model, call.arguments.get("kwargs") or {}))
    session.dataset(frame)
    rows = data = None
    with session.part("signature and example"):
        needed = [name for name in frame.columns if name in _columns(model)]
        rows, data = head(frame[needed]), frame[needed]
    yield
    with _same_draws():
        with session.part("seasonalities"):
            session.params(_components("seasonality", model.seasonalities))
        with session.part("metrics"):
            session.metrics({"changepoint_count": len(model.changepoints), **_errors(model)})
        with session.part("coverage"):
            session.metrics(_coverage(model))
        session.model(model, flavor="prophet", sample=Sample(rows, data, model.predict))


def _settings(model: Any, fit: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: getattr(model, name) for name in _SETTINGS if hasattr(model, name)}
    if model.specified_changepoints:
        found["changepoints"] = ", ".join(str(point) for point in model.changepoints)
    if model.holidays is not None:
        found["holidays"] = ", ".join(sorted({str(name) for name in model.holidays["holiday"]}))
    if model.country_holidays is not None:
        found["country_holidays"] = model.country_holidays
    plain = {name: value for name, value in fit.items() if isinstance(value, (bool, int, float, str))}
    return {**found, **_components("regressor", model.extra_regressors), **plain}


def _components(kind: str, parts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The names of seasonalities or regressors in one param, what is known of each in further ones."""
    found: dict[str, Any] = {"seasonalities" if kind == "seasonality" else "regressors": ", ".join(parts)}
    for name, about in parts.items():
        found |= {f"{kind}_{name}_{key}": about[key] for key in _ABOUT if about.get(key) is not None}
    return found


def _columns(model: Any) -> set[str]:
    """What a frame to predict from must have."""
    conditions = {about.get("condition_name") for about in model.seasonalities.values()}
    forecast = {name for name, about in model.extra_regressors.items() if about.get("predictor_spec") is not None}
    limits = {"cap", "floor"} if model.growth == "logistic" else set()
    return {"ds", *limits, *conditions, *model.extra_regressors} - forecast


def _errors(model: Any) -> dict[str, float]:
    import numpy as np

    point = copy.copy(model)
    point.uncertainty_samples = 0
    wanted = model.history["y"].to_numpy(float)
    off = wanted - point.predict()["yhat"].to_numpy(float)
    mse = float(np.mean(off**2))
    found = {"mse": mse, "rmse": mse**0.5, "mae": float(np.mean(np.abs(off)))}
    if np.min(np.abs(wanted)) >= _NEAR_ZERO:
        found["mape"] = float(np.mean(np.abs(off / wanted)))
    return found


def _coverage(model: Any) -> dict[str, float]:
    import numpy as np

    if not model.uncertainty_samples:
        return {}
    some = copy.copy(model)
    some.history = model.history.iloc[:: 1 + (len(model.history) - 1) // _INTERVAL_ROWS].reset_index(drop=True)
    found, wanted = some.predict(), some.history["y"].to_numpy(float)
    within = (found["yhat_lower"].to_numpy() <= wanted) & (wanted <= found["yhat_upper"].to_numpy())
    return {"coverage": float(np.mean(within))}


@contextmanager
def _same_draws() -> Iterator[None]:
    """Whatever is drawn inside, the global generator goes on as if it had not been."""
    import numpy as np

    state = np.random.get_state()
    try:
        yield
    finally:
        np.random.set_state(state)
