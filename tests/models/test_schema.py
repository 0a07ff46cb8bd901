"""Schemas, their JSON in every spelling, and what they refuse."""

from __future__ import annotations

import datetime as dt
import json
import sys
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Optional

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.core.errors import InvalidArgument
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
    TensorInfo,
    TensorSpec,
    convert_dataclass_to_schema,
)

KINDS = st.recursive(
    st.one_of(st.sampled_from(list(DataType)), st.just(AnyType()), st.just(SparkMLVector())),
    lambda inner: st.one_of(
        inner.map(Array),
        inner.map(Map),
        st.lists(
            st.builds(Property, st.text(max_size=4), inner, st.booleans()),
            min_size=1,
            max_size=3,
            unique_by=lambda p: p.name,
        ).map(Object),
    ),
    max_leaves=6,
)
NAMES = st.one_of(st.text(max_size=5), st.integers(0, 50))
COLUMNS = st.lists(st.builds(ColSpec, KINDS, NAMES, required=st.booleans()), min_size=1, max_size=4)
UNNAMED = st.lists(st.builds(ColSpec, KINDS), min_size=1, max_size=3)
TENSOR = st.builds(
    TensorSpec,
    st.sampled_from(["float32", "int64", "bool", "str", "bytes", "object", "datetime64[ns]"]).map(np.dtype),
    st.lists(st.integers(-1, 5), max_size=3).map(tuple),
)


@given(st.one_of(COLUMNS, UNNAMED, TENSOR.map(lambda spec: [spec])))
def test_json_round_trip(inputs: list[Any]) -> None:
    schema = Schema(inputs)
    again = Schema.from_json(schema.to_json())
    assert again == schema
    assert again.to_json() == schema.to_json()
    assert repr(again) == repr(schema)


def test_the_text_is_mlflows() -> None:
    row = Object([Property("b", "string", required=False), Property("a", Array("long"))])
    schema = Schema([ColSpec("double", "x"), ColSpec(row, 0, required=False), ColSpec(Map("any"), "")])
    assert schema.to_json() == (
        '[{"type": "double", "name": "x", "required": true}, '
        '{"type": "object", "properties": {"a": {"type": "array", "items": {"type": "long"}, "required": true}, '
        '"b": {"type": "string", "required": false}}, "name": 0, "required": false}, '
        '{"type": "map", "values": {"type": "any"}, "name": "", "required": true}]'
    )
    assert Schema([TensorSpec(np.dtype("float32"), (-1, 3), "t")]).to_json() == (
        '[{"name": "t", "type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 3]}}]'
    )
    assert repr(schema) == (
        "['x': double (required), 0: {a: Array(long) (required), b: string (optional)} (optional), "
        "'': Map(str -> Any) (required)]"
    )


def test_older_spellings_are_read() -> None:
    old = Schema.from_json('[{"type": "long", "name": "a", "optional": true}, {"type": "string", "name": "b"}]')
    assert [spec.required for spec in old] == [False, True]
    assert ParamSchema.from_json('[{"name": "k", "dtype": "long", "default": 3}]').params[0].dtype is DataType.long
    assert ColSpec.from_json_dict(type="long", name="a", note="of a later version").name == "a"


def test_names_0_and_empty_are_labels() -> None:
    schema = Schema([ColSpec("long", 2), ColSpec("long", 0), ColSpec("long", "", required=False)])
    assert schema.input_names() == [2, 0, ""]
    assert schema.required_input_names() == [2, 0]
    assert schema.optional_input_names() == [""]
    assert list(schema.input_dict()) == [2, 0, ""]
    assert schema.input_types_dict()[0] is DataType.long


def test_numpy_and_pandas_types() -> None:
    schema = Schema([ColSpec(kind, kind.name) for kind in DataType])
    names = [dtype.name for dtype in schema.numpy_types()]
    assert names == ["bool", "int32", "int64", "float32", "float64", "str", "bytes", "datetime64[ns]"]
    assert schema.pandas_types()[5] is object
    assert schema.input_types() == list(DataType)
    tensors = Schema([TensorSpec(np.dtype("int8"), (-1,))])
    assert tensors.numpy_types() == [np.dtype("int8")]
    with pytest.raises(InvalidArgument, match="numpy_types"):
        tensors.pandas_types()
    with pytest.raises(InvalidArgument, match="not scalars"):
        Schema([ColSpec(Array("long"), "a")]).numpy_types()
    with pytest.raises(InvalidArgument, match="no names"):
        tensors.input_dict()
    assert len(schema) == 8
    assert schema.has_input_names()
    assert tensors.is_tensor_spec()


def test_data_type_tells_classes_apart() -> None:
    assert DataType.is_long(1)
    assert DataType.is_integer(np.int32(1))
    assert not DataType.is_long(True)
    assert DataType.is_boolean(np.bool_(1))
    assert DataType.is_float(np.float32(1))
    assert DataType.is_double(1.0)
    assert DataType.is_string("x")
    assert DataType.is_binary(bytearray(b"x"))
    assert DataType.is_datetime(dt.datetime(2024, 1, 1))
    assert DataType.from_numpy_type(np.dtype("float32")) is DataType.float
    assert DataType.from_numpy_type(np.dtype("float16")) is None
    assert bytearray in DataType.binary.get_all_types()
    assert DataType.datetime.to_python() is dt.date
    assert repr(DataType.double) == "double"


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: Schema([]), "non-empty list"),
        (lambda: Schema([ColSpec("long", "a"), ColSpec("long")]), "all inputs"),
        (lambda: Schema([ColSpec("long", required=False)]), "optional"),
        (
            lambda: Schema([ColSpec("long", "a"), TensorSpec(np.dtype("i4"), (-1,), "b")]),
            "either ColSpec or TensorSpec",
        ),
        (lambda: Schema([TensorSpec(np.dtype("i4"), (-1,))] * 2), "Name the tensors"),
        (lambda: ColSpec("doubel", "a"), "Did you mean 'double'"),
        (lambda: ColSpec("long", "a", optional=True, required=True), "not both"),
        (lambda: Object([]), "at least one"),
        (lambda: Object([Property("a", "long")] * 2), r"given twice: \['a'\]"),
        (lambda: Property(1, "long"), "must be a string"),  # type: ignore[arg-type]
        (lambda: Array(int), "not a type"),  # type: ignore[arg-type]
        (lambda: TensorInfo(np.dtype("U5"), (-1,)), "no text length"),
        (lambda: Schema.from_json('{"type": "long"}'), "list of objects"),
        (lambda: Schema.from_json('[{"type": "array"}]'), '"items"'),
        (lambda: Schema.from_json('[{"type": "tensor"}]'), "tensor-spec"),
        (lambda: Schema.from_json('[{"type": "tensor", "tensor-spec": {"dtype": "no", "shape": []}}]'), "numpy dtype"),
        (lambda: ParamSpec("p", "binary", None), "cannot have type binary"),
        (lambda: ParamSpec("p", "long", "x"), "cannot take 'x'"),
        (lambda: ParamSpec("p", "long", [1], (2, 2)), "shape"),
        (lambda: ParamSpec("p", "long", [1], (2,)), "length 2"),
        (lambda: ParamSchema([ParamSpec("p", "long", 1)] * 2), "given twice"),
    ],
)
def test_what_cannot_be_is_refused(make: Any, match: str) -> None:
    with pytest.raises(InvalidArgument, match=match):
        make()


def test_wrong_classes_raise_type_error_as_in_mlflow() -> None:
    with pytest.raises(TypeError, match=r"numpy\.dtype"):
        TensorSpec("float32", (-1,))
    with pytest.raises(TypeError, match="tuple or a list"):
        TensorSpec(np.dtype("f4"), 3)  # type: ignore[arg-type]


def test_optional_is_deprecated() -> None:
    with pytest.warns(FutureWarning, match="required="):
        assert ColSpec("long", "a", optional=True).required is False


def test_equality_is_by_value() -> None:
    assert Array("double") != SparkMLVector()
    assert SparkMLVector() == SparkMLVector()
    assert ColSpec("long", "a") != ColSpec("long", "a", required=False)
    assert Schema([ColSpec("long")]) != [ColSpec("long")]
    assert TensorInfo(np.dtype("f4"), [1]) == TensorInfo(np.dtype("f4"), (1,))
    changed = Property("a", "long")
    changed.required = False
    assert changed == Property("a", "long", required=False)


@dataclass
class Inner:
    text: str
    when: Optional[dt.date] = None  # noqa: UP045 - the older spelling must work too


@dataclass
class Outer:
    id: int
    inner: Inner
    many: list[Inner]
    tags: list[str] | None = None
    scores: dict[str, float] | None = None


def test_dataclass_to_schema() -> None:
    inner = Object([Property("text", "string"), Property("when", "datetime", required=False)])
    assert convert_dataclass_to_schema(Outer) == Schema(
        [
            ColSpec("long", "id"),
            ColSpec(inner, "inner"),
            ColSpec(Array(inner), "many"),
            ColSpec(Array("string"), "tags", required=False),
            ColSpec(Map("double"), "scores", required=False),
        ]
    )
    with pytest.raises(InvalidArgument, match="neither a dataclass"):
        convert_dataclass_to_schema(int)


# --- params -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dtype", "given", "found"),
    [
        ("long", 5.0, 5),
        ("long", np.int32(5), 5),
        ("integer", np.float64(3), 3),
        ("double", 3, 3.0),
        ("float", 0.1, 0.1),
        ("double", np.float32(0.5), 0.5),
        ("boolean", np.True_, True),
        ("string", np.str_("x"), "x"),
        ("datetime", "2024-01-31", dt.date(2024, 1, 31)),
        ("datetime", dt.datetime(2024, 1, 31, 5), dt.datetime(2024, 1, 31, 5)),
        ("datetime", np.datetime64("2024-01-31T05:00:00.000000000"), dt.datetime(2024, 1, 31, 5)),
        ("string", None, None),
    ],
)
def test_params_convert_where_exact(dtype: str, given: Any, found: Any) -> None:
    value = ParamSpec.enforce_param_datatype("p", given, DataType[dtype])
    assert value == found
    assert type(value) is type(found)


@pytest.mark.parametrize(
    ("dtype", "given"),
    [
        ("long", 2.5),
        ("long", True),
        ("long", "5"),
        ("long", 2**63),
        ("long", float("nan")),
        ("integer", 2**31),
        ("double", 2**53 + 1),
        ("double", 10**400),
        ("float", 1e39),
        ("boolean", 1),
        ("boolean", "false"),
        ("string", 1),
        ("datetime", "soon"),
        ("datetime", 5),
        ("double", [1.0]),
    ],
)
def test_params_that_would_change_are_refused(dtype: str, given: Any) -> None:
    with pytest.raises(InvalidArgument, match="cannot take"):
        ParamSpec.enforce_param_datatype("p", given, DataType[dtype])


def test_params_json() -> None:
    schema = ParamSchema(
        [
            ParamSpec("a", "long", 3),
            ParamSpec("b", "datetime", dt.datetime(2024, 1, 1)),
            ParamSpec("c", "double", np.array([1, 2.5]), (-1,)),
            ParamSpec("d", "datetime", [dt.date(2024, 1, 1)], (-1,)),
            ParamSpec("e", "datetime", None),
            ParamSpec("f", Object([Property("x", "long"), Property("y", "string", required=False)]), {"x": 1.0}),
            ParamSpec("g", "long", [1, 2], (2,)),
        ]
    )
    written = json.loads(schema.to_json())
    assert list(written[0]) == ["name", "type", "default", "shape"]
    assert written[1] == {"name": "b", "type": "datetime", "default": "2024-01-01T00:00:00", "shape": None}
    assert written[2]["default"] == [1.0, 2.5]
    assert written[2]["shape"] == [-1]
    assert written[5]["default"] == {"x": 1}
    again = ParamSchema.from_json(schema.to_json())
    assert again.to_json() == schema.to_json()
    assert again == schema
    assert len(again) == 7
    with pytest.raises(InvalidArgument, match="lacks the properties"):
        ParamSpec.validate_param_spec({"y": "a"}, again.params[5])
    with pytest.raises(InvalidArgument, match="no properties"):
        ParamSpec.validate_param_spec({"x": 1, "z": 1}, again.params[5])


# --- Spark types, by a stand-in: pyspark is not among the test requirements ---------------------------------------


@pytest.fixture
def spark_types(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    types = ModuleType("pyspark.sql.types")

    def named(name: str) -> type:
        def init(self: Any, *args: Any, **kwargs: Any) -> None:
            self.given = (args, kwargs)

        return type(name, (), {"__init__": init, "__eq__": lambda a, b: (type(a), a.given) == (type(b), b.given)})

    for name in [kind._spark for kind in DataType] + ["ArrayType", "MapType", "StructType", "StructField"]:
        setattr(types, name, named(name))
    linalg = ModuleType("pyspark.ml.linalg")
    linalg.VectorUDT = named("VectorUDT")  # type: ignore[attr-defined]
    for name in ("pyspark", "pyspark.sql", "pyspark.ml"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    sys.modules["pyspark.sql"].types = types  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pyspark.sql.types", types)
    monkeypatch.setitem(sys.modules, "pyspark.ml.linalg", linalg)
    return types


def test_spark_schema(spark_types: Any) -> None:
    t = spark_types
    inner = Object([Property("a", Map("double"), required=False)])
    schema = Schema([ColSpec("long", 0), ColSpec(Array(inner), "b", required=False), ColSpec(SparkMLVector(), "v")])
    (fields,) = schema.as_spark_schema().given[0]
    first = t.StructField(name="0", dataType=t.LongType(), nullable=False)
    struct = t.StructType([t.StructField("a", t.MapType(t.StringType(), t.DoubleType()), nullable=True)])
    assert fields[:2] == [first, t.StructField(name="b", dataType=t.ArrayType(struct), nullable=True)]
    assert Schema([ColSpec("long")]).as_spark_schema() == t.LongType()
    assert any(type(found) is t.LongType for found in DataType.long.get_all_types())
    assert len(DataType.get_spark_types()) == 8
    with pytest.raises(InvalidArgument, match="no Spark schema"):
        Schema([TensorSpec(np.dtype("f4"), (-1,))]).as_spark_schema()
    with pytest.raises(InvalidArgument, match="no Spark type"):
        Schema([ColSpec("any", "a")]).as_spark_schema()
