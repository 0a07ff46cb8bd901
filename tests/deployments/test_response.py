"""Answers of scoring servers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from modelwright.core.errors import InvalidArgument
from modelwright.deployments.response import PredictionsResponse


@pytest.mark.parametrize(
    ("predictions", "columns", "rows"),
    [
        ([1, 2], [0], [[1], [2]]),
        ([[1, 2], [3, 4]], [0, 1], [[1, 2], [3, 4]]),
        ([{"a": 1, "b": "x"}, {"a": 2, "b": "y"}], ["a", "b"], [[1, "x"], [2, "y"]]),
        ({"a": [1, 2]}, ["a"], [[1], [2]]),
        ({"a": 1, "b": 2}, ["a", "b"], [[1, 2]]),
        ("text", [0], [["text"]]),
    ],
)
def test_as_a_frame(predictions: Any, columns: list[Any], rows: list[list[Any]]) -> None:
    frame = PredictionsResponse(predictions=predictions).get_predictions()
    assert list(frame.columns) == columns
    assert frame.astype(object).values.tolist() == rows


def test_as_an_array() -> None:
    answer = PredictionsResponse.from_json('{"predictions": [[1, 2.5]], "more": 1}')
    assert answer["more"] == 1
    assert answer.get_predictions("ndarray").tolist() == [[1.0, 2.5]]
    assert answer.get_predictions("ndarray", dtype="float32").dtype == "float32"
    with pytest.raises(InvalidArgument, match='"dataframe" or "ndarray", got \'list\''):
        answer.get_predictions("list")


def test_there_and_back(tmp_path: Path) -> None:
    answer = PredictionsResponse(predictions=[2**60, 0.1, None])
    text = answer.to_json()
    assert text is not None
    assert PredictionsResponse.from_json(text) == answer
    assert answer.to_json(tmp_path / "answer.json") is None
    assert (tmp_path / "answer.json").read_text() == text


@pytest.mark.parametrize("text", ["{", "[1]", '{"x": 1}', '"text"'])
def test_what_is_no_answer(text: str) -> None:
    with pytest.raises(InvalidArgument, match="answer"):
        PredictionsResponse.from_json(text)
