"""Connections that nobody holds for nothing: limits on the time and the size of what is no request's body."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from .answers import JSON, refusal

SECONDS = 30.0
LARGEST = 64 * 2**10
_TOO_LARGE = "The headers have more than the {} bytes that are accepted"


def impatient(protocol: Any, seconds: float = SECONDS, largest: int = LARGEST) -> Any:
    """A protocol of uvicorn that waits for the headers of a request for a while only, and takes none that are larger.

    Args:
        protocol: A class of uvicorn's.
        seconds: From the first byte of a request, or from the start of the connection, to the end of its headers.
        largest: Bytes that headers may have.
    """

    class Impatient(protocol):  # type: ignore[misc]
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._size = 0  # of what came since the last request was complete
            self._timer = self.loop.call_later(seconds, self._give_up)

        def data_received(self, data: bytes) -> None:
            before = self.cycle
            body = before is not None and before.more_body and not before.response_complete
            super().data_received(data)
            if body:
                return
            self._size += len(data)
            if self.cycle is not before:  # its headers have come
                if self._timer is not None:
                    self._timer.cancel()
                    self._timer = None
                if self._size > largest and _size(self.cycle.scope["headers"]) > largest:
                    self.cycle.disconnected = True  # it has begun, and is not to be answered
                    self._refuse(_TOO_LARGE.format(largest), 431)
                self._size = 0
            elif self._size > largest:
                self._refuse(_TOO_LARGE.format(largest), 0 if self._answered() else 431)
            elif self._timer is None:
                self._timer = self.loop.call_later(seconds, self._give_up)

        def _give_up(self) -> None:
            self._timer = None
            self._refuse(f"The headers did not arrive within {seconds:g} seconds", 0 if self._answered() else 408)

        def _answered(self) -> bool:
            """Whether what comes is no new request, but the rest of one that has its answer, or nothing at all."""
            return not self._size or (self.cycle is not None and self.cycle.more_body)

        def _refuse(self, message: str, status: int) -> None:
            """Close the connection, and say why unless `status` is 0."""
            if not self.transport.is_closing():
                if status:
                    self.transport.write(_said(status, message))
                self.transport.close()

        def send_400_response(self, msg: str) -> None:
            self._refuse("What was sent is no request of HTTP/1.1, or breaks off from being one", 400)

        def connection_lost(self, exc: Exception | None) -> None:
            if self._timer is not None:
                self._timer.cancel()
            super().connection_lost(exc)

    return Impatient


def _size(headers: list[tuple[bytes, bytes]]) -> int:
    return sum(len(name) + len(value) + 4 for name, value in headers)


def _said(status: int, message: str) -> bytes:
    """An answer to a request that never became one."""
    body = refusal(status, "BAD_REQUEST", message).body
    line = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()
    head = [line, b"content-type: " + JSON, b"content-length: %d" % len(body), b"connection: close"]
    return b"\r\n".join([*head, b"", body])
