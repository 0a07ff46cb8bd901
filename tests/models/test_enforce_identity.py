"""Data fits the signature inferred from it, and is handed on unchanged."""

from __future__ import annotations

import datetime as dt
import warnings

import hypothesis.extra.numpy as npst
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal, assert_index_equal

from modelwright.models.enforce import compile, enforce_schema
from modelwright.models.infer import infer_schema

I64 = st.integers(-(2**63), 2**63 - 1)
TEXT = st.text(max_size=5)
WHEN = st.datetimes(dt.datetime(1700, 1, 1), dt.datetime(2200, 1, 1))
LABELS = st.lists(
    st.one_of(st.sampled_from([0, 1, 7, "", "0", "a", "b c"]), st.text(max_size=3)), min_size=1, max_size=5, unique=True
)


def some(values: st.SearchStrategy, n: int) -> st.SearchStrategy:
    return st.lists(values, min_size=n, max_size=n)


def maybe(values: st.SearchStrategy, n: int) -> st.SearchStrategy:
    return some(st.one_of(st.none(), values), n)


def array(dtype: object) -> object:
    return lambda values: pd.array(values, dtype=dtype)


def columns(n: int) -> st.SearchStrategy:
    """One column of n values, of any kind that a signature can describe."""
    text = st.sampled_from(["", "0", "x", "yy", "é"])
    nested = st.fixed_dictionaries({"a": I64}, optional={"b": some(st.floats(allow_nan=False), 2), "c": TEXT})
    return st.one_of(
        *(npst.arrays(dtype, n) for dtype in ("bool", "int32", "int64", "float32", "float64", "int8", "uint16", "f2")),
        some(st.integers(0, 2**63 - 1), n).map(lambda v: np.array(v, "uint64")),
        some(text, n),
        some(text, n).map(lambda v: np.array(v, object)),
        maybe(text, n).map(lambda v: pd.Series(v, dtype=object)),
        some(st.binary(max_size=4), n).map(lambda v: pd.Series(v, dtype=object)),
        maybe(st.booleans(), n).map(lambda v: pd.Series(v, dtype=object)),
        maybe(I64, n).map(lambda v: pd.Series(v, dtype=object)),
        maybe(I64, n).map(array("Int64")),
        maybe(st.integers(0, 255), n).map(array("UInt8")),
        maybe(st.booleans(), n).map(array("boolean")),
        maybe(st.floats(allow_nan=False), n).map(array("Float64")),
        maybe(text, n).map(array("string")),
        maybe(text, n).map(pd.Categorical),
        maybe(st.integers(0, 3), n).map(pd.Categorical),
        some(WHEN, n).map(lambda v: pd.Series(v, dtype="datetime64[us]")),
        maybe(WHEN, n).map(lambda v: pd.Series(v, dtype="datetime64[us]").dt.tz_localize("UTC")),
        maybe(I64, n).map(array(pd.ArrowDtype(pa.int64()))),
        maybe(text, n).map(array(pd.ArrowDtype(pa.string()))),
        maybe(st.booleans(), n).map(array(pd.ArrowDtype(pa.bool_()))),
        maybe(WHEN, n).map(array(pd.ArrowDtype(pa.timestamp("us")))),
        maybe(some(st.one_of(st.none(), I64), 2), n).map(lambda v: pd.Series(v, dtype=object)),
        some(st.lists(TEXT, max_size=3), n).map(lambda v: pd.Series(v, dtype=object)),
        some(nested, n).map(lambda v: pd.Series(v, dtype=object)),
        some(st.none(), n).map(lambda v: pd.Series(v, dtype=object)),
    )


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    labels, n = draw(LABELS), draw(st.integers(1, 4))
    out = pd.concat([pd.Series(draw(columns(n))) for _ in labels], axis=1)
    out.columns = pd.Index(labels, dtype=object)
    return out


@settings(deadline=None, max_examples=80)
@given(frames())
def test_a_frame_passes_its_own_signature_unchanged(frame: pd.DataFrame) -> None:
    before = frame.copy()
    plan = compile_(frame)
    for found in (plan(frame)[0], plan(frame)[0], plan(frame.copy())[0]):  # worked out, looked up, looked up by labels
        assert_index_equal(found.columns, before.columns, exact=False)
        for position in range(len(before.columns)):
            same(found.iloc[:, position], before.iloc[:, position])
    assert_frame_equal(frame, before)


def same(found: pd.Series, before: pd.Series) -> None:
    """Equal values and missing values; the dtype too, except that narrow numbers get their declared width."""
    assert found.isna().tolist() == before.isna().tolist()
    mask = before.notna()
    assert found[mask].tolist() == before[mask].tolist()
    narrow = str(before.dtype).lower() in ("int8", "uint8", "uint16", "float16", "uint64")
    if before.dtype == object and before.notna().all():
        return  # Python numbers and dates without gaps become numpy's
    assert narrow or found.dtype == before.dtype


def compile_(data: object) -> object:
    from modelwright.models.signature import ModelSignature

    return compile(ModelSignature(infer_schema(data)))


@settings(deadline=None)
@given(
    npst.arrays(
        st.sampled_from(["f4", "f8", "i4", "u1", "bool", "M8[s]", "U3", "c16"]),
        npst.array_shapes(min_dims=1, max_dims=4, max_side=3),
    )
)
def test_an_array_passes_its_own_signature_unchanged(array: np.ndarray) -> None:
    assert enforce_schema(array, infer_schema(array)) is array
    named = {"a": array, "b": array}
    assert enforce_schema(named, infer_schema(named)) is named


# Whole numbers beyond 2**53 beside fractions are refused: no one type of MLflow's keeps both.
JSON = st.recursive(
    st.one_of(st.integers(-(2**53), 2**53), st.floats(allow_nan=False), TEXT, st.booleans()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=8,
)


@settings(deadline=None, max_examples=150)
@given(st.one_of(st.dictionaries(TEXT, JSON, min_size=1, max_size=4), st.lists(JSON, max_size=4), JSON))
def test_json_reaches_a_python_model_as_it_is(data: object) -> None:
    from modelwright.core.errors import InvalidArgument
    from modelwright.models.signature import ModelSignature

    try:
        schema = infer_schema(data)
    except InvalidArgument:
        return  # mixed types, for which there is no signature
    found, _ = compile(ModelSignature(schema), native=True)(data)
    assert found is data


@pytest.mark.parametrize("values", [[1, None], [True, None], ["a", None]])
def test_an_unnamed_series_with_gaps_passes(values: list[object]) -> None:
    series = pd.Series(values, dtype=object)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = enforce_schema(series, infer_schema(series))
    assert found.iloc[:, 0].tolist() == values


def test_the_same_object_comes_back_when_nothing_has_to_change() -> None:
    frame = pd.DataFrame({"a": [1.0], "b": [2], "c": ["x"], "d": pd.Categorical(["u"])})
    assert compile_(frame)(frame)[0] is frame
