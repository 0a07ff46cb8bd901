"""A model as a function of Spark's columns."""

from __future__ import annotations

import functools
import json
import logging
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Union

from ..core.errors import InvalidArgument
from ..core.frameworks import require
from ..models import enforce
from ..models.mlmodel import Model
from ..models.schema import Schema
from . import spark_models, spark_results

log = logging.getLogger(__name__)


def spark_udf(
    spark: Any,
    root: Path,
    *,
    trusted: bool,
    result_type: Any = None,
    params: Mapping[str, Any] | None = None,
    config: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Callable[..., Any]:
    """A pandas UDF that predicts with the model in a directory.

    Args:
        spark: The session.
        root: The model directory.
        trusted: Whether loading it may run code.
        result_type: Spark's type of the result, or its name; the signature's output decides where it is None.
        params: Parameters of `predict`.
        config: New values for keys of the configuration it was saved with.
        environment: Environment variables of the Python processes.
    """
    import pandas as pd

    functions = require("spark", "pyspark.sql.functions")
    meta = Model.load(root)
    signature = meta.signature
    if result_type is None and (signature is None or signature.outputs is None):
        log.info("spark_udf: the model's signature names no output, so its result_type is double")
    type_ = spark_results.result_type(result_type, signature.outputs if signature else None)
    if params is not None:
        params = enforce.enforce_params(params, signature.params if signature else None)
    path, archived = _where(spark, root)
    scoring = spark_models.Scoring(
        path, archived, trusted, type_, params, json.dumps(config) if config else None, dict(environment or {})
    )

    def predict(batches: Iterator[Any]) -> Iterator[Any]:
        return spark_models.scored(scoring, batches)

    # Spark tells the kind of function by annotations that are types, as those of this file are not, and of this form.
    made: Any = pd.DataFrame if type(type_).__name__ == "StructType" else pd.Series
    column = Union[pd.Series, pd.DataFrame]  # noqa: UP007
    predict.__annotations__ = {"batches": Iterator[tuple[column, ...]], "return": Iterator[made]}
    udf = functions.pandas_udf(predict, returnType=type_)
    inputs = signature.inputs if signature is not None else None

    @functools.wraps(udf)
    def called(*columns: Any) -> Any:
        return udf(*(columns if _enough(columns, inputs) else [functions.col(f"`{name}`") for name in _names(inputs)]))

    called.metadata = meta  # type: ignore[attr-defined]
    return called


def _enough(columns: tuple[Any, ...], inputs: Schema | None) -> bool:
    """Whether the columns that were given will do; False where none was. A single one may be a struct of all."""
    if not columns or inputs is None or len(columns) == 1 or not inputs.has_input_names():
        return bool(columns)
    if lacking := inputs.required_input_names()[len(columns) :]:
        raise InvalidArgument(
            f"The model takes the columns {inputs.input_names()}, in that order, and {len(columns)} were given; "
            f"{lacking} are missing. Give them, or a struct of columns with these names"
        )
    return True


def _names(inputs: Schema | None) -> list[Any]:
    """The columns to take where none is given."""
    if inputs is None or not inputs.has_input_names():
        raise InvalidArgument(
            "The model's signature names no columns, so give those to predict from: predict('a', 'b'), or "
            "predict(struct('a', 'b'))"
        )
    if optional := inputs.optional_input_names():
        raise InvalidArgument(
            f"The model's signature has optional columns, {optional}, so give those that the frame has, as a struct: "
            f"predict(struct('a', 'b'))"
        )
    return inputs.input_names()


def _where(spark: Any, root: Path) -> tuple[str, bool]:
    """Where executors find the model: where it is, on one machine; else in an archive that Spark brings to them."""
    if type(spark).__module__.startswith("pyspark.sql.connect"):
        raise InvalidArgument(
            "Spark Connect cannot bring a model to executors; use a session with a context of its own"
        )
    context = spark.sparkContext
    if context.master.partition("[")[0] == "local":
        return str(root.absolute()), False
    folder = Path(tempfile.mkdtemp(prefix="modelwright-udf-"))
    name = f"modelwright-{uuid.uuid4().hex}"
    archive = shutil.make_archive(str(folder / name), "zip", root)
    context.addFile(archive)
    return Path(archive).name, True
