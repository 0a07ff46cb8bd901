"""The experiment that new runs join: of the process, a thread or a task."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import modelwright as mw
from modelwright.core.errors import InvalidArgument, WrongState
from modelwright.tracking import experiment


def test_set_experiment_makes_it_once() -> None:
    made = mw.set_experiment("iris")
    assert mw.set_experiment("iris").experiment_id == made.experiment_id
    with mw.start_run() as run:
        assert run.info.experiment_id == made.experiment_id
    assert mw.set_experiment(experiment_id="0").name == "Default"
    with mw.start_run() as run:
        assert run.info.experiment_id == "0"
    with mw.start_run(experiment_id=int(made.experiment_id)) as run:
        assert run.info.experiment_id == made.experiment_id


def test_the_name_of_a_deleted_experiment_can_be_used_again() -> None:
    old = mw.set_experiment("iris")
    with mw.start_run() as run:
        pass
    mw.delete_experiment(old.experiment_id)
    new = mw.set_experiment("iris")
    assert new.experiment_id != old.experiment_id
    assert new.lifecycle_stage == "active"
    with mw.start_run() as again:
        assert again.info.experiment_id == new.experiment_id
    assert mw.get_run(run.info.run_id).info.lifecycle_stage == "deleted"
    with pytest.raises(WrongState, match="deleted"):
        mw.set_experiment(experiment_id=old.experiment_id)


@pytest.mark.parametrize("given", [{}, {"experiment_name": "a", "experiment_id": "0"}])
def test_set_experiment_takes_one_of_two(given: dict[str, str]) -> None:
    with pytest.raises(InvalidArgument, match="one of the two"):
        mw.set_experiment(**given)


def test_experiments_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    made = mw.create_experiment("by id")
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", made)
    assert experiment.experiment_id() == made
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "by name")
    assert mw.get_experiment(experiment.experiment_id()).name == "by name"
    assert mw.set_experiment("by code").experiment_id == experiment.experiment_id()


def test_another_store_has_experiments_of_its_own(tmp_path: Path) -> None:
    mw.set_experiment("a")
    here = mw.get_tracking_uri()
    chosen = experiment.experiment_id()
    mw.set_tracking_uri(tmp_path / "other")
    assert mw.get_experiment(experiment.experiment_id()).name == "a"  # by name, through the environment
    mw.set_tracking_uri(here)
    assert experiment.experiment_id() == chosen


def test_threads_and_tasks_choose_their_own_experiment() -> None:
    mw.set_experiment("main")
    with ThreadPoolExecutor(1) as thread:
        theirs = thread.submit(lambda: (mw.set_experiment("thread"), experiment.experiment_id())[1]).result()
    assert theirs != experiment.experiment_id()

    async def choose(name: str) -> str:
        mw.set_experiment(name)
        await asyncio.sleep(0)
        with mw.start_run() as run:
            return mw.get_experiment(run.info.experiment_id).name

    async def main() -> list[str]:
        return await asyncio.gather(choose("a"), choose("b"))

    assert asyncio.run(main()) == ["a", "b"]
