"""CSV read by Arrow, and read as a scoring request is: the same, or not by Arrow."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from modelwright.batch.formats import csv_quick
from modelwright.batch.formats.base import Wanted
from modelwright.core.errors import InvalidArgument
from modelwright.models import enforce
from modelwright.models.schema import ColSpec, Schema
from modelwright.models.serving_input import parse_csv
from modelwright.models.signature import ModelSignature

KINDS = ("double", "float", "long", "integer", "string", "boolean", "datetime")
CELLS = [
    "1", "0", "-7", "+5", "007", "2.5", "2.0", ".5", "5.", "1e3", "1e400", "-1e-400", " 3 ", "", "NA", "nan", "NaN",
    "inf", "-Infinity", "0x10", "nan(1)", "1_000", "true", "x", "9007199254740993", "16777217", "16777217.0",
    "2147483648", "9223372036854775808", "null", "0.1", "123456789.123456789", '"7"', '"a,b"', '"a""b"', '"1"5', "٣",
    "2024-01-31",
]  # fmt: skip


def signature(kind: str, required: bool) -> ModelSignature:
    return ModelSignature(Schema([ColSpec(kind, "x", required=required), ColSpec("string", "s")]))


def outcome(read: Any, found: ModelSignature) -> Any:
    try:
        frame = enforce.compile(found)(read())[0]
    except InvalidArgument as error:
        return type(error).__name__
    return frame.dtypes.astype(str).tolist(), [[repr(value) for value in row] for row in frame.values.tolist()]


@example("double", True, ["1", "-1e-400"])
@given(st.sampled_from(KINDS), st.booleans(), st.lists(st.sampled_from(CELLS), min_size=1, max_size=3))
def test_the_same_or_not_at_all(kind: str, required: bool, cells: list[str]) -> None:
    found = signature(kind, required)
    body = "".join(f"{cell},t\n" for cell in cells)
    quick = csv_quick.frame(["x", "s"], body.encode(), Wanted(found))
    if quick is not None:
        careful = outcome(lambda: parse_csv("x,s\n" + body, found.inputs), found)
        assert outcome(lambda: quick, found) == careful


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("kind", KINDS)
def test_each_cell_alone(kind: str, cell: str) -> None:
    found = signature(kind, True)
    quick = csv_quick.frame(["x", "s"], f"{cell},t\n".encode(), Wanted(found))
    if quick is not None:
        careful = outcome(lambda: parse_csv(f"x,s\n{cell},t\n", found.inputs), found)
        assert outcome(lambda: quick, found) == careful


def test_numbers_and_texts_are_read_quickly() -> None:
    found = ModelSignature(Schema([ColSpec("double", "a"), ColSpec("long", "b"), ColSpec("string", "c")]))
    quick = csv_quick.frame(["c", "x", "b", "a"], b'"t,u",?,3,0.1\nNA,?,4,\n', Wanted(found))
    wanted = pd.DataFrame({"c": ["t,u", "NA"], "b": [3, 4], "a": [0.1, None]})
    pd.testing.assert_frame_equal(quick, wanted)


@pytest.mark.parametrize(
    ("names", "body"),
    [
        (["a"], b"1\n"),  # a column is missing
        (["a", "a", "s"], b"1,2,t\n"),
        (["x", "s"], b"1,t\n2\n"),
        (["x", "s"], b"1,\xff\n"),
        (["x", "s"], b'1,"t\n'),
    ],
)
def test_what_is_not_quite_right_is_left_to_the_careful_way(names: list[str], body: bytes) -> None:
    assert csv_quick.frame(names, body, Wanted(signature("double", True))) is None
