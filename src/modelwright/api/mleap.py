"""What is left of MLflow's mleap flavor: names that say it is retired, and what to do instead."""

from __future__ import annotations

from typing import Any

from ..core.absent import RETIRED
from ..core.errors import InvalidArgument

__all__ = ["FLAVOR_NAME", "add_to_model", "log_model", "save_model"]

FLAVOR_NAME = "mleap"


def log_model(
    spark_model: Any = None,
    sample_input: Any = None,
    artifact_path: str | None = None,
    registered_model_name: str | None = None,
    signature: Any = None,
    input_example: Any = None,
    metadata: Any = None,
) -> None:
    """Not possible any more; the error says what to do instead.

    Args:
        spark_model: Not looked at.
        sample_input: Not looked at.
        artifact_path: Not looked at.
        registered_model_name: Not looked at.
        signature: Not looked at.
        input_example: Not looked at.
        metadata: Not looked at.

    Raises:
        InvalidArgument: Always.
    """
    raise _retired("mlflow.mleap.log_model")


def save_model(
    spark_model: Any = None,
    sample_input: Any = None,
    path: str | None = None,
    mlflow_model: Any = None,
    signature: Any = None,
    input_example: Any = None,
    metadata: Any = None,
) -> None:
    """Not possible any more; the error says what to do instead.

    Args:
        spark_model: Not looked at.
        sample_input: Not looked at.
        path: Not looked at.
        mlflow_model: Not looked at.
        signature: Not looked at.
        input_example: Not looked at.
        metadata: Not looked at.

    Raises:
        InvalidArgument: Always.
    """
    raise _retired("mlflow.mleap.save_model")


def add_to_model(
    mlflow_model: Any = None, path: str | None = None, spark_model: Any = None, sample_input: Any = None
) -> None:
    """Not possible any more; the error says what to do instead.

    Args:
        mlflow_model: Not looked at.
        path: Not looked at.
        spark_model: Not looked at.
        sample_input: Not looked at.

    Raises:
        InvalidArgument: Always.
    """
    raise _retired("mlflow.mleap.add_to_model")


def _retired(name: str) -> InvalidArgument:
    return InvalidArgument(f"{name} is not possible: {RETIRED['mleap']}")
