"""Signatures inferred from data of every kind."""

from __future__ import annotations

import datetime as dt
import decimal
import json
import sys
import uuid
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse

from modelwright.core.errors import InvalidArgument
from modelwright.models.infer import infer_schema
from modelwright.models.schema import ColSpec, ParamSchema, ParamSpec, Schema
from modelwright.models.signature import ModelSignature, infer_signature


def shown(data: Any) -> str:
    return repr(infer_schema(data))


def series_type(values: Any, dtype: Any = None) -> str:
    (column,) = infer_schema(pd.DataFrame({"c": pd.Series(values, dtype=dtype)}))
    return f"{column.type!r}{'' if column.required else '?'}"


@pytest.mark.parametrize(
    ("values", "dtype", "found"),
    [
        ([True], "bool", "boolean"),
        *[([1], dtype, "integer") for dtype in ("int8", "int16", "uint8", "uint16", "int32")],
        *[([1], dtype, "long") for dtype in ("uint32", "int64", "uint64")],
        ([0.5], "float16", "float"),
        ([0.5], "float32", "float"),
        ([0.5], "float64", "double"),
        ([0.5, None], "float64", "double?"),
        (["a"], None, "string"),
        (["a", None], object, "string?"),
        (["a", float("nan")], object, "string?"),
        ([b"a"], None, "binary"),
        ([bytearray(b"a")], None, "binary"),
        (["2024"], "datetime64[s]", "datetime"),
        (["2024", None], "datetime64[ns]", "datetime?"),
        ([dt.date(2024, 1, 1)], None, "datetime"),
        ([pd.Timestamp("2024", tz="UTC")], None, "datetime"),
        ([1], "Int64", "long"),
        ([1, None], "Int64", "long?"),
        ([1, None], "Int8", "integer?"),
        ([True, None], "boolean", "boolean?"),
        ([0.5, None], "Float32", "float?"),
        (["a", None], "string", "string?"),
        (["a", None], "category", "string?"),
        ([1, 2], "category", "long"),
        ([], "category", "string"),
        ([0, 1], pd.SparseDtype("int64"), "long"),
        ([decimal.Decimal("1.5")], None, "double"),
        ([None], object, "Any?"),
        ([1, 2.5], object, "double"),
        ([1, None], object, "long?"),
        ([[1], [2, 3]], None, "Array(long)"),
        ([[1, 2.5], []], None, "Array(double)"),
        ([[["a"]], None], None, "Array(Array(string))?"),
        ([np.zeros((2, 2), "float32")], None, "Array(Array(float))"),
        ([(1, 2)], None, "Array(long)"),
        ([{"a": 1}, {"a": 2, "b": "x"}], None, "{a: long (required), b: string (optional)}"),
        ([{"a": 1}, {"a": None}], None, "{a: long (optional)}"),
        ([{"a": {}}], None, "{a: Map(str -> Any) (required)}"),
        ([1, None], pd.ArrowDtype(pa.int32()), "integer?"),
        (["a"], pd.ArrowDtype(pa.large_string()), "string"),
        ([b"a"], pd.ArrowDtype(pa.binary()), "binary"),
        ([True], pd.ArrowDtype(pa.bool_()), "boolean"),
        ([dt.datetime(2024, 1, 1)], pd.ArrowDtype(pa.timestamp("ms", "UTC")), "datetime"),
        ([dt.date(2024, 1, 1)], pd.ArrowDtype(pa.date32()), "datetime"),
        ([decimal.Decimal("1.5")], pd.ArrowDtype(pa.decimal128(5, 2)), "double"),
        ([[1.5]], pd.ArrowDtype(pa.list_(pa.float64())), "Array(double)"),
        ([{"a": "x"}], pd.ArrowDtype(pa.struct([("a", pa.string())])), "{a: string (required)}"),
        ([[("a", 1)], None], pd.ArrowDtype(pa.map_(pa.string(), pa.int64())), "Map(str -> long)?"),
        (["a"], pd.ArrowDtype(pa.dictionary(pa.int8(), pa.string())), "string"),
        ([None], pd.ArrowDtype(pa.null()), "Any?"),
    ],
)
def test_columns(values: Any, dtype: Any, found: str) -> None:
    assert series_type(values, dtype) == found


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (pd.DataFrame({"a": pd.to_timedelta([1], unit="s")}), "'a'.*timedelta.*total_seconds"),
        (pd.DataFrame({"a": np.array([1j])}), "'a'.*complex"),
        (pd.DataFrame({"a": pd.period_range("2024", periods=1)}), "'a'.*to_timestamp"),
        (pd.DataFrame({"a": pd.Series([1, "x"], dtype=object)}), "'a' mixes types"),
        (pd.DataFrame({"a": pd.Series([True, 1], dtype=object)}), "'a' mixes types"),
        (pd.DataFrame({"a": [uuid.uuid4()]}), "'a' holds uuid.UUID"),
        (pd.DataFrame({"a": pd.Series([2**64], dtype=object)}), "outside the 64 bits"),
        (pd.DataFrame({"a": np.array([2**63], "uint64")}), "'a'.*unsigned integers beyond"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), r"given twice: \['a'\]"),
        (pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")])), "MultiIndex"),
        (pd.DataFrame([[1]], columns=[pd.Timestamp("2024")]), "label"),
        (pd.DataFrame(index=[0]), "no columns"),
        ({}, "empty dict"),
        ({1: "a"}, "keys of a dict"),
        ([{"a": {1: 2}}], "keys that are not strings"),
        (["a", 1], "mixes types"),
        (np.zeros(1, [("a", "i4")]), "record array"),
        (pl.DataFrame({"a": [dt.timedelta(1)]}), "Duration"),
        (pl.DataFrame({"a": pl.Series([2**63], dtype=pl.UInt64)}), "unsigned"),
        (pd.DataFrame({"a": pd.array([1], dtype=pd.ArrowDtype(pa.duration("s")))}), "duration"),
        (object(), "holds builtins.object"),
    ],
)
def test_what_has_no_signature_is_named(data: Any, match: str) -> None:
    with pytest.raises(InvalidArgument, match=match):
        infer_schema(data)


@dataclass
class Point:
    x: int
    y: list[float]


class Model:
    """Stands for a pydantic model: recognised by its methods."""

    def model_dump(self) -> dict[str, Any]:
        return {"a": 1, "b": None}


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (pd.Series([1], name="s"), "['s': long (required)]"),
        (pd.Series([1.5, None]), "[double (required)]"),
        (pd.DataFrame([[1, 2]], columns=[2, 0]), "[2: long (required), 0: long (required)]"),
        (np.zeros((4, 2, 3), "float32"), "[Tensor('float32', (-1, 2, 3))]"),
        (np.array(["ab"]), "[Tensor('str', (-1,))]"),
        (np.array([b"ab"]), "[Tensor('bytes', (-1,))]"),
        (np.array([{}], dtype=object), "[Tensor('object', (-1,))]"),
        (np.array(2.5), "[double (required)]"),
        (sparse.csr_matrix(np.eye(3)), "[Tensor('float64', (-1, 3))]"),
        (sparse.coo_array(np.eye(3, dtype="f4")), "[Tensor('float32', (-1, 3))]"),
        ({"a": np.zeros((2, 2)), 1: np.array(["x"])}, "['a': Tensor('float64', (-1, 2)), 1: Tensor('str', (-1,))]"),
        ({"a": pd.Series([1]), "b": pd.Series(["x"])}, "['a': long (required), 'b': string (required)]"),
        (
            {"a": 1, "b": [1, 2.5], "c": None, "d": {"e": "f"}},
            "['a': long (required), 'b': Array(double) (required), 'c': Any (optional), "
            "'d': {e: string (required)} (required)]",
        ),
        ({"a": [1, None]}, "['a': Array(long) (optional)]"),
        ({"a": []}, "['a': Array(Any) (required)]"),
        ([{"a": 1}, {"b": "x", "a": 2}], "['a': long (required), 'b': string (optional)]"),
        (["a", "b"], "[string (required)]"),
        ([1, None], "[long (required)]"),
        ([None], "[Any (required)]"),
        ([], "[string (required)]"),
        ([[1], [2.5]], "[Array(double) (required)]"),
        ("text", "[string (required)]"),
        (b"bytes", "[binary (required)]"),
        (True, "[boolean (required)]"),
        (np.float32(1), "[float (required)]"),
        (np.int8(1), "[integer (required)]"),
        (dt.datetime(2024, 1, 1), "[datetime (required)]"),
        (Point(1, [2]), "['x': long (required), 'y': Array(long) (required)]"),
        ([Point(1, [2])], "['x': long (required), 'y': Array(long) (required)]"),
        pytest.param(Model(), "['a': long (required), 'b': Any (optional)]", id="model"),
        (pl.Series("s", [1, None]), "['s': long (optional)]"),
        (pl.Series([1.5]), "[double (required)]"),
    ],
    ids=repr,
)
def test_containers(data: Any, found: str) -> None:
    assert shown(data) == found


def test_polars_frames() -> None:
    frame = pl.DataFrame(
        {
            "i": pl.Series([1, None], dtype=pl.Int16),
            "u": pl.Series([1, 2], dtype=pl.UInt64),
            "f": [0.5, float("nan")],
            "t": [dt.date(2024, 1, 1)] * 2,
            "c": pl.Series(["a", "b"], dtype=pl.Categorical),
            "l": [[1], [2]],
            "s": [{"a": 1}, {"a": None}],
            "n": [None, None],
        }
    )
    assert (
        shown(frame)
        == shown(frame.lazy())
        == (
            "['i': integer (optional), 'u': long (required), 'f': double (optional), 't': datetime (required), "
            "'c': string (required), 'l': Array(long) (required), 's': {a: long (optional)} (required), "
            "'n': Any (optional)]"
        )
    )


def test_spark_frames_are_read_from_their_schema() -> None:
    """By a stand-in that has a Spark frame's names and schema, as pyspark is not among the test requirements."""

    def field(name: str, type_: Any, nullable: bool = True) -> Any:
        return SimpleNamespace(name=name, dataType=type_, nullable=nullable)

    def spark(name: str, **attributes: Any) -> Any:
        return type(name, (), attributes)()

    text = spark("StringType")
    struct = spark("StructType", fields=[field("x", spark("FloatType"), nullable=False), field("y", text)])
    types = {
        "b": spark("BooleanType"),
        "i": spark("ShortType"),
        "l": spark("LongType"),
        "d": spark("DecimalType"),
        "t": spark("DateType"),
        "a": spark("ArrayType", elementType=text),
        "m": spark("MapType", keyType=text, valueType=spark("DoubleType")),
        "s": struct,
        "v": spark("VectorUDT"),
    }
    frame = type("DataFrame", (), {"__module__": "pyspark.sql.dataframe"})()
    frame.schema = SimpleNamespace(fields=[field(name, type_) for name, type_ in types.items()])
    assert shown(frame) == (
        "['b': boolean (required), 'i': integer (required), 'l': long (required), 'd': double (required), "
        "'t': datetime (required), 'a': Array(string) (required), 'm': Map(str -> double) (required), "
        "'s': {x: float (required), y: string (optional)} (required), 'v': SparkML vector (required)]"
    )
    frame.schema.fields.append(field("q", spark("CalendarIntervalType")))
    with pytest.raises(InvalidArgument, match=r"'q'.*CalendarIntervalType"):
        infer_schema(frame)


def test_params() -> None:
    signature = infer_signature("x", params={"a": 1, "b": [0.5], "c": "t", "d": np.float32(1), "e": np.array([True])})
    assert [(p.name, p.dtype.name, p.shape) for p in signature.params or []] == [
        ("a", "long", None),
        ("b", "double", (-1,)),
        ("c", "string", None),
        ("d", "float", None),
        ("e", "boolean", (-1,)),
    ]
    with pytest.raises(InvalidArgument, match=r"'a' is None.*'b'.*2 dimensions"):
        infer_signature("x", params={"a": None, "b": np.zeros((2, 2))})
    with pytest.raises(InvalidArgument, match="must be a dict"):
        infer_signature("x", params=[1])  # type: ignore[arg-type]


def test_signature_round_trip_and_equality() -> None:
    signature = infer_signature({"a": "x"}, np.zeros(2), {"k": 1})
    written = signature.to_dict()
    assert list(written) == ["inputs", "outputs", "params"]
    assert json.loads(written["params"]) == [{"name": "k", "type": "long", "default": 1, "shape": None}]
    assert ModelSignature.from_dict(written) == signature
    assert ModelSignature.from_dict({"inputs": written["inputs"]}).outputs is None
    assert signature != ModelSignature(signature.inputs)
    assert "inputs: \n  ['a': string (required)]" in repr(signature)


def test_signature_takes_dataclasses_and_refuses_the_rest() -> None:
    assert ModelSignature(inputs=Point).inputs == Schema([ColSpec("long", "x"), infer_schema({"y": [1.5]}).inputs[0]])
    with pytest.raises(ValueError, match="at least one"):
        infer_signature()
    with pytest.raises(TypeError, match="inputs must be a Schema"):
        ModelSignature(inputs=[ColSpec("long")])
    with pytest.raises(TypeError, match="ParamSchema"):
        ModelSignature(params={"a": 1})  # type: ignore[arg-type]
    assert ModelSignature(params=ParamSchema([ParamSpec("a", "long", 1)])).inputs is None


def test_the_integer_hint_comes_once_and_names_the_columns() -> None:
    frame = pd.DataFrame({"a": [1], "b": [2], "c": [0.5], "d": pd.array([None], dtype="Int64")})
    with pytest.warns(UserWarning, match=r"\('a', 'b'\).*missing values") as caught:
        infer_signature(frame, [1, 2])
    assert len(caught) == 1
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        infer_signature(frame[["c", "d"]], [1])
        infer_schema(frame)


def calls(work: Callable[[], Any]) -> int:
    """Python-level calls that `work` makes."""
    count = 0

    def profile(frame: Any, event: str, arg: Any) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(
    "make",
    [
        lambda n: pd.DataFrame({"s": pd.Series([f"text {i}" for i in range(n)], dtype=object)}),
        lambda n: pd.DataFrame({"s": [f"text {i}" for i in range(n)]}),
        lambda n: pd.DataFrame(np.zeros((n, 10))),
        lambda n: pd.DataFrame({"s": pd.Series([None, 1] * (n // 2), dtype=object)}),
        lambda n: [f"text {i}" for i in range(n)],
        lambda n: pd.DataFrame({"l": [["a", "b"]] * n}),
        lambda n: [{"a": 1, "b": ["x"]}] * n,
    ],
    ids=["objects", "strings", "floats", "gaps", "list", "lists", "dicts"],
)
def test_inference_does_not_loop_in_python(make: Callable[[int], Any]) -> None:
    """MLflow 2.16 takes 76 s for 300 000 strings; here the number of Python calls does not depend on the rows."""
    few, many = make(10), make(300_000)
    infer_schema(few)
    assert calls(lambda: infer_schema(many)) <= calls(lambda: infer_schema(few)) + 100
