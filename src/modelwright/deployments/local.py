"""The target "local": endpoints on this machine, each a server process of its own that outlives who made it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..core.errors import AlreadyExists, InvalidArgument, NotFound, Unavailable, WrongState
from . import config as options
from . import remote
from .base import BaseDeploymentClient, Described
from .changes import become, changing, closed, configured, deployment, home_of, opened, placed, removed
from .described import described, described_deployment
from .record import folder, folders, known, named


class LocalClient(BaseDeploymentClient):
    """Serves models on this machine.

    An endpoint has an address and one or more deployments; a deployment is a model and how it is served. A deployment
    that is made without an endpoint gets one of its own name. Changes lose no request: what is new is loaded and warm
    before the first request reaches it, and what is old ends when it has answered the last one.
    """

    def create_endpoint(self, name: str, config: dict[str, Any] | None = None) -> Described:
        """Open an address, at which nothing answers until a deployment is made.

        Args:
            name: Its name, which must be free.
            config: "host" and "port" (default: a free one), and how requests are held to limits: "timeout", "queue",
                "max_body", "redact", "grace", as `modelwright serve` has them.

        Raises:
            AlreadyExists: There is an endpoint of this name.
            InvalidArgument: The name or an option cannot be.
            Unavailable: The port is taken.
        """
        opened(name, config)
        return self.get_endpoint(name)

    def update_endpoint(self, endpoint: str, config: dict[str, Any] | None = None) -> Described:
        """Change what an endpoint does; one whose server has ended is started again at its address.

        Args:
            endpoint: Its name.
            config: "traffic", a dictionary of deployment → share (those it leaves out get none); "rollback": True to
                undo the last change; and options as in `create_endpoint`, but host and port.

        Raises:
            NotFound: There is no such endpoint, or no such deployment of it.
            WrongState: There is nothing to undo.
        """
        given = dict(config or {})
        if options.flag("rollback", given.pop("rollback", False)):
            if given:
                raise InvalidArgument(
                    f"config has {list(given)} beside 'rollback', which undoes a change and makes none"
                )
            return self.rollback(endpoint)
        with changing(endpoint) as (place, record):
            become(place, record, configured(record.state, given))
        return self.get_endpoint(endpoint)

    def rollback(self, endpoint: str) -> Described:
        """Undo the last change of an endpoint: its deployments, their models and options, and the traffic.

        Args:
            endpoint: Its name.

        Raises:
            WrongState: There is nothing to undo.
        """
        with changing(endpoint) as (place, record):
            if not record.history:
                raise WrongState(f"Endpoint {endpoint!r} has had no other state that it could go back to")
            *history, state = record.history
            become(place, record, state, history)
        return self.get_endpoint(endpoint)

    def delete_endpoint(self, endpoint: str) -> None:
        """End an endpoint's server when it has answered what it holds, and forget the endpoint.

        Args:
            endpoint: Its name; nothing happens where there is none.
        """
        closed(endpoint)

    def list_endpoints(self) -> list[Described]:
        """All endpoints of this user on this machine."""
        return [described(place, record) for place in folders() if (record := place.read()) is not None]

    def get_endpoint(self, endpoint: str) -> Described:
        """An endpoint's address, deployments and traffic, and whether its server runs.

        Args:
            endpoint: Its name.

        Raises:
            NotFound: There is none; the message lists those there are.
        """
        return described(folder(endpoint), known(endpoint))

    def create_deployment(
        self,
        name: str,
        model_uri: str,
        flavor: str | None = None,
        config: dict[str, Any] | None = None,
        endpoint: str | None = None,
    ) -> Described:
        """Serve a model.

        Args:
            name: The deployment's name, which must be free at its endpoint.
            model_uri: `models:/name@alias`, `runs:/run/path` and the like, or a path. It is resolved now: an alias that
                moves later changes nothing.
            flavor: "python_function", or None, which means the same.
            config: "workers", "max_batch", "batching", "accelerate", "extra_columns" and "trust", as in `modelwright
                serve`; "env_manager" to serve in the environment that the model records; "traffic", the percentage of
                the requests it gets (all for the first of an endpoint, else 0). Where no endpoint is named, options of
                `create_endpoint` too.
            endpoint: The endpoint it belongs to; one of the deployment's name is made when left out.

        Raises:
            AlreadyExists: The name is taken.
            NotFound: There is no such model or endpoint.
            UntrustedModel: Loading the model would run code that nobody allowed.
            BrokenModel: It cannot be served; the message says why, and the endpoint is as it was.
        """
        given = dict(config or {})
        share = given.pop("traffic", None)
        home = endpoint or named(name)
        if endpoint is None:
            opened(home, {key: given.pop(key) for key in options.ENDPOINT if key in given}, name)
        try:
            with changing(home) as (place, record):
                if name in record.state.deployments:
                    raise AlreadyExists(f"Endpoint {home!r} has a deployment {name!r}; update or delete it")
                made = deployment(place, name, model_uri, flavor, given, None)
                become(place, record, placed(record.state, made, share))
        except BaseException:
            if endpoint is None:
                closed(home)
            raise
        return self.get_deployment(name, home)

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
            model_uri: The new model, resolved now; the same files as before when left out.
            flavor: As in `create_deployment`.
            config: The options to change, as in `create_deployment`; None takes an option back.
            endpoint: The endpoint it belongs to, where several have a deployment of this name.

        Raises:
            NotFound: There is no such deployment or model.
            UntrustedModel: Loading the model would run code that nobody allowed.
            BrokenModel: It cannot be served; the message says why, and the endpoint is as it was.
        """
        given = dict(config or {})
        share = given.pop("traffic", None)
        home = home_of(name, endpoint)
        with changing(home) as (place, record):
            home_of(name, home)  # still: it may have been deleted while another change was waited for
            before = record.state.deployments[name]
            made = deployment(place, name, model_uri, flavor, {**before.config, **given}, before)
            become(place, record, placed(record.state, made, share))
        return self.get_deployment(name, home)

    def delete_deployment(self, name: str, config: dict[str, Any] | None = None, endpoint: str | None = None) -> None:
        """Stop serving a model when it has answered what it holds; the others of the endpoint get its traffic.

        Args:
            name: The deployment; nothing happens where there is none. With it goes an endpoint that was made for it.
            config: Nothing is understood here.
            endpoint: The endpoint it belongs to, where several have a deployment of this name.

        Raises:
            WrongState: It gets all the traffic, and others stand by.
        """
        try:
            home = home_of(name, endpoint)
        except NotFound:
            return
        with changing(home) as (place, record):
            state = removed(record.state, name)
            if state.deployments or record.made_for != name:
                become(place, record, state)
                return
        closed(home)

    def list_deployments(self, endpoint: str | None = None) -> list[Described]:
        """All deployments on this machine.

        Args:
            endpoint: Only those of this endpoint.
        """
        found = [known(endpoint)] if endpoint else [record for place in folders() if (record := place.read())]
        return [described_deployment(record, name) for record in found for name in record.state.deployments]

    def get_deployment(self, name: str, endpoint: str | None = None) -> Described:
        """What is known of a deployment.

        Args:
            name: The deployment.
            endpoint: The endpoint it belongs to, where several have a deployment of this name.
        """
        return described_deployment(known(home_of(name, endpoint)), name)

    def predict(self, deployment_name: str | None = None, inputs: Any = None, endpoint: str | None = None) -> Any:
        """The predictions for some inputs.

        Args:
            deployment_name: The deployment to ask; the endpoint chooses by its traffic when left out.
            inputs: A frame, an array, a list, `(data, params)`, or the body of a scoring request as a dictionary.
            endpoint: The endpoint to ask; needed where several have a deployment of this name.

        Raises:
            NotFound: There is no such deployment or endpoint.
            RestError: The server refuses the request, in its words.
            Unavailable: The endpoint's server does not run.
        """
        return remote.predict(*_asked(deployment_name, inputs, endpoint))

    def predict_stream(
        self, deployment_name: str | None = None, inputs: Any = None, endpoint: str | None = None
    ) -> Iterator[Any]:
        """The pieces of one answer, as the model makes them.

        Args:
            deployment_name: As in `predict`.
            inputs: As in `predict`.
            endpoint: As in `predict`.
        """
        return remote.stream(*_asked(deployment_name, inputs, endpoint))


def _asked(name: str | None, inputs: Any, endpoint: str | None) -> tuple[str, Any, dict[str, str]]:
    """Where to send some inputs."""
    if name is None and endpoint is None:
        raise InvalidArgument("Name a deployment or an endpoint to ask")
    record = known(endpoint if name is None and endpoint is not None else home_of(str(name), endpoint))
    if not folder(record.name).lives():
        raise Unavailable(
            f"The server of endpoint {record.name!r} has ended; update_endpoint({record.name!r}), or `modelwright "
            f"deployments update-endpoint -t local --endpoint {record.name}`, starts it again at {record.url}"
        )
    return record.url, inputs, {} if name is None else {"azureml-model-deployment": name}


def run_local(name: str, model_uri: str, flavor: str | None = None, config: dict[str, Any] | None = None) -> Described:
    """Serve a model on this machine, which is what this target does anyway."""
    return LocalClient("local").create_deployment(name, model_uri, flavor, config)


def target_help() -> str:
    """What the target says of itself."""
    return (
        "local serves models on this machine, each endpoint by a process of its own that goes on when the program or "
        "shell that made it ends.\n\n"
        f"Options of an endpoint (-C name=value): {', '.join(options.ENDPOINT)}; to change one: "
        "traffic=blue=90,green=10 and rollback=true.\n"
        f"Options of a deployment: {', '.join(options.DEPLOYMENT)}, env_manager, and traffic, its percentage.\n"
        "What they mean is told by `modelwright serve --help`."
    )
