"""Predictions as values of Spark's types."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

pytest.importorskip("pyspark", reason="needs Spark: run in .venv-frameworks")

import numpy as np

from flavors.local_spark import PANDAS, spark
from modelwright.batch.spark_results import converted, result_type
from modelwright.core.errors import InvalidArgument
from modelwright.models.signature import infer_signature

pytestmark = [
    pytest.mark.filterwarnings(PANDAS),
    pytest.mark.filterwarnings("ignore:Integer columns .* were seen without missing values:UserWarning"),
]
FOUR = pd.DataFrame(
    {
        "i": pd.Series([1, 2, 3], dtype="int32"),
        "f": [0.5, 1.5, 2.5],
        "s": pd.Series(["x", "y", None], dtype=object),
        "t": [True, False, True],
    }
)
TYPES: dict[str, list[Any]] = {
    "int": [1, 2, 3],
    "long": [1, 2, 3],
    "double": [1.0, 2.0, 3.0],
    "float": [1.0, 2.0, 3.0],
    "string": ["1", "2", "3"],
    "boolean": [True, False, True],
    "bool": [True, False, True],
    "array<int>": [[1], [2], [3]],
    "array<double>": [[1.0, 0.5], [2.0, 1.5], [3.0, 2.5]],
    "array<string>": [["1", "0.5", "x", "True"], ["2", "1.5", "y", "False"], ["3", "2.5", None, "True"]],
    "s string, f double": [{"s": "x", "f": 0.5}, {"s": "y", "f": 1.5}, {"s": None, "f": 2.5}],
    "struct<i: long>": [{"i": 1}, {"i": 2}, {"i": 3}],
}


def values(predictions: Any, given: str, count: int = 3) -> list[Any]:
    spark()  # which reads a type's name
    found = converted(predictions, result_type(given, None), count)
    return found.to_dict("records") if isinstance(found, pd.DataFrame) else found.tolist()


@pytest.mark.parametrize("given", TYPES)
def test_types(given: str) -> None:
    assert values(FOUR, given) == TYPES[given]


@pytest.mark.parametrize(
    ("predictions", "given", "wanted"),
    [
        ([1.5, 2.5, 3.5], "double", [1.5, 2.5, 3.5]),
        ({"a": [1, 2, 3], "b": [4.0, 5.0, 6.0]}, "double", [1.0, 2.0, 3.0]),
        (np.array([[1, 2], [3, 4], [5, 6]]), "array<long>", [[1, 2], [3, 4], [5, 6]]),
        (np.array([[1, 2], [3, 4], [5, 6]]), "a long, b double", [{"a": n, "b": n + 1.0} for n in (1, 3, 5)]),
        (np.zeros((3, 1, 2)), "array<array<double>>", [[[0.0, 0.0]]] * 3),
        ({"m": np.ones((3, 2))}, "m array<float>", [{"m": [1.0, 1.0]}] * 3),
        ([["a", "b"], ["c"], []], "array<string>", [["a", "b"], ["c"], []]),
        (pd.Series([[1.0], [], None]), "array<double>", [[1.0], [], None]),
        ([{"l": "x", "s": 0.5}] * 3, "l string, s float", [{"l": "x", "s": 0.5}] * 3),
        (pd.Series([1, None, 3], dtype="Int64"), "long", [1, pd.NA, 3]),
        (np.array([1, 2, 3], "uint8"), "int", [1, 2, 3]),
    ],
    ids=str,
)
def test_forms_of_predictions(predictions: Any, given: str, wanted: list[Any]) -> None:
    assert repr(values(predictions, given)) == repr(wanted)


@pytest.mark.parametrize(
    ("predictions", "given", "said"),
    [
        ([0.5, 1.5, 2.5], "int", "holds nothing that is int; it has 0: float64"),
        (np.array([1, 2, 3]), "int", "it has 0: int64"),  # which need not fit
        (np.array([1, 2, 3], "uint64"), "long", "it has 0: uint64"),
        (["a", "b", "c"], "boolean", "holds nothing that is boolean"),
        ([1.0, 2.0], "double", "was given 3 rows and returned 2 predictions"),
        (1.0, "double", "was given 3 rows and returned 1 predictions"),
        (FOUR, "x double", "has no column 'x'; it has i, f, s, t"),
    ],
)
def test_predictions_that_are_refused(predictions: Any, given: str, said: str) -> None:
    with pytest.raises(InvalidArgument, match=said):
        values(predictions, given)


@pytest.mark.parametrize("given", ["map<string,int>", "array<date>", "a map<string,int>"])
def test_types_that_are_not_offered(given: str) -> None:
    spark()
    with pytest.raises(InvalidArgument, match="which is not offered; expected int, long"):
        result_type(given, None)


@pytest.mark.parametrize(
    ("outputs", "wanted"),
    [
        ([1.0], "double"),
        (["a"], "string"),
        (pd.DataFrame({"a": [1], "b": ["x"]}), "struct<a:bigint,b:string>"),
        (pd.DataFrame({"a": [{"k": [1.0]}]}), "struct<k:array<double>>"),
        (np.zeros(3, "float32"), "array<float>"),  # as MLflow has it
        (np.zeros((3, 2)), "array<double>"),
        ({"a": np.zeros(3), "b": np.zeros((3, 2), "int64")}, "struct<a:array<double>,b:array<bigint>>"),
    ],
    ids=str,
)
def test_types_from_the_signature(outputs: Any, wanted: str) -> None:
    assert result_type(None, infer_signature([1.0], outputs).outputs).simpleString() == wanted


def test_double_where_nothing_is_said() -> None:
    assert result_type(None, None).simpleString() == "double"


def test_no_rows() -> None:
    assert values(None, "a string", 0) == values(None, "double", 0) == []
