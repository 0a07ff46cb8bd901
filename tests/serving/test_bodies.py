"""Bodies of requests: read within limits, unpacked within limits, of a kind that is understood."""

from __future__ import annotations

import asyncio
import gzip
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.serving import bodies


def read(*chunks, length=None, limit=100, seconds=5.0):
    """The body that these chunks are; None is a client that leaves."""
    messages = iter(
        {"type": "http.disconnect"} if chunk is None else {"body": chunk, "type": "http.request", "more_body": more}
        for chunk, more in zip(chunks, [True] * (len(chunks) - 1) + [False], strict=True)
    )

    async def receive():
        message = next(messages, None)
        if message is None:
            await asyncio.Event().wait()
        return message

    return asyncio.run(bodies.read(receive, length, limit, seconds))


def test_a_body_in_pieces():
    assert read(b"abc") == b"abc"
    assert read(b"a", b"", b"bc") == b"abc"
    assert read(b"") == b""
    assert read(b"x" * 100, length=b"100") == b"x" * 100


@pytest.mark.parametrize(
    ("chunks", "length"),
    [([b"x" * 101], None), ([b"x" * 60, b"x" * 60, b"never read"], None), ([b""], b"101"), ([b"x" * 101], b"5")],
)
def test_a_body_that_is_too_large(chunks, length):
    with pytest.raises(bodies.Refused, match="more than the 100 bytes") as refused:
        read(*chunks, length=length)
    assert (refused.value.status, refused.value.error_code) == (413, "REQUEST_TOO_LARGE")


def test_a_client_that_leaves():
    for chunks in ([None], [b"a", None]):
        with pytest.raises(bodies.Gone):
            read(*chunks)


def test_a_client_that_is_slow():
    async def nothing():
        await asyncio.Event().wait()

    with pytest.raises(bodies.Refused, match=r"0\.05 seconds") as refused:
        asyncio.run(bodies.read(nothing, None, 100, 0.05))
    assert refused.value.status == 408


@settings(deadline=None, max_examples=50)
@given(st.lists(st.binary(max_size=200_000), min_size=1, max_size=3), st.integers(0, 9))
def test_whatever_was_packed_comes_back(parts, level):
    whole = b"".join(parts)
    packed = b"".join(gzip.compress(part, level) for part in parts)
    assert bodies.unpacked(packed, b"gzip", len(whole)) == whole
    assert bodies.unpacked(zlib.compress(whole, level), b"deflate", len(whole)) == whole
    assert bodies.unpacked(whole, None, 10) == bodies.unpacked(whole, b"identity", 10) == whole
    if whole:
        with pytest.raises(bodies.Refused, match="more than"):
            bodies.unpacked(packed, b" GZIP ", len(whole) - 1)
        with pytest.raises(bodies.Refused, match="cannot be unpacked"):
            bodies.unpacked(packed[:-5], b"x-gzip", len(whole))


def test_very_many_parts_are_not_looked_at():
    with pytest.raises(bodies.Refused, match="more than 1000 parts"):
        bodies.unpacked(gzip.compress(b"") * 1001, b"gzip", 100)


def test_the_kinds_of_bodies():
    for text, kind in [
        (b"application/json", bodies.JSON),
        (b'TEXT/CSV; charset="utf-8"', bodies.CSV),
        (b"application/csv", bodies.CSV),
        (b"application/json;", bodies.JSON),
        (b"application/json; profile=x", bodies.JSON),
        (b"application/vnd.apache.arrow.file", bodies.ARROW),
        (b"application/x-parquet", bodies.PARQUET),
    ]:
        assert bodies.kind_of(text) == kind
    for text in (b"text/plain", b"application/json; charset=utf-16", b"\xff"):
        with pytest.raises(bodies.Refused) as refused:
            bodies.kind_of(text)
        assert refused.value.status == 415
