"""`modelwright runs`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result

import modelwright as mw


@pytest.fixture
def ids() -> list[str]:
    """Two runs in one experiment, one in another."""
    found = []
    for experiment, loss in (("iris", 0.5), ("iris", 0.1), ("wine", float("nan"))):
        mw.set_experiment(experiment)
        with mw.start_run(run_name=f"{experiment} {loss}") as run:
            mw.log_metric("loss", loss)
            mw.log_param("depth", 3)
            mw.set_tag("team", "[bold]a[/bold]")
        found.append(run.info.run_id)
    return found


def test_list(ids: list[str], run: Callable[..., Result], answer: Any) -> None:
    assert {found["info"]["run_id"] for found in answer("runs", "list")} == set(ids)
    assert {found["info"]["run_id"] for found in answer("runs", "list", "--experiment", "iris")} == set(ids[:2])
    assert len(answer("runs", "list", "--max", "1")) == 1
    out = run("runs", "list").output
    assert all(run_id in out for run_id in ids)
    assert "loss=0.5" in out
    assert run("runs", "list", "--view", "deleted").output == "No run fits.\n"


def test_numbers_json_lacks_are_words(ids: list[str], answer: Any) -> None:
    assert answer("runs", "show", ids[2])["data"]["metrics"] == {"loss": "NaN"}


def test_search(ids: list[str], answer: Any) -> None:
    found = answer("runs", "search", "metrics.loss < 0.3 OR metrics.loss > 0.4", "--order-by", "metrics.loss ASC")
    assert [one["info"]["run_id"] for one in found] == [ids[1], ids[0]]
    assert answer("runs", "search", "metrics.loss < 0.3", "--experiment", "wine") == []


def test_show(ids: list[str], run: Callable[..., Result]) -> None:
    out = run("runs", "show", ids[0]).output
    for text in (ids[0], "iris 0.5", "FINISHED", "Params", "depth  3", "loss  0.5", "[bold]a[/bold]"):
        assert text in out


def test_show_data_and_models(run: Callable[..., Result]) -> None:
    with mw.start_run() as active:
        mw.log_input(mw.data.from_numpy(__import__("numpy").zeros((2, 2)), name="zeros"))
        mw.pyfunc.log_model("double", python_model=lambda model_input: model_input, pip_requirements=[])
    out = run("runs", "show", active.info.run_id).output
    assert "zeros" in out
    assert f"runs:/{active.info.run_id}/double  python_function" in out
    assert "mlflow.log-model.history" not in out


def test_delete_and_restore(ids: list[str], run: Callable[..., Result], answer: Any) -> None:
    assert answer("runs", "delete", *ids[:2]) == [{"run_id": one, "lifecycle_stage": "deleted"} for one in ids[:2]]
    assert {found["info"]["run_id"] for found in answer("runs", "list")} == {ids[2]}
    assert "FINISHED, deleted" in run("runs", "show", ids[0]).output
    assert run("runs", "restore", ids[0]).output == f"Run {ids[0]} is active.\n"
    assert len(answer("runs", "list")) == 2
