"""Spark frames as the inputs of runs."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

pytest.importorskip("pyspark")

import modelwright
from flavors.local_spark import LABELS, PANDAS, ROWS, spark, table
from modelwright.core.errors import InvalidArgument
from modelwright.data import from_pandas, from_spark, get_source, load_delta
from modelwright.data.delta_dataset_source import DeltaDatasetSource
from modelwright.data.spark_dataset_source import SparkDatasetSource

pytestmark = pytest.mark.filterwarnings(PANDAS)


def test_what_is_recorded(tmp_path: Path) -> None:
    modelwright.set_tracking_uri(str(tmp_path / "runs"))
    data = from_spark(table(), targets="label", name="train")
    assert (data.targets, data.predictions, data.df is table()) == ("label", None, True)
    with modelwright.start_run() as run:
        modelwright.log_input(data, context="training")
    (logged,) = modelwright.get_run(run.info.run_id).inputs.dataset_inputs
    assert (logged.dataset.name, logged.dataset.source_type) == ("train", "code")
    assert json.loads(logged.dataset.profile) == {"approx_count": len(LABELS)}
    columns = json.loads(logged.dataset.schema)["mlflow_colspec"]
    assert [(column["name"], column["type"]) for column in columns] == [
        ("a", "double"), ("b", "double"), ("label", "double")
    ]  # fmt: skip
    assert data.digest == from_spark(table()).digest != from_spark(table().select("a")).digest
    assert from_spark(table(), digest="mine").digest == "mine"


def test_files_are_read_again(tmp_path: Path) -> None:
    path = str(tmp_path / "rows")
    table().write.parquet(path)
    source = get_source(from_spark(spark().read.parquet(path), path=path)._to_mlflow_entity())
    assert isinstance(source, SparkDatasetSource)
    assert source.to_dict() == {"path": path}
    assert source.load().count() == len(ROWS)


def test_queries_and_tables() -> None:
    table().createOrReplaceTempView("rows_of_a_test")
    for given in ({"sql": "select a from rows_of_a_test"}, {"table_name": "rows_of_a_test"}):
        source = from_spark(table(), **given).source
        assert source.to_dict() == given
        assert source.load().count() == len(ROWS)
    spark().catalog.dropTempView("rows_of_a_test")


def test_a_delta_table_has_a_version(tmp_path: Path) -> None:
    log = tmp_path / "table" / "_delta_log"
    log.mkdir(parents=True)
    for number in (0, 9, 10):
        (log / f"{number:020}.json").touch()
    path = str(tmp_path / "table")
    source = get_source(from_spark(table(), path=path))
    assert isinstance(source, DeltaDatasetSource)
    assert source.to_dict() == {"path": path, "delta_table_version": 10}
    assert from_spark(table(), path=path, version="9").source.to_dict()["delta_table_version"] == 9
    assert DeltaDatasetSource.from_json(source.to_json()).to_dict() == source.to_dict()
    assert from_spark(table(), table_name="t", version=1).source.to_dict() == {
        "delta_table_name": "t", "delta_table_version": 1
    }  # fmt: skip
    with pytest.raises(Exception, match=r"(?i)delta"):  # Spark's own error: the session has not Delta's JAR
        load_delta(path)


def test_mistakes() -> None:
    with pytest.raises(InvalidArgument, match="at most one of path, table_name and sql, not path and sql"):
        from_spark(table(), path="p", sql="select 1")
    with pytest.raises(InvalidArgument, match="version='3' is for Delta tables; 'p' is none"):
        from_spark(table(), path="p", version="3")
    with pytest.raises(InvalidArgument, match="no targets column 'nope'"):
        from_spark(table(), targets="nope")
    with pytest.raises(InvalidArgument, match="is no Spark DataFrame; for pandas use from_pandas"):
        from_spark(ROWS)
    with pytest.raises(InvalidArgument, match="one of path, table_name and sql"):
        SparkDatasetSource()
    with pytest.raises(InvalidArgument, match="either path=None or delta_table_name=None"):
        load_delta()
    with pytest.raises(InvalidArgument, match="no DataFrame"):
        from_pandas(table())


def test_rows_that_cannot_be_counted(caplog: pytest.LogCaptureFixture) -> None:
    data = from_spark(spark().range(1).selectExpr("raise_error('no such file') as x"))
    with caplog.at_level(logging.WARNING):
        assert data.profile is None
    assert "the rows of the Spark data set were not counted" in caplog.text
