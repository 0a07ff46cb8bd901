"""`modelwright experiments`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result

import modelwright as mw
from modelwright.core.errors import WrongState


def names(found: list[dict[str, Any]]) -> set[str]:
    return {experiment["name"] for experiment in found}


def test_make_rename_delete_restore(run: Callable[..., Result], answer: Any) -> None:
    made = answer("experiments", "create", "iris")
    assert made["name"] == "iris"
    assert answer("experiments", "rename", "iris", "flowers") == {**made, "name": "flowers"}
    assert names(answer("experiments", "list")) == {"Default", "flowers"}
    assert answer("experiments", "delete", made["experiment_id"])["lifecycle_stage"] == "deleted"
    assert names(answer("experiments", "list")) == {"Default"}
    assert names(answer("experiments", "list", "--view", "deleted")) == {"flowers"}
    assert answer("experiments", "restore", "flowers")["lifecycle_stage"] == "active"
    assert "flowers" in run("experiments", "list").output


def test_search(run: Callable[..., Result], answer: Any) -> None:
    for name in ("a1", "a2", "b1"):
        run("experiments", "create", name)
    assert names(answer("experiments", "search", "name LIKE 'a%'")) == {"a1", "a2"}
    found = answer("experiments", "search", "name LIKE 'a%'", "--order-by", "name DESC", "--max", "1")
    assert [e["name"] for e in found] == ["a2"]
    assert run("experiments", "search", "name = 'zzz'").output == "No experiment fits.\n"


def test_what_people_read(run: Callable[..., Result]) -> None:
    assert run("experiments", "create", "iris").output.startswith("Experiment 'iris' has id ")
    assert "is called 'flowers'." in run("experiments", "rename", "iris", "flowers").output
    assert run("experiments", "delete", "flowers").output.startswith("Experiment 'flowers' (")
    assert run("experiments", "restore", "flowers").output.endswith("is active again.\n")


def test_a_name_taken_is_refused(run: Callable[..., Result]) -> None:
    run("experiments", "create", "iris")
    assert "iris" in run("experiments", "create", "iris", code=1).stderr


def test_a_deleted_default_experiment_says_the_way_back(run: Callable[..., Result]) -> None:
    run("experiments", "create", "iris")
    run("experiments", "delete", "Default")
    with pytest.raises(WrongState, match="modelwright experiments restore 0"):
        mw.start_run()
    run("experiments", "restore", "0")
    with mw.start_run():
        pass


def test_a_mistyped_name_finds_the_nearest(run: Callable[..., Result]) -> None:
    run("experiments", "create", "iris")
    assert "did you mean 'iris'?" in run("experiments", "delete", "irsi", code=1).stderr
