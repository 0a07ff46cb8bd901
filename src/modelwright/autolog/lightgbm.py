"""LightGBM: parameters, scores per round, early stopping, feature importance, the model.

Everything comes through LightGBM's own callbacks. `lightgbm.train` records boosters; the scikit-learn classes record
themselves, and the `train` that their `fit` calls adds its parameters and rounds to the same run. `lightgbm.cv` makes
no model, and no run.

What differs from MLflow 2.16: parameters left at None are not logged, `n_estimators` is logged beside
`num_boost_round`; early stopping adds no artificial point to the metrics' curves; data sets are the tables that were
passed in, not dense copies of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .boosting import importance, metric_key, without_none
from .integration import Call, Family, Integration, Options, Sample, Session, Watch
from .origins import origin, watcher
from .rows import head
from .scoring import METHODS
from .scoring import watches as scoring_watches

_NOT_PARAMS = frozenset(
    {"params", "train_set", "valid_sets", "valid_names", "fobj", "feval", "init_model", "learning_rates", "callbacks",
     "evals_result"}
)  # fmt: skip


class LightGBM(Integration):
    name = imports = "lightgbm"
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
        registered_model_name: str | None = None,
        extra_tags: Mapping[str, str] | None = None,
    ) -> None:
        """Record what LightGBM trains: parameters, scores per round, early stopping, feature importance, the model.

        >>> import modelwright
        >>> modelwright.lightgbm.autolog(log_models=False)
        >>> modelwright.autolog(disable=True)
        """

    def watches(self, options: Options) -> Iterator[Watch | Family]:
        yield Watch("lightgbm.engine:train", _train, inside=_rounds)
        yield Watch("lightgbm.engine:cv", None)
        yield Family("lightgbm.sklearn:LGBMModel", ("fit",), _fit, _is_local)
        yield Family("lightgbm.basic:Dataset", ("__init__",), watcher("data"))
        yield from scoring_watches()


def _is_local(cls: type) -> bool:
    return not cls.__module__.startswith("lightgbm.dask")  # its parts are fitted by other processes


def _fit(call: Call, session: Session) -> Any:
    given = call.arguments
    estimator, X = given["self"], given["X"]
    session.params({"n_estimators": estimator.n_estimators})
    session.dataset(X, targets=given.get("y"))
    for number, (data, targets) in enumerate(_held_out(given)):
        name = _name(given.get("eval_names"), number, data is X and targets is given.get("y"))
        session.dataset(data, targets=targets, context="eval", name=name)
    with session.part("signature and example"):
        rows = head(X)
    yield
    session.belongs(estimator)
    session.watch(type(estimator), METHODS)
    session.model(estimator, flavor="lightgbm", sample=Sample(rows, X, estimator.predict))


def _held_out(given: Mapping[str, Any]) -> Iterable[tuple[Any, Any]]:
    """The data that `fit` evaluates on, in either spelling of LightGBM's."""
    if given.get("eval_X") is not None:
        data, targets = given["eval_X"], given["eval_y"]
        return zip(data, targets, strict=False) if isinstance(data, tuple) else [(data, targets)]
    pairs = given.get("eval_set") or []
    return [pairs] if isinstance(pairs, tuple) else pairs


def _train(call: Call, session: Session) -> Any:
    given = call.arguments
    train_set = origin(given["train_set"], getattr(given["train_set"], "data", None))
    _dataset(given["train_set"], session, "train", None)
    for number, held_out in enumerate(_listed(given["valid_sets"])):
        _dataset(held_out, session, "eval", _name(given["valid_names"], number, held_out is given["train_set"]))
    booster = yield from _rounds(call, session)
    session.belongs(booster)
    session.watch(type(booster), {"predict": METHODS["predict"]})
    sample = Sample(train_set.rows if train_set else None, predict=booster.predict)
    session.model(booster, flavor="lightgbm", sample=sample)


def _name(names: Any, number: int, training: bool) -> str:
    """What LightGBM calls the data of that number that it evaluates on."""
    named = _listed(names)
    return str(named[number]) if number < len(named) else "training" if training else f"valid_{number}"


def _listed(given: Any) -> list[Any]:
    if given is None:
        return []
    return list(given) if isinstance(given, list | tuple) else [given]


def _dataset(data: Any, session: Session, context: str, name: str | None) -> None:
    held = getattr(data, "data", None)
    found = origin(data, held)
    table = None if found is None else found.data()
    targets = getattr(data, "label", None)
    session.dataset(data if table is None else table, targets=targets, context=context, name=name)


def _rounds(call: Call, session: Session) -> Any:
    """Everything but the model itself: that belongs to whoever called."""
    given = call.arguments
    session.params(without_none(given["params"]))
    session.params(without_none({name: value for name, value in given.items() if name not in _NOT_PARAMS}))
    recorder = _Recorder(session)
    call.prepend("callbacks", recorder)  # in front: LightGBM gives the others their order by counting from the end
    booster = yield
    with session.part("early stopping"):
        if booster.best_iteration > 0:
            session.metrics({"stopped_iteration": recorder.rounds, "best_iteration": booster.best_iteration})
    for kind in ("split", "gain"):
        with session.part(f"feature importance by {kind}"):
            values = booster.feature_importance(importance_type=kind).tolist()
            importance(kind, dict(zip(booster.feature_name(), values, strict=True)), session)
    return booster


class _Recorder:
    """Hands each round's scores to the session."""

    order = -math.inf  # before all others: LightGBM asks no further once one of them has stopped the training
    before_iteration = False

    def __init__(self, session: Session) -> None:
        self.session, self.rounds = session, 0
        self.__dict__["order"] = self.order  # where LightGBM looks for it

    def __call__(self, env: Any) -> None:
        self.rounds += 1
        with self.session.part("metrics"):
            scores = {metric_key(data, name): float(value) for data, name, value, *_ in env.evaluation_result_list}
            if scores:
                self.session.metrics(scores, env.iteration)
