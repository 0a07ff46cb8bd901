"""Predictions as JSON."""

from __future__ import annotations

import datetime
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

from modelwright.models.predictions import plain, to_json

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
NESTED = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(NESTED)
def test_what_json_can_hold_comes_back(value: Any) -> None:
    assert json.loads(to_json(value)) == {"predictions": value}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.array([[1.5, np.nan], [np.inf, 2]]), [[1.5, None], [None, 2.0]]),
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        (np.array(["a", None], dtype=object), ["a", None]),
        (np.datetime64("2024-01-02"), "2024-01-02"),
        (pd.Series([1, 2]), [1, 2]),
        (pd.Series([1, None], dtype="Int64"), [1, None]),
        (pd.DataFrame({"a": [1, 2], "b": ["x", None]}), [{"a": 1, "b": "x"}, {"a": 2, "b": None}]),
        (pd.DataFrame({"t": [pd.Timestamp("2024-01-02"), pd.NaT]}), [{"t": "2024-01-02T00:00:00"}, {"t": None}]),
        (pd.Series(["a", "b"], dtype="category"), ["a", "b"]),
        (scipy.sparse.csr_matrix([[0, 1]]), [[0, 1]]),
        ({"a": np.array([1]), 2: b"\x00\xff"}, {"a": [1], "2": "AP8="}),
        ((1, {2}), [1, [2]]),
        (datetime.datetime(2024, 1, 2, 3), "2024-01-02T03:00:00"),
        (np.array([b"x"]), ["eA=="]),
    ],
)
def test_kinds_of_libraries(value: Any, expected: Any) -> None:
    assert plain(value) == expected
    assert json.loads(to_json(value)) == {"predictions": expected}


def test_polars() -> None:
    pl = pytest.importorskip("polars", reason="its frames and series are the predictions here")
    assert plain(pl.DataFrame({"a": [1, 2]})) == [{"a": 1}, {"a": 2}]
    assert plain(pl.Series([1, 2])) == [1, 2]
