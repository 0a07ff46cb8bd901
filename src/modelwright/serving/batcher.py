"""Requests of several clients predicted in one call: whatever is ready when the event loop comes round, no timer.

Requests add their rows and wait. The first one asks the loop for a turn; by the time that comes, every request that had
arrived has added its own. Where a call takes long, it runs in a thread, and what arrives meanwhile makes the next one.
Nobody waits for others to come, so a lone request is as quick as without.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from .runner import Late, Runner

Predict = Callable[[Any], Any]


class Batcher:
    """Puts the rows of requests together, and the predictions apart.

    Args:
        predict: Takes a matrix, one row each; gives an array or a frame with one row for each.
        runner: Where it runs.
        limit: Rows of one call; a request that has more goes alone.
        heard: Called with the number of rows of each call.
    """

    def __init__(self, predict: Predict, runner: Runner, limit: int, heard: Callable[[int], object]) -> None:
        self._predict, self._runner, self._limit, self._heard = predict, runner, limit, heard
        self._waiting: list[tuple[Any, asyncio.Future[Any]]] = []
        self._asked = False
        self._working: asyncio.Task[None] | None = None

    def __call__(self, rows: Any) -> asyncio.Future[Any]:
        """The predictions for `rows`, once they are there."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._waiting.append((rows, future))
        if not self._asked and self._working is None:
            self._asked = True
            loop.call_soon(self._turn, loop)
        return future

    def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        self._asked = False
        while self._waiting:
            batch = self._take()
            if not batch:
                continue
            if not self._runner.inline(sum(len(rows) for rows, _ in batch)):
                self._working = loop.create_task(self._beside(batch))
                return
            self._answer(batch, self._now)

    def _take(self) -> list[tuple[Any, asyncio.Future[Any]]]:
        """The next requests that go together; those that nobody waits for any more are left out."""
        batch: list[tuple[Any, asyncio.Future[Any]]] = []
        rows = 0
        for place, (matrix, future) in enumerate(self._waiting):
            if batch and rows + len(matrix) > self._limit:
                del self._waiting[:place]
                return batch
            if not future.done():
                batch.append((matrix, future))
                rows += len(matrix)
        self._waiting.clear()
        return batch

    async def _beside(self, batch: list[tuple[Any, asyncio.Future[Any]]]) -> None:
        """One call after the other in the runner's thread, until nothing waits."""
        while batch:
            try:
                answer = await self._runner(self._now, _joined(batch), rows=0)
            except Late as error:
                for _, future in batch:
                    _fail(future, error)
            except Exception as error:
                await self._apart(batch, error)
            else:
                self._share(batch, answer)
            batch = self._take() if self._waiting else []
        self._working = None
        if self._waiting:  # all that waited had been given up
            self._turn(asyncio.get_running_loop())

    async def _apart(self, batch: list[tuple[Any, asyncio.Future[Any]]], error: Exception) -> None:
        """After a failure each request is predicted by itself, so that only those fail that cannot be."""
        if len(batch) == 1:
            _fail(batch[0][1], error)
            return
        for one in batch:
            try:
                self._share([one], await self._runner(self._now, one[0], rows=0))
            except Exception as own:
                _fail(one[1], own)

    def _answer(self, batch: list[tuple[Any, asyncio.Future[Any]]], predict: Predict) -> None:
        try:
            answer = predict(_joined(batch))
        except (Exception, SystemExit) as error:
            if len(batch) == 1:
                _fail(batch[0][1], error)
                return
            for one in batch:
                self._answer([one], predict)
            return
        self._share(batch, answer)

    def _now(self, matrix: Any) -> Any:
        self._heard(len(matrix))
        return self._runner.timed(len(matrix), self._predict, matrix)

    def _share(self, batch: list[tuple[Any, asyncio.Future[Any]]], answer: Any) -> None:
        try:
            parts = [answer] if len(batch) == 1 else _parts(batch, answer)
        except Exception as error:
            for _, future in batch:
                _fail(future, error)
            return
        for (_, future), part in zip(batch, parts, strict=True):
            _give(future, part)


def _parts(batch: list[tuple[Any, asyncio.Future[Any]]], answer: Any) -> list[Any]:
    """What each request gets of an answer to all."""
    rows = answer.iloc if hasattr(answer, "iloc") else answer
    if not hasattr(rows, "__getitem__") or len(answer) != sum(len(matrix) for matrix, _ in batch):
        raise RuntimeError("the model did not give one prediction for each row; serve it with --batching off")
    parts, start = [], 0
    for matrix, _ in batch:
        parts.append(rows[start : start + len(matrix)])
        start += len(matrix)
    return parts


def _joined(batch: list[tuple[Any, asyncio.Future[Any]]]) -> Any:
    if len(batch) == 1:
        return batch[0][0]
    import numpy as np

    return np.concatenate([rows for rows, _ in batch])


def _give(future: asyncio.Future[Any], answer: Any) -> None:
    if not future.done():
        future.set_result(answer)


def _fail(future: asyncio.Future[Any], error: BaseException) -> None:
    if not future.done():
        if isinstance(error, StopIteration | SystemExit):  # no future can hold the one, and the other ends the loop
            error = RuntimeError(f"the model's code raised {type(error).__name__}")
        future.set_exception(error)
