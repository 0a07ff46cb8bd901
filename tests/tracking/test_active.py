"""The active run: one per thread and task, nested, resumed, ended whatever happens."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path

import pytest

import modelwright as mw
from modelwright.core.errors import InvalidArgument, NotFound, WrongState
from modelwright.tracking import active
from modelwright.tracking.client.runs import PARENT_RUN_ID


def parent(run_id: str) -> str | None:
    return mw.get_run(run_id).data.tags.get(PARENT_RUN_ID)


def test_a_run_ends_with_its_block() -> None:
    with mw.start_run(run_name="r", tags={"a": 1}, description="why") as run:
        assert mw.active_run() is run
        assert mw.get_run(run.info.run_id).info.status == "RUNNING"
    assert mw.active_run() is None
    found = mw.get_run(run.info.run_id)
    assert (found.info.status, found.info.run_name) == ("FINISHED", "r")
    assert found.data.tags["mlflow.note.content"] == "why"
    assert found.data.tags["a"] == "1"
    assert found.info.end_time is not None
    assert run.info.status == "FINISHED"


class CancelledError(Exception):
    """As asyncio's is called."""


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ValueError(), "FAILED"),
        (KeyboardInterrupt(), "KILLED"),
        (CancelledError(), "KILLED"),
        (SystemExit(0), "FINISHED"),
        (SystemExit(), "FINISHED"),
        (SystemExit(1), "FAILED"),
    ],
)
def test_the_exception_says_how_a_run_ended(error: BaseException, status: str) -> None:
    run = mw.start_run()
    with pytest.raises(type(error)), run:
        raise error
    assert mw.get_run(run.info.run_id).info.status == status


def test_a_second_run_must_be_nested() -> None:
    with mw.start_run() as outer:
        with pytest.raises(WrongState, match=r"already active.*nested=True"):
            mw.start_run()
        with mw.start_run(nested=True) as inner:
            assert mw.active_run() is inner
            with mw.start_run(nested=True) as innermost:
                pass
        assert mw.active_run() is outer
    assert parent(inner.info.run_id) == outer.info.run_id
    assert parent(innermost.info.run_id) == inner.info.run_id
    assert mw.get_parent_run(outer.info.run_id) is None


def test_runs_left_open_inside_end_with_the_block() -> None:
    with mw.start_run() as outer:
        inner = mw.start_run(nested=True)
        innermost = mw.start_run(nested=True)
    assert mw.active_run() is None
    for run in (outer, inner, innermost):
        assert mw.get_run(run.info.run_id).info.status == "FINISHED"


def test_ending_the_outer_run_first_keeps_the_inner_one() -> None:
    outer = mw.start_run()
    inner = mw.start_run(nested=True)
    outer.end()
    assert mw.active_run() is inner
    mw.end_run()
    assert mw.active_run() is None
    mw.end_run()  # nothing to end


def test_parent_run_id_without_and_with_an_active_run() -> None:
    with mw.start_run() as outer:
        pass
    with mw.start_run(parent_run_id=outer.info.run_id) as inner:
        with pytest.raises(InvalidArgument, match="is not the active run"):
            mw.start_run(nested=True, parent_run_id=outer.info.run_id)
        with mw.start_run(nested=True, parent_run_id=inner.info.run_id):
            pass
    assert parent(inner.info.run_id) == outer.info.run_id
    mw.delete_run(outer.info.run_id)
    with pytest.raises(WrongState, match="deleted"):
        mw.start_run(parent_run_id=outer.info.run_id)


def test_resuming_by_id() -> None:
    with mw.start_run() as run:
        mw.log_metric("m", 1)
    with mw.start_run(run.info.run_id, tags={"again": "yes"}, description="more") as again:
        assert again.info.status == "RUNNING"
        mw.log_metric("m", 2, step=1)
    found = mw.get_run(run.info.run_id)
    assert (found.data.metrics, found.info.status) == ({"m": 2}, "FINISHED")
    assert found.data.tags["again"] == "yes"
    mw.delete_run(run.info.run_id)
    with pytest.raises(WrongState, match="deleted"):
        mw.start_run(run.info.run_id)
    with pytest.raises(NotFound, match="nope"):
        mw.start_run("nope")


@pytest.mark.parametrize("name", ["MLFLOW_RUN_ID", "MODELWRIGHT_RUN_ID"])
def test_resuming_by_the_environment_counts_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with mw.start_run() as run:
        pass
    monkeypatch.setenv(name, run.info.run_id)
    with mw.start_run() as first:
        assert name not in os.environ
    with mw.start_run() as second:
        pass
    assert first.info.run_id == run.info.run_id != second.info.run_id


def test_a_description_given_twice_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="twice"):
        mw.start_run(description="a", tags={"mlflow.note.content": "b"})
    assert mw.active_run() is None


def test_threads_write_to_the_runs_they_open() -> None:
    mw.set_experiment("threads")  # before the pool: every thread joins it
    barrier = threading.Barrier(8)

    def work(number: int) -> str:
        barrier.wait()
        with mw.start_run(run_name=str(number)) as run:
            for step in range(20):
                mw.log_metric("who", number, step=step)
            barrier.wait()
            mw.log_param("who", number)
        return run.info.run_id

    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(work, range(8)))
    for number, run_id in enumerate(ids):
        run = mw.get_run(run_id)
        assert (run.data.metrics, run.data.params) == ({"who": number}, {"who": str(number)})
        assert len(mw.MlflowClient().get_metric_history(run_id, "who")) == 20
    assert {mw.get_run(i).info.experiment_id for i in ids} == {mw.get_experiment_by_name("threads").experiment_id}


def in_thread(function):  # type: ignore[no-untyped-def]
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()


def test_a_thread_without_a_run_joins_the_only_one() -> None:
    with mw.start_run() as outer, mw.start_run(nested=True) as inner:
        in_thread(lambda: mw.log_metric("from_thread", 1))
        assert in_thread(mw.active_run) is inner
        in_thread(mw.end_run)  # not its own
        assert not inner.ended
        child = in_thread(lambda: mw.start_run(nested=True))
        assert mw.active_run() is inner
        assert in_thread(mw.active_run) is inner  # the child of a thread does not hide it
        child.end()
    assert mw.get_run(inner.info.run_id).data.metrics == {"from_thread": 1}
    assert parent(child.info.run_id) == inner.info.run_id
    assert parent(inner.info.run_id) == outer.info.run_id


def test_a_thread_that_cannot_choose_opens_its_own() -> None:
    with mw.start_run() as first:
        second = in_thread(mw.start_run)
        try:
            third = in_thread(lambda: (mw.log_metric("m", 1), mw.active_run())[1])
        finally:
            second.end()
        third.end()
    assert len({first.info.run_id, second.info.run_id, third.info.run_id}) == 3
    assert third.data.metrics == {}
    assert mw.get_run(third.info.run_id).data.metrics == {"m": 1}
    assert parent(third.info.run_id) is None


def test_asyncio_tasks_write_to_the_runs_they_open() -> None:
    async def train(number: int) -> str:
        with mw.start_run() as run:
            for step in range(5):
                mw.log_metric("who", number, step=step)
                await asyncio.sleep(0)
            assert mw.active_run() is run
        return run.info.run_id

    async def main() -> list[str]:
        return await asyncio.gather(*(train(i) for i in range(6)))

    for number, run_id in enumerate(asyncio.run(main())):
        assert [p.value for p in mw.MlflowClient().get_metric_history(run_id, "who")] == [number] * 5


def test_asyncio_tasks_nest_in_the_run_they_were_made_in() -> None:
    async def child() -> str:
        with mw.start_run(nested=True) as run:
            await asyncio.sleep(0)
        return run.info.run_id

    async def main() -> tuple[str, list[str]]:
        with mw.start_run() as outer:
            ids = await asyncio.gather(child(), child())
            assert mw.active_run() is outer
        return outer.info.run_id, ids

    outer, ids = asyncio.run(main())
    assert [parent(run_id) for run_id in ids] == [outer, outer]


def test_a_run_that_a_finished_task_left_open_goes_on() -> None:
    """As between the cells of a notebook, each of which is a task of its own."""

    async def first_cell() -> str:
        return mw.start_run().info.run_id

    async def second_cell() -> None:
        mw.log_metric("m", 1)
        with pytest.raises(WrongState, match="already active"):
            mw.start_run()

    async def notebook() -> str:
        run_id = await asyncio.create_task(first_cell())
        await asyncio.create_task(second_cell())
        await asyncio.create_task(last_cell())
        return run_id

    async def last_cell() -> None:
        mw.end_run()

    run = mw.get_run(asyncio.run(notebook()))
    assert (run.data.metrics, run.info.status) == ({"m": 1}, "FINISHED")


def test_an_open_task_keeps_its_run_to_itself() -> None:
    async def main() -> None:
        opened, done = asyncio.Event(), asyncio.Event()

        async def holder() -> None:
            with mw.start_run():
                opened.set()
                await done.wait()

        task = asyncio.create_task(holder())
        await opened.wait()
        with mw.start_run() as mine:  # would be refused if the other task's run were taken for ours
            assert mw.active_run() is mine
        done.set()
        await task

    asyncio.run(main())


def test_another_context_does_not_see_what_ended() -> None:
    run = mw.start_run()
    context = copy_context()
    run.end()
    assert context.run(mw.active_run) is None


def test_last_active_run() -> None:
    assert mw.last_active_run() is None
    with mw.start_run() as run:
        assert mw.last_active_run() is run
    mw.log_metric("late", 1, run_id=run.info.run_id)
    assert mw.last_active_run().data.metrics == {"late": 1}
    assert in_thread(mw.last_active_run).info.run_id == run.info.run_id
    in_thread(lambda: mw.start_run().end())
    assert mw.last_active_run().info.run_id == run.info.run_id  # what ended here comes first


def test_a_run_keeps_its_store(tmp_path: Path) -> None:
    mw.set_tracking_uri(tmp_path / "one")
    with mw.start_run() as run:
        mw.set_tracking_uri(tmp_path / "two")
        mw.log_metric("m", 1)
        os.chdir(tmp_path)
    mw.set_tracking_uri(tmp_path / "one")
    assert mw.get_run(run.info.run_id).data.metrics == {"m": 1}
    assert mw.get_run(run.info.run_id).info.status == "FINISHED"


def test_logging_starts_a_run() -> None:
    mw.log_metric("m", 1)
    run = mw.active_run()
    assert run is not None
    mw.log_param("p", 2)
    mw.end_run()
    assert mw.get_run(run.info.run_id).data.params == {"p": "2"}


def test_reset_forgets_everything() -> None:
    variables = dict(os.environ)
    mw.set_tracking_uri("elsewhere")
    mw.set_experiment("a")
    run = mw.start_run()
    active.reset()
    assert run.ended
    assert mw.active_run() is None
    assert mw.last_active_run() is None
    assert dict(os.environ) == variables


# --- the end of a process ---------------------------------------------------------------------------------------------


def run_script(body: str, code: int = 0) -> str:
    """Run a script in the working directory; the id it prints."""
    done = subprocess.run([sys.executable, "-c", body], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == code, done.stderr
    return done.stdout.strip()


BEGIN = "import modelwright as mw, sys\nrun = mw.start_run()\nprint(run.info.run_id)\n"


@pytest.mark.parametrize(
    ("end", "code", "status"),
    [
        ("", 0, "FINISHED"),
        ("1 / 0", 1, "FAILED"),
        ("raise KeyboardInterrupt", 130, "KILLED"),
        ("sys.exit(0)", 0, "FINISHED"),
    ],
)
def test_the_end_of_the_process_ends_its_runs(end: str, code: int, status: str) -> None:
    done = subprocess.run([sys.executable, "-c", BEGIN + end], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode in (code, -2), done.stderr
    assert mw.get_run(done.stdout.strip()).info.status == status


def test_what_is_in_the_background_is_written_at_exit() -> None:
    run_id = run_script(BEGIN + "for i in range(200): mw.log_metric('m', i, step=i, synchronous=False)")
    assert len(mw.MlflowClient().get_metric_history(run_id, "m")) == 200


def test_a_forked_child_does_not_end_its_parents_run() -> None:
    body = BEGIN + (
        "import os\npid = os.fork()\n"
        "if pid == 0:\n    mw.log_metric('child', 1, synchronous=False)\n"
        "    mw.flush_async_logging()\n    sys.exit(0)\n"
        "os.waitpid(pid, 0)\nprint(mw.get_run(run.info.run_id).info.status)\nmw.log_metric('parent', 1)"
    )
    run_id, status = run_script(body).split()
    assert status == "RUNNING"
    assert mw.get_run(run_id).data.metrics == {"child": 1, "parent": 1}


def test_children_know_store_and_experiment(tmp_path: Path) -> None:
    mw.set_tracking_uri("relative")
    mw.set_experiment("mine")
    body = "import modelwright as mw, os, json\nos.chdir('/')\nwith mw.start_run() as run: pass\nprint(run.info.run_id)"
    run = mw.get_run(run_script(body))
    assert mw.get_experiment(run.info.experiment_id).name == "mine"
    assert json.loads(json.dumps(run.to_dictionary())) == run.to_dictionary()
