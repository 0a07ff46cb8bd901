"""Limits on what comes before a request's body, on a port of this process."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from modelwright.serving.impatient import impatient

SECONDS, LARGEST = 0.3, 2000
GET = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


async def app(scope, receive, send):
    """Reads what it is sent and says how much it was, or answers at once at another address."""
    size, more = 0, scope["path"] == "/"
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    body = str(size).encode()
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def connected(protocol) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False)
    config.load()
    kind, loop = impatient(protocol, SECONDS, LARGEST), asyncio.get_running_loop()
    state = ServerState()
    server = await loop.create_server(lambda: kind(config, state, {}), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
    try:
        yield reader, writer
    finally:
        writer.close()
        server.close()


async def answer(reader) -> bytes:
    """The body of one answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    return await reader.readexactly(int(length.partition(b":")[2]))


async def rest(reader) -> bytes:
    """What is said until the connection ends, by whichever end."""
    pieces = []
    try:
        while piece := await reader.read(65536):
            pieces.append(piece)
    except ConnectionError:
        pass
    return b"".join(pieces)


@pytest.fixture(params=[HttpToolsProtocol, H11Protocol], ids=["httptools", "h11"])
def protocol(request):
    return request.param


def test_requests_after_each_other_with_pauses_between(protocol):
    async def scene():
        async with connected(protocol) as (reader, writer):
            for body in (b"", b"abc", b"x" * 5000):
                writer.write(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
                assert await answer(reader) == str(len(body)).encode()
                await asyncio.sleep(SECONDS * 1.5)
            writer.write(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\na")
            await asyncio.sleep(SECONDS * 1.5)  # how long a body may take, the application says
            writer.write(b"bc")
            assert await answer(reader) == b"3"
            writer.write(GET * 3)
            assert [await answer(reader) for _ in range(3)] == [b"0"] * 3

    asyncio.run(scene())


@pytest.mark.parametrize("before", [b"", GET], ids=["at first", "later"])
def test_headers_that_never_end(protocol, before):
    async def scene():
        async with connected(protocol) as (reader, writer):
            if before:
                writer.write(before)
                await answer(reader)
            said = asyncio.create_task(rest(reader))
            for byte in b"GET / HTTP/1.1\r\nhost: x\r\n" + b"x" * 100:
                writer.write(bytes([byte]))
                await asyncio.wait([said], timeout=SECONDS / 20)
                if said.done():
                    return said.result()
            return b"nothing"

    said = asyncio.run(scene())
    assert said.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert "0.3 seconds" in json.loads(said.partition(b"\r\n\r\n")[2])["message"]


def test_a_connection_on_which_nothing_is_said(protocol):
    async def scene():
        async with connected(protocol) as (reader, _):
            return await rest(reader)

    assert asyncio.run(scene()) == b""


def test_headers_that_are_too_large(protocol):
    async def scene(text):
        async with connected(protocol) as (reader, writer):
            writer.write(text)
            return await rest(reader)

    for text in (
        b"GET / HTTP/1.1\r\nx: " + b"a" * 3000,
        b"GET / HTTP/1.1\r\nhost: x\r\nx: " + b"a" * 3000 + b"\r\n\r\n",
    ):
        assert asyncio.run(scene(text)).startswith(b"HTTP/1.1 431 ")
    post = b"POST / HTTP/1.1\r\nhost: x\r\nx: " + b"a" * 3000 + b"\r\ncontent-length: 10\r\n\r\nabc"
    assert asyncio.run(scene(post)).startswith(b"HTTP/1.1 431 ")


def test_the_rest_of_a_body_that_nobody_reads_is_not_taken_for_ever(protocol):
    async def scene():
        async with connected(protocol) as (reader, writer):
            writer.write(b"POST /other HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n")
            assert await answer(reader) == b"0"
            for _ in range(20):
                writer.write(b"x" * 500)
                await asyncio.sleep(0)
            return await rest(reader)

    assert asyncio.run(scene()) == b""  # nothing more is said, and the connection ends


def test_what_is_no_http(protocol, caplog):
    caplog.set_level(logging.CRITICAL)

    async def scene():
        async with connected(protocol) as (reader, writer):
            writer.write(b"nonsense\r\n\r\n")
            return await rest(reader)

    said = asyncio.run(scene())
    assert said.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert json.loads(said.partition(b"\r\n\r\n")[2])["error_code"] == "BAD_REQUEST"
