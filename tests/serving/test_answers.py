"""Predictions as bytes: JSON that every reader accepts, the short way and the general one alike."""

from __future__ import annotations

import json
import math
from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from modelwright.core.errors import NotFound
from modelwright.models.predictions import plain, to_json
from modelwright.serving import answers


def strict(text: bytes):
    def no_json(found: str) -> None:
        raise AssertionError(f"{found} is no JSON")

    return json.loads(text, parse_constant=no_json)


@pytest.mark.parametrize(
    ("predictions", "expected"),
    [
        (np.array([1.5, np.nan, np.inf]), [1.5, None, None]),
        (np.array([0.1], "float32"), [0.10000000149011612]),
        (np.array([True, False]), [True, False]),
        (np.array([2**63 - 1, -(2**63)]), [2**63 - 1, -(2**63)]),
        (np.array([2**64 - 1], "uint64"), [2**64 - 1]),
        (np.array(["a", "ü"]), ["a", "ü"]),
        (np.array(["2024-01-31", "NaT"], "datetime64[D]"), ["2024-01-31", None]),
        (np.zeros((0, 3)), []),
        (np.float64(1.5), 1.5),
        (pd.Series([1.5, None]), [1.5, None]),
        (pd.Series([1, None], dtype="Int64"), [1, None]),
        (pd.Series(["a", "b"], dtype="category"), ["a", "b"]),
        (pd.Series(pd.to_datetime(["2024-01-31", None])), ["2024-01-31T00:00:00", None]),
        (pd.DataFrame({"a": [1, 2], 5: ["x", None]}), [{"a": 1, "5": "x"}, {"a": 2, "5": None}]),
        ({"a": np.array([1.0]), "b": [b"hi"]}, {"a": [1.0], "b": ["aGk="]}),
        ([datetime(2024, 2, 29), date(2024, 2, 29), None], ["2024-02-29T00:00:00", "2024-02-29", None]),
        ([2**70, 1], [2**70, 1]),
        ("text", "text"),
        (None, None),
    ],
)
def test_predictions(predictions, expected):
    assert strict(answers.wrapped(predictions)) == {"predictions": expected}
    assert strict(answers.bare(predictions)) == expected


@settings(deadline=None, max_examples=100)
@given(arrays(st.sampled_from(["float64", "float32", "int64", "uint8", "bool"]), array_shapes(max_dims=3, max_side=4)))
def test_arrays_take_the_short_way_to_the_same_text(array):
    assert strict(answers.wrapped(array)) == strict(to_json(array).encode())


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, max_examples=100)
@given(VALUES)
def test_any_value_is_json_that_says_the_same(value):
    assert strict(answers.bare(value)) == plain(value)


def test_errors():
    reply = answers.failure(NotFound("no such model"))
    assert (reply.status, json.loads(reply.body)) == (
        404,
        {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no such model"},
    )
    reply = answers.refusal(429, "REQUEST_LIMIT_EXCEEDED", "later", [(b"retry-after", b"1")])
    assert (reply.status, reply.headers) == (429, ((b"retry-after", b"1"),))
    assert answers.dumps([math.nan]) == b"[null]"
