"""Requests predicted together: what arrives while the loop is busy or the model works, and nothing waits for more."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import numpy as np
import pandas as pd
import pytest

from modelwright.serving.batcher import Batcher
from modelwright.serving.runner import Late, Runner

QUICK, SLOW = 1e-5, 1.0  # seconds of a call, as a probe would have found


class Model:
    """Doubles rows; remembers the calls; refuses a row of -1; waits for its gate."""

    def __init__(self, answer=lambda rows: rows[:, 0] * 2):
        self.calls, self.gate, self.answer = [], threading.Event(), answer
        self.gate.set()

    def __call__(self, rows):
        assert self.gate.wait(10)
        self.calls.append(len(rows))
        if (rows == -1).any():
            raise ValueError("minus one")
        return self.answer(rows)


def batcher(model, seconds, limit=256, timeout=5):
    runner = Runner(seconds, 0, timeout)
    return Batcher(model, runner, limit, heard.append), runner


heard: list[int] = []


def rows(*values):
    return np.array([[value] for value in values], "float64")


def run(scene):
    heard.clear()
    return asyncio.run(scene)


async def all_of(*futures):
    return [
        one if isinstance(one, Exception) else list(one)
        for one in await asyncio.gather(*futures, return_exceptions=True)
    ]


@pytest.mark.parametrize("seconds", [QUICK, SLOW])
def test_what_is_ready_together_is_one_call(seconds):
    async def scene():
        model = Model()
        ask, runner = batcher(model, seconds)
        found = await all_of(ask(rows(1)), ask(rows(2, 3)), ask(rows(4)))
        alone = await ask(rows(5))
        runner.close()
        return found, alone.tolist(), model.calls

    assert run(scene()) == ([[2], [4, 6], [8]], [10], [4, 1])
    assert heard == [4, 1]


def test_what_comes_while_the_model_works_is_the_next_call():
    async def scene():
        model = Model()
        ask, runner = batcher(model, SLOW)
        model.gate.clear()
        first = asyncio.create_task(all_of(ask(rows(1))))
        await asyncio.sleep(0)
        later = [asyncio.create_task(all_of(ask(rows(value)))) for value in (2, 3, 4)]
        await asyncio.sleep(0)
        model.gate.set()
        found = [await task for task in (first, *later)]
        runner.close()
        return found, model.calls

    assert run(scene()) == ([[[2]], [[4]], [[6]], [[8]]], [1, 3])


@pytest.mark.parametrize("seconds", [QUICK, SLOW])
def test_no_call_has_more_rows_than_the_limit_but_one_request_may(seconds):
    async def scene():
        model = Model()
        ask, runner = batcher(model, seconds, limit=3)
        found = await all_of(*(ask(rows(value)) for value in range(5)), ask(rows(*range(7))), ask(rows(1)))
        runner.close()
        return found, model.calls

    found, calls = run(scene())
    assert found == [[0], [2], [4], [6], [8], [0, 2, 4, 6, 8, 10, 12], [2]]
    assert calls == [3, 2, 7, 1]


@pytest.mark.parametrize("seconds", [QUICK, SLOW])
def test_one_that_fails_fails_alone(seconds):
    async def scene():
        ask, runner = batcher(Model(), seconds)
        found = await all_of(ask(rows(1)), ask(rows(-1)), ask(rows(3)))
        after = await ask(rows(4))
        runner.close()
        return found, after.tolist()

    (one, bad, three), after = run(scene())
    assert (one, three, after) == ([2], [6], [8])
    assert isinstance(bad, ValueError)


@pytest.mark.parametrize("seconds", [QUICK, SLOW])
@pytest.mark.parametrize("error", [StopIteration, SystemExit, TimeoutError])
def test_exceptions_that_would_end_more_than_a_call(seconds, error):
    async def scene():
        def raises(_):
            raise error

        ask, runner = batcher(raises, seconds)
        found = await all_of(ask(rows(1)), ask(rows(2)))
        runner.close()
        return found

    for one in run(scene()):
        assert isinstance(one, TimeoutError if error is TimeoutError else RuntimeError)


@pytest.mark.parametrize("seconds", [QUICK, SLOW])
def test_frames_are_shared_out_by_rows_too(seconds):
    async def scene():
        model = Model(lambda rows: pd.DataFrame({"a": rows[:, 0]}, index=range(10, 10 + len(rows))))
        ask, runner = batcher(model, seconds)
        found = await asyncio.gather(ask(rows(1)), ask(rows(2, 3)))
        runner.close()
        return [frame["a"].tolist() for frame in found]

    assert run(scene()) == [[1], [2, 3]]


@pytest.mark.parametrize("seconds", [QUICK, SLOW])
def test_a_model_that_gives_too_few_predictions_is_found_out(seconds):
    async def scene():
        ask, runner = batcher(Model(lambda rows: rows[:1, 0]), seconds)
        found = await all_of(ask(rows(1)), ask(rows(2)))
        runner.close()
        return found

    for one in run(scene()):
        assert "--batching off" in str(one)


def test_all_of_a_call_that_takes_too_long_are_told_and_the_next_is_answered():
    async def scene():
        model = Model()
        ask, runner = batcher(model, SLOW, timeout=0.05)
        model.gate.clear()
        late = await all_of(ask(rows(1)), ask(rows(2)))
        model.gate.set()
        runner.timeout = 5
        after = await ask(rows(3))
        runner.close()
        return late, after.tolist()

    late, after = run(scene())
    assert [type(one) for one in late] == [Late, Late]
    assert after == [6]


@pytest.mark.parametrize("seconds", [QUICK, SLOW])
def test_rows_that_nobody_waits_for_any_more_are_not_predicted(seconds):
    async def scene():
        model = Model()
        ask, runner = batcher(model, seconds)
        given_up, kept = ask(rows(1)), ask(rows(2))
        given_up.cancel()
        found = await kept
        alone = ask(rows(3))
        alone.cancel()
        await asyncio.sleep(0)
        after = await ask(rows(4))
        runner.close()
        return found.tolist(), after.tolist(), model.calls

    assert run(scene()) == ([4], [8], [1, 1])


@pytest.mark.parametrize("odd", [3.5, None, {"a": 1, "b": 2}, iter([1, 2])])
def test_an_answer_that_cannot_be_taken_apart_ends_only_its_batch(odd: Any) -> None:
    """Two requests that went together fail; those after them are answered."""

    async def main() -> None:
        runner = Runner(1.0, 0.0, 5.0)
        answers = [odd]
        batched = Batcher(lambda rows: answers.pop() if answers else rows[:, 0], runner, 10, lambda rows: None)
        first = [batched(np.full((1, 1), n)) for n in (1.0, 2.0)]
        for failed in await asyncio.gather(*first, return_exceptions=True):
            assert isinstance(failed, Exception)
        assert (await asyncio.wait_for(batched(np.full((1, 1), 7.0)), 5)).tolist() == [7.0]
        runner.close()

    asyncio.run(main())
