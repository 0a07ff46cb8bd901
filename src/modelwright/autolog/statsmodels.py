"""statsmodels: what `fit` was given, the measures of its results, their summary, the results themselves.

statsmodels has no hooks, so `fit` of every model is watched: of the classes it has, of their subclasses, and of models
that were made from a formula. A fit that another one makes is part of that other one.

What differs from MLflow 2.16: measures are recorded of results that come without a wrapper too (of a proportional
hazards regression), and summaries that have no `as_text` (of a vector autoregression) as they print themselves; the
empty `*args` and `**kwargs` of `fit` are no params; the training data is recorded, as `log_datasets` says.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Iterator, Mapping
from numbers import Number
from typing import Any

from .integration import Call, Family, Integration, Options, Session, Watch

log = logging.getLogger(__name__)

_METRICS = (
    "aic", "bic", "centered_tss", "condition_number", "df_model", "df_resid", "ess", "f_pvalue", "fvalue", "llf",
    "mse_model", "mse_resid", "mse_total", "rsquared", "rsquared_adj", "scale", "ssr", "uncentered_tss",
)  # fmt: skip
_SUMMARY = "model_summary.txt"


class Statsmodels(Integration):
    name = imports = "statsmodels"

    def configure(
        self,
        log_models: bool = True,
        log_datasets: bool = True,
        disable: bool = False,
        exclusive: bool = False,
        disable_for_unsupported_versions: bool = False,
        silent: bool = False,
        registered_model_name: str | None = None,
        extra_tags: Mapping[str, str] | None = None,
    ) -> None:
        """Record what statsmodels fits: the arguments of `fit`, measures of the results, their summary, the results.

        >>> import modelwright
        >>> modelwright.statsmodels.autolog(log_models=False)
        >>> modelwright.autolog(disable=True)
        """

    def watches(self, options: Options) -> Iterator[Watch | Family]:
        yield Family("statsmodels.base.model:Model", ("fit",), _fit)


def _fit(call: Call, session: Session) -> Any:
    model = call.arguments["self"]
    with session.part("params"):
        session.params(_params(call))
    with session.part("data"):
        _data(model, session)
    results = yield
    session.model(results, flavor="statsmodels", sample=None)
    with session.part("metrics"):
        session.metrics(_metrics(results))
    with session.part(_SUMMARY):
        if callable(summary := getattr(results, "summary", None)):
            told = summary()
            session.artifact(_SUMMARY, told.as_text() if hasattr(told, "as_text") else str(told))


def _params(call: Call) -> dict[str, Any]:
    """The arguments of `fit`, those left out with their defaults."""
    found: dict[str, Any] = {}
    for parameter in list(inspect.signature(call.function).parameters.values())[1:]:
        if parameter.kind is parameter.VAR_KEYWORD:
            found |= call.arguments[parameter.name]
        elif parameter.kind is not parameter.VAR_POSITIONAL:
            found[parameter.name] = call.arguments[parameter.name]
    return found


def _data(model: Any, session: Session) -> None:
    data = getattr(model, "data", None)
    whole = getattr(data, "frame", None)
    if whole is not None:  # what a formula was applied to
        session.dataset(whole)
        return
    features, targets = getattr(data, "orig_exog", None), getattr(data, "orig_endog", None)
    if features is not None:
        session.dataset(features, targets=targets)
    elif targets is not None:
        session.dataset(targets)


def _metrics(results: Any) -> dict[str, float]:
    found = {}
    for name in _METRICS:
        try:
            value = getattr(results, name, None)
        except Exception as error:  # results inherit measures that they cannot compute, and compute them when asked
            log.debug("autolog: %s of %s: %s", name, type(results).__name__, error)
            continue
        if isinstance(value, Number) and not isinstance(value, bool | complex):
            found[name] = float(value)  # type: ignore[arg-type]
    return found
