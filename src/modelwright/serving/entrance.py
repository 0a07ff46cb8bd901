"""Where requests come in: counted, named, held to the limits, and answered, whatever happens inside."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import aclosing
from itertools import count
from time import perf_counter
from typing import Any

from ..core.errors import Error
from . import bodies
from .answers import Cut, Reply, dumps, failure, refusal
from .metrics import Metrics
from .options import Options

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
_ID = re.compile(rb"[\x21-\x7e]{1,128}")
_LARGE_ONES = 8  # requests of the largest size that may be in memory at once
GONE = 499  # counts requests whose client did not wait for the answer
ALWAYS = frozenset({"/", "/ping", "/health", "/version", "/metrics", "/v2/health/live", "/v2/health/ready"})


class Call:
    """One request, as far as it is known before its body is read."""

    __slots__ = (
        "header", "limits", "method", "model", "path", "query", "receive", "request_id", "room", "route", "taken",
    )  # fmt: skip

    def __init__(self, scope: Scope, receive: Receive, limits: Options, room: bodies.Room | None = None) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.query: bytes = scope.get("query_string", b"")
        self.receive, self.limits, self.room, self.taken = receive, limits, room, 0
        self.route, self.model = "other", ""  # what the metrics count it under
        self.header = dict(scope["headers"]).get
        self.request_id: bytes = self.header(b"x-request-id", b"")

    async def body(self) -> bytes:
        """Its body, unpacked."""
        return bodies.unpacked(await self.raw_body(), self.header(b"content-encoding"), self.limits.max_body)

    async def raw_body(self) -> bytes:
        """Its body as it came."""
        limits = self.limits
        length = self.header(b"content-length")
        return await bodies.read(self.receive, length, limits.max_body, limits.timeout, self._take)

    def _take(self, count: int) -> None:
        if self.room is not None:
            self.room.take(count)
            self.taken += count


class Entrance(ABC):
    """An ASGI application that answers every request, and nothing with a stack trace."""

    def __init__(self, options: Options, metrics: Metrics) -> None:
        self.options, self.metrics = options, metrics
        self._in_hand, self._room = 0, bodies.Room(_LARGE_ONES * options.max_body)
        metrics.in_hand(lambda: float(self._in_hand))
        self._prefix, self._numbers = os.urandom(5).hex().encode(), count(1)

    @abstractmethod
    async def reply(self, call: Call) -> Reply:
        """The answer to a request; an Error of ours becomes the answer that fits it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await _other(scope, receive, send)
            return
        began = perf_counter()
        call = Call(scope, receive, self.options, self._room)
        if not _ID.fullmatch(call.request_id):
            call.request_id = b"%s-%x" % (self._prefix, next(self._numbers))
        busy = self._in_hand >= self.options.queue and call.path not in ALWAYS
        self._in_hand += 1
        try:
            reply = self._busy(call) if busy else await self.answered(call)
            status = await self._send(call, reply, send)
        except bodies.Gone:
            status = GONE
        finally:
            self._in_hand -= 1
            self._room.free += call.taken
        self.metrics.count(call.model, call.route, status, perf_counter() - began)

    async def answered(self, call: Call) -> Reply:
        """The answer to a request, whatever happens; only `bodies.Gone` is raised."""
        try:
            reply = await self.reply(call)
            if reply.status < 400:
                return reply
        except bodies.Gone:
            raise
        except bodies.Refused as error:  # of its body there may be more to come, which nobody will read
            later = ((b"retry-after", b"1"),) if error.status == 429 else ()
            reply = failure(error)._replace(headers=(*later, (b"connection", b"close")))
        except Error as error:
            reply = failure(error)
        except Exception as error:
            log.error("request %s failed: %s", call.request_id.decode(), type(error).__name__, exc_info=self._told())
            reply = refusal(500, "INTERNAL_ERROR", f"The server failed: {type(error).__name__}; its log says more")
        return _spelled(call, reply)

    def _busy(self, call: Call) -> Reply:
        said = f"The server has {self.options.queue} requests in hand, as many as it takes; try again in a second"
        again = [(b"retry-after", b"1"), (b"connection", b"close")]
        return _spelled(call, refusal(429, "REQUEST_LIMIT_EXCEEDED", said, again))

    def _told(self) -> bool:
        """Whether the log may hold the values of requests, which are in most exceptions."""
        return not self.options.redact

    async def _send(self, call: Call, reply: Reply, send: Send) -> int:
        """Send an answer; the status that it is counted under."""
        headers = [
            (b"content-type", reply.media),
            (b"x-request-id", call.request_id),
            (b"x-ms-request-id", call.request_id),
            (b"x-content-type-options", b"nosniff"),
            *reply.headers,
        ]
        if reply.pieces is None:
            headers.append((b"content-length", b"%d" % len(reply.body)))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        if reply.pieces is not None and (status := await self._send_pieces(call, reply.pieces, send)):
            return status
        await send({"type": "http.response.body", "body": b"" if call.method == "HEAD" else reply.body})
        return reply.status

    async def _send_pieces(self, call: Call, pieces: Any, send: Send) -> int:
        """Send the pieces of an answer as they come; 0, or the status of one that ended before it was whole.

        That one is not brought to its end, so that the client sees that something is missing. When nobody listens any
        more, no more pieces are made.
        """
        gone = asyncio.ensure_future(_left(call.receive))
        try:
            async with aclosing(pieces):
                async for piece in pieces:
                    if gone.done():
                        return GONE
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
        except Cut:
            return 500
        except Exception as error:
            log.error("request %s broke off: %s", call.request_id.decode(), type(error).__name__, exc_info=self._told())
            return 500
        finally:
            gone.cancel()
        return 0


def _spelled(call: Call, reply: Reply) -> Reply:
    """A refusal with the key that clients of the Open Inference Protocol read, at its addresses."""
    if not call.path.startswith("/v2"):
        return reply
    said = json.loads(reply.body)
    return reply._replace(body=dumps({"error": said["message"], **said}))


async def _left(receive: Receive) -> None:
    """Returns once the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _other(scope: Scope, receive: Receive, send: Send) -> None:
    """Start and stop of the server are nothing to us; there are no web sockets."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1000})
        return
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
