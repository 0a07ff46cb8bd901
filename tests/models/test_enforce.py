"""Enforcement: what is converted, what is refused and how it is said, for frames, tensors, JSON values and params."""

from __future__ import annotations

import datetime as dt
import decimal
import logging
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import sparse

from costs import calls
from modelwright.core.errors import InvalidArgument, SchemaMismatch
from modelwright.models.enforce import compile, enforce_params, enforce_schema, takes_json, validate_schema
from modelwright.models.infer import infer_schema
from modelwright.models.schema import (
    AnyType,
    Array,
    ColSpec,
    DataType,
    Map,
    Object,
    ParamSchema,
    ParamSpec,
    Property,
    Schema,
    SparkMLVector,
    TensorSpec,
)
from modelwright.models.signature import ModelSignature


def one(kind: Any, required: bool = True) -> Schema:
    return Schema([ColSpec(kind, "c", required=required)])


def enforced(values: Any, kind: str, dtype: Any = None, required: bool = True) -> pd.Series:
    return enforce_schema(pd.DataFrame({"c": pd.Series(values, dtype=dtype)}), one(kind, required))["c"]


@pytest.mark.parametrize(
    ("values", "dtype", "kind", "found"),
    [
        ([1, 2], "int8", "integer", "int32"),
        ([1, 2], "uint32", "long", "int64"),
        ([1, 2], "uint64", "long", "int64"),
        ([1, 2], "int64", "integer", "int32"),
        ([1.0, 2.0], "float64", "long", "int64"),
        ([1.0, 2.0], "float32", "integer", "int32"),
        ([2**53], "int64", "double", "float64"),
        ([7, 8], "int64", "float", "float32"),
        ([0.1], "float64", "float", "float32"),
        ([0.5], "float16", "float", "float32"),
        ([0.5, None], "float32", "double", "float64"),
        ([0, 1], "int64", "boolean", "bool"),
        ([0.0, 1.0], "float64", "boolean", "bool"),
        ([True, False], "bool", "long", "int64"),
        ([True, False], "bool", "double", "float64"),
        ([1, 2], "Int8", "long", "Int64"),
        ([1.0, None], "Float64", "double", "Float64"),
        ([1, None], "Int64", "double", "Float64"),
        ([1, 2], pd.ArrowDtype(pa.int8()), "long", "int64[pyarrow]"),
        ([1, None], pd.ArrowDtype(pa.int32()), "double", "double[pyarrow]"),
        ([1, 2], object, "long", "int64"),
        ([1.0, 2], object, "long", "int64"),
        ([True, False], object, "boolean", "bool"),
        ([1.5, None], object, "double", "float64"),
        ([decimal.Decimal("1.5")], object, "double", "float64"),
        ([1, 2], "category", "double", "float64"),
        ([0, 0, 3], pd.SparseDtype("int64"), "double", "float64"),
        (["2024-01-31", "2024-01-31T05:06:07.123456"], None, "datetime", "datetime64[us]"),
    ],
)
def test_conversions_that_lose_nothing(values: Any, dtype: Any, kind: str, found: str) -> None:
    series = enforced(values, kind, dtype)
    assert str(series.dtype) == found
    given = pd.Series(values, dtype=dtype)
    if kind not in ("datetime", "float"):
        assert series.dropna().tolist() == given.dropna().tolist()
    assert series.isna().tolist() == given.isna().tolist()


@pytest.mark.parametrize(
    ("values", "dtype", "kind", "match"),
    [
        ([1.0, 2.5], "float64", "long", r"not whole numbers in range, such as 2\.5"),
        ([2**33 + 1], "int64", "integer", "such as 8589934593"),
        ([2**63 - 1], "int64", "double", "cannot be kept exactly"),
        ([2**53 + 1], "int64", "double", "such as 9007199254740993"),
        ([2**24 + 1], "int64", "float", "cannot be kept exactly"),
        ([2**63], "uint64", "long", "not whole numbers"),
        ([2.0**63], "float64", "long", "not whole numbers"),
        ([np.inf], "float64", "long", "not whole numbers"),
        ([1e39], "float64", "float", "cannot be kept exactly"),
        ([1.0, np.nan], "float64", "long", "missing values"),
        ([1, None], "Int64", "long", "missing values"),
        ([True, None], "boolean", "boolean", "missing values"),
        ([1, None], object, "long", "missing values"),
        ([None], object, "boolean", "missing values"),
        ([1, None], "category", "long", "missing values"),
        ([1, None], pd.ArrowDtype(pa.int64()), "long", "missing values"),
        ([2], "int64", "boolean", "true and false"),
        (["false"], None, "boolean", "it has dtype str"),
        (["false"], object, "boolean", "holds str, such as 'false'"),
        (["1.5"], object, "double", "holds str"),
        (["1.5"], None, "double", "dtype str"),
        ([1], "int64", "string", "dtype int64"),
        ([1, "x"], object, "string", "holds int, such as 1"),
        (["x"], object, "binary", "holds str"),
        ([1.5], "float64", "datetime", "dtype float64"),
        (["soon"], None, "datetime", "not ISO 8601"),
        ([1], object, "datetime", "holds int"),
        ([2**64], object, "long", "not whole numbers"),
        ([2**53 + 1, 0.5], object, "double", "such as 9007199254740993"),
        (["a"], "category", "double", "categories of another type"),
        (["a"], pd.ArrowDtype(pa.string()), "double", "has dtype string"),
        ([300], "Int64", "boolean", "true and false"),
        ([2.5], "Float64", "long", "not whole"),
        ([2.5], pd.ArrowDtype(pa.float64()), "long", "not whole"),
        ([[1]], object, "long", "holds list"),
        (["2024"], "datetime64[ns]", "long", "dtype datetime64"),
    ],
)
def test_what_would_change_is_refused(values: Any, dtype: Any, kind: str, match: str) -> None:
    with pytest.raises(SchemaMismatch, match=match) as caught:
        enforced(values, kind, dtype)
    (problem,) = caught.value.problems
    assert problem.startswith(f"column 'c' must be {kind}: it ")


@pytest.mark.parametrize(
    ("values", "dtype", "kind", "found"),
    [
        ([1.0, None], "float64", "long", "Int64"),
        ([1.0, None], "float32", "integer", "Int32"),
        ([1.0, None], "float64", "boolean", "boolean"),
        ([1, None], "Int64", "long", "Int64"),
        ([1, None], object, "long", "object"),
        ([None, None], "float64", "string", "object"),
        ([None, None], "float64", "long", "Int64"),
        ([None], object, "double", "float64"),
        ([None], "float64", "datetime", "datetime64[ns]"),
        ([1, None], "category", "long", "category"),
        ([1, None], "category", "double", "float64"),
    ],
)
def test_optional_columns_take_missing_values(values: Any, dtype: Any, kind: str, found: str) -> None:
    series = enforced(values, kind, dtype, required=False)
    assert str(series.dtype) == found
    assert series.isna().tolist() == pd.isna(pd.Series(values, dtype=object)).tolist()


def test_every_problem_is_listed_at_once() -> None:
    schema = Schema([ColSpec("long", name) for name in ("alpha", "beta", "gamma")] + [ColSpec("string", "text")])
    frame = pd.DataFrame({"alpha": [1.5], "beta": ["x"], "gamma": [1], "text": [3]})
    with pytest.raises(SchemaMismatch) as caught:
        enforce_schema(frame, schema)
    assert [problem.split("'")[1] for problem in caught.value.problems] == ["alpha", "beta", "text"]
    assert caught.value.get_http_status_code() == 400
    with pytest.raises(SchemaMismatch, match=r"misspell it as 'gama'") as caught:
        enforce_schema(frame.rename(columns={"gamma": "gama"}).drop(columns="beta"), schema)
    assert len(caught.value.problems) == 4
    with pytest.raises(SchemaMismatch, match="in the data twice"):
        enforce_schema(pd.DataFrame([[1, 2]], columns=["c", "c"]), one("long"))


def test_values_are_redacted() -> None:
    frame = pd.DataFrame({"c": ["secret 4711"]}, dtype=object)
    with pytest.raises(SchemaMismatch, match="4711"):
        enforce_schema(frame, one("long"))
    for data, kind, native in (
        (frame, "long", False),
        ({"c": "secret 4711"}, "long", True),
        ({"c": [{"a": "secret 4711"}]}, Array(Map("long")), True),
    ):
        plan = compile(ModelSignature(one(kind)), redact=True, native=native)
        with pytest.raises(SchemaMismatch) as caught:
            plan(data)
        assert "4711" not in str(caught.value)
        assert caught.value.problems


def test_columns_are_reordered_and_optional_ones_may_be_absent() -> None:
    schema = Schema([ColSpec("long", 2), ColSpec("long", 0), ColSpec("string", "", required=False)])
    frame = pd.DataFrame([[10, 20]], columns=[0, 2])
    assert enforce_schema(frame, schema).to_dict("records") == [{2: 20, 0: 10}]
    assert list(enforce_schema(pd.DataFrame([[1, 2, "x"]], columns=[0, 2, ""]), schema).columns) == [2, 0, ""]


def test_extra_columns() -> None:
    frame = pd.DataFrame({"x": [1], "c": [2], "y": ["a"]})
    assert list(enforce_schema(frame, one("long")).columns) == ["c"]
    assert list(enforce_schema(frame, one("double"), extra_columns="pass").columns) == ["c", "x", "y"]
    with pytest.raises(SchemaMismatch) as caught:
        enforce_schema(frame, one("long"), extra_columns="error")
    assert caught.value.problems == ("column 'x' is not in the signature", "column 'y' is not in the signature")
    with pytest.raises(InvalidArgument, match="extra_columns is 'drop'"):
        enforce_schema(frame, one("long"), extra_columns="drop")  # type: ignore[arg-type]


def test_unnamed_columns_go_by_position() -> None:
    schema = Schema([ColSpec("double"), ColSpec("string")])
    assert enforce_schema(pd.DataFrame({"p": [1], "q": ["x"], "r": [0]}), schema).to_dict("list") == {
        "p": [1.0],
        "q": ["x"],
    }
    assert enforce_schema([[1, "x"], [2, "y"]], schema).to_dict("list") == {0: [1.0, 2.0], 1: ["x", "y"]}
    with pytest.raises(SchemaMismatch, match="2 columns are needed, the data has 1"):
        enforce_schema(pd.DataFrame({"p": [1]}), schema)
    with pytest.raises(SchemaMismatch, match="2 columns are expected, the data has 3"):
        enforce_schema(pd.DataFrame([[1, "x", 2]]), schema, extra_columns="error")


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ({"a": 1, "b": "x"}, {"a": [1.0], "b": ["x"]}),
        ({"a": [1, 2], "b": ["x", "y"]}, {"a": [1.0, 2.0], "b": ["x", "y"]}),
        ({"a": np.array([1, 2]), "b": "x"}, {"a": [1.0, 2.0], "b": ["x", "x"]}),
        ({"a": np.array(1.5), "b": np.array("x")}, {"a": [1.5], "b": ["x"]}),
        ([{"b": "x", "a": 1}, {"a": 2.5, "b": "y"}], {"a": [1.0, 2.5], "b": ["x", "y"]}),
        (SimpleNamespace, None),
        ([[1, "x"]], None),
        (np.array([[1, 2]]), None),
        ({"a": [1, 2], "b": ["x"]}, None),
        (None, None),
    ],
)
def test_other_containers_become_frames(data: Any, found: Any) -> None:
    schema = Schema([ColSpec("double", "a"), ColSpec("string", "b")])
    if found is None:
        with pytest.raises(SchemaMismatch):
            enforce_schema(data, schema)
    else:
        assert enforce_schema(data, schema).to_dict("list") == found


@pytest.mark.parametrize(
    "data",
    [np.array([1, 2]), [1, 2], pd.Series([1, 2]), np.array([[1], [2]])],
    ids=lambda data: type(data).__name__,
)
def test_a_single_column_takes_bare_values(data: Any) -> None:
    assert enforce_schema(data, one("double")).to_dict("list") == {"c": [1.0, 2.0]}
    assert enforce_schema(data, Schema([ColSpec("double")])).iloc[:, 0].tolist() == [1.0, 2.0]
    assert enforce_schema(1, one("double")).to_dict("list") == {"c": [1.0]}


def test_polars_is_taken_like_pandas() -> None:
    pl = pytest.importorskip("polars", reason="its frames and series are the data here")
    schema = Schema([ColSpec("double", "a"), ColSpec("string", "b")])
    found = enforce_schema(pl.DataFrame({"b": ["x"], "a": [1]}), schema)
    assert found.to_dict("list") == {"a": [1.0], "b": ["x"]}
    for series in (pl.Series([1, 2]), pl.Series("c", [1, 2])):
        assert enforce_schema(series, one("double")).to_dict("list") == {"c": [1.0, 2.0]}
    tensors = enforce_schema(pl.DataFrame(np.zeros((2, 3))), Schema([TensorSpec(np.dtype("float64"), (-1, 3))]))
    assert (str(tensors.dtype), tensors.shape) == ("float64", (2, 3))


def test_integers_beside_missing_values_keep_every_digit() -> None:
    rows = [{"c": 2**53 + 1}, {"c": None}]
    found = enforce_schema(rows, one("long", required=False))["c"]
    assert found.dtype == "Int64"
    assert found[0] == 2**53 + 1


@pytest.mark.parametrize("kind", ["double", "float"])
@pytest.mark.parametrize("values", [[1, -0.0], [-0.0, 0, None], [0, 0.0, -0.0]])
def test_a_negative_zero_beside_integers_keeps_its_sign(values: list[Any], kind: str) -> None:
    found = enforced(values, kind, object, required=False)
    assert np.signbit(found.dropna()).tolist() == [str(value).startswith("-") for value in values if value is not None]


def test_a_frame_of_one_dtype_is_converted_in_one_piece() -> None:
    names = [f"c{i}" for i in range(600)]
    frame = pd.DataFrame(np.arange(1200).reshape(2, 600), columns=names, index=["p", "q"])
    plan = compile(ModelSignature(Schema([ColSpec("double", name) for name in names])))
    found, _ = plan(frame)
    assert (found.dtypes == "float64").all()
    assert found.equals(frame.astype(float))
    frame.iloc[0, 3] = 2**53 + 1
    with pytest.raises(SchemaMismatch) as caught:
        plan(frame)
    assert caught.value.problems[0].startswith("column 'c3' must be double")
    assert len(caught.value.problems) == 1


def test_the_callers_frame_is_not_changed() -> None:
    frame = pd.DataFrame({"a": [1], "b": [1], "c": ["x"]})
    before = frame.copy()
    schema = Schema([ColSpec("double", "a"), ColSpec("long", "b"), ColSpec("string", "c")])
    assert enforce_schema(frame, schema)["a"].dtype == "float64"
    native = compile(ModelSignature(infer_schema(frame)), native=True)(frame)[0]
    native["new"] = 1
    native.loc[0, "b"] = 5
    pd.testing.assert_frame_equal(frame, before)


def test_frames_of_changing_layout_use_the_right_plan() -> None:
    plan = compile(ModelSignature(Schema([ColSpec("double", "a"), ColSpec("long", "b")])))
    layouts = [
        {"a": [0.5], "b": [1]},
        {"b": [1], "a": [0.5]},
        {"a": [1], "b": [1]},
        {"a": [0.5], "b": [1.0]},
        {"a": [0.5], "b": [1], "x": [0]},
        {"x": ["s"], "b": [1], "a": np.float32([0.5])},
    ]
    for _ in range(3):
        for layout in layouts:
            found, _ = plan(pd.DataFrame(layout))
            assert list(found.columns) == ["a", "b"]
            assert [str(dtype) for dtype in found.dtypes] == ["float64", "int64"]
    with pytest.raises(SchemaMismatch, match="'b' is missing"):
        plan(pd.DataFrame({"a": [0.5]}))


def test_a_frame_that_fits_costs_a_handful_of_calls() -> None:
    frame = pd.DataFrame(np.zeros((5, 30)), columns=[f"c{i}" for i in range(30)])
    plan = compile(ModelSignature(infer_schema(frame)))
    row = frame.iloc[[2]]
    plan(row)
    assert calls(lambda: plan(row)) <= 20  # about a microsecond; a look at each column would be hundreds


def test_without_private_pandas_parts_the_result_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame({"a": [0.5], "b": [1], "x": ["s"]})
    from modelwright.models import enforce_frame, enforce_native

    monkeypatch.setattr(enforce_frame, "_same", lambda *_: (_ for _ in ()).throw(AttributeError("blocks")))
    monkeypatch.setattr(enforce_frame, "_blocks", lambda frame: (list(frame.dtypes), b""))
    plan = compile(ModelSignature(infer_schema(frame[["a", "b"]])))
    for _ in range(2):
        assert list(plan(frame)[0].columns) == ["a", "b"]
    assert enforce_native._own(frame).equals(frame)


def test_spark_frames_are_sampled_and_selected() -> None:
    """By a stand-in, as pyspark is not among the test requirements."""

    class DataFrame:
        columns = ["x", "a"]
        __module__, __qualname__ = "pyspark.sql.dataframe", "DataFrame"

        def limit(self, count: int) -> DataFrame:
            assert count == 10
            return self

        def toPandas(self) -> pd.DataFrame:
            return pd.DataFrame({"x": ["s"], "a": [1.0]})

        def select(self, *names: str) -> tuple[str, ...]:
            return names

    assert enforce_schema(DataFrame(), Schema([ColSpec("long", "a")])) == ("a",)
    assert enforce_schema(DataFrame(), Schema([ColSpec("long", "a")]), extra_columns="pass") == ("a", "x")
    with pytest.raises(SchemaMismatch, match="'x' must be long"):
        enforce_schema(DataFrame(), Schema([ColSpec("long", "x")]))


# --- nested values ------------------------------------------------------------------------------------------------

PERSON = Object(
    [Property("name", "string"), Property("age", "long", required=False), Property("tags", Array("string"))]
)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Array("long"), [1, 2.0, None]),
        (Array("long"), np.array([1, 2])),
        (Array("double"), [1, 0.5]),
        (Array(Array("long")), [[1], []]),
        (Array(Array("double")), np.zeros((2, 2))),
        (PERSON, {"name": "a", "tags": []}),
        (PERSON, {"name": "a", "age": None, "tags": ["x"]}),
        (Map("double"), {"a": 1, "b": 0.5}),
        (Map(AnyType()), {}),
        (AnyType(), object()),
        (SparkMLVector(), [0.5, 1.0]),
        (Array("datetime"), ["2024-01-31", dt.date(2024, 1, 31), pd.Timestamp("2024")]),
        (Array("binary"), [b"x", bytearray(b"y")]),
        (Array("boolean"), [True, 0, np.True_]),
    ],
)
def test_nested_values_that_fit_are_left_alone(kind: Any, value: Any) -> None:
    frame = pd.DataFrame({"c": pd.Series([value], dtype=object)})
    assert enforce_schema(frame, one(kind)) is frame
    data = {"c": value}
    assert compile(ModelSignature(one(kind)), native=True)(data)[0] is data


@pytest.mark.parametrize(
    ("kind", "value", "match"),
    [
        (Array("long"), 5, "holds int instead of lists"),
        (Array("long"), [1, 2.5], r"whole or leave 64 bits.*2\.5"),
        (Array("integer"), [2**31], "leave 32 bits"),
        (Array("boolean"), [2], "other than 0 and 1"),
        (Array("boolean"), ["false"], "holds str"),
        (Array("double"), [2**53 + 1], "64-bit float cannot keep"),
        (Array("double"), [10**400], "64-bit float cannot keep"),
        (Array("float"), [1e39], "32-bit"),
        (Array("datetime"), ["soon"], "holds str"),
        (PERSON, {"tags": []}, "without the required property 'name'"),
        (PERSON, {"name": "a", "tags": [], "shoe": 1}, r"unknown properties \['shoe'\]"),
        (PERSON, {"name": None, "tags": []}, "missing values"),
        (PERSON, ["a"], "instead of objects"),
        (Map("long"), {1: 2}, "keys that are not strings"),
        (Map("long"), {"a": "b"}, "holds str"),
        (Array("long"), None, "missing values, and is required"),
    ],
)
def test_nested_values_that_do_not_fit(kind: Any, value: Any, match: str) -> None:
    with pytest.raises(SchemaMismatch, match=match):
        enforce_schema(pd.DataFrame({"c": pd.Series([value], dtype=object)}), one(kind))
    with pytest.raises(SchemaMismatch, match=match):
        compile(ModelSignature(one(kind)), native=True)([{"c": value}])


# --- JSON values for Python models --------------------------------------------------------------------------------


def native(schema: Schema, **options: Any) -> Any:
    plan = compile(ModelSignature(schema), native=True, **options)
    return lambda data: plan(data)[0]


@pytest.mark.parametrize(
    "data",
    [
        {"a": 1, "b": "x"},
        {"a": [1, 2], "b": ["x", "y"]},
        [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}],
        {"a": 1, "b": "x", "more": {"kept": True}},
        {"a": np.array([1, 2]), "b": ["x", "y"]},
    ],
)
def test_dicts_stay_dicts_for_python_models(data: Any) -> None:
    schema = Schema([ColSpec("long", "a"), ColSpec("string", "b"), ColSpec("double", "c", required=False)])
    assert native(schema)(data) is data
    assert isinstance(enforce_schema(data, schema), pd.DataFrame)


def test_what_python_models_are_given_is_checked() -> None:
    check = native(Schema([ColSpec("long", "a"), ColSpec("string", "b")]))
    with pytest.raises(SchemaMismatch) as caught:
        check({"a": "x", "c": 1})
    assert caught.value.problems == (
        "column 'b' is missing",
        "column 'a' must be long: it holds str, such as 'x'",
    )
    with pytest.raises(SchemaMismatch, match="differ in length"):
        check({"a": [1, 2], "b": ["x"]})
    with pytest.raises(SchemaMismatch, match="'b' is missing"):
        check([{"a": 1, "b": "x"}, {"a": 1}])
    with pytest.raises(SchemaMismatch, match="'z' is not in"):
        native(Schema([ColSpec("long", "a")]), extra_columns="error")({"a": 1, "z": 1})


@pytest.mark.parametrize("data", ["text", ["a", "b"], [{"q": "x"}], {"q": "x"}])
def test_an_unnamed_text_column_takes_texts_and_what_mlflow_calls_so(data: Any) -> None:
    assert native(Schema([ColSpec("string")]))(data) is data


def test_an_unnamed_array_column_takes_one_list_or_many() -> None:
    check = native(Schema([ColSpec(Array("long"))]))
    for data in ([[1], [2, 3]], [1, 2]):
        assert check(data) is data
    with pytest.raises(SchemaMismatch, match="must be Array"):
        check(["x"])


def test_which_models_take_json() -> None:
    scalars, nested = one("long"), one(Array("long"))
    assert not takes_json(ModelSignature(scalars))
    assert takes_json(ModelSignature(nested))
    assert takes_json(ModelSignature(Schema([ColSpec("string")])))
    assert not takes_json(ModelSignature(Schema([TensorSpec(np.dtype("f4"), (-1,))])))
    assert takes_json(ModelSignature(scalars), {"type": "json_object"})
    assert not takes_json(ModelSignature(nested), {"type": "dataframe"})
    assert takes_json(None)


# --- tensors ------------------------------------------------------------------------------------------------------


def tensor(dtype: str, *shape: int, name: str | None = None) -> Schema:
    return Schema([TensorSpec(np.dtype(dtype), shape, name)])


@pytest.mark.parametrize(
    ("data", "schema", "dtype"),
    [
        (np.zeros((2, 3), "int64"), tensor("float32", -1, 3), "float32"),
        (np.zeros((2, 3), "float64"), tensor("float32", -1, 3), "float32"),
        (np.ones((2, 3)), tensor("int8", -1, 3), "int8"),
        ([[1, 2, 3]], tensor("float64", -1, 3), "float64"),
        ([[1, None, 3]], tensor("float64", -1, 3), "float64"),
        (pd.DataFrame(np.zeros((2, 3))), tensor("float64", -1, 3), "float64"),
        (pd.DataFrame({"a": [[1.0, 2.0], [3.0, 4.0]]}), tensor("float64", -1, 2, 1), "float64"),
        (pd.DataFrame({"a": [1, 2]}), tensor("float64", -1, 1), "float64"),
        (pd.Series([1, 2]), tensor("float64", -1), "float64"),
        (["a", "b"], tensor("str", -1), "<U1"),
        (np.array(["a"], object), tensor("str", -1), "<U1"),
        (np.array(["2024-01-01"]), tensor("datetime64[ns]", -1), "datetime64[ns]"),
        (np.array(["2024-01-01"], "M8[s]"), tensor("datetime64[ns]", -1), "datetime64[ns]"),
        (["a", {}], tensor("object", -1), "object"),
    ],
)
def test_tensors_are_cast_exactly(data: Any, schema: Schema, dtype: str) -> None:
    found = enforce_schema(data, schema)
    assert str(found.dtype) == dtype
    assert found.shape[1:] == schema.inputs[0].shape[1:]
    given = np.asarray(data.to_numpy() if hasattr(data, "to_numpy") else data)
    if given.dtype.kind in "if":
        assert (found.ravel() == given.ravel()).all()


@pytest.mark.parametrize(
    ("data", "schema", "match"),
    [
        (np.zeros((2, 4)), tensor("float64", -1, 3), r"needs shape \(-1, 3\), and has shape \(2, 4\)"),
        (np.zeros(2), tensor("float64", -1, 3), "needs 2 dimensions"),
        (np.array([0.5]), tensor("int64", -1), r"whole numbers in range of int64, such as 0\.5"),
        (np.array([300]), tensor("uint8", -1), "such as 300"),
        (np.array(["a"]), tensor("float64", -1), "needs dtype float64"),
        (np.array([1], object), tensor("str", -1), "needs dtype str"),
        ([2**53 + 1, 0.5], tensor("float64", -1), "64-bit float cannot keep"),
        ([[1], [1, 2]], tensor("float64", -1, -1), "cannot be read as one"),
        (np.array(["soon"]), tensor("datetime64[ns]", -1), "ISO 8601"),
        (np.array(["2024-01-01T00:00:01"], "M8[s]"), tensor("datetime64[D]", -1), "cannot keep"),
        (pd.DataFrame(np.zeros((2, 2))), tensor("float64", -1, 3), "a frame of 2 columns"),
        (pd.DataFrame({"a": [[1.0], [1.0, 2.0]]}), tensor("float64", -1, 2), "differ in length"),
        (pd.DataFrame({"a": [1.0, 2.0]}), tensor("float64", -1, 4), "needs shape"),
        (pd.DataFrame({"a": [1.0]}), tensor("float64", -1, -1), "give an array"),
        ({"a": np.zeros(1)}, tensor("float64", -1), "a dict was given"),
        (sparse.csr_matrix([[0.5]]), tensor("int64", -1, 1), "whole numbers"),
        (5, tensor("float64", -1, name="x"), "named tensors"),
        (np.zeros((2, 1)), tensor("float64", -1, name="x"), "tensor 'x' needs 1 dimensions"),
    ],
)
def test_tensors_that_do_not_fit(data: Any, schema: Schema, match: str) -> None:
    with pytest.raises(SchemaMismatch, match=match):
        enforce_schema(data, schema)


def test_named_tensors() -> None:
    schema = Schema([TensorSpec(np.dtype("f4"), (-1, 2), "a"), TensorSpec(np.dtype("i8"), (-1,), "b")])
    found = enforce_schema({"b": [1.0], "a": [[1, 2]], "x": 0}, schema)
    assert {name: (value.dtype.name, value.tolist()) for name, value in found.items()} == {
        "a": ("float32", [[1.0, 2.0]]),
        "b": ("int64", [1]),
    }
    frame = pd.DataFrame({"b": [1], "a": [[1.0, 2.0]]})
    assert enforce_schema(frame, schema)["a"].shape == (1, 2)
    assert set(enforce_schema({"b": [1], "a": [[1, 2]], "x": 0}, schema, extra_columns="pass")) == {"a", "b", "x"}
    with pytest.raises(SchemaMismatch) as caught:
        enforce_schema({"aa": 0, "b": [0.5]}, schema, extra_columns="error")
    assert [problem.split("'")[1] for problem in caught.value.problems] == ["a", "aa", "b"]


def test_ragged_and_sparse_tensors_pass() -> None:
    ragged = np.empty(2, object)
    ragged[:] = [np.zeros((1, 3)), np.zeros((2, 3))]
    assert enforce_schema(ragged, tensor("float64", -1, -1, 3)) is ragged
    matrix = sparse.csr_matrix(np.eye(3))
    assert enforce_schema(matrix, tensor("float64", -1, 3)) is matrix
    assert enforce_schema(matrix, tensor("float32", -1, 3)).dtype == "float32"
    assert enforce_schema(np.zeros(2), tensor("float64", -1, name="x"))["x"].shape == (2,)


# --- params -------------------------------------------------------------------------------------------------------

PARAMS = ParamSchema(
    [ParamSpec("k", "long", 3), ParamSpec("stop", "string", ["a"], (-1,)), ParamSpec("t", "float", 0.5)]
)


def test_params_take_defaults_and_exact_numbers() -> None:
    assert enforce_params({"k": 5.0, "t": 1}, PARAMS) == {"k": 5, "stop": ["a"], "t": 1.0}
    plan = compile(ModelSignature(params=PARAMS))
    first = plan("data")[1]
    assert first == {"k": 3, "stop": ["a"], "t": 0.5}
    first["k"] = 9
    assert plan("data") == ("data", {"k": 3, "stop": ["a"], "t": 0.5})
    assert enforce_params(None, None) is None
    assert enforce_params({}, None) == {}


def test_bad_params_are_listed_and_unknown_ones_logged(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(SchemaMismatch) as caught:
        enforce_params({"k": 2.5, "t": "x", "stop": "a"}, PARAMS)
    assert len(caught.value.problems) == 3
    with pytest.raises(InvalidArgument, match="must be a dict"):
        enforce_params([1], PARAMS)  # type: ignore[arg-type]
    with caplog.at_level(logging.WARNING):
        assert enforce_params({"j": 1, 2: 1}, PARAMS)["k"] == 3
        assert enforce_params({"j": 1}, None) == {}
    assert "['j', '2'] are ignored" in caplog.messages[0]
    assert "declares no params" in caplog.messages[1]


def test_no_signature_lets_everything_pass() -> None:
    data = object()
    assert compile(None)(data) == (data, None)
    assert validate_schema(pd.DataFrame({"c": [1]}), one("long")) is None
    assert infer_schema(pd.DataFrame({"c": [1]})).inputs[0].type is DataType.long


def test_missing_and_misfitting_columns_are_listed_together() -> None:
    schema = Schema([ColSpec("double", "age"), ColSpec("double", "bmi")])
    with pytest.raises(SchemaMismatch) as caught:
        enforce_schema(pd.DataFrame({"bmi": ["heavy"]}), schema)
    assert len(caught.value.problems) == 2
    assert "'age' is missing" in caught.value.problems[0]
    assert "'bmi' must be double" in caught.value.problems[1]
