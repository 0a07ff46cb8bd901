"""Scoring requests: every form reaches the model as sent, and nothing is bent to fit."""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from modelwright.core.errors import InvalidArgument, SchemaMismatch
from modelwright.models.enforce import compile
from modelwright.models.example import to_serving_input
from modelwright.models.infer import infer_schema
from modelwright.models.schema import Array, ColSpec, DataType, Schema, TensorSpec
from modelwright.models.serving_input import parse, parse_csv, unwrapped
from modelwright.models.signature import ModelSignature, infer_signature


def seen(body: Any, schema: Schema | None, native: bool = False, kind: str = "application/json") -> Any:
    """What the model sees of a request."""
    signature = None if schema is None else ModelSignature(schema)
    text = body if isinstance(body, str) else json.dumps(body)
    data, params = parse(text, kind, signature, native=native)
    return compile(signature, native=native)(data, params)[0]


def cols(**kinds: str) -> Schema:
    return Schema([ColSpec(kind.rstrip("?"), name, required=not kind.endswith("?")) for name, kind in kinds.items()])


FORMS = [
    {"dataframe_split": {"columns": ["b", "a"], "data": [["x", 1], ["y", 2]]}},
    {"dataframe_split": {"columns": ["b", "a"], "index": [0, 1], "data": [["x", 1], ["y", 2]]}},
    {"dataframe_records": [{"b": "x", "a": 1}, {"b": "y", "a": 2}]},
    {"instances": [{"b": "x", "a": 1}, {"b": "y", "a": 2}]},
    {"inputs": {"b": ["x", "y"], "a": [1, 2]}},
    {"inputs": [{"b": "x", "a": 1}, {"b": "y", "a": 2}]},
    {"input_data": {"columns": ["b", "a"], "index": [0, 1], "data": [["x", 1], ["y", 2]]}},
    {"input_data": {"b": ["x", "y"], "a": [1, 2]}},
]


@pytest.mark.parametrize("body", FORMS, ids=lambda body: next(iter(body)))
def test_every_form_of_two_rows(body: Any) -> None:
    expected = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]})
    assert_frame_equal(seen(body, cols(a="double", b="string")), expected)


@pytest.mark.parametrize("body", FORMS, ids=lambda body: next(iter(body)))
def test_python_models_get_lists_and_dicts_as_sent(body: Any) -> None:
    found = seen(body, cols(a="double", b="string"), native=True)
    (form,) = body
    if form.startswith("dataframe") or "columns" in body[form]:
        assert isinstance(found, pd.DataFrame)
    else:
        assert found == body[form]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("integer", 2.9),
        ("integer", 2**33 + 1),
        ("boolean", "false"),
        ("boolean", 2),
        ("long", 1e30),
        ("long", "1.5"),
        ("long", "12abc"),
        ("double", 2**53 + 1),
        ("double", "1_000"),
        ("float", 1e39),
        ("string", 5),
        ("datetime", 5),
        ("long", None),
        ("boolean", None),
        ("long", [1]),
    ],
)
def test_what_mlflow_corrupts_is_refused_in_every_form(kind: str, value: Any) -> None:
    """MLflow's server reads 2.9 as 2, 2**33 + 1 as 1, "false" and 2 as True."""
    for body in (
        {"dataframe_split": {"columns": ["c"], "data": [[value]]}},
        {"dataframe_records": [{"c": value}]},
        {"instances": [{"c": value}]},
        {"inputs": {"c": value}},
    ):
        if value == [1] and "inputs" in body:
            continue  # one list for a scalar column is two rows' spelling: [1] is 1
        with pytest.raises(SchemaMismatch, match="column 'c' must be"):
            seen(body, cols(c=kind))


def test_exact_values_arrive() -> None:
    schema = cols(i="integer", big="long?", f="double", flag="boolean", s="string", t="datetime", raw="binary")
    row = {
        "i": 2.0,
        "big": None,
        "f": 3,
        "flag": 1,
        "s": "",
        "t": "2024-01-31T05:06:07",
        "raw": base64.encodebytes(b"\x00\xff").decode(),
    }
    body = {"dataframe_records": [row, {**row, "big": 2**53 + 1, "f": "0.25"}]}
    found = seen(body, schema)
    assert [str(dtype) for dtype in found.dtypes][:4] == ["int32", "Int64", "float64", "bool"]
    assert found["big"].tolist() == [pd.NA, 2**53 + 1]
    assert found["f"].tolist() == [3.0, 0.25]
    assert found["s"].tolist() == ["", ""]
    assert found["t"][0] == pd.Timestamp("2024-01-31T05:06:07")
    assert found["raw"].tolist() == [b"\x00\xff"] * 2
    one = seen({"inputs": {"t": "2024-01-31T05:06:07", "raw": "aGk="}}, cols(t="datetime", raw="binary"), native=True)
    assert one == {"t": dt.datetime(2024, 1, 31, 5, 6, 7), "raw": b"hi"}


@pytest.mark.parametrize(
    ("column", "value", "match"),
    [("binary", "***", "not base64"), ("binary", "é", "not base64"), ("datetime", "soon", "not an ISO 8601")],
)
def test_texts_that_spell_no_value(column: str, value: str, match: str) -> None:
    for body in ({"dataframe_records": [{"c": value}]}, {"inputs": {"c": value}}):
        with pytest.raises(InvalidArgument, match=match) as caught:
            seen(body, cols(c=column))
        assert caught.value.get_http_status_code() == 400
        assert value not in str(caught.value)


def test_integer_labels_survive_json_keys() -> None:
    schema = Schema([ColSpec("long", 2), ColSpec("long", 0)])
    for body in (
        {"dataframe_split": {"columns": [2, 0], "data": [[5, 6]]}},
        {"dataframe_records": [{"0": 6, "2": 5}]},
        {"inputs": {"0": 6, "2": 5}},
        {"instances": [{"0": 6, "2": 5}]},
    ):
        assert seen(body, schema).to_dict("records") == [{2: 5, 0: 6}]
    assert seen("0,2\n6,5\n", schema, kind="text/csv").to_dict("records") == [{2: 5, 0: 6}]


def test_nested_columns() -> None:
    schema = infer_schema({"tags": ["a"], "who": {"name": "x", "age": 3}})
    row = {"tags": ["a", "b"], "who": {"name": "y", "age": 4}}
    assert seen({"inputs": row}, schema, native=True) == row
    assert seen({"inputs": row}, schema).to_dict("records") == [row]
    assert seen({"dataframe_records": [row]}, schema).to_dict("records") == [row]
    with pytest.raises(SchemaMismatch, match=r"'who'\.age must be"):
        seen({"inputs": {**row, "who": {"name": "y", "age": "old"}}}, schema, native=True)


def test_tensors() -> None:
    unnamed = Schema([TensorSpec(np.dtype("float32"), (-1, 2))])
    for form in ("inputs", "instances", "input_data"):
        found = seen({form: [[1, 2], [3, None]]}, unnamed)
        assert found.dtype == "float32"
        np.testing.assert_array_equal(found, np.array([[1, 2], [3, np.nan]], "float32"))
    named = Schema([TensorSpec(np.dtype("int64"), (-1,), "a"), TensorSpec(np.dtype("str"), (-1, 1), "b")])
    for body in (
        {"inputs": {"a": [1, 2], "b": [["x"], ["y"]]}},
        {"instances": [{"a": 1, "b": ["x"]}, {"a": 2, "b": ["y"]}]},
        {"input_data": {"a": [1, 2], "b": [["x"], ["y"]]}},
    ):
        found = seen(body, named)
        assert found["a"].tolist() == [1, 2]
        assert found["b"].tolist() == [["x"], ["y"]]
    with pytest.raises(InvalidArgument, match=r"lack the tensors \['b'\]"):
        seen({"instances": [{"a": 1, "b": ["x"]}, {"a": 2}]}, named)
    with pytest.raises(SchemaMismatch, match="whole numbers"):
        seen({"inputs": [1.5]}, Schema([TensorSpec(np.dtype("int64"), (-1,))]))


def test_without_a_signature() -> None:
    assert seen({"inputs": [[1, 2]]}, None).tolist() == [[1, 2]]
    assert seen({"inputs": {"a": [1, 2]}}, None)["a"].tolist() == [1, 2]
    assert seen({"inputs": [[1], [2, 3]]}, None) == [[1], [2, 3]]
    assert seen({"inputs": [{"a": 1}]}, None) == [{"a": 1}]
    assert seen({"inputs": "x"}, None) == "x"
    assert seen({"inputs": [1, 2]}, None, native=True) == [1, 2]
    found = seen({"dataframe_split": {"data": [[1, "x"]]}}, None)
    assert found.to_dict("records") == [{0: 1, 1: "x"}]


def test_params_travel_beside_the_data() -> None:
    signature = infer_signature({"q": "x"}, params={"k": 3})
    data, params = parse('{"inputs": {"q": "y"}, "params": {"k": 5}}', "application/json; charset=UTF-8", signature)
    assert (data, params) == ({"q": "y"}, {"k": 5})
    chat = {"messages": [{"role": "user"}], "k": 2}
    assert unwrapped(chat)
    assert not unwrapped({"inputs": chat})
    assert parse(json.dumps(chat), None, signature) == ({"messages": [{"role": "user"}]}, {"k": 2})


@pytest.mark.parametrize(
    ("body", "kind", "match"),
    [
        ("{", "application/json", "not JSON"),
        (b"\xff", "application/json", "not UTF-8"),
        ("[1]", "application/json", "must be an object.*got a list"),
        ("{}", "application/json", "exactly one of the keys"),
        ('{"inputs": 1, "instances": 2}', "application/json", "both instances and inputs"),
        ('{"inputs": 1, "extra": 2}', "application/json", r"unknown keys \['extra'\]"),
        ('{"inputs": 1, "params": [1]}', "application/json", "'params' must be an object"),
        ('{"dataframe_split": [1]}', "application/json", "'dataframe_split' must be"),
        ('{"dataframe_split": {"data": 1}}', "application/json", "'data' must be a list of rows"),
        ('{"dataframe_split": {"columns": 1, "data": []}}', "application/json", "'columns' must be a list"),
        ('{"dataframe_split": {"columns": ["a"], "data": [[1, 2]]}}', "application/json", r"lengths \[1, 2\]"),
        ('{"dataframe_split": {"columns": ["a", "a"], "data": [[1, 2]]}}', "application/json", "more than once"),
        ('{"dataframe_split": {"columns": [["a"]], "data": [[1]]}}', "application/json", "labels must be"),
        ('{"dataframe_split": {"columns": ["a"], "index": [1], "data": []}}', "application/json", "'index'"),
        ('{"dataframe_split": {"columns": ["a"], "index": true, "data": [[1]]}}', "application/json", "'index'"),
        ('{"dataframe_split": {"columns": ["a"], "index": [[1]], "data": [[1]]}}', "application/json", "'index'"),
        ('{"dataframe_records": {"a": 1}}', "application/json", "'dataframe_records' must be"),
        ('{"instances": {"a": 1}}', "application/json", "'instances' must be a list"),
        ("{}", "application/xml", "not understood"),
        ("{}", "application/json; charset=latin-1", "charset=utf-8"),
        ("", "text/csv", "empty"),
        ("a,b\n1\n", "text/csv", r"lines \[2\]"),
        ("a,a\n1,2\n", "text/csv", "more than once"),
        ('a\n"x', "text/csv", "not CSV"),
    ],
)
def test_bad_requests_are_explained(body: Any, kind: str, match: str) -> None:
    with pytest.raises(InvalidArgument, match=match) as caught:
        parse(body, kind)
    assert caught.value.error_code == "BAD_REQUEST"
    assert caught.value.get_http_status_code() == 400


def test_csv() -> None:
    schema = Schema(
        [*cols(n="long", f="double?", ok="boolean", s="string", m="string?", t="datetime"), ColSpec(Array("long"), "l")]
    )
    text = (
        'n,f,ok,s,m,t,l,more\n9007199254740993,,true,NA,,2024-01-31,"[1, 2]",7\n2,nan,False,"a,b",x,2024-02-01,[],8\n'
    )
    found = seen(text, schema, kind="text/csv; charset=utf-8")
    assert found["n"].tolist() == [2**53 + 1, 2]
    assert found["f"].isna().all()
    assert found["ok"].tolist() == [True, False]
    assert found["s"].tolist() == ["NA", "a,b"]
    assert found["m"].isna().tolist() == [True, False]
    assert found["t"].tolist() == [pd.Timestamp("2024-01-31"), pd.Timestamp("2024-02-01")]
    assert found["l"].tolist() == [[1, 2], []]
    assert parse_csv("a,b\n1,x\n").to_dict("list") == {"a": [1], "b": ["x"]}
    for bad, kind in (("2.9", "integer"), ("maybe", "boolean"), ("x", "double"), ("", "long")):
        with pytest.raises(SchemaMismatch, match="column 'c' must be"):
            seen(f'c,d\n"{bad}",1\n', cols(c=kind), kind="text/csv")
    with pytest.raises(InvalidArgument, match="must hold JSON"):
        seen("l\n[1\n", Schema([ColSpec(Array("long"), "l")]), kind="text/csv")


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.integers(-(2**63), 2**63 - 1),
            st.floats(allow_nan=False, allow_infinity=False),
            st.text(),
            st.booleans(),
            st.one_of(st.none(), st.integers(-(2**31), 2**31 - 1)),
            st.datetimes(dt.datetime(1700, 1, 1), dt.datetime(2200, 1, 1)),
            st.binary(max_size=4),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_a_frame_survives_its_own_request(rows: list[Any]) -> None:
    frame = pd.DataFrame(rows, columns=list("abcdefg"))
    gaps = any(row[4] is None for row in rows)  # without any, the signature cannot tell int64 from Int64
    frame["e"] = pd.array([row[4] for row in rows], dtype="Int64" if gaps else "int64")
    frame["f"] = frame["f"].astype("datetime64[us]")
    schema = infer_schema(frame)
    assert_frame_equal(seen(to_serving_input(frame), schema), frame)
    assert DataType.binary in schema.input_types()
