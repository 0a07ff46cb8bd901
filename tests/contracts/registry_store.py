"""What every registry must do: subclass `RegistryStoreContract` and give a `store` fixture."""

from __future__ import annotations

import pytest

from modelwright.core.errors import AlreadyExists, InvalidArgument, NotFound
from modelwright.stores.registry.base import RegistryStore
from modelwright.wire import messages as m


def model(store: RegistryStore, name: str = "churn") -> m.RegisteredModel:
    return store.create_registered_model(m.CreateRegisteredModel(name)).registered_model


def version(
    store: RegistryStore, name: str = "churn", source: str = "runs:/r/model", **fields: object
) -> m.ModelVersion:
    return store.create_model_version(m.CreateModelVersion(name, source, **fields)).model_version  # type: ignore[arg-type]


def read(store: RegistryStore, number: str, name: str = "churn") -> m.ModelVersion:
    return store.get_model_version(m.GetModelVersion(name, number)).model_version


def move(store: RegistryStore, number: str, stage: str, archive: bool = False) -> m.ModelVersion:
    request = m.TransitionModelVersionStage("churn", number, stage, archive)
    return store.transition_model_version_stage(request).model_version


class ModelContract:
    def test_created_and_read_back(self, store: RegistryStore) -> None:
        request = m.CreateRegisteredModel("my model.v2", [m.RegisteredModelTag("a", "1")], "words")
        made = store.create_registered_model(request).registered_model
        assert made == store.get_registered_model(m.GetRegisteredModel("my model.v2")).registered_model
        assert (made.description, made.tags, made.latest_versions) == ("words", request.tags, [])
        assert made.creation_timestamp == made.last_updated_timestamp > 0

    def test_names(self, store: RegistryStore) -> None:
        model(store)
        with pytest.raises(AlreadyExists):
            model(store)
        for bad in ("", " ", "a/b", "a:b", "x" * 257, "a\0b"):
            with pytest.raises(InvalidArgument):
                model(store, bad)

    def test_unknown(self, store: RegistryStore) -> None:
        model(store)
        for call in (
            lambda: store.get_registered_model(m.GetRegisteredModel("x")),
            lambda: store.delete_registered_model(m.DeleteRegisteredModel("x")),
            lambda: version(store, "x"),
            lambda: read(store, "1"),
            lambda: store.get_latest_versions(m.GetLatestVersions("x")),
            lambda: store.set_registered_model_alias(m.SetRegisteredModelAlias("churn", "a", "1")),
        ):
            with pytest.raises(NotFound):
                call()
        for bad in ("x", "", "-1", "1.0"):
            with pytest.raises(InvalidArgument, match="is no number"):
                read(store, bad)

    def test_renamed_with_everything(self, store: RegistryStore) -> None:
        model(store)
        model(store, "taken")
        version(store)
        store.set_registered_model_alias(m.SetRegisteredModelAlias("churn", "champion", "1"))
        with pytest.raises(AlreadyExists):
            store.rename_registered_model(m.RenameRegisteredModel("churn", "taken"))
        renamed = store.rename_registered_model(m.RenameRegisteredModel("churn", "new")).registered_model
        assert (renamed.name, renamed.aliases) == ("new", [m.RegisteredModelAlias("champion", "1")])
        assert read(store, "1", "new").aliases == ["champion"]
        with pytest.raises(NotFound):
            read(store, "1")
        store.rename_registered_model(m.RenameRegisteredModel("new", "new"))

    def test_updated_and_deleted(self, store: RegistryStore) -> None:
        model(store)
        version(store, tags=[m.ModelVersionTag("a", "b")])
        changed = store.update_registered_model(m.UpdateRegisteredModel("churn", "words")).registered_model
        assert changed.description == "words"
        store.delete_registered_model(m.DeleteRegisteredModel("churn"))
        with pytest.raises(NotFound):
            read(store, "1")
        assert model(store).latest_versions == []

    def test_tags(self, store: RegistryStore) -> None:
        model(store)
        store.set_registered_model_tag(m.SetRegisteredModelTag("churn", "a", "1"))
        store.set_registered_model_tag(m.SetRegisteredModelTag("churn", "a", "2"))
        assert store.get_registered_model(m.GetRegisteredModel("churn")).registered_model.tags == [
            m.RegisteredModelTag("a", "2")
        ]
        store.delete_registered_model_tag(m.DeleteRegisteredModelTag("churn", "a"))
        assert store.get_registered_model(m.GetRegisteredModel("churn")).registered_model.tags == []

    def test_search(self, store: RegistryStore) -> None:
        for name in ("beta", "alpha", "Alps"):
            request = m.CreateRegisteredModel(name, [m.RegisteredModelTag("team", name[0])])
            store.create_registered_model(request)
        model(store, "prompt")
        store.set_registered_model_tag(m.SetRegisteredModelTag("prompt", "mlflow.prompt.is_prompt", "true"))

        def names(text: str = "", **fields: object) -> list[str]:
            page = store.search_registered_models(m.SearchRegisteredModels(text, **fields))  # type: ignore[arg-type]
            return [one.name for one in page.registered_models]

        assert names() == ["Alps", "alpha", "beta", "prompt"]
        assert names("name = 'beta'") == ["beta"]
        assert names("name LIKE 'al%'") == ["alpha"]
        assert names("name ILIKE 'al%'", order_by=["name DESC"]) == ["alpha", "Alps"]
        assert names("tags.team = 'b' OR name LIKE '%m%'") == ["beta", "prompt"]
        assert names("tag.`mlflow.prompt.is_prompt` != 'true'") == ["Alps", "alpha", "beta"]
        assert names("tag.`mlflow.prompt.is_prompt` = 'true'") == ["prompt"]
        assert names("tags.team != 'b'") == ["Alps", "alpha"]
        first = store.search_registered_models(m.SearchRegisteredModels(max_results=3))
        assert names(max_results=3, page_token=first.next_page_token) == ["prompt"]
        with pytest.raises(InvalidArgument, match="no metrics to search"):
            names("metrics.a > 1")


class VersionContract:
    def test_created_and_read_back(self, store: RegistryStore) -> None:
        model(store)
        made = version(
            store,
            run_id="r",
            run_link="http://x",
            description="words",
            model_id="m-1",
            tags=[m.ModelVersionTag("a", "1")],
        )
        assert made == read(store, "1")
        assert (made.version, made.status, made.current_stage, made.source) == ("1", "READY", "None", "runs:/r/model")
        assert (made.run_id, made.run_link, made.model_id) == ("r", "http://x", "m-1")
        uri = store.get_model_version_download_uri(m.GetModelVersionDownloadUri("churn", "1"))
        assert uri.artifact_uri == "runs:/r/model"

    def test_numbers_are_not_used_again(self, store: RegistryStore) -> None:
        model(store)
        assert [version(store).version for _ in range(3)] == ["1", "2", "3"]
        store.delete_model_version(m.DeleteModelVersion("churn", "3"))
        assert version(store).version == "4"
        with pytest.raises(NotFound):
            store.delete_model_version(m.DeleteModelVersion("churn", "3"))

    def test_a_source_must_be_clean(self, store: RegistryStore) -> None:
        model(store)
        for bad in ("", "a/../../b", "file:///x/../y"):
            with pytest.raises(InvalidArgument):
                version(store, source=bad)
        assert store.get_registered_model(m.GetRegisteredModel("churn")).registered_model.latest_versions == []

    def test_stages(self, store: RegistryStore) -> None:
        model(store)
        for _ in range(3):
            version(store)
        assert move(store, "1", "production").current_stage == "Production"
        move(store, "2", "Production", archive=True)
        assert [read(store, number).current_stage for number in "123"] == ["Archived", "Production", "None"]
        move(store, "1", "Production")
        newest = store.get_latest_versions(m.GetLatestVersions("churn")).model_versions
        assert {one.current_stage: one.version for one in newest} == {"Production": "2", "None": "3"}
        only = store.get_latest_versions(m.GetLatestVersions("churn", ["production", "Staging"])).model_versions
        assert [one.version for one in only] == ["2"]
        with pytest.raises(InvalidArgument, match="did you mean 'Staging'"):
            move(store, "1", "Stagin")
        with pytest.raises(InvalidArgument, match="takes nobody's place"):
            move(store, "1", "Archived", archive=True)

    def test_aliases(self, store: RegistryStore) -> None:
        model(store)
        version(store)
        version(store)

        def by_alias(alias: str) -> str:
            return store.get_model_version_by_alias(m.GetModelVersionByAlias("churn", alias)).model_version.version

        store.set_registered_model_alias(m.SetRegisteredModelAlias("churn", "champion", "1"))
        store.set_registered_model_alias(m.SetRegisteredModelAlias("churn", "a-b_c", "1"))
        assert read(store, "1").aliases == ["a-b_c", "champion"]
        store.set_registered_model_alias(m.SetRegisteredModelAlias("churn", "champion", "2"))
        assert by_alias("champion") == "2"
        assert read(store, "1").aliases == ["a-b_c"]
        store.delete_registered_model_alias(m.DeleteRegisteredModelAlias("churn", "a-b_c"))
        with pytest.raises(NotFound, match="it has 'champion'"):
            by_alias("a-b_c")
        store.delete_model_version(m.DeleteModelVersion("churn", "2"))
        with pytest.raises(NotFound, match="it has none"):
            by_alias("champion")
        for bad in ("", "latest", "LATEST", "v1", "V22", "a b", "a/b", "x" * 256):
            with pytest.raises(InvalidArgument):
                store.set_registered_model_alias(m.SetRegisteredModelAlias("churn", bad, "1"))

    def test_updated_and_tagged(self, store: RegistryStore) -> None:
        model(store)
        version(store)
        changed = store.update_model_version(m.UpdateModelVersion("churn", "1", "words")).model_version
        assert changed.description == "words"
        store.set_model_version_tag(m.SetModelVersionTag("churn", "1", "a", "1"))
        assert read(store, "1").tags == [m.ModelVersionTag("a", "1")]
        store.delete_model_version_tag(m.DeleteModelVersionTag("churn", "1", "a"))
        assert read(store, "1").tags == []

    def test_search(self, store: RegistryStore) -> None:
        model(store)
        model(store, "other")
        version(store, run_id="r1")
        version(store, run_id="r2", tags=[m.ModelVersionTag("a", "1")])
        version(store, "other", "models:/m-1", run_id="r1")
        move(store, "1", "Production")

        def found(text: str = "", **fields: object) -> list[str]:
            page = store.search_model_versions(m.SearchModelVersions(text, **fields))  # type: ignore[arg-type]
            return sorted(f"{one.name}{one.version}" for one in page.model_versions)

        assert found() == ["churn1", "churn2", "other1"]
        assert found("name = 'churn'") == ["churn1", "churn2"]
        assert found("run_id = 'r1' AND name = 'churn'") == ["churn1"]
        assert found("run_id IN ('r1', 'r2')") == ["churn1", "churn2", "other1"]
        assert found("source_path = 'models:/m-1'") == ["other1"]
        assert found("version_number > 1") == ["churn2"]
        assert found("current_stage = 'Production'") == ["churn1"]
        assert found("tags.a = '1'") == ["churn2"]
        page = store.search_model_versions(m.SearchModelVersions("name = 'churn'", 1, ["version_number DESC"]))
        assert [one.version for one in page.model_versions] == ["2"]
        request = m.SearchModelVersions("name = 'churn'", 1, ["version_number DESC"], page.next_page_token)
        assert [one.version for one in store.search_model_versions(request).model_versions] == ["1"]


class RegistryStoreContract(ModelContract, VersionContract):
    """All of it."""
