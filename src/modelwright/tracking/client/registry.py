"""Registered models and their versions through the client."""

from __future__ import annotations

from typing import Any

from ...core.errors import InvalidArgument, NotFound
from ...core.uris import STAGES, parse_model
from ...wire import messages as m
from ..entities import ModelVersion, PagedList, RegisteredModel
from .base import Connection, pairs


class Registry(Connection):
    def create_registered_model(
        self, name: str, tags: dict[str, Any] | None = None, description: str | None = None
    ) -> RegisteredModel:
        """Make a registered model, without versions yet; `AlreadyExists` when the name is taken.

        Args:
            name: Its name.
            tags: Its first tags.
            description: What to know about it.

        Raises:
            AlreadyExists: The name is taken.
            InvalidArgument: The name, or the key of a tag, cannot be used.
        """
        request = m.CreateRegisteredModel(name, pairs(m.RegisteredModelTag, tags), description or "")
        return RegisteredModel.from_wire(self.registry.create_registered_model(request).registered_model)

    def rename_registered_model(self, name: str, new_name: str) -> RegisteredModel:
        """Give a registered model another name; its versions, tags and aliases go along.

        Args:
            name: The registered model.
            new_name: Its new name.

        Raises:
            NotFound: There is no such registered model.
            AlreadyExists: The name is taken.
            InvalidArgument: The name cannot be used.
        """
        reply = self.registry.rename_registered_model(m.RenameRegisteredModel(name, new_name))
        return RegisteredModel.from_wire(reply.registered_model)

    def update_registered_model(self, name: str, description: str | None = None) -> RegisteredModel:
        """Change a registered model's description.

        Args:
            name: The registered model.
            description: The text; left out, it is emptied.

        Raises:
            NotFound: There is no such registered model.
        """
        reply = self.registry.update_registered_model(m.UpdateRegisteredModel(name, description or ""))
        return RegisteredModel.from_wire(reply.registered_model)

    def delete_registered_model(self, name: str) -> None:
        """Delete a registered model with all its versions; the logged files stay where they are.

        Args:
            name: The registered model.

        Raises:
            NotFound: There is no such registered model.
        """
        self.registry.delete_registered_model(m.DeleteRegisteredModel(name))

    def search_registered_models(
        self,
        filter_string: str | None = None,
        max_results: int = 100,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[RegisteredModel]:
        """One page of the registered models that match.

        Args:
            filter_string: Such as `"name LIKE 'credit%' AND tags.team = 'a'"`.
            max_results: At most this many on the page.
            order_by: Such as `["name ASC"]`.
            page_token: The `token` of the page before.

        Raises:
            InvalidArgument: `filter_string` or `order_by` cannot be read; the message says where.
        """
        request = m.SearchRegisteredModels(filter_string or "", max_results, list(order_by or ()), page_token or "")
        page = self.registry.search_registered_models(request)
        return PagedList([RegisteredModel.from_wire(r) for r in page.registered_models], page.next_page_token)

    def get_registered_model(self, name: str) -> RegisteredModel:
        """A registered model; `NotFound` when there is none of that name.

        Args:
            name: The registered model.

        Raises:
            NotFound: There is no such registered model.
        """
        reply = self.registry.get_registered_model(m.GetRegisteredModel(name))
        return RegisteredModel.from_wire(reply.registered_model)

    def get_latest_versions(self, name: str, stages: list[str] | None = None) -> list[ModelVersion]:
        """The newest version in each stage; of all stages that have one when `stages` is left out.

        Args:
            name: The registered model.
            stages: Such as `["Production"]`.

        Raises:
            NotFound: There is no such registered model.
            InvalidArgument: There is no such stage.
        """
        reply = self.registry.get_latest_versions(m.GetLatestVersions(name, list(stages or ())))
        return [ModelVersion.from_wire(version) for version in reply.model_versions]

    def set_registered_model_tag(self, name: str, key: str, value: Any) -> None:
        """Set a tag of a registered model.

        Args:
            name: The registered model.
            key: The tag's name.
            value: Its value, kept as text.

        Raises:
            NotFound: There is no such registered model.
            InvalidArgument: The key or the value cannot be used.
        """
        self.registry.set_registered_model_tag(m.SetRegisteredModelTag(name, key, str(value)))

    def delete_registered_model_tag(self, name: str, key: str) -> None:
        """Remove a tag of a registered model.

        Args:
            name: The registered model.
            key: The tag's name; nothing happens when it has no such tag.

        Raises:
            NotFound: There is no such registered model.
        """
        self.registry.delete_registered_model_tag(m.DeleteRegisteredModelTag(name, key))

    def set_registered_model_alias(self, name: str, alias: str, version: str | int) -> None:
        """Let `models:/name@alias` mean this version from now on.

        Args:
            name: The registered model.
            alias: Letters, digits, `_` and `-`; not `latest`, nor `v` and a number.
            version: The number of the version.

        Raises:
            NotFound: There is no such version.
            InvalidArgument: The alias cannot be used.

        >>> import modelwright
        >>> client = modelwright.MlflowClient()
        >>> _ = client.create_registered_model("credit")
        >>> _ = client.create_model_version("credit", "models/credit")
        >>> client.set_registered_model_alias("credit", "champion", 1)
        >>> client.get_model_version_by_alias("credit", "champion").version
        1
        """
        self.registry.set_registered_model_alias(m.SetRegisteredModelAlias(name, alias, str(version)))

    def delete_registered_model_alias(self, name: str, alias: str) -> None:
        """Remove an alias.

        Args:
            name: The registered model.
            alias: The alias; nothing happens when there is no such one.

        Raises:
            NotFound: There is no such registered model.
        """
        self.registry.delete_registered_model_alias(m.DeleteRegisteredModelAlias(name, alias))

    def get_model_version_by_alias(self, name: str, alias: str) -> ModelVersion:
        """The version that an alias means; `NotFound` when there is no such alias.

        Args:
            name: The registered model.
            alias: The alias.

        Raises:
            NotFound: There is no such registered model, or it has no such alias.
        """
        reply = self.registry.get_model_version_by_alias(m.GetModelVersionByAlias(name, alias))
        return ModelVersion.from_wire(reply.model_version)

    def create_model_version(
        self,
        name: str,
        source: str,
        run_id: str | None = None,
        tags: dict[str, Any] | None = None,
        run_link: str | None = None,
        description: str | None = None,
        await_creation_for: int | None = 300,
        *,
        model_id: str | None = None,
    ) -> ModelVersion:
        """Add a version to a registered model.

        Args:
            name: The registered model; `NotFound` when there is none.
            source: The address of the model directory.
            run_id: The run that made it.
            tags: The version's first tags.
            run_link: An address to look the run up at, where that is another server's.
            description: What to know about it.
            await_creation_for: Seconds to wait until the version is ready; our stores are at once.
            model_id: The logged model it is.

        Raises:
            NotFound: There is no such registered model.
            InvalidArgument: The source is missing or holds "..", or the key of a tag cannot be used.
        """
        request = m.CreateModelVersion(
            name,
            str(source),
            run_id or "",
            pairs(m.ModelVersionTag, tags),
            run_link or "",
            description or "",
            model_id,
        )
        return ModelVersion.from_wire(self.registry.create_model_version(request).model_version)

    def copy_model_version(self, src_model_uri: str, dst_name: str) -> ModelVersion:
        """Register the model that `models:/…` means under another name too, made when there is none yet.

        Args:
            src_model_uri: `models:/name/version`, `/stage`, `/latest` or `@alias`.
            dst_name: The registered model that gets the new version.

        Raises:
            NotFound: There is no such version.
            InvalidArgument: `src_model_uri` is no address of a version.
        """
        found = self.find_model_version(src_model_uri)
        self.ensure_registered_model(dst_name)
        source = f"models:/{found.name}/{found.version}"
        return self.create_model_version(
            dst_name,
            source,
            found.run_id,
            found.tags,
            found.run_link,
            found.description,
            model_id=found.model_id,
        )

    def update_model_version(self, name: str, version: str | int, description: str | None = None) -> ModelVersion:
        """Change a version's description.

        Args:
            name: The registered model.
            version: The number of the version.
            description: The text; left out, it is emptied.

        Raises:
            NotFound: There is no such version.
            InvalidArgument: The version is no number.
        """
        reply = self.registry.update_model_version(m.UpdateModelVersion(name, str(version), description or ""))
        return ModelVersion.from_wire(reply.model_version)

    def transition_model_version_stage(
        self, name: str, version: str | int, stage: str, archive_existing_versions: bool = False
    ) -> ModelVersion:
        """Move a version to a stage: "None", "Staging", "Production" or "Archived".

        Args:
            name: The registered model.
            version: Its version.
            stage: Where it goes.
            archive_existing_versions: Whether those that are there now move to "Archived".

        Raises:
            NotFound: There is no such version.
            InvalidArgument: There is no such stage, or it has no versions to archive.
        """
        request = m.TransitionModelVersionStage(name, str(version), stage, archive_existing_versions)
        return ModelVersion.from_wire(self.registry.transition_model_version_stage(request).model_version)

    def delete_model_version(self, name: str, version: str | int) -> None:
        """Delete a version; its number is not given again.

        Args:
            name: The registered model.
            version: The number of the version.

        Raises:
            NotFound: There is no such version.
            InvalidArgument: The version is no number.
        """
        self.registry.delete_model_version(m.DeleteModelVersion(name, str(version)))

    def get_model_version(self, name: str, version: str | int) -> ModelVersion:
        """One version; `NotFound` when there is none.

        Args:
            name: The registered model.
            version: The number of the version.

        Raises:
            NotFound: There is no such version.
            InvalidArgument: The version is no number.
        """
        reply = self.registry.get_model_version(m.GetModelVersion(name, str(version)))
        return ModelVersion.from_wire(reply.model_version)

    def get_model_version_download_uri(self, name: str, version: str | int) -> str:
        """The address of a version's files.

        Args:
            name: The registered model.
            version: The number of the version.

        Raises:
            NotFound: There is no such version.
            InvalidArgument: The version is no number.
        """
        request = m.GetModelVersionDownloadUri(name, str(version))
        return self.registry.get_model_version_download_uri(request).artifact_uri

    def search_model_versions(
        self,
        filter_string: str | None = None,
        max_results: int = 10_000,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[ModelVersion]:
        """One page of the versions that match.

        Args:
            filter_string: Such as `"name = 'credit' AND tags.ok = 'yes'"`.
            max_results: At most this many on the page.
            order_by: Such as `["version_number DESC"]`.
            page_token: The `token` of the page before.

        Raises:
            InvalidArgument: `filter_string` or `order_by` cannot be read; the message says where.

        >>> import modelwright
        >>> client = modelwright.MlflowClient()
        >>> _ = client.create_registered_model("credit")
        >>> for stage in ("old", "new"):
        ...     _ = client.create_model_version("credit", f"models/{stage}")
        >>> found = client.search_model_versions("name = 'credit'", order_by=["version_number DESC"])
        >>> [version.version for version in found]
        [2, 1]
        """
        request = m.SearchModelVersions(filter_string or "", max_results, list(order_by or ()), page_token or "")
        page = self.registry.search_model_versions(request)
        return PagedList([ModelVersion.from_wire(version) for version in page.model_versions], page.next_page_token)

    def get_model_version_stages(self, name: str, version: str | int) -> list[str]:
        """The stages there are.

        Args:
            name: The registered model.
            version: The number of the version.
        """
        return list(STAGES)

    def set_model_version_tag(
        self,
        name: str,
        version: str | int | None = None,
        key: str | None = None,
        value: Any = None,
        stage: str | None = None,
    ) -> None:
        """Set a tag of a version, given by its number or as the newest one of a stage.

        Args:
            name: The registered model.
            version: The number of the version.
            key: The tag's name.
            value: Its value, kept as text.
            stage: Or the stage whose newest version is meant.

        Raises:
            NotFound: There is no such version.
            InvalidArgument: The key is missing, or both or neither of version and stage are given.
        """
        number, key = self._version(name, version, stage), _key(key)
        self.registry.set_model_version_tag(m.SetModelVersionTag(name, number, key, str(value)))

    def delete_model_version_tag(
        self, name: str, version: str | int | None = None, key: str | None = None, stage: str | None = None
    ) -> None:
        """Remove a tag of a version, given by its number or as the newest one of a stage.

        Args:
            name: The registered model.
            version: The number of the version.
            key: The tag's name; nothing happens when it has no such tag.
            stage: Or the stage whose newest version is meant.

        Raises:
            NotFound: There is no such version.
            InvalidArgument: The key is missing, or both or neither of version and stage are given.
        """
        number = self._version(name, version, stage)
        self.registry.delete_model_version_tag(m.DeleteModelVersionTag(name, number, _key(key)))

    def ensure_registered_model(self, name: str) -> None:
        """Make the registered model when there is none of that name."""
        try:
            self.registry.get_registered_model(m.GetRegisteredModel(name))
        except NotFound:
            self.create_registered_model(name)

    def find_model_version(self, uri: str) -> ModelVersion:
        """The version that `models:/name/version`, `/stage`, `/latest` or `@alias` means."""
        which = parse_model(uri)
        if which.model_id:
            raise InvalidArgument(f"{uri!r} is a logged model, not a version; give models:/name/version or @alias")
        if which.version:
            return self.get_model_version(which.name, which.version)
        if which.alias:
            return self.get_model_version_by_alias(which.name, which.alias)
        return self._newest(which.name, None if which.stage == "latest" else which.stage)

    def _newest(self, name: str, stage: str | None) -> ModelVersion:
        found = self.get_latest_versions(name, None if stage is None else [stage])
        if not found:
            where = "" if stage is None else f" in stage {stage!r}"
            raise NotFound(f"Registered model {name!r} has no version{where}; see search_model_versions()")
        return max(found, key=lambda version: version.version)

    def _version(self, name: str, version: str | int | None, stage: str | None) -> str:
        if (version is None) == (stage is None):
            raise InvalidArgument(f"Model {name!r}: version={version!r}, stage={stage!r}; give one of the two")
        return str(version) if stage is None else str(self._newest(name, stage).version)


def _key(key: str | None) -> str:
    if key is None:
        raise InvalidArgument("The tag's key is missing; give key=")
    return key
