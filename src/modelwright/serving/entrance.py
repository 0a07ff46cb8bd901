"""Where requests come in: counted, named, held to the limits, and answered, whatever happens inside."""

from __future__ import annotations

import logging
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, MutableMapping
from itertools import count
from time import perf_counter
from typing import Any

from ..core.errors import Error
from . import bodies
from .answers import Reply, failure, refusal
from .metrics import Metrics
from .options import Options

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
_ID = re.compile(rb"[\x21-\x7e]{1,128}")
ALWAYS = frozenset({"/", "/ping", "/health", "/version", "/metrics", "/v2/health/live", "/v2/health/ready"})


class Call:
    """One request, as far as it is known before its body is read."""

    __slots__ = ("header", "limits", "method", "model", "path", "query", "receive", "request_id", "route")

    def __init__(self, scope: Scope, receive: Receive, limits: Options) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.query: bytes = scope.get("query_string", b"")
        self.receive, self.limits = receive, limits
        self.route, self.model = "other", ""  # what the metrics count it under
        self.header = dict(scope["headers"]).get
        self.request_id: bytes = self.header(b"x-request-id", b"")

    async def body(self) -> bytes:
        """Its body, unpacked."""
        return bodies.unpacked(await self.raw_body(), self.header(b"content-encoding"), self.limits.max_body)

    async def raw_body(self) -> bytes:
        """Its body as it came."""
        limits = self.limits
        return await bodies.read(self.receive, self.header(b"content-length"), limits.max_body, limits.timeout)


class Entrance(ABC):
    """An ASGI application that answers every request, and nothing with a stack trace."""

    def __init__(self, options: Options, metrics: Metrics) -> None:
        self.options, self.metrics = options, metrics
        self._in_hand = 0
        self._prefix, self._numbers = os.urandom(5).hex().encode(), count(1)

    @abstractmethod
    async def reply(self, call: Call) -> Reply:
        """The answer to a request; an Error of ours becomes the answer that fits it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await _other(scope, receive, send)
            return
        began = perf_counter()
        call = Call(scope, receive, self.options)
        if not _ID.fullmatch(call.request_id):
            call.request_id = b"%s-%x" % (self._prefix, next(self._numbers))
        try:
            reply = await self.answered(call)
        except bodies.Gone:
            self.metrics.count(call.model, call.route, 499, perf_counter() - began)
            return
        await self._send(call, reply, send)
        self.metrics.count(call.model, call.route, reply.status, perf_counter() - began)

    async def answered(self, call: Call) -> Reply:
        """The answer to a request, whatever happens; only `bodies.Gone` is raised."""
        if self._in_hand >= self.options.queue and call.path not in ALWAYS:
            return refusal(
                429,
                "REQUEST_LIMIT_EXCEEDED",
                f"The server has {self._in_hand} requests in hand, as many as it takes; try again in a second",
                [(b"retry-after", b"1"), (b"connection", b"close")],
            )
        self._in_hand += 1
        self.metrics.in_hand(self._in_hand)
        try:
            return await self.reply(call)
        except bodies.Gone:
            raise
        except bodies.Refused as error:  # of its body there may be more to come, which nobody will read
            return failure(error)._replace(headers=((b"connection", b"close"),))
        except Error as error:
            return failure(error)
        except TimeoutError:
            return refusal(
                504, "DEADLINE_EXCEEDED", f"The model did not answer within {self.options.timeout:g} seconds"
            )
        except Exception as error:
            log.exception("request %s failed", call.request_id.decode())
            return refusal(500, "INTERNAL_ERROR", f"The server failed: {type(error).__name__}; its log says more")
        finally:
            self._in_hand -= 1
            self.metrics.in_hand(self._in_hand)

    async def _send(self, call: Call, reply: Reply, send: Send) -> None:
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
        if reply.pieces is not None:
            async for piece in reply.pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"" if call.method == "HEAD" else reply.body})


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
