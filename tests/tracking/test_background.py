"""Writes in the background: in order, flushed, their errors not lost."""

from __future__ import annotations

import threading

import pytest

from modelwright.tracking.background import RunOperations, Writer


def test_order_and_flush() -> None:
    writer, seen = Writer(), []
    for i in range(100):
        writer.submit(lambda i=i: seen.append(i))
    writer.flush()
    assert seen == list(range(100))
    writer.flush()


def test_a_write_may_flush() -> None:
    writer = Writer()
    writer.submit(writer.flush).wait(5)


def test_waiting() -> None:
    writer, gate = Writer(), threading.Event()
    operation = writer.submit(gate.wait)
    with pytest.raises(TimeoutError, match="wait again"):
        operation.wait(0.01)
    gate.set()
    operation.wait()
    RunOperations().wait()


def test_an_error_that_is_asked_for_is_raised_once() -> None:
    writer = Writer()
    operation = writer.submit(lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        operation.wait()
    writer.flush()


def test_an_error_that_nobody_asks_for_is_warned_about() -> None:
    writer = Writer()
    writer.submit(lambda: 1 / 0)
    writer.submit(lambda: 1 / 0)
    with pytest.warns(RuntimeWarning, match="2 asynchronous writes failed: ZeroDivisionError"):
        writer.flush()
    writer.flush()


def test_many_threads() -> None:
    writer, seen = Writer(), []
    threads = [
        threading.Thread(target=lambda i=i: [writer.submit(lambda n=n: seen.append((i, n))) for n in range(50)])
        for i in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.flush()
    assert len(seen) == 400
    for i in range(8):
        assert [n for who, n in seen if who == i] == list(range(50))
