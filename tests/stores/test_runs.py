"""The SQL run store keeps the contract of run stores."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.run_store import RunStoreContract
from modelwright.stores.open import open_runs
from modelwright.stores.runs.base import RunStore


class TestSqliteRuns(RunStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> RunStore:
        return open_runs(str(tmp_path / "runs"))
