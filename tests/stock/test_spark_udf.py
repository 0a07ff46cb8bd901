"""spark_udf beside stock's, on Spark 3.5: the same models, types and values, or a line here that says why not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stock.process import MARKS, needed, play

pytestmark = [*MARKS, pytest.mark.timeout(1200)]

DIFFERS = {("named", "None of columns"): "stock's own type for this signature is none that its values have"}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    needed("frameworks")
    state, folder = tmp_path_factory.mktemp("state"), tmp_path_factory.mktemp("models")
    found = {}
    for writer in ("ours", "stock"):
        (folder / writer).mkdir()
        play(writer, "stock.udf", "write", writer, folder / writer, cwd=state, environment="frameworks")
    for reader, writer in (("ours", "stock"), ("stock", "stock"), ("stock", "ours")):
        command = ["stock.udf", "read", reader, folder / writer]
        out = play(reader, *command, cwd=state, environment="frameworks", timeout=900)
        found[f"{reader} of {writer}"] = json.loads(out.splitlines()[-1])
    return found


@pytest.mark.parametrize("other", ["ours of stock", "stock of ours"])
def test_the_same(other: str, reports: dict[str, Any]) -> None:
    stock = reports["stock of stock"]
    for model, calls in reports[other].items():
        for call, found in calls.items():
            wanted = stock[model][call]
            if (model, call) in DIFFERS:
                assert "error" in wanted, f"{model}, {call} agrees now: take it off the list"
            elif "error" in wanted:
                assert "error" in found, (model, call)
            else:
                assert found == wanted, (model, call)


def test_what_stock_cannot_do(reports: dict[str, Any]) -> None:
    for model, call in DIFFERS:
        assert "error" not in reports["ours of stock"][model][call]
