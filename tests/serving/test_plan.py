"""The compiled plan against the general way: the same frame, or none and the general way decides."""

from __future__ import annotations

import json
import math
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from modelwright.core.errors import InvalidArgument
from modelwright.models import enforce, serving_input
from modelwright.models.schema import ColSpec, ParamSchema, ParamSpec, Schema
from modelwright.models.signature import ModelSignature
from modelwright.serving import plan

KINDS = st.sampled_from(["integer", "long", "float", "double"])
EDGES = [0, -0.0, 1.0, 2.5, 2**24, 2**24 + 1, 2**31 - 1, 2**31, -(2**31) - 1, 2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1,
         2**63, 2**64, 10**400, 3.4028234e38, 3.4028236e38, 1e39, 1e300, 5e-324, math.nan, math.inf, -math.inf,
         None, True, False, "1", "x", [], {}]  # fmt: skip
VALUES = st.one_of(
    st.integers(-10, 10),
    st.floats(allow_nan=True),
    st.floats(width=32),
    st.integers(-(2**70), 2**70),
    st.sampled_from(EDGES),
)
FORMS = st.sampled_from(["dataframe_split", "input_data", "dataframe_records", "instances", "inputs"])


def signature(kinds: list[str], optional: set[int] = frozenset()) -> ModelSignature:  # type: ignore[assignment]
    return ModelSignature(Schema([ColSpec(k, f"c{i}", required=i not in optional) for i, k in enumerate(kinds)]))


def body(form: str, names: list[str], rows: list[list[Any]]) -> Any:
    if form in ("dataframe_split", "input_data"):
        return {form: {"columns": names, "data": rows}}
    if form == "inputs":
        return {form: {name: [row[i] for row in rows] for i, name in enumerate(names)}}
    return {form: [dict(zip(names, row, strict=True)) for row in rows]}


def general(text: bytes, known: ModelSignature) -> Any:
    data, params = serving_input.parse(text, "application/json", known)
    return enforce.compile(known)(data, params)[0]


def compare(text: bytes, known: ModelSignature) -> bool:
    """Hold both ways against each other; whether the plan had an answer."""
    made = plan.compile(known)
    assert made is not None
    try:
        matrix = made.read(msgspec.json.decode(text))
    except (msgspec.DecodeError, ValueError):
        return False
    if matrix is None:
        return False
    before = matrix.copy()
    assert_frame_equal(made.frame(matrix), general(text, known))
    assert np.array_equal(matrix, before, equal_nan=True)
    return True


@settings(deadline=None, max_examples=400)
@given(st.data())
def test_both_ways_give_the_same_frame(data: st.DataObject) -> None:
    kinds = data.draw(st.lists(KINDS, min_size=1, max_size=4))
    known = signature(kinds, data.draw(st.sets(st.integers(0, len(kinds) - 1))))
    names = [f"c{i}" for i in range(len(kinds))]
    if data.draw(st.booleans()):
        values: Any = VALUES
    else:  # what requests mostly are
        values = st.one_of(st.integers(-100, 100), st.floats(-1e6, 1e6))
    rows = data.draw(st.lists(st.lists(values, min_size=len(kinds), max_size=len(kinds)), max_size=4))
    compare(json.dumps(body(data.draw(FORMS), names, rows)).encode(), known)


@pytest.mark.parametrize("form", ["dataframe_split", "dataframe_records", "inputs"])
@pytest.mark.parametrize("kind", ["integer", "long", "float", "double"])
def test_both_ways_with_every_edge_alone_and_beside_others(form: str, kind: str) -> None:
    known, answered = signature([kind, "double"]), 0
    for value in EDGES:
        for other in (0.5, 7, None, 2**53):
            answered += compare(json.dumps(body(form, ["c0", "c1"], [[value, other], [1, 0.5]])).encode(), known)
    assert answered >= 6


@settings(deadline=None, max_examples=200)
@given(st.recursive(VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
    ["c0", "c1", "columns", "data", "index", "params"]), inner, max_size=4), max_leaves=12), FORMS)  # fmt: skip
@example({"columns": ["c0", "c1"], "data": [[1, 2]], "index": [5]}, "dataframe_split")
@example({"columns": ["c1", "c0"], "data": [[1, 2]]}, "dataframe_split")
@example({"columns": ["c0", "c1"], "data": [[1, 2], [3]]}, "dataframe_split")
@example({"c0": [1, 2], "c1": [3]}, "inputs")
@example({"c0": 1, "c1": 2}, "inputs")
@example([[1, 2]], "instances")
def test_both_ways_with_requests_of_any_shape(value: Any, form: str) -> None:
    try:
        text = json.dumps({form: value}).encode()
    except ValueError:
        assume(False)
    compare(text, signature(["double", "long"]))


@settings(deadline=None, max_examples=100)
@given(st.lists(st.lists(st.floats(width=64), min_size=2, max_size=2), min_size=1, max_size=3), KINDS, KINDS)
def test_arrays_that_are_taken_fit_as_they_are(rows: list[list[float]], one: str, other: str) -> None:
    known = signature([one, other])
    made = plan.compile(known)
    assert made is not None
    matrix = np.array(rows)
    if made.take(matrix) is not None:
        data = {"c0": matrix[:, 0], "c1": matrix[:, 1]}
        assert_frame_equal(made.frame(matrix), enforce.compile(known)(data)[0])


def test_what_is_not_that_simple_goes_the_general_way() -> None:
    made = plan.compile(signature(["double", "long"]))
    assert made is not None
    good = {"columns": ["c0", "c1"], "data": [[0.5, 1]]}
    assert made.read({"dataframe_split": good}).tolist() == [[0.5, 1.0]]
    for payload in (
        None, [], {}, {"dataframe_split": good, "params": {}}, {"dataframe_split": {**good, "index": [0]}},
        {"dataframe_split": {**good, "columns": ["c1", "c0"]}}, {"dataframe_split": {"data": [[0.5, 1]]}},
        {"dataframe_split": {**good, "data": []}}, {"dataframe_split": {**good, "data": [[0.5, True]]}},
        {"instances": [{"c0": 1}]}, {"instances": [{"c0": 1, "c1": 2, "c2": 3}]}, {"inputs": {"c0": [1], "c1": [1, 2]}},
        {"inputs": {"c0": 1, "c1": 2}}, {"inputs": [[1, 2]]}, {"messages": []},
    ):  # fmt: skip
        assert made.read(payload) is None


def test_only_named_numbers_are_compiled() -> None:
    assert plan.compile(None) is None
    assert plan.compile(ModelSignature(Schema([ColSpec("double")]))) is None
    assert plan.compile(signature(["double", "string"])) is None
    assert plan.compile(ModelSignature(Schema([ColSpec("double", 0)]))) is None
    params = ParamSchema([ParamSpec("k", "long", 1)])
    assert plan.compile(ModelSignature(Schema([ColSpec("double", "x")]), None, params)) is not None


def test_gaps_are_tried_where_requests_may_have_them() -> None:
    made = plan.compile(signature(["double", "float"]))
    whole = plan.compile(signature(["double", "long"]))
    assert made is not None
    assert whole is not None
    tried = np.ones((16, 2))
    holed = made.gaps(tried)
    assert np.isnan(holed).any()
    assert not np.isnan(tried).any()
    assert whole.gaps(tried) is None
    assert whole.whole(np.full((2, 2), 1.5)).tolist() == [[1.5, 1.0]] * 2
    with pytest.raises(InvalidArgument, match="missing values"):
        general(b'{"inputs": {"c0": [1], "c1": [null]}}', signature(["double", "long"]))
