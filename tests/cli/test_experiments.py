"""`modelwright experiments`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from click.testing import Result


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
