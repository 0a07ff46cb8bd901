"""Where predictions run: in the event loop where they are short, else in one thread beside it.

A model is never called twice at once. Its code may not be made for that, and on a busy server it would only be slower.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

_SHORT = 2e-3  # seconds that the loop may be held up by one call


class Runner:
    """Calls a model.

    Args:
        first: Seconds of a call with one row.
        row: Seconds that each further row adds.
        timeout: Seconds after which the client is told that it takes too long; the thread cannot be stopped.
    """

    def __init__(self, first: float, row: float, timeout: float) -> None:
        self.first, self.row, self.timeout = first, row, timeout
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="modelwright-predict")
        self._busy = 0

    def inline(self, rows: int) -> bool:
        """Whether a call with so many rows is short enough for the loop, and the thread idle."""
        return not self._busy and self.first + self.row * rows < _SHORT

    async def __call__(self, function: Callable[..., Any], *given: Any, rows: int = 1) -> Any:
        """What `function` returns.

        Args:
            function: The model, or one of its methods.
            *given: Its arguments.
            rows: How many rows they hold; 0 for the thread in any case.
        """
        if rows and self.inline(rows):
            return function(*given)
        self._busy += 1
        context = copy_context()
        job = asyncio.get_running_loop().run_in_executor(self._thread, lambda: context.run(function, *given))
        job.add_done_callback(self._done)
        return await asyncio.wait_for(asyncio.shield(job), self.timeout)

    def _done(self, job: asyncio.Future[Any]) -> None:
        self._busy -= 1
        if not job.cancelled():
            job.exception()  # told to whoever waited, if anybody still does

    def close(self) -> None:
        """Take no more calls; one that runs ends by itself."""
        self._thread.shutdown(wait=False, cancel_futures=True)
