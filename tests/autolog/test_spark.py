"""Which files a program reads with Spark, as its runs tell it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("pyspark")

import modelwright
from flavors.local_spark import PANDAS, spark
from modelwright.autolog import INTEGRATIONS, engine
from modelwright.autolog import spark as sources
from modelwright.tracking.client import MlflowClient

pytestmark = pytest.mark.filterwarnings(PANDAS)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    spark()
    modelwright.set_tracking_uri(str(tmp_path / "runs"))
    (tmp_path / "a.csv").write_text("x\n1\n")
    (tmp_path / "b.json").write_text('{"x": 1}\n')
    sources._told.clear()
    modelwright.spark.autolog()
    yield tmp_path
    modelwright.spark.autolog(disable=True)  # forgets what it noted
    modelwright.autolog(disable=True)


def tag(run_id: str) -> str | None:
    return MlflowClient().get_run(run_id).data.tags.get(sources.TAG)


def test_the_active_run_gets_a_line_for_each_file(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    with modelwright.start_run() as run:
        spark().read.csv(f"{folder}/a.csv", header=True)
        spark().read.format("json").load(f"file:{folder}/b.json")
        spark().read.load(f"{folder}/a.csv", format="csv")
        spark().read.text([f"{folder}/a.csv", f"{folder}/b.json"])
    assert (tag(run.info.run_id) or "").splitlines() == [
        f"path=file:{folder}/a.csv,format=csv",
        f"path=file:{folder}/b.json,format=json",
        f"path=file:{folder}/a.csv,format=text",
        f"path=file:{folder}/b.json,format=text",
    ]
    assert caplog.text.count("tables, SQL, streams and versions of Delta tables are not") == 1
    with modelwright.start_run() as later:
        pass
    assert tag(later.info.run_id) is None


def test_without_a_run_those_that_start_later_get_it(folder: Path) -> None:
    spark().read.json(f"{folder}/b.json")
    assert modelwright.search_runs(output_format="list") == []
    for _ in range(2):
        with modelwright.start_run() as run:
            pass
        assert tag(run.info.run_id) == f"path=file:{folder}/b.json,format=json"
    modelwright.spark.autolog(disable=True)
    with modelwright.start_run() as run:
        spark().read.json(f"{folder}/b.json")
    assert tag(run.info.run_id) is None


def test_silent_says_nothing(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    modelwright.spark.autolog(silent=True)
    with caplog.at_level(logging.INFO), modelwright.start_run() as run:
        spark().read.csv(f"{folder}/a.csv")
    assert tag(run.info.run_id)
    assert not [record for record in caplog.records if record.name.startswith("modelwright.autolog")]


def test_what_was_there_comes_back() -> None:
    spark()
    from pyspark.sql.readwriter import DataFrameReader

    before = dict(vars(DataFrameReader))
    modelwright.autolog()
    assert {"spark", "pyspark.ml"} <= set(INTEGRATIONS) & set(engine.enabled())
    assert vars(DataFrameReader)["csv"] is not before["csv"]
    modelwright.autolog(disable=True)
    assert {name: value for name, value in vars(DataFrameReader).items() if before[name] is not value} == {}
