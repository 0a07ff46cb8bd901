"""Frames between processes: whole, in order, however the bytes come."""

from __future__ import annotations

import asyncio
import socket
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.serving.link import Answer, Ask, Link
from modelwright.serving.options import Options, Source

ASK = Ask(7, "POST", "/invocations", b"a=1", [(b"content-type", b"application/json")], b"{}")


def frames(*sent):
    """Those that come out of bytes, cut at given places."""

    class Transport:
        def __init__(self):
            self.data = b""

        def is_closing(self):
            return False

        def write(self, data):
            self.data += data

        def writelines(self, pieces):
            self.data += b"".join(pieces)

    transport, link = Transport(), Link(Answer, lambda frame: None, lambda: None)
    link.connection_made(transport)
    for frame in sent:
        link.send(frame)
    return transport.data


@settings(deadline=None, max_examples=100)
@given(st.lists(st.binary(max_size=50), max_size=5), st.lists(st.integers(0, 400), max_size=10))
def test_frames_come_whole_however_they_are_cut(bodies, cuts):
    sent = [Answer(number, 200, b"text/plain", [(b"a", b"b")], body) for number, body in enumerate(bodies)]
    data, heard = frames(*sent), []
    link = Link(Answer, heard.append, lambda: None)
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    for start, end in pairwise(places):
        link.data_received(data[start:end])
    assert heard == sent


@pytest.mark.parametrize("size", [10, 2**20])
def test_over_a_connection_both_ways_and_to_its_end(size):
    options = Options((Source("a", Path("/models/a")),), traffic=(("a", 1.0),), redact=True)
    large = Ask(8, "POST", body=b"x" * size)

    async def scene():
        ours, theirs = socket.socketpair()
        heard, lost, got = [], asyncio.Event(), asyncio.Event()

        def hear(frame):
            heard.append(frame)
            if len(heard) == 3:
                got.set()

        loop = asyncio.get_running_loop()
        near, far = Link(Answer, lambda _: None, lambda: None), Link(Options | Ask, hear, lost.set)
        await loop.create_connection(lambda: near, sock=ours)
        await loop.create_connection(lambda: far, sock=theirs)
        for frame in (options, ASK, large):
            near.send(frame)
        await got.wait()
        near.close()
        await lost.wait()
        far.send(Answer(1, 200))  # nobody is there any more, and nothing happens
        return heard

    assert asyncio.run(scene()) == [options, ASK, large]


def test_a_link_that_was_never_made_says_nothing():
    link = Link(Answer, lambda _: None, lambda: None)
    link.send(ASK)
    link.close()
