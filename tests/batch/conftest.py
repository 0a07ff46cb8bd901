"""Batches that run in the process of the test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("pyarrow")

from modelwright.batch import run as batch
from modelwright.batch import score


@pytest.fixture
def scored(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """`modelwright.batch.score` without processes."""
    monkeypatch.setitem(batch.RUNNERS, "inline", "batch.inline:run")
    return lambda *arguments, **options: score(*arguments, **{"engine": "inline", **options})
