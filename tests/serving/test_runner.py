"""Where predictions run: in the loop while they are short, else one after the other in a thread."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import suppress
from contextvars import ContextVar

import pytest

from modelwright.serving.runner import Late, Runner

WHERE: ContextVar[str] = ContextVar("WHERE")


def run(runner, scene):
    try:
        return asyncio.run(scene())
    finally:
        runner.close()


def test_short_calls_run_in_the_loop_and_long_ones_beside_it():
    runner = Runner(first=1e-4, row=1e-3, timeout=5)
    names = []

    def call():
        names.append(threading.current_thread().name)

    async def scene():
        await runner(call, rows=1)
        await runner(call, rows=50)
        await runner(call, rows=0)

    run(runner, scene)
    assert names[0] == "MainThread"
    assert all(name.startswith("modelwright-predict") for name in names[1:])


def test_a_model_is_never_called_twice_at_once():
    runner = Runner(first=1e-5, row=0, timeout=5)
    inside, most = 0, 0

    def call():
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.001)
        inside -= 1
        return most

    async def scene():
        calls = [runner(call, rows=rows) for rows in (0, 1, 0, 1, 0)]
        return await asyncio.gather(*calls)

    assert run(runner, scene) == [1] * 5


def test_who_waits_too_long_is_told_and_the_thread_goes_on():
    runner, gate = Runner(1.0, 0, timeout=0.05), threading.Event()

    async def scene():
        with pytest.raises(Late, match=r"within 0\.05 seconds") as late:
            await runner(gate.wait, 10)
        assert late.value.status == 504
        with pytest.raises(Late):
            await runner(lambda: None)  # the thread is still busy
        gate.set()
        runner.timeout = 5
        return await runner(lambda: "next")

    assert run(runner, scene) == "next"


@pytest.mark.parametrize("error", [ValueError, TimeoutError, StopIteration, SystemExit, KeyError])
def test_what_a_call_raises(error):
    runner = Runner(1.0, 0, timeout=5)

    def call():
        raise error("x")

    async def scene():
        expected = RuntimeError if error in (StopIteration, SystemExit) else error
        with pytest.raises(expected, match="x" if expected is error else error.__name__):
            await runner(call)
        return await runner(lambda: "next")

    assert run(runner, scene) == "next"


def test_context_variables_reach_the_thread():
    runner = Runner(1.0, 0, timeout=5)

    async def scene():
        WHERE.set("here")
        return await runner(WHERE.get)

    assert run(runner, scene) == "here"


def test_a_model_that_becomes_slow_leaves_the_loop_and_comes_back():
    runner = Runner(first=1e-5, row=0, timeout=5)
    assert runner.inline(1)
    runner.timed(1, time.sleep, 0.05)
    assert not runner.inline(1)
    for _ in range(50):
        runner.timed(1, lambda: None)
    assert runner.inline(1)
    with pytest.raises(ZeroDivisionError):
        runner.timed(1, lambda: 1 / 0)


def test_what_was_given_up_before_it_began_is_not_called() -> None:
    async def main() -> None:
        runner, called, go = Runner(1.0, 0.0, 0.05), [], threading.Event()
        first = asyncio.ensure_future(runner(go.wait, 10, rows=0))
        await asyncio.sleep(0)
        with pytest.raises(Late):
            await runner(called.append, 1, rows=0)
        go.set()
        with suppress(Late):
            await first
        runner.timeout = 5.0
        await runner(called.append, 2, rows=0)
        assert called == [2]
        runner.close()

    asyncio.run(main())
