"""Models as functions of Spark's columns, in a real session."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

pytest.importorskip("pyspark", reason="needs Spark: run in .venv-frameworks")

import numpy as np

import modelwright as mw
from batch.inline import model
from flavors.local_spark import PANDAS, spark
from modelwright.core.errors import InvalidArgument, UntrustedModel
from modelwright.models.manifest import NAME as MANIFEST
from modelwright.models.schema import ColSpec, Schema, TensorSpec
from modelwright.models.signature import ModelSignature, infer_signature
from modelwright.pyfunc import spark_udf

pytestmark = [
    pytest.mark.filterwarnings(PANDAS),
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
    pytest.mark.filterwarnings("ignore:Integer columns .* were seen without missing values:UserWarning"),
]
FRAME = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [10.0, 20.0, 30.0]})


def rows(frame: Any, column: Any) -> list[Any]:
    return [row[0] for row in frame.select(column.alias("p")).collect()]


@pytest.fixture
def table() -> Any:
    return spark().createDataFrame(FRAME).coalesce(1)


@pytest.fixture
def sums(tmp_path: Path) -> str:
    return str(model(tmp_path / "sums", lambda data: data["a"] + data["b"], infer_signature(FRAME, [1.0])))


def test_columns_in_order_by_struct_and_by_the_signature(table: Any, sums: str) -> None:
    from pyspark.sql.functions import col, struct

    predict = spark_udf(spark(), sums)
    wanted = [11.0, 22.0, 33.0]
    assert rows(table, predict()) == wanted
    assert rows(table, predict("a", "b")) == wanted
    assert rows(table, predict(col("a"), col("b"))) == wanted
    assert rows(table, predict(struct("b", "a"))) == wanted
    assert rows(table.selectExpr("b", "a", "a as c"), predict(struct("c", "b", "a"))) == wanted
    assert predict.metadata.signature.outputs == Schema([ColSpec("double")])


def test_in_sql(table: Any, sums: str) -> None:
    spark().udf.register("added_up", spark_udf(spark(), sums))
    table.createOrReplaceTempView("pairs")
    assert [row[0] for row in spark().sql("select added_up(a, b) from pairs").collect()] == [11.0, 22.0, 33.0]


def test_a_label_with_a_dot_is_a_label(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x.y": [1.0, 2.0]})
    path = model(tmp_path / "m", lambda data: data["x.y"] * 2, infer_signature(frame, [1.0]))
    assert rows(spark().createDataFrame(frame), spark_udf(spark(), str(path))()) == [2.0, 4.0]


def test_without_a_signature_columns_are_counted(tmp_path: Path, table: Any) -> None:
    path = model(tmp_path / "m", lambda data: data["0"] * data["1"])
    predict = spark_udf(spark(), str(path))
    assert rows(table, predict("a", "b")) == [10.0, 40.0, 90.0]
    with pytest.raises(InvalidArgument, match="names no columns, so give those"):
        predict()


def test_missing_columns_are_named(table: Any, sums: str) -> None:
    from pyspark.sql.functions import struct

    wide = infer_signature(FRAME.assign(c=1.0), [1.0])
    path = model(Path(sums).parent / "wide", lambda data: data["a"], wide)
    with pytest.raises(InvalidArgument, match=r"and 2 were given; \['c'\] are missing"):
        spark_udf(spark(), str(path))("a", "b")
    with pytest.raises(Exception, match="column 'b' is missing"):
        rows(table, spark_udf(spark(), sums)(struct("a")))
    with pytest.raises(Exception, match="`c`"):
        rows(table, spark_udf(spark(), str(path))())


def test_optional_columns_are_asked_for(tmp_path: Path, table: Any) -> None:
    from pyspark.sql.functions import struct

    signature = ModelSignature(Schema([ColSpec("double", "a"), ColSpec("double", "c", required=False)]))
    predict = spark_udf(spark(), str(model(tmp_path / "m", lambda data: data["a"] + data.shape[1], signature)))
    with pytest.raises(InvalidArgument, match=r"optional columns, \['c'\]"):
        predict()
    assert rows(table, predict(struct("a"))) == [2.0, 3.0, 4.0]
    assert rows(table, predict("a")) == [2.0, 3.0, 4.0]


def test_types_of_the_result_as_objects_and_from_the_signature(tmp_path: Path, table: Any) -> None:
    from pyspark.sql.types import DoubleType, IntegerType

    both = model(tmp_path / "both", lambda data: data.rename(columns={"a": "x", "b": "y"}),
                 infer_signature(FRAME, FRAME.rename(columns={"a": "x", "b": "y"})))  # fmt: skip
    tensor = model(tmp_path / "tensor", lambda data: data.to_numpy(), infer_signature(FRAME, FRAME.to_numpy()))
    flat = model(tmp_path / "flat", lambda data: data["a"].to_numpy(), infer_signature(FRAME, FRAME["a"].to_numpy()))
    assert [tuple(row) for row in rows(table, spark_udf(spark(), str(both))())] == [(1, 10), (2, 20), (3, 30)]
    assert rows(table, spark_udf(spark(), str(tensor))()) == [[1, 10], [2, 20], [3, 30]]
    assert rows(table, spark_udf(spark(), str(flat))()) == [[1.0], [2.0], [3.0]]
    assert rows(table, spark_udf(spark(), str(flat), DoubleType())()) == [1.0, 2.0, 3.0]
    with pytest.raises(Exception, match="holds nothing that is int; it has 0: float64"):
        rows(table, spark_udf(spark(), str(flat), IntegerType())())


def test_params(tmp_path: Path, table: Any) -> None:
    signature = infer_signature(FRAME, [1.0], params={"factor": 1.0})
    path = str(model(tmp_path / "m", lambda data, factor: data["a"] * factor, signature))
    assert rows(table, spark_udf(spark(), path)()) == [1.0, 2.0, 3.0]
    assert rows(table, spark_udf(spark(), path, params={"factor": 3})()) == [3.0, 6.0, 9.0]
    with pytest.raises(InvalidArgument, match="factor"):
        spark_udf(spark(), path, params={"factor": "many"})


def test_arrays_and_structs_in(tmp_path: Path) -> None:
    frame = spark().createDataFrame(
        [([1.0, 2.0, 3.0, 4.0], {"n": 1, "l": ["x"]}), ([5.0, 6.0, 7.0, 8.0], {"n": 2, "l": ["y", "z"]})],
        "img array<double>, rec struct<n: long, l: array<string>>",
    )
    tensor = ModelSignature(Schema([TensorSpec(np.dtype("float32"), (-1, 2, 2))]))
    square = model(tmp_path / "square", lambda data: data.sum(axis=1), tensor)
    wanted = [[4.0, 6.0], [12.0, 14.0]]
    assert rows(frame, spark_udf(spark(), str(square), "array<double>")("img")) == wanted
    nested = frame.selectExpr("array(array(img[0], img[1]), array(img[2], img[3])) as img")
    assert rows(nested, spark_udf(spark(), str(square), "array<double>")("img")) == wanted
    named = infer_signature(pd.DataFrame({"rec": [{"n": 1, "l": ["x"]}]}))
    taken = model(tmp_path / "taken", lambda data: [f"{r['n']}{list(r['l'])}" for r in data["rec"]], named)
    assert rows(frame, spark_udf(spark(), str(taken), "string")("rec")) == ["1['x']", "2['y', 'z']"]


def test_structs_and_arrays_of_structs_out(tmp_path: Path, table: Any) -> None:
    def nested(data: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"m": [[[v, 0.0]] for v in data["a"]], "r": [[{"k": "x", "v": int(v)}] for v in data["a"]]})

    path = model(tmp_path / "m", nested, infer_signature(FRAME))
    predict = spark_udf(spark(), str(path), "m array<array<double>>, r array<struct<k: string, v: long>>")
    first = rows(table, predict())[0]
    assert first.asDict(recursive=True) == {"m": [[1.0, 0.0]], "r": [{"k": "x", "v": 1}]}


def test_a_prediction_for_each_row(tmp_path: Path, table: Any) -> None:
    path = model(tmp_path / "m", lambda data: [1.0], infer_signature(FRAME))
    with pytest.raises(Exception, match="was given 3 rows and returned 1 predictions"):
        rows(table, spark_udf(spark(), str(path))())


def test_an_empty_frame(table: Any, sums: str) -> None:
    assert rows(table.where("a > 99"), spark_udf(spark(), sums)()) == []


def test_environment_variables_and_configuration_reach_the_executors(tmp_path: Path, table: Any) -> None:
    class Told(mw.pyfunc.PythonModel):
        def predict(self, context: Any, model_input: Any) -> Any:
            import os

            return [f"{os.environ['WHO']} {context.model_config['k']}"] * len(model_input)

    mw.pyfunc.save_model(tmp_path / "m", python_model=Told(), model_config={"k": 1}, pip_requirements=[])
    predict = spark_udf(spark(), str(tmp_path / "m"), "string", extra_env={"WHO": "me"}, model_config={"k": 2})
    assert set(rows(table, predict("a"))) == {"me 2"}


def test_the_model_is_loaded_once_in_a_process(tmp_path: Path) -> None:
    class Counted(mw.pyfunc.PythonModel):
        def load_context(self, context: Any) -> None:
            import builtins

            builtins.loads = getattr(builtins, "loads", 0) + 1  # type: ignore[attr-defined]

        def predict(self, context: Any, model_input: Any) -> Any:
            import builtins

            return [builtins.loads] * len(model_input)  # type: ignore[attr-defined]

    mw.pyfunc.save_model(tmp_path / "m", python_model=Counted(), pip_requirements=[])
    predict = spark_udf(spark(), str(tmp_path / "m"), "long")
    frame = spark().range(4).repartition(4)
    assert rows(frame, predict("id")) == [1, 1, 1, 1]
    assert rows(frame, predict("id")) == [1, 1, 1, 1]


def test_trust_is_decided_before_executors_start(tmp_path: Path, sums: str, table: Any) -> None:
    strange = tmp_path / "strange"
    shutil.copytree(sums, strange)
    (strange / MANIFEST).unlink()
    with pytest.raises(UntrustedModel):
        spark_udf(spark(), str(strange))
    with pytest.raises(UntrustedModel):
        spark_udf(spark(), sums, trust=False)
    assert rows(table, spark_udf(spark(), str(strange), trust=True)()) == [11.0, 22.0, 33.0]


@pytest.mark.parametrize("options", [{"env_manager": "conda"}, {"prebuilt_env_uri": "x"}])
def test_other_environments_are_refused(options: dict[str, Any], sums: str) -> None:
    with pytest.raises(InvalidArgument, match="is not offered: the executors' own environment predicts"):
        spark_udf(spark(), sums, **options)


CLUSTER = """
import shutil, sys
from pyspark.sql import SparkSession
import modelwright as mw

builder = SparkSession.builder.master("local-cluster[2,1,512]").config("spark.ui.enabled", "false")
for name, value in {"driver.host": "127.0.0.1", "executor.memory": "512m", "log.level": "OFF"}.items():
    builder = builder.config(f"spark.{name}", value)
spark = builder.getOrCreate()
predict = mw.pyfunc.spark_udf(spark, sys.argv[1])
shutil.rmtree(sys.argv[1])
frame = spark.createDataFrame([(1.0, 10.0), (2.0, 20.0)] * 4, "a double, b double").repartition(4)
print(sorted(row[0] for row in frame.select(predict()).collect()))
spark.stop()
"""


def test_on_a_cluster(sums: str) -> None:
    """Two executors, each a process of its own: the model comes through Spark's own distribution of files."""
    import pyspark

    home = {
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_HOME": str(Path(pyspark.__file__).parent),
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    command = [sys.executable, "-W", "ignore", "-c", CLUSTER, sums]
    done = subprocess.run(command, env={**os.environ, **home}, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1:] == [str([11.0] * 4 + [22.0] * 4)], done.stderr[-3000:]
