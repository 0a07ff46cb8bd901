"""The process that holds the connections when several predict: it hands requests on, and answers for those that die.

A client is connected to this process only. So when a worker ends, by whatever cause, the requests in its hands are
answered 503, all others go to the workers that are left, and a new one takes its place.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import count
from time import monotonic

from ..core.errors import Unavailable
from .answers import Reply, refusal
from .entrance import Call, Entrance
from .link import Answer, Ask, Link
from .metrics import Metrics
from .options import Options

log = logging.getLogger(__name__)

_PASSED = (
    b"content-type",
    b"content-encoding",
    b"accept",
    b"azureml-model-deployment",
    b"inference-header-content-length",
)
_PAUSE = (0.1, 5.0)  # seconds before a worker that ended is replaced: at first, and at most
_STUCK = 10.0  # seconds beyond the timeout after which a silent worker is ended


class Crew:
    """One worker, as seen from here: its process, the link to it, and the requests in its hands."""

    def __init__(self, options: Options) -> None:
        self._options = options
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
                [sys.executable, "-m", "modelwright.serving.worker", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
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
            waiting.put_nowait(answer)

    def _lost(self) -> None:
        self.ready = False
        for waiting in self.pending.values():
            waiting.put_nowait(None)
        self._up.set()
        self.ended.set()


class Front(Entrance):
    """Hands requests to the worker that has the fewest."""

    def __init__(self, options: Options, metrics: Metrics) -> None:
        super().__init__(options, metrics)
        self._crew: list[Crew] = []
        self._numbers_asked = count(1)
        self._keepers: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Start the workers; Unavailable, in the worker's words, if one cannot load the models."""
        self._crew = [Crew(self.options) for _ in range(self.options.workers)]
        await asyncio.gather(*(one.start() for one in self._crew))
        for one in self._crew:
            if not one.ready:
                said = one.said.body.decode() if one.said else "a worker ended while it loaded the models; see above"
                raise Unavailable(said)
        self._keepers = [asyncio.create_task(self._keep(place)) for place in range(len(self._crew))]
        self._keepers.append(asyncio.create_task(self._watch()))

    async def stop(self) -> None:
        """Let the workers finish what they have, and end them."""
        for task in self._keepers:
            task.cancel()
        await asyncio.gather(*(one.stop(self.options.grace) for one in self._crew))

    async def reply(self, call: Call) -> Reply:
        call.route = _label(call.path)
        if call.path == "/metrics":
            return Reply(200, self.metrics.text(), b"text/plain; version=0.0.4; charset=utf-8")
        body = await call.raw_body()
        crew = min((one for one in self._crew if one.ready), key=lambda one: len(one.pending), default=None)
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
            if answer.more:
                streaming = True
                return Reply(answer.status, b"", answer.media, tuple(answer.headers), self._rest(crew, number, waiting))
            return Reply(answer.status, answer.body, answer.media, tuple(answer.headers))
        finally:
            if not streaming:
                del crew.pending[number], crew.asked[number]

    async def _rest(self, crew: Crew, number: int, waiting: asyncio.Queue[Answer | None]) -> AsyncIterator[bytes]:
        """The pieces of an answer; one whose worker ends is cut off, so that nobody takes it for whole."""
        try:
            while (answer := await waiting.get()) is not None:
                if not answer.more:
                    return
                yield answer.body
            raise ConnectionAbortedError("the process that made the answer ended")
        finally:
            del crew.pending[number], crew.asked[number]

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
            self._crew[place] = Crew(self.options)
            with suppress(OSError):
                await self._crew[place].start()

    async def _watch(self) -> None:
        """A worker that has kept a request far too long is ended; it would never come back to the others."""
        while True:
            await asyncio.sleep(1.0)
            late = monotonic() - self.options.timeout - _STUCK / 2
            for one in self._crew:
                if one.ready and any(asked < late for asked in one.asked.values()):
                    log.warning("a worker has not answered for %g seconds and is ended", self.options.timeout)
                    one.kill()


def _label(path: str) -> str:
    """What the metrics call an address; those of clients' making are one."""
    last = path.rpartition("/")[2]
    known = ("invocations", "score", "infer", "ping", "health", "version", "metrics", "docs")
    if "/invocations/" in path:
        return "/invocations/{method}"
    return f"/{last}" if last in known or (last.endswith(".json") and len(last) < 16) else "other"


def _unavailable(why: str) -> Reply:
    return refusal(503, "TEMPORARILY_UNAVAILABLE", f"{why}; try again", [(b"retry-after", b"1")])
