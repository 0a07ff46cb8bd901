"""Input examples: written as MLflow writes them, read back as they were."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from scipy import sparse

from modelwright.core.errors import CorruptModel, InvalidArgument
from modelwright.models.example import example_of, read_example, read_params, read_serving_input, to_serving_input
from modelwright.models.example import write_example as write
from modelwright.models.infer import infer_schema

NAN = float("nan")


@dataclass
class Point:
    x: int


@pytest.mark.parametrize(
    ("example", "kind", "text", "serving"),
    [
        (
            pd.DataFrame({"a": [1, 2], "b": ["x", None]}),
            {"type": "dataframe", "pandas_orient": "split"},
            {"columns": ["a", "b"], "data": [[1, "x"], [2, None]]},
            "dataframe_split",
        ),
        (
            pd.DataFrame([[1, 0.5]]),
            {"type": "dataframe", "pandas_orient": "values"},
            {"data": [[1, 0.5]]},
            "dataframe_split",
        ),
        (
            pd.DataFrame([[1, 2]], columns=[2, 0]),
            {"type": "dataframe", "pandas_orient": "split"},
            {"columns": [2, 0], "data": [[1, 2]]},
            "dataframe_split",
        ),
        (
            pd.Series([1, NAN], name="s"),
            {"type": "dataframe", "pandas_orient": "split"},
            {"columns": ["s"], "data": [[1.0], [None]]},
            "dataframe_split",
        ),
        (np.array([[1, NAN]]), {"type": "ndarray"}, [[1.0, None]], "inputs"),
        (np.array(["2024-01-31"], "M8[D]"), {"type": "ndarray"}, ["2024-01-31"], "inputs"),
        ({"a": np.array([1]), "b": np.array([["x"]])}, {"type": "ndarray"}, {"a": [1], "b": [["x"]]}, "inputs"),
        ({"a": 1, "b": [0.5]}, {"type": "json_object"}, {"a": 1, "b": [0.5]}, "inputs"),
        ({"a": np.array([1]), "b": 2}, {"type": "json_object"}, {"a": [1], "b": 2}, "inputs"),
        (["a", "b"], {"type": "json_object"}, ["a", "b"], "inputs"),
        ([{"a": dt.date(2024, 1, 31)}], {"type": "json_object"}, [{"a": "2024-01-31"}], "inputs"),
        ("text", {"type": "json_object"}, "text", "inputs"),
        (b"hi", {"type": "json_object"}, "aGk=\n", "inputs"),
        (np.float32(0.5), {"type": "json_object"}, 0.5, "inputs"),
        (Point(1), {"type": "json_object"}, {"x": 1}, "inputs"),
    ],
    ids=repr,
)
def test_files(tmp_path: Path, example: Any, kind: dict[str, str], text: Any, serving: str) -> None:
    info = write(example, tmp_path)
    files = {"artifact_path": "input_example.json", "serving_input_path": "serving_input_example.json"}
    assert info == {**files, **kind}
    assert json.loads((tmp_path / "input_example.json").read_text()) == text
    body = (tmp_path / "serving_input_example.json").read_text()
    assert json.loads(body) == {serving: text}
    assert body == to_serving_input(example) == read_serving_input(tmp_path, info)
    assert body.startswith('{\n  "')


def test_a_polars_frame_is_written_like_one_of_pandas(tmp_path: Path) -> None:
    pl = pytest.importorskip("polars", reason="its frame is the example here")
    info = write(pl.DataFrame({"a": [1]}), tmp_path)
    assert info is not None
    assert (info["type"], info["pandas_orient"]) == ("dataframe", "split")
    assert json.loads((tmp_path / info["artifact_path"]).read_text()) == {"columns": ["a"], "data": [[1]]}


def test_params_are_kept_apart(tmp_path: Path) -> None:
    info = write(({"a": 1}, {"k": 2, "when": dt.date(2024, 1, 1)}), tmp_path)
    assert info is not None
    assert info["params"] == "true"
    assert read_example(tmp_path, info) == {"a": 1}
    assert read_params(tmp_path, info) == {"k": 2, "when": "2024-01-01"}
    assert json.loads(read_serving_input(tmp_path, info) or "") == {
        "inputs": {"a": 1},
        "params": {"k": 2, "when": "2024-01-01"},
    }
    with pytest.raises(InvalidArgument, match="params have no signature type"):
        example_of(("x", {"k": object()}))
    assert example_of(("a", "b")).data == ("a", "b")


def test_chat_requests_are_sent_bare() -> None:
    chat = {"messages": [{"role": "user", "content": "hi"}]}
    assert json.loads(to_serving_input(chat) or "") == chat
    assert json.loads(to_serving_input((chat, {"k": 1})) or "") == {**chat, "k": 1}


def test_sparse_matrices_have_no_request(tmp_path: Path) -> None:
    for matrix in (sparse.csr_matrix([[0, 1.5]]), sparse.csc_matrix([[0, 1.5]]), sparse.coo_matrix([[0, 1.5]])):
        info = write(matrix, tmp_path)
        assert info is not None
        assert "serving_input_path" not in info
        assert read_serving_input(tmp_path, info) is None
        found = read_example(tmp_path, info, infer_schema(matrix))
        assert (found.toarray() == matrix.toarray()).all()
        assert info["type"] == f"sparse_matrix_{found.format}"


def test_nothing_is_written_without_an_example(tmp_path: Path) -> None:
    assert write(None, tmp_path) is None
    assert to_serving_input(None) is None
    assert read_example(tmp_path, None) is None
    assert read_params(tmp_path, None) is None
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_an_example() -> None:
    class DataFrame:
        __module__, __qualname__ = "pyspark.sql.dataframe", "DataFrame"

    for bad in (object(), [object()], {("a",): 1}):
        with pytest.raises(InvalidArgument, match="cannot be"):
            example_of(bad)
    with pytest.raises(InvalidArgument, match="toPandas"):
        example_of(DataFrame())


def test_broken_directories_are_told(tmp_path: Path) -> None:
    info = {"type": "json_object", "artifact_path": "input_example.json"}
    with pytest.raises(CorruptModel, match="not there"):
        read_example(tmp_path, info)
    (tmp_path / "input_example.json").write_text("{")
    with pytest.raises(CorruptModel, match="not JSON"):
        read_example(tmp_path, info)
    (tmp_path / "input_example.json").write_text("1")
    with pytest.raises(CorruptModel, match="type 'picture'"):
        read_example(tmp_path, {**info, "type": "picture"})
    with pytest.raises(CorruptModel, match="leaves its root"):
        read_example(tmp_path, {**info, "artifact_path": "../secret.json"})
    with pytest.raises(CorruptModel, match="leaves its root"):
        read_serving_input(tmp_path, {"serving_input_path": "/etc/passwd"})
    with pytest.raises(CorruptModel, match="lacks 'inputs' or 'params'"):
        read_params(tmp_path, {**info, "params": "true"})
    (tmp_path / "input_example.json").write_text("[[1], [2, 3]]")
    for kind in ("ndarray", "sparse_matrix_csr"):
        with pytest.raises(CorruptModel, match=f"is no {kind}"):
            read_example(tmp_path, {**info, "type": kind})
    (tmp_path / "input_example.json").write_text("[" * 100_000)
    with pytest.raises(CorruptModel, match="not JSON"):
        read_example(tmp_path, info)


FRAME = pd.DataFrame(
    {
        "i": np.array([1, 2], "int32"),
        "big": pd.array([2**53 + 1, None], dtype="Int64"),
        "f": np.array([0.1, NAN], "float32"),
        "d": [1.0, 2.0],
        "b": pd.array([True, None], dtype="boolean"),
        "s": ["", "0"],
        "bytes": [b"\x00\xff", b""],
        "t": pd.Series([dt.datetime(2024, 1, 31, 5, 6, 7, 89), dt.datetime(1999, 1, 1)], dtype="datetime64[us]"),
        "z": pd.Series([dt.datetime(2024, 1, 31), None], dtype="datetime64[us]").dt.tz_localize("UTC"),
        "l": [[1, 2], []],
        "o": [{"a": b"x", "b": None}, {"a": b"y", "b": [0.5]}],
        0: ["x", "y"],
    }
)


def test_frames_come_back_in_their_dtypes(tmp_path: Path) -> None:
    info = write(FRAME, tmp_path)
    found = read_example(tmp_path, info, infer_schema(FRAME))
    assert_frame_equal(found, FRAME, check_column_type=False)
    bare = read_example(tmp_path, info)
    assert list(bare.columns) == list(FRAME.columns)


def test_arrays_and_json_come_back_in_their_dtypes(tmp_path: Path) -> None:
    for data in (
        np.array([[0.1, NAN]], "float32"),
        np.array([1, 2], "int8"),
        np.array(["a", "bc"]),
        np.array(["2024-01-31T01:02:03"], "M8[s]"),
        {"a": np.zeros((1, 2), "float16"), "b": np.array([True])},
    ):
        found = read_example(tmp_path, write(data, tmp_path), infer_schema(data))
        pairs = [(found[k], data[k]) for k in data] if isinstance(data, dict) else [(found, data)]
        for new, old in pairs:
            np.testing.assert_array_equal(new, old)
            assert new.dtype == old.dtype
    bare = read_example(tmp_path, write(np.array([1.0, NAN]), tmp_path))
    assert bare.dtype == "float64"
    for value in ({"a": b"\xff", "t": dt.datetime(2024, 1, 31, 5)}, [b"a"], [{"t": dt.datetime(2024, 1, 1), "x": 1}]):
        assert read_example(tmp_path, write(value, tmp_path), infer_schema(value)) == value
    tuple_of_rows = read_example(tmp_path, write([{"a": 1}, {"a": 2}], tmp_path))
    assert tuple_of_rows == [{"a": 1}, {"a": 2}]


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=8,
).filter(lambda value: value is not None)


@settings(deadline=None)
@given(JSON)
def test_json_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    root = tmp_path_factory.mktemp("example")
    assert read_example(root, write(value, root)) == value
