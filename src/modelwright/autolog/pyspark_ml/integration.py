"""What is watched of pyspark.ml, and what is written down around it.

`fit` of an estimator is recorded, but for featurizers, which make no run of their own; those that it calls inside, in
its own threads too, belong to it. `transform` and `evaluate` later add scores to the run of their model.
"""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...core import settings
from ...core.errors import InvalidArgument
from ...core.frameworks import FRAMEWORKS
from .. import scoring
from ..integration import Call, Family, Integration, Options, Sample, Session, Watch
from . import allowed, search, stages

log = logging.getLogger(__name__)
_FEATURIZERS = "pyspark.ml.feature."
_PREDICTION = "prediction"
_ROWS = 5


class PysparkML(Integration):
    name, imports = "pyspark.ml", "pyspark"
    tested = FRAMEWORKS["spark"].tested
    pools = ("pyspark.ml.base", "pyspark.ml.classification", "pyspark.ml.tuning")

    def configure(
        self,
        log_models: bool = True,
        log_datasets: bool = True,
        disable: bool = False,
        exclusive: bool = False,
        disable_for_unsupported_versions: bool = False,
        silent: bool = False,
        log_post_training_metrics: bool = True,
        registered_model_name: str | None = None,
        log_input_examples: bool = False,
        log_model_signatures: bool = True,
        log_model_allowlist: Iterable[str] | None = None,
        extra_tags: Mapping[str, str] | None = None,
    ) -> None:
        """Record what pyspark.ml estimators train: parameters, searches, scores of evaluators, the model.

        Args:
            log_model_allowlist: Classes of models to log, such as "pyspark.ml.recommendation.ALSModel" or
                "synapse.ml.lightgbm.*", instead of those that are small as a rule. A file that names them, one a line,
                may be set as spark.mlflow.pysparkml.autolog.logModelAllowlistFile.

        Raises:
            InvalidArgument: `log_model_allowlist` is no list of names.

        >>> import modelwright
        >>> modelwright.pyspark.ml.autolog(log_models=False)
        >>> modelwright.autolog(disable=True)
        """
        given = log_model_allowlist
        if isinstance(given, str) or not all(isinstance(name, str) for name in given or ()):
            raise InvalidArgument(f"log_model_allowlist={given!r}; expected a list of class names")

    def watches(self, options: Options) -> Iterator[Watch | Family]:
        yield Watch("pyspark.ml.base:Estimator.fit", _fit)
        if options.get("log_post_training_metrics", True):
            yield Watch("pyspark.ml.base:Transformer.transform", scoring.METHODS["transform"])
            yield Watch("pyspark.ml.evaluation:Evaluator.evaluate", _evaluated)


def _fit(call: Call, session: Session) -> Any:
    estimator, data, params = (call.arguments[name] for name in ("self", "dataset", "params"))
    if stages.class_of(estimator).startswith(_FEATURIZERS):
        return
    if isinstance(params, list | tuple):
        if not session.options.get("silent"):
            log.warning("autolog: a fit with a list of %d param maps is not recorded; fit each by itself", len(params))
        return
    estimator = estimator.copy(params) if params else estimator
    names = stages.names(estimator)
    session.params(stages.params(estimator, names))
    session.tags(stages.tags(estimator))
    with session.part("estimator_info.json"):
        if info := {**stages.described(estimator, names), **search.described(estimator, names)}:
            session.artifact("estimator_info.json", json.dumps(info, indent=2, default=str))
    session.dataset(data)
    model = yield
    if not hasattr(model, "transform"):
        return
    session.belongs(model)
    if search.is_search(estimator):
        with session.part("results of the search"):
            search.results(estimator, model, names, session)
    _model(model, data, session)


def _model(model: Any, data: Any, session: Session) -> None:
    """Log the model if its class is on the list and it is not too large; else the outcome says why not."""
    if not session.options.get("log_models", True):
        return
    if lacking := allowed.lacking(model, allowed.names(session.options)):
        why = (
            f"{', '.join(lacking)} not on the list of classes that are logged; name it in log_model_allowlist=, or log "
            f"the model with spark.log_model"
        )
        session.lost("model 'model'", why)
        if not session.options.get("silent"):
            log.warning("autolog: model was not recorded: %s", why)
        return
    sample = _sample(model, data, session)
    most = settings.AUTOLOG_SPARK_BYTES.get()
    session.model(model, flavor="spark", sample=sample, max_bytes=most)
    if hasattr(model, "bestModel"):
        session.model(model.bestModel, flavor="spark", sample=sample, path="best_model", max_bytes=most)


def _sample(model: Any, data: Any, session: Session) -> Sample | None:
    """The first rows of the columns that the model reads; vectors come as lists, as pandas has no others."""
    options = session.options
    if not options.get("log_model_signatures", True) and not options.get("log_input_examples", False):
        return None
    sample = None
    with session.part("signature and example"):
        from pyspark.ml.functions import vector_to_array

        head = data.select(*[f"`{name}`" for name in _read(model, data)]).limit(_ROWS)
        rows = head
        for field in head.schema.fields:
            if type(field.dataType).__name__ == "VectorUDT":
                rows = rows.withColumn(field.name, vector_to_array(field.name))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of how Spark gets along with this pandas
            sample = Sample(rows.toPandas(), head, lambda _: _predictions(model, head))
    return sample


def _read(model: Any, data: Any) -> list[str]:
    """The columns without which the model cannot do; only plans are made, no job runs."""
    needed = []
    for name in data.columns:
        try:
            model.transform(data.drop(name))
        except Exception:  # of Spark's several kinds for a column that is missing
            needed.append(name)
    return needed


def _predictions(model: Any, rows: Any) -> Any:
    made = model.transform(rows)
    last = (getattr(model, "stages", None) or [model])[-1]
    name = _PREDICTION
    if name not in made.columns and last.hasParam("outputCol") and last.isDefined("outputCol"):
        name = last.getOrDefault("outputCol")
    return made.select(name).toPandas()[name].rename(None)


def _evaluated(call: Call, session: Session) -> Any:
    evaluator, data, params = (call.arguments[name] for name in ("self", "dataset", "params"))
    found = scoring.predictions.get(data)
    if found is None:
        return
    value = yield
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    evaluator = evaluator.copy(params) if params else evaluator
    metric = evaluator.getMetricName() if hasattr(evaluator, "getMetricName") else type(evaluator).__name__
    told = {"evaluator_class": stages.class_of(evaluator), "params": stages.plain(stages.values(evaluator))}
    evaluated = found.data()  # gone, if only `transform` was given it; then what came of it stands in
    found.scores.add(metric, float(value), found.dataset, told, data if evaluated is None else evaluated)
