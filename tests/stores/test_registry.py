"""The SQL registry keeps the contract of registries."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.registry_store import RegistryStoreContract
from modelwright.stores.open import open_registry, open_runs
from modelwright.stores.registry.base import RegistryStore
from modelwright.wire import messages as m


class TestSqliteRegistry(RegistryStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> RegistryStore:
        return open_registry(str(tmp_path / "runs"))


def test_a_logged_model_knows_where_it_is_registered(tmp_path: Path) -> None:
    runs, registry = open_runs(str(tmp_path)), open_registry(str(tmp_path))
    made = runs.create_logged_model(m.CreateLoggedModel("0")).model.info
    registry.create_registered_model(m.CreateRegisteredModel("churn"))
    registry.create_model_version(m.CreateModelVersion("churn", f"models:/{made.model_id}", model_id=made.model_id))
    info = runs.get_logged_model(m.GetLoggedModel(made.model_id)).model.info
    assert info.registrations == [m.LoggedModelRegistrationInfo("churn", "1")]
