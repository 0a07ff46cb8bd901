"""Scripts written for MLflow 2.16 run unchanged: each one under stock and under ours, and what it saw compared.

A script in `stock/scripts` tells facts (values, frames, errors with their codes). A fact must be the same on both
sides, or stand in `DIFFERS` with the reason; a fact that agrees must not stand there.
"""

from __future__ import annotations

import json
import runpy
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from stock.dropin import FOLDERS, names
from stock.dropin_differs import DIFFERS
from stock.process import ENVIRONMENTS, MARKS, needed, play

pytestmark = [*MARKS, pytest.mark.timeout(1800)]  # the first test waits for all scripts of its environment

OURS_ALONE = "three"  # MLflow 3's spellings, which stock 2.16 does not have
ADDED = ("manifest.json", "autolog.status", "autolog.reason")  # files and tags that ours has beside MLflow's


Reports = Callable[[str], dict[str, Path]]
ENVIRONMENT = {name: environment for environment in ENVIRONMENTS for name in names(environment)}


@pytest.fixture(scope="module")
def reports(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Reports:
    """The folders with the reports of each side, for a script that was asked for."""
    asked = {item.callspec.params["name"] for item in request.session.items if _is_here(item)} | {OURS_ALONE}

    @cache
    def told(environment: str) -> dict[str, Path]:
        needed(environment)
        if environment == "frameworks" and "h2o_models" in asked:
            request.getfixturevalue("h2o_server")
        folders = {side: tmp_path_factory.mktemp(f"dropin-{side}") for side in ("stock", "ours")}
        for side, folder in folders.items():
            scripts = [name for name in names(environment) if name in asked]
            command = ["stock.dropin", "--environment", environment, side, folder, *scripts]
            play(side, *command, cwd=folder, environment=environment, timeout=1200)
        return folders

    return lambda name: told(ENVIRONMENT[name])


def _is_here(item: Any) -> bool:
    return item.path == Path(__file__) and "name" in getattr(getattr(item, "callspec", None), "params", ())


def differs(name: str) -> dict[str, str]:
    """The facts of a script that are deliberately other than stock's, with the reasons."""
    if ENVIRONMENT[name] == "stock":
        return DIFFERS.get(name, {})
    beside = FOLDERS[ENVIRONMENT[name]] / "differs" / f"{name}.py"
    return dict(runpy.run_path(str(beside))["DIFFERS"]) if beside.exists() else {}


def report(folder: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / f"{name}.json").read_text())
    assert not found["failed"], found["failed"]
    return found


def is_error(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"error", "code", "text"}


def known(value: Any) -> Any:
    """A value without what ours adds on purpose, and with absent texts in one spelling."""
    if isinstance(value, dict):
        return {key: known(item) for key, item in value.items()}
    if isinstance(value, list):
        return [known(item) for item in value if not (isinstance(item, str) and item.endswith(ADDED))]
    return "" if value is None else value


def same(stock: Any, ours: Any) -> bool:
    """Errors are the same if code that handles stock's handles ours too."""
    if is_error(stock) and is_error(ours):
        code = stock["code"] in (None, "INTERNAL_ERROR", ours["code"])  # the second is stock's word for "no code given"
        return code and (stock["error"][0] in ours["error"] or stock["error"][0] == "Exception")
    if stock is None and ours == "Model":  # `save_model` returns what it wrote
        return True
    return bool(known(stock) == known(ours))


@pytest.mark.parametrize("name", [name for name in ENVIRONMENT if name != OURS_ALONE])
def test_the_same_facts(reports: Reports, name: str) -> None:
    stock, ours = (report(reports(name)[side], name)["facts"] for side in ("stock", "ours"))
    assert list(stock) == list(ours)
    listed = differs(name)
    surprises = {
        label: {"stock": stock[label], "ours": ours[label]}
        for label in stock
        if label not in listed and not same(stock[label], ours[label]) and not refused(name, ours[label])
    }
    assert not surprises, json.dumps(surprises, indent=1)[:6000]
    stale = [label for label in listed if same(stock[label], ours[label])]
    assert not stale, f"these agree now; take them off the list: {stale}"


def refused(name: str, value: Any) -> bool:
    """Whether a name is not answered: private, or for a reason that the compatibility page gives."""
    if name != "imports" or not is_error(value):
        return False
    asked, _, why = value["text"].removeprefix("modelwright has no ").partition(": ")
    return bool(why) or asked.rpartition(".")[2].startswith("_")


def test_mlflow_3_spellings(reports: Reports) -> None:
    facts = report(reports(OURS_ALONE)["ours"], OURS_ALONE)["facts"]
    errors = {label: value["text"] for label, value in facts.items() if is_error(value)}
    assert set(errors) == {"get deleted", "both names", "prompt"}, errors
    assert facts["logged"] == ["inside", "regressor", {"a": "1"}, {"t": "1"}, True, "READY"]
    assert facts["metrics"] == [["mae", 0.4, True], ["rmse", 0.5, True]]
    assert facts["search list"] == facts["search metric"] == facts["search param"] == ["inside"]
    assert (facts["uri"], facts["no run opened"], facts["positional"], facts["pyfunc name"]) == (True, None, True, True)
