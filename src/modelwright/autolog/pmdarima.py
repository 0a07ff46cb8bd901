"""pmdarima: the settings of a forecaster, the order that was found, how well it fits, its summary, the model.

MLflow 2.16 does not log pmdarima by itself, so the names are ours: params as the constructor's arguments are called,
for a search the arguments that were given; metrics `aic`, `aicc`, `bic`, `hqic` and, where rows were held out, `oob`;
`model_summary.txt`. The fits that a search tries, and those of a cross-validation, belong to it and leave no runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .integration import Call, Family, Integration, Options, Sample, Session, Watch

_CRITERIA = ("aic", "aicc", "bic", "hqic", "oob")
_PERIODS = 5
_PLAIN = (bool, int, float, str, tuple, list, type(None))


class Pmdarima(Integration):
    name = imports = "pmdarima"
    pools = ("joblib.parallel",)

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
        """Record what pmdarima fits: settings, the order that was found, information criteria, the model.

        >>> import modelwright
        >>> modelwright.pmdarima.autolog(log_models=False)
        >>> modelwright.autolog(disable=True)
        """

    def watches(self, options: Options) -> Iterator[Watch | Family]:
        yield Family("pmdarima.base:BaseARIMA", ("fit",), _fit)
        yield Watch("pmdarima.pipeline:Pipeline.fit", _fit)
        yield Watch("pmdarima.arima.auto:auto_arima", _search)
        for name in ("cross_validate", "cross_val_score", "cross_val_predict"):
            yield Watch(f"pmdarima.model_selection._validation:{name}", None)


def _fit(call: Call, session: Session) -> Any:
    given = call.arguments
    model = given["self"]
    with session.part("params"):
        session.params(_settings(model))
    yield from _recorded(given.get("y"), given.get("X"), session)


def _search(call: Call, session: Session) -> Any:
    given = call.given
    with session.part("params"):
        session.params({name: value for name, value in given.items() if isinstance(value, _PLAIN)})
    yield from _recorded(given.get("y"), given.get("X"), session)


def _recorded(y: Any, X: Any, session: Session) -> Any:
    """What every fit has in common; a search that returns all its fits returns the best one first."""
    if X is None:
        session.dataset(y)
    else:
        session.dataset(X, targets=y)
    model = yield
    model = model[0] if isinstance(model, list | tuple) else model
    with session.part("order"):
        session.params(_order(model))
    with session.part("metrics"):
        session.metrics(_criteria(model))
    with session.part("model_summary.txt"):
        session.artifact("model_summary.txt", str(model.summary()))
    with session.part("model"):
        session.model(model, flavor="pmdarima", sample=_sample(model, X))


def _settings(model: Any) -> dict[str, Any]:
    given = model.get_params(deep=False)
    steps = given.pop("steps", ())
    found: dict[str, Any] = {name: value for name, value in given.items() if isinstance(value, _PLAIN)}
    if steps:
        found["steps"] = ", ".join(name for name, _ in steps)
        found |= {f"{name}__{key}": value for name, step in steps for key, value in _settings(step).items()}
    return found


def _order(model: Any) -> dict[str, Any]:
    """What a search has found, or the user said."""
    found = _arima(model)
    return {"order": found.order, "seasonal_order": found.seasonal_order, "with_intercept": found.with_intercept}


def _arima(model: Any) -> Any:
    """The ARIMA inside a pipeline or a search."""
    steps = getattr(model, "steps_", None)
    inner = steps[-1][1] if steps else model
    return getattr(inner, "model_", inner)


def _criteria(model: Any) -> dict[str, float]:
    found, values = _arima(model), {}
    for name in _CRITERIA:
        value = getattr(found, name, None)
        value = value() if callable(value) else value
        if value is not None and value == value:  # no rows held out: NaN
            values[name] = float(value)
    return values


def _sample(model: Any, X: Any) -> Sample:
    """One row that asks for a few periods, with the first values of the variables that came along."""
    import numpy as np
    import pandas as pd

    row: dict[str, Any] = {"n_periods": [_PERIODS]}
    if X is not None:
        row["X"] = [np.asarray(X, dtype=float)[:_PERIODS].tolist()]

    def predict(rows: Any) -> Any:
        return pd.DataFrame({"yhat": np.asarray(model.predict(_PERIODS, X=rows["X"][0] if X is not None else None))})

    rows = pd.DataFrame(row)
    return Sample(rows, rows, predict)
