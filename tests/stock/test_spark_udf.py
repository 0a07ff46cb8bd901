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
    """What each side made of directories that we wrote."""
    needed("frameworks")
    state, folder = tmp_path_factory.mktemp("state"), tmp_path_factory.mktemp("models")
    options: dict[str, Any] = {"cwd": state, "environment": "frameworks", "timeout": 900}
    play("ours", "stock.udf", "write", "ours", folder, **options)
    sides = ("ours", "stock")
    return {
        side: json.loads(play(side, "stock.udf", "read", side, folder, **options).splitlines()[-1]) for side in sides
    }


def test_the_same(reports: dict[str, Any]) -> None:
    for model, calls in reports["ours"].items():
        for call, found in calls.items():
            wanted = reports["stock"][model][call]
            if (model, call) in DIFFERS:
                assert "error" in wanted, f"{model}, {call} agrees now: take it off the list"
                assert "error" not in found, (model, call)
            elif "error" in wanted:
                assert "error" in found, (model, call)
            else:
                assert found == wanted, (model, call)
