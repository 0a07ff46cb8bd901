"""Spark functions of the same models as one side: `python -m stock.udf write|read ours|stock FOLDER`.

`write` leaves FOLDER/<model>; `read` prints {model: {call: [type, values] or an error}}.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from . import driver

FRAME = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [10.0, 20.0, 30.0]})
FUNCTIONS: dict[str, Any] = {
    "flat": lambda data: data["a"].to_numpy() * 2,
    "listed": lambda data: (data["a"] + data["b"]).tolist(),
    "texts": lambda data: [f"{a}/{b}" for a, b in zip(data["a"], data["b"], strict=True)],
    "frame": lambda data: pd.DataFrame(
        {"s": ["u", "v", "w"][: len(data)], "x": data["a"], "n": [1, 2, 3][: len(data)]}
    ),
    "named": lambda data: {"x": data["a"].to_numpy(), "n": np.array([1, 2, 3])[: len(data)]},
    "truths": lambda data: data["a"].to_numpy() > 1.5,
}


# How each is called: the result type, and the columns.
CALLS: dict[str, list[tuple[str | None, str]]] = {
    "flat": [(None, "columns"), ("int", "columns"), ("array<double>", "columns")],
    "listed": [(None, "struct"), (None, "none")],
    "texts": [(None, "columns")],
    "frame": [(None, "columns"), ("string", "columns"), ("n long", "columns")],
    "named": [(None, "columns")],
    "truths": [("boolean", "columns")],
    "bare": [("double", "columns"), (None, "none")],
}


def write(m: Any, folder: Path) -> None:
    for name, function in FUNCTIONS.items():
        signature = m.models.infer_signature(FRAME, function(FRAME))
        m.pyfunc.save_model(
            str(folder / name), python_model=_model(m, function), signature=signature, pip_requirements=[]
        )
    m.pyfunc.save_model(str(folder / "bare"), python_model=_model(m, lambda data: data["0"]), pip_requirements=[])


def _model(m: Any, function: Any) -> Any:
    class Model(m.pyfunc.PythonModel):
        def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]
            return function(model_input)

    return Model()


def read(m: Any, folder: Path) -> dict[str, dict[str, Any]]:
    from pyspark.sql import SparkSession
    from pyspark.sql.functions import struct

    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    spark = builder.config("spark.driver.host", "127.0.0.1").getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    frame = spark.createDataFrame(FRAME).coalesce(1)
    columns: dict[str, tuple[Any, ...]] = {"columns": ("a", "b"), "struct": (struct("b", "a"),), "none": ()}
    return {
        name: {
            f"{given} of {how}": _called(m, spark, frame, str(folder / name), given, columns[how])
            for given, how in calls
        }
        for name, calls in CALLS.items()
    }


def _called(m: Any, spark: Any, frame: Any, path: str, given: str | None, columns: tuple[Any, ...]) -> Any:
    try:
        made = frame.select(m.pyfunc.spark_udf(spark, path, given)(*columns).alias("p"))
        return [made.schema["p"].dataType.simpleString(), [_plain(row[0]) for row in made.collect()]]
    except Exception as error:
        return {"error": str(error).strip().splitlines()[-1]}


def _plain(value: Any) -> Any:
    return value.asDict(recursive=True) if hasattr(value, "asDict") else value


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    os.environ["MODELWRIGHT_TRUST"] = "all"  # as under MLflow
    action, name, folder = sys.argv[1:]
    if action == "write":
        write(driver.side(name), Path(folder))
    else:
        print(json.dumps(read(driver.side(name), Path(folder))))
