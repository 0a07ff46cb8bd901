"""scikit-learn: parameters, training scores, plots, searches, the model.

Estimators are watched where they define `fit`, `fit_transform` or `fit_predict`: those that are imported, and later
ones as they are defined, the user's own included. Data preparation (preprocessing, imputing, feature extraction and
selection, column transformers, and transformers from elsewhere that do not predict) makes no run of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..core.errors import InvalidArgument
from . import INTEGRATIONS
from .integration import Call, Family, Integration, Options, Sample, Session, Watch
from .rows import head
from .scoring import METHODS
from .scoring import watches as scoring_watches
from .sklearn_metrics import training
from .sklearn_search import is_search, search

_PREPARATION = (
    "sklearn.preprocessing", "sklearn.impute", "sklearn.feature_extraction", "sklearn.feature_selection",
    "sklearn.compose._column_transformer",
)  # fmt: skip
_FORMATS = ("cloudpickle", "pickle", "skops")
_PAGE = """<!DOCTYPE html>
<html lang="en">
  <head><meta charset="UTF-8"/></head>
  <body>
{}
  </body>
</html>
"""


class Sklearn(Integration):
    name = imports = "sklearn"
    pools = ("sklearn.utils.parallel",)

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
        max_tuning_runs: int | None = 5,
        log_post_training_metrics: bool = True,
        serialization_format: str = "cloudpickle",
        registered_model_name: str | None = None,
        pos_label: Any = None,
        extra_tags: Mapping[str, str] | None = None,
    ) -> None:
        """Record what scikit-learn trains: parameters, training scores, plots, searches, the model, and later scores.

        Args:
            max_tuning_runs: How many of a search's best candidates become child runs; None for all.
            serialization_format: "cloudpickle", "pickle" or "skops".
            pos_label: The positive label of precision, recall and F1; weighted over the labels when left out.

        Raises:
            InvalidArgument: `max_tuning_runs` is no whole number from 0, or there is no such `serialization_format`.

        >>> import modelwright
        >>> modelwright.sklearn.autolog(log_models=False)
        >>> modelwright.autolog(disable=True)
        """
        if max_tuning_runs is not None and (not isinstance(max_tuning_runs, int) or max_tuning_runs < 0):
            raise InvalidArgument(
                f"max_tuning_runs={max_tuning_runs!r}; expected a whole number from 0, or None for all"
            )
        if serialization_format not in _FORMATS:
            raise InvalidArgument(f"serialization_format={serialization_format!r}; there are {', '.join(_FORMATS)}")

    def watches(self, options: Options) -> Iterator[Watch | Family]:
        yield Family("sklearn.base:BaseEstimator", ("fit", "fit_transform", "fit_predict"), _fit, _is_model)
        if options.get("log_post_training_metrics", True):
            yield from scoring_watches()


def _is_model(cls: type) -> bool:
    package = cls.__module__.partition(".")[0]
    if package in INTEGRATIONS and package != "sklearn":
        return False  # it has an integration of its own
    if any(base.__module__.startswith(_PREPARATION) for base in cls.__mro__):
        return False
    return package == "sklearn" or hasattr(cls, "predict") or not hasattr(cls, "transform")


def _fit(call: Call, session: Session) -> Any:
    estimator, *given = call.arguments.values()
    X, y = (*given, None, None)[:2]
    weight = call.arguments.get("sample_weight")
    searching = is_search(estimator)
    session.params(estimator.get_params(deep=not searching))
    session.tags(describe(estimator))
    session.dataset(X, targets=y)
    with session.part("signature and example"):
        rows = head(X)
    yield
    session.belongs(estimator)
    if session.options.get("log_post_training_metrics", True):
        session.watch(type(estimator), METHODS)
    if y is not None:
        training(estimator, X, y, weight, session)
    with session.part("estimator.html"):
        session.artifact("estimator.html", _page(estimator))
    sample = Sample(rows, X)
    how = {"serialization_format": session.options.get("serialization_format", "cloudpickle")}
    session.model(estimator, flavor="sklearn", sample=sample, **how)
    if searching:
        best = getattr(estimator, "best_estimator_", None)
        if best is not None:
            session.belongs(best)
            session.model(best, flavor="sklearn", sample=sample, path="best_estimator", **how)
        search(estimator, describe(estimator.estimator), session)


def describe(estimator: Any) -> dict[str, str]:
    cls = type(estimator)
    return {"estimator_name": cls.__name__, "estimator_class": f"{cls.__module__}.{cls.__name__}"}


def _page(estimator: Any) -> str:
    from sklearn.utils import estimator_html_repr

    return _PAGE.format(estimator_html_repr(estimator))
