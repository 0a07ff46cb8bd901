"""`python -m modelwright.serving.worker FD`: a process that predicts for the one that holds the connections."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Callable, Coroutine
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import Any

from ..core.errors import Error
from . import server
from .answers import Cut
from .app import App
from .entrance import Call
from .link import TAKEN_BACK, Answer, Ask, Link
from .metrics import Metrics
from .options import Options

log = logging.getLogger(__name__)

_MANY = 2**31  # requests in hand are counted where they come in


class Worker:
    """Answers the frames of one connection until the other end hangs up."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._app: App | None = None
        self._ended: asyncio.Event
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._calls: list[int] = []
        self._link: Link

    async def run(self) -> bool:
        """Read the options, load the models, say so, and answer; whether a model still works when all is over."""
        self._ended = asyncio.Event()
        options: asyncio.Future[Options] = asyncio.get_running_loop().create_future()
        self._link = Link(Options | Ask, lambda frame: self._heard(frame, options), self._ended.set)
        await asyncio.get_running_loop().create_connection(
            lambda: self._link, sock=socket.socket(fileno=self._descriptor)
        )
        given = replace(await options, queue=_MANY)
        metrics = Metrics()
        metrics.rows = self._calls.append  # they are counted where the requests are
        try:
            self._app = App(server.load(given, metrics), given, metrics)
        except Error as error:
            self._link.send(Answer(0, error.status, error.error_code.encode(), [], error.message.encode()))
            self._link.close()
            return False
        self._link.send(Answer(0, 200))
        watch = asyncio.create_task(self._watch())
        await self._ended.wait()
        watch.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=given.grace)
        self._app.close()
        return self._app.busy

    async def _watch(self) -> None:
        """End the process when a model is stuck; another will take its place."""
        assert self._app is not None
        while not (stuck := self._app.stuck()):
            await asyncio.sleep(1.0)
        log.error("%s: the model has been at work on one request for too long; the worker ends", ", ".join(stuck))
        server.leave(True)

    def _heard(self, frame: Any, options: asyncio.Future[Options]) -> None:
        if isinstance(frame, Options):
            options.set_result(frame)
            return
        if frame.method == TAKEN_BACK:
            if (known := self._tasks.get(frame.number)) is not None:
                known.cancel()
            return
        task = asyncio.get_running_loop().create_task(self._answer(frame))
        self._tasks[frame.number] = task
        task.add_done_callback(lambda _: self._tasks.pop(frame.number))

    async def _answer(self, ask: Ask) -> None:
        assert self._app is not None
        scope = {"method": ask.method, "path": ask.path, "query_string": ask.query, "headers": ask.headers}
        call = Call(scope, _given(ask.body), self._app.options)
        reply = await self._app.answered(call)
        send, streams = self._link.send, reply.pieces is not None
        calls, headers = self._calls.copy(), list(reply.headers)
        self._calls.clear()
        send(Answer(ask.number, reply.status, reply.media, headers, reply.body, streams, call.route, call.model, calls))
        if not streams:
            return
        end = 500
        try:
            async with aclosing(reply.pieces):
                async for piece in reply.pieces:
                    send(Answer(ask.number, 200, body=piece, more=True))
            end = 200
        except Cut:
            pass
        except Exception as error:
            told = not self._app.options.redact
            log.error("request %s broke off: %s", call.request_id.decode(), type(error).__name__, exc_info=told)
        finally:
            send(Answer(ask.number, end))


def _given(body: bytes) -> Callable[[], Coroutine[Any, Any, dict[str, Any]]]:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    return receive


def main() -> None:
    """Run the worker behind the descriptor that was given."""
    for number in (signal.SIGINT, signal.SIGTERM):  # of the group: the process in front says when to stop
        signal.signal(number, signal.SIG_IGN)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    with suppress(KeyboardInterrupt):
        server.leave(server.run_loop(Worker(int(sys.argv[1])).run()))


if __name__ == "__main__":
    main()
