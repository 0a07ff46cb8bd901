"""XGBoost: parameters, evaluation metrics per round, early stopping, feature importance, the model.

Everything comes through XGBoost's own `TrainingCallback`. `xgboost.train` records boosters; the scikit-learn classes
record themselves, and the `train` that their `fit` calls adds its parameters and rounds to the same run.

What differs from MLflow 2.16: parameters left at None are not logged (it writes some thirty of them as the text
"None"), `n_estimators` is logged beside `num_boost_round`; early stopping adds no artificial point to the metrics'
curves; data sets are the tables that were passed in, not dense copies of them.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..core.errors import InvalidArgument
from . import plots
from .boosting import metric_key, without_none
from .integration import Call, Family, Integration, Options, Sample, Session, Watch
from .origins import origin, watcher
from .rows import head
from .scoring import METHODS
from .scoring import watches as scoring_watches

_FORMATS = ("xgb", "ubj", "json")
_IMPORTANCE = ("weight", "gain", "cover", "total_gain", "total_cover")
_NOT_PARAMS = frozenset(
    {"params", "dtrain", "evals", "obj", "feval", "evals_result", "xgb_model", "callbacks", "learning_rates"}
)


class XGBoost(Integration):
    name = imports = "xgboost"
    pools = ("sklearn.utils.parallel",)

    def configure(
        self,
        importance_types: list[str] | None = None,
        log_input_examples: bool = False,
        log_model_signatures: bool = True,
        log_models: bool = True,
        log_datasets: bool = True,
        disable: bool = False,
        exclusive: bool = False,
        disable_for_unsupported_versions: bool = False,
        silent: bool = False,
        registered_model_name: str | None = None,
        model_format: str = "xgb",
        extra_tags: Mapping[str, str] | None = None,
    ) -> None:
        """Record what XGBoost trains: parameters, scores per round, early stopping, feature importance, the model.

        Args:
            importance_types: Kinds of feature importance, each a JSON file and a chart: "weight" (when left out),
                "gain", "cover", "total_gain", "total_cover".
            model_format: "xgb", "ubj" or "json".

        Raises:
            InvalidArgument: There is no such `model_format`, or no such importance type.

        >>> import modelwright
        >>> modelwright.xgboost.autolog(log_models=False)
        >>> modelwright.autolog(disable=True)
        """
        if model_format not in _FORMATS:
            raise InvalidArgument(f"model_format={model_format!r}; there are {', '.join(_FORMATS)}")
        if isinstance(importance_types, str) or set(importance_types or ()) - set(_IMPORTANCE):
            raise InvalidArgument(f"importance_types={importance_types!r}; expected a list of {', '.join(_IMPORTANCE)}")

    def watches(self, options: Options) -> Iterator[Watch | Family]:
        yield Watch("xgboost.training:train", _train, inside=_rounds)
        yield Family("xgboost.sklearn:XGBModel", ("fit",), _fit)
        yield Family("xgboost.core:DMatrix", ("__init__",), watcher("data"))
        yield from scoring_watches()


def _fit(call: Call, session: Session) -> Any:
    estimator, X = call.arguments["self"], call.arguments["X"]
    with session.part("param 'n_estimators'"):
        session.params(without_none({"n_estimators": _trees(estimator)}))
    session.dataset(X, targets=call.arguments.get("y"))
    for number, held_out in enumerate(call.arguments.get("eval_set") or ()):
        session.dataset(held_out[0], targets=held_out[1], context="eval", name=f"validation_{number}")
    with session.part("signature and example"):
        rows = head(X)
    yield
    session.belongs(estimator)
    session.watch(type(estimator), METHODS)
    sample = Sample(rows, X, getattr(estimator, "predict", None))
    session.model(estimator, flavor="xgboost", sample=sample, model_format=session.options["model_format"])


def _trees(estimator: Any) -> int | None:
    """`n_estimators` as it counts; a forest's default is only known to the forest."""
    if estimator.n_estimators is not None or "RF" in type(estimator).__name__:
        return estimator.n_estimators  # type: ignore[no-any-return]
    return estimator.get_num_boosting_rounds()  # type: ignore[no-any-return]


def _train(call: Call, session: Session) -> Any:
    given = call.arguments
    for data, context, name in [(given["dtrain"], "train", None), *((d, "eval", n) for d, n in given["evals"] or ())]:
        known = origin(data)
        original = known.data() if known else None
        session.dataset(data if original is None else original, context=context, name=name)
    booster = yield from _rounds(call, session)
    session.belongs(booster)
    session.watch(type(booster), {"predict": METHODS["predict"], "inplace_predict": METHODS["predict"]})
    known = origin(given["dtrain"])
    sample = Sample(known.rows if known else None, predict=functools.partial(_predict, booster))
    session.model(booster, flavor="xgboost", sample=sample, model_format=session.options["model_format"])


def _rounds(call: Call, session: Session) -> Any:
    """Everything but the model itself: that belongs to whoever called."""
    given = call.arguments
    session.params(without_none(dict(given["params"])))
    session.params(without_none({name: value for name, value in given.items() if name not in _NOT_PARAMS}))
    recorder = _recorder(session)
    call.prepend("callbacks", recorder)  # in front: xgboost asks no further once a callback has stopped the training
    booster = yield
    recorder.finish()
    _early_stopping(booster, recorder.rounds, session)
    for kind in session.options["importance_types"] or ["weight"]:
        with session.part(f"feature importance by {kind}"):
            _importance(booster, kind, session)
    return booster


def _recorder(session: Session) -> Any:
    base = _recorder_base()

    class Recorder(base):  # type: ignore[misc, valid-type]
        """Hands each round's scores to the session."""

        rounds = 0
        scores: Mapping[str, Mapping[str, list[float]]] = {}

        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            self.scores = evals_log
            self.catch_up(epoch + 1)
            return False

        def finish(self) -> None:
            """Before XGBoost 2.1 callbacks came in any order, and one that stopped the training kept the others out."""
            self.catch_up(max((len(h) for scores in self.scores.values() for h in scores.values()), default=0))

        def catch_up(self, rounds: int) -> None:
            with session.part("metrics"):
                for step in range(self.rounds, rounds):
                    self.rounds = step + 1
                    session.metrics(
                        {
                            metric_key(data, metric): float(history[step])
                            for data, scores in self.scores.items()
                            for metric, history in scores.items()
                        },
                        step,
                    )

    return Recorder()


def _recorder_base() -> type:
    from xgboost.callback import TrainingCallback

    return TrainingCallback  # type: ignore[no-any-return]


def _early_stopping(booster: Any, rounds: int, session: Session) -> None:
    with session.part("early stopping"):
        best = booster.attr("best_iteration")
        if best is not None:
            session.metrics({"stopped_iteration": rounds - 1, "best_iteration": int(best)})


def _importance(booster: Any, kind: str, session: Session) -> None:
    scores = booster.get_score(importance_type=kind)
    session.artifact(f"feature_importance_{kind}.json", json.dumps(scores))
    if scores:
        picture = plots.bars(f"Feature importance ({kind})", {name: _total(value) for name, value in scores.items()})
        session.artifact(f"feature_importance_{kind}.png", picture)


def _total(value: Any) -> float:
    return sum(map(abs, value)) if isinstance(value, (list, tuple)) else float(value)  # gblinear: one per class


def _predict(booster: Any, rows: Any) -> Any:
    from xgboost import DMatrix

    categorical = any(str(kind) == "category" for kind in getattr(rows, "dtypes", ()))
    return booster.predict(DMatrix(rows, enable_categorical=categorical))
