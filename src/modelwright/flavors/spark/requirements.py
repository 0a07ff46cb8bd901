"""The packages that Spark models need, under the names of MLflow's functions."""

from __future__ import annotations

from typing import Any

from ...models import env

CONNECT = ("torch", "scikit-learn", "torcheval")  # what models of pyspark.ml.connect compute with


def get_default_pip_requirements(is_spark_connect_model: bool = False) -> list[str]:
    """The pinned packages that every Spark model needs, before anything is inferred.

    Args:
        is_spark_connect_model: Whether it is a model of pyspark.ml.connect.
    """
    return [env.pin(name) for name in ("pyspark", *(CONNECT if is_spark_connect_model else ()))]


def get_default_conda_env(is_spark_connect_model: bool = False) -> dict[str, Any]:
    """The conda environment that `save_model` writes when nothing is given, as a dictionary.

    Args:
        is_spark_connect_model: Whether it is a model of pyspark.ml.connect.
    """
    return env.conda(get_default_pip_requirements(is_spark_connect_model))
