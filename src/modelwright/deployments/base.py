"""What a client of a deployment target can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

from ..core.errors import Error

Described = dict[str, Any]


class BaseDeploymentClient(ABC):
    """Deploys models to one target. A plug-in is a module with one subclass of this, `run_local` and `target_help`.

    Args:
        target_uri: The target, as `get_deploy_client` was given it.
    """

    def __init__(self, target_uri: str) -> None:
        self.target_uri = target_uri

    @abstractmethod
    def create_deployment(
        self,
        name: str,
        model_uri: str,
        flavor: str | None = None,
        config: dict[str, Any] | None = None,
        endpoint: str | None = None,
    ) -> Described:
        """Deploy a model.

        Args:
            name: The deployment's name, which must be free.
            model_uri: `models:/name@alias`, `runs:/run/path` and the like, or a path.
            flavor: The flavor to deploy; the target chooses when left out.
            config: The target's own options.
            endpoint: The endpoint it belongs to.

        Returns:
            What was deployed, with at least the keys "name" and "flavor".
        """

    @abstractmethod
    def update_deployment(
        self,
        name: str,
        model_uri: str | None = None,
        flavor: str | None = None,
        config: dict[str, Any] | None = None,
        endpoint: str | None = None,
    ) -> Described:
        """Change a deployment's model or options.

        Args:
            name: The deployment.
            model_uri: The new model; the same as before when left out.
            flavor: As in `create_deployment`.
            config: The options to change.
            endpoint: The endpoint it belongs to.
        """

    @abstractmethod
    def delete_deployment(self, name: str, config: dict[str, Any] | None = None, endpoint: str | None = None) -> None:
        """Take a deployment away; nothing happens where there is none.

        Args:
            name: The deployment.
            config: The target's own options.
            endpoint: The endpoint it belongs to.
        """

    @abstractmethod
    def list_deployments(self, endpoint: str | None = None) -> list[Described]:
        """All deployments, each with at least the key "name".

        Args:
            endpoint: Only those of this endpoint.
        """

    @abstractmethod
    def get_deployment(self, name: str, endpoint: str | None = None) -> Described:
        """What is known of a deployment.

        Args:
            name: The deployment.
            endpoint: The endpoint it belongs to.
        """

    @abstractmethod
    def predict(self, deployment_name: str | None = None, inputs: Any = None, endpoint: str | None = None) -> Any:
        """The predictions for some inputs.

        Args:
            deployment_name: The deployment to ask.
            inputs: A frame, an array, or the body of a scoring request as a dictionary.
            endpoint: The endpoint to ask, which chooses the deployment where none is named.
        """

    def predict_stream(
        self, deployment_name: str | None = None, inputs: Any = None, endpoint: str | None = None
    ) -> Iterator[Any]:
        """The same, piece by piece, of a model that answers so."""
        raise NotImplementedError(f"The target {self.target_uri!r} does not answer piece by piece")

    def explain(self, deployment_name: str | None = None, df: Any = None, endpoint: str | None = None) -> Any:
        """Explanations of the predictions for `df`."""
        raise self._lacks("explain predictions")

    def create_endpoint(self, name: str, config: dict[str, Any] | None = None) -> Described:
        """Make an endpoint that deployments can belong to.

        Args:
            name: Its name, which must be free.
            config: The target's own options.
        """
        raise self._lacks("have endpoints")

    def update_endpoint(self, endpoint: str, config: dict[str, Any] | None = None) -> Described:
        """Change an endpoint.

        Args:
            endpoint: Its name.
            config: The options to change.
        """
        raise self._lacks("have endpoints")

    def delete_endpoint(self, endpoint: str) -> None:
        """Take an endpoint away, with its deployments.

        Args:
            endpoint: Its name.
        """
        raise self._lacks("have endpoints")

    def list_endpoints(self) -> list[Described]:
        """All endpoints, each with at least the key "name"."""
        raise self._lacks("have endpoints")

    def get_endpoint(self, endpoint: str) -> Described:
        """What is known of an endpoint.

        Args:
            endpoint: Its name.
        """
        raise self._lacks("have endpoints")

    def _lacks(self, what: str) -> Error:
        return Error(f"The target {self.target_uri!r} does not {what}", error_code="NOT_IMPLEMENTED")
