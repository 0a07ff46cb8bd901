"""The process that holds the connections when several predict: it hands requests on, and answers for those that die.

A client is connected to this process only. So when a worker ends, by whatever cause, the requests in its hands are
answered 503, all others go to the workers that are left, and a new one takes its place.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from itertools import count
from time import monotonic

from ..core.errors import Unavailable
from .answers import JSON, Cut, Reply, refusal
from .entrance import ALWAYS, Call, Entrance
from .environments import elsewhere
from .link import TAKEN_BACK, Answer, Ask, Link
from .metrics import Metrics
from .options import Options
from .runner import Late

log = logging.getLogger(__name__)

_PASSED = (
    b"content-type",
    b"content-encoding",
    b"accept",
    b"azureml-model-deployment",
    b"inference-header-content-length",
)
LIVE = {"/": (b"Healthy", b"text/plain; charset=utf-8"), "/v2/health/live": (b'{"live":true}', JSON)}
_PAUSE = (0.1, 5.0)  # seconds before a worker that ended is replaced: at first, and at most
_STUCK = 10.0  # seconds beyond the timeout after which a silent worker is ended


class Crew:
    """One worker, as seen from here: its process, the link to it, and the requests in its hands."""

    def __init__(self, options: Options, python: str) -> None:
        self._options, self._python = options, python
        self.pending: dict[int, asyncio.Queue[Answer | None]] = {}
        self.asked: dict[int, float] = {}
        self.ready = False
        self.said: Answer | None = None
        self.ended = asyncio.Event()
        self._up = asyncio.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self.link: Link | None = None

    async def start(self) -> None:
        """Start the process and wait until its models are loaded, or it has failed."""
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [self._python, "-m", "modelwright.serving.worker", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=elsewhere.inherited() if self._python != sys.executable else {**os.environ, "PYTHONSAFEPATH": "1"},
            )
        link = self.link = Link(Answer, self._heard, self._lost)
        await asyncio.get_running_loop().create_connection(lambda: link, sock=ours)
        link.send(self._options)
        await self._up.wait()

    @property
    def pid(self) -> int | None:
        """The process, for whoever wants to look at it."""
        return self._process.pid if self._process else None

    def kill(self) -> None:
        """End the process at once."""
        if self._process is not None:
            self._process.kill()

    async def stop(self, grace: float) -> None:
        """Hang up, and end the process if it does not by itself."""
        if self.link is not None:
            self.link.close()
        if self._process is None:
            return
        try:
            await asyncio.wait_for(asyncio.to_thread(self._process.wait), grace)
        except TimeoutError:
            self._process.kill()
            await asyncio.to_thread(self._process.wait)

    def _heard(self, answer: Answer) -> None:
        if answer.number == 0:
            self.said, self.ready = answer, answer.status == 200
            self._up.set()
            return
        waiting = self.pending.get(answer.number)
        if waiting is not None:
            if answer.more:  # it is at work, however slowly the client reads
                self.asked[answer.number] = monotonic()
            else:
                self.asked.pop(answer.number, None)
            waiting.put_nowait(answer)

    def forget(self, number: int) -> None:
        """A request that is at its end, whoever ended it."""
        del self.pending[number]
        self.asked.pop(number, None)

    def _lost(self) -> None:
        self.ready = False
        for waiting in self.pending.values():
            waiting.put_nowait(None)
        self._up.set()
        self.ended.set()


class Left(Unavailable):
    """The workers were told to stop before one of them took the request."""

    def __init__(self) -> None:
        super().__init__("The server is stopping")


class Front(Entrance):
    """Hands requests to the worker that has the fewest.

    Args:
        options: How the models are served.
        metrics: What counts the requests.
        python: The interpreter of the workers; this one unless they need another environment.
    """

    def __init__(self, options: Options, metrics: Metrics, python: str = sys.executable) -> None:
        super().__init__(options, metrics)
        self._python = python
        self._crew: list[Crew] = []
        self._numbers_asked = count(1)
        self._keepers: list[asyncio.Task[None]] = []
        self._arrived = asyncio.Event()  # a worker has become ready
        self._gone = False  # told to stop

    async def start(self) -> None:
        """Start the workers; Unavailable, in the worker's words, if one cannot load the models."""
        self._crew = [Crew(self.options, self._python) for _ in range(self.options.workers)]
        await asyncio.gather(*(one.start() for one in self._crew))
        for one in self._crew:
            if not one.ready:
                said = one.said.body.decode() if one.said else "a worker ended while it loaded the models; see above"
                raise Unavailable(said)
        self._keepers = [asyncio.create_task(self._keep(place)) for place in range(len(self._crew))]
        self._keepers.append(asyncio.create_task(self._watch()))

    async def idle(self) -> None:
        """Wait until the workers have answered all they were asked."""
        while any(one.pending for one in self._crew):
            await asyncio.sleep(0.02)

    async def stop(self) -> None:
        """Let the workers finish what they have, and end them."""
        self._gone = True
        self._arrived.set()
        for task in self._keepers:
            task.cancel()
        await asyncio.gather(*(one.stop(self.options.grace) for one in self._crew))

    async def reply(self, call: Call) -> Reply:
        if call.path == "/metrics":
            call.route = call.path
            return Reply(200, self.metrics.text(), b"text/plain; version=0.0.4; charset=utf-8")
        if call.path in LIVE:  # whether or not a worker is ready
            call.route = call.path
            body, media = LIVE[call.path]
            return Reply(200, body, media)
        return await self.forward(call, await call.raw_body())

    async def forward(self, call: Call, body: bytes) -> Reply:
        """A worker's answer to a request whose body has been read."""
        try:
            async with asyncio.timeout(self.options.timeout):
                crew = await self._least_busy(wait=call.path not in ALWAYS)
        except TimeoutError:
            crew = None
        if crew is None and self._gone:
            raise Left
        if crew is None or crew.link is None:
            return _unavailable("No worker is ready")
        number, waiting = next(self._numbers_asked), asyncio.Queue[Answer | None]()
        crew.pending[number], crew.asked[number] = waiting, monotonic()
        headers = [(b"x-request-id", call.request_id), *((name, call.header(name)) for name in _PASSED)]
        sent = [(name, value) for name, value in headers if value]
        crew.link.send(Ask(number, call.method, call.path, call.query, sent, body))
        streaming = False
        try:
            async with asyncio.timeout(self.options.timeout + _STUCK):
                answer = await waiting.get()
            if answer is None:
                return _unavailable("The process that held the request ended")
            call.route, call.model = answer.route, answer.model
            for rows in answer.calls:
                self.metrics.rows(rows)
            if answer.more:
                streaming = True
                return Reply(answer.status, b"", answer.media, tuple(answer.headers), self._rest(crew, number, waiting))
            return Reply(answer.status, answer.body, answer.media, tuple(answer.headers))
        except TimeoutError:
            raise Late(f"The model did not answer within {self.options.timeout:g} seconds") from None
        finally:
            if not streaming:
                crew.forget(number)

    async def _least_busy(self, *, wait: bool) -> Crew | None:
        """The worker with the fewest requests; where none is ready, the first that will be, or None if not to wait."""
        while True:
            crew = min((one for one in self._crew if one.ready), key=lambda one: len(one.pending), default=None)
            if crew is not None or not wait or self._gone:
                return crew
            self._arrived.clear()
            await self._arrived.wait()

    async def _rest(self, crew: Crew, number: int, waiting: asyncio.Queue[Answer | None]) -> AsyncIterator[bytes]:
        """The pieces of an answer; one whose worker ends is cut off, so that nobody takes it for whole."""
        whole = False
        try:
            while (answer := await waiting.get()) is not None:
                if not answer.more:
                    whole = True
                    if answer.status >= 500:
                        raise Cut
                    return
                yield answer.body
            raise Cut
        finally:
            crew.forget(number)
            if not whole and crew.link is not None:
                crew.link.send(Ask(number, TAKEN_BACK))

    async def _keep(self, place: int) -> None:
        """A new worker in place of one that ended, sooner the longer that one had lived."""
        pause = _PAUSE[0]
        while True:
            began = monotonic()
            await self._crew[place].ended.wait()
            await self._crew[place].stop(0.1)
            self.metrics.restarted()
            log.warning("a worker ended; another takes its place")
            pause = _PAUSE[0] if monotonic() - began > 10 * _PAUSE[1] else min(pause * 2, _PAUSE[1])
            await asyncio.sleep(pause)
            self._crew[place] = Crew(self.options, self._python)
            try:
                await self._crew[place].start()
            except OSError as error:
                log.warning("a worker cannot be started: %s", error)
                self._crew[place].ended.set()  # so that it is tried again
            if self._crew[place].ready:
                self._arrived.set()

    async def _watch(self) -> None:
        """A worker that has kept a request far too long is ended; it would never come back to the others."""
        while True:
            await asyncio.sleep(1.0)
            late = monotonic() - self.options.timeout - _STUCK / 2
            for one in self._crew:
                if one.ready and any(asked < late for asked in one.asked.values()):
                    log.warning("a worker has not answered for %g seconds and is ended", self.options.timeout)
                    one.kill()


def _unavailable(why: str) -> Reply:
    return refusal(503, "TEMPORARILY_UNAVAILABLE", f"{why}; try again", [(b"retry-after", b"1")])
