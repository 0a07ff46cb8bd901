"""Holding off the garbage collector: for the time of a block, and only where it was on."""

from __future__ import annotations

import gc

import pytest

from modelwright.core.collector import Paused


def test_on_again_after_an_error() -> None:
    def fail() -> None:
        with Paused():
            assert not gc.isenabled()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert gc.isenabled()


def test_nested_blocks_end_with_the_outer_one() -> None:
    with Paused():
        with Paused():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_off_stays_off() -> None:
    gc.disable()
    try:
        with Paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
