"""Both directions against stock MLflow 2.16.2: what one side writes, the other loads, describes and scores the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from stock import values
from stock.cases import Case, all_cases
from stock.process import MARKS, needed, play

CASES = [case for case in all_cases().values() if 2 in case.versions and not case.corpus]
PARTS = (
    "signature",
    "columns",
    "metadata",
    "example",
    "example_params",
    "serving_input",
    "dependencies",
    "predictions",
    "native",
)

pytestmark = [*MARKS, pytest.mark.timeout(1800)]  # the first test waits for all that is written and read


Shelves = Callable[[Case], dict[str, Path]]


@pytest.fixture(scope="module")
def shelves(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Shelves:
    """The folders with the cases that were asked for, by environment, written by each side and read by both."""
    asked = {item.callspec.params["case"].name for item in request.session.items if _is_here(item)}

    @cache
    def filled(environment: str) -> dict[str, Path]:
        needed(environment)
        if environment == "frameworks" and any(name.startswith("h2o") for name in asked):
            request.getfixturevalue("h2o_server")
        state = tmp_path_factory.mktemp("state")
        folders = {writer: tmp_path_factory.mktemp(writer) for writer in ("ours", "stock")}
        for writer, folder in folders.items():
            for action, side in (("write", writer), ("read", "ours"), ("read", "stock")):
                command = ["stock.driver", "--environment", environment, action, side, folder, *sorted(asked)]
                play(side, *command, cwd=state, environment=environment, timeout=900)
        return folders

    return lambda case: filled(case.environment)


def _is_here(item: Any) -> bool:
    return item.path == Path(__file__) and "case" in getattr(getattr(item, "callspec", None), "params", ())


def reports(folder: Path, case: Case) -> tuple[dict[str, Any], dict[str, Any]]:
    home = folder / case.name
    failed = home / "failed.json"
    assert not failed.exists(), json.loads(failed.read_text())["trace"]
    ours, stock = (json.loads((home / f"{reader}.json").read_text()) for reader in ("ours", "stock"))
    return ours, stock


def failed(value: Any) -> bool:
    return isinstance(value, dict) and "error" in value


def compare(
    ours: dict[str, Any], stock: dict[str, Any], reasons: dict[str, str], parts: tuple[str, ...] = PARTS
) -> None:
    for part in parts:
        if part not in stock and part not in ours:
            continue
        assert not failed(ours[part]), ours[part]
        found = values.difference(stock[part], ours[part])
        if part in reasons:
            assert found, f"{part} agrees now: take it off the case's list"
        else:
            assert not found, f"{part}: {found}"


def without_failure(case: Case, stock: dict[str, Any]) -> tuple[str, ...]:
    """The parts to compare: all, but for a score that stock is known to fail at."""
    assert failed(stock["predictions"]) == (case.stock_fails is not None), stock["predictions"]
    return tuple(part for part in PARTS if part != "predictions" or not case.stock_fails)


@pytest.mark.parametrize("case", [c for c in CASES if c.ours], ids=lambda c: c.name)
def test_stock_reads_ours(shelves: Shelves, case: Case) -> None:
    ours, stock = reports(shelves(case)["ours"], case)
    compare(ours, stock, case.reads, without_failure(case, stock))


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_ours_reads_stock(shelves: Shelves, case: Case) -> None:
    ours, stock = reports(shelves(case)["stock"], case)
    compare(ours, stock, case.reads)


@pytest.mark.parametrize("case", [c for c in CASES if c.ours], ids=lambda c: c.name)
def test_both_write_the_same(shelves: Shelves, case: Case) -> None:
    """Stock, reading both directories, finds one signature, one example, one serving input, one prediction."""
    _, of_ours = reports(shelves(case)["ours"], case)
    _, of_stock = reports(shelves(case)["stock"], case)
    parts = without_failure(case, of_ours)
    compare(of_ours, of_stock, case.writes, ("flavors", "example_info", *parts))


HANDED_OVER = [c for c in CASES if "came" in c.reads.get("predictions", "")]


@pytest.mark.parametrize("case", HANDED_OVER, ids=lambda c: c.name)
def test_lists_and_dicts_reach_a_model_as_they_are(shelves: Shelves, case: Case) -> None:
    """Where the predictions differ from stock's it is because ours got the very thing that was given."""
    home = shelves(case)["ours"] / case.name
    given = json.loads((home / "score.json").read_text())
    found = json.loads((home / "ours.json").read_text())["predictions"]
    if given["params"]:
        found = dict(found["items"])["given"]
    assert found == given["data"]
