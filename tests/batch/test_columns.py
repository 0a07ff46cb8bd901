"""Predictions as Arrow columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from modelwright.batch.columns import NotRowwise, columns
from modelwright.models.signature import infer_signature

NAN = float("nan")


@pytest.mark.parametrize(
    ("predictions", "wanted"),
    [
        (np.array([1, 2]), {"prediction": [1, 2]}),
        (np.array([1.5, NAN]), {"prediction": [1.5, NAN]}),  # not a number is a number here
        (np.array([0.5, 2], "float16"), {"prediction": [0.5, 2.0]}),
        (np.array(["a", "b"]), {"prediction": ["a", "b"]}),
        (np.array([True, False]), {"prediction": [True, False]}),
        (np.array([[1, 2], [3, 4]]), {"prediction": [[1, 2], [3, 4]]}),
        (np.zeros((2, 1, 2)), {"prediction": [[[0.0, 0.0]], [[0.0, 0.0]]]}),
        (np.asfortranarray(np.array([[1, 2], [3, 4]])), {"prediction": [[1, 2], [3, 4]]}),
        (np.array([{"a": 1}, None], object), {"prediction": [{"a": 1}, None]}),
        (pd.Series([1, 2], name="x"), {"prediction": [1, 2]}),
        (pd.Series([1, None], dtype="Int64"), {"prediction": [1, None]}),
        (pd.Series(["a", "b"], dtype="category"), {"prediction": ["a", "b"]}),
        (pd.Series([1.0, NAN]), {"prediction": [1.0, NAN]}),
        (pd.DataFrame({"a": [1, 2], 0: ["x", None]}), {"a": [1, 2], "0": ["x", None]}),
        (pl.DataFrame({"a": [1, 2]}), {"a": [1, 2]}),
        (pl.Series("a", ["x", "y"]), {"prediction": ["x", "y"]}),
        ([1, 2], {"prediction": [1, 2]}),
        ([[1], [2, 3]], {"prediction": [[1], [2, 3]]}),
        ([np.array([1]), np.array([2, 3])], {"prediction": [[1], [2, 3]]}),
        ([{"label": "a", "score": 0.5}, {"label": "b"}], {"label": ["a", "b"], "score": [0.5, None]}),
        ({"a": np.array([1, 2]), "b": [[1.0], [2.0]]}, {"a": [1, 2], "b": [[1.0], [2.0]]}),
        (sparse.csr_matrix([[1, 0], [0, 2]]), {"prediction": [[1, 0], [0, 2]]}),
        ([1, "a"], {"prediction": ["1", "a"]}),
        ([1 + 2j, None], {"prediction": ['"(1+2j)"', None]}),
    ],
    ids=str,
)
def test_forms(predictions: Any, wanted: dict[str, list[Any]]) -> None:
    found = {name: column.to_pylist() for name, column in columns(predictions, 2).items()}
    assert repr(found) == repr(wanted)


def test_a_matrix_takes_the_names_of_the_signature() -> None:
    matrix = np.array([[0.1, 0.9], [0.8, 0.2]])
    outputs = infer_signature([1.0], pd.DataFrame({"no": [0.1], "yes": [0.9]})).outputs
    assert {name: column.to_pylist() for name, column in columns(matrix, 2, outputs).items()} == {
        "no": [0.1, 0.8],
        "yes": [0.9, 0.2],
    }


@pytest.mark.parametrize(
    "predictions", [[1], 1.0, np.float64(1), [], {"a": [1, 2], "b": [1]}, np.zeros((1, 2)), "text"]
)
def test_one_for_each_row(predictions: Any) -> None:
    with pytest.raises(NotRowwise, match="The model was given 2 rows and returned"):
        columns(predictions, 2)
