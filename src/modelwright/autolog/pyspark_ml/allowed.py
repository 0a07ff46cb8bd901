"""Which models are logged: those whose classes are small as a rule, or those that the user lists."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from ..integration import Options
from .stages import class_of, values

log = logging.getLogger(__name__)
_CONF = "spark.mlflow.pysparkml.autolog.logModelAllowlistFile"
# MLflow 2.16 logs models of these classes, and no others: a recommender or a topic model may be as large as its data.
_DEFAULT = {
    "pyspark.ml.classification": (
        "DecisionTreeClassification GBTClassification LinearSVC LogisticRegression NaiveBayes OneVsRest "
        "RandomForestClassification"
    ),
    "pyspark.ml.clustering": "BisectingKMeans GaussianMixture KMeans",
    "pyspark.ml.feature": (
        "BucketedRandomProjectionLSH ChiSqSelector CountVectorizer IDF Imputer MaxAbsScaler MinHashLSH MinMaxScaler "
        "OneHotEncoder RFormula RobustScaler StandardScaler StringIndexer UnivariateFeatureSelector "
        "VarianceThresholdSelector VectorIndexer"
    ),
    "pyspark.ml.pipeline": "Pipeline",
    "pyspark.ml.regression": (
        "AFTSurvivalRegression DecisionTreeRegression GBTRegression GeneralizedLinearRegression LinearRegression "
        "RandomForestRegression"
    ),
    "pyspark.ml.tuning": "CrossValidator TrainValidationSplit",
}
_SYNAPSE = (
    "cognitive", "exploratory", "featurize", "geospatial", "image", "io", "isolationforest", "lightgbm", "nn",
    "opencv", "stages", "vw",
)  # fmt: skip
DEFAULT = frozenset(
    [f"{module}.{name}Model" for module, listed in _DEFAULT.items() for name in listed.split()]
    + [f"synapse.ml.{package}.*" for package in _SYNAPSE]
)


def names(options: Options) -> frozenset[str]:
    """The list in force: the option's, that of the file which Spark's configuration names, or the default."""
    if given := options.get("log_model_allowlist"):
        return frozenset(name.strip() for name in given)
    file = _configured()
    if not file:
        return DEFAULT
    try:
        return frozenset(_names_in(_read(file)))
    except Exception as error:
        if not options.get("silent"):
            log.warning("autolog: %s=%r cannot be read, so the default list counts: %s", _CONF, file, error)
        return DEFAULT


def lacking(model: Any, listed: frozenset[str]) -> list[str]:
    """The classes of a model and of the models inside it that are not listed."""
    name, found = class_of(model), []
    if not (name in listed or any(one.endswith("*") and name.startswith(one[:-1]) for one in listed)):
        found.append(name)
    for inner in _inside(model):
        found += lacking(inner, listed)
    return list(dict.fromkeys(found))


def _inside(model: Any) -> Iterable[Any]:
    """The models in a model. Transformers are not models: they hold settings only."""
    if hasattr(model, "stages"):
        return [stage for stage in model.stages if _is_model(stage)]
    if hasattr(model, "bestModel"):
        return [model.bestModel]
    if type(model).__name__ == "OneVsRestModel":
        return list(model.models)[:1]
    return [value for value in values(model).values() if _is_model(value)]


def _is_model(thing: Any) -> bool:
    return any((cls.__module__, cls.__name__) == ("pyspark.ml.base", "Model") for cls in type(thing).__mro__)


def _configured() -> str | None:
    from pyspark import SparkContext

    context = SparkContext._active_spark_context
    return None if context is None else context.getConf().get(_CONF)


def _read(file: str) -> str:
    if urlsplit(file).scheme in ("http", "https"):
        from urllib.request import urlopen  # needs half the standard library

        with urlopen(file, timeout=10) as answer:
            return str(answer.read().decode())
    with open(urlsplit(file).path if file.startswith("file:") else file, encoding="utf-8") as text:
        return text.read()


def _names_in(text: str) -> Iterable[str]:
    lines = (line.strip() for line in text.splitlines())
    return (line for line in lines if line and not line.startswith("#"))
