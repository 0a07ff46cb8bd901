"""Frames between the process that holds the connections and those that predict: a length, then MessagePack."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import msgspec

_LENGTH = struct.Struct(">I")
_ASIDE = 2**18  # bytes of a frame that are not worth joining to its length


TAKEN_BACK = ""  # the method of a request whose answer nobody waits for any more


class Ask(msgspec.Struct, array_like=True, gc=False):
    """A request, handed to a worker."""

    number: int
    method: str
    path: str = ""
    query: bytes = b""
    headers: list[tuple[bytes, bytes]] = []
    body: bytes = b""


class Answer(msgspec.Struct, array_like=True, gc=False):
    """A worker's answer, or a piece of one. Number 0 is about the worker: status 200 is ready, others say why not."""

    number: int
    status: int
    media: bytes = b""
    headers: list[tuple[bytes, bytes]] = []
    body: bytes = b""
    more: bool = False
    route: str = ""  # what the metrics count it under
    model: str = ""
    calls: list[int] = []  # the rows of each call of a model since the last answer


class Link(asyncio.Protocol):
    """One end of a connection that carries frames.

    Args:
        kind: What arrives.
        heard: Called with each.
        lost: Called once when the other end is gone.
    """

    def __init__(self, kind: Any, heard: Callable[[Any], object], lost: Callable[[], object]) -> None:
        self._decode = msgspec.msgpack.Decoder(kind, dec_hook=_made).decode
        self._heard, self._lost = heard, lost
        self._buffer = bytearray()
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is none by its class

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer
        buffer += data
        start, end = 0, len(buffer)
        while end - start >= 4:
            (length,) = _LENGTH.unpack_from(buffer, start)
            if end - start - 4 < length:
                break
            frame = self._decode(memoryview(buffer)[start + 4 : start + 4 + length].tobytes())
            start += 4 + length
            self._heard(frame)
        if start:
            del buffer[:start]

    def connection_lost(self, error: Exception | None) -> None:
        self._lost()

    def send(self, frame: Any) -> None:
        """Send a frame; nothing happens if nobody is there any more, which `lost` tells."""
        if self.transport is None or self.transport.is_closing():
            return
        body = msgspec.msgpack.encode(frame, enc_hook=str)
        if len(body) < _ASIDE:
            self.transport.write(_LENGTH.pack(len(body)) + body)
        else:
            self.transport.writelines([_LENGTH.pack(len(body)), body])

    def close(self) -> None:
        """Hang up once what was sent has gone."""
        if self.transport is not None:
            self.transport.close()


def _made(kind: Any, value: Any) -> Any:
    if kind is Path:
        return Path(value)
    raise NotImplementedError(f"{kind} is not sent in frames")
