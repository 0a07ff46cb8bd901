"""Logged models through the client."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...wire import messages as m
from ..entities import LoggedModel, LoggedModelStatus, PagedList
from .base import Connection, pairs


class LoggedModels(Connection):
    def create_logged_model(
        self,
        experiment_id: str,
        name: str | None = None,
        source_run_id: str | None = None,
        tags: dict[str, str] | None = None,
        params: dict[str, str] | None = None,
        model_type: str | None = None,
    ) -> LoggedModel:
        """Announce a model whose files are still to come.

        Args:
            experiment_id: The experiment it belongs to.
            name: What to call it; one is made up when left out.
            source_run_id: The run that makes it.
            tags: Its first tags.
            params: What it was made with.
            model_type: What kind of model it is, in your words.

        Raises:
            NotFound: There is no such experiment.
            InvalidArgument: The key of a tag or param cannot be used.

        >>> import modelwright
        >>> client = modelwright.MlflowClient()
        >>> model = client.create_logged_model("0", "forest", params={"depth": 3})
        >>> str(client.finalize_logged_model(model.model_id, "READY").status)
        'READY'
        """
        request = m.CreateLoggedModel(
            str(experiment_id),
            name or "",
            model_type,
            source_run_id,
            pairs(m.LoggedModelParameter, params),
            pairs(m.LoggedModelTag, tags),
        )
        return LoggedModel.from_wire(self.runs.create_logged_model(request).model)

    def log_model_params(self, model_id: str, params: dict[str, Any]) -> None:
        """Add params to a logged model.

        Args:
            model_id: The logged model.
            params: Names and values, kept as text.

        Raises:
            NotFound: There is no such logged model.
            InvalidArgument: A key cannot be used.
        """
        self.runs.log_logged_model_params(m.LogLoggedModelParams(model_id, pairs(m.LoggedModelParameter, params)))

    def finalize_logged_model(self, model_id: str, status: LoggedModelStatus | str) -> LoggedModel:
        """Say that a logged model's files are there ("READY") or will not come ("FAILED").

        Args:
            model_id: The logged model.
            status: "READY" or "FAILED".

        Raises:
            NotFound: There is no such logged model.
            InvalidArgument: There is no such status.
        """
        word = LoggedModelStatus.given(status).wire
        return LoggedModel.from_wire(self.runs.finalize_logged_model(m.FinalizeLoggedModel(model_id, word)).model)

    def get_logged_model(self, model_id: str) -> LoggedModel:
        """A logged model; `NotFound` when there is none.

        Args:
            model_id: The logged model.

        Raises:
            NotFound: There is no such logged model.
        """
        return LoggedModel.from_wire(self.runs.get_logged_model(m.GetLoggedModel(model_id)).model)

    def delete_logged_model(self, model_id: str) -> None:
        """Delete a logged model.

        Args:
            model_id: The logged model.

        Raises:
            NotFound: There is no such logged model.
        """
        self.runs.delete_logged_model(m.DeleteLoggedModel(model_id))

    def set_logged_model_tags(self, model_id: str, tags: dict[str, Any]) -> None:
        """Set tags of a logged model.

        Args:
            model_id: The logged model.
            tags: Names and values, kept as text.

        Raises:
            NotFound: There is no such logged model.
            InvalidArgument: A key cannot be used.
        """
        self.runs.set_logged_model_tags(m.SetLoggedModelTags(model_id, pairs(m.LoggedModelTag, tags)))

    def delete_logged_model_tag(self, model_id: str, key: str) -> None:
        """Remove a tag of a logged model.

        Args:
            model_id: The logged model.
            key: The tag's name.

        Raises:
            NotFound: There is no such logged model, or it has no such tag.
        """
        self.runs.delete_logged_model_tag(m.DeleteLoggedModelTag(model_id, key))

    def search_logged_models(
        self,
        experiment_ids: list[str],
        filter_string: str | None = None,
        datasets: Sequence[dict[str, str]] | None = None,
        max_results: int | None = None,
        order_by: Sequence[dict[str, Any]] | None = None,
        page_token: str | None = None,
    ) -> PagedList[LoggedModel]:
        """One page of the logged models that match.

        Args:
            experiment_ids: Where to look.
            filter_string: Such as `"name = 'model' AND metrics.loss < 0.1"`.
            datasets: Only those with a metric measured on one of these: `{"dataset_name", "dataset_digest"}`.
            max_results: At most this many on the page.
            order_by: Such as `[{"field_name": "metrics.loss", "ascending": True}]`.
            page_token: The `token` of the page before.

        Raises:
            InvalidArgument: `filter_string` or `order_by` cannot be read; the message says where.
        """
        request = m.SearchLoggedModels(
            [str(i) for i in experiment_ids],
            filter_string or "",
            [m.LoggedModelDataset(**given) for given in datasets or ()],
            max_results or 100,
            [m.LoggedModelOrder(**given) for given in order_by or ()],
            page_token or "",
        )
        page = self.runs.search_logged_models(request)
        return PagedList([LoggedModel.from_wire(model) for model in page.models], page.next_page_token)
