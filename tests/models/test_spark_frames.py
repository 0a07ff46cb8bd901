"""Spark frames, real ones: the signature they tell, and what a signature lets through."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

pytest.importorskip("pyspark")

from flavors.local_spark import PANDAS, spark
from modelwright.core.errors import InvalidArgument, SchemaMismatch
from modelwright.models import enforce
from modelwright.models.signature import infer_signature

pytestmark = [
    pytest.mark.filterwarnings(PANDAS),
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),  # how Spark 4.3 makes frames of pandas 3
    pytest.mark.filterwarnings("ignore:Integer columns .* were seen without missing values:UserWarning"),
]

VALUES: dict[str, tuple[str, Any, dict[str, Any]]] = {  # column: Spark's type, a value, the signature's type
    "flag": ("boolean", True, {"type": "boolean"}),
    "tiny": ("tinyint", 1, {"type": "integer"}),
    "small": ("smallint", 1, {"type": "integer"}),
    "whole": ("int", 1, {"type": "integer"}),
    "big": ("bigint", 1, {"type": "long"}),
    "single": ("float", 1.5, {"type": "float"}),
    "double": ("double", 1.5, {"type": "double"}),
    "exact": ("decimal(5,2)", Decimal("1.25"), {"type": "double"}),
    "text": ("string", "x", {"type": "string"}),
    "bytes": ("binary", bytearray(b"x"), {"type": "binary"}),
    "day": ("date", date(2024, 1, 2), {"type": "datetime"}),
    "time": ("timestamp", datetime(2024, 1, 2, 3), {"type": "datetime"}),
    "local": ("timestamp_ntz", datetime(2024, 1, 2, 3), {"type": "datetime"}),
    "list": ("array<double>", [1.0], {"type": "array", "items": {"type": "double"}}),
    "map": ("map<string,bigint>", {"a": 1}, {"type": "map", "values": {"type": "long"}}),
    "record": (
        "struct<p:string,q:array<int>>",
        ("x", [1]),
        {
            "type": "object",
            "properties": {
                "p": {"type": "string", "required": False},
                "q": {"type": "array", "items": {"type": "integer"}, "required": False},
            },
        },
    ),
    "nothing": ("void", None, {"type": "any"}),
}


def frame() -> Any:
    spark()
    from pyspark.ml.linalg import Vectors, VectorUDT
    from pyspark.sql.types import StructField, StructType

    layout = ", ".join(f"{name} {kind}" for name, (kind, _, _) in VALUES.items())
    schema = StructType([*_parsed(layout), StructField("vector", VectorUDT())])
    row = (*(value for _, value, _ in VALUES.values()), Vectors.sparse(3, {1: 2.0}))
    return spark().createDataFrame([row, row], schema)


def _parsed(layout: str) -> Any:
    from pyspark.sql.types import _parse_datatype_string  # what createDataFrame(schema="…") uses

    return _parse_datatype_string(layout)


def test_every_type_that_a_signature_has() -> None:
    signature = infer_signature(frame(), frame().select("vector"))
    found = {column.pop("name"): column for column in signature.inputs.to_dict()}
    wanted = {name: {**kind, "required": True} for name, (_, _, kind) in VALUES.items()}
    assert found == {**wanted, "vector": {"type": "sparkml_vector", "required": True}}
    assert signature.outputs.to_dict() == [{"type": "sparkml_vector", "name": "vector", "required": True}]


@pytest.mark.parametrize("kind", ["interval day to second", "map<int,int>"])
def test_types_without_a_counterpart_are_named(kind: str) -> None:
    with pytest.raises(InvalidArgument, match=r"Column 'x' has Spark type \w+, which no signature type describes"):
        infer_signature(spark().createDataFrame([], f"x {kind}"))


def test_a_frame_that_fits_passes_as_it_is() -> None:
    data = frame()
    plan = enforce.compile(infer_signature(data))
    assert plan(data, None)[0] is data
    assert plan(data.limit(0), None)[0].columns == data.columns
    wider = data.selectExpr("1 as more", "*")
    assert plan(wider, None)[0].columns == data.columns


def test_what_does_not_fit_is_listed() -> None:
    data = frame()
    plan = enforce.compile(infer_signature(data.select("text", "big", "vector")))
    with pytest.raises(SchemaMismatch) as error:
        plan(data.selectExpr("text as big", "vector"), None)
    assert [problem[:29] for problem in error.value.problems] == [
        "column 'text' is missing",
        "column 'big' must be long: it",
    ]
    with pytest.raises(SchemaMismatch, match="'vector' must be SparkML vector"):
        plan(data.selectExpr("text", "big", "1 as vector"), None)
