"""Experiments through the client."""

from __future__ import annotations

from typing import Any

from ...core.errors import NotFound
from ...wire import messages as m
from ..entities import Experiment, PagedList, ViewType
from .base import Connection, pairs


class Experiments(Connection):
    def search_experiments(
        self,
        view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int | None = 1000,
        filter_string: str | None = None,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[Experiment]:
        """One page of the experiments that match.

        Args:
            view_type: `ViewType.ACTIVE_ONLY`, `DELETED_ONLY` or `ALL`.
            max_results: At most this many.
            filter_string: Such as `"name LIKE 'iris%' AND tags.team = 'a'"`.
            order_by: Such as `["last_update_time DESC"]`.
            page_token: The `token` of the page before.

        Raises:
            InvalidArgument: `filter_string` or `order_by` cannot be read; the message says where.
        """
        request = m.SearchExperiments(
            max_results or 1000, page_token or "", filter_string or "", list(order_by or ()), ViewType.word(view_type)
        )
        page = self.runs.search_experiments(request)
        return PagedList([Experiment.from_wire(e) for e in page.experiments], page.next_page_token)

    def get_experiment(self, experiment_id: str) -> Experiment:
        """The experiment with this id, deleted or not; `NotFound` when there is none.

        Args:
            experiment_id: The experiment.

        Raises:
            NotFound: There is no such experiment.
        """
        return Experiment.from_wire(self.runs.get_experiment(m.GetExperiment(str(experiment_id))).experiment)

    def get_experiment_by_name(self, name: str) -> Experiment | None:
        """The experiment with this name, or None.

        Args:
            name: The name, as it was given.
        """
        try:
            return Experiment.from_wire(self.runs.get_experiment_by_name(m.GetExperimentByName(name)).experiment)
        except NotFound:
            return None

    def create_experiment(
        self, name: str, artifact_location: str | None = None, tags: dict[str, Any] | None = None
    ) -> str:
        """Make an experiment and return its id; `AlreadyExists` when the name is taken.

        The name of a deleted experiment is free again.

        Args:
            name: Its name.
            artifact_location: Where the files of its runs go; into the store's own directory when left out.
            tags: Its first tags.

        Raises:
            AlreadyExists: The name is taken.
            InvalidArgument: The name, or the key of a tag, cannot be used.

        >>> import modelwright
        >>> client = modelwright.MlflowClient()
        >>> made = client.create_experiment("iris", tags={"team": "a"})
        >>> [found.name for found in client.search_experiments(filter_string="tags.team = 'a'")]
        ['iris']
        """
        location = "" if artifact_location is None else str(artifact_location)
        request = m.CreateExperiment(name, location, pairs(m.ExperimentTag, tags))
        return self.runs.create_experiment(request).experiment_id

    def delete_experiment(self, experiment_id: str) -> None:
        """Delete an experiment with its runs; `restore_experiment` brings them back.

        Args:
            experiment_id: The experiment.

        Raises:
            NotFound: There is no such experiment.
            WrongState: It is deleted already.
        """
        self.runs.delete_experiment(m.DeleteExperiment(str(experiment_id)))

    def restore_experiment(self, experiment_id: str) -> None:
        """Bring a deleted experiment back.

        Args:
            experiment_id: The experiment.

        Raises:
            NotFound: There is no such experiment.
            WrongState: It is not deleted.
            AlreadyExists: Another one has taken its name.
        """
        self.runs.restore_experiment(m.RestoreExperiment(str(experiment_id)))

    def rename_experiment(self, experiment_id: str, new_name: str) -> None:
        """Give an experiment another name.

        Args:
            experiment_id: The experiment.
            new_name: Its new name.

        Raises:
            NotFound: There is no such experiment.
            WrongState: The experiment is deleted.
            AlreadyExists: The name is taken.
            InvalidArgument: The name cannot be used.
        """
        self.runs.update_experiment(m.UpdateExperiment(str(experiment_id), new_name))

    def set_experiment_tag(self, experiment_id: str, key: str, value: Any) -> None:
        """Set one tag of an experiment.

        Args:
            experiment_id: The experiment.
            key: The tag's name.
            value: Its value, kept as text.

        Raises:
            NotFound: There is no such experiment.
            WrongState: The experiment is deleted.
            InvalidArgument: The key or the value cannot be used.
        """
        self.runs.set_experiment_tag(m.SetExperimentTag(str(experiment_id), key, str(value)))

    def delete_experiment_tag(self, experiment_id: str, key: str) -> None:
        """Remove one tag of an experiment.

        Args:
            experiment_id: The experiment.
            key: The tag's name.

        Raises:
            NotFound: There is no such experiment, or it has no such tag.
            WrongState: The experiment is deleted.
        """
        self.runs.delete_experiment_tag(m.DeleteExperimentTag(str(experiment_id), key))
