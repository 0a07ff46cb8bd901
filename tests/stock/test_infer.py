"""infer_signature beside stock's: the same data, the same JSON, or a line here that says why not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stock import infer
from stock.process import MARKS, play

pytestmark = MARKS

_GAPS = "a missing value makes the column optional; 2.16 would refuse the frame its own signature was made from"
_REFUSED = "2.16 refuses to infer"

# name -> (why ours differs, what ours finds: the type of the first column or param and whether it is required)
DIFFERS: dict[str, tuple[str, str | None, bool | None]] = {
    "column of uint64": (_REFUSED, "long", True),
    "column of datetimes and None": (_GAPS, "datetime", False),
    "column of Int64 and NA": (_GAPS, "long", False),
    "column of Int32 and NA": (_GAPS, "integer", False),
    "column of Float64 and NA": (_GAPS, "double", False),
    "column of boolean and NA": (_GAPS, "boolean", False),
    "column of string and NA": (_GAPS, "string", False),
    "column of nothing": (_REFUSED, "any", False),
    "column of lists of integers and floats": (_REFUSED, "array", True),
    "column of empty lists": (_REFUSED, "array", True),
    "column of decimal": (_REFUSED, "double", True),
    "no rows": ("an object column without a value tells no type", "double", True),
    "series without a name, with a gap": (_REFUSED, "double", True),
    "no dimension": (_REFUSED, "double", True),
    "dict with None": (_REFUSED, "any", False),
    "params of dicts": (_REFUSED + "; 3.x has this type", "object", None),
    "params of empty lists": ("2.16 calls an empty list a list of datetimes", None, None),
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("infer")
    for side in ("ours", "stock"):
        play(side, "stock.infer", side, folder / f"{side}.json", cwd=folder)
    return {side: json.loads((folder / f"{side}.json").read_text()) for side in ("ours", "stock")}


@pytest.mark.parametrize("name", [*infer.data(), *infer.params()])
def test_the_same_data_has_the_same_signature(found: dict[str, dict[str, Any]], name: str) -> None:
    ours, stock = found["ours"][name], found["stock"][name]
    if "error" in ours and "error" in stock:
        return
    if name not in DIFFERS:
        assert ours == stock
        return
    why, kind, required = DIFFERS[name]
    assert ours != stock, f"agrees now: take {name!r} off the list"
    assert ("error" in stock) == why.startswith(_REFUSED)
    if kind is None:
        assert "error" in ours
        return
    spec = (ours["params"] or ours["inputs"])[0]
    assert (spec["type"], spec.get("required")) == (kind, required)


@pytest.mark.parametrize("name", [name for name in infer.data() if name not in DIFFERS])
def test_an_output_has_the_signature_of_an_input(found: dict[str, dict[str, Any]], name: str) -> None:
    ours, stock = found["ours"][f"output, {name}"], found["stock"][f"output, {name}"]
    if not ("error" in ours and "error" in stock):
        assert ours == stock
