"""A model as a function of Spark's columns: `mlflow.pyfunc.spark_udf`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..batch import decision
from ..batch import spark_udf as batch
from ..core.errors import InvalidArgument
from ..tracking import resolve


def spark_udf(
    spark: Any,
    model_uri: str,
    result_type: Any = None,
    env_manager: str | None = None,
    params: Mapping[str, Any] | None = None,
    extra_env: Mapping[str, str] | None = None,
    prebuilt_env_uri: str | None = None,
    model_config: Mapping[str, Any] | None = None,
    *,
    trust: bool | None = None,
) -> Callable[..., Any]:
    """A Spark UDF that predicts with a model: `frame.withColumn("p", predict("a", "b"))`.

    Called with columns it takes them in the signature's order, called with one struct it takes that one's fields by
    their names, and called with nothing it takes the columns that the signature names.

    Args:
        spark: The session.
        model_uri: As in `load_model`.
        result_type: The type of the result: "int", "long", "float", "double", "string", "boolean", an array of one such
            as "array<double>", a struct such as "label string, score double", or one of pyspark's types. Without it the
            signature's output decides; where it says nothing, double.
        env_manager: "local", the environment of the executors; no other is offered.
        params: Parameters of `predict`.
        extra_env: Environment variables for the executors' Python.
        prebuilt_env_uri: Taken for MLflow's sake; an archive of an environment is not offered.
        model_config: New values for keys of the configuration the model was saved with.
        trust: True to allow code from the model to run, False to refuse it; None leaves it to MODELWRIGHT_TRUST. It is
            decided here, and handed to the executors.

    Raises:
        InvalidArgument: Another environment, a result type that is not offered, or columns that are missing.
        UntrustedModel: Loading would run code that nobody allowed.
    """
    if env_manager not in (None, "local"):
        raise InvalidArgument(
            f"env_manager={env_manager!r} is not offered: the executors' own environment predicts; install there what "
            f"get_model_dependencies(model_uri) lists, and pass env_manager='local'"
        )
    if prebuilt_env_uri is not None:
        raise InvalidArgument("prebuilt_env_uri is not offered: the executors' own environment predicts; leave it out")
    found = resolve.local_path(model_uri)
    trusted = decision.trusted(found.path, origin=found.origin, trust=trust)
    return batch.spark_udf(
        spark, found.path, trusted=trusted, result_type=result_type, params=params, config=model_config,
        environment=extra_env,
    )  # fmt: skip
