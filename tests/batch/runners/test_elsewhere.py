"""Spark and Ray on this machine write what the local processes write."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from batch.inline import model, read, write
from modelwright.batch import score
from modelwright.core.errors import InvalidArgument

TABLE = pa.table({"x": [float(n) for n in range(30)], "id": [f"r{n}" for n in range(30)]})
PANDAS = "ignore:PySpark does not yet fully support pandas:FutureWarning"


@pytest.fixture(params=["spark", "ray"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    pytest.importorskip(
        {"spark": "pyspark"}.get(request.param, request.param), reason="needs it: run in .venv-frameworks"
    )
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    logging.getLogger("py4j").setLevel(logging.ERROR)  # it talks to the very end, when stderr is closed
    return str(request.param)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for number, ending in enumerate(("csv", "jsonl", "parquet")):
        write(tmp_path / "data" / f"{ending}" / f"in.{ending}", TABLE.slice(10 * number, 10), rows=4)
    return tmp_path / "data"


@pytest.mark.filterwarnings(PANDAS)
@pytest.mark.timeout(600)
def test_equal_to_local(engine: str, data: Path, tmp_path: Path, scored: Callable[..., Any]) -> None:
    path = model(tmp_path / "m", lambda frame: [1 / (12 - x) for x in frame["x"]])
    options: dict[str, Any] = {"rows": 3, "keep": ["id"], "max_retries": 0}
    local = scored(path, data, tmp_path / "local.jsonl", **options)
    there = score(path, data, tmp_path / "there.jsonl", engine=engine, workers=2, **options)
    assert (tmp_path / "there.jsonl").read_bytes() == (tmp_path / "local.jsonl").read_bytes()
    assert Path(there.errors or "").read_bytes() == Path(local.errors or "").read_bytes()
    assert (there.rows, there.failed_rows, there.failed_files) == (local.rows, local.failed_rows, 1) == (30, 1, 1)
    assert [row["id"] for row in read(tmp_path / "there.jsonl")] == TABLE["id"].to_pylist()

    class Stopped(Exception):
        pass

    def stop(done: int, whole: int, rows: int) -> None:
        if rows > 4:
            raise Stopped

    with pytest.raises(Stopped):
        score(path, data, tmp_path / "again.jsonl", engine=engine, workers=1, progress=stop, **options)
    again = score(path, data, tmp_path / "again.jsonl", engine="local", workers=1, **options)  # whoever goes on
    assert again.resumed >= 2
    assert (tmp_path / "again.jsonl").read_bytes() == (tmp_path / "local.jsonl").read_bytes()

    one = model(tmp_path / "one", lambda frame: [1.0])
    with pytest.raises(InvalidArgument, match="returned 1 values of 'prediction'"):
        score(one, data, tmp_path / "one.csv", engine=engine, workers=1)
