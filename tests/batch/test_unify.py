"""One type for columns that were written at different times."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from batch.inline import model, read, write
from modelwright.batch.unify import cast, merged


@pytest.mark.parametrize(
    ("types", "wanted"),
    [
        ([], pa.null()),
        ([pa.null(), pa.bool_()], pa.bool_()),
        ([pa.int32(), pa.int64()], pa.int64()),
        ([pa.float32(), pa.float32()], pa.float32()),
        ([pa.int64(), pa.float32()], pa.float64()),
        ([pa.int64(), pa.string()], pa.string()),
        ([pa.bool_(), pa.int64()], pa.string()),
        ([pa.dictionary(pa.int32(), pa.string()), pa.string()], pa.string()),
        ([pa.list_(pa.float64(), 2), pa.list_(pa.float64(), 3)], pa.list_(pa.float64())),
        ([pa.list_(pa.null()), pa.list_(pa.int64())], pa.list_(pa.int64())),
        ([pa.struct({"a": pa.int64()}), pa.struct({"a": pa.int64()})], pa.struct({"a": pa.int64()})),
    ],
    ids=str,
)
def test_merged(types: list[Any], wanted: Any) -> None:
    assert merged(types) == wanted


def test_cast_changes_no_value() -> None:
    assert cast(pa.array([[1.5]], pa.list_(pa.float64(), 1)), pa.list_(pa.float64())).to_pylist() == [[1.5]]
    assert cast(pa.array([{"a": 1}, None]), pa.string()).to_pylist() == ['{"a": 1}', None]
    assert cast(pa.array(["a"]).dictionary_encode(), pa.string()).to_pylist() == ["a"]
    with pytest.raises(pa.ArrowInvalid):
        cast(pa.array([2**60 + 1]), pa.float64())


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ([1, 2.5], [1.0, 2.5]),
        ([2**60 + 1, 2.5], [str(2**60 + 1), "2.5"]),  # no float is that number
        ([1, "a"], ["1", "a"]),
        ([[1], [1, 2]], [[1], [1, 2]]),
        ([None, 1], [None, 1]),
        ([{"a": 1}, 1], [1, None]),
    ],
    ids=str,
)
@pytest.mark.parametrize("ending", ["parquet", "arrow"])
def test_mini_batches_of_different_types(
    values: list[Any], wanted: list[Any], ending: str, tmp_path: Path, scored: Callable[..., Any]
) -> None:
    path = model(tmp_path / "m", lambda data: [values[n] for n in data["n"]])
    write(tmp_path / "in.parquet", pa.table({"n": [0, 1]}))
    scored(path, tmp_path / "in.parquet", tmp_path / f"out.{ending}", rows=1)
    found = read(tmp_path / f"out.{ending}")
    name = "a" if isinstance(values[0], dict) else "prediction"
    assert [row[name] for row in found] == wanted
