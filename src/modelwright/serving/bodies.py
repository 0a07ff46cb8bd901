"""The body of a request: read within its limits, unpacked, and of a kind that is understood."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Generator, Mapping
from typing import Any

from ..core.errors import Error

JSON, CSV = "application/json", "text/csv"
ARROW = "application/vnd.apache.arrow.stream"
PARQUET = "application/vnd.apache.parquet"
OCTETS = "application/octet-stream"
KINDS = (JSON, CSV, ARROW, PARQUET)
_ALIASES = {"application/x-parquet": PARQUET, "application/vnd.apache.arrow.file": ARROW, "application/csv": CSV}
_STEP = 2**16  # bytes that are unpacked at once
_PARTS = 1000  # of one body; the format lets any number follow each other
_PACKED = {b"gzip": 31, b"x-gzip": 31, b"deflate": 47}  # zlib's window bits: gzip only; gzip or zlib
Receive = Callable[[], Awaitable[Mapping[str, Any]]]


class Refused(Error):
    """A request that is answered before a model sees it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message, code)
        self._status = status

    @property
    def status(self) -> int:
        return self._status


class Gone(Exception):
    """The client went away before its request was complete."""


class Room:
    """What the bodies of all requests may have in memory at once; those that come in one piece are too small to count.

    Args:
        size: In bytes.
    """

    def __init__(self, size: int) -> None:
        self.size = self.free = size

    def take(self, count: int) -> None:
        """Take some of it for a while, or raise Refused (429)."""
        if count > self.free:
            raise Refused(
                429,
                "REQUEST_LIMIT_EXCEEDED",
                f"The server has {self.size - self.free} bytes of requests in hand, and takes {self.size}; try again",
            )
        self.free -= count


async def read(
    receive: Receive, length: bytes | None, limit: int, seconds: float, take: Callable[[int], None] = lambda count: None
) -> bytes:
    """The body of a request.

    Args:
        receive: ASGI's.
        length: The Content-Length header.
        limit: Bytes it may have.
        seconds: How long the client may take to send it.
        take: Called with the number of bytes of each piece before it is kept, if there are several.

    Raises:
        Refused: It is too large (413) or too slow (408).
        Gone: Nobody waits for the answer any more.
    """
    if length is not None and length.isdigit() and int(length) > limit:
        raise _too_large(limit)
    message = await _next(receive, seconds)
    body: bytes = message.get("body", b"")
    if message.get("more_body"):
        body = await _rest(receive, body, limit, seconds, take)
    if len(body) > limit:
        raise _too_large(limit)
    return body


async def _next(receive: Receive, seconds: float) -> Mapping[str, Any]:
    """The first piece of a body. Mostly it came with the headers, and then no clock is started for it."""
    waiting = receive().__await__()
    try:
        future = next(waiting)
    except StopIteration as done:
        message: Mapping[str, Any] = done.value
    else:
        try:
            async with asyncio.timeout(seconds):
                message = await _Begun(future, waiting)
        except TimeoutError:
            raise _too_slow(seconds) from None
    if message["type"] == "http.disconnect":
        raise Gone
    return message


class _Begun:
    """What is left to await of something that was begun, and waits for `future`."""

    def __init__(self, future: Any, waiting: Generator[Any, None, Mapping[str, Any]]) -> None:
        self._future, self._waiting = future, waiting

    def __await__(self) -> Generator[Any, None, Mapping[str, Any]]:
        try:
            yield self._future
        except BaseException:
            self._waiting.close()
            raise
        return (yield from self._waiting)


async def _rest(receive: Receive, first: bytes, limit: int, seconds: float, take: Callable[[int], None]) -> bytes:
    pieces, size = [first], len(first)
    take(size)
    try:
        async with asyncio.timeout(seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Gone
                pieces.append(message.get("body", b""))
                size += len(pieces[-1])
                if size > limit:
                    raise _too_large(limit)
                take(len(pieces[-1]))
                if not message.get("more_body"):
                    return b"".join(pieces)
    except TimeoutError:
        raise _too_slow(seconds) from None


def unpacked(body: bytes, encoding: bytes | None, limit: int) -> bytes:
    """A packed body, unpacked only as far as the limit: a few bytes can stand for any number.

    Args:
        body: As it came.
        encoding: The Content-Encoding header.
        limit: Bytes it may have, unpacked.

    Raises Refused: it is too large (413), packed in a way that is not understood (415), or broken (400).

    >>> import gzip
    >>> unpacked(gzip.compress(b"{}"), b"gzip", 100)
    b'{}'
    """
    if encoding is None or encoding == b"identity":
        return body
    bits = _PACKED.get(encoding.strip().lower())
    if bits is None:
        raise Refused(
            415,
            "BAD_REQUEST",
            f"Content-Encoding {encoding.decode('latin-1')!r} is not understood; send gzip, deflate or none",
        )
    pieces: list[bytes] = []
    try:
        place, size = 0, 0
        for _ in range(_PARTS):
            machine = zlib.decompressobj(bits)
            while not machine.eof and place < len(body):
                pieces.append(machine.decompress(body[place : place + _STEP], limit + 1 - size))
                place, size = place + _STEP, size + len(pieces[-1])
                if size > limit:
                    raise _too_large(limit)
            place = min(place, len(body)) - len(machine.unused_data)
            if place == len(body):
                break
    except zlib.error as error:
        raise _not_packed(str(error)) from error
    if not machine.eof or place < len(body):
        raise _not_packed("it ends too early" if not machine.eof else f"it has more than {_PARTS} parts")
    return b"".join(pieces)


def _not_packed(why: str) -> Refused:
    return Refused(400, "BAD_REQUEST", f"The request's body cannot be unpacked: {why}")


def kind_of(content_type: bytes | None) -> str:
    """The media type of a Content-Type header, one of KINDS.

    >>> kind_of(b"application/json; charset=UTF-8")
    'application/json'
    """
    if not content_type:
        raise Refused(415, "BAD_REQUEST", f"The request has no Content-Type; send one of {', '.join(KINDS)}")
    text = content_type.decode("latin-1")
    kind, *rest = [part.strip() for part in text.split(";")]
    kind = _ALIASES.get(kind.lower(), kind.lower())
    if kind not in KINDS:
        raise Refused(415, "BAD_REQUEST", f"Content type {text!r} is not understood; send one of {', '.join(KINDS)}")
    for part in filter(None, rest):
        name, _, value = part.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in ("utf-8", "utf8"):
            raise Refused(415, "BAD_REQUEST", f"Content type {text!r} is not UTF-8; only charset=utf-8 is understood")
    return kind


def _too_large(limit: int) -> Refused:
    return Refused(413, "REQUEST_TOO_LARGE", f"The request's body has more than the {limit} bytes that are accepted")


def _too_slow(seconds: float) -> Refused:
    return Refused(408, "REQUEST_TIMEOUT", f"The request's body did not arrive within {seconds:g} seconds")
