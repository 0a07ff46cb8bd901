"""Where predictions run: in the event loop where they are short, else in one thread beside it.

A model is never called twice at once. Its code may not be made for that, and on a busy server it would only be slower.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context
from time import monotonic, perf_counter
from typing import Any

from ..core.errors import Error

_SHORT = 2e-3  # seconds that the loop may be held up by one call
_WEIGHT = 0.1  # of the last call in what is expected of the next


class Late(Error):
    """The model takes longer than a client is to wait."""

    code = "DEADLINE_EXCEEDED"


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
        self._began: float | None = None  # when the call that runs in the thread did
        self._excess = 0.0  # seconds that calls have lately taken beyond what was expected

    @property
    def busy(self) -> bool:
        """Whether something runs in the thread, or waits for it."""
        return self._busy > 0

    @property
    def stuck(self) -> bool:
        """Whether a call runs for twice as long as a client waits: it may never end, and no other can be made."""
        began = self._began
        return began is not None and monotonic() - began > 2 * self.timeout

    def inline(self, rows: int) -> bool:
        """Whether a call with so many rows is short enough for the loop, and the thread idle."""
        return not self._busy and self.first + self.row * rows + self._excess < _SHORT

    def timed(self, rows: int, function: Callable[..., Any], *given: Any) -> Any:
        """What `function` returns; a model that has become slow is noticed, and one that has recovered, too."""
        began = perf_counter()
        try:
            return function(*given)
        finally:
            beyond = perf_counter() - began - self.first - self.row * rows
            self._excess += _WEIGHT * (max(beyond, 0.0) - self._excess)

    async def __call__(self, function: Callable[..., Any], *given: Any, rows: int = 1) -> Any:
        """What `function` returns.

        Args:
            function: The model, or one of its methods.
            *given: Its arguments.
            rows: How many rows they hold; 0 for the thread in any case.

        Raises Late after the timeout, and whatever the function raises.
        """
        if rows and self.inline(rows):
            return self.timed(rows, function, *given)
        if rows:
            given = (rows, function, *given)
            function = self.timed
        self._busy += 1
        context = copy_context()
        given_up: list[bool] = []
        job = asyncio.get_running_loop().run_in_executor(self._thread, self._called, context, function, given, given_up)
        job.add_done_callback(self._done)
        await asyncio.wait([job], timeout=self.timeout)
        if not job.done():
            given_up.append(True)  # if it has not begun, it never will: nobody waits for it
            raise Late(f"The model did not answer within {self.timeout:g} seconds")
        return job.result()

    def _done(self, job: asyncio.Future[Any]) -> None:
        self._busy -= 1
        if not job.cancelled():
            job.exception()  # told to whoever waited, if anybody still does

    def close(self) -> None:
        """Take no more calls; one that runs ends by itself."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _called(
        self, context: Context, function: Callable[..., Any], given: tuple[Any, ...], given_up: Sequence[bool]
    ) -> Any:
        if given_up:
            return None
        self._began = monotonic()
        try:
            return context.run(function, *given)
        except (StopIteration, SystemExit) as error:  # which would end more than this call
            raise RuntimeError(f"the model's code raised {type(error).__name__}") from error
        finally:
            self._began = None
