"""CatBoost: parameters, scores per iteration, early stopping, feature importance, the model.

MLflow has no autologging of CatBoost, in any version; what is recorded here has the names that it gives to the same
things of XGBoost and LightGBM. Every way to train ends in a model's `fit`: `catboost.train`, `grid_search`, pipelines.
`catboost.cv` makes no run.

Scores come through CatBoost's own callbacks, and once more, complete, from the fitted model. CatBoost hands a callback
all the scores so far, each time: a thousand iterations take a second longer with one, three thousand twenty. So long
trainings, and those on a GPU, which allows no callbacks, get their scores at the end, unless they have a callback
already.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .boosting import importance, metric_key, without_none
from .integration import Call, Family, Integration, Options, Sample, Session, Watch
from .origins import Origin, origin, watcher
from .scoring import METHODS
from .scoring import watches as scoring_watches

_LIVE = 500  # iterations up to which a callback costs nothing to speak of
_FIT_PARAMS = (
    "cat_features", "text_features", "embedding_features", "use_best_model", "verbose", "verbose_eval", "silent",
    "logging_level", "metric_period", "early_stopping_rounds", "save_snapshot", "snapshot_interval",
)  # fmt: skip
_IMPORTANCE = "PredictionValuesChange"  # the one kind that needs no data, and means the same for every loss


class CatBoost(Integration):
    name = imports = "catboost"
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
        """Record what CatBoost trains: parameters, scores per iteration, early stopping, feature importance, the model.

        >>> import modelwright
        >>> modelwright.catboost.autolog(log_models=False)
        >>> modelwright.autolog(disable=True)
        """

    def watches(self, options: Options) -> Iterator[Watch | Family]:
        yield Family("catboost.core:CatBoost", ("fit",), _fit)
        yield Family("catboost.core:Pool", ("__init__",), watcher("data"))
        yield from scoring_watches()


def _fit(call: Call, session: Session) -> Any:
    given = call.arguments
    model = given["self"]
    own = {**without_none(model.get_params()), **without_none({name: given.get(name) for name in _FIT_PARAMS})}
    session.params(own)
    rows = _datasets(given, session)
    curves = _Curves(session)
    if _live(model, given):
        call.prepend("callbacks", curves)  # in front: CatBoost asks no further once one has stopped the training
    yield
    with session.part("params that CatBoost chose"):
        session.params(_chosen(model, own))
    with session.part("metrics"):
        curves.write(model.evals_result_ or {}, curves.steps(model, given))
        if model.best_iteration_ is not None:
            session.metrics({"stopped_iteration": curves.rounds - 1, "best_iteration": model.best_iteration_})
    with session.part(f"feature importance by {_IMPORTANCE}"):
        values = model.get_feature_importance(type=_IMPORTANCE).tolist()
        importance(_IMPORTANCE, dict(zip(model.feature_names_, values, strict=True)), session)
    session.belongs(model)
    session.watch(type(model), METHODS)
    data = given["X"] if rows is not None and hasattr(given["X"], "iloc") else None
    session.model(model, flavor="catboost", sample=Sample(rows, data, model.predict))


def _chosen(model: Any, own: Mapping[str, Any]) -> dict[str, Any]:
    """What CatBoost set itself; numbers as they would be typed, for it keeps them in four bytes."""
    every = {name: value for name, value in model.get_all_params().items() if not isinstance(value, dict)}
    return {
        name: float(f"{value:.7g}") if isinstance(value, float) else value
        for name, value in every.items()
        if name not in own
    }


def _datasets(given: Mapping[str, Any], session: Session) -> Any:
    """Describe the data of the training and of the evaluation; the first rows of the former."""
    X = given["X"]
    _dataset(X, given.get("y"), session, "train", None)
    sets = _evaluated(given.get("eval_set"))
    for number, held_out in enumerate(sets):
        data, targets = held_out if isinstance(held_out, tuple | list) and len(held_out) == 2 else (held_out, None)
        _dataset(data, targets, session, "eval", "validation" if len(sets) == 1 else f"validation_{number}")
    with session.part("signature and example"):
        found = _origin(X)
        return None if found is None else found.rows


def _evaluated(given: Any) -> list[Any]:
    if given is None:
        return []
    return given if isinstance(given, list) else [given]


def _dataset(data: Any, targets: Any, session: Session, context: str, name: str | None) -> None:
    found = _origin(data)
    table = None if found is None else found.data()
    if targets is None and _is_pool(data):
        targets = data.get_label()
    session.dataset(data if table is None else table, targets=targets, context=context, name=name)


def _is_pool(data: Any) -> bool:
    return type(data).__name__ == "Pool"


def _origin(data: Any) -> Origin | None:
    return origin(data) if _is_pool(data) else origin(None, data)


def _live(model: Any, given: Mapping[str, Any]) -> bool:
    """Whether the scores are written as they come."""
    if "callbacks" not in given or str(model.get_param("task_type") or "CPU").upper() != "CPU":
        return False
    return bool(given["callbacks"]) or _iterations(model) <= _LIVE


def _iterations(model: Any) -> int:
    """How many were asked for, by any of their names; a thousand is CatBoost's default."""
    names = ("iterations", "n_estimators", "num_boost_round", "num_trees")
    return next((int(value) for name in names if (value := model.get_param(name)) is not None), 1000)


class _Curves:
    """The scores so far, each of which goes to the session once."""

    def __init__(self, session: Session) -> None:
        self.session, self.rounds = session, 0
        self._written: dict[str, int] = {}

    def after_iteration(self, info: Any) -> bool:
        """CatBoost's call; what it gives says whether to go on."""
        with self.session.part("metrics"):
            self.rounds = info.iteration
            self.write(info.metrics, lambda length: range(self.rounds - length, self.rounds))
        return True

    def write(self, scores: Mapping[str, Mapping[str, list[float]]], steps: Any) -> None:
        """Write the points that were not written yet; `steps` gives the steps of a curve of that length."""
        fresh: dict[int, dict[str, float]] = {}
        for data, metrics in scores.items():
            for metric, values in metrics.items():
                key = metric_key(data, metric)
                known = self._written.get(key, 0)
                self._written[key] = len(values)
                for step, value in zip(steps(len(values))[known:], values[known:], strict=True):
                    fresh.setdefault(step, {})[key] = float(value)
        for step, together in sorted(fresh.items()):
            self.session.metrics(together, step)

    def steps(self, model: Any, given: Mapping[str, Any]) -> Any:
        """Which steps the points of a curve stand for: every one, or each of a period and the last."""
        lengths = [len(values) for metrics in (model.evals_result_ or {}).values() for values in metrics.values()]
        period = int(given.get("metric_period") or model.get_param("metric_period") or 1)
        every = model.get_all_params()
        if not self.rounds:  # no callback counted them; an overfitting detector has scores of each
            detects = every.get("od_type") is not None or period == 1
            self.rounds = max(lengths, default=0) if detects else int(every["iterations"])
        rounds = self.rounds

        def of(length: int) -> list[int]:
            return list(range(length)) if length == rounds else [*range(0, rounds - 1, period), rounds - 1][:length]

        return of
