"""Where runs and registered models are kept."""

from __future__ import annotations

from os import PathLike

from ..tracking import where


def set_tracking_uri(uri: str | PathLike[str]) -> None:
    """Choose where runs are kept, for the whole process and its children.

    Args:
        uri: A directory, `sqlite:///path/store.db`, or "" to go back to the environment's choice.

    Raises:
        InvalidArgument: `uri` is neither a text nor a path.

    >>> import modelwright
    >>> modelwright.set_tracking_uri("my/runs")
    >>> modelwright.get_tracking_uri()
    'my/runs'
    """
    where.set_tracking_uri(uri)


def get_tracking_uri() -> str:
    """Where runs are kept: set in code, by the environment, or `./mwruns`.

    >>> import modelwright
    >>> modelwright.get_tracking_uri().endswith("/mwruns")
    True
    """
    return where.tracking_uri()


def is_tracking_uri_set() -> bool:
    """Whether code or environment chose where runs are kept.

    >>> import modelwright
    >>> modelwright.is_tracking_uri_set()
    False
    """
    return where.is_tracking_uri_set()


def set_registry_uri(uri: str | PathLike[str]) -> None:
    """Choose where registered models are kept, when that is not the tracking store.

    Args:
        uri: A directory or `sqlite:///path/store.db`.

    Raises:
        InvalidArgument: `uri` is neither a text nor a path.

    >>> import modelwright
    >>> modelwright.set_registry_uri("my/registry")
    >>> modelwright.get_registry_uri()
    'my/registry'
    """
    where.set_registry_uri(uri)


def get_registry_uri() -> str:
    """Where registered models are kept.

    >>> import modelwright
    >>> modelwright.get_registry_uri() == modelwright.get_tracking_uri()
    True
    """
    return where.registry_uri()
