"""The client: typed calls over the stores, one per operation."""

from __future__ import annotations

from .. import where
from .artifacts import Artifacts
from .experiments import Experiments
from .logged_models import LoggedModels
from .registry import Registry


class MlflowClient(Experiments, Artifacts, LoggedModels, Registry):
    """Everything a program can ask of a tracking store and a registry, with ids given each time.

    Args:
        tracking_uri: Where the runs are: a directory or `sqlite:///path/store.db`; the one in force when left out.
        registry_uri: Where the registered models are; the tracking address when left out.

    >>> import tempfile
    >>> client = MlflowClient(tempfile.mkdtemp())
    >>> run = client.create_run(client.create_experiment("iris"))
    >>> client.log_metric(run.info.run_id, "loss", 0.5)
    >>> client.get_run(run.info.run_id).data.metrics
    {'loss': 0.5}
    """


_clients: dict[tuple[str, str], MlflowClient] = {}


def connect() -> MlflowClient:
    """The client of the addresses in force, made once per pair."""
    key = where.tracking_address(), where.registry_address()
    client = _clients.get(key)
    if client is None:
        client = _clients[key] = MlflowClient()
    return client


def forget() -> None:
    """Let the clients made by `connect` go."""
    _clients.clear()


__all__ = ["MlflowClient", "connect", "forget"]
